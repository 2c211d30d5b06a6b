#include "profile/profile.h"

#include <openssl/evp.h>
#include <string.h>

#include "profile/ini.h"
#include "profile/lex.h"

#define FILE_MAX ((size_t)64 << 20)
#define SECTIONS_MAX 4096

static struct section *find(const struct profile *p, const char *kind, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->v[i].kind, kind) == 0 && strcmp(p->v[i].name, name) == 0) return &p->v[i];
    return NULL;
}

static struct section *section_add(struct profile *p, const char *kind, const char *name,
                                   struct where at)
{
    struct section *s = VEC_PUSH(p->arena, p);
    *s = (struct section){.kind = kind, .name = name, .at = at};
    return s;
}

/* What the value says: itself, or the content of the @file it names. "@@" is a literal '@'. */
static bool entry_value(struct profile *p, struct entry *e, struct errs *errs)
{
    if (e->value.n == 0 || e->value.p[0] != '@') return true;
    e->value = span_from(e->value, 1);
    if (span_starts(e->value, "@")) return true;
    if (e->value.n == 0) return err_add(errs, e->at, "expected the name of a file behind '@'");
    e->from_file = true;
    const char *path = profile_path(p, arena_str(p->arena, e->value));
    return profile_read_file(p->arena, path, FILE_MAX, e->at, &e->value, errs);
}

/* Splits "kind" or "kind name"; false when it is neither. */
static bool split_title(struct arena *a, struct span title, const char **kind, const char **name)
{
    struct lex l;
    lex_start(&l, title);
    if (l.tok.kind != TOK_NAME) return false;
    *kind = arena_str(a, l.tok.text);
    *name = "";
    if (lex_next(&l) == TOK_NAME) {
        *name = arena_str(a, l.tok.text);
        lex_next(&l);
    }
    return l.tok.kind == TOK_END;
}

/* A [section] line. Where it cannot be told what it is, its keys still have a place to go. */
static struct section *section_begin(struct profile *p, const struct ini_line *line,
                                     struct errs *errs)
{
    struct where at = {p->file, line->line};
    const char *kind = line->section, *name = "";
    if (!split_title(p->arena, span_of(line->section), &kind, &name))
        err_add(errs, at,
                "[%s] is no section, expected [KIND] or [KIND NAME], both names of "
                "letters, digits, '_', '-' and '.'",
                line->section);
    const struct section *first = find(p, kind, name);
    if (first)
        err_add(errs, at, "[%s] is given twice, first at line %u", line->section, first->at.line);
    return section_add(p, kind, name, at);
}

static void sections_from(struct profile *p, const struct ini_file *ini, struct errs *errs)
{
    struct section *s = NULL;
    for (size_t i = 0; i < ini->n; i++) {
        const struct ini_line *line = &ini->v[i];
        struct where at = {p->file, line->line};
        if (!line->key) {
            if (p->n == SECTIONS_MAX) {
                err_add(errs, at, "the profile has more than %d sections", SECTIONS_MAX);
                return;
            }
            s = section_begin(p, line, errs);
            continue;
        }
        struct entry *e = VEC_PUSH(p->arena, s);
        *e = (struct entry){.key = line->key, .value = line->value, .at = at};
        entry_value(p, e, errs);
    }
}

static const char *directory_of(struct arena *a, const char *file)
{
    const char *slash = file ? strrchr(file, '/') : NULL;
    if (!slash) return ".";
    if (slash == file) return "/";
    return arena_str(a, span_make(file, (size_t)(slash - file)));
}

struct profile *profile_parse(struct arena *a, const char *file, struct span text,
                              struct errs *errs)
{
    struct ini_file ini = {0};
    size_t before = errs->n + errs->more;
    struct profile *p = arena_new(a, struct profile);
    p->arena = a;
    p->file = file ? arena_strdup(a, file) : NULL;
    p->dir = directory_of(a, p->file);
    EVP_Digest(text.p, text.n, p->sha256, NULL, EVP_sha256(), NULL);
    if (ini_read(a, p->file, text, &ini, errs) && ini.n == 0)
        err_add(errs, (struct where){p->file, 0},
                "the profile is empty, expected at least a [stream NAME] section");
    sections_from(p, &ini, errs);
    return errs->n + errs->more == before ? p : NULL;
}

