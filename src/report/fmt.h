/* fmt: numbers and verdicts as people read them; shared by the reports. */
#ifndef REPORT_FMT_H
#define REPORT_FMT_H

#include "stats/result.h"

#define FMT_BUF 64

/* What a reader of closed-loop latencies has to know. */
#define CLOSED_LOOP_NOTE "a slow target slows the load, which hides waiting from latency"

/* "1.23 ms": three digits and a unit always two columns wide, so that a column of them lines
 * up; "999 ns", "12.0 s ". */
char *fmt_time(char buf[static FMT_BUF], double ns);
/* Takes away the blanks at the end, which fmt_time leaves for tables; returns s. */
char *fmt_trim(char *s);
/* "2,000/s" or "0.25/s": whole with separators from 1,000 on, else four digits. */
char *fmt_rate(char buf[static FMT_BUF], double per_second);
/* "99.998%": enough digits to tell a small part, or a large one, from none or all. */
char *fmt_share(char buf[static FMT_BUF], double part);
/* A gate's value by its unit; "no data" when it has none. */
char *fmt_gate(char buf[static FMT_BUF], const struct result_gate *g);
bool has_closed_loop(const struct result *r);
/* How many gates have each verdict. */
void count_verdicts(const struct result *r, size_t n[3]);

#endif
