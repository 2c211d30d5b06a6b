#include "proto/request.h"
#include "proto/expect.h"

const char *request_path(struct gen_env *env, const struct section *sec, const char *key)
{
    return arena_printf(env->arena, "%s %s.%s", sec->kind, sec->name, key);
}

bool request_closes(struct gen_env *env, struct section *sec)
{
    static const char *const names[] = {"keep", "close", NULL};
    unsigned choice = 0;
    entry_choice(section_get(sec, "connection"), names, &choice, env->errs);
    return choice == 1;
}

const struct param request_keys[] = {
    {"protocol", "name", "by the target's scheme",
     "what is spoken, one that `spate list proto` names"},
    {"expect", "expectation", "none",
     "what the reply must be, such as status 200..299 or body contains \"text\"; may be repeated"},
    {"connection", "keep or close", "keep", "whether other requests use the same connection"},
    {0},
};

static bool speaks(const struct proto *proto, const char *scheme)
{
    for (const char *const *s = proto->schemes; *s; s++)
        if (strcmp(*s, scheme) == 0) return true;
    return false;
}

static const char *nth_proto(const void *list, size_t i)
{
    (void)list;
    return i < proto_count ? protos[i]->doc.name : NULL;
}

/* By the `protocol` key or, without it, the target's scheme (NULL: there is no target). */
static const struct proto *choose(struct gen_env *env, struct section *sec, const char *scheme)
{
    const struct entry *e = section_get(sec, "protocol");
    const char *name = e ? entry_text(env->arena, e) : NULL;
    const struct proto *proto = e ? proto_named(name) : scheme ? proto_for_scheme(scheme) : NULL;
    char hint[80];
    if (proto && scheme && !speaks(proto, scheme)) {
        err_add(env->errs, e->at,
                "protocol %s does not speak to '%s://', expected a target of '%s://'", name, scheme,
                proto->schemes[0]);
        return NULL;
    }
    if (proto) return proto;
    if (e)
        err_add(env->errs, e->at, "unknown protocol '%s'%s", name,
                err_suggest(hint, err_nearest(name, nth_proto, NULL)));
    else if (scheme)
        err_add(env->errs, sec->at, "no protocol speaks to '%s://'", scheme);
    else
        err_add(env->errs, sec->at,
                "request %s has no protocol, expected [target] url = http://... "
                "or protocol = http1",
                sec->name);
    return NULL;
}

/* Units can be made without a target; then they are addressed to this one. */
static struct proto_target nowhere(const struct proto *proto)
{
    return (struct proto_target){
        .scheme = proto->schemes[0], .host = "localhost", .path = "/", .port = proto->port};
}

/* Tells the keys that neither this protocol nor any request has. */
static void check_keys(struct gen_env *env, struct section *sec, const struct proto *proto)
{
    enum { COMMON = sizeof request_keys / sizeof request_keys[0] - 1 };
    size_t own = 0;
    while (proto->keys && proto->keys[own].name) own++;
    const char **known = arena_array(env->arena, const char *, COMMON + own + 1);
    for (size_t i = 0; i < COMMON; i++) known[i] = request_keys[i].name;
    for (size_t i = 0; i < own; i++) known[COMMON + i] = proto->keys[i].name;
    /* After an error some known keys may not have been read. */
    for (size_t i = 0; known[i]; i++) section_get(sec, known[i]);
    section_unused(sec, known, env->errs);
}

/* An expectation that no reply of this protocol can meet is a mistake. */
static void check_expects(struct gen_env *env, const struct section *sec, const struct proto *proto,
                          const struct expect *x)
{
    if (!proto->has_status && expect_asks(x, EXPECT_STATUS))
        err_add(env->errs, sec->at, "expect status in request %s, but replies of %s have none",
                sec->name, proto->doc.name);
    if (!proto->has_headers && expect_asks(x, EXPECT_HEADER))
        err_add(env->errs, sec->at, "expect header in request %s, but replies of %s have none",
                sec->name, proto->doc.name);
}

struct request *request_compile(struct gen_env *env, struct section *sec,
                                const struct proto_target *target)
{
    size_t before = env->errs->n + env->errs->more;
    const struct proto *proto = choose(env, sec, target->scheme);
    if (!proto) return NULL;
    struct proto_target none = nowhere(proto);
    struct request *r = proto->compile(env, sec, target->scheme ? target : &none);
    const struct expect *expects = expect_compile(env, sec);
    bool close = request_closes(env, sec);
    check_expects(env, sec, proto, expects);
    check_keys(env, sec, proto);
    if (!r || env->errs->n + env->errs->more > before) return NULL;
    r->proto = proto;
    r->name = sec->name;
    r->at = sec->at;
    r->expects = expects;
    r->fresh_connection = close;
    return r;
}
