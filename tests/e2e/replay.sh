#!/usr/bin/env bash
# Captures made here, replayed to files, to nowhere and across a veth pair: what arrives is the
# same bytes in the same order, at the speed asked for, and what cannot leave is counted.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "replay" jq tcpdump curl gzip
built build/release/tools/samecap
longest=1514 # of an Ethernet frame on a veth device

# --- captures ----------------------------------------------------------------------------------

cat >"$T/mix.ini" <<'END'
[stream mix]
rate = 1000/s
send = small:3, large:1, six:1
[packet small]
layers    = eth / ipv4 / udp / payload
ipv4.src  = 198.18.0.0/16
ipv4.dst  = 198.19.0.0/16
udp.sport = 1024..65535
size      = 60..200
payload.fill = random
[packet large]
layers    = eth / vlan / ipv4 / tcp / payload
ipv4.src  = 198.18.0.1
ipv4.dst  = 198.19.0.0/24
tcp.seq   = 0..0xffffffff
size      = 1000..1514
payload.fill = random
[packet six]
layers    = eth / ipv6 / udp / payload
ipv6.src  = 2001:2::/64
ipv6.dst  = 2001:2:0:1::/64
size      = 80..1400
END
spate gen "$T/mix.ini" -n 2000 -w "$T/mix.pcap"
exits 0 "gen writes a capture"
same "gen writes as many frames as asked for" "$(tcpdump -nr "$T/mix.pcap" 2>/dev/null | wc -l)" 2000
cat >"$T/slow.ini" <<'END'
[stream slow]
rate = 10/s
[packet p]
layers   = eth / ipv4 / udp / payload
ipv4.src = 198.18.0.1
ipv4.dst = 198.19.0.1
size     = 100
END
spate gen "$T/slow.ini" -n 11 -w "$T/slow.pcap" # one second from first to last

nginx_up "root $T; location / { }"
head -c 300000 /dev/urandom >"$T/page"
start tcpdump -i lo -s 0 -U -B 16384 --immediate-mode -w "$T/curl.pcap" -Z root "tcp port $PORT"
until_true grep -q 'listening on' "$T/log" || { skip "captures of curl" "tcpdump may not capture here"; finish; }
curl -s "$URL/page" | cmp - "$T/page" || not_ok "curl gets its page"
curl -s "$URL/nothing" >/dev/null
until_true grep -aq '404 Not Found' "$T/curl.pcap"
stop "$STARTED" INT
[ "$(tcpdump -nr "$T/curl.pcap" 2>/dev/null | wc -l)" -gt 10 ] && ok "a capture of curl and nginx" ||
    not_ok "a capture of curl and nginx" "$T/log"

# --- to files and to nowhere -------------------------------------------------------------------

for f in mix curl; do
    spate replay "$T/$f.pcap" --rate max -w "$T/copy.pcap" -o "$T/r.json"
    exits 0 "$f to a file"
    captured_alike "$f to a file" "$T/$f.pcap" "$T/copy.pcap" "$T/r.json" 1000000
    laws "$T/r.json" "$f to a file: the run"
    for x in "$T/$f.pcap" "$T/copy.pcap"; do
        tcpdump -tt --time-stamp-precision=nano -nn -XXr "$x" 2>/dev/null | cksum
    done | uniq >"$T/sums"
    same "$f to a file: the same times" "$(wc -l <"$T/sums")" 1
done
gzip -k "$T/mix.pcap"
spate replay "$T/mix.pcap.gz" --rate max -w "$T/copy.pcap" -o "$T/r.json"
captured_alike "a compressed capture" "$T/mix.pcap" "$T/copy.pcap" "$T/r.json" 1000000
if have zstd; then
    zstd -q "$T/mix.pcap"
    spate replay "$T/mix.pcap.zst" --rate max -w "$T/copy.pcap" -o "$T/r.json"
    captured_alike "a capture compressed with zstd" "$T/mix.pcap" "$T/copy.pcap" "$T/r.json" 1000000
