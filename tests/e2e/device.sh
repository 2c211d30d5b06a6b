#!/usr/bin/env bash
# Packets through a device: a forwarding namespace that drops, duplicates or reorders a known set.
# The counts must equal the truth exactly.
set -u
cd "$(dirname "$0")/../.." || exit 2
spate=${SPATE:-./spate}
bad=0
say() { if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; bad=1; fi; }
skip() { echo "skip - a device between two interfaces ($1)"; exit 0; }
[ "$(id -u)" = 0 ] || skip "needs root, for network namespaces"
T=$(mktemp -d) H=spate-host-$$ D=spate-dev-$$ pid=
cleanup() {
    [ -n "$pid" ] && kill "$pid" 2>/dev/null
    ip netns del "$H" 2>/dev/null
    ip netns del "$D" 2>/dev/null
    rm -rf "$T"
}
trap cleanup EXIT
ip netns add "$H" 2>/dev/null || skip "no network namespaces permitted"
ip netns add "$D"
for n in "$H" "$D"; do ip netns exec "$n" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
ip link add out netns "$H" address 02:00:00:00:00:01 type veth peer name left netns "$D" address 02:00:00:00:00:02
ip link add in netns "$H" address 02:00:00:00:00:03 type veth peer name right netns "$D" address 02:00:00:00:00:04
for d in out in; do ip -n "$H" link set $d up; done
for d in left right lo; do ip -n "$D" link set $d up; done

cat >"$T/through.ini" <<'EOF'
[run]
interface = out
[stream s]
rate = 5k/s
count = 10k
receive = in
[packet p]
layers = eth / ipv4 / udp / payload
eth.dst = 02:00:00:00:00:02
ipv4.src = 198.18.0.0/24
ipv4.dst = 198.19.0.0/24
udp.sport = 1024..65535
udp.dport = 9
size = 64..512
EOF
through() { # through NAME OPTIONS...: a run; its result in $T/NAME.json
    local name=$1; shift
    ip netns exec "$H" "$spate" run "$T/through.ini" -q -o "$T/$name.json" "$@" 2>"$T/err"
    local code=$?
    [ $code = 0 ] || [ $code = 5 ] || { cat "$T/err"; return 1; } # 5: a busy machine was late
}
is() { jq -e "$2" "$T/$1.json" >/dev/null; }

# A router: the kernel forwards, nftables drops exactly every 100th.
ip -n "$D" addr add 198.18.255.1/16 dev left
ip -n "$D" addr add 198.19.255.1/16 dev right
ip netns exec "$D" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.left.rp_filter=0
ip -n "$D" neigh flush all
for i in $(seq 0 255); do echo "neigh replace 198.19.0.$i lladdr 02:00:00:00:00:03 dev right nud permanent"; done | ip -n "$D" -b -
through plain; say $? "packets pass a router"
is plain '.totals | .sent == 10000 and .answered == 10000 and .timed_out == 0 and .duplicated == 0 and .reordered == 0'
say $? "a router loses, duplicates and reorders nothing"
if ip netns exec "$D" nft -f - 2>/dev/null <<'EOF'
table ip t {
    chain f {
        type filter hook forward priority 0;
        numgen inc mod 100 99 drop
    }
}
EOF
then
    through lossy; say $? "packets pass a router that drops"
    is lossy '.totals | .answered == 9900 and .timed_out == 100 and .errors.timeout == 100'
    say $? "every 100th packet is told as lost"
    ip netns exec "$D" nft delete table ip t
else
    echo "skip - losses by nftables (not available)"
fi

# A bridge of our own: duplicates, swaps and damages known sets.
ip netns exec "$D" sysctl -qw net.ipv4.ip_forward=0
cat >"$T/bridge.py" <<'EOF'
import socket, sys
a = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
a.bind(("left", 0)); a.setsockopt(socket.SOL_SOCKET, 33, 1 << 26) # SO_RCVBUFFORCE
b = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); b.bind(("right", 0))
print("ready", flush=True)
n, held = 0, None
while True:
    f, where = a.recvfrom(65536)
    if where[2] == socket.PACKET_OUTGOING: continue
    n += 1
    if n % 100 == 50:            # held back behind the next three
        held, left = f, 3
        continue
    if n % 250 == 7:             # damaged in the payload
        f = bytearray(f); f[42] ^= 1
    b.send(f)
    if n % 40 == 3: b.send(f)    # twice
    if held is not None:
        left -= 1
        if left == 0: b.send(held); held = None
EOF
ip netns exec "$D" python3 "$T/bridge.py" >"$T/ready" 2>"$T/bridge.err" &
pid=$!
for _ in $(seq 1200); do grep -q ready "$T/ready" && break; sleep 0.05; done
# Large enough for a content besides the token, so that damage can be seen.
through bridged --set 'packet p.size=100..512'; say $? "packets pass a bridge that repeats, swaps and damages"
is bridged '.totals | .answered == 10000 and .timed_out == 0'; say $? "none is lost"
is bridged '.totals.duplicated == 250'; say $? "every 40th is told as duplicated"
is bridged '.totals.reordered == 100 and .streams[0].reorder_extent == 3'; say $? "every 100th is told as reordered, by three"
is bridged '.totals.errors.corrupted == 40'; say $? "every 250th is told as corrupted"
[ $bad = 0 ] || { jq -c '.totals | {sent, answered, timed_out, duplicated, reordered, errors}' "$T"/*.json; jq -c .capture "$T"/*.json; }
exit $bad
