/* profile: the INI text in parsed form, still without meaning.
 *
 * Sections keep their order; keys keep theirs, repeated keys included. Whoever reads a key
 * marks it used, so what nobody asked for can be told as a mistake at the end. Owned by its
 * arena. Read by gen/, pace/, packet/, proto/, gate/ and plan/. */
#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

#include "base/arena.h"
#include "base/err.h"

struct entry {
    const char *key;
    struct span value;
    struct where at;
    bool from_file; /* the value is the content of an @file: taken as it is, no template */
    bool used;
};
struct section {
    const char *kind; /* "run", "stream", ... */
    const char *name; /* "web" in [stream web]; "" when there is none */
    struct where at;
    struct entry *v;
    size_t n, cap;
    bool used;
};
struct profile {
    struct arena *arena;
    const char *file;   /* as given; "-" reads standard input; NULL: made from the command line */
    const char *dir;    /* where relative @file and lines(file) look: the profile's directory */
    uint8_t sha256[32]; /* of the text as read, before --set */
    struct section *v;
    size_t n, cap;
};

/* Reads the file (at most 64 MiB) and the files named by @file values. NULL after adding what
 * is wrong; also when the profile is empty. */
struct profile *profile_load(struct arena *a, const char *file, struct errs *errs);
/* The same from text in memory. `file` names it in messages. */
struct profile *profile_parse(struct arena *a, const char *file, struct span text,
                              struct errs *errs);
/* --set 'stream web.rate=5k/s': replaces all entries of that key, or adds it; makes the section
 * when it is not there. The key may hold dots: 'packet query.udp.sport=53'. A section that has
 * a name in the profile must be given by kind and name. @file works as in a profile. Makes
 * earlier pointers to sections and entries invalid. */
bool profile_set(struct profile *p, const char *assignment, struct errs *errs);
/* The same, by parts, for options of their own; the value is taken as it is. `what` names the
 * option in messages ("--rate"). False when kind or key is empty. */
bool profile_put(struct profile *p, const char *kind, const char *name, const char *key,
                 const char *value, const char *what);
/* The same, beside what is there of that key. */
bool profile_add(struct profile *p, const char *kind, const char *name, const char *key,
                 const char *value, const char *what);
/* Removes all entries of a key; nothing happens when there is none. */
void profile_drop(struct profile *p, const char *kind, const char *name, const char *key);

/* The section, or NULL. name "" for sections without. Marks it used. */
struct section *profile_section(struct profile *p, const char *kind, const char *name);
/* The last entry of that key, or NULL. Marks all entries of it used. */
struct entry *section_get(struct section *s, const char *key);
/* The i-th entry of a key that may be repeated, or NULL. Marks it used. */
struct entry *section_nth(struct section *s, const char *key, size_t i);
/* Adds an error for each entry of s not marked used, with a suggestion from `known` (ends with
 * NULL; may be NULL). */
void section_unused(const struct section *s, const char *const *known, struct errs *errs);
/* Adds an error for each section not marked used, with a suggestion. */
void profile_unused(const struct profile *p, const char *const *known_kinds, struct errs *errs);
/* A path relative to the profile's directory. In the arena. */
const char *profile_path(const struct profile *p, const char *path);
/* Content of a file, at most `max` bytes, in the arena; "-" is standard input. False after
 * adding what is wrong. */
bool profile_read_file(struct arena *a, const char *path, size_t max, struct where at,
                       struct span *out, struct errs *errs);

/* Plain typed values, for keys that take one literal and no generator. Each adds "what was
 * expected" and returns false when the value is not one. e NULL: *out is left, true. */
bool entry_time(const struct entry *e, uint64_t lo, uint64_t hi, uint64_t *ns, struct errs *);
bool entry_count(const struct entry *e, uint64_t lo, uint64_t hi, uint64_t *out, struct errs *);
bool entry_size(const struct entry *e, uint64_t lo, uint64_t hi, uint64_t *bytes, struct errs *);
bool entry_bool(const struct entry *e, bool *out, struct errs *); /* yes no true false on off */
/* One of the names (ends with NULL): its position. */
bool entry_choice(const struct entry *e, const char *const *names, unsigned *out, struct errs *);
char *entry_text(struct arena *a, const struct entry *e);

#endif