fi
"$SPATE" replay - --rate max -w - -q <"$T/mix.pcap" >"$T/copy.pcap" 2>"$T/err"
check "from standard input to standard output" cmp "$T/mix.pcap" "$T/copy.pcap"
spate replay <(cat "$T/mix.pcap") --rate max -w "$T/copy.pcap"
exits 0 "from a pipe"
check "from a pipe: every frame" cmp "$T/mix.pcap" "$T/copy.pcap"
ln -s mix.pcap "$T/same.pcap"
spate replay "$T/mix.pcap" --rate max -w "$T/same.pcap"
tells 2 "onto the capture itself" "same.pcap would be written over while it is replayed"
check "onto the capture itself: it is untouched" cmp "$T/mix.pcap" "$T/copy.pcap"
if have editcap; then
    editcap -F pcapng "$T/mix.pcap" "$T/mix.pcapng"
    spate replay "$T/mix.pcapng" --rate max -w "$T/copy.pcap" -o "$T/r.json"
    captured_alike "a pcapng file" "$T/mix.pcap" "$T/copy.pcap" "$T/r.json" 1000000
fi
spate replay "$T/mix.pcap" --rate max -w null -o "$T/r.json"
hash=$(jq -r '.streams[0].hash' "$T/r.json")
spate gen "$T/mix.ini" -n 2000 --hash
same "a replay's hash is that of the units in the capture" "$hash" "$(cat "$T/out")"

# What was to leave did not: that is no success, though nothing failed.
spate replay "$T/mix.pcap" --filter "port 1 and port 2" -w null -o "$T/r.json"
exits 1 "a replay of which nothing is selected"
holds "$T/r.json" "it says so" '.failed_because | test("no frame to send")'
check "stepping may end at once" sh -c "echo q | '$SPATE' replay '$T/mix.pcap' --step -w null -q"

# Loop by loop and conversation by conversation: every other frame of the two files cannot leave.
if have editcap; then
    editcap -F pcap -s 60 "$T/slow.pcap" "$T/half.pcap"
    spate replay "$T/mix.pcap" "$T/half.pcap" --rate max -w null --loop 100 --cut skip --order files -o "$T/r.json"
    exits 0 "skipped frames in every loop"
    holds "$T/r.json" "each loop is in the books" '.streams[0] | (.loops | map(.offered) | add) == .offered and
        (.loops | map(.sent) | add) == .sent and (.loops | map(.skipped.cut) | add) == 1100 and .loops[-1].last == 100 and
        (.loops | all(.offered == .sent + .shed + .failed and .shed == .skipped.cut))'
    holds "$T/r.json" "each file is in the books" ".streams[0].kinds[\"$T/half.pcap\"] | .offered == 1100 and .skipped.cut == 1100"
    holds "$T/r.json" "conversations that lack frames are counted" '.streams[0].recorded | .torn == 1 and .count > 1000'
    "$SPATE" report "$T/r.json" -o "$T/r.md" -o "$T/r.csv" -o "$T/r.prom" -o "$T/r.html" -q
    for f in md csv prom html; do
        check "the reason of skipping is in the report: $f" grep -qE '\| cut \||skipped_cut|reason="cut"\} 1100|<td>cut</td>' "$T/r.$f"
    done
fi
spate replay "$T/mix.pcap" --rate 100M/s --late drop --set 'stream trace.late_after=1us' -w null -o "$T/r.json"
exits 5 "frames that were dropped for being late are no success"
laws "$T/r.json" "late frames dropped: the run"

# --- when --------------------------------------------------------------------------------------

