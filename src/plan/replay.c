/* replay: a stream that sends the frames of a capture. */
#include <unistd.h>

#include "plan/clone.h"
#include "plan/inside.h"
#include "trace/link.h"

#define LOOK 1000 /* frames looked at before the run; the run itself checks each frame */
#define KINDS_MAX 16
#define SPEED_MAX 1000000

static void compile_speed(struct compiling *c, struct stream *s, struct entry *e)
{
    s->replay.speed_num = s->replay.speed_den = 1;
    if (!e) return;
    struct quantity q;
    const char *problem;
    struct span text = span_trim(e->value);
    size_t n = quantity_read(text, &q, &problem);
    bool fits = n == text.n && n > 0 && !problem && (q.dim == DIM_FACTOR || q.dim == DIM_NONE) &&
                !q.neg && q.num > 0 && q.num / q.den <= SPEED_MAX && q.den / q.num <= SPEED_MAX;
    if (!fits) {
        err_add(c->env.errs, e->at,
                "speed is '%.*s', expected a factor such as 2x or 0.5x, up to %dx",
                (int)(text.n < 60 ? text.n : 60), (const char *)text.p, SPEED_MAX);
        return;
    }
    s->replay.speed_num = q.num;
    s->replay.speed_den = q.den;
}

/* A value that names a file is that file, whatever it looks like; else commas part the names. */
static void list_files(struct compiling *c, struct replay *x, struct entry *e)
{
    struct arena *a = c->plan->arena;
    struct span left = e->value;
    x->path = entry_text(a, e);
    if (strcmp(x->path, "-") == 0 || access(profile_path(c->profile, x->path), F_OK) == 0) {
        const char *one = strcmp(x->path, "-") == 0 ? x->path : profile_path(c->profile, x->path);
        source_list(a, one, &x->files, e->at, c->env.errs);
        return;
    }
    while (left.n) {
        size_t comma = span_find(left, ',');
        struct span one = span_trim(span_sub(left, 0, comma));
        const char *path = profile_path(c->profile, arena_str(a, one));
        if (one.n) source_list(a, path, &x->files, e->at, c->env.errs);
        left = span_from(left, comma + 1);
    }
    if (x->files.n == 0 && !errs_any(c->env.errs))
        err_add(c->env.errs, e->at, "replay names no file, expected a capture");
}

/* A first look at the files: there must be something to send. */
static void look_at(struct compiling *c, const struct replay *x, bool live, struct where at)
{
    struct source_opts o = {.files = &x->files, .order = x->order};
    struct trace_frame f;
    size_t frames = 0, fit = 0, file;
    if (x->files.n == 0 || x->once) return;
    struct source *s = source_open(&o, at, c->env.errs);
    if (!s) return;
    while (frames < LOOK && source_next(s, &f, &file) == TRACE_FRAME) {
        frames++;
        if (f.link == LINK_ETHERNET || ((x->shape.convert || live) && link_has_packets(f.link)))
            fit++;
    }
    const char *problem = source_problem(s);
    if (frames == 0)
        err_add(c->env.errs, at, "%s holds no frames%s%s, expected a capture with packets", x->path,
                problem ? ": " : "", problem ? problem : "");
    else if (fit == 0)
        err_add(c->env.errs, at,
                "%s holds no Ethernet frames, expected link type 1 (its first frame "
                "has %u)%s",
                x->path, f.link,
                link_has_packets(f.link) && !live ? "; link = ethernet turns them into such" : "");
    source_close(s);
}

