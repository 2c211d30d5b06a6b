#include "run/lane.h"

static const struct lane_class *const classes[] = {
    [WAY_PACKETS] = &packets_class,
    [WAY_REQUESTS] = &requests_class,
    [WAY_REPLAY] = &replay_class,
    [WAY_LIVE] = &live_class,
    [WAY_CONVERSATIONS] = &conversations_class,
};

struct lane *lane_new(struct lane_env *env, const struct stream *s)
{
    const struct lane_class *class = classes[s->way];
    struct lane *l = arena_alloc(env->arena, class->size);
    *l = (struct lane){.class = class, .env = env, .stream = s, .may_send = SIZE_MAX};
    hist_open(&l->own);
    gaps_open(&l->gaps.gaps);
    return l;
}

void lane_close(struct lane *l)
{
    l->class->close(l);
    hist_close(&l->own);
    gaps_close(&l->gaps.gaps);
}
