# Making the same frames as trafgen, four random fields and valid checksums, and writing them as a
# capture that leads nowhere: CPU time for each, so that the machine's other work does not count.
what="making packets: trafgen / spate"
need "$what" spate trafgen "$BIN/usage" || return 0
. tests/bench/frames.sh
ln -s /dev/null "$T/nowhere.pcap"
N=2000000

# each NAME COMMAND...: a sample, in ns of CPU time for a packet.
each() {
    local name=$1; shift
    cost "$@" && sample "$name" "$(calc "$CPU_US * 1000 / $N" 1)"
}
of_spate() { each spate "$SPATE" gen "$T/flood.ini" -n $N -w "$T/nowhere.pcap"; }
unwritten() { each unwritten "$SPATE" gen "$T/flood.ini" -n $N -w null; }
of_trafgen() { each trafgen trafgen -o "$T/nowhere.pcap" -P 1 -n $N -i "$T/random.cfg"; }
constant() { each constant trafgen -o "$T/nowhere.pcap" -P 1 -n $N -i "$T/constant.cfg"; }
rounds of_spate of_trafgen unwritten constant
row "$what" "$(show trafgen 1 ns) / $(show spate 1 ns)" "$(ratio trafgen spate)" ">=" 5
fact "$what, not written" "$(show trafgen 1 ns) / $(show unwritten 1 ns)" "$(ratio trafgen unwritten)"
fact "$what, one constant frame" "$(show constant 1 ns) / $(show spate 1 ns)" "$(ratio constant spate)"
