# Memory of the figures by flow: what a run takes besides a run of as many packets without flows.
what="memory of figures by flow"
need "$what" root ip spate "$BIN/usage" || return 0
veth_up || { absent "$what" "no veth pair could be made"; return 0; }
. tests/bench/frames.sh
# Both ends of another pair are in the same place: what leaves at one arrives at the other.
ip -n "$NETNS" link add near type veth peer name far
for dev in near far; do
    ip netns exec "$NETNS" sh -c "echo 1 >/proc/sys/net/ipv6/conf/$dev/disable_ipv6" 2>/dev/null
    ip -n "$NETNS" link set $dev up
done
sed -i -e 's|^rate .*|rate = 200k/s\ncount = 1200000\nreceive = far\ntimeout = 500ms|' \
    -e '/^replies/d' "$T/flood.ini"

taken() { # NAME ARGS...: a sample of the peak
    local name=$1
    shift
    cost ip netns exec "$NETNS" "$SPATE" run -q "$T/flood.ini" -i near "$@"
    sample "$name" "$PEAK_KIB"
}
none() { taken none; }
thousand() { taken 1000 --set 'stream flood.flows=1000'; }
hundred_thousand() { taken 100000 --set 'stream flood.flows=100000'; }
million() { taken 1000000 --set 'stream flood.flows=1000000'; }
ROUNDS=1 rounds none thousand hundred_thousand million
base=$(median none)
for flows in 1000 100000 1000000; do
    more=$(calc "$(median $flows) - $base" 0)
    label="$what: $flows"
    if [ -z "$more" ]; then absent "$label" "the run failed"
    elif [ $flows = 1000 ]; then fact "$label" "$more KiB more"
    else
        row "$label" "$(calc "$more / 1024" 1) MiB more" "$(calc "$more * 1024 / $flows" 1) bytes a flow" "<=" 64
    fi
done
