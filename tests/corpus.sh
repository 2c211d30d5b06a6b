#!/usr/bin/env bash
# make corpus CORPUS=DIR: every capture below DIR is replayed, under the sanitizers, to a capture
# file and (as root) across a veth pair, and compared frame by frame with what arrived. Prints
# one line a file; exit 1 when anything differs that no count explains.
set -u
cd "$(dirname "$0")/.." || exit 2
dir=${1:-}
[ -d "$dir" ] || { echo "usage: make corpus CORPUS=DIR" >&2; exit 2; }
spate=build/asan/spate
make --no-print-directory VARIANT=asan build/asan/spate tools >/dev/null || exit 1
same=build/release/tools/samecap
make --no-print-directory tools >/dev/null || exit 1
T=$(mktemp -d)
bad=0 files=0 veth=yes mtu=65535
cleanup() {
    [ -z "${NS_A:-}" ] || veth_down
    rm -rf "$T"
}
trap cleanup EXIT

# compare FILE COPY RESULT LIMIT: the frames, and the reasons against the result's errors
compare() {
    "$same" "$1" "$2" "$4" >"$T/same.json" 2>>"$T/why" || return 1
    jq -e --slurpfile r "$3" '($r[0].totals.errors) as $e |
        .same == $r[0].totals.sent and .cut == ($e.cut // 0) and
        .foreign_link == ($e.foreign_link // 0) and .too_big == ($e.too_big // 0)' \
        "$T/same.json" >/dev/null || { echo "counts differ: $(cat "$T/same.json") $(jq -c .totals.errors "$3")" >>"$T/why"; return 1; }
}

# foretold FILE: what info says a replay would do is what samecap found
foretold() {
    timeout 120 $spate info --json --mtu 1048562 --allow 0.0.0.0/0 --allow ::/0 "$1" >"$T/info.json" 2>"$T/err" ||
        { echo "info: $(tail -1 "$T/err")" >>"$T/why"; return 1; }
    jq -e --slurpfile s "$T/same.json" '.replay.leaves == $s[0].same and
        (.replay.stays.cut // 0) == $s[0].cut and (.damage == $s[0].damage) and
        (.replay.stays.foreign_link // 0) == $s[0].foreign_link' "$T/info.json" >/dev/null ||
        { echo "info says $(jq -c .replay "$T/info.json")" >>"$T/why"; return 1; }
}

replay() { # replay WHERE...: exit codes 0, 1 (frames counted as failed) and 2 (told) are fine
    timeout 120 "$@" >"$T/out" 2>"$T/err"
    local code=$?
    grep -qE 'Sanitizer|runtime error' "$T/err" && return 99
    return $code
}

if [ "$(id -u)" = 0 ] && ip netns add "spate-try-$$" 2>/dev/null; then
    ip netns del "spate-try-$$"
    . tests/e2e/veth.sh
    veth_up
    trap cleanup EXIT
    for side in "$NS_A $DEV_A" "$NS_B $DEV_B"; do ip -n ${side% *} link set ${side#* } mtu $mtu arp off; done
else
    veth=no
    echo "no namespaces here: files only"
fi
printf '%-58s %9s %8s  %s\n' file frames sent outcome
while IFS= read -r -d '' f; do
    files=$((files + 1)) outcome= sent=-
    : >"$T/why"
    rm -f "$T"/*.json "$T"/*.pcap
    replay $spate replay "$f" --rate max -w "$T/out.pcap" -o "$T/r.json" -q
    code=$?
    if [ $code -gt 2 ]; then outcome="EXIT $code: $(tail -1 "$T/err")"; bad=1
    elif [ $code = 2 ]; then outcome="told: $(head -1 "$T/err" | sed 's/.*: //' | cut -c1-60)"
    else
        sent=$(jq .totals.sent "$T/r.json")
        if jq -e '.totals.errors.send and .totals.errors.send == .totals.offered' "$T/r.json" >/dev/null; then
            outcome="file: time stamps that no pcap file can hold" # they are unsigned 32-bit seconds
        elif compare "$f" "$T/out.pcap" "$T/r.json" 1048576 && foretold "$f"; then
            outcome=$(jq -r '.totals.errors | to_entries | map("\(.value) \(.key)") | join(", ")' "$T/r.json")
            outcome="file same${outcome:+, not sent: $outcome}"
        else outcome="FILE DIFFERS: $(tail -1 "$T/why")"; bad=1; fi
        if [ $veth = yes ]; then
            capture_b "$T/peer.pcap" || { bad=1; break; }
            replay ip netns exec "$NS_A" $spate replay "$f" -i "$DEV_A" --rate 20k/s -o "$T/v.json" -q \
                --allow 0.0.0.0/0 --allow ::/0
            code=$?
            capture_stop "$T/peer.pcap"
            # 5: a busy machine was late, which changes no frame
            if [ $code -gt 1 ] && [ $code != 5 ]; then outcome="$outcome; VETH EXIT $code: $(tail -1 "$T/err")"; bad=1
            elif compare "$f" "$T/peer.pcap" "$T/v.json" $((mtu + 14)); then outcome="$outcome; veth same"
            else outcome="$outcome; VETH DIFFERS: $(tail -1 "$T/why")"; bad=1; fi
        fi
    fi
    printf '%-58s %9s %8s  %s\n' "${f#"$dir"/}" "$([ -f "$T/same.json" ] && jq '.same+.cut+.foreign_link+.too_big' "$T/same.json")" "$sent" "$outcome"
done < <(find "$dir" -type f \( -name '*.pcap' -o -name '*.pcapng' -o -name '*.cap' -o -name '*.gz' -o -name '*.zst' \) -print0 | sort -z)
echo "$files files, $([ $bad = 0 ] && echo 'no difference unexplained' || echo 'DIFFERENCES above')"
exit $bad
