#include "trace/unpack.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* zstd's window is memory that the file asks for. 32 MiB admits every level up to 20 and keeps
 * the program within its 64 MiB. */
#define ZSTD_WINDOW_LOG 25
#define ZSTD_STEP 5 /* how much of a frame zstd wants first */

struct unpack {
    int fd;
    bool ended;  /* no more packed bytes in the file */
    bool inside; /* within a gzip member or zstd frame, which must not end here */
    z_stream gzip;
    ZSTD_DStream *zstd; /* NULL: gzip */
    size_t wanted;      /* by zstd for its next step, in bytes */
    size_t from, to;    /* packed bytes waiting in buf */
    uint8_t buf[UNPACK_START];
};

ssize_t read_some(int fd, uint8_t *to, size_t n, bool hurry)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    ssize_t got;
    if (hurry && poll(&ready, 1, 0) == 0) return READ_NOTHING;
    do got = read(fd, to, n);
    while (got < 0 && errno == EINTR);
    return got;
}

const char *unpack_kind(struct span start)
{
    static const uint8_t gzip[] = {0x1f, 0x8b}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
    if (span_eq(span_sub(start, 0, sizeof gzip), span_make(gzip, sizeof gzip))) return "gzip";
    if (span_eq(span_sub(start, 0, sizeof zstd), span_make(zstd, sizeof zstd))) return "zstd";
    return NULL;
}

struct unpack *unpack_open(int fd, const char *kind, struct span start)
{
    struct unpack *u = calloc(1, sizeof *u);
    if (!u) return NULL;
    u->fd = fd;
    u->wanted = ZSTD_STEP;
    bool ok;
    if (strcmp(kind, "gzip") == 0) {
        ok = inflateInit2(&u->gzip, 15 + 16) == Z_OK;
    } else {
        u->zstd = ZSTD_createDStream();
        ok = u->zstd &&
             !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
    }
    if (!ok) {
        unpack_close(u);
        return NULL;
    }
    memcpy(u->buf, start.p, start.n);
    u->to = start.n;
    return u;
}

/* Makes packed bytes wait in buf, unless the file has ended. 0, or what read_some says. */
static ssize_t refill(struct unpack *u, bool hurry, const char **problem)
{
    if (u->from < u->to || u->ended) return 0;
    ssize_t got = read_some(u->fd, u->buf, sizeof u->buf, hurry);
    if (got == -1) *problem = strerror(errno);
    if (got < 0) return got;
    u->ended = got == 0;
    u->from = 0;
    u->to = (size_t)got;
    return 0;
}

/* Both unpack a piece: packed bytes out of buf, plain bytes to `to`. How many of those, or -1.
 * What comes before damage is handed out before the damage is told. */
static ssize_t run_gzip(struct unpack *u, uint8_t *to, size_t n, const char **problem)
{
    if (n > UINT32_MAX) n = UINT32_MAX;
    u->gzip.next_in = u->buf + u->from;
    u->gzip.avail_in = (uInt)(u->to - u->from);
    u->gzip.next_out = to;
    u->gzip.avail_out = (uInt)n;
    int state = inflate(&u->gzip, Z_NO_FLUSH);
    size_t got = n - u->gzip.avail_out;
    u->from = u->to - u->gzip.avail_in;
    u->inside = state != Z_STREAM_END;
    if (state == Z_STREAM_END) state = inflateReset(&u->gzip); /* another member may follow */
    if (got > 0 || state == Z_OK || state == Z_BUF_ERROR) return (ssize_t)got;
    *problem = "damaged gzip data";
    return -1;
}

static ssize_t run_zstd(struct unpack *u, uint8_t *to, size_t n, const char **problem)
{
    /* Not more input than zstd wants for its next step: on an error it forgets what it made of
     * the rest of the input. */
    size_t wanted = u->from + u->wanted;
    ZSTD_inBuffer in = {u->buf, wanted < u->to ? wanted : u->to, u->from};
    ZSTD_outBuffer out = {to, n, 0};
    size_t left = ZSTD_decompressStream(u->zstd, &out, &in);
    u->from = in.pos;
    u->inside = left != 0;
    u->wanted = left ? left : ZSTD_STEP;
    if (!ZSTD_isError(left)) return (ssize_t)out.pos;
    *problem = ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge
                   ? "zstd window above 32 MiB, pack it again with --long=25 or less"
                   : "damaged zstd data";
    return -1;
}

ssize_t unpack_read(struct unpack *u, uint8_t *to, size_t n, bool hurry, const char **problem)
{
    for (;;) {
        ssize_t failed = refill(u, hurry, problem);
        if (failed) return failed;
        bool starved = u->from == u->to;
        if (starved && !u->inside) return 0;
        ssize_t got = u->zstd ? run_zstd(u, to, n, problem) : run_gzip(u, to, n, problem);
        if (got != 0) return got;
        if (starved && u->inside) {
            *problem = u->zstd ? "zstd data is cut off" : "gzip data is cut off";
            return -1;
        }
    }
}

void unpack_restart(struct unpack *u)
{
    u->from = u->to = 0;
    u->ended = u->inside = false;
    u->wanted = ZSTD_STEP;
    if (u->zstd)
        ZSTD_DCtx_reset(u->zstd, ZSTD_reset_session_only);
    else
        inflateReset(&u->gzip);
}

void unpack_close(struct unpack *u)
{
    if (!u) return;
    if (u->zstd)
        ZSTD_freeDStream(u->zstd);
    else
        inflateEnd(&u->gzip);
    free(u);
}
