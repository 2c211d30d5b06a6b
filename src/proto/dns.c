/* dns: queries over UDP (RFC 1035, RFC 6891). */
#include "proto/dns.h"
#include "proto/request.h"

#define LABEL_MAX 63
#define QUERY_EXTRA (DNS_HEADER + 4 + 11) /* header, type and class, OPT record */
#define FLAG_RD 0x0100
#define TYPE_OPT 41

struct dns {
    struct request base;
    struct pieces name;
    const struct gen *type, *class;
    uint64_t id_key;
    bool recursion;
    uint16_t edns; /* size of replies taken; 0: no OPT record */
};

static const struct gen_name types[] = {
    {"A", 1},      {"NS", 2},    {"CNAME", 5},   {"SOA", 6},   {"PTR", 12},   {"HINFO", 13},
    {"MX", 15},    {"TXT", 16},  {"AAAA", 28},   {"SRV", 33},  {"NAPTR", 35}, {"DS", 43},
    {"RRSIG", 46}, {"NSEC", 47}, {"DNSKEY", 48}, {"TLSA", 52}, {"SVCB", 64},  {"HTTPS", 65},
    {"AXFR", 252}, {"ANY", 255}, {"CAA", 257},   {0},
};
static const struct gen_name classes[] = {{"IN", 1}, {"CH", 3}, {"HS", 4}, {"ANY", 255}, {0}};

/* A field that is a name or a number below 2^16, or draws one; `dflt` when it is not given. */
static const struct gen *number_field(struct gen_env *env, struct section *sec, const char *key,
                                      const char *dflt, const struct gen_want *want)
{
    const struct entry *e = section_get(sec, key);
    struct entry implied = {.key = key, .value = span_of(dflt), .at = sec->at};
    return gen_entry(env, e ? e : &implied, request_path(env, sec, key), want);
}

/* A constant name is checked; what varies is cut to what fits. */
static bool check_name(struct gen_env *env, const struct entry *e, const struct pieces *name)
{
    if (name->n == 0 || name->n > 1 || name->v[0].kind != PIECE_TEXT) return true;
    struct span left = name->v[0].text;
    if (span_is(left, ".")) return true;
    if (left.n > DNS_NAME_MAX - 2 + (left.p[left.n - 1] == '.'))
        return err_add(env->errs, e->at, "qname is longer than 253 bytes");
    while (left.n > 0) {
        size_t n = span_find(left, '.');
        if (n == 0 || n > LABEL_MAX)
            return err_add(env->errs, e->at, "qname has a label of %zu bytes, expected 1..63", n);
        left = span_from(left, n + 1);
    }
    return true;
}

static struct request *compile(struct gen_env *env, struct section *sec,
                               const struct proto_target *target)
{
    static const struct gen_want type = {.what =
                                             "a query type such as A, AAAA or a number 0..65535",
                                         .type = GEN_U64,
                                         .hi = 65535,
                                         .names = types};
    static const struct gen_want class = {.what = "a class such as IN or a number 0..65535",
                                          .type = GEN_U64,
                                          .hi = 65535,
                                          .names = classes};
    (void)target;
    struct dns *d = arena_new(env->arena, struct dns);
    const struct entry *name = section_get(sec, "qname");
    uint64_t edns = 0;
    bool good = true;
    if (!name)
        good = err_add(env->errs, sec->at, "request %s has no qname, expected the name to ask for",
                       sec->name);
    else
        good = pieces_entry(env, &d->name, name, request_path(env, sec, "qname"), NULL) &&
               check_name(env, name, &d->name);
    d->type = number_field(env, sec, "qtype", "A", &type);
    d->class = number_field(env, sec, "qclass", "IN", &class);
    d->recursion = true;
    good &= entry_bool(section_get(sec, "recursion"), &d->recursion, env->errs);
    good &= entry_count(section_get(sec, "edns"), 0, 65535, &edns, env->errs);
    d->edns = (uint16_t)edns;
    d->id_key = rng_key(env->seed, span_of(request_path(env, sec, "id")));
    return good && d->type && d->class ? &d->base : NULL;
}

