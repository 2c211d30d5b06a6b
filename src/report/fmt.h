/* fmt: numbers and verdicts as people read them; shared by the reports. */
#ifndef REPORT_FMT_H
#define REPORT_FMT_H

#include "stats/result.h"

#define FMT_BUF 64

/* What a reader of closed-loop latencies has to know. */
#define CLOSED_LOOP_NOTE "a slow target slows the load, which hides waiting from latency"

/* "1.23 ms", "12.0 s": three digits. In a table's column the unit is always two wide, so that
 * numbers at the right line up: "12.0  s". */
char *fmt_time(char buf[static FMT_BUF], double ns);
char *fmt_time_column(char buf[static FMT_BUF], double ns);
/* How long a run took or how far it had come, in seconds: "54.1 us", "7 s", "3.50 days". */
char *fmt_span(char buf[static FMT_BUF], double s);
/* "1.55 MiB", "1.55 Mbit/s" */
char *fmt_bytes(char buf[static FMT_BUF], double n);
char *fmt_bitrate(char buf[static FMT_BUF], double bits_per_second);
/* "2,000/s" or "0.25/s": whole with separators from 1,000 on, else four digits. */
char *fmt_rate(char buf[static FMT_BUF], double per_second);
/* "99.998%": enough digits to tell a small part, or a large one, from none or all. */
char *fmt_share(char buf[static FMT_BUF], double part);
/* A gate's value by its unit; "no data" when it has none. */
char *fmt_gate(char buf[static FMT_BUF], const struct result_gate *g);
/* Whether there are users whose latencies it is about. */
bool has_closed_loop(const struct result *r);
/* What became of those units sent for which a reply is expected: sent = answered + timed_out +
 * in_flight. `any`: there are streams with such units. */
struct awaited {
    bool any;
    uint64_t sent, answered, timed_out, in_flight;
};
struct awaited awaited_of(const struct result *r);
/* Of one stream, or of one of its kinds. */
struct awaited awaited_in(const struct result_stream *s, const struct counts *c);
/* How many gates have each verdict. */
void count_verdicts(const struct result *r, size_t n[3]);

#endif
