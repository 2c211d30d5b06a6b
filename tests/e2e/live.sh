#!/usr/bin/env bash
# What the clients of a capture said, on live connections: every request leaves once, replies are
# compared with the recorded ones, and what was changed is told and nothing else. The captures
# are made here, on a loopback interface of its own.
cd "$(dirname "$0")/../.." || exit 2
if [ -z "${LIVE_ALONE:-}" ] && [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
    LIVE_ALONE=1 exec unshare -n "$0" "$@"
fi
. tests/e2e/lib.sh
need "live replay" root jq tcpdump nginx redis-server redis-cli unbound python3
[ -n "${LIVE_ALONE:-}" ] || { skip "live replay" "no network namespaces permitted"; exit 0; }
ip link set lo up

# record FILE PORT COMMAND...: what passes over that port meanwhile.
record() {
    local file=$1 port=$2 size=-1
    shift 2
    start tcpdump -i lo -s 0 -B 65536 -U -w "$file" -Z root "port $port"
    until_true grep -q 'listening on' "$T/log" || { not_ok "tcpdump begins" "$T/log"; finish; }
    "$@"
    while [ "$size" != "$(stat -c %s "$file")" ]; do # its last packets come up to a second late
        size=$(stat -c %s "$file")
        sleep 1.2
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
users = 1000
count = 5000
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
record "$T/web.pcap" "$PORT" visit
exits 0 "a thousand clients are recorded"
until_true logged 5000
requests_logged >"$T/asked"

# again WHAT CODES ARGS...: the capture once more; every request is to arrive once.
again() {
    local what=$1 codes=$2
    shift 2
    forget_log
    spate replay "$T/web.pcap" --target "$URL" --set run.capture=off -o "$T/r.json" "$@"
    exits "$codes" "$what"
    laws "$T/r.json" "$what: the run"
    until_true logged 5000
    requests_logged >"$T/asked.again"
    check "$what: every request arrives once" cmp "$T/asked" "$T/asked.again"
    holds "$T/r.json" "$what: all are answered and compared" \
        '.totals.answered == 5000 and .totals.compared == 5000 and .totals.latency.recorded.count == 5000'
}
again "the same server" "0 5"
holds "$T/r.json" "the same server: nothing differs" '.totals.differences == {} and .streams[0].loop == "partly-open"'
hash=$(jq -r '.streams[0].hash' "$T/r.json")
again "three workers" "0 5" --workers 3
holds "$T/r.json" "three workers: nothing differs" '.totals.differences == {}'
same "three workers send the same bytes" "$(jq -r '.streams[0].hash' "$T/r.json")" "$hash"
again "at a rate" "0 5" --rate 20k/s
again "as fast as it goes" "0 5" --rate max
again "few connections" "0 5" --connections 50 --timeout 60s --speed 100x

stop "$NGINX"
nginx_again() { # another server at the same port
    local was=$PORT
    free_port() { echo "$was"; }
    nginx_up "$1"
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
spate run "$T/gate.ini" -q -o "$T/r.json"
exits "3 5" "differences fail a gate"
holds "$T/r.json" "the gate that they are about" '[.gates[].verdict] == ["fail", "pass", "pass"]'
stop "$NGINX"
nginx_again "location ~ 00\$ { return 200 \"THIS is \$request_uri\n\"; } $site"
same_length=$(grep '00 HTTP' "$T/asked" | grep -vc gone)
again "one body in a hundred differs" "0 5"
holds "$T/r.json" "exactly those are told" \
    ".totals.differences.body == $same_length and .totals.differences.length == null"
again "with a mask over what differs" "0 5" --mask '^(this|THIS) is'
holds "$T/r.json" "nothing of them is told" '.totals.differences.body == null'

# --- changed requests --------------------------------------------------------------------------

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
visit() { spate run "$T/clock.ini"; }
record "$T/clock.pcap" "$PORT" visit
spate replay "$T/clock.pcap" --target "$URL" -o "$T/r.json"
holds "$T/r.json" "clocks differ" '.totals.differences.body == 20'
spate replay "$T/clock.pcap" --target "$URL" -o "$T/r.json" --mask '[0-9]+\.[0-9]+' --loop 3
holds "$T/r.json" "but for their times they do not" '.totals.differences == {} and .totals.compared == 60'
stop "$NGINX"
nginx_again 'location / { return 200 "$http_host $http_cookie $http_referer\n"; }'
spate replay "$T/clock.pcap" --target "$URL" -o "$T/r.json" --header 'Host: shop.test' \
    --header 'Cookie: id=${7}' --header 'User-Agent:'
holds "$T/r.json" "headers are set and removed" \
    '.streams[0].differing[0].came | test("shop.test id=7 ") or .=="24 bytes" or .=="17 bytes"'
stop "$NGINX"
unset -f free_port
. tests/e2e/lib.sh
finish
