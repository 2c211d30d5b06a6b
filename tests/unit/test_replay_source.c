/* Sources: merging, playing in turn, directories, preloading; and the axis of recorded time. */
#include "replay_rig.h"

#include "trace/axis.h"
#include "trace/source.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena names_arena; /* names outlive the sources that read them */
static char dir[] = "/tmp/spate-source-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}
static int remove_dir(void **state)
{
    (void)state;
    char command[64];
    arena_free(&names_arena);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

/* A file of frames whose first byte is `mark` and whose stamps are given in milliseconds. */
static void write_file(const char *name, int mark, const int *ms, size_t n)
{
    static struct bytes b;
    char path[64];
    capture_begin(&b, 1);
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[14] = {(uint8_t)mark, (uint8_t)i};
        capture_add(&b, (uint64_t)ms[i] * 1000000, span_make(bytes, sizeof bytes), 0);
    }
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(b.v, 1, b.n, f), b.n);
    assert_int_equal(fclose(f), 0);
}
#define FILE_OF(name, mark, ...)                                                                   \
    write_file(name, mark, (const int[]){__VA_ARGS__},                                             \
               sizeof(const int[]){__VA_ARGS__} / sizeof(int))

/* What a source yields, as letters and numbers: "a0 b0 a1". */
static const char *yields(struct source *s)
{
    static char text[400];
    struct trace_frame f;
    size_t file, n = 0;
    text[0] = 0;
    while (source_next(s, &f, &file) == TRACE_FRAME)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%c%d", n ? " " : "", f.bytes.p[0],
                              f.bytes.p[1]);
    return text;
}
static struct source *open_source(const char *const *names, enum source_order order, bool preload)
{
    struct errs errs = {0};
    struct source_files files = {0};
    for (; *names; names++)
        assert_true(source_list(&names_arena, arena_printf(&names_arena, "%s/%s", dir, *names),
                                &files, (struct where){0}, &errs));
    struct source_opts o = {.files = &files, .order = order, .preload = preload};
    struct source *s = source_open(&o, (struct where){0}, &errs);
    if (!s) errs_print(&errs, stderr);
    assert_non_null(s);
    return s;
}
#define SOURCE(order, preload, ...)                                                                \
    open_source((const char *const[]){__VA_ARGS__, NULL}, order, preload)

static void expect(struct source *s, const char *text)
{
    assert_string_equal(yields(s), text);
    assert_true(source_rewind(s));
    assert_string_equal(yields(s), text); /* and again */
    assert_null(source_problem(s));
    source_close(s);
}

static void merges_by_time(void **state)
{
    (void)state;
    FILE_OF("a.pcap", 'a', 1000, 3000, 3000, 9000);
    FILE_OF("b.pcap", 'b', 2000, 3000, 4000);
    FILE_OF("c.pcap", 'c', 500);
    for (int preload = 0; preload < 2; preload++) {
        expect(SOURCE(SOURCE_TIME, preload, "a.pcap", "b.pcap", "c.pcap"),
               "c0 a0 b0 a1 a2 b1 b2 a3");
        expect(SOURCE(SOURCE_FILES, preload, "a.pcap", "b.pcap", "c.pcap"),
               "a0 a1 a2 a3 b0 b1 b2 c0");
        expect(SOURCE(SOURCE_TIME, preload, "b.pcap"), "b0 b1 b2");
    }
    expect(SOURCE(SOURCE_TIME, false, "a.pcap", "a.pcap"), "a0 a0 a1 a2 a1 a2 a3 a3");
}

static void steps_back_stay_in_their_file(void **state)
{
    (void)state;
    FILE_OF("back.pcap", 'x', 5000, 1000, 6000);
    FILE_OF("d.pcap", 'd', 2000, 5500);
    expect(SOURCE(SOURCE_TIME, false, "back.pcap", "d.pcap"), "d0 x0 x1 d1 x2");
}

