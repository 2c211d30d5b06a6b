/* A stream of requests: its connections and what it cannot have. */
#include "plan/inside.h"

#define SECOND 1000000000ull

void compile_requests(struct compiling *c, struct stream *s, struct section *sec)
{
    struct errs *errs = c->env.errs;
    s->connections = s->loop == LOOP_CLOSED ? s->users : 64;
    s->timeout = 10 * SECOND;
    struct entry *connections = section_get(sec, "connections");
    entry_count(connections, 1, 1000000, &s->connections, errs);
    entry_time(section_get(sec, "timeout"), 1000000, 3600 * SECOND, &s->timeout, errs);
    if (s->loop == LOOP_FLOOD)
        err_add(errs, sec->at,
                "rate = max is for packets, expected users = N to load a server as "
                "fast as it answers");
    if (s->loop == LOOP_CLOSED && s->users && s->users < c->plan->workers)
        err_add(errs, section_get(sec, "users")->at,
                "users is %llu, but workers is %u; expected at "
                "least one user for each worker",
                (unsigned long long)s->users, c->plan->workers);
    if (s->loop == LOOP_OPEN && s->connections < c->plan->workers)
        err_add(errs, connections->at,
                "connections is %llu, but workers is %u; expected at least "
                "one connection for each worker",
                (unsigned long long)s->connections, c->plan->workers);
    if (s->loop == LOOP_CLOSED && connections && s->connections != s->users)
        err_add(errs, connections->at,
                "a closed loop has one connection for each user, expected "
                "connections to be left out");
    if (!c->plan->target_url && !c->opts->dry && !errs_any(errs))
        err_add(errs, sec->at,
                "requests need a target, expected [target] url = http://..., or "
                "--target URL");
}
