#!/usr/bin/env bash
# Every shipped profile: it compiles, it makes the same units whoever makes them, and it runs.
# Requests go to `spate serve`, redis-server and unbound on loopback, packets across a veth pair
# between two network namespaces. Latency gates may fail on a busy machine; errors may not happen.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "profiles" jq

# ran WHAT CODE CONDITION: the run told its laws and counts truly, and CONDITION (jq) holds.
ran() {
    local laws='(.totals | .sent > 0 and .offered == .sent + .shed + .failed and
                 .sent == .answered + .timed_out + .in_flight) and
                ([.slices[].answered] | add) == .totals.answered and
                ([.slices[].latency.wire.count // 0] | add) == (.totals.latency.wire.count // 0)'
    case $2 in
    0 | 3 | 5) ;;
    *) not_ok "$1: exit code $2" "$T/out"; return ;;
    esac
    holds "$T/result.json" "$1" "($laws) and ($3)"
}
all_good='.complete and .totals.errors == {} and .totals.answered == .totals.sent'

# run_profile NAME CONDITION ARGS...
run_profile() {
    local name=$1 condition=$2
    shift 2
    "$SPATE" run "profiles/$name.ini" -o "$T/result.json" "$@" >"$T/out" 2>&1
    ran "$name runs" $? "$condition"
}

