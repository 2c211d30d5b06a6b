#!/usr/bin/env bash
# Copies of recorded conversations: as many streams as copies, each with ends of its own, right
# checksums and the recorded gaps; the same whoever makes them; in constant memory.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "copies of conversations" jq tshark
built build/release/bench/usage

T_CAP=$T/talks.pcap
spate gen profiles/conversations.ini -n 24 -w "$T_CAP"
exits 0 "a capture of 24 conversations"

# seen FILE: a line for each packet of TCP or UDP: transport, stream, ns since the first frame, source,
# whether the dissector found anything wrong. One pass.
seen() {
    shark -2 -r "$1" -T fields -E occurrence=f -e tcp.stream -e udp.stream -e frame.time_relative \
        -e ip.src -e tcp.analysis.flags -e _ws.malformed -e ip.checksum.status -e tcp.checksum.status \
        -e udp.checksum.status
}
# streams SEEN: a line for each stream: its packets' directions and gaps in ns.
streams() {
    awk -F '\t' '{
        key = $1 != "" ? "tcp " $1 : "udp " $2
        if (!(key in first)) { first[key] = $3; client[key] = $4; line[key] = substr(key, 1, 3) }
        line[key] = line[key] sprintf(" %s%.0f", $4 == client[key] ? ">" : "<", ($3 - first[key]) * 1e9)
    }
    END { for (key in line) print line[key] }' "$1"
}
# wrong SEEN: packets that the dissector objects to; status 1 of a checksum is good, 2 unchecked.
wrong() {
    awk -F '\t' '$5 != "" || $6 != "" || $7 == 0 || ($8 != "" && $8 != 1) || ($9 != "" && $9 != 1)' "$1" |
        wc -l
}
seen "$T_CAP" >"$T/recorded"
streams "$T/recorded" | sort >"$T/plots"
same "24 streams were recorded" "$(wc -l <"$T/plots")" 24

# alike WHAT FILE COPIES: so many streams, each like a recorded one, all of these as often.
alike() {
    local what=$1 file=$2 copies=$3
    seen "$file" >"$T/seen"
    same "$what: nothing is wrong for a dissector" "$(wrong "$T/seen")" 0
    streams "$T/seen" | sort | uniq -c >"$T/copied"
    same "$what: as many streams as copies" "$(awk '{ n += $1 } END { print n }' "$T/copied")" "$copies"
    check "$what: gaps and directions as recorded" diff "$T/plots" <(sed 's/^ *[0-9]* //' "$T/copied")
    same "$what: each is copied as often" \
        "$(awk -v n="$copies" '$1 < int(n / 24) || $1 > int(n / 24) + 1' "$T/copied" | wc -l)" 0
}

# --- to files ----------------------------------------------------------------------------------

cat >"$T/c.ini" <<END
[stream c]
replay = $T_CAP
clone  = 2000/s
count  = 5000
wire   = pcapfile($T/out.pcap)
END
spate run "$T/c.ini" -q -o "$T/r.json"
exits "0 5" "5,000 copies into a file"
laws "$T/r.json" "the run of copies"
spate report "$T/r.json" -o "$T/again.json"
check "its result is read back as it was" cmp "$T/r.json" "$T/again.json"
holds "$T/r.json" "the result tells of what" '.streams[0].templates |
    .conversations == 24 and .left_out == {}'
holds "$T/r.json" "all copies are completed" '.streams[0].conversations ==
    {"started": 5000, "completed": 5000, "cut_short": 0, "shed": 0}'
alike "5,000 copies" "$T/out.pcap" 5000
same "clients come from the test network" "$(tshark -n -r "$T/out.pcap" -Y 'tcp.flags.syn == 1 &&
    tcp.flags.ack == 0 && !(ip.src == 198.18.0.0/16)' 2>/dev/null | wc -l)" 0
