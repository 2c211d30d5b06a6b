#!/usr/bin/env bash
# A replay that several workers share: the same frames, each once, and each conversation in order.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "shared replay" jq tcpdump

cat >"$T/mix.ini" <<'END'
[stream mix]
rate = 1000/s
[packet p]
layers    = eth / ipv4 / udp / payload
ipv4.src  = 198.18.0.0/29
ipv4.dst  = 198.19.0.1
ipv4.id   = 0..65535
udp.sport = 1024..1030
size      = 60..1514
END
spate gen "$T/mix.ini" -n 3000 -w "$T/mix.pcap"
exits 0 "gen writes a capture"

# --- books --------------------------------------------------------------------------------------

# shares WHAT ARGS...: nothing in the result may tell how many workers there were.
shares() {
    local what=$1 w
    shift
    rm -f "$T/told"
    for w in 1 2 3 7; do
        spate replay "$T/mix.pcap" -w null --workers $w -o "$T/r$w.json" "$@"
        exits "0 1 5" "$what, $w workers"
        laws "$T/r$w.json" "$what, $w workers"
        jq -cS '.streams[0] | {hash, offered, sent, shed, failed, errors, bytes_sent, loops, recorded}' \
            "$T/r$w.json" >>"$T/told"
    done
    same "$what: the workers do not show" "$(uniq "$T/told" | wc -l)" 1
}
shares "at top speed" --rate max
shares "at a rate, in loops" --rate 100k/s --loop 20
shares "in a hundred loops, of which rows are joined" --rate max --loop 100
shares "faster than recorded" --speed 100x
shares "a part of it" --rate max --loop 3 --filter 'udp src port 1024 or udp src port 1027' --frames 100..2900 --sample 70%
shares "rewritten" --rate max --loop 2 --map '198.18.0.0/15 -> 10.0.0.0/15' --set 'stream trace.udp.sport=2000..3000' --set 'stream trace.per=flow+loop'
shares "in smaller frames" --rate max --oversize segment --mtu 500
holds "$T/r7.json" "what cannot be made smaller has failed" '.totals.errors.too_big > 0'
shares "with a count" --rate max --loop forever --count 10007

# --- one worker's -------------------------------------------------------------------------------

printf '[run]\nworkers = 3\n[stream trace]\nreplay = %s\nwire = null\n' "$T/mix.pcap" >"$T/check.ini"
# told LINE ARGS...: what `spate check` says of the workers.
told() {
    local line=$1
    shift
    spate check "$T/check.ini" "$@"
    same "check: $line" "$(sed -n 's/^  workers *//p' "$T/out")" "$line"
}
told "3 share its conversations; order holds within each"
told "one of 3: a rate in bits needs the sizes of all frames" --set 'stream trace.rate=1Mbit/s'
told "one of 3: late = stretch moves all that comes behind" --set 'stream trace.late=stretch'
told "one of 3: standard input can be read by one only" --set 'stream trace.replay=-'
spate replay - -w null --rate max --workers 3 -o "$T/r.json" <"$T/mix.pcap"
exits 0 "standard input with three workers"
holds "$T/r.json" "standard input is replayed once" '.totals.sent == 3000'

# --- across a veth pair -------------------------------------------------------------------------

wires_up "shared replay across a veth pair"
# by_flow FILE: identification by identification, conversation by conversation.
by_flow() { tcpdump -nnvr "$1" 2>/dev/null | sed 'N;s/\n/ /' | sed -E 's/.*, id ([0-9]+),.* (198[0-9.]+) > .*/\2 \1/' | sort -s -k1,1; }
by_flow "$T/mix.pcap" >"$T/order"
same "the recording has 56 conversations" "$(cut -d' ' -f1 "$T/order" | uniq | wc -l)" 56
for how in "--rate max" "--rate 20k/s --pacing spin"; do
    capture_b "$T/peer.pcap"
    spate_a replay "$T/mix.pcap" -i "$DEV_A" --workers 2 $how -o "$T/r.json"
    exits "0 5" "two workers, $how"
    capture_stop "$T/peer.pcap"
    by_flow "$T/peer.pcap" >"$T/came"
    cmp -s "$T/came" "$T/order" && ok "two workers, $how: every conversation in its order" ||
        not_ok "two workers, $how: every conversation in its order"
    laws "$T/r.json" "two workers, $how"
done
finish
