#include "trace/telling.h"

static bool event(const struct talk *t, struct conn *c, enum talk_kind kind, enum talk_side side,
                  struct talk_event *out)
{
    *out = (struct talk_event){.kind = kind,
                               .side = side,
                               .udp = c->udp,
                               .conn = c->number,
                               .at_ns = t->now,
                               .mine = &c->mine};
    return true;
}

bool tell_data(struct talk *t, struct conn *c, enum talk_side side, struct span bytes,
               struct talk_event *out)
{
    t->counts.data_bytes += bytes.n;
    event(t, c, TALK_DATA, side, out);
    out->bytes = bytes;
    return true;
}

bool tell_gap(struct talk *t, struct conn *c, enum talk_side side, uint64_t missing,
              struct talk_event *out)
{
    t->counts.gaps++;
    t->counts.gap_bytes += missing;
    if (c->giving_up) t->counts.given_up++;
    event(t, c, TALK_GAP, side, out);
    out->missing = missing;
    return true;
}

static struct talk_peer peer(const struct conn *c, enum talk_side side)
{
    enum family f = c->addr_n == 4 ? FAMILY_IP4 : FAMILY_IP6;
    return (struct talk_peer){addr_from_bytes(f, c->addr[side]), c->port[side]};
}

bool tell_open(const struct talk *t, struct conn *c, struct talk_event *out)
{
    event(t, c, TALK_OPEN, t->side, out);
    out->midway = !c->udp && !(t->said.flags & FLAG_SYN);
    out->client = peer(c, TALK_CLIENT);
    out->server = peer(c, TALK_SERVER);
    return true;
}

/* The end of a connection; what of it must still be known stays. */
static bool close_of(struct talk *t, struct conn *c, struct talk_event *out)
{
    event(t, c, TALK_CLOSE, c->by, out);
    out->how = c->how;
    if (!c->udp && (c->how == TALK_FIN || c->how == TALK_RST))
        conns_heard(t->conns, c, CONNS_OVER, c->heard_ns);
    else
        conns_remove(t->conns, c);
    t->telling = NULL;
    return true;
}

/* What comes next of one side; false: nothing now. */
static bool tell_side(struct talk *t, struct conn *c, enum talk_side side, struct talk_event *out)
{
    struct span bytes;
    uint32_t missing;
    bool give_up = c->closing || c->giving_up;
    switch (stream_step(&c->stream[side], t->pool, give_up, &bytes, &missing)) {
    case STREAM_BYTES:
        conns_holding(t->conns, c, false, t->now);
        return tell_data(t, c, side, bytes, out);
    case STREAM_GAP:
        return tell_gap(t, c, side, missing, out);
    case STREAM_SHUT:
        if (!c->stream[!side].shut) c->began = side;
        return event(t, c, TALK_SHUT, side, out);
    case STREAM_WAITS:
        break;
    }
    return false;
}

void tell_end(struct talk *t, struct conn *c, enum talk_how how, enum talk_side by)
{
    c->closing = true;
    c->how = how;
    c->by = by;
    t->telling = c;
}

bool tell(struct talk *t, struct talk_event *out)
{
    struct conn *c = t->telling;
    if (!c->udp && (tell_side(t, c, TALK_CLIENT, out) || tell_side(t, c, TALK_SERVER, out)))
        return true;
    c->giving_up = false;
    conns_holding(t->conns, c, c->stream[0].held.blocks || c->stream[1].held.blocks, t->now);
    if (c->stream[0].shut && c->stream[1].shut && !(c->closing && c->how == TALK_RST))
        tell_end(t, c, TALK_FIN, c->began);
    if (c->closing && c->list != CONNS_OVER) return close_of(t, c, out);
    t->telling = NULL;
    return false;
}
