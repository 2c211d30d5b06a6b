# HTTP/1.1 in a closed loop from one core against nginx on the other: CPU time of the client for
# each request, by the kernel's books.
what="HTTP closed loop, CPU time"
need "$what" nginx "$BIN/usage" "$BIN/bare_http" || return 0
nginx_up || { absent "$what" "nginx did not start"; return 0; }
USERS=32

cat >"$T/closed.ini" <<INI
[target]
url = $URL
[stream web]
users = $USERS
send  = get
[request get]
path   = /
expect = status 200
INI

# per_request NAME REQUESTS: a sample from what `cost` measured.
per_request() { [ "${2:-0}" -gt 0 ] && sample "$1" "$(calc "$CPU_US / $2")"; }
bare() { cost "$BIN/bare_http" "$PORT" "$USERS" "$WINDOW" && per_request bare "$(<"$T/out")"; }
spate() {
    cost "$SPATE" run -q "$T/closed.ini" --duration "${WINDOW}s" -o "$T/r.json" &&
        per_request spate "$(field .totals.answered)"
}
wrk_() {
    cost wrk -t1 -c"$USERS" -d"${WINDOW}s" "$URL" &&
        per_request wrk "$(awk '/requests in/ { print $1 }' "$T/out")"
}
h2load_() {
    cost h2load --h1 -t1 -c"$USERS" -D"$WINDOW" "$URL" &&
        per_request h2load "$(sed -n 's/^requests: .* \([0-9]*\) succeeded.*/\1/p' "$T/out")"
}
hey_() {
    cost hey -cpus 1 -c "$USERS" -z "${WINDOW}s" "$URL" &&
        per_request hey "$(awk '/responses$/ { n += $2 } END { print n }' "$T/out")"
}

contenders=(bare)
have_spate && contenders+=(spate)
have wrk && contenders+=(wrk_)
have h2load && contenders+=(h2load_)
have hey && contenders+=(hey_)
rounds "${contenders[@]}"

for pair in "bare:bare epoll loop:1.1" "wrk:wrk:1" "h2load:h2load:" "hey:hey:"; do
    IFS=: read -r name label target <<<"$pair"
    label="$what: spate / $label" measured="$(show spate 1 us) / $(show "$name" 1 us)"
    if [ -z "$(median spate)" ] || [ -z "$(median "$name")" ]; then absent "$label" "$measured"
    elif [ -n "$target" ]; then row "$label" "$measured" "$(ratio spate "$name")" "<=" "$target"
    else fact "$label" "$measured" "$(ratio spate "$name")"
    fi
done
