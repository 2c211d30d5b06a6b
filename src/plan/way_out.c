/* wire, server_interface: where the frames of a stream leave. */
#include "plan/inside.h"

/* wire = NAME or NAME(PLACE); the place is taken as it stands, it may be any path. */
void compile_wire(struct compiling *c, struct stream *s, struct section *sec)
{
    struct plan *p = c->plan;
    struct entry *e = section_get(sec, "wire");
    struct span text = e ? span_trim(e->value) : span_of("auto");
    struct where at = e ? e->at : sec->at;
    size_t open = span_find(text, '(');
    const char *name = arena_str(p->arena, span_trim(span_sub(text, 0, open)));
    s->wire = wire_class_named(name);
    if (!s->wire) {
        err_add(c->env.errs, at, "wire is '%s', expected auto, raw, xdp, pcapfile(FILE) or null",
                name);
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
    bool to_file = strcmp(name, "pcapfile") == 0;
    if (to_file && (open == text.n || !*s->place))
        err_add(c->env.errs, at, "wire = pcapfile names no file, expected pcapfile(out.pcap)");
    if (to_file && p->workers > 1)
        err_add(c->env.errs, at,
                "wire = pcapfile takes one worker, but workers is %u: a file has "
                "one order",
                p->workers);
    /* The server's side leaves by a place of the same sort: an interface, or a file. */
    bool sides = s->way == WAY_REPLAY || s->way == WAY_CONVERSATIONS;
    struct entry *server = sides ? section_get(sec, "server_interface") : NULL;
    if (server) s->server_place = entry_text(p->arena, server);
    if (server && s->place && strcmp(s->server_place, s->place) == 0)
        err_add(c->env.errs, server->at,
                "server_interface is %s, where the client's side leaves, expected another one",
                s->place);
    if (s->wire->device && !s->place && !c->opts->dry)
        err_add(c->env.errs, at,
                "there is no interface to send on, expected interface = NAME in "
                "[run], or -i NAME");
}
