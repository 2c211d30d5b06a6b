#!/usr/bin/env bash
# A server that stands still: an open loop measures what users would have waited. At a constant
# rate over T seconds, a stop of D seconds makes those due in it wait from D down to nothing, so
# the quantile q of all response times is D - (1 - q) T, whatever the server does otherwise; more
# by what a busy machine takes to catch up, but never less.
# 2 of 12 seconds; 5 of 30 with SPATE_LONG=1.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "a server that stands still" nginx jq
if [ -n "${SPATE_LONG:-}" ]; then total=30 stop=5 share=0.02; else total=12 stop=2 share=0.05; fi

nginx_up
cat >"$T/p.ini" <<END
[run]
duration = ${total}s
[target]
url = $URL/
[stream web]
rate = 1000/s
[request page]
END
now() { echo "${EPOCHREALTIME/[.,]/}"; }

start "$SPATE" run "$T/p.ini" -o "$T/r.json"
run=$STARTED
sleep 3
from=$(now)
kill -STOP "$NGINX"
within=$(now)
sleep $stop
within=$(($(now) - within)) # in us, as it was on this machine, not counting the two signals
kill -CONT "$NGINX"
stalled=$(($(now) - from)) # and counting them
awaited "$run"
exits "0 5" "a stop of $((stalled / 1000)) ms in $total s"
laws "$T/r.json" "a stop: the run"
holds "$T/r.json" "a stop: everything was sent and answered" \
    ".totals.sent == ${total}000 and .totals.answered == .totals.sent and .totals.errors == {}"
same "a stop: nginx saw what was sent" "$(wc -l <"$LOG")" "${total}000"
# quantile NAME SHARE: within 2% (5% in the short form) of what follows from the stop.
quiet='.totals.latency.response.p50_ns < 5e6' # half of the units met neither the stop nor its end
quantile() {
    local least=$((within * 1000 - total * $2 * 10000000)) most=$((stalled * 1000 - total * $2 * 10000000))
    holds "$T/r.json" "a stop: response $1 is $((least / 1000000)) ms and more" \
        ".totals.latency.response.${1}_ns > $least * (1 - $share)"
    if jq -e "$quiet" "$T/r.json" >/dev/null; then
        holds "$T/r.json" "a stop: response $1 is not much above it" \
            ".totals.latency.response.${1}_ns < $most * (1 + 5 * $share)"
    else
        skip "a stop: response $1 is not much above it" "this machine is busy"
    fi
}
quantile p90 10
quantile p99 1
if jq -e "$quiet" "$T/r.json" >/dev/null; then
    holds "$T/r.json" "a stop: service time alone would show nothing at p50 and p90" \
        '.totals.latency.service.p50_ns < 50e6 and
         .totals.latency.service.p90_ns < .totals.latency.response.p90_ns / 2'
else
    skip "a stop: service time alone would show nothing" "this machine is busy"
fi
finish
