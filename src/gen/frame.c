/* frame: the bytes of a frame of a capture, for tunnels and payloads. Captures are read by trace/,
 * which lies above: what compiles the profile hands the reader in (gen_env.read_frames). */
#include "gen/args.h"
#include "gen/node.h"

#define NUMBER_MAX 100000
#define SKIP_MAX 65535

struct frame_of {
    struct gen g;
    const struct gen *number;
    const struct span *frame; /* number 1 first; what is skipped left out */
};

static const struct span *load(const struct args *a, const char *path, uint64_t most, uint64_t skip)
{
    struct gen_env *env = a->env;
    struct where at = a->call->at;
    if (!env->read_frames) {
        err_add(env->errs, at, "'frame' has no captures to read here, expected it in a packet");
        return NULL;
    }
    if (env->profile) path = profile_path(env->profile, path);
    struct span *frame = arena_array(env->arena, struct span, most);
    size_t n = env->read_frames(env, at, path, frame, most);
    if (n == 0) return NULL; /* told already */
    if (n < most) {
        err_add(env->errs, at, "%s has %zu frames, but number goes to %llu", path, n,
                (unsigned long long)most);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) frame[i] = span_from(frame[i], skip);
    return frame;
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    static const struct gen_want numbers = {
        .what = "the number of a frame 1..100000", .type = GEN_U64, .lo = 1, .hi = NUMBER_MAX};
    struct args a;
    double skip;
    if (!args_bind(&a, env, &gen_frame, e, path)) return NULL;
    const char *file = args_text(&a, "file");
    const struct gen *number = args_gen(&a, "number", &numbers);
    if (!args_real(&a, "skip", 0, SKIP_MAX, &skip) || !file || !number) return NULL;
    const struct span *frame = load(&a, file, number->hi, (uint64_t)skip);
    if (!frame) return NULL;
    struct frame_of *f = gen_node(env, &gen_frame, sizeof *f, path);
    f->number = number;
    f->frame = frame;
    f->g.type = GEN_TEXT;
    f->g.constant = number->constant;
    f->g.lo = UINT64_MAX;
    for (uint64_t i = number->lo; i <= number->hi; i++) {
        if (frame[i - 1].n < f->g.lo) f->g.lo = frame[i - 1].n;
        if (frame[i - 1].n > f->g.hi) f->g.hi = frame[i - 1].n;
    }
    return &f->g;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct frame_of *f = (const struct frame_of *)g;
    struct scratch_mark m = scratch_mark(d->scratch);
    uint64_t *number = scratch_array(d->scratch, uint64_t, n);
    gen_fill(f->number, d, n, &(struct column){.u = number});
    for (size_t i = 0; i < n; i++) out->s[i] = f->frame[number[i] - 1];
    scratch_restore(d->scratch, m);
}

static uint64_t period(const struct gen *g)
{
    return gen_period(((const struct frame_of *)g)->number);
}

static const struct param params[] = {
    {"file", "file", NULL, "a capture, pcap or pcapng; its path is relative to the profile"},
    {"number", "number or generator", "1", "which frame, the first being 1"},
    {"skip", "number", "0", "how many of its first bytes are left out: 14 for an Ethernet header"},
    {0},
};

const struct gen_class gen_frame = {
    .doc = {.name = "frame",
            .help = "the bytes of a frame of a capture",
            .example = "frame(trace.pcap, seq(1..3))",
            .params = params},
    .compile = compile,
    .fill = fill,
    .period = period,
};
