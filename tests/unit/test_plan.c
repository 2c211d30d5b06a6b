/* From a profile to a plan: what it says when all is well, and each mistake's exact words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan/plan.h"

/* The plan of a profile's text, or NULL; what is wrong is in *errs. */
static struct plan *compile(struct arena *a, const char *text, const char *const *allow,
                            struct errs *errs)
{
    struct profile *p = profile_parse(a, "p.ini", span_of(text), errs);
    return p ? plan_compile(a, p, &(struct plan_opts){.allow = allow}, errs) : NULL;
}

#define TARGET "[target]\nurl = http://127.0.0.1:9/\n"
#define WEB TARGET "[request page]\n[stream web]\n" /* the next line is line 5 */
#define NULL_WIRE "[packet p]\nlayers = eth / ipv4 / udp\n[stream out]\nwire = null\n" /* 5 */
#define RAW                                                                                        \
    "[run]\ninterface = lo\n[stream out]\nrate = 1/s\n[packet p]\nlayers = eth / ipv4 / udp\n"

/* Messages are apart by newlines. */
static const struct {
    const char *profile, *messages;
} mistakes[] = {
    {"", "p.ini:0: the profile is empty, expected at least a [stream NAME] section"},
    {"[run]\n", "p.ini:0: there is no stream, expected at least one [stream NAME] section"},
    {"[strem web]\n", "p.ini:0: there is no stream, expected at least one [stream NAME] section\n"
                      "p.ini:1: unknown section [strem web], did you mean 'stream'?"},
    {WEB, "p.ini:4: the stream has no rate, expected rate = 1000/s for an open loop or users = 64 "
          "for a closed one"},
    {WEB "rate = 0/s\n",
     "p.ini:5: rate is 0/s, expected above 0/s; leave the stream out to send nothing"},
    {WEB "rate = 5\n", "p.ini:5: rate is 5, expected a rate such as 2000/s"},
    {WEB "rate = 5/s\nusers = 3\n", "p.ini:6: the stream has both rate and users, expected rate "
                                    "for an open loop or users for a closed one"},
    {WEB "rate = max\n", "p.ini:4: rate = max is for packets, expected users = N to load a server "
                         "as fast as it answers"},
    {WEB "users = 0\n", "p.ini:5: users is 0, expected 1..1000000"},
    {WEB "users = 4\nconnections = 8\n", "p.ini:6: a closed loop has one connection for each user, "
                                         "expected connections to be left out"},
    {WEB "users = 2\n[run]\nworkers = 4\n",
     "p.ini:5: users is 2, but workers is 4; expected at least one user for each worker"},
    {WEB "rate = 5/s\nconnections = 2\n[run]\nworkers = 4\n",
     "p.ini:6: connections is 2, but workers is 4; expected at least one connection for each "
     "worker"},
    {WEB "rate = 5/s\nthink = 1s\n",
     "p.ini:6: think needs users: it is the pause of a closed loop's users"},
    {WEB "users = 5\narrival = poisson\n",
     "p.ini:6: arrival needs a rate: it spreads the units around it"},
    {WEB "rate = 5/s\narrival = poison\n",
     "p.ini:6: unknown arrival process 'poison', did you mean 'poisson'? expected one of constant, "
     "uniform, poisson, pareto"},
    {WEB "rate = 5/s\ncount = 0\n", "p.ini:6: count is 0, expected 1..18446744073709551614"},
    {WEB "rate = 5/s\nlate = never\n",
     "p.ini:6: late is 'never', expected one of catchup, drop, stretch"},
    {WEB "rate = 5/s\ntimeout = 5\n", "p.ini:6: timeout is '5', expected a duration such as 20ms"},
    {WEB "rate = 5/s\ntimeout = 2h\n", "p.ini:6: timeout is 2h, expected 1ms..1h"},
    {WEB "rate = 5/s\nwire = null\n", "p.ini:6: the key 'wire' has no use in this [stream web]"},
    {WEB "rate = 5/s\nrat = 5/s\n",
     "p.ini:6: unknown key 'rat' in [stream web], did you mean 'rate'?"},
    {WEB "rate = 5/s\nsend = pag\n", "p.ini:6: send names 'pag', expected a [packet pag] or "
                                     "[request pag] section, did you mean 'page'?"},
    {WEB "rate = 5/s\nsend = page, other\n[packet other]\nlayers = eth\n",
     "p.ini:6: send mixes packets and requests, expected one sort in a stream"},
    {WEB "rate = 5/s\nsend = page:0\n",
     "p.ini:6: the weight is '0', expected a whole number from 1 to 4294967295"},
    {WEB "rate = 5/s\n[request other]\n", "p.ini:4: the stream does not say what to send, expected "
                                          "send = page or another packet or request"},
    {WEB "rate = 5/s\n[packet page]\nlayers = eth\n",
     "p.ini:6: 'page' is both a packet and a request, expected names that differ\n"
     "p.ini:4: the stream does not say what to send, expected send = page or another packet or "
     "request"},
    {WEB "rate = 5/s\nreplay = no.pcap\nsend = page\n",
     "p.ini:7: the stream has both replay and send, expected one\n"
     "p.ini:6: cannot read 'no.pcap': No such file or directory\n"
     "p.ini:4: there is no interface to send on, expected interface = NAME in [run], or -i NAME"},
    {WEB "rate = 5/s\n[stream web]\nrate = 6/s\n",
     "p.ini:6: [stream web] is given twice, first at line 4"},
    {WEB "rate = 5/s\n[run]\nduration = 0s\n", "p.ini:7: duration is 0s, expected 1ms..366d"},
    {WEB "rate = 5/s\n[run]\nduration = 5s\nwarmup = 5s\n",
     "p.ini:0: warmup is as long as the duration, expected it to be shorter"},
    {WEB "rate = 5/s\n[run]\nworkers = 65\n", "p.ini:7: workers is 65, expected 1..64"},
    {WEB "rate = 5/s\n[run]\npin = maybe\npacing = fast\ncapture = never\n",
     "p.ini:7: pin is 'maybe', expected yes or no\n"
     "p.ini:8: pacing is 'fast', expected one of auto, sleep, hybrid, spin\n"
     "p.ini:9: capture is 'never', expected one of auto, on, off"},
    {WEB "rate = 5/s\n[run]\nallow = everything\n",
     "p.ini:7: allow has 'everything', expected addresses or prefixes such as 10.0.0.0/8"},
    {WEB "rate = 5/s\n[gates]\nfast = p99 < 5\n",
     "p.ini:7: gate 'fast' has '5', expected a duration such as 20ms"},
    {WEB "rate = 5/s\n[gates]\nfast = p99 of pag < 5ms\n",
     "p.ini:7: gate 'fast': nothing that is sent is called 'pag', did you mean 'page'?"},
    {WEB "rate = 5/s\n[vars]\nunused = zipff(1..3)\n",
     "p.ini:7: unknown function 'zipff', did you mean 'zipf'?"},
    {WEB "rate = 5/s\n[vars]\na = ${b}\nb = ${a}\n",
     "p.ini:8: the variable 'a' is defined by itself"},
    {"[stream]\nrate = 5/s\n[request page]\n" TARGET,
     "p.ini:1: a stream has no name, expected [stream NAME]"},
    {"[stream web]\nrate = 5/s\n", "p.ini:1: there is nothing to send, expected a [packet NAME] or "
                                   "[request NAME] section, or replay = FILE"},
    {"[stream web]\nrate = 5/s\n[request page]\n",
     "p.ini:3: request page has no protocol, expected [target] url = http://... or protocol = "
     "http1"},
    {"[stream web]\nrate = 5/s\n[request page]\nprotocol = http1\n",
     "p.ini:1: requests need a target, expected [target] url = http://..., or --target URL"},
    {"[stream web]\nrate = 5/s\n[request page]\n[target]\n",
     "p.ini:4: [target] has no url, expected one such as url = http://127.0.0.1:8080/"},
    {"[stream web]\nrate = 5/s\n[request page]\n[target]\nurl = 127.0.0.1:80\n",
     "p.ini:5: url is '127.0.0.1:80', expected one such as http://127.0.0.1:8080/"},
    {"[stream web]\nrate = 5/s\n[request page]\n[target]\nurl = gopher://127.0.0.1/\n",
     "p.ini:5: url has the unknown scheme 'gopher', expected one of those that `spate list proto` "
     "names"},
    {"[stream web]\nrate = 5/s\n[request page]\n[target]\nurl = http://127.0.0.1:0/\n",
     "p.ini:5: url has the port '0', expected 1..65535"},
    {"[stream web]\nrate = 5/s\n[request page]\n[target]\nurl = http://127.0.0.1:65536/\n",
     "p.ini:5: url has the port '65536', expected 1..65535"},
    {"[stream web]\nrate = 5/s\n[request page]\n[target]\nurl = http:///\n",
     "p.ini:5: url has no host, expected one such as http://127.0.0.1:8080/"},
    {"[stream web]\nrate = 5/s\n[request page]\n[target]\nurl = http://[::1\n",
     "p.ini:5: url has the host '[::1', expected an address in brackets such as [::1]:8080"},
    {"[stream web]\nrate = 5/s\n[request page]\n[target]\nurl = http://[::1]8080/\n",
     "p.ini:5: url has the host '[::1]8080', expected an address in brackets such as [::1]:8080"},
    {"[stream web]\nrate = 5/s\n[request page]\n[target]\nurl = http://10.0.0.1/\n",
     "p.ini:5: target 10.0.0.1 is not a test network, expected loopback, 198.18.0.0/15 or "
     "2001:2::/48; if it is yours to load, add 'allow = 10.0.0.1' to [run]"},
    {"[stream web]\nrate = 5/s\n[request page]\n[target]\nurl = http://192.0.2.1/\n[run]\nallow = "
     "192.0.2.0/24\n",
     "p.ini:5: target 192.0.2.1 is a public address, expected it to be named on the command line "
     "if it is yours to load: --allow 192.0.2.1"},
    {NULL_WIRE, "p.ini:3: the stream has no rate, expected one such as rate = 1000/s, or max"},
    {NULL_WIRE "users = 3\n", "p.ini:5: users is for requests, expected rate = 1000/s for packets"},
    {NULL_WIRE "rate = 5/s\nconnections = 3\n",
     "p.ini:6: the key 'connections' has no use in this [stream out]"},
    {NULL_WIRE "rate = 5/s\nreplies = perhaps\n",
     "p.ini:6: replies is 'perhaps', expected yes or no"},
    {"[stream out]\nrate = 5/s\n[packet p]\nlayers = eth / ipv4 / udp\n",
     "p.ini:1: there is no interface to send on, expected interface = NAME in [run], or -i NAME"},
    {"[stream out]\nrate = 5/s\nwire = raww\n[packet p]\nlayers = eth\n",
     "p.ini:3: wire is 'raww', expected auto, raw, xdp, pcapfile(FILE) or null"},
    {"[stream out]\nrate = 5/s\nwire = pcapfile\n[packet p]\nlayers = eth\n",
     "p.ini:3: wire = pcapfile names no file, expected pcapfile(out.pcap)"},
    {"[stream out]\nrate = 5/s\nwire = pcapfile(x.pcap\n[packet p]\nlayers = eth\n",
     "p.ini:3: wire has no closing ')', expected pcapfile(PLACE)"},
    {"[stream out]\nrate = 5/s\nwire = pcapfile(x.pcap)\n[packet p]\nlayers = eth\n[run]\nworkers "
     "= 2\n",
     "p.ini:3: wire = pcapfile takes one worker, but workers is 2: a file has one order"},
    {"[stream out]\nrate = 5/s\nreplies = yes\nwire = null\n[packet p]\nlayers = eth / ipv4 / "
     "udp\n",
     "p.ini:1: [packet p] cannot be told apart when it comes back, expected room for a token: 16 "
     "bytes of padding (size or payload.size), or tcp.seq, or icmp.id and icmp.seq left unset"},
    {RAW "ipv4.dst = 8.8.8.8\n", "p.ini:3: packet destination 8.8.8.8 is a public address, "
                                 "expected it to be named on the command "
                                 "line if it is yours to load: --allow 8.8.8.8"},
    {RAW "ipv4.dst = 198.18.0.0..198.20.0.0\n",
     "p.ini:3: packet destination 198.20.0.0 is a public address, expected it to be named on the "
     "command "
     "line if it is yours to load: --allow 198.20.0.0"},
    {RAW "ipv4.dst = 127.0.0.1..198.18.0.1\n",
     "p.ini:3: packet destinations 127.0.0.1..198.18.0.1 reach beyond the allowed networks, "
     "expected one network that holds them all"},
    {"[run]\ninterface = lo\n[stream out]\nrate = 1/s\n[packet p]\nlayers = eth / ipv6 / routing / "
     "udp\nipv6.dst = 2001:2::1\nrouting.left = 1\nrouting.segment = 2600::1..2600::9\n",
     "p.ini:3: next destination 2600::1 is a public address, expected it to be named on the "
     "command "
     "line if it is yours to load: --allow 2600::1"},
    {RAW "ipv4.ttl = 256\nudp.dport = 65536\nudp.sprt = 1\n",
     "p.ini:7: '256' is out of bounds, expected a number 0..255 for ipv4.ttl\n"
     "p.ini:8: '65536' is out of bounds, expected a number 0..65535 for udp.dport\n"
     "p.ini:9: udp.sprt: udp has no field 'sprt', did you mean 'sport'?"},
    {"[stream trace]\nreplay = no.pcap\nwire = null\n",
     "p.ini:2: cannot read 'no.pcap': No such file or directory"},
    {"[stream trace]\nreplay = /dev/null\nwire = null\nspeed = 0x\nloop = 0\n",
     "p.ini:4: speed is '0x', expected a factor such as 2x or 0.5x, up to 1000000x\n"
     "p.ini:5: loop is '0', expected a whole number from 1 on, or forever\n"
     "p.ini:2: '/dev/null' is empty, expected pcap or pcapng"},
    {"[stream trace]\nreplay = -\nwire = null\nloop = 2\n",
     "p.ini:4: standard input cannot be read again, expected loop = 1 or preload = yes"},
};

