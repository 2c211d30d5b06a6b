#!/usr/bin/env bash
# Replays that change what was recorded: across a veth pair and into files, looked at by tshark.
# Every checksum must be right, every address where the map puts it, every frame in the books.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "rewriting" jq tshark editcap

# make_capture NAME LAYERS COUNT KEYS...: a capture of generated frames
make_capture() {
    local name=$1 layers=$2 count=$3
    shift 3
    { printf '[run]\nallow = 10.0.0.0/8, 2001:db8::/32\n[stream s]\nrate = 1000/s\nsend = p\n[packet p]\nlayers = %s\n' "$layers"; printf '%s\n' "$@"; } >"$T/p.ini"
    spate gen "$T/p.ini" --allow 2001:db8::/32 -n "$count" -w "$T/$name.pcap"
    [ $CODE = 0 ] || not_ok "making $name" "$T/err"
}
four='ipv4.src = 10.1.0.0/16'
make_capture tcp 'eth / ipv4 / tcp / payload' 100 "$four" 'ipv4.dst = 10.2.0.0/16' 'tcp.dport = 80' 'size = 60..600'
make_capture udp 'eth / vlan / ipv4 / udp / payload' 100 "$four" 'ipv4.dst = 10.2.0.0/16' 'udp.sport = 1024..65535' 'udp.dport = 53' 'vlan.id = 5' 'size = 64..600'
make_capture icmp 'eth / ipv4 / icmp / payload' 50 "$four" 'ipv4.dst = 10.2.0.0/16' 'size = 64..600'
make_capture sctp 'eth / ipv4 / sctp / sctp_data / payload' 50 "$four" 'ipv4.dst = 10.2.0.0/16' 'sctp.dport = 80' 'size = 100..600'
make_capture tcp6 'eth / ipv6 / tcp / payload' 100 'ipv6.src = 2001:db8:1::/48' 'ipv6.dst = 2001:db8:2::/48' 'tcp.dport = 80' 'size = 80..600'
make_capture udp6 'eth / ipv6 / udp / payload' 50 'ipv6.src = 2001:db8:1::/48' 'ipv6.dst = 2001:db8:2::/48' 'size = 80..600'
make_capture icmp6 'eth / ipv6 / icmpv6 / payload' 50 'ipv6.src = 2001:db8:1::/48' 'ipv6.dst = 2001:db8:2::/48' 'size = 80..600'
files=(tcp udp icmp sctp tcp6 udp6 icmp6)
all=()
for f in "${files[@]}"; do all+=("$T/$f.pcap"); done
total=500
map='10.0.0.0/8 -> 198.18.0.0/15, 2001:db8::/32 -> 2001:2::/48'

count() { shark_apart -r "$1" -Y "$2" | wc -l; }
sums_right() { # sums_right FILE [any]: no checksum is bad, nothing is malformed; `any` payload may be
    local bad wrong='ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 ||
        icmp.checksum.status == 0 || icmpv6.checksum.status == 0 || sctp.checksum.status == 0'
    bad=$(count "$1" "$wrong$([ -n "${2:-}" ] || echo ' || _ws.malformed')")
    [ "$bad" = 0 ] || { echo "$bad frames with a bad checksum in $1"; return 1; }
}
replay() { # replay RESULT ARGS...
    local result=$1
    shift
    spate replay "$@" -o "$T/$result.json" -q
    return $CODE
}
totals_too() { jq -c '.totals | (.failed | tostring) + " " + (.skipped | tojson)' "$T/$1.json" | jq -r .; }
totals() { jq -c "[.totals | .offered, .sent, .shed, .failed]" "$T/$1.json"; }

