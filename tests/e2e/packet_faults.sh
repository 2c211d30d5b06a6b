#!/usr/bin/env bash
# What goes wrong under a run of packets: a link that goes down, a device that takes nothing more, a
# capture that cannot keep up, streams whose replies could be taken for each other's. Everything is
# counted by its reason, the laws hold, and the run ends.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "faults under packets" root jq python3
wires_up "faults under packets"

# in_background: a run in the left namespace; RUN is its id.
in_background() {
    rm -f "$T/r.json"
    start ip netns exec "$NS_A" "$SPATE" run "$T/p.ini" -o "$T/r.json"
    RUN=$STARTED
}
# ended CODES WHAT: it ends by itself, soon enough.
ended() {
    until_true test -s "$T/r.json" || { not_ok "$2: ends by itself" "$T/log"; return; }
    awaited "$RUN"
    exits "$1" "$2"
    laws "$T/r.json" "$2: the run"
}
sent_at_least() { [ "$(frames_sent a)" -ge "$1" ]; }

# --- a link that goes down, and comes back ---

cat >"$T/p.ini" <<INI
[run]
interface = $DEV_A
duration = 6s
[stream s]
rate = 1k/s
[packet p]
layers = eth / ipv4 / udp
eth.dst = $MAC_B
size = 100
INI
# The kernel takes up to a second to tell a link that is down from a device that is busy.
refused='.failed == (.errors.device_down // 0) + (.errors.device_busy // 0)'
before=$(frames_sent a)
in_background
until_true sent_at_least $((before + 200))
ip -n "$NS_B" link set "$DEV_B" down
ended "0 5" "a link that goes down"
holds "$T/r.json" "a link that goes down: what did not leave failed for that" \
    ".totals | .offered == 6000 and .errors.device_down > 0 and .sent >= 200 and $refused"
lost=$(($(jq .totals.sent "$T/r.json") - $(frames_sent a) + before))
check "a link that goes down: what was sent has left, but for what was on its way: $lost" \
    test "$lost" -ge 0 -a "$lost" -le 128
ip -n "$NS_B" link set "$DEV_B" up
until_true link_is_up "$NS_A" "$DEV_A"
before=$(frames_sent a)
in_background
until_true sent_at_least $((before + 100))
ip -n "$NS_A" link set "$DEV_A" down
sleep 0.3
ip -n "$NS_A" link set "$DEV_A" up
ended "0 5" "a link that comes back"
holds "$T/r.json" "a link that comes back: it sends again" \
    "(.totals | .offered == 6000 and $refused) and ([.slices[-1].sent, .slices[-2].sent] | max > 0)"
ip -n "$NS_A" neigh replace "$IP_B" lladdr "$MAC_B" dev "$DEV_A" nud permanent

# --- a device that takes nothing more: a tap that nobody reads ---

cat >"$T/tap.py" <<'PY'
import fcntl, os, struct, sys, time
tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, 0x400454ca, struct.pack("16sH22x", b"full", 0x1002))
os.system("ip link set full txqueuelen 100 up")
print("ready", flush=True)
time.sleep(600)
PY
if [ -c /dev/net/tun ]; then
    start ip netns exec "$NS_A" python3 "$T/tap.py"
    tap=$STARTED
    if until_true grep -q ready "$T/log"; then
        spate_a run "$T/p.ini" -i full --duration 1s --set 'stream s.timeout=50ms' -o "$T/r.json"
        exits "0 5" "a device that takes nothing more"
        laws "$T/r.json" "a device that takes nothing more: the run"
        holds "$T/r.json" "a device that takes nothing more: tells so" \
            '.totals | .offered == 1000 and .sent > 0 and .sent < 1000 and
             .errors.device_busy > 0 and .failed == .errors.device_busy'
    else
        skip "a device that takes nothing more" "no tap"
    fi
    stop "$tap"
else
    skip "a device that takes nothing more" "no /dev/net/tun"
fi

# --- streams that send the same packet: each knows its own replies ---

# What is late is shed: the peer's kernel does not answer everything of a burst.

