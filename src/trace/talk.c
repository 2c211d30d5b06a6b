#include "trace/talk.h"

#include "trace/source.h"
#include "trace/telling.h"

#include <stdlib.h>

#define HOLD_PATIENCE (10ull * 1000000000) /* a hole not filled by then will not be */
#define OVER_PATIENCE (60ull * 1000000000) /* for what is left of a closed connection */
#define SIDE_BLOCKS (TALK_HELD_SIDE / HELD_BLOCK)
#define WELL_KNOWN 1024 /* servers only have ports below */

struct talk *talk_open(const struct talk_opts *o)
{
    struct talk *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->opts = *o;
    if (!o->tcp_idle_ns) t->opts.tcp_idle_ns = TALK_TCP_IDLE;
    if (!o->udp_idle_ns) t->opts.udp_idle_ns = TALK_UDP_IDLE;
    if (!o->conns_max || o->conns_max > TALK_CONNS_MAX) t->opts.conns_max = TALK_CONNS_MAX;
    t->conns = conns_new(t->opts.conns_max);
    t->pool = held_pool_new(TALK_HELD_MAX);
    t->defrag = defrag_open();
    if (t->conns && t->pool && t->defrag) return t;
    talk_close(t);
    return NULL;
}

void talk_close(struct talk *t)
{
    if (!t) return;
    conns_free(t->conns);
    held_pool_free(t->pool);
    if (t->defrag) defrag_close(t->defrag);
    free(t);
}

void talk_again(struct talk *t)
{
    t->stage = READ;
}

const struct talk_counts *talk_counts(struct talk *t)
{
    const struct defrag_counts *d = defrag_counts(t->defrag);
    t->counts.datagrams = d->whole;
    t->counts.datagrams_expired = d->expired;
    t->counts.datagrams_evicted = d->evicted;
    t->counts.datagrams_bad = d->bad;
    return &t->counts;
}

const struct talk_count_doc talk_count_docs[] = {
#define COUNT(id, is_fate, title, text)                                                            \
    {.name = title, .help = text, .fate = is_fate, .at = offsetof(struct talk_counts, id)},
#include "trace/talk.def"
#undef COUNT
};
const size_t talk_count_n = sizeof talk_count_docs / sizeof *talk_count_docs;

enum trace_next talk_from_source(void *source, struct trace_frame *out)
{
    size_t file;
    return source_next(source, out, &file);
}

static uint64_t *count_of(struct talk_counts *c, enum said_fate fate)
{
    switch (fate) {
    case SAID_NO_IP:
        return &c->no_ip;
    case SAID_OTHER:
        return &c->other_protocols;
    case SAID_CUT:
        return &c->cut;
    case SAID_FRAGMENT:
        return &c->fragments;
    case SAID_FRAGMENT_OLD:
        return &c->duplicates;
    case SAID_MALFORMED:
    case SAID_SOMETHING:
        break;
    }
    return &c->malformed;
}

static enum stage read_frame(struct talk *t)
{
    struct trace_frame f;
    if (t->opts.next(t->opts.ctx, &f) != TRACE_FRAME) return END;
    if (f.has_time) t->now = f.at_ns;
    enum said_fate fate = said_read(&f, t->defrag, t->now, &t->said);
    if (fate == SAID_SOMETHING) return EXPIRE;
    ++*count_of(&t->counts, fate);
    return READ;
}

static bool longer(const struct talk *t, int64_t since, uint64_t patience)
{
    return t->now > since && (uint64_t)t->now - (uint64_t)since > patience;
}

/* Connections that were silent for too long end, one after the other. */
static enum stage expire(struct talk *t)
{
    struct conn *c;
    while ((c = conns_first(t->conns, CONNS_OVER)) && longer(t, c->heard_ns, OVER_PATIENCE))
        conns_remove(t->conns, c);
    if ((c = conns_first(t->conns, CONNS_TCP)) && longer(t, c->heard_ns, t->opts.tcp_idle_ns)) {
        tell_end(t, c, TALK_IDLE, TALK_CLIENT);
    } else if ((c = conns_first(t->conns, CONNS_UDP)) &&
               longer(t, c->heard_ns, t->opts.udp_idle_ns)) {
        tell_end(t, c, TALK_IDLE, TALK_CLIENT);
    } else if ((c = conns_first(t->conns, CONNS_HOLDING)) &&
               longer(t, c->holding_ns, HOLD_PATIENCE)) {
        c->giving_up = true;
        t->telling = c;
    }
    return t->telling ? EXPIRE : FIND;
}