static void takes_the_captures_of_a_directory(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/sub", dir);
    mkdir(path, 0700);
    FILE_OF("sub/2.pcap", 'b', 2);
    FILE_OF("sub/1.pcap", 'a', 1);
    FILE_OF("sub/3.pcap", 'c', 3);
    snprintf(path, sizeof path, "%s/sub/readme.txt", dir);
    FILE *f = fopen(path, "w");
    fputs("no capture", f);
    fclose(f);
    expect(SOURCE(SOURCE_FILES, false, "sub"), "a0 b0 c0");
    struct arena a = {0};
    struct errs errs = {0};
    struct source_files files = {0};
    snprintf(path, sizeof path, "%s/empty", dir);
    mkdir(path, 0700);
    assert_false(source_list(&a, path, &files, (struct where){0}, &errs));
    assert_non_null(strstr(errs.v[0].text, "holds no captures"));
    errs = (struct errs){0};
    files = (struct source_files){0};
    snprintf(path, sizeof path, "%s/empty/cut", dir); /* a capture that is damaged is one */
    f = fopen(path, "w");
    fwrite("\xd4\xc3\xb2\xa1\2\0\4", 1, 8, f);
    fclose(f);
    *strrchr(path, '/') = 0;
    assert_true(source_list(&a, path, &files, (struct where){0}, &errs));
    assert_int_equal(files.n, 1);
    arena_free(&a);
}

/* A row of files one after the other needs one at a time, however many they are. */
static void many_files_in_a_row_merge(void **state)
{
    (void)state;
    struct arena a = {0};
    struct errs errs = {0};
    struct source_files files = {0};
    for (int i = 0; i < 200; i++) {
        char name[32];
        snprintf(name, sizeof name, "r%d.pcap", i);
        FILE_OF(name, 'r', i * 10, i * 10 + 9);
        *VEC_PUSH(&a, &files) = arena_printf(&a, "%s/%s", dir, name);
    }
    struct source *s =
        source_open(&(struct source_opts){.files = &files}, (struct where){0}, &errs);
    struct trace_frame f;
    size_t file, n = 0;
    assert_non_null(s);
    for (; source_next(s, &f, &file) == TRACE_FRAME; n++) assert_int_equal(file, n / 2);
    assert_int_equal(n, 400);
    assert_null(source_problem(s));
    source_close(s);
    arena_free(&a);
}

static void one_damaged_file_does_not_end_the_others(void **state)
{
    (void)state;
    char path[64];
    FILE_OF("e.pcap", 'e', 1, 3, 5);
    FILE_OF("f.pcap", 'f', 2, 4, 6);
    snprintf(path, sizeof path, "%s/e.pcap", dir);
    assert_int_equal(truncate(path, 24 + 30 + 20), 0);
    for (int preload = 0; preload < 2; preload++) {
        struct source *s = SOURCE(SOURCE_TIME, preload, "e.pcap", "f.pcap");
        struct trace_frame f;
        size_t file;
        assert_string_equal(yields(s), "e0 f0 f1 f2");
        assert_int_equal(source_next(s, &f, &file), TRACE_DAMAGED);
        assert_non_null(strstr(source_problem(s), "e.pcap: truncated frame at byte 54"));
        source_close(s);
    }
}

static void refuses_what_cannot_be_read(void **state)
{
    (void)state;
    struct errs errs = {0};
    const char *paths[] = {"/nonexistent.pcap", "-"};
    struct source_files files = {.v = paths, .n = 2};
    assert_null(source_open(&(struct source_opts){.files = &files}, (struct where){0}, &errs));
    assert_int_equal(errs.n, 2);
}

static void preloading_keeps_everything(void **state)
{
    (void)state;
    static struct bytes b;
    struct errs errs = {0};
    capture_begin(&b, 113);
    capture_add(&b, 7, frame_udp4(1, 2, 3, 4, 5), 1000);
    const char *path[] = {file_of(b.v, b.n)};
    struct source_files files = {.v = path, .n = 1};
    struct source *s = source_open(&(struct source_opts){.files = &files, .preload = true},
                                   (struct where){0}, &errs);
    struct trace_frame f;
    size_t file;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(source_next(s, &f, &file), TRACE_FRAME);
        assert_int_equal(f.bytes.n, 47);
        assert_int_equal(f.wire_len, 1000);
        assert_int_equal(f.link, 113);
        assert_int_equal(f.at_ns, 7);
        assert_true(f.has_time);
        assert_int_equal(source_next(s, &f, &file), TRACE_END);
        assert_true(source_rewind(s));
    }
    source_close(s);
}

