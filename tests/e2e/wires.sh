#!/usr/bin/env bash
# The wires into an interface, raw and xdp, and auto, which picks: the same frames in the same order
# through each, counted by the kernel as by us; and which of them a device gets.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "raw and xdp" root jq tcpdump
wires_up "raw and xdp"
tools=build/release/tools
[ -x $tools/samecap ] || make --no-print-directory tools >/dev/null 2>&1

cat >"$T/mix.ini" <<'END'
[stream mix]
rate  = 20k/s
count = 6000
send  = every, tagged, random
[packet every]
layers    = eth / payload
eth.dst   = 02:00:00:00:00:02
eth.type  = 0x88b5
size      = 14..1514 step 1
payload.fill = random
[packet tagged]
layers    = eth / vlan / payload
eth.dst   = 02:00:00:00:00:02
vlan.id   = 1..4094
vlan.type = 0x88b5
size      = 1500..1518
[packet random]
layers    = eth / ipv4 / udp / payload
eth.dst   = 02:00:00:00:00:02
ipv4.src  = 198.18.0.0/16
ipv4.dst  = 198.19.0.0/16
udp.sport = 1024..65535
size      = 60..1514
END

# --- the same frames through each --------------------------------------------------------------

spate gen "$T/mix.ini" -n 6000 -w "$T/made.pcap"
exits 0 "the frames are made"
# through WIRE EXPECTED: the far end has what was made, by its kernel and by tcpdump.
through() {
    local before
    before=$(frames_received b)
    capture_b "$T/$1.pcap" || { not_ok "$1: tcpdump"; return; }
    spate_a run "$T/mix.ini" -i "$DEV_A" --set "stream mix.wire=$1" -o "$T/$1.json"
    capture_stop "$T/$1.pcap"
    exits "0 5" "$1: a run"
    holds "$T/$1.json" "$1: all have left, through $2" \
        ".totals.sent == 6000 and .totals.errors == {} and .streams[0].wire == \"$2\""
    same "$1: the kernel counts as many" "$(($(frames_received b) - before))" 6000
    laws "$T/$1.json" "$1: the run"
    if [ "$LOST" != 0 ]; then
        skip "$1: the same frames in the same order" "tcpdump lost $LOST"
    else
        check "$1: the same frames in the same order" $tools/samecap "$T/made.pcap" "$T/$1.pcap" 1518
    fi
    same "$1: the same hash" "$(jq -r '.streams[0].hash' "$T/$1.json")" \
        "$(jq -r '.streams[0].hash' "$T/raw.json")"
}
through raw raw
through xdp xdp
through auto xdp

# --- one device and several runs, streams, workers ----------------------------------------------

# went WIRES WHAT ARGS...: a run whose streams leave by these.
went() {
    local wires=$1 what=$2
    shift 2
    rm -f "$T/r.json"
    spate_a run "$T/mix.ini" -i "$DEV_A" --set 'stream mix.count=2000' -o "$T/r.json" "$@"
    exits "0 5" "$what"
    holds "$T/r.json" "$what: $wires" \
        "[.streams[].wire] == [$wires] and .totals.sent == 2000 * (.streams | length)"
}
went '"xdp"' "a run"
went '"xdp"' "a run directly after it"
went '"raw"' "two workers and one queue" --workers 2

cp "$T/mix.ini" "$T/two.ini"
printf '[stream more]\nrate = 5k/s\ncount = 2000\nsend = random\n' >>"$T/mix.ini"
went '"xdp", "xdp"' "two streams on one device"
went '"raw", "raw"' "two streams, of which one asks for raw" --set 'stream mix.wire=raw'
mv "$T/two.ini" "$T/mix.ini"

# refused WHAT PATTERN ARGS...
refused() {
    local what=$1 pattern=$2
    shift 2
    spate_a run "$T/mix.ini" --set 'stream mix.wire=xdp' "$@"
    tells 1 "$what" "$pattern"
}
refused "xdp for two workers and one queue" "has 1 queue, but xdp needs one for each of 2" -i "$DEV_A" --workers 2
refused "xdp on a device of long frames" "frames of 'lo' are up to 65554 bytes long" -i lo

# A device with another socket on its queue, for as long as the other run lasts.
start ip netns exec "$NS_A" "$SPATE" run "$T/mix.ini" -i "$DEV_A" --set 'stream mix.count=1000000'
other=$STARTED
until_true under_way "$other"
refused "xdp on a queue that is taken" "another AF_XDP socket has queue 0 of '$DEV_A'" -i "$DEV_A"
went '"raw"' "auto on a queue that is taken"
stop "$other" INT

in_a ip link set "$DEV_A" mtu 9000
in_b ip link set "$DEV_B" mtu 9000
if [ "$(getconf PAGESIZE)" = 4096 ]; then
    refused "xdp on a device with jumbo frames" "frames of '$DEV_A' are up to 9018 bytes long" -i "$DEV_A"
    went '"raw"' "auto on a device with jumbo frames"
fi
in_a ip link set "$DEV_A" mtu 1500
in_b ip link set "$DEV_B" mtu 1500

# --- a link that goes and comes ------------------------------------------------------------------

# flaps SIDE DEVICE: everything is booked once, and the kernel counts what is booked as sent.
flaps() {
    local before before_up run
    before=$(frames_sent a)
    rm -f "$T/r.json"
    start ip netns exec "$NS_A" "$SPATE" run "$T/mix.ini" -i "$DEV_A" --set 'stream mix.wire=xdp' \
        --set 'stream mix.count=1000000' --rate 5k/s -o "$T/r.json"
    run=$STARTED
    until_true sent_more "$before"
    for _ in 1 2; do
        "in_$1" ip link set "$2" down
        until_true link_is DOWN # the kernel takes up to a second to see it
        sleep 0.1
        before_up=$(frames_sent a)
        "in_$1" ip link set "$2" up
        until_true sent_more "$before_up"
    done
    stop "$run" INT
    CODE=$?
    exits 130 "the link of $1 goes and comes"
    laws "$T/r.json" "the link of $1: the run"
    holds "$T/r.json" "the link of $1: some failed, some left" \
        '.totals.failed > 0 and .totals.failed == (.totals.errors.device_down // 0) + (.totals.errors.device_busy // 0)'
    same "the link of $1: the kernel counts what was sent" \
        "$(($(frames_sent a) - before))" "$(jq .totals.sent "$T/r.json")"
}
sent_more() { [ "$(frames_sent a)" -gt "$1" ]; }
link_is() { in_a ip -o link show "$DEV_A" | grep -q "state .*$1"; }
flaps b "$DEV_B"
flaps a "$DEV_A"

# --- a queue for each worker ---------------------------------------------------------------------

in_a ip link del "$DEV_A"
if cable "$DEV_A" "$MAC_A" "$DEV_B" "$MAC_B" numtxqueues 2 numrxqueues 2 2>/dev/null; then
    veth_end "$NS_A" "$DEV_A" "$IP_A" "$IP6_A" "$IP_B" "$IP6_B" "$MAC_B"
    veth_end "$NS_B" "$DEV_B" "$IP_B" "$IP6_B" "$IP_A" "$IP6_A" "$MAC_A"
    cable_up "$DEV_A" "$DEV_B"
    before=$(frames_sent a)
    went '"xdp"' "two workers and two queues" --workers 2
    same "two workers and two queues: the kernel counts as many" "$(($(frames_sent a) - before))" 2000
    went '"raw"' "three workers and two queues" --workers 3
else
    skip "two workers and two queues" "no veth with two queues"
fi
finish
