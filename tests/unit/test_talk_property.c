/* Streams that are known, cut into segments, repeated, overlapping, out of order, with losses: what
 * is told are their bytes at their places, always. Seeds are fixed; a failure names its own. */
#include "talk_rig.h"

#define STREAM_MAX 6000
#define SEGMENTS_MAX (STREAM_MAX * 3)

static uint8_t text[2][STREAM_MAX];

static void write_texts(uint64_t seed)
{
    for (size_t i = 0; i < STREAM_MAX; i++) {
        text[0][i] = (uint8_t)rng_at(seed, i);
        text[1][i] = (uint8_t)rng_at(~seed, i);
    }
}

static uint64_t key, drawn;
static uint32_t below(uint32_t n)
{
    return (uint32_t)rng_below(rng_at(key, drawn++), n);
}

struct piece {
    uint32_t at, n;
};
struct plan {
    uint32_t bytes, longest; /* of each side's stream; of a segment */
    uint32_t window;         /* how many segments are shuffled together; 1: they stay in order */
    uint32_t repeat, lose;   /* of 100 segments so many */
    bool overlap;
};

/* The segments of one stream. With `overlap` each may begin earlier and end later. */
static size_t cut_stream(const struct plan *p, struct piece *out)
{
    size_t n = 0;
    for (uint32_t at = 0, step; at < p->bytes; at += step) {
        step = 1 + below(p->longest);
        if (step > p->bytes - at) step = p->bytes - at;
        struct piece x = {at, step};
        if (p->overlap) {
            uint32_t back = below(at < 2 * p->longest ? at + 1 : 2 * p->longest);
            uint32_t more = below(2 * p->longest);
            x.at -= back;
            x.n += back;
            x.n = more > p->bytes - at - step ? p->bytes - x.at : x.n + more;
        }
        out[n++] = x;
        if (below(100) < p->repeat) {
            out[n] = out[below((uint32_t)n)];
            n++;
        }
    }
    for (size_t from = 0; from < n; from += p->window)
        for (uint32_t i = n - from < p->window ? (uint32_t)(n - from) : p->window; i > 1; i--) {
            uint32_t j = below(i);
            struct piece swap = out[from + i - 1];
            out[from + i - 1] = out[from + j];
            out[from + j] = swap;
        }
    return n;
}

/* How far a stream has come without holes. */
struct reached {
    bool got[STREAM_MAX];
    uint32_t upto;
};
static void reach(struct reached *r, struct piece x)
{
    memset(r->got + x.at, true, x.n);
    while (r->upto < STREAM_MAX && r->got[r->upto]) r->upto++;
}

/* Both sides speak at once; each acknowledges what has arrived, lost frames included. */
static uint32_t record(const struct plan *p, struct duo *d)
{
    static struct piece piece[2][SEGMENTS_MAX];
    static struct reached reached[2];
    size_t n[2] = {cut_stream(p, piece[0]), cut_stream(p, piece[1])}, at[2] = {0, 0};
    uint32_t lost = 0;
    memset(reached, 0, sizeof reached);
    shake_hands(d);
    while (at[0] < n[0] || at[1] < n[1]) {
        int side = at[0] == n[0] ? 1 : at[1] == n[1] ? 0 : (int)below(2);
        struct piece x = piece[side][at[side]++];
        reach(&reached[side], x);
        uint32_t seq = d->seq[side] + x.at, ack = d->seq[!side] + reached[!side].upto;
        if (below(100) < p->lose)
            lost++;
        else
            segment(d, side, seq, ack, ACK, span_make(text[side] + x.at, x.n));
        if (below(3) == 0)
            segment(d, !side, d->seq[!side] + reached[!side].upto,
                    d->seq[side] + reached[side].upto, ACK, (struct span){0});
    }
    d->seq[0] += p->bytes;
    d->seq[1] += p->bytes;
    part(d);
    return lost;
}