struct profile *profile_load(struct arena *a, const char *file, struct errs *errs)
{
    struct span text;
    struct where at = {arena_strdup(a, file), 0};
    if (!profile_read_file(a, file, FILE_MAX, at, &text, errs)) return NULL;
    return profile_parse(a, file, text, errs);
}

/* Makes `value` the only one of its key, in the place of the first that was there. */
static struct entry *entry_replace(struct profile *p, struct section *s, const char *key,
                                   struct span value, struct where at)
{
    struct entry *first = NULL;
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        bool same = strcmp(s->v[i].key, key) == 0;
        if (same && first) continue;
        s->v[kept] = s->v[i];
        if (same) first = &s->v[kept];
        kept++;
    }
    s->n = kept;
    if (!first) first = VEC_PUSH(p->arena, s);
    *first = (struct entry){
        .key = arena_strdup(p->arena, key), .value = arena_span(p->arena, value), .at = at};
    return first;
}

static struct section *find_or_add(struct profile *p, const char *kind, const char *name,
                                   struct where at)
{
    struct section *s = find(p, kind, name);
    return s ? s : section_add(p, arena_strdup(p->arena, kind), arena_strdup(p->arena, name), at);
}

bool profile_put(struct profile *p, const char *kind, const char *name, const char *key,
                 const char *value, const char *what)
{
    struct where at = {arena_strdup(p->arena, what), 0};
    if (!kind[0] || !key[0]) return false;
    entry_replace(p, find_or_add(p, kind, name, at), key, span_of(value), at);
    return true;
}

bool profile_add(struct profile *p, const char *kind, const char *name, const char *key,
                 const char *value, const char *what)
{
    struct where at = {arena_strdup(p->arena, what), 0};
    if (!kind[0] || !key[0]) return false;
    *VEC_PUSH(p->arena, find_or_add(p, kind, name, at)) =
        (struct entry){.key = arena_strdup(p->arena, key),
                       .value = arena_span(p->arena, span_of(value)),
                       .at = at};
    return true;
}

void profile_drop(struct profile *p, const char *kind, const char *name, const char *key)
{
    struct section *s = find(p, kind, name);
    size_t kept = 0;
    for (size_t i = 0; s && i < s->n; i++)
        if (strcmp(s->v[i].key, key) != 0) s->v[kept++] = s->v[i];
    if (s) s->n = kept;
}

/* The section whose title and a '.' begin `path`; the longest, where several do. */
static struct section *section_at(const struct profile *p, struct span path, size_t *title)
{
    struct section *best = NULL;
    *title = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct section *s = &p->v[i];
        size_t kind = strlen(s->kind), name = strlen(s->name), n = kind + (name ? 1 : 0) + name;
        bool fits = span_starts(path, s->kind) && span_starts(span_from(path, n), ".") &&
                    (!name || (span_starts(span_from(path, kind), " ") &&
                               span_starts(span_from(path, kind + 1), s->name)));
        if (!fits || n <= *title) continue;
        best = s;
        *title = n;
    }
    return best;
}

/* Makes the section that "kind.key" or "kind name.key" asks for. */
static struct section *section_for(struct profile *p, struct span path, struct where at,
                                   size_t *title, struct errs *errs)
{
    const char *kind, *name;
    *title = span_find(path, '.');
    if (*title == path.n || !split_title(p->arena, span_sub(path, 0, *title), &kind, &name)) {
        size_t blank = span_find(path, ' ');
        err_add(errs, at, "'%s' is no key, expected 'SECTION.KEY=VALUE' such as '%s'",
                arena_str(p->arena, path), blank < path.n ? "stream web.rate=5k/s" : "run.seed=7");
        return NULL;
    }
    for (size_t i = 0; !name[0] && i < p->n; i++)
        if (strcmp(p->v[i].kind, kind) == 0) {
            err_add(errs, at, "'%s' does not say which [%s NAME], expected '%s %s%s=...'",
                    arena_str(p->arena, path), kind, kind, p->v[i].name,
                    arena_str(p->arena, span_from(path, *title)));
            return NULL;
        }
    return find_or_add(p, kind, name, at); /* it may be there: blanks before the dot */
}

