#!/usr/bin/env bash
# Gates, exit codes and reports: what a build server sees of a run.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "gates" jq python3

serve_up --http 127.0.0.1:0 --status '200:9, 503:1' --delay 3ms --size 100 || finish
# profile GATES...: 300 requests, of which a tenth are answered with 503; one line for each gate.
profile() {
    cat >"$T/p.ini" <<END
[run]
duration = 250ms
[target]
url = http://$AT/
[stream web]
rate = 1200/s
[request page]
expect = status 200
[gates]
END
    printf '%s\n' "$@" >>"$T/p.ini"
}
# gate WHAT CODE VERDICT CONDITION [ARGS...]
gate() {
    local what=$1 code=$2 verdict=$3
    profile "the gate = $4"
    shift 4
    rm -f "$T/r.json"
    spate run "$T/p.ini" -o "$T/r.json" "$@"
    exits "$code" "$what: exit code $code"
    holds "$T/r.json" "$what: $verdict" ".gates[0].verdict == \"$verdict\" and .gates[0].name == \"the gate\""
}
# A busy machine may make any run of these invalid (5), but never turn a verdict around.
gate "errors below" "0 5" pass "errors < 50%"
gate "errors above" "3 5" fail "errors < 1%"
gate "latency below" "0 5" pass "p50 < 5s"
gate "latency above" "3 5" fail "p99 < 1ms"
gate "mean service of a stream" "0 5" pass "mean service of web < 5s"
gate "the longest of a kind" "3 5" fail "max of page < 1us"
gate "status codes" "3 5" fail "status 500..599 < 1%"
gate "status codes that did not come" "0 5" pass "status 404 < 1%"
# Longer, for a rate is what may suffer from a machine that stands still.
gate "the rate" "0 5" pass "rate > 50%" --rate 300/s --duration 1s
gate "the rate in units" "3 5" fail "rate > 1000/s" --rate 300/s --duration 1s
gate "throughput" "3 5" fail "throughput received > 10Gbit/s"
gate "answers counted" "0 5" pass "answered >= 300"
gate "a percentile of too few" 5 nodata "p99.99 < 5s"
gate "nothing that could be judged" 5 nodata "loss < 1%" --set run.capture=off
profile "a = errors < 50%" "b = p99 < 1us" "c = p50 < 5s"
spate run "$T/p.ini" -o "$T/r.json"
exits "3 5" "one of three fails"
holds "$T/r.json" "one of three fails: each has its verdict" \
    '[.gates[].verdict] == ["pass", "fail", "pass"]'
profile "a = errors < 50%" "b = latency of nobody < 1ms" "c = p99 < 5MB"
spate run "$T/p.ini"
exits 2 "gates that say nothing"
[ "$(wc -l <"$T/err")" = 2 ] && ok "gates that say nothing: both are told" ||
    not_ok "gates that say nothing: both are told" "$T/err"
profile "a = errors < 50%"
spate run "$T/p.ini" --target "http://127.0.0.1:$(free_port)/" -o "$T/r.json"
exits 1 "a failed run is no failed gate"

# A generator that cannot keep its own plan: stopped for a quarter of the run by the test itself.
profile "a = errors < 50%"
start "$SPATE" run "$T/p.ini" --duration 4s --rate 200/s -o "$T/r.json"
until_true under_way "$STARTED"
sleep 0.2
kill -STOP "$STARTED"
sleep 1
kill -CONT "$STARTED"
awaited "$STARTED"
exits 5 "a generator that stood still itself: exit code 5"
holds "$T/r.json" "a generator that stood still itself: why" \
    '.valid == false and (.invalid_because[0] | test("generator itself was late"))'
laws "$T/r.json" "a generator that stood still: the run"

# --- reports -----------------------------------------------------------------------------------

profile "fine & <good> \"quoted\" = errors < 50%" "bad = p99 < 1us"
formats="json md xml csv html prom hlog txt"
outputs=()
for f in $formats; do outputs+=(-o "$T/r.$f"); done
spate run "$T/p.ini" "${outputs[@]}" --duration 1s
exits "3 5" "all reports at once"
for f in $formats; do
    [ -s "$T/r.$f" ] && ok "a report: $f" || not_ok "a report: $f"
    spate report "$T/r.json" -o "$T/again.$f" -q
    exits 0 "spate report: $f"
    check "spate report: the same $f again" cmp "$T/r.$f" "$T/again.$f"
done
spate report "$T/r.json"
check "spate report: the text" cmp "$T/out" "$T/r.txt"
spate report "$T/r.json" -f json
check "spate report: JSON to standard output" cmp "$T/out" "$T/r.json"
check "junit is XML, with a failure for each gate that failed" python3 - "$T/r.xml" <<'PY'
import sys, xml.etree.ElementTree as x
root = x.parse(sys.argv[1]).getroot()
names = [c.get("name") for c in root.iter("testcase")]
assert any("fine & <good> \"quoted\"" in n for n in names), names
assert len(list(root.iter("failure"))) >= 1
PY
check "csv has a line for each slice" test "$(($(jq '.slices | length' "$T/r.json") + 1))" = "$(wc -l <"$T/r.csv")"
check "csv has as many fields everywhere" test "$(awk -F, '{ print NF }' "$T/r.csv" | sort -u | wc -l)" = 1
check "markdown names the gates" grep -qE 'bad.*p99 (<|&lt;) 1us' "$T/r.md"
spate report "$T/nowhere.json"
tells 2 "a result that does not exist" nowhere.json
echo '{"format": 1}' >"$T/x.json"
spate report "$T/x.json"
exits 2 "a result that is none"
jq '.totals.sent += 1' "$T/r.json" >"$T/x.json"
spate report "$T/x.json"
tells 2 "a result that breaks the laws" x.json
head -c 1000 "$T/r.json" >"$T/x.json"
spate report "$T/x.json"
tells 2 "a result that was cut" x.json
"$SPATE" run "$T/p.ini" -q >"$T/out" 2>"$T/err"
check "-q is quiet" test ! -s "$T/out" -a ! -s "$T/err"
finish
