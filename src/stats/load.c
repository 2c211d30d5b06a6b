#include "stats/load.h"

#include <math.h>
#include <stdio.h>

#define PATH_ROOM 200

static size_t put_path(const struct step *s, char *buf, size_t size)
{
    if (!s) return 0;
    size_t at = put_path(s->up, buf, size);
    if (at >= size) return at;
    int n = s->key ? snprintf(buf + at, size - at, "%s%.60s", at ? "." : "", s->key)
                   : snprintf(buf + at, size - at, "[%zu]", s->i);
    return at + (size_t)n;
}

bool load_wrong(struct load *l, const struct step *s, const char *what)
{
    char path[PATH_ROOM] = "";
    put_path(s, path, sizeof path);
    for (char *c = path; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?'; /* keys may be anything */
    l->told++;
    return err_add(l->errs, l->at, "'%s' %s", path, what);
}

bool load_wrong_key(struct load *l, const struct step *at, const char *key, const char *what)
{
    return load_wrong(l, &(struct step){at, key, 0}, what);
}

static json_t *get(struct load *l, json_t *o, const struct step *up, const char *key)
{
    json_t *v = json_object_get(o, key);
    if (!v) load_wrong_key(l, up, key, "is missing");
    return v;
}

json_t *load_object(struct load *l, json_t *o, const struct step *up, const char *key)
{
    json_t *v = get(l, o, up, key);
    if (!v || json_is_object(v)) return v;
    load_wrong_key(l, up, key, "is not an object");
    return NULL;
}

json_t *load_array(struct load *l, json_t *o, const struct step *up, const char *key, size_t max)
{
    json_t *v = get(l, o, up, key);
    if (!v) return NULL;
    if (json_is_array(v) && json_array_size(v) <= max) return v;
    load_wrong_key(l, up, key, json_is_array(v) ? "has too many entries" : "is not a list");
    return NULL;
}

uint64_t load_count(struct load *l, json_t *o, const struct step *up, const char *key)
{
    json_t *v = get(l, o, up, key);
    if (!v) return 0;
    if (json_is_integer(v) && json_integer_value(v) >= 0) return (uint64_t)json_integer_value(v);
    load_wrong_key(l, up, key, "is not a count, expected a whole number from 0");
    return 0;
}

/* A number of any size as result_write leaves it: an integer, or digits in a string. */
unsigned __int128 load_wide(struct load *l, json_t *o, const struct step *up, const char *key)
{
    json_t *v = get(l, o, up, key);
    if (!v || !json_is_string(v)) return v ? load_count(l, o, up, key) : 0;
    const char *s = json_string_value(v);
    unsigned __int128 n = 0;
    size_t i = 0;
    for (; s[i] >= '0' && s[i] <= '9' && i < 38; i++) n = n * 10 + (unsigned)(s[i] - '0');
    if (i == 0 || s[i]) load_wrong_key(l, up, key, "is not a whole number");
    return n;
}

double load_real(struct load *l, json_t *o, const struct step *up, const char *key)
{
    json_t *v = get(l, o, up, key);
    if (!v) return 0;
    double d = json_number_value(v);
    if (json_is_number(v) && isfinite(d) && d >= 0 && d <= 1e15) return d;
    load_wrong_key(l, up, key, "is not a number from 0");
    return 0;
}

bool load_bool(struct load *l, json_t *o, const struct step *up, const char *key)
{
    json_t *v = get(l, o, up, key);
    if (v && !json_is_boolean(v)) load_wrong_key(l, up, key, "is neither true nor false");
    return json_is_true(v);
}

const char *load_text(struct load *l, json_t *o, const struct step *up, const char *key,
                      bool needed)
{
    json_t *v = needed ? get(l, o, up, key) : json_object_get(o, key);
    if (!v || (!needed && json_is_null(v))) return needed ? "" : NULL;
    if (json_is_string(v)) return arena_strdup(l->arena, json_string_value(v));
    load_wrong_key(l, up, key, "is not text");
    return needed ? "" : NULL;
}
