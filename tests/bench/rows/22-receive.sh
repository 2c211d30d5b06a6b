# What receiving and matching costs the sender: the same frames through a veth pair, both ends this
# side of it, with and without `receive`. The capture's thread has the other core. Below it the same
# with tcpdump in the place of spate's own capture: what the kernel takes for any capture.
what="sending with receive / without"
need "$what" root ip spate || return 0
NETNS=spate-bench-$$-$BASHPID
ip netns add "$NETNS" && ip -n "$NETNS" link add out type veth peer name in ||
    { absent "$what" "no veth pair could be made"; return 0; }
ip netns exec "$NETNS" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 2>/dev/null
for end in out in; do ip -n "$NETNS" link set $end up; done
. tests/bench/frames.sh
sed -i '/^replies/d' "$T/flood.ini"
tx_count() { ip netns exec "$NETNS" cat /sys/class/net/out/statistics/tx_packets; }

flood() { # NAME OPTIONS...
    local name=$1; shift
    tx_rate "$name" ip netns exec "$NETNS" "$SPATE" run -q "$T/flood.ini" -i out \
        --set run.pin=yes --duration "${HORIZON}s" "$@"
}
without() { flood without; }
with() { flood with --set 'stream flood.receive=in'; }
beside() {
    local dump
    launch ip netns exec "$NETNS" tcpdump -i in -Q in -s 128 -B 16384 -w /dev/null
    dump=$LAUNCHED
    sleep 0.5
    flood beside
    stop "$dump"
}
contenders=(without with)
have tcpdump && contenders+=(beside)
rounds "${contenders[@]}"
if [ -n "$(median with)" ]; then
    row "$what" "$(show with 1e6 M/s) / $(show without 1e6 M/s)" "$(ratio with without)" ">=" 0.85
    fact "$what: tcpdump instead" "$(show beside 1e6 M/s) / $(show without 1e6 M/s)" \
        "$(ratio beside without)"
else
    absent "$what" "no figure of spate"
fi
