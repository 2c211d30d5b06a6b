#include "trace/streams.h"

void stream_syn(struct stream *s, uint32_t isn)
{
    s->syn = true;
    s->isn = isn;
    stream_begin(s, isn + 1);
}

void stream_begin(struct stream *s, uint32_t seq)
{
    bool lower = s->guessed && ahead(s->next, seq) < 0;
    if (!s->known || lower) s->next = seq;
    s->known = true;
    s->guessed = false;
}

bool stream_fits_syn(const struct stream *s, uint32_t isn)
{
    if (s->syn) return s->isn == isn;
    return !s->known || s->guessed || s->next == isn + 1;
}

bool stream_is_past(const struct stream *s, uint32_t seq)
{
    if (!s->known) return false;
    int32_t d = ahead(s->shut ? s->fin : s->next, seq);
    return d < -STREAM_WINDOW || d > (s->shut ? 0 : STREAM_WINDOW);
}

bool stream_takes_reset(const struct stream *s, const struct stream *other, uint32_t seq,
                        const uint32_t *ack)
{
    if (!s->known && !other->syn) return true;
    if (!s->known) return ack && ahead(other->isn, *ack) > 0 && ahead(*ack, other->next) >= 0;
    bool acked = s->heard && ahead(s->acked, s->next) > 0;
    int32_t d = ahead(acked ? s->acked : s->next, seq);
    return d >= 0 && d <= STREAM_WINDOW;
}

void stream_ack(struct stream *s, uint32_t ack)
{
    if (!s->known) {
        s->known = s->guessed = true;
        s->next = ack;
    }
    int32_t d = ahead(s->heard ? s->acked : s->next, ack);
    if (d > STREAM_WINDOW || d < -STREAM_WINDOW) return;
    if (!s->heard || d > 0) s->acked = ack;
    s->heard = true;
    if (ahead(s->next, s->acked) <= 0)
        s->beyond = 0;
    else if (s->beyond < STREAM_PATIENCE)
        s->beyond++;
}

bool stream_end(struct stream *s, uint32_t at)
{
    int32_t d = ahead(s->next, at);
    if (s->ends || d < 0 || d > STREAM_WINDOW) return false;
    s->ends = true;
    s->fin = at;
    return true;
}

/* So much of the stream has been told. */
static void advance(struct stream *s, uint32_t n)
{
    s->next += n;
    s->guessed = false;
    if (s->heard && ahead(s->next, s->acked) <= 0) s->beyond = 0;
}

enum stream_taken stream_take(struct stream *s, struct held_pool *p, uint32_t seq,
                              struct span *bytes, uint32_t blocks_max, size_t *fresh)
{
    int32_t d = ahead(s->next, seq), left = ahead(seq, s->fin);
    *fresh = 0;
    if (d > STREAM_WINDOW || d < -STREAM_WINDOW) return STREAM_FAR;
    if (s->ends && left <= 0) return d < 0 ? STREAM_OLD : STREAM_FAR;
    if (s->ends) *bytes = span_sub(*bytes, 0, (size_t)left);
    if (d < 0) *bytes = span_from(*bytes, (size_t)-d);
    if (bytes->n == 0) return STREAM_OLD;
    /* What is not told at once begins here. */
    uint32_t at = seq;
    size_t now = d > 0 ? 0 : bytes->n;
    if (d <= 0 && held_front(p, &s->held, &at).n > 0 && ahead(s->next, at) < (int32_t)now)
        now = (size_t)ahead(s->next, at); /* what came early came first */
    struct span later = span_from(*bytes, now);
    if (later.n > 0 && !held_add(p, &s->held, at, later, blocks_max, fresh)) return STREAM_NO_ROOM;
    if (d > 0) return *fresh ? STREAM_HELD : STREAM_OLD;
    *bytes = span_sub(*bytes, 0, now);
    *fresh += now;
    advance(s, (uint32_t)now);
    return STREAM_NOW;
}

uint32_t stream_lose(struct stream *s, const struct held_pool *p, uint32_t at, uint32_t n)
{
    uint32_t front;
    int32_t told = ahead(at, s->next), left = ahead(s->next, at + n);
    if (s->ends && ahead(s->next, s->fin) < left) left = ahead(s->next, s->fin);
    if (told < 0 || left <= 0) return 0;
    if (held_front(p, &s->held, &front).n > 0 && ahead(s->next, front) < left)
        left = ahead(s->next, front);
    advance(s, (uint32_t)left);
    return (uint32_t)left;
}

/* How far it is to what is known next: a held piece, the end, what was acknowledged. *skip: it is
 * to be told as missing now. */
static uint32_t hole(const struct stream *s, const struct held_pool *p, bool give_up, bool *skip)
{
    uint32_t at;
    int32_t acked = s->heard ? ahead(s->next, s->acked) : 0, n = 0;
    if (held_front(p, &s->held, &at).n > 0)
        n = ahead(s->next, at);
    else if (s->ends)
        n = ahead(s->next, s->fin);
    else
        n = acked;
    bool lost = acked > 0 && s->beyond >= STREAM_PATIENCE;
    if (lost && !give_up && acked < n) n = acked;
    *skip = give_up || lost;
    return n > 0 ? (uint32_t)n : 0;
}

enum stream_step stream_step(struct stream *s, struct held_pool *p, bool give_up,
                             struct span *bytes, uint32_t *missing)
{
    uint32_t at;
    bool skip;
    if (!s->known || s->shut) return STREAM_WAITS;
    *missing = hole(s, p, give_up, &skip);
    if (*missing > 0 && !skip) return STREAM_WAITS;
    if (*missing > 0) {
        advance(s, *missing);
        return STREAM_GAP;
    }
    *bytes = held_front(p, &s->held, &at);
    if (bytes->n > 0) {
        held_pop(p, &s->held);
        advance(s, (uint32_t)bytes->n);
        return STREAM_BYTES;
    }
    if (!s->ends) return STREAM_WAITS;
    s->shut = true;
    return STREAM_SHUT;
}
