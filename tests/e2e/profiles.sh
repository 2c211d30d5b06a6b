#!/usr/bin/env bash
# Every shipped profile: it compiles, it makes the same units whoever makes them, and it runs.
# Requests go to `spate serve`, redis-server and unbound on loopback, packets across a veth pair
# between two network namespaces. Latency gates may fail on a busy machine; errors may not happen.
set -u
cd "$(dirname "$0")/../.." || exit 2
spate=${SPATE:-./spate}
t=$(mktemp -d)
failed=0 pids=()

cleanup() {
    local p
    for p in ${pids[@]+"${pids[@]}"}; do kill "$p" 2>/dev/null && wait "$p" 2>/dev/null; done
    rm -rf "$t"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

ok() { echo "ok - $1"; }
skip() { echo "skip - $1 ($2)"; }
not_ok() {
    failed=1
    echo "not ok - $1"
    [ -n "${2:-}" ] && sed 's/^/    /' "$2" | tail -30
}
have() { command -v "$1" >/dev/null; }

# serve ARGS...: starts the embedded server; $at is where its HTTP, or else its first service, is.
serve() {
    : >"$t/serve"
    "$@" >"$t/serve" 2>&1 &
    pids+=($!)
    local _
    for _ in $(seq 100); do
        at=$(sed -n 's/^[a-z]* listens on //p' "$t/serve" | head -1)
        [ -n "$at" ] && return 0
        sleep 0.05
    done
    not_ok "server: $*" "$t/serve"
    return 1
}
stop_last() {
    local p=${pids[-1]}
    unset 'pids[-1]'
    kill "$p" 2>/dev/null
    wait "$p" 2>/dev/null
}

# ran WHAT CODE CONDITION: the run told its laws and counts truly, and CONDITION (jq) holds.
ran() {
    local laws='(.totals | .sent > 0 and .offered == .sent + .shed + .failed and
                 .sent == .answered + .timed_out + .in_flight) and
                ([.slices[].answered] | add) == .totals.answered and
                ([.slices[].latency.wire.count // 0] | add) == (.totals.latency.wire.count // 0)'
    case $2 in
    0 | 3 | 5) ;;
    *) not_ok "$1: exit code $2" "$t/out"; return ;;
    esac
    if jq -e "($laws) and ($3)" "$t/result.json" >/dev/null; then
        ok "$1"
    else
        not_ok "$1: expected $3" "$t/out"
    fi
}
all_good='.complete and .totals.errors == {} and .totals.answered == .totals.sent'

# run_profile NAME CONDITION ARGS...
run_profile() {
    local name=$1 condition=$2
    shift 2
    "$spate" run "profiles/$name.ini" -o "$t/result.json" "$@" >"$t/out" 2>&1
    ran "$name runs" $? "$condition"
}

