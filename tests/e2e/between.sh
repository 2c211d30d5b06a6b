# between: a device under test between two interfaces, for tests that send packets through it and
# look at what comes out. Sourced after lib.sh. The namespaces are those of veth.sh: A is the host
# that sends from `out` and receives at `in`; B is the device, a router or a bridge that the test makes.
#
#     A  out --------- left  B  right --------- in  A
#
#   . tests/e2e/between.sh
#   between_up "a device"           or the script ends with that skipped
#   device_routes
#   device_knows 256
#   spate_a run "$T/p.ini" -i out --set 'stream s.receive=in'
#
# Hosts on the left are 198.18.0.0/16 with the address of `out`, on the right 198.19.0.0/16 with that
# of `in`; the router is x.y.255.1 on both sides.

MAC_OUT=02:00:00:00:00:01 MAC_LEFT=02:00:00:00:00:02
MAC_IN=02:00:00:00:00:03 MAC_RIGHT=02:00:00:00:00:04

between_up() {
    wires_for "$1"
    veth_namespaces
    cable out $MAC_OUT left $MAC_LEFT && cable in $MAC_IN right $MAC_RIGHT ||
        veth_skip "no veth devices"
    cable_up out left
    cable_up in right
}

# device_routes: it forwards from one side to the other, and asks for whom it does not know.
device_routes() {
    ip -n "$NS_B" addr add 198.18.255.1/16 dev left
    ip -n "$NS_B" addr add 198.19.255.1/16 dev right
    in_b sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
        net.ipv4.conf.left.rp_filter=0 net.ipv4.conf.right.rp_filter=0
}
# device_knows COUNT: the first hosts of each side, up to 256.
device_knows() {
    local i
    for ((i = 0; i < $1; i++)); do
        echo "neigh replace 198.18.0.$i lladdr $MAC_OUT dev left nud permanent"
        echo "neigh replace 198.19.0.$i lladdr $MAC_IN dev right nud permanent"
    done | ip -n "$NS_B" -b -
}
# device_loses: exactly every 100th packet that it forwards, until device_loses_none; fails where
# there is no nftables.
device_loses() {
    in_b nft -f - 2>/dev/null <<'NFT'
table ip losses {
    chain forward {
        type filter hook forward priority 0;
        numgen inc mod 100 99 drop
    }
}
NFT
}
device_loses_none() { in_b nft delete table ip losses; }

# device_bridges ARGS...: it forwards nothing more by itself, but runs $T/bridge.py, which takes
# `frames` and `send` from the module below. BRIDGE is its id.
device_bridges() {
    in_b sysctl -qw net.ipv4.ip_forward=0
    cat >"$T/device.py" <<'PY'
import socket
RCVBUFFORCE = 33
right = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
right.bind(("right", 0))
send = right.send
def frames(ethertype=0x0800):
    """Those that come in at the left."""
    left = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    left.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, 1 << 27)  # a busy machine reads late
    left.bind(("left", ethertype))
    print("ready", flush=True)
    while True:
        frame, where = left.recvfrom(65536)
        if where[2] != socket.PACKET_OUTGOING: yield frame
PY
    start_ready "the bridge" ip netns exec "$NS_B" python3 "$T/bridge.py" "$@" || return
    BRIDGE=$STARTED
}
