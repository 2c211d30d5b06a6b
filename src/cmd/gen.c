/* spate gen: makes units without sending them. */
#include <ctype.h>
#include <inttypes.h>

#include "base/clock.h"
#include "cmd/load.h"
#include "plan/units.h"
#include "stats/hash.h"

static const struct option_spec gen_options[] = {
    {"stream", 0, "NAME", "of this stream; default: the first"},
    {"count", 'n', "COUNT", "how many units; default 10, or all that are due in the duration"},
    {"at", 0, "INDEX", "from this unit on"},
    {"write", 'w', "FILE", "write packets to this capture file; null: make them and drop them"},
    {"text", 0, NULL, "one line for each packet; requests as they are (the default)"},
    {"json", 0, NULL, "one JSON object a line for each unit"},
    {"hash", 0, NULL, "only the hash over all units, whatever the number of workers"},
    {0},
};

enum form { FORM_TEXT, FORM_JSON, FORM_HASH, FORM_FILE };
struct making {
    const struct stream *stream;
    enum form form;
    struct wire *wire;
    unit_hash hash;
    uint64_t made, bytes;
};

static void print_string(struct frame f)
{
    putchar('"');
    for (size_t i = 0; i < f.len; i++) {
        uint8_t c = f.p[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c >= 0x20 && c < 0x7f)
            putchar(c);
        else
            printf("\\u%04x", c);
    }
    putchar('"');
}

static void print_flow(const struct making *m, uint64_t index)
{
    struct scratch scratch = {0};
    uint64_t flow, step;
    if (!m->stream->population) return;
    population_flows(m->stream->population, &index, 1, &scratch, &flow, &step);
    printf("\"flow\":%" PRIu64 ",\"step\":%" PRIu64 ",", flow, step);
    scratch_free(&scratch);
}

static void print_json(const struct making *m, const struct unit *u, uint64_t index, uint64_t due)
{
    const struct kind *k = &m->stream->kinds[u->kind];
    printf("{\"index\":%" PRIu64 ",\"due_ns\":%" PRIu64 ",", index, due);
    print_flow(m, index);
    printf("\"kind\":\"%s\",\"bytes\":%u,", k->name, u->frame.len);
    if (k->packet) {
        printf("\"packet\":");
        packet_print_json(k->packet, span_make(u->frame.p, u->frame.len), stdout);
    } else {
        printf("\"request\":");
        print_string(u->frame);
    }
    printf("}\n");
}

static void print_text(const struct kind *k, const struct unit *u, uint64_t index, uint64_t due)
{
    printf("#%" PRIu64 " %.6fs ", index, (double)due / 1e9);
    if (k->packet) {
        packet_print_text(k->packet, span_make(u->frame.p, u->frame.len), stdout);
        putchar('\n');
        return;
    }
    printf("%s, %u bytes\n", k->name, u->frame.len);
    for (size_t i = 0; i < u->frame.len; i++) {
        uint8_t c = u->frame.p[i];
        if (c == '\n' || (c >= 0x20 && c < 0x7f))
            putchar(c);
        else if (c != '\r')
            printf("\\x%02x", c);
    }
    if (u->frame.len && u->frame.p[u->frame.len - 1] != '\n') putchar('\n');
}

static bool take_units(struct making *m, const struct unit *u, const uint64_t *index,
                       const uint64_t *due, size_t n)
{
    struct frame frame[BATCH];
    for (size_t i = 0; i < n; i++) {
        const struct kind *k = &m->stream->kinds[u[i].kind];
        m->bytes += u[i].frame.len;
        if (m->form == FORM_HASH)
            m->hash += hash_unit(index[i], u[i].frame.p, u[i].frame.len);
        else if (m->form == FORM_JSON)
            print_json(m, &u[i], index[i], due[i]);
        else if (m->form == FORM_TEXT)
            print_text(k, &u[i], index[i], due[i]);
        frame[i] = u[i].frame;
        frame[i].at_ns = due[i];
    }
    if (m->form != FORM_FILE) return true;
    size_t done = 0;
    return m->wire->class->send(m->wire, frame, n, &done) == SENT_OK;
}

