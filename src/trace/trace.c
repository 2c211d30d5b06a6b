/* Opening a capture and telling its format. Our own readers: libpcap's refuses a pcapng file
 * with several link types and rounds all time stamps of a file to one resolution. */
#include "trace/format.h"
#include "trace/unpack.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum trace_next trace_damaged(struct trace *t, uint64_t at, const char *fmt, ...)
{
    char text[100];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const char *below = input_problem(t->in);
    snprintf(t->problem, sizeof t->problem, "%s at byte %llu%s", below ? below : text,
             (unsigned long long)at, input_packing(t->in) ? " of the unpacked file" : "");
    return TRACE_DAMAGED;
}

void trace_set_format(struct trace *t, const char *fmt, ...)
{
    const char *packing = input_packing(t->in);
    char text[60];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    snprintf(t->format, sizeof t->format, "%s%s%s", text, packing ? ", " : "",
             packing ? packing : "");
}

uint32_t trace_frame_max(uint32_t link)
{
    switch (link) {
    case 231: /* D-Bus: messages of up to 128 MiB, of which we take what a block may hold */
        return 16u << 20;
    case 189: /* USB, three kinds */
    case 220:
    case 249:
        return 1u << 20;
    default:
        return 256u << 10;
    }
}

/* Says what the file is instead of a capture, when its first bytes tell. */
static const char *other_kind(struct span s)
{
    static const struct {
        const char *magic;
        size_t n;
        const char *what;
    } known[] = {
        {"\xfd"
         "7zXZ",
         5, "xz data, unpack it first"},
        {"BZh", 3, "bzip2 data, unpack it first"},
        {"\x04\x22\x4d\x18", 4, "lz4 data, unpack it first"},
        {"PK\x03\x04", 4, "a zip archive, unpack it first"},
        {"snoop\0\0\0", 8, "a snoop file, convert it with editcap"},
        {"\x7f"
         "ELF",
         4, "a program"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (span_eq(span_sub(s, 0, known[i].n), span_make(known[i].magic, known[i].n)))
            return known[i].what;
    if (unpack_kind(s)) return "packed twice, unpack it once";
    return "not a capture, expected pcap or pcapng";
}

/* Recognises the format and reads the file's header. */
static bool begin(struct trace *t, const char *path, struct where at, struct errs *errs)
{
    struct span s;
    input_need(t->in, 8, &s);
    if (input_problem(t->in)) return err_add(errs, at, "'%s': %s", path, input_problem(t->in));
    if (s.n == 0) return err_add(errs, at, "'%s' is empty, expected pcap or pcapng", path);
    if (classic_is(s)) {
        t->start = classic_start;
        t->next = classic_next;
    } else if (ng_is(s)) {
        t->start = ng_start;
        t->next = ng_next;
    } else {
        return err_add(errs, at, "'%s' is %s", path, other_kind(s));
    }
    return t->start(t) || err_add(errs, at, "'%s': %s", path, t->problem);
}

struct trace *trace_open(const char *path, struct where at, struct errs *errs)
{
    struct trace *t = calloc(1, sizeof *t);
    if (!t) {
        err_add(errs, at, "no memory for reading '%s'", path);
        return NULL;
    }
    t->in = input_open(path, at, errs);
    if (!t->in || !begin(t, path, at, errs)) {
        trace_close(t);
        return NULL;
    }
    return t;
}

bool trace_begins(const char *path, struct where at, struct errs *errs)
{
    struct span s;
    struct input *in = input_open(path, at, errs);
    if (!in) return false;
    input_need(in, 8, &s);
    bool yes = classic_is(s) || ng_is(s);
    input_close(in);
    return yes;
}

enum trace_next trace_next(struct trace *t, struct trace_frame *out)
{
    if (t->over != TRACE_FRAME) return t->over;
    enum trace_next how = t->next(t, out);
    if (how == TRACE_FRAME) return how;
    /* What has come of the next frame is still there. */
    if (input_dry(t->in)) {
        t->problem[0] = 0;
        return TRACE_LATER;
    }
    return t->over = how;
}

void trace_hurry(struct trace *t)
{
    input_hurry(t->in);
}
int trace_fd(const struct trace *t)
{
    return input_fd(t->in);
}

bool trace_rewind(struct trace *t)
{
    if (!input_rewind(t->in)) return false;
    t->problem[0] = 0;
    t->over = t->start(t) ? TRACE_FRAME : TRACE_DAMAGED;
    return true;
}

const char *trace_problem(const struct trace *t)
{
    return t->problem[0] ? t->problem : NULL;
}
const char *trace_format(const struct trace *t)
{
    return t->format;
}

void trace_close(struct trace *t)
{
    if (!t) return;
    input_close(t->in);
    free(t->ng.ports);
    free(t);
}
