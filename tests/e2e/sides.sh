#!/usr/bin/env bash
# A capture with two sides, told apart and sent out of two interfaces across a router: every frame
# leaves on its side, in the recorded order, and in strict order none before its forerunner passed.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
. tests/e2e/between.sh
need "two sides" jq tcpdump

# --- a conversation of 400 frames, numbered by the IPv4 identification -------------------------

for side in q:4000:80:198.18.0.2:198.19.0.2:1 a:80:4000:198.19.0.2:198.18.0.2:2; do
    IFS=: read -r name sport dport src dst first <<<"$side"
    cat >"$T/$name.ini" <<END
[stream s]
rate  = 1000/s
count = 200
[packet p]
layers    = eth / ipv4 / tcp / payload
ipv4.src  = $src
ipv4.dst  = $dst
ipv4.id   = seq($first..2000 step 2)
tcp.sport = $sport
tcp.dport = $dport
tcp.flags = 16
tcp.seq   = seq(1000..100000)
size      = 100
END
    spate gen "$T/$name.ini" -w "$T/$name.pcap"
    exits 0 "a capture of one side: $name"
done
both=("$T/q.pcap" "$T/a.pcap") # merged by time, a question before its answer
ids() { tcpdump -nvr "$1" 2>/dev/null | sed -nE 's/.* id ([0-9]+),.*/\1/p'; }
odd=$(seq 1 2 400) even=$(seq 2 2 400)

# --- to two files ------------------------------------------------------------------------------

# split WHAT CLIENT SERVER ARGS...: the numbers of the frames that each side's file is to hold.
split() {
    local what=$1 client=$2 server=$3
    shift 3
    rm -f "$T/client.pcap" "$T/server.pcap"
    spate replay "${both[@]}" --rate max -w "$T/client.pcap" --server-interface "$T/server.pcap" \
        -o "$T/r.json" "$@"
    exits 0 "$what"
    same "$what: the client's side" "$(ids "$T/client.pcap")" "$client"
    same "$what: the server's side" "$(ids "$T/server.pcap")" "$server"
    laws "$T/r.json" "$what: the run"
}
split "the first speaker is the client" "$odd" "$even"
holds "$T/r.json" "how sides were told is counted" '.streams[0].sides | .client == 200 and .server == 200 and
    .told.speaker == 400 and .told.untold == 0 and .forgotten == 0'
split "clients by address" "$even" "$odd" --client 198.19.0.0/16
split "clients by port" "$even" "$odd" --server-ports '1000..2000, 4000'
split "every loop alike" "$odd
$odd" "$even
$even" --loop 2
"$SPATE" report "$T/r.json" -o "$T/again.json" -q 2>"$T/err"
same "sides survive a saved result" "$(jq -cS '.streams[0].sides' "$T/again.json")" "$(jq -cS '.streams[0].sides' "$T/r.json")"
spate replay "$T/q.pcap" -w null --client 10.0.0.0/8
tells 2 "rules for sides without a second one are refused" 'client is for replays with two sides'

# --- across a router ---------------------------------------------------------------------------

between_up "two sides across a router"
device_routes
device_knows 3
in_a ip neigh replace 198.18.255.1 lladdr $MAC_LEFT dev out nud permanent
in_a ip neigh replace 198.19.255.1 lladdr $MAC_RIGHT dev in nud permanent

# routed ARGS...: replayed by both interfaces of A while the router is watched; its frames as they
# came in, in order, as lines "DEVICE ID".
routed() {
    : >"$T/any.pcap.log"
    ip netns exec "$NS_B" tcpdump -i any -Q in -n -s 0 -B 16384 -Z root -w "$T/any.pcap" \
        'ip and tcp' 2>"$T/any.pcap.log" &
    PEER_PID=$!
    until_true grep -q 'listening on' "$T/any.pcap.log" || { not_ok "tcpdump at the router" "$T/any.pcap.log"; return; }
    # One processor: what its softirq takes in is in the order in which it was sent.
    spate_by "ip netns exec $NS_A taskset -c $CORE" replay "${both[@]}" -i out \
        --server-interface in --next-hop 198.18.255.1 --server-next-hop 198.19.255.1 \
        -o "$T/r.json" "$@"
    capture_stop "$T/any.pcap" "$(jq .totals.sent "$T/r.json")"
    # The link header holds the number of a device, which has a name there only.
    in_b tcpdump -nvr "$T/any.pcap" 2>/dev/null |
        sed -nE "s/^[^ ]+ (left|right) +In .* id ([0-9]+),.*/\1 \2/p" >"$T/order"
}
CORE=$(taskset -pc $$ | sed -E 's/.*: *([0-9]+).*/\1/')
# in_order WHAT N: the first N frames came, each on its side, one after the other.
in_order() {
    local i
    for ((i = 1; i < $2; i += 2)); do echo "left $i"; echo "right $((i + 1))"; done >"$T/expected"
    if diff "$T/expected" "$T/order" >"$T/diff"; then ok "$1"; else not_ok "$1" "$T/diff"; fi
}
routed --rate 5k/s
exits "0 5" "two sides at a rate"
in_order "in the recorded order over both interfaces" 400
laws "$T/r.json" "two sides: the run"
routed --rate max
exits "0 5" "two sides at full speed"
in_order "in the recorded order at full speed" 400

routed --rate max --ordered --order-timeout 10s
exits "0 5" "in strict order"
in_order "strictly in the recorded order" 400
holds "$T/r.json" "each was seen on the other side" '.streams[0].sides | .seen == 400 and .unseen == 0'
in_b ip route replace blackhole 198.19.0.2/32
routed --rate max --ordered --order-timeout 10ms --count 20
exits "0 5" "in strict order through a router that drops one side"
in_order "still in order" 20
holds "$T/r.json" "what was not seen is counted" '.totals.sent == 20 and
    (.streams[0].sides | .unseen >= 10 and .seen + .unseen == 20)'
spate_a replay "${both[@]}" -i out --server-interface nowhere
tells 1 "an interface that is not there" "nowhere"
finish
