#!/usr/bin/env bash
# Addresses that work: the other side's kernel asks who has the 200 made-up sources before it
# replies to them. Without `answer` nobody tells; with it every reply comes back.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "answers for made-up addresses" root ip python3 jq tcpdump tshark
VETH_IP6=1
wires_up "answers for made-up addresses"

cat >"$T/echo.py" <<'PY'
import socket, threading
def listen(family, address):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, 33, 4 << 20) # SO_RCVBUFFORCE: a busy machine reads late
    s.setsockopt(socket.SOL_SOCKET, 32, 4 << 20) # SO_SNDBUFFORCE: replies wait for addresses
    s.bind((address, 7))
    return s
def echo(s):
    while True:
        data, sender = s.recvfrom(65536)
        try: s.sendto(data, sender)
        except OSError: pass # what was asked for before was not found
sockets = [listen(socket.AF_INET, "198.19.0.1"), listen(socket.AF_INET6, "2001:2::2")]
print("ready", flush=True)
threading.Thread(target=echo, args=(sockets[0],), daemon=True).start()
echo(sockets[1])
PY
start_ready "the echo" ip netns exec "$NS_B" python3 "$T/echo.py" || exit 1

# profile IP SOURCES DESTINATION: each source twice, the second time well known.
profile() {
    cat <<INI
[run]
interface = $DEV_A
[stream s]
rate = 200/s
count = 400
replies = yes
timeout = 3s
[packet p]
layers = eth / $1 / udp / payload
$1.src = $2
$1.dst = $3
udp.sport = 1024
udp.dport = 7
size = 128
INI
}
profile ipv4 'seq(198.18.64.1..198.18.64.200)' "$IP_B" >"$T/4.ini"
profile ipv6 'seq(2001:2::4:1..2001:2::4:c8)' "$IP6_B" >"$T/6.ini"
forget() { in_b ip neigh flush dev "$DEV_B" nud all; in_b ip neigh replace "$IP_A" lladdr "$MAC_A" dev "$DEV_B" nud permanent; }

# 5: a busy machine was late, which says nothing here.
a_run() { spate_a run "$@" -q; }

a_run "$T/4.ini" --timeout 1s -o "$T/mute.json"
exits "0 5" "a run without answers"
holds "$T/mute.json" "without answers every reply is lost" \
    '.totals | .sent == 400 and .answered == 0 and .timed_out == 400'
holds "$T/mute.json" "without answers none are told" '.streams[0] | has("answers") | not'
forget

start ip netns exec "$NS_B" tcpdump -i "$DEV_B" -n -s 0 -U -B 16384 -Z root -w "$T/seen.pcap" \
    'arp or icmp6 or icmp'
DUMP=$STARTED
until_true says 1 'listening on' || { not_ok "tcpdump starts" "$T/log"; exit 1; }

for ip in 4 6; do
    a_run "$T/$ip.ini" --set 'stream s.answer=yes' -o "$T/$ip.json" -o "$T/$ip.txt"
    exits "0 5" "a run with answers, IPv$ip"
    holds "$T/$ip.json" "every reply comes back, IPv$ip" \
        '.totals | .sent == 400 and .answered == 400 and .timed_out == 0'
    laws "$T/$ip.json" "IPv$ip"
done
holds "$T/4.json" "each address was asked for by ARP" \
    '.streams[0].answers | .arp >= 200 and .nd == 0 and .echo == 0'
holds "$T/6.json" "each address was asked for by neighbour discovery" \
    '.streams[0].answers | .nd >= 200 and .arp == 0 and .echo == 0'
holds "$T/4.json" "requests are not counted among the replies" '.capture.seen == 400'
check "the report has a line for it" grep -qE '^answers +to [0-9]+ ARP' "$T/4.txt"
"$SPATE" report "$T/4.json" >"$T/again" 2>&1
check "and so has the result when read again" grep -qE '^answers +to [0-9]+ ARP' "$T/again"

# Five echo requests of 1400 bytes each; says how many came back once, whole and in order.
cat >"$T/ping.py" <<'PY'
import os, socket, struct, sys, time
six = ":" in sys.argv[1]
family, protocol = (socket.AF_INET6, 58) if six else (socket.AF_INET, 1)
s = socket.socket(family, socket.SOCK_RAW, protocol)
s.connect((sys.argv[1], 0))
ident, good, extra = os.getpid() & 0xffff, 0, 0
def checksum(b):
    n = sum(struct.unpack(f"!{len(b) // 2}H", b))
    while n >> 16: n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff
