#include "pace/class.h"

#define PACE(name) &pace_##name,
const struct pace_class *const pace_classes[] = {
#include "pace/pace.def"
};
#undef PACE
const size_t pace_class_count = sizeof pace_classes / sizeof *pace_classes;

const struct doc *pace_class_doc(const struct pace_class *c)
{
    return &c->doc;
}
enum pace_role pace_class_role(const struct pace_class *c)
{
    return c->role;
}

const struct pace_class *pace_class_find(enum pace_role role, struct span name)
{
    for (size_t i = 0; i < pace_class_count; i++)
        if (pace_classes[i]->role == role && span_is(name, pace_classes[i]->doc.name))
            return pace_classes[i];
    return NULL;
}

/* The i-th name of a role; for suggestions. */
static const char *nth_name(const void *list, size_t i)
{
    enum pace_role role = *(const enum pace_role *)list;
    for (size_t c = 0; c < pace_class_count; c++)
        if (pace_classes[c]->role == role && i-- == 0) return pace_classes[c]->doc.name;
    return NULL;
}

bool pace_class_unknown(struct errs *errs, struct where at, enum pace_role role, struct span name)
{
    char text[64], suggestion[80], all[160] = "";
    size_t n = 0;
    const char *one;
    snprintf(text, sizeof text, "%.*s", (int)(name.n < 60 ? name.n : 60), (const char *)name.p);
    err_suggest(suggestion, err_nearest(text, nth_name, &role));
    for (size_t i = 0; (one = nth_name(&role, i)) && n < sizeof all; i++)
        n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "", one);
    return err_add(errs, at, "unknown %s '%s'%s expected one of %s",
                   role == PACE_RATE ? "rate" : "arrival process", text,
                   *suggestion ? suggestion : ",", all);
}
