#include "proto/resp.h"

void resp_begin(struct resp *p, struct reply *reply)
{
    p->part = RESP_TYPE;
    p->begun = false;
    p->depth = p->asides = 0;
    p->line.seen = 0;
    reply_reset(reply);
}

static bool bad(struct reply *reply, const char *problem)
{
    reply->problem = problem;
    return false;
}

static void hand_over(const struct resp *p, struct reply *reply, struct span content)
{
    if (p->asides > 0 || content.n == 0) return;
    reply->body_bytes += content.n;
    if (reply->on_body) reply->on_body(reply->ctx, content);
}

/* A value is complete, and with it every aggregate that it was the last of. What stands beside
 * the values is not one of them. */
static void value_end(struct resp *p)
{
    p->part = RESP_TYPE;
    while (p->depth > 0) {
        if (--p->left[p->depth - 1] > 0) return;
        p->depth--;
        if (!p->aside[p->depth]) continue;
        p->asides--;
        return;
    }
    p->part = RESP_END;
}

static bool decimal(struct span s, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned)s.p[i] - '0';
        if (digit > 9 || v > max / 10) return false;
        v = v * 10 + digit;
    }
    *out = v;
    return s.n > 0 && v <= max;
}

static bool aggregate(struct resp *p, uint8_t type, struct span text, struct reply *reply)
{
    uint64_t count;
    bool aside = type == '>' || type == '|', pairs = type == '%' || type == '|';
    bool null = type == '*' && span_is(text, "-1"); /* of RESP2 */
    if (null)
        count = 0;
    else if (!decimal(text, RESP_COUNT_MAX, &count))
        return bad(reply, "count that is not a number");
    if (count > 0) {
        if (p->depth == RESP_DEPTH) return bad(reply, "nested deeper than 32");
        p->aside[p->depth] = aside;
        p->left[p->depth++] = pairs ? count * 2 : count;
        p->asides += aside;
    } else if (!aside) {
        value_end(p);
    }
    return true;
}

static bool bulk(struct resp *p, uint8_t type, struct span text, struct reply *reply)
{
    if (type == '$' && span_is(text, "-1")) { /* the null string of RESP2 */
        value_end(p);
        return true;
    }
    if (!decimal(text, RESP_BULK_MAX, &p->bulk)) return bad(reply, "length that is not a number");
    p->part = p->bulk > 0 ? RESP_BULK : RESP_BULK_END;
    return true;
}

static bool simple(struct resp *p, struct span text, struct reply *reply)
{
    hand_over(p, reply, text);
    value_end(p);
    return true;
}

static bool number(struct resp *p, struct span text, struct reply *reply)
{
    bool sign = text.n > 0 && (text.p[0] == '-' || text.p[0] == '+');
    uint64_t v;
    if (!decimal(span_from(text, sign), UINT64_C(1) << 63, &v))
        return bad(reply, "integer that is not a number");
    return simple(p, text, reply);
}

/* The line that begins a value. */
static bool type_line(struct resp *p, struct span line, struct reply *reply)
{
    if (line.n == 0) return bad(reply, "empty line where a value was expected");
    uint8_t type = line.p[0];
    struct span text = span_from(line, 1);
    if ((type == '-' || type == '!') && p->asides == 0) reply->status = 1;
    switch (type) {
    case '+':
    case '-':
    case ',':
    case '(':
        return simple(p, text, reply);
    case ':':
        return number(p, text, reply);
    case '#':
        if (!span_is(text, "t") && !span_is(text, "f")) return bad(reply, "boolean that is none");
        return simple(p, text, reply);
    case '_':
        return text.n == 0 ? simple(p, text, reply) : bad(reply, "null that is none");
    case '$':
    case '!':
    case '=':
        return bulk(p, type, text, reply);
    case '*':
    case '~':
    case '%':
    case '>':
    case '|':
        return aggregate(p, type, text, reply);
    default:
        return bad(reply, "not a Redis reply");
    }
}

/* Whether a line begins with a type at all; told before it ends. */
static bool type_known(uint8_t c)
{
    return memchr("+-,(:#_$!=*~%>|\r\n", c, 17) != NULL;
}

/* The next line and what it means. False: none yet, or reply->problem. */
static bool line_step(struct resp *p, struct reader *in, struct reply *reply)
{
    struct line_text t;
    bool whole = line_take(&p->line, in, &t);
    struct span text = whole ? t.text : line_held(&p->line);
    if (p->part == RESP_TYPE && text.n > 0 && !type_known(text.p[0]))
        return bad(reply, "not a Redis reply");
    if ((whole ? t.length : p->line.seen) > RESP_LINE_MAX)
        return bad(reply, "line longer than 64 KiB");
    if (!whole) return false;
    if (p->part == RESP_TYPE) return type_line(p, text, reply);
    if (text.n > 0) return bad(reply, "text longer than its length");
    value_end(p);
    return true;
}

static void bulk_step(struct resp *p, struct reader *in, struct reply *reply)
{
    size_t n = reader_left(in);
    if (n > p->bulk) n = (size_t)p->bulk;
    p->bulk -= n;
    hand_over(p, reply, read_bytes(in, n));
    if (p->bulk == 0) p->part = RESP_BULK_END;
}

enum parsed resp_parse(void *state, struct span in, size_t *used, struct reply *reply)
{
    struct resp *p = state;
    struct reader r = reader_of(in);
    if (in.n > 0) p->begun = true;
    bool went_on = true;
    while (went_on && p->part != RESP_END) {
        if (p->part == RESP_BULK) {
            went_on = reader_left(&r) > 0;
            bulk_step(p, &r, reply);
        } else {
            went_on = line_step(p, &r, reply);
        }
    }
    *used = r.at;
    reply->keep = p->part == RESP_END;
    if (reply->keep) return PARSE_DONE;
    return reply->problem ? PARSE_BAD : PARSE_MORE;
}

enum parsed resp_eof(void *state, struct reply *reply)
{
    const struct resp *p = state;
    reply->keep = false;
    reply->problem = p->begun ? "closed within the reply" : "closed without a reply";
    return PARSE_BAD;
}