# Addresses, ports and tags, with updated and with new checksums, must come out alike.
for how in fix always; do
    check "rewriting runs, checksums = $how" replay map "${all[@]}" --rate max -w "$T/map-$how.pcap" --map "$map" \
        --ports '80 -> 8080, 1024..2047 -> 3024..4047' --vlan '5 -> 7' --ttl 9 --checksums $how
    check "all checksums are right, checksums = $how" sums_right "$T/map-$how.pcap"
    same "the books are full" "$(totals map)" "[$total,$total,0,0]"
    same "each file has its own" "$(jq -r '[.streams[0].kinds[].sent] | @csv' "$T/map.json")" \
        "100,100,50,50,100,50,50"
done
check "fix and always agree" cmp "$T/map-fix.pcap" "$T/map-always.pcap"
same "addresses moved" "$(count "$T/map-fix.pcap" '(ip.addr == 10.0.0.0/8) || (ipv6.addr == 2001:db8::/32)')" 0
same "prefixes are kept" "$(count "$T/map-fix.pcap" 'ip.src == 198.19.0.0/16 && ip.dst == 198.18.0.0/16')" 300
same "ports moved" "$(count "$T/map-fix.pcap" 'tcp.dstport == 8080 || sctp.dstport == 8080')" 250
same "tags moved" "$(count "$T/map-fix.pcap" 'vlan.id == 7')" 100
same "time to live set" "$(count "$T/map-fix.pcap" 'ip.ttl == 9 || ipv6.hlim == 9')" $total
replay back "$T/map-fix.pcap" --rate max -w "$T/kept.pcap" --checksums keep --ttl 9
check "a rewriting that changes nothing changes nothing" cmp "$T/map-fix.pcap" "$T/kept.pcap"

# Tags pushed and popped give the recorded frames back.
replay push "${all[@]}" --order files --rate max -w "$T/push.pcap" --vlan 'push 9, push 10'
replay pop "$T/push.pcap" --rate max -w "$T/pop.pcap" --vlan 'pop, pop'
replay none "${all[@]}" --order files --rate max -w "$T/none.pcap"
same "tags pushed are there" "$(count "$T/push.pcap" 'vlan.id == 9 && vlan.id == 10')" $total
replay service "$T/tcp.pcap" --rate max -w "$T/service.pcap" --vlan 'push 9, push 10 802.1ad'
same "also those of services" "$(count "$T/service.pcap" 'ieee8021ad.id == 10 && vlan.id == 9')" 100
check "and popped they are gone" cmp "$T/pop.pcap" "$T/none.pcap"

# Fields by generators, one draw for each conversation.
cat >"$T/flow.ini" <<INI
[stream s]
replay = ${all[0]}
rate = max
loop = 3
per = flow+loop
ipv4.src = permute(198.18.0.0/16)
ipv4.dst = 198.19.0.1
tcp.sport = 1024..65535
wire = pcapfile($T/flow.pcap)
INI
spate run "$T/flow.ini" -q -o "$T/flow.json"
check "fields by generators are right" sums_right "$T/flow.pcap"
same "each loop has conversations of its own" \
    "$(shark_apart -r "$T/flow.pcap" -T fields -e ip.src -e tcp.srcport -Y tcp | sort -u | wc -l)" \
    "$((3 * $(shark_apart -r "${all[0]}" -T fields -e ip.src -e ip.dst -e tcp.srcport | sort -u | wc -l)))"

