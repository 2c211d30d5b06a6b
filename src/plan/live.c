/* A live replay: a capture's conversations, held again with the target. */
#include "plan/inside.h"

#define SECOND 1000000000ull

static void compile_compare(struct compiling *c, struct live_rules *x, struct section *sec)
{
    struct entry *e = section_get(sec, "compare");
    const struct {
        const char *name;
        bool *on;
    } sorts[] = {
        {"status", &x->status}, {"length", &x->length}, {"body", &x->body}, {"bytes", &x->bytes}};
    struct lex l;
    x->status = x->length = x->body = !e;
    if (!e) return;
    lex_start(&l, e->value);
    if (!lex_accept(&l, "none")) do {
            size_t i = 0;
            while (i < 4 && !lex_accept(&l, sorts[i].name)) i++;
            if (i == 4) break;
            *sorts[i].on = true;
        } while (lex_accept(&l, ","));
    if (l.tok.kind != TOK_END || e->value.n == 0)
        err_add(c->env.errs, e->at,
                "compare is '%.*s', expected some of status, length, body and bytes, or none",
                (int)(e->value.n < 60 ? e->value.n : 60), (const char *)e->value.p);
}

/* The connections to the target, and how long they may keep silent. */
static void compile_connections(struct compiling *c, struct stream *s, struct section *sec)
{
    struct errs *errs = c->env.errs;
    struct entry *connections = section_get(sec, "connections");
    s->connections = NEVER;
    s->timeout = 10 * SECOND;
    entry_count(connections, 1, 1000000, &s->connections, errs);
    entry_time(section_get(sec, "timeout"), 1000000, 3600 * SECOND, &s->timeout, errs);
    if (s->connections < c->plan->workers)
        err_add(errs, connections->at,
                "connections is %llu, but workers is %u; expected at least one connection for "
                "each worker",
                (unsigned long long)s->connections, c->plan->workers);
}

/* Messages depend on those before them. */
static void refuse_lateness(struct compiling *c, struct section *sec)
{
    struct entry *e = section_get(sec, "late");
    if (e && !span_is(span_trim(e->value), "catchup"))
        err_add(c->env.errs, e->at,
                "late is '%.*s', but no message of a live replay can be left out or moved; "
                "expected catchup",
                (int)(e->value.n < 60 ? e->value.n : 60), (const char *)e->value.p);
}

void compile_live(struct compiling *c, struct stream *s, struct section *sec)
{
    struct errs *errs = c->env.errs;
    struct live_rules *x = &s->live;
    const struct plan *p = c->plan;
    compile_compare(c, x, sec);
    compile_connections(c, s, sec);
    refuse_lateness(c, sec);
    x->masks = masks_compile(&c->env, sec);
    x->edit = http1_edit_compile(&c->env, sec);
    if (x->masks && !x->body)
        err_add(errs, section_get(sec, "mask")->at,
                "mask leaves out parts of bodies, but compare has no body; expected it there");
    if (p->workers > 1 && s->replay.once)
        err_add(errs, section_get(sec, "replay")->at,
                "each of %u workers reads the capture, expected a file or workers = 1", p->workers);
    if (!p->target.scheme) {
        if (!c->opts->dry && !c->target_bad)
            err_add(errs, sec->at,
                    "a live replay needs a target, expected [target] url = http://..., or "
                    "--target URL");
        return;
    }
    s->proto = proto_for_scheme(p->target.scheme);
    if (!s->proto) return; /* told already */
    x->stream = s->proto->stream;
    x->http = strcmp(p->target.scheme, "http") == 0;
    if (x->edit && !x->http)
        err_add(errs, section_get(sec, "header")->at,
                "header is for requests of HTTP, but the target is %s://", p->target.scheme);
}
