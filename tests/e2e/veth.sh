# veth: two network namespaces joined by a cable of their own, for tests that send real frames.
# Sourced. Both ends are quiet (no IPv6 unless asked, neighbours fixed) and have no offloads, so
# that every frame counted or captured is one that the test sent.
#
#   . tests/e2e/veth.sh
#   veth_up                        or ends the test after telling why it is skipped
#   in_a ./spate run flood.ini -i "$DEV_A"
#   [ "$(frames_received b)" = 1000000 ]
#
# veth_up sets NS_A DEV_A MAC_A IP_A IP6_A and the same for B. VETH_IP6=1 before it gives both
# ends IPv6 addresses, and with them a few frames of the kernel's own. Everything is removed when
# the shell exits; a test with an EXIT trap of its own calls veth_down there. Tests that use lib.sh
# take wires_up of that, or between.sh, which lays two cables between the same namespaces.

MAC_A=02:00:00:00:00:01 IP_A=198.18.0.1 IP6_A=2001:2::1
MAC_B=02:00:00:00:00:02 IP_B=198.19.0.1 IP6_B=2001:2::2
DEV_A=left DEV_B=right
NS_A='' NS_B='' PEER_PID='' CAPTURED='' LOST='' RECEIVED_BEFORE=0

veth_skip() {
    echo "skip $(basename "$0" .sh): $1"
    exit 0
}

in_a() { ip netns exec "$NS_A" "$@"; }
in_b() { ip netns exec "$NS_B" "$@"; }

