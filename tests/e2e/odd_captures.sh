#!/usr/bin/env bash
# Captures as they should not be: cut at every byte, stamped in year 1 and in 2107, without frames,
# growing or shrinking while they are read, packed a thousand times smaller: told, counted, survived.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "odd captures" jq python3
small=tests/captures/http4.pcap

# --- cut at every byte -------------------------------------------------------------------------

cat >"$T/make.py" <<'PY'
# Files for the tests below, from three frames of the capture given.
import gzip, struct, sys
to, source = sys.argv[1:]
raw = open(source, "rb").read()
frames, at = [], 24
while len(frames) < 3:
    n = struct.unpack_from("<IIII", raw, at)[2]
    frames.append(raw[at + 16:at + 16 + n])
    at += 16 + n
def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
def pcapng(stamps, offset=0):  # seconds since 1970, any; resolution of a second
    options = struct.pack("<HHB3x", 9, 1, 0) + struct.pack("<HHq", 14, 8, offset) + struct.pack("<I", 0)
    out = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    out += block(1, struct.pack("<HHI", 1, 0, 0) + options)
    for f, t in zip(frames * len(stamps), stamps):
        v = (t - offset) & (1 << 64) - 1
        out += block(6, struct.pack("<IIIII", 0, v >> 32, v & 0xffffffff, len(f), len(f)) + f)
    return out
def write(name, data): open(f"{to}/{name}", "wb").write(data)
y1, y2107 = -62135596800, 4323369600
write("whole.pcap", raw[:at])
write("whole.pcapng", pcapng([1, 2, 3]))
write("whole.pcap.gz", gzip.compress(raw[:at], mtime=0))
write("old.pcapng", pcapng([y1, y1 + 1, y1 + 2], y1))
write("late.pcapng", pcapng([y2107, y2107 + 1, y2107 + 2]))
write("both.pcapng", pcapng([y2107, y1, 0, y2107 + 1], y1))
write("none.pcapng", pcapng([]))
write("none.pcap", raw[:24])
# Sixteen zero bytes are a frame of no bytes in 1970.
write("bomb.pcap.gz", gzip.compress(raw[:24] + bytes(64 << 20), mtime=0))
record = struct.pack("<IIII", 1, 0, 1400, 1400) + bytes(1400)
write("long.pcap", raw[:24] + record * 400)
write("more", record * 100 + record[:700])
PY
check "captures are made" python3 "$T/make.py" "$T" $small

# cut_at N: exit code 2 with a reason, or a result; else a line in $T/bad.
cut_at() {
    local cut=$T/cut.$1 code
    head -c "$1" "$T/$whole" >"$cut"
    timeout 120 "$SPATE" replay "$cut" --rate max -w null -q -o "$cut.json" 2>"$cut.err"
    code=$?
    case $code in
    0 | 1) [ -s "$cut.json" ] || echo "cut at $1: exit code $code, no result" ;;
    2) [ -s "$cut.err" ] || echo "cut at $1: exit code 2, no reason" ;;
    *) echo "cut at $1: exit code $code" ;;
    esac >>"$T/bad"
}
for whole in whole.pcap whole.pcapng whole.pcap.gz; do
    size=$(stat -c %s "$T/$whole") batch=()
    rm -f "$T"/cut.* "$T/bad"
    for ((n = 0; n < size; n++)); do # a run of nothing is mostly waiting
        cut_at $n &
        batch+=($!)
        [ ${#batch[@]} = 16 ] && wait "${batch[@]}" && batch=()
    done
    wait "${batch[@]}"
    same "$whole cut at each of its $size bytes is told or replayed" "none$(cat "$T/bad")" none
    # All frames of a packed file may be there though its end is not.
    jq -s 'map(select((.totals | .offered != .sent + .shed + .failed) or
                      (.totals.sent > 2 and .failed_because == null))) | length' "$T"/cut.*.json >"$T/wrong" 2>&1
    same "$whole: what is before the cut is in the books" "$(cat "$T/wrong")" 0
    same "$whole: there are cuts behind each frame" \
        "$(jq -s 'map(.totals.sent) | unique | map(select(. == 1 or . == 2)) | @csv' -r "$T"/cut.*.json)" "1,2"
