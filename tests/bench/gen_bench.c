/* gen_bench: nanoseconds per value of the main generators, best of several runs, and of the
 * random columns by every path the processor has. */
#include <stdio.h>
#include <time.h>

#include "base/rng.h"
#include "gen/gen.h"

#define BATCHES 2000
#define RUNS 7

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint64_t index_[BATCH];
static union {
    uint64_t u[BATCH];
    u128 a[BATCH];
    struct span s[BATCH];
} out;

static void next_batch(void)
{
    for (size_t i = 0; i < BATCH; i++) index_[i] += BATCH;
}

static double best_of(void (*once)(const void *), const void *what)
{
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        double start = now_ns();
        for (int b = 0; b < BATCHES; b++) {
            next_batch();
            once(what);
            __asm__ volatile("" ::: "memory");
        }
        double each = (now_ns() - start) / (BATCHES * BATCH);
        if (each < best) best = each;
    }
    return best;
}

static void draw(const void *what)
{
    (void)what;
    rng_column(42, index_, BATCH, out.u);
}

static void draw_below(const void *what)
{
    rng_column_below(42, index_, BATCH, 5, *(const uint64_t *)what, out.u);
}

static struct scratch scratch;
static void generate(const void *what)
{
    struct draw d = {.index = index_, .scratch = &scratch};
    struct scratch_mark m = scratch_mark(&scratch);
    gen_fill(what, &d, BATCH, &(struct column){.u = out.u});
    scratch_restore(&scratch, m);
}

static void bench_paths(void)
{
    static const char *const names[] = {"best", "plain", "avx2", "avx512"};
    static const uint64_t narrow = 1000, wide = (uint64_t)1 << 40;
    for (int p = RNG_PLAIN; p <= RNG_AVX512; p++) {
        if (!rng_use((enum rng_path)p)) continue;
        printf("%-8s column %.2f  below 1000 %.2f  below 2^40 %.2f\n", names[p],
               best_of(draw, NULL), best_of(draw_below, &narrow), best_of(draw_below, &wide));
    }
    rng_use(RNG_BEST);
}

int main(void)
{
    static const char *const exprs[] = {
        "7",
        "1024..65535",
        "10.0.0.0/8",
        "0..1099511627775",
        "0.5..1.5",
        "2001:db8::/32",
        "53:8, 443:2",
        "1..10:3, 20..30:1",
        "seq(1..1000)",
        "permute(198.18.0.0/16)",
        "zipf(1..100000, s=1.1)",
        "exp(100ms)",
        "normal(500, 100)",
        "lognormal(20ms, 0.5)",
        "pareto(4KiB, 1.3)",
        "imix",
        "mac",
        "hex(16)",
        "alnum(16)",
        "word(3..12)",
        "bytes(64)",
        "uuid",
        "base64(24)",
        "url(word)",
        "index",
    };
    struct arena arena = {0};
    struct errs errs = {0};
    struct gen_env env = {.arena = &arena, .errs = &errs, .seed = 1};
    bench_paths();
    for (size_t i = 0; i < sizeof exprs / sizeof *exprs; i++) {
        const struct expr *e = expr_parse(&arena, span_of(exprs[i]), (struct where){0}, &errs);
        const struct gen *g = e ? gen_compile(&env, e, "bench") : NULL;
        if (!g) break;
        printf("%8.2f ns  %s\n", best_of(generate, g), exprs[i]);
    }
    const struct expr *e = expr_parse_text(&arena, span_of("/search?q=${word}&user=${1..100000}"),
                                           (struct where){0}, &errs);
    const struct gen *g = e ? gen_compile(&env, e, "bench") : NULL;
    if (g) printf("%8.2f ns  text of two values\n", best_of(generate, g));
    errs_print(&errs, stderr);
    scratch_free(&scratch);
    arena_free(&arena);
    return errs_any(&errs);
}
