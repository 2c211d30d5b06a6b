#!/usr/bin/env bash
# Packets through devices that change them: both directions at once, translated addresses, other
# VLAN tags, cut frames. What the token survives is told exactly; what it does not is told too.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
. tests/e2e/between.sh
need "paths through devices" root jq python3 ip
between_up "paths through devices"

# through NAME ARGS...: a run of $T/p.ini, which `told` is about.
through() {
    NAME=$1
    shift
    spate_a run "$T/p.ini" -o "$T/r.json" "$@"
    exits "0 5" "$NAME" # 5: a busy machine was late
    laws "$T/r.json" "$NAME: the run"
}
told() { holds "$T/r.json" "$NAME: $1" "$2"; } # told WHAT CONDITION
# a_thousand LAYERS LINES...: so many of this packet, from one side to the other.
a_thousand() {
    {
        printf '[run]\ninterface = out\n[stream s]\nrate = 2k/s\ncount = 1000\nreceive = in\n'
        printf 'timeout = 3s\n[packet p]\nlayers = %s\n' "$1"
        printf '%s\n' "${@:2}"
    } >"$T/p.ini"
}
all='.totals | .sent == 1000 and .answered == 1000 and .errors == {} and .duplicated == 0'

# --- both directions through a router ----------------------------------------------------------

device_routes
device_knows 16
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
eth.dst = $MAC_LEFT
ipv4.src = 198.18.0.0/28
ipv4.dst = 198.19.0.0/28
udp.dport = 9
size = 100
[packet back]
layers = eth / ipv4 / udp / payload
eth.dst = $MAC_RIGHT
ipv4.src = 198.19.0.0/28
ipv4.dst = 198.18.0.0/28
udp.dport = 9
size = 90..200
INI
through "both directions"
told "each stream arrives at its end" \
    '(.streams | length == 2 and all(.answered == .sent and .timed_out == 0 and .duplicated == 0 and
     .errors == {})) and .totals.sent == 5000 and .capture.matched == 5000'
# The same packet both ways: neither stream takes the other's for its own.
sed -i -e 's/^send = back/send = there/' -e 's/^wire = raw(in)/&\nanswer = no/' "$T/p.ini"
sed -i -e '/^ipv4.src = 198.18/s/=.*/= 198.18.0.1/' "$T/p.ini"
through "the same packet both ways" --timeout 2s
told "only one of them is routed" '.streams[0] | .answered == 2000 and .duplicated == 0'
told "what comes back was sent there" '.streams[1] | .answered == 0 and .timed_out == 3000'

# --- translated addresses ----------------------------------------------------------------------

translate() { # translate BEFORE AFTER: what is set before and after routing, packet by packet
    in_b nft flush ruleset 2>/dev/null
    in_b nft -f - 2>"$T/nft" <<NFT
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
routed=("eth.dst = $MAC_LEFT" 'ipv4.src = 198.18.0.0/28' 'ipv4.dst = 198.19.0.1')
if translate accept "$source udp sport set 777"; then
    a_thousand 'eth / ipv4 / udp / payload' "${routed[@]}" 'udp.sport = 1024..65535' \
        'udp.dport = 9' 'size = 100'
    through "masqueraded"
    told "all arrive, unchanged behind their headers" "$all"
    translate "$target udp dport set 7777" "$source udp sport set 777"
    through "both addresses translated"
    told "all arrive" "$all"
    a_thousand 'eth / ipv4 / tcp' "${routed[@]}" 'tcp.sport = 1024..65535' 'tcp.dport = 9'
    translate "$target tcp dport set 7777" "$source tcp sport set 777"
    through "handshakes, both addresses translated"
    told "32 bits alone are no proof" \
        '(.totals | .sent == 1000 and .answered == 0 and .timed_out == 1000) and
         .capture.foreign >= 1000'
    translate accept "$source tcp sport set 777"
    through "handshakes, masqueraded"
    told "all arrive" "$all"
    in_b nft flush ruleset
else
    skip "translated addresses" "nftables: $(head -1 "$T/nft")"
fi

# --- bridges that change frames ----------------------------------------------------------------

cat >"$T/bridge.py" <<'PY'
# Frames from left to right, changed as the argument says. The kernel takes the outermost tag off.
import sys
from device import frames, send
change = {
    "retag": lambda f: f[:12] + b"\x81\x00\x00\x14" + f[12:],
    "untag": lambda f: f,
    "cut": lambda f: f[:64],
}[sys.argv[1]]
EVERY = 3
for f in frames(EVERY): send(change(f))
PY
# bridged HOW NAME ARGS...: through such a bridge.
bridged() {
    device_bridges "$1" || return
    through "${@:2}"
    stop "$BRIDGE"
}
a_thousand 'eth / vlan / ipv4 / udp / payload' "eth.dst = $MAC_IN" 'vlan.id = 10' \
    'udp.sport = 1024..65535' 'udp.dport = 9' 'size = 100'
bridged retag "tagged anew"
told "all arrive, nothing is taken for damage" "$all"
bridged untag "untagged"
told "all arrive, nothing is taken for damage" "$all"

# --- cut frames: what their end carried is gone ------------------------------------------------

a_thousand 'eth / ipv4 / icmp / payload' "eth.dst = $MAC_IN" 'size = 100'
bridged cut "cut"
told "all arrive by what their headers carry, none is known to be unchanged" \
    "($all) and .streams[0].unchecked == 1000"
a_thousand 'eth / ipv4 / udp / payload' "eth.dst = $MAC_IN" 'size = 100'
bridged cut "cut before the token"
told "they are told as cut, not as foreign" \
    '.totals.timed_out == 1000 and .capture.cut == 1000 and .capture.matched == 0'
finish
