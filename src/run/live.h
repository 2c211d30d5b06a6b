/* live: what the files of live replay share: dialogs, which are recorded connections on their way
 * again, and the lane they belong to.
 *
 * A recorded connection is a row of exchanges: a message of the client, and the reply to it. Each
 * exchange is seen twice: live_hear.c (of HTTP live_hear_http.c) reads it from the recording, a
 * little ahead of its time, and queues its message as moves; live_say.c takes the moves when they
 * are due and their turn has come, and live_reply.c reads the replies. When both sides have ended,
 * live_settle.c compares the two replies and forgets them. live.c is the lane: it reads the
 * capture, wakes dialogs and stops.
 *
 * A dialog, its exchanges and its moves live in the lane's pool and belong to one worker. */
#ifndef RUN_LIVE_H
#define RUN_LIVE_H

#include <event2/event_struct.h>

#include "proto/http1_reply.h"
#include "proto/http1_request.h"
#include "run/digest.h"
#include "run/lane.h"
#include "run/transcript.h"
#include "stats/result.h"

enum dialog_kind {
    DIALOG_NEW,       /* nothing was said yet */
    DIALOG_HTTP,      /* a message is a request */
    DIALOG_BYTES,     /* a message is what the client said between two sayings of the server */
    DIALOG_DATAGRAMS, /* a message is a datagram, and so is its reply */
};

struct exchange {
    struct exchange *next, *earlier; /* on its connection, in order */
    uint64_t number; /* of the message on its connection; 0: the server spoke unasked */
    uint64_t due;    /* as recorded; once it is sent: when it was its turn */
    bool http, is_head, is_connect;

    /* In the recording. */
    bool whole;                   /* HTTP: all of the message was seen */
    bool replied;                 /* the reply has begun */
    bool told;                    /* all that came back was seen */
    bool blind;                   /* but not all of it is in the capture: nothing to compare with */
    bool switches;                /* with it the connection left HTTP, and carries bytes */
    int64_t asked_ns, replied_ns; /* stamps of the message's last byte and the reply's first */
    uint16_t tag;                 /* datagrams: the first two bytes */
    struct digest recorded;

    /* On the live connection. */
    unsigned moves; /* queued, with bytes of it */
    unsigned parts; /* moves that have left */
    bool begun;     /* its first byte has left */
    bool failed;    /* it never did */
    bool done;      /* the reply has ended, or none will come */
    bool lost;      /* none came, or not all of it */
    bool came_any;
    uint64_t begun_at, asked_at, came_at; /* first and last byte out, last byte in */
    uint64_t received;
    struct digest came;
};

/* Something a dialog is to do. */
struct move {
    struct move *next;
    enum move_kind { MOVE_OPEN, MOVE_SAY, MOVE_SHUT, MOVE_CLOSE } kind;
    bool first; /* of its exchange */
    bool hard;  /* CLOSE: with a reset */
    uint64_t due;
    uint64_t after; /* so many exchanges of the dialog must be done before */
    struct exchange *exchange;
    size_t n, at; /* bytes; of them sent */
    uint8_t bytes[];
};

enum dialog_state {
    DIALOG_CLOSED,
    DIALOG_WAITING, /* for one of the connections that the stream may have */
    DIALOG_CONNECTING,
    DIALOG_OPEN,
    DIALOG_BLOCKED, /* open, but the system takes no more bytes now */
};

struct live;
struct dialog {
    struct live *live;
    struct dialog *next, *earlier; /* all of the lane */
    uint64_t number;               /* of the connection in the capture, from 1 */
    enum dialog_kind kind;
    enum error_kind skipped; /* why messages are left out now; ERROR_NONE: they are not */
    enum error_kind dead;    /* why nothing can be sent any more */
    bool midway;             /* the recording begins in the middle of it */
    bool passed_over;        /* the message that the client is saying is left out and booked */
    bool over;               /* the recording has closed it */

