/* The link-layer headers of LINKTYPE_ values (the registry of the tcpdump group). */
#include "trace/link.h"

#include <stdio.h>

/* By the version in the first byte. */
static bool inside_raw(struct reader *r, struct inside *out)
{
    struct reader look = *r;
    unsigned version = read_u8(&look) >> 4;
    out->type = version == 4 ? TYPE_IP4 : version == 6 ? TYPE_IP6 : 0;
    return !look.bad && out->type;
}

/* An address family: 2 is IPv4 everywhere; IPv6 has a number of its own in each system. */
static bool inside_family(uint32_t family, struct inside *out)
{
    bool six = family == 10 || family == 24 || family == 28 || family == 30;
    out->type = family == 2 ? TYPE_IP4 : six ? TYPE_IP6 : 0;
    return out->type;
}

/* The writer's byte order, which the file does not tell; families are small numbers. */
static bool inside_null(struct reader *r, struct inside *out)
{
    uint32_t family = read_u32(r);
    return inside_family(family > 0xffff ? __builtin_bswap32(family) : family, out);
}

static bool inside_loop(struct reader *r, struct inside *out)
{
    return inside_family(read_u32(r), out);
}

static bool inside_enc(struct reader *r, struct inside *out)
{
    struct reader look = *r;
    read_bytes(r, 12);
    return inside_null(&look, out);
}

/* An EtherType; smaller values are lengths and kinds of other framings. */
static bool inside_type(uint16_t type, struct inside *out)
{
    out->type = type;
    return type >= 0x600;
}

static bool inside_sll(struct reader *r, struct inside *out)
{
    read_u16(r);
    read_u16(r);
    uint16_t length = read_u16(r);
    struct span address = read_bytes(r, 8);
    if (length == 6) out->src = span_sub(address, 0, 6);
    return inside_type(read_u16(r), out);
}

static bool inside_sll2(struct reader *r, struct inside *out)
{
    uint16_t type = read_u16(r);
    read_bytes(r, 9);
    uint8_t length = read_u8(r);
    struct span address = read_bytes(r, 8);
    if (length == 6) out->src = span_sub(address, 0, 6);
    return inside_type(type, out);
}

/* A PPP protocol number, of one byte when it is odd (RFC 1661, section 2). */
static bool inside_ppp_protocol(struct reader *r, struct inside *out)
{
    uint16_t protocol = read_u8(r);
    if (!(protocol & 1)) protocol = (uint16_t)(protocol << 8 | read_u8(r));
    out->type = protocol == 0x21 ? TYPE_IP4 : protocol == 0x57 ? TYPE_IP6 : 0;
    if (protocol == 0x281) out->type = TYPE_MPLS;
    return out->type;
}

/* Address and control, ff 03, may be there or not (RFC 1662). */
static bool inside_ppp(struct reader *r, struct inside *out)
{
    struct reader look = *r;
    if (read_u16(&look) == 0xff03) *r = look;
    return inside_ppp_protocol(r, out);
}

/* The first byte tells the direction instead of an address. */
static bool inside_pppd(struct reader *r, struct inside *out)
{
    read_u8(r);
    struct reader look = *r;
    if (read_u8(&look) == 0x03) *r = look;
    return inside_ppp_protocol(r, out);
}

static bool inside_pppoe(struct reader *r, struct inside *out)
{
    read_bytes(r, 6);
    return inside_ppp_protocol(r, out);
}

/* Cisco HDLC: an address, a control byte, an EtherType. PPP in HDLC begins with ff 03. */
static bool inside_hdlc(struct reader *r, struct inside *out)
{
    struct reader look = *r;
    if (read_u16(&look) == 0xff03) return inside_ppp(r, out);
    read_u16(r);
    return inside_type(read_u16(r), out);
}

static bool inside_snap(struct reader *r, struct inside *out)
{
    struct span head = read_bytes(r, 6);
    static const uint8_t snap[6] = {0xaa, 0xaa, 3, 0, 0, 0};
    return span_eq(head, span_make(snap, 6)) && inside_type(read_u16(r), out);
}

/* IEEE 802.11, section 9.2: data frames in the clear have three or four addresses, control
 * words as their bits tell, and a SNAP header. */
static bool inside_wifi(struct reader *r, struct inside *out)
{
    uint16_t control = read_u16_le(r);
    unsigned type = control >> 2 & 3, subtype = control >> 4 & 15;
    bool to_ds = control & 0x100, from_ds = control & 0x200;
    bool clear = !(control & 0x4000), first = true;
    read_u16(r);
    struct span a1 = read_bytes(r, 6), a2 = read_bytes(r, 6), a3 = read_bytes(r, 6);
    first = (read_u16_le(r) & 15) == 0; /* later fragments have no SNAP header */
    struct span a4 = to_ds && from_ds ? read_bytes(r, 6) : (struct span){0};
    if (subtype & 8) read_u16(r);
    if ((subtype & 8) && (control & 0x8000)) read_u32(r);
    out->dst = to_ds ? a3 : a1;
    out->src = from_ds ? (to_ds ? a4 : a3) : a2;
    return type == 2 && !(subtype & 4) && clear && first && inside_snap(r, out);
}

/* The radiotap header has its length in front and, in its flags, whether the frame ends with
 * a check sequence. The flags stand behind all words of the bitmap, and a time if there. */
