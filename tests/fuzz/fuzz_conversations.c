/* Captures of any content taken apart: every frame is kept or counted, times never step back,
 * every conversation has two ends, and what is kept stays within the memory that it may take. */
#include "require.h"
#include "trace/conversations.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *file_of(const uint8_t *data, size_t n)
{
    static int fd = -1;
    static char path[40];
    if (fd < 0) {
        fd = memfd_create("capture", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) < 0 || pwrite(fd, data, n, 0) != (ssize_t)n) abort();
    return path;
}

static uint64_t check_one(const struct recorded *c, const struct conversations *all)
{
    uint64_t at = 0, sum = 0;
    REQUIRE(c->n > 0 && c->n <= all->most_frames && c->number > 0);
    REQUIRE(c->client.family == c->server.family);
    for (size_t i = 0; i < c->n; i++) {
        const struct recorded_frame *f = c->frame[i];
        REQUIRE(f->at_ns >= at && f->at_ns <= all->longest_ns);
        REQUIRE(f->n <= all->longest && f->at.version && !f->at.fragment);
        REQUIRE(f->at.net + 20 <= f->n && f->at.up < f->n);
        at = f->at_ns;
        for (size_t k = 0; k < f->n; k++) sum += f->p[k];
    }
    return sum;
}

/* The first byte chooses what is done. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct select all = {.between = {0, UINT64_MAX}, .sample = 1ull << 32};
    if (n < 1) return 0;
    uint8_t how = data[0];
    const char *path = file_of(data + 1, n - 1);
    struct source_files files = {.v = &path, .n = 1};
    struct shape shape = {.convert = how & 1, .cut = how & 2 ? CUT_PAD : CUT_STAYS};
    struct conversations_opts o = {
        .files = &files,
        .select = &all,
        .shape = &shape,
        .sides = &(struct sides_rules){0},
        .backwards = (enum backwards)(how >> 2 & 3) % 3,
        .max_gap = how & 16 ? 1000 : UINT64_MAX,
        .speed_num = 1 + (how >> 5),
        .speed_den = 2,
        .limit = how & 32 ? 400 : 0,
        .segment = how & 64,
        .memory = MEMORY,
    };
    struct arena a = {0};
    struct errs errs = {0};
    struct conversations c;
    bool fine = conversations_read(&a, &o, &c, (struct where){0}, &errs);
    REQUIRE(fine == !errs_any(&errs));
    uint64_t frames = 0, left_out = 0;
    for (size_t i = 0; fine && i < c.n; i++) {
        check_one(&c.v[i], &c);
        frames += c.v[i].n;
    }
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++) left_out += c.left_out[i];
    if (fine) {
        REQUIRE(frames == c.frames && c.bytes <= MEMORY);
        REQUIRE(o.segment ? frames + left_out >= c.read : frames + left_out == c.read);
    }
    arena_free(&a);
    return 0;
}
