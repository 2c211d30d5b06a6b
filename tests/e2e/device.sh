#!/usr/bin/env bash
# Packets through a device: a router that drops, and a bridge that repeats, swaps and damages known
# sets. The counts must equal the truth exactly.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
. tests/e2e/between.sh
need "a device between two interfaces" root ip jq python3
between_up "a device between two interfaces"

cat >"$T/through.ini" <<INI
[run]
interface = out
[stream s]
rate = 5k/s
count = 10k
receive = in
[packet p]
layers = eth / ipv4 / udp / payload
eth.dst = $MAC_LEFT
ipv4.src = 198.18.0.0/24
ipv4.dst = 198.19.0.0/24
udp.sport = 1024..65535
udp.dport = 9
size = 64..512
INI
# through WHAT ARGS...: a run; its result in $T/r.json.
through() {
    local what=$1
    shift
    spate_a run "$T/through.ini" -q -o "$T/r.json" "$@"
    exits "0 5" "$what" # 5: a busy machine was late
    laws "$T/r.json" "$what: the run"
}

device_routes
device_knows 256
through "packets pass a router"
holds "$T/r.json" "a router loses, duplicates and reorders nothing" '.totals |
    .sent == 10000 and .answered == 10000 and .timed_out == 0 and .duplicated == 0 and .reordered == 0'
if device_loses; then
    through "packets pass a router that drops"
    holds "$T/r.json" "every 100th packet is told as lost" \
        '.totals | .answered == 9900 and .timed_out == 100 and .errors.timeout == 100'
    device_loses_none
else
    skip "losses by nftables" "not available"
fi

cat >"$T/bridge.py" <<'PY'
from device import frames, send
held = None
for n, f in enumerate(frames(), 1):
    if n % 100 == 50:            # held back behind the next three
        held, left = f, 3
        continue
    if n % 250 == 7:             # damaged in the payload
        f = bytearray(f); f[42] ^= 1
    send(f)
    if n % 40 == 3: send(f)      # twice
    if held is not None:
        left -= 1
        if left == 0: send(held); held = None
PY
device_bridges
# Large enough for a content besides the token, so that damage can be seen.
through "packets pass a bridge that repeats, swaps and damages" --set 'packet p.size=100..512'
holds "$T/r.json" "none is lost" '.totals | .answered == 10000 and .timed_out == 0'
holds "$T/r.json" "every 40th is told as duplicated" '.totals.duplicated == 250'
holds "$T/r.json" "every 100th is told as reordered, by three" \
    '.totals.reordered == 100 and .streams[0].reorder_extent == 3'
holds "$T/r.json" "every 250th is told as corrupted" '.totals.errors.corrupted == 40'
finish
