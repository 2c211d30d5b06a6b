/* spate info: what is in a capture, and what a replay of it would do. */
#include "trace/info.h"

#include <inttypes.h>
#include <time.h>

#include "cmd/info_json.h"
#include "cmd/load.h"
#include "trace/link.h"

static const struct option_spec info_options[] = {
    {"json", 0, NULL, "one JSON object a line for each capture"},
    {"mtu", 0, "BYTES", "of the interface to replay on; default 1500"},
    {"allow", 0, "PREFIX", "networks that may be sent to besides the test networks"},
    {0},
};

static void print_stamp(const char *what, int64_t ns)
{
    char text[32];
    int64_t s = ns / 1000000000, rest = ns % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        s--;
    }
    time_t t = (time_t)s;
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    printf("%s %s.%09" PRId64 "Z", what, text, rest);
}

static void print_time(const struct info *i)
{
    char a[UNITS_BUF], b[UNITS_BUF], c[UNITS_BUF];
    double ns = (double)i->last_ns - (double)i->first_ns;
    if (i->timed == 0) {
        printf("  time       no frame has a time stamp\n");
        return;
    }
    print_stamp("  time      ", i->first_ns);
    print_stamp(" to", i->last_ns);
    printf(", %s\n", units_time(a, ns));
    if (ns > 0)
        printf("  rate       %s frames/s, %sbit/s; fullest second: %s frames, %s\n",
               units_count(a, (double)i->frames * 1e9 / ns),
               units_count(b, (double)i->wire_bytes * 8e9 / ns),
               units_whole((char[UNITS_BUF]){0}, i->peak_frames),
               units_bytes(c, (double)i->peak_bytes));
    printf("  gaps       longest %s", units_time(a, (double)i->max_gap_ns));
    if (i->backwards)
        printf("; time goes back %s time%s, by up to %s", units_whole(b, i->backwards),
               i->backwards == 1 ? "" : "s", units_time(c, (double)i->max_back_ns));
    if (i->timed < i->frames)
        printf("; %s frames have no time stamp", units_whole(a, i->frames - i->timed));
    putchar('\n');
}

static void print_sizes(const struct info *i)
{
    char a[UNITS_BUF];
    uint32_t from = 0;
    printf("  sizes      %u to %u bytes, mean %.0f\n            ", i->shortest, i->longest,
           (double)i->wire_bytes / (double)i->frames);
    for (size_t k = 0; k < INFO_SIZES; k++) {
        if (i->size[k] && info_size_below[k] == UINT32_MAX)
            printf("  %u up: %s", from, units_whole(a, i->size[k]));
        else if (i->size[k])
            printf("  %u..%u: %s", from, info_size_below[k] - 1, units_whole(a, i->size[k]));
        from = info_size_below[k];
    }
    putchar('\n');
}

static void print_table(const char *title, const struct info_table *t,
                        const char *(*name)(uint32_t key, char *buf))
{
    char buf[64], a[UNITS_BUF], b[UNITS_BUF];
    for (size_t k = 0; k <= t->n; k++) {
        const struct info_row *r = k < t->n ? &t->row[k] : &t->other;
        if (r->frames)
            printf("  %-10s %-20s %12s frames %12s\n", k ? "" : title,
                   k < t->n ? name(r->key, buf) : "others", units_whole(a, r->frames),
                   units_bytes(b, (double)r->bytes));
    }
}

static const char *interface_name(uint32_t key, char *buf)
{
    snprintf(buf, 64, "interface %u", key);
    return buf;
}
static const char *link_row(uint32_t key, char *buf)
{
    return link_name(key, buf);
}
static const char *protocol_row(uint32_t key, char *buf)
{
    return info_protocol(key, buf);
}

/* Only what is wrong is worth a line. */
static void print_sums(const struct info *i)
{
    char a[UNITS_BUF], b[UNITS_BUF];
    bool any = false;
    for (size_t k = 0; k < SUM_KINDS; k++) {
        if (!i->sums_wrong[k]) continue;
        printf("%s%s of %s %s",
               any ? ", " : "  checksums  wrong: ", units_whole(a, i->sums_wrong[k]),
               units_whole(b, i->sums[k]), info_sums[k]);
        any = true;
    }
    if (any) printf("; checksums = always makes them anew\n");
    if (i->with_fcs)
        printf("  checked    %s frames end with a check sequence, which a replay takes off\n",
               units_whole(a, i->with_fcs));
}

