/* wire, server_interface: where the frames of a stream leave. */
#include <sys/stat.h>

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

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

bool plan_replays(const struct plan *p, const char *path)
{
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->streams[i].replay.files.n; k++)
            if (same_file(path, p->streams[i].replay.files.v[k])) return true;
    return false;
}

static void check_place(struct compiling *c, const struct stream *s, const char *place)
{
    if (place && plan_replays(c->plan, place))
        err_add(c->env.errs, s->at,
                "%s would be written over while it is replayed, expected another file to write to",
                place);
}

void check_overwriting(struct compiling *c)
{
    for (size_t i = 0; i < c->plan->n; i++) {
        const struct stream *s = &c->plan->streams[i];
        if (!s->wire || strcmp(s->wire->doc.name, "pcapfile") != 0) continue;
        check_place(c, s, s->place);
        check_place(c, s, s->server_place);
    }
}