# How tests end: lib.sh has both of its own.
veth_traps() {
    trap veth_down EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# quiet NAMESPACE DEVICE: no offloads, no IPv6 unless asked.
quiet() {
    if [ -z "${VETH_IP6:-}" ]; then
        ip netns exec "$1" sh -c "echo 1 >/proc/sys/net/ipv6/conf/$2/disable_ipv6" 2>/dev/null
    fi
    if command -v ethtool >/dev/null; then
        ip netns exec "$1" ethtool -K "$2" tx off rx off sg off tso off gso off gro off \
            >/dev/null 2>&1
    fi
}

# cable DEVICE_A MAC_A DEVICE_B MAC_B [OPTION...]: from one namespace to the other. Options of
# `ip link add` are for both ends.
cable() {
    ip link add "$1" netns "$NS_A" address "$2" "${@:5}" type veth \
        peer name "$3" netns "$NS_B" address "$4" "${@:5}" || return 1
    quiet "$NS_A" "$1"
    quiet "$NS_B" "$3"
    ip -n "$NS_A" link set "$1" up
    ip -n "$NS_B" link set "$3" up
}
link_is_up() { ip -n "$1" -o link show "$2" | grep -q 'state UP'; } # NAMESPACE DEVICE
# cable_up DEVICE_A DEVICE_B: waits for it; the kernel takes up to a second to see the link.
cable_up() {
    local i
    for ((i = 0; i < 3000; i++)); do
        link_is_up "$NS_A" "$1" && link_is_up "$NS_B" "$2" && return 0
        sleep 0.01
    done
    veth_skip "the veth pair does not come up"
}

# veth_end NAMESPACE DEVICE IP IP6 PEER_IP PEER_IP6 PEER_MAC: addresses of one end.
veth_end() {
    ip -n "$1" addr add "$3/15" dev "$2"
    ip -n "$1" neigh replace "$5" lladdr "$7" dev "$2" nud permanent
    [ -n "${VETH_IP6:-}" ] || return 0
    ip -n "$1" addr add "$4/48" dev "$2" nodad
    ip -n "$1" neigh replace "$6" lladdr "$7" dev "$2" nud permanent
}

# veth_namespaces: both, without a cable.
veth_namespaces() {
    local ns
    [ "$(id -u)" = 0 ] || veth_skip "needs root, for network namespaces"
    command -v ip >/dev/null || veth_skip "needs ip (iproute2)"
    veth_traps
    NS_A=spate-a-$$-$RANDOM
    ip netns add "$NS_A" 2>/dev/null || { NS_A=''; veth_skip "no network namespaces permitted"; }
    NS_B=${NS_A/-a-/-b-}
    ip netns add "$NS_B" || { NS_B=''; veth_skip "no second network namespace"; }
    for ns in "$NS_A" "$NS_B"; do ip -n "$ns" link set lo up; done
}

veth_up() {
    veth_namespaces
    cable "$DEV_A" "$MAC_A" "$DEV_B" "$MAC_B" || veth_skip "no veth devices"
    veth_end "$NS_A" "$DEV_A" "$IP_A" "$IP6_A" "$IP_B" "$IP6_B" "$MAC_B"
    veth_end "$NS_B" "$DEV_B" "$IP_B" "$IP6_B" "$IP_A" "$IP6_A" "$MAC_A"
    cable_up "$DEV_A" "$DEV_B"
}

# Ends what still runs in the namespaces, process by process, and removes them.
veth_down() {
    local ns pid
    trap - EXIT
    for ns in $NS_A $NS_B; do
        for pid in $(ip netns pids "$ns" 2>/dev/null); do
            [ "$pid" = $$ ] || kill "$pid" 2>/dev/null
        done
        ip netns del "$ns" 2>/dev/null
    done
    NS_A='' NS_B=''
}

# frames_sent a, frames_received b: by the kernel's count, since the pair was made.
frames_sent() { veth_count "$1" tx; }
frames_received() { veth_count "$1" rx; }
veth_count() {
    local ns=$NS_A dev=$DEV_A
    [ "$1" = b ] && ns=$NS_B dev=$DEV_B
    ip netns exec "$ns" ip -s -o link show "$dev" |
        sed -E 's/\\/\n/g' | awk -v way="${2^^}:" '$1 == way { getline; print $2 }'
}

# capture_b FILE: tcpdump at b writes what arrives there, until capture_stop. Not by a
# filter of "inbound": libpcap runs the first block of frames through it itself, and loses them.
capture_b() {
    local file=$1 i
    command -v tcpdump >/dev/null || veth_skip "needs tcpdump"
    : >"$file.log"
    RECEIVED_BEFORE=$(frames_received b)
    # Not through in_b: the process that is signalled later must be tcpdump, not a shell.
    ip netns exec "$NS_B" tcpdump -i "$DEV_B" -Q in -n -s 0 -B 65536 -Z root \
        --time-stamp-precision=nano -w "$file" 2>"$file.log" &
    PEER_PID=$!
    for ((i = 0; i < 6000; i++)); do
        grep -q 'listening on' "$file.log" && return 0
        sleep 0.01
    done
    echo "tcpdump does not begin: $(cat "$file.log")"
    return 1
}
# capture_stop FILE [DUE]: when it has all frames that came to b's device since capture_b, or as
# many as are DUE; or when nothing has come for long. Sets CAPTURED, the frames in the file, and LOST, those the kernel dropped.
capture_stop() {
    local due=${2:-} still=0 before=-1
    [ -n "$due" ] || due=$(($(frames_received b) - RECEIVED_BEFORE))
    while [ "$still" -lt 50 ]; do # what the kernel still holds would be gone with tcpdump
        kill -USR1 "$PEER_PID" 2>/dev/null # it tells its counts
        sleep 0.1
        capture_counts "$1"
        [ $((CAPTURED + LOST)) -ge $due ] && break
        still=$((CAPTURED + LOST == before ? still + 1 : 0)) before=$((CAPTURED + LOST))
    done
    kill -INT "$PEER_PID"
    wait "$PEER_PID"
    PEER_PID=''
    capture_counts "$1"
}
capture_counts() { # the last that tcpdump told, on one line or on three
    CAPTURED=$(sed -nE 's/^(tcpdump: )?([0-9]+) packets? captured.*/\2/p' "$1.log" | tail -n 1)
    LOST=$(sed -nE 's/^(.* )?([0-9]+) packets? dropped by kernel.*/\2/p' "$1.log" | tail -n 1)
    CAPTURED=${CAPTURED:-0} LOST=${LOST:-0}
}
