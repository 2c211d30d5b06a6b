/* template: the compiled form of a packet, shared by the files of packet/ and nobody else.
 *
 * A frame is a head, whose every bit has a fixed place, and a rest behind it that is empty
 * for most templates: content or padding that differs in length or bytes from unit to unit.
 * What varies in the head comes from columns of 64-bit numbers: generators, lengths,
 * checksums, tokens. `place` says which column goes to which bits; `word` is the same as
 * a list of 8-byte stores, which is what a batch executes. */
#ifndef PACKET_TEMPLATE_H
#define PACKET_TEMPLATE_H

#include "packet/layer.h"
#include "packet/packet.h"

#define FRAME_MAX 65535
#define LAYERS_MAX 32
#define SLOT_ALIGN 64
#define TRAILER 16 /* bytes of a TOKEN_TRAILER */

/* One field of one layer of the stack. */
struct value {
    const struct field *field;
    const struct entry *entry; /* what the profile says; NULL: the default, or computed */
    const struct gen *gen;     /* it varies so; NULL: it does not, or is computed */
    struct span content;       /* of a constant text, as written on the wire */
    u128 constant;             /* when column < 0 */
    int column;                /* of its values, -1: constant; a 128-bit field has two */
    uint32_t bit;              /* in the frame; when `moves`, in the rest's tail */
    bool given;                /* the profile or a rule has spoken: no rule may change it */
    bool moves;
    bool crc;    /* written last, from the bytes of the frame */
    bool shared; /* given to the first of a repeated layer, not to this one */
};
struct layer {
    const struct layer_class *class;
    const char *name;            /* alias, or the class name, numbered from the second on */
    const struct layer *copy_of; /* the first of a repeated layer, whose values it shares */
    struct where where;
    struct value *v; /* one for each field of the class */
    size_t n;
    uint32_t parts; /* bit set of the parts that are there */
    uint32_t at;    /* first byte in the frame */
    uint32_t size;  /* of its parts, the varying text left out */
};

enum source_kind {
    SOURCE_GEN,    /* gen's column */
    SOURCE_IP6,    /* gen's column, split: high half in `column`, low half in the next */
    SOURCE_LINK,   /* the interface's address: constant, but not known when sums are made */
    SOURCE_INDEX,  /* the unit's index */
    SOURCE_CHECK,  /* 64 bits keyed by the index, high half here, low half in the next */
    SOURCE_TOKEN,  /* bits [shift, shift + width) of the permuted index */
    SOURCE_GIVEN,  /* the draw's column number `shift` */
    SOURCE_LENGTH, /* (end of frame's content + bias) / unit; made after the rest */
};
struct source {
    enum source_kind kind;
    int column;
    const struct gen *gen;
    unsigned shift, width;
    int64_t bias;
    unsigned unit;
    bool unaligned;
};
struct place {
    uint32_t bit;
    uint16_t width; /* at most 64 */
    int column;
};
/* What v << shift of a column contributes to an 8-byte store. */
struct word_part {
    int column;
    uint8_t shift;
};
struct word {
    uint32_t at;
    uint32_t lefts;
    uint64_t constant; /* the image's bytes there, as a number */
    struct word_part *left;
    struct word_part right; /* v >> shift of the field that reaches beyond; column -1: none */
};
/* One Internet checksum whose terms are columns. */
struct sum_term {
    int column;
    uint8_t shift;
    bool narrow; /* below 2^32 also when shifted */
};
struct sum {
    uint64_t base; /* of all that is constant, folded */
    struct sum_term *term;
    size_t n;
    size_t fused; /* the first terms, narrow ones, that one loop adds */
    int column;   /* the result */
    bool never_zero;
    bool rest;     /* covers the rest of the frame, ... */
    uint8_t shift; /* ... which begins at an odd byte of it: 8 */
};
/* A CRC32c, computed over the finished frame. */
struct crc {
    uint32_t from, at;
};

