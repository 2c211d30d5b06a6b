/* page: text laid out on a terminal: colours, padding by characters, text that cannot harm.
 *
 * Names and conditions come from profiles and result files of strangers, so control bytes in
 * them never reach the terminal. Used by report/text.c and report/text_parts.c. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdarg.h>
#include <stdio.h>
#include "report/report.h"

struct page {
    FILE *f;
    bool colour;
    unsigned width;
    const struct result *r;
};

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GOOD, INK_BAD, INK_WARN, INK_ALARM };

/* Formatted text in a colour. */
void page_ink(const struct page *p, enum ink ink, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Text filled up with blanks, or cut with an ellipsis, to `width` characters; negative: text
 * at the right. Width 0: as long as it is. */
void page_cell(const struct page *p, enum ink ink, int width, const char *text);
/* Text in lines of the page's width, the first of which has reached column `indent`, as the
 * others then do; ends the line. */
void page_wrap(const struct page *p, enum ink ink, size_t indent, const char *text);
/* Characters, not bytes. */
size_t page_length(const char *text);
/* The label of a part of the page: eleven columns wide. */
#define PAGE_LABEL 11
void page_label(const struct page *p, const char *label);

/* A line of counts: the label, then each count behind `before` and ahead of its name, of which
 * `many` is the plural (NULL: the same). `ink` tells a count above 0. Lines that would be too long
 * go on below, in the column behind the label. */
struct term {
    const char *before;
    uint64_t n;
    const char *name, *many;
    enum ink ink;
};
void page_terms(const struct page *p, const char *label, const struct term *t, size_t n);
#define PAGE_TERMS(p, label, ...)                                                                  \
    page_terms(p, label, (const struct term[]){__VA_ARGS__},                                       \
               sizeof((const struct term[]){__VA_ARGS__}) / sizeof(struct term))

/* The parts of the text report, from text_parts.c; each ends its lines and prints nothing when
 * there is nothing to say. */
void part_flows(const struct page *p);
void part_kinds(const struct page *p);
void part_errors(const struct page *p);
void part_differences(const struct page *p);
void part_slices(const struct page *p);

#endif
