#!/usr/bin/env bash
# Packets through devices that change them: both directions at once, translated addresses, other
# VLAN tags, cut frames. What the token survives is told exactly; what it does not is told too.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "paths through devices" root jq python3 ip
H=spate-path-h-$$-$RANDOM D=spate-path-d-$$-$RANDOM
down() {
    clean_up
    ip netns del "$H" 2>/dev/null
    ip netns del "$D" 2>/dev/null
}
trap down EXIT
ip netns add "$H" 2>/dev/null || { skip "paths through devices" "no network namespaces permitted"; exit 0; }
ip netns add "$D"
for n in "$H" "$D"; do
    ip netns exec "$n" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
done
OUT=02:00:00:00:00:01 LEFT=02:00:00:00:00:02 IN=02:00:00:00:00:03 RIGHT=02:00:00:00:00:04
ip link add out netns "$H" address $OUT type veth peer name left netns "$D" address $LEFT
ip link add in netns "$H" address $IN type veth peer name right netns "$D" address $RIGHT
for d in out in; do ip -n "$H" link set $d up; done
for d in left right lo; do ip -n "$D" link set $d up; done
in_d() { ip netns exec "$D" "$@"; }
up() { ip -n "$1" -o link show "$2" | grep -q 'state UP'; }
for d in out in; do until_true up "$H" $d; done

# through NAME CODES ARGS...: a run of $T/p.ini, its result in $T/NAME.json.
through() {
    local name=$1 codes=$2
    shift 2
    timeout 60 ip netns exec "$H" "$SPATE" run "$T/p.ini" -o "$T/$name.json" "$@" >"$T/out" 2>"$T/err"
    CODE=$?
    exits "$codes" "$name"
    laws "$T/$name.json" "$name: the run"
}

# --- both directions through a router ---

ip -n "$D" addr add 198.18.255.1/16 dev left
ip -n "$D" addr add 198.19.255.1/16 dev right
in_d sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.left.rp_filter=0 \
    net.ipv4.conf.right.rp_filter=0
for i in $(seq 0 15); do
    echo "neigh replace 198.19.0.$i lladdr $IN dev right nud permanent"
    echo "neigh replace 198.18.0.$i lladdr $OUT dev left nud permanent"
done | ip -n "$D" -b -
cat >"$T/p.ini" <<INI
[run]
interface = out
[stream there]
rate = 2k/s
count = 2000
send = there
receive = in
[stream back]
rate = 3k/s
count = 3000
send = back
wire = raw(in)
receive = out
[packet there]
layers = eth / ipv4 / udp / payload
eth.dst = $LEFT
ipv4.src = 198.18.0.0/28
ipv4.dst = 198.19.0.0/28
udp.dport = 9
size = 100
[packet back]
layers = eth / ipv4 / udp / payload
eth.dst = $RIGHT
ipv4.src = 198.19.0.0/28
ipv4.dst = 198.18.0.0/28
udp.dport = 9
size = 90..200
INI
through "both directions" "0 5"
holds "$T/both directions.json" "both directions: each stream arrives at its end" \
    '(.streams | length == 2 and all(.answered == .sent and .timed_out == 0 and .duplicated == 0 and
     .errors == {})) and .totals.sent == 5000 and .capture.matched == 5000'
# The same packet both ways: neither stream takes the other's for its own.
sed -i -e 's/^send = back/send = there/' -e 's/^wire = raw(in)/&\nanswer = no/' "$T/p.ini"
sed -i -e '/^ipv4.src = 198.18/s/=.*/= 198.18.0.1/' "$T/p.ini"
through "the same packet both ways" "0 5" --timeout 2s
holds "$T/the same packet both ways.json" "the same packet both ways: only one of them is routed" \
    '.streams[0] | .answered == 2000 and .duplicated == 0'
holds "$T/the same packet both ways.json" "the same packet both ways: what comes back was sent there" \
    '.streams[1] | .answered == 0 and .timed_out == 3000'

# --- translated addresses ---