/* What is left of a file after it was read once does not matter when it is small. */
static void what_is_small_is_read_once(void **state)
{
    (void)state;
    static const struct {
        uint32_t frames;
        bool kept;
    } cases[] = {{3, true}, {SOURCE_SMALL / 60000 + 1, false}};
    for (size_t k = 0; k < 2; k++) {
        static struct bytes b;
        static uint8_t body[60000];
        struct errs errs = {0};
        b.n = 0;
        capture_begin(&b, 1);
        capture_add(&b, 7, frame_udp4(1, 2, 3, 4, 5), 0);
        const char *path[] = {file_of(b.v, b.n)};
        FILE *f = fopen(path[0], "ab");
        for (uint32_t i = 1; i < cases[k].frames; i++) {
            const uint32_t record[] = {7, 0, sizeof body, sizeof body};
            fwrite(record, sizeof record, 1, f);
            fwrite(body, sizeof body, 1, f);
        }
        fclose(f);
        struct source_files files = {.v = path, .n = 1};
        struct source *s = source_open(&(struct source_opts){.files = &files, .keep = SOURCE_SMALL},
                                       (struct where){0}, &errs);
        struct trace_frame frame;
        size_t file;
        for (uint32_t i = 0; i < cases[k].frames; i++)
            assert_int_equal(source_next(s, &frame, &file), TRACE_FRAME);
        assert_int_equal(source_next(s, &frame, &file), TRACE_END);
        assert_int_equal(truncate(path[0], 0), 0);
        source_rewind(s);
        uint32_t again = 0;
        while (source_next(s, &frame, &file) == TRACE_FRAME) again++;
        assert_int_equal(again, cases[k].kept ? cases[k].frames : 0);
        source_close(s);
    }
}

static void time_never_runs_backwards(void **state)
{
    (void)state;
    static const struct {
        enum backwards backwards;
        uint64_t at[6];
    } cases[] = {
        /* stamps 100, 110, 50, 60, 120, 5000; 99: left out */
        {BACKWARDS_HOLD, {0, 10, 10, 10, 20, 1020}},
        {BACKWARDS_RESTART, {0, 10, 10, 20, 80, 1080}},
        {BACKWARDS_SKIP, {0, 10, 99, 99, 20, 1020}},
    };
    static const int64_t stamps[] = {100, 110, 50, 60, 120, 5000};
    for (size_t k = 0; k < 3; k++) {
        struct axis a = {.backwards = cases[k].backwards, .max_gap = 1000};
        for (size_t i = 0; i < 6; i++) {
            struct trace_frame f = {.has_time = true, .at_ns = stamps[i]};
            assert_int_equal(axis_step(&a, &f, false), cases[k].at[i] != 99);
            if (cases[k].at[i] != 99) assert_int_equal(a.at, cases[k].at[i]);
        }
    }
    struct axis a = {.max_gap = UINT64_MAX};
    struct trace_frame early = {.has_time = true, .at_ns = INT64_MIN},
                       late = {.has_time = true, .at_ns = INT64_MAX};
    axis_step(&a, &early, false);
    axis_step(&a, &late, false);
    assert_true(a.at == UINT64_MAX);
    axis_step(&a, &early, true);
    assert_true(a.at == UINT64_MAX);
}

/* A pipe gives its frames once: as the only capture, and to nobody who only looks. */
static void pipes_are_read_once(void **state)
{
    (void)state;
    char pipe_path[64], file[64], line[200];
    FILE_OF("p", 'p', 1, 2);
    snprintf(pipe_path, sizeof pipe_path, "%s/fifo", dir);
    snprintf(file, sizeof file, "%s/p", dir);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_true(source_once("-") && source_once(pipe_path));
    assert_false(source_once(file) || source_once(dir) || source_once("/nowhere"));
    snprintf(line, sizeof line, "cat %s >%s &", file, pipe_path);
    assert_int_equal(system(line), 0);
    struct source *s = open_source((const char *[]){"fifo", NULL}, SOURCE_TIME, false);
    assert_string_equal(yields(s), "p0 p1");
    source_close(s);
    struct errs errs = {0};
    const char *names[] = {pipe_path, file};
    struct source_files files = {names, 2, 2};
    struct source_opts o = {.files = &files};
    assert_null(source_open(&o, (struct where){0}, &errs));
    snprintf(line, sizeof line, "%s is one of several captures, expected it alone", pipe_path);
    assert_string_equal(errs.v[0].text, line);
    unlink(pipe_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_by_time),
        cmocka_unit_test(steps_back_stay_in_their_file),
        cmocka_unit_test(takes_the_captures_of_a_directory),
        cmocka_unit_test(many_files_in_a_row_merge),
        cmocka_unit_test(one_damaged_file_does_not_end_the_others),
        cmocka_unit_test(refuses_what_cannot_be_read),
        cmocka_unit_test(pipes_are_read_once),
        cmocka_unit_test(preloading_keeps_everything),
        cmocka_unit_test(what_is_small_is_read_once),
        cmocka_unit_test(time_never_runs_backwards),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