static bool inside_radiotap(struct reader *r, struct inside *out)
{
    struct reader head = *r;
    read_u16(&head);
    uint16_t length = read_u16_le(&head);
    uint32_t present = read_u32_le(&head), more = present;
    while (more & 0x80000000u && !head.bad) more = read_u32_le(&head);
    if (present & 1) {
        read_bytes(&head, -head.at & 7);
        read_bytes(&head, 8);
    }
    bool fcs = (present & 2) && (read_u8(&head) & 0x10);
    read_bytes(r, length);
    if (head.bad || r->bad || length < 8) return false;
    if (fcs && reader_left(r) >= 4) r->s.n -= 4;
    return inside_wifi(r, out);
}

static bool inside_ethernet(struct reader *r, struct inside *out)
{
    out->dst = read_bytes(r, 6);
    out->src = read_bytes(r, 6);
    return inside_type(read_u16(r), out);
}

/* Whether one of the fields of a PPI header says that the frame ends with a check sequence: the
 * flags of 802.11-Common (type 2), behind its time. */
static bool ppi_has_fcs(struct reader head)
{
    while (!head.bad && reader_left(&head) > 0) {
        uint16_t type = read_u16_le(&head), length = read_u16_le(&head);
        struct reader field = reader_of(read_bytes(&head, length));
        read_u64(&field);
        if (type == 2 && !field.bad) return read_u16_le(&field) & 1;
    }
    return false;
}

static bool inside_any(uint32_t link, struct reader *r, struct inside *out);

/* Per-packet information: its length and the link type of what follows, then fields. */
static bool inside_ppi(struct reader *r, struct inside *out)
{
    struct reader head = *r;
    read_u16(&head);
    uint16_t length = read_u16_le(&head);
    uint32_t link = read_u32_le(&head);
    head.s = span_sub(head.s, 0, length);
    read_bytes(r, length);
    if (head.bad || r->bad || length < 8 || link == LINK_PPI) return false;
    if (link == LINK_WIFI && ppi_has_fcs(head) && reader_left(r) >= 4) r->s.n -= 4;
    return link == LINK_ETHERNET ? inside_ethernet(r, out) : inside_any(link, r, out);
}

static const struct {
    uint32_t link;
    const char *name;
    bool (*inside)(struct reader *r, struct inside *out); /* NULL: carries no packets we know */
} links[] = {
    {0, "BSD loopback", inside_null},
    {LINK_ETHERNET, "Ethernet", NULL},
    {6, "token ring", NULL},
    {9, "PPP", inside_ppp},
    {12, "raw IP", inside_raw},
    {14, "raw IP", inside_raw},
    {50, "PPP over HDLC", inside_ppp},
    {51, "PPPoE", inside_pppoe},
    {101, "raw IP", inside_raw},
    {104, "Cisco HDLC", inside_hdlc},
    {LINK_WIFI, "802.11", inside_wifi},
    {108, "OpenBSD loopback", inside_loop},
    {109, "OpenBSD enc", inside_enc},
    {113, "Linux cooked v1", inside_sll},
    {LINK_RADIOTAP, "radiotap", inside_radiotap},
    {166, "PPP with direction", inside_pppd},
    {187, "Bluetooth HCI", NULL},
    {189, "USB", NULL},
    {LINK_PPI, "PPI", inside_ppi},
    {195, "802.15.4", NULL},
    {201, "Bluetooth HCI", NULL},
    {220, "USB", NULL},
    {227, "SocketCAN", NULL},
    {228, "raw IPv4", inside_raw},
    {229, "raw IPv6", inside_raw},
    {231, "D-Bus", NULL},
    {239, "NFLOG", NULL},
    {249, "USB", NULL},
    {253, "netlink", NULL},
    {276, "Linux cooked v2", inside_sll2},
};
#define LINKS (sizeof links / sizeof *links)

static size_t find(uint32_t link)
{
    size_t i = 0;
    while (i < LINKS && links[i].link != link) i++;
    return i;
}

static bool inside_any(uint32_t link, struct reader *r, struct inside *out)
{
    size_t i = find(link);
    return i < LINKS && links[i].inside && links[i].inside(r, out) && !r->bad;
}

const char *link_name(uint32_t link, char buf[static LINK_NAME])
{
    size_t i = find(link);
    if (i < LINKS) return links[i].name;
    snprintf(buf, LINK_NAME, "link type %u", link);
    return buf;
}

bool link_inside(uint32_t link, struct span frame, struct inside *out)
{
    struct reader r = reader_of(frame);
    *out = (struct inside){0};
    if (!inside_any(link, &r, out)) return false;
    out->packet = span_from(r.s, r.at);
    return true;
}

bool link_layout(uint32_t link, struct span frame, struct layout *out)
{
    struct inside in;
    *out = (struct layout){0};
    if (link == LINK_ETHERNET) {
        layout_ethernet(frame, out);
        return frame.n >= 14;
    }
    if (!link_inside(link, frame, &in)) return false;
    layout_from(frame, (size_t)(in.packet.p - frame.p), in.type, out);
    return true;
}

bool link_has_packets(uint32_t link)
{
    size_t i = find(link);
    return link == LINK_ETHERNET || (i < LINKS && links[i].inside);
}
