/* The bytes a packet carries. */
#include "packet/template.h"

static const struct field fields[] = {
    {"text", 0, 0, 0, FIELD_TEXT, NULL, NULL, "content, a text with ${...}"},
    {"bytes", 0, 0, 0, FIELD_BYTES, NULL, NULL, "content, a value such as bytes(32)"},
    {"size", 0, 0, 0, FIELD_NUMBER, NULL, NULL,
     "bytes in all: content is cut, or filled up; unset: as the frame's size or the content say"},
    {"fill", 0, 0, 0, FIELD_WORD, "zero", NULL,
     "what follows the content: zero, count, random, or hexadecimal bytes to repeat"},
    {0},
};
static const struct part parts[] = {{.text = "text"}, {0}};
static const struct over over[] = {
    {NEXT_ETHERTYPE, TYPE_NONE}, {NEXT_IP4, TYPE_NONE},  {NEXT_IP6, TYPE_NONE},
    {NEXT_UDP, TYPE_NONE},       {NEXT_MPLS, TYPE_NONE}, {NEXT_PPP, TYPE_NONE},
    {NEXT_FRAME, TYPE_NONE},     {NEXT_DATA, TYPE_NONE}, {0}};

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "dead beef", also with 0x before: the bytes to repeat. */
static bool read_pattern(struct build *b, struct span text)
{
    if (span_starts(text, "0x")) text = span_from(text, 2);
    b->pattern = arena_alloc(b->env->arena, text.n);
    size_t digits = 0;
    for (size_t i = 0; i < text.n; i++) {
        int d = hex_digit(text.p[i]);
        if (text.p[i] == ' ') continue;
        if (d < 0) return false;
        b->pattern[digits / 2] = (uint8_t)(b->pattern[digits / 2] << 4 | d);
        digits++;
    }
    b->pattern_n = digits / 2;
    return digits > 0 && digits % 2 == 0;
}

static void read_fill(struct build *b, struct layer *l)
{
    const struct entry *e = layer_value(l, "fill")->entry;
    if (!e) return;
    struct span word = span_trim(e->value);
    if (span_is(word, "random")) {
        b->p->rest.fill = FILL_RANDOM;
    } else if (span_is(word, "count")) {
        b->pattern_n = 256;
        b->pattern = arena_alloc(b->env->arena, b->pattern_n);
        for (size_t i = 0; i < b->pattern_n; i++) b->pattern[i] = (uint8_t)i;
    } else if (span_is(word, "zero")) {
        b->pattern_n = 1;
        b->pattern = arena_alloc(b->env->arena, 1);
    } else if (!read_pattern(b, word)) {
        build_error(b, l, "fill", "expected zero, count, random or bytes such as 'de ad be ef'");
    }
}

static void finish(struct build *b, struct layer *l)
{
    struct value *text = layer_value(l, "text"), *bytes = layer_value(l, "bytes");
    if (text->given && bytes->given) {
        build_error(b, l, "bytes", "payload.text is set too, expected one of them");
    }
    if (bytes->given) {
        text->gen = bytes->gen;
        text->content = bytes->content;
        text->entry = bytes->entry;
        text->given = true;
    }
    read_fill(b, l);
}

const struct layer_class layer_payload = {
    .doc = {.name = "payload",
            .help = "the bytes a packet carries",
            .example =
                "layers = eth / ipv4 / udp / payload\npayload.text = unit ${index()} ${hex(4)}\n"
                "size = 80..120\npayload.fill = count"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .fill = true,
    .finish = finish,
};
