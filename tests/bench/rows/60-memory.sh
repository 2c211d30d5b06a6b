# Peak memory of the whole process: requests on many connections, packets of many flows, a long
# capture, and many conversations under way.
what="peak memory"
need "$what" spate "$BIN/usage" || return 0

peak() { # NAME COMMAND...
    local name=$1; shift
    cost "$@"
    sample "$name" "$PEAK_KIB"
    row "$what: $name" "$(show "$name" 1024 MiB)" "$(calc "$(median "$name") / 1024" 1)" "<=" 64
}
if have nginx && nginx_up; then
    cat >"$T/wide.ini" <<INI
[target]
url = $URL
[stream web]
users = 1000
send  = get
[request get]
path = /
INI
    peak "1,000 connections" "$SPATE" run -q "$T/wide.ini" --duration "${WINDOW}s"
fi
. tests/bench/frames.sh
sed -i -e 's|^ipv4.src .*|ipv4.src = permute(198.18.0.0/16)|' "$T/flood.ini"
peak "65,536 x 64,511 flows" "$SPATE" gen "$T/flood.ini" -n 3000000 -w null
"$SPATE" gen "$T/flood.ini" -n 2000000 -w "$T/long.pcap" >/dev/null 2>&1
cat >"$T/replay.ini" <<INI
[stream trace]
wire   = null
replay = $T/long.pcap
rate   = max
INI
peak "replay of $(($(stat -c %s "$T/long.pcap" 2>/dev/null || echo 0) >> 20)) MiB" \
    "$SPATE" run -q "$T/replay.ini"
cat >"$T/talks.ini" <<INI
[stream talks]
rate = 1M/s
wire = null
[conversation talk]
step = client ask
step = server answer after 1h
[packet ask]
layers   = eth / ipv4 / udp
ipv4.src = permute(198.18.0.0/16)
[packet answer]
reverse = ask
INI
peak "1,000,000 conversations at a time" "$SPATE" gen "$T/talks.ini" -n 1000000 -w null