enum size_kind { SIZE_CONTENT, SIZE_FRAME, SIZE_PAYLOAD };
enum fill_kind { FILL_IMAGE, FILL_RANDOM };
struct rest {
    bool varies;            /* false: the head is the whole frame */
    const struct gen *text; /* content that varies, or NULL */
    const struct part *part;
    uint32_t content;    /* constant content, in the image: bytes */
    struct layer *layer; /* the owner of text and tail */
    uint8_t *tail;       /* constant bytes behind the text */
    uint32_t tail_n;
    enum size_kind size_kind;
    const struct gen *size; /* NULL: size_const */
    uint32_t size_const;
    enum fill_kind fill;
    uint64_t fill_key;
    bool cut;                 /* a payload: padding counts as content, which may be cut */
    bool trailer;             /* the token moves with the end of the frame */
    uint32_t align, align_at; /* what begins at align_at ends at a multiple of align; 0: no */
    uint16_t *prefix;         /* folded sums of the first k bytes behind the head; NULL: all 0 */
};

/* What replies are checked against: where a unit comes from and goes to. */
struct ends_of_unit {
    const struct layer *transport; /* above the outermost IP layer */
    const struct value *src, *dst;
    const struct value *sport, *dport; /* NULL when the transport has no ports */
};

struct packet {
    const char *name;
    struct layer *layer;
    size_t layers;
    uint8_t *image; /* constant bytes, varying bits 0; max_len of them */
    size_t head, min_len, max_len;
    size_t end, exact; /* of what lengths count, with and without alignment, ... */
    bool end_varies;   /* ... unless these differ by unit */
    struct rest rest;
    struct source *source;
    size_t sources, source_cap;
    struct place *place;
    size_t places, place_cap;
    struct word *word;
    size_t words;
    struct sum *sum;
    size_t sums;
    struct crc *crc;
    size_t crcs;
    int columns;
    int check_column; /* of a trailer token: check, then index behind both halves */
    enum token_place token;
    uint64_t token_key;   /* of the permutation: the same for all templates of a run */
    uint64_t check_key;   /* of a trailer's check: the share's own */
    uint32_t token_share; /* the bits of a token above those of the index, in place */
    unsigned token_width; /* how many bits of the index a 32-bit token holds */
    const struct population *population; /* of the stream, or NULL */
    unsigned by;                         /* what its values ask of the flow: BY_... */
    struct ends_of_unit ends;
    bool same_content; /* what the transport layer carries is the image's, but for a trailer */
    struct addr src_lo, src_hi; /* bounds of the outermost IP layer's addresses */
    struct addr dst_lo, dst_hi;
    bool routed; /* routing headers send it on, to: */
    struct addr via_lo, via_hi;
    bool link_src, link_dst; /* left to packet_set_link */
    uint64_t link_mac;       /* for SOURCE_LINK */
    /* A layer that stands there a varying number of times: one template for each number, of
     * which this one is a copy of the longest. */
    const struct gen *times;
    struct packet **variant; /* [times - times->lo] */
    size_t variants;
};

/* A section that says what a packet is like, and whether the sides change places before it speaks.
 */
struct origin {
    struct section *sec;
    bool reversed;
};
#define LIKES_MAX 16

/* What compiling carries along. */
#define COPIES_MOST UINT64_MAX
struct build {
    struct gen_env *env;
    struct section *sec; /* the packet's; while one of its origins is read, that one */
    struct packet *p;
    struct origin origin[LIKES_MAX]; /* the packet's own section is the last */
    size_t origins;
    bool reversed; /* what it has in the end has changed sides */
    const struct entry *size_entry;
    bool reply;
    bool turn;               /* of a conversation */
    bool bad;                /* a mistake was told */
    const struct gen *size;  /* the frame's, or NULL */
    uint64_t copies;         /* of the layer that varies in number, or COPIES_MOST */
    const struct gen *times; /* its number, or NULL */
    uint8_t *pattern;        /* repeated fill */
    size_t pattern_n;
    uint32_t pad_min; /* least bytes of unset padding in any unit's payload */
};

