#!/usr/bin/env bash
# Random packets of every layer's example and of every shipped profile through tshark: no bad
# checksum, nothing malformed, and every field decoded to what our own JSON says. COUNT packets of
# each (default 200).
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "packets" tshark
tool=build/release/tools/packet_examples
count=${COUNT:-200}
built $tool
mapfile -t profiles < <(grep -l '^\[packet' profiles/*.ini)
$tool "$T" "$count" "${profiles[@]}" || { not_ok "examples compile"; finish; }

by_frame() {
    shark_apart -o tcp.analyze_sequence_numbers:FALSE -o tcp.relative_sequence_numbers:FALSE \
        -o sctp.relative_tsns:FALSE "$@"
}

# Each protocol's status must be 1 (good) somewhere and 0 (bad) nowhere.
columns=(-e _ws.malformed)
for p in ip icmp icmpv6 igmp tcp udp sctp gre; do columns+=(-e "$p.checksum.status"); done
by_frame -r "$T/all.pcap" -T fields -E occurrence=a "${columns[@]}" >"$T/status"
# A payload is none of what its ports stand for.
by_frame -r "$T/opaque.pcap" -d udp.port==1-65535,data -d tcp.port==1-65535,data \
    -T fields -E occurrence=a "${columns[@]}" >>"$T/status"
expected=$((count * $(find "$T" -name '*.fields' | wc -l)))
if awk -F'\t' -v expected="$expected" '
    $1 != "" { print "frame " NR " is malformed: " $1; wrong = 1 }
    { for (i = 2; i <= 9; i++) {
        if ($i ~ /0/) { print "frame " NR " has a bad checksum: " $0; wrong = 1 }
        if ($i ~ /1/) good[i]++ } }
    END { for (i = 2; i <= 9; i++) if (!good[i]) { print "column " i " was never checked"; wrong = 1 }
          if (NR != expected) { print NR " frames of " expected; wrong = 1 }
          exit wrong }' "$T/status" >"$T/bad"; then
    ok "$expected frames, no bad checksum, none malformed"
else
    not_ok "$expected frames, no bad checksum, none malformed" "$T/bad" "$T/shark.err"
fi

# alike NAME PCAP FIELDS OURS OCCURRENCE: tshark's columns are our lines.
alike() {
    # shellcheck disable=SC2046  (one word for each field)
    by_frame -r "$2" -T fields -E "occurrence=$5" $(cat "$3") >"$T/theirs"
    if diff "$4" "$T/theirs" >"$T/diff"; then
        ok "$1 decodes alike"
    else
        not_ok "$1 decodes alike (ours <, tshark's >)" "$3" "$T/diff"
    fi
}
for fields in "$T"/*.fields; do
    name=$(basename "$fields" .fields)
    alike "$name" "$T/$name.pcap" "$fields" "$T/$name.tsv" f
    [ ! -s "$T/$name.lists" ] ||
        alike "$name, lists," "$T/$name.pcap" "$T/$name.lists" "$T/$name.lists.tsv" a
done
finish
