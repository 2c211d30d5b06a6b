#include "run/stepper.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEPS_MAX (UINT64_MAX / 100)

struct stepper {
    int fd;
    struct event *event; /* NULL: a file, which can be read at any time */
    uint64_t leave;
    uint64_t number; /* of the line being read */
    bool digits, over;
};

static void on_char(struct stepper *s, char c)
{
    if (c >= '0' && c <= '9') {
        s->digits = true;
        if (s->number < STEPS_MAX) s->number = s->number * 10 + (uint64_t)(c - '0');
    } else if (c == 'q') {
        s->over = true;
    } else if (c == '\n') {
        s->leave += s->digits ? s->number : 1;
        s->number = 0;
        s->digits = false;
    }
}

/* Takes what is there; the input is shared with others, so it is not set to non-blocking. */
static void read_some(struct stepper *s)
{
    char text[256];
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    if (s->over || poll(&p, 1, 0) <= 0) return;
    ssize_t n = read(s->fd, text, sizeof text);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) s->over = true;
    for (ssize_t i = 0; i < n && !s->over; i++) on_char(s, text[i]);
    if (s->over && s->event) event_del(s->event); /* an end would wake the worker for ever */
}

static void on_input(evutil_socket_t fd, short what, void *stepper)
{
    (void)fd, (void)what;
    read_some(stepper);
}

/* Files and the like never keep a reader waiting, and cannot be waited for. */
static bool can_wait(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(fd));
}

struct stepper *stepper_open(struct lane *l, struct errs *errs)
{
    struct stepper *s = arena_new(l->env->arena, struct stepper);
    const struct step *step = l->env->step;
    if (!step) {
        err_add(errs, l->stream->at, "rate is step, but nobody gives leave to send here");
        return NULL;
    }
    s->fd = step->fd;
    if (!can_wait(s->fd)) return s;
    s->event = event_new(l->env->base, s->fd, EV_READ | EV_PERSIST, on_input, s);
    event_add(s->event, NULL);
    return s;
}

uint64_t stepper_leave(struct stepper *s)
{
    if (!s->leave && !s->event) read_some(s);
    return s->leave;
}

void stepper_used(struct stepper *s)
{
    s->leave--;
}

bool stepper_over(const struct stepper *s)
{
    return s->over && s->leave == 0;
}

void stepper_close(struct stepper *s)
{
    if (s && s->event) event_free(s->event);
}
