/* Packets found inside frames of other link types: the headers as their registry defines them. */
#include "capture_bytes.h"

#include "trace/layout.h"
#include "trace/link.h"

#define IP4 "\x45\0\0\x14" /* the beginnings of packets, which is all that is looked at */
#define IP6 "\x60\0\0\0"
#define SLL "\0\0\0\x01\0\x06\x02\0\0\0\0\x09\0\0"
#define WIFI_ADDRESSES "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x02\0\0\0\0\x03"
#define SNAP "\xaa\xaa\x03\0\0\0"

static const struct row {
    uint32_t link;
    const char *bytes;
    size_t n, packet; /* where the packet begins; 0: there is none */
    uint16_t type;
} rows[] = {
#define ROW(link, bytes, packet, type)                                                             \
    {                                                                                              \
        link, bytes, sizeof bytes - 1, packet, type                                                \
    }
    ROW(101, IP4, 0, TYPE_IP4),
    ROW(101, IP6, 0, TYPE_IP6),
    ROW(12, IP4, 0, TYPE_IP4),
    ROW(229, IP6, 0, TYPE_IP6),
    ROW(101, "\x15\0\0\0", 0, 0),
    ROW(0, "\x02\0\0\0" IP4, 4, TYPE_IP4),
    ROW(0, "\0\0\0\x02" IP4, 4, TYPE_IP4),
    ROW(0, "\0\0\0\x1c" IP6, 4, TYPE_IP6),
    ROW(0, "\x1e\0\0\0" IP6, 4, TYPE_IP6),
    ROW(0, "\x07\0\0\0" IP4, 0, 0),
    ROW(108, "\0\0\0\x18" IP6, 4, TYPE_IP6),
    ROW(109, "\0\0\0\x02\0\0\0\0\0\0\0\0" IP4, 12, TYPE_IP4),
    ROW(113, SLL "\x08\0" IP4, 16, TYPE_IP4),
    ROW(113, SLL "\x08\x06" IP4, 16, TYPE_ARP),
    ROW(113, SLL "\0\x04" IP4, 0, 0),
    ROW(276, "\x86\xdd\0\0\0\0\0\x01\0\x01\0\x06\x02\0\0\0\0\x09\0\0" IP6, 20, TYPE_IP6),
    ROW(9, "\0\x21" IP4, 2, TYPE_IP4),
    ROW(9, "\xff\x03\0\x57" IP6, 4, TYPE_IP6),
    ROW(9, "\x21" IP4, 1, TYPE_IP4),
    ROW(9, "\xc0\x21" IP4, 0, 0),
    ROW(50, "\xff\x03\0\x21" IP4, 4, TYPE_IP4),
    ROW(166, "\x01\x03\0\x21" IP4, 4, TYPE_IP4),
    ROW(51, "\x11\0\0\x01\0\x06\0\x21" IP4, 8, TYPE_IP4),
    ROW(104, "\x0f\0\x08\0" IP4, 4, TYPE_IP4),
    ROW(104, "\xff\x03\0\x57" IP6, 4, TYPE_IP6),
    ROW(105, "\x08\x01\0\0" WIFI_ADDRESSES "\0\0" SNAP "\x08\0" IP4, 32, TYPE_IP4),
    ROW(105, "\x88\x02\0\0" WIFI_ADDRESSES "\0\0\0\0" SNAP "\x86\xdd" IP6, 34, TYPE_IP6),
    ROW(105, "\x08\x41\0\0" WIFI_ADDRESSES "\0\0" SNAP "\x08\0" IP4, 0, 0), /* encrypted */
    ROW(105, "\x48\x01\0\0" WIFI_ADDRESSES "\0\0" SNAP "\x08\0" IP4, 0, 0), /* no data */
    ROW(105, "\x80\0\0\0" WIFI_ADDRESSES "\0\0" SNAP "\x08\0" IP4, 0, 0),   /* a beacon */
    ROW(127, "\0\0\x08\0\0\0\0\0\x08\x01\0\0" WIFI_ADDRESSES "\0\0" SNAP "\x08\0" IP4, 40,
        TYPE_IP4),
    ROW(192, "\0\0\x08\0\x65\0\0\0" IP6, 8, TYPE_IP6),
    ROW(192, "\0\0\x08\0\x69\0\0\0\x08\x01\0\0" WIFI_ADDRESSES "\0\0" SNAP "\x08\0" IP4, 40,
        TYPE_IP4),
    ROW(192, "\0\0\x08\0\x01\0\0\0\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" IP4, 22, TYPE_IP4),
    ROW(192, "\0\0\x0d\0\x0c\0\0\0\x09\0\1\0\7" IP4, 13, TYPE_IP4), /* a field unknown */
    ROW(192, "\0\0\x07\0\x65\0\0\0" IP6, 0, 0),
    ROW(192, "\0\0\x08\0\xc0\0\0\0\0\0\x08\0\x65\0\0\0" IP6, 0, 0), /* in itself */
    ROW(147, IP4, 0, 0),
    ROW(1, IP4, 0, 0),
#undef ROW
};

