/* clone: a replay whose units are copies of the capture's conversations. */
#include "plan/clone.h"
#include "plan/inside.h"
#include "wire/device.h"

#define MEMORY (48u << 20)                  /* that the conversations may take */
#define USUAL_FOUR "permute(198.18.0.0/16)" /* clients, unless the profile says otherwise */
#define USUAL_SIX "permute(2001:2::/64)"

/* Keys of a replay that mean nothing here, and what to do instead. */
static void refuse_keys(struct compiling *c, struct section *sec)
{
    static const struct {
        const char *key, *instead;
    } keys[] = {
        {"rate", "clone to say it all: it is the rate of copies"},
        {"loop", "count or duration to say when copying ends"},
        {"preload", "it to be left out: conversations are kept in memory in any case"},
        {"ordered", "it to be left out: copies are many at a time"},
        {"order_timeout", "it to be left out: copies are many at a time"},
        {"size", "it to be left out: copies keep their lengths"},
        {"ipv4.src", "client.ipv4 and server.ipv4"},
        {"ipv4.dst", "client.ipv4 and server.ipv4"},
        {"ipv6.src", "client.ipv6 and server.ipv6"},
        {"ipv6.dst", "client.ipv6 and server.ipv6"},
        {"tcp.sport", "client.port and server.port"},
        {"tcp.dport", "client.port and server.port"},
        {"udp.sport", "client.port and server.port"},
        {"udp.dport", "client.port and server.port"},
        {"sctp.sport", "client.port and server.port"},
        {"sctp.dport", "client.port and server.port"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct entry *e = section_get(sec, keys[i].key);
        if (e)
            err_add(c->env.errs, e->at, "%s has no meaning beside clone, expected %s", keys[i].key,
                    keys[i].instead);
    }
}

/* The longest frame that leaves by either side, one VLAN tag on top; 0: any, or not known yet. */
static uint32_t frame_limit(const struct compiling *c, const struct stream *s, struct where at)
{
    const char *const places[SIDES] = {s->place, s->server_place};
    uint32_t limit = 0;
    struct device d;
    if (s->replay.mtu) return (uint32_t)s->replay.mtu + LINK_HEADER;
    if (!s->wire || !s->wire->device || c->opts->dry) return 0;
    for (size_t i = 0; i < SIDES; i++)
        if (places[i] && device_find(places[i], &d, at, c->env.errs) &&
            (limit == 0 || d.mtu + LINK_HEADER < limit))
            limit = d.mtu + LINK_HEADER;
    return limit;
}

static uint32_t pushed_tags(const struct rewrite *w)
{
    uint32_t n = 0;
    for (size_t i = 0; i < w->n_vlans; i++) n += w->vlans[i].how == VLAN_PUSH;
    return n;
}

/* Frames that a replay would count as failed for each copy are told once, now. */
static bool refuse_frames(struct compiling *c, const struct replay *x, struct where at)
{
    const struct conversations *all = &x->clone->of;
    const struct {
        enum left_out why;
        bool allowed;
        const char *expected;
    } keys[] = {
        {LEFT_FOREIGN, x->skip_foreign, "link = ethernet or skip"},
        {LEFT_CUT, x->skip_cut, "cut = skip, pad or short"},
        {LEFT_TOO_BIG, x->skip_big,
         x->segment ? "oversize = segment, skip" : "oversize = segment or skip"},
    };
    bool fine = true;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        uint64_t n = all->left_out[keys[i].why];
        if (n == 0 || keys[i].allowed) continue;
        fine = err_add(c->env.errs, at, "%llu of the frames to be copied %s %s, expected %s",
                       (unsigned long long)n, n == 1 ? "is" : "are",
                       left_out_names[keys[i].why].words, keys[i].expected);
    }
    if (*all->problem)
        fine = err_add(c->env.errs, at, "%s; expected a whole capture, or frames = 1..%llu",
                       all->problem, (unsigned long long)all->seen);
    if (fine && all->n == 0)
        fine = err_add(c->env.errs, at,
                       "%s holds no conversations, expected IP packets of two ends", x->path);
    return fine;
}

static bool read_conversations(struct compiling *c, const struct stream *s, struct where at)
{
    const struct replay *x = &s->replay;
    struct conversations_opts o = {
        .files = &x->files,
        .order = x->order,
        .select = &x->select,
        .shape = &x->shape,
        .sides = &x->sides,
        .backwards = x->backwards,
        .max_gap = x->max_gap,
        .speed_num = x->speed_num,
        .speed_den = x->speed_den,
        .limit = frame_limit(c, s, at),
        .pushed = pushed_tags(&x->rewrite),
        .segment = x->segment,
        .memory = MEMORY,
    };
    if (x->files.n == 0) return false;
    return conversations_read(c->plan->arena, &o, &x->clone->of, at, c->env.errs) &&
           refuse_frames(c, x, at);
}

static bool is_recorded(const struct entry *e)
{
    return e && span_is(span_trim(e->value), "recorded");
}

