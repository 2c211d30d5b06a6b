/* replay: a stream that sends the frames of a capture. */
#include "plan/inside.h"
#include "trace/trace.h"

#define LOOK 1000 /* frames looked at before the run; the run itself checks each frame */

static void compile_speed(struct compiling *c, struct stream *s, struct entry *e)
{
    s->replay.speed_num = s->replay.speed_den = 1;
    if (!e) return;
    struct quantity q;
    const char *problem;
    struct span text = span_trim(e->value);
    size_t n = quantity_read(text, &q, &problem);
    bool fits = n == text.n && n > 0 && !problem && (q.dim == DIM_FACTOR || q.dim == DIM_NONE) &&
                !q.neg && q.num > 0 && q.num / q.den < 1000000 && q.den / q.num < 1000000;
    if (!fits) {
        err_add(c->env.errs, e->at, "speed is '%.*s', expected a factor such as 2x or 0.5x",
                (int)(text.n < 60 ? text.n : 60), (const char *)text.p);
        return;
    }
    s->replay.speed_num = q.num;
    s->replay.speed_den = q.den;
}

/* A first look at the file: it must be a capture that holds something to send. */
static void look_at(struct compiling *c, struct stream *s, struct where at)
{
    if (strcmp(s->replay.path, "-") == 0) return;
    struct trace *t = trace_open(s->replay.path, at, c->env.errs);
    if (!t) return;
    struct trace_frame f;
    size_t frames = 0, ethernet = 0;
    while (frames < LOOK && trace_next(t, &f) == TRACE_FRAME) {
        frames++;
        if (f.link == 1) ethernet++;
    }
    const char *problem = trace_problem(t);
    if (frames == 0)
        err_add(c->env.errs, at, "%s holds no frames%s%s, expected a capture with packets",
                s->replay.path, problem ? ": " : "", problem ? problem : "");
    else if (ethernet == 0)
        err_add(c->env.errs, at, "%s holds no Ethernet frames, expected link type 1 (its first "
                "frame has %u)", s->replay.path, f.link);
    trace_close(t);
}

void compile_replay(struct compiling *c, struct stream *s, struct section *sec)
{
    struct arena *a = c->plan->arena;
    struct errs *errs = c->env.errs;
    struct entry *file = section_get(sec, "replay"), *loop = section_get(sec, "loop");
    s->way = WAY_REPLAY;
    s->kinds = arena_new(a, struct kind);
    s->n = 1;
    s->kinds[0].name = "frame";
    const char *path = entry_text(a, file);
    s->replay.path = strcmp(path, "-") == 0 ? path : profile_path(c->profile, path);
    s->replay.loops = 1;
    compile_speed(c, s, section_get(sec, "speed"));
    s->replay.max_gap = NEVER;
    entry_time(section_get(sec, "max_gap"), 0, 366 * 86400 * 1000000000ull, &s->replay.max_gap, errs);
    if (loop && span_is(span_trim(loop->value), "forever"))
        s->replay.loops = NEVER;
    else
        entry_count(loop, 1, UINT64_MAX - 1, &s->replay.loops, errs);
    if (s->replay.loops > 1 && strcmp(path, "-") == 0)
        err_add(errs, loop->at, "standard input cannot be read again, expected loop = 1");
    if (section_get(sec, "send"))
        err_add(errs, section_get(sec, "send")->at, "the stream has both replay and send, expected one");
    look_at(c, s, file->at);
}
