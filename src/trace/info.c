#include "trace/info.h"

#include "trace/destination.h"
#include "trace/flows.h"
#include "trace/link.h"
#include "trace/segment.h"

#include <string.h>

#define ETHERNET_HEADER 14u
#define TAG 4u
#define SECOND 1000000000

const char *const info_sums[SUM_KINDS] = {
    [SUM_IP4] = "ipv4",  [SUM_TCP] = "tcp",   [SUM_UDP] = "udp",
    [SUM_ICMP] = "icmp", [SUM_SCTP] = "sctp",
};
const uint32_t info_size_below[INFO_SIZES] = {64, 128, 256, 512, 1024, 1519, 9019, UINT32_MAX};

/* What is needed between frames only. */
struct looking {
    const struct info_opts *opts;
    struct info *info;
    struct flows *flows;
    struct trace *trace;
    int64_t before_ns; /* the last stamp */
    int64_t second_ns; /* where the second being counted began */
    uint64_t second_frames, second_bytes;
};

static void add_row(struct info_table *t, uint32_t key, uint32_t bytes)
{
    size_t i = 0;
    while (i < t->n && t->row[i].key != key) i++;
    struct info_row *r = i < INFO_ROWS ? &t->row[i] : &t->other;
    if (i == t->n && i < INFO_ROWS) t->n++;
    r->key = key;
    r->frames++;
    r->bytes += bytes;
}

static uint64_t distance(int64_t from, int64_t to)
{
    return (uint64_t)to - (uint64_t)from;
}

static void close_second(struct looking *k)
{
    struct info *i = k->info;
    if (k->second_frames > i->peak_frames) i->peak_frames = k->second_frames;
    if (k->second_bytes > i->peak_bytes) i->peak_bytes = k->second_bytes;
    k->second_frames = k->second_bytes = 0;
}

static void look_at_time(struct looking *k, const struct trace_frame *f)
{
    struct info *i = k->info;
    int64_t at = f->at_ns;
    if (!f->has_time) return;
    if (i->timed++ == 0) {
        i->first_ns = i->last_ns = k->second_ns = at;
    } else if (at < k->before_ns) {
        uint64_t back = distance(at, k->before_ns);
        i->backwards++;
        if (back > i->max_back_ns) i->max_back_ns = back;
    } else if (distance(k->before_ns, at) > i->max_gap_ns) {
        i->max_gap_ns = distance(k->before_ns, at);
    }
    if (at < i->first_ns) i->first_ns = at;
    if (at > i->last_ns) i->last_ns = at;
    if (at >= k->second_ns && distance(k->second_ns, at) >= SECOND) {
        close_second(k);
        k->second_ns = at;
    }
    k->second_frames++;
    k->second_bytes += f->wire_len;
    k->before_ns = at;
}

static void look_at_size(struct info *i, const struct trace_frame *f)
{
    size_t class = 0;
    if (i->frames == 1 || f->wire_len < i->shortest) i->shortest = f->wire_len;
    if (f->wire_len > i->longest) i->longest = f->wire_len;
    while (class < INFO_SIZES - 1 && f->wire_len >= info_size_below[class]) class ++;
    i->size[class]++;
    i->bytes += f->bytes.n;
    i->wire_bytes += f->wire_len;
    if (f->bytes.n < f->wire_len) i->cut++;
}

static void look_at_protocols(struct looking *k, const struct trace_frame *f,
                              const struct layout *l, bool known)
{
    struct info *i = k->info;
    uint32_t type = !known ? INFO_NONE : l->type < 0x600 ? INFO_LLC : l->type;
    uint64_t flow = layout_flow(f->bytes, l);
    add_row(&i->protocols, type, f->wire_len);
    if (l->tags) i->tagged++;
    if (l->fragment) i->fragments++;
    if (known && l->inner && l->inner != type) add_row(&i->protocols, l->inner, f->wire_len);
    if (!l->version) return;
    add_row(&i->protocols, INFO_IP + l->proto, f->wire_len);
    flows_add(k->flows, flow);
}

/* The longest frame a device of this MTU takes: one VLAN tag comes on top. */
static bool too_big(const struct info_opts *o, const struct trace_frame *f, const struct layout *l)
{
    return f->wire_len - f->fcs > o->mtu + ETHERNET_HEADER + (l->tags ? TAG : 0);
}

static enum info_fate fate_of(const struct info_opts *o, const struct trace_frame *f,
                              const struct layout *l)
{
    if (f->link != LINK_ETHERNET) return FATE_FOREIGN;
    if (f->bytes.n < f->wire_len || f->bytes.n < ETHERNET_HEADER) return FATE_CUT;
    if (o->allows && !destination_allowed(f->bytes, l, o->allows, o->ctx)) return FATE_NOT_ALLOWED;
    return too_big(o, f, l) ? FATE_TOO_BIG : FATE_LEAVES;
}

static void look_at_sums(struct info *i, const struct trace_frame *f, const struct layout *l)
{
    struct sums_verdict v = {0};
    if (l->version) v = sums_verify(f->bytes.p, f->bytes.n, l);
    for (unsigned k = 0; v.checked && k < SUM_KINDS; k++) {
        i->sums[k] += v.checked >> k & 1;
        i->sums_wrong[k] += v.wrong >> k & 1;
    }
}

