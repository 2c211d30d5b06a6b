# From the start of the process to the first request on a socket, and the first frame at a peer.
what="start to the first"
need "$what request" spate "$BIN/first" || return 0
port=$(free_port)
cat >"$T/first.ini" <<INI
[target]
url = http://127.0.0.1:$port/
[stream web]
rate = 100/s
send = get
[request get]
path = /
INI
request() { sample request "$("$BIN/first" tcp "$port" "$SPATE" run -q "$T/first.ini" --duration 5s 2>"$T/err")"; }
rounds request
row "$what request" "$(show request 1e3 ms)" "$(calc "$(median request) / 1e3" 1)" "<=" 100

need "$what packet" root ip || return 0
veth_up || { absent "$what packet" "no veth pair could be made"; return 0; }
. tests/bench/frames.sh
packet() {
    sample packet "$("$BIN/first" dev "$NETNS:$PEER" "$SPATE" run -q "$T/flood.ini" -i "$DEV" --duration 5s 2>"$T/err")"
}
rounds packet
row "$what packet" "$(show packet 1e3 ms)" "$(calc "$(median packet) / 1e3" 1)" "<=" 100
