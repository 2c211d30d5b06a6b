# frames: one 64-byte UDP frame, as a profile with random fields, a capture, and trafgen's
# configurations. Sourced by the rows that send; wants T. The destination is nobody's address, so
# that the far end drops all frames alike and early, and sending is what is measured.

HORIZON=60 # seconds; every sender is stopped before
DST=02:00:00:00:00:02

cat >"$T/flood.ini" <<INI
[stream flood]
rate    = max
send    = probe
replies = no
[packet probe]
layers    = eth / ipv4 / udp / payload
eth.dst   = $DST
size      = 64
ipv4.src  = 198.18.0.0/16
ipv4.dst  = 198.19.0.1
udp.sport = 1024..65535
udp.dport = 1..1023
ipv4.id   = 0..65535
INI

octets() { local o; for o in "$@"; do printf "\\x$o"; done; }
mac() { octets ${1//:/ }; }
# The frame: 14 + 20 + 8 + 22 bytes, UDP checksum 0, which is none.
frame() {
    mac "$DST"; octets 02 00 00 00 00 01 08 00
    octets 45 00 00 32 00 00 40 00 40 11 ae 93 c6 12 00 01 c6 13 00 01
    octets 04 00 00 09 00 1e 00 00
    head -c 22 /dev/zero
}
capture() {
    octets d4 c3 b2 a1 02 00 04 00 00 00 00 00 00 00 00 00 ff ff 00 00 01 00 00 00
    octets 00 00 00 00 00 00 00 00 40 00 00 00 40 00 00 00
    frame
}
capture >"$T/one.pcap"

addresses="0x${DST//:/, 0x}, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00,"
cat >"$T/constant.cfg" <<CFG
{ $addresses
  0x45, 0, c16(50), c16(0), 0x40, 0, 64, 17, csumip(14, 33),
  198, 18, 0, 1, 198, 19, 0, 1,
  c16(1024), c16(9), c16(30), c16(0), fill(0, 22) }
CFG
cat >"$T/random.cfg" <<CFG
{ $addresses
  0x45, 0, c16(50), drnd(2), 0x40, 0, 64, 17, csumip(14, 33),
  198, 18, drnd(2), 198, 19, 0, 1,
  drnd(2), drnd(2), c16(30), csumudp(14, 34), fill(0, 22) }
CFG
