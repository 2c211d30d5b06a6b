#include "proto/dns.h"

#define TYPE_OPT 41
#define FLAG_RESPONSE 0x8000
#define FLAG_TRUNCATED 0x0200

void dns_reply_begin(struct dns_reply *p, struct reply *reply)
{
    p->question_n = 0;
    reply_reset(reply);
}

/* Steps over a name (RFC 1035 4.1.4): labels, ended by an empty one or by a pointer. */
static void skip_name(struct reader *r)
{
    while (!r->bad) {
        uint8_t n = read_u8(r);
        if (n == 0) return;
        if (n >= 0xc0) {
            read_u8(r);
            return;
        }
        if (n >= 0x40) r->bad = true; /* label types that do not exist */
        read_bytes(r, n);
    }
}

void dns_reply_sent(void *state, struct span query)
{
    struct dns_reply *p = state;
    struct reader r = reader_of(query);
    p->id = read_u16(&r);
    read_bytes(&r, DNS_HEADER - 2);
    size_t from = r.at;
    skip_name(&r);
    read_bytes(&r, 4);
    struct span question = span_sub(query, from, r.at - from);
    if (r.bad || question.n > DNS_QUESTION_MAX) return;
    memcpy(p->question, question.p, question.n);
    p->question_n = (uint16_t)question.n;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Servers may change the case of a name (RFC 4343). Lengths of labels are below 'A'. */
static bool same_question(const struct dns_reply *p, struct span q)
{
    for (size_t i = 0; q.n == p->question_n && i < q.n; i++)
        if (lower(q.p[i]) != lower(p->question[i])) return false;
    return q.n == p->question_n;
}

/* One resource record. Of OPT, the upper bits of the response code (RFC 6891 6.1.3). */
static void read_record(struct reader *r, unsigned *rcode)
{
    skip_name(r);
    uint16_t type = read_u16(r);
    read_u16(r); /* class */
    uint32_t ttl = read_u32(r);
    read_bytes(r, read_u16(r));
    if (type == TYPE_OPT && !r->bad) *rcode |= ttl >> 24 << 4;
}

static const char *check(const struct dns_reply *p, struct span in, unsigned *rcode)
{
    struct reader r = reader_of(in);
    read_u16(&r); /* id */
    uint16_t flags = read_u16(&r), questions = read_u16(&r);
    uint32_t records = read_u16(&r);
    records += read_u16(&r);
    records += read_u16(&r);
    if (r.bad) return "shorter than a DNS header";
    if (!(flags & FLAG_RESPONSE)) return "a query, not a reply";
    *rcode = flags & 15;
    for (unsigned i = 0; i < questions && !r.bad; i++) {
        size_t from = r.at;
        skip_name(&r);
        read_bytes(&r, 4);
        if (i == 0 && p->question_n > 0 && !same_question(p, span_sub(in, from, r.at - from)))
            return "reply to another question";
    }
    if (questions == 0 && p->question_n > 0 && *rcode == 0) return "reply without the question";
    while (records-- > 0 && !r.bad) read_record(&r, rcode);
    return r.bad && !(flags & FLAG_TRUNCATED) ? "records beyond the end of the datagram" : NULL;
}

enum parsed dns_reply_parse(void *state, struct span in, size_t *used, struct reply *reply)
{
    const struct dns_reply *p = state;
    struct reader r = reader_of(in);
    *used = in.n;
    if (p->question_n > 0 && read_u16(&r) != p->id) return PARSE_MORE;
    reply->problem = check(p, in, &reply->status);
    reply->body_bytes = in.n;
    if (reply->on_body && in.n > 0) reply->on_body(reply->ctx, in);
    reply->keep = !reply->problem;
    return reply->problem ? PARSE_BAD : PARSE_DONE;
}