/* Whether a segment says that the connection known by its ends is another one now. */
static bool is_another(const struct conn *c, const struct said *s, enum talk_side side)
{
    const struct stream *own = &c->stream[side], *other = &c->stream[!side];
    bool over = c->list == CONNS_OVER;
    if (c->udp || (s->flags & FLAG_RST)) return false;
    if (!(s->flags & FLAG_SYN))
        return s->bytes.n > 0 && (over || own->shut) && stream_is_past(own, s->seq);
    /* The SYN of this connection answered once more, if perhaps with another number. */
    if ((s->flags & FLAG_ACK) && other->syn && s->ack == other->isn + 1) return false;
    return over ? !own->syn || own->isn != s->seq : !stream_fits_syn(own, s->seq);
}

/* Whether a connection begins with this segment, if perhaps without its own beginning. */
static bool is_opening(const struct said *s)
{
    if (s->udp) return true;
    return !(s->flags & FLAG_RST) && ((s->flags & FLAG_SYN) || s->bytes.n > 0 || s->missing > 0);
}

/* The side of the first one that is heard: the rule in trace/talk.h. */
static enum talk_side side_of(const struct said *s)
{
    bool low_src = s->ends.sport < WELL_KNOWN, low_dst = s->ends.dport < WELL_KNOWN;
    if (s->udp) return low_src && !low_dst ? TALK_SERVER : TALK_CLIENT;
    if (s->flags & FLAG_SYN) return s->flags & FLAG_ACK ? TALK_SERVER : TALK_CLIENT;
    return s->lower_server ? TALK_CLIENT : TALK_SERVER;
}

/* Room for one more connection, now or when some other one has been told to its end. */
static void make_room(struct talk *t)
{
    struct conn *tcp = conns_first(t->conns, CONNS_TCP), *udp = conns_first(t->conns, CONNS_UDP);
    struct conn *over = conns_first(t->conns, CONNS_OVER);
    if (over) {
        conns_remove(t->conns, over);
        return;
    }
    t->counts.evicted++;
    tell_end(t, !tcp || (udp && udp->heard_ns < tcp->heard_ns) ? udp : tcp, TALK_EVICTED,
             TALK_CLIENT);
}

static bool open_conn(struct talk *t, struct talk_event *out)
{
    t->side = side_of(&t->said);
    t->conn = conns_add(t->conns, &t->said, t->side, t->now);
    if (!t->conn) {
        make_room(t);
        return false;
    }
    t->conn->number = t->counts.opened++;
    t->stage = ACK;
    tell_open(t, t->conn, out);
    t->counts.midway += out->midway;
    return true;
}

static bool find(struct talk *t, struct talk_event *out)
{
    struct conn *c = conns_find(t->conns, &t->said, &t->side);
    if (c && is_another(c, &t->said, t->side)) {
        if (c->list == CONNS_OVER)
            conns_remove(t->conns, c);
        else
            tell_end(t, c, TALK_REPLACED, t->side);
        return false;
    }
    if (!c && is_opening(&t->said)) return open_conn(t, out);
    t->stage = READ;
    if (!c) {
        t->counts.strays++;
    } else if (c->list == CONNS_OVER) {
        t->counts.after_close++;
    } else {
        conns_heard(t->conns, c, c->list, t->now);
        t->conn = c;
        t->stage = ACK;
    }
    return false;
}

/* Where the stream is, and what the other side's has reached. */
static enum stage acknowledge(struct talk *t)
{
    const struct said *s = &t->said;
    struct stream *own = &t->conn->stream[t->side];
    bool syn = s->flags & FLAG_SYN;
    t->fresh = 0;
    t->fate = !s->udp && !syn ? &t->counts.acks
              : own->syn      ? &t->counts.duplicates
                              : &t->counts.used;
    if (s->udp || (s->flags & FLAG_RST)) return TAKE; /* a reset may be a stranger's */
    if (syn && !own->syn) stream_syn(own, s->seq);
    if (!syn) stream_begin(own, s->seq);
    if (s->flags & FLAG_ACK) stream_ack(&t->conn->stream[!t->side], s->ack);
    t->telling = t->conn;
    return TAKE;
}

static enum stage reset(struct talk *t)
{
    const struct said *s = &t->said;
    const struct stream *own = &t->conn->stream[t->side], *other = &t->conn->stream[!t->side];
    bool taken = stream_takes_reset(own, other, s->seq, s->flags & FLAG_ACK ? &s->ack : NULL);
    t->fate = taken ? &t->counts.used : &t->counts.out_of_window;
    if (taken) tell_end(t, t->conn, TALK_RST, t->side);
    return FINISH;
}

