# The gaps between packets as the peer's capture sees them, at 1k, 10k and 100k/s, for each way of
# waiting: the worst whole second's error of the rate, the share of gaps within 5 us of plan, and
# the share that is back to back (below a quarter of plan, at most 5 us).
what="gaps at the peer"
need "$what" root ip spate tcpdump || return 0
veth_up || { absent "$what" "no veth pair could be made"; return 0; }
. tests/bench/frames.sh

# seen RATE: of what tcpdump wrote (records of 16 bytes and a frame of 64, after a header of 24),
# "worst second in %", "share within 5 us", "share back to back".
seen() {
    od -An -v -tu4 -w80 -j24 "$T/peer.pcap" |
        awk -v rate="$1" '
        { if (NR == 1) start = $1; now = ($1 - start) * 1e9 + $2 }
        NR == 1 { first = last = now }
        NR > 1 {
            gap = now - last; last = now; at = now - first
            n++; plan = 1e9 / rate; off = gap > plan ? gap - plan : plan - gap
            near += off <= 5000
            back += gap < (plan / 4 < 5000 ? plan / 4 : 5000)
            second[int(at / 1e9)]++
        }
        END {
            whole = int(at / 1e9)
            for (s = 0; s < whole; s++) {
                e = (second[s] - (s == 0 ? -1 : 0)) / rate - 1
                if (e < 0) e = -e
                if (e > worst) worst = e
            }
            if (n) printf "%.4f %.1f %.1f\n", worst * 100, near / n * 100, back / n * 100
        }'
}
gaps() { # RATE PACING
    local dump error near back
    sed -i "s|^rate .*|rate = $1/s|" "$T/flood.ini"
    launch ip netns exec "$NETNS" tcpdump -i "$PEER" -Q in -s 64 -B 65536 -n \
        --time-stamp-precision=nano -w "$T/peer.pcap"
    dump=$LAUNCHED
    sleep 0.5
    "${HERE[@]}" "$SPATE" run -q "$T/flood.ini" -i "$DEV" --set "run.pacing=$2" \
        --duration "$((WINDOW + 1))s" >/dev/null 2>&1
    sleep 1.2
    stop "$dump"
    read -r error near back < <(seen "$1")
    [ -n "${back:-}" ] || return
    sample "error-$1-$2" "$error"
    sample "near-$1-$2" "$near"
    sample "back-$1-$2" "$back"
}
for rate in 1000 10000 100000; do
    for pacing in sleep hybrid spin; do
        gaps "$rate" "$pacing" # once: a sample holds thousands of gaps
        label="$what: $((rate / 1000))k/s, $pacing"
        if [ -n "$(median "error-$rate-$pacing")" ]; then
            fact "$label" "worst second off by $(median "error-$rate-$pacing") %, back to back \
$(median "back-$rate-$pacing") %" "$(median "near-$rate-$pacing") % in 5 us"
        else
            absent "$label" "no capture"
        fi
    done
done
