/* The books of exchanges: sent, answered or not, compared, forgotten. */
#include "run/live.h"

#include <stdio.h>

struct exchange *exchange_new(struct dialog *d, uint64_t number, uint64_t due)
{
    struct exchange *x = pool_take(&d->live->pool, sizeof *x);
    *x = (struct exchange){.number = number, .due = due, .earlier = d->last};
    digest_begin(&x->recorded);
    digest_begin(&x->came);
    if (d->last)
        d->last->next = x;
    else
        d->first = x;
    d->last = x;
    if (!d->hears) d->hears = x;
    if (!d->awaits) d->awaits = x;
    d->exchanges++;
    return x;
}

struct exchange *exchange_greeting(struct dialog *d, uint64_t due)
{
    struct exchange *x = exchange_new(d, 0, due);
    x->whole = true;
    exchange_listens(d, due);
    return x;
}

void exchange_listens(struct dialog *d, uint64_t now)
{
    struct exchange *x = d->awaits;
    if (!x || x->number || x->begun || d->state < DIALOG_OPEN) return;
    if (d->live->rules->http && !d->tunnel) return;
    x->begun = true;
    x->begun_at = x->asked_at = now;
}

void exchange_free(struct dialog *d, struct exchange *x)
{
    if (d->hears == x) d->hears = x->next;
    if (d->awaits == x) d->awaits = x->next;
    if (x->earlier)
        x->earlier->next = x->next;
    else
        d->first = x->next;
    if (x->next)
        x->next->earlier = x->earlier;
    else
        d->last = x->earlier;
    digest_drop(&x->recorded, &d->live->digest);
    digest_drop(&x->came, &d->live->digest);
    pool_give(&d->live->pool, x, sizeof *x);
}

uint64_t exchange_index(const struct dialog *d, const struct exchange *x)
{
    return (d->number - 1) + ((x->number - 1) << 40);
}

void exchange_begun(struct dialog *d, struct exchange *x, struct span bytes, uint64_t now)
{
    struct live *v = d->live;
    x->begun = true;
    x->begun_at = now;
    rec_offered(live_rec(v), live_cell(v), x->due);
    rec_sent(live_rec(v), live_cell(v), x->due, now, bytes.n);
    rec_hash(live_rec(v), live_cell(v), exchange_index(d, x), bytes.p, bytes.n);
    v->lane.last_sent = now;
    x->parts = 1;
    uint64_t could = x->due > d->free_since ? x->due : d->free_since;
    if (v->excused > could) could = v->excused;
    hist_add(&v->lane.own, now > could ? now - could : 0);
}

void exchange_more(struct dialog *d, struct exchange *x, struct span bytes)
{
    struct live *v = d->live;
    uint64_t part = (uint64_t)x->parts++ << 56;
    rec_sent_more(live_rec(v), live_cell(v), x->due, bytes.n);
    rec_hash(live_rec(v), live_cell(v), exchange_index(d, x) + part, bytes.p, bytes.n);
}

static void mark_done(struct dialog *d, struct exchange *x, uint64_t now)
{
    x->done = true;
    d->done++;
    d->turn_at = now;
    while (d->awaits && d->awaits->done) d->awaits = d->awaits->next;
    exchange_listens(d, now);
}

/* A message that is not sent takes its turn all the same. */
static void stays(struct dialog *d, struct exchange *x)
{
    x->failed = true;
    mark_done(d, x, d->turn_at);
    exchange_settle(d, x);
}

void exchange_failed(struct dialog *d, struct exchange *x, enum error_kind why)
{
    if (x->number) lane_fails(&d->live->lane, live_cell(d->live), x->due, why);
    stays(d, x);
}

void exchange_skipped(struct dialog *d, struct exchange *x, enum error_kind why)
{
    struct live *v = d->live;
    rec_offered(live_rec(v), live_cell(v), x->due);
    rec_skipped(live_rec(v), live_cell(v), x->due, why);
    stays(d, x);
}

void exchange_shed(struct dialog *d, struct exchange *x)
{
    if (x->number) lane_sheds(&d->live->lane, live_cell(d->live), x->due);
    stays(d, x);
}

void exchange_forget(struct dialog *d, struct exchange *x)
{
    stays(d, x);
}

/* For the wire latency: where in the connection's bytes this exchange lay. */
static void note(struct dialog *d, const struct exchange *x, uint64_t now)
{
    struct live *v = d->live;
    bool alone = !x->next || !x->next->begun; /* else others were sent behind it */
    if (!v->lane.env->tap || !x->came_any || !alone) return;
    tap_write(v->lane.env->tap, &(struct tap_note){
                                    .due = x->due,
                                    .done = now,
                                    .cell = live_cell(v),
                                    .sent_end = (uint32_t)d->sent_total,
                                    .reply_start = (uint32_t)d->reply_at,
                                    .port = d->local_port,
                                });
}

