#include "report/page.h"

#include <stdlib.h>
#include <string.h>
#include "base/units.h"
#include "report/escape.h"

static const char *const codes[] = {
    [INK_PLAIN] = NULL, [INK_BOLD] = "1",  [INK_DIM] = "2",         [INK_GOOD] = "32",
    [INK_BAD] = "1;31", [INK_WARN] = "33", [INK_ALARM] = "1;37;41",
};

static void ink_on(const struct page *p, enum ink ink)
{
    if (p->colour && codes[ink]) fprintf(p->f, "\033[%sm", codes[ink]);
}

static void ink_off(const struct page *p, enum ink ink)
{
    if (p->colour && codes[ink]) fputs("\033[0m", p->f);
}

void page_ink(const struct page *p, enum ink ink, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ink_on(p, ink);
    vfprintf(p->f, fmt, args);
    ink_off(p, ink);
    va_end(args);
}

size_t page_length(const char *text)
{
    size_t n = 0;
    bool plain;
    for (struct span s = span_of(text); s.n; s = span_from(s, next_char(s, &plain))) n++;
    return n;
}

/* At most `max` characters of the text; what could harm a terminal becomes a question mark. */
static void put_clean(const struct page *p, const char *text, size_t max)
{
    struct span s = span_of(text);
    for (size_t i = 0; s.n && i < max; i++) {
        bool plain;
        size_t n = next_char(s, &plain);
        if (plain)
            fwrite(s.p, 1, n, p->f);
        else
            fputc('?', p->f);
        s = span_from(s, n);
    }
}

static void blanks(const struct page *p, size_t n)
{
    fprintf(p->f, "%*s", (int)n, "");
}

void page_cell(const struct page *p, enum ink ink, int width, const char *text)
{
    size_t room = (size_t)(width < 0 ? -width : width), n = page_length(text);
    if (width == 0) room = n;
    if (width < 0 && n < room) blanks(p, room - n);
    ink_on(p, ink);
    put_clean(p, text, n > room ? room - 1 : n);
    if (n > room) fputs("…", p->f);
    ink_off(p, ink);
    if (width > 0 && n < room) blanks(p, room - n);
}

void page_wrap(const struct page *p, enum ink ink, size_t indent, const char *text)
{
    size_t column = indent;
    ink_on(p, ink);
    while (*text) {
        size_t n = strcspn(text, " ");
        char *word = strndup(text, n);
        if (!word) abort();
        size_t length = page_length(word);
        if (column > indent && column + 1 + length > p->width) {
            ink_off(p, ink);
            fputc('\n', p->f);
            blanks(p, indent);
            ink_on(p, ink);
            column = indent;
        }
        if (column > indent) fputc(' ', p->f), column++;
        column += length;
        put_clean(p, word, length);
        free(word);
        text += n + strspn(text + n, " ");
    }
    ink_off(p, ink);
    fputc('\n', p->f);
}

void page_label(const struct page *p, const char *label)
{
    page_cell(p, INK_BOLD, PAGE_LABEL, label);
}

/* What stands between two counts; where the next one would be too long, the line ends with it. */
static void put_before(const struct page *p, const char *before, size_t length, size_t *column)
{
    size_t n = strlen(before);
    if (*column + n + length <= p->width) {
        fputs(before, p->f);
        *column += n;
        return;
    }
    if (n && before[n - 1] == ' ') n--;
    fprintf(p->f, "%.*s\n", (int)n, before);
    blanks(p, PAGE_LABEL);
    *column = PAGE_LABEL;
}

void page_terms(const struct page *p, const char *label, const struct term *t, size_t n)
{
    size_t column = PAGE_LABEL;
    page_label(p, label);
    for (size_t i = 0; i < n; i++) {
        char count[UNITS_BUF];
        const char *name = t[i].many && t[i].n != 1 ? t[i].many : t[i].name;
        size_t length = strlen(units_whole(count, t[i].n)) + (*name ? 1 + strlen(name) : 0);
        put_before(p, t[i].before, length, &column);
        page_ink(p, t[i].n ? t[i].ink : INK_PLAIN, "%s%s%s", count, *name ? " " : "", name);
        column += length;
    }
    fputc('\n', p->f);
}
