/* Frames of any bytes through shaping, rewriting and splitting: no byte outside the frame is
 * touched (the sanitizers see to that), the layout stays within it, parts fit the limit. */
#include "require.h"
#include "trace/destination.h"
#include "trace/fragment.h"
#include "trace/link.h"
#include "trace/rewrite.h"
#include "trace/segment.h"
#include "trace/shape.h"

#include <stdlib.h>

#define LIMIT 300
#define SIZE_MOST 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct prefix net(const char *text)
{
    struct prefix p;
    bool bits;
    prefix_parse(span_of(text), &p, &bits);
    return p;
}

/* The first bytes choose what is done. */
struct choice {
    uint8_t link, flags, field, value, vlan;
};

static const struct gen *some_gen(struct arena *a, enum rewrite_field field, uint64_t seed)
{
    static struct errs errs;
    const struct rewrite_target *t = &rewrite_targets[field];
    static const char *const texts[] = {"0..7", "02:00:00:00:00:01", "198.18.0.0/15",
                                        "2001:2::/48"};
    static const enum gen_format formats[] = {FORMAT_NUMBER, FORMAT_MAC, FORMAT_IP4, FORMAT_NUMBER};
    struct gen_env env = {.arena = a, .errs = &errs, .seed = seed};
    struct entry e = {.key = "f", .value = span_of(t->bits < 3 ? "0..3" : texts[t->type])};
    const struct gen *g =
        gen_entry(&env, &e, "f",
                  &(struct gen_want){.what = "a field",
                                     .type = t->type == VALUE_IP6 ? GEN_IP6 : GEN_U64,
                                     .format = formats[t->type],
                                     .hi = t->bits < 64 ? (1ull << t->bits) - 1 : UINT64_MAX});
    REQUIRE(g);
    return g;
}

static const struct gen *some_size(struct arena *a)
{
    static struct errs errs;
    struct gen_env env = {.arena = a, .errs = &errs, .seed = 1};
    struct entry e = {.key = "size", .value = span_of("14..2000")};
    return gen_entry(&env, &e, "size",
                     &(struct gen_want){.what = "a size", .type = GEN_U64, .hi = SIZE_MOST});
}

static void check_split(const struct draft *d)
{
    struct frame out[1024];
    size_t parts = segment_count(d, LIMIT), total = 0;
    if (parts == 0 || parts > 1024) return;
    uint8_t *room = malloc(segment_room(d, LIMIT));
    segment_split(d, LIMIT, room, out);
    for (size_t i = 0; i < parts; i++) {
        REQUIRE(out[i].len <= LIMIT);
        total += out[i].len;
    }
    REQUIRE(total <= segment_room(d, LIMIT));
    free(room);
}

static void check_fragments(struct draft *d)
{
    static struct frame out[4096];
    size_t parts = fragment_count(d, LIMIT), total = 0, room_n = fragment_room(d, LIMIT);
    if (parts == 0) return;
    REQUIRE(parts <= 4096);
    uint8_t *room = malloc(room_n);
    fragment_split(d, LIMIT, 7, room, out);
    for (size_t i = 0; i < parts; i++) {
        REQUIRE(out[i].len <= LIMIT);
        total += out[i].len;
    }
    REQUIRE(total <= room_n);
    free(room);
}

/* What the target rules look at is in the frame. */
static bool any_place(const void *ctx, struct addr to)
{
    (void)ctx;
    return to.family != FAMILY_MAC;
}

static void rewrite(const struct choice *c, struct draft *d)
{
    struct arena a = {0};
    struct scratch scratch = {0};
    struct rewrite_net nets[] = {{net("0.0.0.0/1"), net("198.18.0.0/15")},
                                 {net("::/0"), net("2001:2::/48")}};
    struct rewrite_port ports[] = {{0, 1023, 1024}, {1024, 65535, 0}};
    struct rewrite_mac macs[] = {{.to = {2, 0, 0, 0, 0, 9}, .any = true}};
    struct rewrite_vlan vlans[] = {{.how = VLAN_POP},
                                   {.how = VLAN_PUSH, .to = 5, .type = TYPE_QINQ},
                                   {.how = VLAN_RETAG, .from = 5, .to = 9},
                                   {.how = VLAN_POP}};
    struct rewrite_draw draws[] = {
        {.field = (enum rewrite_field)(c->field % REWRITE_FIELDS),
         .gen = some_gen(&a, (enum rewrite_field)(c->field % REWRITE_FIELDS), c->value)}};
    struct rewrite w = {
        .nets = nets,
        .n_nets = c->flags & 1 ? 2 : 0,
        .ports = ports,
        .n_ports = c->flags & 2 ? 2 : 0,
        .macs = macs,
        .n_macs = c->flags & 4 ? 1 : 0,
        .vlans = vlans,
        .n_vlans = c->vlan % 5,
        .draws = draws,
        .n_draws = c->flags & 8 ? 1 : 0,
        .per = (c->flags >> 4) & 3,
        .checksums = (c->flags >> 6) % 3,
        .payload = (c->vlan >> 3) % 3, /* no text */
        .inside = c->vlan & 32,
        .size = c->vlan & 64 ? some_size(&a) : NULL,
    };
    struct new_ends ends = {
        .from_client = c->vlan & 64,
        .client_known = true,
        .server_known = true,
        .client_port_known = true,
        .server_port_known = true,
        .client = net(d->n % 2 ? "198.18.0.0/15" : "2001:2::/48").first,
        .server = net("198.19.0.0/16").first,
        .client_port = c->value,
        .client_seq = c->value * 0x01010101u,
        .server_seq = 0xfffffff0,
    };
    if (c->vlan & 128) d->ends = &ends;
    rewrite_batch(&w, &scratch, d, 1);
    const struct layout *l = &d->at;
    REQUIRE(l->up == 0 || l->up < d->n);
    REQUIRE(l->version == 0 || l->net + 20 <= d->n);
    scratch_free(&scratch);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint32_t links[] = {1,   1,   1,   0,   9,   51,  101, 104,
                                     105, 108, 109, 113, 127, 166, 192, 276};
    struct choice c;
    struct draft d;
    if (n < sizeof c || n > 5000) return 0;
    memcpy(&c, data, sizeof c);
    struct span frame = span_make(data + sizeof c, n - sizeof c);
    struct trace_frame f = {
        .bytes = frame,
        .wire_len = (uint32_t)frame.n + (c.value & 31),
        .link = links[c.link % (sizeof links / sizeof *links)],
    };
    struct shape shape = {.convert = true, .cut = c.value & 32 ? CUT_PAD : CUT_SHORT};
    size_t most = f.wire_len > SIZE_MOST ? f.wire_len : SIZE_MOST;
    uint8_t *room = malloc(SHAPE_ROOM(most));
    struct layout at;
    link_layout(f.link, f.bytes, &at);
    if (shape_frame(&shape, &f, &at, room, SHAPE_ROOM(most), &d) == FIT_YES) {
        rewrite(&c, &d);
        check_split(&d);
        destination_allowed(span_make(d.p, d.n), &d.at, any_place, NULL);
        check_fragments(&d);
    }
    free(room);
    return 0;
}
