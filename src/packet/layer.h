/* layer: how a protocol header describes itself.
 *
 * A layer class is data: a table of fields, where the layer may stand, and three rules (type,
 * lengths, checksum). stack.c, value.c and compile.c turn a stack of classes and a section
 * of the profile into a template; nothing else knows any protocol. What tables cannot say is
 * said by the class's `finish`.
 *
 * Adding a layer: packet/NAME.c ending in `const struct layer_class layer_NAME = {...};` and
 * LAYER(NAME) in packet/layer.def. */
#ifndef PACKET_LAYER_H
#define PACKET_LAYER_H

#include "gen/gen.h"

enum field_type {
    FIELD_NUMBER,
    FIELD_HEX, /* a number that people read in hexadecimal: checksums, types */
    FIELD_IP4,
    FIELD_IP6,
    FIELD_MAC,
    FIELD_FLAGS, /* names of single bits, joined by '+', or a number */
    FIELD_TEXT,  /* a text template; no bits of its own, see struct part */
    FIELD_BYTES, /* a value expression that yields bytes; likewise */
    FIELD_WORD,  /* plain text that only the class understands */
};
/* A value that may be written by name. */
struct named {
    const char *name;
    uint64_t value;
};
struct field {
    const char *name;
    uint16_t at;    /* bits from the start of its part */
    uint16_t width; /* bits: 1..64, or 128 for FIELD_IP6; 0: a setting that has no bits */
    uint8_t part;
    enum field_type type;
    const char *dflt;          /* as one would write it; NULL: 0 */
    const struct named *names; /* ends with no name; NULL: none */
    const char *help;          /* one line, no full stop */
};

/* A run of bytes of the header. Part 0 is always there; an optional part is there when the
 * profile sets one of its fields (TCP options, GRE's key). A part with `text` is as long as
 * the text of that field, encoded; when the text varies, the parts behind it move with it,
 * so only the last layer of a stack may have one that varies. */
struct part {
    uint8_t bytes;
    bool optional;
    const char *init; /* `bytes` constant bytes under the fields; NULL: zeros */
    const char *text; /* the name of the field that holds the content, or NULL */
    /* Writes the wire form of a text and returns its length; NULL: the bytes themselves. At
     * most `in.n + ENCODE_GROWTH` bytes. */
    size_t (*encode)(struct span in, uint8_t *out);
    /* Reads one wire form back as text: returns the bytes it took, 0 when it is malformed. */
    size_t (*decode)(struct span in, char *text, size_t size);
};
#define ENCODE_GROWTH 8

/* The spaces in which a lower layer tells what follows it. */
enum next {
    NEXT_NONE,         /* nothing may follow */
    NEXT_START,        /* the beginning of a frame */
    NEXT_ETHERTYPE,    /* IEEE 802 EtherType */
    NEXT_IP4,          /* IPv4 protocol */
    NEXT_IP6,          /* IPv6 next header */
    NEXT_UDP,          /* UDP destination port */
    NEXT_FRAME,        /* an Ethernet frame */
    NEXT_MPLS,         /* told by the first nibble */
    NEXT_PPP,          /* PPP protocol number */
    NEXT_SCTP,         /* chunks */
    NEXT_IGMP_SOURCES, /* addresses only: behind a query */
    NEXT_IGMP_RECORDS, /* group records only: behind a report */
    NEXT_IGMP_RECORD,  /* what may follow a group record: its addresses, another record */
    NEXT_DATA,         /* payload only */
};
/* Where a layer may stand, and the type the lower layer then tells; TYPE_NONE leaves the
 * lower layer's default. */
#define TYPE_NONE UINT32_MAX
struct over {
    enum next space; /* NEXT_NONE ends the list */
    uint32_t type;
};

