#!/usr/bin/env bash
# Captures of real servers (tests/captures, made by tests/tools/record_captures.sh), each replayed
# to a file with each of a table of changes: what leaves is the golden bytes, tshark finds every
# checksum right, nothing is left of what was to be changed, and what it was to become is there.
# UPDATE_GOLDEN=1 writes tests/golden/rewrite.txt anew.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "rewriting goldens" jq sha256sum
golden=tests/golden/rewrite.txt

# NAME ; OPTIONS ; what tshark must not find in any outcome ; what it must find in some
maps='198.18.0.0/16 -> 10.1.0.0/16, 198.19.0.0/16 -> 10.2.0.0/16, 127.0.0.0/8 -> 10.0.0.0/8, 2001:2::/48 -> 2001:db8::/48'
old='ip.addr == 198.18.0.0/15 || ip.addr == 127.0.0.0/8 || ipv6.addr == 2001:2::/48'
ports='80 -> 8080, 6379 -> 7000, 53 -> 5353, 443 -> 4433, 32768..60999 -> 1024..29255'
old_ports='tcp.port in {80, 6379, 53, 443, 32768..60999} || udp.port in {53, 32768..60999}'
ethernet='ethernet(02:00:00:00:00:01 -> 02:00:00:00:00:02)'
draws="--set 'stream trace.ipv4.src=permute(10.0.0.0/16)' --set 'stream trace.ipv6.src=2001:db8::/64' --set 'stream trace.tcp.sport=61000..61999'"
table() {
    cat <<END
plain ; ; ip.ttl == 3 ; tcp.port == 443
map ; --map '$maps' ; $old ; ip.src == 10.1.0.0/16 && ip.dst == 10.2.0.0/16
all-sums ; --map '$maps' --checksums always ; $old ; ipv6.addr == 2001:db8::/48
wrong-sums ; --map '$maps' --checksums keep ; $old ; ip.checksum.status == 0
ports ; --ports '$ports' ; $old_ports ; tcp.srcport == 8080
macs ; --macs '* -> 02:00:00:00:00:42' ; eth.addr != 02:00:00:00:00:42 ; tcp
push ; --vlan 'push 30, push 31' ; !vlan ; vlan.id == 30 && vlan.id == 31 && vlan.id == 7
pop ; --vlan pop ; vlan.id == 5 || ieee8021ad.id == 9 ; vlan.id == 7
retag ; --vlan '5 -> 50, 9 -> 90' ; vlan.id == 5 || ieee8021ad.id == 9 ; ieee8021ad.id == 90 && vlan.id == 7
ttl ; --ttl 3 ; ip.ttl != 3 || ipv6.hlim != 3 ; ipv6.hlim == 3
per-flow ; $draws --set 'stream trace.per=flow' ; tcp.port in {32768..60999} && !ip.addr == 127.0.0.1 ; ip.dst == 10.0.0.0/16
per-frame ; $draws ; ip.src == 198.18.0.0/15 ; tcp.srcport >= 61000 && ip.src == 10.0.0.0/16
segment ; --oversize segment --mtu 576 --checksums always ; frame.len > 598 ; tcp.len == 524
skip ; --oversize skip --mtu 576 --cut skip --link skip ; frame.len > 598 ; tcp
link ; --link '$ethernet' --checksums always ; sll ; tcp.port == 6379 && ip.addr == 127.0.0.1 && eth.addr == 02:00:00:00:00:02
pad ; --cut pad ; frame.len == 96 && tcp.len > 30 ; tcp
short ; --cut short ; sll ; tcp
some ; --frames '3..9, 12' --filter tcp ; udp || icmp ; tcp
loops ; --loop 2 $draws --set 'stream trace.per=flow+loop' --cut pad --link '$ethernet' --checksums always ; !eth ; tcp
END
}

wrong='ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 ||
    icmp.checksum.status == 0 || icmpv6.checksum.status == 0'

