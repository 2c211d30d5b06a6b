#include "run/feed.h"

void feed_start(struct feed *f, const struct stream *s, struct rec *rec, unsigned worker,
                unsigned workers, uint64_t end, struct arena *a)
{
    *f = (struct feed){.stream = s, .rec = rec, .next = worker, .step = workers, .end = end};
    if (s->schedule) f->state = schedule_start(s->schedule, a);
}

/* The next window of the schedule, without what the stream's count leaves out. */
static void refill(struct feed *f)
{
    const struct stream *s = f->stream;
    f->at = f->n = 0;
    if (f->dry || f->next >= s->count) return;
    uint64_t left = (s->count - f->next - 1) / f->step + 1;
    size_t want = left < BATCH ? (size_t)left : BATCH;
    f->n = schedule_due(s->schedule, f->state, f->next, f->step, want, f->due);
    f->dry = f->n < want;
}

static bool more(struct feed *f)
{
    if (f->at == f->n) refill(f);
    if (f->at < f->n && f->due[f->at] + f->shift < f->end) return true;
    f->at = f->n; /* a stretched schedule, too, ends with the duration */
    f->dry = true;
    return false;
}

uint64_t feed_due(struct feed *f, uint64_t now)
{
    if (!f->stream->schedule) return f->next < f->stream->count && now < f->end ? now : NEVER;
    return more(f) ? f->due[f->at] + f->shift : NEVER;
}

/* rate = max: units are due as they are asked for. */
static size_t take_flood(struct feed *f, uint64_t now, size_t max, uint64_t *index, uint64_t *due)
{
    size_t n = 0;
    while (n < max && f->next < f->stream->count && now < f->end) {
        index[n] = f->next;
        due[n++] = now;
        f->next += f->step;
    }
    return n;
}

static void shed(struct feed *f, uint64_t index, uint64_t due)
{
    const struct stream *s = f->stream;
    if (f->on_shed) {
        f->on_shed(f->shed_for, index, due);
        return;
    }
    struct draw d = {.index = &index, .due_ns = &due, .scratch = &f->scratch};
    uint64_t kind = s->pick ? gen_u64(s->pick, &d) : 0;
    rec_offered(f->rec, s->kinds[kind].cell, due);
    rec_shed(f->rec, s->kinds[kind].cell, due);
}

size_t feed_take(struct feed *f, uint64_t now, size_t max, uint64_t *index, uint64_t *due)
{
    const struct stream *s = f->stream;
    if (!s->schedule) return take_flood(f, now, max, index, due);
    size_t n = 0;
    while (n < max && more(f)) {
        uint64_t t = f->due[f->at] + f->shift;
        if (t > now) break;
        bool behind = now - t > s->late_after;
        if (behind && s->late == LATE_DROP) {
            shed(f, f->next, t);
        } else {
            index[n] = f->next;
            due[n++] = t;
            if (behind && s->late == LATE_STRETCH) f->shift += now - t;
        }
        f->at++;
        f->next += f->step;
    }
    return n;
}

void feed_stop(struct feed *f, uint64_t now)
{
    while (f->stream->schedule && more(f) && f->due[f->at] + f->shift <= now) {
        shed(f, f->next, f->due[f->at] + f->shift);
        f->at++;
        f->next += f->step;
    }
    f->dry = true;
    f->at = f->n = 0;
    f->end = 0;
}

void feed_close(struct feed *f)
{
    scratch_free(&f->scratch);
}
