/* The ends of a conversation replaced in one of its frames: addresses, ports, TCP's numbers. */
#include "trace/edit.h"

enum { ACK = 0x10 };
enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_SACK = 5 };

static void put_addresses(const struct new_ends *x, struct edit *e)
{
    const struct layout *l = &e->draft->at;
    size_t at = l->net + (l->version == 4 ? 12u : 8u), n = l->version == 4 ? 4 : 16;
    enum family family = l->version == 4 ? FAMILY_IP4 : FAMILY_IP6;
    const struct addr *client = x->client_known && x->client.family == family ? &x->client : NULL;
    const struct addr *server = x->server_known && x->server.family == family ? &x->server : NULL;
    const struct addr *src = x->from_client ? client : server;
    const struct addr *dst = x->from_client ? server : client;
    if (src) edit_address(e, at, *src);
    uint64_t before = e->sums.pseudo;
    if (dst) edit_address(e, at + n, *dst);
    if (l->routed) e->sums.pseudo = before; /* the checksum is about the last hop's address */
}

static void put_port(struct edit *e, size_t at, bool known, uint16_t port)
{
    uint8_t bytes[2];
    if (!known) return;
    put_u16(bytes, port);
    edit_put(e, at, bytes, 2, SUMS_UP);
}

static void put_ports(const struct new_ends *x, struct edit *e)
{
    const struct layout *l = &e->draft->at;
    bool client_known = x->client_port_known, server_known = x->server_port_known;
    if (proto_has_ports(l->proto)) {
        put_port(e, l->up + (x->from_client ? 0 : 2), client_known, x->client_port);
        put_port(e, l->up + (x->from_client ? 2 : 0), server_known, x->server_port);
    } else if (l->up + 6 <= e->draft->n) { /* an echo's identifier */
        put_port(e, l->up + 4, client_known, x->client_port);
    }
}

static void shift(struct edit *e, size_t base, size_t offset, uint32_t by)
{
    uint32_t now = get_u32(e->draft->p + base + offset);
    if (by) edit_bits(e, base, (unsigned)offset * 8, 32, now + by, SUMS_UP);
}

/* The blocks that a selective acknowledgement names (RFC 2018, section 3). */
static void shift_blocks(struct edit *e, size_t up, size_t header, uint32_t by)
{
    struct reader r = reader_of(span_make(e->draft->p + up, header));
    read_bytes(&r, 20);
    while (!r.bad && reader_left(&r) > 0) {
        size_t at = r.at;
        uint8_t kind = read_u8(&r);
        if (kind == OPTION_END) return;
        if (kind == OPTION_NOP) continue;
        uint8_t length = read_u8(&r);
        if (length < 2) return;
        read_bytes(&r, length - 2u);
        if (r.bad || kind != OPTION_SACK) continue;
        for (size_t k = 2; k + 4 <= length; k += 4) shift(e, up, at + k, by);
    }
}

static void shift_numbers(const struct new_ends *x, struct edit *e)
{
    size_t up = e->draft->at.up, header = (e->draft->p[up + 12] >> 4) * 4u;
    uint32_t own = x->from_client ? x->client_seq : x->server_seq;
    uint32_t other = x->from_client ? x->server_seq : x->client_seq;
    shift(e, up, 4, own);
    if (!(e->draft->p[up + 13] & ACK)) return;
    shift(e, up, 8, other);
    if (header > 20 && up + header <= e->draft->n) shift_blocks(e, up, header, other);
}

void rewrite_ends(struct edit *e)
{
    const struct new_ends *x = e->draft->ends;
    const struct layout *l = &e->draft->at;
    if (!l->version) return;
    put_addresses(x, e);
    if (!l->up || l->fragment) return;
    put_ports(x, e);
    if (l->proto == PROTO_TCP && (x->client_seq | x->server_seq)) shift_numbers(x, e);
}