hash=$(jq -r '.streams[0].hash' "$T/r.json")
spate gen "$T/c.ini" -n 5000 --hash
same "what is sent is what gen makes" "$(cat "$T/out")" "$hash"
spate gen "$T/c.ini" -n 5000 --hash --set 'stream c.wire=null' --workers 7
same "seven workers make the same copies" "$(cat "$T/out")" "$hash"
spate gen "$T/c.ini" -n 30 --json
jq -c 'select(.index == 17)' "$T/out" >"$T/all"
spate gen "$T/c.ini" --at 17 -n 1 --json
check "a copy made alone is the same" diff <(jq -c . "$T/out") "$T/all"

spate gen "$T/c.ini" -n 240 -w "$T/out.pcap" --set 'stream c.tcp_numbers=shifted' \
    --set 'stream c.vlan=push 5' --set 'stream c.server.ipv4=198.19.0.0/24' --set 'stream c.ttl=9'
exits 0 "copies with other numbers, servers, tags and hops"
alike "changed copies" "$T/out.pcap" 240

# Two sides by two files: what the clients say is in one, what the servers say in the other.
spate run "$T/c.ini" --set "stream c.server_interface=$T/servers.pcap" --set 'stream c.count=48' -q -o "$T/r.json"
exits "0 5" "copies with two sides"
shark -r "$T/servers.pcap" -T fields -e ip.src | sort -u >"$T/sources"
check "servers leave by their own side" diff <(printf '198.19.0.1\n198.19.0.53\n') "$T/sources"
same "clients leave by theirs" "$(frames_with "$T/out.pcap" 'ip.src == 198.19.0.0/16')" 0

# --- what is left out, and what is refused -----------------------------------------------------

spate check "$T/c.ini" --set 'stream c.filter=udp or (tcp and not port 80)'
exits 0 "a selection is copied"
spate run "$T/c.ini" --set 'stream c.loop=3'
tells 2 "loops have no meaning" "loop has no meaning beside clone"
spate run "$T/c.ini" --set 'stream c.mtu=600'
tells 2 "frames over the MTU are refused at once" 'c.ini:2: .*longer than the device takes, expected oversize ='
spate run "$T/c.ini" --set 'stream c.mtu=600' --set 'stream c.oversize=segment' --set 'stream c.count=48' -q -o "$T/r.json"
exits "0 5" "or segmented"
same "no frame is longer then" "$(frames_with "$T/out.pcap" 'frame.len > 614')" 0
seen "$T/out.pcap" >"$T/seen"
same "and nothing is wrong with them" "$(wrong "$T/seen")" 0
spate replay "$T_CAP" --clone 2000/s --count 100 -w null -o "$T/r.json"
exits "0 5" "without a profile"
holds "$T/r.json" "without a profile: 100 copies" '.streams[0].conversations.completed == 100'

# --- memory ------------------------------------------------------------------------------------

# peak COUNT: KiB that so many copies of two packets take.
peak() {
    timeout 120 build/release/bench/usage "$T/usage" "$SPATE" replay "$T_CAP" --clone 400k/s --count "$1" \
        --filter udp -w null -q -o "$T/r.json" >"$T/out" 2>"$T/err"
    CODE=$?
    read -r _ KIB _ <"$T/usage"
}
peak 10000
few=$KIB
peak 1000000
exits "0 5" "a million copies"
laws "$T/r.json" "the run of a million"
holds "$T/r.json" "a million copies are completed" '.streams[0].conversations.completed == 1000000'
check "a million take the memory of ten thousand" [ "$KIB" -le $((few + 8192)) ]
grep -q __asan_init "$SPATE" || check "which is below 64 MiB" [ "$KIB" -le 65536 ]

# --- across a veth pair ------------------------------------------------------------------------

wires_up "copies across a veth pair"
capture_b "$T/peer.pcap" || { not_ok "tcpdump starts"; finish; }
spate_a replay "$T_CAP" -i "$DEV_A" --clone 1000/s --count 1500 -o "$T/r.json"
capture_stop "$T/peer.pcap"
exits "0 5" "copies across a veth pair"
laws "$T/r.json" "the run across"
seen "$T/peer.pcap" >"$T/seen"
same "all packets arrive" "$(wc -l <"$T/seen")" "$(jq '.totals.sent' "$T/r.json")"
same "in as many streams as copies" "$(streams "$T/seen" | wc -l)" 1500
same "with nothing wrong" "$(wrong "$T/seen")" 0
finish
