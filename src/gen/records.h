/* records: the lines of a text file or the records of a CSV file, by number.
 *
 * A file of any size is read through once when it is opened, and never kept: an index of at
 * most 65,536 offsets says where every stride-th record begins, and a reader walks from there.
 * Only files up to 1 MiB are held in memory as a whole. Immutable once open; used by all
 * workers at once. Called by lines.c and csv.c. */
#ifndef GEN_RECORDS_H
#define GEN_RECORDS_H

#include "gen/gen.h"

#define RECORD_MAX (1 << 20) /* longest record */

struct records {
    const char *path;
    int fd;
    uint64_t size;         /* of the file, in bytes */
    const uint8_t *memory; /* a small file's content; else NULL */
    bool csv;         /* line ends within quotes belong to the record; blank lines do not count */
    uint64_t *offset; /* of record k * stride */
    size_t n;
    uint64_t stride;
    uint64_t count;   /* records */
    uint64_t longest; /* bytes of a record */
};

/* Opens a regular file; a relative path is that of the profile. A byte order mark is skipped.
 * The file is closed with the arena. NULL after adding errors. */
struct records *records_open(struct gen_env *env, struct where at, const char *path, bool csv);
/* The first record, for the names of columns. In the arena. False after adding errors. */
bool records_header(struct gen_env *env, struct where at, struct records *r, struct span *out);
/* Makes the index; `header` leaves the first record out. Every record must have `columns`
 * columns at least (csv only). False after adding errors: also when there is no record. */
bool records_index(struct gen_env *env, struct where at, struct records *r, bool header,
                   uint64_t columns);

/* A place in the file, with a buffer in scratch. Rising numbers are read in one go. */
struct record_reader {
    const struct records *r;
    struct span have; /* the file's bytes from `from` on, in memory or in buf */
    uint64_t from;
    uint8_t *buf;
    size_t room;
    uint64_t at; /* offset of record `next` */
    uint64_t next;
};
struct record_reader record_reader(const struct records *r, struct scratch *scratch);
/* Record number k < count, without its line end; valid until the next call or, when the file is
 * in memory, as long as the arena. Empty when the file has been cut off since it was opened. */
struct span record_at(struct record_reader *c, uint64_t k);

/* RFC 4180, as a machine that eats one byte at a time. A quote is special at the start of a
 * field only. */
enum csv_state { CSV_START, CSV_PLAIN, CSV_QUOTED, CSV_CLOSED, CSV_END };
static inline enum csv_state csv_step(enum csv_state s, uint8_t c)
{
    if (s == CSV_QUOTED) return c == '"' ? CSV_CLOSED : CSV_QUOTED;
    if (c == '\n') return CSV_END;
    if (c == ',') return CSV_START;
    return c == '"' && s != CSV_PLAIN ? CSV_QUOTED : CSV_PLAIN;
}

#endif
