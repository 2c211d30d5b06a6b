/* gen: lazy generators of values. Index in, value out; nothing is stored, nothing runs ahead.
 *
 * A node is immutable after it is compiled and is used by all workers at once. A column of
 * indices goes in, a column of values of the same length comes out. Draws are keyed by (seed,
 * path of the node in the profile, index), so adding a node never shifts another's values.
 * Compiled by packet/, proto/, serve/ and plan/; filled by them and by run/.
 *
 * Adding a generator: one file gen/NAME.c ending in `const struct gen_class gen_NAME = {...};`
 * and the line GEN(NAME) in gen/gen.def. */
#ifndef GEN_GEN_H
#define GEN_GEN_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/fraction.h"
#include "base/param.h"
#include "base/rng.h"
#include "base/scratch.h"
#include "profile/expr.h"
#include "profile/profile.h"

#define BATCH 256 /* most indices in one column */

enum gen_type {
    GEN_U64,  /* whole numbers; durations in ns; sizes in bytes; IPv4 and MAC addresses */
    GEN_REAL, /* doubles, made of exactly rounded operations only (base/fmath.h) */
    GEN_IP6,  /* u128 */
    GEN_TEXT, /* bytes, in scratch or in the plan's arena; valid until the scratch is restored */
};
/* What a value is, and so how it is written when it becomes text. */
enum gen_format { FORMAT_NUMBER, FORMAT_TIME, FORMAT_IP4, FORMAT_MAC };

struct column {
    union {
        uint64_t *u;
        double *r;
        u128 *a;
        struct span *s;
    };
};

/* State that is no function of the index: the values a session took from its replies. */
struct gen_session {
    const struct span *value; /* by the number of the session variable */
    size_t n;
};

/* What a batch is drawn for. Columns have n <= BATCH entries. */
struct draw {
    const uint64_t *index;             /* unit numbers, in any order */
    const uint64_t *due_ns;            /* when each is due, since the start; NULL: all 0 */
    const struct gen_session *session; /* NULL outside sessions */
    const uint64_t *const *given;      /* columns that a conversation hands in, by what takes them;
                                          NULL outside conversations */
    struct scratch *scratch;           /* for temporary columns and for texts */
    /* The flow that each unit belongs to, and its place in it; NULL where neither is asked for. */
    const uint64_t *flow, *step;
};

struct gen_class;
struct gen {
    const struct gen_class *class;
    enum gen_type type;
    enum gen_format format;
    bool constant;   /* the same value for every unit */
    bool rounds;     /* GEN_REAL: may be rounded where a whole number is wanted; lo, hi hold */
    uint64_t key;    /* of this node's draws: rng_key(seed, path) */
    uint64_t lo, hi; /* GEN_U64: every value lies in lo..hi; GEN_TEXT: its length does */
    /* the class's own members follow in a larger struct */
};

struct gen_env;
struct gen_class {
    struct doc doc;
    /* Compiles a call of this function, or the literal the class stands for. Returns a node
     * from gen_node(), or NULL after adding what is wrong. */
    struct gen *(*compile)(struct gen_env *env, const struct expr *e, const char *path);
    /* Fills out[0..n); the column's member is that of g->type. Pure. */
    void (*fill)(const struct gen *g, const struct draw *d, size_t n, struct column *out);
    /* What gen_mean and gen_period tell; each may be NULL: not known. */
    bool (*mean)(const struct gen *g, struct fraction *out);
    uint64_t (*period)(const struct gen *g);
};

/* A name that stands for a number in one field only: A = 1 in a query type, syn in flags. */
struct gen_name {
    const char *name;
    uint64_t value;
};

/* What one unit of a stream weighs, for rates told in bits or as a share of a link. */
struct unit_load {
    struct fraction bits;          /* of a unit, on average; num 0: not known */
    struct fraction full;          /* units per second that fill the link; num 0: not known */
    const char *no_bits, *no_full; /* why not, for messages */
};

/* What a value may ask of the flow its unit belongs to. */
enum { BY_FLOW = 1, BY_STEP = 2 };

