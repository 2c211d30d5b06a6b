#!/usr/bin/env bash
# Records tests/captures/*.pcap anew: real clients and real servers in two network namespaces, with
# addresses of the test networks only. Needs root. What tests/golden/rewrite.txt says of these
# files has to be made anew afterwards: UPDATE_GOLDEN=1 tests/e2e/goldens.sh
#
#   http4 http6   curl and nginx: GET, HEAD, POST and a 404 on one connection each
#   offload       the same server and a page of 20 KB, on devices that segment and sum for the kernel
#   cut           http4 as a capture of 96 bytes of each frame
#   redis         five commands
#   redis-any     the same over loopback, of the pseudo-device "any"
#   dns           unbound: A, AAAA, a long TXT in fragments, the same over TCP, no such name
#   tls           openssl's client and server, one exchange
#   vlan          HTTP and pings of both versions on a trunk, in VLAN 5
#   qinq          HTTP in VLAN 7 of service VLAN 9
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "recording" root ip ethtool tcpdump nginx curl redis-server redis-cli unbound openssl python3
VETH_IP6=1
wires_up "recording"
to=tests/captures
mkdir -p $to

# record NAME COMMAND...: what both ends send while the command runs. OPTIONS: of tcpdump.
record() {
    local name=$1 pid
    shift
    # shellcheck disable=SC2086  (several options)
    ip netns exec "$NS_B" tcpdump -i "${DEVICE:-$DEV_B}" -n -U -B 16384 --immediate-mode -Z root \
        -w "$T/$name.pcap" ${OPTIONS:-} "${FILTER:-not icmp6}" 2>"$T/dump" &
    pid=$!
    until_true grep -q 'listening on' "$T/dump" || { cat "$T/dump"; exit 1; }
    "$@" >"$T/out" 2>&1 || { echo "$name: $*"; cat "$T/out"; exit 1; }
    sleep 1
    kill -INT $pid
    wait $pid
    cp "$T/$name.pcap" "$to/$name.pcap"
    echo "$name: $(tcpdump -nr "$to/$name.pcap" 2>/dev/null | wc -l) frames, $(stat -c %s "$to/$name.pcap") bytes"
}

# --- servers, at b -----------------------------------------------------------------------------

head -c 20000 /dev/zero | tr '\0' a >"$T/page"
cat >"$T/nginx.conf" <<CONF
daemon off; master_process off; pid $T/nginx.pid; error_log $T/nginx.error;
events { }
http {
    access_log off; client_body_temp_path $T; proxy_temp_path $T; fastcgi_temp_path $T;
    uwsgi_temp_path $T; scgi_temp_path $T;
    server {
        listen 0.0.0.0:80; listen [::]:80; root $T;
        location = / { return 200 "hello\n"; }
        location = /form { return 204; }
    }
}
CONF
start ip netns exec "$NS_B" nginx -p "$T" -c "$T/nginx.conf"
start ip netns exec "$NS_B" redis-server --bind 198.19.0.1 127.0.0.1 --port 6379 --save '' --appendonly no --protected-mode no
long=$(head -c 220 /dev/zero | tr '\0' x)
cat >"$T/unbound.conf" <<CONF
server:
    interface: 198.19.0.1
    access-control: 198.18.0.0/15 allow
    do-daemonize: no
    use-syslog: no
    username: ""
    chroot: ""
    directory: "$T"
    pidfile: ""
    edns-buffer-size: 4096
    max-udp-size: 4096
    hide-identity: yes
    local-zone: "example.com." static
    local-data: "www.example.com. A 198.18.0.7"
    local-data: "www.example.com. AAAA 2001:2::7"
$(for i in 0 1 2 3 4 5 6 7 8 9; do echo "    local-data: 'long.example.com. TXT \"$i$long\"'"; done)
CONF
start ip netns exec "$NS_B" unbound -c "$T/unbound.conf"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=spate.test \
    -keyout "$T/key" -out "$T/cert" 2>/dev/null
start ip netns exec "$NS_B" openssl s_server -accept 198.19.0.1:443 -key "$T/key" -cert "$T/cert" -www -quiet
for port in 80 6379 53 443; do
    until_true in_b python3 -c "import socket; socket.create_connection(('198.19.0.1', $port), 1)" ||
        { echo "nothing listens on port $port"; exit 1; }
done

# --- clients, at a -----------------------------------------------------------------------------

http() { # http HOST
    in_a curl -s -o "$T/got" "http://$1/" --next -s -I -o "$T/got" "http://$1/" --next -s -o "$T/got" -d a=b "http://$1/form" \
        --next -s -o "$T/got" "http://$1/nothing"
}
page() { in_a curl -s -o "$T/got" "http://$1/page"; }
redis() { # redis NAMESPACE HOST
    ip netns exec "$1" redis-cli -h "$2" set key value && ip netns exec "$1" redis-cli -h "$2" get key &&
        ip netns exec "$1" redis-cli -h "$2" -r 3 incr n
}
tls() { printf 'GET / HTTP/1.0\r\n\r\n' | in_a timeout 5 openssl s_client -connect 198.19.0.1:443 -servername spate.test -ign_eof; }
ping() { # ping ADDRESS...: two echo requests to each
    in_a python3 - "$@" <<'PY'
import socket, struct, sys
for address in sys.argv[1:]:
    six = ":" in address
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW, 58 if six else 1)
    s.settimeout(5)
    s.connect((address, 0))
    for seq in (1, 2):
        words = [(128 if six else 8) << 8, 0, 77, seq] + [0x7370] * 24
        total = sum(words)
        words[1] = 0 if six else 0xffff - (total % 0xffff)
        s.send(struct.pack("!28H", *words))
        s.recv(2048)