static const char *joined(const struct errs *e)
{
    static char text[ERRS_MAX * (ERR_TEXT + 40)];
    size_t at = 0;
    text[0] = 0;
    for (size_t i = 0; i < e->n; i++)
        at +=
            (size_t)snprintf(text + at, sizeof text - at, "%s%s:%u: %s", i ? "\n" : "",
                             e->v[i].at.file ? e->v[i].at.file : "", e->v[i].at.line, e->v[i].text);
    return text;
}

static void test_mistakes_are_told(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct arena a = {0};
        struct errs errs = {0};
        struct plan *p = compile(&a, mistakes[i].profile, NULL, &errs);
        if (p || strcmp(joined(&errs), mistakes[i].messages) != 0) {
            print_error("%s---- told:\n%s\n---- expected:\n%s\n\n", mistakes[i].profile,
                        joined(&errs), mistakes[i].messages);
            wrong++;
        }
        arena_free(&a);
    }
    assert_int_equal(wrong, 0);
}

/* All of a profile's mistakes at once, in whichever sections they are. */
static void test_mistakes_are_told_together(void **state)
{
    (void)state;
    struct arena a = {0};
    struct errs errs = {0};
    const char *text =
        "[run]\nworkers = 0\nsed = 1\n" TARGET "[stream web]\nrate = 1\ntimeout = 1\n"
        "[request page]\nmethd = GET\npath = /${zipff(1)}\n[gates]\na = p99 < 5\n";
    assert_null(compile(&a, text, NULL, &errs));
    static const unsigned lines[] = {2, 3, 7, 8, 10, 11, 13};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        bool told = false;
        for (size_t k = 0; k < errs.n; k++) told |= errs.v[k].at.line == lines[i];
        if (!told) print_error("line %u is not told\n", lines[i]);
        assert_true(told);
    }
    assert_int_equal(errs.n, sizeof lines / sizeof *lines);
    arena_free(&a);
}

