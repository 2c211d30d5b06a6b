#!/usr/bin/env bash
# Random packets of every layer's example and of every shipped profile through tshark: no bad
# checksum, nothing malformed, and every field decoded to what our own JSON says. COUNT packets of
# each (default 200).
set -u
cd "$(dirname "$0")/../.." || exit 2
tool=build/release/tools/packet_examples
count=${COUNT:-200}
command -v tshark >/dev/null || { echo "skip packets: tshark is not installed"; exit 0; }
make --no-print-directory $tool >/dev/null || exit 1
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
mapfile -t profiles < <(grep -l '^\[packet' profiles/*.ini)
$tool "$t" "$count" "${profiles[@]}" || { echo "not ok packets: examples do not compile"; exit 1; }

check=()
for o in ip.check_checksum tcp.check_checksum udp.check_checksum; do
    check+=(-o "$o:TRUE")
done
check+=(-o "sctp.checksum:CRC 32c" -o "ip.defragment:FALSE" -o "ipv6.defragment:FALSE"
        -o "tcp.analyze_sequence_numbers:FALSE" -o "tcp.relative_sequence_numbers:FALSE"
        -o "sctp.relative_tsns:FALSE")
shark() { tshark -n "${check[@]}" "$@" 2>"$t/err"; }

# Each protocol's status must be 1 (good) somewhere and 0 (bad) nowhere.
columns=(-e _ws.malformed)
for p in ip icmp icmpv6 igmp tcp udp sctp gre; do columns+=(-e "$p.checksum.status"); done
shark -r "$t/all.pcap" -T fields -E occurrence=a "${columns[@]}" >"$t/status"
# A payload is none of what its ports stand for.
shark -r "$t/opaque.pcap" -d udp.port==1-65535,data -d tcp.port==1-65535,data \
    -T fields -E occurrence=a "${columns[@]}" >>"$t/status"
expected=$((count * $(find "$t" -name '*.fields' | wc -l)))
if awk -F'\t' -v expected="$expected" '
    $1 != "" { print "frame " NR " is malformed: " $1; wrong = 1 }
    { for (i = 2; i <= 9; i++) {
        if ($i ~ /0/) { print "frame " NR " has a bad checksum: " $0; wrong = 1 }
        if ($i ~ /1/) good[i]++ } }
    END { for (i = 2; i <= 9; i++) if (!good[i]) { print "column " i " was never checked"; wrong = 1 }
          if (NR != expected) { print NR " frames of " expected; wrong = 1 }
          exit wrong }' "$t/status" >"$t/bad"; then
    echo "ok packets: $expected frames, no bad checksum, none malformed"
else
    echo "not ok packets: malformed or with a bad checksum"
    head -5 "$t/bad" "$t/err"
fi

# alike NAME PCAP FIELDS OURS OCCURRENCE: tshark's columns are our lines.
alike() {
    # shellcheck disable=SC2046  (one word for each field)
    shark -r "$2" -T fields -E "occurrence=$5" $(cat "$3") >"$t/theirs"
    if diff "$4" "$t/theirs" >"$t/diff"; then
        echo "ok packets: $1 decodes alike"
    else
        echo "not ok packets: $1 decodes differently (ours <, tshark's >)"
        tr '\n' ' ' <"$3"; echo
        head -4 "$t/diff"; sed -n '/^---/,$p' "$t/diff" | head -4
    fi
}
for fields in "$t"/*.fields; do
    name=$(basename "$fields" .fields)
    alike "$name" "$t/$name.pcap" "$fields" "$t/$name.tsv" f
    [ ! -s "$t/$name.lists" ] ||
        alike "$name, lists," "$t/$name.pcap" "$t/$name.lists" "$t/$name.lists.tsv" a
done
