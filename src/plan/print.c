/* `spate check`: the plan for people. */
#include "plan/clone.h"

#include <stdio.h>

static void print_when(const struct plan *p, const struct stream *s, FILE *f)
{
    static const char *const policy[] = {"catchup", "drop", "stretch"};
    char buf[UNITS_BUF], text[256];
    if (s->loop == LOOP_FLOOD && s->replay.step) {
        fprintf(f, "  when       one by one, as lines come on standard input\n");
    } else if (s->loop == LOOP_FLOOD) {
        fprintf(f, "  when       as fast as the wire takes packets\n");
    } else if (s->loop == LOOP_CLOSED) {
        fprintf(f, "  when       closed loop, %s users%s\n", units_whole(buf, s->users),
                s->think ? ", each pausing between units" : ", no pause");
    } else if (s->schedule) {
        schedule_describe(s->schedule, text, sizeof text);
        fprintf(f, "  when       open loop, %s%s; late units: %s\n", s->by_size ? "in bytes: " : "",
                text, policy[s->late]);
        if (p->duration != NEVER && !s->by_size)
            fprintf(f, "  units      %s in all\n", units_whole(buf, stream_units(s, p->duration)));
    } else {
        fprintf(f, "  when       as recorded");
        if (s->replay.speed_num != s->replay.speed_den)
            fprintf(f, ", %.6gx faster", (double)s->replay.speed_num / (double)s->replay.speed_den);
        fprintf(f, "; late frames: %s\n", policy[s->late]);
    }
    if (s->count != NEVER) fprintf(f, "  count      at most %s\n", units_whole(buf, s->count));
}

static void print_sharing(const struct plan *p, const struct stream *s, FILE *f)
{
    if (s->replay.alone)
        fprintf(f, "  workers    one of %u: %s\n", p->workers, s->replay.alone);
    else
        fprintf(f, "  workers    %u share its conversations; order holds within each\n",
                p->workers);
}

#define LOOKS 1000 /* at the rate over the run, for its highest and its mean */

/* The planned rate per second over the time that is known, else over a minute. */
static void look_at_rate(const struct plan *p, const struct stream *s, double *most, double *mean)
{
    uint64_t end = schedule_end(s->schedule), minute = 60000000000;
    if (p->duration < end) end = p->duration;
    if (end == NEVER) end = minute;
    *most = *mean = 0;
    for (uint64_t i = 0; i < LOOKS; i++) {
        double rate =
            schedule_rate_at(s->schedule, (uint64_t)((u128)end * (2 * i + 1) / (2 * LOOKS)));
        *mean += rate / LOOKS;
        if (rate > *most) *most = rate;
    }
}

/* Where the mean size of the packets is not known, their largest sizes bound what they ask for. */
static double mean_or_most(const struct stream *s, unsigned layer, const char **word)
{
    struct fraction bits;
    double most = 0, weights = 0;
    *word = "";
    if (stream_unit_bits(s, layer, &bits, NULL)) return fraction_double(bits);
    *word = "at most ";
    for (size_t i = 0; i < s->n; i++) {
        double weight = (double)s->kinds[i].weight;
        most += weight * 8 * (double)(packet_max_len(s->kinds[i].packet) + frame_overhead(layer));
        weights += weight;
    }
    return most / (s->way == WAY_CONVERSATIONS ? (double)s->weights : weights);
}

static void print_bandwidth(const struct stream *s, const char *label, double rate, FILE *f)
{
    char one[UNITS_BUF], two[UNITS_BUF];
    const char *word;
    double bits1 = mean_or_most(s, 1, &word), bits2 = mean_or_most(s, 2, &word);
    fprintf(f, "  %-10s %s%sbit/s at layer 1, %sbit/s at layer 2\n", label, word,
            units_count(one, rate * bits1), units_count(two, rate * bits2));
}

/* What the stream asks of the link, and when its packets repeat. */
static void print_load(const struct plan *p, const struct stream *s, FILE *f)
{
    char buf[UNITS_BUF];
    double most = 0, mean = 0;
    if (s->way != WAY_PACKETS && s->way != WAY_CONVERSATIONS) return;
    struct fraction known;
    if (s->schedule && (!s->replay.clone || stream_unit_bits(s, 1, &known, NULL))) {
        look_at_rate(p, s, &most, &mean);
        print_bandwidth(s, "bandwidth", most, f);
        if (mean < 0.999 * most) print_bandwidth(s, "on average", mean, f);
    }
    if (s->population) return; /* the flows say more than a cycle */
    uint64_t period = s->way == WAY_PACKETS ? stream_period(s) : 0;
    if (s->way == WAY_CONVERSATIONS)
        fprintf(f, "  at a time  at most %s\n", units_whole(buf, s->open));
    else if (period == 0)
        fprintf(f, "  cycle      none: values are random\n");
    else if (period == 1)
        fprintf(f, "  cycle      every packet has the same fields\n");
    else if (period == UINT64_MAX)
        fprintf(f, "  cycle      2^64 packets or more\n");
    else
        fprintf(f, "  cycle      %s packets\n", units_whole(buf, period));
}

static void print_flows(const struct stream *s, FILE *f)
{
    const struct population *p = s->population;
    char buf[UNITS_BUF];
    if (!p) return;
    fprintf(f, "  flows      %s, ", units_whole(buf, p->count));
    if (p->shares)
        fprintf(f, "popularity zipf(s=%.6g)", p->s);
    else
        fputs("uniform", f);
    if (p->lengths)
        fprintf(f, ", each %.6g packets on average", fraction_double(lengths_mean(p->lengths)));
    else
        fputs(", without end", f);
    if (s->replies)
        fputs(p->count > FLOW_TABLE_MOST ? "; too many for figures by flow" : "; figures by flow",
              f);
    fputc('\n', f);
}

