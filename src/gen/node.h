/* node: what the classes share with the compiler of trees. Called within gen/ only. */
#ifndef GEN_NODE_H
#define GEN_NODE_H

#include "gen/gen.h"

/* For messages: how an expression is written, cut to a readable length:
 * err_add(..., "'" SRC "' is wrong", SRC_OF(e)). */
#define SRC "%.*s"
#define SRC_OF(e) (int)((e)->src.n < 60 ? (e)->src.n : 60), (const char *)(e)->src.p

/* "a number", "a duration", "an IPv4 address", "text", ... */
const char *gen_kind(const struct gen *g);

/* The path of a part of the node at `path`: an argument or the item of a list. In the arena. */
const char *gen_subpath(struct gen_env *env, const char *path, const char *part);
const char *gen_subpath_n(struct gen_env *env, const char *path, size_t n);

/* g as a node of another type, where nothing is lost; NULL when there is no such conversion.
 * Adds no errors. To GEN_U64 only from a real that rounds. */
const struct gen *gen_convert(struct gen_env *env, const struct gen *g, enum gen_type type);
/* g as it is or, when it is constant, the constant node of its value. */
const struct gen *gen_fold(struct gen_env *env, const struct gen *g);

/* A value that needs BY_FLOW or BY_STEP of a draw: notes that in env->by. False after an error
 * where there are no flows. */
bool gen_by(struct gen_env *env, const struct expr *e, unsigned what);

/* The variable's node, NULL after adding errors. *known: whether there is such a variable. */
const struct gen *gen_var(struct gen_env *env, const struct expr *name, bool *known);
/* The i-th name of a variable, NULL behind the last. */
const char *gen_var_name(const struct gen_vars *vars, size_t i);

#endif