cat >"$T/p.ini" <<INI
[run]
interface = out
[stream s]
rate = 2k/s
count = 1000
receive = in
timeout = 3s
[packet p]
layers = eth / ipv4 / udp / payload
eth.dst = $LEFT
ipv4.src = 198.18.0.0/28
ipv4.dst = 198.19.0.1
udp.sport = 1024..65535
udp.dport = 9
size = 100
INI
cat >"$T/syn.ini" <<INI
[packet p]
layers = eth / ipv4 / tcp
eth.dst = $LEFT
ipv4.src = 198.18.0.0/28
ipv4.dst = 198.19.0.1
tcp.sport = 1024..65535
tcp.dport = 9
INI
translate() { # translate BEFORE AFTER: what is set before and after routing, packet by packet
    in_d nft flush ruleset 2>/dev/null
    in_d nft -f - 2>"$T/nft" <<NFT
table ip t {
    chain pre {
        type filter hook prerouting priority -150
        iifname "left" $1
    }
    chain post {
        type filter hook postrouting priority 150
        oifname "right" $2
    }
}
NFT
}
source='ip saddr set 198.19.255.1' target='ip daddr set 198.19.0.7'
if translate accept "$source udp sport set 777"; then
    through "masqueraded" "0 5"
    holds "$T/masqueraded.json" "masqueraded: all arrive, unchanged behind their headers" \
        '.totals | .sent == 1000 and .answered == 1000 and .errors == {}'
    translate "$target udp dport set 7777" "$source udp sport set 777"
    through "both addresses translated" "0 5"
    holds "$T/both addresses translated.json" "both addresses translated: all arrive" \
        '.totals | .sent == 1000 and .answered == 1000 and .errors == {}'
    sed -i '/^\[packet/,$d' "$T/p.ini"
    cat "$T/syn.ini" >>"$T/p.ini"
    translate "$target tcp dport set 7777" "$source tcp sport set 777"
    through "handshakes, both addresses translated" "0 5"
    holds "$T/handshakes, both addresses translated.json" \
        "handshakes, both addresses translated: 32 bits alone are no proof" \
        '(.totals | .sent == 1000 and .answered == 0 and .timed_out == 1000) and
         .capture.foreign >= 1000'
    translate accept "$source tcp sport set 777"
    through "handshakes, masqueraded" "0 5"
    holds "$T/handshakes, masqueraded.json" "handshakes, masqueraded: all arrive" \
        '.totals | .sent == 1000 and .answered == 1000 and .errors == {}'
    in_d nft flush ruleset
else
    skip "translated addresses" "nftables: $(head -1 "$T/nft")"
fi

# --- bridges that change frames ---

in_d sysctl -qw net.ipv4.ip_forward=0
cat >"$T/bridge.py" <<'PY'
# Frames from left to right, changed as the argument says. The kernel takes the outermost tag off.
import socket, sys
change = {
    "retag": lambda f: f[:12] + b"\x81\x00\x00\x14" + f[12:],
    "untag": lambda f: f,
    "cut": lambda f: f[:64],
}[sys.argv[1]]
a = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
a.bind(("left", 0)); a.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)  # SO_RCVBUFFORCE
b = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); b.bind(("right", 0))
print("ready", flush=True)
while True:
    f, where = a.recvfrom(65536)
    if where[2] != socket.PACKET_OUTGOING: b.send(change(f))
PY
# bridged HOW NAME ARGS...: through such a bridge.
bridged() {
    local how=$1 bridge
    shift
    start ip netns exec "$D" python3 "$T/bridge.py" "$how"
    bridge=$STARTED
    until_true grep -q ready "$T/log" || not_ok "the bridge begins" "$T/log"
    through "$1" "0 5" "${@:2}"
    stop "$bridge"
}
cat >"$T/p.ini" <<INI
[run]
interface = out
[stream s]
rate = 2k/s
count = 1000
receive = in
timeout = 3s
[packet p]
layers = eth / vlan / ipv4 / udp / payload
eth.dst = $IN
vlan.id = 10
udp.sport = 1024..65535
udp.dport = 9
size = 100
INI
whole='.totals | .sent == 1000 and .answered == 1000 and .errors == {} and .duplicated == 0'
bridged retag "tagged anew"
holds "$T/tagged anew.json" "tagged anew: all arrive, nothing is taken for damage" "$whole"
bridged untag "untagged"
holds "$T/untagged.json" "untagged: all arrive, nothing is taken for damage" "$whole"

# --- cut frames: what their end carried is gone ---

cat >"$T/p.ini" <<INI
[run]
interface = out
[stream s]
rate = 2k/s
count = 1000
receive = in
timeout = 3s
[packet p]
layers = eth / ipv4 / icmp / payload
eth.dst = $IN
size = 100
INI
bridged cut "cut"
holds "$T/cut.json" "cut: all arrive by what their headers carry, none is known to be unchanged" \
    '(.totals | .sent == 1000 and .answered == 1000 and .errors == {}) and
     .streams[0].unchecked == 1000'
sed -i -e 's|/ icmp|/ udp|' "$T/p.ini"
bridged cut "cut before the token"
holds "$T/cut before the token.json" "cut before the token: they are told as cut, not as foreign" \
    '.totals.timed_out == 1000 and .capture.cut == 1000 and .capture.matched == 0'
finish
