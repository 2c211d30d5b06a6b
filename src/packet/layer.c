#include "packet/layer.h"

#include <stdio.h>
#include "packet/template.h"

#define LAYER(name) &layer_##name,
const struct layer_class *const layer_classes[] = {
#include "packet/layer.def"
};
#undef LAYER
const size_t layer_class_count = sizeof layer_classes / sizeof *layer_classes;

const struct layer_class *layer_find(struct span name)
{
    for (size_t i = 0; i < layer_class_count; i++) {
        if (span_is(name, layer_classes[i]->doc.name)) return layer_classes[i];
    }
    return NULL;
}

const struct over *layer_over(const struct layer_class *upper, enum next space)
{
    for (const struct over *o = upper->over; o->space != NEXT_NONE; o++) {
        if (o->space == space) return o;
    }
    return NULL;
}

char *layer_followers(const struct layer_class *lower, char *buf, size_t size)
{
    enum next space = lower ? lower->next : NEXT_START;
    size_t n = 0;
    buf[0] = '\0';
    for (size_t i = 0; space != NEXT_NONE && i < layer_class_count && n < size; i++) {
        if (!layer_over(layer_classes[i], space)) continue;
        n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? ", " : "", layer_classes[i]->doc.name);
    }
    if (n == 0) snprintf(buf, size, "nothing");
    return buf;
}

int field_find(const struct layer_class *c, struct span name)
{
    for (int i = 0; c->fields[i].name; i++) {
        if (span_is(name, c->fields[i].name)) return i;
    }
    return -1;
}

bool field_is_computed(const struct layer_class *c, const char *field)
{
    const char *by_rule[] = {c->next_field, c->length[0].field, c->length[1].field, c->sum.field};
    for (size_t i = 0; i < sizeof by_rule / sizeof *by_rule; i++) {
        if (by_rule[i] && strcmp(by_rule[i], field) == 0) return true;
    }
    return false;
}

/* "number 0..65535 or request, reply" */
static const char *field_type_name(const struct field *f, struct arena *a)
{
    switch (f->type) {
    case FIELD_IP4:
        return "IPv4 address";
    case FIELD_IP6:
        return "IPv6 address";
    case FIELD_MAC:
        return "MAC address";
    case FIELD_TEXT:
        return "text";
    case FIELD_BYTES:
        return "bytes";
    case FIELD_WORD:
        return "words";
    case FIELD_NUMBER:
    case FIELD_HEX:
    case FIELD_FLAGS:
        break;
    }
    uint64_t max = f->width == 0 ? FRAME_MAX : f->width == 64 ? UINT64_MAX : (1ull << f->width) - 1;
    const char *text = arena_printf(a, "number 0..%llu", (unsigned long long)max);
    const char *join = f->type == FIELD_FLAGS ? "+" : ", ";
    for (const struct named *n = f->names; n && n->name; n++) {
        text = arena_printf(a, "%s%s%s", text, n == f->names ? " or " : join, n->name);
    }
    return text;
}

bool layer_param(const struct layer_class *c, size_t i, struct arena *a, struct param *out)
{
    const struct field *f = &c->fields[i];
    if (!f->name) return false;
    bool computed = field_is_computed(c, f->name);
    const char *dflt = f->dflt ? f->dflt : f->width ? "0" : "unset";
    *out = (struct param){
        .name = f->name,
        .type = field_type_name(f, a),
        .dflt = computed ? "computed" : dflt,
        .help = f->help,
    };
    return true;
}
