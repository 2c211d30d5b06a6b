/* A replay through two devices: the order over both, whatever they do; and by what a frame is
 * recognised behind a device. */
#include "replay_rig.h"

#include "profile/profile.h"
#include "run/lane.h"
#include "trace/likeness.h"

#define A 0xc6120001u /* 198.18.0.1 */
#define B 0xc6130002u /* 198.19.0.2 */
#define FRAMES 600

/* Two devices that write down what they were handed, in one list; each may be busy, or take so
 * many frames in one call. */
struct handed {
    char place;
    uint16_t number;
};
static struct handed handed[FRAMES];
static size_t n_handed, most;
static bool busy[2];
static struct device {
    struct wire wire;
    char place;
} devices[2];

static enum sent device_send(struct wire *w, const struct frame *f, size_t n, size_t *done)
{
    struct device *d = (struct device *)w;
    *done = 0;
    if (busy[d - devices]) return SENT_AGAIN;
    for (; *done < n && *done < most; ++*done) {
        assert_true(n_handed < FRAMES);
        handed[n_handed++] = (struct handed){d->place, get_u16(f[*done].p + 34 + 8)};
    }
    return *done < n ? SENT_AGAIN : SENT_OK;
}
static bool device_close(struct wire *w, struct errs *errs)
{
    (void)w, (void)errs;
    return true;
}
static const struct wire_class device_class;
static struct wire *device_open(const struct wire_opts *o, struct where at, struct errs *errs)
{
    struct device *d = &devices[o->place[0] == 'b'];
    (void)at, (void)errs;
    *d = (struct device){.wire = {.class = &device_class, .mtu = 1518}, .place = o->place[0]};
    return &d->wire;
}
static const struct wire_class device_class = {
    .open = device_open, .send = device_send, .close = device_close};

/* Frame i carries its number; which side sends it looks random. */
static bool from_client(size_t i)
{
    return i == 0 || rng_mix(i) & 1;
}
static const char *numbered_capture(void)
{
    static struct bytes b;
    capture_begin(&b, 1);
    for (size_t i = 0; i < FRAMES; i++) {
        bool c = from_client(i);
        struct span f = frame_udp4(c ? A : B, c ? B : A, c ? 9 : 53, c ? 53 : 9, 2);
        put_u16((uint8_t *)f.p + 42, (uint16_t)i);
        capture_add(&b, i, f, 0);
    }
    return file_of(b.v, b.n);
}

static void replay_all(const char *more, void (*meddle)(size_t round))
{
    struct arena a = {0};
    struct errs errs = {0};
    char text[512];
    snprintf(text, sizeof text,
             "[stream s]\nreplay = %s\nrate = max\nwire = pcapfile(a)\nserver_interface = b\n%s\n",
             numbered_capture(), more);
    struct plan *plan =
        plan_compile(&a, profile_parse(&a, "test", span_of(text), &errs), NULL, &errs);
    if (!plan) errs_print(&errs, stderr);
    assert_non_null(plan);
    plan->streams[0].wire = &device_class;
    struct lane_env env = {
        .plan = plan, .arena = &a, .rec = rec_open(&plan->layout), .t0 = clock_now()};
    struct lane *l = lane_new(&env, &plan->streams[0]);
    assert_true(l->class->open(l, &errs));
    n_handed = 0;
    for (size_t round = 0; !l->class->done(l); round++) {
        assert_true(round < 10 * FRAMES);
        meddle(round);
        l->class->work(l, lane_now(l));
    }
    l->class->finish(l);
    struct rec_glance g = rec_glance(env.rec);
    assert_int_equal(g.sent, FRAMES);
    assert_int_equal(result_sides_count(&l->sides), FRAMES);
    lane_close(l);
    rec_close(env.rec);
    arena_free(&a);
    assert_int_equal(n_handed, FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        assert_int_equal(handed[i].number, i);
        assert_int_equal(handed[i].place, from_client(i) ? 'a' : 'b');
    }
}

static void never_busy(size_t round)
{
    (void)round;
    most = FRAMES;
    busy[0] = busy[1] = false;
}
/* Now the one, now the other takes nothing, or only a few. */
static void often_busy(size_t round)
{
    busy[0] = rng_mix(round) % 3 == 0;
    busy[1] = rng_mix(round) % 3 == 1;
    most = rng_mix(~round) % 4;
}

static void one_order_over_both_devices(void **state)
{
    (void)state;
    replay_all("", never_busy);
    replay_all("", often_busy);
    replay_all("client = 198.18.0.0/16", often_busy);
    replay_all("server_ports = 53", often_busy);
}

static uint64_t likeness(struct span f)
{
    return frame_likeness(f);
}
static void set_sums(uint8_t *p, size_t n)
{
    put_u16(p + 24, 0);
    put_u16(p + 24, sum_final(sum_bytes(p + 14, 20)));
    (void)n;
}

static void a_router_changes_nothing_that_counts(void **state)
{
    (void)state;
    uint8_t copy[200];
    struct span f = frame_tcp4(A, B, 4000, 80, 60);
    uint64_t before = likeness(f);
    memcpy(copy, f.p, f.n);
    memcpy(copy, "\x02\x11\x22\x33\x44\x55\x02\x66\x77\x88\x99\xaa", 12);
    copy[14 + 8]--;      /* time to live */
    copy[14 + 1] = 0xb8; /* DSCP */
    set_sums(copy, f.n);
    assert_true(likeness(span_make(copy, f.n)) == before);
    put_u32(copy + 26, 0x0a000001); /* NAT */
    put_u16(copy + 34, 60000);
    put_u16(copy + 34 + 16, 0x1234);
    assert_true(likeness(span_make(copy, f.n)) == before);
    memmove(copy + 16, copy + 12, f.n - 12); /* a tag */
    put_u16(copy + 12, TYPE_VLAN);
    put_u16(copy + 14, 5);
    assert_true(likeness(span_make(copy, f.n + 4)) != 0);
    assert_true(likeness(span_make(copy, f.n + 4)) == before);
}

static void padding_does_not_count(void **state)
{
    (void)state;
    uint8_t copy[200] = {0};
    struct span f = frame_udp4(A, B, 1, 2, 3);
    memcpy(copy, f.p, f.n);
    assert_true(likeness(span_make(copy, 60)) == likeness(f));
    struct bytes *b = frame_new();
    frame_eth(b, 0x88cc);
    add_row(b, 1, 20);
    memset(copy, 0, sizeof copy);
    memcpy(copy, b->v, b->n);
    assert_true(likeness(span_make(copy, 60)) == likeness(span_make(b->v, b->n)));
}

/* Every byte of the payload and of the transport header that is not a port, an identifier or a
 * checksum makes another packet. */
static void contents_count(void **state)
{
    (void)state;
    uint8_t copy[200];
    struct span f = frame_tcp4(A, B, 4000, 80, 60);
    uint64_t before = likeness(f);
    size_t changes = 0;
    memcpy(copy, f.p, f.n);
    for (size_t i = 34; i < f.n; i++) {
        copy[i] ^= 0x40;
        bool kept = i >= 38 && i != 50 && i != 51;
        assert_int_equal(likeness(span_make(copy, f.n)) != before, kept);
        changes += kept;
        copy[i] ^= 0x40;
    }
    assert_int_equal(changes, f.n - 34 - 6);
    for (size_t n = 0; n < f.n; n++) likeness(span_sub(f, 0, n)); /* cut anywhere */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_order_over_both_devices),
        cmocka_unit_test(a_router_changes_nothing_that_counts),
        cmocka_unit_test(padding_does_not_count),
        cmocka_unit_test(contents_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
