# Live replay from one core against nginx on the other: requests per second as fast as replies allow,
# CPU time for each beside wrk's for the same request, and memory while ten thousand connections are
# open. The captures are made, not recorded, so that they are the same everywhere.
what="live replay"
need "$what" nginx spate jq "$BIN/usage" || return 0
TALKS=10000
ulimit -n $((TALKS + 2000)) 2>/dev/null || TALKS=$(($(ulimit -n) - 100))
NGINX_CONNECTIONS=$((TALKS + 1000))
nginx_up || { absent "$what" "nginx did not start"; return 0; }

# talks NAME CONNECTIONS REQUESTS PAUSE: a capture of as many connections, begun within half a second,
# whose requests are so far apart.
talks() {
    local i
    {
        cat <<INI
[stream talks]
wire  = null
rate  = $(($2 * 2))/s
count = $2
[packet syn]
layers    = eth / ipv4 / tcp
ipv4.src  = permute(198.18.0.0/16)
ipv4.dst  = 198.19.0.1
tcp.sport = 40000
tcp.dport = 80
tcp.flags = syn
[packet synack]
reverse   = syn
tcp.flags = syn+ack
[packet ack]
like      = syn
tcp.flags = ack
[packet get]
like         = ack
payload.text = GET / HTTP/1.1\${"\r\n"}Host: 127.0.0.1\${"\r\n\r\n"}
[packet ok]
reverse      = ack
payload.text = HTTP/1.1 200 OK\${"\r\n"}Content-Length: 3\${"\r\n\r\n"}ok\${"\n"}
[packet fin]
like      = syn
tcp.flags = fin+ack
[packet finack]
reverse   = fin
[conversation visit]
step = client syn
step = server synack
step = client ack
INI
        for ((i = 0; i < $3; i++)); do printf 'step = client get after %s\nstep = server ok\n' "$4"; done
        printf 'step = client fin after %s\nstep = server finack\nstep = client ack\n' "$4"
    } >"$T/$1.ini"
    "$SPATE" gen "$T/$1.ini" -n "$2" -w "$T/$1.pcap" >/dev/null 2>"$T/err"
}
# replayed NAME REQUESTS ARGS...: whether all of them were answered, and as recorded.
replayed() {
    local name=$1 requests=$2
    shift 2
    cost "$SPATE" replay -q "$T/$name.pcap" --target "$URL" --set run.capture=off -o "$T/r.json" "$@"
    [ "$(field '.totals | select(.differences == {}) | .answered')" = "$requests" ]
}

# --- speed -------------------------------------------------------------------------------------

USERS=32 EACH=$((WINDOW * 1000))
talks busy $USERS $EACH 1us
spate() {
    replayed busy $((USERS * EACH)) --rate max || return
    sample spate "$(calc "$CPU_US / ($USERS * $EACH)")"
    sample spate-rate "$(field .totals.rate.achieved)"
}
wrk_() {
    local n
    cost wrk -t1 -c$USERS -d"${WINDOW}s" "$URL" || return
    n=$(awk '/requests in/ { print $1 }' "$T/out")
    sample wrk "$(calc "$CPU_US / $n")"
    sample wrk-rate "$(awk '/^Requests\/sec/ { print $2 }' "$T/out")"
}
rounds spate $(have wrk && echo wrk_)
if [ -z "$(median spate)" ]; then
    absent "$what: CPU time" "the replies were not as recorded"
elif [ -z "$(median wrk)" ]; then
    fact "$what: CPU time" "$(show spate 1 us)"
    fact "$what: requests" "$(show spate-rate 1e3 k/s)"
else
    fact "$what: CPU time, spate / wrk" "$(show spate 1 us) / $(show wrk 1 us)" "$(ratio spate wrk)"
    fact "$what: requests, spate / wrk" "$(show spate-rate 1e3 k/s) / $(show wrk-rate 1e3 k/s)" \
        "$(ratio spate-rate wrk-rate)"
fi

# --- memory ------------------------------------------------------------------------------------

talks wide $TALKS 2 1.5s
if replayed wide $((2 * TALKS)); then
    fact "$what: memory, $TALKS connections at a time" "$(calc "$PEAK_KIB / 1024" 1) MiB"
else
    absent "$what: memory, $TALKS connections at a time" "the replies were not as recorded"
fi
