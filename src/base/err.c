#include "base/err.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

static bool same_place(struct where a, struct where b)
{
    return a.line == b.line && strcmp(a.file ? a.file : "", b.file ? b.file : "") == 0;
}

bool err_add(struct errs *e, struct where at, const char *fmt, ...)
{
    if (e->n == ERRS_MAX) {
        e->more++;
        return false;
    }
    struct err *x = &e->v[e->n];
    x->at = at;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(x->text, sizeof x->text, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < e->n; i++)
        if (same_place(e->v[i].at, at) && strcmp(e->v[i].text, x->text) == 0) return false;
    e->n++;
    return false;
}

/* Control characters in quoted input must not reach the terminal. */
static void print_clean(const char *s, FILE *to)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        fputc(c < 0x20 || c == 0x7f ? '?' : c, to);
    }
}

static bool same_file(const struct err *a, const struct err *b)
{
    if (!a->at.file || !b->at.file) return a->at.file == b->at.file;
    return strcmp(a->at.file, b->at.file) == 0;
}

/* Files come in the order in which a mistake was first found in them, then their lines. */
static bool comes_before(const struct errs *e, size_t a, size_t b)
{
    size_t file_a = 0, file_b = 0;
    while (!same_file(&e->v[file_a], &e->v[a])) file_a++;
    while (!same_file(&e->v[file_b], &e->v[b])) file_b++;
    if (file_a != file_b) return file_a < file_b;
    if (e->v[a].at.line != e->v[b].at.line) return e->v[a].at.line < e->v[b].at.line;
    return a < b;
}

static const struct err *in_order(const struct errs *e, size_t i)
{
    for (size_t k = 0; k < e->n; k++) {
        size_t before = 0;
        for (size_t j = 0; j < e->n; j++) before += comes_before(e, j, k);
        if (before == i) return &e->v[k];
    }
    return NULL; /* not reached: the order is total */
}

void errs_print(const struct errs *e, FILE *to)
{
    for (size_t i = 0; i < e->n; i++) {
        const struct err *x = in_order(e, i);
        if (x->at.file) {
            print_clean(x->at.file, to);
            if (x->at.line) fprintf(to, ":%u", x->at.line);
            fputs(": ", to);
        } else {
            fputs("spate: ", to);
        }
        print_clean(x->text, to);
        fputc('\n', to);
    }
    if (e->more) fprintf(to, "spate: and %zu more\n", e->more);
}

/* Edit distance with transpositions (optimal string alignment), for names up to 63 bytes. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > 63 || m > 63) return 64;
    size_t row[3][64];
    for (size_t j = 0; j <= m; j++) row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t d = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < d) d = last[j] + 1;
            if (now[j - 1] + 1 < d) d = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < d)
                d = before[j - 2] + 1;
            now[j] = d;
        }
    }
    return row[n % 3][m];
}

const char *err_nearest(const char *name, const char *(*next)(const void *list, size_t i),
                        const void *list)
{
    const char *best = NULL, *c;
    size_t len = strlen(name), limit = len < 4 ? 1 : len < 8 ? 2 : 3, least = limit + 1;
    for (size_t i = 0; (c = next(list, i)); i++) {
        size_t d = strcasecmp(name, c) == 0 ? 0 : distance(name, c);
        if (d < least && d < strlen(c)) {
            least = d;
            best = c;
        }
    }
    return best;
}

static const char *nth_name(const void *list, size_t i)
{
    return ((const char *const *)list)[i];
}

const char *err_nearest_name(const char *name, const char *const *names)
{
    return names ? err_nearest(name, nth_name, names) : NULL;
}

const char *err_suggest(char buf[static 80], const char *x)
{
    buf[0] = 0;
    if (x) snprintf(buf, 80, ", did you mean '%.60s'?", x);
    return buf;
}