done

# --- told ---------------------------------------------------------------------------------------

mkdir "$T/dir"
cp tests/captures/*.pcap* "$T/whole.pcap" "$T/whole.pcapng" "$T/late.pcapng" "$T/cut.99" "$T/dir"
echo "no capture" >"$T/dir/notes"
spate info "$T/dir"
exits 0 "info on a directory"
same "info on a directory: every capture in it" "$(grep -c '^  format' "$T/out")" \
    "$(find "$T/dir" -type f ! -name notes | wc -l)"
same "info fits a terminal of 80 columns" "none$(grep '^ ' "$T/out" | awk 'length > 80')" none

# --- times -------------------------------------------------------------------------------------

for f in old late both; do
    spate info "$T/$f.pcapng" --json
    exits 0 "info on stamps: $f"
    spate replay "$T/$f.pcapng" --rate max -w null -q -o "$T/r.json"
    exits 0 "stamps: $f"
    holds "$T/r.json" "stamps: $f: every frame" '.totals.sent == .totals.offered and .totals.sent >= 3'
    spate replay "$T/$f.pcapng" --max-gap 1ms -w null -q -o "$T/r.json"
    exits "0 5" "stamps: $f, at their times"
    laws "$T/r.json" "stamps: $f: the run"
done
spate replay "$T/both.pcapng" --duration 500ms -w null -q -o "$T/r.json"
exits "0 5" "a gap of two thousand years ends with the run"
laws "$T/r.json" "a gap of two thousand years: the run"
spate replay "$T/late.pcapng" --rate max -w "$T/out.pcap" -q -o "$T/r.json"
exits 1 "what no pcap file can hold does not get into one"
holds "$T/r.json" "what no pcap file can hold is counted" '.totals.failed == 3 and .totals.errors.send == 3'
for f in none.pcap none.pcapng; do
    spate replay "$T/$f" -w null -q
    tells 2 "no frames at all: $f" "$f"
    spate info "$T/$f"
    exits "0 1 2" "info on no frames at all: $f"
done

# --- files that change, and one that is larger than it looks -----------------------------------

# changed WHAT COMMAND...: done to the file while a replay of 400 frames in two seconds reads it. Whether
# the replay has read beyond that place already is a matter of chance.
changed() {
    local what=$1
    shift
    cp "$T/long.pcap" "$T/changing.pcap"
    rm -f "$T/r.json"
    start "$SPATE" replay "$T/changing.pcap" --rate 200/s -w null -q -o "$T/r.json"
    until_true under_way "$STARTED"
    "$@" # no window holds so many frames
    wait "$STARTED"
    CODE=$? && cp "$T/log" "$T/err"
    exits "0 1 5" "a file that $what"
    laws "$T/r.json" "a file that $what: the run"
}
changed "grows" sh -c "cat '$T/more' >>'$T/changing.pcap'"
holds "$T/r.json" "a file that grows: nothing is lost" \
    '(.totals.sent == 400 and .failed_because == null) or (.totals.sent == 500 and .failed_because != null)'
changed "shrinks" truncate -s 300000 "$T/changing.pcap"
holds "$T/r.json" "a file that shrinks: what is gone is told" \
    '(.totals.sent == 400 and .failed_because == null) or (.totals.sent < 400 and .failed_because != null)'

(ulimit -v 300000 && timeout 120 "$SPATE" replay "$T/bomb.pcap.gz" --rate max -w null -q -o "$T/r.json") >"$T/out" 2>"$T/err"
CODE=$?
exits 0 "64 MiB in $(stat -c %s "$T/bomb.pcap.gz") bytes"
holds "$T/r.json" "64 MiB of frames without bytes: every one" '.totals.sent == 4194304'
finish