    struct exchange *first, *last;
    struct exchange *hears;                   /* first whose reply is not wholly told */
    struct exchange *awaits;                  /* first that is not done */
    uint64_t messages, exchanges, told, done; /* how many */

    /* The recording's side. */
    struct http1_request *asking; /* in the middle of a request */
    uint8_t *head;                /* of the request, until it is complete */
    size_t head_n, head_room;
    uint64_t head_after;
    struct http1_reply *telling; /* in the middle of a recorded reply */
    struct reply told_reply;

    /* The live side. */
    enum dialog_state state;
    int fd;
    struct event event;
    uint16_t local_port;
    uint64_t sent_total, received_total, reply_at;
    struct move *move, *last_move;
    struct http1_reply *coming; /* in the middle of a reply */
    struct reply came_reply;
    bool tunnel; /* the server, too, has left HTTP */
    bool eof;
    uint64_t open_until; /* deadline of the connection */
    uint64_t turn_at;    /* when an exchange was last done */
    uint64_t free_since; /* since when nothing but time and turn keep it from going on */
    struct dialog *next_waiting;
    uint64_t wake;  /* when it is to act */
    size_t heap_at; /* position in the lane's heap, from 1; 0: it is not there */
};

struct difference {
    uint64_t connection, message;
    enum differ differs;
    char recorded[DIGEST_TEXT], came[DIGEST_TEXT];
};

struct live {
    struct lane lane;
    struct transcript transcript;
    struct pool pool;
    struct scratch scratch;
    struct digest_work digest;
    const struct live_rules *rules; /* what the profile says */
    struct dialog *dialogs;
    struct dialog *waiting, *last_waiting; /* for a connection */
    uint64_t open_n, open_max;             /* connections */
    uint64_t units;                        /* of this worker so far */
    struct schedule_state *schedule;
    uint64_t last_due;     /* with a rate: of the latest message */
    size_t held;           /* bytes of moves */
    bool held_back;        /* too many: nothing is read until some have left */
    uint64_t excused;      /* when reading went on after that */
    bool reading, stopped; /* reading: more is to come from the recording */
    uint64_t taken;        /* connections that could be replayed */
    struct dialog **heap;  /* by wake; heap[1] is the next */
    size_t heap_n, heap_room;
    struct difference differing[DIFFERENCES_MAX];
    size_t differing_n;
};

static inline struct rec *live_rec(const struct live *v)
{
    return v->lane.env->rec;
}
/* Whether the connection carries bytes behind a reply with that status. */
static inline bool exchange_switches(const struct exchange *x, unsigned status)
{
    return status == 101 || (x->is_connect && status / 100 == 2);
}
static inline uint32_t live_cell(const struct live *v)
{
    return v->lane.stream->kinds[0].cell;
}

/* live.c: has the dialog act at that time; NEVER: when something else happens. */
void live_wake(struct dialog *d, uint64_t at);
/* The due time of the next message, by the recording's `due` or the stream's rate; false when the
 * stream is to send no more. */
bool live_next_due(struct live *v, uint64_t *due);
void live_free(struct dialog *d);

/* live_hear.c: takes an event of the recording into account. *mine is the dialog's place. */
void live_hear(struct live *v, const struct talk_event *e, uint64_t due, uint64_t now);
/* The recording says no more. */
void live_hush(struct dialog *d, uint64_t now);
/* The replies that have not been seen to their end never will be, and cannot be compared. */
void dialog_hush(struct dialog *d, uint64_t now);
/* A message begins: its exchange; NULL when the stream is to send no more. */
struct exchange *message_new(struct dialog *d, uint64_t due);
/* Queues bytes of it; `first`: they begin it, when so many exchanges as `after` are done. */
void message_say(struct dialog *d, struct exchange *x, struct span bytes, uint64_t due, bool first,
                 uint64_t after);