static void print_talk(const struct info *i)
{
    char a[UNITS_BUF], b[UNITS_BUF], c[UNITS_BUF];
    if (i->tcp + i->udp == 0) return;
    printf("  talk       %s TCP connection%s", units_whole(a, i->tcp), i->tcp == 1 ? "" : "s");
    if (i->talk.midway) printf(", %s without their beginning", units_whole(a, i->talk.midway));
    printf("; %s UDP flow%s\n", units_whole(b, i->udp), i->udp == 1 ? "" : "s");
    printf("             clients said %s, servers %s", units_bytes(a, (double)i->said[TALK_CLIENT]),
           units_bytes(b, (double)i->said[TALK_SERVER]));
    if (i->talk.gaps)
        printf("; %s are missing in %s place%s", units_bytes(a, (double)i->talk.gap_bytes),
               units_whole(c, i->talk.gaps), i->talk.gaps == 1 ? "" : "s");
    putchar('\n');
}

static void print_fate(const struct info *i, uint32_t mtu)
{
    char a[UNITS_BUF], b[UNITS_BUF];
    printf("  replay     %s of %s frames would leave through an MTU of %u\n",
           units_whole(a, i->fate[FATE_LEAVES]), units_whole(b, i->frames), mtu);
    if (i->fate[FATE_FOREIGN])
        printf("             %s are of another link type than Ethernet; link = ethernet turns %s "
               "of them\n",
               units_whole(a, i->fate[FATE_FOREIGN]), units_whole(b, i->convertible));
    if (i->fate[FATE_CUT])
        printf("             %s were cut when they were recorded; cut = pad or short sends them\n",
               units_whole(a, i->fate[FATE_CUT]));
    if (i->fate[FATE_NOT_ALLOWED])
        printf("             %s go where sending is not allowed; map or allow may help\n",
               units_whole(a, i->fate[FATE_NOT_ALLOWED]));
    if (i->fate[FATE_TOO_BIG])
        printf("             %s are longer than the MTU allows; oversize = segment splits %s into "
               "%s\n",
               units_whole(a, i->fate[FATE_TOO_BIG]), units_whole(b, i->segmentable),
               units_whole((char[UNITS_BUF]){0}, i->segments));
}

static void print_text(const char *path, const struct info *i, uint32_t mtu)
{
    char a[UNITS_BUF], b[UNITS_BUF], c[UNITS_BUF];
    printf("%s\n  format     %s\n", path, i->format);
    if (*i->problem) printf("  damage     %s; all before it was read\n", i->problem);
    printf("  frames     %s, %s captured of %s\n", units_whole(a, i->frames),
           units_bytes(b, (double)i->bytes), units_bytes(c, (double)i->wire_bytes));
    if (i->frames == 0) return;
    print_time(i);
    print_sizes(i);
    print_table("links", &i->links, link_row);
    if (i->interfaces.n > 1) print_table("interfaces", &i->interfaces, interface_name);
    print_table("protocols", &i->protocols, protocol_row);
    printf("  flows      %s%s\n", i->flows_capped ? "more than " : "", units_whole(a, i->flows));
    print_talk(i);
    if (i->cut || i->tagged || i->fragments || i->over_mtu)
        printf("  frames     cut %s, over the MTU %s, with VLAN tags %s, IP fragments %s\n",
               units_whole(a, i->cut), units_whole(b, i->over_mtu), units_whole(c, i->tagged),
               units_whole((char[UNITS_BUF]){0}, i->fragments));
    print_sums(i);
    print_fate(i, mtu);
}

static bool allowed(const void *plan, struct addr to)
{
    return plan_allows(plan, to);
}

/* A plan without streams of its own, for its target rules only. */
static struct plan *rules(struct call *c)
{
    static const char profile[] =
        "[stream rules]\nrate = 1/s\nsend = none\ncount = 1\nwire = null\n"
        "[packet none]\nlayers = eth / arp\n";
    struct profile *p = profile_parse(c->arena, "info", span_of(profile), c->errs);
    return p ? load_plan(c, p, true) : NULL;
}

static int run(struct call *c)
{
    uint64_t mtu = 1500;
    struct info info;
    bool json = option_given(c->options, "json");
    if (!option_number(c->options, "mtu", 68, 1 << 20, &mtu, c->errs)) return EXIT_USAGE;
    struct plan *plan = rules(c);
    if (!plan) return EXIT_USAGE;
    struct info_opts opts = {.mtu = (uint32_t)mtu, .allows = allowed, .ctx = plan};
    for (size_t i = 0; i < c->options->args.n; i++) {
        const char *path = c->options->args.v[i];
        if (!info_read(path, &opts, &info, c->errs)) continue;
        if (json)
            info_json(path, &info, stdout);
        else
            print_text(path, &info, (uint32_t)mtu);
    }
    return errs_any(c->errs) ? EXIT_USAGE : EXIT_PASS;
}

const struct command cmd_info = {
    .name = "info",
    .args = "CAPTURE...",
    .help = "Tells what is in captures, and what a replay of them would do",
    .args_min = 1,
    .args_max = 10000,
    .options = (const struct option_spec *const[]){info_options, NULL},
    .run = run,
};