# Payloads and sizes, also of what tunnels carry.
in='ipv4.dst = 192.0.2.2'
make_capture vxlan 'eth / ipv4 / udp / vxlan / eth as e / ipv4 as i / tcp / payload' 50 'ipv4.src = 192.0.2.1' "$in" 'i.src = 10.1.0.0/16' 'i.dst = 10.2.0.0/16' 'size = 150..600'
make_capture gre 'eth / ipv4 / gre / ipv4 as i / udp / payload' 50 'ipv4.src = 192.0.2.1' "$in" 'i.src = 10.1.0.0/16' 'i.dst = 10.2.0.0/16' 'udp.dport = 53' 'size = 150..600'
tunnels=("$T/vxlan.pcap" "$T/gre.pcap")
replay body "${all[@]}" "${tunnels[@]}" --rate max -w "$T/body.pcap" --payload random --size 200..1400 --dscp 46 --map "$map" --inside
check "other payloads and sizes are right" sums_right "$T/body.pcap" any
same "all of them" "$(totals body)" "[600,600,0,0]"
same "sizes are as drawn" "$(count "$T/body.pcap" '(frame.len < 200 || frame.len > 1400) && !sctp')" 0
same "addresses within tunnels moved" "$(count "$T/body.pcap" 'ip.addr == 10.0.0.0/8')" 0
same "code points are set" "$(shark_apart -r "$T/body.pcap" -E occurrence=f -T fields -e ip.dsfield.dscp -e ipv6.tclass.dscp | tr -d '\t' | sort -u)" 46
replay zero "${all[@]}" "${tunnels[@]}" --rate max -w "$T/zero.pcap" --payload zero
check "zero payloads are right" sums_right "$T/zero.pcap" any
check "and zero" test -z "$(shark_apart -r "$T/zero.pcap" -T fields -e tcp.payload -Y tcp | tr -d '0:\n')"
replay outside "${tunnels[@]}" --rate max -w "$T/outside.pcap" --map "$map"
same "tunnels are left alone otherwise" "$(count "$T/outside.pcap" 'ip.addr == 10.0.0.0/8')" 100

# Offloaded frames are split again.
make_capture big 'eth / ipv4 / tcp / payload' 20 "$four" 'ipv4.dst = 10.2.0.0/16' 'size = 8000..9000'
make_capture big6 'eth / ipv6 / tcp / payload' 20 'ipv6.src = 2001:db8:1::/48' 'ipv6.dst = 2001:db8:2::/48' 'size = 8000..9000'
replay big "$T/big.pcap" "$T/big6.pcap" --rate max -w "$T/split.pcap" --oversize segment --mtu 1500 --map "$map"
check "split frames are right" sums_right "$T/split.pcap"
same "none is over the MTU" "$(count "$T/split.pcap" 'frame.len > 1514')" 0
payload() { shark_apart -r "$1" -T fields -e tcp.payload | tr -d '\n' | sha256sum; }
replay whole "$T/big.pcap" "$T/big6.pcap" --rate max -w "$T/whole.pcap"
same "no byte of data is lost" "$(payload "$T/split.pcap")" "$(payload "$T/whole.pcap")"
# Also within tunnels; lengths, numbers and checksums of all that is around the segments follow.
big='size = 8000..9000'
outer='ipv4.src = 192.0.2.1'
inner=('i.src = 10.1.0.0/16' 'i.dst = 10.2.0.0/16')
inner6=('i.src = 2001:db8:1::/48' 'i.dst = 2001:db8:2::/48')
make_capture tvxlan 'eth / ipv4 / udp / vxlan / eth as e / ipv4 as i / tcp / payload' 10 "$outer" "$in" "${inner[@]}" "$big"
make_capture tgeneve6 'eth / ipv6 / udp / geneve / eth as e / ipv6 as i / tcp / payload' 10 'ipv6.src = 2001:2::1' "${inner6[@]}" "$big"
make_capture tgre 'eth / vlan / ipv4 / gre / ipv6 as i / tcp / payload' 10 "$outer" "$in" "${inner6[@]}" "$big"
make_capture t6in4 'eth / ipv4 / ipv6 as i / tcp / payload' 10 "$outer" "$in" "${inner6[@]}" "$big"
in_tunnels=("$T"/t{vxlan,geneve6,gre,6in4}.pcap)
replay tunnels "${in_tunnels[@]}" --rate max -w "$T/tsplit.pcap" --oversize segment --mtu 1500 --payload random
same "segments within tunnels" "$? $(jq .totals.failed "$T/tunnels.json")" '0 0'
check "are right" sums_right "$T/tsplit.pcap" any
same "and none is over the MTU" "$(count "$T/tsplit.pcap" 'frame.len > 1518 || (frame.len > 1514 && !vlan)')" 0
replay tunnels "${in_tunnels[@]}" --rate max -w "$T/twhole.pcap" --payload random
same "no byte of theirs is lost" "$(payload "$T/tsplit.pcap")" "$(payload "$T/twhole.pcap")"
same "numbers count on" "$(shark_apart -r "$T/tsplit.pcap" -Y vxlan -E occurrence=f -T fields -e ip.id | head -3 | paste -sd' ')" \
    "$(shark_apart -r "$T/twhole.pcap" -Y vxlan -E occurrence=f -T fields -e ip.id |
        { read -r id; printf '0x%04x 0x%04x 0x%04x' "$((id))" "$((id + 1))" "$((id + 2))"; })"

