/* Shaping and selecting recorded frames. */
#include "replay_rig.h"

#include "trace/link.h"
#include "trace/select.h"
#include "trace/shape.h"

#define A 0xc6120001u
#define B 0xc6120002u

static uint8_t room[70000];

static struct trace_frame recorded(struct span s, uint32_t wire_len, uint32_t link)
{
    return (struct trace_frame){
        .bytes = s, .wire_len = wire_len ? wire_len : (uint32_t)s.n, .link = link};
}
static enum fit shaped(const struct shape *s, const struct trace_frame *f, size_t n,
                       struct draft *out)
{
    struct layout at;
    link_layout(f->link, f->bytes, &at);
    return shape_frame(s, f, &at, room, n, out);
}
static const struct shape plain = {.src = {2, 0, 0, 0, 0, 1}, .dst = {2, 0, 0, 0, 0, 2}};

static void leaves_ethernet_alone(void **state)
{
    (void)state;
    struct span s = frame_udp4(A, B, 1, 2, 3);
    struct trace_frame f = recorded(s, 0, 1);
    struct draft d;
    assert_int_equal(shaped(&plain, &f, sizeof room, &d), FIT_YES);
    assert_int_equal(d.n, s.n);
    assert_memory_equal(d.p, s.p, s.n);
    assert_false(d.filled);
    assert_int_equal(shaped(&plain, &f, s.n + DRAFT_HEADROOM - 1, &d), FIT_TOO_BIG);
}

static void gives_other_links_a_header(void **state)
{
    (void)state;
    struct span s = span_from(frame_udp4(A, B, 1, 2, 3), 14);
    struct trace_frame f = recorded(s, 0, 101);
    struct shape x = plain;
    struct draft d;
    assert_int_equal(shaped(&x, &f, sizeof room, &d), FIT_FOREIGN);
    x.convert = true;
    assert_int_equal(shaped(&x, &f, sizeof room, &d), FIT_YES);
    assert_int_equal(d.n, s.n + 14);
    assert_memory_equal(d.p, "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0\x45", 15);
    f.link = 147;
    assert_int_equal(shaped(&x, &f, sizeof room, &d), FIT_FOREIGN);
    /* an address that the recording has is kept */
    struct bytes b = {.big = true};
    add(&b, "\0\0\0\1\0\6\2\7\7\7\7\7\0\0\x86\xdd\x60", 17);
    f = recorded(span_make(b.v, b.n), 0, 113);
    assert_int_equal(shaped(&x, &f, sizeof room, &d), FIT_YES);
    assert_memory_equal(d.p, "\2\0\0\0\0\2\2\7\7\7\7\7\x86\xdd\x60", 15);
}

/* A recorded check sequence does not leave, whole, cut or alone. */
static void takes_check_sequences_off(void **state)
{
    (void)state;
    struct span s = frame_udp4(A, B, 1, 2, 7);
    struct draft d;
    for (size_t n = 0; n <= s.n; n++) {
        struct trace_frame f = recorded(span_sub(s, 0, n), (uint32_t)s.n, 1);
        f.fcs = 4;
        bool whole = n >= s.n - 4; /* what was cut is only the check sequence */
        assert_int_equal(shaped(&plain, &f, sizeof room, &d), whole ? FIT_YES : FIT_CUT);
        if (!whole) continue;
        assert_int_equal(d.n, s.n - 4);
        assert_int_equal(d.wire_len, s.n - 4);
        assert_memory_equal(d.p, s.p, s.n - 4);
    }
    struct trace_frame f = recorded(span_sub(s, 0, 3), 3, 1);
    f.fcs = 4; /* that cannot be */
    assert_int_equal(shaped(&plain, &f, sizeof room, &d), FIT_YES);
    assert_int_equal(d.n, 3);
}

