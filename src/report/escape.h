/* escape: text of strangers made safe for the formats it is put into. Used by the reports. */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H

#include <stdbool.h>
#include <stdio.h>
#include "base/span.h"

/* The length of the character at the start of s, which is not empty (UTF-8, RFC 3629); *plain
 * tells whether it stands for itself anywhere: control characters and bytes that are no UTF-8
 * (one at a time) do not. */
size_t next_char(struct span s, bool *plain);
/* XML 1.0 and HTML, as content or within double quotes: the five entities; bytes that no XML
 * document may hold, and what is not UTF-8, become question marks. */
void put_xml(FILE *f, const char *text);
/* A cell of a Markdown table: nothing that begins a cell, a line, a tag or formatting. */
void put_markdown(FILE *f, const char *text);
/* A label value of the Prometheus text format, without the quotes. */
void put_label(FILE *f, const char *text);

#endif