/* Every byte told is the one at its place; all are told or told as missing. */
static void check(struct reel *r, const struct plan *p, bool complete)
{
    struct talk_opts o = {.next = reel_next, .ctx = r};
    struct talk *t = talk_open(&o);
    struct talk_event e;
    uint64_t told[2] = {0, 0};
    enum talk_state state;
    r->shown = 0;
    while ((state = talk_next(t, &e)) != TALK_END) {
        if (state == TALK_LATER) continue;
        if (e.kind == TALK_DATA) {
            assert_true(told[e.side] + e.bytes.n <= p->bytes);
            assert_memory_equal(e.bytes.p, text[e.side] + told[e.side], e.bytes.n);
            told[e.side] += e.bytes.n;
        }
        if (e.kind == TALK_GAP) told[e.side] += e.missing;
        if (e.kind == TALK_GAP && complete) fail_msg("a gap, key %llu", (unsigned long long)key);
        if (e.kind == TALK_SHUT) assert_int_equal(told[e.side], p->bytes);
        if (e.kind == TALK_CLOSE) assert_int_equal(e.how, TALK_FIN);
        assert_int_equal(e.conn, 0);
    }
    assert_int_equal(told[0], p->bytes);
    assert_int_equal(told[1], p->bytes);
    assert_int_equal(fates(t), r->n);
    talk_close(t);
}

static void try(const struct plan *p, uint64_t seeds)
{
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct reel r = {0};
        struct duo d = duo_of(&r, 40000);
        key = rng_mix(seed);
        drawn = 0;
        write_texts(seed);
        d.seq[0] = (uint32_t)rng_at(key, 1u << 30);
        d.seq[1] = UINT32_MAX - below(p->bytes + 1); /* this one wraps around */
        d.version = seed % 2 ? 4 : 6;
        uint32_t lost = record(p, &d);
        check(&r, p, lost == 0);
        reel_free(&r);
    }
}

static void in_order(void **unused)
{
    (void)unused;
    try(&(struct plan){.bytes = STREAM_MAX, .longest = STREAM_MAX, .window = 1}, 20);
    try(&(struct plan){.bytes = STREAM_MAX, .longest = 1, .window = 1}, 2);
}
static void shuffled(void **unused)
{
    (void)unused;
    try(&(struct plan){.bytes = STREAM_MAX, .longest = 100, .window = 8}, 50);
    try(&(struct plan){.bytes = STREAM_MAX, .longest = 300, .window = 1000}, 50);
    try(&(struct plan){.bytes = 3000, .longest = 1, .window = 3000}, 3);
}
static void repeated(void **unused)
{
    (void)unused;
    try(&(struct plan){.bytes = STREAM_MAX, .longest = 100, .window = 8, .repeat = 50}, 50);
}
static void overlapping(void **unused)
{
    (void)unused;
    try(&(struct plan){.bytes = STREAM_MAX, .longest = 100, .window = 8, .overlap = true}, 50);
    try(
        &(struct plan){
            .bytes = STREAM_MAX, .longest = 50, .window = 50, .overlap = true, .repeat = 30},
        50);
}
static void with_losses(void **unused)
{
    (void)unused;
    try(&(struct plan){.bytes = STREAM_MAX, .longest = 100, .window = 1, .lose = 10}, 100);
    try(&(struct plan){.bytes = STREAM_MAX,
                       .longest = 60,
                       .window = 6,
                       .lose = 20,
                       .repeat = 20,
                       .overlap = true},
        100);
    try(&(struct plan){.bytes = STREAM_MAX, .longest = 60, .window = 6, .lose = 100}, 2);
}

/* Each frame, and all of them, cut to every length: nothing is told that is not there, and what
 * was cut off is told as missing. */
static void every_truncation(void **unused)
{
    (void)unused;
    struct plan p = {.bytes = 60, .longest = 20, .window = 2};
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    key = 5;
    write_texts(5);
    record(&p, &d);
    struct frame_made full[100];
    assert_true(r.n < 100);
    memcpy(full, r.v, r.n * sizeof *full);
    for (uint32_t snap = 54; snap < 80; snap++) {
        for (size_t i = 0; i < r.n; i++) r.v[i].n = full[i].n < snap ? full[i].n : snap;
        check(&r, &p, false);
    }
    for (size_t i = 0; i < r.n; i++) r.v[i].n = full[i].n;
    for (size_t i = 0; i < r.n; i++) {
        uint8_t *bytes = r.v[i].p;
        for (uint32_t n = 0; n < full[i].n; n++) {
            r.v[i].p = malloc(n + 1);
            memcpy(r.v[i].p, bytes, n);
            r.v[i].n = n;
            free(story_with(&r, (struct talk_opts){0}, NULL));
            free(r.v[i].p);
        }
        r.v[i].p = bytes;
        r.v[i].n = full[i].n;
    }
    size_t all = r.n;
    for (r.n = 0; r.n < all; r.n++) free(story_with(&r, (struct talk_opts){0}, NULL));
    reel_free(&r);
}

