/* The flows of a stream: against counting them one by one, for any batch and any place in the
 * sequence, and against their distributions. The seeds are fixed. */
#include "gen_rig.h"

#define UNITS 60000

static const struct population *population(struct rig *r, const char *count, const char *popularity,
                                           const char *length)
{
    struct entry c = rig_entry(count), p = rig_entry(popularity),
                 l = rig_entry(length ? length : "");
    const struct population *made =
        population_compile(&r->env, &c, &p, length ? &l : NULL, "stream test");
    if (!made) {
        errs_print(&r->errs, stderr);
        fail_msg("flows = %s of %s do not compile", count, popularity);
    }
    return made;
}

struct place {
    uint64_t slot, turn, flow, step;
};

/* A column of units in an order of its own: first, first + step, ... */
static void places(struct rig *r, const struct population *p, uint64_t first, uint64_t step,
                   size_t n, struct place *out)
{
    uint64_t index[BATCH] = {0}, slot[BATCH], turn[BATCH], flow[BATCH], place[BATCH];
    for (size_t i = 0; i < n; i++) index[i] = first + i * step;
    population_slots(p, index, n, &r->scratch, slot, turn);
    population_flows(p, index, n, &r->scratch, flow, place);
    for (size_t i = 0; i < n; i++) out[i] = (struct place){slot[i], turn[i], flow[i], place[i]};
}

static const struct {
    const char *count, *popularity, *length;
    uint64_t flows;
} cases[] = {
    {"1", "uniform", NULL, 1},
    {"1", "zipf", NULL, 1},
    {"2", "zipf(s=0)", NULL, 2},
    {"7", "uniform", "5", 7},
    {"63", "zipf(s=2)", NULL, 63},
    {"64", "zipf(s=1)", "1..3", 64},
    {"65", "zipf(s=0.5)", NULL, 65},
    {"100", "uniform", "exp(10, min=1, max=1000)", 100},
    {"1000", "zipf(s=1.1)", "1, 1000", 1000},
    {"50k", "uniform", NULL, 50000},
    {"50k", "zipf(s=1)", NULL, 50000},
    {"1M", "zipf(s=1.1)", "1..20", 1000000},
};
#define CASES (sizeof cases / sizeof *cases)

/* Each slot's turns are 0, 1, 2, ...; within a slot, flows follow each other, and each one's steps
 * are 0, 1, 2, ... */
static void turns_and_steps_count_up(void **state)
{
    (void)state;
    struct place at[BATCH], *last;
    for (size_t c = 0; c < CASES; c++) {
        struct rig *r = rig_new(c + 1);
        const struct population *p =
            population(r, cases[c].count, cases[c].popularity, cases[c].length);
        uint64_t flows = cases[c].flows, *turns = calloc(flows, sizeof *turns);
        last = calloc(flows, sizeof *last);
        for (uint64_t n = 0; n < UNITS; n++) {
            if (n % BATCH == 0) places(r, p, n, 1, BATCH, at);
            const struct place *x = &at[n % BATCH];
            assert_true(x->slot < flows);
            struct place *before = &last[x->slot];
            assert_int_equal(x->turn, turns[x->slot]++);
            assert_int_equal(x->flow % flows, x->slot);
            if (x->turn == 0)
                assert_true(x->step == 0 && x->flow == x->slot);
            else if (x->flow == before->flow)
                assert_int_equal(x->step, before->step + 1);
            else
                assert_true(x->step == 0 && x->flow == before->flow + flows);
            if (!cases[c].length) assert_int_equal(x->step, x->turn);
            *before = *x;
        }
        free(turns);
        free(last);
        rig_free(r);
    }
}

