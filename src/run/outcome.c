#include "run/outcome.h"

#include "plan/clone.h"
#include "run/measured.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifndef SPATE_VERSION
#error "the Makefile defines SPATE_VERSION"
#endif

#define SPOILED_NS 1000000.0 /* own lateness below a millisecond at p99 spoils nothing */

/* Whether all units of the stream are those of a capture. */
static bool replays(const struct stream *s)
{
    return s->way == WAY_REPLAY || s->way == WAY_LIVE;
}

/* Whether they are requests to a target. */
static bool speaks(const struct stream *s)
{
    return s->way == WAY_REQUESTS || s->way == WAY_LIVE;
}

static void describe_streams(const struct outcome *o, struct result *r, uint64_t end)
{
    static const char *const loops[] = {"open", "closed", "closed"};
    const struct plan *p = o->plan;
    for (size_t i = 0; i < p->n; i++) {
        const struct stream *s = &p->streams[i];
        struct result_stream *x = &r->streams[i];
        x->loop = s->way == WAY_LIVE ? "partly-open" : loops[s->loop];
        x->flood = s->loop == LOOP_FLOOD;
        x->silent = !speaks(s) && !s->replies;
        if (s->schedule && !s->by_size && s->way != WAY_CONVERSATIONS && s->way != WAY_LIVE)
            x->planned = measured_units(o, i, end, r->arena);
        else if (s->way == WAY_REPLAY || s->way == WAY_CONVERSATIONS || s->way == WAY_LIVE)
            x->planned = x->counts.offered;
        x->planned_rate = r->duration_s > 0 ? (double)x->planned / r->duration_s : 0;
    }
}

/* The generator's own lateness must not make up a tenth of what is told as latency. */
static void check_own_lateness(const struct outcome *o, struct result *r, size_t i)
{
    struct hist own = {0};
    char a[UNITS_BUF], b[UNITS_BUF];
    hist_open(&own);
    for (unsigned w = 0; w < o->plan->workers; w++)
        if (o->workers[w].lanes[i]) hist_merge(&own, &o->workers[w].lanes[i]->own);
    double late = (double)hist_quantile(&own, 0.99);
    const struct hist *response = &r->streams[i].counts.latency[LATENCY_RESPONSE];
    double told = (double)hist_quantile(response, 0.99);
    bool measures = speaks(&o->plan->streams[i]) || o->plan->streams[i].replies;
    hist_close(&own);
    if (measures && response->count == 0) return; /* nothing is told that could be spoiled */
    if (late <= SPOILED_NS || (measures && late * 10 < told)) return;
    if (!measures && late < 10 * SPOILED_NS) return;
    result_invalid(r,
                   arena_printf(r->arena,
                                "stream %s: the generator itself was late by %s at p99%s%s; give "
                                "it a lower rate, more workers or an idle machine",
                                r->streams[i].name, units_time(a, late),
                                measures ? " where response times are " : "",
                                measures ? units_time(b, told) : ""));
}

/* A device that takes fewer packets than planned spoils the plan. */
static void check_rate(const struct outcome *o, struct result *r, size_t i)
{
    const struct stream *s = &o->plan->streams[i];
    const struct result_stream *x = &r->streams[i];
    if (speaks(s) || !s->schedule || x->planned < 100 || o->stopped_at != NEVER) return;
    double achieved = result_rate(r, &x->counts), planned = x->planned_rate;
    if (achieved >= 0.99 * planned || x->counts.shed + x->counts.failed > 0) return;
    result_invalid(r, arena_printf(r->arena,
                                   "stream %s: %.1f%% of the planned rate left; the "
                                   "device or this machine takes no more",
                                   x->name, 100 * achieved / planned));
}