/* like.c: the sections that a packet is made from, the one with `layers` first. */
bool like_resolve(struct build *b);
/* What has been read so far changes sides. */
void like_reverse(struct build *b);
/* The field that tells what follows the layer: class->next_field, or on the other side. */
const char *like_type_field(const struct build *b, const struct layer *l);
/* stack.c: the `layers` key. */
bool stack_parse(struct build *b);
struct layer *stack_layer(struct build *b, struct span name);
/* value.c: the fields. */
bool values_parse(struct build *b);
uint64_t gen_constant(struct build *b, const struct gen *g);
/* What a packet is compiled for: to leave alone, to be answered, to be a turn of a conversation. */
enum packet_use { PACKET_ALONE, PACKET_ASKS, PACKET_TURN };
/* compile.c: one template; *times is the number of the layer that varies in number, or NULL. */
struct packet *template_compile(struct gen_env *env, struct section *sec, enum packet_use use,
                                uint64_t copies, const struct gen **times);
int packet_column(struct packet *p, int n);
void packet_source(struct build *b, struct source s);
void packet_place(struct build *b, uint32_t bit, uint16_t width, int column);
struct value *layer_value(const struct layer *l, const char *field);
/* rest.c: sizes, padding and content that vary. */
bool rest_plan(struct build *b);
void rest_image(struct build *b);
/* The lengths and sums of the rest of n frames whose first slot is `slots`. */
struct rest_out {
    uint32_t *len;   /* of the frame */
    uint64_t *end;   /* of what lengths count */
    uint64_t *exact; /* the same without alignment */
    uint64_t *sum;   /* of the bytes from the head to the end */
};
struct dirty {
    uint32_t from, to; /* bytes of a slot that differ from the image */
};
void rest_fill(const struct packet *p, const struct draw *d, size_t n, uint64_t *const *col,
               uint8_t *slots, size_t stride, struct dirty *dirty, struct rest_out *out);
/* words.c */
void words_plan(struct build *b);
void words_constants(struct packet *p);
void words_write(const struct packet *p, uint64_t *const *col, size_t n, uint8_t *slots,
                 size_t stride);
void put_bits(uint8_t *p, uint32_t bit, unsigned width, u128 v);
u128 get_bits(const uint8_t *p, uint32_t bit, unsigned width);
/* sums.c */
void sums_plan(struct build *b);
void sums_run(const struct packet *p, uint64_t **col, const uint64_t *rest, size_t n);
/* link.c */
void link_plan(struct build *b);
/* An Ethernet destination that the upper layers make plain: broadcast, multicast. */
void link_defaults(struct build *b);
const struct layer *outer_ip(const struct packet *p); /* or NULL */
/* The value of one field in one unit. */
u128 packet_value(const struct packet *p, const struct value *v, uint64_t index, struct scratch *s);
/* turn.c */
void turn_plan(struct build *b);
/* token.c */
void token_plan(struct build *b);
/* Once all places are given out: whether every unit carries the same. */
void token_content(struct packet *p);
uint32_t token_permute(uint64_t key, uint32_t x);
uint32_t token_invert(uint64_t key, uint32_t x);
/* fill.c: d, with the columns of the flows that the packet's values ask for; in scratch. */
struct draw packet_draw(const struct packet *p, const struct draw *d, size_t n);
/* The 32-bit token of a unit; and the index that has it and lies nearest to `near`, false when the
 * token belongs to another template or the index would lie too far ahead. */
uint32_t token_of_index(const struct packet *p, uint64_t index);
bool token_nearest(const struct packet *p, uint32_t token, uint64_t near, uint64_t *index);
/* variants.c */
void variants_fill(const struct packet *p, struct packet_room *const *room, const struct draw *d,
                   size_t n, struct frame *out);
/* The template that a frame was made from: p itself when nothing varies in number. */
const struct packet *variant_of(const struct packet *p, struct span frame);
/* fill.c: the columns that are functions of the index alone. */
void source_run(const struct packet *p, const struct source *s, const struct draw *d, size_t n,
                uint64_t *const *col);

#endif
