/* The bare limit of sending: one constant 64-byte frame, sendmmsg, nothing else; and beside it
 * the raw wire with the same frame.
 *
 *   send_bench INTERFACE SECONDS        the bare loop for that long; prints frames per second
 *   send_bench INTERFACE SECONDS both   the two in turns, half of the time each; prints both
 *                                       and their ratio, which DESIGN wants at 0.95 or above
 *
 * Frames go to the interface's own kind of peer, from 198.18.0.1 to 198.18.0.2, port 9. */
#include "base/clock.h"
#include "wire/wire.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 128
#define TURN_NS (NS_PER_S / 5)
#define CLOCK_EVERY 16 /* batches between two looks at the clock */

static const uint8_t udp[64] = {
    0x02, 0, 0, 0,  0, 2,  0x02, 0, 0,  0,  0,    1,    0x08, 0x00, /* Ethernet */
    0x45, 0, 0, 50, 0, 0,  0,    0, 64, 17, 0xee, 0x93, 198,  18,   0, 1, 198, 18, 0, 2, /* IPv4 */
    0,    9, 0, 9,  0, 30, 0,    0,                                                      /* UDP */
};

/* The bare loop, as short as it can be written. */
struct bare {
    int fd;
    struct iovec iov;
    struct mmsghdr msg[BATCH];
};

static bool bare_open(struct bare *b, const char *name)
{
    int one = 1;
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
    b->fd = socket(AF_PACKET, SOCK_RAW, 0);
    b->iov = (struct iovec){(void *)(uintptr_t)udp, sizeof udp};
    for (int i = 0; i < BATCH; i++)
        b->msg[i].msg_hdr = (struct msghdr){.msg_iov = &b->iov, .msg_iovlen = 1};
    setsockopt(b->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    return b->fd >= 0 && bind(b->fd, (struct sockaddr *)&to, sizeof to) == 0;
}

static size_t bare_send(void *bare)
{
    struct bare *b = bare;
    int n = sendmmsg(b->fd, b->msg, BATCH, 0);
    return n > 0 ? (size_t)n : 0;
}

static size_t wire_send(void *wire)
{
    static struct frame f[BATCH];
    struct wire *w = wire;
    size_t done;
    for (int i = 0; i < BATCH && !f[i].p; i++)
        f[i] = (struct frame){udp, sizeof udp, sizeof udp, 0};
    w->class->send(w, f, BATCH, &done);
    return done;
}

struct score {
    uint64_t frames, ns;
};

static void run(struct score *s, size_t (*send)(void *), void *ctx, uint64_t ns)
{
    uint64_t begin = clock_now(), now;
    do {
        for (int i = 0; i < CLOCK_EVERY; i++) s->frames += send(ctx);
        now = clock_now();
    } while (now - begin < ns);
    s->ns += now - begin;
}

static double rate(const struct score *s)
{
    return (double)s->frames * 1e9 / (double)s->ns;
}

static int compare(struct bare *b, const char *name, uint64_t ns)
{
    struct errs errs = {0};
    struct wire_opts o = {.place = name};
    struct wire *w = wire_class_named("raw")->open(&o, (struct where){0}, &errs);
    struct score bare = {0}, wire = {0};
    if (!w) {
        errs_print(&errs, stderr);
        return 1;
    }
    while (bare.ns + wire.ns < ns) {
        run(&bare, bare_send, b, TURN_NS);
        run(&wire, wire_send, w, TURN_NS);
    }
    w->class->close(w, &errs);
    printf("bare %.0f/s, raw wire %.0f/s, ratio %.3f\n", rate(&bare), rate(&wire),
           rate(&wire) / rate(&bare));
    return 0;
}

int main(int argc, char **argv)
{
    static struct bare b;
    struct score s = {0};
    double seconds = argc > 2 ? atof(argv[2]) : 0;
    if (seconds <= 0 || argc > 4) {
        fprintf(stderr, "usage: send_bench INTERFACE SECONDS [both]\n");
        return 2;
    }
    if (!bare_open(&b, argv[1])) {
        fprintf(stderr, "send_bench: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    uint64_t ns = (uint64_t)(seconds * 1e9);
    if (argc == 4) return compare(&b, argv[1], ns);
    run(&s, bare_send, &b, ns);
    printf("%.0f\n", rate(&s));
    return 0;
}