# What cannot be segmented is fragmented, or stays behind.
make_capture ubig 'eth / ipv4 / udp / payload' 20 "$four" 'ipv4.dst = 10.2.0.0/16' 'ipv4.flags = 0' 'ipv4.id = 1..60000' "$big"
make_capture ubig6 'eth / ipv6 / udp / payload' 20 'ipv6.src = 2001:db8:1::/48' 'ipv6.dst = 2001:db8:2::/48' "$big"
make_capture udf 'eth / ipv4 / udp / payload' 5 "$four" 'ipv4.dst = 10.2.0.0/16' 'ipv4.flags = 2' "$big"
mixed=("$T"/{big,big6,ubig,ubig6,udf}.pcap)
replay mixed "${mixed[@]}" --rate max -w "$T/mixed.pcap" --oversize 'segment, fragment, skip' --mtu 1500
same "segmented, fragmented or skipped" "$? $(totals_too mixed)" '0 0 {"too_big":5}'
check "all of it is right" sums_right "$T/mixed.pcap"
same "nothing is over the MTU" "$(count "$T/mixed.pcap" 'frame.len > 1514')" 0
datagrams() { shark -r "$1" -Y udp -T fields -e udp.length -e udp.checksum.status -e udp.payload | sort | sha256sum; }
replay uwhole "$T/ubig.pcap" "$T/ubig6.pcap" --rate max -w "$T/uwhole.pcap"
same "fragments put together are the datagrams" "$(datagrams "$T/mixed.pcap")" "$(datagrams "$T/uwhole.pcap")"
replay mixed "${mixed[@]}" --rate max -w null --oversize 'segment, skip' --mtu 1500
same "segmented or skipped" "$? $(totals_too mixed)" '0 0 {"too_big":45}'
replay mixed "${mixed[@]}" --rate max -w null --oversize segment --mtu 1500
same "or they fail" "$? $(totals_too mixed)" '1 45 null'
spate replay "$T/big.pcap" -w null --oversize 'skip, segment'
tells 2 "what is tried last comes last" "oversize is 'skip, segment', expected segment, fragment and skip or fail"
spate replay "$T/big.pcap" -w null --clone 1/s --oversize fragment
tells 2 "copies are not fragmented" 'copies get ports of their own'

replay skip "$T/big.pcap" --rate max -w null --oversize skip --mtu 1500
same "or they are skipped, which is no failure" "$? $(totals skip) $(jq -c .totals.skipped "$T/skip.json")" \
    '0 [20,0,20,0] {"too_big":20}'
replay fail "$T/big.pcap" --rate max -w null --mtu 1500
same "or they fail" "$? $(totals fail) $(jq -c .totals.errors "$T/fail.json")" '1 [20,0,0,20] {"too_big":20}'
spate report "$T/skip.json" -f json -o "$T/again.json" -q
same "skipped frames survive a saved result" "$(jq -c .totals.skipped "$T/again.json")" '{"too_big":20}'

