/* The pcapng reader: every block, both byte orders, several sections, every cut and lie. */
#include "capture_bytes.h"

/* Blocks are begun and ended; the end writes both lengths. */
static size_t begin(struct bytes *b, uint32_t type)
{
    size_t at = b->n;
    u32(b, type);
    u32(b, 0);
    return at;
}
static void end(struct bytes *b, size_t at)
{
    while ((b->n - at) % 4) add_uint(b, 0, 1);
    uint32_t length = (uint32_t)(b->n - at + 4);
    u32(b, length);
    size_t n = b->n;
    b->n = at + 4;
    u32(b, length);
    b->n = n;
}

static void section(struct bytes *b, bool big)
{
    b->big = big;
    size_t at = begin(b, 0x0a0d0d0a);
    u32(b, 0x1a2b3c4d);
    u16(b, 1);
    u16(b, 0);
    u64(b, UINT64_MAX);
    end(b, at);
}
static void option(struct bytes *b, unsigned code, uint64_t v, unsigned size)
{
    u16(b, code);
    u16(b, size);
    add_uint(b, v, size);
    while (b->n % 4) add_uint(b, 0, 1);
}
static size_t begin_interface(struct bytes *b, unsigned link, uint32_t snaplen)
{
    size_t at = begin(b, 1);
    u16(b, link);
    u16(b, 0);
    u32(b, snaplen);
    return at;
}
static void interface(struct bytes *b, unsigned link, uint32_t snaplen)
{
    end(b, begin_interface(b, link, snaplen));
}
static void packet(struct bytes *b, uint32_t number, uint64_t stamp, uint32_t captured,
                   uint32_t len)
{
    size_t at = begin(b, 6);
    u32(b, number);
    u32(b, (uint32_t)(stamp >> 32));
    u32(b, (uint32_t)stamp);
    u32(b, captured);
    u32(b, len);
    add_row(b, 1, captured);
    end(b, at);
}
static void old_packet(struct bytes *b, unsigned number, uint64_t stamp, uint32_t captured)
{
    size_t at = begin(b, 2);
    u16(b, number);
    u16(b, 9);
    u32(b, (uint32_t)(stamp >> 32));
    u32(b, (uint32_t)stamp);
    u32(b, captured);
    u32(b, captured);
    add_row(b, 1, captured);
    end(b, at);
}
static void simple_packet(struct bytes *b, uint32_t len, uint32_t captured)
{
    size_t at = begin(b, 3);
    u32(b, len);
    add_row(b, 1, captured);
    end(b, at);
}
static void unknown(struct bytes *b, uint32_t type, size_t n)
{
    size_t at = begin(b, type);
    add_row(b, 0, n);
    end(b, at);
}

static void reads_every_block(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct bytes b = {0};
        section(&b, big);
        unknown(&b, 4, 40); /* name resolution */
        interface(&b, 1, 0);
        interface(&b, 113, 30);
        packet(&b, 0, 1700000000123456, 17, 60);
        unknown(&b, 0x80000bad, 0);
        old_packet(&b, 1, 5, 3);
        simple_packet(&b, 21, 21);
        unknown(&b, 5, 12); /* interface statistics */
        struct trace *t = open_ok(b.v, b.n);
        assert_string_equal(trace_format(t), big ? "pcapng, big-endian" : "pcapng, little-endian");
        struct trace_frame f = next_ok(t);
        assert_row(f.bytes, 1, 17);
        assert_int_equal(f.wire_len, 60);
        assert_int_equal(f.at_ns, 1700000000123456000);
        assert_int_equal(f.link, 1);
        assert_int_equal(f.interface, 0);
        f = next_ok(t);
        assert_row(f.bytes, 1, 3);
        assert_int_equal(f.at_ns, 5000);
        assert_int_equal(f.link, 113);
        assert_int_equal(f.interface, 1);
        f = next_ok(t);
        assert_row(f.bytes, 1, 21);
        assert_false(f.has_time);
        assert_int_equal(f.at_ns, 0);
        assert_int_equal(f.interface, 0);
        next_ends(t);
    }
}