/* link = ethernet(SRC -> DST) */
static void compile_link(struct compiling *c, struct replay *x, struct entry *e)
{
    struct lex l;
    memcpy(x->shape.src, "\x02\0\0\0\0\x01", 6);
    memcpy(x->shape.dst, "\x02\0\0\0\0\x02", 6);
    if (!e) return;
    lex_start(&l, e->value);
    if (lex_accept(&l, "skip")) {
        x->skip_foreign = true;
    } else if (lex_accept(&l, "ethernet")) {
        x->shape.convert = true;
        if (lex_accept(&l, "(")) {
            bool fine = mapped_mac(&l, x->shape.src) && lex_accept(&l, "->") &&
                        mapped_mac(&l, x->shape.dst) && lex_accept(&l, ")");
            if (!fine) l.tok.kind = TOK_BAD;
        }
    } else {
        lex_accept(&l, "fail");
    }
    if (l.tok.kind != TOK_END)
        err_add(c->env.errs, e->at,
                "link is '%.*s', expected fail, skip, ethernet or "
                "ethernet(02:00:00:00:00:01 -> 02:00:00:00:00:02)",
                (int)(e->value.n < 60 ? e->value.n : 60), (const char *)e->value.p);
}

/* What is tried with frames over the MTU, and at last what becomes of those that are left: segment,
 * fragment, skip */
static void compile_oversize(struct compiling *c, struct replay *x, struct entry *e)
{
    struct lex l;
    bool fail = false;
    if (!e) return;
    lex_start(&l, e->value);
    do {
        bool *const words[] = {&x->segment, &x->fragment, &x->skip_big, &fail};
        static const char *const names[] = {"segment", "fragment", "skip", "fail"};
        size_t i = 0;
        while (i < 4 && (*words[i] || !lex_accept(&l, names[i]))) i++;
        if (i == 4 || x->skip_big + fail > 1)
            l.tok.kind = TOK_BAD;
        else
            *words[i] = true;
    } while (!x->skip_big && !fail && lex_accept(&l, ","));
    if (l.tok.kind != TOK_END)
        err_add(c->env.errs, e->at,
                "oversize is '%.*s', expected segment, fragment and skip or fail, as in 'segment, "
                "skip'",
                (int)(e->value.n < 60 ? e->value.n : 60), (const char *)e->value.p);
}

/* What becomes of frames that cannot leave as they are. */
static void compile_policies(struct compiling *c, struct replay *x, struct section *sec)
{
    static const char *const cuts[] = {"fail", "skip", "pad", "short", NULL};
    struct errs *errs = c->env.errs;
    unsigned cut = 0;
    compile_link(c, x, section_get(sec, "link"));
    entry_choice(section_get(sec, "cut"), cuts, &cut, errs);
    compile_oversize(c, x, section_get(sec, "oversize"));
    entry_size(section_get(sec, "mtu"), 300, 65535, &x->mtu, errs);
    x->skip_cut = cut == 1;
    x->shape.cut = cut == 2 ? CUT_PAD : cut == 3 ? CUT_SHORT : CUT_STAYS;
}

/* A file that is played several times has several names: books are found by them. */
static const char *name_of(struct arena *a, const struct source_files *files, size_t i)
{
    size_t times = 1;
    for (size_t k = 0; k < i; k++) times += strcmp(files->v[k], files->v[i]) == 0;
    return times == 1 ? files->v[i] : arena_printf(a, "%s (%zu)", files->v[i], times);
}

/* Each file has books of its own when there are few. */
static void name_kinds(struct arena *a, struct stream *s)
{
    const struct source_files *files = &s->replay.files;
    bool live = s->way == WAY_LIVE; /* conversations may go on from file to file */
    s->n = files->n > 1 && files->n <= KINDS_MAX && !live ? files->n : 1;
    s->kinds = arena_array(a, struct kind, s->n);
    for (size_t i = 0; i < s->n; i++)
        s->kinds[i].name = live ? "message" : s->n > 1 ? name_of(a, files, i) : "frame";
}

static void compile_loops(struct stream *s, const struct entry *e, struct errs *errs)
{
    struct errs number = {0};
    if (entry_count(e, 1, UINT64_MAX - 1, &s->replay.loops, &number)) return;
    err_add(errs, e->at, "loop is '%.*s', expected a whole number from 1 on, or forever",
            (int)(e->value.n < 60 ? e->value.n : 60), (const char *)e->value.p);
}

