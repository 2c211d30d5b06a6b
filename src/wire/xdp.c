/* Frames through an AF_XDP socket in copy mode: Documentation/networking/af_xdp.rst of Linux.
 *
 * Frames are copied into chunks of memory shared with the kernel, described in a ring, and one
 * system call makes the kernel hand what is in the ring to the driver. That is the path of raw
 * with the queueing discipline bypassed, and refusals mean the same, but it parses no message for
 * each frame: a frame of 64 bytes takes 1.05 us on veth, against 1.45. CAP_NET_RAW is enough.
 *
 * Copy mode always. Zero copy would take the queue's receive buffers from the driver, for a
 * socket that receives nothing, and resets the card when it begins and ends. Copying leaves
 * the device alone: what it receives goes where it went before.
 *
 * A socket takes a queue of the device for itself. Sharing one is possible, but two threads on one
 * queue are slower than one.
 *
 * The kernel looks into the ring in our system calls only, but it remembers how far the ring was
 * filled, so places that it did not come to cannot be taken back. They are made void: it passes
 * over them, and so a frame leaves during its send or not at all. poll() is such a system call,
 * too, hence nobody gets the descriptor to wait on.
 *
 * Kernels before 6.17 tell how far they came only when that is the end of the ring. So when they do
 * not come that far, the rest is made void and passed, and their count of void places tells where
 * they stopped. While the device is down they pass nothing; then the chunks that came back tell. */
#include "wire/device.h"
#include "wire/wire.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PLACES 512         /* in the ring for sending, and chunks: as a card's own ring has */
#define DONE (2 * PLACES)  /* in that of chunks done with: void places may come back as well */
#define RUN 32u            /* frames in a system call; the kernel takes no more at a time */
#define CHUNK_MIN 2048u    /* the kernel takes powers of two from here to a page */
#define NOWHERE UINT64_MAX /* the address of a void place */
#define BUSY_WAIT_MS 2000  /* for a queue, see take_queue */
#define BUSY_STEP_MS 5
#define ETHERNET 14 /* the shortest that any device takes */
#define VLAN_TAG 4
#define TYPE_VLAN 0x8100

extern const struct wire_class wire_xdp;

/* Counters run freely; place n of a ring of size m is at n % m. */
struct ring {
    void *map;
    size_t size;
    uint32_t *producer, *consumer;
    void *place;
};
struct xdp {
    struct wire wire;
    char name[IFNAMSIZ];
    int fd, asking; /* asking: any socket, for questions about the device */
    uint32_t chunk; /* bytes in one */
    uint8_t *chunks;
    struct ring tx, done; /* done: chunks that the kernel has finished with */
    /* Places of tx: the kernel is done with those before head, and knows of those before tail.
     * Between sends these are void, if there are any. */
    uint32_t head, tail;
    bool unsure;            /* whether it is: the device went down before the kernel told */
    uint64_t lent[RUN];     /* chunks of the frames that were put last */
    uint32_t put;           /* how many they are */
    uint64_t passed;        /* void places that it has passed over, by its own count */
    uint64_t spare[PLACES]; /* offsets of chunks in no use, the one used last on top */
    size_t spares;
};

