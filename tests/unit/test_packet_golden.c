/* Every layer's example as bytes, text, JSON and layout, against tests/golden/packet.txt; and
 * what each class must tell about itself. */
#include "packet_rig.h"

#include <stdio.h>
#include "packet/template.h"

#include "golden.h"

#define GOLDEN "tests/golden/packet.txt"
#define UNITS 3

static void dump(struct span s, FILE *to)
{
    for (size_t i = 0; i < s.n; i++) fprintf(to, "%s%02x", i % 32 ? "" : "\n  ", s.p[i]);
    fputc('\n', to);
}

/* Of many units, so that every build computes the same bytes for whole batches. */
static uint64_t hash_units(struct rig *r)
{
    uint64_t hash = 0;
    for (uint64_t first = 0; first < 4; first++) {
        rig_batch(r, first * 10000019, 1 + first, BATCH);
        for (size_t i = 0; i < BATCH; i++) {
            hash = rng_key(hash, span_make(r->frame[i].p, r->frame[i].len));
        }
    }
    return hash;
}

static void print_example(const struct layer_class *c, FILE *to)
{
    struct rig *r = rig_new(c->doc.example);
    fprintf(to, "=== %s\n%s\n", c->doc.name, c->doc.example);
    for (uint64_t i = 0; i < UNITS; i++) {
        struct span s = rig_unit(r, i);
        fprintf(to, "unit %d: ", (int)i);
        packet_print_text(r->packet, s, to);
        dump(s, to);
    }
    packet_print_json(r->packet, rig_unit(r, 0), to);
    fputc('\n', to);
    packet_print_layout(r->packet, to);
    fprintf(to, "hash of %d units: %016llx\n", 4 * BATCH, (unsigned long long)hash_units(r));
    rig_free(r);
}

static void test_examples(void **state)
{
    (void)state;
    char *got = NULL;
    size_t n;
    FILE *to = open_memstream(&got, &n);
    for (size_t i = 0; i < layer_class_count; i++) print_example(layer_classes[i], to);
    fclose(to);
    golden_check(GOLDEN, got);
    free(got);
}

/* Rules name fields that exist and lie within their parts. */
static void check_rule(const struct layer_class *c, const char *field)
{
    if (field) assert_true(field_find(c, span_of(field)) >= 0);
}

static void check_class(const struct layer_class *c)
{
    assert_non_null(c->doc.help);
    assert_non_null(c->doc.example);
    assert_null(strchr(c->doc.help, '\n'));
    assert_true(c->doc.help[strlen(c->doc.help) - 1] != '.');
    assert_true(layer_find(span_of(c->doc.name)) == c);
    assert_true(c->over[0].space != NEXT_NONE);
    check_rule(c, c->next_field);
    check_rule(c, c->sum.field);
    check_rule(c, c->length[0].field);
    check_rule(c, c->length[1].field);
    if (c->ip) check_rule(c, "src"), check_rule(c, "dst");
    for (const struct field *f = c->fields; f->name; f++) {
        assert_non_null(f->help);
        assert_true(field_find(c, span_of(f->name)) == f - c->fields);
        const struct part *part = &c->parts[f->part];
        assert_true(f->at + f->width <= part->bytes * 8);
        assert_true(f->width <= 64 || (f->type == FIELD_IP6 && f->width == 128));
        if (f->type == FIELD_MAC) assert_int_equal(f->width, 48);
        if (f->type == FIELD_IP4) assert_int_equal(f->width, 32);
    }
}

static void test_classes(void **state)
{
    (void)state;
    struct arena a = {0};
    for (size_t i = 0; i < layer_class_count; i++) {
        const struct layer_class *c = layer_classes[i];
        struct param param;
        size_t fields = 0;
        check_class(c);
        while (layer_param(c, fields, &a, &param)) {
            assert_true(param.name && param.type && param.dflt && param.help);
            fields++;
        }
        assert_true(fields > 0);
    }
    arena_free(&a);
}

/* Each example in a full batch: right by an independent reading, the same alone. */
static void test_examples_in_batches(void **state)
{
    (void)state;
    for (size_t i = 0; i < layer_class_count; i++) {
        struct rig *r = rig_new(layer_classes[i]->doc.example);
        struct rig *one = rig_new(layer_classes[i]->doc.example);
        for (uint64_t first = 0; first < 4; first++) {
            rig_batch(r, first * 1000, 1, BATCH);
            for (size_t k = 0; k < BATCH; k++) {
                struct span s = span_make(r->frame[k].p, r->frame[k].len);
                check_frame(s);
                if (k % 16) continue;
                if (!span_eq(s, rig_unit(one, r->index[k])))
                    fail_msg("%s", layer_classes[i]->doc.name);
            }
        }
        rig_free(r);
        rig_free(one);
    }
}

/* A frame cut anywhere prints, and what is printed is valid as far as braces go. */
static void test_print_cut_frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < layer_class_count; i++) {
        struct rig *r = rig_new(layer_classes[i]->doc.example);
        struct span s = rig_unit(r, 9);
        for (size_t n = 0; n <= s.n; n++) {
            uint8_t *cut = malloc(n + !n);
            char *text = NULL;
            size_t size;
            memcpy(cut, s.p, n);
            FILE *to = open_memstream(&text, &size);
            packet_print_json(r->packet, span_make(cut, n), to);
            packet_print_text(r->packet, span_make(cut, n), to);
            fclose(to);
            assert_true(size > 0);
            free(text);
            free(cut);
        }
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_examples_in_batches),
        cmocka_unit_test(test_print_cut_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
