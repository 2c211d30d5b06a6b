# Making packets whose fields follow a million flows, one core, not sent.
what="making packets of a million flows"
need "$what" spate || return 0
. tests/bench/frames.sh
sed -i -e 's|^rate .*|&\nflows = 1M|' -e '/^ipv4.src/s|= .*|= seq(198.18.0.0/16) per flow|' \
    -e '/^udp.[sd]port/s|$| per flow|' "$T/flood.ini"

made() { # NAME ARGS...: a sample of units per second
    local name=$1
    shift
    "${HERE[@]}" "$SPATE" gen "$T/flood.ini" -n 10M -w null "$@" >"$T/out" 2>"$T/err"
    sample "$name" "$(sed -nE 's/.* ([0-9.]+)M\/s$/\1/p' "$T/out")"
}
uniform() { made uniform; }
zipf() { made zipf --set 'stream flood.popularity=zipf(s=1.1)'; }
along() {
    made along --set 'stream flood.popularity=zipf(s=1.1)' \
        --set 'packet probe.ipv4.id=seq(0..65535) along flow'
}
ending() { made ending --set 'stream flood.flow_length=1..20'; }
rounds uniform zipf along ending
row "$what: uniform" "$(show uniform 1 M/s)" "$(median uniform)" ">=" 30
row "$what: zipf" "$(show zipf 1 M/s)" "$(median zipf)" ">=" 10
row "$what: zipf, along the flow" "$(show along 1 M/s)" "$(median along)" ">=" 10
fact "$what: uniform, flows that end" "$(show ending 1 M/s)" "$(median ending)"
