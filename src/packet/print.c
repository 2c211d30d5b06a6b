/* print: frames of a template decoded by its field tables. */
#include "packet/template.h"

#include <inttypes.h>

/* Where the parts of one frame lie: the fields behind a varying text have moved with it. */
struct view {
    const struct packet *p;
    struct span frame;
    uint32_t tail; /* first byte behind the text */
};

static struct span text_bytes(const struct view *v, const struct layer *l, const struct value *text)
{
    bool rest = v->p->rest.layer == l;
    uint32_t at = rest ? (uint32_t)(l->at + l->size - v->p->rest.tail_n) : text->bit / 8;
    return span_sub(v->frame, at, rest ? SIZE_MAX : text->content.n);
}

static struct view view_of(const struct packet *p, struct span frame)
{
    struct view v = {p, frame, 0};
    const struct rest *r = &p->rest;
    if (!r->text || r->cut) return v;
    char text[512];
    struct span s = text_bytes(&v, r->layer, layer_value(r->layer, r->part->text));
    size_t n = r->part->decode ? r->part->decode(s, text, sizeof text) : s.n;
    v.tail = (uint32_t)(s.p + n - frame.p);
    return v;
}

/* The field's bits; false when the frame is cut before them or the part is not there. */
static bool read_field(const struct view *v, const struct layer *l, const struct value *f,
                       u128 *out)
{
    uint32_t bit = f->bit + (f->moves ? v->tail * 8 : 0);
    if (!f->field->width || !build_has_part(l, f->field->part)) return false;
    if (((size_t)bit + f->field->width + 7) / 8 > v->frame.n) return false;
    *out = get_bits(v->frame.p, bit, f->field->width);
    return true;
}

static void print_flags(const struct field *f, uint64_t v, FILE *to)
{
    const char *join = "";
    for (const struct named *n = f->names; n && n->name; n++) {
        if (!(v & n->value)) continue;
        fprintf(to, "%s%s", join, n->name);
        v &= ~n->value;
        join = "+";
    }
    if (v || !*join) fprintf(to, "%s%" PRIu64, join, v);
}

static void print_value(const struct field *f, u128 v, bool json, FILE *to)
{
    char buf[ADDR_BUF];
    const char *quote = json ? "\"" : "";
    enum family family = f->type == FIELD_IP4   ? FAMILY_IP4
                         : f->type == FIELD_IP6 ? FAMILY_IP6
                                                : FAMILY_MAC;
    switch (f->type) {
    case FIELD_IP4:
    case FIELD_IP6:
    case FIELD_MAC:
        fprintf(to, "%s%s%s", quote, addr_format(buf, (struct addr){v, family}), quote);
        break;
    case FIELD_HEX:
        fprintf(to, "%s0x%0*" PRIx64 "%s", quote, (f->width + 3) / 4, (uint64_t)v, quote);
        break;
    case FIELD_FLAGS:
        if (!json) {
            print_flags(f, (uint64_t)v, to);
            break;
        }
        /* fall through */
    default:
        fprintf(to, "%" PRIu64, (uint64_t)v);
        break;
    }
}

static void print_hex(struct span s, FILE *to)
{
    for (size_t i = 0; i < s.n; i++) fprintf(to, "%02x", s.p[i]);
}

static void print_text_field(const struct view *v, const struct layer *l, const struct value *f,
                             FILE *to)
{
    char text[512];
    const struct part *part = &l->class->parts[f->field->part];
    struct span s = text_bytes(v, l, f);
    if (part->decode && part->decode(s, text, sizeof text)) {
        fputs(text, to);
    } else {
        print_hex(s, to);
    }
}

static bool has_text(const struct layer *l, const struct value *f)
{
    const struct part *part = &l->class->parts[f->field->part];
    return part->text && strcmp(part->text, f->field->name) == 0 &&
           build_has_part(l, f->field->part) && !l->class->fill;
}

static void print_json_layer(const struct view *v, const struct layer *l, FILE *to)
{
    const char *comma = "";
    u128 x;
    fprintf(to, "\"%s\":{", l->name);
    for (size_t i = 0; i < l->n; i++) {
        const struct value *f = &l->v[i];
        bool bits = read_field(v, l, f, &x);
        if (!bits && !has_text(l, f)) continue;
        fprintf(to, "%s\"%s\":", comma, f->field->name);
        if (bits) {
            print_value(f->field, x, true, to);
        } else {
            fputc('"', to);
            print_text_field(v, l, f, to);
            fputc('"', to);
        }
        comma = ",";
    }
    if (l->class->fill) {
        struct span s = span_from(v->frame, l->at);
        fprintf(to, "\"size\":%zu,\"bytes\":\"", s.n);
        print_hex(s, to);
        fputc('"', to);
    }
    fputc('}', to);
}

void packet_print_json(const struct packet *p, struct span frame, FILE *f)
{
    p = variant_of(p, frame);
    struct view v = view_of(p, frame);
    fputc('{', f);
    for (size_t i = 0; i < p->layers; i++) {
        if (i) fputc(',', f);
        print_json_layer(&v, &p->layer[i], f);
    }
    fputc('}', f);
}

