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

static const struct proto *choose(struct gen_env *env, struct section *sec,
                                  const struct proto_target *target)
{
    const struct entry *e = section_get(sec, "protocol");
    if (!e) {
        const struct proto *proto = proto_for_scheme(target->scheme);
        if (!proto)
            err_add(env->errs, sec->at,
                    "no protocol speaks to '%s://', expected one of 'spate "
                    "list protocols'",
                    target->scheme);
        return proto;
    }
    const char *name = entry_text(env->arena, e);
    const struct proto *proto = proto_named(name);
    char hint[80];
    if (!proto)
        err_add(env->errs, e->at, "unknown protocol '%s'%s", name,
                err_suggest(hint, err_nearest(name, nth_proto, NULL)));
    else if (!speaks(proto, target->scheme)) {
        err_add(env->errs, e->at,
                "protocol %s does not speak to a target of '%s://', expected "
                "'%s://'",
                name, target->scheme, proto->schemes[0]);
        return NULL;
    }
    return proto;
}

/* Tells the keys that neither this protocol nor any request has. */
static void check_keys(struct gen_env *env, struct section *sec, const struct proto *proto)
{
    static const char *const common[] = {"protocol", "expect", "connection"};
    enum { COMMON = sizeof common / sizeof common[0] };
    size_t own = 0;
    while (proto->keys && proto->keys[own].name) own++;
    const char **known = arena_array(env->arena, const char *, COMMON + own + 1);
    memcpy(known, common, sizeof common);
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
    const struct proto *proto = choose(env, sec, target);
    if (!proto) return NULL;
    struct request *r = proto->compile(env, sec, target);
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
