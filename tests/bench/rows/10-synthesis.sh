# Making 64-byte UDP packets with four random fields and valid checksums, one core, not sent.
what="making packets, 4 random fields"
need "$what" "$BIN/synth" || return 0
synth() {
    "${HERE[@]}" "$BIN/synth" >"$T/out" 2>"$T/err"
    while read -r name ns; do sample "$name" "$ns"; done <"$T/out"
}
rounds synth
while read -r name _; do
    ns=$(median "$name")
    measured="$(calc "$ns" 2) ns, $(calc "1e3 / $ns" 1) M/s"
    case $name in
    udp64*) row "$what: $name" "$measured" "$(calc "1e3 / $ns" 1)" ">=" 100 ;;
    *) fact "making packets: $name" "$measured" ;;
    esac
done <"$T/out"