static void print_what(const struct stream *s, FILE *f)
{
    if (s->way == WAY_REPLAY || s->way == WAY_LIVE) {
        fprintf(f, "  what       %s %s",
                s->way == WAY_LIVE ? "what the clients said in" : "the frames of", s->replay.path);
        if (s->replay.loops == NEVER)
            fprintf(f, ", over and over");
        else if (s->replay.loops > 1)
            fprintf(f, ", %llu times", (unsigned long long)s->replay.loops);
        if (s->replay.files.n > 1)
            fprintf(f, ", %zu files %s", s->replay.files.n,
                    s->replay.order == SOURCE_TIME ? "merged by time" : "in turn");
        fputc('\n', f);
        return;
    }
    if (s->replay.clone) {
        clone_print(s, f);
        return;
    }
    if (s->way == WAY_CONVERSATIONS) {
        fprintf(f, "  what       conversations:");
        for (size_t i = 0; i < s->conversations.n; i++)
            fprintf(f, "%s %s", i ? "," : "", s->conversations.v[i].name);
        fputc('\n', f);
        return;
    }
    fprintf(f, "  what      ");
    for (size_t i = 0; i < s->n; i++) fprintf(f, "%s %s", i ? "," : "", s->kinds[i].name);
    fprintf(f, " (%s)\n", s->way == WAY_REQUESTS ? s->proto->doc.name : "packets");
}

static void print_where(const struct plan *p, const struct stream *s, FILE *f)
{
    char buf[UNITS_BUF];
    if (s->way == WAY_REQUESTS || s->way == WAY_LIVE) {
        fprintf(f, "  where      %s, ", p->target_url ? p->target_url : "(no target)");
        if (s->connections == NEVER)
            fprintf(f, "one connection for each recorded one");
        else
            fprintf(f, "at most %s connections", units_whole(buf, s->connections));
        fprintf(f, ", timeout %s\n", units_time(buf, (double)s->timeout));
        return;
    }
    fprintf(f, "  where      %s%s%s", s->wire ? s->wire->doc.name : "?", s->place ? " " : "",
            s->place ? s->place : "");
    if (s->server_place) fprintf(f, ", servers' frames %s", s->server_place);
    fprintf(f, "%s\n", s->way == WAY_REPLAY && s->replay.ordered ? ", one after the other" : "");
    if (s->receive)
        fprintf(f, "  arrivals   captured on %s, timeout %s\n", s->receive,
                units_time(buf, (double)s->timeout));
    else if (s->replies)
        fprintf(f, "  replies    captured and matched, timeout %s\n",
                units_time(buf, (double)s->timeout));
    if (s->answer)
        fprintf(f, "  answers    ARP, neighbour solicitations and pings, for its own addresses\n");
}

/* Each packet of a conversation, repeated ones once, with what its TCP numbers are counted on by.
 */
static void print_conversation(const struct stream *s, const struct conversation *x, FILE *f)
{
    fprintf(f, "\n  conversation %s: %zu packets\n", x->name, x->n);
    for (size_t i = 0, same; i < x->n; i += same) {
        const struct turn *t = &x->turn[i];
        const struct kind *k = &s->kinds[t->kind];
        struct packet_turn tcp;
        for (same = 1; i + same < x->n && x->turn[i + same].kind == t->kind; same++) continue;
        fprintf(f, "  %-6s %s", k->side == SIDE_SERVER ? "server" : "client", k->name);
        if (same > 1) fprintf(f, " * %zu", same);
        if (t->pause) fprintf(f, ", after a pause");
        packet_turn(k->packet, &tcp);
        if (tcp.seq) fprintf(f, ", seq +%u", t->seq);
        if (tcp.ack) fprintf(f, ", ack +%u", t->ack);
        fputc('\n', f);
    }
}

void plan_print(const struct plan *p, FILE *f)
{
    char buf[UNITS_BUF];
    fprintf(f, "%s: seed %llu, %u worker%s, ",
            p->profile->file ? p->profile->file : "(command line)", (unsigned long long)p->seed,
            p->workers, p->workers == 1 ? "" : "s");
    if (p->duration == NEVER)
        fprintf(f, "until the streams end");
    else
        fprintf(f, "%s", units_time(buf, (double)p->duration));
    if (p->warmup) fprintf(f, ", the first %s left out", units_time(buf, (double)p->warmup));
    fputc('\n', f);
    for (size_t i = 0; i < p->n; i++) {
        const struct stream *s = &p->streams[i];
        fprintf(f, "\nstream %s\n", s->name);
        print_what(s, f);
        print_flows(s, f);
        print_when(p, s, f);
        if (s->way == WAY_REPLAY && p->workers > 1) print_sharing(p, s, f);
        print_load(p, s, f);
        print_where(p, s, f);
        for (size_t k = 0; k < s->conversations.n; k++)
            print_conversation(s, &s->conversations.v[k], f);
        for (size_t k = 0; k < s->n; k++) {
            if (!s->kinds[k].packet) continue;
            fprintf(f, "\n  packet %s\n", s->kinds[k].name);
            packet_print_layout(s->kinds[k].packet, f);
        }
    }
    fprintf(f, "\n%zu gate%s\n", p->gates.n, p->gates.n == 1 ? "" : "s");
}
