/* spate info: what is in a capture, and what a replay of it would do. */
#include "trace/info.h"

#include <inttypes.h>
#include <stdarg.h>
#include <time.h>

#include "cmd/info_json.h"
#include "cmd/load.h"
#include "report/page.h"
#include "trace/link.h"
#include "trace/source.h"

static const struct option_spec info_options[] = {
    {"json", 0, NULL, "one JSON object a line for each capture"},
    {"mtu", 0, "BYTES", "of the interface to replay on; default 1500"},
    {"allow", 0, "PREFIX", "networks that may be sent to besides the test networks"},
    {0},
};

#define WIDTH 80
#define LABEL 13

/* A row under construction. */
struct row {
    char text[512];
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void add(struct row *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(r->text + r->n, sizeof r->text - r->n, fmt, args);
    va_end(args);
    r->n += n > 0 ? (size_t)n : 0;
    if (r->n >= sizeof r->text) r->n = sizeof r->text - 1;
}

/* Ends it: the label and the text beside it, in lines that fit a terminal. */
static void put(const char *label, struct row *r)
{
    printf("  %-*s", LABEL - 2, label);
    page_wrap(&(struct page){.f = stdout, .width = WIDTH}, INK_PLAIN, LABEL, r->text);
    *r = (struct row){0};
}

static void add_stamp(struct row *r, int64_t ns)
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
    add(r, "%s.%09" PRId64 "Z", text, rest);
}

static void print_time(const struct info *i)
{
    char a[UNITS_BUF], b[UNITS_BUF], c[UNITS_BUF];
    struct row r = {0};
    double ns = (double)i->last_ns - (double)i->first_ns;
    if (i->timed == 0) {
        add(&r, "no frame has a time stamp");
        put("time", &r);
        return;
    }
    add_stamp(&r, i->first_ns);
    add(&r, " to");
    put("time", &r);
    add_stamp(&r, i->last_ns);
    add(&r, ", %s", units_span(a, ns));
    put("", &r);
    if (ns > 0) {
        add(&r, "%s frames/s, %sbit/s; fullest second: %s frame%s, %s",
            units_count(a, (double)i->frames * 1e9 / ns),
            units_count(b, (double)i->wire_bytes * 8e9 / ns),
            units_whole((char[UNITS_BUF]){0}, i->peak_frames), units_plural(i->peak_frames),
            units_bytes(c, (double)i->peak_bytes));
        put("rate", &r);
    }
    add(&r, "longest %s", units_span(a, (double)i->max_gap_ns));
    if (i->backwards)
        add(&r, "; time goes back %s time%s, by up to %s", units_whole(b, i->backwards),
            units_plural(i->backwards), units_span(c, (double)i->max_back_ns));
    if (i->timed < i->frames)
        add(&r, "; %s without a time stamp", units_whole(a, i->frames - i->timed));
    put("gaps", &r);
}

static void print_sizes(const struct info *i)
{
    char a[UNITS_BUF];
    struct row r = {0};
    uint32_t from = 0;
    add(&r, "%u to %u bytes, mean %.0f", i->shortest, i->longest,
        (double)i->wire_bytes / (double)i->frames);
    put("sizes", &r);
    for (size_t k = 0; k < INFO_SIZES; k++) {
        const char *comma = r.n ? ", " : "";
        if (i->size[k] && info_size_below[k] == UINT32_MAX)
            add(&r, "%s%u up: %s", comma, from, units_whole(a, i->size[k]));
        else if (i->size[k])
            add(&r, "%s%u..%u: %s", comma, from, info_size_below[k] - 1,
                units_whole(a, i->size[k]));
        from = info_size_below[k];
    }
    put("", &r);
}

