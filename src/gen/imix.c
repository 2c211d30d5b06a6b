/* imix: frame lengths in the proportions of a mix of internet traffic. A size in a mix counts
 * the 4 bytes of the frame check sequence, as the sizes of test frames do (RFC 2544, section
 * 9), but a frame here ends before them: the value is the size minus 4. */
#include "gen/choice.h"
#include "gen/const.h"
#include "gen/genome.h"
#include "gen/node.h"

#define SIZES 64

struct mix {
    const struct gen *size[SIZES];
    uint64_t weight[SIZES];
    size_t n;
};

static void add(struct gen_env *env, struct mix *m, uint64_t size, uint64_t weight)
{
    m->size[m->n] = const_u64(env, size - FRAME_FCS, FORMAT_NUMBER);
    m->weight[m->n++] = weight;
}

static bool add_kid(struct gen_env *env, struct mix *m, const struct expr_kid *k)
{
    uint64_t size;
    if (!frame_size(env, k->e, "a number 64..65535 or 'simple'", &size)) return false;
    if (m->n == SIZES) return err_add(env->errs, k->e->at, "'imix' takes %d sizes at most", SIZES);
    add(env, m, size, k->weight);
    return true;
}

/* All named arguments are those of a genome. */
static bool is_genome(const struct expr *e)
{
    for (size_t i = 0; e->kind == EXPR_CALL && i < e->n; i++)
        if (e->kids[i].name) return true;
    return false;
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct mix m = {.n = 0};
    bool call = e->kind == EXPR_CALL && e->n, good = true;
    if (is_genome(e)) return genome_compile(env, e, path);
    if (!call ||
        (e->n == 1 && e->kids[0].e->kind == EXPR_NAME && span_is(e->kids[0].e->text, "simple"))) {
        add(env, &m, 64, 7);
        add(env, &m, 594, 4);
        add(env, &m, 1518, 1);
    } else {
        for (size_t i = 0; i < e->n; i++) good = add_kid(env, &m, &e->kids[i]) && good;
    }
    return good ? choice_node(env, path, m.size, m.weight, m.n) : NULL;
}

static const struct param params[] = {
    {"sizes", "frame sizes with weights, or simple", "simple",
     "sizes with frame check sequence; simple is 64:7, 594:4, 1518:1"},
    {"genome", "letters", "none",
     "instead of a draw, a fixed order of sizes that begins again at its end (RFC 6985): a is 64, "
     "b 128, c 256, d 512, e 1024, f 1280, g 1518, h 2112, i 9000, j 16000, z the MTU"},
    {"mtu", "size", "1500", "what z stands for, with 18 bytes for Ethernet"},
    {"A, B, .. Z", "frame size", "none", "what a capital letter of the genome stands for"},
    {0},
};

const struct gen_class gen_imix = {
    .doc = {.name = "imix",
            .help = "frame lengths of an internet mix, without the 4 bytes of the check sequence",
            .example = "imix(64:7, 594:4, 1518:1)",
            .params = params},
    .compile = compile,
};