# Selection.
replay f "${all[0]}" --rate max -w "$T/f.pcap" --frames '10..19, 30' --filter 'tcp port 80'
same "frames by number" "$(totals f)" "[11,11,0,0]"
replay b "${all[0]}" -w "$T/b.pcap" --between 20ms..29ms --speed 10x
same "frames by time" "$(totals b)" "[10,10,0,0]"

# Recorded cut, and on other link types.
editcap -s 60 "${all[0]}" "$T/cut.pcap"
cut=$(shark_apart -r "$T/cut.pcap" -Y 'frame.len > 60' | wc -l)
replay cut "$T/cut.pcap" --rate max -w null --cut skip
same "cut frames skipped" "$? $(jq -c .totals.skipped "$T/cut.json")" "0 {\"cut\":$cut}"
replay pad "$T/cut.pcap" --rate max -w "$T/pad.pcap" --cut pad
check "cut frames filled up, with checksums of what they hold" sums_right "$T/pad.pcap"
same "to their length" "$(shark_apart -r "$T/pad.pcap" -T fields -e frame.len | md5sum)" \
    "$(shark_apart -r "${all[0]}" -T fields -e frame.len | md5sum)"
editcap -C 14 -L -T rawip "${all[0]}" "$T/raw.pcap"
replay raw "$T/raw.pcap" --rate max -w "$T/raw-out.pcap" --link 'ethernet(02:00:00:00:00:01 -> 02:00:00:00:00:02)'
replay same "${all[0]}" --rate max -w "$T/same-out.pcap"
check "raw IP gets an Ethernet header" cmp "$T/raw-out.pcap" "$T/same-out.pcap"

# Sources.
replay cat - --rate max -w "$T/cat.pcap" --preload --loop 2 <"${all[0]}"
same "standard input, kept for two loops" "$(totals cat)" "[200,200,0,0]"
mkdir "$T/dir" && cp "${all[@]}" "$T/dir"
replay dir "$T/dir" --rate max -w null --preload
same "a directory" "$(totals dir)" "[$total,$total,0,0]"

# --- across a veth pair ------------------------------------------------------------------------

wires_up "rewriting over veth"
capture_b "$T/peer.pcap" || { not_ok "tcpdump starts" "$T/peer.pcap.log"; finish; }
spate_a replay "${all[@]}" "$T/big.pcap" -i "$DEV_A" --rate 5k/s --map "$map" --oversize segment \
    --macs '* -> 02:00:00:00:00:42' -o "$T/veth.json" -q
capture_stop "$T/peer.pcap"
exits "0 5" "a rewritten replay over veth runs" # 5: a busy machine was late
same "none of its frames fails" "$(jq .totals.failed "$T/veth.json")" 0
check "what arrives is right" sums_right "$T/peer.pcap"
same "all of it arrives" "$(count "$T/peer.pcap" 'eth.dst == 02:00:00:00:00:42')" "$(jq .totals.sent "$T/veth.json")"
spate_a replay "${all[0]}" -i "$DEV_A" --rate max -o "$T/veth.json" -q
same "and nothing leaves for networks that are not allowed" "$CODE $(jq -c .totals.errors "$T/veth.json")" \
    '1 {"not_allowed":100}'
make_capture routed 'eth / ipv6 / routing / udp / payload' 10 'ipv6.src = 2001:2::1' 'routing.left = 1' 'routing.segment = 2001:db8::9'
spate_a replay "$T/routed.pcap" -i "$DEV_A" --rate max -o "$T/veth.json" -q
same "nor by way of those that are" "$CODE $(jq -c .totals.errors "$T/veth.json")" '1 {"not_allowed":10}'
spate_a replay "$T/routed.pcap" -i "$DEV_A" --rate max --map '2001:db8::/32 -> 2001:2::/48' -o "$T/veth.json" -q
exits "0 5" "a route through test networks may be taken"
finish
