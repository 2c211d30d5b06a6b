/* lines() and csv(): every shape of file, small ones in memory and large ones through the
 * index, against a plain reading of the same file. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gen_rig.h"
#include "gen/records.h"

static char dir[] = "/tmp/spate-file-XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(dir)) return -1;
    snprintf(path, sizeof path, "%s/data", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void put(const char *text, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fwrite(text, 1, n, f);
    fclose(f);
}

static struct rig *rig(uint64_t seed)
{
    struct rig *r = rig_new(seed);
    r->profile.dir = dir;
    return r;
}

/* The values of `call` on a file of that text, joined by '|', for n units. */
static void gives(const char *text, const char *call, size_t n, const char *want)
{
    put(text, strlen(text));
    struct rig *r = rig(1);
    const struct gen *g = rig_gen(r, call);
    char got[512] = "";
    for (size_t i = 0; i < n; i++) {
        const char *s = rig_str(r, g, i);
        assert_true(strlen(s) <= g->hi);
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? "|" : "", s);
    }
    assert_string_equal(got, want);
    rig_free(r);
}

static void refuses(const char *text, const char *call, const char *words)
{
    put(text, strlen(text));
    struct rig *r = rig(1);
    rig_refuse(r, call, words);
    rig_free(r);
}

static void lines_of_every_shape(void **state)
{
    (void)state;
    gives("a\nb\nc\n", "lines(data, order=seq)", 4, "a|b|c|a");
    gives("a\nb\nc", "lines(data, order=seq)", 4, "a|b|c|a");
    gives("a\r\nb\r\n", "lines(data, order=seq)", 3, "a|b|a");
    gives("a\n\nb\n", "lines(data, order=seq)", 4, "a||b|a");
    gives("\xef\xbb\xbfx\ny\n", "lines(data, order=seq)", 2, "x|y");
    gives("\n", "lines(data)", 2, "|");
    gives("x", "lines(\"data\")", 2, "x|x");
    refuses("", "lines(data)", "it is empty");
    refuses("\xef\xbb\xbf", "lines(data)", "it is empty");
}

static void csv_of_every_shape(void **state)
{
    (void)state;
    gives("id,name\n1,Ann\n2,Bob\n", "csv(data, name, order=seq)", 3, "Ann|Bob|Ann");
    gives("id,name\n1,Ann\n2,Bob\n", "csv(data, 2, order=seq)", 3, "name|Ann|Bob");
    gives("id,name\n1,Ann\n2,Bob\n", "csv(data, 2, order=seq, header=yes)", 3, "Ann|Bob|Ann");
    gives("a,\"b \"\"q\"\", \n2\",c\r\nd,e,f", "csv(data, 2, order=seq)", 2, "b \"q\", \n2|e");
    gives("a,\"b\",c\r\n\r\n,\"\",\n\n", "csv(data, 2, order=seq)", 3, "b||b");
    gives("a,b\n,\n", "csv(data, 1, order=seq)", 2, "a|");
    gives("5\" disk,x\n6,y\n", "csv(data, 1, order=seq)", 2, "5\" disk|6");
    gives("\"x\"y,b\n", "csv(data, 1)", 1, "xy");
    gives("\xef\xbb\xbf\"id\",\"full name\"\r\n1,Ann\r\n", "csv(data, \"full name\")", 1, "Ann");
    refuses("id,name\n1,Ann\n", "csv(data, nam)", "has no column 'nam', did you mean 'name'?");
    refuses("id,name\n", "csv(data, name)", "no line below the names");
    refuses("a,b\nc\n", "csv(data, 2)", "data:2: there are 1 columns, column 2 was asked for");
    refuses("a,b\n\"c\n\n,d\n", "csv(data, 1)", "data:2: a quote is opened and never closed");
    refuses("a\n", "csv(data, 0)", "is no column");
    refuses("", "csv(data, 1)", "it is empty");
    refuses("", "csv(data, x)", "it is empty");
    refuses("a\n", "csv(data, 1, header=maybe)", "expected no, yes");
}

