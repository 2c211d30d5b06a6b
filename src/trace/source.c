#include "trace/source.h"

#include "trace/preload.h"

#include <stdlib.h>
#include <string.h>

struct file {
    const char *path;
    struct trace *trace; /* NULL: it waits for its turn, or is done with */
    struct trace_frame next;
    bool ready;       /* `next` holds a frame */
    bool late;        /* its next frame has not come yet */
    int64_t first_ns; /* the stamp of its first frame, for a merge */
};
struct source {
    struct file *file;
    size_t n;
    enum source_order order;
    size_t *turn;                         /* the files in the order in which they are opened */
    size_t waiting;                       /* turn[waiting..n) have not been opened */
    struct file *active[SOURCE_OPEN_MAX]; /* the others that are not over */
    size_t actives;
    struct file *last;       /* showed the last frame */
    struct preload *kept;    /* all frames have been read into it */
    struct preload *keeping; /* all that were read until now; NULL: they are too much */
    size_t keep;
    bool whole; /* the files have been read to their end */
    struct where where;
    size_t damaged;
    char problem[320];
};

static void told(struct source *s, const struct file *f, const char *problem)
{
    if (s->damaged++ == 0)
        snprintf(s->problem, sizeof s->problem, "%.180s: %.120s", f->path, problem);
}

/* A single file stays open: a pipe cannot be opened again. */
static void shut(struct source *s, struct file *f)
{
    if (s->n == 1) return;
    trace_close(f->trace);
    f->trace = NULL;
}

static void retire(struct source *s, struct file *f)
{
    size_t i = 0;
    while (s->active[i] != f) i++;
    s->active[i] = s->active[--s->actives];
    shut(s, f);
}

/* Reads the file's next frame; one without a stamp takes its turn with the one before it. */
static void read_ahead(struct source *s, struct file *f)
{
    int64_t before = f->next.at_ns;
    enum trace_next how = trace_next(f->trace, &f->next);
    f->ready = how == TRACE_FRAME;
    f->late = how == TRACE_LATER;
    if (f->ready && !f->next.has_time) f->next.at_ns = before;
    if (f->ready || f->late) return;
    if (how == TRACE_DAMAGED) told(s, f, trace_problem(f->trace));
    retire(s, f);
}

/* The next waiting file begins. */
static void begin_file(struct source *s)
{
    struct errs errs = {0};
    struct file *f = &s->file[s->turn[s->waiting++]];
    if (s->actives == SOURCE_OPEN_MAX) {
        told(s, f, "more than 64 files overlap in time, which are the most that can be merged");
        return;
    }
    if (!f->trace) f->trace = trace_open(f->path, s->where, &errs);
    if (!f->trace) {
        told(s, f, errs.v[0].text);
        return;
    }
    s->active[s->actives++] = f;
    f->next.at_ns = f->first_ns;
    read_ahead(s, f);
}

/* The active file whose frame comes first; of equal ones, the file given first. */
static struct file *earliest(const struct source *s)
{
    struct file *best = NULL;
    for (size_t i = 0; i < s->actives; i++) {
        struct file *f = s->active[i];
        if (!best || f->next.at_ns < best->next.at_ns ||
            (f->next.at_ns == best->next.at_ns && f < best))
            best = f;
    }
    return best;
}

static bool turn_of_next(const struct source *s, const struct file *best)
{
    if (s->waiting == s->n) return false;
    if (!best) return true;
    const struct file *f = &s->file[s->turn[s->waiting]];
    return s->order == SOURCE_TIME &&
           (f->first_ns < best->next.at_ns || (f->first_ns == best->next.at_ns && f < best));
}

static enum trace_next next_of_files(struct source *s, struct trace_frame *out, size_t *file)
{
    if (s->last && !s->last->ready) read_ahead(s, s->last);
    struct file *f = earliest(s);
    while (turn_of_next(s, f)) {
        begin_file(s);
        f = earliest(s);
    }
    s->last = f;
    if (!f) return s->damaged ? TRACE_DAMAGED : TRACE_END;
    if (f->late) return TRACE_LATER;
    f->ready = false;
    *out = f->next;
    if (!out->has_time) out->at_ns = 0;
    *file = (size_t)(f - s->file);
    return TRACE_FRAME;
}