/* The labels of a dotted name (RFC 1035 4.1.2): at most n + 2 bytes. Empty labels are left
 * out, labels are cut to 63 bytes, and what does not fit into 255 bytes is left out. */
static uint8_t *put_name(uint8_t *to, struct span name)
{
    const uint8_t *start = to;
    while (name.n > 0) {
        size_t n = span_find(name, '.');
        struct span label = span_sub(name, 0, n < LABEL_MAX ? n : LABEL_MAX);
        name = span_from(name, n + 1);
        if (label.n == 0) continue;
        if ((size_t)(to - start) + label.n + 2 > DNS_NAME_MAX) break;
        *to++ = (uint8_t)label.n;
        memcpy(to, label.p, label.n);
        to += label.n;
    }
    *to++ = 0;
    return to;
}

/* The OPT pseudo-record (RFC 6891 6.1.2). */
static uint8_t *put_opt(uint8_t *to, uint16_t size)
{
    memset(to, 0, 11);
    put_u16(to + 1, TYPE_OPT);
    put_u16(to + 3, size);
    return to + 11;
}

static void render(const struct request *r, const struct draw *draw, size_t n, struct span *out)
{
    const struct dns *d = (const struct dns *)r;
    struct column type = {.u = scratch_array(draw->scratch, uint64_t, n)};
    struct column class = {.u = scratch_array(draw->scratch, uint64_t, n)};
    struct span *name = scratch_array(draw->scratch, struct span, n);
    gen_fill(d->type, draw, n, &type);
    gen_fill(d->class, draw, n, &class);
    pieces_render(&d->name, draw, n, name);
    uint8_t *to = scratch_take(draw->scratch, n * (DNS_NAME_MAX + QUERY_EXTRA));
    for (size_t i = 0; i < n; i++) {
        uint8_t *start = to;
        memset(to, 0, DNS_HEADER);
        put_u16(to, (uint16_t)rng_at(d->id_key, draw->index[i]));
        put_u16(to + 2, d->recursion ? FLAG_RD : 0);
        put_u16(to + 4, 1);                /* questions */
        put_u16(to + 10, d->edns ? 1 : 0); /* additional records */
        to = put_name(to + DNS_HEADER, name[i]);
        put_u16(to, (uint16_t)type.u[i]);
        put_u16(to + 2, (uint16_t) class.u[i]);
        to += 4;
        if (d->edns) to = put_opt(to, d->edns);
        out[i] = span_make(start, (size_t)(to - start));
    }
}

static void begin(void *state, const struct request *r, struct reply *reply)
{
    (void)r;
    dns_reply_begin(state, reply);
}

static enum parsed eof(void *state, struct reply *reply)
{
    (void)state;
    reply->keep = false;
    reply->problem = "closed without a reply";
    return PARSE_BAD;
}

static const struct param keys[] = {
    {"qname", "text", NULL, "the name asked for; labels are cut to 63 bytes, the name to 255"},
    {"qtype", "name or number", "A", "the record type, with weights as in A:8, AAAA:2"},
    {"qclass", "name or number", "IN", "the class: IN, CH, HS, ANY"},
    {"recursion", "yes or no", "yes", "whether recursion is desired"},
    {"edns", "number", "0", "size of UDP replies offered in an OPT record; 0: no such record"},
    {0},
};

const struct proto proto_dns = {
    .doc = {.name = "dns",
            .help = "DNS queries over UDP; the status is the response code, 0 NOERROR, 3 NXDOMAIN",
            .example = "qname = host${1..1000}.example.com\n"
                       "qtype = A:8, AAAA:2\n"
                       "edns = 1232\n"
                       "expect = status 0, 3\n",
            .params = keys},
    .keys = keys,
    .schemes = (const char *const[]){"dns", NULL},
    .port = 53,
    .stream = false,
    .has_status = true,
    .state_size = sizeof(struct dns_reply),
    .compile = compile,
    .render = render,
    .begin = begin,
    .sent = dns_reply_sent,
    .parse = dns_reply_parse,
    .eof = eof,
};
