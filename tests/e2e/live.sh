#!/usr/bin/env bash
# What the clients of a capture said, on live connections: every request leaves once, replies are
# compared with the recorded ones, and what was changed is told and nothing else. The captures
# are made here, on a loopback interface of its own. LIVE_CLIENTS=10000 takes so many connections
# instead of a thousand, and five times as many requests.
cd "$(dirname "$0")/../.." || exit 2
if [ -z "${LIVE_ALONE:-}" ] && [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
    LIVE_ALONE=1 exec unshare -n "$0" "$@"
fi
. tests/e2e/lib.sh
need "live replay" root jq tcpdump nginx redis-server redis-cli unbound python3
[ -n "${LIVE_ALONE:-}" ] || { skip "live replay" "no network namespaces permitted"; exit 0; }
ip link set lo up

# record FILE FILTER COMMAND...: what passes meanwhile.
record() {
    local file=$1 filter=$2 size=-1
    shift 2
    start tcpdump -i lo -s 0 -B 65536 -U -w "$file" -Z root "$filter"
    until_true grep -q 'listening on' "$T/log" || { not_ok "tcpdump begins" "$T/log"; finish; }
    "$@"
    while [ "$size" != "$(stat -c %s "$file")" ]; do # its last packets come up to a second late
        size=$(stat -c %s "$file")
        sleep 2
    done
    stop "$STARTED" INT
    grep -q '^0 packets dropped by kernel' "$T/log" && ok "$(basename "$file") has all packets" ||
        not_ok "$(basename "$file") has all packets" "$T/log"
}
# requests_logged: the request lines of nginx's log, in order of text; an empty log after it.
requests_logged() {
    cut -d'"' -f2 "$LOG" | sort
}
forget_log() { : >"$LOG"; }

# --- HTTP against nginx: a thousand connections ------------------------------------------------

clients=${LIVE_CLIENTS:-1000} requests=$((5 * ${LIVE_CLIENTS:-1000}))
NGINX_CONNECTIONS=$((clients + 1000))
ulimit -n $((clients + 2000)) 2>/dev/null

site='location / { return 200 "this is $request_uri\n"; }
      location /gone { return 404 "no\n"; }
      location /clock { return 200 "it is $msec now\n"; }'
nginx_up "$site"
cat >"$T/visit.ini" <<END
[run]
capture = off
[target]
url = $URL
[stream visitors]
users = $clients
count = $requests
send  = page:8, gone:1, post:1
[request page]
path = /page/\${index()}
[request gone]
path = /gone/\${index()}
[request post]
method = POST
path   = /form/\${index()}
body   = \${word(1..3000)}
END
visit() { spate run "$T/visit.ini"; }
record "$T/web.pcap" "port $PORT" visit
exits 0 "$clients clients are recorded"
until_true logged $requests
requests_logged >"$T/asked"

# again WHAT CODES ARGS...: the capture once more; every request is to arrive once.
again() {
    local what=$1 codes=$2
    shift 2
    forget_log
    spate replay "$T/web.pcap" --target "$URL" --set run.capture=off -o "$T/r.json" "$@"
    exits "$codes" "$what"
    laws "$T/r.json" "$what: the run"
    until_true logged $requests
    requests_logged >"$T/asked.again"
    check "$what: every request arrives once" cmp "$T/asked" "$T/asked.again"
    holds "$T/r.json" "$what: all are answered and compared" \
        ".totals.answered == $requests and .totals.compared == $requests and .totals.latency.recorded.count == $requests"
}
again "the same server" "0 5"
holds "$T/r.json" "the same server: nothing differs" '.totals.differences == {} and .streams[0].loop == "partly-open"'
hash=$(jq -r '.streams[0].hash' "$T/r.json")
again "three workers" "0 5" --workers 3
holds "$T/r.json" "three workers: nothing differs" '.totals.differences == {}'
same "three workers send the same bytes" "$(jq -r '.streams[0].hash' "$T/r.json")" "$hash"
again "at a rate, over few connections" "0 5" --rate 20k/s --connections 50 --timeout 60s

stop "$NGINX"
any_port=$(declare -f free_port)
nginx_again() { # another server at the same port
    local was=$PORT
    free_port() { echo "$was"; }
    nginx_up "$1"
    eval "$any_port"
}
nginx_again "location ~ 00\$ { return 500 \"oops\n\"; } $site"
bad=$(grep -c '00 HTTP' "$T/asked")
again "one reply in a hundred fails" "0 5"
holds "$T/r.json" "exactly those are told" \
    ".totals.differences == {status: $bad} and .totals.status[\"500\"] == $bad and $bad > 30"
holds "$T/r.json" "the first are listed" \
    '.streams[0].differing | length == 20 and all(.differs == "status" and .came == "500" and .connection >= 1)'
spate report "$T/r.json" -o "$T/again.json"
check "a saved result has them too" jq -e --slurpfile r "$T/r.json" \
    '.streams[0].differing == $r[0].streams[0].differing and .totals.differences == $r[0].totals.differences' "$T/again.json"
cat >"$T/gate.ini" <<END
[target]
url = $URL
[stream visitors]
replay = web.pcap
live = yes
[gates]
status = differences status of visitors < 1
length = differences length < 1
some   = differences < 50%
END
spate run "$T/gate.ini" --rate max -q -o "$T/r.json"
exits "3 5" "differences fail a gate"
holds "$T/r.json" "the gate that they are about" '[.gates[].verdict] == ["fail", "pass", "pass"]'
stop "$NGINX"
nginx_again "location ~ 00\$ { return 200 \"THIS is \$request_uri\n\"; } $site"
same_length=$(grep '00 HTTP' "$T/asked" | grep -vc gone)
again "one body in a hundred differs" "0 5"
holds "$T/r.json" "exactly those are told" \
    ".totals.differences.body == $same_length and .totals.differences.length == null"
stop "$NGINX"

# --- other protocols ---------------------------------------------------------------------------

redis=$(free_port) dns=$(free_port) mood=$(free_port)
redis_up() { # empty
    start redis-server --port "$redis" --bind 127.0.0.1 --save '' --appendonly no
    REDIS=$STARTED
    until_true redis-cli -p "$redis" ping
}
dns_up() { # ADDRESS of the seventh host
    local i
    cat >"$T/unbound.conf" <<END
server:
  interface: 127.0.0.1@$dns
  do-ip6: no
  do-daemonize: no
  use-syslog: no
  chroot: ""
  username: ""
  directory: "$T"
  pidfile: ""
  local-zone: "test." static
  local-data: "h7.test. 300 IN A $1"
END
    for i in 0 1 2 3 4 5 6 8 9; do echo "  local-data: \"h$i.test. 300 IN A 198.18.0.$i\"" >>"$T/unbound.conf"; done
    start unbound -d -c "$T/unbound.conf"
    DNS=$STARTED
    until_true "$SPATE" run "$T/one.ini" -q
}
cat >"$T/one.ini" <<END
[target]
url = dns://127.0.0.1:$dns
[stream one]
rate    = 100/s
count   = 1
timeout = 1s
[request q]
qname  = h1.test
expect = status 0
END
sed -e 's/^rate .*/rate = 500\/s/; s/^count .*/count = 300/; s/h1.test/h${0..9}.test/' "$T/one.ini" >"$T/dns.ini"

# A server of many moods: it greets, and does what each line says.
cat >"$T/mood.py" <<'END'
import socket, struct, sys, threading, time
live, late = sys.argv[2:] == ["live"], sys.argv[2:] == ["late"]
def serve(c):
    global late
    if late: # once, for longer than spate reads ahead
        late = False
        time.sleep(0.4)
    c.sendall(b"hello\r\n")
    f = c.makefile("rb")
    for line in f:
        word = line.split()[0]
        if word == b"echo":
            c.sendall(line)
        elif word == b"short" and live:
            c.sendall(b"ok")
        elif word == b"silent" and live:
            continue
        elif word == b"close" and live:
            break
        elif word == b"reset" and live:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            break
        elif word == b"note":
            continue
        elif word == b"slow":
            c.sendall(b"one\r\n"); time.sleep(0.05); c.sendall(b"two\r\n")
        elif word == b"large":
            c.sendall(b"x" * 300000 + b"\r\n")
        else:
            c.sendall(b"ok, " + line)
    f.close()
    c.close()
l = socket.socket()
l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
l.bind(("127.0.0.1", int(sys.argv[1])))
l.listen(50)
while True:
    threading.Thread(target=serve, args=(l.accept()[0],), daemon=True).start()
END
cat >"$T/talk.py" <<'END'
import socket, sys
def talk(*lines):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    f = s.makefile("rb")
    f.readline()
    for line in lines:
        s.sendall(line.encode() + b"\r\n")
        for i in range({"note": 0, "slow": 2}.get(line.split()[0], 1)): f.readline()
    s.close()
for i in range(5): talk("echo a%d" % i, "slow", "large", "echo " + 100000 * "y", "note me", "echo c")
talk("echo a", "short", "echo b")
talk("echo a", "silent", "echo b")
talk("echo a", "close", "echo b")
talk("echo a", "reset", "echo b")
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(bytes.fromhex("160301000601000002") + b"x\r\n")
s.makefile("rb").readline()
s.close()
END
cat >"$T/count.py" <<'END'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
f = s.makefile("rb")
for i in range(200):
    s.sendall(b"*2\r\n$4\r\nINCR\r\n$7\r\ncounter\r\n")
    f.readline()
s.sendall(b"*3\r\n$3\r\nSET\r\n$4\r\nname\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$4\r\nname\r\n")
for i in range(3): f.readline()
s.close()
END
mood_up() {
    start python3 "$T/mood.py" "$mood" "$@"
    MOOD=$STARTED
    until_true listens "$mood"
}
cat >"$T/clock.ini" <<END
[target]
url = $URL
[stream visitors]
users = 5
count = 20
[request clock]
path = /clock
header = Cookie: old=1
END
speak() {
    spate run "$T/clock.ini"
    python3 "$T/count.py" "$redis"
    spate run "$T/dns.ini"
    python3 "$T/talk.py" "$mood"
}
redis_up
dns_up 198.18.0.7
mood_up late
nginx_again "$site"
record "$T/rest.pcap" "port $PORT or port $redis or port $dns or port $mood" speak

# rest WHAT URL PORT CODES ARGS...
rest() {
    local what=$1 url=$2 port=$3 codes=$4
    shift 4
    spate replay "$T/rest.pcap" --target "$url" --filter "port $port" -o "$T/r.json" "$@"
    exits "$codes" "$what"
    laws "$T/r.json" "$what: the run"
}
# clocks WHAT CONDITION ARGS...
clocks() {
    local what=$1 condition=$2
    shift 2
    spate replay "$T/rest.pcap" --target "$URL" --filter "port $PORT" -o "$T/r.json" "$@"
    holds "$T/r.json" "$what" "$condition"
}
clocks "clocks differ" '.totals.differences.body == 20'
clocks "but for their times they do not" '.totals.differences == {} and .totals.compared == 60' \
    --mask '[0-9]+\.[0-9]+' --loop 3
stop "$NGINX"
nginx_again 'location / { return 200 "$http_host $http_cookie $http_user_agent\n"; }'
clocks "headers are set and removed" \
    ".streams[0].differing | length == 20 and all(.came == \"'shop.test id=7 ?'\")" \
    --compare body --header 'Host: shop.test' --header 'Cookie: id=${7}' --header 'User-Agent:'
stop "$NGINX"

redis-cli -p "$redis" flushall >/dev/null
rest "redis" "redis://127.0.0.1:$redis" "$redis" "0 5"
same "redis has counted each message once" "$(redis-cli -p "$redis" get counter)" 200
holds "$T/r.json" "redis: nothing differs" '.totals.sent == 201 and .totals.compared == 201 and .totals.differences == {}'
rest "redis, whose counter went on" "redis://127.0.0.1:$redis" "$redis" "0 5"
holds "$T/r.json" "redis: each count differs" '.totals.differences | (.body // 0) + (.length // 0) == 200'
same "redis has counted again" "$(redis-cli -p "$redis" get counter)" 400

rest "the resolver" "dns://127.0.0.1:$dns" "$dns" "0 5"
holds "$T/r.json" "the resolver: nothing differs" \
    '.totals.answered == 300 and .totals.compared == 300 and .totals.differences == {}'
stop "$DNS"
dns_up 198.18.0.77
rest "a resolver with another address" "dns://127.0.0.1:$dns" "$dns" "0 5"
sevens=$(tcpdump -Anr "$T/rest.pcap" "dst port $dns" 2>/dev/null | grep -c 'h7.test')
holds "$T/r.json" "exactly its replies are told" ".totals.differences == {body: $sevens} and $sevens > 5"
stop "$DNS"

stop "$MOOD"
mood_up
rest "a server that greets" "tcp://127.0.0.1:$mood" "$mood" "0 5"
holds "$T/r.json" "it says the same again, encrypted connections left out" \
    '.totals.differences == {} and .totals.skipped == {encrypted: 1} and .totals.sent == 37 and .totals.answered == 37'
stop "$MOOD"
mood_up live
rest "a server of other moods" "tcp://127.0.0.1:$mood" "$mood" "1" --timeout 3s
holds "$T/r.json" "what is short, silent, closed and reset is told" \
    '.totals.differences == {length: 1, missing: 3} and .totals.timed_out == 1 and
     .totals.errors.reset == 2 and .totals.errors.closed == 2 and .totals.failed == 3'
stop "$MOOD"
rest "no server" "tcp://127.0.0.1:$mood" "$mood" 1 --speed 100x
holds "$T/r.json" "no server: all are refused" '.totals.errors == {refused: 37}'

spate replay tests/captures/tls.pcap --target http://127.0.0.1:1 -q --set run.capture=off
tells 1 "nothing of a recording of TLS can be sent" 'none of the [0-9]+ messages of .* encrypted'

# --- mistakes ----------------------------------------------------------------------------------

# wrong WHAT LINES PATTERN
wrong() {
    printf '[target]\nurl = http://127.0.0.1:1\n[stream s]\nreplay = rest.pcap\nlive = yes\n%b\n' "$2" >"$T/wrong.ini"
    spate check "$T/wrong.ini"
    tells 2 "$1" "$3"
}
wrong "addresses cannot be changed" 'map = 10.0.0.0/8 -> 198.18.0.0/16' "wrong.ini:6: the key 'map' has no use"
wrong "no message can be dropped" 'late = drop' "wrong.ini:6: late is 'drop'"
wrong "users" 'users = 5' "wrong.ini:6: users is for requests"
wrong "what is compared" 'compare = staus' "wrong.ini:6: compare is 'staus'"
wrong "masks" 'mask = (' "wrong.ini:6: mask is no regular expression"
wrong "headers that frame" 'header = Content-Length: 5' "wrong.ini:6: header changes Content-Length"
finish