/* From here on messages are left out. */
void dialog_skip(struct dialog *d, enum error_kind why);
/* What the client says until the server speaks is a message that is left out. */
void message_skip(struct dialog *d, uint64_t due, uint64_t now);
/* The recorded reply begins, if it has not yet, and ends; `blind` when not all of it is there. May
 * free the exchange. */
void reply_begun(struct exchange *x, int64_t at_ns);
void reply_told(struct dialog *d, struct exchange *x, bool blind, uint64_t now);

/* live_hear_http.c: what was said on a recorded connection of HTTP/1.x. */
void http_hear_client(struct dialog *d, struct span in, int64_t at_ns, uint64_t due, uint64_t now);
/* Returns what is no HTTP any more. */
struct span http_hear_server(struct dialog *d, struct span in, int64_t at_ns, uint64_t now);
/* The server's side ended, by a close in good order or not: so did a reply that it marks the end
 * of. */
void http_end_reply(struct dialog *d, bool orderly, uint64_t now);
/* Forgets a request or a reply in the middle of which it is. */
void http_drop_request(struct dialog *d);
void http_drop_reply(struct dialog *d);

/* live_say.c: does what is due; may free the dialog. */
void dialog_act(struct dialog *d, uint64_t now);
/* Queues a move; `bytes` are copied. */
struct move *dialog_queue(struct dialog *d, enum move_kind kind, struct exchange *x,
                          struct span bytes, uint64_t due, uint64_t after);
void move_free(struct live *v, struct move *s);
void dialog_shut(struct dialog *d, bool hard);
/* The connection is lost: what has begun ends with `why`, and what was to follow fails, but for
 * requests, which do not need the connection of those before them. */
void dialog_lose(struct dialog *d, enum error_kind why, uint64_t now);
/* Nothing can be sent any more: what has not begun fails. */
void dialog_fail_moves(struct dialog *d, enum error_kind why);

/* live_reply.c: reads what has come; may close the connection. */
void dialog_read(struct dialog *d, uint64_t now);
/* Whether an exchange of bytes is done, now that more of it is known. */
void dialog_check(struct dialog *d, struct exchange *x, uint64_t now);

/* live_settle.c: the books of exchanges. */
/* What values are drawn by: the connection, and for later messages of it far away from those. */
uint64_t exchange_index(const struct dialog *d, const struct exchange *x);
struct exchange *exchange_new(struct dialog *d, uint64_t number, uint64_t due);
/* The one without a message, for a server that speaks first; whoever notices it first makes it. */
struct exchange *exchange_greeting(struct dialog *d, uint64_t due);
/* The connection may be open, and its turn come, for one without a message. */
void exchange_listens(struct dialog *d, uint64_t now);
/* Its first bytes have left, or further ones; `bytes` are those of the move. */
void exchange_begun(struct dialog *d, struct exchange *x, struct span bytes, uint64_t now);
void exchange_more(struct dialog *d, struct exchange *x, struct span bytes);
/* Its message cannot be sent, is left out, came due and is not sent, or was not due yet. May free
 * it. */
void exchange_failed(struct dialog *d, struct exchange *x, enum error_kind why);
void exchange_skipped(struct dialog *d, struct exchange *x, enum error_kind why);
void exchange_shed(struct dialog *d, struct exchange *x);
void exchange_forget(struct dialog *d, struct exchange *x);
/* The reply ended, as it should or not. May free it. */
void exchange_done(struct dialog *d, struct exchange *x, enum error_kind why, uint64_t now);
void exchange_timed_out(struct dialog *d, struct exchange *x, uint64_t now);
/* The recorded reply ended. May free it. */
void exchange_told(struct dialog *d, struct exchange *x);
/* Bytes came that belong to no exchange. */
void exchange_stray(struct dialog *d, struct span bytes);
/* What of it is queued is forgotten. */
void exchange_drop_moves(struct dialog *d, struct exchange *x);
/* Frees it when nobody needs it any more. */
void exchange_settle(struct dialog *d, struct exchange *x);
void exchange_free(struct dialog *d, struct exchange *x);

#endif