/* A target that gave no whole reply in time, right or wrong, was not there for this run. */
static bool never_replied(const struct outcome *o, const struct result *r)
{
    uint64_t sent = 0, replied = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct counts *c = &r->streams[i].counts;
        if (!speaks(&o->plan->streams[i])) continue;
        sent += c->sent;
        if (o->plan->streams[i].way == WAY_LIVE) /* which may await no replies */
            replied += c->answered - c->errors[ERROR_RESET] - c->errors[ERROR_CLOSED] -
                       c->errors[ERROR_BAD_REPLY];
        replied += c->latency[LATENCY_RESPONSE].count + c->errors[ERROR_UNEXPECTED_STATUS] +
                   c->errors[ERROR_UNEXPECTED_HEADER] + c->errors[ERROR_UNEXPECTED_BODY];
    }
    return r->complete && sent && !replied;
}

/* Requests that never were for want of a socket say nothing about the target. */
static void check_ports(struct result *r, size_t i)
{
    char n[UNITS_BUF];
    uint64_t missing = r->streams[i].counts.errors[ERROR_NO_PORTS];
    if (missing)
        result_invalid(r, arena_printf(r->arena,
                                       "stream %s: %s request%s found no local port or "
                                       "descriptor; give it fewer connections or raise ulimit -n",
                                       r->streams[i].name, units_whole(n, missing),
                                       units_plural(missing)));
}

/* What the capture lost may be what is told as timed out. */
static void check_capture(const struct outcome *o, const struct catcher *c, struct result *r,
                          size_t i)
{
    char lost[UNITS_BUF], missed[UNITS_BUF];
    uint64_t dropped = c->path[i].dropped, missing = r->streams[i].counts.timed_out;
    if (o->plan->streams[i].way != WAY_PACKETS || !dropped || !missing) return;
    result_invalid(r, arena_printf(r->arena,
                                   "stream %s: the capture dropped %s packet%s, so none of the %s "
                                   "that timed out is known to be lost; give it a lower rate or "
                                   "an idle machine",
                                   r->streams[i].name, units_whole(lost, dropped),
                                   units_plural(dropped), units_whole(missed, missing)));
}

/* Messages of a recording all of which were left out; NULL: it was otherwise. */
static const char *mute_replay(const struct result *r, const struct stream *s,
                               const struct counts *c)
{
    char text[UNITS_BUF];
    size_t most = 0;
    uint64_t n = counts_skipped(c);
    if (n == 0 || n < c->offered || r->warmup.sent) return NULL;
    for (size_t k = 1; k < ERROR_COUNT; k++)
        if (c->skipped[k] > c->skipped[most]) most = k;
    return arena_printf(r->arena, "none of the %s message%s of %s could be sent: %s",
                        units_whole(text, n), units_plural(n), s->replay.path, error_help[most]);
}

/* A recording of which nothing came due: what was to leave did not, though nothing failed. Who
 * steps by hand may leave at once. */
static const char *empty_replay(const struct outcome *o, const struct result *r)
{
    if (!r->complete) return NULL;
    for (size_t i = 0; i < r->n; i++) {
        const struct stream *s = &o->plan->streams[i];
        const struct counts *c = &r->streams[i].counts;
        const char *mute = s->way == WAY_LIVE ? mute_replay(r, s, c) : NULL;
        if (mute) return mute;
        if (!replays(s) || s->replay.step) continue;
        if (c->offered || r->warmup.offered) continue;
        return arena_printf(r->arena, "%s has no %s to send; see spate info, and what is selected",
                            s->replay.path, speaks(s) ? "message" : "frame");
    }
    return NULL;
}

/* A recording not all of which left. */
static const char *torn_replay(const struct outcome *o, const struct result *r)
{
    char text[UNITS_BUF];
    for (size_t i = r->n; i-- > 0;) {
        const struct stream *s = &o->plan->streams[i];
        uint64_t n = r->streams[i].counts.failed;
        if (!replays(s) || !n) continue;
        return arena_printf(r->arena, "%s %s%s of %s did not leave; the errors tell why",
                            units_whole(text, n), speaks(s) ? "message" : "frame", units_plural(n),
                            s->replay.path);
    }
    return NULL;
}

