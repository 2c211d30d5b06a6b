#!/usr/bin/env bash
# Conversations: what they look like to a dissector, how they pass a router that tracks connections,
# and what becomes of those that cannot begin or end.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
. tests/e2e/between.sh
need "conversations" jq

P=profiles/conversations.ini

# --- as a dissector sees them ------------------------------------------------------------------

talks() { shark -2 -r "$T/talks.pcap" "$@"; }
talks_with() { talks -Y "$1" | wc -l; }
dissect() {
    local fetches lookups
    spate gen $P -n 500 -w "$T/talks.pcap"
    exits 0 "conversations are written to a capture"
    have tshark || { skip "a dissector agrees" "tshark is not installed"; return; }
    fetches=$(talks_with 'tcp.flags.syn == 1 && tcp.flags.ack == 0')
    lookups=$(talks_with 'dns.flags.response == 0')
    same "there are 500 conversations" $((fetches + lookups)) 500
    same "every connection is whole" \
        "$(talks -T fields -e tcp.stream -Y 'tcp.completeness == 31' | sort -u | wc -l)" "$fetches"
    same "every request has a reply" "$(talks_with http.response)" "$fetches"
    same "every query has an answer" "$(talks_with dns.response_to)" "$lookups"
    same "nothing is out of place" \
        "$(talks_with 'tcp.analysis.flags || _ws.malformed || _ws.expert.severity >= "Warning"')" 0
    same "stamps do not go backwards" "$(talks -T fields -e frame.time_delta | grep -c -e -)" 0
}

# --- the same, whoever makes them --------------------------------------------------------------

determine() {
    local one
    spate gen $P -n 500 --hash
    one=$(cat "$T/out")
    spate gen $P -n 500 --hash --workers 7
    same "seven workers make the same packets" "$(cat "$T/out")" "$one"
    spate gen $P -n 20 --json
    jq -c 'select(.index == 7)' "$T/out" >"$T/seven"
    spate gen $P --at 7 -n 1 --json
    check "a conversation made alone is the same" diff <(jq -c . "$T/out") "$T/seven"
    sed '/^server_interface/d; /^answer *=/d; s/^send .*/&\nwire = null\ncount = 500/' $P >"$T/null.ini"
    spate run "$T/null.ini" --workers 2 -q -o "$T/null.json"
    exits "0 3 5" "conversations are run"
    laws "$T/null.json"
    holds "$T/null.json" "all of them are completed" '.streams[0].conversations ==
        {"started": 500, "completed": 500, "cut_short": 0, "shed": 0}'
    same "what is sent is what gen shows" "$(jq -r '.streams[0].hash' "$T/null.json")" "$one"
}

# --- those that cannot begin or end ------------------------------------------------------------

# slow DURATION DRAIN PAUSE STREAM_KEYS...: one packet, and two after a pause each.
slow() {
    printf '[run]\nduration = %s\ndrain = %s\n[conversation c]\nstep = client p\n' "$1" "$2"
    printf 'step = server q * 2 after %s\n[packet p]\nlayers = eth / ipv4 / udp\n' "$3"
    printf '[packet q]\nreverse = p\n[stream s]\nwire = null\n'
    shift 3
    printf '%s\n' "$@"
}
give_up() {
    slow 2s 50ms 1h 'rate = 1000/s' 'count = 100' >"$T/slow.ini"
    spate run "$T/slow.ini" -q -o "$T/slow.json"
    exits "0 5" "a run of slow conversations ends"
    laws "$T/slow.json"
    holds "$T/slow.json" "what is left of those cut short is shed" '.streams[0] |
        .conversations == {"started": 100, "completed": 0, "cut_short": 100, "shed": 0} and
        .kinds.p.sent == 100 and .kinds.q.shed == 200 and .sent == 100'
    slow 2s 50ms 1h 'rate = 1000/s' 'count = 100' 'open = 30' >"$T/slow.ini"
    spate run "$T/slow.ini" -q -o "$T/slow.json"
    laws "$T/slow.json"
    holds "$T/slow.json" "those beyond the limit are shed whole" '.streams[0] |
        .conversations == {"started": 30, "completed": 0, "cut_short": 30, "shed": 70} and
        .kinds.p.sent == 30 and .kinds.p.shed == 70 and .kinds.q.shed == 200'
    slow 1h 1h 400ms 'rate = 100/s' >"$T/slow.ini"
    start "$SPATE" run "$T/slow.ini" -o "$T/int.json"
    until_true under_way "$STARTED"
    sleep 1
    stop "$STARTED" INT
    same "an interrupt is told" $? 130
    laws "$T/int.json" "an interrupted run"
    holds "$T/int.json" "conversations under way are ended first" '.streams[0].conversations |
        .started > 0 and .completed == .started and .cut_short == 0'
}

# --- through a router that tracks connections --------------------------------------------------

# Each packet is counted by what the kernel takes it for.
track() {
    in_b nft -f - 2>/dev/null <<'EOF'
table ip track {
    chain forward {
        type filter hook forward priority 0; policy drop;
        ct state invalid counter drop comment "invalid"
        iifname "left" ct state new tcp flags & (fin | syn | rst | ack) == syn counter accept comment "opened"
        iifname "left" ct state new udp dport 53 counter accept comment "asked"
        ct state established counter accept comment "established"
        counter comment "other"
    }
}
EOF
}
tracked() {
    in_b nft -j list table ip track | jq '
        [.nftables[].rule? | select(.) | {(.comment): [.expr[].counter? | select(.)][0].packets}] | add'
}
through_router() {
    local what="a router that tracks connections"
    have nft || { skip "$what" "nft is not installed"; return; }
    between_up "$what"
    device_routes
    track || { skip "$what" "no connection tracking"; return; }
    # One core, so that packets reach the router in the order in which they leave both interfaces.
    spate_a run $P -i out --duration 2s --set run.pin=yes --set 'stream web.server_interface=in' -q \
        -o "$T/router.json"
    exits "0 3 5" "conversations pass a router"
    laws "$T/router.json"
    holds "$T/router.json" "every conversation is completed" '.streams[0].conversations |
        .completed == .started and .started > 1500 and .shed == 0'
    holds "$T/router.json" "the router's questions are answered" '.streams[0].answers.arp > 2'
    tracked >"$T/track.json"
    # shellcheck disable=SC2016  (jq's variables)
    if jq -e --slurpfile r "$T/router.json" '$r[0].streams[0] as $s |
        .invalid == 0 and .other == 0 and .opened == $s.kinds.syn.sent and
        .asked == $s.kinds.query.sent and .opened + .asked + .established == $s.sent' \
        "$T/track.json" >/dev/null; then
        ok "the router knows every packet's connection"
    else
        not_ok "the router knows every packet's connection" "$T/track.json"
        jq -c '.streams[0].kinds | map_values(.sent)' "$T/router.json"
    fi
}

dissect
determine
give_up
through_router
finish
