/* spate replay: replays a capture without a profile; it writes the profile itself. */
#include "cmd/load.h"

static const struct option_spec replay_options[] = {
    {"interface", 'i', "IFACE", "where the frames leave"},
    {"write", 'w', "FILE", "write them to this capture file instead; null: nowhere"},
    {"speed", 0, "FACTOR", "recorded gaps are divided by this, as in 2x"},
    {"rate", 0, "RATE", "frames per second, or max, instead of the recorded times"},
    {"loop", 0, "N", "how many times, or forever"},
    {"max-gap", 0, "TIME", "longer recorded gaps are cut to this"},
    {"count", 0, "N", "stop after this many frames"},
    {"late", 0, "HOW", "catchup, drop or stretch"},
    {"duration", 0, "TIME", "stop after this time"},
    {"pacing", 0, "HOW", "sleep, hybrid or spin"},
    {"seed", 0, "N", "what random draws are keyed with"},
    {"set", 0, "SECTION.KEY=VALUE", "anything else a profile may say; the stream is 'stream trace'"},
    {"allow", 0, "PREFIX", "networks that may be sent to besides the test networks"},
    {0},
};

static int run(struct call *c)
{
    static const struct {
        const char *option, *key;
    } keys[] = {{"speed", "speed"}, {"loop", "loop"},   {"max-gap", "max_gap"},
                {"count", "count"}, {"late", "late"}};
    struct profile *p = profile_parse(c->arena, "replay", span_of("[stream trace]\nloop = 1\n"), c->errs);
    const char *to = option_value(c->options, "write");
    if (!p) return EXIT_USAGE;
    p->dir = ".";
    profile_put(p, "stream", "trace", "replay", c->options->args.v[0], "CAPTURE");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value = option_value(c->options, keys[i].option);
        if (value)
            profile_put(p, "stream", "trace", keys[i].key, value,
                        arena_printf(c->arena, "--%s", keys[i].option));
    }
    if (to) {
        bool null = span_is(span_of(to), "null");
        profile_put(p, "stream", "trace", "wire",
                    null ? to : arena_printf(c->arena, "pcapfile(%s)", to), "--write");
    }
    struct plan *plan = load_plan(c, p, false);
    return plan ? run_and_tell(c, plan) : EXIT_USAGE;
}

const struct command cmd_replay = {
    .name = "replay",
    .args = "CAPTURE",
    .help = "Replays a capture without a profile: at its recorded times, faster or slower, or at a rate",
    .args_min = 1,
    .args_max = 1,
    .options = (const struct option_spec *const[]){replay_options, output_options, NULL},
    .run = run,
};
