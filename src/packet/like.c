/* like: a packet that is another one with changes.
 *
 * `like = syn` takes the layers and fields of [packet syn], and `reverse = syn` takes them with
 * the two sides exchanged: what one sent from, the other sends to. What the packet says itself
 * comes on top. Fields keep the draws they have in the packet they come from, so both vary alike.
 */
#include "packet/template.h"

static const char *packet_at(const void *profile, size_t i)
{
    const struct profile *p = profile;
    for (size_t k = 0; k < p->n; k++)
        if (strcmp(p->v[k].kind, "packet") == 0 && i-- == 0) return p->v[k].name;
    return NULL;
}

static struct section *packet_named(const struct profile *p, const char *name)
{
    for (size_t i = 0; p && i < p->n; i++)
        if (strcmp(p->v[i].kind, "packet") == 0 && strcmp(p->v[i].name, name) == 0) return &p->v[i];
    return NULL;
}

/* The key that names another packet, or NULL. *reversed: with the sides exchanged. */
static struct entry *other_packet(struct build *b, struct section *sec, bool *reversed)
{
    struct entry *like = section_get(sec, "like"), *reverse = section_get(sec, "reverse");
    struct entry *layers = section_get(sec, "layers"), *e = like ? like : reverse;
    if (like && reverse)
        b->bad = !err_add(b->env->errs, reverse->at, "like and reverse are both set, expected one");
    else if (e && layers)
        b->bad = !err_add(b->env->errs, layers->at,
                          "layers come from the packet that %s names, expected no others", e->key);
    *reversed = reverse != NULL;
    return e;
}

bool like_resolve(struct build *b)
{
    struct section *sec = b->sec;
    size_t n = b->origins = LIKES_MAX;
    for (;;) {
        bool reversed;
        char hint[80];
        struct entry *e = other_packet(b, sec, &reversed);
        if (b->bad) return false;
        b->origin[--n] = (struct origin){sec, reversed};
        if (!e) break;
        char *name = entry_text(b->env->arena, e);
        sec = packet_named(b->env->profile, name);
        if (!sec)
            return err_add(b->env->errs, e->at, "%s names '%s', expected a [packet %s] section%s",
                           e->key, name, name,
                           err_suggest(hint, b->env->profile
                                                 ? err_nearest(name, packet_at, b->env->profile)
                                                 : NULL));
        for (size_t i = n; i < LIKES_MAX; i++)
            if (b->origin[i].sec == sec)
                return err_add(b->env->errs, e->at, "[packet %s] is made like itself", name);
        if (n == 0)
            return err_add(b->env->errs, e->at, "more than %d packets are made like each other",
                           LIKES_MAX);
    }
    b->origins -= n;
    memmove(b->origin, b->origin + n, b->origins * sizeof *b->origin);
    return true;
}

static void exchange(const struct layer *l, const char *one, const char *two)
{
    struct value *a = layer_value(l, one), *b = layer_value(l, two);
    if (!a || !b) return;
    struct value was = *a;
    const struct field *field = b->field;
    *a = *b;
    a->field = was.field;
    *b = was;
    b->field = field;
}

/* The ports of a tunnel do not change places: whichever side sends, they are sent to the tunnel's.
 */
static bool ports_stay(const struct build *b, const struct layer *l)
{
    const struct layer_class *upper = build_upper(b, l);
    return upper && upper->next != NEXT_NONE;
}

void like_reverse(struct build *b)
{
    for (size_t i = 0; i < b->p->layers; i++) {
        const struct layer *l = &b->p->layer[i];
        exchange(l, "src", "dst");
        exchange(l, "sender", "target");
        exchange(l, "sender_mac", "target_mac");
        if (!ports_stay(b, l)) exchange(l, "sport", "dport");
    }
    b->reversed = !b->reversed;
}

const char *like_type_field(const struct build *b, const struct layer *l)
{
    const char *field = l->class->next_field;
    bool port = field && strcmp(field, "dport") == 0;
    return port && b->reversed && !ports_stay(b, l) ? "sport" : field;
}
