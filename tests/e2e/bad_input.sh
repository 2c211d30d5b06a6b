#!/usr/bin/env bash
# Whatever is wrong with a profile, a file, a target or a device: one clear message, the right
# exit code, no sanitizer report, and a result wherever something could have been sent.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "bad input" python3 jq
[ -x build/asan/spate ] && SPATE=${SPATE_ASAN:-build/asan/spate}

# --- profiles ----------------------------------------------------------------------------------

# wrong WHAT PATTERN [ARGS...] <PROFILE: one mistake in a profile, told in one line with its place.
wrong() {
    local what=$1 pattern=$2
    shift 2
    cat >"$T/p.ini"
    spate run "$T/p.ini" "$@" </dev/null
    tells 2 "$what" "$pattern"
}
# good [OTHER LINES]: a profile of requests that is right but for the lines given.
requests() {
    cat <<INI
[target]
url = http://127.0.0.1:9/
[stream web]
rate = 10/s
[request page]
$1
INI
}
packets() {
    cat <<INI
[run]
interface = lo
[stream out]
rate = 10/s
wire = null
[packet p]
layers = eth / ipv4 / udp
$1
INI
}

wrong "an unknown section" ':1: .*streem.*did you mean' <<<$'[streem a]\nrate = 1/s\n[stream b]\nrate = 1/s
[request x]\n[target]\nurl = http://127.0.0.1:9/'
wrong "an unknown key" ':6: .*pth.*did you mean .path' <<<"$(requests 'pth = /')"
wrong "an unknown key of a layer" ":8: .*ipv4.ddst.*did you mean" <<<"$(packets 'ipv4.ddst = 198.18.0.1')"
wrong "an unknown layer" "udq.*did you mean 'udp'" <<<"$(packets '' | sed 's/udp/udq/')"
wrong "an unknown function" ":6: .*zipff.*did you mean 'zipf'" <<<"$(requests 'path = /${zipff(1..9)}')"
wrong "an unknown variable" ":6: .*usr.*" <<<"$(requests $'path = /${usr}\n[vars]\nuser = 1..9')"
wrong "an unknown metric" ":7: .*errorz.*did you mean" <<<"$(requests $'[gates]\na = errorz < 1%')"
wrong "an unknown scheme" ":2: .*gopher" <<<"$(requests '' | sed 's,http:,gopher:,')"
wrong "an unknown arrival" ":5: .*poison.*did you mean 'poisson'" \
    <<<"$(requests '' | sed 's,^rate = .*,&\narrival = poison,')"
wrong "an unknown packet" ":4: .*pagee.*did you mean 'page'" <<<"$(requests '' | sed 's,^rate,send = pagee\nrate,')"
wrong "a wrong type" ":8: .*ipv4.ttl" <<<"$(packets 'ipv4.ttl = 20ms')"
wrong "a wrong unit" "duration is '5MB'" --duration 5MB <<<"$(requests '')"
wrong "a number out of range" ":8: .*ipv4.ttl" <<<"$(packets 'ipv4.ttl = 256')"
wrong "an address of the wrong family" ":8: .*ipv4.src" <<<"$(packets 'ipv4.src = 2001:2::1')"
wrong "a range that runs backwards" ":8: " <<<"$(packets 'udp.sport = 9..1')"
wrong "a rate of zero" ":4: .*rate" <<<"$(requests '' | sed 's,10/s,0/s,')"
wrong "a rate below zero" ":4: .*" <<<"$(requests '' | sed 's,10/s,-5/s,')"
wrong "no users" ":4: .*users" <<<"$(requests '' | sed 's,^rate.*,users = 0,')"
wrong "a port of 0" ":2: .*port '0'" <<<"$(requests '' | sed 's,:9/,:0/,')"
wrong "a port above 65535" ":2: .*port '65536'" <<<"$(requests '' | sed 's,:9/,:65536/,')"
wrong "a port that is none" ":2: .*port 'http'" <<<"$(requests '' | sed 's,:9/,:http/,')"
wrong "a port out of range in a packet" ":8: .*udp.dport" <<<"$(packets 'udp.dport = 65536')"
wrong "a variable that needs itself" "(a|b|c).*(itself|cycl|circ)" \
    <<<"$(requests $'path = /${a}\n[vars]\na = ${b}\nb = ${c}\nc = ${a}')"
