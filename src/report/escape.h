/* escape: text of strangers made safe for the formats it is put into. Used by the reports. */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H

#include <stdio.h>

/* XML 1.0 and HTML, as content or within double quotes: the five entities; bytes that no XML
 * document may hold, and what is not UTF-8, become question marks. */
void put_xml(FILE *f, const char *text);
/* A cell of a Markdown table: nothing that begins a cell, a line, a tag or formatting. */
void put_markdown(FILE *f, const char *text);
/* A label value of the Prometheus text format, without the quotes. */
void put_label(FILE *f, const char *text);

#endif
