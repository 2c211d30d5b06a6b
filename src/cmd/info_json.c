#include "cmd/info_json.h"

#include "stats/save.h"
#include "trace/link.h"

static void set_n(json_t *o, const char *key, uint64_t n)
{
    save_set(o, key, save_whole(n));
}

static json_t *table(const struct info_table *t, const char *key,
                     const char *(*name)(uint32_t key, char *buf))
{
    char buf[64];
    json_t *all = json_array();
    for (size_t k = 0; k <= t->n; k++) {
        const struct info_row *r = k < t->n ? &t->row[k] : &t->other;
        if (!r->frames) continue;
        json_t *o = json_object();
        if (k < t->n) set_n(o, key, r->key);
        if (k == t->n || name)
            save_set(o, "name", json_string(k < t->n ? name(r->key, buf) : "others"));
        set_n(o, "frames", r->frames);
        set_n(o, "bytes", r->bytes);
        json_array_append_new(all, o);
    }
    return all;
}

static const char *link_row(uint32_t key, char *buf)
{
    return link_name(key, buf);
}
static const char *protocol_row(uint32_t key, char *buf)
{
    return info_protocol(key, buf);
}

static json_t *times(const struct info *i)
{
    json_t *o = json_object();
    set_n(o, "stamped", i->timed);
    if (i->timed) {
        double ns = (double)i->last_ns - (double)i->first_ns;
        save_set(o, "first_ns", json_integer(i->first_ns));
        save_set(o, "last_ns", json_integer(i->last_ns));
        save_set(o, "duration_s", json_real(ns / 1e9));
        if (ns > 0) {
            save_set(o, "frames_per_s", json_real((double)i->frames * 1e9 / ns));
            save_set(o, "bits_per_s", json_real((double)i->wire_bytes * 8e9 / ns));
        }
    }
    set_n(o, "peak_frames", i->peak_frames);
    set_n(o, "peak_bytes", i->peak_bytes);
    set_n(o, "max_gap_ns", i->max_gap_ns);
    set_n(o, "backwards", i->backwards);
    set_n(o, "max_back_ns", i->max_back_ns);
    return o;
}

static json_t *sizes(const struct info *i)
{
    json_t *o = json_object(), *classes = json_array();
    set_n(o, "min", i->shortest);
    set_n(o, "max", i->longest);
    for (size_t k = 0; k < INFO_SIZES; k++) {
        json_t *c = json_object();
        if (info_size_below[k] != UINT32_MAX) set_n(c, "below", info_size_below[k]);
        set_n(c, "frames", i->size[k]);
        json_array_append_new(classes, c);
    }
    save_set(o, "classes", classes);
    return o;
}

static json_t *sums(const struct info *i)
{
    json_t *o = json_object();
    for (size_t k = 0; k < SUM_KINDS; k++) {
        if (!i->sums[k]) continue;
        json_t *one = json_object();
        set_n(one, "checked", i->sums[k]);
        set_n(one, "wrong", i->sums_wrong[k]);
        save_set(o, info_sums[k], one);
    }
    return o;
}

static json_t *talk(const struct info *i)
{
    json_t *o = json_object();
    set_n(o, "tcp", i->tcp);
    set_n(o, "udp", i->udp);
    set_n(o, "midway", i->talk.midway);
    set_n(o, "client_bytes", i->said[TALK_CLIENT]);
    set_n(o, "server_bytes", i->said[TALK_SERVER]);
    set_n(o, "repeated_bytes", i->talk.repeated_bytes);
    set_n(o, "gaps", i->talk.gaps);
    set_n(o, "missing_bytes", i->talk.gap_bytes);
    set_n(o, "reassembled", i->talk.datagrams);
    return o;
}

static json_t *replay(const struct info *i)
{
    static const char *const names[] = {"leaves", "foreign_link", "cut", "too_big", "not_allowed"};
    json_t *o = json_object(), *stays = json_object();
    set_n(o, names[FATE_LEAVES], i->fate[FATE_LEAVES]);
    for (size_t k = FATE_LEAVES + 1; k < FATE_COUNT; k++)
        if (i->fate[k]) set_n(stays, names[k], i->fate[k]);
    save_set(o, "stays", stays);
    set_n(o, "convertible", i->convertible);
    set_n(o, "segmentable", i->segmentable);
    set_n(o, "segments", i->segments);
    return o;
}

void info_json(const char *path, const struct info *i, FILE *f)
{
    json_t *o = json_object();
    save_set(o, "file", save_text(path));
    save_set(o, "format", json_string(i->format));
    save_set(o, "damage", *i->problem ? save_text(i->problem) : json_null());
    set_n(o, "frames", i->frames);
    set_n(o, "bytes", i->bytes);
    set_n(o, "wire_bytes", i->wire_bytes);
    set_n(o, "cut", i->cut);
    set_n(o, "tagged", i->tagged);
    set_n(o, "fragments", i->fragments);
    set_n(o, "over_mtu", i->over_mtu);
    save_set(o, "time", times(i));
    save_set(o, "sizes", sizes(i));
    save_set(o, "links", table(&i->links, "link", link_row));
    save_set(o, "interfaces", table(&i->interfaces, "interface", NULL));
    save_set(o, "protocols", table(&i->protocols, "key", protocol_row));
    set_n(o, "flows", i->flows);
    save_set(o, "flows_capped", json_boolean(i->flows_capped));
    save_set(o, "talk", talk(i));
    save_set(o, "checksums", sums(i));
    set_n(o, "with_fcs", i->with_fcs);
    save_set(o, "replay", replay(i));
    json_dumpf(o, f, JSON_COMPACT | JSON_PRESERVE_ORDER);
    fputc('\n', f);
    json_decref(o);
}