wrong "an empty profile" 'p.ini: .*empty, expected .*stream' </dev/null
wrong "a profile of comments" 'p.ini: .*empty, expected .*stream' <<<$'; nothing\n# at all'
wrong "a profile cut in a section's name" ":1: " <<<'[stream a'
wrong "a profile cut in a value" ":6: " <<<"$(requests 'path = /${hex(')"
wrong "a line that is no key" ":6: " <<<"$(requests 'this is not a key')"
wrong "a missing @file" ":6: .*nowhere.txt" <<<"$(requests 'body = @nowhere.txt')"
wrong "a directory as @file" ":6: .*" <<<"$(requests 'body = @.')"
wrong "a missing file of lines" ":6: .*nowhere.txt" <<<"$(requests 'path = /${lines(nowhere.txt)}')"
wrong "an unknown option" "unknown option --durration.*did you mean '--duration'" --durration 5s <<<"$(requests '')"
wrong "an option without a value" "duration needs a value" --duration <<<"$(requests '')"
wrong "a --set of nothing" "set" --set nonsense <<<"$(requests '')"
wrong "a --set of an unknown key" "--set: unknown key 'rte' in .stream web., did you mean 'rate'" --set 'stream web.rte=5/s' <<<"$(requests '')"
wrong "no request and no packet" "nothing to send" <<<$'[stream a]\nrate = 1/s'
wrong "a target that is left out" "expected .target. url" <<<"$(requests '' | sed 1,2d)"
wrong "an unknown report" "r.xyz" -o "$T/r.xyz" <<<"$(requests '')"
wrong "a report that cannot be written" "no/such" -o "$T/no/such/r.json" <<<"$(requests '')"
wrong "a report that would be a directory" "directory" -o "json:$T" <<<"$(requests '')"
wrong "more workers than users" "users is 2, but workers is 4" --workers 4 --users 2 <<<"$(requests '')"
wrong "more workers than connections" "connections is 2, but workers is 4" --workers 4 --connections 2 \
    <<<"$(requests '')"

requests '' >"$T/p.ini"
spate run "$T/p.ini" --set 'stream wbe.arrival=uniform'
same "a section misspelled in --set is told first" "$CODE $(head -1 "$T/err")" \
    '2 --set: the profile has no [stream wbe], did you mean [stream web]?'

cat >"$T/p.ini" <<<"$(requests $'pth = /\nmethodd = GET' | sed 's,10/s,ten/s,')"
spate run "$T/p.ini"
[ "$CODE" = 2 ] && [ "$(wc -l <"$T/err")" = 3 ] && ok "three mistakes are told in one go" ||
    not_ok "three mistakes are told in one go" "$T/err"

head -c 100000 /dev/urandom >"$T/p.ini"
spate run "$T/p.ini"
exits 2 "a binary profile"
[ "$(wc -l <"$T/err")" -le 21 ] && ! grep -qP '[^\x09\x0a\x20-\x7e]' "$T/err" &&
    ok "a binary profile's messages are few and printable" ||
    not_ok "a binary profile's messages are few and printable" "$T/err"

{ printf '[stream a]\nrate = 1/s\n'; head -c 1000000 /dev/zero | tr '\0' x; } >"$T/p.ini"
spate check "$T/p.ini"
exits 2 "a line of 1 MB that is no key"
[ "$(wc -c <"$T/err")" -lt 2000 ] && ok "its message is short" || not_ok "its message is short"
{ requests '' && printf 'method = POST\nbody = '; head -c 1000000 /dev/zero | tr '\0' x; echo; } >"$T/p.ini"
spate gen "$T/p.ini" -n 1 --json
exits 0 "a value of 1 MB"
same "a value of 1 MB arrives whole" "$(jq -r .request "$T/out" | tail -c 1000001 | tr -d '\n' | wc -c)" 1000000
spate run "$T/nowhere.ini"
tells 2 "a profile that does not exist" "nowhere.ini"
spate run "$T"
tells 2 "a directory as profile" "."
spate run
tells 2 "no profile at all" "PROFILE"
spate frobnicate
exits 2 "an unknown command"
if [ "$(id -u)" != 0 ] || have setpriv; then
    requests 'body = @secret' >"$T/p.ini"
    echo s >"$T/secret" && chmod 0 "$T/secret" && chmod 755 "$T"
    if [ "$(id -u)" = 0 ]; then
        timeout 60 setpriv --reuid 65534 --clear-groups --bounding-set=-all --inh-caps=-all \
            "$SPATE" check "$T/p.ini" >"$T/out" 2>"$T/err"
        CODE=$?
    else
        spate check "$T/p.ini"
    fi
    tells 2 "an unreadable @file" ":6: .*secret"