/* What compiling needs to know. Made by plan/ (or a test), one for a whole profile. */
struct gen_vars;
struct population;
struct gen_env {
    struct arena *arena;
    struct errs *errs;
    const struct profile *profile; /* for the paths of files; may be NULL */
    uint64_t seed;
    struct gen_vars *vars;        /* named variables; NULL: none */
    const struct gen_name *names; /* of the field being compiled; set by gen_want alone */
    const struct unit_load *load; /* of the stream whose schedule is being compiled, or NULL */
    /* The flows of the stream whose packets are being compiled, or NULL; and what their values
     * have asked of it since the caller last set it to 0. */
    const struct population *population;
    unsigned by;
    bool in_var; /* of a variable: whether there are flows is asked where it is used */
    /* Reads the first `most` frames of a capture, or as many as it has, into the arena; 0 after
     * adding errors. Set by plan/, for what reads captures lies above gen/; NULL: there are none.
     */
    size_t (*read_frames)(struct gen_env *env, struct where at, const char *path, struct span *out,
                          size_t most);
};

/* The variables of a [vars] section (may be NULL). A value that holds ${...} or comes from a
 * file is a text, any other an expression. They are compiled on first use, under the path
 * "vars.NAME" wherever they are used: that makes uses within one unit correlate. A cycle is
 * told as a mistake. The caller puts the result into env->vars. gen_vars_check compiles those
 * not yet used, so every mistake is told. */
struct gen_vars *gen_vars_new(struct gen_env *env, struct section *vars);
void gen_vars_check(struct gen_env *env);

/* The node of an expression at `path` ("packet query.ipv4.src"); NULL after adding errors. */
const struct gen *gen_compile(struct gen_env *env, const struct expr *e, const char *path);

/* What a field takes. The compile functions below convert where that loses nothing (a number
 * to text, a whole number to a real) and tell what was expected otherwise. */
struct gen_want {
    const char *what; /* for messages: "a port 0..65535" */
    enum gen_type type;
    enum gen_format format;       /* FORMAT_NUMBER also takes sizes; FORMAT_TIME takes durations */
    uint64_t lo, hi;              /* GEN_U64: the values allowed */
    const struct gen_name *names; /* ends with an entry without name; NULL: none */
};
const struct gen *gen_want(struct gen_env *env, const struct expr *e, const char *path,
                           const struct gen_want *want);
/* The same from the text of an entry. */
const struct gen *gen_entry(struct gen_env *env, const struct entry *entry, const char *path,
                            const struct gen_want *want);
/* A text template (`${...}`), of type GEN_TEXT; an entry from a file is constant text. */
const struct gen *gen_template(struct gen_env *env, const struct entry *entry, const char *path);

/* One value, for places off the hot path and for tests. The text lives in d->scratch. */
static inline void gen_fill(const struct gen *g, const struct draw *d, size_t n,
                            struct column *out);
uint64_t gen_u64(const struct gen *g, const struct draw *d);
struct span gen_span(const struct gen *g, const struct draw *d);

/* The exact mean of a GEN_U64 node's values over ever more units; false where the class does
 * not know it, as a distribution with a tail does not. */
bool gen_mean(const struct gen *g, struct fraction *out);
/* After how many units a node has yielded all its values and begins again: 1 for a constant, the
 * number of values for seq and permute, UINT64_MAX when that is beyond 2^64. 0: never, or not
 * known. */
uint64_t gen_period(const struct gen *g);
/* A part of a batch: the units at place[0..n), in columns of its own, which are taken from the
 * scratch once for any number of parts. */
struct draw_part {
    const struct draw *whole;
    uint64_t *column[4];
};
struct draw_part draw_parts(const struct draw *d, size_t most);
struct draw draw_pick(const struct draw_part *p, const uint32_t *place, size_t n);
/* The period of two things together: 0 when one has none. */
uint64_t period_join(uint64_t a, uint64_t b);

/* Widens [lo, hi] to hold every address that an expression may become, for those of IPv6, whose
 * nodes have no bounds. False when it may become any: a variable, a function that takes its
 * values from elsewhere. */
bool gen_hull(const struct expr *e, u128 *lo, u128 *hi);

/* For classes: a zeroed node of `size` bytes (struct gen first), with class and key set. */
void *gen_node(struct gen_env *env, const struct gen_class *class, size_t size, const char *path);

/* The classes, in the order of gen.def. */
extern const struct gen_class *const gen_classes[];
extern const size_t gen_class_count;
#define GEN(name) extern const struct gen_class gen_##name;
#include "gen/gen.def"
#undef GEN
/* Classes that stand for a literal or a template; they are not called by name. */
bool gen_is_literal(const struct gen_class *class);

static inline void gen_fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    g->class->fill(g, d, n, out);
}

/* Bytes [offset, offset+n) of the endless random text of unit `index` under `key`; the same
 * bytes in whatever pieces they are asked for. For `bytes()` and for streamed bodies. */
void bytes_at(uint64_t key, uint64_t index, uint64_t offset, size_t n, uint8_t *out);

#endif
