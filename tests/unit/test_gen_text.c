/* Random texts and encoders: known answers, alphabets, lengths. */
#include <ctype.h>
#include <stdio.h>

#include "gen_rig.h"

static void encoders_know_their_answers(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    static const char *const cases[][2] = {
        /* RFC 4648, section 10. */
        {"base64(\"\")", ""},
        {"base64(\"f\")", "Zg=="},
        {"base64(\"fo\")", "Zm8="},
        {"base64(\"foo\")", "Zm9v"},
        {"base64(\"foob\")", "Zm9vYg=="},
        {"base64(\"fooba\")", "Zm9vYmE="},
        {"base64(\"foobar\")", "Zm9vYmFy"},
        {"base64(\"\\xff\\xfe\\xfd\")", "//79"},
        {"base64(10.0.0.1)", "MTAuMC4wLjE="},
        {"url(\"AZaz09-._~\")", "AZaz09-._~"},
        {"url(\"a b&c=d/e?f%\")", "a%20b%26c%3Dd%2Fe%3Ff%25"},
        {"url(\"\\xc3\\xa4\\n\")", "%C3%A4%0A"},
        {"url(1.5ms)", "1.5ms"},
        {"json(\"a\\\"b\\\\c/\")", "a\\\"b\\\\c/"},
        {"json(\"\\n\\r\\t\\x08\\x0c\\x01\\x1f\\x7f\")", "\\n\\r\\t\\b\\f\\u0001\\u001f\x7f"},
        {"json(\"\\x00\")", "\\u0000"},
        {"json(\"\\xc3\\xa4 \\xe2\\x82\\xac \\xf0\\x9f\\x98\\x80\")",
         "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"json(\"\\xc0\\x80\")", "\\ufffd\\ufffd"},             /* overlong */
        {"json(\"\\xed\\xa0\\x80\")", "\\ufffd\\ufffd\\ufffd"}, /* a surrogate */
        {"json(\"x\\xe2\\x82\")", "x\\ufffd\\ufffd"},           /* cut off */
        {"json(\"\\xf4\\x90\\x80\\x80\")", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"json(json(\"\\\"\"))", "\\\\\\\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct gen *g = rig_gen(r, cases[i][0]);
        assert_true(g->constant);
        assert_string_equal(rig_str(r, g, 3), cases[i][1]);
    }
    rig_free(r);
}

/* Every unit's text has the length drawn, and only characters of the set, all of them. */
static void letters(const char *call, const char *set, size_t lo, size_t hi)
{
    struct rig *r = rig_new(2);
    const struct gen *g = rig_gen(r, call);
    size_t count[256] = {0}, total = 0, shortest = SIZE_MAX, longest = 0;
    assert_true(g->lo == lo && g->hi == hi);
    for (uint64_t i = 0; i < 4000; i++) {
        const char *s = rig_str(r, g, i);
        size_t n = strlen(s);
        shortest = n < shortest ? n : shortest;
        longest = n > longest ? n : longest;
        for (size_t k = 0; k < n; k++) count[(uint8_t)s[k]]++;
        total += n;
    }
    assert_true(shortest == lo && longest == hi);
    double each = (double)total / (double)strlen(set), chi = 0, df = (double)strlen(set) - 1;
    for (const char *c = set; *c; c++) {
        double d = (double)count[(uint8_t)*c] - each;
        chi += d * d / each;
        total -= count[(uint8_t)*c];
    }
    assert_int_equal(total, 0);
    assert_true(chi < df + 5 * sqrt(2 * df));
    rig_free(r);
}

static void random_texts_use_their_letters(void **state)
{
    (void)state;
    letters("hex(16)", "0123456789abcdef", 16, 16);
    letters("hex(1..40)", "0123456789abcdef", 1, 40);
    letters("alnum(5..30)", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 5,
            30);
}

static void words_can_be_spoken(void **state)
{
    (void)state;
    struct rig *r = rig_new(3);
    const struct gen *g = rig_gen(r, "word(3..12)");
    for (uint64_t i = 0; i < 2000; i++) {
        const char *s = rig_str(r, g, i);
        assert_true(strlen(s) >= 3 && strlen(s) <= 12);
        for (size_t k = 0; s[k]; k++)
            assert_true(islower(s[k]) && (strchr("aeiou", s[k]) != NULL) == (k % 2 == 1));
    }
    rig_free(r);
}

static void uuids_have_their_form(void **state)
{
    (void)state;
    struct rig *r = rig_new(4);
    const struct gen *g = rig_gen(r, "uuid");
    for (uint64_t i = 0; i < 1000; i++) {
        const char *s = rig_str(r, g, i);
        assert_int_equal(strlen(s), 36);
        for (size_t k = 0; k < 36; k++) {
            bool dash = k == 8 || k == 13 || k == 18 || k == 23;
            assert_true(dash ? s[k] == '-' : isxdigit(s[k]) && !isupper(s[k]));
        }
        assert_true(s[14] == '4' && strchr("89ab", s[19]));
    }
    rig_free(r);
}

static void macs_are_local_and_unicast(void **state)
{
    (void)state;
    struct rig *r = rig_new(5);
    const struct gen *g = rig_gen(r, "mac");
    uint64_t any = 0, all = UINT64_MAX;
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t v = rig_u64(r, g, i);
        assert_true((v >> 40 & 3) == 2 && v >> 48 == 0);
        any |= v;
        all &= v;
    }
    assert_int_equal(any, 0xfeffffffffff);
    assert_int_equal(all, 0x020000000000);
    rig_free(r);
}

static void bytes_are_the_same_in_any_pieces(void **state)
{
    (void)state;
    static uint8_t whole[3000], part[3000];
    for (uint64_t first = 0; first < 20; first++) {
        uint64_t base = first * first * 1000003 + (first == 19 ? 1ull << 60 : 0);
        bytes_at(42, 7, base, sizeof whole, whole);
        for (size_t size = 1; size < 1200; size = size * 2 + 1) {
            for (size_t at = 0; at < sizeof whole; at += size) {
                size_t n = sizeof whole - at < size ? sizeof whole - at : size;
                bytes_at(42, 7, base + at, n, part + at);
            }
            assert_memory_equal(part, whole, sizeof whole);
        }
    }
    bytes_at(42, 8, 0, 16, part);
    bytes_at(42, 7, 0, 16, whole);
    assert_memory_not_equal(part, whole, 16);
    bytes_at(43, 7, 0, 16, part);
    assert_memory_not_equal(part, whole, 16);
    /* And bytes() is their beginning. */
    struct rig *r = rig_new(6);
    const struct gen *g = rig_gen(r, "bytes(0..300)");
    for (uint64_t i = 0; i < 200; i++) {
        struct draw d = rig_draw(r, i, 1, 1);
        struct span s = gen_span(g, &d);
        bytes_at(g->key, i, 0, s.n, part);
        assert_memory_equal(s.p, part, s.n);
    }
    rig_free(r);
}

static void mixes_leave_out_the_check_sequence(void **state)
{
    (void)state;
    struct rig *r = rig_new(7);
    const struct gen *g = rig_gen(r, "imix");
    size_t count[3] = {0};
    for (uint64_t i = 0; i < 12000; i++) {
        uint64_t v = rig_u64(r, g, i);
        count[v == 60 ? 0 : v == 590 ? 1 : 2]++;
        assert_true(v == 60 || v == 590 || v == 1514);
    }
    assert_in_range(count[0], 6750, 7250);
    assert_in_range(count[1], 3780, 4220);
    assert_int_equal(rig_gen(r, "imix(64, 9018)")->hi, 9014);
    rig_free(r);
}

/* The letters of RFC 6985, section 4, in their order, again and again. */
static void genomes_keep_their_order(void **state)
{
    (void)state;
    struct rig *r = rig_new(7);
    static const uint64_t sizes[] = {64,   128,  256,  512,   1024, 1280,
                                     1518, 2112, 9000, 16000, 1518, 96};
    const struct gen *g = rig_gen(r, "imix(genome=abcdefghijzQ, Q=96)");
    for (uint64_t i = 0; i < 600; i++) assert_int_equal(rig_u64(r, g, i), sizes[i % 12] - 4);
    assert_int_equal(gen_period(g), 12);
    assert_int_equal(g->lo, 60);
    assert_int_equal(g->hi, 15996);
    struct fraction mean;
    assert_true(gen_mean(rig_gen(r, "imix(genome=\"aaaaaaabbbbg\")"), &mean));
    assert_int_equal(mean.num * 12, mean.den * (7 * 60 + 4 * 124 + 1514));
    assert_int_equal(rig_u64(r, rig_gen(r, "imix(mtu=9000, genome=z)"), 5), 9014);
    rig_refuse(r, "imix(genome=aabA)", "letter 'A' has no size");
    rig_refuse(r, "imix(genome=abk)", "letter 'k' has no size");
    rig_refuse(r, "imix(genome=\"\")", "0 letters");
    rig_refuse(r, "imix(mtu=9000)", "has no genome");
    rig_refuse(r, "imix(genome=12)", "expected letters");
    rig_refuse(r, "imix(genome=ab, 64:2)", "a genome stands alone");
    rig_refuse(r, "imix(genome=ab, A=10)", "is no frame size");
    rig_refuse(r, "imix(genome=ab, mtu=65530)", "beyond any frame");
    rig_refuse(r, "imix(genome=ab, gnome=7)", "no argument 'gnome'");
    rig_free(r);
}

static void the_due_time_is_the_clock(void **state)
{
    (void)state;
    struct rig *r = rig_new(8);
    assert_string_equal(rig_str(r, rig_text(r, "${now} ${now(us)} ${now(s)}"), 3000),
                        "4.5s 4500000 4");
    uint64_t index = 5;
    struct draw d = {.index = &index, .scratch = &r->scratch};
    assert_int_equal(gen_u64(rig_gen(r, "now"), &d), 0);
    /* Also through a choice, which gathers its units. */
    const struct gen *g = rig_text(r, "${\"a\", now(ms)}");
    for (uint64_t i = 0; i < 100; i += 2) {
        const char *s = rig_str(r, g, i);
        assert_true(strcmp(s, "a") == 0 || strtoull(s, NULL, 10) == i * 3 / 2);
    }
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoders_know_their_answers),
        cmocka_unit_test(random_texts_use_their_letters),
        cmocka_unit_test(words_can_be_spoken),
        cmocka_unit_test(uuids_have_their_form),
        cmocka_unit_test(macs_are_local_and_unicast),
        cmocka_unit_test(bytes_are_the_same_in_any_pieces),
        cmocka_unit_test(mixes_leave_out_the_check_sequence),
        cmocka_unit_test(genomes_keep_their_order),
        cmocka_unit_test(the_due_time_is_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