/* Turns go on one by one from any unit on, also beyond the points' 44 bits. */
static void turns_count_up_anywhere(void **state)
{
    (void)state;
    static const uint64_t from[] = {1000003, (1ull << 44) - 5000, (1ull << 53) + 77,
                                    UINT64_MAX / 2};
    struct place at[BATCH];
    for (size_t c = 0; c < CASES; c++) {
        struct rig *r = rig_new(c + 1);
        const struct population *p = population(r, cases[c].count, cases[c].popularity, NULL);
        uint64_t flows = cases[c].flows, *next = calloc(flows, sizeof *next);
        for (size_t k = 0; k < sizeof from / sizeof *from; k++) {
            memset(next, 0, flows * sizeof *next);
            for (uint64_t i = 0; i < 5120; i++) {
                if (i % BATCH == 0) places(r, p, from[k] + i, 1, BATCH, at);
                const struct place *x = &at[i % BATCH];
                if (next[x->slot]) assert_int_equal(x->turn, next[x->slot]);
                next[x->slot] = x->turn + 1;
            }
        }
        free(next);
        rig_free(r);
    }
}

static void places_depend_on_the_index_only(void **state)
{
    (void)state;
    struct place whole[BATCH], one;
    for (size_t c = 0; c < CASES; c++) {
        struct rig *r = rig_new(3);
        const struct population *p =
            population(r, cases[c].count, cases[c].popularity, cases[c].length);
        places(r, p, 12345, 7, BATCH, whole);
        for (size_t i = 0; i < BATCH; i++) {
            size_t k = i * 37 % BATCH;
            uint64_t index = 12345 + 7 * k, flow;
            places(r, p, index, 1, 1, &one);
            assert_memory_equal(&one, &whole[k], sizeof one);
            population_flows(p, &index, 1, &r->scratch, &flow, NULL);
            assert_int_equal(flow, one.flow);
            population_slots(p, &index, 1, &r->scratch, &flow, NULL);
            assert_int_equal(flow, one.slot);
        }
        rig_free(r);
    }
}

static void uniform_flows_take_turns(void **state)
{
    (void)state;
    struct rig *r = rig_new(9);
    const struct population *p = population(r, "1000", "uniform", NULL);
    struct place at[BATCH];
    uint64_t first[1000], moved = 0;
    for (uint64_t n = 0; n < 5000; n++) {
        if (n % BATCH == 0) places(r, p, n, 1, BATCH, at);
        const struct place *x = &at[n % BATCH];
        assert_int_equal(x->turn, n / 1000);
        if (n < 1000) first[n] = x->slot;
        moved += n >= 1000 && x->slot != first[n % 1000];
    }
    assert_true(moved > 3900); /* each round has an order of its own */
    rig_free(r);
}

/* An interval of the van der Corput sequence holds its share of any units to within the logarithm
 * of their number. */
static void zipf_shares_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *popularity;
        double s;
    } laws[] = {{"zipf(s=0)", 0},           {"zipf(s=0.3)", 0.3}, {"zipf(s=1)", 1},
                {"zipf(s=1.0001)", 1.0001}, {"zipf", 1.1},        {"zipf(s=2)", 2}};
    static const char *const counts[] = {"2", "64", "65", "1000"};
    struct place at[BATCH];
    for (size_t l = 0; l < sizeof laws / sizeof *laws; l++)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            struct rig *r = rig_new(l * 7 + c);
            const struct population *p = population(r, counts[c], laws[l].popularity, NULL);
            uint64_t got[1000] = {0};
            double sum = 0;
            for (uint64_t n = 0; n < UNITS; n++) {
                if (n % BATCH == 0) places(r, p, n, 1, BATCH, at);
                got[at[n % BATCH].slot]++;
            }
            for (uint64_t f = 0; f < p->count; f++) sum += pow((double)f + 1, -laws[l].s);
            for (uint64_t f = 0; f < p->count; f++) {
                double want = UNITS * pow((double)f + 1, -laws[l].s) / sum;
                if (fabs((double)got[f] - want) > 9)
                    fail_msg("%s of %s: flow %ju has %ju, expected %g", laws[l].popularity,
                             counts[c], (uintmax_t)f, (uintmax_t)got[f], want);
            }
            rig_free(r);
        }
}

