/* Reports: each format of a good and of a bad result against its golden file; and how reports are
 * named and saved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "golden.h"
#include "report/fmt.h"
#include "report/report.h"
#include "result_rig.h"

#define GOLDEN "tests/golden/report/"

/* What a report writes, with each encoded histogram replaced by its count: how well zlib
 * compresses is not for us to say. Checks that it decodes on the way. */
static char *told(const struct report_class *c, const struct result *r, struct report_style style)
{
    char *raw, *text;
    size_t n, at = 0;
    FILE *f = open_memstream(&raw, &n);
    assert_true(c->write(r, &style, f));
    fclose(f);
    f = open_memstream(&text, &n);
    for (const char *hdr; (hdr = strstr(raw + at, "HISTFAAA"));) {
        size_t before = (size_t)(hdr - raw) - at, len = strcspn(hdr, "\"\n");
        char *code = strndup(hdr, len);
        struct hist h;
        hist_open(&h);
        assert_true(hist_decode(&h, code));
        fprintf(f, "%.*sHDR of %llu", (int)before, raw + at, (unsigned long long)h.count);
        hist_close(&h);
        free(code);
        at += before + len;
    }
    fputs(raw + at, f);
    fclose(f);
    free(raw);
    return text;
}

static char *file_content(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text;
    size_t n;
    if (!f) return NULL;
    FILE *to = open_memstream(&text, &n);
    for (int c; (c = fgetc(f)) != EOF;) fputc(c, to);
    fclose(to);
    fclose(f);
    return text;
}

static void compare(const char *name, const char *variant, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, GOLDEN "%s%s.golden", name, variant);
    golden_check(path, text);
}

static void test_goldens(void **state)
{
    (void)state;
    for (int bad = 0; bad < 2; bad++) {
        struct arena a = {0};
        struct result *r = rig_result(&a, bad);
        for (size_t i = 0; i < report_class_count; i++) {
            char *text = told(report_classes[i], r, (struct report_style){0});
            compare(report_classes[i]->doc.name, bad ? "-bad" : "", text);
            free(text);
        }
        char *text =
            told(report_named("text"), r, (struct report_style){.colour = true, .width = 100});
        compare("text", bad ? "-bad-colour" : "-colour", text);
        free(text);
        result_close(r);
        arena_free(&a);
    }
}

static void test_every_report_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < report_class_count; i++) {
        const struct report_class *c = report_classes[i];
        struct errs errs = {0};
        const char *path;
        assert_true(c->doc.name && c->doc.help && c->doc.example);
        assert_ptr_equal(report_named(c->doc.name), c);
        assert_ptr_equal(report_for(c->doc.example, &path, &errs), c);
        /* The example's file would have named the format by itself. */
        assert_ptr_equal(report_for(path, &path, &errs), c);
        assert_int_equal(errs.n, 0);
    }
}

/* Lines fit the terminal, and without colour nothing but text and line ends comes out. */
static void test_text_is_clean(void **state)
{
    (void)state;
    static const unsigned widths[] = {0, 20, 72, 80, 120, 500};
    for (int bad = 0; bad < 2; bad++)
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
            struct arena a = {0};
            struct result *r = rig_result(&a, bad);
            char *text = told(report_named("text"), r, (struct report_style){.width = widths[w]});
            size_t lines = 0;
            for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) {
                size_t length = 0;
                for (unsigned char *c = (unsigned char *)line; *c; c++) {
                    assert_true(*c >= 0x20 && *c != 0x7f);
                    length += (*c & 0xc0) != 0x80;
                }
                assert_true(length <= (widths[w] > 80 ? 120 : 80));
                assert_true(line[strlen(line) - 1] != ' ');
            }
            assert_true(lines < (widths[w] == 20 ? 60 : 48)); /* 60 columns at least */
            free(text);
            result_close(r);
            arena_free(&a);
        }
}

/* The text report as one string; the result is closed. */
static char *text_of(struct result *r)
{
    char *text = told(report_named("text"), r, (struct report_style){0});
    size_t column = 0;
    for (const char *c = text; *c; c++) {
        column = *c == '\n' ? 0 : column + ((*c & 0xc0) != 0x80);
        assert_true(column <= 80);
    }
    result_close(r);
    return text;
}
static void tells(const char *text, const char *what)
{
    if (!strstr(text, what)) print_message("%s", text);
    assert_non_null(strstr(text, what));
}

