/* What each section takes. One table serves the checks, `spate list` and docs/reference.md. */
#include "plan/plan.h"

const struct param run_keys[] = {
    {"duration", "duration", "10s, or what the streams need", "how long units are due"},
    {"warmup", "duration", "0s", "the first part of the duration, left out of all figures"},
    {"drain", "duration", "the longest timeout and 1s", "how long to wait for replies after the end"},
    {"seed", "number", "1", "what all random draws are keyed with"},
    {"workers", "1..64", "1", "threads; each takes its share of every stream"},
    {"pin", "yes or no", "no", "keep each worker on a core of its own"},
    {"pacing", "sleep, hybrid or spin", "sleep",
     "how a worker waits: on a timer, on a timer and then awake, or always awake"},
    {"capture", "auto, on or off", "auto",
     "whether libpcap watches for wire latency; auto: where permitted, up to 20k/s"},
    {"interface", "name", "none", "where packets and replayed frames leave, unless a stream says so"},
    {"allow", "prefixes", "none",
     "networks that may be sent to besides loopback, 198.18.0.0/15 and 2001:2::/48"},
    {0},
};
const struct param target_keys[] = {
    {"url", "url", NULL, "where requests go; the scheme chooses the protocol"},
    {0},
};
const struct param stream_keys[] = {
    {"send", "names", "the only packet or request", "what to send, with weights: search:80, login:20"},
    {"replay", "file", "none", "send the frames of this capture instead"},
    {"rate", "rate or schedule", "none",
     "open loop: when units are due, whether or not replies came; for packets also in bits (1Gbit/s) "
     "or of the link's speed (40%); max: as fast as the wire takes packets"},
    {"rate_layer", "1, 2 or 3", "2; 1 for percent",
     "packets: what a rate in bits counts: the frame with preamble, gap and check sequence, that with "
     "the check sequence only, or the IP packet"},
    {"arrival", "arrival process", "constant", "how units are spread around the rate"},
    {"users", "number", "none", "closed loop: how many units are under way at a time"},
    {"think", "duration generator", "0s", "closed loop: the pause before a user's next unit"},
    {"count", "number", "no limit", "stop after this many units"},
    {"late", "catchup, drop or stretch", "catchup",
     "units that could not leave on time: send them anyway, shed them, or move the schedule"},
    {"late_after", "duration", "1ms", "how far behind its time a unit is called late"},
    {"connections", "number", "64", "most connections to the target, shared out over the workers"},
    {"timeout", "duration", "10s for requests, 1s for packets", "how long to wait for a reply"},
    {"replies", "yes or no", "no", "packets: expect replies, capture and match them"},
    {"receive", "interface", "none",
     "packets: they are to arrive there; tells loss, duplicates, order, corruption, delay and jitter"},
    {"answer", "yes or no", "no",
     "packets: answer ARP, neighbour solicitations and pings for their sources; on the interface of "
     "receive, for their destinations"},
    {"wire", "null, raw or pcapfile", "raw", "where frames leave: raw(veth0), pcapfile(out.pcap), null"},
    {"speed", "factor", "1x", "replay: recorded gaps are divided by this"},
    {"max_gap", "duration", "none", "replay: longer recorded gaps are cut to this"},
    {"loop", "number or forever", "1", "replay: how many times"},
    {0},
};
