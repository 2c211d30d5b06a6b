# Replays beside tcpreplay: the same capture over the same veth pair. Top speed by the kernel's count
# of frames that left; times as the far end's capture saw them, in nanoseconds, and beside them those
# of a loop that only waits and sends. Each in the way it replays when nothing is said, which for
# tcpreplay is to stay awake.
what="replay"
need "$what" root ip spate jq tcpdump "$BIN/usage" "$BIN/gaps" "$BIN/bare_replay" || return 0
veth_up || { absent "$what" "no veth pair could be made"; return 0; }
. tests/bench/frames.sh
have tcpreplay && theirs=yes || theirs=

# Frames of all sizes at 10,000/s as visitors come, and the same frames evenly.
cat >"$T/mix.ini" <<INI
[stream mix]
rate = 10k/s
send = small:7, middle:4, large:1
[packet small]
layers   = eth / ipv4 / udp / payload
ipv4.src = 198.18.0.0/16
ipv4.dst = 198.19.0.1
size     = 60
[packet middle]
layers   = eth / ipv4 / udp / payload
ipv4.src = 198.18.0.0/16
ipv4.dst = 198.19.0.1
size     = 590
[packet large]
layers   = eth / ipv4 / udp / payload
ipv4.src = 198.18.0.0/16
ipv4.dst = 198.19.0.1
size     = 1514
INI
frames=$((10000 * WINDOW))
"$SPATE" gen "$T/mix.ini" --set 'stream mix.arrival=poisson' -n $frames -w "$T/mix.pcap" >/dev/null 2>&1

# --- top speed ---------------------------------------------------------------------------------

top_spate() { tx_rate top-spate "${HERE[@]}" "$SPATE" replay -q "$T/one.pcap" -i "$DEV" --rate max --loop forever; }
top_theirs() { tx_rate top-theirs "${HERE[@]}" tcpreplay -q -K --topspeed --loop=0 -i "$DEV" "$T/one.pcap"; }
mix_spate() { tx_rate mix-spate "${HERE[@]}" "$SPATE" replay -q "$T/mix.pcap" -i "$DEV" --rate max --loop forever; }
mix_theirs() { tx_rate mix-theirs "${HERE[@]}" tcpreplay -q -K --topspeed --loop=0 -i "$DEV" "$T/mix.pcap"; }
two_spate() { tx_rate two-spate "$SPATE" replay -q "$T/mix.pcap" -i "$DEV" --rate max --loop forever --workers 2; }
rounds top_spate ${theirs:+top_theirs} mix_spate ${theirs:+mix_theirs} two_spate
[ -z "$theirs" ] || cp "$T/mix-theirs.samples" "$T/two-theirs.samples"

# than NAME LABEL SHOW OP TARGET: spate's figure beside tcpreplay's.
than() {
    if [ -z "$(median "$1-theirs")" ]; then fact "$what: $2" "$($3 "$1-spate")"
    else row "$what: $2, spate / tcpreplay" "$($3 "$1-spate") / $($3 "$1-theirs")" "$(ratio "$1-spate" "$1-theirs")" "$4" "$5"
    fi
}
millions() { show "$1" 1e6 M/s; }
micros() { show "$1" 1e3 us; }
ppm() { show "$1" 1 ppm; }
than top "one small frame again and again, --topspeed" millions ">=" 1.7
than mix "$frames frames of all sizes, --topspeed" millions ">=" 1.7
than two "the same, two workers of spate" millions ">=" 1.7

# --- times -------------------------------------------------------------------------------------