static uint32_t load(const uint32_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}
static void store(uint32_t *counter, uint32_t value)
{
    __atomic_store_n(counter, value, __ATOMIC_RELEASE);
}
static struct xdp_desc *place_of(struct xdp *w, uint32_t n)
{
    return (struct xdp_desc *)w->tx.place + n % PLACES;
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool open_socket(struct xdp *w, const struct wire_opts *o, struct where at,
                        struct errs *errs)
{
    w->asking = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    w->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (w->fd >= 0 && w->asking >= 0) {
        device_widen(w->fd);
        return true;
    }
    if (w->fd < 0 && (errno == EPERM || errno == EACCES))
        return device_forbidden(o->place, "sending on", at, errs);
    if (w->fd < 0 && errno == EAFNOSUPPORT)
        return err_add(errs, at, "this kernel has no AF_XDP sockets, expected wire = raw");
    return err_add(errs, at, "cannot send on '%s': %s", o->place, strerror(errno));
}

/* Memory for frames of the device's MTU, which the kernel locks. */
static bool make_chunks(struct xdp *w, struct where at, struct errs *errs)
{
    uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
    w->chunk = CHUNK_MIN;
    while (w->chunk < w->wire.mtu && w->chunk < page) w->chunk *= 2;
    if (w->chunk < w->wire.mtu)
        return err_add(errs, at,
                       "frames of '%s' are up to %u bytes long, xdp takes %u at most, expected "
                       "wire = raw or a smaller MTU",
                       w->name, w->wire.mtu, w->chunk);
    size_t size = (size_t)PLACES * w->chunk;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return err_add(errs, at, "no memory for a wire");
    w->chunks = p;
    for (w->spares = 0; w->spares < PLACES; w->spares++) w->spare[w->spares] = w->spares * w->chunk;
    struct xdp_umem_reg r;
    memset(&r, 0, sizeof r); /* padding included: younger kernels have fields in it */
    r.addr = (uint64_t)(uintptr_t)p, r.len = size, r.chunk_size = w->chunk;
    if (setsockopt(w->fd, SOL_XDP, XDP_UMEM_REG, &r, sizeof r) == 0) return true;
    if (errno == ENOBUFS)
        return err_add(errs, at,
                       "xdp locks %zu KiB of memory for each worker, which is more than permitted, "
                       "expected a higher `ulimit -l` or wire = raw",
                       size / 1024);
    return err_add(errs, at, "cannot share memory with the kernel: %s", strerror(errno));
}

static bool map_ring(struct xdp *w, struct ring *r, uint64_t which, size_t places,
                     const struct xdp_ring_offset *off)
{
    r->size = off->desc + places;
    r->map =
        mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, w->fd, (off_t)which);
    if (r->map == MAP_FAILED) r->map = NULL;
    if (!r->map) return false;
    char *base = r->map;
    r->producer = (uint32_t *)(void *)(base + off->producer);
    r->consumer = (uint32_t *)(void *)(base + off->consumer);
    r->place = base + off->desc;
    return true;
}

static bool make_rings(struct xdp *w, struct where at, struct errs *errs)
{
    struct xdp_mmap_offsets off;
    socklen_t n = sizeof off;
    int places = PLACES, done = DONE, least = 1; /* a ring for receiving has to be there, too */
    if (setsockopt(w->fd, SOL_XDP, XDP_UMEM_FILL_RING, &least, sizeof least) == 0 &&
        setsockopt(w->fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &done, sizeof done) == 0 &&
        setsockopt(w->fd, SOL_XDP, XDP_TX_RING, &places, sizeof places) == 0 &&
        getsockopt(w->fd, SOL_XDP, XDP_MMAP_OFFSETS, &off, &n) == 0 &&
        map_ring(w, &w->tx, XDP_PGOFF_TX_RING, PLACES * sizeof(struct xdp_desc), &off.tx) &&
        map_ring(w, &w->done, XDP_UMEM_PGOFF_COMPLETION_RING, DONE * sizeof(uint64_t), &off.cr))
        return true;
    return err_add(errs, at, "cannot make the rings of an AF_XDP socket: %s", strerror(errno));
}

/* The kernel gives the queue of a closed socket back some 20 ms later, on a busy machine up to a
 * second. So a queue that is taken is asked for again for a while: a run that follows another at
 * once shall not be a slower one. */
static bool take_queue(struct xdp *w, const struct wire_opts *o, int index, struct where at,
                       struct errs *errs)
{
    struct sockaddr_xdp to = {.sxdp_family = AF_XDP,
                              .sxdp_flags = XDP_COPY,
                              .sxdp_ifindex = (uint32_t)index,
                              .sxdp_queue_id = o->sender};
    for (unsigned waited = 0; bind(w->fd, (struct sockaddr *)&to, sizeof to) < 0;
         waited += BUSY_STEP_MS) {
        if (errno != EBUSY)
            return err_add(errs, at, "cannot send on '%s': %s", w->name, strerror(errno));
        if (waited >= BUSY_WAIT_MS)
            return err_add(errs, at,
                           "another AF_XDP socket has queue %u of '%s', expected wire = raw",
                           o->sender, w->name);
        nanosleep(&(struct timespec){.tv_nsec = BUSY_STEP_MS * 1000000}, NULL);
    }
    return true;
}

