#!/usr/bin/env bash
# Signals: the first drains the run and writes its result, marked incomplete; the second ends at
# once. The laws hold whenever the run was interrupted.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "signals" jq
[ -x build/asan/spate ] && SPATE=${SPATE_ASAN:-build/asan/spate}

# interrupted WHAT SIGNAL CODE ARGS...: a run that is interrupted after about a second.
interrupted() {
    local what=$1 signal=$2 code=$3 got
    shift 3
    rm -f "$T/r.json"
    start "$SPATE" "$@" -o "$T/r.json"
    until_true under_way "$STARTED"
    sleep 1
    stop "$STARTED" "$signal"
    got=$?
    if [ "$got" = "$code" ] && ! grep -qE 'Sanitizer|runtime error:' "$T/log"; then
        ok "$what: SIG$signal ends it with $code"
    else
        not_ok "$what: SIG$signal: exit code $got, expected $code" "$T/log"
    fi
    holds "$T/r.json" "$what: SIG$signal: the result is marked incomplete" \
        '.complete == false and .totals.offered > 0 and .duration_s < 20'
    laws "$T/r.json" "$what, interrupted by SIG$signal: the run"
}

serve_up --http 127.0.0.1:0 --delay 20ms || finish
cat >"$T/web.ini" <<END
[run]
duration = 60s
[target]
url = http://$AT/
[stream web]
rate = 500/s
[request page]
END
interrupted "an open loop" INT 130 run "$T/web.ini"
holds "$T/r.json" "an open loop: what was under way has been answered" '.totals.in_flight == 0'
interrupted "an open loop" TERM 143 run "$T/web.ini"
interrupted "two workers" INT 130 run "$T/web.ini" --workers 2
interrupted "users" INT 130 run "$T/web.ini" --users 8
interrupted "users who think" INT 130 run "$T/web.ini" --users 8 --set 'stream web.think=50ms'
interrupted "an overload" INT 130 run "$T/web.ini" --connections 1
holds "$T/r.json" "an overload: what was due and not sent is shed" '.totals.shed > 100'
interrupted "a warm-up" INT 130 run "$T/web.ini" --set run.warmup=0.5s
stop "$SERVE"

serve_up --http 127.0.0.1:0 --delay 60s || finish
sed -i "s,^url.*,url = http://$AT/," "$T/web.ini"
start "$SPATE" run "$T/web.ini" --timeout 30s -o "$T/r.json"
rm -f "$T/r.json"
until_true under_way "$STARTED"
sleep 1
kill -INT "$STARTED"
sleep 0.5
if kill -0 "$STARTED" 2>/dev/null; then ok "the first signal waits for replies"; else not_ok "the first signal waits for replies" "$T/log"; fi
before=$SECONDS
stop "$STARTED" INT
same "the second signal ends with 130" "$?" 130
[ $((SECONDS - before)) -le 15 ] && ok "the second signal ends at once" || not_ok "the second signal ends at once"
interrupted "a target that never answers" INT 130 run "$T/web.ini" --timeout 1s --rate 100/s --connections 1000
holds "$T/r.json" "a target that never answers: the timeouts are counted" \
    '.totals.timed_out > 0 and .totals.answered == 0'
interrupted "a drain that is too short" INT 130 run "$T/web.ini" --rate 100/s --set run.drain=200ms
holds "$T/r.json" "a drain that is too short: the rest is in flight" '.totals.in_flight > 0'
interrupted "no drain at all" INT 130 run "$T/web.ini" --rate 100/s --set run.drain=0s
holds "$T/r.json" "no drain at all: nothing is waited for" '.totals.in_flight == .totals.sent'
stop "$SERVE"

cat >"$T/packets.ini" <<END
[run]
duration = 60s
[stream out]
rate = 1k/s
wire = null
[packet p]
layers = eth / ipv4 / udp / payload
size   = 60..1514
END
interrupted "packets to nowhere" INT 130 run "$T/packets.ini"
interrupted "packets of two workers at full speed" INT 130 run "$T/packets.ini" --workers 2 --rate max
"$SPATE" gen "$T/packets.ini" -n 100 -w "$T/c.pcap" >/dev/null
interrupted "a replay" INT 130 replay "$T/c.pcap" -w null --rate 10/s
interrupted "a replay to a file" TERM 143 replay "$T/c.pcap" -w "$T/out.pcap" --rate 20/s
if have tcpdump; then
    same "a replay to a file: what was sent is in the file" \
        "$(tcpdump -nr "$T/out.pcap" 2>/dev/null | wc -l)" "$(jq .totals.sent "$T/r.json")"
fi
# A pipe that says nothing: there is no run yet, so there is nothing to drain.
mkfifo "$T/pipe"
start bash -c "exec >'$T/pipe'; exec sleep 60"
before=$SECONDS
timeout -s INT 2 "$SPATE" replay "$T/pipe" -w null -q >"$T/out" 2>"$T/err"
[ $((SECONDS - before)) -lt 30 ] && ok "waiting for a capture is interrupted" || not_ok "waiting for a capture is interrupted"
stop "$STARTED"
# timeout(1) sends its signal to the program and to its group: two that are one.
rm -f "$T/r.json"
timeout -s INT 2 "$SPATE" replay "$T/c.pcap" -w null --rate 10/s -q -o "$T/r.json" >"$T/out" 2>"$T/err"
holds "$T/r.json" "a run that timeout ends writes its result" '.complete == false and .totals.sent > 0'
interrupted "a replay without end" INT 130 replay "$T/c.pcap" -w null --rate max --loop forever
finish