/* With one blank between a section's kind and its name, however many there were. */
static struct span one_blank(struct arena *a, struct span path)
{
    size_t blank = 0;
    while (blank < path.n && !span_blank(path.p[blank])) blank++;
    if (blank == path.n || blank > span_find(path, '.')) return path; /* a key may have blanks */
    struct span kind = span_sub(path, 0, blank), rest = span_trim(span_from(path, blank));
    return span_of(arena_printf(a, "%s %s", arena_str(a, kind), arena_str(a, rest)));
}

bool profile_set(struct profile *p, const char *assignment, struct errs *errs)
{
    struct where at = {"--set", 0};
    struct span text = span_of(assignment);
    size_t eq = span_find(text, '='), title;
    struct span path = one_blank(p->arena, span_trim(span_sub(text, 0, eq)));
    if (eq == text.n)
        return err_add(errs, at, "'%s' has no '=', expected 'SECTION.KEY=VALUE'", assignment);
    struct section *s = section_at(p, path, &title);
    if (!s) s = section_for(p, path, at, &title, errs);
    if (!s) return false;
    struct span key = span_trim(span_from(path, title + 1));
    if (key.n == 0) return err_add(errs, at, "'%s' names no key", assignment);
    struct span value = span_trim(span_from(text, eq + 1));
    return entry_value(p, entry_replace(p, s, arena_str(p->arena, key), value, at), errs);
}

struct section *profile_section(struct profile *p, const char *kind, const char *name)
{
    struct section *s = find(p, kind, name);
    if (s) s->used = true;
    return s;
}

struct entry *section_get(struct section *s, const char *key)
{
    struct entry *last = NULL;
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->v[i].key, key) == 0) {
            last = &s->v[i];
            last->used = true;
        }
    return last;
}

struct entry *section_nth(struct section *s, const char *key, size_t i)
{
    for (size_t k = 0; k < s->n; k++)
        if (strcmp(s->v[k].key, key) == 0 && i-- == 0) {
            s->v[k].used = true;
            return &s->v[k];
        }
    return NULL;
}

static bool is_known(const char *name, const char *const *known)
{
    for (; known && *known; known++)
        if (strcmp(name, *known) == 0) return true;
    return false;
}

void section_unused(const struct section *s, const char *const *known, struct errs *errs)
{
    char hint[80];
    for (size_t i = 0; i < s->n; i++) {
        const struct entry *e = &s->v[i];
        const char *gap = s->name[0] ? " " : "";
        if (e->used) continue;
        if (is_known(e->key, known))
            err_add(errs, e->at, "the key '%s' has no use in this [%s%s%s]", e->key, s->kind, gap,
                    s->name);
        else
            err_add(errs, e->at, "unknown key '%s' in [%s%s%s]%s", e->key, s->kind, gap, s->name,
                    err_suggest(hint, err_nearest_name(e->key, known)));
    }
}

void profile_unused(const struct profile *p, const char *const *known_kinds, struct errs *errs)
{
    char hint[80];
    for (size_t i = 0; i < p->n; i++) {
        const struct section *s = &p->v[i];
        const char *gap = s->name[0] ? " " : "";
        if (s->used) continue;
        if (is_known(s->kind, known_kinds))
            err_add(errs, s->at, "nothing uses [%s%s%s]", s->kind, gap, s->name);
        else
            err_add(errs, s->at, "unknown section [%s%s%s]%s", s->kind, gap, s->name,
                    err_suggest(hint, err_nearest_name(s->kind, known_kinds)));
    }
}