/* Units that expect no reply are not called answered; where some do, the law is told of those. */
static void test_silent_streams(void **state)
{
    (void)state;
    struct arena a = {0};
    struct result *r = rig_result(&a, false);
    r->streams[0].silent = true;
    char *text = told(report_named("markdown"), r, (struct report_style){0});
    tells(text, "| web | 180/s | 178.5/s | 1,080 | 1,071 |  |  | 9 | 2.04% |");
    tells(text, "| total | 200/s | 198.3/s | 1,200 | 1,190 | 116 | 2 | 10 | 2.00% |");
    free(text);
    text = told(report_named("html"), r, (struct report_style){0});
    tells(text, "<td>web</td><td>180/s</td><td>178.5/s</td><td>1,071</td><td></td><td></td>");
    free(text);
    text = text_of(r);
    tells(text, "\nreplies to 119 = 116 answered + 2 timed out + 1 in flight\n");
    free(text);
    r = rig_result(&a, false);
    r->streams[0].silent = r->streams[1].silent = true;
    text = text_of(r);
    assert_null(strstr(text, "timed out + "));
    tells(text, "\noffered    1,200 = 1,190 sent + 6 shed + 4 failed\nlate ");
    free(text);
    arena_free(&a);
}

/* What is one is not told as many, what is short not as nothing, and long lines go on below. */
static void test_extremes(void **state)
{
    (void)state;
    struct arena a = {0};
    struct result *r = rig_result(&a, false);
    struct loops loops = {.width = 1, .begun = 3, .row[1] = {.offered = 2, .sent = 1}};
    r->duration_s = 5.413e-5;
    r->cpu_s = 0.006;
    r->capture.seen = 1;
    r->streams[0].loops = &loops;
    r->streams[0].kinds[0].name = "/where/captures/are/kept/clients.pcap";
    r->streams[0].recorded.count = r->streams[0].talks.started = 1;
    r->streams[0].templates.conversations = r->streams[0].templates.frames = 1;
    r->streams[0].answers.echo = 1;
    r->streams[0].sides.told.frames[SIDE_CLIENT] = 1234567890123;
    r->streams[0].sides.told.frames[SIDE_SERVER] = 1234567890123;
    r->streams[0].sides.told.forgotten = 1;
    char *text = text_of(r);
    tells(text, "\n54.1 us measured, open loop, seed 42, 2 workers\n");
    tells(text, "\ncaptured   1 packet: ");
    tells(text, "\nrecorded   1 conversation, 0 with");
    tells(text, "\nloops      3; frames are missing in 2\n");
    tells(text, "\n  clients.pcap                  715 ");
    tells(text, "\ntalks      1 conversation = ");
    tells(text, "\ncopies of  1 recorded conversation, 1 frame; 0 left out\n");
    tells(text, ", 1 echo request\n");
    tells(text, "\nsides      1,234,567,890,123 of clients, 1,234,567,890,123 of servers;\n"
                "           0 not told, 1 conversation forgotten\n");
    free(text);
    arena_free(&a);
}

static void test_numbers(void **state)
{
    (void)state;
    char b[FMT_BUF];
    assert_string_equal(fmt_time(b, 0), "0 ns");
    assert_string_equal(fmt_time(b, 999), "999 ns");
    assert_string_equal(fmt_time(b, 31.54), "31.5 ns");
    assert_string_equal(fmt_time(b, 999.6), "1.00 us");
    assert_string_equal(fmt_time(b, 1234567), "1.23 ms");
    assert_string_equal(fmt_time(b, 99960000), "100 ms");
    assert_string_equal(fmt_time(b, 7.2e12), "7200 s");
    assert_string_equal(fmt_time_column(b, 12e9), "12.0  s");
    assert_string_equal(fmt_time_column(b, 12e6), "12.0 ms");
    assert_string_equal(fmt_span(b, 0), "0 s");
    assert_string_equal(fmt_span(b, 5.413e-05), "54.1 us");
    assert_string_equal(fmt_span(b, 0.75), "750 ms");
    assert_string_equal(fmt_span(b, 0.9999), "0.9999 s");
    assert_string_equal(fmt_span(b, 7.0625), "7.062 s");
    assert_string_equal(fmt_span(b, 3600), "3600 s");
    assert_string_equal(fmt_span(b, 43200), "12.0 h");
    assert_string_equal(fmt_bytes(b, 1536), "1.50 KiB");
    assert_string_equal(fmt_bitrate(b, 1e10), "10.0 Gbit/s");
    assert_string_equal(fmt_rate(b, 2000), "2,000/s");
    assert_string_equal(fmt_rate(b, 1999.7), "2,000/s");
    assert_string_equal(fmt_rate(b, 20), "20/s");
    assert_string_equal(fmt_rate(b, 0.25), "0.250/s");
    assert_string_equal(fmt_rate(b, 199.7), "199.7/s");
    assert_string_equal(fmt_share(b, 0), "0%");
    assert_string_equal(fmt_share(b, 1), "100%");
    assert_string_equal(fmt_share(b, 0.5), "50.0%");
    assert_string_equal(fmt_share(b, 0.0032), "0.32%");
    assert_string_equal(fmt_share(b, 0.99966), "99.966%");
    assert_string_equal(fmt_share(b, 0.9999999), ">99.999%");
    assert_string_equal(fmt_share(b, 1.0000001), "100.000%");
    assert_string_equal(fmt_share(b, 1.5), "150.0%");
    assert_string_equal(fmt_share(b, 1e-8), "1.0e-06%");
}

