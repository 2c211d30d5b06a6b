/* Profile text: whatever the bytes, reading ends, in sections or in errors at true lines. The
 * text up to its first NUL is also tried as a --set assignment. */
#include <stdlib.h>

#include "profile/expr.h"
#include "profile/ini.h"
#include "profile/profile.h"

static void check(bool ok)
{
    if (!ok) abort();
}

/* Lines come in order, and none is numbered beyond the text's end. */
static void check_lines(struct arena *a, struct span text)
{
    struct errs errs = {0};
    struct ini_file ini = {0};
    unsigned last = 0, lines = 1;
    for (size_t i = 0; i < text.n; i++) lines += text.p[i] == '\n';
    bool ok = ini_read(a, "fuzz", text, &ini, &errs);
    check(ok == !errs_any(&errs));
    for (size_t i = 0; i < ini.n; i++) {
        check(ini.v[i].line > last && ini.v[i].line <= lines);
        last = ini.v[i].line;
    }
    for (size_t i = 0; i < errs.n; i++) check(errs.v[i].at.line >= 1 && errs.v[i].at.line <= lines);
}

static void use(struct profile *p)
{
    static const char *const known[] = {"rate", "send", "stream", NULL};
    for (size_t i = 0; i < p->n; i++) {
        struct section *s = profile_section(p, p->v[i].kind, p->v[i].name);
        struct errs errs = {0};
        uint64_t v = 0;
        bool yes;
        check(s == &p->v[i]);
        section_unused(s, known, &errs);
        for (size_t k = 0; k < s->n; k++) {
            check(section_get(s, s->v[k].key) != NULL);
            entry_time(&s->v[k], 1, 1000, &v, &errs);
            entry_size(&s->v[k], 1, 1000, &v, &errs);
            entry_bool(&s->v[k], &yes, &errs);
            expr_parse(p->arena, s->v[k].value, s->v[k].at, &errs);
            expr_parse_text(p->arena, s->v[k].value, s->v[k].at, &errs);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct errs errs = {0};
    struct span text = span_make(data, size);
    check_lines(&a, text);
    /* An '@' could name any file of this machine: such texts end here. */
    if (span_find(text, '@') == size) {
        struct profile *p = profile_parse(&a, "fuzz", text, &errs);
        check((p != NULL) == !errs_any(&errs));
        if (p) use(p);
        p = profile_parse(&a, "fuzz", span_of("[run]\n[stream a]\n[stream a.b]\n"), &errs);
        if (p && profile_set(p, arena_str(&a, text), &errs)) use(p);
    }
    arena_free(&a);
    return 0;
}
