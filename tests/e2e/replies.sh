#!/usr/bin/env bash
# Replies to packets: a peer that loses and repeats exactly so many, pings, and TCP handshakes with
# open, closed and silent ports; answered, lost and duplicated are counted exactly.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "replies to packets" root jq python3 tcpdump
VETH_IP6=1
wires_up "replies to packets"

cat >"$T/echo.py" <<'PY'
# An echo that loses each tenth datagram and sends each twenty-fifth twice; writes its counts.
import signal, socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20) # SO_RCVBUFFORCE: a busy machine reads late
s.bind((sys.argv[1], 7))
s.settimeout(0.2)
got = lost = twice = 0
over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(1))
print("ready", flush=True)
while True:
    try: data, to = s.recvfrom(65536)
    except (TimeoutError, OSError):
        if over: break # and nothing is left to read
        continue
    got += 1
    if got % 10 == 0:
        lost += 1
        continue
    times = 2 if got % 25 == 1 else 1
    twice += times - 1
    for _ in range(times):
        try: s.sendto(data, to)
        except OSError: print("could not send", flush=True)
print(f"counts {got} {lost} {twice}", flush=True)
PY

# profile PACKET [STREAM LINES]
profile() {
    printf '[run]\nduration = 1s\n[stream probe]\nrate = 2000/s\nreplies = yes\ntimeout = 2s\n%s\n%s\n' \
        "${2:-}" "$1" >"$T/p.ini"
}
# probe WHAT CONDITION ARGS...
probe() {
    local what=$1 condition=$2
    shift 2
    rm -f "$T/r.json"
    spate_a run "$T/p.ini" -i "$DEV_A" -o "$T/r.json" "$@"
    exits "0 5" "$what"
    holds "$T/r.json" "$what: counts" "$condition"
    laws "$T/r.json" "$what: the run"
}
all='.totals.sent == 2000 and .totals.answered == 2000 and .totals.duplicated == 0 and
     .capture.matched == 2000 and .capture.dropped == 0'

# echo WHAT ADDRESS ARGS...: against the echo above, whose own counts are the judge.
echo_counts() {
    local what=$1 address=$2 got lost twice
    shift 2
    start_ready "$what: the echo" ip netns exec "$NS_B" python3 "$T/echo.py" "$address"
    probe "$what" '.totals.sent == 2000 and .capture.dropped == 0' "$@"
    stop "$STARTED"
    read -r got lost twice <<<"$(sed -n 's/^counts //p' "$T/log")"
    same "$what: the peer got all" "$got" 2000
    same "$what: what was lost" "$(jq .totals.timed_out "$T/r.json")" "$lost"
    same "$what: what was answered" "$(jq .totals.answered "$T/r.json")" "$((got - lost))"
    same "$what: what came twice" "$(jq .totals.duplicated "$T/r.json")" "$twice"
    holds "$T/r.json" "$what: a round-trip time for each answer" \
        '.totals.latency.service.count == .totals.answered and .totals.latency.service.p50_ns > 0'
}
udp=$(printf '%s\n' '[packet udp]' 'layers = eth / ipv4 / udp / payload' "ipv4.src = $IP_A" \
    "ipv4.dst = $IP_B" 'udp.sport = 20000..29999' 'udp.dport = 7' 'size = 60..1400')
profile "$udp"
echo_counts "UDP echo" "$IP_B"
echo_counts "UDP echo of two workers" "$IP_B" --workers 2
profile "$(sed "s,ipv4,ipv6,g; s,$IP_A,$IP6_A,; s,$IP_B,$IP6_B,; s,60..,80..," <<<"$udp")"
echo_counts "UDP echo over IPv6" "$IP6_B"
profile "$udp" $'[gates]\nlost = loss < 1%\ntwice = duplicates < 1%'
start_ready "the echo" ip netns exec "$NS_B" python3 "$T/echo.py" "$IP_B"
spate_a run "$T/p.ini" -i "$DEV_A" -o "$T/r.json"
exits "3 5" "gates on loss and duplicates"
holds "$T/r.json" "gates on loss and duplicates: verdicts" '[.gates[].verdict] == ["fail", "fail"]'
stop "$STARTED"

profile $'[packet ping]\nlayers = eth / ipv4 / icmp / payload\n'"ipv4.src = $IP_A"$'\n'"ipv4.dst = $IP_B"$'\npayload.size = 40'
probe "ping" "$all"
profile $'[packet ping]\nlayers = eth / ipv6 / icmpv6 / payload\n'"ipv6.src = $IP6_A"$'\n'"ipv6.dst = $IP6_B"$'\npayload.size = 40'
probe "ping over IPv6" "$all"

# Who is there: a half of the network.
in_b ip route add local 198.19.7.0/25 dev lo
profile "[packet ping]
layers       = eth / ipv4 / icmp / payload
eth.dst      = $MAC_B
ipv4.src     = $IP_A
ipv4.dst     = permute(198.19.7.0/24)
payload.size = 32" 'count = 256'
probe "a sweep: half of the addresses" '.totals.sent == 256 and .totals.answered == 128 and .totals.timed_out == 128'

# The port that listens answers, the closed one refuses, the one behind a wall is silent.
start ip netns exec "$NS_B" "$SPATE" serve --tcp "$IP_B:80"
until_true says 1 'listens on'
syn() { printf '[packet %s]\nlayers = eth / ipv4 / tcp\neth.dst = %s\nipv4.src = %s\nipv4.dst = %s\ntcp.sport = permute(20000..59999)\ntcp.dport = %s\ntcp.flags = syn\n' \
    "$1" "$MAC_B" "$IP_A" "$2" "$3"; }
profile "$(syn open "$IP_B" 80; syn closed "$IP_B" 81; syn silent 198.19.9.9 80)" \
    'send = open:2, closed:1, silent:1'
probe "handshakes" '.streams[0].kinds as $k | .totals.sent == 2000 and
    $k.open.answered == $k.open.sent and $k.closed.answered == $k.closed.sent and
    $k.silent.timed_out == $k.silent.sent and $k.silent.sent > 300 and .totals.duplicated == 0'
stop "$STARTED"

# What others send is no reply.
profile "$udp"
start_ready "a stranger" ip netns exec "$NS_B" python3 -c "
import os, socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('$IP_B', 7))
print('ready', flush=True)
while True:
    for port in range(20000, 20400): s.sendto(os.urandom(60), ('$IP_A', port))
    time.sleep(0.05)"
probe "strangers" '.totals.sent == 2000 and .totals.answered == 0 and .capture.matched == 0 and .capture.foreign > 100'
stop "$STARTED"
finish