for seq in range(5):
    data = os.urandom(1400)
    ask = struct.pack("!BBHHH", 128 if six else 8, 0, 0, ident, seq) + data
    if not six: ask = ask[:2] + struct.pack("!H", checksum(ask)) + ask[4:]
    s.send(ask)
    until, replies = time.monotonic() + 20, 0
    while time.monotonic() < until:
        s.settimeout(max(0.01, until - time.monotonic()))
        try: got = s.recv(2048)
        except OSError: break
        got = got if six else got[20:]
        if got[0] == (129 if six else 0) and got[4:] == ask[4:]:
            replies += 1
            until = min(until, time.monotonic() + 0.2) # for a second one
    good += replies == 1
    extra += replies > 1
print(f"{good} good, {extra} twice")
PY

# Pings to a made-up address, while a slow stream runs; the kernel answers for its own alone.
pinged() { # pinged PROFILE ADDRESS: while it is running
    start ip netns exec "$NS_A" "$SPATE" run "$1" --set 'stream s.answer=yes' \
        --set 'stream s.rate=20/s' --set 'stream s.count=10k' -q -o "$T/ping.json"
    until_true under_way "$STARTED"
    same "each ping to $2 comes back once" "5 good, 0 twice" "$(in_b timeout 110 python3 "$T/ping.py" "$2" 2>&1)"
    stop "$STARTED" INT # the result is written all the same
}
pinged "$T/4.ini" 198.18.64.77
holds "$T/ping.json" "pings are told" '.streams[0].answers.echo == 5'
pinged "$T/6.ini" 2001:2::4:4d
holds "$T/ping.json" "pings are told, IPv6" '.streams[0].answers.echo == 5'
# A range that holds the kernel's own address, and the destination.
sed 's/^ipv4.src.*/ipv4.src = 198.18.0.0\/15/; s/^replies.*//; s/^timeout.*//' "$T/4.ini" >"$T/own.ini"
pinged "$T/own.ini" "$IP_A"
holds "$T/ping.json" "pings to the kernel's own address are left to it" \
    '.streams[0] | (.answers.echo // 0) == 0'

stop "$DUMP" INT
read_dump() { shark -r "$T/seen.pcap" "$@"; }
same "tshark finds no malformed frame and no wrong checksum" "none" \
    "$(read_dump -Y '_ws.malformed or icmpv6.checksum.status == 0 or icmp.checksum.status == 0 or ip.checksum.status == 0' | grep . || echo none)"
same "ARP replies tell the address asked for and the card" "200" \
    "$(read_dump -Y "arp.opcode == 2 and arp.src.hw_mac == $MAC_A and eth.src == $MAC_A and arp.dst.proto_ipv4 == $IP_B" \
        -T fields -e arp.src.proto_ipv4 | grep -c '^198\.18\.64\.' | awk '{ print ($1 >= 200) ? 200 : $1 }')"
same "advertisements are solicited, override, and tell the card" "200" \
    "$(read_dump -Y "icmpv6.type == 136 and icmpv6.nd.na.flag.s == 1 and icmpv6.nd.na.flag.o == 1 and icmpv6.nd.na.flag.r == 0 and icmpv6.opt.linkaddr == $MAC_A and ipv6.hlim == 255" \
        -T fields -e icmpv6.nd.na.target_address | grep '^2001:2::4:' | sort -u | wc -l)"

# Mistakes are told before anything is sent.
spate run "$T/4.ini" --set 'stream s.answer=yes' --set 'packet p.ipv4.src=10.0.0.0/24'
tells 2 "an address outside the test networks is not answered for" 'answered source 10\.0\.0\.0 is not a test network'
spate check "$T/4.ini" --set 'stream s.answer=yes' --set 'stream s.wire=null' --set 'stream s.replies=no'
tells 2 "answer needs an interface" 'answer needs a network interface'
spate check "$T/4.ini" --set 'stream s.answer=yes'
exits 0 "spate check takes it"
check "spate check tells of it" grep -q '^  answers ' "$T/out"
finish