/* Far down the tail, where the distribution function is a formula: blocks of flows. */
static void zipf_tails_are_exact(void **state)
{
    (void)state;
    struct rig *r = rig_new(2);
    const struct population *p = population(r, "1M", "zipf(s=1.1)", NULL);
    struct place at[BATCH];
    uint64_t got[10] = {0};
    double want[10] = {0}, sum = 0;
    for (uint64_t n = 0; n < UNITS; n++) {
        if (n % BATCH == 0) places(r, p, n, 1, BATCH, at);
        got[at[n % BATCH].slot / 100000]++;
    }
    for (uint64_t f = 0; f < 1000000; f++) {
        double w = pow((double)f + 1, -1.1);
        sum += w;
        want[f / 100000] += w;
    }
    for (size_t b = 0; b < 10; b++) assert_true(fabs((double)got[b] - UNITS * want[b] / sum) < 19);
    rig_free(r);
}

static void lengths_have_their_distribution(void **state)
{
    (void)state;
    struct rig *r = rig_new(4);
    const struct population *p = population(r, "500", "uniform", "1..20");
    uint64_t begun[21] = {0}, *step = calloc(500, sizeof *step), flows = 0, units = 0;
    struct place at[BATCH];
    for (uint64_t n = 0; n < 5 * UNITS; n++) {
        if (n % BATCH == 0) places(r, p, n, 1, BATCH, at);
        const struct place *x = &at[n % BATCH];
        if (x->step == 0 && x->turn > 0) { /* the flow before it has ended */
            begun[step[x->slot] + 1]++;
            units += step[x->slot] + 1;
            flows++;
        }
        step[x->slot] = x->step;
    }
    for (size_t k = 1; k <= 20; k++) /* of 28,000, out of a ring of 16,384 draws: 5 sigma of it */
        assert_true(fabs((double)begun[k] / (double)flows - 0.05) <
                    5 * sqrt(0.05 * 0.95 / LENGTHS));
    double mean = fraction_double(lengths_mean(p->lengths));
    assert_true(fabs(mean - 10.5) < 5 * 5.77 / sqrt(LENGTHS));
    assert_true(fabs((double)units / (double)flows - mean) < 0.1);
    free(step);
    rig_free(r);
}

static void fixed_lengths_are_kept(void **state)
{
    (void)state;
    struct rig *r = rig_new(4);
    const struct population *p = population(r, "10", "zipf", "7");
    struct place at[BATCH];
    places(r, p, 1000, 1, BATCH, at);
    for (size_t i = 0; i < BATCH; i++) {
        assert_int_equal(at[i].step, at[i].turn % 7);
        assert_int_equal(at[i].flow, at[i].slot + 10 * (at[i].turn / 7));
    }
    rig_free(r);
}

/* The same on every machine and with every compiler. */
static void places_are_golden(void **state)
{
    (void)state;
    static const struct {
        const char *popularity, *length;
        uint64_t flow[8];
    } golden[] = {
        {"uniform", NULL, {67608, 670590, 149594, 280725, 73483, 479830, 811300, 621001}},
        {"zipf(s=1.1)", NULL, {11406, 9, 180, 0, 221952, 37, 1159, 2}},
        {"zipf(s=1)",
         "1..9",
         {172079928, 232268000059, 6349002187, 6968369000001, 31483102, 38511000361, 1055013223,
          1393662000009}},
    };
    struct place at[8];
    for (size_t g = 0; g < 3; g++) {
        struct rig *r = rig_new(1);
        places(r, population(r, "1M", golden[g].popularity, golden[g].length), 1000000000, 1, 8,
               at);
        for (size_t i = 0; i < 8; i++) assert_int_equal(at[i].flow, golden[g].flow[i]);
        rig_free(r);
    }
}

static void refuse(const char *count, const char *popularity, const char *length, const char *words)
{
    struct rig *r = rig_new(1);
    struct entry c = rig_entry(count), p = rig_entry(popularity), l = rig_entry(length);
    assert_null(population_compile(&r->env, &c, &p, &l, "stream test"));
    if (!strstr(r->errs.v[0].text, words)) fail_msg("'%s' lacks '%s'", r->errs.v[0].text, words);
    rig_free(r);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    refuse("0", "uniform", "1", "expected");
    refuse("5G", "uniform", "1", "expected");
    refuse("1M", "often", "1", "popularity is 'often', expected uniform or zipf(s=1.1)");
    refuse("1M", "5", "1", "expected uniform or zipf(s=1.1)");
    refuse("1M", "zipf(s=17)", "1", "expected a number 0..16");
    refuse("1M", "zipf(k=1)", "1", "'zipf' has no argument 'k'");
    refuse("1M", "zipf(s=3)", "1", "leaves the last of 1000000 flows less than one packet in 2^42");
    refuse("1M", "uniform", "0", "expected packets per flow, 1..4294967295");
    refuse("1M", "uniform", "0..5", "expected packets per flow, 1..4294967295");
    refuse("1M", "uniform", "hex(4)", "expected packets per flow");
}

