#!/usr/bin/env bash
# The embedded server, asked by curl and by plain sockets.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "spate serve" curl jq python3
[ -x build/asan/spate ] && SPATE=${SPATE_ASAN:-build/asan/spate}

# get ARGS...: curl's status, bytes and time in $T/got; the body in $T/body.
get() { curl -s -o "$T/body" -w '%{http_code} %{size_download} %{time_total}\n' -m 60 "$@" >"$T/got" 2>/dev/null; }
status() { cut -d' ' -f1 "$T/got"; }
size() { cut -d' ' -f2 "$T/got"; }
# ends: the server stops when told to, without a sanitizer's report.
ends() {
    stop "$SERVE" INT
    same "$1: SIGINT ends it" "$?" 0
    if grep -qE 'Sanitizer|runtime error:' "$T/log"; then not_ok "$1: no sanitizer report" "$T/log"; fi
}

serve_up --http 127.0.0.1:0 --size 1234 --status 202 || finish
get "http://$AT/any/path?and=query"
same "its status" "$(status)" 202
same "its size" "$(size)" 1234
same "its size on disk" "$(wc -c <"$T/body")" 1234
get "http://$AT/" && cp "$T/body" "$T/first"
curl -sI "http://$AT/" | tr -d '\r' >"$T/head"
grep -qi '^content-length: 1234' "$T/head" && ok "HEAD tells the length" || not_ok "HEAD tells the length" "$T/head"
get -d "some=form" "http://$AT/"
same "POST" "$(status) $(size)" "202 1234"
head -c 2000000 /dev/urandom >"$T/large"
get -T "$T/large" "http://$AT/"
same "a large PUT" "$(status)" 202
get -H 'Transfer-Encoding: chunked' -T "$T/large" "http://$AT/"
same "a chunked PUT" "$(status)" 202
curl -sv -o "$T/body" --expect100-timeout 30 -H 'Expect: 100-continue' -T "$T/large" -m 60 "http://$AT/" 2>"$T/verbose"
grep -q '^< HTTP/1.1 100' "$T/verbose" && grep -q '^< HTTP/1.1 202' "$T/verbose" &&
    ok "100-continue" || not_ok "100-continue" "$T/verbose"
curl -sv -o /dev/null -o /dev/null "http://$AT/a" "http://$AT/b" 2>"$T/verbose"
same "a connection is used again" "$(grep -ci 're-using existing connection' "$T/verbose")" 1
get -H 'Connection: close' "http://$AT/"
same "Connection: close" "$(status) $(size)" "202 1234"
get --http1.0 "http://$AT/"
same "HTTP/1.0" "$(status) $(size)" "202 1234"
cat >"$T/raw.py" <<'PY'
# Sends bytes, perhaps in pieces, and prints the status codes of what comes back.
import re, socket, sys, time
host, port = sys.argv[1].rsplit(":", 1)
def ask(data, pause=0, step=None):
    c = socket.create_connection((host, int(port)), 60)
    for i in range(0, len(data), step or len(data)):
        c.sendall(data[i:i + (step or len(data))])
        time.sleep(pause)
    c.shutdown(socket.SHUT_WR)
    got = b""
    try:
        while True:
            more = c.recv(65536)
            if not more: break
            got += more
    except ConnectionError: pass
    return " ".join(m.decode() for m in re.findall(rb"HTTP/1.1 (\d+)", got)) or "-"
one = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
print("pipelined", ask(one * 20))
print("slowly", ask(one, 0.002, 1))
print("garbage", ask(bytes(range(256)) * 3 + b"\r\n\r\n"))
print("no host", ask(b"GET / HTTP/1.1\r\n\r\n"))
print("huge length", ask(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551616\r\n\r\n"))
print("smuggled", ask(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
print("long header", ask(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 10000000 + b"\r\n\r\n"))
print("nothing", ask(b"\r\n"))
PY
python3 "$T/raw.py" "$AT" >"$T/got" 2>&1
same "20 requests in one piece" "$(sed -n 's/^pipelined //p' "$T/got")" "$(printf '202 %.0s' {1..20} | sed 's/ $//')"
same "a request byte by byte" "$(sed -n 's/^slowly //p' "$T/got")" 202
for what in garbage "huge length" smuggled; do
    got=$(sed -n "s/^$what //p" "$T/got")
    case $got in 4??) ok "$what is refused with $got" ;; *) not_ok "$what is refused: '$got'" "$T/got" ;; esac
done
get "http://$AT/"
same "after all that it still answers" "$(status)" 202
ends "the server"

serve_up --http 127.0.0.1:0 --size 20MB || finish
get "http://$AT/"
same "a large body" "$(size)" 20000000
ends "a server of large bodies"
serve_up --http 127.0.0.1:0 --delay 300ms || finish
get "http://$AT/"
check "a delay" awk '{ exit !($3 >= 0.3 && $3 < 30) }' "$T/got"
ends "a slow server"
serve_up --http 127.0.0.1:0 --fail 100% || finish
get "http://$AT/"
same "a failure leaves without a reply" "$(status)" 000
ends "a failing server"
serve_up --http 127.0.0.1:0 --fail 20% --status '200:3, 503:1' --seed 5 || finish
cat >"$T/p.ini" <<END
[run]
duration = 1s
[target]
url = http://$AT/
[stream web]
rate = 500/s
[request page]
END
"$SPATE" run "$T/p.ini" -o "$T/r.json" >"$T/out" 2>"$T/err"
CODE=$?
exits "0 5" "failures and status codes by chance"
holds "$T/r.json" "a fifth fails, a quarter of the rest is 503" \
    '.totals.errors.closed + (.totals.errors.reset // 0) | (. > 60 and . < 140)'
holds "$T/r.json" "status codes by their weights" \
    '.totals.status["503"] as $n | $n > 60 and $n < 140 and .totals.status["200"] > 230'
laws "$T/r.json" "a run against it"
stop "$SERVE" INT
failed=$(sed -n 's/.*failed *\([0-9]*\).*/\1/p' "$T/log" | head -1)
[ -n "$failed" ] && same "its own count of failures" "$failed" \
    "$(jq '(.totals.errors.closed // 0) + (.totals.errors.reset // 0)' "$T/r.json")"

# statuses ARGS...: of twenty requests, to two addresses in turns.
statuses() {
    local i at
    serve_up "$@" --http 127.0.0.1:0 --http 127.0.0.1:0 || finish
    at=($(at_of http))
    same "two addresses, $*" "${#at[@]}" 2
    for ((i = 0; i < 20; i++)); do
        get "http://${at[i % 2]}/"
        status
    done >"$T/statuses.$SERVE"
    stop "$SERVE" INT
}
printf '[run]\nseed = 5\n[serve]\nstatus = 200..299\n' >"$T/seeded.ini"
statuses "$T/seeded.ini"
seeded=$T/statuses.$SERVE
statuses --status 200..299 --seed 5
check "a profile's seed is that of --seed" cmp "$seeded" "$T/statuses.$SERVE"
statuses --status 200..299
if cmp -s "$seeded" "$T/statuses.$SERVE"; then not_ok "another seed gives other replies"; else ok "another seed gives other replies"; fi

serve_up --udp 127.0.0.1:0 --tcp 127.0.0.1:0 || finish
UDP=$(at_of udp) TCP=$(at_of tcp)
cat >"$T/echo.py" <<'PY'
import os, socket, sys
u, t = (a.rsplit(":", 1) for a in sys.argv[1:])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(30)
for n in (0, 1, 100, 1472, 60000):
    data = os.urandom(n)
    s.sendto(data, (u[0], int(u[1])))
    assert s.recv(65536) == data, n
c = socket.create_connection((t[0], int(t[1])), 30)
c.sendall(b"x" * 5000000)
c.shutdown(socket.SHUT_WR)
assert c.recv(10) == b""
PY
check "UDP is echoed, TCP is dropped" python3 "$T/echo.py" "$UDP" "$TCP"
ends "an echo server"

for at in 0.0.0.0:0 192.0.2.1:0 10.0.0.1:0; do
    timeout 60 "$SPATE" serve --http $at >"$T/out" 2>"$T/err"
    CODE=$?
    tells "1" "it does not listen on $at" "$(echo "$at" | cut -d: -f1)"
done
timeout 60 "$SPATE" serve --http 127.0.0.1:99999 >"$T/out" 2>"$T/err"
CODE=$?
tells 2 "a port out of range" 99999
timeout 60 "$SPATE" serve --http 127.0.0.1:0 --delay soon >"$T/out" 2>"$T/err"
CODE=$?
tells 2 "a delay that is none" soon
port=$(free_port)
start python3 -m http.server --bind 127.0.0.1 "$port"
until_true listens "$port"
timeout 60 "$SPATE" serve --http "127.0.0.1:$port" >"$T/out" 2>"$T/err"
CODE=$?
tells 1 "a port that is taken" "$port"
finish