static void finds_the_packet(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct inside in;
        struct span s = span_make(rows[i].bytes, rows[i].n);
        bool found = link_inside(rows[i].link, s, &in);
        if (found != (rows[i].type != 0)) fail_msg("row %zu: found %d", i, found);
        if (!found) continue;
        assert_int_equal(in.type, rows[i].type);
        assert_int_equal(in.packet.p - s.p, rows[i].packet);
        assert_int_equal(in.packet.n, 4);
        for (size_t n = 0; n < s.n; n++) { /* whatever is cut off, nothing beyond is shown */
            uint8_t *copy = malloc(n ? n : 1);
            memcpy(copy, s.p, n);
            if (link_inside(rows[i].link, span_make(copy, n), &in))
                assert_true(in.packet.n <= n && (size_t)(in.packet.p - copy) + in.packet.n == n);
            free(copy);
        }
    }
}

static void finds_addresses(void **state)
{
    (void)state;
    struct inside in;
    struct span s = span_make(SLL "\x08\0" IP4, 20);
    assert_true(link_inside(113, s, &in));
    assert_true(span_eq(in.src, span_make("\x02\0\0\0\0\x09", 6)) && in.dst.n == 0);
    /* to the distribution system: receiver is the access point, the third is the destination */
    static const char to[] = "\x08\x01\0\0" WIFI_ADDRESSES "\0\0" SNAP "\x08\0" IP4;
    assert_true(link_inside(105, span_make(to, sizeof to - 1), &in));
    assert_int_equal(in.dst.p[5], 3);
    assert_int_equal(in.src.p[5], 2);
    static const char from[] = "\x08\x02\0\0" WIFI_ADDRESSES "\0\0" SNAP "\x08\0" IP4;
    assert_true(link_inside(105, span_make(from, sizeof from - 1), &in));
    assert_int_equal(in.dst.p[5], 1);
    assert_int_equal(in.src.p[5], 3);
}

static void drops_a_check_sequence(void **state)
{
    (void)state;
    struct inside in;
    /* radiotap of 17 bytes: a time (aligned to 8), then flags that say FCS */
    static const char frame[] = "\0\0\x11\0\x03\0\0\0"
                                "TTTTTTTT"
                                "\x10"
                                "\x08\x01\0\0" WIFI_ADDRESSES "\0\0" SNAP "\x08\0" IP4 "FCS!";
    assert_true(link_inside(127, span_make(frame, sizeof frame - 1), &in));
    assert_int_equal(in.packet.n, 4);
    assert_int_equal(in.packet.p[0], 0x45);
    /* PPI of 40 bytes: a field of 4, then 802.11-Common, a time and flags that say FCS */
    char ppi[] = "\0\0\x28\0\x69\0\0\0"
                 "\x09\0\x04\0ABCD"
                 "\x02\0\x14\0TTTTTTTT\x01\0RRRRRRRRRR"
                 "\x08\x01\0\0" WIFI_ADDRESSES "\0\0" SNAP "\x08\0" IP4 "FCS!";
    assert_true(link_inside(192, span_make(ppi, sizeof ppi - 1), &in));
    assert_int_equal(in.packet.n, 4);
    ppi[28] = 0; /* none */
    assert_true(link_inside(192, span_make(ppi, sizeof ppi - 1), &in));
    assert_int_equal(in.packet.n, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_packet),
        cmocka_unit_test(finds_addresses),
        cmocka_unit_test(drops_a_check_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
