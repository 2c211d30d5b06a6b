#include "run/passage.h"

#include "trace/likeness.h"
#include "wire/capture.h"

#define READ_MAX 64       /* captured frames read in one go */
#define READS 16          /* in a row */
#define BUFFER (2u << 20) /* of each capture */

struct passage {
    struct lane *lane;
    struct capture *capture[SIDES]; /* on each side's interface */
    struct event *event[SIDES];
    bool waiting;
    enum side to; /* where the frame is to come out */
    uint64_t likeness, until;
};

static void settle(struct passage *p, bool seen)
{
    struct result_sides *r = &p->lane->sides;
    p->waiting = false;
    r->seen += seen;
    r->unseen += !seen;
}

static void on_frame(void *passage, uint64_t at_ns, struct span frame, uint32_t len)
{
    struct passage *p = passage;
    (void)at_ns, (void)len;
    if (p->waiting && frame_likeness(frame) == p->likeness) settle(p, true);
}
static void on_other_frame(void *passage, uint64_t at_ns, struct span frame, uint32_t len)
{
    (void)passage, (void)at_ns, (void)frame, (void)len;
}

/* Takes what both captures have: what comes in on the wrong side must not pile up either. */
static void drain(struct passage *p)
{
    for (unsigned i = 0; i < SIDES; i++)
        for (int k = 0; k < READS && p->capture[i]; k++)
            if (capture_read(p->capture[i], READ_MAX, i == p->to ? on_frame : on_other_frame, p) <
                READ_MAX)
                break;
}

/* The worker looks at its lanes after every event. */
static void on_capture(evutil_socket_t fd, short what, void *passage)
{
    (void)fd, (void)what;
    drain(passage);
}

struct passage *passage_open(struct lane *l, struct errs *errs)
{
    const struct stream *s = l->stream;
    struct passage *p = arena_new(l->env->arena, struct passage);
    const char *const place[SIDES] = {s->place, s->server_place};
    p->lane = l;
    for (unsigned i = 0; i < SIDES; i++) {
        struct capture_opts o = {
            .interface = place[i],
            .snaplen = LIKENESS_SNAPLEN,
            .buffer = BUFFER,
            .incoming = true,
            .at_once = true,
        };
        p->capture[i] = capture_open(&o, s->at, errs);
        if (!p->capture[i]) {
            passage_close(p);
            return NULL;
        }
        p->event[i] =
            event_new(l->env->base, capture_fd(p->capture[i]), EV_READ | EV_PERSIST, on_capture, p);
        event_add(p->event[i], NULL);
    }
    return p;
}

void passage_sent(struct passage *p, enum side from, const struct frame *f, uint64_t now)
{
    p->to = from == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    p->likeness = frame_likeness(span_make(f->p, f->len));
    p->until = now + p->lane->stream->replay.order_timeout;
    p->waiting = true;
}

bool passage_clear(struct passage *p, uint64_t now)
{
    if (!p->waiting) return true;
    drain(p);
    if (p->waiting && now >= p->until) settle(p, false);
    return !p->waiting;
}

uint64_t passage_until(const struct passage *p)
{
    return p->waiting ? p->until : NEVER;
}

void passage_give_up(struct passage *p)
{
    if (p->waiting) settle(p, false);
}

void passage_close(struct passage *p)
{
    if (!p) return;
    for (unsigned i = 0; i < SIDES; i++) {
        if (p->event[i]) event_free(p->event[i]);
        capture_close(p->capture[i]);
    }
}
