/* load: typed access to the JSON of a result that may come from anybody.
 *
 * Each mistake is told by the path of keys that leads to it, and yields a harmless value, so
 * that reading goes on to find the next. Internal to stats/. */
#ifndef STATS_LOAD_H
#define STATS_LOAD_H

#include <jansson.h>
#include "base/arena.h"
#include "base/err.h"
#include "stats/counts.h"

struct load {
    struct arena *arena;
    struct where at;
    struct errs *errs;
    size_t told;  /* mistakes */
    size_t kinds; /* met so far, in all streams */
};

/* Where in the file a value stands: a chain of keys and positions on the stack. */
struct step {
    const struct step *up;
    const char *key; /* NULL: position i */
    size_t i;
};

/* "'streams[0].sent' what". Always false. */
bool load_wrong(struct load *l, const struct step *at, const char *what);
/* The same of the key within `at`. */
bool load_wrong_key(struct load *l, const struct step *at, const char *key, const char *what);

json_t *load_object(struct load *l, json_t *o, const struct step *up, const char *key);
json_t *load_array(struct load *l, json_t *o, const struct step *up, const char *key, size_t max);
uint64_t load_count(struct load *l, json_t *o, const struct step *up, const char *key);
/* A number of any size as result_write leaves it: an integer, or digits in a string. */
unsigned __int128 load_wide(struct load *l, json_t *o, const struct step *up, const char *key);
double load_real(struct load *l, json_t *o, const struct step *up, const char *key);
bool load_bool(struct load *l, json_t *o, const struct step *up, const char *key);
/* Text in the arena. Absent or null: a mistake and "" when `needed`, else NULL. */
const char *load_text(struct load *l, json_t *o, const struct step *up, const char *key,
                      bool needed);
/* Fills a histogram that was opened from what result_write made of one. */
void load_hist(struct load *l, json_t *o, const struct step *at, struct hist *h);
/* Counts by kind of error, ERROR_COUNT of them: of `errors`, or of `skipped`. */
void load_errors(struct load *l, json_t *o, const struct step *up, uint64_t *by_kind);
/* Fills counts that were opened; *plan is the planned rate, 0 when there is none. */
void load_counts(struct load *l, json_t *o, const struct step *at, struct counts *c, double *plan);

#endif
