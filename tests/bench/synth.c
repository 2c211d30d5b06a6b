/* synth: nanoseconds to make a 64-byte UDP packet with four random fields and valid
 * checksums, what its draws alone cost, and what copying 64 bytes costs, on one core and
 * without sending. One line each: name, nanoseconds. */
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "packet/packet.h"

#define PACKETS (BATCH * 10000ull)
#define ROUNDS 5

#define UDP                                                                                        \
    "layers = eth / ipv4 / udp\nipv4.src = 198.18.0.0/16\nipv4.dst = 198.19.0.0/16\n"              \
    "udp.sport = 1024..65535\nudp.dport = 1..65535\n"
static const struct {
    const char *name, *body;
} templates[] = {
    {"udp64", UDP "size = 64"},
    {"imix", UDP "size = imix(64:7, 594:4, 1518:1)"},
    {"text", UDP "payload.text = request ${0..99999} of ${hex(8)}"},
    {"ipv6-tcp", "layers = eth / ipv6 / tcp\nipv6.src = 2001:2::/64\nipv6.dst = 2001:2:0:1::/64\n"
                 "tcp.sport = 1024..65535\ntcp.seq = 0..0xffffffff"},
    {"vxlan", "layers = eth / ipv4 / udp / vxlan / eth as in / ipv4 as inner / tcp\n"
              "vxlan.vni = 1..4096\ninner.src = 198.18.0.0/16\ntcp.sport = 1024..65535\n"
              "udp.sport = 49152..65535"},
};
#define TEMPLATES (sizeof templates / sizeof *templates)

/* CPU time of this thread, so that a busy neighbour counts less. */
static double fill_ns(const struct packet *p, struct packet_room *room, struct scratch *s)
{
    static uint64_t index[BATCH], due[BATCH];
    static struct frame frame[BATCH];
    struct draw d = {.index = index, .due_ns = due, .scratch = s};
    uint64_t start = clock_thread_cpu();
    for (uint64_t n = 0; n < PACKETS; n += BATCH) {
        for (uint64_t i = 0; i < BATCH; i++) index[i] = n + i;
        packet_fill(p, room, &d, BATCH, frame);
    }
    return (double)(clock_thread_cpu() - start) / (double)PACKETS;
}

static double copy_ns(void)
{
    static uint8_t from[64], to[BATCH][64] __attribute__((aligned(64)));
    uint64_t start = clock_thread_cpu();
    for (uint64_t n = 0; n < PACKETS; n += BATCH) {
        from[0] = (uint8_t)n;
        for (uint64_t i = 0; i < BATCH; i++) {
            memcpy(to[i], from, 64);
            __asm__ volatile("" : : "r"(to) : "memory");
        }
    }
    return (double)(clock_thread_cpu() - start) / (double)PACKETS;
}

/* The four columns alone: what the generators cost. */
static double draw_ns(void)
{
    static uint64_t index[BATCH], out[BATCH];
    uint64_t start = clock_thread_cpu();
    for (uint64_t n = 0; n < PACKETS; n += BATCH) {
        for (uint64_t i = 0; i < BATCH; i++) index[i] = n + i;
        for (uint64_t c = 0; c < 4; c++) {
            rng_column(c, index, BATCH, out);
            __asm__ volatile("" : : "r"(out) : "memory");
        }
    }
    return (double)(clock_thread_cpu() - start) / (double)PACKETS;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static void bench(const char *name, const char *body)
{
    struct arena a = {0};
    struct errs errs = {0};
    struct scratch s = {0};
    struct span text = span_of(arena_printf(&a, "[packet p]\n%s\n", body));
    struct profile *profile = profile_parse(&a, name, text, &errs);
    struct gen_env env = {.arena = &a, .errs = &errs, .profile = profile, .seed = 42};
    struct packet *p =
        profile ? packet_compile(&env, profile_section(profile, "packet", "p"), false) : NULL;
    if (!p) {
        errs_print(&errs, stderr);
        exit(2);
    }
    struct packet_room *room = packet_room_new(p, &a);
    double ns = 1e9;
    for (int i = 0; i < ROUNDS; i++) ns = least(ns, fill_ns(p, room, &s));
    printf("%s %.3f\n", name, ns);
    scratch_free(&s);
    arena_free(&a);
}

int main(void)
{
    double draw = 1e9, copy = 1e9;
    for (size_t i = 0; i < TEMPLATES; i++) bench(templates[i].name, templates[i].body);
    for (int i = 0; i < ROUNDS; i++) {
        draw = least(draw, draw_ns());
        copy = least(copy, copy_ns());
    }
    printf("draws %.3f\nmemcpy %.3f\n", draw, copy);
    return 0;
}
