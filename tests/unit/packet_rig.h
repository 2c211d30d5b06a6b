/* packet_rig: what the tests of packets share: a template from a section's text, its units as
 * frames, and an independent reading of frames that recomputes every length and checksum. */
#ifndef PACKET_RIG_H
#define PACKET_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "packet/layer.h"
#include "packet/packet.h"

struct rig {
    struct arena arena;
    struct errs errs;
    struct scratch scratch;
    struct packet *packet;
    struct packet_room *room;
    uint64_t index[BATCH], due[BATCH];
    struct frame frame[BATCH];
};

/* The template is NULL after a mistake, which is in r->errs. */
static inline struct rig *rig_try(const char *body, bool reply)
{
    struct rig *r = calloc(1, sizeof *r);
    const char *text = arena_printf(&r->arena, "[packet p]\n%s\n", body);
    struct profile *profile = profile_parse(&r->arena, "test.ini", span_of(text), &r->errs);
    if (!profile) return r;
    struct gen_env env = {.arena = &r->arena, .errs = &r->errs, .profile = profile, .seed = 42};
    env.vars = gen_vars_new(&env, profile_section(profile, "vars", ""));
    r->packet = packet_compile(&env, profile_section(profile, "packet", "p"), reply);
    return r;
}

static inline void rig_free(struct rig *r)
{
    scratch_free(&r->scratch);
    arena_free(&r->arena);
    free(r);
}

static inline struct rig *rig_token(const char *body, bool reply)
{
    struct rig *r = rig_try(body, reply);
    if (!r->packet) {
        errs_print(&r->errs, stderr);
        fail_msg("does not compile:\n%s", body);
    }
    r->room = packet_room_new(r->packet, &r->arena);
    return r;
}
static inline struct rig *rig_new(const char *body)
{
    return rig_token(body, false);
}

/* Units first, first + step, ... as frames in r->frame. */
static inline void rig_batch(struct rig *r, uint64_t first, uint64_t step, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        r->index[i] = first + i * step;
        r->due[i] = r->index[i] * 1000;
    }
    struct draw d = {.index = r->index, .due_ns = r->due, .scratch = &r->scratch};
    assert_int_equal(packet_fill(r->packet, r->room, &d, n, r->frame), n);
}
static inline struct span rig_unit(struct rig *r, uint64_t index)
{
    rig_batch(r, index, 1, 1);
    return span_make(r->frame[0].p, r->frame[0].len);
}

/* The Internet checksum of bytes behind a start value, a byte at a time; 0 when a checksum
 * that lies within is right. */
static inline uint16_t slow_sum(uint32_t start, struct span s)
{
    uint64_t sum = start;
    for (size_t i = 0; i < s.n; i++) sum += i % 2 ? s.p[i] : (uint64_t)s.p[i] << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static inline uint32_t slow_pseudo(struct span addresses, uint8_t protocol, size_t length)
{
    return (uint32_t)(uint16_t)~slow_sum(0, addresses) + protocol + (uint32_t)length;
}

static inline void check_ip(struct span s);

static inline void check_transport(uint8_t protocol, struct span addresses, struct span s)
{
    uint32_t pseudo = slow_pseudo(addresses, protocol, s.n);
    switch (protocol) {
    case 1:
        assert_int_equal(slow_sum(0, s), 0);
        break;
    case 58:
        assert_int_equal(slow_sum(pseudo, s), 0);
        break;
    case 6:
        assert_int_equal(slow_sum(pseudo, s), 0);
        assert_true(s.p[12] / 16 * 4 >= 20 && s.p[12] / 16 * 4u <= s.n);
        break;
    case 17:
        assert_int_equal(get_u16(s.p + 4), s.n);
        if (get_u16(s.p + 6)) assert_int_equal(slow_sum(pseudo, s), 0);
        break;
    case 4:
    case 41:
        check_ip(s);
        break;
    default:
        break;
    }
}

/* An IP datagram, which ends where `s` does unless the link pads it. */
static inline void check_ip(struct span s)
{
    if (s.p[0] / 16 == 4) {
        size_t header = (s.p[0] & 15) * 4u, length = get_u16(s.p + 2);
        assert_true(length <= s.n && header <= length);
        assert_int_equal(slow_sum(0, span_sub(s, 0, header)), 0);
        check_transport(s.p[9], span_sub(s, 12, 8), span_sub(s, header, length - header));
    } else {
        assert_int_equal(s.p[0] / 16, 6);
        size_t length = get_u16(s.p + 4);
        assert_true(length + 40 <= s.n);
        check_transport(s.p[6], span_sub(s, 8, 32), span_sub(s, 40, length));
    }
}

/* Every length and checksum of a frame, as far as this knows its protocols. */
static inline void check_frame(struct span s)
{
    size_t at = 12;
    assert_true(s.n >= 14);
    while (get_u16(s.p + at) == 0x8100 || get_u16(s.p + at) == 0x88a8) at += 4;
    uint16_t type = get_u16(s.p + at);
    if (type == 0x0800 || type == 0x86dd) check_ip(span_from(s, at + 2));
}

#endif
