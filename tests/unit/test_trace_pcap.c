/* The pcap reader: every variant, every cut, every lie a header can tell. */
#include "capture_bytes.h"

#define MICRO 0xa1b2c3d4u
#define NANO 0xa1b23c4du
#define PATCHED 0xa1b2cd34u

static void header(struct bytes *b, uint32_t magic, unsigned minor, uint32_t link)
{
    u32(b, magic);
    u16(b, 2);
    u16(b, minor);
    u64(b, 0);
    u32(b, 65535);
    u32(b, link);
}

static void record(struct bytes *b, uint32_t s, uint32_t fraction, uint32_t captured, uint32_t len)
{
    u32(b, s);
    u32(b, fraction);
    u32(b, captured);
    u32(b, len);
}

static void reads_variants(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic;
        bool big;
        const char *format;
        int64_t ns;
    } variants[] = {
        {MICRO, false, "pcap, microseconds, little-endian", 1700000000123456000},
        {MICRO, true, "pcap, microseconds, big-endian", 1700000000123456000},
        {NANO, false, "pcap, nanoseconds, little-endian", 1700000000000123456},
        {NANO, true, "pcap, nanoseconds, big-endian", 1700000000000123456},
        {PATCHED, false, "pcap, microseconds, little-endian", 1700000000123456000},
        {PATCHED, true, "pcap, microseconds, big-endian", 1700000000123456000},
    };
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        struct bytes b = {.big = variants[i].big};
        header(&b, variants[i].magic, 4, 1);
        for (unsigned k = 0; k < 2; k++) {
            record(&b, 1700000000, 123456, 20 + k, 60);
            if (variants[i].magic == PATCHED) u64(&b, 0xffffffffffffffff);
            add_row(&b, k, 20 + k);
        }
        struct trace *t = open_ok(b.v, b.n);
        assert_string_equal(trace_format(t), variants[i].format);
        for (unsigned k = 0; k < 2; k++) {
            struct trace_frame f = next_ok(t);
            assert_row(f.bytes, k, 20 + k);
            assert_int_equal(f.wire_len, 60);
            assert_int_equal(f.at_ns, variants[i].ns);
            assert_true(f.has_time);
            assert_int_equal(f.link, 1);
            assert_int_equal(f.interface, 0);
            assert_int_equal(f.fcs, 0);
        }
        next_ends(t);
    }
}

/* Old writers put the length on the wire before the captured one, and 2.3 either way. */
static void swaps_old_lengths(void **state)
{
    (void)state;
    for (unsigned minor = 0; minor <= 4; minor++) {
        struct bytes b = {0};
        header(&b, MICRO, minor, 1);
        if (minor <= 3) {
            record(&b, 0, 0, 100, 8);
            add_row(&b, 0, 8);
        }
        if (minor >= 3) {
            record(&b, 0, 0, 8, 100);
            add_row(&b, 0, 8);
        }
        struct trace *t = open_ok(b.v, b.n);
        for (int i = 0; i < (minor == 3 ? 2 : 1); i++) {
            struct trace_frame f = next_ok(t);
            assert_row(f.bytes, 0, 8);
            assert_int_equal(f.wire_len, 100);
        }
        next_ends(t);
    }
}

static void keeps_odd_times(void **state)
{
    (void)state;
    struct bytes b = {0};
    header(&b, MICRO, 4, 1);
    record(&b, 0xffffffff, 999999, 0, 0);     /* 2106-02-07 06:28:15 */
    record(&b, 0xffffffff, 0xffffffff, 0, 0); /* no fraction of a second */
    record(&b, 0, 0, 0, 0);
    struct trace *t = open_ok(b.v, b.n);
    assert_int_equal(next_ok(t).at_ns, 4294967295999999000);
    assert_int_equal(next_ok(t).at_ns, 4294967295000000000 + 4294967295000);
    struct trace_frame f = next_ok(t);
    assert_int_equal(f.at_ns, 0);
    assert_true(f.has_time);
    next_ends(t);
}

static void reads_link_field(void **state)
{
    (void)state;
    struct bytes b = {0};
    header(&b, MICRO, 4, 0x24000000 | 113); /* 2 words of frame check sequence */
    record(&b, 1, 2, 4, 2);                 /* a wire length below the captured one */
    add_row(&b, 7, 4);
    struct trace *t = open_ok(b.v, b.n);
    struct trace_frame f = next_ok(t);
    assert_int_equal(f.link, 113);
    assert_int_equal(f.fcs, 4);
    assert_int_equal(f.wire_len, 4);
    next_ends(t);
}

static void refuses_long_frames(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {262145, 0x7fffffff, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct bytes b = {0};
        header(&b, MICRO, 4, 1);
        record(&b, 1, 2, 3, 3);
        add_row(&b, 7, 3);
        record(&b, 1, 2, lengths[i], 60);
        add_row(&b, 7, 60);
        struct trace *t = open_ok(b.v, b.n);
        assert_row(next_ok(t).bytes, 7, 3);
        next_damaged(t, "expected at most 262144 at byte 43");
    }
}

