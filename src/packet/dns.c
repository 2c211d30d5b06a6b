/* DNS queries and answers (RFC 1035) with EDNS (RFC 6891). */
#include "packet/layer.h"

#include <stdio.h>

enum { HEADER, NAME, QUESTION, ANSWER, ANSWER6, EDNS };
static const struct named types[] = {{"a", 1},    {"ns", 2},     {"cname", 5}, {"soa", 6},
                                     {"ptr", 12}, {"mx", 15},    {"txt", 16},  {"aaaa", 28},
                                     {"srv", 33}, {"https", 65}, {"any", 255}, {0}};
static const struct named flags[] = {{"aa", 64}, {"tc", 32}, {"rd", 16}, {"ra", 8},
                                     {"ad", 2},  {"cd", 1},  {0}};
static const struct named rcodes[] = {
    {"noerror", 0}, {"servfail", 2}, {"nxdomain", 3}, {"refused", 5}, {0}};
static const struct field fields[] = {
    {"id", 0, 16, HEADER, FIELD_HEX, NULL, NULL, "identifier"},
    {"response", 16, 1, HEADER, FIELD_NUMBER, NULL, NULL, "1 in answers"},
    {"opcode", 17, 4, HEADER, FIELD_NUMBER, NULL, NULL, "operation"},
    {"flags", 21, 7, HEADER, FIELD_FLAGS, "rd", flags, "flags"},
    {"rcode", 28, 4, HEADER, FIELD_NUMBER, NULL, rcodes, "response code"},
    {"questions", 32, 16, HEADER, FIELD_NUMBER, "1", NULL, "entries in the question section"},
    {"answers", 48, 16, HEADER, FIELD_NUMBER, NULL, NULL, "answers; unset: as many as are there"},
    {"authorities", 64, 16, HEADER, FIELD_NUMBER, NULL, NULL, "entries in the authority section"},
    {"additional", 80, 16, HEADER, FIELD_NUMBER, NULL, NULL, "unset: 1 with EDNS"},
    {"qname", 0, 0, NAME, FIELD_TEXT, "example.com", NULL,
     "name asked for; labels are cut at 63 bytes, the name at 253"},
    {"qtype", 0, 16, QUESTION, FIELD_NUMBER, "A", types, "type asked for"},
    {"qclass", 16, 16, QUESTION, FIELD_NUMBER, "1", NULL, "class asked for"},
    {"answer", 96, 32, ANSWER, FIELD_IP4, NULL, NULL, "an address that answers the question"},
    {"answer_ttl", 48, 32, ANSWER, FIELD_NUMBER, "60", NULL, "its time to live in seconds"},
    {"answer6", 96, 128, ANSWER6, FIELD_IP6, NULL, NULL, "an IPv6 address that answers it"},
    {"answer6_ttl", 48, 32, ANSWER6, FIELD_NUMBER, "60", NULL, "its time to live in seconds"},
    {"edns_size", 24, 16, EDNS, FIELD_NUMBER, NULL, NULL, "EDNS: UDP payload size"},
    {"edns_version", 48, 8, EDNS, FIELD_NUMBER, NULL, NULL, "EDNS: version"},
    {"edns_do", 56, 1, EDNS, FIELD_NUMBER, NULL, NULL, "EDNS: DNSSEC answers wanted"},
    {0},
};

#define LABEL_MAX 63
#define NAME_MAX_TEXT 253

/* "www.example.com" as labels with their lengths (RFC 1035, section 3.1). */
static size_t encode_name(struct span in, uint8_t *out)
{
    size_t n = 0;
    in = span_sub(in, 0, NAME_MAX_TEXT);
    while (in.n) {
        size_t dot = span_find(in, '.'), len = dot < LABEL_MAX ? dot : LABEL_MAX;
        if (len) {
            out[n++] = (uint8_t)len;
            memcpy(out + n, in.p, len);
            n += len;
        }
        in = span_from(in, dot + 1);
    }
    out[n++] = 0;
    return n;
}

static size_t decode_name(struct span in, char *text, size_t size)
{
    struct reader r = reader_of(in);
    size_t n = 0;
    text[0] = '\0';
    for (;;) {
        size_t len = read_u8(&r);
        struct span label = read_bytes(&r, len);
        if (r.bad || len > LABEL_MAX || n + len + 2 > size) return 0;
        if (len == 0) break;
        n += (size_t)snprintf(text + n, size - n, "%s%.*s", n ? "." : "", (int)len,
                              (const char *)label.p);
    }
    return r.at;
}

/* Answers point back to the name at byte 12 of the message. */
static const struct part parts[] = {
    [HEADER] = {.bytes = 12},
    [NAME] = {.text = "qname", .encode = encode_name, .decode = decode_name},
    [QUESTION] = {.bytes = 4},
    [ANSWER] = {.bytes = 16,
                .optional = true,
                .init = "\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x04\0\0\0\0"},
    [ANSWER6] = {.bytes = 28,
                 .optional = true,
                 .init = "\xc0\x0c\0\x1c\0\x01\0\0\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
    [EDNS] = {.bytes = 11, .optional = true, .init = "\0\0\x29\0\0\0\0\0\0\0\0"},
    {0},
};
static const struct over over[] = {{NEXT_UDP, 53}, {0}};

static void finish(struct build *b, struct layer *l)
{
    (void)b;
    build_default(l, "answers", build_has_part(l, ANSWER) + build_has_part(l, ANSWER6));
    build_default(l, "additional", build_has_part(l, EDNS));
}

const struct layer_class layer_dns = {
    .doc = {.name = "dns",
            .help = "Domain Name System message: one question, perhaps an answer and EDNS",
            .example = "layers = eth / ipv4 / udp / dns\nudp.sport = 1024..65535\n"
                       "dns.id = 0..65535\ndns.qname = ${hex(3)}.${0..99}.example.com\n"
                       "dns.qtype = A:8, AAAA:2\ndns.edns_size = 1232"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .finish = finish,
};