static void find_failure(const struct outcome *o, struct result *r)
{
    const struct counts *c = &r->totals;
    const char *empty, *stayed;
    size_t worst = 0;
    for (size_t k = 1; k < ERROR_COUNT; k++)
        if (c->errors[k] > c->errors[worst] || worst == 0) worst = k;
    for (unsigned w = 0; w < o->plan->workers; w++)
        for (size_t i = 0; i < o->plan->n; i++) {
            const struct lane *l = o->workers[w].lanes[i];
            if (l && l->failed) r->failed_because = arena_strdup(r->arena, l->failed);
        }
    if (o->gave_up) {
        r->failed_because = o->gave_up;
    } else if (c->offered && c->sent == 0 && c->failed) {
        r->failed_because = arena_printf(r->arena, "nothing could be sent: %s", error_help[worst]);
    } else if (never_replied(o, r)) {
        r->failed_because =
            arena_printf(r->arena, "no request was answered: %s", error_help[worst]);
    } else if ((empty = empty_replay(o, r))) {
        r->failed_because = empty;
    } else if ((stayed = torn_replay(o, r))) {
        r->failed_because = stayed;
    }
}

/* Frames that came due and were dropped for being late did not leave, whoever asked for it. */
static void check_dropped(const struct outcome *o, struct result *r, size_t i)
{
    const struct counts *c = &r->streams[i].counts;
    char n[UNITS_BUF];
    if (o->plan->streams[i].way != WAY_REPLAY || o->stopped_at != NEVER) return;
    uint64_t dropped = c->shed - counts_skipped(c);
    if (dropped)
        result_invalid(r,
                       arena_printf(r->arena, "stream %s: %s frame%s too late to leave and dropped",
                                    r->streams[i].name, units_whole(n, dropped),
                                    dropped == 1 ? " was" : "s were"));
}

static const char *format_start(struct arena *a, uint64_t wall_ns)
{
    struct tm tm;
    char text[32];
    time_t t = (time_t)(wall_ns / NS_PER_S);
    gmtime_r(&t, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    return arena_printf(a, "%s.%03lluZ", text, (unsigned long long)(wall_ns % NS_PER_S / 1000000));
}

static const char *format_sha(struct arena *a, const uint8_t sha[32])
{
    char *text = arena_alloc(a, 65);
    for (int i = 0; i < 32; i++) snprintf(text + 2 * i, 3, "%02x", sha[i]);
    return text;
}

static const char *describe_target(const struct plan *p)
{
    if (p->target_url) return p->target_url;
    for (size_t i = 0; i < p->n; i++)
        if (p->streams[i].place) return p->streams[i].place;
    return p->n && p->streams[0].wire ? p->streams[0].wire->doc.name : "";
}

/* What streams of copies were made from. */
static void add_templates(const struct plan *p, struct result *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct clone *c = p->streams[i].replay.clone;
        struct result_templates *t = &r->streams[i].templates;
        if (!c) continue;
        t->conversations = c->of.n;
        t->frames = c->of.frames;
        memcpy(t->left_out, c->of.left_out, sizeof t->left_out);
    }
}

/* Lanes that share a replay have each conversations of their own. */
static void add_recorded(struct result_recorded *to, const struct result_recorded *from)
{
    to->count += from->count;
    to->torn += from->torn;
    to->capped |= from->capped;
}

static void add_loops(struct result *r, struct result_stream *s, const struct lane *l)
{
    struct loops *sum = arena_new(r->arena, struct loops);
    loops_start(sum);
    if (s->loops) loops_merge(sum, s->loops);
    loops_merge(sum, l->loops);
    s->loops = sum;
    add_recorded(&s->recorded, &l->recorded);
}

/* What frames left by; almost always one for all workers and both sides. */
static void add_wires(struct result *r, struct result_stream *s, const struct lane *l)
{
    for (enum side side = 0; side < SIDES; side++) {
        const char *name = l->wire[side];
        if (name && !s->wire)
            s->wire = name;
        else if (name && !strstr(s->wire, name))
            s->wire = arena_printf(r->arena, "%s, %s", s->wire, name);
    }
}

