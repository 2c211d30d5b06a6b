/* save: values as JSON, the counterpart of load. Each makes a value that its taker owns. Called by
 * stats/ for results, and by cmd/ for what it tells as JSON itself. */
#ifndef STATS_SAVE_H
#define STATS_SAVE_H

#include <jansson.h>
#include "stats/result.h"

/* Text from a profile or the command line need not be UTF-8, which JSON demands: what is not
 * becomes question marks. NULL: null. */
json_t *save_text(const char *s);
json_t *save_whole(uint64_t n);
json_t *save_real(double v);
json_t *save_wide(unsigned __int128 v); /* of any size: digits in a string where it has to be */
void save_set(json_t *o, const char *key, json_t *value); /* takes value over */
/* A latency: count, quantiles, and the histogram itself. */
json_t *save_hist(const struct hist *h);
/* Counts by kind of error, those that are not 0. */
json_t *save_by_kind(const uint64_t *n);
/* COUNTS of the design, into o. plan: per second, 0 without one. */
void save_counts(json_t *o, const struct counts *c, double plan, double achieved);
/* The plan of a kind or slice is not kept apart: what was due in it is what was offered. */
double save_due_rate(const struct counts *c, bool has_plan, double seconds);
/* Everything of all streams (stream_write.c), and read back (stream_read.c). */
json_t *save_streams(const struct result *r);
struct load;
void load_streams(struct load *l, json_t *root, struct result *r);

#endif