void exchange_done(struct dialog *d, struct exchange *x, enum error_kind why, uint64_t now)
{
    struct live *v = d->live;
    uint64_t at = x->came_any ? x->came_at : now;
    bool nothing = !x->came_any && why == ERROR_NONE;
    x->lost = why != ERROR_NONE;
    if (x->number && nothing) {
        rec_left(live_rec(v), live_cell(v), x->due);
    } else if (x->number) {
        if (!why) note(d, x, at);
        unsigned status = x->http && x->came.status ? x->came.status : STATUS_NONE;
        rec_answered(live_rec(v), live_cell(v), x->due, x->begun_at, why ? now : at, x->received,
                     status, why);
    }
    mark_done(d, x, now);
    exchange_settle(d, x);
}

void exchange_timed_out(struct dialog *d, struct exchange *x, uint64_t now)
{
    x->lost = true;
    if (x->number) rec_timed_out(live_rec(d->live), live_cell(d->live), x->due);
    mark_done(d, x, now);
    exchange_settle(d, x);
}

void exchange_told(struct dialog *d, struct exchange *x)
{
    x->told = true;
    d->told++;
    while (d->hears && d->hears->told) d->hears = d->hears->next;
    exchange_settle(d, x);
}

static void list(struct dialog *d, uint64_t message, enum differ differs, const char *recorded,
                 const char *came)
{
    struct live *v = d->live;
    if (v->differing_n == DIFFERENCES_MAX) return;
    struct difference *x = &v->differing[v->differing_n++];
    *x = (struct difference){.connection = d->number, .message = message, .differs = differs};
    snprintf(x->recorded, DIGEST_TEXT, "%s", recorded);
    snprintf(x->came, DIGEST_TEXT, "%s", came);
}

static void tell_difference(struct dialog *d, const struct exchange *x, enum differ differs)
{
    static const struct digest nothing;
    char recorded[DIGEST_TEXT] = "nothing", came[DIGEST_TEXT] = "nothing";
    enum differ as = differs;
    if (d->live->differing_n == DIFFERENCES_MAX) return;
    if (differs == DIFFER_MISSING || differs == DIFFER_EXTRA)
        as = x->http ? DIFFER_STATUS : DIFFER_LENGTH;
    if (differs != DIFFER_EXTRA) digest_tell(&x->recorded, &x->came, as, recorded);
    if (differs != DIFFER_MISSING)
        digest_tell(&x->came, differs == DIFFER_EXTRA ? &nothing : &x->recorded, as, came);
    list(d, x->number, differs, recorded, came);
}

/* Both replies have ended. */
static void compare(struct dialog *d, struct exchange *x)
{
    struct live *v = d->live;
    const struct live_rules *rules = v->rules;
    enum differ differs = DIFFER_COUNT;
    if (x->replied && x->number && x->replied_ns >= x->asked_ns)
        rec_recorded(live_rec(v), live_cell(v), x->due, (uint64_t)(x->replied_ns - x->asked_ns));
    if (x->blind || !(rules->status || rules->length || rules->body || rules->bytes)) return;
    if (!x->replied && !x->came_any) return;
    digest_end(&x->recorded, &v->digest);
    digest_end(&x->came, &v->digest);
    if (x->lost)
        differs = DIFFER_MISSING;
    else if (x->replied && !x->came_any)
        differs = DIFFER_MISSING;
    else if (!x->replied)
        differs = DIFFER_EXTRA;
    else
        differs = digest_compare(&x->recorded, &x->came, rules);
    rec_compared(live_rec(v), live_cell(v), x->due, differs);
    if (differs < DIFFER_COUNT) tell_difference(d, x, differs);
}

void exchange_settle(struct dialog *d, struct exchange *x)
{
    if (!x->done || !x->told || x->moves || (x->http && !x->whole)) return;
    if (!x->failed) compare(d, x);
    if (x->switches && !d->tunnel && !d->dead) /* what follows is for whom the server is not */
        d->dead = exchange_switches(x, x->came.status) ? ERROR_CLOSED : ERROR_FOREIGN_PROTOCOL;
    exchange_free(d, x);
}

void exchange_stray(struct dialog *d, struct span bytes)
{
    struct live *v = d->live;
    struct digest came;
    char text[DIGEST_TEXT];
    digest_begin(&came);
    digest_body(&came, &v->digest, bytes);
    digest_end(&came, &v->digest);
    digest_tell(&came, &came, DIFFER_LENGTH, text);
    rec_compared(live_rec(v), live_cell(v), d->turn_at, DIFFER_EXTRA);
    list(d, d->messages, DIFFER_EXTRA, "nothing", text);
}

size_t live_differences(const struct lane *l, struct arena *a, struct result_difference *out)
{
    const struct live *v = (const struct live *)l;
    for (size_t i = 0; i < v->differing_n; i++) {
        const struct difference *d = &v->differing[i];
        out[i] = (struct result_difference){
            .connection = d->connection,
            .message = d->message,
            .differs = d->differs,
            .recorded = arena_strdup(a, d->recorded),
            .came = arena_strdup(a, d->came),
        };
    }
    return v->differing_n;
}
