#!/usr/bin/env bash
# The embedded target as its users meet it: curl on the other side, a profile's [serve] section,
# the counts at the end. What it must answer is recomputed from the seed by a second server.
set -u
cd "$(dirname "$0")/../.." || exit 2
spate=${SPATE:-./spate}
t=$(mktemp -d)
failed=0 server=

cleanup() {
    [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    rm -rf "$t"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# check WHAT CONDITION...: a line of ok or not ok.
check() {
    local what=$1; shift
    if "$@"; then echo "ok - $what"; else failed=1; echo "not ok - $what"; tail -5 "$t"/serve "$t"/err 2>/dev/null; fi
}
equal() { [ "$1" = "$2" ] || { echo "    '$1' is not '$2'"; false; }; }

command -v curl >/dev/null || { echo "skip - serve (curl is not installed)"; exit 0; }
fetch() { curl -sS --noproxy '*' --max-time 20 "$@" 2>"$t/err"; }

# up SECTION-LINES [OPTION...]: a server on any port; sets URL, AT and server.
up() {
    local i
    printf '[serve]\nhttp = 127.0.0.1:0\n%b' "$1" >"$t/serve.ini"
    shift
    : >"$t/serve"
    "$spate" serve "$t/serve.ini" "$@" >"$t/serve" 2>&1 &
    server=$!
    for ((i = 0; i < 100; i++)); do
        AT=$(sed -n 's/^http listens on //p' "$t/serve")
        [ -n "$AT" ] && break
        sleep 0.05
    done
    URL=http://$AT/
}
down() { # its exit code is ours
    local pid=$server
    server=
    kill "$pid"
    wait "$pid"
}
counted() { sed -n "s/^$1  *//p" "$t/serve" | tr -d ,; }

up 'body = number ${index}\nheader = X-Number: ${index}\nstatus = 201\n'
check "a template is answered" equal "$(fetch "$URL")" "number 0"
check "connections are kept" equal "$(fetch -w '%{num_connects}' "$URL" "$URL")" "number 11number 20"
check "HEAD has a length and no body" equal \
    "$(fetch -I "$URL" | tr -d '\r' | grep -E '^(HTTP|Content-Length|X-Number)' | tr '\n' ' ')" \
    "HTTP/1.1 201 Created Content-Length: 8 X-Number: 3 "
check "HTTP/1.0 is answered and closed" equal "$(fetch -0 -w ' %{http_code}' "$URL")" "number 4 201"
head -c 10000000 /dev/zero >"$t/upload"
check "an upload that waits for 100 Continue" equal \
    "$(fetch -T "$t/upload" -H 'Expect: 100-continue' -w ' %{size_upload}' "$URL")" "number 5 10000000"
check "an upload in chunks" equal \
    "$(fetch -T - -w ' %{http_code}' "$URL" <"$t/upload")" "number 6 201"
check "the end is orderly" down
check "every request was counted" equal "$(counted requests) $(counted 'status 201')" "7 7"

up 'size = 0..4000\nstatus = 200:3, 404:1\n' --seed 5
fetch -i "$URL?[1-40]" >"$t/one"
down
up 'size = 0..4000\nstatus = 200:3, 404:1\nchunked = yes\n' --seed 5
fetch "$URL?[1-40]" >"$t/chunked"
fetch -o /dev/null -w '%{http_code}\n' "$URL?[1-40]" >"$t/codes"
down
up 'size = 0..4000\nstatus = 200:3, 404:1\n' --seed 5
fetch -i "$URL?[1-40]" >"$t/two"
down
up 'size = 0..4000\nstatus = 200:3, 404:1\n' --seed 5
fetch "$URL?[1-40]" >"$t/bodies"
down
check "the same seed, the same bytes" cmp "$t/one" "$t/two"
check "chunked or not, the same bodies" cmp "$t/bodies" "$t/chunked"
check "statuses are drawn" equal "$(sort -u "$t/codes" | tr '\n' ' ')" "200 404 "
up 'size = 0..4000\nstatus = 200:3, 404:1\n' --seed 6
fetch -i "$URL?[1-40]" >"$t/two"
down
check "another seed, other bytes" eval '! cmp -s "$t/one" "$t/two"'

up 'size = 1024GiB\n'
fetch "$URL" | head -c 300000000 >/dev/null
check "a large body costs no memory" \
    [ "$(awk '/^VmHWM/ { print $2 }' "/proc/$server/status")" -lt 20000 ]
down

up 'fail = close\n'
fetch "$URL" >/dev/null
check "a failure is an empty reply" equal $? 52
down
check "and is counted" equal "$(counted failed)" 1

# Its own client agrees with it.
up 'size = 100\ndelay = exp(1ms)\nfail = 5%\n'
cat >"$t/run.ini" <<INI
[target]
url = $URL
[stream web]
rate = 500/s
send = get
[request get]
path = /
INI
"$spate" run -q "$t/run.ini" --duration 2s -o "$t/r.json" >"$t/err" 2>&1
down
check "spate run and spate serve count alike" equal \
    "$(counted replied) $(counted failed)" \
    "$(jq -r '"\(.totals.status["200"]) \(.totals.sent - .totals.status["200"])"' "$t/r.json")"

"$spate" serve --http 0.0.0.0:0 >"$t/serve" 2>"$t/err"
code=$?
check "a foreign address is refused" equal "$code $(grep -c 0.0.0.0 "$t/err")" "1 1"
exit $failed
