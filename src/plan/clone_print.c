/* `spate check`: what is copied, and what of the capture is not. */
#include "plan/clone.h"

#include <stdio.h>

static void print_left_out(const struct conversations *all, FILE *f)
{
    char buf[UNITS_BUF];
    bool first = true;
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++) {
        uint64_t n = all->left_out[i];
        if (n == 0) continue;
        fprintf(f, "%s%s frame%s %s", first ? "  left out   " : ", ", units_whole(buf, n),
                n == 1 ? "" : "s", left_out_names[i].words);
        first = false;
    }
    if (!first) fputc('\n', f);
}

void clone_print(const struct stream *s, FILE *f)
{
    char n[UNITS_BUF], frames[UNITS_BUF], bytes[UNITS_BUF], longest[UNITS_BUF];
    const struct clone *x = s->replay.clone;
    const struct conversations *all = &x->of;
    fprintf(f, "  what       copies of the %s conversation%s in %s, %s\n", units_whole(n, all->n),
            all->n == 1 ? "" : "s", s->replay.path,
            !x->pick  ? "in turn"
            : x->even ? "at random"
                      : "picked");
    fprintf(f, "  of them    %s frame%s, %s; the longest takes %s\n",
            units_whole(frames, all->frames), all->frames == 1 ? "" : "s",
            units_bytes(bytes, (double)all->bytes), units_time(longest, (double)all->longest_ns));
    print_left_out(all, f);
}