static struct plan *good(struct arena *a, const char *text)
{
    struct errs errs = {0};
    struct plan *p = compile(a, text, NULL, &errs);
    if (!p) errs_print(&errs, stderr);
    assert_non_null(p);
    return p;
}

static void test_defaults(void **state)
{
    (void)state;
    struct arena a = {0};
    struct plan *p = good(&a, WEB "rate = 100/s\n");
    assert_int_equal(p->n, 1);
    assert_int_equal(p->seed, 1);
    assert_int_equal(p->workers, 1);
    assert_int_equal(p->duration, 10000000000);
    assert_int_equal(p->warmup, 0);
    assert_int_equal(p->drain, 11000000000); /* the timeout and a second */
    const struct stream *s = &p->streams[0];
    assert_int_equal(s->way, WAY_REQUESTS);
    assert_int_equal(s->loop, LOOP_OPEN);
    assert_int_equal(s->late, LATE_CATCHUP);
    assert_int_equal(s->connections, 64);
    assert_int_equal(s->timeout, 10000000000);
    assert_true(s->count == NEVER);
    assert_null(s->pick);
    assert_int_equal(stream_units(s, p->duration), 1000);
    assert_int_equal(stream_units(s, 0), 0);
    assert_int_equal(stream_units(s, 1), 1);
    arena_free(&a);
}