/* What lanes tell besides what is in their recorders. */
static void add_lanes(const struct outcome *o, struct result *r)
{
    for (unsigned w = 0; w < o->plan->workers; w++)
        for (size_t i = 0; i < r->n; i++) {
            const struct lane *l = o->workers[w].lanes[i];
            if (!l) continue;
            gaps_merge(&r->streams[i].gaps, &l->gaps.gaps);
            result_talks_merge(&r->streams[i].talks, &l->talks);
            result_sides_merge(&r->streams[i].sides, &l->sides);
            add_wires(r, &r->streams[i], l);
            if (l->loops) add_loops(r, &r->streams[i], l);
        }
}

/* What the catcher saw joins what the workers did. */
static void add_capture(const struct catcher *c, struct result *r)
{
    result_add(r, c->rec);
    for (size_t i = 0; i < r->n; i++) {
        r->streams[i].jitter_ns = c->path[i].jitter_ns;
        r->streams[i].reorder_extent = c->path[i].reorder_extent;
        r->streams[i].unchecked = c->path[i].unchecked;
        r->streams[i].answers.arp = c->asked_for[i].arp;
        r->streams[i].answers.nd = c->asked_for[i].nd;
        r->streams[i].answers.echo = c->asked_for[i].echo;
    }
    r->captured = c->captures;
    r->capture.seen = c->counts.seen;
    r->capture.matched = c->counts.matched;
    r->capture.foreign = c->counts.foreign;
    r->capture.dropped = c->counts.dropped;
    r->capture.cut = c->counts.cut;
    r->wire_absent = c->wire_absent ? arena_strdup(r->arena, c->wire_absent) : NULL;
}

static int by_place(const void *a, const void *b)
{
    const struct result_difference *x = a, *y = b;
    if (x->connection != y->connection) return x->connection < y->connection ? -1 : 1;
    return (x->message > y->message) - (x->message < y->message);
}

/* The first that any worker told, in the order of the capture. */
static void add_differences(const struct outcome *o, struct result *r, size_t stream)
{
    struct result_stream *s = &r->streams[stream];
    if (o->plan->streams[stream].way != WAY_LIVE) return;
    size_t n = 0, room = DIFFERENCES_MAX * o->plan->workers;
    s->differing = arena_array(r->arena, struct result_difference, room);
    for (unsigned w = 0; w < o->plan->workers; w++) {
        const struct lane *l = o->workers[w].lanes[stream];
        if (l) n += live_differences(l, r->arena, s->differing + n);
    }
    qsort(s->differing, n, sizeof *s->differing, by_place);
    s->differing_count = n < DIFFERENCES_MAX ? n : DIFFERENCES_MAX;
}

struct result *outcome_result(const struct outcome *o, const struct catcher *c, struct arena *a)
{
    const struct plan *p = o->plan;
    struct result *r = result_open(a, &p->layout, p->stream_names, p->kind_names);
    for (unsigned w = 0; w < p->workers; w++) result_add(r, o->workers[w].env.rec);
    add_lanes(o, r);
    add_templates(p, r);
    add_capture(c, r);
    uint64_t end = measured_end(o, a), last = measured_last(o);
    r->spate = SPATE_VERSION;
    r->profile = p->profile->file ? p->profile->file : "";
    r->profile_sha256 = format_sha(a, p->profile->sha256);
    r->start = format_start(a, o->started_wall);
    r->target = describe_target(p);
    r->seed = p->seed;
    r->workers = p->workers;
    r->duration_s = end > p->warmup ? (double)(end - p->warmup) / 1e9 : 0;
    r->planned_s = p->duration == NEVER ? 0 : (double)(p->duration - p->warmup) / 1e9;
    r->achieved_ns = (last > end ? last : end) - (end > p->warmup ? p->warmup : end);
    r->cpu_s = (double)o->cpu_ns / 1e9;
    r->complete = o->stopped_at == NEVER;
    describe_streams(o, r, end);
    for (size_t i = 0; i < r->n; i++) add_differences(o, r, i);
    result_cut(r);
    for (size_t i = 0; i < r->n; i++) {
        check_own_lateness(o, r, i);
        check_rate(o, r, i);
        check_ports(r, i);
        check_dropped(o, r, i);
        check_capture(o, c, r, i);
    }
    find_failure(o, r);
    return r;
}
