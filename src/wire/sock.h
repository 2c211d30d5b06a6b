/* sock: non-blocking stream and datagram sockets for requests. No event loop here; run/ waits.
 *
 * Three-way results as with frames. Used by run/ and serve/. */
#ifndef WIRE_SOCK_H
#define WIRE_SOCK_H

#include "base/addr.h"
#include "wire/wire.h"

struct sock_addr {
    struct addr ip;
    uint16_t port;
};
/* Host name or literal to addresses, by the system's resolver; fills at most max, returns how
 * many, 0 after adding what is wrong. */
size_t sock_resolve(const char *host, uint16_t port, struct sock_addr *out, size_t max,
                    struct where at, struct errs *errs);
/* A socket that is connecting (stream: SENT_AGAIN) or ready (SENT_OK). -1 in *fd with
 * SENT_FAILED; errno says why. `source` NULL: the system chooses. TCP_NODELAY is set. */
enum sent sock_connect(const struct sock_addr *to, bool stream, const struct sock_addr *source,
                       int *fd);
/* After a connecting socket became writable: 0 or the errno of the failure. */
int sock_error(int fd);
/* Writes; *done bytes were taken. SENT_FAILED: errno says why. Never raises SIGPIPE. */
enum sent sock_send(int fd, struct span bytes, size_t *done);
/* Reads up to n bytes: *got of them; SENT_OK with *got 0 is the peer's end of stream. */
enum sent sock_recv(int fd, void *buf, size_t n, size_t *got);
/* The local port, 0 if unknown. */
uint16_t sock_local_port(int fd);
/* Closes with a reset, so that no TIME_WAIT is left behind, when `hard`. */
void sock_close(int fd, bool hard);
/* A listening (stream) or bound (datagram) socket; -1 after adding what is wrong. SO_REUSEPORT
 * when `share`. port 0: any; sock_local_port tells. */
int sock_listen(const struct sock_addr *at, bool stream, bool share, struct errs *errs);

#endif