/* The generator of a key, or of what stands for it where it is left out. NULL: as recorded. */
static const struct gen *gen_of(struct compiling *c, const struct stream *s, struct section *sec,
                                const char *key, const char *usual, const struct gen_want *want)
{
    struct entry *e = section_get(sec, key);
    struct entry other = {.key = key, .value = span_of(usual ? usual : ""), .at = sec->at};
    if (is_recorded(e) || (!e && !usual)) return NULL;
    return gen_entry(&c->env, e ? e : &other,
                     arena_printf(c->plan->arena, "stream %s.%s", s->name, key), want);
}

static void compile_addresses(struct compiling *c, struct stream *s, struct section *sec)
{
    struct clone *x = s->replay.clone;
    static const struct gen_want four = {
        .what = "an IPv4 address such as permute(198.18.0.0/16), or recorded",
        .type = GEN_U64,
        .format = FORMAT_IP4,
        .hi = UINT32_MAX};
    static const struct gen_want six = {
        .what = "an IPv6 address such as permute(2001:2::/64), or recorded", .type = GEN_IP6};
    x->four.client = gen_of(c, s, sec, "client.ipv4", USUAL_FOUR, &four);
    x->four.server = gen_of(c, s, sec, "server.ipv4", NULL, &four);
    x->six.client = gen_of(c, s, sec, "client.ipv6", USUAL_SIX, &six);
    x->six.server = gen_of(c, s, sec, "server.ipv6", NULL, &six);
    for (size_t i = 0; i < x->of.n; i++) {
        bool is_four = x->of.v[i].client.family == FAMILY_IP4;
        x->any_four = x->any_four || is_four;
        x->any_six = x->any_six || !is_four;
    }
}

/* Of what permute and seq yield, each comes once in a cycle. */
static uint64_t cycle_of_clients(const struct gen *g)
{
    if (!g || (g->class != &gen_permute && g->class != &gen_seq)) return 1;
    uint64_t n = gen_period(g);
    return n ? n : 1;
}

static void compile_ports(struct compiling *c, struct stream *s, struct section *sec)
{
    struct clone *x = s->replay.clone;
    struct arena *a = c->plan->arena;
    static const struct gen_want port = {
        .what = "a port 0..65535, or recorded", .type = GEN_U64, .hi = 65535};
    struct entry *e = section_get(sec, "client.port");
    x->how = is_recorded(e) ? PORT_RECORDED : e ? PORT_DRAWN : PORT_COUNTED;
    x->client_port = gen_of(c, s, sec, "client.port", NULL, &port);
    x->server_port = gen_of(c, s, sec, "server.port", NULL, &port);
    x->four.cycle = cycle_of_clients(x->four.client);
    x->six.cycle = cycle_of_clients(x->six.client);
    x->port_key =
        rng_key(c->plan->seed, span_of(arena_printf(a, "stream %s.client.port", s->name)));
}

static void compile_numbers(struct compiling *c, struct stream *s, struct section *sec)
{
    static const char *const names[] = {"recorded", "shifted", NULL};
    static const char *const sides[] = {"client", "server"};
    struct clone *x = s->replay.clone;
    unsigned how = 0;
    entry_choice(section_get(sec, "tcp_numbers"), names, &how, c->env.errs);
    x->shifted = how == 1;
    for (size_t i = 0; i < SIDES; i++)
        x->seq_key[i] =
            rng_key(c->plan->seed,
                    span_of(arena_printf(c->plan->arena, "stream %s.%s.seq", s->name, sides[i])));
}

static void compile_pick(struct compiling *c, struct stream *s, struct section *sec)
{
    struct clone *x = s->replay.clone;
    struct entry *e = section_get(sec, "pick");
    bool random = e && span_is(span_trim(e->value), "random");
    x->even = random || !e || span_is(span_trim(e->value), "in turn");
    if ((x->even && !random) || x->of.n == 0) return;
    char *numbers = arena_printf(c->plan->arena, "1..%zu", x->of.n);
    struct entry any = {.key = e->key, .value = span_of(numbers), .at = e->at};
    if (random) e = &any;
    struct gen_want want = {
        .what = arena_printf(c->plan->arena, "in turn, random, or the number of a conversation, %s",
                             numbers),
        .type = GEN_U64,
        .lo = 1,
        .hi = x->of.n,
    };
    x->pick = gen_entry(&c->env, e, arena_printf(c->plan->arena, "stream %s.pick", s->name), &want);
}

/* By default a field is the same in all frames of a copy. */
static void compile_per(struct compiling *c, struct stream *s, struct section *sec)
{
    struct rewrite *w = &s->replay.rewrite;
    struct entry *e = section_get(sec, "per");
    if (w->per == PER_LOOP || w->per == PER_FLOW_AND_LOOP)
        err_add(c->env.errs, e->at,
                "copies have no loops, expected per = flow for one value in each copy, or frame");
    s->replay.clone->per_frame = e && w->per == PER_FRAME;
    if (s->replay.clone->per_frame && w->flows)
        err_add(c->env.errs, e->at,
                "a flow is a copy, whose values are drawn for each frame here, expected per = flow "
                "or no value per flow");
    w->per = PER_FRAME; /* the script numbers its drafts accordingly */
}