/* field = (bytes from the layer's start to the end of what it carries + bias) / unit. */
struct length_rule {
    const char *field; /* NULL: no rule */
    int bias;
    unsigned unit;  /* 0 is taken as 1 */
    bool header;    /* only up to the end of the layer's own parts */
    bool unaligned; /* without the bytes that `align` added */
};
enum sum_kind {
    SUM_NONE,
    SUM_HEADER,  /* RFC 1071 over the layer's own parts: IPv4 */
    SUM_MESSAGE, /* over the layer and what it carries: ICMP, IGMP, GRE */
    SUM_PSEUDO,  /* the same with the pseudo header of the IP layer below: TCP, UDP, ICMPv6 */
    SUM_CRC32C,  /* CRC32c over the layer and what it carries: SCTP (RFC 9260, appendix A) */
};
struct sum_rule {
    enum sum_kind kind;
    const char *field; /* 16 bits wide, 32 for SUM_CRC32C; at a whole byte */
    bool never_zero;   /* 0 means "none", so a sum of 0 is sent as 0xffff: UDP */
};

struct layer;
struct build;
struct layer_class {
    struct doc doc;             /* params NULL: they are made from the fields, see layer_param */
    const struct field *fields; /* in wire order; ends with no name */
    const struct part *parts;   /* ends with a part of no bytes and no text */
    const struct over *over;
    enum next next;
    const char *next_field;       /* where the type of the upper layer goes, or NULL */
    struct length_rule length[2]; /* of what it carries, of the header */
    struct sum_rule sum;
    bool ip;          /* an IP layer: fields src and dst, for pseudo headers */
    uint8_t protocol; /* of an upper layer in a pseudo header */
    uint8_t align;    /* what it carries is filled up to a multiple of this; 0: no rule */
    bool fill;        /* takes padding: the payload */
    /* What the tables cannot say; called when all fields of all layers have their values,
     * before offsets are given out. Tells mistakes through build_error. */
    void (*finish)(struct build *b, struct layer *l);
};

#define LAYER(name) extern const struct layer_class layer_##name;
#include "packet/layer.def"
#undef LAYER
extern const struct layer_class *const layer_classes[];
extern const size_t layer_class_count;
/* How `upper` stands in a space, or NULL when it may not. */
const struct over *layer_over(const struct layer_class *upper, enum next space);
/* NULL when there is none. */
const struct layer_class *layer_find(struct span name);
/* "payload, tcp, udp": the classes that may stand on `lower`, in the order of layer.def. */
char *layer_followers(const struct layer_class *lower, char *buf, size_t size);
/* The i-th field described as a parameter, texts in the arena; false at the end. */
bool layer_param(const struct layer_class *c, size_t i, struct arena *a, struct param *out);
/* The position of a field in the class's table, or -1. */
int field_find(const struct layer_class *c, struct span name);
/* Whether a rule of the class computes the field. */
bool field_is_computed(const struct layer_class *c, const char *field);

/* For `finish`. Whether the profile sets the field. */
bool build_is_set(const struct layer *l, const char *field);
/* Gives a field a constant unless the profile sets it. */
void build_default(struct layer *l, const char *field, uint64_t value);
/* The field follows the Ethernet source: what the profile gives eth.src, or packet_set_link. */
void build_link_src(struct build *b, struct layer *l, const char *field);
/* Makes a part present whatever the profile sets. */
void build_part(struct layer *l, unsigned part);
bool build_has_part(const struct layer *l, unsigned part);
/* Makes every part from `first` up to the last one that is there present, of those up to `last`:
 * the slots before one that is used. How many they are. */
unsigned build_part_run(struct layer *l, unsigned first, unsigned last);
/* How many layers of that class stand on l one on the other; anywhere above it. */
unsigned build_run(const struct build *b, const struct layer *l, const struct layer_class *c);
unsigned build_count(const struct build *b, const struct layer *l, const struct layer_class *c);
/* The class that stands on l, or NULL. */
const struct layer_class *build_upper(const struct build *b, const struct layer *l);
/* "layer.field: ..." at the line of that field, or of the section. */
void build_error(struct build *b, const struct layer *l, const char *field, const char *text);

#endif
