/* packet_examples DIR COUNT [PROFILE...]: random packets for the differential test with tshark
 * (tests/e2e/packets.sh): of every layer's example, of more that show what those do not, and of
 * the packets of profiles. DIR/all.pcap, and DIR/opaque.pcap of those whose payload is no
 * protocol, whatever their ports say; for each NAME.pcap, NAME.fields (the names tshark has
 * for our fields) and NAME.tsv (our decoding of them, a line each); for fields that come several
 * times in a frame the same as NAME.lists and NAME.lists.tsv. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "gen/population.h"
#include "packet/template.h"

#include "packet_fields.h"

static FILE *open_in(const char *dir, const char *name, const char *ending)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.%s", dir, name, ending);
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(2);
    }
    return f;
}

static FILE *open_pcap(const char *dir, const char *name)
{
    FILE *f = open_in(dir, name, "pcap");
    uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, FRAME_MAX, 1};
    fwrite(head, sizeof head, 1, f);
    return f;
}

static void write_record(FILE *f, struct span s, uint32_t nth)
{
    uint32_t head[4] = {1700000000 + nth, 0, (uint32_t)s.n, (uint32_t)s.n};
    fwrite(head, sizeof head, 1, f);
    fwrite(s.p, 1, s.n, f);
}

/* The value of "layer":{..."field":VALUE in our JSON, without quotes. */
static struct span json_value(struct span json, const char *layer, const char *field)
{
    char key[80];
    snprintf(key, sizeof key, "\"%s\":{", layer);
    json = span_from(json, span_search(json, span_of(key)));
    json = span_sub(json, 0, span_find(json, '}'));
    snprintf(key, sizeof key, "\"%s\":", field);
    json = span_from(json, span_search(json, span_of(key)) + strlen(key));
    if (json.n && json.p[0] == '"') {
        json = span_from(json, 1);
        return span_sub(json, 0, span_find(json, '"'));
    }
    return span_sub(json, 0, span_find(json, ','));
}

/* The layer of that class without an alias, for tshark's first of its kind is ours of that name
 * in all examples; NULL when there is none, or no such field in its frames. */
static const struct layer *layer_of(const struct packet *p, const char *class, const char *field)
{
    for (size_t i = 0; i < p->layers; i++) {
        const struct layer *l = &p->layer[i];
        if (strcmp(l->name, class) != 0) continue;
        const struct value *v = layer_value(l, field);
        return v && build_has_part(l, v->field->part) ? l : NULL;
    }
    return NULL;
}

/* One field as tshark writes it. */
static void write_value(struct span v, const char *format, FILE *to)
{
    if (format && v.n)
        fprintf(to, format, (unsigned)strtoul((const char *)v.p, NULL, 0));
    else
        fwrite(v.p, 1, v.n, to);
}

static void write_fields(const struct packet *p, struct span json, FILE *to)
{
    const char *tab = "";
    for (size_t i = 0; i < MAP; i++) {
        const struct layer *l = layer_of(p, map[i].layer, map[i].field);
        if (!l) continue;
        fputs(tab, to);
        write_value(json_value(json, l->name, map[i].field), map[i].format, to);
        tab = "\t";
    }
    fputc('\n', to);
}

static void write_lists(const struct packet *p, struct span json, FILE *to)
{
    const char *tab = "";
    for (size_t i = 0; i < LISTS; i++) {
        const struct layer *l = layer_of(p, lists[i].layer, lists[i].fields[0]);
        const char *comma = "";
        if (!l) continue;
        fputs(tab, to);
        for (const char *const *f = lists[i].fields; *f && layer_of(p, l->name, *f); f++) {
            fputs(comma, to);
            write_value(json_value(json, l->name, *f), lists[i].format, to);
            comma = ",";
        }
        tab = "\t";
    }
    fputc('\n', to);
}

static bool write_list_names(const struct packet *p, FILE *to)
{
    bool any = false;
    for (size_t i = 0; i < LISTS; i++) {
        if (!layer_of(p, lists[i].layer, lists[i].fields[0])) continue;
        fprintf(to, "-e %s\n", lists[i].theirs);
        any = true;
    }
    return any;
}

static void write_names(const struct packet *p, FILE *to)
{
    for (size_t i = 0; i < MAP; i++) {
        if (layer_of(p, map[i].layer, map[i].field)) fprintf(to, "-e %s\n", map[i].theirs);
    }
}

