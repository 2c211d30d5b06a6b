# A capture of ten gigabytes, made here and removed again: as much memory as for a small one.
what="replay of 10 GB"
need "$what" spate jq "$BIN/usage" || return 0
[ "$(df --output=avail -k "$T" | tail -1)" -gt $((12 << 20)) ] || { absent "$what" "needs 12 GB in $T"; return 0; }
cat >"$T/long.ini" <<'INI'
[stream long]
rate = 1M/s
[packet p]
layers    = eth / ipv4 / udp / payload
ipv4.src  = 198.18.0.0/16
ipv4.dst  = 198.19.0.1
udp.sport = 1024..65535
size      = 1514
INI
long_replay() { # NAME FRAMES
    "$SPATE" gen "$T/long.ini" -n "$2" -w "$T/long.pcap" >/dev/null 2>&1
    cost "$SPATE" replay -q "$T/long.pcap" -w null --rate max -o "$T/r.json"
    sample "$1" "$PEAK_KIB"
    sample "$1-rate" "$(calc "$(field .totals.bytes_sent) / $WALL_US / 1000" 2)"
    bytes=$(stat -c %s "$T/long.pcap")
    rm -f "$T/long.pcap"
}
long_replay small 10000
long_replay large 6600000
fact "$what: $(calc "$bytes / 1e9" 1) GB read at" "$(show large-rate 1 GB/s)"
row "$what: peak memory" "$(show large 1024 MiB)" "$(calc "$(median large) / 1024" 1)" "<=" 64
row "$what: memory beside that for 15 MB" "$(show large 1024 MiB) / $(show small 1024 MiB)" "$(ratio large small)" "<=" 1.1
