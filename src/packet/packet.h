/* packet: frames from templates. Constant bytes once, then only what varies.
 *
 * A [packet NAME] section names a stack of layers and gives values to their fields. It
 * compiles into a template: constant bytes, and a list of writes (column of values -> fixed
 * offset), and the checksums that must follow them, updated from partial sums. Lengths,
 * checksums and lower layers' types are filled in unless the profile sets them; what the
 * profile sets, it gets. Immutable; compiled by plan/, filled by run/ and cmd/.
 *
 * Adding a layer: packet/NAME.c with `const struct layer_class layer_NAME`, and LAYER(NAME) in
 * packet/layer.def; see packet/layer.h. */
#ifndef PACKET_PACKET_H
#define PACKET_PACKET_H

#include "gen/gen.h"
#include "packet/frame.h"

/* The keys of a [packet] section besides LAYER.FIELD; ends without name. */
extern const struct param packet_keys[];

struct packet;
/* One worker's frame buffers for one template: BATCH slots that hold the constant bytes, so
 * that a batch writes only what varies. */
struct packet_room;

/* How a reply to this packet can be told from all others (run/ recomputes, it does not look
 * up). Chosen by the template's shape when the plan asks for it. */
enum token_place {
    TOKEN_NONE,    /* no room: replies cannot be matched */
    TOKEN_TRAILER, /* the last 16 bytes of padding: magic, index, keyed check */
    TOKEN_TCP_SEQ, /* a keyed permutation of 32 bits: share and low index; acknowledged as +1 */
    TOKEN_ICMP_ID, /* likewise in ICMP identifier and sequence number */
};

/* What a packet that is one turn of a conversation is handed in draw->given: columns of TCP
 * numbers. */
enum packet_given { GIVEN_SEQ, GIVEN_ACK, GIVEN_COUNT };

/* Compiles a section. `reply` asks for a token. NULL after adding what is wrong: layers that
 * do not follow each other, unknown fields, values that do not fit, a size smaller than the
 * headers. Ethernet addresses that are not set are left to packet_set_link. */
struct packet *packet_compile(struct gen_env *env, struct section *sec, bool reply);

/* The same for a turn of a conversation: the sequence number, and with the ack flag the
 * acknowledgement number, that the profile leaves open in the innermost TCP header are those of
 * draw->given. */
struct packet *packet_compile_turn(struct gen_env *env, struct section *sec);
/* What such a packet does to the numbers of its conversation. False without TCP. */
struct packet_turn {
    bool seq, ack;    /* takes GIVEN_SEQ, GIVEN_ACK */
    bool counted;     /* every unit advances the sequence number by `advance`: its payload ... */
    uint32_t advance; /* ... and one each for syn and fin (RFC 9293, section 3.4) */
};
bool packet_turn(const struct packet *p, struct packet_turn *out);

const char *packet_name(const struct packet *p);
/* Frame lengths, without frame check sequence: every frame lies between these. */
size_t packet_min_len(const struct packet *p);
size_t packet_max_len(const struct packet *p);
/* The exact mean length of a frame, and of its outermost IP packet alone; false when it is not
 * known: a content or a size without a known mean, no IP layer. */
bool packet_mean_len(const struct packet *p, struct fraction *out);
bool packet_mean_ip_len(const struct packet *p, struct fraction *out);
/* After how many units every varying field begins its values again (gen_period); what tells
 * replies apart is left out. 1: all units are the same; 0: never, or not known. */
uint64_t packet_period(const struct packet *p);
/* Fills in the Ethernet addresses the profile left open, before any room is made. */
void packet_set_link(struct packet *p, const uint8_t src[6], const uint8_t dst[6]);
/* Whether the profile left the Ethernet destination open, and the (first) next hop it needs;
 * false when there is nothing to resolve. Constant or first value of the IP destination. */
bool packet_next_hop(const struct packet *p, struct addr *dst);
/* All destinations of the outermost IP layer lie within [lo, hi]; false without an IP layer.
 * For the target rules. */
bool packet_destinations(const struct packet *p, struct addr *lo, struct addr *hi);
/* The same for the addresses in its routing headers; false without such. */
bool packet_route(const struct packet *p, struct addr *lo, struct addr *hi);
/* The same for its sources. For the answerer, which speaks for them. */
bool packet_sources(const struct packet *p, struct addr *lo, struct addr *hi);

struct packet_room *packet_room_new(const struct packet *p, struct arena *a);
/* Makes units d->index[0..n) as frames in the room; n <= BATCH. They stay valid until the next
 * call with the same room. Returns n. at_ns is left 0. */
size_t packet_fill(const struct packet *p, struct packet_room *room, const struct draw *d, size_t n,
                   struct frame *out);

enum token_place packet_token(const struct packet *p);
/* Gives the template the share `number` of the tokens of a run in which `of` templates expect
 * replies, 1..TOKEN_SHARES: no token is one of another share, so a reply belongs to one template
 * even where streams send the same packet. Called once, before units are made; without it the
 * template has all tokens for itself. */
#define TOKEN_SHARES 4096
void packet_share_tokens(struct packet *p, unsigned number, unsigned of);
/* A BPF expression (pcap-filter(7)) that matches replies to this template and little else, in
 * `buf`; false when the template cannot have replies. For untagged frames: `vlan` moves the
 * offsets of all that is written behind it, so the caller adds it last. */
bool packet_reply_filter(const struct packet *p, char *buf, size_t size);
/* Recognises a captured Ethernet frame as a reply to a unit of this template and recovers the
 * unit's index, given a number that the index is near to (the newest one sent). Checks the
 * token's key and the addresses. */
bool packet_match(const struct packet *p, struct scratch *scratch, struct span frame, uint64_t near,
                  uint64_t *index);
/* The same for a unit itself, captured behind a device that may have changed its headers or tags:
 * the token alone tells. *content: whether what the transport layer carries is what was sent. The
 * room must not be in use by another thread. */
enum content { CONTENT_CHANGED, CONTENT_SAME, CONTENT_CUT /* too little was captured to tell */ };
bool packet_arrived(const struct packet *p, struct packet_room *room, struct scratch *scratch,
                    struct span frame, uint64_t near, uint64_t *index, enum content *content);
/* Whether a captured frame ends before its IP packet does, so that a token at its end is not there
 * to be recognised. */
bool packet_is_cut(struct span frame);

/* The fields of one frame of this template, decoded, as JSON object text or as one line for
 * people; neither ends in a newline. Into f. */
#include <stdio.h>
void packet_print_json(const struct packet *p, struct span frame, FILE *f);
void packet_print_text(const struct packet *p, struct span frame, FILE *f);
/* The template's byte layout for `spate check`: each layer and field with offset and width,
 * what varies marked. */
void packet_print_layout(const struct packet *p, FILE *f);

#endif
