#include "report/page.h"

#include <string.h>

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

static bool begins(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

size_t page_length(const char *text)
{
    size_t n = 0;
    for (; *text; text++) n += begins(*text);
    return n;
}

/* At most `max` characters of the text. Control characters, those of Latin-1 (0xc2 0x80 to
 * 0xc2 0x9f) included, become question marks. */
static void put_clean(const struct page *p, const char *text, size_t max)
{
    for (size_t n = 0; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (begins(*text) && n++ == max) return;
        if (c == 0xc2 && ((unsigned char)text[1] & 0xe0) == 0x80) {
            fputc('?', p->f);
            text++;
        } else {
            fputc(c < 0x20 || c == 0x7f ? '?' : c, p->f);
        }
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

void page_label(const struct page *p, const char *label)
{
    page_cell(p, INK_BOLD, PAGE_LABEL, label);
}