# timed NAME REFERENCE COMMAND...: samples NAME-ppm, NAME-p50, NAME-p99, NAME-cpu and NAME-kib.
timed() {
    local name=$1 reference=$2 pid got
    shift 2
    launch ip netns exec "$NETNS" "${THERE[@]}" tcpdump -i "$PEER" -n -s 64 -B 65536 -Z root \
        --time-stamp-precision=nano -w "$T/peer.pcap"
    pid=$LAUNCHED
    for ((i = 0; i < 500; i++)); do grep -q 'listening on' "$T/err" && break; sleep 0.02; done
    mv "$T/err" "$T/dump"
    cost "$@"
    sleep 1.5 # the last frames come up to a second late
    kill -INT "$pid" # the process is tcpdump itself: ip and taskset have become it
    wait "$pid" 2>/dev/null
    stop "$pid"
    got=$("$BIN/gaps" "$T/peer.pcap" "$reference" 2>/dev/null) || return
    read -r _ ppm p50 p99 _ <<<"$got"
    sample "$name-ppm" "$ppm" && sample "$name-p50" "$p50" && sample "$name-p99" "$p99"
    sample "$name-cpu" "$(calc "$CPU_US / 1e6" 2)" && sample "$name-kib" "$PEAK_KIB"
}
own_spate() { timed own-spate "$T/mix.pcap" "$SPATE" replay -q "$T/mix.pcap" -i "$DEV"; }
own_theirs() { timed own-theirs "$T/mix.pcap" tcpreplay -q -i "$DEV" "$T/mix.pcap"; }
pps_spate() { timed pps-spate 10000 "$SPATE" replay -q "$T/mix.pcap" -i "$DEV" --rate 10k/s; }
pps_theirs() { timed pps-theirs 10000 tcpreplay -q --pps=10000 -i "$DEV" "$T/mix.pcap"; }
spin_spate() { timed spin-spate "$T/mix.pcap" "$SPATE" replay -q "$T/mix.pcap" -i "$DEV" --pacing spin; }
own_bare() { timed own-bare "$T/mix.pcap" "$BIN/bare_replay" "$DEV" "$T/mix.pcap"; }
pps_bare() { timed pps-bare 10000 "$BIN/bare_replay" "$DEV" "$T/mix.pcap" 10000; }
rounds own_bare own_spate spin_spate ${theirs:+own_theirs} pps_bare pps_spate ${theirs:+pps_theirs}

# against A B FIELD LABEL SHOW [TARGET]
against() {
    local ours=$1-$3 other=$2-$3
    if [ -z "$(median "$other")" ]; then fact "$what: $4" "$($5 "$ours")"
    elif [ -n "${6:-}" ]; then row "$what: $4, spate / tcpreplay" "$($5 "$ours") / $($5 "$other")" "$(ratio "$ours" "$other")" "<=" "$6"
    else fact "$what: $4, spate / tcpreplay" "$($5 "$ours") / $($5 "$other")" "$(ratio "$ours" "$other")"
    fi
}
seconds() { show "$1" 1 s; }
mebi() { show "$1" 1024 MiB; }
for way in "own own-spate own-theirs recorded times" "spin spin-spate own-theirs recorded times, spinning" \
    "pps pps-spate pps-theirs 10,000/s"; do
    read -r _ ours other label <<<"$way"
    against "$ours" "$other" ppm "$label: error of the duration" ppm 0.1
    against "$ours" "$other" p50 "$label: error of the gaps, p50" micros 0.1
    against "$ours" "$other" p99 "$label: error of the gaps, p99" micros 0.1
    against "$ours" "$other" cpu "$label: CPU time" seconds
    against "$ours" "$other" kib "$label: memory" mebi
    bare=${way%% *} bare=${bare/spin/own}-bare
    for q in p50 p99; do
        fact "$what: $label: error of the gaps, $q, spate / bare loop" \
            "$(micros "$ours-$q") / $(micros "$bare-$q")" "$(ratio "$ours-$q" "$bare-$q")"
    done
done

# --- rates, once through and a thousand times ----------------------------------------------------

"$SPATE" gen "$T/mix.ini" -n 200 -w "$T/few.pcap" >/dev/null 2>&1
# offered RATE LOOPS: how far the rate is off, in percent, over WINDOW seconds at most.
offered() {
    "${HERE[@]}" "$SPATE" replay -q "$T/few.pcap" -i "$DEV" --rate "$1/s" --loop "$2" \
        --duration "${WINDOW}s" -o "$T/r.json" >"$T/out" 2>"$T/err"
    field '(.totals.rate.achieved / .totals.rate.planned - 1) * 100 | fabs'
}
for rate in 1 10 1k 100k; do
    for loops in 1 1000; do
        off=$(offered $rate $loops)
        row "$what: $rate/s, --loop $loops: rate off by" "$(field .totals.sent) frames, ${off:--} %" "$off" "<=" 0.1
    done
done
