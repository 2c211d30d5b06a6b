/* serve: the embedded, calibrated target: HTTP/1.1, a UDP echo and a TCP discard.
 *
 * What request number n is answered with (status, size, delay, failure) is a pure function of
 * (seed, n), so a test can recompute what the server did. A [serve] section describes it.
 * Compiled and run by cmd/ and by tests.
 *
 * Adding a service: serve/NAME.c with `const struct service service_NAME`, and SERVICE(NAME) in
 * serve/service.def; see serve/service.h. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include <stdio.h>
#include "gen/gen.h"
#include "wire/sock.h"

/* The keys of a [serve] section; ends with an entry without name. */
extern const struct param serve_keys[];

/* A compiled section: immutable, in the arena of the gen_env. */
struct serve;
/* `sec` may be NULL: all defaults, which is HTTP on 127.0.0.1:8080. NULL after adding what is
 * wrong. Marks what it reads as used and tells keys that it does not know. */
struct serve *serve_compile(struct gen_env *env, struct section *sec);

#define SERVE_STATUSES 600
struct serve_counts {
    uint64_t connections; /* accepted, all services */
    uint64_t requests;    /* complete HTTP requests; each has its number */
    uint64_t replied;     /* HTTP replies whose last byte was taken by the kernel */
    uint64_t failed;      /* requests left without a reply by `fail` */
    uint64_t malformed;   /* answered with 400, besides `requests` */
    uint64_t gone;        /* requests whose peer left, or whom we left, before the reply */
    uint64_t datagrams;   /* echoed */
    uint64_t lost;        /* datagrams that could not be sent back */
    uint64_t bytes_in, bytes_out;
    uint64_t status[SERVE_STATUSES]; /* of `replied`, by status code */
};

struct serve_opts {
    /* Addresses named on the command line: those listened on besides loopback and the
     * benchmarking networks. */
    const struct prefix *allow;
    size_t allow_n;
    /* The server runs until this becomes readable or its other end closes; it is not read. */
    int stop_fd;
    /* Called once for each address, before the first connection is taken, with the port that
     * port 0 became. `service` is "http", "udp" or "tcp". May be NULL. */
    void (*bound)(void *ctx, const char *service, const struct sock_addr *at);
    void *ctx;
};
/* Listens and serves, with the section's number of threads, until told to stop. False after
 * adding what is wrong: an address that is not allowed or cannot be bound. `out` holds the
 * counts of all threads. requests = replied + failed + gone, in the end. */
bool serve_run(const struct serve *s, const struct serve_opts *o, struct serve_counts *out,
               struct errs *errs);
/* The counts for people, one line each; rows of zeros are left out. */
void serve_print(const struct serve_counts *c, FILE *to);

#endif