static void cut_frames_by_policy(void **state)
{
    (void)state;
    struct span s = frame_udp4(A, B, 1, 2, 3);
    struct trace_frame f = recorded(span_sub(s, 0, 44), 45, 1);
    struct shape x = plain;
    struct draft d;
    assert_int_equal(shaped(&x, &f, sizeof room, &d), FIT_CUT);
    x.cut = CUT_SHORT;
    assert_int_equal(shaped(&x, &f, sizeof room, &d), FIT_YES);
    assert_int_equal(d.n, 44);
    assert_int_equal(d.wire_len, 44);
    x.cut = CUT_PAD;
    assert_int_equal(shaped(&x, &f, sizeof room, &d), FIT_YES);
    assert_int_equal(d.n, 45);
    assert_true(d.filled && d.p[44] == 0);
    f.wire_len = 1u << 31; /* more than any room */
    assert_int_equal(shaped(&x, &f, sizeof room, &d), FIT_TOO_BIG);
}

static bool takes(const struct select *x, struct span s, uint32_t link, uint64_t number,
                  uint64_t at)
{
    struct selector *sel = selector_open(x);
    struct trace_frame f = recorded(s, 0, link);
    bool yes = selector_takes(sel, &f, number, at);
    selector_close(sel);
    return yes;
}
#define ALL .between = {0, UINT64_MAX}, .sample = 1ull << 32

static void selects_by_number_and_time(void **state)
{
    (void)state;
    struct select_range r[] = {{2, 3}, {7, 7}};
    struct select x = {.frames = r, .n = 2, ALL}, y = {.between = {5, 10}, .sample = 1ull << 32};
    struct span s = frame_udp4(A, B, 1, 2, 3);
    for (uint64_t k = 1; k < 10; k++)
        assert_int_equal(takes(&x, s, 1, k, 0), k == 2 || k == 3 || k == 7);
    for (uint64_t k = 0; k < 20; k++) assert_int_equal(takes(&y, s, 1, 1, k), k >= 5 && k <= 10);
    struct selector *sel = selector_open(&x);
    assert_false(selector_over(sel, 7, 0));
    assert_true(selector_over(sel, 8, 0));
    selector_close(sel);
    sel = selector_open(&y);
    assert_false(selector_over(sel, 1000, 10));
    assert_true(selector_over(sel, 1, 11));
    selector_close(sel);
}

static void selects_by_filter_on_every_link(void **state)
{
    (void)state;
    struct errs errs = {0};
    struct select x = {.filter = "udp port 53", ALL};
    assert_true(takes(&x, frame_udp4(A, B, 1, 53, 3), 1, 1, 0));
    assert_false(takes(&x, frame_udp4(A, B, 1, 54, 3), 1, 1, 0));
    assert_true(takes(&x, span_from(frame_udp4(A, B, 1, 53, 3), 14), 101, 1, 0));
    assert_false(takes(&x, span_from(frame_tcp4(A, B, 1, 53, 3), 14), 101, 1, 0));
    assert_false(takes(&x, frame_udp4(A, B, 1, 53, 3), 189, 1, 0)); /* makes no sense on USB */
    assert_false(takes(&x, span_sub(frame_udp4(A, B, 1, 53, 3), 0, 36), 1, 1, 0));
    assert_true(select_check("tcp and host 198.18.0.1", (struct where){0}, &errs));
    assert_false(select_check("tcp adn", (struct where){0}, &errs));
    assert_non_null(strstr(errs.v[0].text, "filter is no pcap filter"));
}

static void samples_whole_conversations(void **state)
{
    (void)state;
    struct select x = {.between = {0, UINT64_MAX}, .sample = (1ull << 32) / 4};
    unsigned taken = 0;
    for (unsigned i = 0; i < 2000; i++) {
        bool there = takes(&x, frame_tcp4(A, B, 1000 + i, 80, 3), 1, 1, 0);
        assert_int_equal(takes(&x, frame_tcp4(B, A, 80, 1000 + i, 90), 1, 2, 0), there);
        assert_int_equal(takes(&x, span_from(frame_tcp4(B, A, 80, 1000 + i, 9), 14), 101, 2, 0),
                         there);
        taken += there;
    }
    assert_in_range(taken, 420, 580); /* 500, four deviations are 77 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_ethernet_alone),
        cmocka_unit_test(gives_other_links_a_header),
        cmocka_unit_test(takes_check_sequences_off),
        cmocka_unit_test(cut_frames_by_policy),
        cmocka_unit_test(selects_by_number_and_time),
        cmocka_unit_test(selects_by_filter_on_every_link),
        cmocka_unit_test(samples_whole_conversations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
