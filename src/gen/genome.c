#include "gen/genome.h"

#include "gen/node.h"

#define LETTERS_MAX 65536
#define ETHERNET 18 /* header and check sequence around an MTU */
#define MTU_DEFAULT 1500

/* RFC 6985, section 4: the sizes that small letters stand for; z is the MTU. */
static const uint16_t standard[26] = {64, 128, 256, 512, 1024, 1280, 1518, 2112, 9000, 16000};

struct genome {
    struct gen g;
    const uint64_t *size; /* in order, without check sequence */
    size_t n;
};

/* What the letters of one call mean; 0: nothing. */
struct alphabet {
    uint64_t small[26], capital[26];
};

bool frame_size(struct gen_env *env, const struct expr *e, const char *expected, uint64_t *size)
{
    bool number = e->kind == EXPR_NUMBER && quantity_u64(&e->q, false, size);
    bool plain = number && (e->q.dim == DIM_NONE || e->q.dim == DIM_SIZE);
    if (plain && *size >= FRAME_LEAST && *size <= FRAME_MOST) return true;
    return err_add(env->errs, e->at, "'" SRC "' is no frame size, expected %s", SRC_OF(e),
                   expected);
}

static bool read_mtu(struct gen_env *env, const struct expr *e, struct alphabet *a)
{
    uint64_t mtu = 0;
    if (!frame_size(env, e, "an MTU 64..65517", &mtu)) return false;
    a->small['z' - 'a'] = mtu + ETHERNET;
    return mtu + ETHERNET <= FRAME_MOST ||
           err_add(env->errs, e->at, "an MTU of %llu is beyond any frame, expected 64..65517",
                   (unsigned long long)mtu);
}

static bool read_argument(struct gen_env *env, const struct expr_kid *k, struct alphabet *a,
                          struct span *letters)
{
    const char *name = k->name ? k->name : "";
    if (k->weight != 1 || !*name)
        return err_add(env->errs, k->e->at,
                       "a genome stands alone, expected imix(genome=aaaaaaabbbbc), and sizes with "
                       "weights in another imix");
    if (strcmp(name, "genome") == 0) {
        *letters = k->e->text;
        return k->e->kind == EXPR_NAME || k->e->kind == EXPR_STRING ||
               err_add(env->errs, k->e->at, "genome is '" SRC "', expected letters such as aabg",
                       SRC_OF(k->e));
    }
    if (strcmp(name, "mtu") == 0) return read_mtu(env, k->e, a);
    if (name[0] < 'A' || name[0] > 'Z' || name[1])
        return err_add(env->errs, k->e->at,
                       "'imix' has no argument '%s', expected genome, mtu or a capital letter",
                       name);
    return frame_size(env, k->e, "a number 64..65535", &a->capital[name[0] - 'A']);
}

static uint64_t size_of(const struct alphabet *a, uint8_t letter)
{
    if (letter >= 'a' && letter <= 'z') return a->small[letter - 'a'];
    return letter >= 'A' && letter <= 'Z' ? a->capital[letter - 'A'] : 0;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct genome *s = (const struct genome *)g;
    for (size_t i = 0; i < n; i++) out->u[i] = s->size[d->index[i] % s->n];
}

static bool mean(const struct gen *g, struct fraction *out)
{
    const struct genome *s = (const struct genome *)g;
    uint64_t sum = 0;
    for (size_t i = 0; i < s->n; i++) sum += s->size[i];
    return fraction_of(sum, s->n, out);
}

static uint64_t period(const struct gen *g)
{
    return ((const struct genome *)g)->n;
}

/* Not in the table: imix makes its nodes. */
static const struct gen_class genome_class = {
    .doc = {.name = "genome"}, .fill = fill, .mean = mean, .period = period};

static struct gen *genome_node(struct gen_env *env, const struct expr *call, const char *path,
                               const struct alphabet *a, struct span letters)
{
    struct genome *s = gen_node(env, &genome_class, sizeof *s, path);
    uint64_t *size = arena_array(env->arena, uint64_t, letters.n);
    s->size = size;
    s->n = letters.n;
    s->g.lo = FRAME_MOST;
    for (size_t i = 0; i < letters.n; i++) {
        uint64_t with_fcs = size_of(a, letters.p[i]);
        if (!with_fcs) {
            err_add(env->errs, call->at,
                    "the genome's letter '%c' has no size, expected a..j, z, or a capital one with "
                    "a size: imix(genome=aA, A=96)",
                    letters.p[i] > 0x20 && letters.p[i] < 0x7f ? letters.p[i] : '?');
            return NULL;
        }
        size[i] = with_fcs - FRAME_FCS;
        if (size[i] < s->g.lo) s->g.lo = size[i];
        if (size[i] > s->g.hi) s->g.hi = size[i];
    }
    return &s->g;
}

struct gen *genome_compile(struct gen_env *env, const struct expr *call, const char *path)
{
    struct alphabet a = {.small['z' - 'a'] = MTU_DEFAULT + ETHERNET};
    struct span letters = {0};
    bool good = true;
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
        if (standard[i]) a.small[i] = standard[i];
    for (size_t i = 0; i < call->n; i++)
        good = read_argument(env, &call->kids[i], &a, &letters) && good;
    if (!good) return NULL;
    if (!letters.p) {
        err_add(env->errs, call->at,
                "'imix' has no genome, expected one as in imix(genome=aaz, "
                "mtu=9000)");
        return NULL;
    }
    if (letters.n == 0 || letters.n > LETTERS_MAX) {
        err_add(env->errs, call->at, "the genome has %zu letters, expected 1..%d", letters.n,
                LETTERS_MAX);
        return NULL;
    }
    return genome_node(env, call, path, &a, letters);
}