/* One side leaves a hole and goes on; nobody acknowledges anything. */
static void hoard(struct duo *d, uint32_t from, uint32_t bytes)
{
    static uint8_t bytes_of[1400];
    memset(bytes_of, 'z', sizeof bytes_of);
    for (uint32_t at = from; at < from + bytes; at += 1400)
        segment(d, 0, d->seq[0] + at, 0, PSH, span_make(bytes_of, 1400));
}

static void one_hoards(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    struct talk_counts c;
    shake_hands(&d);
    hoard(&d, 1, TALK_HELD_SIDE + 100000);
    free(story_with(&r, (struct talk_opts){0}, &c));
    assert_int_equal(c.given_up, 1);
    assert_int_equal(c.gap_bytes, 1);
    reel_free(&r);
}

static void all_hoard(void **unused)
{
    (void)unused;
    enum { HOARDERS = 40 };
    struct reel r = {0};
    struct duo d[HOARDERS];
    struct talk_counts c;
    for (unsigned i = 0; i < HOARDERS; i++) {
        d[i] = duo_of(&r, (uint16_t)(2000 + i));
        shake_hands(&d[i]);
        hoard(&d[i], 7, 1 << 20);
    }
    /* The hole of one of the last is filled: it was not given up. */
    say(&d[HOARDERS - 1], 0, "missing");
    char *story = story_with(&r, (struct talk_opts){0}, &c);
    assert_non_null(strstr(story, "39c\"missing"));
    free(story);
    assert_true(c.given_up >= HOARDERS - 17 && c.given_up <= HOARDERS - 1);
    assert_int_equal(c.gap_bytes, 7 * (HOARDERS - 1));
    assert_int_equal(c.data_bytes, (uint64_t)HOARDERS * ((1 << 20) / 1400 + 1) * 1400 + 7);
    reel_free(&r);
}

/* More connections than there is room for, from frames made one at a time. */
struct crowd {
    uint32_t made, n;
    struct reel reel;
};
static enum trace_next crowd_next(void *ctx, struct trace_frame *out)
{
    struct crowd *c = ctx;
    if (c->made == c->n) return TRACE_END;
    if (c->reel.n) free(c->reel.v[0].p);
    c->reel.n = c->reel.shown = 0;
    struct duo d = duo_of(&c->reel, (uint16_t)(c->made % 60000 + 1000));
    d.addr[0] += c->made++ / 60000;
    say_flags(&d, 0, SYN, (struct span){0});
    return reel_next(&c->reel, out);
}
static void a_crowd(void **unused)
{
    (void)unused;
    struct crowd c = {.n = TALK_CONNS_MAX + 1000};
    struct talk_opts o = {.next = crowd_next, .ctx = &c};
    struct talk *t = talk_open(&o);
    struct talk_event e;
    uint64_t closed = 0;
    while (talk_next(t, &e) != TALK_END)
        if (e.kind == TALK_CLOSE) assert_int_equal(e.conn, closed++); /* the oldest first */
    assert_int_equal(talk_counts(t)->opened, c.n);
    assert_int_equal(closed, c.n);
    assert_int_equal(talk_counts(t)->evicted, 1000);
    talk_close(t);
    reel_free(&c.reel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),    cmocka_unit_test(shuffled),
        cmocka_unit_test(repeated),    cmocka_unit_test(overlapping),
        cmocka_unit_test(with_losses), cmocka_unit_test(every_truncation),
        cmocka_unit_test(one_hoards),  cmocka_unit_test(all_hoard),
        cmocka_unit_test(a_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
