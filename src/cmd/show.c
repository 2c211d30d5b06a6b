#include "cmd/show.h"

#include "trace/print.h"

#include <inttypes.h>
#include <stdio.h>

static const char *side_name(enum side s)
{
    return s == SIDE_SERVER ? "server" : "client";
}

static void print_string(struct frame f)
{
    putchar('"');
    for (size_t i = 0; i < f.len; i++) {
        uint8_t c = f.p[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c >= 0x20 && c < 0x7f)
            putchar(c);
        else
            printf("\\u%04x", c);
    }
    putchar('"');
}

static void print_flow(const struct population *p, uint64_t index)
{
    struct scratch scratch = {0};
    uint64_t flow, step;
    population_flows(p, &index, 1, &scratch, &flow, &step);
    printf("\"flow\":%" PRIu64 ",\"step\":%" PRIu64 ",", flow, step);
    scratch_free(&scratch);
}

static void print_json(const struct show *s, const struct kind *k, const struct shown *u)
{
    printf("{\"index\":%" PRIu64 ",", u->index);
    if (s->stream->population) print_flow(s->stream->population, u->index);
    if (u->cue) printf("\"step\":%u,\"side\":\"%s\",", u->cue->step, side_name(u->side));
    printf("\"due_ns\":%" PRIu64 ",\"kind\":\"%s\",\"bytes\":%u,", u->due, k->name, u->frame.len);
    if (k->packet) {
        printf("\"packet\":");
        packet_print_json(k->packet, span_make(u->frame.p, u->frame.len), stdout);
    } else if (u->cue) {
        printf("\"packet\":");
        frame_print_json(span_make(u->frame.p, u->frame.len), stdout);
    } else {
        printf("\"request\":");
        print_string(u->frame);
    }
    printf("}\n");
}

static void print_request(const struct kind *k, const struct frame *f)
{
    printf("%s, %u bytes\n", k->name, f->len);
    for (size_t i = 0; i < f->len; i++) {
        uint8_t c = f->p[i];
        if (c == '\n' || (c >= 0x20 && c < 0x7f))
            putchar(c);
        else if (c != '\r')
            printf("\\x%02x", c);
    }
    if (f->len && f->p[f->len - 1] != '\n') putchar('\n');
}

static void print_text(const struct kind *k, const struct shown *u)
{
    printf("#%" PRIu64, u->index);
    if (u->cue) printf(".%u", u->cue->step);
    printf(" %.6fs ", (double)u->due / 1e9);
    if (u->cue) printf("%s %s ", side_name(u->side), k->name);
    struct span frame = span_make(u->frame.p, u->frame.len);
    if (!k->packet && !u->cue) {
        print_request(k, &u->frame);
        return;
    }
    if (k->packet)
        packet_print_text(k->packet, frame, stdout);
    else
        frame_print_text(frame, stdout);
    putchar('\n');
}

bool show_take(struct show *s, const struct shown *u, size_t n)
{
    struct frame frame[BATCH];
    for (size_t i = 0; i < n; i++) {
        const struct kind *k = &s->stream->kinds[u[i].kind];
        s->bytes += u[i].frame.len;
        if (s->form == FORM_HASH)
            s->hash += hash_unit(u[i].number, u[i].frame.p, u[i].frame.len);
        else if (s->form == FORM_JSON)
            print_json(s, k, &u[i]);
        else if (s->form == FORM_TEXT)
            print_text(k, &u[i]);
        frame[i] = u[i].frame;
        frame[i].at_ns = u[i].due;
    }
    s->frames += n;
    if (s->form != FORM_FILE) return true;
    size_t done = 0;
    return s->wire->class->send(s->wire, frame, n, &done) == SENT_OK;
}
