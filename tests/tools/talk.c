/* talk [-x] [-c] CAPTURE...: the connections of captures as trace/talk.h tells them, to be compared
 * with what others make of them. One line for each:
 *
 *     number tcp|udp|tcp? client server bytes-of-client bytes-of-server missing end
 *
 * with -x one line for each event that has bytes, `client c|s hex`, and with -c the counts. */
#include "trace/source.h"
#include "trace/talk.h"

#include <stdlib.h>
#include <string.h>

struct about {
    struct talk_peer peer[2];
    uint64_t bytes[2], missing;
    bool midway;
};

static void put_hex(const struct talk_event *e, const struct talk_peer *client)
{
    char address[ADDR_BUF];
    printf("%s:%u %c ", addr_format(address, client->addr), client->port, "cs"[e->side]);
    for (size_t i = 0; i < e->bytes.n; i++) printf("%02x", e->bytes.p[i]);
    putchar('\n');
}

static void put_line(const struct talk_event *e, const struct about *a)
{
    static const char *const how[] = {"fin", "rst", "idle", "replaced", "evicted", "last"};
    char client[ADDR_BUF], server[ADDR_BUF];
    printf("%llu %s%s %s:%u %s:%u %llu %llu %llu %s\n", (unsigned long long)e->conn,
           e->udp ? "udp" : "tcp", a->midway ? "?" : "", addr_format(client, a->peer[0].addr),
           a->peer[0].port, addr_format(server, a->peer[1].addr), a->peer[1].port,
           (unsigned long long)a->bytes[0], (unsigned long long)a->bytes[1],
           (unsigned long long)a->missing, how[e->how]);
}

static void take(const struct talk_event *e, bool hex)
{
    if (e->kind == TALK_OPEN) *e->mine = calloc(1, sizeof(struct about));
    struct about *a = *e->mine;
    if (!a) abort();
    if (e->kind == TALK_OPEN)
        *a = (struct about){.peer = {e->client, e->server}, .midway = e->midway};
    if (e->kind == TALK_DATA) a->bytes[e->side] += e->bytes.n;
    if (e->kind == TALK_GAP) a->missing += e->missing;
    if (e->kind == TALK_DATA && hex) put_hex(e, &a->peer[0]);
    if (e->kind != TALK_CLOSE) return;
    if (!hex) put_line(e, a);
    free(a);
}

static void put_counts(struct talk *t)
{
    uint64_t v;
    for (size_t i = 0; i < talk_count_n; i++) {
        memcpy(&v, (const char *)talk_counts(t) + talk_count_docs[i].at, sizeof v);
        if (v) printf("# %s %llu\n", talk_count_docs[i].name, (unsigned long long)v);
    }
}

int main(int argc, char **argv)
{
    struct arena arena = {0};
    struct errs errs = {0};
    struct source_files files = {0};
    struct talk_event e;
    enum talk_state how;
    bool hex = false, counts = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-x") == 0)
            hex = true;
        else if (strcmp(argv[i], "-c") == 0)
            counts = true;
        else
            source_list(&arena, argv[i], &files, (struct where){0}, &errs);
    }
    struct source *s =
        source_open(&(struct source_opts){.files = &files}, (struct where){0}, &errs);
    errs_print(&errs, stderr);
    if (!s) return 2;
    struct talk *t = talk_open(&(struct talk_opts){.next = talk_from_source, .ctx = s});
    if (!t) return 1;
    while ((how = talk_next(t, &e)) != TALK_END)
        if (how == TALK_EVENT) take(&e, hex);
    if (counts) put_counts(t);
    if (source_problem(s)) fprintf(stderr, "%s\n", source_problem(s));
    talk_close(t);
    source_close(s);
    arena_free(&arena);
    return 0;
}