/* "src > dst", when the layer has such a pair; the fields that are then told already. */
static bool print_pair(const struct view *v, const struct layer *l, const char *from,
                       const char *to_name, FILE *to)
{
    const struct value *a = layer_value(l, from), *b = layer_value(l, to_name);
    u128 x;
    if (!a || !b || !read_field(v, l, a, &x)) return false;
    fputc(' ', to);
    print_value(a->field, x, false, to);
    if (!read_field(v, l, b, &x)) return true;
    fputs(" > ", to);
    print_value(b->field, x, false, to);
    return true;
}

/* A constant that nobody set says nothing: version, ports that default, ... */
static bool worth_telling(const struct layer *l, const struct value *f)
{
    const char *name = f->field->name;
    if (strcmp(name, "src") == 0 || strcmp(name, "dst") == 0) return false;
    if (strcmp(name, "sport") == 0 || strcmp(name, "dport") == 0) return false;
    if (l->class->sum.field && strcmp(name, l->class->sum.field) == 0) return true;
    if (l->class->length[0].field && strcmp(name, l->class->length[0].field) == 0) return true;
    return f->entry || f->column >= 0 || f->field->names;
}

static void print_text_layer(const struct view *v, const struct layer *l, FILE *to)
{
    u128 x;
    fputs(l->name, to);
    if (l->class->fill) {
        fprintf(to, " %zu bytes", span_from(v->frame, l->at).n);
        return;
    }
    if (!print_pair(v, l, "src", "dst", to)) print_pair(v, l, "sport", "dport", to);
    for (size_t i = 0; i < l->n; i++) {
        const struct value *f = &l->v[i];
        if (has_text(l, f)) {
            fprintf(to, " %s ", f->field->name);
            print_text_field(v, l, f, to);
        } else if (worth_telling(l, f) && read_field(v, l, f, &x)) {
            fprintf(to, " %s ", f->field->name);
            print_value(f->field, x, false, to);
        }
    }
}

void packet_print_text(const struct packet *p, struct span frame, FILE *f)
{
    p = variant_of(p, frame);
    struct view v = view_of(p, frame);
    for (size_t i = 0; i < p->layers; i++) {
        if (i) fputs(", ", f);
        print_text_layer(&v, &p->layer[i], f);
    }
    fprintf(f, ", length %zu", frame.n);
}

/* "varies 1024..65535", "computed", or the constant. */
static void print_source(const struct packet *p, const struct value *v, FILE *to)
{
    const struct field *f = v->field;
    if (v->gen && v->entry) {
        fprintf(to, "* %.*s", (int)v->entry->value.n, (const char *)v->entry->value.p);
    } else if (v->column >= 0 && v->given) {
        fputs(f->type == FIELD_MAC ? "that of the interface" : "* token", to);
    } else if (v->column >= 0 || v->crc) {
        fputs("* computed", to);
    } else if (f->width) {
        print_value(f, v->constant, false, to);
    } else if (v->entry) {
        fprintf(to, "%.*s", (int)v->entry->value.n, (const char *)v->entry->value.p);
    }
    (void)p;
}

static void print_layout_field(const struct packet *p, const struct layer *l, const struct value *v,
                               FILE *to)
{
    const struct field *f = v->field;
    if (!build_has_part(l, f->part) || (!f->width && !v->entry)) return;
    if (!f->width) {
        fprintf(to, "  %-9s %-8s %-14s ", "", "", f->name);
    } else {
        char where[24], width[24];
        uint32_t byte = v->bit / 8, bit = v->bit % 8;
        snprintf(where, sizeof where, bit ? "%s%u.%u" : "%s%u", v->moves ? "+" : "", byte, bit);
        snprintf(width, sizeof width, f->width % 8 ? "%u bit" : "%u",
                 f->width % 8 ? f->width : f->width / 8);
        fprintf(to, "  %-9s %-8s %-14s ", where, width, f->name);
    }
    print_source(p, v, to);
    fputc('\n', to);
}

void packet_print_layout(const struct packet *p, FILE *f)
{
    fprintf(f, "packet %s: %zu", p->name, p->min_len);
    if (p->max_len != p->min_len) fprintf(f, "..%zu", p->max_len);
    fprintf(f, " bytes; offset, width in bytes, field, value (* varies)\n");
    if (p->variants) fprintf(f, "the longest of %zu layouts\n", p->variants);
    for (size_t i = 0; i < p->layers; i++) {
        const struct layer *l = &p->layer[i];
        fprintf(f, "%s", l->name);
        if (strcmp(l->name, l->class->doc.name) != 0) fprintf(f, " (%s)", l->class->doc.name);
        fprintf(f, " at %u\n", l->at);
        for (size_t k = 0; k < l->n; k++) print_layout_field(p, l, &l->v[k], f);
    }
    static const char *const token[] = {NULL, "in the last 16 bytes of padding",
                                        "in the TCP sequence number",
                                        "in the ICMP identifier and sequence number"};
    if (p->token) fprintf(f, "token %s\n", token[p->token]);
}
