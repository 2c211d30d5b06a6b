# The embedded target beside nginx under the same load: CPU time of the server for each request.
what="serve, CPU time of the server"
need "$what" spate nginx "$BIN/usage" "$BIN/bare_http" || return 0
USERS=32

# load NAME PORT PID: a sample of what the server PID used while the bare client asked.
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
load() {
    local before after replies
    before=$(ticks "$3")
    replies=$("${HERE[@]}" "$BIN/bare_http" "$2" "$USERS" "$WINDOW" 2>"$T/err")
    after=$(ticks "$3")
    [ "${replies:-0}" -gt 0 ] &&
        sample "$1" "$(calc "($after - $before) * 1e6 / $(getconf CLK_TCK) / $replies")"
}
nginx_up || { absent "$what" "nginx did not start"; return 0; }
nginx_port=$PORT nginx_pid=$LAUNCHED
serve_port=$(free_port)
launch "${THERE[@]}" "$SPATE" serve --http "127.0.0.1:$serve_port"
serve_pid=$LAUNCHED
sleep 0.3
of_nginx() { load nginx "$nginx_port" "$nginx_pid"; }
of_serve() { load serve "$serve_port" "$serve_pid"; }
rounds of_nginx of_serve
fact "$what: serve / nginx" "$(show serve 1 us) / $(show nginx 1 us)" "$(ratio serve nginx)"