/* A frame too long, and what oversize = segment would make of it. */
static void look_at_excess(const struct info_opts *o, struct info *i, const struct trace_frame *f,
                           const struct layout *l)
{
    struct draft d = {.p = (uint8_t *)f->bytes.p, .n = (uint32_t)f->bytes.n, .at = *l};
    size_t parts = segment_count(&d, o->mtu + ETHERNET_HEADER + (l->tags ? TAG : 0));
    i->over_mtu++;
    if (!parts) return;
    i->segmentable++;
    i->segments += parts;
}

static void look_at(struct looking *k, const struct trace_frame *f)
{
    struct info *i = k->info;
    struct layout l;
    i->frames++;
    look_at_size(i, f);
    look_at_time(k, f);
    bool known = link_layout(f->link, f->bytes, &l);
    if (known && f->link != LINK_ETHERNET) i->convertible++;
    look_at_protocols(k, f, &l, known);
    add_row(&i->links, f->link, f->wire_len);
    add_row(&i->interfaces, f->interface, f->wire_len);
    if (f->link == LINK_ETHERNET && too_big(k->opts, f, &l)) look_at_excess(k->opts, i, f, &l);
    if (f->fcs) i->with_fcs++;
    look_at_sums(i, f, &l);
    i->fate[fate_of(k->opts, f, &l)]++;
}

/* Every frame is looked at on its way to becoming events. */
static enum trace_next look_at_next(void *looking, struct trace_frame *out)
{
    struct looking *k = looking;
    enum trace_next how = trace_next(k->trace, out);
    if (how == TRACE_FRAME) look_at(k, out);
    return how;
}

static void look_at_event(struct info *i, const struct talk_event *e)
{
    if (e->kind == TALK_OPEN) ++*(e->udp ? &i->udp : &i->tcp);
    if (e->kind == TALK_DATA) i->said[e->side] += e->bytes.n;
}

static void look_at_all(struct looking *k, struct talk *talk)
{
    struct talk_event e;
    enum talk_state how;
    while ((how = talk_next(talk, &e)) != TALK_END)
        if (how == TALK_EVENT) look_at_event(k->info, &e);
    close_second(k);
    k->info->talk = *talk_counts(talk);
    k->info->flows = flows_count(k->flows, &k->info->flows_capped);
}

bool info_read(const char *path, const struct info_opts *opts, struct info *out, struct errs *errs)
{
    *out = (struct info){0};
    struct trace *t = trace_open(path, (struct where){0}, errs);
    if (!t) return false;
    struct looking k = {.opts = opts, .info = out, .flows = flows_open(), .trace = t};
    struct talk *talk = talk_open(&(struct talk_opts){.next = look_at_next, .ctx = &k});
    bool room = (k.flows && talk) || err_add(errs, (struct where){0}, "no memory for '%s'", path);
    if (room) look_at_all(&k, talk);
    snprintf(out->format, sizeof out->format, "%s", trace_format(t));
    if (trace_problem(t)) snprintf(out->problem, sizeof out->problem, "%s", trace_problem(t));
    talk_close(talk);
    flows_close(k.flows);
    trace_close(t);
    return room;
}

const char *info_protocol(uint32_t key, char buf[static INFO_NAME])
{
    static const struct {
        uint32_t key;
        const char *name;
    } names[] = {
        {TYPE_IP4, "IPv4"},
        {TYPE_IP6, "IPv6"},
        {TYPE_ARP, "ARP"},
        {TYPE_MPLS, "MPLS"},
        {TYPE_MPLS_MULTICAST, "MPLS multicast"},
        {TYPE_PPPOE, "PPPoE"},
        {0x8863, "PPPoE discovery"},
        {0x88cc, "LLDP"},
        {0x888e, "802.1X"},
        {0x8809, "slow protocols"},
        {0x88f7, "PTP"},
        {0x8035, "RARP"},
        {0x9000, "loopback test"},
        {INFO_LLC, "802.3 with LLC"},
        {INFO_NONE, "no packet"},
        {INFO_IP + 0, "hop-by-hop options"},
        {INFO_IP + 1, "ICMP"},
        {INFO_IP + 2, "IGMP"},
        {INFO_IP + 4, "IPv4 in IP"},
        {INFO_IP + 6, "TCP"},
        {INFO_IP + 17, "UDP"},
        {INFO_IP + 33, "DCCP"},
        {INFO_IP + 41, "IPv6 in IP"},
        {INFO_IP + 46, "RSVP"},
        {INFO_IP + 47, "GRE"},
        {INFO_IP + 50, "ESP"},
        {INFO_IP + 51, "AH"},
        {INFO_IP + 58, "ICMPv6"},
        {INFO_IP + 59, "no next header"},
        {INFO_IP + 88, "EIGRP"},
        {INFO_IP + 89, "OSPF"},
        {INFO_IP + 103, "PIM"},
        {INFO_IP + 112, "VRRP"},
        {INFO_IP + 132, "SCTP"},
        {INFO_IP + 136, "UDP-Lite"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].key == key) return names[i].name;
    if (key >= INFO_IP)
        snprintf(buf, INFO_NAME, "IP protocol %u", key - INFO_IP);
    else
        snprintf(buf, INFO_NAME, "EtherType 0x%04x", key);
    return buf;
}
