/* packet_examples DIR COUNT: random packets of every layer's example for the differential test
 * with tshark (tests/e2e/packets.sh): DIR/all.pcap; and for each layer NAME.pcap, NAME.fields
 * (the names tshark has for our fields) and NAME.tsv (our decoding of them, a line each). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "packet/template.h"

/* How tshark writes the number: a format, or NULL when it is written as in our JSON. */
static const struct {
    const char *layer, *field, *theirs, *format;
} map[] = {
    {"eth", "dst", "eth.dst", NULL},
    {"eth", "src", "eth.src", NULL},
    {"eth", "type", "eth.type", NULL},
    {"arp", "op", "arp.opcode", NULL},
    {"arp", "sender", "arp.src.proto_ipv4", NULL},
    {"arp", "target", "arp.dst.proto_ipv4", NULL},
    {"arp", "sender_mac", "arp.src.hw_mac", NULL},
    {"vlan", "id", "vlan.id", NULL},
    {"vlan", "priority", "vlan.priority", NULL},
    {"mpls", "label", "mpls.label", NULL},
    {"mpls", "class", "mpls.exp", NULL},
    {"mpls", "bottom", "mpls.bottom", NULL},
    {"mpls", "ttl", "mpls.ttl", NULL},
    {"pppoe", "session", "pppoe.session_id", "0x%04x"},
    {"pppoe", "length", "pppoe.payload_length", NULL},
    {"ipv4", "src", "ip.src", NULL},
    {"ipv4", "dst", "ip.dst", NULL},
    {"ipv4", "ttl", "ip.ttl", NULL},
    {"ipv4", "id", "ip.id", "0x%04x"},
    {"ipv4", "length", "ip.len", NULL},
    {"ipv4", "dscp", "ip.dsfield.dscp", NULL},
    {"ipv4", "ecn", "ip.dsfield.ecn", NULL},
    {"ipv4", "protocol", "ip.proto", NULL},
    {"ipv4", "checksum", "ip.checksum", NULL},
    {"ipv6", "src", "ipv6.src", NULL},
    {"ipv6", "dst", "ipv6.dst", NULL},
    {"ipv6", "flow", "ipv6.flow", "0x%06x"},
    {"ipv6", "dscp", "ipv6.tclass.dscp", NULL},
    {"ipv6", "length", "ipv6.plen", NULL},
    {"ipv6", "next", "ipv6.nxt", NULL},
    {"ipv6", "hops", "ipv6.hlim", NULL},
    {"hopopts", "length", "ipv6.hopopts.len", NULL},
    {"dstopts", "length", "ipv6.dstopts.len", NULL},
    {"routing", "left", "ipv6.routing.segleft", NULL},
    {"routing", "tag", "ipv6.routing.srh.tag", "%04x"},
    {"routing", "segment", "ipv6.routing.srh.addr", NULL},
    {"fragment", "id", "ipv6.fraghdr.ident", NULL},
    {"icmp", "type", "icmp.type", NULL},
    {"icmp", "code", "icmp.code", NULL},
    {"icmp", "id", "icmp.ident", NULL},
    {"icmp", "seq", "icmp.seq", NULL},
    {"icmp", "checksum", "icmp.checksum", NULL},
    {"icmpv6", "type", "icmpv6.type", NULL},
    {"icmpv6", "id", "icmpv6.echo.identifier", "0x%04x"},
    {"icmpv6", "seq", "icmpv6.echo.sequence_number", NULL},
    {"icmpv6", "checksum", "icmpv6.checksum", NULL},
    {"nd", "type", "icmpv6.type", NULL},
    {"nd", "target", "icmpv6.nd.ns.target_address", NULL},
    {"nd", "mac", "icmpv6.opt.linkaddr", NULL},
    {"igmp", "type", "igmp.type", NULL},
    {"igmp", "group", "igmp.maddr", NULL},
    {"igmp", "checksum", "igmp.checksum", NULL},
    {"tcp", "sport", "tcp.srcport", NULL},
    {"tcp", "dport", "tcp.dstport", NULL},
    {"tcp", "seq", "tcp.seq_raw", NULL},
    {"tcp", "flags", "tcp.flags", "0x%04x"},
    {"tcp", "window", "tcp.window_size_value", NULL},
    {"tcp", "checksum", "tcp.checksum", NULL},
    {"tcp", "mss", "tcp.options.mss_val", NULL},
    {"tcp", "wscale", "tcp.options.wscale.shift", NULL},
    {"tcp", "tsval", "tcp.options.timestamp.tsval", NULL},
    {"udp", "sport", "udp.srcport", NULL},
    {"udp", "dport", "udp.dstport", NULL},
    {"udp", "length", "udp.length", NULL},
    {"udp", "checksum", "udp.checksum", NULL},
    {"sctp", "sport", "sctp.srcport", NULL},
    {"sctp", "tag", "sctp.verification_tag", NULL},
    {"sctp", "checksum", "sctp.checksum", NULL},
    {"sctp_init", "tag", "sctp.init_initiate_tag", NULL},
    {"sctp_init", "tsn", "sctp.init_initial_tsn", NULL},
    {"sctp_init", "out", "sctp.init_nr_out_streams", NULL},
    {"sctp_data", "tsn", "sctp.data_tsn_raw", NULL},
    {"sctp_data", "stream", "sctp.data_sid", "0x%04x"},
    {"sctp_data", "length", "sctp.chunk_length", NULL},
    {"gre", "key", "gre.key", "0x%08x"},
    {"gre", "seq", "gre.sequence_number", NULL},
    {"gre", "protocol", "gre.proto", NULL},
    {"vxlan", "vni", "vxlan.vni", NULL},
    {"geneve", "vni", "geneve.vni", "0x%06x"},
    {"geneve", "option_type", "geneve.option.type", "0x%02x"},
    {"dns", "id", "dns.id", NULL},
    {"dns", "qname", "dns.qry.name", NULL},
    {"dns", "qtype", "dns.qry.type", NULL},
    {"dns", "edns_size", "dns.rr.udp_payload_size", NULL},
};
#define MAP (sizeof map / sizeof *map)

