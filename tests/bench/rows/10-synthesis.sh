# Making 64-byte UDP packets with four random fields and valid checksums, one core, not sent.
what="making packets, 4 random fields"
need "$what" "$BIN/synth" || return 0
synth() {
    "${HERE[@]}" "$BIN/synth" >"$T/out" 2>"$T/err"
    sample fill "$(awk '$1 == "udp64" { print $2 }' "$T/out")"
    sample copy "$(awk '$1 == "memcpy" { print $2 }' "$T/out")"
}
rounds synth
ns=$(median fill)
[ -n "$ns" ] || { absent "$what" "synth printed no figure"; return 0; }
row "$what" "$(show fill 1 ns), memcpy $(show copy 1 ns)" "$(calc "1e3 / $ns" 1) M/s" ">=" "100 M/s"
