# Response time and offered rate of an open loop of 1,000 requests/s against nginx.
what="response mean at 1,000/s"
need "$what" nginx spate jq || return 0
nginx_up || { absent "$what" "nginx did not start"; return 0; }
cat >"$T/open.ini" <<INI
[target]
url = $URL
[stream web]
rate        = 1000/s
send        = get
connections = 16
[request get]
path = /
INI

# The worst whole second's share by which it missed the plan.
worst='[.slices[] | select(.length_s > 0.99) | (.offered / .length_s / 1000 - 1) | fabs] | max'
open() {
    "${HERE[@]}" "$SPATE" run -q "$T/open.ini" --duration "$((WINDOW + 2))s" -o "$T/r.json" \
        >"$T/out" 2>"$T/err"
    sample mean "$(field .totals.latency.response.mean_ns)"
    sample service "$(field .totals.latency.service.mean_ns)"
    sample rate "$(field '(.totals.rate.achieved / .totals.rate.planned - 1) | fabs * 100')"
    sample second "$(field "($worst) * 100")"
}
rounds open
row "$what" "$(show mean 1e6 ms), service $(show service 1e6 ms)" "$(calc "$(median mean) / 1e6")" "<=" 0.12
percent() { printf '%.4f %%' "$(median "$1")"; }
row "rate off the plan, whole run" "$(percent rate)" "$(median rate)" "<=" 0.01
row "rate off the plan, worst second" "$(percent second)" "$(median second)" "<=" 0.1