# lasts WHAT FRAMES SECONDS ARGS...: from the first frame to one gap behind the last; on a busy
# machine as much more as frames were late, never less.
lasts() {
    local what=$1 frames=$2 seconds=$3
    shift 3
    spate replay "$T/slow.pcap" -w null -o "$T/r.json" "$@"
    exits "0 5" "$what"
    holds "$T/r.json" "$what: $frames frames in $seconds s" \
        ".totals.sent == $frames and .achieved_ns >= 0.99e9 * $seconds and
         .achieved_ns - (.totals.latency.lateness.max_ns // 0) < 1e9 * (0.1 + $seconds)"
    laws "$T/r.json" "$what: the run"
}
lasts "at its recorded times" 11 1.1
lasts "at four times its speed" 11 0.275 --speed 4x
lasts "at half its speed" 11 2.2 --speed 0.5x
lasts "three times" 33 0.33 --loop 3 --speed 10x
lasts "at a rate" 11 0.55 --rate 20/s
lasts "with short gaps" 11 0.11 --max-gap 10ms
lasts "the first five" 5 0.5 --count 5
lasts "for half a second" 5 0.45 --duration 450ms
lasts "without a pause" 1100 0 --rate max --loop 100
lasts "in a schedule of bursts" 11 0.22 --rate '50/s' --loop 1

# plans WHAT RATE FRAMES ARGS...: planned as asked for, to 0.01 %, and no more than that is achieved.
plans() {
    local what=$1 rate=$2 frames=$3
    shift 3
    spate replay "$T/slow.pcap" -w null -o "$T/r.json" "$@"
    exits "0 5" "$what"
    holds "$T/r.json" "$what: $frames frames at $rate/s" ".totals.sent == $frames and (.totals.rate |
        (.planned / $rate - 1 | fabs) < 1e-4 and .achieved < 1.0001 * .planned)"
}
plans "three frames" 100 3 --rate 100/s --count 3
plans "one loop" 1000 11 --rate 1k/s
plans "a thousand loops" 100000 11000 --rate 100k/s --loop 1000
plans "recorded times" 10 3 --count 3
plans "a thousand loops of recorded times" 10000 11000 --speed 1000x --loop 1000

# Frame by frame: a line each, from a pipe and from a file.
step() {
    timeout 60 "$SPATE" replay "$T/slow.pcap" --step -w "$T/copy.pcap" -o "$T/r.json" -q <"$1" 2>"$T/err"
    CODE=$?
}
mkfifo "$T/keys"
step "$T/keys" &
exec 4>"$T/keys"
printf '\n' >&4
until_true grep -q '^#1 198.18.0.1:' "$T/err" && ok "Enter sends a frame and tells it" || not_ok "Enter sends a frame and tells it" "$T/err"
check "one only" test "$(wc -l <"$T/err")" = 1
printf '3\n\n' >&4
until_true grep -q '^#5 ' "$T/err" && ok "a number sends that many" || not_ok "a number sends that many" "$T/err"
exec 4>&-
wait $!
holds "$T/r.json" "the end of the input ends the replay" '.totals.sent == 5 and .totals.offered == 5'
printf '2\nq\n\n' >"$T/lines"
step "$T/lines"
exits 0 "steps from a file"
holds "$T/r.json" "q ends the replay" '.totals.sent == 2'
printf '100\n' >"$T/lines"
step "$T/lines"
check "all of it, step by step" test "$(wc -l <"$T/err")" = 11

# --- a pipe that stays open ----------------------------------------------------------------------

mkfifo "$T/pipe"
# open_pipe: the mixed packets, and then nothing for a long time.
open_pipe() { start bash -c "exec >'$T/pipe'; cat '$T/mix.pcap'; exec sleep 60"; }
open_pipe
before=$SECONDS
spate replay "$T/pipe" -w null --rate 10k/s --duration 1s -o "$T/r.json"
exits "0 5" "a pipe that stays open"
[ $((SECONDS - before)) -lt 30 ] && ok "the run does not wait for its end" || not_ok "the run does not wait for its end"
holds "$T/r.json" "all that came through it left" '.totals.sent == 2000 and .complete'
stop "$STARTED"
cat >"$T/beside.ini" <<END
[run]
duration = 1s
[stream pipe]
replay = $T/pipe
rate   = max
wire   = null
[stream beside]
rate = 1k/s
wire = null
[packet p]
layers   = eth / ipv4 / udp
ipv4.dst = 198.19.0.1
END
open_pipe
spate run "$T/beside.ini" -o "$T/r.json"
exits "0 5" "a silent pipe beside packets"
holds "$T/r.json" "a silent pipe keeps nothing else from being sent" '[.streams[].sent] == [2000, 1000]'
stop "$STARTED"

