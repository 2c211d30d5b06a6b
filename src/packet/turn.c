/* turn: a packet as one turn of a conversation. Its TCP numbers count on from those before it,
 * which only the conversation knows; it hands them in as columns. */
#include "packet/template.h"

/* The innermost TCP header, or NULL. */
static const struct layer *tcp_of(const struct packet *p)
{
    for (size_t i = p->layers; i-- > 0;)
        if (p->layer[i].class == &layer_tcp) return &p->layer[i];
    return NULL;
}

static bool has_flag(const struct layer *tcp, unsigned flag)
{
    return layer_value(tcp, "flags")->constant >> flag & 1;
}

/* Whether every unit has the same flags. */
static bool flags_known(const struct layer *tcp)
{
    return !layer_value(tcp, "flags")->gen;
}

enum { FIN, SYN, ACK = 4 };

static void hand_in(struct build *b, const struct layer *tcp, const char *field,
                    enum packet_given which)
{
    struct value *v = layer_value(tcp, field);
    if (v->given) return;
    v->column = packet_column(b->p, 1);
    packet_source(b, (struct source){.kind = SOURCE_GIVEN, .column = v->column, .shift = which});
}

void turn_plan(struct build *b)
{
    const struct layer *tcp = tcp_of(b->p);
    if (!b->turn || !tcp) return;
    hand_in(b, tcp, "seq", GIVEN_SEQ);
    if (!flags_known(tcp) || has_flag(tcp, ACK)) hand_in(b, tcp, "ack", GIVEN_ACK);
}

/* The bytes behind the TCP header, when they are as many in every unit. */
static bool payload_of(const struct packet *p, const struct layer *tcp, uint32_t *n)
{
    if (p->end_varies) return false;
    *n = (uint32_t)p->end - tcp->at - tcp->size;
    return true;
}

static bool advance_of(const struct packet *p, uint32_t *n)
{
    const struct layer *tcp = tcp_of(p);
    if (!flags_known(tcp) || !payload_of(p, tcp, n)) return false;
    *n += (uint32_t)has_flag(tcp, SYN) + has_flag(tcp, FIN);
    return true;
}

bool packet_turn(const struct packet *p, struct packet_turn *out)
{
    const struct layer *tcp = tcp_of(p);
    uint32_t n;
    *out = (struct packet_turn){0};
    if (!tcp) return false;
    out->seq = layer_value(tcp, "seq")->column >= 0 && !layer_value(tcp, "seq")->given;
    out->ack = layer_value(tcp, "ack")->column >= 0 && !layer_value(tcp, "ack")->given;
    out->counted = advance_of(p->variants ? p->variant[0] : p, &out->advance);
    for (size_t i = 1; i < p->variants; i++)
        if (!advance_of(p->variant[i], &n) || n != out->advance) out->counted = false;
    return true;
}
