/* The bare limit of replaying in time: all frames in memory, one look at the clock after the
 * other, one send for each frame when it is due. What this loop cannot keep, no program can.
 *
 *   bare_replay INTERFACE CAPTURE         at the recorded times
 *   bare_replay INTERFACE CAPTURE RATE    at RATE frames per second
 *
 * For captures of packets on a packet socket, as the raw wire has it. */
#include "base/clock.h"
#include "trace/trace.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define START_IN 100000000 /* ns */

struct due_frame {
    uint64_t at_ns;
    struct span bytes;
};
struct due_frames {
    struct due_frame *v;
    size_t n, cap;
};

static bool keep(struct due_frames *all, const struct trace_frame *f)
{
    if (all->n == all->cap) {
        all->cap = all->cap ? 2 * all->cap : 1024;
        all->v = realloc(all->v, all->cap * sizeof *all->v);
        if (!all->v) return false;
    }
    uint8_t *copy = malloc(f->bytes.n);
    if (!copy) return false;
    memcpy(copy, f->bytes.p, f->bytes.n);
    all->v[all->n++] =
        (struct due_frame){.at_ns = (uint64_t)f->at_ns, .bytes = span_make(copy, f->bytes.n)};
    return true;
}

static int open_socket(const char *name)
{
    int one = 1, fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    return fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof to) == 0 ? fd : -1;
}

int main(int argc, char **argv)
{
    struct errs errs = {0};
    struct due_frames all = {0};
    struct trace_frame f;
    if (argc < 3) {
        fprintf(stderr, "usage: bare_replay INTERFACE CAPTURE [RATE]\n");
        return 2;
    }
    double gap = argc > 3 ? 1e9 / atof(argv[3]) : 0;
    int fd = open_socket(argv[1]);
    struct trace *trace = trace_open(argv[2], (struct where){0}, &errs);
    if (!trace) errs_print(&errs, stderr);
    if (fd < 0 || !trace) return 1;
    while (trace_next(trace, &f) == TRACE_FRAME)
        if (!keep(&all, &f)) return 1;
    uint64_t start = clock_now() + START_IN;
    for (size_t i = 0; i < all.n; i++) {
        uint64_t after = gap > 0 ? (uint64_t)(gap * (double)i) : all.v[i].at_ns - all.v[0].at_ns;
        while (clock_now() < start + after) continue;
        send(fd, all.v[i].bytes.p, all.v[i].bytes.n, 0);
    }
    return 0;
}