else
    skip "an unreadable @file" "setpriv is not installed"
fi

# --- where traffic may go ----------------------------------------------------------------------

wrong "a public target" ":2: .*192.0.2.1.*public address.*--allow 192.0.2.1" <<<"$(requests '' | sed 's,127.0.0.1,192.0.2.1,')"
wrong "a private target" ":2: .*10.1.2.3.*add 'allow = 10.1.2.3' to \[run\]" \
    <<<"$(requests '' | sed 's,127.0.0.1,10.1.2.3,')"
wrong "a public target that only the profile allows" "public address.*--allow 192.0.2.1" \
    <<<"$(requests $'[run]\nallow = 192.0.2.0/24' | sed 's,127.0.0.1,192.0.2.1,')"
wrong "packets to a public address" "192.0.2.1" \
    <<<"$(packets 'ipv4.dst = 192.0.2.1' | sed 's,^wire.*,wire = raw,')"
wrong "packets whose range leaves the allowed networks" "reach beyond|public address" \
    <<<"$(packets 'ipv4.dst = 198.19.255.0..198.20.0.9' | sed 's,^wire.*,wire = raw,')"
wrong "packets to everywhere" "public address|beyond" \
    <<<"$(packets 'ipv4.dst = 0.0.0.0/0' | sed 's,^wire.*,wire = raw,')"
wrong "a host that does not exist" ":2: .*nowhere.invalid" <<<"$(requests '' | sed 's,127.0.0.1,nowhere.invalid,')"

# --- targets that misbehave --------------------------------------------------------------------

cat >"$T/server.py" <<'PY'
# One misbehaviour, on a port of its own, which it prints.
import socket, struct, sys, threading, time
how = sys.argv[1]
l = socket.socket()
l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
l.bind(("127.0.0.1", 0))
l.listen(512)
print("port", l.getsockname()[1], flush=True)
OK = b"HTTP/1.1 200 OK\r\n"
def reset(c):
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
def serve(c):
    try:
        while True:
            if how == "reset_at_once":
                return reset(c)
            if how == "refuses_body":  # a whole answer while most of the body is still to come
                c.recv(1000)
                c.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno\n")
                time.sleep(0.5)
                while c.recv(1 << 20): pass
                return
            got = b""
            while b"\r\n\r\n" not in got:
                more = c.recv(65536)
                if not more: return
                got += more
            if how == "mute": time.sleep(30)
            elif how == "reset": return reset(c)
            elif how == "closes": return
            elif how == "garbage": c.sendall(bytes(range(256)) * 4)
            elif how == "too_long": c.sendall(OK + b"Content-Length: 18446744073709551616\r\n\r\nhello")
            elif how == "longest": c.sendall(OK + b"Content-Length: 18446744073709551615\r\n\r\nhello")
            elif how == "negative": c.sendall(OK + b"Content-Length: -1\r\n\r\nhello")
            elif how == "two_lengths": c.sendall(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhey")
            elif how == "chunk_size": c.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nhello")
            elif how == "bad_chunk": c.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n")
            elif how == "early":
                c.sendall(OK + b"Content-Length: 1000\r\n\r\nhello")
                return
            elif how == "early_chunk":
                c.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
                return
            elif how == "drip":
                for b in OK + b"Content-Length: 5\r\n\r\nhello":
                    c.sendall(bytes([b]))
                    time.sleep(1)
            elif how == "headers":  # without end
                c.sendall(OK)
                while True: c.sendall(b"X-Filler: " + b"y" * 4000 + b"\r\n")
            elif how == "header":  # one, without end
                c.sendall(OK + b"X-Filler: ")
                while True: c.sendall(b"y" * 65536)
            elif how == "continues":  # interim replies without end
                while True: c.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
            elif how == "twice": c.sendall((OK + b"Content-Length: 2\r\n\r\nok") * 2)
            elif how == "status": c.sendall(b"HTTP/1.1 9999 What\r\n\r\n")
            elif how == "version": c.sendall(b"HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n")
            elif how == "empty": c.sendall(b"\r\n\r\n\r\n")
            elif how == "to_the_end":
                c.sendall(OK + b"\r\nhello")
                return
    except OSError: pass
    finally: c.close()
while True:
    c, _ = l.accept()
    threading.Thread(target=serve, args=(c,), daemon=True).start()
PY

# target HOW CODES CONDITION [ARGS...]: 40 requests; each ends as CONDITION says. Only those that
# nobody answers are given a short time.
target() {
    local how=$1 codes=$2 condition=$3 port timeout=10s
    shift 3
    case $condition in *timeout*) timeout=400ms ;; esac
    start python3 "$T/server.py" "$how"
    until_true says 1 '^port [0-9]' || { not_ok "the server that $how starts" "$T/log"; return; }
    port=$(sed -n 's/^port //p' "$T/log")
    rm -f "$T/r.json"
    spate run "$T/p.ini" --target "http://127.0.0.1:$port/" --rate 80/s --duration 500ms --timeout $timeout \
        -o "$T/r.json" "$@"
    exits "$codes" "a target: $how"
    holds "$T/r.json" "a target: $how, told as it is" ".totals.offered == 40 and $condition"
    kill -0 "$STARTED" 2>/dev/null || not_ok "the server that $how lives" "$T/log"
    laws "$T/r.json" "a target: $how: the run"
    stop "$STARTED"
}
all() { echo ".totals.sent == 40 and .totals.errors.$1 == 40"; }
requests '' >"$T/p.ini"
spate run "$T/p.ini" --target "http://127.0.0.1:$(free_port)/" --rate 40/s --duration 500ms -o "$T/r.json"
exits 1 "a target that refuses"
holds "$T/r.json" "a target that refuses, told as it is" \
    '.totals.errors.refused == 20 and .totals.sent == 0 and (.failed_because | test("refused"))'