compile_all() {
    local p name one three
    for p in profiles/*.ini; do
        name=$(basename "$p" .ini)
        if "$SPATE" check "$p" >"$T/out" 2>&1; then ok "$name compiles"; else not_ok "$name compiles" "$T/out"; fi
        case $name in serve | replay | live) continue ;; esac # these make no units
        one=$("$SPATE" gen "$p" -n 5000 --hash 2>"$T/out")
        three=$("$SPATE" gen "$p" -n 5000 --hash --workers 3 2>>"$T/out")
        if [ -n "$one" ] && [ "$one" = "$three" ]; then
            ok "$name makes the same units with one worker and three"
        else
            not_ok "$name makes different units: '$one', '$three'" "$T/out"
        fi
    done
}

http_profiles() {
    local name
    serve_up --http 127.0.0.1:0 --size 0..4KiB || return
    for name in http http-capacity http-spike soak api-gate; do
        run_profile $name "$all_good" --target "http://$AT/" --duration 1s --set run.warmup=0s
    done
    check "users take the place of a profile's rate and connections" "$SPATE" check profiles/http.ini --users 4
    run_profile http "$all_good and .totals.sent == 2000" --target "http://$AT/" --rate 2000/s \
        --duration 1s
    run_profile live ".complete and .totals.failed == 0 and .totals.sent > 10" --target "http://$AT/"
    stop "$STARTED"
    for name in shop demo; do
        serve_up profiles/$name.ini --http 127.0.0.1:0 || return
        run_profile $name "$all_good" --target "http://$AT/" --duration 1s --set run.warmup=0s
        stop "$STARTED"
    done
    serve_up profiles/serve.ini --http 127.0.0.1:0 --udp 127.0.0.1:0 --tcp 127.0.0.1:0 || return
    AT=$(at_of http)
    "$SPATE" run profiles/http.ini --target "http://$AT/" --rate 200/s --duration 2s \
        -o "$T/result.json" >"$T/out" 2>&1
    ran "serve fails as it says" $? '.totals.errors.unexpected_status > 0 and
        (.totals.status | has("503")) and (.gates[0].verdict == "fail")'
    stop "$SERVE"
}

redis_profile() {
    local port
    have redis-server || { skip "redis runs" "redis-server is not installed"; return; }
    port=$(free_port)
    start redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$T"
    until_true listens "$port" || { not_ok "redis starts" "$T/log"; return; }
    run_profile redis "$all_good and .totals.status == {\"0\": .totals.answered}" --target "redis://127.0.0.1:$port" --rate 2000/s --duration 1s \
        --set run.warmup=0s
    stop "$STARTED"
}

dns_profile() {
    local port
    have unbound || { skip "dns-resolver runs" "unbound is not installed"; return; }
    port=$(free_port)
    cat >"$T/unbound.conf" <<END
server:
    interface: 127.0.0.1
    port: $port
    so-rcvbuf: 4m
    do-daemonize: no
    use-syslog: no
    username: ""
    chroot: ""
    directory: "$T"
    pidfile: ""
    local-zone: "example.com." redirect
    local-data: "example.com. A 198.18.0.7"
    local-data: "example.com. AAAA 2001:2::7"
    local-zone: "invalid." always_nxdomain
END
    start unbound -c "$T/unbound.conf"
    until_true listens "$port" || { not_ok "unbound starts" "$T/log"; return; }
    run_profile dns-resolver "$all_good and .totals.status[\"3\"] > 0 and .totals.status[\"0\"] + .totals.status[\"3\"] == .totals.answered" --target "dns://127.0.0.1:$port" \
        --duration 1s --set run.warmup=0s
    stop "$STARTED"
}

# A: 198.18.0.1, B: 198.19.0.1, which answers for the whole of 198.19.0.0/24.
packet_profiles() {
    local name
    wires_up "profiles of packets"
    in_b ip route add local 198.19.0.0/24 dev lo
    for name in dns-mix imix ipv6; do
        in_a "$SPATE" run profiles/$name.ini -i "$DEV_A" --rate 2000/s --duration 1s \
            -o "$T/result.json" >"$T/out" 2>&1
        ran "$name runs" $? "$all_good and (.totals.latency | keys) == [\"lateness\"]"
    done
    in_a "$SPATE" run profiles/replay.ini -i "$DEV_A" --set 'stream trace.speed=20x' \
        --set 'stream trace.loop=2' -o "$T/result.json" >"$T/out" 2>&1
    ran "replay runs" $? "$all_good and .totals.sent == 600"
    in_a "$SPATE" run profiles/clones.ini -i "$DEV_A" --rate 200/s --duration 1s \
        -o "$T/result.json" >"$T/out" 2>&1
    ran "clones runs" $? "$all_good and (.streams[0].conversations | .completed == .started)"

    start ip netns exec "$NS_B" "$SPATE" serve --udp 198.19.0.1:7 --http 198.19.0.1:80
    until_true says 2 'listens on' || not_ok "serve starts" "$T/log"
    for name in udp-echo syn; do
        in_a "$SPATE" run profiles/$name.ini -i "$DEV_A" --rate 500/s --duration 1s \
            -o "$T/result.json" >"$T/out" 2>&1
        ran "$name runs" $? "$all_good and .capture.matched == .totals.sent"
    done
    in_a "$SPATE" run profiles/ping-sweep.ini -i "$DEV_A" --rate 200/s -o "$T/result.json" >"$T/out" 2>&1
    ran "ping-sweep runs" $? "$all_good and .totals.answered == 254"

    in_a ip link add near type veth peer name far
    in_a ip link set near up
    in_a ip link set far up
    in_a "$SPATE" run profiles/through.ini -i near --set 'stream probe.receive=far' --rate 1000/s \
        --duration 1s -o "$T/result.json" >"$T/out" 2>&1
    ran "through runs" $? "$all_good and .capture.matched == 1000 and .totals.reordered == 0"
    in_a "$SPATE" run profiles/flows.ini -i near --set 'stream clients.receive=far' --rate 1000/s \
        --duration 1s -o "$T/result.json" >"$T/out" 2>&1
    ran "flows runs" $? "$all_good and (.streams[0].flows | .sent == 1000 and .lost == 0 and
        .number == 200000 and .with_packets > 100)"
    rfc2544_profiles
}

# From `near` to `far`, which are joined: nothing is lost, whatever the size of the frames.
rfc2544_profiles() {
    local size
    rfc2544() { # NAME WHAT CONDITION ARGS...
        local name=rfc2544-$1 what=$2 condition=$3
        shift 3
        in_a "$SPATE" run "profiles/$name.ini" -i near --set 'stream trial.receive=far' \
            --set run.warmup=0s --timeout 300ms -o "$T/result.json" "$@" >"$T/out" 2>&1
        ran "$name runs${what:+ $what}" $? "$all_good and $condition"
    }
    for size in 60 508 1514; do
        rfc2544 throughput "with frames of $((size + 4)) bytes" \
            ".totals.sent == 1000 and .totals.bytes_sent == 1000 * $size and .streams[0].gaps.count == 999" \
            --set "packet frame.size=$size" --rate 1000/s --duration 1s
    done
    # 84 bytes at layer 1; a veth pair calls itself 10 Gbit/s
    rfc2544 throughput "at a rate in bits" '.totals.sent == 1000' --rate 672kbit/s --duration 1s
    rfc2544 loss "at a percentage of the link" '.totals.sent == 1489' --rate 0.01% --duration 1s
    rfc2544 latency "" '.totals.latency.service.count == 500' --rate 500/s --duration 1s --pacing sleep
    rfc2544 back-to-back "" '.totals.sent == 200' --rate 'burst(50, every=250ms, gap=6720ns) for 1s'
}

compile_all
http_profiles
redis_profile
dns_profile
packet_profiles
finish
