/* wire: where the frames of a stream leave. */
#include "plan/inside.h"

/* Where the server's packets leave, when not by the way of the client's. */
static void compile_server_side(struct compiling *c, struct stream *s, struct section *sec)
{
    struct entry *e = section_get(sec, "server_interface");
    if (!e) return;
    s->server_place = entry_text(c->plan->arena, e);
    if (!s->wire->device)
        err_add(c->env.errs, e->at,
                "server_interface is a second network interface, but wire is %s; expected it to be "
                "left out",
                s->wire->doc.name);
}

/* wire = NAME or NAME(PLACE); the place is taken as it stands, it may be any path. */
void compile_wire(struct compiling *c, struct stream *s, struct section *sec)
{
    struct plan *p = c->plan;
    struct entry *e = section_get(sec, "wire");
    struct span text = e ? span_trim(e->value) : span_of("raw");
    struct where at = e ? e->at : sec->at;
    size_t open = span_find(text, '(');
    const char *name = arena_str(p->arena, span_trim(span_sub(text, 0, open)));
    s->wire = wire_class_named(name);
    if (!s->wire) {
        err_add(c->env.errs, at, "wire is '%s', expected raw, pcapfile(FILE) or null", name);
        return;
    }
    s->place = p->interface;
    if (open < text.n) {
        if (text.p[text.n - 1] != ')') {
            err_add(c->env.errs, at, "wire has no closing ')', expected %s(PLACE)", name);
            return;
        }
        s->place = arena_str(p->arena, span_trim(span_sub(text, open + 1, text.n - open - 2)));
    }
    if (s->way == WAY_CONVERSATIONS) compile_server_side(c, s, sec);
    bool to_file = strcmp(name, "pcapfile") == 0;
    if (to_file && (open == text.n || !*s->place))
        err_add(c->env.errs, at, "wire = pcapfile names no file, expected pcapfile(out.pcap)");
    if (to_file && p->workers > 1)
        err_add(c->env.errs, at,
                "wire = pcapfile takes one worker, but workers is %u: a file has "
                "one order",
                p->workers);
    if (s->wire->device && !s->place && !c->opts->dry)
        err_add(c->env.errs, at,
                "there is no interface to send on, expected interface = NAME in "
                "[run], or -i NAME");
}