static FILE *open_in(const char *dir, const char *name, const char *ending)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.%s", dir, name, ending);
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(2);
    }
    return f;
}

static FILE *open_pcap(const char *dir, const char *name)
{
    FILE *f = open_in(dir, name, "pcap");
    uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, FRAME_MAX, 1};
    fwrite(head, sizeof head, 1, f);
    return f;
}

static void write_record(FILE *f, struct span s, uint32_t nth)
{
    uint32_t head[4] = {1700000000 + nth, 0, (uint32_t)s.n, (uint32_t)s.n};
    fwrite(head, sizeof head, 1, f);
    fwrite(s.p, 1, s.n, f);
}

/* The value of "layer":{..."field":VALUE in our JSON, without quotes. */
static struct span json_value(struct span json, const char *layer, const char *field)
{
    char key[80];
    snprintf(key, sizeof key, "\"%s\":{", layer);
    json = span_from(json, span_search(json, span_of(key)));
    json = span_sub(json, 0, span_find(json, '}'));
    snprintf(key, sizeof key, "\"%s\":", field);
    json = span_from(json, span_search(json, span_of(key)) + strlen(key));
    if (json.n && json.p[0] == '"') {
        json = span_from(json, 1);
        return span_sub(json, 0, span_find(json, '"'));
    }
    return span_sub(json, 0, span_find(json, ','));
}

/* The layer of that class without an alias, for tshark's first of its kind is ours of that name
 * in all examples; NULL when there is none, or no such field in its frames. */
static const struct layer *layer_of(const struct packet *p, const char *class, const char *field)
{
    for (size_t i = 0; i < p->layers; i++) {
        const struct layer *l = &p->layer[i];
        if (strcmp(l->name, class) != 0) continue;
        const struct value *v = layer_value(l, field);
        return v && build_has_part(l, v->field->part) ? l : NULL;
    }
    return NULL;
}

static void write_fields(const struct packet *p, struct span frame, FILE *to)
{
    char *text = NULL;
    size_t n;
    const char *tab = "";
    FILE *json = open_memstream(&text, &n);
    packet_print_json(p, frame, json);
    fclose(json);
    for (size_t i = 0; i < MAP; i++) {
        const struct layer *l = layer_of(p, map[i].layer, map[i].field);
        if (!l) continue;
        struct span v = json_value(span_make(text, n), l->name, map[i].field);
        fputs(tab, to);
        if (map[i].format) {
            fprintf(to, map[i].format, (unsigned)strtoul((const char *)v.p, NULL, 0));
        } else {
            fwrite(v.p, 1, v.n, to);
        }
        tab = "\t";
    }
    fputc('\n', to);
    free(text);
}

static void write_names(const struct packet *p, FILE *to)
{
    for (size_t i = 0; i < MAP; i++) {
        if (layer_of(p, map[i].layer, map[i].field)) fprintf(to, "-e %s\n", map[i].theirs);
    }
}

static bool write_example(const struct layer_class *c, const char *dir, uint64_t count, FILE *all)
{
    struct arena a = {0};
    struct errs errs = {0};
    struct scratch s = {0};
    struct span text = span_of(arena_printf(&a, "[packet p]\n%s\n", c->doc.example));
    struct profile *profile = profile_parse(&a, c->doc.name, text, &errs);
    struct gen_env env = {.arena = &a, .errs = &errs, .profile = profile, .seed = 1};
    struct packet *p =
        profile ? packet_compile(&env, profile_section(profile, "packet", "p"), false) : NULL;
    if (!p) {
        errs_print(&errs, stderr);
        return false;
    }
    struct packet_room *room = packet_room_new(p, &a);
    FILE *pcap = open_pcap(dir, c->doc.name), *tsv = open_in(dir, c->doc.name, "tsv");
    FILE *fields = open_in(dir, c->doc.name, "fields");
    write_names(p, fields);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t due = 0;
        struct draw d = {.index = &i, .due_ns = &due, .scratch = &s};
        struct frame f;
        packet_fill(p, room, &d, 1, &f);
        write_record(pcap, span_make(f.p, f.len), (uint32_t)i);
        write_record(all, span_make(f.p, f.len), (uint32_t)i);
        write_fields(p, span_make(f.p, f.len), tsv);
    }
    fclose(pcap);
    fclose(tsv);
    fclose(fields);
    scratch_free(&s);
    arena_free(&a);
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: packet_examples DIR COUNT\n");
        return 2;
    }
    uint64_t count = strtoull(argv[2], NULL, 10);
    FILE *all = open_pcap(argv[1], "all");
    bool good = true;
    for (size_t i = 0; i < layer_class_count; i++) {
        good &= write_example(layer_classes[i], argv[1], count, all);
    }
    fclose(all);
    return good ? 0 : 1;
}
