#include "report/escape.h"

#include <stdint.h>
#include <string.h>

/* The length of the UTF-8 character at the start of s (RFC 3629), *code being its number; 0
 * when it is none. */
static size_t utf8(struct span s, uint32_t *code)
{
    if (!s.n) return 0;
    uint8_t c = s.p[0];
    size_t n = c < 0x80                ? 1
               : c >= 0xc2 && c < 0xe0 ? 2
               : c >= 0xe0 && c < 0xf0 ? 3
               : c >= 0xf0 && c < 0xf5 ? 4
                                       : 0;
    if (n == 0 || n > s.n) return 0;
    *code = n == 1 ? c : c & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((s.p[i] & 0xc0) != 0x80) return 0;
        *code = *code << 6 | (s.p[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool good = *code >= least[n] && *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff);
    return good ? n : 0;
}

/* Characters that stand for themselves in XML text and cannot harm a terminal or a page. */
static bool plain(uint32_t code)
{
    return code >= 0x20 && (code < 0x7f || code > 0x9f) && code != 0xfffe && code != 0xffff;
}

size_t next_char(struct span s, bool *is_plain)
{
    uint32_t code = 0;
    size_t n = utf8(s, &code);
    *is_plain = n && plain(code);
    return n ? n : 1;
}

/* Hands over the text character by character; what is not plain becomes "?". */
static void each(FILE *f, const char *text, const char *(*replace)(uint8_t first))
{
    struct span s = span_of(text);
    while (s.n) {
        bool is_plain;
        size_t n = next_char(s, &is_plain);
        const char *instead = replace(s.p[0]);
        if (!instead && !is_plain) instead = "?";
        if (instead)
            fputs(instead, f);
        else
            fwrite(s.p, 1, n, f);
        s = span_from(s, n);
    }
}

static const char *in_xml(uint8_t first)
{
    switch (first) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\n':
        return "&#10;";
    case '\t':
        return "&#9;";
    default:
        return NULL;
    }
}

static const char *in_markdown(uint8_t first)
{
    switch (first) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '|':
        return "\\|";
    case '\\':
        return "\\\\";
    case '`':
        return "\\`";
    case '*':
        return "\\*";
    case '_':
        return "\\_";
    case '[':
        return "\\[";
    case ']':
        return "\\]";
    case '\n':
    case '\t':
        return " ";
    default:
        return NULL;
    }
}

static const char *in_label(uint8_t first)
{
    switch (first) {
    case '\\':
        return "\\\\";
    case '"':
        return "\\\"";
    case '\n':
        return "\\n";
    default:
        return NULL;
    }
}

void put_xml(FILE *f, const char *text)
{
    each(f, text, in_xml);
}
void put_markdown(FILE *f, const char *text)
{
    each(f, text, in_markdown);
}
void put_label(FILE *f, const char *text)
{
    each(f, text, in_label);
}
