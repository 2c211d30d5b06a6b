/* packet_fields: which of our fields tshark decodes under which name, and packets that show what no
 * layer's own example does. For packet_examples.c. */
#ifndef TOOLS_PACKET_FIELDS_H
#define TOOLS_PACKET_FIELDS_H

#include <stddef.h>

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
    {"igmp3_query", "type", "igmp.type", NULL},
    {"igmp3_query", "max_response", "igmp.max_resp", NULL},
    {"igmp3_query", "group", "igmp.maddr", NULL},
    {"igmp3_query", "suppress", "igmp.s", NULL},
    {"igmp3_query", "robustness", "igmp.qrv", NULL},
    {"igmp3_query", "interval", "igmp.qqic", NULL},
    {"igmp3_query", "sources", "igmp.num_src", NULL},
    {"igmp3_query", "checksum", "igmp.checksum", NULL},
    {"igmp3_report", "type", "igmp.type", NULL},
    {"igmp3_report", "records", "igmp.num_grp_recs", NULL},
    {"igmp3_report", "checksum", "igmp.checksum", NULL},
    {"igmp_record", "type", "igmp.record_type", NULL},
    {"igmp_record", "sources", "igmp.num_src", NULL},
    {"igmp_record", "group", "igmp.maddr", NULL},
    {"igmp_source", "address", "igmp.saddr", NULL},
    {"nd_rs", "type", "icmpv6.type", NULL},
    {"nd_rs", "mac", "icmpv6.opt.linkaddr", NULL},
    {"nd_ra", "type", "icmpv6.type", NULL},
    {"nd_ra", "hops", "icmpv6.nd.ra.cur_hop_limit", NULL},
    {"nd_ra", "preference", "icmpv6.nd.ra.flag.prf", NULL},
    {"nd_ra", "lifetime", "icmpv6.nd.ra.router_lifetime", NULL},
    {"nd_ra", "reachable", "icmpv6.nd.ra.reachable_time", NULL},
    {"nd_ra", "retrans", "icmpv6.nd.ra.retrans_timer", NULL},
    {"nd_ra", "mac", "icmpv6.opt.linkaddr", NULL},
    {"nd_ra", "mtu", "icmpv6.opt.mtu", NULL},
    {"nd_ra", "prefix_length", "icmpv6.opt.prefix.length", NULL},
    {"nd_ra", "valid", "icmpv6.opt.prefix.valid_lifetime", NULL},
    {"nd_ra", "preferred", "icmpv6.opt.prefix.preferred_lifetime", NULL},
    {"nd_ra", "prefix", "icmpv6.opt.prefix", NULL},
    {"nd_ra", "server", "icmpv6.opt.rdnss", NULL},
    {"ipv4", "router_alert", "ip.opt.ra", NULL},
    {"ipv4", "stamp_overflow", "ip.opt.overflow", NULL},
    {"ipv4", "stamp_flag", "ip.opt.flag", "0x%02x"},
    {"tcp", "ack", "tcp.ack_raw", NULL},
    {"tcp", "urgent", "tcp.urgent_pointer", NULL},
    {"tcp", "tsecr", "tcp.options.timestamp.tsecr", NULL},
};

/* Fields that come several times in a frame: ours, and tshark's list of them. */
static const struct {
    const char *layer, *fields[10], *theirs, *format;
} lists[] = {
    {"tcp", {"sack_left", "sack_left2", "sack_left3", "sack_left4"}, "tcp.options.sack_le", NULL},
    {"tcp",
     {"sack_right", "sack_right2", "sack_right3", "sack_right4"},
     "tcp.options.sack_re",
     NULL},
    {"ipv4",
     {"route1", "route2", "route3", "route4", "route5", "route6", "route7", "route8", "route9"},
     "ip.rec_rt",
     NULL},
    {"ipv4", {"stamp1", "stamp2", "stamp3", "stamp4"}, "ip.opt.time_stamp", NULL},
    {"ipv4",
     {"stamp_addr1", "stamp_addr2", "stamp_addr3", "stamp_addr4"},
     "ip.opt.time_stamp_addr",
     NULL},
    {"geneve", {"option_class", "option2_class", "option3_class"}, "geneve.option.class", NULL},
    {"geneve",
     {"option_data", "option2_data", "option3_data"},
     "geneve.option.unknown.data",
     "%08x"},
};
#define LISTS (sizeof lists / sizeof *lists)

