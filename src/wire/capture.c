/* libpcap on Linux, tuned for cheap batches.
 *
 * Not in immediate mode unless asked: frames reach us in blocks (TPACKET_V3), each waking us once
 * when it is full or DELAY_MS old. Immediate mode would wake us for every frame and give each a
 * slot of full size. The delay costs nothing that is measured, because the kernel stamps a frame on
 * arrival. It must not be shorter, either: a block is 1/32 of the default buffer and a retired
 * one is spent however little is in it, so 32 times the delay is how long we may be busy
 * elsewhere before frames are lost. */
#include "wire/capture.h"
#include "base/clock.h"
#include "wire/device.h"

#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define DELAY_MS 10 /* a block may get twice that old; CAPTURE_HOLDS_NS leaves room for jiffies */
#define BUFFER_DEFAULT (8u << 20)
#define OFFSET_AGE NS_PER_S /* how long a measured clock offset is believed */

struct capture {
    pcap_t *pcap;
    bool nano;         /* the fraction of a time stamp is in nanoseconds */
    int64_t offset;    /* wall clock to monotonic */
    uint64_t measured; /* when the offset was */
    struct capture_stats stats;
    uint32_t dropped_kernel, dropped_interface; /* libpcap's counters when last read */
    void (*seen)(void *ctx, uint64_t at_ns, struct span frame, uint32_t len);
    void *ctx;
};

/* Tells why the capture cannot begin; always false. */
static bool tell(const struct capture_opts *o, pcap_t *p, int code, struct where at,
                 struct errs *errs)
{
    switch (code) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return device_missing(o->interface, at, errs);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return device_forbidden(o->interface, "capturing on", at, errs);
    case PCAP_ERROR_IFACE_NOT_UP:
        return err_add(errs, at, "interface '%s' is down: `ip link set %s up`", o->interface,
                       o->interface);
    default:
        return err_add(errs, at, "cannot capture on '%s': %s", o->interface,
                       code == PCAP_ERROR ? pcap_geterr(p) : pcap_statustostr(code));
    }
}

/* Own frames are kept out by the kernel where it can (Linux 4.20), else by libpcap. */
static void only_incoming(pcap_t *p)
{
    int one = 1;
    setsockopt(pcap_fileno(p), SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
    pcap_setdirection(p, PCAP_D_IN);
}

static bool set_filter(pcap_t *p, const char *text, struct where at, struct errs *errs)
{
    struct bpf_program code;
    if (pcap_compile(p, &code, text, 1, PCAP_NETMASK_UNKNOWN) < 0)
        return err_add(errs, at, "filter '%s': %s", text, pcap_geterr(p));
    bool ok = pcap_setfilter(p, &code) == 0;
    pcap_freecode(&code);
    return ok || err_add(errs, at, "filter '%s': %s", text, pcap_geterr(p));
}

static bool start(struct capture *c, const struct capture_opts *o, struct where at,
                  struct errs *errs)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *p = c->pcap;
    pcap_set_snaplen(p, (int)o->snaplen);
    pcap_set_promisc(p, strcmp(o->interface, "any") != 0); /* replies to made-up addresses, too */
    pcap_set_timeout(p, DELAY_MS);
    if (o->at_once) pcap_set_immediate_mode(p, 1);
    pcap_set_buffer_size(p, (int)(o->buffer ? o->buffer : BUFFER_DEFAULT));
    pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
    int code = pcap_activate(p);
    if (code < 0) return tell(o, p, code, at, errs);
    c->nano = pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO;
    if (o->incoming) only_incoming(p);
    if (o->filter && o->filter[0] && !set_filter(p, o->filter, at, errs)) return false;
    if (pcap_setnonblock(p, 1, why) < 0)
        return err_add(errs, at, "cannot capture on '%s': %s", o->interface, why);
    return true;
}

struct capture *capture_open(const struct capture_opts *o, struct where at, struct errs *errs)
{
    char why[PCAP_ERRBUF_SIZE] = "no memory";
    struct capture *c = calloc(1, sizeof *c);
    if (c) c->pcap = pcap_create(o->interface, why);
    if (!c || !c->pcap) {
        err_add(errs, at, "cannot capture on '%s': %s", o->interface, why);
        free(c);
        return NULL;
    }
    if (!start(c, o, at, errs)) {
        capture_close(c);
        return NULL;
    }
    c->offset = clock_wall_offset();
    c->measured = clock_now();
    capture_stats(c); /* what was lost before the filter stood is not a loss */
    c->stats = (struct capture_stats){0};
    return c;
}

int capture_fd(const struct capture *c)
{
    return pcap_get_selectable_fd(c->pcap);
}
int capture_link(const struct capture *c)
{
    return pcap_datalink(c->pcap);
}

static void hand_over(u_char *ctx, const struct pcap_pkthdr *h, const u_char *bytes)
{
    struct capture *c = (struct capture *)ctx;
    int64_t ns = (int64_t)h->ts.tv_usec * (c->nano ? 1 : 1000);
    int64_t wall = (int64_t)h->ts.tv_sec * (int64_t)NS_PER_S + ns;
    c->stats.seen++;
    c->seen(c->ctx, (uint64_t)(wall + c->offset), span_make(bytes, h->caplen), h->len);
}

int capture_read(struct capture *c, int max,
                 void (*seen)(void *ctx, uint64_t at_ns, struct span frame, uint32_t len),
                 void *ctx)
{
    uint64_t now = clock_now();
    if (now - c->measured > OFFSET_AGE) {
        c->offset = clock_wall_offset();
        c->measured = now;
    }
    if (max <= 0) return 0; /* libpcap takes that for "all" */
    c->seen = seen;
    c->ctx = ctx;
    int n = pcap_dispatch(c->pcap, max, hand_over, (u_char *)c);
    return n < 0 ? -1 : n;
}

struct capture_stats capture_stats(struct capture *c)
{
    struct pcap_stat now;
    if (pcap_stats(c->pcap, &now) == 0) {
        /* The counters have 32 bits and wrap; their differences do not mind. */
        c->stats.dropped += now.ps_drop - c->dropped_kernel;
        c->stats.dropped += now.ps_ifdrop - c->dropped_interface;
        c->dropped_kernel = now.ps_drop;
        c->dropped_interface = now.ps_ifdrop;
    }
    return c->stats;
}

void capture_close(struct capture *c)
{
    if (!c) return;
    pcap_close(c->pcap);
    free(c);
}
