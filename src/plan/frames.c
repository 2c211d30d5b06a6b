/* Frames of captures, for generators: gen/ lies below trace/ and cannot read them itself. */
#include "plan/inside.h"

#include "trace/trace.h"

#define BYTES_MAX (16u << 20) /* a profile's frames stay in memory */

size_t read_frames(struct gen_env *env, struct where at, const char *path, struct span *out,
                   size_t most)
{
    struct trace *t = trace_open(path, at, env->errs);
    struct trace_frame f;
    size_t n = 0, bytes = 0;
    enum trace_next how = TRACE_FRAME;
    if (!t) return 0;
    while (n < most && (how = trace_next(t, &f)) == TRACE_FRAME) {
        bytes += f.bytes.n;
        if (bytes > BYTES_MAX) break;
        uint8_t *copy = arena_alloc(env->arena, f.bytes.n);
        if (f.bytes.n) memcpy(copy, f.bytes.p, f.bytes.n);
        out[n++] = span_make(copy, f.bytes.n);
    }
    bool big = bytes > BYTES_MAX;
    if (big)
        err_add(env->errs, at, "the first %zu frames of %s are larger than 16 MiB", most, path);
    else if (how == TRACE_DAMAGED)
        err_add(env->errs, at, "%s: %s", path, trace_problem(t));
    else if (n == 0)
        err_add(env->errs, at, "%s has no frames", path);
    trace_close(t);
    return big || how == TRACE_DAMAGED ? 0 : n;
}
