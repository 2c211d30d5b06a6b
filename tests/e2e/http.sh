#!/usr/bin/env bash
# HTTP against nginx: what spate says it sent is what nginx's access log says it got.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "HTTP against nginx" nginx jq

head -c 3000000 /dev/urandom >"$T/large.bin"
head -c 20000 /dev/zero | tr '\0' a >"$T/page.txt"
nginx_up "root $T;
    location / { return 200 \"ok\\n\"; }
    location /teapot { return 418 \"short and stout\\n\"; }
    location /nothing { return 204; }
    location /moved { return 304; }
    location /header { add_header X-Found yes; return 200 \"token: 42\\n\"; }
    location /large.bin { }
    location /page.txt { gzip on; gzip_min_length 1; gzip_types text/plain; types { text/plain txt; } }
    location /stale { keepalive_timeout 100ms; return 200 \"ok\\n\"; }
    location /ten { keepalive_requests 10; return 200 \"ok\\n\"; }"

good='.totals.errors == {} and .totals.answered == .totals.sent'

# profile STREAM REQUEST: the profile of one stream and one request, with $TARGET or nginx.
profile() {
    printf '[target]\nurl = %s\n[stream web]\n%s\n[request page]\n%s\n' "$URL" "$1" "$2" >"$T/p.ini"
}
# run WHAT COUNT CONDITION ARGS...: nginx logged COUNT lines, and the result meets the condition.
run() {
    local what=$1 count=$2 condition=$3
    shift 3
    : >"$LOG"
    rm -f "$T/r.json"
    spate run "$T/p.ini" -o "$T/r.json" "$@"
    exits "0 5" "$what: it runs" # 5: a busy machine may spoil the latencies, not the counts
    until_true logged "$count"
    same "$what: nginx saw what was sent" "$(wc -l <"$LOG")" "$count"
    holds "$T/r.json" "$what: counts" "(.totals.sent + .warmup.sent == $count) and ($condition)"
    laws "$T/r.json" "$what: the run"
}
connections() { cut -d' ' -f1 "$LOG" | sort -u | wc -l; }
requests() { sed 's/^[^"]*//' "$LOG" | sort; }
hash_of() { jq -r '.streams[0].hash' "$T/r.json"; }

# --- the rate, and the same traffic by any number of workers -----------------------------------

profile $'rate = 2000/s\nsend = page' $'path = /p${index}?q=${zipf(1..1000)}&r=${hex(8)}'
spate gen "$T/p.ini" --hash -n 6000
hash=$(cat "$T/out")
# The last unit may be held up on a busy machine, by no more than is told.
exact='((.totals.rate.achieved / .totals.rate.planned) - 1 | fabs) <
       0.0001 + .totals.latency.lateness.max_ns / 3e9'
spate run "$T/p.ini" -o "$T/r.json" --duration 3s
exits "0 5" "2,000/s"
holds "$T/r.json" "2,000/s: the rate is within 0.01%" "$exact"
holds "$T/r.json" "2,000/s: every request was answered with 200" \
    "$good and .totals.sent == 6000 and .totals.status == {\"200\": 6000}"
until_true logged 6000
same "2,000/s: nginx saw what was sent" "$(wc -l <"$LOG")" 6000
laws "$T/r.json" "2,000/s: the run"
same "2,000/s: the hash is that of gen" "$(hash_of)" "$hash"
[ "$(connections)" -le 64 ] && ok "2,000/s: connections are used again" ||
    not_ok "2,000/s: $(connections) connections"
requests >"$T/one"
same "every path was asked for once" "$(cut -d' ' -f2 "$T/one" | sort -u | wc -l)" 6000
for workers in 2 4; do
    run "$workers workers" 6000 "$good" --workers $workers --duration 3s
    same "$workers workers: the same hash" "$(hash_of)" "$hash"
    requests >"$T/many"
    check "$workers workers: the same requests" cmp "$T/one" "$T/many"
done

profile $'rate = 500/s\narrival = poisson' 'path = /p${index}'
spate run "$T/p.ini" -o "$T/r.json" --duration 4s --set run.warmup=2s
exits "0 5" "a warm-up"
holds "$T/r.json" "a warm-up is left out of all figures" \
    '.warmup.sent > 800 and .totals.sent > 800 and .duration_s == 2 and
     .totals.latency.response.count == .totals.sent and .slices[0].start_s == 0'
laws "$T/r.json" "a warm-up: the run"
profile 'rate = 500/s' 'path = /'
run "a warm-up at a constant rate" 1500 "$good and .totals.sent == 1000" --duration 3s --set run.warmup=1s

# --- loops and connections ---------------------------------------------------------------------

profile $'users = 4\ncount = 3000' 'path = /c${index}'
run "users" 3000 "$good and .streams[0].loop == \"closed\""
[ "$(connections)" -le 4 ] && ok "users: each has one connection" || not_ok "users: $(connections) connections"
same "users: every unit once" "$(requests | sort -u | wc -l)" 3000
run "users of two workers" 3000 "$good" --workers 2
same "users of two workers: every unit once" "$(requests | sort -u | wc -l)" 3000
profile $'users = 3\nthink = 100ms' 'path = /'
spate run "$T/p.ini" -o "$T/r.json" --duration 2s
holds "$T/r.json" "users who think" "$good and .totals.sent >= 6 and .totals.sent <= 63"
profile 'rate = 200/s' $'path = /\nconnection = close'
run "connection = close" 200 "$good" --duration 1s
same "connection = close: one for each request" "$(connections)" 200
profile 'rate = 500/s' 'path = /ten'
run "a server that closes after ten" 500 "$good" --duration 1s
profile 'rate = 2/s' 'path = /stale'
run "a server that closes idle connections" 4 "$good" --duration 2s
if jq -e '.totals.latency.response.max_ns < 200e6' "$T/r.json" >/dev/null; then
    same "a server that closes idle connections: none was used again" "$(connections)" 4
else
    skip "a server that closes idle connections: none was used again" "this machine is too busy to be idle"
fi

profile 'users = 200' 'path = /'
(ulimit -n 64 && timeout 60 "$SPATE" run "$T/p.ini" --duration 500ms -o "$T/r.json") >"$T/out" 2>"$T/err"
CODE=$?
exits 5 "more connections than descriptors"
holds "$T/r.json" "more connections than descriptors: told" \
    '.totals.errors.no_ports == .totals.failed and (.invalid_because | map(test("descriptor")) | any)'
laws "$T/r.json" "more connections than descriptors: the run"
profile 'users = 3000' 'path = /'
spate run "$T/p.ini" --duration 1s --timeout 2s -o "$T/r.json"
holds "$T/r.json" "replies are taken while thousands of users arrive" \
    '.failed_because == null and .totals.answered > 100 and .duration_s == 1'
laws "$T/r.json" "thousands of users: the run"

# --- requests and replies of all sorts ---------------------------------------------------------

profile 'rate = 50/s' $'method = HEAD\npath = /large.bin'
run "HEAD" 25 "$good and .totals.bytes_received < 50000" --duration 500ms
profile 'rate = 50/s' $'method = POST\npath = /form\nheader = Content-Type: text/plain\nbody = ${hex(5000)}'
run "POST" 25 "$good and .totals.bytes_sent > 125000" --duration 500ms
same "POST: the length of every body" "$(sed 's/.* //' "$LOG" | sort -u)" 5000
profile 'rate = 10/s' $'method = PUT\npath = /form\nbody = @large.bin'
run "large requests" 10 "$good and .totals.bytes_sent > 30000000" --duration 1s --connections 2
same "large requests: the length of every body" "$(sed 's/.* //' "$LOG" | sort -u)" 3000000
profile 'rate = 20/s' $'path = /large.bin'
run "large replies" 20 "$good and .totals.bytes_received > 60000000 and .totals.bytes_received < 60020000" \
    --duration 1s --connections 4
profile 'rate = 50/s' $'path = /page.txt\nheader = Accept-Encoding: gzip\nexpect = header Transfer-Encoding is "chunked"
expect = header Content-Encoding is "gzip"'
run "chunked replies" 25 "$good" --duration 500ms
profile 'rate = 50/s' $'path = /nothing\nexpect = status 204'
run "204" 25 "$good" --duration 500ms
profile 'rate = 50/s' $'path = /moved\nexpect = status 304'
run "304" 25 "$good" --duration 500ms
profile 'rate = 50/s' $'path = /\nheader = Host: shop.example\nheader = User-Agent:\nheader = X-Unit: ${index}'
run "headers" 25 "$good" --duration 500ms

# --- expectations ------------------------------------------------------------------------------

# unmet WHAT PATH EXPECTATION ERROR
unmet() {
    profile 'rate = 50/s' "path = $2"$'\n'"expect = $3"
    run "$1" 25 ".totals.errors == {\"$4\": 25} and .totals.answered == 25" --duration 500ms
}
unmet "an unexpected status" /teapot "status 200..299" unexpected_status
unmet "an unexpected header" / 'header X-Found is "yes"' unexpected_header
unmet "an unexpected body" /header 'body contains "token: 43"' unexpected_body
profile 'rate = 50/s' $'path = /header\nexpect = status 200\nexpect = header X-Found is "yes"\nexpect = body contains "token: 4"'
run "expectations that are met" 25 "$good" --duration 500ms
profile 'rate = 100/s' 'path = /'
cat >>"$T/p.ini" <<'END'
[request other]
path = /teapot
expect = status 200
END
sed -i 's/^rate.*/&\nsend = page:3, other:1/' "$T/p.ini"
run "two kinds" 200 '.totals.errors.unexpected_status == .streams[0].kinds.other.sent and
    .streams[0].kinds.other.sent > 20 and .streams[0].kinds.page.errors == {}' --duration 2s

# --- names -------------------------------------------------------------------------------------

profile 'rate = 50/s' 'path = /'
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null && [ -e /proc/net/if_inet6 ]; then
    printf '::1 two.test\n127.0.0.1 two.test\n' >"$T/hosts"
    : >"$LOG"
    unshare -m sh -c "mount --bind $T/hosts /etc/hosts &&
        exec $SPATE run $T/p.ini --target http://two.test:$PORT/ --duration 1s -o $T/r.json" \
        >"$T/out" 2>"$T/err"
    CODE=$?
    exits "0 5" "a name with two addresses, one of which nobody listens on"
    holds "$T/r.json" "a name with two addresses: counts" "$good and .totals.sent == 50"
else
    skip "a name with two addresses" "needs root and IPv6"
fi
finish
