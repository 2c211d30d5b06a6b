# Two workers against one, over a veth pair; and two bare loops against one, which is what the
# machine allows.
what="two workers / one"
need "$what" root ip "$BIN/send_bench" || return 0
[ "$CORES" -ge 2 ] || { absent "$what" "needs two cores"; return 0; }
veth_up || { absent "$what" "no veth pair could be made"; return 0; }
. tests/bench/frames.sh

workers() { tx_rate "spate$1" "$SPATE" run -q "$T/flood.ini" -i "$DEV" --set run.pin=yes --workers "$1" --duration "${HORIZON}s"; }
spate_one() { workers 1; }
spate_two() { workers 2; }
bare_one() { tx_rate bare1 "${HERE[@]}" "$BIN/send_bench" "$DEV" "$HORIZON"; }
bare_two() {
    launch "${THERE[@]}" "$BIN/send_bench" "$DEV" "$HORIZON"
    local second=$LAUNCHED
    tx_rate bare2 "${HERE[@]}" "$BIN/send_bench" "$DEV" "$HORIZON"
    stop "$second"
}
contenders=(bare_one bare_two)
have_spate && contenders+=(spate_one spate_two)
rounds "${contenders[@]}"
fact "$what: bare sendmmsg" "$(show bare2 1e6 M/s) / $(show bare1 1e6 M/s)" "$(ratio bare2 bare1)"
if [ -n "$(median spate2)" ]; then
    row "$what" "$(show spate2 1e6 M/s) / $(show spate1 1e6 M/s)" "$(ratio spate2 spate1)" ">=" 1.8
else
    absent "$what" "no figure of spate"
fi
