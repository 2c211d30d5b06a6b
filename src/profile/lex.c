#include "profile/lex.h"

#include <stdio.h>

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}
static bool is_alpha(uint8_t c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}
static bool is_hex(uint8_t c)
{
    return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}
static bool is_word(uint8_t c)
{
    return is_alpha(c) || is_digit(c) || c == '_';
}

/* The byte at an offset, or 0 behind the end. */
static uint8_t byte_at(const struct lex *l, size_t at)
{
    return at < l->all.n ? l->all.p[at] : 0;
}

/* Makes the bytes [from, end) the current token. */
static void take(struct lex *l, enum token_kind kind, size_t end)
{
    l->tok.kind = kind;
    l->tok.text = span_sub(l->all, l->from, end - l->from);
    l->at = end;
}

static void take_bad(struct lex *l, size_t end, const char *problem)
{
    take(l, TOK_BAD, end);
    l->tok.problem = problem;
}

/* The end of the word that reaches to `at`: for showing a faulty literal in full. */
static size_t word_end(const struct lex *l, size_t at)
{
    while (is_word(byte_at(l, at))) at++;
    return at;
}

/* How many bytes an escape sequence at s[at], a backslash, takes; 0: it is none. */
static size_t escape_len(struct span s, size_t at)
{
    if (at + 1 >= s.n) return 0;
    uint8_t c = s.p[at + 1];
    if (c == 'x') return at + 3 < s.n && is_hex(s.p[at + 2]) && is_hex(s.p[at + 3]) ? 4 : 0;
    return c && strchr("\"\\nrt", c) ? 2 : 0;
}

static void lex_string(struct lex *l)
{
    size_t at = l->from + 1;
    while (at < l->all.n && l->all.p[at] != '"') {
        size_t n = l->all.p[at] == '\\' ? escape_len(l->all, at) : 1;
        if (n == 0) {
            take_bad(l, at + 1, "unknown escape, expected \\\" \\\\ \\n \\r \\t or \\xHH");
            return;
        }
        at += n;
    }
    if (at == l->all.n) {
        take_bad(l, at, "the string is not closed, expected '\"'");
        return;
    }
    take(l, TOK_STRING, at + 1);
    l->tok.text = span_sub(l->all, l->from + 1, at - l->from - 1);
}

static void lex_number(struct lex *l)
{
    const char *problem;
    size_t end = l->from + quantity_read(span_from(l->all, l->from), &l->tok.q, &problem);
    if (is_word(byte_at(l, end))) problem = "unknown unit";
    if (problem)
        take_bad(l, word_end(l, end), problem);
    else
        take(l, TOK_NUMBER, end);
}

/* The address of `end - from` bytes is read; a prefix length may follow. */
static void lex_addr_end(struct lex *l, size_t end)
{
    bool host_bits = false;
    if (byte_at(l, end) != '/' || !is_digit(byte_at(l, end + 1))) {
        take(l, TOK_ADDR, end);
        return;
    }
    end = word_end(l, end + 1);
    take(l, TOK_PREFIX, end);
    if (!prefix_parse(l->tok.text, &l->tok.prefix, &host_bits))
        take_bad(l, end, "not a prefix, expected a length of 0..32 or, for IPv6, 0..128");
    else if (host_bits)
        take_bad(l, end, "the prefix has bits set behind its length");
}

/* Whether a token that is part of an address-like run may end at offset n: at the run's end
 * where no word goes on, or before a single colon, which then begins a weight. */
static bool addr_ends(const struct lex *l, size_t n, size_t run_end)
{
    if (n == run_end) return !is_word(byte_at(l, n));
    return l->all.p[n - 1] != ':' && byte_at(l, n + 1) != ':';
}

/* Addresses begin like numbers and names, and `a:b` may also be a weight. So the longest part
 * up to a colon that reads as an address is one. False when no address was meant here. */
