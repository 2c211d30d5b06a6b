/* spate replay: replays a capture without a profile; it writes the profile itself. */
#include "cmd/load.h"

static const struct option_spec replay_options[] = {
    {"interface", 'i', "IFACE", "where the frames leave"},
    {"server-interface", 0, "IFACE", "two sides: where packets of servers leave instead"},
    {"client", 0, "NETS", "two sides: packets from these networks are the clients'"},
    {"server-ports", 0, "PORTS",
     "two sides: packets to these ports are the clients', as in 80, 443"},
    {"ordered", 0, NULL, "two sides: wait until each frame was seen on the other side"},
    {"order-timeout", 0, "TIME", "but no longer than this; 100ms"},
    {"next-hop", 0, "ADDRESS", "frames get this neighbour's MAC address"},
    {"server-next-hop", 0, "ADDRESS", "those of the server's side this one's"},
    {"write", 'w', "FILE", "write them to this capture file instead; null: nowhere"},
    {"speed", 0, "FACTOR", "recorded gaps are divided by this, as in 2x"},
    {"rate", 0, "RATE", "frames per second, or max, instead of the recorded times"},
    {"clone", 0, "RATE", "begin copies of its conversations at this rate instead"},
    {"step", 0, NULL, "send a frame for each Enter, or as many as a line says; q ends"},
    {"loop", 0, "N", "how many times, or forever"},
    {"max-gap", 0, "TIME", "longer recorded gaps are cut to this"},
    {"backwards", 0, "HOW", "frames stamped before the last one: hold, restart or skip"},
    {"order", 0, "HOW", "several captures: by time, or files in turn"},
    {"preload", 0, NULL, "read everything into memory first"},
    {"filter", 0, "FILTER", "only frames that match this pcap filter"},
    {"frames", 0, "RANGES", "only these, numbered from 1, as in 10..20"},
    {"between", 0, "RANGE", "only frames this far behind the first, as in 1s..5s"},
    {"sample", 0, "SHARE", "only this share of the conversations, as in 10%"},
    {"link", 0, "HOW", "other link types: fail, skip or ethernet"},
    {"cut", 0, "HOW", "frames cut when recorded: fail, skip, pad or short"},
    {"oversize", 0, "HOW",
     "frames over the MTU: segment, fragment, skip or fail, in turn: 'segment, skip'"},
    {"mtu", 0, "BYTES", "instead of the device's"},
    {"map", 0, "RULES", "addresses, as in '10.0.0.0/8 -> 198.18.0.0/16'"},
    {"ports", 0, "RULES", "ports, as in '80 -> 8080'"},
    {"macs", 0, "RULES", "link addresses, as in '* -> 02:00:00:00:00:02'"},
    {"vlan", 0, "RULES", "tags of VLANs: 'push 5', 'push 5 802.1ad', pop or '5 -> 7'"},
    {"ttl", 0, "N", "time to live, hop limit"},
    {"dscp", 0, "N", "differentiated services code point"},
    {"size", 0, "BYTES", "cut or fill up frames to this"},
    {"payload", 0, "WHAT", "new payloads of the same length: zero, random or a text"},
    {"inside", 0, NULL, "change what tunnels carry as well"},
    {"checksums", 0, "HOW", "fix, keep or always"},
    {"target", 0, "URL", "a live replay: what the clients said, on connections to this server"},
    {"compare", 0, "WHAT",
     "live: status, length, body, bytes of replies with the recorded, or none"},
    {"mask", 0, "REGEX", "live: left out of bodies that are compared; may be repeated"},
    {"header", 0, "HEADER", "live: 'Name: value' of requests, empty to remove; may be repeated"},
    {"connections", 0, "N", "live: most connections"},
    {"timeout", 0, "TIME", "live: how long to wait for a reply"},
    {"workers", 0, "N", "threads, which share its conversations"},
    {"count", 0, "N", "stop after this many frames, copies or messages"},
    {"late", 0, "HOW", "catchup, drop or stretch"},
    {"duration", 0, "TIME", "stop after this time"},
    {"pacing", 0, "HOW", "auto, sleep, hybrid or spin"},
    {"seed", 0, "N", "what random draws are keyed with"},
    {"set", 0, "SECTION.KEY=VALUE",
     "anything else a profile may say; the stream is 'stream trace'"},
    {"allow", 0, "PREFIX", "networks that may be sent to besides the test networks"},
    {0},
};

