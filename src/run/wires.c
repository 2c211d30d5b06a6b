#include "run/wires.h"

#include "run/lane.h"

struct open_wire {
    struct wire *wire;
    const struct wire_class *asked; /* the wire's class may be what that one chose */
    const char *place;
    unsigned users;
    struct open_wire *next;
};

/* Whether what is open will do: the same was asked for, or what that turned out to be, or whatever
 * suits the device. */
static bool suits(const struct open_wire *o, const struct wire_class *asked)
{
    return o->asked == asked || o->wire->class == asked || !asked->send;
}

static struct open_wire *find(const struct lane_env *env, const struct stream *s, const char *place)
{
    struct open_wire *o = env->wires && s->wire->device ? env->wires->first : NULL;
    for (; o; o = o->next)
        if (o->users && suits(o, s->wire) && strcmp(o->place, place) == 0) return o;
    return NULL;
}

struct wire *wires_open(const struct lane_env *env, const struct stream *s, const char *place,
                        struct errs *errs)
{
    struct open_wire *o = find(env, s, place);
    if (o) {
        o->users++;
        return o->wire;
    }
    struct wire_opts opts = {.place = place,
                             .nanoseconds = true,
                             .linktype = 1,
                             .sender = env->worker,
                             .senders = env->plan->workers};
    struct wire *w = s->wire->open(&opts, s->at, errs);
    if (!w || !env->wires || !s->wire->device) return w;
    o = arena_new(env->arena, struct open_wire);
    *o = (struct open_wire){
        .wire = w, .asked = s->wire, .place = place, .users = 1, .next = env->wires->first};
    env->wires->first = o;
    return w;
}

bool wires_close(const struct lane_env *env, struct wire *w, struct errs *errs)
{
    for (struct open_wire *o = env->wires ? env->wires->first : NULL; o; o = o->next)
        if (o->wire == w && o->users && --o->users) return true;
    return w->class->close(w, errs);
}
