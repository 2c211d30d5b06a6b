/* const: values that are the same for every unit; also what range ends and the parameters of
 * distributions are read as. Called within gen/. */
#ifndef GEN_CONST_H
#define GEN_CONST_H

#include "gen/gen.h"

struct constant {
    struct gen g;
    enum dim dim; /* as it was written: tells sizes from plain numbers */
    union {
        uint64_t u;
        double r;
        u128 a;
        struct span s;
    };
};

const struct gen *const_u64(struct gen_env *env, uint64_t v, enum gen_format format);
/* The span must live as long as the arena. */
const struct gen *const_text(struct gen_env *env, struct span s);

/* An expression that must have one fixed value: a literal, or a variable that holds one. NULL
 * after adding errors; `what` tells what it is for: "the end of a range". */
const struct constant *const_of(struct gen_env *env, const struct expr *e, const char *path,
                                const char *what);
/* Of type GEN_U64 with FORMAT_NUMBER or FORMAT_TIME, or GEN_REAL. */
bool const_is_number(const struct constant *c);
double const_double(const struct constant *c);

#endif
