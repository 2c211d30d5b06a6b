# How late packets leave at 50,000/s from one core, over a veth pair.
what="lateness p99 at 50k/s"
need "$what" root ip spate jq || return 0
veth_up || { absent "$what" "no veth pair could be made"; return 0; }
. tests/bench/frames.sh
sed -i 's|^rate .*|rate = 50k/s|' "$T/flood.ini"

late() { # PACING
    "${HERE[@]}" "$SPATE" run -q "$T/flood.ini" -i "$DEV" --set "run.pacing=$1" --duration "${WINDOW}s" \
        -o "$T/r.json" >"$T/out" 2>"$T/err"
    sample "$1" "$(field '.totals.latency.lateness."p99_ns"')"
}
spin() { late spin; }
hybrid() { late hybrid; }
sleeping() { late sleep; }
rounds spin hybrid sleeping
micro() { calc "$(median "$1") / 1e3" 1; }
row "$what, spinning" "$(show spin 1e3 us)" "$(micro spin)" "<=" 50
row "$what, on timers" "$(show sleep 1e3 us)" "$(micro sleep)" "<=" 150
fact "$what, hybrid" "$(show hybrid 1e3 us)" "$(micro hybrid)"