/* Each worker's share in turn for the hash, to show that the shares add up; else in order. */
static bool make_units(struct call *c, struct making *m, uint64_t at, uint64_t count,
                       unsigned workers)
{
    uint64_t index[BATCH], due[BATCH] = {0};
    struct unit unit[BATCH];
    struct maker *maker = maker_new(m->stream, c->arena);
    const struct schedule *s = m->stream->schedule;
    bool fine = true;
    if (m->form != FORM_HASH) workers = 1;
    for (unsigned w = 0; w < workers && fine; w++) {
        struct schedule_state *st = s ? schedule_start(s, c->arena) : NULL;
        for (uint64_t k = w; k < count && fine;) {
            uint64_t left = (count - k + workers - 1) / workers;
            size_t n = left < BATCH ? (size_t)left : BATCH;
            for (size_t i = 0; i < n; i++) index[i] = at + k + i * workers;
            if (st) n = schedule_due(s, st, index[0], workers, n, due);
            if (n == 0) break;
            maker_make(maker, index, due, n, unit);
            fine = take_units(m, unit, index, due, n);
            m->made += n;
            k += n * workers;
        }
    }
    maker_free(maker);
    if (!fine)
        err_add(c->errs, (struct where){option_value(c->options, "write"), 0}, "cannot be written");
    if (fine && count && m->made == 0)
        return err_add(
            c->errs, m->stream->at,
            "stream %s has no unit %llu, its schedule ends before; expected a lower --at",
            m->stream->name, (unsigned long long)at);
    return fine;
}

static const char *stream_at(const void *plan, size_t i)
{
    const struct plan *p = plan;
    return i < p->n ? p->streams[i].name : NULL;
}

static const struct stream *choose_stream(struct call *c, const struct plan *p)
{
    char hint[80];
    const char *name = option_value(c->options, "stream");
    for (size_t i = 0; i < p->n; i++)
        if (!name || strcmp(name, p->streams[i].name) == 0) {
            if (p->streams[i].way != WAY_REPLAY) return &p->streams[i];
            err_add(c->errs, p->streams[i].at,
                    "stream %s replays a capture, expected one that makes "
                    "packets or requests",
                    p->streams[i].name);
            return NULL;
        }
    err_add(c->errs, (struct where){0}, "--stream is '%.40s', expected a stream of the profile%s",
            name, err_suggest(hint, err_nearest(name, stream_at, p)));
    return NULL;
}

static bool open_file(struct call *c, struct making *m, const char *path)
{
    bool null = strcmp(path, "null") == 0;
    struct wire_opts opts = {.place = path, .nanoseconds = true, .linktype = 1};
    if (m->stream->way == WAY_REQUESTS && !null)
        return err_add(c->errs, (struct where){0},
                       "--write takes packets, but stream %s makes requests; "
                       "expected --text, --json or --hash",
                       m->stream->name);
    m->form = FORM_FILE;
    m->wire = wire_class_named(null ? "null" : "pcapfile")->open(&opts, (struct where){0}, c->errs);
    return m->wire != NULL;
}

static int run(struct call *c)
{
    struct plan *p = load_argument(c, true);
    const char *file = option_value(c->options, "write");
    uint64_t at = 0, count = 10;
    char hash[33];
    if (!p) return EXIT_USAGE;
    struct making m = {.stream = choose_stream(c, p)};
    if (!m.stream) return EXIT_USAGE;
    m.form = option_given(c->options, "hash")   ? FORM_HASH
             : option_given(c->options, "json") ? FORM_JSON
                                                : FORM_TEXT;
    if ((m.form == FORM_HASH || file) && m.stream->schedule)
        count = stream_units(m.stream, p->duration);
    option_number(c->options, "at", 0, UINT64_MAX / 2, &at, c->errs);
    option_number(c->options, "count", 0, UINT64_MAX / 2, &count, c->errs);
    if (errs_any(c->errs) || (file && !open_file(c, &m, file))) return EXIT_USAGE;
    uint64_t began = clock_now();
    bool fine = make_units(c, &m, at, count, p->workers);
    double seconds = (double)(clock_now() - began) / 1e9;
    if (m.form == FORM_HASH) printf("%s\n", hash_format(hash, m.hash));
    if (m.wire && !m.wire->class->close(m.wire, c->errs)) fine = false;
    if (m.form == FORM_FILE && fine && strcmp(file, "-") != 0) {
        char units[UNITS_BUF], bytes[UNITS_BUF], rate[UNITS_BUF];
        printf("%s units, %s, %s/s\n", units_whole(units, m.made),
               units_bytes(bytes, (double)m.bytes),
               units_count(rate, seconds > 0 ? (double)m.made / seconds : 0));
    }
    if (count && m.made == 0) return EXIT_USAGE;
    return fine && !ferror(stdout) ? EXIT_PASS : EXIT_RUN;
}

const struct command cmd_gen = {
    .name = "gen",
    .args = "PROFILE",
    .help =
        "Makes units without sending them: to look at, to write to a capture, to compare by hash",
    .args_min = 1,
    .args_max = 1,
    .options = (const struct option_spec *const[]){gen_options, profile_options, NULL},
    .run = run,
};
