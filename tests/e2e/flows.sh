#!/usr/bin/env bash
# Figures by flow, through devices that are known to the packet: a router whose nftables drop every
# 100th packet, and a bridge of our own that drops, repeats, swaps and damages known sets, and keeps
# books by flow. Sums and rows must equal the truth exactly.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
. tests/e2e/between.sh
need "figures by flow" root ip jq python3

between_up "figures by flow"

# Each packet says whose it is, for the bridge to read.
cat >"$T/flows.ini" <<INI
[run]
interface = out
[stream s]
rate = 5k/s
count = 5k
timeout = 2s
receive = in
flows = 1M
[packet p]
layers = eth / ipv4 / udp / payload
eth.dst = $MAC_LEFT
ipv4.src = seq(198.18.0.0/17) per flow
ipv4.dst = 198.19.0.0/24
udp.sport = seq(1024..65535) per flow
udp.dport = 9
payload.text = \${index} \${flow};
size = 130..512
INI
# through NAME ARGS...: a run; its result in $T/NAME.json, its flows in $T/NAME.flows.
through() {
    local name=$1
    shift
    spate_a run "$T/flows.ini" -q -o "$T/$name.json" -o "$T/$name.flows" "$@"
}
# seen_all NAME COMMAND...: runs it again where the machine was so busy that the capture lost frames,
# which says nothing about the figures.
seen_all() {
    local name=$1 i
    shift
    for ((i = 0; i < 5; i++)); do
        "$@"
        jq -e '.capture.dropped == 0' "$T/$name.json" >/dev/null 2>&1 && return
    done
}
# told NAME WHAT: what holds in any result.
told() {
    exits "0 5" "$2" # 5: a busy machine was late
    laws "$T/$1.json" "$2:"
    holds "$T/$1.json" "$2: the flows add up to the stream" '.streams[0] |
        .sent == .flows.sent and .answered == .flows.received and .timed_out == .flows.lost and
        .in_flight == .flows.in_flight and .duplicated == .flows.duplicated and
        (.errors.corrupted // 0) == .flows.corrupted'
}

# --- a router ----------------------------------------------------------------------------------

device_routes
device_knows 256
if device_loses; then
    seen_all router through router
    told router "a million flows through a router that drops"
    holds "$T/router.json" "every 100th packet is lost, each of another flow" '.streams[0].flows |
        .number == 1000000 and .with_packets == 5000 and .with_loss == 50 and .lost == 50 and
        .with_duplicates == 0 and .with_reordering == 0 and .with_corruption == 0 and
        (.worst | length) == 10 and all(.worst[]; .lost == 1)'
    same "each flow has a line" "$(tail -n +2 "$T/router.flows" | wc -l)" 5000
    spate report "$T/router.json" -f flows
    same "a saved result says that it keeps the worst only" "$(head -1 "$T/out")" \
        "# s: not all of its flows: a saved result keeps the worst only"
    same "and tells these" "$(tail -n +3 "$T/out" | wc -l)" 10
    spate report "$T/router.json"
    check "the report tells the flows in a line" \
        grep -qx 'flows      5,000 of 1,000,000 had packets: 50 with loss' "$T/out"
    device_loses_none
else
    skip "a million flows through a router that drops" "nftables are not available"
fi

# --- a bridge that keeps books -----------------------------------------------------------------

# Order is told worker by worker, as RFC 4737 has it for one source, and figures by slot, in which
# flows that end follow each other. Units before FIRST belong to the warm-up.
cat >"$T/bridge.py" <<'PY'
import collections, signal, sys
from device import frames, send
workers, slots, first = (int(x) for x in sys.argv[1:4])
sent, received, repeated, damaged, reordered = [collections.Counter() for _ in range(5)]
behind = collections.Counter()  # one more than the last index that went out, by slot and worker
def end(*_):
    with open(sys.argv[4], "w") as f:
        for flow in sorted(sent):
            print(flow, sent[flow], received[flow], sent[flow] - received[flow], repeated[flow],
                  damaged[flow], reordered[flow], sep=",", file=f)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
def out(frame, index, slot):
    send(frame)
    key = slot, index % workers
    late = index < behind[key]
    if not late: behind[key] = index + 1
    if index >= first:
        received[slot] += 1
        reordered[slot] += late
held = None
for n, f in enumerate(frames(), 1):
    index, flow = (int(x) for x in f[42:].split(b";", 1)[0].split())
    slot, counted = flow % slots, index >= first
    if counted: sent[slot] += 1
    if n % 90 == 31: continue    # dropped
    if n % 100 == 50:            # held back behind the next seven that are not
        held, left = (f, index, slot), 7
        continue
    if n % 130 == 7:             # damaged behind what it says
        f = bytearray(f); f[100] ^= 1
        if counted: damaged[slot] += 1
    out(f, index, slot)
    if n % 40 == 3:              # twice
        send(f)
        if counted: repeated[slot] += 1
    if held is not None:
        left -= 1
        if left == 0:
            out(*held)
            held = None
PY
# over_bridge NAME WORKERS FLOWS FIRST ARGS...: a run, and the bridge's books in $T/NAME.truth.
over_bridge() {
    local name=$1 workers=$2 flows=$3
    device_bridges "$workers" "$flows" "$4" "$T/$name.truth" || return
    shift 4
    through "$name" --workers "$workers" --set "stream s.flows=$flows" "$@"
    stop "$BRIDGE" || not_ok "the bridge ends well" "$T/log"
}
# bridged NAME WHAT WORKERS FLOWS FIRST ARGS...: the bridge's books against the run's.
bridged() {
    local name=$1 what=$2
    shift 2
    seen_all "$name" over_bridge "$name" "$@"
    told "$name" "$what"
    # flow,sent,received,lost,duplicated,corrupted,reordered of each
    sort "$T/$name.truth" >"$T/truth"
    tail -n +2 "$T/$name.flows" | cut -d, -f2-5,7,8,13 | sort >"$T/told"
    if [ -s "$T/truth" ] && cmp -s "$T/truth" "$T/told"; then
        ok "$what: each flow's figures are the truth"
    else
        diff "$T/truth" "$T/told" >"$T/differ"
        not_ok "$what: each flow's figures are the truth" "$T/differ"
    fi
    holds "$T/$name.json" "$what: sums are the truth" ".streams[0].flows |
        [.sent, .received, .lost, .duplicated, .corrupted, .reordered] ==
        [$(awk -F, '{ for (i = 2; i <= 7; i++) n[i] += $i } END {
            printf "%d,%d,%d,%d,%d,%d", n[2], n[3], n[4], n[5], n[6], n[7] }' "$T/truth")] and
        .with_loss == $(awk -F, '$4 > 0' "$T/truth" | wc -l) and
        .with_duplicates == $(awk -F, '$5 > 0' "$T/truth" | wc -l) and
        .with_corruption == $(awk -F, '$6 > 0' "$T/truth" | wc -l) and
        .with_reordering == $(awk -F, '$7 > 0' "$T/truth" | wc -l)"
}
bridged few "twenty flows of Zipf shares" 1 20 0 --set 'stream s.popularity=zipf(s=1.2)'
holds "$T/few.json" "some of them are reordered" '.streams[0].flows.reordered > 10'
bridged ended "slots of flows that end, from two workers" 2 30 0 \
    --set 'stream s.flow_length=1..9'
bridged million "a million flows through the bridge" 2 1000000 1250 --set 'run.warmup=250ms'

# --- what cannot be told -----------------------------------------------------------------------

spate_a run "$T/flows.ini" -o "$T/many.json" --timeout 10ms --set 'stream s.flows=2M' \
    --set 'stream s.count=10'
exits "0 5" "more flows than there are figures for"
holds "$T/many.json" "the result says why there are none" '.streams[0].flows ==
    {"number": 2000000, "absent": "there are more than 1,048,576 flows"}'
check "so does the report" grep -q 'flows .*2,000,000, no figures for each: there are more' "$T/out"
finish