static void test_what_a_path_means(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *name, *path;
    } good[] = {
        {"r.json", "json", "r.json"},
        {"a.b/c.d/summary.md", "markdown", "a.b/c.d/summary.md"},
        {"junit:x.txt", "junit", "x.txt"},
        {"json:-", "json", "-"},
        {"csv:dir:with/colons.md", "csv", "dir:with/colons.md"},
        {"./a:b.prom", "prometheus", "./a:b.prom"},
        {"page.htm", "html", "page.htm"},
    };
    static const struct {
        const char *spec, *text;
    } bad[] = {
        {"", NULL},
        {"-", NULL},
        {"result", NULL},
        {"dir.json/result", NULL},
        {"result.jsn",
         "the extension of 'result.jsn' names no format, expected FORMAT:FILE with one "
         "of: text json markdown junit csv flows hdrlog prometheus html"},
        {"jsn:result.x",
         "unknown report format 'jsn', expected one of: text json markdown junit csv "
         "flows hdrlog prometheus html, did you mean 'json'?"},
        {"json:", "'json:' names no file, expected json:FILE, or - for standard output"},
        {":x.json", NULL},
    };
    const char *path;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct errs errs = {0};
        const struct report_class *c = report_for(good[i].spec, &path, &errs);
        if (!c) fail_msg("%s: %s", good[i].spec, errs.v[0].text);
        assert_string_equal(c->doc.name, good[i].name);
        assert_string_equal(path, good[i].path);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct errs errs = {0};
        assert_null(report_for(bad[i].spec, &path, &errs));
        assert_int_equal(errs.n, 1);
        if (bad[i].text) assert_string_equal(errs.v[0].text, bad[i].text);
    }
    assert_null(report_named("nothing"));
}

static bool write_half(const struct result *r, const struct report_style *style, FILE *f)
{
    (void)r, (void)style;
    fputs("half a report", f);
    errno = ENOSPC;
    return false;
}

static void test_files_are_whole_or_not_there(void **state)
{
    (void)state;
    char dir[] = "/tmp/spate_test_report_XXXXXX", path[64], link[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/r.csv", dir);
    snprintf(link, sizeof link, "%s/link.csv", dir);
    struct arena a = {0};
    struct result *r = rig_result(&a, false);
    const struct report_class *csv = report_named("csv"), broken = {.write = write_half};
    struct errs errs = {0};
    char *want = told(csv, r, (struct report_style){0});

    assert_false(report_save(&broken, r, path, &errs));
    assert_true(strstr(errs.v[0].text, "No space left on device") != NULL);
    assert_int_equal(access(path, F_OK), -1);
    mode_t mask = umask(027);
    assert_true(report_save(csv, r, path, &errs));
    umask(mask);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    char *text = file_content(path);
    assert_string_equal(text, want);
    free(text);
    /* A failure leaves what was there; a link stays a link; a device is written to. */
    assert_int_equal(symlink("r.csv", link), 0);
    assert_false(report_save(&broken, r, link, &errs));
    assert_true(report_save(csv, r, link, &errs));
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    text = file_content(path);
    assert_string_equal(text, want);
    free(text);
    assert_true(report_save(csv, r, "/dev/null", &errs));
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    struct errs full = {0};
    assert_false(report_save(csv, r, "/dev/full", &full));
    assert_string_equal(full.v[0].text, "cannot write '/dev/full': No space left on device");
    struct errs absent = {0};
    assert_false(report_save(csv, r, "/nonexistent/r.csv", &absent));
    assert_string_equal(absent.v[0].text,
                        "cannot write '/nonexistent/r.csv': No such file or directory");
    assert_int_equal(unlink(link) | unlink(path) | rmdir(dir), 0); /* nothing else is left */
    free(want);
    result_close(r);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_every_report_is_described),
        cmocka_unit_test(test_text_is_clean),
        cmocka_unit_test(test_silent_streams),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_what_a_path_means),
        cmocka_unit_test(test_files_are_whole_or_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
