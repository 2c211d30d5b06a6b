#include "cmd/rehearsal.h"

/* When the next conversation begins. */
static void look_ahead(struct rehearsal *r)
{
    bool some = r->next < r->end &&
                schedule_due(r->stream->schedule, r->state, r->next, 1, 1, &r->begins) == 1;
    if (!some) r->begins = NEVER;
}

void rehearsal_open(struct rehearsal *r, const struct stream *s, uint64_t at, uint64_t end,
                    uint64_t step, struct arena *a)
{
    *r = (struct rehearsal){.stream = s, .next = at, .end = end, .step = step};
    r->script = script_open(s, a);
    agenda_open(&r->agenda, (size_t)s->open, a);
    r->state = schedule_start(s->schedule, a);
    look_ahead(r);
}

/* Lets everything begin that does so before the agenda's first packet. */
static bool begin(struct rehearsal *r, struct errs *errs)
{
    const struct cue *first;
    while (r->begins != NEVER && (!(first = agenda_first(&r->agenda)) || r->begins <= first->due)) {
        struct cue c = {.unit = r->next, .due = r->begins};
        r->script->class->begin(r->script, &c);
        if (!agenda_add(&r->agenda, &c))
            return err_add(errs, r->stream->at,
                           "more than %zu conversations are under way at a time, expected a higher "
                           "'open'",
                           r->agenda.room);
        r->begun++;
        r->next += r->step;
        look_ahead(r);
    }
    return true;
}

size_t rehearsal_take(struct rehearsal *r, size_t n, struct cue *cue, struct errs *errs)
{
    for (size_t i = 0; i < n; i++) {
        if (!begin(r, errs)) return i;
        struct cue *first = agenda_first(&r->agenda);
        if (!first) return i;
        cue[i] = *first;
        if (r->script->class->next(r->script, first))
            agenda_moved(&r->agenda);
        else
            agenda_drop(&r->agenda);
    }
    return n;
}

void rehearsal_close(struct rehearsal *r)
{
    r->script->class->close(r->script);
}