static void test_drain_is_taken_as_said(void **state)
{
    (void)state;
    struct arena a = {0};
    assert_int_equal(good(&a, WEB "rate = 100/s\n[run]\ndrain = 0s\n")->drain, 0);
    assert_int_equal(good(&a, WEB "rate = 100/s\n[run]\ndrain = 3s\n")->drain, 3000000000);
    assert_int_equal(good(&a, WEB "rate = 100/s\ntimeout = 2s\n")->drain, 3000000000);
    arena_free(&a);
}

/* Without a duration the streams' own ends are the run's, when all of them have one. */
static void test_duration(void **state)
{
    (void)state;
    struct arena a = {0};
    assert_true(good(&a, WEB "rate = 100/s\ncount = 50\n")->duration == NEVER);
    assert_true(good(&a, WEB "rate = 100/s for 3s\n")->duration == NEVER);
    assert_true(good(&a, WEB "users = 3\ncount = 5\n")->duration == NEVER);
    assert_int_equal(good(&a, WEB "users = 3\n")->duration, 10000000000);
    assert_int_equal(good(&a, WEB "rate = 9/s\ncount = 5\n[stream b]\nrate = 1/s\n")->duration,
                     10000000000);
    assert_int_equal(good(&a, WEB "rate = 9/s\ncount = 5\n[run]\nduration = 1s\n")->duration,
                     1000000000);
    struct plan *p = good(&a, WEB "rate = 100/s\ncount = 50\n");
    assert_int_equal(stream_units(&p->streams[0], NEVER), 50);
    arena_free(&a);
}

