#include "trace/select.h"

#include "trace/link.h"

#include <pcap/pcap.h>
#include <stdlib.h>

#define SNAPLEN 262144
#define PROGRAMS_MAX 16

/* The filter compiled for one link type; a filter that makes no sense there takes nothing. */
struct program {
    uint32_t link;
    bool fits;
    struct bpf_program code;
};
struct selector {
    const struct select *select;
    struct program program[PROGRAMS_MAX];
    size_t n;
};

/* libpcap names link types by numbers of its own where systems disagree. */
static int dlt_of(uint32_t link)
{
    return link == 101 ? DLT_RAW : (int)link;
}

static bool compile(const char *filter, uint32_t link, struct bpf_program *out, char *why, size_t n)
{
    pcap_t *p = pcap_open_dead(dlt_of(link), SNAPLEN);
    if (!p) return false;
    bool fine = pcap_compile(p, out, filter, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!fine) snprintf(why, n, "%s", pcap_geterr(p));
    pcap_close(p);
    return fine;
}

bool select_check(const char *filter, struct where at, struct errs *errs)
{
    struct bpf_program code;
    char why[200] = "no memory";
    if (!compile(filter, LINK_ETHERNET, &code, why, sizeof why))
        return err_add(errs, at, "filter is no pcap filter: %s", why);
    pcap_freecode(&code);
    return true;
}

struct selector *selector_open(const struct select *s)
{
    struct selector *x = calloc(1, sizeof *x);
    if (x) x->select = s;
    return x;
}

static struct program *program_for(struct selector *s, uint32_t link)
{
    char why[200];
    for (size_t i = 0; i < s->n; i++)
        if (s->program[i].link == link) return &s->program[i];
    if (s->n == PROGRAMS_MAX) return NULL;
    struct program *p = &s->program[s->n++];
    p->link = link;
    p->fits = compile(s->select->filter, link, &p->code, why, sizeof why);
    return p;
}

static bool passes(struct selector *s, const struct trace_frame *f)
{
    const struct program *p = program_for(s, f->link);
    return p && p->fits &&
           bpf_filter(p->code.bf_insns, f->bytes.p, f->wire_len, (u_int)f->bytes.n) != 0;
}

/* Frames without IP belong to no conversation and are all taken. */
static bool sampled(const struct select *s, const struct trace_frame *f)
{
    struct layout l;
    link_layout(f->link, f->bytes, &l);
    return !l.version || layout_flow(f->bytes, &l) >> 32 < s->sample;
}

static bool in_frames(const struct select *s, uint64_t number)
{
    for (size_t i = 0; i < s->n; i++)
        if (number >= s->frames[i].lo && number <= s->frames[i].hi) return true;
    return s->n == 0;
}

bool selector_takes(struct selector *s, const struct trace_frame *f, uint64_t number,
                    uint64_t at_ns)
{
    const struct select *x = s->select;
    if (!in_frames(x, number) || at_ns < x->between.lo || at_ns > x->between.hi) return false;
    return (!x->filter || passes(s, f)) && (x->sample >> 32 || sampled(x, f));
}

bool selector_over(const struct selector *s, uint64_t number, uint64_t at_ns)
{
    const struct select *x = s->select;
    return (x->n && number > x->frames[x->n - 1].hi) || at_ns > x->between.hi;
}

void selector_close(struct selector *s)
{
    if (!s) return;
    for (size_t i = 0; i < s->n; i++)
        if (s->program[i].fits) pcap_freecode(&s->program[i].code);
    free(s);
}
