/* expr: value expressions and text templates as small syntax trees, without meaning.
 *
 *   value    = item { "," item } [ flow ]            more than one item, or a weight: a list
 *   flow     = ( "per" | "along" ) "flow"            of the whole value
 *   item     = operand [ ":" NUMBER ]                weight, default 1
 *   operand  = atom [ ".." atom [ "step" NUMBER ] ]
 *   atom     = NUMBER | ADDR | PREFIX | STRING | NAME | NAME "(" args ")" | "(" value ")"
 *   args     = [ arg { "," arg } ]    arg = [ NAME "=" ] operand-with-optional-weights
 *   text     = any bytes, with ${ value } and $$
 *
 * gen/ and pace/ give them meaning. Trees live in the arena given; names point into it. */
#ifndef PROFILE_EXPR_H
#define PROFILE_EXPR_H

#include "base/arena.h"
#include "base/err.h"
#include "profile/lex.h"

enum expr_kind {
    EXPR_NUMBER,
    EXPR_ADDR,
    EXPR_PREFIX,
    EXPR_STRING, /* escapes resolved in text */
    EXPR_NAME,
    EXPR_RANGE, /* kid[0] .. kid[1]; step in q when has_step */
    EXPR_LIST,  /* kids with weights */
    EXPR_CALL,  /* text is the function's name; kids with arg names */
    EXPR_PER_FLOW,
    EXPR_ALONG_FLOW, /* of kids[0] */
    EXPR_TEXT,       /* a template: kids are EXPR_STRING and value expressions in order */
};
struct expr_kid {
    const char *name; /* of a named argument, else NULL */
    uint64_t weight;  /* of a list item; at least 1 */
    const struct expr *e;
};
struct expr {
    enum expr_kind kind;
    struct where at;
    struct span src;   /* as written, for messages */
    struct span text;  /* STRING, NAME, CALL */
    struct quantity q; /* NUMBER; a RANGE's step */
    bool has_step;
    struct addr addr;
    struct prefix prefix;
    struct expr_kid *kids;
    size_t n;
};

/* The tree of a value expression; NULL after adding what is wrong. Depth is limited to 32,
 * and the number of nodes to 65,536. A weight is a whole number from 1 to 2^32-1. */
const struct expr *expr_parse(struct arena *a, struct span text, struct where at,
                              struct errs *errs);
/* The tree of a text template: always EXPR_TEXT. */
const struct expr *expr_parse_text(struct arena *a, struct span text, struct where at,
                                   struct errs *errs);
/* A value in the middle of a larger text: parses from the lexer's current token as far as the
 * grammar reaches and leaves the lexer behind it. `comma` says whether a top-level comma
 * belongs to it. For `ramp(..) for 10s, ...` and the like. The tree's spans point into the
 * lexer's text, which must live as long. */
const struct expr *expr_parse_lex(struct arena *a, struct lex *l, bool comma, struct where at,
                                  struct errs *errs);

#endif