/* Keeps a frame of what is small enough to be kept. */
static void keep(struct source *s, const struct trace_frame *f, size_t file)
{
    if (preload_size(s->keeping) + f->bytes.n <= s->keep && preload_add(s->keeping, f, file))
        return;
    preload_free(s->keeping);
    s->keeping = NULL;
}

static enum trace_next read_next(struct source *s, struct trace_frame *out, size_t *file)
{
    enum trace_next how = next_of_files(s, out, file);
    if (how == TRACE_FRAME && s->keeping) keep(s, out, *file);
    s->whole = how == TRACE_END || how == TRACE_DAMAGED;
    return how;
}

enum trace_next source_next(struct source *s, struct trace_frame *out, size_t *file)
{
    if (!s->kept) return read_next(s, out, file);
    if (preload_next(s->kept, out, file)) return TRACE_FRAME;
    return s->damaged ? TRACE_DAMAGED : TRACE_END;
}

/* Opens a file to see that it is a capture and, for a merge, where it begins. */
static bool look_at(struct source *s, struct file *f, struct errs *errs)
{
    if (s->n > 1 && source_once(f->path))
        return err_add(errs, s->where, "%s is one of several captures, expected it alone",
                       strcmp(f->path, "-") == 0 ? "standard input" : f->path);
    f->trace = trace_open(f->path, s->where, errs);
    if (!f->trace) return false;
    if (s->n > 1 && s->order == SOURCE_TIME && trace_next(f->trace, &f->next) == TRACE_FRAME)
        f->first_ns = f->next.at_ns;
    shut(s, f);
    return true;
}

static int by_first(const void *a, const void *b, void *source)
{
    const struct file *f = ((struct source *)source)->file;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    if (f[x].first_ns != f[y].first_ns) return f[x].first_ns < f[y].first_ns ? -1 : 1;
    return x < y ? -1 : x > y;
}

static bool look_at_all(struct source *s, struct errs *errs)
{
    bool fine = true;
    for (size_t i = 0; i < s->n; i++) {
        s->turn[i] = i;
        if (!look_at(s, &s->file[i], errs)) fine = false;
    }
    if (s->order == SOURCE_TIME) qsort_r(s->turn, s->n, sizeof *s->turn, by_first, s);
    return fine;
}

static bool keep_all(struct source *s, struct errs *errs)
{
    struct preload *kept = preload_new();
    struct trace_frame f;
    size_t file;
    bool room = kept;
    while (room && next_of_files(s, &f, &file) == TRACE_FRAME) room = preload_add(kept, &f, file);
    s->kept = kept;
    return room || err_add(errs, s->where, "no memory for keeping the capture");
}

struct source *source_open(const struct source_opts *o, struct where at, struct errs *errs)
{
    struct source *s = calloc(1, sizeof *s);
    if (s) s->file = calloc(o->files->n + 1, sizeof *s->file);
    if (s) s->turn = calloc(o->files->n + 1, sizeof *s->turn);
    if (!s || !s->file || !s->turn) {
        err_add(errs, at, "no memory for reading captures");
        source_close(s);
        return NULL;
    }
    s->n = o->files->n;
    s->order = o->order;
    s->where = at;
    for (size_t i = 0; i < s->n; i++) s->file[i].path = o->files->v[i];
    s->keep = o->keep;
    if (o->keep && !o->preload) s->keeping = preload_new();
    if (look_at_all(s, errs) && (!o->preload || keep_all(s, errs))) {
        if (o->hurry && s->n == 1) trace_hurry(s->file[0].trace);
        return s;
    }
    source_close(s);
    return NULL;
}

int source_fd(const struct source *s)
{
    return s->n == 1 ? trace_fd(s->file[0].trace) : -1;
}

bool source_rewind(struct source *s)
{
    if (s->whole && s->keeping)
        s->kept = s->keeping;
    else
        preload_free(s->keeping);
    s->keeping = NULL;
    if (s->kept) {
        preload_rewind(s->kept);
        return true;
    }
    while (s->actives) retire(s, s->active[0]);
    s->damaged = s->waiting = 0;
    s->last = NULL;
    return s->n != 1 || trace_rewind(s->file[0].trace);
}

const char *source_problem(const struct source *s)
{
    return s->damaged ? s->problem : NULL;
}

void source_close(struct source *s)
{
    if (!s) return;
    for (size_t i = 0; i < s->n; i++) trace_close(s->file[i].trace);
    preload_free(s->kept);
    preload_free(s->keeping);
    free(s->turn);
    free(s->file);
    free(s);
}
