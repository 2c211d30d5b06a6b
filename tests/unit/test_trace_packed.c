/* Captures in gzip and zstd: whole, in pieces, cut at every byte, damaged. */
#include "capture_bytes.h"

#include <zlib.h>
#include <zstd.h>

#define FRAMES 40

/* Forty frames with known content. */
static struct bytes capture(void)
{
    struct bytes b = {0};
    u32(&b, 0xa1b2c3d4);
    u16(&b, 2), u16(&b, 4);
    u64(&b, 0);
    u32(&b, 65535), u32(&b, 1);
    for (uint32_t i = 0; i < FRAMES; i++) {
        u32(&b, i), u32(&b, 0), u32(&b, i), u32(&b, 100);
        add_row(&b, i, i);
    }
    return b;
}

static struct bytes gzipped(const void *p, size_t n)
{
    struct bytes out = {0};
    z_stream z = {0};
    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    z.next_in = (Bytef *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = out.v;
    z.avail_out = sizeof out.v;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.n = z.total_out;
    deflateEnd(&z);
    return out;
}

static struct bytes zstd(const void *p, size_t n)
{
    struct bytes out = {0};
    out.n = ZSTD_compress(out.v, sizeof out.v, p, n, 3);
    assert_false(ZSTD_isError(out.n));
    return out;
}

struct kind {
    const char *name, *format;
    struct bytes (*pack)(const void *p, size_t n);
} kinds[] = {
    {"gzip", "pcap, microseconds, little-endian, gzip", gzipped},
    {"zstd", "pcap, microseconds, little-endian, zstd", zstd},
};
#define EACH_KIND(k) for (struct kind *k = kinds; k < kinds + 2; k++)

/* Reads on to the last frame. */
static void read_all(struct trace *t)
{
    for (uint32_t i = 0; i < FRAMES; i++) {
        struct trace_frame f = next_ok(t);
        assert_row(f.bytes, i, i);
        assert_int_equal(f.at_ns, (int64_t)i * 1000000000);
    }
}

static void reads_packed(void **state)
{
    (void)state;
    struct bytes plain = capture();
    EACH_KIND(k)
    {
        struct bytes b = k->pack(plain.v, plain.n);
        struct trace *t = open_ok(b.v, b.n);
        assert_string_equal(trace_format(t), k->format);
        read_all(t);
        assert_true(trace_rewind(t));
        assert_string_equal(trace_format(t), k->format);
        next_ok(t);
        assert_true(trace_rewind(t));
        read_all(t);
        next_ends(t);
    }
}

/* Packed files may be put one after the other, and so may their content be split anywhere. */
static void reads_pieces(void **state)
{
    (void)state;
    struct bytes plain = capture();
    EACH_KIND(k)
    {
        for (size_t cut = 8; cut < plain.n; cut += 37) {
            struct bytes b = k->pack(plain.v, cut);
            struct bytes empty = k->pack(plain.v, 0);
            struct bytes rest = k->pack(plain.v + cut, plain.n - cut);
            add(&b, empty.v, empty.n);
            add(&b, rest.v, rest.n);
            struct trace *t = open_ok(b.v, b.n);
            read_all(t);
            next_ends(t);
        }
    }
}

/* Opening waits for the header, which is a piece of its own here. */
static void comes_late(void **state)
{
    (void)state;
    struct bytes plain = capture();
    EACH_KIND(k)
    {
        struct bytes b = k->pack(plain.v, 24), rest = k->pack(plain.v + 24, plain.n - 24);
        size_t header = b.n;
        add(&b, rest.v, rest.n);
        come_late(b.v, b.n, header, NULL, FRAMES);
    }
}

/* However a packed file is cut, the frames before the cut are right, and the cut is told. */
static void survives_cuts(void **state)
{
    (void)state;
    struct bytes plain = capture();
    EACH_KIND(k)
    {
        struct bytes b = k->pack(plain.v, plain.n);
        for (size_t n = 0; n < b.n; n++) {
            struct errs errs = {0};
            struct trace *t = trace_open(file_of(b.v, n), (struct where){0}, &errs);
            if (!t) {
                assert_int_equal(errs.n, 1);
                continue;
            }
            struct trace_frame f;
            enum trace_next r;
            for (uint32_t i = 0; (r = trace_next(t, &f)) == TRACE_FRAME; i++)
                assert_row(f.bytes, i, i);
            assert_int_equal(r, TRACE_DAMAGED);
            assert_non_null(strstr(trace_problem(t), "data is cut off at byte"));
            assert_non_null(strstr(trace_problem(t), "of the unpacked file"));
            trace_close(t);
        }
    }
}

/* One byte inverted: never a crash, and gzip's and zstd's own checks are listened to. */
static void survives_damage(void **state)
{
    (void)state;
    struct bytes plain = capture();
    EACH_KIND(k)
    {
        struct bytes b = k->pack(plain.v, plain.n);
        size_t told = 0;
        for (size_t i = 0; i < b.n; i++) {
            struct errs errs = {0};
            b.v[i] ^= 0xff;
            struct trace *t = trace_open(file_of(b.v, b.n), (struct where){0}, &errs);
            b.v[i] ^= 0xff;
            struct trace_frame f;
            enum trace_next r = TRACE_FRAME;
            while (t && r == TRACE_FRAME) r = trace_next(t, &f);
            told += !t || r == TRACE_DAMAGED;
            trace_close(t);
        }
        assert_true(told > b.n * 9 / 10);
    }
}

/* Damage at the very end costs no frame, though all is unpacked in one go. */
static void keeps_frames_before_damage(void **state)
{
    (void)state;
    struct bytes plain = capture(), b = gzipped(plain.v, plain.n);
    b.v[b.n - 6] ^= 1; /* its check sum */
    struct trace *t = open_ok(b.v, b.n);
    read_all(t);
    next_damaged(t, "damaged gzip data at byte");
    b = zstd(plain.v, plain.n);
    struct bytes more = zstd("more", 4);
    more.v[6] |= 6; /* the reserved kind of block */
    add(&b, more.v, more.n);
    t = open_ok(b.v, b.n);
    read_all(t);
    next_damaged(t, "damaged zstd data at byte");
}

static void refuses_what_it_cannot_unpack(void **state)
{
    (void)state;
    struct bytes plain = capture();
    struct bytes once = gzipped(plain.v, plain.n), twice = zstd(once.v, once.n);
    open_fails(twice.v, twice.n, "packed twice");
    once = gzipped("hello", 5);
    open_fails(once.v, once.n, "not a capture");
    once = gzipped("", 0);
    open_fails(once.v, once.n, "is empty");
    open_fails("\x1f\x8b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, "damaged gzip data");
    /* A zstd frame header that asks for a window of 128 MiB. */
    open_fails("\x28\xb5\x2f\xfd\0\x88\0\0\0\0\0\0", 12, "zstd window above 32 MiB");
}

/* A file that unpacks to far more than its size takes no more memory for that. */
static void streams_bombs(void **state)
{
    (void)state;
    struct bytes head = {0}, b = {0};
    u32(&head, 0x0a0d0d0a), u32(&head, 28), u32(&head, 0x1a2b3c4d), u16(&head, 1), u16(&head, 0);
    u64(&head, UINT64_MAX), u32(&head, 28);
    uint32_t size = 32u << 20;
    u32(&head, 0x0bad), u32(&head, size);
    uint8_t *zeros = calloc(1, 28 + size);
    memcpy(zeros, head.v, head.n);
    memcpy(zeros + 28 + size - 4, &size, 4);
    b.n = ZSTD_compress(b.v, sizeof b.v, zeros, 28 + size, 1);
    assert_false(ZSTD_isError(b.n));
    free(zeros);
    next_ends(open_ok(b.v, b.n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_packed),    cmocka_unit_test(reads_pieces),
        cmocka_unit_test(comes_late),      cmocka_unit_test(survives_cuts),
        cmocka_unit_test(survives_damage), cmocka_unit_test(keeps_frames_before_damage),
        cmocka_unit_test(streams_bombs),   cmocka_unit_test(refuses_what_it_cannot_unpack),
    };
    return cmocka_run_group_tests_name("trace: packed", tests, NULL, NULL);
}
