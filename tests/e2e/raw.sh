#!/usr/bin/env bash
# Packets on a real interface: the other end of a veth pair counts exactly what was sent, with one
# worker and two, as root and with CAP_NET_RAW alone. 200,000 packets, a million with SPATE_LONG=1.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "raw packets" root jq tcpdump
count=200000
[ -n "${SPATE_LONG:-}" ] && count=1000000

cat >"$T/flood.ini" <<'END'
[stream flood]
rate = 40k/s
send = udp:2, tcp:1, six:1
[packet udp]
layers    = eth / ipv4 / udp / payload
eth.dst   = 02:00:00:00:00:02
ipv4.src  = 198.18.0.0/16
ipv4.dst  = 198.19.0.0/16
udp.sport = 1024..65535
udp.dport = 1..1023
size      = 60..400
payload.fill = random
[packet tcp]
layers    = eth / ipv4 / tcp / payload
eth.dst   = 02:00:00:00:00:02
ipv4.src  = permute(198.18.0.0/16)
ipv4.dst  = 198.19.0.0/16
tcp.sport = 1024..65535
tcp.dport = 1..65535
tcp.seq   = 0..0xffffffff
tcp.mss   = 1460
size      = 60:3, 594, 1514
[packet six]
layers    = eth / ipv6 / udp / payload
eth.dst   = 02:00:00:00:00:02
ipv6.src  = 2001:2::/64
ipv6.dst  = 2001:2:0:1::/64
udp.sport = 1024..65535
size      = 80..200
payload.fill = random
END

# --- what is made is right ---------------------------------------------------------------------

if have tshark; then
    spate gen "$T/flood.ini" -n 20000 -w "$T/made.pcap"
    # Not what lies above UDP and TCP: random payloads are no protocol's.
    only=(-d udp.port==0-65535,data -d tcp.port==0-65535,data)
    shark "${only[@]}" -r "$T/made.pcap" -T fields -e ip.checksum.status -e udp.checksum.status \
        -e tcp.checksum.status -e _ws.malformed >"$T/status"
    same "tshark reads every packet" "$(wc -l <"$T/status")" 20000
    same "tshark finds no wrong checksum and nothing malformed" \
        "$(sort -u "$T/status" | tr '\t' ' ' | tr '\n' ';')" " 1  ;1  1 ;1 1  ;"
    # The same with a wrong checksum asked for, to know that tshark would tell.
    spate gen "$T/flood.ini" -n 100 --set 'packet udp.udp.checksum=0x1234' -w "$T/wrong.pcap"
    shark "${only[@]}" -r "$T/wrong.pcap" -Y 'udp.checksum.status == 0' >"$T/wrong"
    [ "$(wc -l <"$T/wrong")" -gt 10 ] && ok "tshark tells wrong checksums" || not_ok "tshark tells wrong checksums"
else
    skip "tshark reads what is made" "tshark is not installed"
fi

# --- what is sent arrives ----------------------------------------------------------------------

wires_up "raw packets"
chmod 777 "$T"
# sent_to_b WHAT COMMAND...: runs it; the peer's kernel and tcpdump have counted what the result says.
sent_to_b() {
    local what=$1 before sent
    shift
    rm -f "$T/r.json"
    before=$(frames_received b)
    capture_b "$T/peer.pcap" || { not_ok "$what: tcpdump"; return; }
    timeout 120 "$@" -o "$T/r.json" >"$T/out" 2>"$T/err"
    CODE=$?
    capture_stop "$T/peer.pcap"
    exits "0 5" "$what"
    sent=$(jq .totals.sent "$T/r.json")
    same "$what: the peer's interface received what was sent" "$(($(frames_received b) - before))" "$sent"
    if [ "$LOST" = 0 ]; then
        same "$what: the peer's tcpdump has what was sent" "$CAPTURED" "$sent"
    else
        skip "$what: the peer's tcpdump has what was sent" "it lost $LOST of $((CAPTURED + LOST)) itself"
    fi
    laws "$T/r.json" "$what: the run"
}
run="ip netns exec $NS_A $SPATE run $T/flood.ini -i $DEV_A"
# shellcheck disable=SC2086  (words)
{
    sent_to_b "one worker" $run --set "stream flood.count=$count"
    holds "$T/r.json" "one worker: all of them" ".totals.sent == $count and .totals.errors == {}"
    one=$(jq -r '.streams[0].hash' "$T/r.json")
    sent_to_b "two workers" $run --set "stream flood.count=$count" --workers 2
    same "two workers: the same packets" "$(jq -r '.streams[0].hash' "$T/r.json")" "$one"
    sent_to_b "as fast as it takes them" $run --rate max --duration 300ms --set 'stream flood.send=udp'
    holds "$T/r.json" "as fast as it takes them: many" '.totals.sent > 500 and .totals.failed == 0'
    sent_to_b "frames longer than the device takes" $run --rate 1k/s --duration 500ms \
        --set 'packet udp.size=1500..1600' --set 'stream flood.send=udp'
    holds "$T/r.json" "frames longer than the device takes: counted" \
        '.totals.errors.too_big == .totals.failed and .totals.failed > 300 and .totals.sent > 30'
}

# --- rights ------------------------------------------------------------------------------------

if have setpriv; then
    nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
    one_right="--inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw --bounding-set=-all,+net_raw"
    # shellcheck disable=SC2086
    sent_to_b "CAP_NET_RAW alone" ip netns exec "$NS_A" $nobody $one_right "$SPATE" run "$T/flood.ini" \
        -i "$DEV_A" --duration 500ms --rate 2k/s
    holds "$T/r.json" "CAP_NET_RAW alone: all of them" '.totals.sent == 1000'
    spate_by "ip netns exec $NS_A $nobody --inh-caps=-all --bounding-set=-all" run "$T/flood.ini" \
        -i "$DEV_A" --duration 500ms
    tells 1 "without CAP_NET_RAW" "CAP_NET_RAW"
else
    skip "CAP_NET_RAW alone" "setpriv is not installed"
fi

# The link goes down under a run: counted, told, and a result is written.
start ip netns exec "$NS_A" "$SPATE" run "$T/flood.ini" -i "$DEV_A" --rate 1k/s --duration 3s -o "$T/r.json"
until_true under_way "$STARTED"
sleep 0.5
in_a ip link set "$DEV_A" down
awaited "$STARTED"
exits "0 1 5" "a link that goes down during the run"
holds "$T/r.json" "a link that goes down: counted" '.totals.errors.device_down == .totals.failed and .totals.failed > 100'
laws "$T/r.json" "a link that goes down: the run"
finish
