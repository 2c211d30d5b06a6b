/* synth: nanoseconds to make a 64-byte UDP packet with four random fields and valid
 * checksums, what its draws alone cost, and what copying 64 bytes costs, on one core and
 * without sending. One line each: name, nanoseconds. */
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "packet/packet.h"

#define PACKETS (BATCH * 40000ull)
#define ROUNDS 5

static const char profile_text[] = "[packet p]\n"
                                   "layers = eth / ipv4 / udp\n"
                                   "ipv4.src = 198.18.0.0/16\n"
                                   "ipv4.dst = 198.19.0.0/16\n"
                                   "udp.sport = 1024..65535\n"
                                   "udp.dport = 1..65535\n"
                                   "size = 64\n";

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

int main(void)
{
    struct arena a = {0};
    struct errs errs = {0};
    struct scratch s = {0};
    struct profile *profile = profile_parse(&a, "synth", span_of(profile_text), &errs);
    struct gen_env env = {.arena = &a, .errs = &errs, .profile = profile, .seed = 42};
    struct packet *p =
        profile ? packet_compile(&env, profile_section(profile, "packet", "p"), false) : NULL;
    if (!p) {
        errs_print(&errs, stderr);
        return 2;
    }
    struct packet_room *room = packet_room_new(p, &a);
    double fill = 1e9, draw = 1e9, copy = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        fill = least(fill, fill_ns(p, room, &s));
        draw = least(draw, draw_ns());
        copy = least(copy, copy_ns());
    }
    printf("udp64 %.3f\ndraws %.3f\nmemcpy %.3f\n", fill, draw, copy);
    scratch_free(&s);
    arena_free(&a);
    return 0;
}
