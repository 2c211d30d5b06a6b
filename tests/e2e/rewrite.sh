#!/usr/bin/env bash
# Replays that change what was recorded: across a veth pair and into files, looked at by tshark.
# Every checksum must be right, every address where the map puts it, every frame in the books.
set -u
cd "$(dirname "$0")/../.." || exit 2
spate=$PWD/${SPATE:-spate}
t=$(mktemp -d)
failed=0
trap 'rm -rf "$t"' EXIT
ok() { echo "ok - $1"; }
not_ok() {
    failed=1
    echo "not ok - $1"
    [ -n "${2:-}" ] && sed 's/^/    /' "$2" | tail -15
}
check() { # check WHAT COMMAND...: it succeeds
    local what=$1
    shift
    if "$@" >"$t/check" 2>&1; then ok "$what"; else not_ok "$what" "$t/check"; fi
}
command -v tshark >/dev/null || { echo "skip - rewriting (tshark is not installed)"; exit 0; }

# make NAME LAYERS COUNT KEYS...: a capture of generated frames
make_capture() {
    local name=$1 layers=$2 count=$3
    shift 3
    { printf '[run]\nallow = 10.0.0.0/8, 2001:db8::/32\n[stream s]\nrate = 1000/s\nsend = p\n[packet p]\nlayers = %s\n' "$layers"; printf '%s\n' "$@"; } >"$t/p.ini"
    "$spate" gen "$t/p.ini" --allow 2001:db8::/32 -n "$count" -w "$t/$name.pcap" >/dev/null || not_ok "making $name"
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
for f in "${files[@]}"; do all+=("$t/$f.pcap"); done
total=500
map='10.0.0.0/8 -> 198.18.0.0/15, 2001:db8::/32 -> 2001:2::/48'

shark() {
    tshark -n -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
        -o "sctp.checksum:CRC 32c" -o ip.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE "$@" 2>/dev/null
}
count() { shark -r "$1" -Y "$2" | wc -l; }
sums_right() { # sums_right FILE [any]: no checksum is bad, nothing is malformed; `any` payload may be
    local bad wrong='ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 ||
        icmp.checksum.status == 0 || icmpv6.checksum.status == 0 || sctp.checksum.status == 0'
    bad=$(count "$1" "$wrong$([ -n "${2:-}" ] || echo ' || _ws.malformed')")
    [ "$bad" = 0 ] || { echo "$bad frames with a bad checksum in $1"; return 1; }
}
is() { [ "$1" = "$2" ] || { echo "got '$1', expected '$2'"; return 1; }; }
replay() { # replay RESULT ARGS...
    local result=$1
    shift
    "$spate" replay "$@" -o "$t/$result.json" -q 2>"$t/err"
}
totals() { jq -c "[.totals | .offered, .sent, .shed, .failed]" "$t/$1.json"; }

# Addresses, ports and tags, with updated and with new checksums, must come out alike.
for how in fix always; do
    check "rewriting runs, checksums = $how" replay map "${all[@]}" --rate max -w "$t/map-$how.pcap" --map "$map" \
        --ports '80 -> 8080, 1024..2047 -> 3024..4047' --vlan '5 -> 7' --ttl 9 --checksums $how
    check "all checksums are right, checksums = $how" sums_right "$t/map-$how.pcap"
    check "the books are full" is "$(totals map)" "[$total,$total,0,0]"
    check "each file has its own" is "$(jq -r '[.streams[0].kinds[].sent] | @csv' "$t/map.json")" \
        "100,100,50,50,100,50,50"
done
check "fix and always agree" cmp "$t/map-fix.pcap" "$t/map-always.pcap"
check "addresses moved" is "$(count "$t/map-fix.pcap" '(ip.addr == 10.0.0.0/8) || (ipv6.addr == 2001:db8::/32)')" 0
check "prefixes are kept" is "$(count "$t/map-fix.pcap" 'ip.src == 198.19.0.0/16 && ip.dst == 198.18.0.0/16')" 300
check "ports moved" is "$(count "$t/map-fix.pcap" 'tcp.dstport == 8080 || sctp.dstport == 8080')" 250
check "tags moved" is "$(count "$t/map-fix.pcap" 'vlan.id == 7')" 100
check "time to live set" is "$(count "$t/map-fix.pcap" 'ip.ttl == 9 || ipv6.hlim == 9')" $total
replay back "$t/map-fix.pcap" --rate max -w "$t/kept.pcap" --checksums keep --ttl 9
check "a rewriting that changes nothing changes nothing" cmp "$t/map-fix.pcap" "$t/kept.pcap"

# Tags pushed and popped give the recorded frames back.
replay push "${all[@]}" --order files --rate max -w "$t/push.pcap" --vlan 'push 9, push 10'
replay pop "$t/push.pcap" --rate max -w "$t/pop.pcap" --vlan 'pop, pop'
replay none "${all[@]}" --order files --rate max -w "$t/none.pcap"
check "tags pushed are there" is "$(count "$t/push.pcap" 'vlan.id == 9 && vlan.id == 10')" $total
check "and popped they are gone" cmp "$t/pop.pcap" "$t/none.pcap"

# Fields by generators, one draw for each conversation.
cat >"$t/flow.ini" <<INI
[stream s]
replay = ${all[0]}
rate = max
loop = 3
per = flow+loop
ipv4.src = permute(198.18.0.0/16)
ipv4.dst = 198.19.0.1
tcp.sport = 1024..65535
wire = pcapfile($t/flow.pcap)
INI
"$spate" run "$t/flow.ini" -q -o "$t/flow.json" 2>"$t/err"
check "fields by generators are right" sums_right "$t/flow.pcap"
check "each loop has conversations of its own" is \
    "$(shark -r "$t/flow.pcap" -T fields -e ip.src -e tcp.srcport -Y tcp | sort -u | wc -l)" \
    "$((3 * $(shark -r "${all[0]}" -T fields -e ip.src -e ip.dst -e tcp.srcport | sort -u | wc -l)))"

# Payloads and sizes, also of what tunnels carry.
in='ipv4.dst = 192.0.2.2'
make_capture vxlan 'eth / ipv4 / udp / vxlan / eth as e / ipv4 as i / tcp / payload' 50 'ipv4.src = 192.0.2.1' "$in" 'i.src = 10.1.0.0/16' 'i.dst = 10.2.0.0/16' 'size = 150..600'
make_capture gre 'eth / ipv4 / gre / ipv4 as i / udp / payload' 50 'ipv4.src = 192.0.2.1' "$in" 'i.src = 10.1.0.0/16' 'i.dst = 10.2.0.0/16' 'udp.dport = 53' 'size = 150..600'
tunnels=("$t/vxlan.pcap" "$t/gre.pcap")
replay body "${all[@]}" "${tunnels[@]}" --rate max -w "$t/body.pcap" --payload random --size 200..1400 --dscp 46 --map "$map" --inside
check "other payloads and sizes are right" sums_right "$t/body.pcap" any
check "all of them" is "$(totals body)" "[600,600,0,0]"
check "sizes are as drawn" is "$(count "$t/body.pcap" '(frame.len < 200 || frame.len > 1400) && !sctp')" 0
check "addresses within tunnels moved" is "$(count "$t/body.pcap" 'ip.addr == 10.0.0.0/8')" 0
check "code points are set" is "$(shark -r "$t/body.pcap" -E occurrence=f -T fields -e ip.dsfield.dscp -e ipv6.tclass.dscp | tr -d '\t' | sort -u)" 46
replay zero "${all[@]}" "${tunnels[@]}" --rate max -w "$t/zero.pcap" --payload zero
check "zero payloads are right" sums_right "$t/zero.pcap" any
check "and zero" is "$(shark -r "$t/zero.pcap" -T fields -e tcp.payload -Y tcp | tr -d '0:\n')" ''
replay outside "${tunnels[@]}" --rate max -w "$t/outside.pcap" --map "$map"
check "tunnels are left alone otherwise" is "$(count "$t/outside.pcap" 'ip.addr == 10.0.0.0/8')" 100

# Offloaded frames are split again.
make_capture big 'eth / ipv4 / tcp / payload' 20 "$four" 'ipv4.dst = 10.2.0.0/16' 'size = 8000..9000'
make_capture big6 'eth / ipv6 / tcp / payload' 20 'ipv6.src = 2001:db8:1::/48' 'ipv6.dst = 2001:db8:2::/48' 'size = 8000..9000'
replay big "$t/big.pcap" "$t/big6.pcap" --rate max -w "$t/split.pcap" --oversize segment --mtu 1500 --map "$map"
check "split frames are right" sums_right "$t/split.pcap"
check "none is over the MTU" is "$(count "$t/split.pcap" 'frame.len > 1514')" 0
payload() { shark -r "$1" -T fields -e tcp.payload | tr -d '\n' | sha256sum; }
replay whole "$t/big.pcap" "$t/big6.pcap" --rate max -w "$t/whole.pcap"
check "no byte of data is lost" is "$(payload "$t/split.pcap")" "$(payload "$t/whole.pcap")"
replay skip "$t/big.pcap" --rate max -w null --oversize skip --mtu 1500
check "or they are skipped, which is no failure" is "$? $(totals skip) $(jq -c .totals.skipped "$t/skip.json")" \
    '0 [20,0,20,0] {"too_big":20}'
replay fail "$t/big.pcap" --rate max -w null --mtu 1500
check "or they fail" is "$? $(totals fail) $(jq -c .totals.errors "$t/fail.json")" '1 [20,0,0,20] {"too_big":20}'
"$spate" report "$t/skip.json" -f json -o "$t/again.json" -q 2>"$t/err"
check "skipped frames survive a saved result" is "$(jq -c .totals.skipped "$t/again.json")" '{"too_big":20}'

# Selection.
replay f "${all[0]}" --rate max -w "$t/f.pcap" --frames '10..19, 30' --filter 'tcp port 80'
check "frames by number" is "$(totals f)" "[11,11,0,0]"
replay b "${all[0]}" -w "$t/b.pcap" --between 20ms..29ms --speed 10x
check "frames by time" is "$(totals b)" "[10,10,0,0]"

# Recorded cut, and on other link types.
editcap -s 60 "${all[0]}" "$t/cut.pcap"
cut=$(shark -r "$t/cut.pcap" -Y 'frame.len > 60' | wc -l)
replay cut "$t/cut.pcap" --rate max -w null --cut skip
check "cut frames skipped" is "$? $(jq -c .totals.skipped "$t/cut.json")" "0 {\"cut\":$cut}"
replay pad "$t/cut.pcap" --rate max -w "$t/pad.pcap" --cut pad
check "cut frames filled up, with checksums of what they hold" sums_right "$t/pad.pcap"
check "to their length" is "$(shark -r "$t/pad.pcap" -T fields -e frame.len | md5sum)" \
    "$(shark -r "${all[0]}" -T fields -e frame.len | md5sum)"
editcap -C 14 -L -T rawip "${all[0]}" "$t/raw.pcap"
replay raw "$t/raw.pcap" --rate max -w "$t/raw-out.pcap" --link 'ethernet(02:00:00:00:00:01 -> 02:00:00:00:00:02)'
replay same "${all[0]}" --rate max -w "$t/same-out.pcap"
check "raw IP gets an Ethernet header" cmp "$t/raw-out.pcap" "$t/same-out.pcap"

# Sources.
replay cat - --rate max -w "$t/cat.pcap" --preload --loop 2 <"${all[0]}"
check "standard input, kept for two loops" is "$(totals cat)" "[200,200,0,0]"
mkdir "$t/dir" && cp "${all[@]}" "$t/dir"
replay dir "$t/dir" --rate max -w null --preload
check "a directory" is "$(totals dir)" "[$total,$total,0,0]"

across() (
    . tests/e2e/veth.sh
    veth_up
    capture_b "$t/peer.pcap" || { not_ok "tcpdump starts" "$t/peer.pcap.log"; exit 1; }
    in_a "$spate" replay "${all[@]}" "$t/big.pcap" -i "$DEV_A" --rate 5k/s --map "$map" --oversize segment \
        --macs '* -> 02:00:00:00:00:42' -o "$t/veth.json" -q 2>"$t/err"
    local code=$?
    capture_stop "$t/peer.pcap"
    [ $code = 5 ] && code=0 # a busy machine was late, which is not the matter here
    check "a rewritten replay over veth runs" is "$code $(jq .totals.failed "$t/veth.json")" "0 0"
    check "what arrives is right" sums_right "$t/peer.pcap"
    check "all of it arrives" is "$(count "$t/peer.pcap" 'eth.dst == 02:00:00:00:00:42')" "$(jq .totals.sent "$t/veth.json")"
    in_a "$spate" replay "${all[0]}" -i "$DEV_A" --rate max -o "$t/veth.json" -q 2>"$t/err"
    check "and nothing leaves for networks that are not allowed" is "$? $(jq -c .totals.errors "$t/veth.json")" \
        '1 {"not_allowed":100}'
    exit $failed
)
if [ "$(id -u)" = 0 ] && ip netns add "spate-try-$$" 2>/dev/null; then
    ip netns del "spate-try-$$"
    across || failed=1
else
    echo "skip - rewriting over veth (no right to make namespaces)"
fi
exit $failed