static void compile_source(struct compiling *c, struct stream *s, struct section *sec)
{
    static const char *const orders[] = {"time", "files", NULL};
    static const char *const backwards[] = {"hold", "restart", "skip", NULL};
    struct errs *errs = c->env.errs;
    struct entry *file = section_get(sec, "replay"), *loop = section_get(sec, "loop");
    unsigned order = 0, back = 0;
    list_files(c, &s->replay, file);
    s->replay.once = s->replay.files.n == 1 && source_once(s->replay.files.v[0]);
    entry_choice(section_get(sec, "order"), orders, &order, errs);
    s->replay.order = (enum source_order)order;
    entry_choice(section_get(sec, "backwards"), backwards, &back, errs);
    s->replay.backwards = (enum backwards)back;
    entry_bool(section_get(sec, "preload"), &s->replay.preload, errs);
    s->replay.loops = 1;
    if (loop && span_is(span_trim(loop->value), "forever"))
        s->replay.loops = NEVER;
    else
        compile_loops(s, loop, errs);
    if (s->replay.loops > 1 && s->replay.once && !s->replay.preload)
        err_add(errs, loop->at, "%s cannot be read again, expected loop = 1 or preload = yes",
                strcmp(s->replay.path, "-") == 0 ? "standard input" : s->replay.path);
}

/* With a rate, nothing of the recorded times is left to change. */
static void refuse_timing(struct compiling *c, struct section *sec)
{
    static const char *const keys[] = {"speed", "max_gap"};
    for (size_t i = 0; i < 2; i++) {
        struct entry *e = section_get(sec, keys[i]);
        if (e)
            err_add(c->env.errs, e->at,
                    "%s changes the recorded times, but the stream has a rate; "
                    "expected one of them",
                    keys[i]);
    }
}

const char *replay_alone(const struct stream *s)
{
    const struct replay *x = &s->replay;
    if (s->server_place) return "two sides have one order";
    if (x->step) return "somebody steps through it";
    if (x->once)
        return strcmp(x->path, "-") == 0 ? "standard input can be read by one only"
                                         : "a pipe can be read by one only";
    if (s->by_size) return "a rate in bits needs the sizes of all frames";
    if (s->late == LATE_STRETCH) return "late = stretch moves all that comes behind";
    return NULL;
}

void compile_replay(struct compiling *c, struct stream *s, struct section *sec)
{
    struct errs *errs = c->env.errs;
    struct entry *file = section_get(sec, "replay");
    bool clones = section_get(sec, "clone"), live = false;
    entry_bool(section_get(sec, "live"), &live, errs);
    s->way = clones ? WAY_CONVERSATIONS : live ? WAY_LIVE : WAY_REPLAY;
    if (clones) s->replay.clone = arena_new(c->plan->arena, struct clone);
    compile_speed(c, s, section_get(sec, "speed"));
    compile_source(c, s, sec);
    name_kinds(c->plan->arena, s);
    s->replay.max_gap = NEVER;
    entry_time(section_get(sec, "max_gap"), 0, 366 * 86400 * 1000000000ull, &s->replay.max_gap,
               errs);
    if (!clones && section_get(sec, "rate")) refuse_timing(c, sec);
    compile_selection(c, &s->replay, sec);
    if (live) {
        compile_live(c, s, sec);
    } else {
        compile_policies(c, &s->replay, sec);
        compile_rewriting(c, s, sec);
    }
    if (section_get(sec, "send"))
        err_add(errs, section_get(sec, "send")->at,
                "the stream has both replay and send, expected one");
    if (clones && live)
        err_add(errs, section_get(sec, "live")->at,
                "the stream has both clone and live, expected one");
    if (!clones) look_at(c, &s->replay, live, file->at);
}