/* What no layer's own example shows. */
static const struct {
    const char *name, *text;
} more[] = {
    {"tcp_sack",
     "layers = eth / ipv4 / tcp\ntcp.flags = ack\ntcp.sack_left = 0..0xffffffff\n"
     "tcp.sack_right = 0..0xffffffff\ntcp.sack_left3 = 0..0xffffffff\n"
     "tcp.sack_right3 = 0..0xffffffff\ntcp.tsval = 0..0xffffffff\ntcp.tsecr = 0..0xffffffff\n"
     "tcp.ack = 0..0xffffffff"},
    {"tcp_sack4",
     "layers = eth / ipv6 / tcp\ntcp.flags = ack:4, ack+psh\ntcp.sack_left4 = 0..0xffffffff\n"
     "tcp.sack_right4 = 0..0xffffffff\ntcp.sack_left = 0..0xffffffff"},
    {"tcp_all",
     "layers = eth / ipv4 / tcp / payload\ntcp.flags = syn:4, syn+ece+cwr\ntcp.mss = 536..9000\n"
     "tcp.wscale = 0..14\ntcp.sack_ok = yes\ntcp.tsval = 0..0xffffffff\n"
     "tcp.options = \"\\x1c\\x04\\x00\\x64\\xfe\\x06\\xf9\\x89\\x00\\x01\"\nsize = 100..200"},
    {"ipv4_route",
     "layers = eth / ipv4 / udp\nipv4.router_alert = 0..0xffff\nipv4.route1 = 198.18.0.0/16\n"
     "ipv4.route2 = 198.18.0.0/16\nipv4.route5 = 0.0.0.0\nipv4.route_pointer = 24\nsize = 120"},
    {"ipv4_route9",
     "layers = eth / ipv4 / icmp\nipv4.route9 = 198.18.0.0/16\nipv4.route_pointer = 40\n"
     "icmp.id = 0..65535"},
    {"ipv4_stamp",
     "layers = eth / ipv4 / udp / payload\nipv4.stamp1 = 0..86399999\nipv4.stamp4 = 0..86399999\n"
     "ipv4.stamp_pointer = 21\nipv4.stamp_overflow = 0..15\nipv4.options = \"\\x01\"\n"
     "payload.size = 0..30"},
    {"ipv4_stamp_addr",
     "layers = eth / ipv4 / udp\nipv4.stamp1 = 0..86399999\nipv4.stamp_addr2 = 198.18.0.0/16\n"
     "ipv4.stamp2 = 0..86399999\nipv4.stamp_addr1 = 198.18.0.0/16\nipv4.stamp_pointer = 21\n"
     "ipv4.router_alert = 0"},
    {"igmp_stack", "layers = eth / vlan / ipv4 / igmp3_report / igmp_record / igmp_source * 0..3 / "
                   "igmp_record as more\nipv4.ttl = 1\nipv4.dst = 224.0.0.22\nvlan.id = 1..4094\n"
                   "igmp_record.group = 239.0.0.0/8\nigmp_source.address = 198.18.0.0/15"},
    {"geneve3",
     "layers = eth / ipv4 / udp / geneve / ipv6 / udp as in\ngeneve.option_class = 0x0102\n"
     "geneve.option2_class = 0..0xff00\ngeneve.option2_data = 0..0xffffffff\n"
     "geneve.option3_class = 0x0104\ngeneve.option3_type = 0..255\n"
     "geneve.option3_data = 0..0xffffffff\ngeneve.vni = 0..0xffffff\nin.sport = 1024..65535"},
    {"nd_solicit", "layers = eth / ipv6 / nd\nipv6.hops = 255\nipv6.dst = ff02::1:ff00:2\n"
                   "nd.mac = 02:00:00:00:00:00..02:ff:ff:ff:ff:ff\nipv6.src = 2001:2::/64"},
    {"mpls_depth", "layers = eth / mpls * 1..4 / ipv4 / udp / payload\nmpls.label = 16..0xfffff\n"
                   "mpls.ttl = 1..255\nipv4.src = 198.18.0.0/16\nsize = 90..300"},
};
#define MORE (sizeof more / sizeof *more)
#define MAP (sizeof map / sizeof *map)

#endif
