#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "serve/service.h"

#define ACCEPT_BATCH 64

#define SERVICE(name) extern const struct service service_##name;
#include "serve/service.def"
#undef SERVICE
#define SERVICE(name) &service_##name,
const struct service *const services[] = {
#include "serve/service.def"
};
const size_t service_count = sizeof services / sizeof *services;

struct listener {
    struct worker *worker;
    const struct service *service;
    int fd;
    struct event event;
};

/* One thread. */
struct crew {
    struct worker worker;
    struct listener *listeners; /* one for each address */
    size_t n;
    struct event stop, tick;
    pthread_t thread;
    bool running;
};

void peer_join(struct peer *p, struct worker *w, int fd)
{
    p->worker = w;
    p->fd = fd;
    p->prev = NULL;
    p->next = w->peers;
    if (p->next) p->next->prev = p;
    w->peers = p;
    w->counts.connections++;
    peer_alive(p, 0);
}

void peer_leave(struct peer *p, bool reset)
{
    if (p->prev) p->prev->next = p->next;
    if (p->next) p->next->prev = p->prev;
    if (p->worker->peers == p) p->worker->peers = p->next;
    sock_close(p->fd, reset);
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;
    (void)what;
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int taken = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (taken >= 0) {
            l->service->take(l->worker, taken);
            continue;
        }
        if (errno == ECONNABORTED || errno == EINTR) continue;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            l->worker->starved = true;
            event_del(&l->event);
        }
        return;
    }
}

static void on_datagram(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;
    (void)what;
    l->service->take(l->worker, fd);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct crew *c = arg;
    struct worker *w = &c->worker;
    (void)fd, (void)what;
    w->tick++;
    for (struct peer *p = w->peers, *next; p; p = next) {
        next = p->next;
        if (w->tick > p->last_tick) p->close(p);
    }
    if (w->starved)
        for (size_t i = 0; i < c->n; i++) event_add(&c->listeners[i].event, NULL);
    w->starved = false;
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
    struct crew *c = arg;
    (void)fd, (void)what;
    event_base_loopbreak(c->worker.base);
}

static bool allowed(const struct serve_opts *o, struct addr a)
{
    static const char *const always[] = {"127.0.0.0/8", "::1/128", "198.18.0.0/15", "2001:2::/48"};
    struct prefix p;
    bool host_bits;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (prefix_parse(span_of(always[i]), &p, &host_bits) && prefix_has(p, a)) return true;
    for (size_t i = 0; i < o->allow_n; i++)
        if (prefix_has(o->allow[i], a)) return true;
    return false;
}

static bool check_allowed(const struct serve *s, const struct serve_opts *o, struct errs *errs)
{
    bool ok = true;
    for (size_t i = 0; i < s->n; i++) {
        char buf[ADDR_BUF];
        if (allowed(o, s->v[i].at.ip)) continue;
        ok = err_add(errs, s->v[i].where,
                     "%s is neither loopback nor a benchmarking network, expected --allow %s on "
                     "the command line as well",
                     addr_format(buf, s->v[i].at.ip), buf);
    }
    return ok;
}

/* Opens address i for one thread. Port 0 becomes the port that the first thread was given. */
static bool listen_one(struct crew *c, size_t i, struct sock_addr *at, struct errs *errs)
{
    const struct listen_at *l = &c->worker.serve->v[i];
    int fd = sock_listen(at, l->service->stream, c->worker.serve->workers > 1, errs);
    if (fd < 0) return false;
    at->port = sock_local_port(fd);
    struct listener *to = &c->listeners[c->n++];
    *to = (struct listener){.worker = &c->worker, .service = l->service, .fd = fd};
    event_assign(&to->event, c->worker.base, fd, EV_READ | EV_PERSIST,
                 l->service->stream ? on_accept : on_datagram, to);
    event_add(&to->event, NULL);
    return true;
}