static bool check_queues(const struct wire_opts *o, struct where at, struct errs *errs)
{
    unsigned queues = device_queues(o->place);
    if (o->senders <= queues) return true;
    return err_add(errs, at,
                   "'%s' has %u queue%s, but xdp needs one for each of %u workers, expected "
                   "wire = raw or fewer workers",
                   o->place, queues, queues > 1 ? "s" : "", o->senders);
}

static void release(struct xdp *w)
{
    /* A mapping keeps the socket alive, and the queue taken. */
    if (w->tx.map) munmap(w->tx.map, w->tx.size);
    if (w->done.map) munmap(w->done.map, w->done.size);
    if (w->fd >= 0) close(w->fd);
    if (w->asking >= 0) close(w->asking);
    if (w->chunks) munmap(w->chunks, (size_t)PLACES * w->chunk);
    free(w);
}

static struct wire *xdp_open(const struct wire_opts *o, struct where at, struct errs *errs)
{
    struct device d;
    if (!device_find(o->place, &d, at, errs)) return NULL;
    if (o->qdisc) {
        err_add(errs, at, "xdp bypasses the queueing discipline, expected wire = raw");
        return NULL;
    }
    if (!check_queues(o, at, errs)) return NULL;
    struct xdp *w = calloc(1, sizeof *w);
    if (!w) {
        err_add(errs, at, "no memory for a wire");
        return NULL;
    }
    w->fd = w->asking = -1;
    w->wire = (struct wire){.class = &wire_xdp, .fd = -1, .mtu = d.mtu + LINK_HEADER};
    memcpy(w->wire.mac, d.mac, sizeof d.mac);
    strncpy(w->name, o->place, sizeof w->name - 1);
    if (open_socket(w, o, at, errs) && make_chunks(w, at, errs) && make_rings(w, at, errs) &&
        take_queue(w, o, d.index, at, errs))
        return &w->wire;
    release(w);
    return NULL;
}

/* --- sending ---------------------------------------------------------------------------------- */

/* What raw's socket would say of a frame; the kernel does not look at what comes this way. A VLAN
 * tag does not count to the MTU. */
static int unfit(const struct xdp *w, const struct frame *f)
{
    if (f->len < ETHERNET) return EINVAL;
    if (f->len <= w->wire.mtu - VLAN_TAG) return 0;
    bool tagged = f->p[12] == TYPE_VLAN >> 8 && f->p[13] == (TYPE_VLAN & 0xff);
    return tagged && f->len <= w->wire.mtu ? 0 : EMSGSIZE;
}

/* Takes back the chunks that the kernel has finished with, in whatever order. Some kernels hand
 * back void places as well. */
static void collect(struct xdp *w)
{
    const uint64_t *chunk = w->done.place, size = (uint64_t)PLACES * w->chunk;
    uint32_t at = *w->done.consumer, end = load(w->done.producer);
    for (; at != end; at++)
        if (chunk[at % DONE] < size) w->spare[w->spares++] = chunk[at % DONE];
    store(w->done.consumer, at);
}

/* Puts frames into the next places, as long as they fit and there are chunks; how many. */
static uint32_t put(struct xdp *w, const struct frame *f, size_t n)
{
    uint32_t i;
    for (i = 0; i < n && i < RUN && w->spares && !unfit(w, &f[i]); i++) {
        uint64_t chunk = w->spare[--w->spares];
        w->lent[i] = chunk;
        memcpy(w->chunks + chunk, f[i].p, f[i].len);
        *place_of(w, w->head + i) = (struct xdp_desc){.addr = chunk, .len = f[i].len};
    }
    if ((int32_t)(w->head + i - w->tail) > 0) w->tail = w->head + i;
    w->put = i;
    return i;
}

/* Of the frames that were put, the kernel has taken that many: they come back through collect. */
static void give_back(struct xdp *w, uint32_t took)
{
    while (w->put > took) w->spare[w->spares++] = w->lent[--w->put];
}