cat >"$T/p.ini" <<INI
[run]
interface = $DEV_A
[stream ping-1]
rate = 500/s
count = 500
send = ping
replies = yes
late = drop
[stream ping-2]
rate = 490/s
count = 500
send = ping
replies = yes
late = drop
[stream syn-1]
rate = 500/s
count = 500
send = syn
replies = yes
late = drop
[stream syn-2]
rate = 510/s
count = 500
send = syn
replies = yes
late = drop
[packet ping]
layers = eth / ipv4 / icmp
eth.dst = $MAC_B
ipv4.src = $IP_A
ipv4.dst = $IP_B
[packet syn]
layers = eth / ipv4 / tcp
eth.dst = $MAC_B
ipv4.src = $IP_A
ipv4.dst = $IP_B
tcp.dport = 9
INI
spate_a run "$T/p.ini" -o "$T/r.json"
exits "0 5" "streams of the same packet"
laws "$T/r.json" "streams of the same packet: the run"
holds "$T/r.json" "streams of the same packet: each is answered, nothing twice" \
    '.streams | length == 4 and all(.sent > 0 and .answered == .sent and .duplicated == 0)'

# --- a server that answers in five ways: in two of them the token comes back where it was ---

cat >"$T/odd.py" <<'PY'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20) # SO_RCVBUFFORCE: a busy machine reads late
s.bind((sys.argv[1], 7))
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
other.bind((sys.argv[1], 8))
print("ready", flush=True)
n = 0
while True:
    data, to = s.recvfrom(65536)
    n += 1
    if n % 5 == 0: s.sendto(data, to)
    elif n % 5 == 1: s.sendto(b"answer: " + data, to)
    elif n % 5 == 2: s.sendto(data[:len(data) // 2], to)
    elif n % 5 == 3: other.sendto(data, to)
    else: s.sendto(data + b" indeed", to)
PY
cat >"$T/p.ini" <<INI
[run]
interface = $DEV_A
[stream ask]
rate = 1k/s
count = 500
replies = yes
timeout = 3s
[packet p]
layers = eth / ipv4 / udp
eth.dst = $MAC_B
ipv4.src = $IP_A
ipv4.dst = $IP_B
udp.sport = 20000..29999
udp.dport = 7
size = 120
INI
start_ready "a server that answers oddly" ip netns exec "$NS_B" python3 "$T/odd.py" "$IP_B"
odd=$STARTED
spate_a run "$T/p.ini" -o "$T/r.json"
stop "$odd"
exits "0 5" "a server that answers oddly"
laws "$T/r.json" "a server that answers oddly: the run"
holds "$T/r.json" "a server that answers oddly: whole and prefixed replies count, others are foreign" \
    '.totals.sent == 500 and .totals.answered == 200 and .totals.timed_out == 300 and
     .totals.duplicated == 0 and .capture.matched == 200'

# --- a capture that cannot keep up: it is kept from reading while the peer floods it ---

cat >"$T/p.ini" <<INI
[run]
interface = $DEV_A
[stream s]
rate = 400/s
count = 2000
receive = $DEV_A
[packet p]
layers = eth / ipv4 / udp
eth.dst = $MAC_B
size = 100
[gates]
nothing is lost = loss < 50%
INI
cat >"$T/flood.py" <<PY
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("$DEV_B", 0))
frame = bytes.fromhex("$MAC_A$MAC_B".replace(":", "")) + b"\x08\x00\x45" + bytes(1400)
for _ in range(150000): s.send(frame)
PY
before=$(frames_sent a)
in_background
until_true sent_at_least $((before + 50))
kill -STOP "$RUN"
in_b python3 "$T/flood.py"
kill -CONT "$RUN"
ended 5 "a capture that cannot keep up"
holds "$T/r.json" "a capture that cannot keep up: the result says so" \
    '.capture.dropped > 0 and (.valid | not) and
     ([.invalid_because[] | select(test("the capture dropped"))] | length == 1)'
holds "$T/r.json" "a capture that cannot keep up: no loss is judged" '.gates[0].verdict == "nodata"'
finish