static void files_that_cannot_be_read(void **state)
{
    (void)state;
    struct rig *r = rig(1);
    rig_refuse(r, "lines(missing.txt)", "missing.txt': No such file or directory");
    rig_refuse(r, "lines(\"/\")", "not a regular file");
    rig_refuse(r, "lines(\"/dev/zero\")", "not a regular file");
    rig_free(r);
    char *big = malloc(RECORD_MAX + 2);
    memset(big, 'x', RECORD_MAX + 2);
    put(big, RECORD_MAX + 2);
    r = rig(1);
    rig_refuse(r, "lines(data)", "data:1: the line is longer than 1 MiB");
    big[RECORD_MAX] = '\n';
    put(big, RECORD_MAX + 2);
    assert_int_equal(rig_gen(r, "lines(data)")->hi, RECORD_MAX);
    rig_free(r);
    free(big);
}

/* Line i of the large file: as long as i's hash says. */
static size_t line_text(uint64_t i, char *to)
{
    size_t n = (size_t)sprintf(to, "%llu:", (unsigned long long)i), more = rng_mix(i) % 30;
    if (i % 5000 == 77) more = 20000;
    memset(to + n, 'a' + (int)(i % 26), more);
    to[n + more] = 0;
    return n + more;
}

#define MANY 300000

static void large_files_are_not_held(void **state)
{
    (void)state;
    static char want[20100];
    FILE *f = fopen(path, "w");
    for (uint64_t i = 0; i < MANY; i++) {
        line_text(i, want);
        fprintf(f, "%s\r\n", want);
    }
    fclose(f);
    struct rig *r = rig(1);
    static const char *const orders[] = {"seq", "permute", "random"};
    for (size_t o = 0; o < 3; o++) {
        char text[64];
        snprintf(text, sizeof text, "lines(data, order=%s)", orders[o]);
        const struct gen *g = rig_gen(r, text);
        uint8_t *seen = calloc(MANY, 1);
        for (uint64_t at = 0; at < MANY; at += o ? BATCH * 40 : BATCH) {
            struct scratch_mark m = scratch_mark(&r->scratch);
            struct span s[BATCH];
            struct draw d = rig_draw(r, at, 1, BATCH);
            gen_fill(g, &d, BATCH, &(struct column){.s = s});
            for (size_t i = 0; i < BATCH && at + i < MANY; i++) {
                unsigned long long k = strtoull((const char *)s[i].p, NULL, 10);
                assert_true(k < MANY && s[i].n == line_text(k, want));
                assert_memory_equal(s[i].p, want, s[i].n);
                if (o == 0) assert_int_equal(k, at + i);
                if (o == 1) assert_int_equal(seen[k]++, 0);
            }
            scratch_restore(&r->scratch, m);
        }
        free(seen);
    }
    assert_true(r->arena.total < 4 << 20);
    /* Cut off under our feet: empty lines, no crash. */
    const struct gen *g = rig_gen(r, "lines(data, order=seq)");
    assert_int_equal(truncate(path, 1000), 0);
    assert_string_equal(rig_str(r, g, MANY - 1), "");
    assert_int_not_equal(strlen(rig_str(r, g, 3)), 0);
    rig_free(r);
}

static void large_csv_with_quoted_lines(void **state)
{
    (void)state;
    FILE *f = fopen(path, "w");
    for (int i = 0; i < 100000; i++) {
        fprintf(f, "%d,\"a\n\"\"%d\"\"\",z\n", i, i);
        if (i % 3 == 0) fputs("\r\n", f);
    }
    fclose(f);
    struct rig *r = rig(1);
    const struct gen *a = rig_gen(r, "csv(data, 1, order=permute)");
    const struct gen *b = rig_text(r, "${csv(data, 2, order=permute)}");
    for (uint64_t i = 0; i < 100000; i += 97) {
        char want[64];
        snprintf(want, sizeof want, "a\n\"%s\"", rig_str(r, a, i));
        assert_string_equal(rig_str(r, b, i), want);
    }
    rig_free(r);
}

