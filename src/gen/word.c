#include "gen/sized.h"

/* Four syllables from one draw. */
static void make(uint64_t x, uint8_t *to)
{
    static const char consonants[] = "bcdfghjklmnprstvwxyz", vowels[] = "aeiou";
    for (int i = 0; i < 8; i += 2) {
        unsigned __int128 m = (unsigned __int128)x * 100;
        unsigned syllable = (unsigned)(m >> 64);
        x = (uint64_t)m;
        to[i] = (uint8_t)consonants[syllable / 5];
        to[i + 1] = (uint8_t)vowels[syllable % 5];
    }
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    return sized_compile(env, &gen_word, e, path);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    sized_fill(g, d, n, 8, make, out->s);
}

static const struct param params[] = {
    {"count", "number or generator", "3..12", "how many letters"},
    {0},
};

const struct gen_class gen_word = {
    .doc = {.name = "word",
            .help = "a random word that can be spoken, of lower-case letters",
            .example = "word(3..12)",
            .params = params},
    .compile = compile,
    .fill = fill,
};
