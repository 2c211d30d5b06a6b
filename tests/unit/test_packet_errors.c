/* Mistakes in packet sections: each told in words a user can act on. */
#include "packet_rig.h"

static const struct {
    const char *body, *said; /* a part of one of the messages */
} cases[] = {
    {"size = 64", "the packet has no layers, expected a line such as 'layers = eth / ipv4 / udp'"},
    {"layers =", "layers: the end, expected the name of a layer"},
    {"layers = eth / ipv5", "there is no layer 'ipv5', did you mean 'ipv4'?"},
    {"layers = ipv4 / udp", "a frame cannot begin with ipv4, expected eth"},
    {"layers = eth / udp", "udp cannot follow eth, expected eth, arp, vlan, "},
    {"layers = eth / ipv6 / icmp", "icmp cannot follow ipv6, expected "},
    {"layers = eth / arp / ipv4", "ipv4 cannot follow arp, expected nothing"},
    {"layers = eth / ipv4 / udp / payload / udp", "udp cannot follow payload"},
    {"layers = eth / ipv4 as a / ipv4 as a", "two layers are called 'a'"},
    {"layers = eth ipv4", "layers: 'ipv4', expected '/' and another layer"},
    {"layers = eth / ipv4 as 7", "expected a name after 'as'"},
    {"layers = eth / vlan * 17 / arp", "expected a number of layers 0..16"},
    {"layers = eth / vlan * 1..2 / mpls * 1..2 / ipv4", "more than one layer varies in number"},
    {"layers = eth / mpls * 16 / mpls * 16", "more than 32 layers"},
    {"layers = eth / arp * 0..2", "arp cannot follow arp"},
    {"layers = eth / ipv4 * 0..1 / udp", "udp cannot follow eth"},
    {"layers = eth * 0", "layers: nothing is left"},
    {"layers = eth / vlan * 1..2 / ipv4\nvlan.3.id = 1", "there is no layer 'vlan.3'"},
    {"layers = eth / ipv4 / udp\nudp.sprt = 1", "udp has no field 'sprt', did you mean 'sport'?"},
    {"layers = eth / ipv4 / udp\nupd.sport = 1", "there is no layer 'upd', did you mean 'udp'?"},
    {"layers = eth / ipv4 / udp\ntcp.sport = 1", "'tcp' is not among the packet's layers"},
    {"layers = eth / ipv4 / udp\nudp.sport = 65536", "65535"},
    {"layers = eth / ipv4 / udp\nudp.sport = 1..70000", "65535"},
    {"layers = eth / vlan / arp\nvlan.id = 4096", "4095"},
    {"layers = eth / ipv4 / udp\nipv4.src = 2001:db8::1", "ipv4.src"},
    {"layers = eth / ipv4 / udp\nipv4.src = 2001:db8::/64", "ipv4.src"},
    {"layers = eth / ipv6 / udp\nipv6.src = 10.0.0.1", "ipv6.src"},
    {"layers = eth / ipv4 / udp\neth.src = 10.0.0.1", "eth.src"},
    {"layers = eth / ipv4 / udp\nsize = 41", "size: 41 bytes are too few, the headers need 42"},
    {"layers = eth / ipv4 / udp\nsize = 20..99", "size: 20 bytes are too few"},
    {"layers = eth / arp\nsize = 41", "41 bytes are too few, the headers need 42"},
    {"layers = eth / ipv4 / udp\nsize = 70000", "65535"},
    {"layers = eth / ipv4 / udp\nsize = 64\npayload.size = 4", "size and payload.size are both"},
    {"layers = eth / ipv4 / udp\npayload.text = a\npayload.bytes = \"b\"", "expected one of them"},
    {"layers = eth / ipv4 / udp\npayload.fill = xyz\nsize = 99", "payload.fill: expected zero, "},
    {"layers = eth / ipv4 / udp\npayload.fill = abc\nsize = 99", "payload.fill: expected zero, "},
    {"layers = eth / ipv4 / udp\nsise = 64", "did you mean 'size'?"},
    {"layers = eth / ipv4 / tcp\ntcp.flags = sin", "sin"},
    {"layers = eth / ipv4 / tcp\ntcp.flags = sin", "takes the names fin, syn, rst, psh, "},
    {"layers = eth / ipv4 / udp\npayload.size = 65535", "65535"},
    {"layers = eth / ipv4 / igmp3_report / igmp_source", "igmp_source cannot follow igmp3_report"},
    {"layers = eth / ipv4 / igmp3_query / igmp_record", "igmp_record cannot follow igmp3_query"},
    {"layers = eth / ipv4 / igmp3_query / igmp_source / igmp_record", "a query has no records"},
    {"layers = eth / ipv4 / udp\nipv4.route9 = 10.0.0.1\nipv4.stamp1 = 0", "ipv4.ihl: 17 would be"},
    {"layers = eth / ipv4 / tcp\ntcp.sack_left4 = 1\ntcp.mss = 1\ntcp.wscale = 1",
     "tcp.offset: 16 would be"},
    {"layers = eth / ipv4 / udp\nipv4.route10 = 10.0.0.1", "has no field 'route10'"},
};

static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig *r = rig_try(cases[i].body, false);
        assert_null(r->packet);
        bool said = false;
        for (size_t e = 0; e < r->errs.n; e++) {
            said |= strstr(r->errs.v[e].text, cases[i].said) != NULL;
            assert_true(r->errs.v[e].at.line > 0);
        }
        if (!said) {
            errs_print(&r->errs, stderr);
            fail_msg("%s\nshould say: %s", cases[i].body, cases[i].said);
        }
        rig_free(r);
    }
}

/* Mistakes are told with their own lines, several in one go. */
static void test_all_in_one_go(void **state)
{
    (void)state;
    struct rig *r = rig_try("layers = eth / ipv4 / udp\nudp.sport = 99999\nipv4.tll = 1\n"
                            "ipv4.dst = 1\nzise = 4",
                            false);
    assert_null(r->packet);
    bool seen[8] = {false};
    for (size_t e = 0; e < r->errs.n; e++) seen[r->errs.v[e].at.line & 7] = true;
    assert_true(seen[3] && seen[4] && seen[5] && seen[6]);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_all_in_one_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
