/* err: the errors a user can cause, as values.
 *
 * Whoever finds a mistake adds it to the list it was handed and goes on to find the next;
 * cmd/ prints the list. Nothing here allocates beyond the list's fixed room: mistakes past
 * ERRS_MAX are counted, not kept. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stdio.h>

#define ERRS_MAX 20
#define ERR_TEXT 320

/* A place in the user's input. file NULL: no file is concerned; line 0: the whole file. The
 * name is owned by the arena of whatever was read. */
struct where {
    const char *file;
    unsigned line;
};

struct err {
    struct where at;
    char text[ERR_TEXT];
};

struct errs {
    struct err v[ERRS_MAX];
    size_t n;    /* kept */
    size_t more; /* told, but not kept */
};

/* Adds "what is wrong, what was expected" (no full stop, no trailing newline). An error that
 * repeats the same words at the same place is dropped. Always returns false, so that a
 * caller can `return err_add(...)`. */
bool err_add(struct errs *e, struct where at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static inline bool errs_any(const struct errs *e)
{
    return e->n > 0;
}
/* One line each, "file:line: text", in the order of the lines. */
void errs_print(const struct errs *e, FILE *to);

/* The candidate nearest to `name` when it is near enough to be a typing mistake, else NULL.
 * `next` yields the i-th candidate, NULL at the end. For suggestions. */
const char *err_nearest(const char *name, const char *(*next)(const void *list, size_t i),
                        const void *list);
/* The same from an array of names that ends with NULL; names NULL: none. */
const char *err_nearest_name(const char *name, const char *const *names);
/* ", did you mean 'x'?" for printing, or "" when x is NULL; buf holds the text. */
const char *err_suggest(char buf[static 80], const char *x);

#endif
