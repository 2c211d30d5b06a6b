/* What each section takes. One table serves the checks, `spate list` and docs/reference.md. */
#include "plan/plan.h"

const struct param run_keys[] = {
    {"duration", "duration", "10s, or what the streams need", "how long units are due"},
    {"warmup", "duration", "0s", "the first part of the duration, left out of all figures"},
    {"drain", "duration", "the longest timeout and 1s",
     "how long to wait for replies after the end"},
    {"seed", "number", "1", "what all random draws are keyed with"},
    {"workers", "1..64", "1", "threads; each takes its share of every stream"},
    {"pin", "yes or no", "no", "keep each worker on a core of its own"},
    {"pacing", "auto, sleep, hybrid or spin", "auto",
     "how a worker waits: on a timer, on a timer and then awake, or always awake; auto: hybrid to "
     "replay frames with no more workers than cores, else sleep"},
    {"capture", "auto, on or off", "auto",
     "whether libpcap watches for wire latency; auto: where permitted, up to 20k/s"},
    {"interface", "name", "none",
     "where packets and replayed frames leave, unless a stream says so"},
    {"allow", "prefixes", "none",
     "networks that may be sent to besides loopback, 198.18.0.0/15 and 2001:2::/48"},
    {0},
};
const struct param target_keys[] = {
    {"url", "url", NULL, "where requests go; the scheme chooses the protocol"},
    {0},
};
const struct param stream_keys[] = {
    {"send", "names", "the only packet, request or conversation",
     "what to send, with weights: search:80, login:20"},
    {"replay", "files", "none",
     "send the frames of these captures instead; a directory stands for those in it"},
    {"rate", "rate or schedule", "none",
     "open loop: when units are due, whether or not replies came; for packets also in bits "
     "(1Gbit/s) "
     "or of the link's speed (40%); max: as fast as the wire takes packets; step, for replays: one "
     "for each line that is read from "
     "standard input"},
    {"rate_layer", "1, 2 or 3", "2; 1 for percent",
     "packets: what a rate in bits counts: the frame with preamble, gap and check sequence, that "
     "with "
     "the check sequence only, or the IP packet"},
    {"arrival", "arrival process", "constant", "how units are spread around the rate"},
    {"users", "number", "none", "closed loop: how many units are under way at a time"},
    {"think", "duration generator", "0s", "closed loop: the pause before a user's next unit"},
    {"count", "number", "no limit", "stop after this many units"},
    {"late", "catchup, drop or stretch", "catchup",
     "units that could not leave on time: send them anyway, shed them, or move the schedule"},
    {"late_after", "duration", "1ms", "how far behind its time a unit is called late"},
    {"connections", "number", "64",
     "most connections to the target, shared out over the workers; of a live replay as many as "
     "recorded"},
    {"timeout", "duration", "10s for requests and live replays, 1s for packets",
     "how long to wait for a reply"},
    {"replies", "yes or no", "no", "packets: expect replies, capture and match them"},
    {"receive", "interface", "none",
     "packets: they are to arrive there; tells loss, duplicates, order, corruption, delay and "
     "jitter"},
    {"answer", "yes or no", "no",
     "packets and conversations: answer ARP, neighbour solicitations and pings for their sources; "
     "on "
     "the interface of receive, for their destinations"},
    {"flows", "number", "none",
     "packets: how many flows they belong to, up to 4,294,967,296, for values `per flow` and "
     "`along flow`; with replies or receive there are figures for each of up to 1,048,576"},
    {"popularity", "uniform or zipf(s=1.1)", "uniform",
     "flows: each has one packet in every round of all flows, or flow k comes in proportion to 1 / "
     "(k+1)^s"},
    {"flow_length", "number generator", "without end",
     "flows: packets of a flow, behind which another takes its place: then `flows` is how many "
     "there are at a time"},
    {"wire", "auto, raw, xdp, pcapfile or null", "auto",
     "where frames leave: auto(veth0), raw(veth0), xdp(veth0), pcapfile(out.pcap), null"},
    {"priority", "0..7", "0",
     "packets and replay: while a stream of higher priority has units due on the same interface, "
     "this one sends nothing; it may starve"},
    {"server_interface", "name", "none",
     "replays and conversations of two sides: packets of servers leave here, those of clients "
     "where "
     "`interface` says; with wire = pcapfile(FILE) another file"},
    {"open", "1..268435456", "1048576",
     "conversations: most under way at a time; more are shed. Each takes 24 bytes"},
    {"client", "prefixes", "none",
     "replay with two sides, clone: packets from these networks are the clients'"},
    {"server_ports", "ports", "none",
     "replay with two sides, clone: packets to these ports are the clients': 80, 443, 0..1023"},
    {"ordered", "yes or no", "no",
     "replay with two sides: a frame leaves only when the one before it was captured on the other "
     "side"},
    {"order_timeout", "duration", "100ms", "or when it was not seen there for so long"},
    {"next_hop", "address", "none",
     "replay: frames get this neighbour's MAC address as destination and the interface's own as "
     "source; groups stay"},
    {"server_next_hop", "address", "none", "the same for the server's side"},
    {"clone", "rate or schedule", "none",
     "replay: begin copies of the recorded conversations at this rate, each with ends of its own, "
     "as many at a time as it takes"},
    {"pick", "in turn, random or a number generator", "in turn",
     "clone: which conversation a copy is of, numbered from 1 in the order of their first frames"},
    {"client.ipv4", "address generator or recorded", "permute(198.18.0.0/16)",
     "clone: the client's IPv4 address, for each copy"},
    {"client.ipv6", "address generator or recorded", "permute(2001:2::/64)",
     "clone: the client's IPv6 address, for each copy"},
    {"client.port", "number generator or recorded", "each client counts its own",
     "clone: the client's port, or the identifier of its echo requests, for each copy"},
    {"server.ipv4", "address generator or recorded", "recorded",
     "clone: the server's IPv4 address, for each copy"},
    {"server.ipv6", "address generator or recorded", "recorded",
     "clone: the server's IPv6 address, for each copy"},
    {"server.port", "number generator or recorded", "recorded",
     "clone: the server's port, for each copy"},
    {"tcp_numbers", "recorded or shifted", "recorded",
     "clone: shifted moves the sequence numbers of each side by a draw for each copy"},
    {"speed", "factor", "1x", "replay: recorded gaps are divided by this"},
    {"max_gap", "duration", "none", "replay: longer recorded gaps are cut to this"},
    {"loop", "number or forever", "1", "replay: how many times"},
    {"order", "time or files", "time", "replay: several files merged by their stamps, or in turn"},
    {"preload", "yes or no", "no",
     "replay: read everything into memory before the run; up to 16 MiB that are looped stay there "
     "in any case"},
    {"backwards", "hold, restart or skip", "hold",
     "replay: frames stamped before the last one: due with it until the stamps have caught up, due "
     "with it and the gaps behind count from there, or left out"},
    {"filter", "pcap filter", "none", "replay: only frames that match"},
    {"frames", "ranges", "all", "replay: only these, numbered from 1: 10..20, 35"},
    {"between", "range of durations", "all",
     "replay: only frames this far behind the first: 1s..5s"},
    {"sample", "share", "100%", "replay: only this share of the conversations"},
    {"link", "fail, skip or ethernet", "fail",
     "replay: frames of other link types count as failed, are skipped, or get an Ethernet header: "
     "ethernet(02:00:00:00:00:01 -> 02:00:00:00:00:02)"},
    {"cut", "fail, skip, pad or short", "fail",
     "replay: frames cut when they were recorded: filled up with zeros, or sent as short as they "
     "are"},
    {"oversize", "segment, fragment, then skip or fail", "fail",
     "replay: frames longer than the MTU, what comes first is tried first: segment splits TCP "
     "again, "
     "also in tunnels; fragment makes IP fragments where that is not forbidden; what is left is "
     "skipped or fails"},
    {"mtu", "size", "the device's", "replay: what oversize goes by"},
    {"map", "prefix -> prefix", "none",
     "replay: addresses moved into another network, in both directions, in ARP, neighbour "
     "discovery "
     "and source routes"},
    {"ports", "ports -> port", "none",
     "replay: TCP, UDP and SCTP ports: 80 -> 8080, 1000..1999 -> 3000"},
    {"macs", "address -> address", "none",
     "replay: link addresses, also those in ARP and neighbour discovery; * stands for any unicast "
     "one"},
    {"vlan", "push N, push N 802.1ad, pop or N -> M", "none",
     "replay: VLAN tags, in the order given; tags pushed are 802.1Q unless they say 802.1ad"},
    {"ttl", "number generator", "as recorded", "replay: IPv4 time to live and IPv6 hop limit"},
    {"dscp", "number generator", "as recorded",
     "replay: differentiated services code point, 0..63, of IPv4 and IPv6"},
    {"size", "number generator", "as recorded",
     "replay: bytes of each frame without its check sequence: payloads are cut or filled up with "
     "zeros, and lengths and checksums follow; what has none (ARP, neighbour discovery) is only "
     "padded; fragments and SCTP stay"},
    {"payload", "zero, random or a text", "as recorded",
     "replay: what TCP, UDP and echoes carry, at its length; a text with ${...} is repeated"},
    {"inside", "yes or no", "no", "replay: map and ports also change what tunnels carry"},
    {"per", "frame, flow, loop or flow+loop", "frame",
     "replay: what fields are drawn for, unless a value says `per flow`; by flow, src is the "
     "client's side and dst the server's, whichever way a frame goes"},
    {"checksums", "fix, keep or always", "fix",
     "replay: updated where something changed (one that was wrong stays so), kept, or made anew"},
    {"live", "yes or no", "no",
     "replay: not the frames, but what the clients said, on connections to the target"},
    {"compare", "status, length, body, bytes or none", "status, length, body",
     "live replay: what of replies is set against the recorded ones"},
    {"mask", "regular expression", "none",
     "live replay: left out of bodies that are compared, such as dates; may be repeated"},
    {"header", "text", "as recorded",
     "live replay: `Name: value` of requests, may be repeated; an empty value removes it"},
#define FIELD(id, name, type, header, bit, bits, sums, mirror, help)                               \
    {name, "generator", "as recorded", "replay: the " help},
#include "trace/field.def"
#undef FIELD
    {0},
};
const struct param conversation_keys[] = {
    {"step", "client or server, a packet, after a pause", NULL,
     "one packet, repeated in order: client syn; server data * 10 after exp(2ms): ten of them, "
     "each "
     "after a pause of its own; client get again after 1s: with the TCP numbers of the last time"},
    {0},
};