/* Errno of one call for the kernel to go through the ring; 0. */
static int kick(struct xdp *w)
{
    return sendto(w->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 ? errno : 0;
}
/* These come before it looks into the ring. */
static bool untouched(int why)
{
    return why == ENETDOWN || why == ENXIO;
}

static uint64_t void_passed(const struct xdp *w)
{
    struct xdp_statistics s = {0};
    socklen_t n = sizeof s;
    getsockopt(w->fd, SOL_XDP, XDP_STATISTICS, &s, &n);
    return s.tx_invalid_descs;
}

static void make_void(struct xdp *w)
{
    for (uint32_t at = w->head; at != w->tail; at++)
        *place_of(w, at) = (struct xdp_desc){.addr = NOWHERE};
}

/* Makes void what is in the ring and has the kernel pass over it, most kernels one place in a call.
 * How many of the frames that were put it had taken before. Unsure when the device is gone now. */
static uint32_t settle(struct xdp *w)
{
    uint32_t places = w->tail - w->head;
    make_void(w);
    for (uint32_t i = 0; i <= places + 1 && load(w->tx.consumer) != w->tail; i++)
        if (untouched(kick(w))) break;
    w->unsure = load(w->tx.consumer) != w->tail;
    if (w->unsure) return 0;
    uint64_t passed = void_passed(w);
    uint32_t took = places - (uint32_t)(passed - w->passed);
    w->passed = passed;
    w->head = w->tail;
    give_back(w, took);
    return took;
}

/* What is known of the same when it is unsure: what the kernel has published, or the chunks that
 * came back, whichever are more. Nothing has been collected since these were put, and veth and most
 * drivers have let go of every frame when they are down. */
static uint32_t known(const struct xdp *w)
{
    const uint64_t *chunk = w->done.place;
    uint32_t published = load(w->tx.consumer) - w->head, back = 0;
    for (uint32_t at = *w->done.consumer, end = load(w->done.producer); at != end; at++)
        for (uint32_t i = 0; i < w->put; i++) back += chunk[at % DONE] == w->lent[i];
    return (int32_t)published > (int32_t)back ? published : back;
}

/* Makes the kernel take the n frames that were put. How many it took; *why is 0 when these are all,
 * else the errno of the next, or with EBUSY of the last. */
static uint32_t push(struct xdp *w, uint32_t n, int *why)
{
    bool nothing_behind = w->tail == w->head + n;
    uint32_t took;
    store(w->tx.producer, w->tail);
    *why = kick(w);
    if (*why == 0 && nothing_behind && load(w->tx.consumer) == w->tail) {
        w->head = w->tail;
        return n;
    }
    if (untouched(*why)) {
        make_void(w);
        give_back(w, 0);
        return 0;
    }
    took = settle(w);
    if (w->unsure) took = known(w);
    if (took > n) took = n;
    if (took == n && *why != EBUSY) *why = 0;
    if (took < n && *why == 0) *why = ENXIO; /* the device has lost this queue */
    return took;
}

/* The same as for raw: a device without a link answers as a busy one does, so it is asked. */
static enum sent refused(struct xdp *w, int why)
{
    if (why == EAGAIN) return SENT_AGAIN;
    if (why == EBUSY || why == ENOBUFS) {
        if (device_has_link(w->asking, w->name)) return SENT_AGAIN;
        why = ENETDOWN;
    }
    w->wire.error = why;
    return SENT_FAILED;
}

static enum sent xdp_send(struct wire *wire, const struct frame *f, size_t n, size_t *done)
{
    struct xdp *w = (struct xdp *)wire;
    *done = 0;
    while (*done < n) {
        int why = 0;
        if (w->unsure) settle(w);
        if (w->unsure) return refused(w, ENETDOWN);
        collect(w);
        uint32_t ready = put(w, f + *done, n - *done);
        if (ready == 0) {
            why = unfit(w, &f[*done]);
            return refused(w, why ? why : EAGAIN);
        }
        uint32_t took = push(w, ready, &why);
        *done += took - (why == EBUSY && took);
        if (why && !(why == EAGAIN && took)) return refused(w, why);
    }
    return SENT_OK;
}

static bool xdp_close(struct wire *wire, struct errs *errs)
{
    (void)errs;
    release((struct xdp *)wire);
    return true;
}

static const struct param params[] = {
    {"interface", "name", "that of [run]", "the network interface to send through"},
    {0},
};

const struct wire_class wire_xdp = {
    .doc = {.name = "xdp",
            .help = "sends Ethernet frames through an AF_XDP socket, faster than raw",
            .example = "xdp",
            .params = params},
    .device = true,
    .open = xdp_open,
    .send = xdp_send,
    .close = xdp_close,
};