# --- across a veth pair ------------------------------------------------------------------------

wires_up "replay across a veth pair"
# across WHAT FILE CODE ARGS...: captured at the other end, compared.
across() {
    local what=$1 file=$2 code=$3
    shift 3
    capture_b "$T/peer.pcap" || { not_ok "$what: tcpdump"; return; }
    rm -f "$T/r.json"
    spate_a replay "$file" -i "$DEV_A" -o "$T/r.json" "$@"
    capture_stop "$T/peer.pcap"
    exits "$code" "$what"
    captured_alike "$what" "$file" "$T/peer.pcap" "$T/r.json" $longest
    laws "$T/r.json" "$what: the run"
}
across "mixed packets" "$T/mix.pcap" "0 5" --rate 10k/s
across "mixed packets at full speed" "$T/mix.pcap" "0 5" --rate max
across "curl, whose segments are longer than frames may be" "$T/curl.pcap" 1 --rate 1k/s
holds "$T/r.json" "too long frames are counted" '.totals.errors.too_big > 0 and .totals.sent > 0'
in_b ip link set "$DEV_B" mtu 9000
in_a ip link set "$DEV_A" mtu 9000
longest=9014
across "curl, with larger frames" "$T/curl.pcap" "0 1 5" --rate 1k/s
in_a ip link set "$DEV_A" mtu 1500
longest=1514
if have editcap && have mergecap; then
    editcap -F pcap -s 100 "$T/mix.pcap" "$T/cut.pcap"
    across "frames that were cut" "$T/cut.pcap" 1 --rate 10k/s
    holds "$T/r.json" "cut frames are counted" '.totals.errors.cut > 1000 and .totals.sent > 10'
    editcap -F pcapng -T rawip4 -C 14 "$T/slow.pcap" "$T/raw.pcapng" 2>/dev/null
    mergecap -F pcapng -a -w "$T/both.pcapng" "$T/slow.pcap" "$T/raw.pcapng" 2>/dev/null
    across "two link types in one file" "$T/both.pcapng" 1 --rate 1k/s
    holds "$T/r.json" "frames of another link are counted" '.totals.errors.foreign_link == 11 and .totals.sent == 11'
fi
sed 's,198.19.0.1,8.8.8.8,' "$T/slow.ini" >"$T/public.ini"
spate gen "$T/public.ini" -n 11 -w "$T/public.pcap"
spate_a replay "$T/public.pcap" -i "$DEV_A" --rate 1k/s -o "$T/r.json"
exits 1 "frames to a public address"
holds "$T/r.json" "frames to a public address are not sent" '.totals.errors.not_allowed == 11 and .totals.sent == 0'
across "frames to a public address that is allowed" "$T/public.pcap" "0 5" --rate 1k/s --allow 8.8.8.8

# The plan of a rate is exact, in the first loop and the last; no frame leaves before its time; all arrive.
# rate RATE FRAMES NS ARGS...: NS from the first frame's time to the last one's.
rate() {
    local rate=$1 frames=$2 ns=$3 before
    shift 3
    before=$(frames_received b)
    spate_a replay "$T/mix.pcap" -i "$DEV_A" --rate "$rate" -o "$T/r.json" "$@"
    exits "0 5" "$rate over veth"
    same "$rate: all frames arrive" "$(($(frames_received b) - before))" "$frames"
    holds "$T/r.json" "$rate: planned to the nanosecond, and never early" ".totals.sent == $frames and (.streams[0].gaps |
        .last_due_ns - .first_due_ns == $ns and .last_sent_ns >= .last_due_ns and .first_sent_ns >= .first_due_ns and
        .error.count == $frames - 1)"
}
rate 1/s 2 1000000000 --count 2
rate 10/s 6 500000000 --count 6
rate 1k/s 1500 1499000000 --frames 1..100 --loop 15
rate 100k/s 40000 399990000 --frames 1..40 --loop 1000
holds "$T/r.json" "a thousand loops, each whole" '.streams[0].loops | .[-1].last == 1000 and all(.sent == .offered) and (map(.sent) | add) == 40000'
finish
