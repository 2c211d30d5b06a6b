# Sending over a veth pair from one core, by the kernel's count of frames that left. spate and
# trafgen vary four fields; the bare loop and tcpreplay send one constant frame.
what="sending over veth"
need "$what" root ip taskset || return 0
veth_up || { absent "$what" "no veth pair could be made"; return 0; }
. tests/bench/frames.sh

bare() { tx_rate bare "${HERE[@]}" "$BIN/send_bench" "$DEV" "$HORIZON"; }
spate() { tx_rate spate "${HERE[@]}" "$SPATE" run -q "$T/flood.ini" -i "$DEV" --duration "${HORIZON}s"; }
replay() { tx_rate replay "${HERE[@]}" tcpreplay -q -K --topspeed --loop=0 -i "$DEV" "$T/one.pcap"; }
trafgen_one() { tx_rate trafgen "${HERE[@]}" trafgen -o "$DEV" -P 1 -i "$T/constant.cfg"; }
trafgen_random() { tx_rate trafgen-random "${HERE[@]}" trafgen -o "$DEV" -P 1 -i "$T/random.cfg"; }

contenders=()
[ -x "$BIN/send_bench" ] && contenders+=(bare)
have_spate && contenders+=(spate)
have tcpreplay && contenders+=(replay)
have trafgen && contenders+=(trafgen_one trafgen_random)
rounds "${contenders[@]}"

against() { # NAME LABEL TARGET
    local label="$what: spate / $2"
    if [ -z "$(median "$1")" ]; then absent "$label" "no figure of $2"
    elif [ -z "$(median spate)" ]; then absent "$label" "$2 $(show "$1" 1e6 M/s), no figure of spate"
    else
        row "$label" "$(show spate 1e6 M/s) / $(show "$1" 1e6 M/s)" "$(ratio spate "$1")" ">=" "$3"
    fi
}
against bare "bare sendmmsg" 0.95
against replay "tcpreplay --topspeed" 1.7
against trafgen-random "trafgen, random fields" 1.5
fact "$what: trafgen, constant" "$(show trafgen 1e6 M/s)"