laws "$T/r.json" "a target that refuses: the run"
target reset_at_once "1" '(.totals.errors | keys - ["reset", "closed", "connect"]) == []'
target mute "1" "$(all timeout)"
target reset "1" "$(all reset)"
target closes "1" "$(all closed)"
target garbage "1" "$(all bad_reply)"
target too_long "1" "$(all bad_reply)"
target longest "1" '(.totals.errors.timeout // 0) + (.totals.errors.bad_reply // 0) == 40'
target negative "1" "$(all bad_reply)"
target two_lengths "1" "$(all bad_reply)"
target chunk_size "1" "$(all bad_reply)"
target bad_chunk "1" "$(all bad_reply)"
target early "1" "$(all closed)"
target early_chunk "1" "$(all closed)"
target drip "1" "$(all timeout)"
target headers "1" "$(all bad_reply)"
target header "1" '(.totals.errors.timeout // 0) + (.totals.errors.bad_reply // 0) == 40'
target continues "1" '(.totals.errors.timeout // 0) + (.totals.errors.bad_reply // 0) == 40'
target status "1" "$(all bad_reply)"
target version "1" "$(all bad_reply)"
target empty "1" '(.totals.errors.timeout // 0) + (.totals.errors.bad_reply // 0) == 40'
target twice "0 5" '.totals.answered == 40 and .totals.errors == {}'
target to_the_end "0 5" '.totals.answered == 40 and .totals.errors == {} and .totals.status["200"] == 40'
head -c 8000000 /dev/zero | tr '\0' x >"$T/large"
{ requests 'method = POST'; echo 'body = @large'; } >"$T/p.ini"
target refuses_body "0 5" '.totals.sent == 40 and .totals.answered == 40 and .totals.status["413"] == 40' --connections 4

# --- devices -----------------------------------------------------------------------------------

packets '' | sed 's,^wire.*,,' >"$T/p.ini"
if [ "$(id -u)" = 0 ]; then
    spate run "$T/p.ini" -i nosuchdevice0
    tells "1" "an interface that does not exist" "nosuchdevice0"
    (
        . tests/e2e/veth.sh
        veth_skip() { skip "an interface that is down" "$1"; exit 0; }
        veth_up
        in_a ip link set "$DEV_A" down
        spate_a run "$T/p.ini" -i "$DEV_A" --duration 1s -o "$T/r.json"
        tells 1 "an interface that is down" "down"
        exit $FAILED
    ) || FAILED=1