/* All arguments as one value of the key. */
static const char *captures(const struct call *c)
{
    const char *all = c->options->args.v[0];
    for (size_t i = 1; i < c->options->args.n; i++)
        all = arena_printf(c->arena, "%s, %s", all, c->options->args.v[i]);
    return all;
}

/* With a target, the conversations are replayed and not the frames. */
static void put_live(struct call *c, struct profile *p)
{
    static const char *const repeated[] = {"mask", "header"};
    const char *value;
    if (option_given(c->options, "target"))
        profile_put(p, "stream", "trace", "live", "yes", "--target");
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; (value = option_nth(c->options, repeated[k], i)); i++)
            profile_add(p, "stream", "trace", repeated[k], value,
                        arena_printf(c->arena, "--%s", repeated[k]));
}

/* The option for a key is its name with '-' for '_'. */
static const char *option_for(struct arena *a, const char *key)
{
    char *option = arena_strdup(a, key);
    for (char *p = option; *p; p++)
        if (*p == '_') *p = '-';
    return option;
}

/* Keys of the stream that options of the same name set: to a value, or to yes. */
static const char *const keys[] = {
    "clone",
    "speed",
    "loop",
    "max_gap",
    "count",
    "late",
    "backwards",
    "order",
    "filter",
    "frames",
    "link",
    "between",
    "sample",
    "cut",
    "oversize",
    "mtu",
    "map",
    "ports",
    "macs",
    "vlan",
    "ttl",
    "dscp",
    "size",
    "payload",
    "checksums",
    "compare",
    "server_interface",
    "client",
    "server_ports",
    "order_timeout",
    "next_hop",
    "server_next_hop", /* each takes a value */
};
static const char *const flags[] = {"preload", "inside", "ordered"};

static int run(struct call *c)
{
    struct profile *p = profile_parse(c->arena, "replay", span_of("[stream trace]\n"), c->errs);
    const char *to = option_value(c->options, "write");
    if (!p) return EXIT_USAGE;
    p->dir = ".";
    p->v->at = (struct where){0}; /* nobody wrote it: what is wrong with it has no line */
    profile_put(p, "stream", "trace", "replay", captures(c), "CAPTURE");
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (option_given(c->options, flags[i]))
            profile_put(p, "stream", "trace", flags[i], "yes",
                        arena_printf(c->arena, "--%s", flags[i]));
    if (option_given(c->options, "step"))
        profile_put(p, "stream", "trace", "rate", "step", "--step");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *option = option_for(c->arena, keys[i]),
                   *value = option_value(c->options, option);
        if (value)
            profile_put(p, "stream", "trace", keys[i], value,
                        arena_printf(c->arena, "--%s", option));
    }
    put_live(c, p);
    if (option_given(c->options, "clone") && option_given(c->options, "rate"))
        err_add(c->errs, (struct where){0},
                "--rate is for frames and --clone for copies, expected one of them");
    if (to) {
        bool null = span_is(span_of(to), "null");
        profile_put(p, "stream", "trace", "wire",
                    null ? to : arena_printf(c->arena, "pcapfile(%s)", to), "--write");
    }
    struct plan *plan = errs_any(c->errs) ? NULL : load_plan(c, p, false);
    return plan ? run_and_tell(c, plan) : EXIT_USAGE;
}

const struct command cmd_replay = {
    .name = "replay",
    .args = "CAPTURE...",
    .help = "Replays a capture without a profile: at its recorded times, faster or slower, or at a "
            "rate",
    .args_min = 1,
    .args_max = 10000,
    .options = (const struct option_spec *const[]){replay_options, output_options, NULL},
    .run = run,
};