static bool clean_cut(size_t n)
{
    return n == 24 || n == 24 + 46 || n == 24 + 46 + 16;
}

static void survives_cuts(void **state)
{
    (void)state;
    struct bytes b = {0};
    header(&b, NANO, 4, 1);
    record(&b, 1, 2, 30, 30);
    add_row(&b, 0, 30);
    record(&b, 1, 3, 0, 0);
    record(&b, 1, 3, 20, 1500);
    add_row(&b, 0, 19);
    size_t ends[] = {24 + 46, 24 + 46 + 16};
    cut_everywhere(b.v, b.n, 24, ends, 2, clean_cut);
    struct trace *t = open_ok(b.v, b.n);
    next_ok(t), next_ok(t);
    next_damaged(t, "truncated frame at byte 86");
}

static void refuses_other_files(void **state)
{
    (void)state;
    struct errs errs = {0};
    open_fails("", 0, "is empty, expected pcap or pcapng");
    open_fails("GET / HTTP/1.1\r\n", 16, "not a capture");
    open_fails("\xd4\xc3\xb2\xa1\2\0\4", 7, "truncated file header");
    open_fails("\xd4\xc3\xb2", 3, "not a capture");
    open_fails("\xfd"
               "7zXZ\0\0\4",
               8, "xz data");
    open_fails("snoop\0\0\0\0\0\0\2", 12, "snoop");
    struct bytes b = {0};
    u32(&b, MICRO), u16(&b, 2), u16(&b, 5), add_row(&b, 0, 16);
    open_fails(b.v, b.n, "pcap version 2.5, expected 2.0 to 2.4");
    assert_null(trace_open("/nonexistent/x.pcap", (struct where){"p.ini", 3}, &errs));
    assert_string_equal(errs.v[0].at.file, "p.ini");
    assert_int_equal(errs.v[0].at.line, 3);
    assert_non_null(strstr(errs.v[0].text, "cannot read '/nonexistent/x.pcap': No such file"));
    assert_null(trace_open("/", (struct where){0}, &errs));
    assert_non_null(strstr(errs.v[1].text, "Is a directory"));
}

/* The window of 256 KiB moves over a file of many frames of all sizes. */
static void moves_window(void **state)
{
    (void)state;
    FILE *f = tmpfile();
    struct bytes b = {0};
    header(&b, MICRO, 4, 1);
    fwrite(b.v, 1, b.n, f);
    for (uint32_t i = 0; i < 3000; i++) {
        b.n = 0;
        record(&b, i, 0, i * 7 % 1600, 2000);
        add_row(&b, i, i * 7 % 1600);
        fwrite(b.v, 1, b.n, f);
    }
    fflush(f);
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(f));
    struct errs errs = {0};
    struct trace *t = trace_open(path, (struct where){0}, &errs);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 3000; i++) {
            struct trace_frame got = next_ok(t);
            assert_row(got.bytes, i, i * 7 % 1600);
            assert_int_equal(got.at_ns, (int64_t)i * 1000000000);
        }
        struct trace_frame none;
        assert_int_equal(trace_next(t, &none), TRACE_END);
        assert_true(trace_rewind(t));
    }
    trace_close(t);
    fclose(f);
}

/* A pipe on standard input, whose writer is slow to deliver. */
static void reads_standard_input(void **state)
{
    (void)state;
    struct bytes b = {0};
    header(&b, MICRO, 4, 1);
    record(&b, 1, 2, 5, 5);
    add_row(&b, 3, 5);
    int ends[2], keep = dup(0);
    assert_return_code(pipe(ends), 0);
    dup2(ends[0], 0);
    if (fork() == 0) {
        for (size_t i = 0; i < b.n; i++)
            if (write(ends[1], b.v + i, 1) != 1) _exit(1);
        _exit(0);
    }
    close(ends[1]);
    struct errs errs = {0};
    struct trace *t = trace_open("-", (struct where){0}, &errs);
    assert_non_null(t);
    assert_row(next_ok(t).bytes, 3, 5);
    assert_false(trace_rewind(t));
    next_ends(t);
    dup2(keep, 0);
    close(keep);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_variants),       cmocka_unit_test(swaps_old_lengths),
        cmocka_unit_test(keeps_odd_times),      cmocka_unit_test(reads_link_field),
        cmocka_unit_test(refuses_long_frames),  cmocka_unit_test(survives_cuts),
        cmocka_unit_test(refuses_other_files),  cmocka_unit_test(moves_window),
        cmocka_unit_test(reads_standard_input),
    };
    return cmocka_run_group_tests_name("trace: pcap", tests, NULL, NULL);
}
