/* Result files: whatever the bytes, a result or an error; what was read is written, and reads
 * as the same again; every report can tell it. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok) abort();
}

static struct result *read_bytes_of_file(struct arena *a, const void *data, size_t size)
{
    struct errs errs = {0};
    char path[40];
    int fd = memfd_create("result", 0);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct result *r = result_read(a, path, &errs);
    check((r != NULL) == !errs_any(&errs));
    close(fd);
    return r;
}

static char *told(const struct report_class *c, const struct result *r, size_t *n)
{
    char *text;
    FILE *f = open_memstream(&text, n);
    check(c->write(r, &(struct report_style){.colour = true}, f));
    fclose(f);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct result *r = read_bytes_of_file(&a, data, size), *again;
    for (size_t i = 0; r && i < report_class_count; i++) {
        size_t n;
        free(told(report_classes[i], r, &n));
    }
    if (r) {
        size_t n, m;
        char *first = told(report_named("json"), r, &n), *second;
        check((again = read_bytes_of_file(&a, first, n)) != NULL);
        second = told(report_named("json"), again, &m);
        check(n == m && memcmp(first, second, n) == 0);
        free(first);
        free(second);
        result_close(again);
    }
    result_close(r);
    arena_free(&a);
    return 0;
}
