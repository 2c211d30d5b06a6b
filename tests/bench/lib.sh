# lib: what the rows of `make bench` share. Sourced by run.sh before each row, in a shell of
# the row's own: whatever a row starts is stopped by process id when that shell ends.
#
# A row takes SAMPLES of each contender in turns (A B C A B C ...), so that a change of the
# machine's mood hits all of them, compares their medians, and prints its line with `row`.

ROUNDS=${BENCH_ROUNDS:-3}     # samples of each contender
WINDOW=${BENCH_SECONDS:-2}    # whole seconds of each sample
BIN=${BENCH_BIN:-build/release/bench}
SPATE=${SPATE:-./spate}
CORES=$(nproc)
T=$(mktemp -d "${TMPDIR:-/tmp}/spate-bench.XXXXXX")
PIDS=()
NETNS=

# The cores of the load generator and of what it talks to, as words before a command (and not
# as a function: in the background that would be a shell, whose end would not end the command).
HERE=() THERE=()
[ "$CORES" -gt 1 ] && HERE=(taskset -c 0) THERE=(taskset -c 1)

# launch COMMAND...: in the background, as a group of its own, so that children end with it.
# Sets LAUNCHED, its process id.
launch() {
    setsid "$@" >"$T/out" 2>"$T/err" &
    LAUNCHED=$!
    PIDS+=("$LAUNCHED")
}
# stop PID: ends what was launched, and forgets it. Two seconds to go by itself.
stop() {
    local pid i left=()
    kill -- "-$1" 2>/dev/null
    for ((i = 0; i < 100; i++)); do kill -0 -- "-$1" 2>/dev/null || break; sleep 0.02; done
    kill -KILL -- "-$1" 2>/dev/null
    wait "$1" 2>/dev/null
    for pid in "${PIDS[@]}"; do [ "$pid" = "$1" ] || left+=("$pid"); done
    PIDS=("${left[@]}")
}
finish() {
    while [ ${#PIDS[@]} -gt 0 ]; do stop "${PIDS[0]}"; done
    [ -n "$NETNS" ] && ip netns del "$NETNS" 2>/dev/null
    rm -rf "$T"
}
trap finish EXIT
trap 'exit 130' INT TERM

# --- lines of the table ----------------------------------------------------------------------

# row WHAT MEASURED VALUE OP TARGET: OP is >= or <=; VALUE is what the target speaks of.
row() {
    local met=no
    awk -v v="$3" -v t="$5" -v op="$4" \
        'BEGIN { exit !(v != "" && (op == ">=" ? v + 0 >= t + 0 : v + 0 <= t + 0)) }' && met=yes
    line "$1" "$2" "${3:--}" "$4 $5" "$met"
}
# fact WHAT MEASURED [VALUE]: a line without a target, for comparison.
fact() { line "$1" "$2" "${3:--}" "-" "-"; }
# absent WHAT WHY: the row could not be measured.
absent() { line "$1" "$2" "-" "-" "not measured"; }
line() { (IFS=$'\t'; printf '%s\n' "$*"); }

# --- what there is ---------------------------------------------------------------------------

have() { command -v "$1" >/dev/null 2>&1; }
have_spate() { [ -x "$SPATE" ]; }
# need WHAT TOOL...: false, after an `absent` line, when one is missing.
need() {
    local what=$1 tool; shift
    for tool in "$@"; do
        case $tool in
        root) [ "$(id -u)" = 0 ] || { absent "$what" "needs root, for a veth pair"; return 1; } ;;
        spate) have_spate || { absent "$what" "$SPATE is not built"; return 1; } ;;
        */*) [ -x "$tool" ] || { absent "$what" "$tool is not built"; return 1; } ;;
        *) have "$tool" || { absent "$what" "$tool is not installed"; return 1; } ;;
        esac
    done
}

# --- samples ---------------------------------------------------------------------------------

# sample NAME VALUE; an empty value is a failed measurement and is not kept.
sample() { [ -z "$2" ] || echo "$2" >>"$T/$1.samples"; }
median() { middle 2>/dev/null <"$T/$1.samples"; }
middle() {
    sort -g | awk '{ v[NR] = $1 } END {
        if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
# rounds FUNCTION...: each in turn, ROUNDS times.
rounds() {
    local i f
    for ((i = 0; i < ROUNDS; i++)); do for f in "$@"; do "$f"; done; done
}
# calc EXPRESSION [DIGITS]: empty when an operand is missing.
calc() { awk "BEGIN { printf \"%.${2:-3}f\", $1 }" 2>/dev/null; }
# ratio A B: the median of the ratios of samples taken in the same round; empty when there are
# none.
ratio() {
    local r
    r=$(paste "$T/$1.samples" "$T/$2.samples" 2>/dev/null |
        awk -F'\t' '$1 != "" && $2 + 0 > 0 { print $1 / $2 }' | middle)
    [ -z "$r" ] || calc "$r"
}
# show NAME SCALE UNIT: a median for people, "-" when there is none.
show() {
    local v; v=$(median "$1")
    if [ -n "$v" ]; then printf '%s %s' "$(calc "$v / $2" 2)" "$3"; else printf -- -; fi
}

# cost COMMAND...: runs it on the first core, output in $T/out; sets CPU_US, PEAK_KIB, WALL_US.
cost() {
    local status
    rm -f "$T/usage"
    "${HERE[@]}" "$BIN/usage" "$T/usage" "$@" >"$T/out" 2>"$T/err"
    status=$?
    read -r CPU_US PEAK_KIB WALL_US <"$T/usage"
    return $status
}
# field JSON-PATH [FILE]: a number of a result file, empty when it is not there.
field() { jq -r "$1 // empty" "${2:-$T/r.json}" 2>/dev/null; }

# --- a server --------------------------------------------------------------------------------

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}
# nginx_up: one worker on the second core, a constant reply, no log, NGINX_CONNECTIONS at most. Sets
# PORT and URL.
nginx_up() {
    local i
    PORT=$(free_port)
    URL=http://127.0.0.1:$PORT/
    mkdir -p "$T/nginx"
    cat >"$T/nginx/conf" <<CONF
daemon off; master_process off; worker_processes 1; pid $T/nginx/pid; error_log $T/nginx/error;
events { worker_connections ${NGINX_CONNECTIONS:-4096}; }
http {
    access_log off; keepalive_requests 1000000000; keepalive_timeout 300s;
    client_body_temp_path $T/nginx; proxy_temp_path $T/nginx; fastcgi_temp_path $T/nginx;
    uwsgi_temp_path $T/nginx; scgi_temp_path $T/nginx;
    server { listen 127.0.0.1:$PORT backlog=4096; location / { return 200 "ok\n"; } }
}
CONF
    launch "${THERE[@]}" nginx -c "$T/nginx/conf" -p "$T/nginx"
    for ((i = 0; i < 100; i++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null && return
        sleep 0.02
    done
    return 1
}

# --- a wire ----------------------------------------------------------------------------------

# veth_up: a pair, its far end in a namespace of its own, with a queue for each core as a card has.
# Sets DEV, PEER, NETNS.
veth_up() {
    local queues="numtxqueues $CORES numrxqueues $CORES"
    NETNS=spate-bench-$$-$BASHPID DEV=sb$BASHPID PEER=peer
    # shellcheck disable=SC2086  (words)
    ip netns add "$NETNS" &&
        ip link add "$DEV" $queues type veth peer name "$PEER" netns "$NETNS" $queues ||
        return 1
    echo 1 2>/dev/null >"/proc/sys/net/ipv6/conf/$DEV/disable_ipv6"
    ip netns exec "$NETNS" sh -c "echo 1 >/proc/sys/net/ipv6/conf/$PEER/disable_ipv6" 2>/dev/null
    ip -n "$NETNS" link set "$PEER" up
    ip link set "$DEV" up
}
now_us() { echo "${EPOCHREALTIME/[.,]/}"; }
# tx_count: frames that have left through DEV; a row whose device is elsewhere has its own.
tx_count() { echo "$(<"/sys/class/net/$DEV/statistics/tx_packets")"; }
# tx_rate NAME COMMAND...: a sample: frames per second that leave through DEV while the command runs,
# by the kernel's count, whatever the command says of itself.
tx_rate() {
    local name=$1 pid n0 n1 t0 t1; shift
    launch "$@"
    pid=$LAUNCHED
    sleep 0.4
    n0=$(tx_count) t0=$(now_us)
    sleep "$WINDOW"
    n1=$(tx_count) t1=$(now_us)
    if kill -0 "$pid" 2>/dev/null && [ "$n1" -gt "$n0" ]; then
        sample "$name" "$(calc "($n1 - $n0) * 1e6 / ($t1 - $t0)" 0)"
    fi
    stop "$pid"
}