/* The first field of the record at *at, read in the plainest way; *at moves behind the record. */
static size_t first_field(const char *text, size_t size, size_t *at, char *to)
{
    size_t n = 0, i = *at;
    if (i < size && text[i] == '"') {
        for (i++; i < size && (text[i] != '"' || (i + 1 < size && text[i + 1] == '"')); i++) {
            i += text[i] == '"';
            to[n++] = text[i];
        }
        i++;
    }
    while (i < size && text[i] != ',' && text[i] != '\n') to[n++] = text[i++];
    bool only = i == size || text[i] == '\n', quoted = false;
    if (only && n && to[n - 1] == '\r' && text[i - 1] == '\r') n--;
    for (bool start = false; i < size && (quoted || text[i] != '\n'); i++) {
        if (quoted && text[i] == '"' && i + 1 < size && text[i + 1] == '"')
            i++;
        else if (text[i] == '"' && (quoted || start))
            quoted = !quoted;
        start = text[i] == ',' && !quoted;
    }
    *at = i + 1;
    return n;
}

/* Files of random bytes, more than fit into memory, against the plain reading. */
static void random_csv(void **state)
{
    (void)state;
    enum { SIZE = 1100000 };
    static char text[SIZE], want[SIZE];
    for (uint64_t seed = 1; seed <= 3; seed++) {
        for (uint64_t i = 0; i < SIZE; i++) text[i] = "ab,,\"\n\n\r x,\n,ab"[rng_at(seed, i) % 15];
        memcpy(text + SIZE - 3, "\"\n\n", 3); /* closes a quote that is open, or is in one */
        put(text, SIZE);
        struct rig *r = rig(1);
        const struct gen *g = rig_try(r, "csv(data, 1, order=seq)");
        if (!g) {
            assert_non_null(strstr(r->errs.v[0].text, "never closed"));
            rig_free(r);
            continue;
        }
        struct span s[BATCH];
        uint64_t unit = 0;
        for (size_t at = 0; at < SIZE;) {
            size_t from = at, n = first_field(text, SIZE, &at, want);
            if (at - from == 1 || (at - from == 2 && text[from] == '\r')) continue; /* blank */
            if (unit % BATCH == 0) {
                struct draw d = rig_draw(r, unit, 1, BATCH);
                scratch_restore(&r->scratch, (struct scratch_mark){0});
                gen_fill(g, &d, BATCH, &(struct column){.s = s});
            }
            assert_int_equal(s[unit % BATCH].n, n);
            assert_memory_equal(s[unit++ % BATCH].p, want, n);
        }
        assert_true(unit > 1000);
        rig_free(r);
    }
}

static void columns_come_from_one_row(void **state)
{
    (void)state;
    char text[4096] = "n,square\n";
    for (int i = 0; i < 100; i++) sprintf(text + strlen(text), "%d,%d\n", i, i * i);
    put(text, strlen(text));
    struct rig *r = rig(1);
    const struct gen *g =
        rig_text(r, "${csv(data, n)} ${csv(data, square)} ${csv(data, n, row=other)}");
    int others = 0;
    for (uint64_t i = 0; i < 200; i++) {
        int n, square, other;
        assert_int_equal(sscanf(rig_str(r, g, i), "%d %d %d", &n, &square, &other), 3);
        assert_int_equal(square, n * n);
        others += other != n;
    }
    assert_true(others > 150);
    rig_free(r);
}

static int open_files(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++) n += fcntl(fd, F_GETFD) != -1;
    return n;
}

static void files_are_closed(void **state)
{
    (void)state;
    int before = open_files();
    gives("a\n", "lines(data)", 1, "a");
    refuses("", "lines(data)", "empty");
    assert_int_equal(open_files(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_every_shape),        cmocka_unit_test(csv_of_every_shape),
        cmocka_unit_test(files_that_cannot_be_read),   cmocka_unit_test(large_files_are_not_held),
        cmocka_unit_test(large_csv_with_quoted_lines), cmocka_unit_test(random_csv),
        cmocka_unit_test(columns_come_from_one_row),   cmocka_unit_test(files_are_closed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
