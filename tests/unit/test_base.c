/* The ground floor: units, errors and suggestions, addresses, spans, arena, scratch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/scratch.h"
#include "base/span.h"
#include "base/units.h"

/* Reads a literal that must use up the whole text. */
static struct quantity literal(const char *text)
{
    struct quantity q;
    const char *problem;
    size_t n = quantity_read(span_of(text), &q, &problem);
    if (problem || n != strlen(text)) fail_msg("'%s': %s", text, problem ? problem : "left over");
    return q;
}

static void test_units_exact(void **state)
{
    static const struct {
        const char *text;
        enum dim dim;
        uint64_t num, den;
    } cases[] = {
        {"0", DIM_NONE, 0, 1},
        {"1000", DIM_NONE, 1000, 1},
        {"1_000_000", DIM_NONE, 1000000, 1},
        {"10k", DIM_NONE, 10000, 1},
        {"1.5Ki", DIM_NONE, 1536, 1},
        {"2Mi", DIM_NONE, 2097152, 1},
        {"0x10", DIM_NONE, 16, 1},
        {"0xFF_ff", DIM_NONE, 65535, 1},
        {"20ms", DIM_TIME, 20000000, 1},
        {"1.5s", DIM_TIME, 1500000000, 1},
        {"2m", DIM_TIME, 120000000000, 1},
        {"2min", DIM_TIME, 120000000000, 1},
        {"1d", DIM_TIME, 86400000000000, 1},
        {"0.1ns", DIM_TIME, 1, 10},
        {"0.12345678901234567ms", DIM_TIME, 12345678901234567, 100000000000},
        {"64KiB", DIM_SIZE, 65536, 1},
        {"1kB", DIM_SIZE, 1000, 1},
        {"1.5GiB", DIM_SIZE, 1610612736, 1},
        {"10k/s", DIM_RATE, 10000, 1},
        {"2.5k/s", DIM_RATE, 2500, 1},
        {"0/s", DIM_RATE, 0, 1},
        {"1/min", DIM_RATE, 1, 60},
        {"30/min", DIM_RATE, 1, 2},
        {"1k/h", DIM_RATE, 5, 18},
        {"1Gbit/s", DIM_BITRATE, 1000000000, 1},
        {"0.1%", DIM_RATIO, 1, 1000},
        {"100%", DIM_RATIO, 1, 1},
        {"2x", DIM_FACTOR, 2, 1},
        {"18446744073709551615", DIM_NONE, UINT64_MAX, 1},
        {"0xffffffffffffffff", DIM_NONE, UINT64_MAX, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct quantity q = literal(cases[i].text);
        if (q.dim != cases[i].dim || q.neg || q.num != cases[i].num || q.den != cases[i].den)
            fail_msg("%s: dim %d, %ju / %ju", cases[i].text, q.dim, (uintmax_t)q.num,
                     (uintmax_t)q.den);
    }
    struct quantity minus = literal("-5ms");
    assert_true(minus.neg && minus.num == 5000000 && minus.dim == DIM_TIME);
}

static void test_units_extent(void **state)
{
    static const struct {
        const char *text;
        size_t used;
        const char *problem;
    } cases[] = {
        {"1024..65535", 4, NULL},
        {"0..1.5", 1, NULL},
        {"80/udp", 2, NULL},
        {"10k/stuff", 3, NULL},
        {"5k/s..10k/s", 4, NULL},
        {"1.", 1, NULL},
        {"5)", 1, NULL},
        {"", 0, NULL},
        {"-", 0, NULL},
        {"k", 0, NULL},
        {".5", 0, NULL},
        {"10kk/s", 4, "unknown unit"},
        {"12parsec", 8, "unknown unit"},
        {"18446744073709551616", 20, "number too large, or with too many digits"},
        {"20000000000000000s", 18, "number too large, or with too many digits"},
        {"0.123456789012345678901", 23, "number too large, or with too many digits"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct quantity q;
        const char *problem;
        size_t used = quantity_read(span_of(cases[i].text), &q, &problem);
        bool same = cases[i].problem ? problem && !strcmp(problem, cases[i].problem) : !problem;
        if (used != cases[i].used || !same)
            fail_msg("'%s': used %zu, %s", cases[i].text, used, problem ? problem : "no problem");
        assert_int_not_equal(q.den, 0);
    }
}

static void test_units_whole(void **state)
{
    uint64_t v;
    struct quantity half = literal("0.5"), minus = literal("-1"), third = literal("1/min");
    struct quantity most = literal("18446744073709551615");
    (void)state;
    assert_false(quantity_u64(&half, false, &v));
    assert_true(quantity_u64(&half, true, &v) && v == 1);
    assert_true(quantity_u64(&third, true, &v) && v == 0);
    assert_false(quantity_u64(&minus, true, &v));
    assert_true(quantity_u64(&most, true, &v) && v == UINT64_MAX);
    assert_true(quantity_double(&minus) == -1.0);
    assert_true(quantity_double(&half) == 0.5);
}

static void test_units_write(void **state)
{
    char b[UNITS_BUF];
    (void)state;
    assert_string_equal(units_time(b, 0), "0ns");
    assert_string_equal(units_time(b, 999), "999ns");
    assert_string_equal(units_time(b, 999.6), "1.00us");
    assert_string_equal(units_time(b, 1234567), "1.23ms");
    assert_string_equal(units_time(b, 12345678), "12.3ms");
    assert_string_equal(units_time(b, 4.7e9), "4.70s");
    assert_string_equal(units_time(b, 3600e9), "3600s");
    assert_string_equal(units_span(b, 1234567), "1.23ms");
    assert_string_equal(units_span(b, 119e9), "119s");
    assert_string_equal(units_span(b, 120e9), "2.00 min");
    assert_string_equal(units_span(b, 9000e9), "2.50 h");
    assert_string_equal(units_span(b, 100e9 * 3600), "4.17 days");
    assert_string_equal(units_span(b, 326491455e9), "10.3 years");
    assert_string_equal(units_span(b, 1.8e19), "570 years");
    assert_string_equal(units_plural(0), "s");
    assert_string_equal(units_plural(1), "");
    assert_string_equal(units_count(b, 12345), "12.3k");
    assert_string_equal(units_count(b, 999), "999");
    assert_string_equal(units_count(b, 1e6), "1.00M");
    assert_string_equal(units_bytes(b, 1572864), "1.50MiB");
    assert_string_equal(units_whole(b, 0), "0");
    assert_string_equal(units_whole(b, 999), "999");
    assert_string_equal(units_whole(b, 1234567), "1,234,567");
    assert_string_equal(units_whole(b, UINT64_MAX), "18,446,744,073,709,551,615");
}

static void test_err_list(void **state)
{
    struct errs e = {0};
    struct where a = {"a.ini", 3}, b = {"b.ini", 3};
    (void)state;
    assert_false(errs_any(&e));
    assert_false(err_add(&e, a, "rate is %d", 0));
    err_add(&e, a, "rate is 0");
    assert_int_equal(e.n, 1);
    err_add(&e, b, "rate is 0");
    assert_int_equal(e.n, 2);
    for (int i = 0; i < ERRS_MAX; i++) err_add(&e, a, "number %d", i);
    assert_int_equal(e.n, ERRS_MAX);
    assert_int_equal(e.more, 2);
}

static void test_err_print(void **state)
{
    struct errs e = {0};
    char *text = NULL;
    size_t n = 0;
    (void)state;
    err_add(&e, (struct where){"a\033.ini", 3}, "bad \x1b[31m value");
    err_add(&e, (struct where){"b.ini", 0}, "empty");
    err_add(&e, (struct where){NULL, 0}, "no file");
    e.more = 4;
    FILE *f = open_memstream(&text, &n);
    errs_print(&e, f);
    fclose(f);
    assert_string_equal(text, "a?.ini:3: bad ?[31m value\nb.ini: empty\nspate: no file\n"
                              "spate: and 4 more\n");
    free(text);
}

static void test_err_suggest(void **state)
{
    static const char *const names[] = {"rate", "arrival", "send", "connections", "late", NULL};
    char buf[80], longer[200];
    (void)state;
    assert_string_equal(err_nearest_name("raet", names), "rate");
    assert_string_equal(err_nearest_name("RATE", names), "rate");
    assert_string_equal(err_nearest_name("arival", names), "arrival");
    assert_string_equal(err_nearest_name("conections", names), "connections");
    assert_string_equal(err_nearest_name("connectoins", names), "connections");
    assert_null(err_nearest_name("zebra", names));
    assert_null(err_nearest_name("", names));
    assert_null(err_nearest_name("rate", NULL));
    memset(longer, 'r', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    assert_null(err_nearest_name(longer, names));
    assert_string_equal(err_suggest(buf, "rate"), ", did you mean 'rate'?");
    assert_string_equal(err_suggest(buf, NULL), "");
    assert_int_equal(strlen(err_suggest(buf, longer)), 60 + strlen(", did you mean ''?"));
}

static void test_addr_round_trip(void **state)
{
    static const struct {
        const char *text, *back;
        enum family family;
    } cases[] = {
        {"10.0.0.1", "10.0.0.1", FAMILY_IP4},
        {"255.255.255.255", "255.255.255.255", FAMILY_IP4},
        {"::", "::", FAMILY_IP6},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", FAMILY_IP6},
        {"::ffff:10.0.0.1", "::ffff:10.0.0.1", FAMILY_IP6},
        {"02:00:5E:10:00:ff", "02:00:5e:10:00:ff", FAMILY_MAC},
    };
    char buf[ADDR_BUF];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct addr a, again;
        uint8_t bytes[16];
        assert_true(addr_parse(span_of(cases[i].text), &a));
        assert_int_equal(a.family, cases[i].family);
        assert_string_equal(addr_format(buf, a), cases[i].back);
        assert_int_equal(addr_bytes(a, bytes), family_bits(a.family) / 8);
        again = addr_from_bytes(a.family, bytes);
        assert_true(again.v == a.v);
    }
    struct addr a;
    assert_true(addr_parse(span_of("1.2.3.4"), &a) && a.v == 0x01020304);
}

static void test_addr_faults(void **state)
{
    static const char *const bad[] = {
        "",        "10.0.0",  "10.0.0.256",        "10.0.0.1 ",         "1.2.3.4.5", ":::",
        "1::2::3", "12345::", "02:00:00:00:00:0g", "02-00-00-00-00-00", "fe80::1%",  "localhost",
    };
    struct addr a;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (addr_parse(span_of(bad[i]), &a)) fail_msg("'%s' was taken", bad[i]);
    assert_false(addr_parse(span_make("1.2.3.4\0", 8), &a));
}

static void test_prefix(void **state)
{
    struct prefix p;
    struct addr a;
    bool host;
    char buf[ADDR_BUF];
    (void)state;
    assert_true(prefix_parse(span_of("10.1.2.3/8"), &p, &host) && host);
    assert_string_equal(addr_format(buf, p.first), "10.0.0.0");
    assert_true(addr_parse(span_of("10.255.0.1"), &a) && prefix_has(p, a));
    assert_true(addr_parse(span_of("11.0.0.0"), &a) && !prefix_has(p, a));
    assert_true(addr_parse(span_of("::a00:1"), &a) && !prefix_has(p, a));
    assert_true(prefix_parse(span_of("0.0.0.0/0"), &p, &host) && !host && prefix_has(p, p.first));
    assert_true(prefix_parse(span_of("10.0.0.1/32"), &p, &host) && !host);
    assert_true(prefix_parse(span_of("::/0"), &p, &host) && !host && prefix_has(p, a));
    assert_true(prefix_parse(span_of("2001:db8::/32"), &p, &host) && !host && p.bits == 32);
    assert_true(prefix_parse(span_of("::1/128"), &p, &host) && !host && !prefix_has(p, a));
    static const char *const bad[] = {
        "10.0.0.0", "10.0.0.0/",   "10.0.0.0/33",   "::/129",
        "/8",       "10.0.0.0/-1", "10.0.0.0/0008", "02:00:00:00:00:00/8"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (prefix_parse(span_of(bad[i]), &p, &host)) fail_msg("'%s' was taken", bad[i]);
}

static void test_span(void **state)
{
    struct span s = span_of("  hello world \r\n"), none = {NULL, 0};
    (void)state;
    assert_true(span_is(span_trim(s), "hello world"));
    assert_true(span_is(span_sub(s, 2, 5), "hello"));
    assert_int_equal(span_sub(s, 1000, 5).n, 0);
    assert_int_equal(span_sub(s, 5, SIZE_MAX).n, s.n - 5);
    assert_int_equal(span_find(s, 'w'), 8);
    assert_int_equal(span_find(s, 'z'), s.n);
    assert_int_equal(span_search(s, span_of("wor")), 8);
    assert_int_equal(span_search(s, none), 0);
    assert_int_equal(span_search(none, s), 0);
    assert_true(span_is(none, "") && span_starts(none, "") && span_eq(none, none));
    assert_int_equal(span_trim(none).n, 0);
    assert_int_equal(span_from(none, 0).n, 0);
    assert_int_equal(span_find(none, 'x'), 0);
    assert_true(span_is_nocase(span_of("Content-Length"), "content-length"));
    assert_false(span_is_nocase(span_of("Content[Length"), "content{length"));
    assert_false(span_starts(span_of("ab"), "abc"));
}

static void test_reader(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    (void)state;
    struct reader r = reader_of(span_make(bytes, sizeof bytes));
    assert_int_equal(read_u8(&r), 1);
    assert_int_equal(read_u16(&r), 0x0203);
    assert_int_equal(read_u32(&r), 0x04050607);
    assert_true(read_u64(&r) == 0x08090a0b0c0d0e0f);
    assert_true(!r.bad && reader_left(&r) == 0);
    assert_int_equal(read_u8(&r), 0);
    assert_true(r.bad);
    r = reader_of(span_make(bytes, sizeof bytes));
    assert_int_equal(read_u16_le(&r), 0x0201);
    assert_int_equal(read_u32_le(&r), 0x06050403);
    assert_true(read_u64_le(&r) == 0x0e0d0c0b0a090807);
    /* Past the end nothing is read, also by a later, shorter request. */
    assert_int_equal(read_u16(&r), 0);
    assert_true(r.bad);
    assert_int_equal(read_u8(&r), 0);
    assert_int_equal(read_bytes(&r, 0).n, 0);
    r = reader_of(span_make(bytes, sizeof bytes));
    assert_int_equal(read_bytes(&r, SIZE_MAX).n, 0);
    assert_true(r.bad);
    uint8_t out[8];
    put_u64(out, 0x0102030405060708);
    assert_memory_equal(out, bytes, 8);
    assert_int_equal(get_u16(out), 0x0102);
    assert_int_equal(get_u32(out), 0x01020304);
    assert_true(get_u64(out) == 0x0102030405060708);
}

static void test_arena(void **state)
{
    struct arena a = {0};
    struct {
        unsigned *v;
        size_t n, cap;
    } list = {0};
    (void)state;
    assert_non_null(arena_alloc(&a, 0));
    for (size_t n = 1; n < 300000; n = n * 3 + 1) {
        uint8_t *p = arena_alloc(&a, n);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
        memset(p, 0xff, n);
    }
    assert_int_equal((uintptr_t)arena_alloc_aligned(&a, 10, 64) % 64, 0);
    assert_int_equal((uintptr_t)arena_alloc_aligned(&a, 70000, 4096) % 4096, 0);
    for (unsigned i = 0; i < 1000; i++) *VEC_PUSH(&a, &list) = i;
    for (unsigned i = 0; i < 1000; i++) assert_int_equal(list.v[i], i);
    assert_string_equal(arena_printf(&a, "%s-%d", "x", 7), "x-7");
    assert_string_equal(arena_str(&a, span_sub(span_of("hello"), 1, 3)), "ell");
    assert_string_equal(arena_str(&a, (struct span){NULL, 0}), "");
    arena_free(&a);
    assert_true(a.chunks == NULL && a.total == 0);
}

static void test_scratch(void **state)
{
    struct scratch s = {0};
    struct scratch_mark empty = scratch_mark(&s);
    (void)state;
    uint8_t *first = scratch_take(&s, 100);
    assert_int_equal((uintptr_t)first % 64, 0);
    memset(first, 7, 100);
    struct scratch_mark mark = scratch_mark(&s);
    uint8_t *big = scratch_take(&s, 1 << 20); /* grows */
    memset(big, 8, 1 << 20);
    scratch_trim(&s, big, 10);
    uint8_t *after = scratch_take(&s, 1);
    assert_ptr_equal(after, big + 64);
    for (int i = 0; i < 100; i++) assert_int_equal(first[i], 7);
    /* The second time the memory kept is used again. */
    scratch_restore(&s, mark);
    assert_ptr_equal(scratch_take(&s, 1 << 20), big);
    /* A spare that is too small gives way. */
    scratch_restore(&s, mark);
    memset(scratch_take(&s, 4 << 20), 9, 4 << 20);
    scratch_restore(&s, empty);
    assert_ptr_equal(scratch_take(&s, 100), first);
    scratch_free(&s);
    scratch_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_exact), cmocka_unit_test(test_units_extent),
        cmocka_unit_test(test_units_whole), cmocka_unit_test(test_units_write),
        cmocka_unit_test(test_err_list),    cmocka_unit_test(test_err_print),
        cmocka_unit_test(test_err_suggest), cmocka_unit_test(test_addr_round_trip),
        cmocka_unit_test(test_addr_faults), cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_span),        cmocka_unit_test(test_reader),
        cmocka_unit_test(test_arena),       cmocka_unit_test(test_scratch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