/* Of this segment's first byte. */
static uint32_t first_of(const struct said *s)
{
    return s->seq + (s->flags & FLAG_SYN ? 1 : 0);
}

/* No room to hold a segment back: the connection that has done so for longest, or this one when
 * it is its own limit that it reached, gives up waiting. */
static void give_up(struct talk *t)
{
    t->telling = held_left(t->pool) ? t->conn : conns_first(t->conns, CONNS_HOLDING);
    t->telling->giving_up = true;
}

static bool take_tcp(struct talk *t, struct talk_event *out)
{
    size_t fresh;
    struct span bytes = t->said.bytes;
    struct stream *own = &t->conn->stream[t->side];
    enum stream_taken how =
        stream_take(own, t->pool, first_of(&t->said), &bytes, SIDE_BLOCKS, &fresh);
    t->fresh += fresh;
    if (own->held.blocks) conns_holding(t->conns, t->conn, true, t->now);
    if (how == STREAM_NO_ROOM) {
        give_up(t);
        return false;
    }
    t->stage = how == STREAM_FAR ? FINISH : MISSING;
    if (how == STREAM_FAR)
        t->fate = &t->counts.out_of_window;
    else
        t->counts.repeated_bytes += t->said.bytes.n - t->fresh;
    if (how == STREAM_OLD) t->fate = &t->counts.duplicates;
    if (how == STREAM_HELD) t->fate = &t->counts.held;
    if (how != STREAM_NOW) return false;
    t->fate = &t->counts.used;
    return tell_data(t, t->conn, t->side, bytes, out);
}

static bool take(struct talk *t, struct talk_event *out)
{
    const struct said *s = &t->said;
    if (s->udp) {
        t->stage = MISSING;
        tell_data(t, t->conn, t->side, s->bytes, out);
        out->missing = s->missing;
        return true;
    }
    if (s->flags & FLAG_RST) {
        t->stage = reset(t);
        return false;
    }
    if (s->bytes.n > 0) return take_tcp(t, out);
    t->stage = MISSING;
    return false;
}

/* What the capture cut off: it will not come. */
static bool miss(struct talk *t, struct talk_event *out)
{
    const struct said *s = &t->said;
    uint32_t n = s->missing;
    t->stage = FINISH;
    if (!s->udp && n > 0)
        n = stream_lose(&t->conn->stream[t->side], t->pool, first_of(s) + (uint32_t)s->bytes.n, n);
    if (n == 0) return false;
    t->fate = &t->counts.used;
    return tell_gap(t, t->conn, t->side, n, out);
}

static enum stage finish(struct talk *t)
{
    const struct said *s = &t->said;
    struct stream *own = &t->conn->stream[t->side];
    if (!s->udp && !(s->flags & FLAG_RST)) {
        uint32_t end = first_of(s) + (uint32_t)s->bytes.n + s->missing;
        if ((s->flags & FLAG_FIN) && stream_end(own, end)) t->fate = &t->counts.used;
        t->telling = t->conn;
    }
    ++*t->fate;
    return READ;
}

/* The capture has ended: what is open is told to its end. False: nothing is. */
static bool end_next(struct talk *t)
{
    struct conn *c = conns_first(t->conns, CONNS_TCP);
    if (!c) c = conns_first(t->conns, CONNS_UDP);
    if (c) {
        tell_end(t, c, TALK_LAST, TALK_CLIENT);
        return true;
    }
    while ((c = conns_first(t->conns, CONNS_OVER))) conns_remove(t->conns, c);
    defrag_end(t->defrag);
    return false;
}

enum talk_state talk_next(struct talk *t, struct talk_event *out)
{
    for (t->looks = 0;;) {
        held_release(t->pool);
        bool told = t->telling && tell(t, out);
        if (!told) switch (t->stage) {
            case READ:
                if (t->looks++ == TALK_LOOKS) return TALK_LATER;
                t->stage = read_frame(t);
                break;
            case EXPIRE:
                t->stage = expire(t);
                break;
            case FIND:
                told = find(t, out);
                break;
            case ACK:
                t->stage = acknowledge(t);
                break;
            case TAKE:
                told = take(t, out);
                break;
            case MISSING:
                told = miss(t, out);
                break;
            case FINISH:
                t->stage = finish(t);
                break;
            case END:
                if (!end_next(t)) return TALK_END;
                break;
            }
        if (told) return TALK_EVENT;
    }
}