static bool lex_addr(struct lex *l)
{
    size_t end = l->from, colons = 0, dots = 0;
    for (; end < l->all.n && end - l->from < ADDR_BUF; end++) {
        uint8_t c = l->all.p[end];
        if (c == '.' && byte_at(l, end + 1) == '.') break;
        if (!is_hex(c) && c != ':' && c != '.') break;
        colons += c == ':';
        dots += c == '.';
    }
    if (colons == 0 && dots == 0) return false;
    for (size_t n = end; n > l->from;) {
        if (addr_ends(l, n, end) &&
            addr_parse(span_sub(l->all, l->from, n - l->from), &l->tok.addr)) {
            lex_addr_end(l, n);
            return true;
        }
        for (n--; n > l->from && l->all.p[n] != ':';) n--;
    }
    const char *problem = colons > 1                                  ? "not an IPv6 or MAC address"
                          : dots > 1 && is_digit(byte_at(l, l->from)) ? "not an IPv4 address"
                                                                      : NULL;
    if (problem) take_bad(l, word_end(l, end), problem);
    return problem != NULL;
}

static void lex_name(struct lex *l)
{
    size_t end = l->from;
    for (;; end++) {
        uint8_t c = byte_at(l, end), after = byte_at(l, end + 1);
        if (!is_word(c) && c != '.' && c != '-') break;
        if ((c == '.' && after == '.') || (c == '-' && after == '>')) break;
    }
    while (!is_word(byte_at(l, end - 1))) end--;
    take(l, TOK_NAME, end);
}

static void lex_punct(struct lex *l)
{
    static const char *const pairs[] = {"..", "->", "<=", ">=", "==", "!="};
    uint8_t c = byte_at(l, l->from);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (span_starts(span_from(l->all, l->from), pairs[i])) {
            take(l, TOK_PUNCT, l->from + 2);
            return;
        }
    if (c && strchr("(),:=/<>+@*}", c))
        take(l, TOK_PUNCT, l->from + 1);
    else
        take_bad(l, l->from + 1,
                 c == '\''  ? "strings are written in double quotes"
                 : c == '$' ? "no '$' here, an expression names things as they are"
                            : "unexpected character");
}

enum token_kind lex_next(struct lex *l)
{
    l->behind = l->at;
    while (l->at < l->all.n && span_blank(l->all.p[l->at])) l->at++;
    l->from = l->at;
    l->tok = (struct token){.kind = TOK_END};
    uint8_t c = byte_at(l, l->from);
    if (l->at == l->all.n)
        l->tok.text = span_from(l->all, l->at);
    else if (c == '"')
        lex_string(l);
    else if ((is_hex(c) || c == ':') && lex_addr(l))
        ;
    else if (is_digit(c) || (c == '-' && is_digit(byte_at(l, l->from + 1))))
        lex_number(l);
    else if (is_alpha(c) || c == '_')
        lex_name(l);
    else
        lex_punct(l);
    return l->tok.kind;
}

void lex_start(struct lex *l, struct span text)
{
    *l = (struct lex){.all = text};
    lex_next(l);
}

bool lex_is(const struct lex *l, const char *punct_or_name)
{
    return (l->tok.kind == TOK_NAME || l->tok.kind == TOK_PUNCT) &&
           span_is(l->tok.text, punct_or_name);
}

bool lex_accept(struct lex *l, const char *punct_or_name)
{
    if (!lex_is(l, punct_or_name)) return false;
    lex_next(l);
    return true;
}

const char *lex_here(const struct lex *l, char buf[static 64])
{
    if (l->tok.kind == TOK_END) return "the end";
    size_t n = l->at - l->from;
    snprintf(buf, 64, "'%.*s%s'", (int)(n > 50 ? 47 : n), (const char *)l->all.p + l->from,
             n > 50 ? "..." : "");
    return buf;
}

struct span lex_rest(const struct lex *l)
{
    return span_from(l->all, l->from);
}

static uint8_t hex_value(uint8_t c)
{
    return (uint8_t)(is_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
}

struct span lex_unescape(struct arena *a, struct span text)
{
    uint8_t *out = arena_alloc(a, text.n);
    size_t n = 0;
    for (size_t at = 0; at < text.n;) {
        size_t len = text.p[at] == '\\' ? escape_len(text, at) : 0;
        if (len == 4)
            out[n++] = (uint8_t)(hex_value(text.p[at + 2]) << 4 | hex_value(text.p[at + 3]));
        else if (len == 2)
            out[n++] = (uint8_t)(text.p[at + 1] == 'n'   ? '\n'
                                 : text.p[at + 1] == 'r' ? '\r'
                                 : text.p[at + 1] == 't' ? '\t'
                                                         : text.p[at + 1]);
        else
            out[n++] = text.p[at];
        at += len ? len : 1;
    }
    return span_make(out, n);
}
