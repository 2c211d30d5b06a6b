/* args: the arguments of a call, bound to the parameters that its class describes.
 *
 * Arguments are given by position, in the order of doc.params, or by name. What is not given
 * takes the parameter's default; the default "none" leaves it away. Each argument's node has
 * the path "<path>/<parameter>", however it was given. Used by the classes' compile functions.
 *
 *   struct args a;
 *   if (!args_bind(&a, env, &gen_exp, e, path)) return NULL;
 *   const struct constant *mean = args_const(&a, "mean"); */
#ifndef GEN_ARGS_H
#define GEN_ARGS_H

#include "gen/const.h"

#define ARGS_MAX 8 /* parameters of one class */

struct args {
    struct gen_env *env;
    const struct gen_class *class;
    const struct expr *call;
    const char *path;
    const struct expr *v[ARGS_MAX]; /* by the position of the parameter; NULL: left away */
};

/* Binds a call (EXPR_CALL, or EXPR_NAME without arguments). False after adding every mistake:
 * arguments unknown, given twice, too many, missing, or with a weight. */
bool args_bind(struct args *a, struct gen_env *env, const struct gen_class *class,
               const struct expr *e, const char *path);

bool args_has(const struct args *a, const char *name);
/* The argument's expression. It must be there. */
const struct expr *args_expr(const struct args *a, const char *name);
const char *args_path(const struct args *a, const char *name);

/* The argument as a generator that `want` accepts, or as any when want is NULL. NULL after
 * adding errors. */
const struct gen *args_gen(const struct args *a, const char *name, const struct gen_want *want);
/* A fixed number, duration or size. NULL after adding errors. */
const struct constant *args_number(const struct args *a, const char *name);
/* A fixed plain number lo..hi. False after adding errors. */
bool args_real(const struct args *a, const char *name, double lo, double hi, double *out);
/* A fixed text, or a name that is no variable: lines(words.txt). NULL after adding errors. */
const char *args_text(const struct args *a, const char *name);
/* One of the words (ends with NULL): its position. False after adding errors. */
bool args_word(const struct args *a, const char *name, const char *const *words, unsigned *out);

#endif