/* Whether any frame of the conversation goes to that side. *as_recorded: to a group, whatever
 * address the side has. */
static bool goes_to(const struct recorded *r, enum side side, bool *as_recorded)
{
    bool any = false;
    *as_recorded = false;
    for (size_t i = 0; i < r->n; i++) {
        if (r->frame[i]->from_client != (side == SIDE_SERVER)) continue;
        any = true;
        if (side == SIDE_SERVER && r->frame[i]->p[0] & 1) *as_recorded = true;
    }
    return any;
}

/* What a generator of addresses may yield. */
static void bounds_of(struct compiling *c, struct section *sec, const struct gen *g,
                      const char *key, struct addr *lo, struct addr *hi)
{
    struct entry *e = section_get(sec, key);
    bool four = g->type == GEN_U64;
    u128 first = ~(u128)0, last = 0;
    *lo = (struct addr){four ? g->lo : 0, four ? FAMILY_IP4 : FAMILY_IP6};
    *hi = (struct addr){four ? g->hi : ~(u128)0, lo->family};
    if (four) return;
    struct span text = e ? e->value : span_of(USUAL_SIX);
    const struct expr *x = expr_parse(c->plan->arena, text, sec->at, c->env.errs);
    if (!x || !gen_hull(x, &first, &last)) return;
    lo->v = first;
    hi->v = last;
}

/* Where the frames to one side go: each copied address must be allowed. */
static void check_side(struct compiling *c, struct stream *s, struct section *sec,
                       enum family family, enum side side)
{
    static const char *const keys[SIDES][2] = {{"client.ipv4", "client.ipv6"},
                                               {"server.ipv4", "server.ipv6"}};
    const struct clone *x = s->replay.clone;
    const struct clone_family *f = family == FAMILY_IP4 ? &x->four : &x->six;
    const struct gen *g = side == SIDE_CLIENT ? f->client : f->server;
    const char *key = keys[side][family == FAMILY_IP6];
    struct entry *e = section_get(sec, key);
    struct where at = e ? e->at : section_get(sec, "replay")->at;
    struct addr lo, hi;
    bool drawn = false;
    for (size_t i = 0; i < x->of.n; i++) {
        const struct recorded *r = &x->of.v[i];
        struct addr to = side == SIDE_CLIENT ? r->client : r->server;
        bool as_recorded;
        if (to.family != family || !goes_to(r, side, &as_recorded)) continue;
        if (g && !as_recorded) {
            drawn = true;
            continue;
        }
        rewrite_map_address(&s->replay.rewrite, &to);
        if (!check_allowed(c, to, at, key)) return;
    }
    if (!drawn) return;
    bounds_of(c, sec, g, key, &lo, &hi);
    check_allowed_range(c, lo, hi, key, at);
}

/* Hops of source routes are copied as they were recorded, but for maps. */
static bool check_route(struct compiling *c, const struct rewrite *w,
                        const struct recorded_frame *f, struct where at)
{
    uint32_t n = layout_address_size(&f->at), hop = f->at.last ? layout_hops_left(&f->at) : 0;
    if (!hop || hop + n * f->at.left > f->n)
        return err_add(c->env.errs, at,
                       "some of the frames to be copied have a source route of a kind that is not "
                       "known, expected a filter that leaves them out");
    for (unsigned i = 0; i < f->at.left; i++, hop += n) {
        struct addr to = addr_from_bytes(n == 4 ? FAMILY_IP4 : FAMILY_IP6, f->p + hop);
        rewrite_map_address(w, &to);
        if (!check_allowed(c, to, at, "a hop of a source route,")) return false;
    }
    return true;
}

static void check_routes(struct compiling *c, struct stream *s, struct where at)
{
    const struct conversations *all = &s->replay.clone->of;
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; k < all->v[i].n; k++) {
            const struct recorded_frame *f = all->v[i].frame[k];
            if (f->at.routed && !check_route(c, &s->replay.rewrite, f, at)) return;
        }
}

static void check_ends(struct compiling *c, struct stream *s, struct section *sec)
{
    if (c->opts->dry || !s->wire || !s->wire->device) return;
    check_routes(c, s, section_get(sec, "replay")->at);
    for (unsigned side = 0; side < SIDES; side++) {
        check_side(c, s, sec, FAMILY_IP4, (enum side)side);
        check_side(c, s, sec, FAMILY_IP6, (enum side)side);
    }
}

void compile_clone(struct compiling *c, struct stream *s, struct section *sec)
{
    struct where at = section_get(sec, "replay")->at;
    refuse_keys(c, sec);
    if (s->replay.fragment)
        err_add(c->env.errs, section_get(sec, "oversize")->at,
                "copies get ports of their own, which later fragments do not show, expected "
                "oversize without fragment");
    bool fine = read_conversations(c, s, at);
    compile_addresses(c, s, sec);
    compile_ports(c, s, sec);
    compile_numbers(c, s, sec);
    compile_pick(c, s, sec);
    compile_per(c, s, sec);
    if (fine) check_ends(c, s, sec);
}