else
    skip "devices" "needs root"
fi

# --- captures ----------------------------------------------------------------------------------

capture() { python3 - "$T/c.pcap" "$1" <<'PY'
import struct, sys
path, how = sys.argv[1:]
frame = bytes.fromhex("020000000002020000000001080045000020000000004011b7c9c6120001c6130001"
                      "0007000700 0c0000deadbeef".replace(" ", ""))
head = lambda link=1, snap=65535: struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, snap, link)
rec = lambda n, of, f: struct.pack("<IIII", 1, 0, n, of) + f
one = rec(len(frame), len(frame), frame)
files = {
    "empty": b"", "header_only": head(), "half_header": head()[:11], "text": b"this is no capture\n" * 9,
    "foreign": head(105) + one, "unknown_link": head(9999) + one,
    "cut_in_frame": head() + one * 3 + one[:30], "cut_in_record": head() + one * 3 + one[:9],
    "huge_length": head() + one * 3 + rec(0x7fffffff, 0x7fffffff, frame),
    "negative_length": head() + one * 3 + rec(0xffffffff, 0xffffffff, frame),
    "huge_first": head() + rec(0xfffffff0, 0xfffffff0, frame),
    "ng_huge_block": struct.pack("<IIIHHqI", 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, -1, 28)
                     + struct.pack("<II", 1, 0xfffffffc),
    "ng_tiny_block": struct.pack("<IIIHHqI", 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, -1, 28)
                     + struct.pack("<II", 6, 0),
    "short_frame": head() + one + rec(5, 5, b"hello") + rec(0, 0, b"") + one,
    "snapped": head() + one + rec(20, 60, frame[:20]) + one,
}
open(path, "wb").write(files[how])
PY
}
# bad_capture HOW CODES PATTERN: replayed to nowhere.
bad_capture() {
    capture "$1"
    spate replay "$T/c.pcap" --rate max -w null -o "$T/r.json"
    tells "$2" "a capture: $1" "$3"
}
for how in empty header_only half_header text unknown_link foreign huge_first ng_huge_block ng_tiny_block; do
    bad_capture $how 2 "c.pcap"
done
for how in cut_in_frame cut_in_record huge_length negative_length; do
    rm -f "$T/r.json"
    capture $how
    spate replay "$T/c.pcap" --rate max -w null -o "$T/r.json"
    exits 1 "a capture: $how"
    holds "$T/r.json" "a capture: $how: what is before the damage is replayed, and it is told" \
        '.totals.sent == 3 and (.failed_because | test("c.pcap: .* at byte 210"))'
    laws "$T/r.json" "a capture: $how: the run"
done
capture snapped
spate replay "$T/c.pcap" --rate max -w null -o "$T/r.json"
exits 1 "a capture with a frame that was cut"
holds "$T/r.json" "a frame that was cut is counted" '.totals.sent == 2 and .totals.errors.cut == 1'
laws "$T/r.json" "a frame that was cut: the run"
capture short_frame
spate replay "$T/c.pcap" --rate max -w null -o "$T/r.json"
exits 0 "a capture with frames too short for Ethernet, to nowhere"
holds "$T/r.json" "short frames are counted" '.totals.offered == 4 and .totals.sent == 4'
capture cut_in_frame
spate replay "$T/c.pcap" --rate max -w null --loop 3 -o "$T/r.json"
exits 1 "a damaged capture, three times"
holds "$T/r.json" "damage is told in whichever round" '.totals.sent == 9 and .failed_because'
packets '' | sed 's,^wire.*,wire = pcapfile(/dev/full),' >"$T/p.ini"
spate run "$T/p.ini" --rate 1k/s --duration 500ms -o "$T/r.json"
exits 1 "a device that is full"
holds "$T/r.json" "a device that is full is told" '.failed_because | test("No space left")'
laws "$T/r.json" "a device that is full: the run"
spate replay "$T/nowhere.pcap" -w null
tells 2 "a capture that does not exist" "nowhere.pcap"
spate gen profiles/dns-mix.ini -n 1 --at 9000000000000000000
tells 2 "a unit beyond the end of its schedule" ":14: .*has no unit 9000000000000000000"
finish