/* Cells are numbered through all streams, kinds in the order of `send`. */
static void test_cells(void **state)
{
    (void)state;
    struct arena a = {0};
    struct plan *p =
        good(&a, TARGET "[request a]\n[request b]\n[stream one]\nrate = 1/s\n"
                        "send = b:2, a:1\nlate_after = 5ms\n[stream two]\nusers = 2\nsend = a\n");
    static const char *const names[] = {"b", "a", "a"};
    static const uint32_t streams[] = {0, 0, 1};
    assert_int_equal(p->layout.cells, 3);
    assert_int_equal(p->layout.streams, 2);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(p->kind_names[i], names[i]);
        assert_int_equal(p->layout.stream_of[i], streams[i]);
        assert_int_equal(p->layout.late_after[i], i < 2 ? 5000000 : 1000000);
    }
    assert_non_null(p->streams[0].pick);
    assert_int_equal(p->streams[1].loop, LOOP_CLOSED);
    assert_int_equal(p->streams[1].connections, 2);
    arena_free(&a);
}

static bool allows(const struct plan *p, const char *text)
{
    struct addr x;
    assert_true(addr_parse(span_of(text), &x));
    return plan_allows(p, x);
}

static void test_allowed_networks(void **state)
{
    (void)state;
    struct arena a = {0};
    struct plan *p = good(&a, WEB "rate = 1/s\n");
    static const char *const yes[] = {"127.0.0.1",      "127.255.255.255", "::1",
                                      "198.18.0.0",     "198.19.255.255",  "2001:2::1",
                                      "2001:2:0:ffff::"};
    static const char *const no[] = {
        "126.255.255.255", "128.0.0.0", "::2",     "198.17.255.255", "198.20.0.0",     "2001:3::",
        "10.0.0.1",        "8.8.8.8",   "0.0.0.0", "::ffff:8.8.8.8", "255.255.255.255"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) assert_true(allows(p, yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) assert_false(allows(p, no[i]));
    p = good(&a, WEB "rate = 1/s\n[run]\nallow = 10.0.0.0/8, 192.0.2.7\nallow = fd00::/8\n");
    assert_true(allows(p, "10.255.0.1") && allows(p, "192.0.2.7") && allows(p, "fd12::1"));
    assert_false(allows(p, "192.0.2.8") || allows(p, "11.0.0.0") || allows(p, "fe80::1"));
    arena_free(&a);
}

/* Public addresses need both the profile or an option, and to be named in an option. */
static void test_public_targets(void **state)
{
    (void)state;
    struct arena a = {0};
    static const char *const one[] = {"192.0.2.1", NULL},
                             *const net[] = {"10.0.0.0/8,192.0.2.0/24", NULL},
                             *const other[] = {"192.0.2.2", NULL};
    const char *text =
        "[stream web]\nrate = 5/s\n[request page]\n[target]\nurl = http://192.0.2.1/\n";
    assert_non_null(compile(&a, text, one, &(struct errs){0}));
    assert_non_null(compile(&a, text, net, &(struct errs){0}));
    assert_null(compile(&a, text, other, &(struct errs){0}));
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes_are_told), cmocka_unit_test(test_mistakes_are_told_together),
        cmocka_unit_test(test_defaults),          cmocka_unit_test(test_drain_is_taken_as_said),
        cmocka_unit_test(test_duration),          cmocka_unit_test(test_cells),
        cmocka_unit_test(test_allowed_networks),  cmocka_unit_test(test_public_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
