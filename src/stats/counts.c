#include "stats/counts.h"

#include <errno.h>
#include <stdlib.h>

const char *const latency_names[LATENCY_COUNT] = {
    [LATENCY_RESPONSE] = "response", [LATENCY_SERVICE] = "service",   [LATENCY_WIRE] = "wire",
    [LATENCY_LATENESS] = "lateness", [LATENCY_RECORDED] = "recorded",
};

const char *const error_names[ERROR_COUNT] = {
    [ERROR_NONE] = "none",
#define ERROR(id, name, help) [ERROR_##id] = name,
#include "stats/error.def"
#undef ERROR
};

const char *const error_help[ERROR_COUNT] = {
    [ERROR_NONE] = "nothing went wrong",
#define ERROR(id, name, help) [ERROR_##id] = help,
#include "stats/error.def"
#undef ERROR
};

const char *const differ_names[DIFFER_COUNT] = {
#define DIFFER(id, name, help) [DIFFER_##id] = name,
#include "stats/differ.def"
#undef DIFFER
};

const char *const differ_help[DIFFER_COUNT] = {
#define DIFFER(id, name, help) [DIFFER_##id] = help,
#include "stats/differ.def"
#undef DIFFER
};

enum error_kind error_of_errno(int e)
{
    switch (e) {
    case 0:
        return ERROR_NONE;
    case ECONNREFUSED:
        return ERROR_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EHOSTDOWN:
        return ERROR_UNREACHABLE;
    case ETIMEDOUT:
        return ERROR_CONNECT_TIMEOUT;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
        return ERROR_RESET;
    case EMSGSIZE:
        return ERROR_TOO_BIG;
    case ENOBUFS:
    case EAGAIN:
        return ERROR_DEVICE_BUSY;
    case ENETDOWN:
    case ENODEV:
    case ENXIO:
        return ERROR_DEVICE_DOWN;
    case EPERM:
    case EACCES:
        return ERROR_NO_RIGHT;
    case EADDRNOTAVAIL:
    case EADDRINUSE:
    case EMFILE:
    case ENFILE:
        return ERROR_NO_PORTS;
    default:
        return ERROR_SEND;
    }
}

static void open_with(struct counts *c, void (*open)(struct hist *))
{
    *c = (struct counts){.status = calloc(STATUS_MAX, sizeof *c->status)};
    if (!c->status) abort();
    for (size_t i = 0; i < LATENCY_COUNT; i++) open(&c->latency[i]);
}

void counts_open(struct counts *c)
{
    open_with(c, hist_open);
}
void counts_open_coarse(struct counts *c)
{
    open_with(c, hist_open_coarse);
}

void counts_close(struct counts *c)
{
    free(c->status);
    for (size_t i = 0; i < LATENCY_COUNT; i++) hist_close(&c->latency[i]);
    *c = (struct counts){0};
}

void counts_merge(struct counts *into, const struct counts *from)
{
    into->offered += from->offered;
    into->sent += from->sent;
    into->shed += from->shed;
    into->failed += from->failed;
    into->answered += from->answered;
    into->timed_out += from->timed_out;
    into->late += from->late;
    into->duplicated += from->duplicated;
    into->reordered += from->reordered;
    into->bytes_sent += from->bytes_sent;
    into->bytes_received += from->bytes_received;
    for (size_t i = 0; i < ERROR_COUNT; i++) into->errors[i] += from->errors[i];
    for (size_t i = 0; i < ERROR_COUNT; i++) into->skipped[i] += from->skipped[i];
    into->compared += from->compared;
    for (size_t i = 0; i < DIFFER_COUNT; i++) into->differs[i] += from->differs[i];
    for (size_t i = 0; i < STATUS_MAX; i++)
        if (from->status[i]) into->status[i] += from->status[i];
    for (size_t i = 0; i < LATENCY_COUNT; i++) hist_merge(&into->latency[i], &from->latency[i]);
}

void counts_clear(struct counts *c)
{
    struct counts empty = {.status = c->status};
    for (size_t i = 0; i < LATENCY_COUNT; i++) {
        hist_clear(&c->latency[i]);
        empty.latency[i] = c->latency[i];
    }
    for (size_t i = 0; i < STATUS_MAX; i++)
        if (c->status[i]) c->status[i] = 0; /* reading alone keeps an untouched page unmapped */
    *c = empty;
}

uint64_t counts_errors(const struct counts *c)
{
    uint64_t n = 0;
    for (size_t i = 1; i < ERROR_COUNT; i++) n += c->errors[i];
    return n;
}

uint64_t counts_skipped(const struct counts *c)
{
    uint64_t n = 0;
    for (size_t i = 1; i < ERROR_COUNT; i++) n += c->skipped[i];
    return n;
}

uint64_t counts_differences(const struct counts *c)
{
    uint64_t n = 0;
    for (size_t i = 0; i < DIFFER_COUNT; i++) n += c->differs[i];
    return n;
}

bool counts_lawful(const struct counts *c)
{
    uint64_t left = c->offered;
    if (c->sent > left) return false;
    left -= c->sent;
    if (c->shed > left) return false;
    left -= c->shed;
    if (c->failed != left) return false;
    return c->answered <= c->sent && c->timed_out <= c->sent - c->answered;
}
