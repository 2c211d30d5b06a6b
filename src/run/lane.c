#include "run/lane.h"

void lane_close_wire(struct lane *l, struct wire **w)
{
    struct errs errs = {0};
    if (!*w) return;
    if (!(*w)->class->close(*w, &errs) && !l->failed)
        l->failed =
            arena_strdup(l->env->arena, errs_any(&errs) ? errs.v[0].text : "cannot be written");
    *w = NULL;
}
