/* Packet sections of any text: compiled, filled, printed and matched against themselves. Frames
 * must keep the length they promise and be the same alone and in a batch. */
#include <stdio.h>
#include <stdlib.h>
#include "gen/population.h"
#include "packet/packet.h"

#define UNITS 5
#define TEXT_MAX 2000
#define LEN_MAX 3000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct packet *p, struct arena *a)
{
    static FILE *nowhere;
    if (!nowhere) nowhere = fopen("/dev/null", "w");
    struct scratch s = {0};
    struct packet_room *room = packet_room_new(p, a), *other = packet_room_new(p, a);
    uint64_t index[UNITS] = {0, 1, 77, 1ull << 40, UINT64_MAX}, due[UNITS] = {0}, found;
    struct frame frame[UNITS], alone;
    struct draw d = {.index = index, .due_ns = due, .scratch = &s};
    packet_fill(p, room, &d, UNITS, frame);
    packet_print_layout(p, nowhere);
    for (size_t i = 0; i < UNITS; i++) {
        struct span got = span_make(frame[i].p, frame[i].len);
        if (got.n < packet_min_len(p) || got.n > packet_max_len(p)) abort();
        struct draw one = {.index = index + i, .due_ns = due, .scratch = &s};
        packet_fill(p, other, &one, 1, &alone);
        if (!span_eq(got, span_make(alone.p, alone.len))) abort();
        packet_print_json(p, got, nowhere);
        packet_print_text(p, got, nowhere);
        packet_match(p, &s, got, index[i], &found);
        enum content content;
        bool mine = packet_arrived(p, other, &s, got, index[i], &found, &content);
        /* A section may set lengths and types that hide its own token. */
        if (mine && packet_token(p) == TOKEN_NONE) abort();
        if (mine && (found != index[i] || content != CONTENT_SAME)) abort();
    }
    scratch_free(&s);
}

/* What leaves alone can be a turn, too. */
static void use_turn(const struct packet *p, struct arena *a)
{
    struct scratch s = {0};
    struct packet_turn turn;
    struct frame frame;
    uint64_t index = 5, seq = 0xffffffff, ack = 7;
    const uint64_t *given[GIVEN_COUNT] = {&seq, &ack};
    struct draw d = {.index = &index, .given = given, .scratch = &s};
    if (!p) abort();
    packet_turn(p, &turn);
    if (packet_max_len(p) <= LEN_MAX) packet_fill(p, packet_room_new(p, a), &d, 1, &frame);
    scratch_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct errs errs = {0};
    if (size > TEXT_MAX) return 0;
    struct span text = span_of(arena_printf(&a, "[packet p]\n%.*s\n", (int)size, data));
    struct profile *profile = profile_parse(&a, "fuzz", text, &errs);
    struct section *sec = profile ? profile_section(profile, "packet", "p") : NULL;
    if (sec) {
        struct gen_env env = {.arena = &a, .errs = &errs, .profile = profile, .seed = 42};
        struct entry flows = {.key = "flows", .value = span_of("1000")};
        env.population = population_compile(&env, &flows, NULL, NULL, "fuzz");
        env.vars = gen_vars_new(&env, NULL);
        const struct packet *p = packet_compile(&env, sec, size & 1);
        if (!p != errs_any(&errs)) abort();
        if (p && packet_max_len(p) <= LEN_MAX) use(p, &a);
        if (p) use_turn(packet_compile_turn(&env, sec), &a);
    }
    arena_free(&a);
    return 0;
}