# one_change NAME OPTIONS: every capture; a line of counts and bytes for each in $T/lines.
one_change() {
    local file outcome said
    eval "set -- $1 $2"
    local name=$1
    shift
    rm -f "$T"/*.pcap
    for file in tests/captures/*.pcap; do
        outcome=$T/$(basename "$file")
        spate replay "$file" --rate max -w "$outcome" -o "$T/r.json" -q "$@"
        case $CODE in
        0 | 1) said=$(jq -r '.totals | "\(.sent)+\(.shed)+\(.failed)=\(.offered)"' "$T/r.json") ;;
        2) said=told ;; # nothing in it can leave as asked
        *) not_ok "$name: $file: exit code $CODE" "$T/err" ;;
        esac
        [ -e "$outcome" ] && said="$said $(sha256sum <"$outcome" | cut -c1-32)"
        printf '%-10s %-10s %s\n' "$name" "$(basename "$file" .pcap)" "$said" >>"$T/lines"
    done
}
# laid_out NAME NEVER MUST: the outcomes join those of the changes before, for one pass of tshark
# over all; the frames from FROM on are this change's.
laid_out() {
    local outcomes=() file never=$2 till
    for file in "$T"/*.pcap; do
        case $1:$(basename "$file") in
        all-sums:* | segment:* | link:* | loops:*) ;;
        # Sums that cards were to make are recorded without: right only where all are made anew.
        *:offload.pcap | *:redis-any.pcap) continue ;;
        short:cut.pcap) continue ;; # part of the bytes that its sums are of
        esac
        outcomes+=("$file")
    done
    mergecap -a -F pcap -w "$T/all.$1" "${outcomes[@]}" || not_ok "$1: mergecap"
    till=$((FROM + $(capinfos -Mc "$T/all.$1" | sed -n 's/^Number of packets: *//p')))
    [ "$1" = wrong-sums ] || never="$never || $wrong"
    NEVER="$NEVER || (frame.number in {$FROM..$((till - 1))} && ($never))"
    MUST="$MUST || (frame.number in {$FROM..$((till - 1))} && ($3))"
    ALL+=("$T/all.$1") NAMES+=("$1") FIRST+=("$FROM")
    FROM=$till
}
FROM=1 NEVER='frame.number == 0' MUST='frame.number == 0' ALL=() NAMES=() FIRST=()
# found FILTER FILE: the numbers of the frames that match.
found() { shark_apart -r "$T/whole" -Y "$1" -T fields -e frame.number >"$2" || not_ok "tshark takes the filter"; }
looked_at() {
    local i till
    mergecap -a -F pcap -w "$T/whole" "${ALL[@]}"
    found "$NEVER" "$T/never"
    found "$MUST" "$T/must"
    for i in "${!NAMES[@]}"; do
        till=${FIRST[i + 1]:-$FROM}
        within() { awk -v from="${FIRST[i]}" -v till="$till" '$1 >= from && $1 < till' "$1" | wc -l; }
        same "${NAMES[i]}: no wrong checksum, and nothing is left as it was" "$(within "$T/never")" 0
        [ "$(within "$T/must")" -gt 0 ] && ok "${NAMES[i]}: it became what was asked for" ||
            not_ok "${NAMES[i]}: tshark finds no frame that became what was asked for"
    done
}

: >"$T/lines"
while IFS=';' read -r name options never must; do
    name=${name// /}
    one_change "$name" "$options"
    if have tshark && have mergecap; then laid_out "$name" "$never" "$must"; fi
done < <(table)
if [ ${#ALL[@]} -gt 0 ]; then looked_at; else skip "rewriting looked at by tshark" "tshark is not installed"; fi
if [ -n "${UPDATE_GOLDEN:-}" ]; then cp "$T/lines" $golden; fi
diff $golden "$T/lines" >"$T/diff" && ok "$(wc -l <$golden) outcomes are the golden bytes" ||
    not_ok "outcomes are the golden bytes (see $golden)" "$T/diff"
finish
