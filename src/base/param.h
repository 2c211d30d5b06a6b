/* param: how a class describes itself.
 *
 * Every function, layer, protocol, pacer, wire and report is described once, in the class
 * that implements it; `spate list`, the error messages and docs/reference.md read these. */
#ifndef BASE_PARAM_H
#define BASE_PARAM_H

struct param {
    const char *name;
    const char *type; /* for people: "duration", "range", "text", "generator", ... */
    const char *dflt; /* as one would write it; NULL: must be given */
    const char *help; /* one line, no full stop */
};

struct doc {
    const char *name;           /* as written in a profile */
    const char *help;           /* one line, no full stop */
    const char *example;        /* a value (or section body) that compiles; tests compile it */
    const struct param *params; /* ends with an entry without name; NULL: none */
};

#endif
