/* serve_rig: what the tests of serve/ share: a section compiled from text, a server in a thread
 * of its own on port 0, plain blocking sockets, and replies recomputed. */
#ifndef SERVE_RIG_H
#define SERVE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "serve/answer.h"
#include "serve/serve.h"

#define RIG_SEED 7

struct server {
    struct arena arena;
    struct errs errs;
    struct gen_env env;
    struct serve *serve;
    struct serve_opts opts;
    struct serve_counts counts;
    struct scratch scratch; /* for recomputing */
    pthread_t thread;
    sem_t bound;
    int stop[2];
    bool ok;
    uint16_t port[8]; /* in the order of the addresses */
    size_t ports;
};

/* Compiles `[serve]` followed by `text`. s->serve is NULL when it is wrong. */
static inline struct server *server_compile(const char *text)
{
    struct server *s = calloc(1, sizeof *s);
    s->env = (struct gen_env){.arena = &s->arena, .errs = &s->errs, .seed = RIG_SEED};
    char *all = arena_printf(&s->arena, "[serve]\n%s", text);
    struct profile *p = profile_parse(&s->arena, "test.ini", span_of(all), &s->errs);
    assert_non_null(p);
    s->env.profile = p;
    s->serve = serve_compile(&s->env, profile_section(p, "serve", ""));
    return s;
}

static inline void server_free(struct server *s)
{
    scratch_free(&s->scratch);
    arena_free(&s->arena);
    free(s);
}

static inline void server_bound(void *ctx, const char *service, const struct sock_addr *at)
{
    struct server *s = ctx;
    (void)service;
    s->port[s->ports++] = at->port;
    if (s->ports == s->serve->n) sem_post(&s->bound);
}

static inline void *server_main(void *arg)
{
    struct server *s = arg;
    s->ok = serve_run(s->serve, &s->opts, &s->counts, &s->errs);
    if (!s->ok) sem_post(&s->bound);
    return NULL;
}

/* A running server; returns when it listens. */
static inline struct server *server_start(const char *text)
{
    struct server *s = server_compile(text);
    if (!s->serve) errs_print(&s->errs, stderr);
    assert_non_null(s->serve);
    assert_int_equal(pipe(s->stop), 0);
    sem_init(&s->bound, 0, 0);
    s->opts = (struct serve_opts){.stop_fd = s->stop[0], .bound = server_bound, .ctx = s};
    pthread_create(&s->thread, NULL, server_main, s);
    sem_wait(&s->bound);
    if (s->ports == 0) errs_print(&s->errs, stderr);
    assert_true(s->ports > 0);
    return s;
}

/* Stops it; the law of the counts holds whatever happened. Free it with server_free. */
static inline void server_stop(struct server *s)
{
    close(s->stop[1]);
    pthread_join(s->thread, NULL);
    close(s->stop[0]);
    sem_destroy(&s->bound);
    assert_true(s->ok);
    const struct serve_counts *c = &s->counts;
    assert_int_equal(c->requests, c->replied + c->failed + c->gone);
    uint64_t by_status = 0;
    for (size_t i = 0; i < SERVE_STATUSES; i++) by_status += c->status[i];
    assert_int_equal(by_status, c->replied);
}

/* A blocking socket connected to 127.0.0.1; one that hangs fails the test after 20 s. */
static inline int client_socket(uint16_t port, int type)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 20};
    int fd = socket(AF_INET, type, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static inline void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads exactly n bytes, or fewer when the peer ends; how many. */
static inline size_t hear(int fd, uint8_t *to, size_t n)
{
    size_t at = 0;
    while (at < n) {
        ssize_t got = recv(fd, to + at, n - at, 0);
        if (got <= 0) break;
        at += (size_t)got;
    }
    return at;
}

/* The whole reply to request `number`, recomputed; in the arena. */
static inline struct span expected(struct server *s, uint64_t number, struct asked asked)
{
    struct answer a;
    answer_draw(s->serve, &s->scratch, number, asked, &a);
    uint8_t *bytes = arena_alloc(&s->arena, a.size);
    assert_int_equal(answer_piece(s->serve, &s->scratch, &a, 0, bytes, a.size), a.size);
    return span_make(bytes, a.size);
}

/* Random text, recomputed: random bytes as the letters of base64url. */
static inline void letters_at(const struct serve *s, uint64_t number, uint64_t offset, size_t n,
                              uint8_t *out)
{
    bytes_at(s->body_key, number, offset, n, out);
    for (size_t i = 0; i < n; i++) {
        unsigned v = out[i] % 64;
        if (v < 26)
            out[i] = (uint8_t)('A' + v);
        else if (v < 52)
            out[i] = (uint8_t)('a' + v - 26);
        else if (v < 62)
            out[i] = (uint8_t)('0' + v - 52);
        else
            out[i] = v == 62 ? '-' : '_';
    }
}

static const struct asked plain = {.keep = true};

static inline void hear_exactly(int fd, struct span want)
{
    uint8_t *got = malloc(want.n + 1);
    assert_int_equal(hear(fd, got, want.n), want.n);
    assert_memory_equal(got, want.p, want.n);
    free(got);
}

static inline void hear_end(int fd)
{
    uint8_t byte;
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

#endif