static void print_table(const char *title, const struct info_table *t,
                        const char *(*name)(uint32_t key, char *buf))
{
    char buf[64], a[UNITS_BUF], b[UNITS_BUF];
    for (size_t k = 0; k <= t->n; k++) {
        const struct info_row *r = k < t->n ? &t->row[k] : &t->other;
        if (r->frames)
            printf("  %-10s %-20s %12s frame%-1s %12s\n", k ? "" : title,
                   k < t->n ? name(r->key, buf) : "others", units_whole(a, r->frames),
                   units_plural(r->frames), units_bytes(b, (double)r->bytes));
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
    struct row r = {0};
    for (size_t k = 0; k < SUM_KINDS; k++)
        if (i->sums_wrong[k])
            add(&r, "%s%s of %s %s", r.n ? ", " : "wrong: ", units_whole(a, i->sums_wrong[k]),
                units_whole(b, i->sums[k]), info_sums[k]);
    if (r.n) {
        add(&r, "; checksums = always makes them anew");
        put("checksums", &r);
    }
    if (i->with_fcs) {
        add(&r, "%s frame%s with a check sequence at the end, which a replay takes off",
            units_whole(a, i->with_fcs), units_plural(i->with_fcs));
        put("checked", &r);
    }
}

static void print_talk(const struct info *i)
{
    char a[UNITS_BUF], b[UNITS_BUF], c[UNITS_BUF];
    struct row r = {0};
    if (i->tcp + i->udp == 0) return;
    add(&r, "%s TCP connection%s", units_whole(a, i->tcp), units_plural(i->tcp));
    if (i->talk.midway) add(&r, ", %s without the beginning", units_whole(a, i->talk.midway));
    add(&r, "; %s UDP flow%s", units_whole(b, i->udp), units_plural(i->udp));
    put("talk", &r);
    add(&r, "clients said %s, servers %s", units_bytes(a, (double)i->said[TALK_CLIENT]),
        units_bytes(b, (double)i->said[TALK_SERVER]));
    if (i->talk.gaps)
        add(&r, "; %s are missing in %s place%s", units_bytes(a, (double)i->talk.gap_bytes),
            units_whole(c, i->talk.gaps), units_plural(i->talk.gaps));
    put("", &r);
}

static void print_fate(const struct info *i, uint32_t mtu)
{
    char a[UNITS_BUF], b[UNITS_BUF];
    struct row r = {0};
    add(&r, "%s of %s frame%s would leave through an MTU of %u",
        units_whole(a, i->fate[FATE_LEAVES]), units_whole(b, i->frames), units_plural(i->frames),
        mtu);
    put("replay", &r);
    if (i->fate[FATE_FOREIGN]) {
        add(&r, "%s of another link type than Ethernet; link = ethernet turns %s",
            units_whole(a, i->fate[FATE_FOREIGN]), units_whole(b, i->convertible));
        put("", &r);
    }
    if (i->fate[FATE_CUT]) {
        add(&r, "%s cut by the recorder; cut = pad or short sends them",
            units_whole(a, i->fate[FATE_CUT]));
        put("", &r);
    }
    if (i->fate[FATE_NOT_ALLOWED]) {
        add(&r, "%s to where sending is not allowed; map or allow may help",
            units_whole(a, i->fate[FATE_NOT_ALLOWED]));
        put("", &r);
    }
    if (i->fate[FATE_TOO_BIG]) {
        add(&r, "%s longer than the MTU allows; oversize = segment splits %s into %s",
            units_whole(a, i->fate[FATE_TOO_BIG]), units_whole(b, i->segmentable),
            units_whole((char[UNITS_BUF]){0}, i->segments));
        put("", &r);
    }
}

static void print_text(const char *path, const struct info *i, uint32_t mtu)
{
    char a[UNITS_BUF], b[UNITS_BUF], c[UNITS_BUF];
    struct row r = {0};
    printf("%s\n", path);
    add(&r, "%s", i->format);
    put("format", &r);
    if (*i->problem) {
        add(&r, "%s; all before it was read", i->problem);
        put("damage", &r);
    }
    add(&r, "%s, %s captured of %s", units_whole(a, i->frames), units_bytes(b, (double)i->bytes),
        units_bytes(c, (double)i->wire_bytes));
    put("frames", &r);
    if (i->frames == 0) return;
    print_time(i);
    print_sizes(i);
    print_table("links", &i->links, link_row);
    if (i->interfaces.n > 1) print_table("interfaces", &i->interfaces, interface_name);
    print_table("protocols", &i->protocols, protocol_row);
    add(&r, "%s%s", i->flows_capped ? "more than " : "", units_whole(a, i->flows));
    put("flows", &r);
    print_talk(i);
    if (i->cut || i->tagged || i->fragments || i->over_mtu) {
        add(&r, "cut %s, over the MTU %s, with VLAN tags %s, IP fragments %s",
            units_whole(a, i->cut), units_whole(b, i->over_mtu), units_whole(c, i->tagged),
            units_whole((char[UNITS_BUF]){0}, i->fragments));
        put("frames", &r);
    }
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
    struct source_files files = {0};
    for (size_t i = 0; i < c->options->args.n; i++)
        source_list(c->arena, c->options->args.v[i], &files, (struct where){0}, c->errs);
    for (size_t i = 0; i < files.n; i++) {
        const char *path = files.v[i];
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
    .help = "Tells what is in captures, or in those of a directory, and what a replay would do",
    .args_min = 1,
    .args_max = 10000,
    .options = (const struct option_spec *const[]){info_options, NULL},
    .run = run,
};