/* Where everything goes. */
struct sink {
    const char *dir;
    uint64_t count;
    FILE *all, *opaque;
};
/* What is written about one template. */
struct outputs {
    FILE *all, *pcap, *tsv, *lists;
};

static void write_frame(struct outputs *o, const struct packet *p, struct span frame, uint32_t nth)
{
    char *text = NULL;
    size_t n;
    FILE *json = open_memstream(&text, &n);
    packet_print_json(p, frame, json);
    fclose(json);
    write_record(o->pcap, frame, nth);
    write_record(o->all, frame, nth);
    write_fields(p, span_make(text, n), o->tsv);
    if (o->lists) write_lists(p, span_make(text, n), o->lists);
    free(text);
}

static void write_packets(const struct sink *to, const struct packet *p, const char *name,
                          struct arena *a)
{
    struct scratch s = {0};
    struct packet_room *room = packet_room_new(p, a);
    bool opaque = p->layer[p->layers - 1].class == &layer_payload;
    struct outputs o = {opaque ? to->opaque : to->all, open_pcap(to->dir, name),
                        open_in(to->dir, name, "tsv"), NULL};
    FILE *fields = open_in(to->dir, name, "fields"), *names = open_in(to->dir, name, "lists");
    write_names(p, fields);
    if (write_list_names(p, names)) o.lists = open_in(to->dir, name, "lists.tsv");
    for (uint64_t i = 0; i < to->count; i++) {
        uint64_t due = 0;
        struct draw d = {.index = &i, .due_ns = &due, .scratch = &s};
        struct frame f;
        packet_fill(p, room, &d, 1, &f);
        write_frame(&o, p, span_make(f.p, f.len), (uint32_t)i);
    }
    fclose(o.pcap);
    fclose(o.tsv);
    if (o.lists) fclose(o.lists);
    fclose(fields);
    fclose(names);
    scratch_free(&s);
}

/* Every [packet] of the profile, with a token where there is room for one. */
static bool write_profile(const struct sink *to, struct profile *profile, const char *prefix,
                          struct arena *a, struct errs *errs)
{
    struct gen_env env = {.arena = a, .errs = errs, .profile = profile, .seed = 1};
    struct entry flows = {.key = "flows", .value = span_of("1000")};
    env.population = population_compile(&env, &flows, NULL, NULL, "example");
    env.vars = profile ? gen_vars_new(&env, profile_section(profile, "vars", "")) : NULL;
    for (size_t i = 0; profile && i < profile->n; i++) {
        struct section *sec = &profile->v[i];
        if (strcmp(sec->kind, "packet") != 0) continue;
        struct packet *p = packet_compile(&env, sec, true);
        if (!p) break;
        write_packets(to, p, arena_printf(a, "%s%s", prefix, sec->name), a);
    }
    if (!errs_any(errs)) return true;
    errs_print(errs, stderr);
    return false;
}

static bool write_example(const struct sink *to, const char *name, const char *body)
{
    struct arena a = {0};
    struct errs errs = {0};
    struct span text = span_of(arena_printf(&a, "[packet %s]\n%s\n", name, body));
    bool good = write_profile(to, profile_parse(&a, name, text, &errs), "", &a, &errs);
    arena_free(&a);
    return good;
}

static bool write_shipped(const struct sink *to, const char *path)
{
    struct arena a = {0};
    struct errs errs = {0};
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    const char *prefix = arena_printf(&a, "%s-", file);
    bool good = write_profile(to, profile_load(&a, path, &errs), prefix, &a, &errs);
    arena_free(&a);
    return good;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: packet_examples DIR COUNT [PROFILE...]\n");
        return 2;
    }
    struct sink to = {argv[1], strtoull(argv[2], NULL, 10), open_pcap(argv[1], "all"),
                      open_pcap(argv[1], "opaque")};
    bool good = true;
    for (size_t i = 0; i < layer_class_count; i++) {
        const struct doc *d = &layer_classes[i]->doc;
        good = write_example(&to, d->name, d->example) && good;
    }
    for (size_t i = 0; i < MORE; i++) good = write_example(&to, more[i].name, more[i].text) && good;
    for (int i = 3; i < argc; i++) good = write_shipped(&to, argv[i]) && good;
    fclose(to.all);
    fclose(to.opaque);
    return good ? 0 : 1;
}