/* Each section has its own byte order and interfaces; the numbers go on over the file. */
static void reads_sections(void **state)
{
    (void)state;
    struct bytes b = {0};
    section(&b, true);
    interface(&b, 1, 0);
    interface(&b, 1, 0);
    packet(&b, 1, 7, 4, 4);
    section(&b, false);
    interface(&b, 101, 0);
    packet(&b, 0, 8, 4, 4);
    section(&b, true);
    packet(&b, 0, 9, 4, 4); /* of an interface that this section has not described */
    struct trace *t = open_ok(b.v, b.n);
    for (int round = 0; round < 2; round++) {
        struct trace_frame f = next_ok(t), none;
        assert_int_equal(f.interface, 1);
        f = next_ok(t);
        assert_int_equal(f.interface, 2);
        assert_int_equal(f.link, 101);
        assert_int_equal(f.at_ns, 8000);
        assert_int_equal(trace_next(t, &none), TRACE_DAMAGED);
        assert_non_null(strstr(trace_problem(t), "packet of unknown interface 0 at byte "));
        assert_true(trace_rewind(t));
        assert_null(trace_problem(t));
    }
    trace_close(t);
}

static void reads_resolutions(void **state)
{
    (void)state;
    static const struct {
        uint8_t resolution;
        int64_t offset_s;
        uint64_t stamp;
        int64_t ns;
    } known[] = {
        {0, 0, 1700000000, 1700000000000000000},
        {3, 0, 1700000000123, 1700000000123000000},
        {9, 0, 1700000000123456789, 1700000000123456789},
        {10, 0, 17000000001234567899u, 1700000000123456789},
        {12, 0, UINT64_MAX, 18446744073709551},
        {28, 0, UINT64_MAX, 1},
        {29, 0, UINT64_MAX, 0},
        {127, 0, UINT64_MAX, 0},
        {0x80, 0, 1700000000, 1700000000000000000},
        {0x80 | 10, 0, 1700000000u * 1024ull + 512, 1700000000500000000},
        {0x80 | 32, 0, 0x0000000180000000, 1500000000}, /* as NTP writes time */
        {0x80 | 63, 0, UINT64_MAX, 1999999999},
        {0xff, 0, UINT64_MAX, 0},
        {9, 1000, 1, 1000000000001},
        {9, -1000, 1, -999999999999},
        {6, 0, UINT64_MAX, INT64_MAX}, /* beyond what can be said */
        {0, 0, UINT64_MAX, INT64_MAX},
        {6, INT64_MIN, 0, INT64_MIN},
        {6, INT64_MAX, UINT64_MAX, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct bytes b = {0};
        section(&b, i & 1);
        size_t at = begin_interface(&b, 1, 0);
        option(&b, 2, 0x65746830, 4); /* its name */
        if (known[i].offset_s) option(&b, 14, (uint64_t)known[i].offset_s, 8);
        option(&b, 9, known[i].resolution, 1);
        option(&b, 13, 4, 1);
        option(&b, 0, 0, 0);
        end(&b, at);
        packet(&b, 0, known[i].stamp, 1, 1);
        struct trace *t = open_ok(b.v, b.n);
        struct trace_frame f = next_ok(t);
        if (f.at_ns != known[i].ns) fail_msg("%zu: %lld", i, (long long)f.at_ns);
        assert_int_equal(f.fcs, 4);
        next_ends(t);
    }
}

/* Of the interface, in bytes or in bits, or of the packet itself. */
static void reads_check_sequences(void **state)
{
    (void)state;
    static const struct {
        unsigned interface, flags, expected;
    } known[] = {{4, 0, 4}, {32, 0, 4}, {0, 4, 4}, {4, 2, 2}, {0, 0, 0}};
    for (size_t i = 0; i < 2 * sizeof known / sizeof *known; i++) {
        struct bytes b = {0};
        section(&b, i & 1);
        size_t at = begin_interface(&b, 1, 0);
        option(&b, 13, known[i / 2].interface, 1);
        end(&b, at);
        packet(&b, 0, 1, 5, 5);
        b.n -= 4; /* options take the trailer's place */
        option(&b, 1, 0x616263, 3);
        option(&b, 2, known[i / 2].flags << 5 | 2, 4);
        option(&b, 0, 0, 0);
        end(&b, b.n - 5 * 4 - 28 - 8);
        struct trace *t = open_ok(b.v, b.n);
        assert_int_equal(next_ok(t).fcs, known[i / 2].expected);
        next_ends(t);
    }
}

/* A simple packet block tells only the length on the wire. */
static void cuts_simple_packets(void **state)
{
    (void)state;
    struct bytes b = {0};
    section(&b, false);
    interface(&b, 1, 16);
    simple_packet(&b, 100, 16);
    simple_packet(&b, 9, 9);
    simple_packet(&b, 15, 11);
    struct trace *t = open_ok(b.v, b.n);
    struct trace_frame f = next_ok(t);
    assert_row(f.bytes, 1, 16);
    assert_int_equal(f.wire_len, 100);
    assert_row(next_ok(t).bytes, 1, 9);
    next_damaged(t, "frame of 15 bytes does not fit its block");
}

static size_t damaged_at; /* where the block under test begins */
static struct bytes prepared(void)
{
    struct bytes b = {0};
    section(&b, false);
    interface(&b, 1, 0);
    packet(&b, 0, 1, 5, 5);
    damaged_at = b.n;
    return b;
}
/* The first frame is kept, then the reason is told with its place. */
static void damaged(struct bytes *b, const char *text)
{
    char where[40];
    struct trace *t = open_ok(b->v, b->n);
    assert_row(next_ok(t).bytes, 1, 5);
    struct trace_frame f;
    assert_int_equal(trace_next(t, &f), TRACE_DAMAGED);
    snprintf(where, sizeof where, "at byte %zu", damaged_at);
    if (!strstr(trace_problem(t), where)) fail_msg("'%s' lacks '%s'", trace_problem(t), where);
    next_damaged(t, text);
}
/* Overwrites 4 bytes, little-endian, `at` bytes into the block under test. */
static void patch(struct bytes *b, size_t at, uint32_t v)
{
    memcpy(b->v + damaged_at + at, &v, 4);
}

static void refuses_impossible_lengths(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 1, 4, 8, 11, 13, 0xffffffff, 39};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (uint32_t type = 6; type < 8; type++) {
            struct bytes b = prepared();
            packet(&b, 0, 2, 5, 5);
            patch(&b, 0, type);
            patch(&b, 4, lengths[i]);
            damaged(&b, "impossible block length");
        }
    }
    struct bytes b = prepared();
    packet(&b, 0, 2, 5, 5);
    patch(&b, 4, 0xfffffffc);
    damaged(&b, "block of 4294967292 bytes, expected at most");
    patch(&b, 0, 7);
    damaged(&b, "truncated block");
    b = prepared();
    packet(&b, 0, 2, 5, 5);
    patch(&b, 4, 36); /* is 40 */
    damaged(&b, "block of 36 bytes does not end with its length");
    patch(&b, 0, 7);
    damaged(&b, "block of 36 bytes does not end with its length");
}

