#!/usr/bin/env bash
# Conversations recorded here, put together by us and by tshark: the same connections, and the same
# bytes on each side.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "conversations of a capture" root tcpdump tshark curl nginx python3
built build/release/tools/talk

# --- a capture -----------------------------------------------------------------------------------

nginx_up 'location / { return 200 "ok\n"; } location /file { root '"$T"'; } location /put { return 201; }
    location /close { keepalive_timeout 0; return 200 "bye\n"; }'
head -c 300000 /dev/urandom >"$T/file"
start tcpdump -i lo -s 0 -U -B 65536 --immediate-mode -w "$T/lo.pcap" -Z root "tcp port $PORT"
DUMP=$STARTED
until_true says 1 'listening on' || { skip "conversations of a capture" "tcpdump may not capture here"; finish; }
: >"$LOG"
curl -s "$URL/" "$URL/file" "$URL/" >"$T/got" # three on one connection
curl -s -T "$T/file" "$URL/put" -H 'Expect:' >>"$T/got"
curl -s -H 'Transfer-Encoding: chunked' -H 'Expect:' -T "$T/file" "$URL/put" >>"$T/got"
curl -s "$URL/close" "$URL/close" >>"$T/got"
curl -s --no-progress-meter -Z --parallel-immediate "$URL/file?[1-8]" -o "$T/p_#1"
curl -s "http://127.0.0.1:$(free_port)/" >>"$T/got" # nobody listens: not of these conversations
until_true logged 15 || not_ok "nginx has answered" "$LOG"
fins() { [ "$(shark -r "$T/lo.pcap" -Y 'tcp.flags.fin == 1' -T fields -e tcp.stream -e tcp.srcport |
    sort -u | wc -l)" = "$1" ]; }
until_true fins 26 || not_ok "all 13 connections were recorded to their ends" "$T/log"
stop "$DUMP"
if [ "$(sed -n 's/ packets dropped by kernel//p' "$T/log")" != 0 ]; then
    skip "conversations of a capture" "tcpdump lost packets"
    finish
fi

# --- by tshark and by us -------------------------------------------------------------------------

streams=$(shark -r "$T/lo.pcap" -T fields -e tcp.stream | sort -n | tail -1)
follow=()
for ((i = 0; i <= streams; i++)); do follow+=(-z "follow,tcp,raw,$i"); done
# by_tshark FILE: a line for each side of a stream, `client c|s hex`, sorted.
by_tshark() {
    shark -q -r "$1" "${follow[@]}" | awk '
        /^Node 0: / { stream = $NF }
        /^\t*[0-9a-f]+$/ { side = /^\t/ ? "s" : "c"; sub(/^\t/, ""); said[stream " " side] = said[stream " " side] $0 }
        END { for (i in said) print i, said[i] }' | sort
}
by_us() {
    build/release/tools/talk -x "$1" | awk '
        { said[$1 " " $2] = said[$1 " " $2] $3 }
        END { for (i in said) print i, said[i] }' | sort
}
alike() { # alike WHAT FILE
    by_tshark "$2" >"$T/theirs"
    by_us "$2" >"$T/ours"
    same "$1: as many sides have spoken" "$(wc -l <"$T/ours")" "$(wc -l <"$T/theirs")"
    check "$1: the same bytes" cmp "$T/ours" "$T/theirs"
}
build/release/tools/talk -c "$T/lo.pcap" >"$T/table"
same "as many connections" "$(grep -c ' tcp ' "$T/table")" $((streams + 1))
same "all of them ended" "$(grep -c ' fin$' "$T/table")" $((streams + 1))
same "nothing is missing" "$(grep -c 'gaps' "$T/table")" 0
alike "as recorded" "$T/lo.pcap"

# --- the same capture, mangled -------------------------------------------------------------------

# mangle HOW IN OUT: some frames are repeated, neighbours change places; or packets are cut into
# fragments, which come in any order.
mangle() {
    python3 - "$@" <<'END'
import random, struct, sys
how, source, copy = sys.argv[1:]
rng = random.Random(42)
data = open(source, "rb").read()
frames, at = [], 24
while at < len(data):
    n = struct.unpack("<I", data[at + 8:at + 12])[0]
    frames.append((data[at:at + 8], data[at + 16:at + 16 + n]))
    at += 16 + n

def fragments(frame, number, step=1480):
    eth, ip, payload = frame[:14], bytearray(frame[14:34]), frame[34:]
    parts = []
    for i in range(0, len(payload), step):
        piece = payload[i:i + step]
        ip[2:4] = struct.pack(">H", 20 + len(piece))
        ip[4:6] = struct.pack(">H", number & 0xffff)
        ip[6:8] = struct.pack(">H", i // 8 | (0x2000 if i + step < len(payload) else 0))
        ip[10:12] = b"\0\0"
        total = sum(struct.unpack(">10H", ip))
        while total >> 16: total = (total & 0xffff) + (total >> 16)
        ip[10:12] = struct.pack(">H", total ^ 0xffff)
        parts.append(eth + bytes(ip) + piece)
    rng.shuffle(parts)
    return parts

out = []
for i, (stamp, frame) in enumerate(frames):
    if how == "fragments":
        out += [(stamp, part) for part in fragments(frame, i)]
    else:
        out += [(stamp, frame)] * (2 if rng.random() < 0.2 else 1)
if how == "disorder":
    i = 0
    while i + 1 < len(out):
        if rng.random() < 0.3:
            out[i], out[i + 1] = out[i + 1], out[i]
            i += 1
        i += 1
with open(copy, "wb") as f:
    f.write(data[:24])
    for stamp, frame in out:
        f.write(stamp + struct.pack("<II", len(frame), len(frame)) + frame)
END
}
cp "$T/ours" "$T/said"
mangle disorder "$T/lo.pcap" "$T/disorder.pcap"
by_us "$T/disorder.pcap" >"$T/ours"
check "repeated and out of order: the same bytes" cmp "$T/ours" "$T/said"
mangle fragments "$T/lo.pcap" "$T/fragments.pcap"
by_us "$T/fragments.pcap" >"$T/ours"
check "in fragments: the same bytes as before" cmp "$T/ours" "$T/said"
alike "in fragments" "$T/fragments.pcap"

finish
