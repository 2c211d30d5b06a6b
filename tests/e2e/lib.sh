# lib: what the end-to-end scripts share. Sourced first; not executable, so that tests/run.sh
# leaves it alone. Each check prints one line: `ok - what`, `not ok - what`, `skip - what (why)`.
#
#   . tests/e2e/lib.sh
#   need "HTTP against nginx" nginx jq
#   nginx_up
#   spate run "$T/p.ini" -o "$T/r.json"      output in $T/out and $T/err, exit code in CODE
#   exits 0 "a run against nginx"
#   laws "$T/r.json"
#   holds "$T/r.json" "all were answered" '.totals.answered == 1000'
#   finish                                   exit 1 when a check failed
#
# Whatever was started with `start` ends when the shell does, each process by its id.

set -u
SPATE=${SPATE:-./spate}
T=$(mktemp -d "${TMPDIR:-/tmp}/spate-e2e.XXXXXX")
PIDS=() FAILED=0 CODE=0 LOGS=0

ok() { echo "ok - $1"; }
skip() { echo "skip - $1 ($2)"; }
# not_ok WHAT [FILE...]: with the ends of the files that tell why.
not_ok() {
    local file
    FAILED=1
    echo "not ok - $1"
    shift
    for file in "$@"; do tail -25 "$file" | cut -c1-300 | sed 's/^/    /'; done
}
# check WHAT COMMAND...: ok when the command succeeds.
check() {
    local what=$1
    shift
    if "$@" >"$T/check" 2>&1; then ok "$what"; else not_ok "$what: $*" "$T/check"; fi
}
# same WHAT A B: ok when both are the same text and there is any.
same() {
    if [ -n "$2" ] && [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: '$2' is not '$3'"; fi
}
have() { command -v "$1" >/dev/null 2>&1; }
# need WHAT TOOL...: skips the whole script when one is missing; `root` is one.
need() {
    local what=$1 tool
    shift
    for tool in "$@"; do
        if [ "$tool" = root ]; then
            [ "$(id -u)" = 0 ] || { skip "$what" "needs root"; exit 0; }
        else
            have "$tool" || { skip "$what" "$tool is not installed"; exit 0; }
        fi
    done
}

# --- processes ---------------------------------------------------------------------------------

# start COMMAND...: in the background; STARTED is its id, and $T/log leads to its output. Each has
# a file of its own, for those that were started before may still write.
start() {
    LOGS=$((LOGS + 1))
    : >"$T/log.$LOGS"
    ln -sfn "log.$LOGS" "$T/log"
    "$@" >"$T/log.$LOGS" 2>&1 &
    STARTED=$!
    PIDS+=("$STARTED")
}
# start_ready WHAT COMMAND...: until it says that it is ready.
start_ready() {
    local what=$1
    shift
    start "$@"
    until_true grep -q ready "$T/log" || { not_ok "$what starts" "$T/log"; return 1; }
}
# stop PID [SIGNAL]: ends one that was started, and waits for it; its exit code.
stop() {
    local pid left=() code
    kill -"${2:-TERM}" "$1" 2>/dev/null
    wait "$1" 2>/dev/null
    code=$?
    for pid in ${PIDS[@]+"${PIDS[@]}"}; do [ "$pid" = "$1" ] || left+=("$pid"); done
    PIDS=(${left[@]+"${left[@]}"})
    return $code
}
clean_up() {
    local pid
    for pid in ${PIDS[@]+"${PIDS[@]}"}; do
        kill -CONT "$pid" 2>/dev/null
        stop "$pid"
    done
    [ -z "${NS_A:-}${NS_B:-}" ] || veth_down
    rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
finish() { exit $FAILED; }

# until_true COMMAND...: waits for it, up to a minute: a machine may be that slow, and only a test
# that fails waits so long.
until_true() {
    local i
    for ((i = 0; i < 1200; i++)); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.05
    done
    return 1
}

# --- spate and its results ---------------------------------------------------------------------

# spate ARGS...: CODE is the exit code, 124 when it took longer than two minutes. A report of a
# sanitizer fails the script, whatever is expected of the run.
spate() { spate_by '' "$@"; }
# spate_by COMMAND ARGS...: the same through a command, such as one that enters a namespace.
spate_by() {
    local through=$1
    shift
    # shellcheck disable=SC2086  (its words)
    timeout 120 $through "$SPATE" "$@" >"$T/out" 2>"$T/err"
    CODE=$?
    no_report "$T/err" "$@"
}
# awaited PID: waits for a run that was started last, and tells of it as of one by `spate`.
awaited() {
    wait "$1"
    CODE=$?
    cp "$T/log" "$T/out"
    : >"$T/err"
    no_report "$T/log" "$1"
}
no_report() { # no_report FILE WHAT...
    grep -qE 'Sanitizer|runtime error:' "$1" || return 0
    not_ok "no sanitizer report: spate ${*:2}" "$1"
}
# exits CODES WHAT: the last run ended with one of these (apart by blanks).
exits() {
    case " $1 " in
    *" $CODE "*) ok "$2" ;;
    *) not_ok "$2: exit code $CODE, expected $1" "$T/err" "$T/out" ;;
    esac
}
# tells CODE WHAT PATTERN: exit code and one line that says so on standard error.
tells() {
    if [ "$CODE" != "$1" ]; then
        not_ok "$2: exit code $CODE, expected $1" "$T/err" "$T/out"
    elif [ "$(wc -l <"$T/err")" != 1 ] || ! grep -qE -e "$3" "$T/err"; then
        not_ok "$2: expected one line like '$3'" "$T/err"
    else
        ok "$2"
    fi
}
# holds FILE WHAT CONDITION: a condition of jq on a result.
holds() {
    if jq -e "$3" "$1" >"$T/holds" 2>&1; then
        ok "$2"
    else
        not_ok "$2: expected $3" "$T/holds"
        jq -c '(.totals | del(.latency)), .capture' "$1" 2>&1 | cut -c1-600 | sed 's/^/    /'
    fi
}
# laws FILE [OF WHAT]: both conservation laws in every part of a result, and the parts add up.
laws() {
    # shellcheck disable=SC2016  (jq's variables)
    local law='
        def lawful: .offered == .sent + .shed + .failed and
                    .sent == .answered + .timed_out + .in_flight and
                    ([.offered, .sent, .shed, .failed, .answered, .timed_out, .in_flight] | min >= 0);
        def sums($parts): . as $whole |
            all("offered", "sent", "shed", "failed", "answered", "timed_out", "bytes_sent";
                . as $key | $whole[$key] == ($parts | map(.[$key]) | add // 0));
        ([.totals, .warmup, .streams[], .streams[].kinds[], .slices[]] | all(lawful)) and
        (.streams as $s | .totals | sums($s)) and
        (.slices as $s | .totals | sums($s)) and
        (.streams | all(sums([.kinds[]])))'
    if jq -e "$law" "$1" >/dev/null 2>"$T/laws"; then
        ok "${2:-the run} obeys the laws"
    else
        not_ok "${2:-the run} obeys the laws" "$T/laws"
        jq -c '.totals, .warmup, .streams[].kinds[], .slices[] | del(.latency)' "$1" 2>&1 |
            cut -c1-300 | head -20 | sed 's/^/    /'
    fi
}

# --- others that look at what it made -----------------------------------------------------------

# shark ARGS...: tshark, which checks sums as it does not by itself; complaints in $T/shark.err.
shark() {
    tshark -n -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
        -o 'sctp.checksum:CRC 32c' "$@" 2>"$T/shark.err"
}
# shark_apart ARGS...: frame by frame, nothing put together from several.
shark_apart() {
    shark -o ip.defragment:FALSE -o ipv6.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE "$@"
}
# frames_with FILE FILTER: how many.
frames_with() { shark -r "$1" -Y "$2" | wc -l; }
# built FILE...: what is not built by `make`, as far as it is missing.
built() {
    local file
    for file in "$@"; do
        [ -x "$file" ] || make --no-print-directory "$file" >/dev/null || exit 1
    done
}

# --- servers -----------------------------------------------------------------------------------

free_port() { # a port nobody listens on now
    local port
    while port=$((20000 + RANDOM % 12000)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# under_way PID: spate's workers have been started.
under_way() { [ "$(ls "/proc/$1/task" | wc -l)" -ge 2 ]; }

# nginx_up [SERVER LINES]: one process that logs each request as a line of $LOG: connection, request
# on it, status, request line, bytes of the body. Sets PORT, URL, LOG, NGINX (its id).
nginx_up() {
    local try
    LOG=$T/access
    for try in 1 2 3; do # somebody may take the port before nginx does
        nginx_start "$@" && return 0
        kill -0 "$NGINX" 2>/dev/null && break
    done
    not_ok "nginx starts" "$T/log" "$T/nginx.error"
    exit 1
}
nginx_start() {
    PORT=$(free_port)
    URL=http://127.0.0.1:$PORT
    cat >"$T/nginx.conf" <<CONF
daemon off; master_process off; worker_processes 1; pid $T/nginx.pid; error_log $T/nginx.error;
events { worker_connections ${NGINX_CONNECTIONS:-2048}; }
http {
    log_format test '\$connection \$connection_requests \$status "\$request" \$content_length';
    access_log $LOG test;
    keepalive_requests 1000000000; keepalive_timeout 300s; client_max_body_size 100m;
    client_body_temp_path $T; proxy_temp_path $T; fastcgi_temp_path $T;
    uwsgi_temp_path $T; scgi_temp_path $T;
    server { listen 127.0.0.1:$PORT backlog=2048;
        ${1:-location / { return 200 "ok\n"; \}} }
}
CONF
    : >"$LOG"
    start nginx -p "$T" -c "$T/nginx.conf"
    NGINX=$STARTED
    until_true listens_or_died "$NGINX" "$PORT" && kill -0 "$NGINX" 2>/dev/null
}
listens_or_died() { # PID PORT: bound by nobody else, or the process would have ended
    listens "$2" && [ -e "$T/nginx.pid" ] || ! kill -0 "$1" 2>/dev/null
}
# logged COUNT: nginx writes its log without a buffer, but after the reply.
logged() { [ "$(wc -l <"$LOG")" = "$1" ]; }

# serve_up ARGS...: the embedded server; SERVE is its id, AT where its first service listens, and
# at_of tells of the others.
serve_up() {
    local arg services=0
    for arg in "$@"; do case $arg in --http | --udp | --tcp) services=$((services + 1)) ;; esac; done
    start "$SPATE" serve "$@"
    SERVE=$STARTED
    until_true says "$services" 'listens on' || { not_ok "serve starts: $*" "$T/log"; return 1; }
    AT=$(sed -n 's/^[a-z]* listens on //p' "$T/log" | head -1)
}
at_of() { sed -n "s/^$1 listens on //p" "$T/log"; }
# says COUNT PATTERN: that many lines of what was started last.
says() { [ "$(grep -c -e "$2" "$T/log")" -ge "$1" ]; }

# --- real frames -------------------------------------------------------------------------------

# wires_up WHAT: the pair of namespaces of veth.sh, or the script ends with WHAT skipped.
wires_up() {
    wires_for "$1"
    veth_up
}
# wires_for WHAT: veth.sh, for a script that ends as scripts do.
wires_for() {
    WIRES_FOR=$1
    . tests/e2e/veth.sh
    veth_traps() { :; }
    veth_skip() {
        skip "$WIRES_FOR" "$1"
        finish
    }
}
# spate_a ARGS...: like spate, from the namespace of the left end.
spate_a() { spate_by "ip netns exec $NS_A" "$@"; }
# captured_alike WHAT SOURCE COPY RESULT LONGEST: the frames of SOURCE that fit are in COPY, byte
# for byte and in order; those that do not are counted in RESULT by reason.
captured_alike() {
    local counts
    if ! build/release/tools/samecap "$2" "$3" "$5" >"$T/same" 2>&1; then
        not_ok "$1: the same frames in the same order" "$T/same"
        return
    fi
    # shellcheck disable=SC2016  (jq's variables)
    counts='$r[0].totals as $t | .same == $t.sent and .cut == ($t.errors.cut // 0) and
            .foreign_link == ($t.errors.foreign_link // 0) and .too_big == ($t.errors.too_big // 0)'
    if jq -e --slurpfile r "$4" "$counts" "$T/same" >/dev/null; then
        ok "$1: the same frames in the same order"
    else
        jq -c '.totals.errors' "$4" >>"$T/same"
        not_ok "$1: what is missing is counted" "$T/same"
    fi
}
