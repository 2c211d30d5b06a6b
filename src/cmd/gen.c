/* spate gen: makes units without sending them. */
#include "base/clock.h"
#include "cmd/load.h"
#include "cmd/rehearsal.h"
#include "cmd/show.h"
#include "plan/units.h"

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

/* What is asked for: units at..at+count of the stream. */
struct making {
    struct call *call;
    struct show show;
    uint64_t at, count;
    uint64_t units; /* that were made */
};

/* One worker's share of packets or requests. */
static bool make_share(struct making *m, unsigned worker, unsigned workers, struct maker *maker)
{
    uint64_t index[BATCH], due[BATCH] = {0};
    struct unit unit[BATCH];
    struct shown out[BATCH];
    const struct schedule *s = m->show.stream->schedule;
    struct schedule_state *st = s ? schedule_start(s, m->call->arena) : NULL;
    for (uint64_t k = worker; k < m->count;) {
        uint64_t left = (m->count - k + workers - 1) / workers;
        size_t n = left < BATCH ? (size_t)left : BATCH;
        for (size_t i = 0; i < n; i++) index[i] = m->at + k + i * workers;
        if (st) n = schedule_due(s, st, index[0], workers, n, due);
        if (n == 0) break;
        maker_make(maker, index, due, n, unit);
        for (size_t i = 0; i < n; i++)
            out[i] = (struct shown){.index = index[i],
                                    .number = index[i],
                                    .due = due[i],
                                    .kind = unit[i].kind,
                                    .frame = unit[i].frame};
        if (!show_take(&m->show, out, n)) return false;
        m->units += n;
        k += n * workers;
    }
    return true;
}

/* The conversations of one worker. */
static bool make_talks(struct making *m, unsigned worker, unsigned workers)
{
    struct rehearsal r;
    struct cue cue[BATCH];
    struct line line[BATCH];
    struct shown out[BATCH];
    bool fine = true;
    rehearsal_open(&r, m->show.stream, m->at + worker, m->at + m->count, workers, m->call->arena);
    for (size_t n = BATCH; n == BATCH && fine;) {
        n = rehearsal_take(&r, BATCH, cue, m->call->errs);
        r.script->class->make(r.script, cue, n, line);
        for (size_t i = 0; i < n; i++)
            out[i] = (struct shown){.index = cue[i].unit,
                                    .number = cue_number(&cue[i]),
                                    .due = cue[i].due,
                                    .kind = line[i].kind,
                                    .cue = &cue[i],
                                    .side = line[i].side,
                                    .frame = line[i].frame};
        fine = show_take(&m->show, out, n);
    }
    rehearsal_close(&r);
    m->units += r.begun;
    return fine;
}

/* Each worker's share in turn for the hash, to show that the shares add up; else all in order. */
static bool make(struct making *m, unsigned workers)
{
    struct call *c = m->call;
    const struct stream *s = m->show.stream;
    bool talks = s->way == WAY_CONVERSATIONS, fine = true;
    if (m->show.form != FORM_HASH) workers = 1;
    struct maker *maker = talks ? NULL : maker_new(s, c->arena);
    for (unsigned w = 0; w < workers && fine; w++)
        fine = talks ? make_talks(m, w, workers) : make_share(m, w, workers, maker);
    if (maker) maker_free(maker);
    if (!fine)
        err_add(c->errs, (struct where){option_value(c->options, "write"), 0}, "cannot be written");
    if (fine && m->count && m->units == 0)
        return err_add(
            c->errs, s->at,
            "stream %s has no unit %llu, its schedule ends before; expected a lower --at", s->name,
            (unsigned long long)m->at);
    return fine && !errs_any(c->errs);
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
            if (p->streams[i].way != WAY_REPLAY && p->streams[i].way != WAY_LIVE)
                return &p->streams[i];
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

static bool open_file(struct call *c, const struct plan *p, struct show *s, const char *path)
{
    bool null = strcmp(path, "null") == 0;
    struct wire_opts opts = {.place = path, .nanoseconds = true, .linktype = 1};
    if (s->stream->way == WAY_REQUESTS && !null)
        return err_add(c->errs, (struct where){0},
                       "--write takes packets, but stream %s makes requests; "
                       "expected --text, --json or --hash",
                       s->stream->name);
    if (plan_replays(p, path))
        return err_add(c->errs, (struct where){0},
                       "--write is %s, which the profile reads, expected another file", path);
    s->form = FORM_FILE;
    s->wire = wire_class_named(null ? "null" : "pcapfile")->open(&opts, (struct where){0}, c->errs);
    return s->wire != NULL;
}

/* What was written, for people. */
static void tell_written(const struct making *m, double seconds)
{
    char n[UNITS_BUF], bytes[UNITS_BUF], rate[UNITS_BUF];
    bool talks = m->show.stream->way == WAY_CONVERSATIONS;
    if (talks) printf("%s conversations, ", units_whole(n, m->units));
    printf("%s %s, %s, %s/s\n", units_whole(n, m->show.frames), talks ? "packets" : "units",
           units_bytes(bytes, (double)m->show.bytes),
           units_count(rate, seconds > 0 ? (double)m->show.frames / seconds : 0));
}

static int run(struct call *c)
{
    struct plan *p = load_argument(c, true);
    const char *file = option_value(c->options, "write");
    char hash[33];
    if (!p) return EXIT_USAGE;
    struct making m = {.call = c, .show.stream = choose_stream(c, p), .count = 10};
    struct show *s = &m.show;
    if (!s->stream) return EXIT_USAGE;
    s->form = option_given(c->options, "hash")   ? FORM_HASH
              : option_given(c->options, "json") ? FORM_JSON
                                                 : FORM_TEXT;
    if ((s->form == FORM_HASH || file) && s->stream->schedule)
        m.count = stream_units(s->stream, p->duration);
    option_number(c->options, "at", 0, UINT64_MAX / 2, &m.at, c->errs);
    option_number(c->options, "count", 0, UINT64_MAX / 2, &m.count, c->errs);
    if (errs_any(c->errs) || (file && !open_file(c, p, s, file))) return EXIT_USAGE;
    uint64_t began = clock_now();
    bool fine = make(&m, p->workers);
    double seconds = (double)(clock_now() - began) / 1e9;
    if (s->form == FORM_HASH) printf("%s\n", hash_format(hash, s->hash));
    if (s->wire && !s->wire->class->close(s->wire, c->errs)) fine = false;
    if (s->form == FORM_FILE && fine && strcmp(file, "-") != 0) tell_written(&m, seconds);
    if (m.count && m.units == 0) return EXIT_USAGE;
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
