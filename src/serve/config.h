/* config: a [serve] section with its meaning. Compiled by config.c, read by all of serve/. */
#ifndef SERVE_CONFIG_H
#define SERVE_CONFIG_H

#include "base/clock.h"
#include "serve/serve.h"

enum fail { FAIL_NONE, FAIL_CLOSE, FAIL_RESET };

struct service;
struct listen_at {
    const struct service *service;
    struct sock_addr at;
    struct where where;
};

/* Generators are NULL where the section says nothing. */
struct serve {
    struct listen_at *v; /* at least one */
    size_t n, cap;
    const struct gen *status, *size, *delay, *fail, *body;
    struct {
        const struct gen **v; /* whole lines, without line ends */
        size_t n, cap;
    } headers;
    bool has_type; /* one of the headers is Content-Type */
    bool chunked;
    size_t head_max;   /* bytes of the longest head of a reply */
    uint64_t body_key; /* of the random text that bodies are made of */
    uint64_t idle_s;
    uint64_t workers;
};

#endif