static bool crew_open(struct crew *c, const struct serve *s, const struct serve_opts *o,
                      _Atomic uint64_t *number, struct sock_addr *at, struct errs *errs)
{
    struct event_config *config = event_config_new();
    if (config) event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    c->worker = (struct worker){.serve = s, .next_number = number};
    c->worker.base = config ? event_base_new_with_config(config) : NULL;
    if (config) event_config_free(config);
    c->worker.room = malloc(WORKER_ROOM);
    c->listeners = calloc(s->n, sizeof *c->listeners);
    if (!c->worker.base || !c->worker.room || !c->listeners)
        return err_add(errs, (struct where){0}, "no memory for a thread");
    for (size_t i = 0; i < s->n; i++)
        if (!listen_one(c, i, &at[i], errs)) return false;
    event_assign(&c->stop, c->worker.base, o->stop_fd, EV_READ, on_stop, c);
    event_assign(&c->tick, c->worker.base, -1, EV_PERSIST, on_tick, c);
    event_add(&c->stop, NULL);
    event_add(&c->tick, &(struct timeval){.tv_sec = 1});
    return true;
}

static void crew_close(struct crew *c)
{
    while (c->worker.peers) c->worker.peers->close(c->worker.peers);
    if (c->worker.base) event_base_free(c->worker.base);
    for (size_t i = 0; i < c->n; i++) sock_close(c->listeners[i].fd, false);
    free(c->listeners);
    free(c->worker.room);
    free(c->worker.mail);
    scratch_free(&c->worker.scratch);
}

static void *crew_run(void *arg)
{
    struct crew *c = arg;
    event_base_dispatch(c->worker.base);
    return NULL;
}

static void add_counts(struct serve_counts *to, const struct serve_counts *from)
{
    to->connections += from->connections;
    to->requests += from->requests;
    to->replied += from->replied;
    to->failed += from->failed;
    to->malformed += from->malformed;
    to->gone += from->gone;
    to->datagrams += from->datagrams;
    to->lost += from->lost;
    to->bytes_in += from->bytes_in;
    to->bytes_out += from->bytes_out;
    for (size_t i = 0; i < SERVE_STATUSES; i++) to->status[i] += from->status[i];
}

/* The first of the crew runs on the caller's thread. */
static bool run_all(struct crew *crew, size_t n, struct errs *errs)
{
    bool ok = true;
    for (size_t i = 1; i < n && ok; i++) {
        crew[i].running = pthread_create(&crew[i].thread, NULL, crew_run, &crew[i]) == 0;
        if (!crew[i].running)
            ok = err_add(errs, (struct where){0}, "cannot start thread %zu of %zu", i + 1, n);
    }
    if (ok) crew_run(&crew[0]);
    for (size_t i = 1; i < n; i++)
        if (crew[i].running) pthread_join(crew[i].thread, NULL);
    return ok;
}

bool serve_run(const struct serve *s, const struct serve_opts *o, struct serve_counts *out,
               struct errs *errs)
{
    _Atomic uint64_t number = 0;
    *out = (struct serve_counts){0};
    if (!check_allowed(s, o, errs)) return false;
    struct crew *crew = calloc(s->workers, sizeof *crew);
    struct sock_addr *at = calloc(s->n, sizeof *at);
    bool ok = crew && at;
    for (size_t i = 0; ok && i < s->n; i++) at[i] = s->v[i].at;
    for (size_t i = 0; ok && i < s->workers; i++) ok = crew_open(&crew[i], s, o, &number, at, errs);
    if (ok) {
        for (size_t i = 0; o->bound && i < s->n; i++)
            o->bound(o->ctx, s->v[i].service->doc.name, &at[i]);
        ok = run_all(crew, s->workers, errs);
    }
    for (size_t i = 0; crew && i < s->workers; i++) {
        crew_close(&crew[i]);
        add_counts(out, &crew[i].worker.counts);
    }
    free(crew);
    free(at);
    return ok;
}

void serve_print(const struct serve_counts *c, FILE *to)
{
    const struct {
        const char *name;
        uint64_t n;
    } rows[] = {
        {"connections", c->connections}, {"requests", c->requests},   {"replied", c->replied},
        {"failed", c->failed},           {"malformed", c->malformed}, {"gone", c->gone},
        {"datagrams", c->datagrams},     {"lost", c->lost},           {"bytes in", c->bytes_in},
        {"bytes out", c->bytes_out},
    };
    char buf[UNITS_BUF];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].n) fprintf(to, "%-12s %s\n", rows[i].name, units_whole(buf, rows[i].n));
    for (size_t i = 0; i < SERVE_STATUSES; i++)
        if (c->status[i]) fprintf(to, "status %-5zu %s\n", i, units_whole(buf, c->status[i]));
}