static void refuses_lying_packets(void **state)
{
    (void)state;
    struct bytes b = prepared();
    packet(&b, 0, 2, 5, 5);
    patch(&b, 20, 9);
    damaged(&b, "frame of 9 bytes does not fit its block");
    patch(&b, 20, 0xffffffff);
    damaged(&b, "frame of 4294967295 bytes, expected at most 262144");
    patch(&b, 20, 5);
    patch(&b, 8, 1);
    damaged(&b, "packet of unknown interface 1");
    b = prepared();
    unknown(&b, 6, 16);
    damaged(&b, "packet block cut short");
    b = prepared();
    unknown(&b, 3, 0);
    damaged(&b, "packet block cut short");
}

static void refuses_damaged_interfaces(void **state)
{
    (void)state;
    struct bytes b = prepared();
    unknown(&b, 1, 4);
    damaged(&b, "interface description cut short");
    static const struct {
        unsigned code, size;
    } bad[] = {{2, 100}, {9, 0}, {14, 4}, {13, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        b = prepared();
        size_t at = begin_interface(&b, 1, 0);
        u16(&b, bad[i].code);
        u16(&b, bad[i].size);
        if (bad[i].size == 4) u32(&b, 0);
        end(&b, at);
        damaged(&b, "damaged options of an interface description");
    }
    /* What follows the end of options is nobody's. */
    b = prepared();
    size_t at = begin_interface(&b, 1, 0);
    option(&b, 0, 0, 0);
    u16(&b, 77);
    end(&b, at);
    struct trace *t = open_ok(b.v, b.n);
    next_ok(t);
    next_ends(t);
}

static void refuses_sections(void **state)
{
    (void)state;
    struct bytes b = {0};
    section(&b, false);
    b.v[8] ^= 1;
    open_fails(b.v, b.n, "section header without a byte order mark at byte 0");
    b.n = 0;
    section(&b, true);
    b.v[13] = 2;
    open_fails(b.v, b.n, "pcapng version 2.0, expected 1.0");
    b.n = 0;
    section(&b, false);
    b.v[4] = 24;
    open_fails(b.v, b.n, "impossible block length 24");
    b = prepared();
    section(&b, true);
    patch(&b, 8, 0);
    damaged(&b, "section header without a byte order mark");
    b.n = 0;
    section(&b, false);
    packet(&b, 0, 0, 1, 1);
    next_damaged(open_ok(b.v, b.n), "packet of unknown interface 0");
}

static size_t boundaries[16], boundary_count;
static bool at_boundary(size_t n)
{
    for (size_t i = 0; i < boundary_count; i++)
        if (boundaries[i] == n) return true;
    return false;
}

static void survives_cuts(void **state)
{
    (void)state;
    struct bytes b = {0};
    size_t ends[4], frames = 0;
#define MARK(call) (call, boundaries[boundary_count++] = b.n)
    MARK(section(&b, false));
    MARK(interface(&b, 1, 0));
    MARK(packet(&b, 0, 5, 30, 30));
    ends[frames++] = b.n;
    MARK(unknown(&b, 11, 33));
    MARK(simple_packet(&b, 13, 13));
    ends[frames++] = b.n;
    MARK(section(&b, true));
    MARK(interface(&b, 1, 0));
    MARK(old_packet(&b, 0, 5, 0));
    ends[frames++] = b.n;
#undef MARK
    cut_everywhere(b.v, b.n, boundaries[0], ends, frames, at_boundary);
}

/* Blocks that are only stepped over may be of any size, and take no memory. */
static void skips_huge_blocks(void **state)
{
    (void)state;
    struct bytes b = prepared();
    const char *path = file_of(b.v, b.n);
    uint32_t skipped = 40u << 20, head[2] = {0x0bad, skipped};
    assert_int_equal(pwrite(file_fd, head, sizeof head, (off_t)b.n), sizeof head);
    assert_int_equal(pwrite(file_fd, &skipped, 4, (off_t)(b.n + skipped - 4)), 4);
    struct bytes last = {0};
    packet(&last, 0, 3, 7, 7);
    assert_int_equal(pwrite(file_fd, last.v, last.n, (off_t)(b.n + skipped)), last.n);
    struct errs errs = {0};
    struct trace *t = trace_open(path, (struct where){0}, &errs);
    assert_row(next_ok(t).bytes, 1, 5);
    assert_row(next_ok(t).bytes, 1, 7);
    next_ends(t);
}

static void bounds_interfaces(void **state)
{
    (void)state;
    static struct bytes b;
    FILE *f = tmpfile();
    section(&b, false);
    fwrite(b.v, 1, b.n, f);
    b.n = 0;
    interface(&b, 1, 0);
    for (int i = 0; i < 65537; i++) fwrite(b.v, 1, b.n, f);
    fflush(f);
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(f));
    struct errs errs = {0};
    next_damaged(trace_open(path, (struct where){0}, &errs), "more than 65536 interfaces");
    fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_block),     cmocka_unit_test(reads_sections),
        cmocka_unit_test(reads_resolutions),     cmocka_unit_test(reads_check_sequences),
        cmocka_unit_test(cuts_simple_packets),   cmocka_unit_test(refuses_impossible_lengths),
        cmocka_unit_test(refuses_lying_packets), cmocka_unit_test(refuses_damaged_interfaces),
        cmocka_unit_test(refuses_sections),      cmocka_unit_test(survives_cuts),
        cmocka_unit_test(skips_huge_blocks),     cmocka_unit_test(bounds_interfaces),
    };
    return cmocka_run_group_tests_name("trace: pcapng", tests, NULL, NULL);
}
