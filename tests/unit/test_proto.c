/* The table of protocols: each describes itself, compiles its example and renders the same bytes
 * for ever; and what all requests share. */
#include "proto_fixture.h"

static struct fixture fixture;

static void each_class_describes_itself(void **unused)
{
    (void)unused;
    assert_int_equal(proto_count, 5);
    for (size_t i = 0; i < proto_count; i++) {
        const struct proto *p = protos[i];
        assert_true(strlen(p->doc.name) > 0 && strlen(p->doc.help) > 10);
        assert_non_null(p->doc.example);
        assert_ptr_equal(p->doc.params, p->keys);
        for (const struct param *k = p->keys; k->name; k++)
            assert_true(strlen(k->type) > 0 && strlen(k->help) > 0);
        assert_ptr_equal(proto_named(p->doc.name), p);
        for (const char *const *s = p->schemes; *s; s++) assert_ptr_equal(proto_for_scheme(*s), p);
        assert_non_null(p->compile);
        assert_non_null(p->render);
        assert_non_null(p->begin);
        assert_non_null(p->parse);
        assert_non_null(p->eof);
    }
    assert_null(proto_named("http9"));
    assert_null(proto_for_scheme("gopher"));
}

/* Unit 7 of each example, made with seed 42. */
static const char *const goldens[][2] = {
    {"http1", "POST /login?n=7 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: spate\r\n"
              "Content-Type: application/json\r\nContent-Length: 42\r\n\r\n"
              "{\"user\": 592, \"nonce\": \"6a6f1ab12e9f1195\"}"},
    {"tcp", "HELO 7\r\n"},
    {"udp", "ping 7"},
    {"dns", "\\x1a\\x98\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x01\\x07host226\\x07example"
            "\\x03com\\x00\\x00\\x1c\\x00\\x01\\x00\\x00)\\x04\\xd0\\x00\\x00\\x00\\x00\\x00\\x00"},
    {"redis", "*3\r\n$3\r\nSET\r\n$7\r\nkey:502\r\n$10\r\nv 7b942e79\r\n"},
};

static void each_example_renders_its_golden(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < proto_count; i++) {
        const struct proto *p = protos[i];
        assert_string_equal(goldens[i][0], p->doc.name);
        const struct request *r = fixture_request(&fixture, p->schemes[0], p->doc.example);
        assert_ptr_equal(r->proto, p);
        struct span out = fixture_render(&fixture, r, 7);
        char *text = malloc(4 * out.n + 1); /* bytes that are not text as \xHH */
        size_t n = 0;
        for (size_t k = 0; k < out.n; k++) {
            bool plain = out.p[k] == '\r' || out.p[k] == '\n' || (out.p[k] >= 32 && out.p[k] < 127);
            n += (size_t)sprintf(text + n, plain ? "%c" : "\\x%02x", out.p[k]);
        }
        assert_string_equal(text, goldens[i][1]);
        free(text);
    }
}

/* A column of units in any order is the units made one by one. */
static void columns_are_units(void **unused)
{
    (void)unused;
    uint64_t index[BATCH];
    struct span out[BATCH];
    for (size_t i = 0; i < BATCH; i++) index[i] = (i * 7919 + 3) % 1000;
    struct draw d = {.index = index, .scratch = &fixture.scratch};
    for (size_t k = 0; k < proto_count; k++) {
        const struct request *r =
            fixture_request(&fixture, protos[k]->schemes[0], protos[k]->doc.example);
        r->proto->render(r, &d, BATCH, out);
        for (size_t i = 0; i < BATCH; i++) {
            struct span one = fixture_render(&fixture, r, index[i]);
            assert_int_equal(one.n, out[i].n);
            assert_memory_equal(one.p, out[i].p, one.n);
        }
        r->proto->render(r, &d, 0, out);
    }
}

static void connections(void **unused)
{
    (void)unused;
    assert_false(fixture_request(&fixture, "http", "path = /\n")->fresh_connection);
    assert_false(fixture_request(&fixture, "http", "connection = keep\n")->fresh_connection);
    const struct request *r = fixture_request(&fixture, "tcp", "body = x\nconnection = close\n");
    assert_true(r->fresh_connection);
    assert_string_equal(r->name, "x");
    assert_int_equal(r->at.line, 1);
}

static void no_target(void **unused)
{
    (void)unused;
    struct proto_target none = {0};
    const struct request *r = fixture_compile(&fixture, &none, "protocol = http1\npath = /a\n");
    assert_int_equal(fixture.errs.n, 0);
    assert_span(fixture_render(&fixture, r, 0),
                "GET /a HTTP/1.1\r\nHost: localhost\r\nUser-Agent: spate\r\n\r\n");
    assert_null(fixture_compile(&fixture, &none, "path = /a\n"));
    assert_string_equal(fixture.errs.v[0].text,
                        "request x has no protocol, expected [target] url = "
                        "http://... or protocol = http1");
}

static void mistakes(void **unused)
{
    (void)unused;
    fixture_mistake(&fixture, "gopher", "path = /\n", 1, "no protocol speaks to 'gopher://'");
    fixture_mistake(&fixture, "http", "protocol = http11\n", 2,
                    "unknown protocol 'http11', did you mean 'http1'?");
    fixture_mistake(&fixture, "http", "path = /\nprotocol = redis\n", 3,
                    "protocol redis does not speak to 'http://', expected a target of 'redis://'");
    struct proto_target target = {.scheme = "http", .host = "a", .port = 80, .path = "/"};
    assert_null(fixture_compile(&fixture, &target,
                                "pth = /\nheader = X\nexpect = statu 1\nconnection = often\n"));
    assert_int_equal(fixture.errs.n, 4); /* all in one go */
    for (size_t i = 0; i < 4; i++) assert_true(fixture.errs.v[i].at.line >= 2);
    assert_non_null(strstr(fixture.errs.v[3].text, "did you mean 'path'?"));
}

static int tear_down(void **unused)
{
    (void)unused;
    fixture_free(&fixture);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_class_describes_itself),
        cmocka_unit_test(each_example_renders_its_golden),
        cmocka_unit_test(columns_are_units),
        cmocka_unit_test(connections),
        cmocka_unit_test(no_target),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