PY
}
# A switch between a and b: what comes from either gets the tags given, crosses a trunk, and loses
# them again. The kernel takes the outer tag off what a packet socket receives.
cat >"$T/switch.py" <<'PY'
import select, socket, struct, sys
tags = b"".join(struct.pack("!HH", *(int(x, 0) for x in t.split("/"))) for t in sys.argv[1:])
def port(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((name, 0))
    return s
p1, t1, t2, p2 = (port(n) for n in ("p1", "t1", "t2", "p2"))
print("ready", flush=True)
ways = {p1: (t1, True), t2: (p2, False), p2: (t2, True), t1: (p1, False)}
while True:
    for s in select.select(list(ways), [], [])[0]:
        f, where = s.recvfrom(65536)
        if where[2] == socket.PACKET_OUTGOING: continue
        to, push = ways[s]
        inner = 0 if push else len(tags) - 4
        to.send(f[:12] + tags + f[12:] if push else f[:12] + f[12 + inner:])
PY
NS_M=${NS_A/-a-/-m-}
switch_up() {
    ip netns add "$NS_M"
    ip link add sw netns "$NS_A" address 02:00:00:00:00:11 type veth peer name p1 netns "$NS_M"
    ip link add sw netns "$NS_B" address 02:00:00:00:00:12 type veth peer name p2 netns "$NS_M"
    ip link add t1 netns "$NS_M" type veth peer name t2 netns "$NS_M"
    ip netns exec "$NS_M" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
    for port in p1 t1 t2 p2; do ip -n "$NS_M" link set $port up promisc on; done
    switch_end "$NS_A" 1 2
    switch_end "$NS_B" 2 1
}
switch_end() { # switch_end NAMESPACE NUMBER PEER
    ip netns exec "$1" ethtool -K sw tx off rx off sg off tso off gso off gro off >/dev/null
    ip -n "$1" addr add 198.18.205.$2/32 dev sw
    ip -n "$1" addr add 2001:2:0:5::$2/128 dev sw nodad
    ip -n "$1" link set sw mtu 1400 up
    ip -n "$1" route add 198.18.205.$3/32 dev sw
    ip -n "$1" route add 2001:2:0:5::$3/128 dev sw
    ip -n "$1" neigh replace 198.18.205.$3 lladdr 02:00:00:00:00:1$3 dev sw nud permanent
    ip -n "$1" neigh replace 2001:2:0:5::$3 lladdr 02:00:00:00:00:1$3 dev sw nud permanent
}
# tagged NAME TAGS COMMAND...: recorded on the trunk.
tagged() {
    local name=$1 tags=$2
    shift 2
    # shellcheck disable=SC2086  (several tags)
    start ip netns exec "$NS_M" python3 "$T/switch.py" $tags
    until_true says 1 ready || exit 1
    NS_B=$NS_M DEVICE=t1 FILTER=' ' record "$name" "$@"
    stop "$STARTED"
}
both() { http 198.18.205.2 && ping 198.18.205.2 2001:2:0:5::2; }
cat >"$T/dns.py" <<'PY'
import socket, struct
def query(number, name, kind):
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0"
    edns = b"\0" + struct.pack("!HHIH", 41, 4096, 0, 0)
    return struct.pack("!HHHHHH", number, 0x100, 1, 0, 0, 1) + labels + struct.pack("!HH", kind, 1) + edns
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.connect(("198.19.0.1", 53))
asked = [("www.example.com", 1), ("www.example.com", 28), ("long.example.com", 16), ("none.example.com", 1)]
for n, (name, kind) in enumerate(asked):
    s.send(query(n + 1, name, kind))
    assert len(s.recv(65536)) > 12
t = socket.create_connection(("198.19.0.1", 53), 5)
q = query(9, "long.example.com", 16)
t.sendall(struct.pack("!H", len(q)) + q)
got = t.recv(65536)
while len(got) < 2 + struct.unpack("!H", got[:2])[0]: got += t.recv(65536)
PY

record http4 http 198.19.0.1
record http6 http "[$IP6_B]"
OPTIONS="-s 96" record cut http 198.19.0.1
record redis redis "$NS_A" 198.19.0.1
DEVICE=any record redis-any redis "$NS_B" 127.0.0.1
record dns in_a python3 "$T/dns.py"
record tls tls
switch_up
tagged vlan 0x8100/5 both
tagged qinq "0x88a8/9 0x8100/7" http 198.18.205.2
ip netns del "$NS_M"
for end in "$NS_A $DEV_A" "$NS_B $DEV_B"; do
    ip netns exec ${end% *} ethtool -K "${end#* }" tx on sg on tso on gso on gro on >/dev/null
done
record offload page 198.19.0.1
finish
