/* pieces: the bytes of a request as a row of constant texts, generated texts, and lengths.
 *
 * Neighbouring constants are joined when the row is compiled, and lengths of what is constant
 * are constants too, so a request that never varies is one piece, and is handed out without
 * copying. Used by the protocols' compile and render; lives in the plan's arena. */
#ifndef PROTO_PIECES_H
#define PROTO_PIECES_H

#include "gen/gen.h"

struct piece {
    enum piece_kind { PIECE_TEXT, PIECE_GEN, PIECE_LENGTH } kind;
    struct span text;      /* PIECE_TEXT */
    const struct gen *gen; /* PIECE_GEN: of type GEN_TEXT */
    size_t fixed;          /* PIECE_LENGTH: this, and the lengths of the generated texts that */
    size_t first, last;    /* vary in length among pieces [first, last); in decimal */
};
struct pieces {
    struct piece *v;
    size_t n, cap;
};

/* The bytes that a template's constant parts may hold. */
struct piece_rule {
    const char *what; /* "the path" */
    bool (*allows)(uint8_t c);
    const char *advice; /* "write it percent-encoded" */
};

/* Append; texts are copied. */
void pieces_text(struct arena *a, struct pieces *p, struct span text);
void pieces_str(struct arena *a, struct pieces *p, const char *text);
/* A generator of type GEN_TEXT; a constant one is drawn once, here. */
void pieces_gen(struct arena *a, struct pieces *p, const struct gen *g);
/* Texts and generators of `more`, which holds no lengths. */
void pieces_join(struct arena *a, struct pieces *p, const struct pieces *more);
/* The length of `of` in decimal digits, then `between`, then `of`, which holds no lengths itself.
 */
void pieces_counted(struct arena *a, struct pieces *p, const struct pieces *of,
                    const char *between);
/* A text template. `path` is that of its draws. False after adding errors. */
bool pieces_template(struct gen_env *env, struct pieces *p, struct span text, struct where at,
                     const char *path, const struct piece_rule *rule);
/* The same of an entry, which is constant when it comes from a file. */
bool pieces_entry(struct gen_env *env, struct pieces *p, const struct entry *e, const char *path,
                  const struct piece_rule *rule);
/* The expression number `k` in a template; for protocols that look into templates. */
bool pieces_expr(struct gen_env *env, struct pieces *p, const struct expr *e, const char *path,
                 size_t k);

/* out[i] are the bytes of unit d->index[i]: in the arena when constant, else in scratch. */
void pieces_render(const struct pieces *p, const struct draw *d, size_t n, struct span *out);

#endif