static void values_follow_the_flow(void **state)
{
    (void)state;
    struct rig *r = rig_new(6);
    const struct gen *unit = rig_gen(r, "0..1000000"), *per = rig_gen(r, "0..1000000 per flow"),
                     *along = rig_gen(r, "seq(10..1000 step 10) along flow");
    rig_vars(r, (const char *[]){"u", "0..99 per flow", "both", "${u}/${u}/${flow}.${step}", NULL});
    const struct gen *text = rig_text(r, "${both} ${u}");
    for (uint64_t i = 0; i < 300; i++) {
        assert_int_equal(rig_u64(r, per, i), rig_u64(r, unit, i % 3));
        assert_int_equal(rig_u64(r, along, i), 10 + i / 3 % 100 * 10);
        assert_int_equal(rig_u64(r, rig_gen(r, "flow"), i), i % 3);
        assert_int_equal(rig_u64(r, rig_gen(r, "step()"), i), i / 3);
        char want[64];
        unsigned u = (unsigned)rig_u64(r, rig_gen(r, "u"), i);
        snprintf(want, sizeof want, "%u/%u/%u.%u %u", u, u, (unsigned)(i % 3), (unsigned)(i / 3),
                 u);
        assert_string_equal(rig_str(r, text, i), want);
    }
    /* Within a list the flow goes with its unit. */
    const struct gen *mixed = rig_gen(r, "flow:1, (1000..2000 per flow):1");
    uint64_t v[BATCH], seen[3] = {0};
    struct draw d = rig_draw(r, 0, 1, BATCH);
    gen_fill(mixed, &d, BATCH, &(struct column){.u = v});
    for (uint64_t i = 0; i < BATCH; i++) {
        uint64_t *own = &seen[i % 3];
        if (v[i] >= 1000 && *own == 0) *own = v[i];
        assert_int_equal(v[i], v[i] >= 1000 ? *own : i % 3);
    }
    assert_true(seen[0] != seen[1] || seen[1] != seen[2]);
    rig_refuse(r, "step per flow", "'step' changes along the flow");
    rig_refuse(r, "(1..9 along flow) per flow", "changes along the flow");
    rig_free(r);
}

static void values_need_flows(void **state)
{
    (void)state;
    struct rig *r = rig_new(6);
    r->env.population = NULL;
    rig_vars(r, (const char *[]){"u", "0..99 per flow", "other", "1..5", NULL});
    gen_vars_check(&r->env);
    assert_int_equal(r->errs.n, 0); /* a variable may wait for its flows */
    const char *words = "needs flows, expected it in a packet whose stream has flows = COUNT";
    rig_refuse(r, "1..5 per flow", words);
    rig_refuse(r, "1..5 along flow", words);
    rig_refuse(r, "flow", words);
    rig_refuse(r, "step", words);
    rig_refuse(r, "u", words);
    rig_gen(r, "other");
    r->env.population = &rig_flows;
    rig_gen(r, "u");
    assert_int_equal(r->env.by, BY_FLOW | BY_STEP); /* noted in any case */
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_and_steps_count_up),
        cmocka_unit_test(turns_count_up_anywhere),
        cmocka_unit_test(places_depend_on_the_index_only),
        cmocka_unit_test(uniform_flows_take_turns),
        cmocka_unit_test(zipf_shares_are_exact),
        cmocka_unit_test(zipf_tails_are_exact),
        cmocka_unit_test(lengths_have_their_distribution),
        cmocka_unit_test(fixed_lengths_are_kept),
        cmocka_unit_test(places_are_golden),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(values_follow_the_flow),
        cmocka_unit_test(values_need_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