compile_all() {
    local p name one three
    for p in profiles/*.ini; do
        name=$(basename "$p" .ini)
        if "$spate" check "$p" >"$t/out" 2>&1; then ok "$name compiles"; else not_ok "$name compiles" "$t/out"; fi
        case $name in serve | replay) continue ;; esac # these make no units
        one=$("$spate" gen "$p" -n 5000 --hash 2>"$t/out")
        three=$("$spate" gen "$p" -n 5000 --hash --workers 3 2>>"$t/out")
        if [ -n "$one" ] && [ "$one" = "$three" ]; then
            ok "$name makes the same units with one worker and three"
        else
            not_ok "$name makes different units: '$one', '$three'" "$t/out"
        fi
    done
}

http_profiles() {
    local name
    serve "$spate" serve --http 127.0.0.1:0 --size 0..4KiB || return
    for name in http http-capacity http-spike soak api-gate; do
        run_profile $name "$all_good" --target "http://$at/" --duration 2s --set run.warmup=0s
    done
    run_profile http "$all_good and .totals.sent == 4000" --target "http://$at/" --rate 2000/s \
        --duration 2s
    stop_last
    for name in shop demo; do
        serve "$spate" serve profiles/$name.ini --http 127.0.0.1:0 || return
        run_profile $name "$all_good" --target "http://$at/" --duration 3s --set run.warmup=0s
        stop_last
    done
    serve "$spate" serve profiles/serve.ini --http 127.0.0.1:0 --udp 127.0.0.1:0 --tcp 127.0.0.1:0 ||
        return
    at=$(sed -n 's/^http listens on //p' "$t/serve")
    "$spate" run profiles/http.ini --target "http://$at/" --rate 200/s --duration 2s \
        -o "$t/result.json" >"$t/out" 2>&1
    ran "serve fails as it says" $? '.totals.errors.unexpected_status > 0 and
        (.totals.status | has("503")) and (.gates[0].verdict == "fail")'
    stop_last
}

free_port() { # a port nobody listens on now
    local p
    while p=$((20000 + RANDOM % 10000)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo $p; return; }
    done
}
wait_for() { # wait_for PORT: until somebody listens there
    local _
    for _ in $(seq 100); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
        sleep 0.05
    done
    return 1
}

redis_profile() {
    local port
    have redis-server || { skip "redis runs" "redis-server is not installed"; return; }
    port=$(free_port)
    redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$t" >"$t/redis" 2>&1 &
    pids+=($!)
    wait_for "$port" || { not_ok "redis starts" "$t/redis"; return; }
    run_profile redis "$all_good" --target "redis://127.0.0.1:$port" --rate 2000/s --duration 2s \
        --set run.warmup=0s
    stop_last
}

dns_profile() {
    local port
    have unbound || { skip "dns-resolver runs" "unbound is not installed"; return; }
    port=$(free_port)
    cat >"$t/unbound.conf" <<END
server:
    interface: 127.0.0.1
    port: $port
    do-daemonize: no
    use-syslog: no
    username: ""
    chroot: ""
    directory: "$t"
    pidfile: ""
    local-zone: "example.com." redirect
    local-data: "example.com. A 198.18.0.7"
    local-data: "example.com. AAAA 2001:2::7"
    local-zone: "invalid." always_nxdomain
END
    unbound -c "$t/unbound.conf" >"$t/unbound" 2>&1 &
    pids+=($!)
    wait_for "$port" || { not_ok "unbound starts" "$t/unbound"; return; }
    run_profile dns-resolver "$all_good and .totals.status[\"3\"] > 0" --target "dns://127.0.0.1:$port" \
        --duration 2s --set run.warmup=0s
    stop_last
}

# In a shell of its own, for the namespaces' trap. A: 198.18.0.1, B: 198.19.0.1, which answers
# for the whole of 198.19.0.0/24.
packet_profiles() (
    local name
    . tests/e2e/veth.sh
    veth_up
    in_b ip route add local 198.19.0.0/24 dev lo
    for name in dns-mix imix ipv6; do
        in_a "$spate" run profiles/$name.ini -i "$DEV_A" --rate 2000/s --duration 1s \
            -o "$t/result.json" >"$t/out" 2>&1
        ran "$name runs" $? "$all_good and (.totals.latency | keys) == [\"lateness\"]"
    done
    in_a "$spate" run profiles/replay.ini -i "$DEV_A" --set 'stream trace.speed=20x' \
        --set 'stream trace.loop=2' -o "$t/result.json" >"$t/out" 2>&1
    ran "replay runs" $? "$all_good and .totals.sent == 600"

    ip netns exec "$NS_B" "$spate" serve --udp 198.19.0.1:7 --http 198.19.0.1:80 >"$t/serve" 2>&1 &
    sleep 0.5
    for name in udp-echo syn; do
        in_a "$spate" run profiles/$name.ini -i "$DEV_A" --rate 500/s --duration 2s \
            -o "$t/result.json" >"$t/out" 2>&1
        ran "$name runs" $? "$all_good and .capture.matched == .totals.sent"
    done
    in_a "$spate" run profiles/ping-sweep.ini -i "$DEV_A" --rate 200/s -o "$t/result.json" >"$t/out" 2>&1
    ran "ping-sweep runs" $? "$all_good and .totals.answered == 254"

    in_a ip link add near type veth peer name far
    in_a ip link set near up
    in_a ip link set far up
    in_a "$spate" run profiles/through.ini -i near --set 'stream probe.receive=far' --rate 1000/s \
        --duration 1s -o "$t/result.json" >"$t/out" 2>&1
    ran "through runs" $? "$all_good and .capture.matched == 1000 and .totals.reordered == 0"
    exit $failed
)

have jq || { skip "profiles" "jq is not installed"; exit 0; }
compile_all
http_profiles
redis_profile
dns_profile
packet_profiles
case $? in
0) ;;
77) skip "packet profiles run" "no network namespaces here" ;;
*) failed=1 ;;
esac
exit $failed
