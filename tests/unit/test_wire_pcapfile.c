/* The table of wires, and capture files read back through libpcap and through our own reader. */
#include "trace/trace.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#define FRAMES 5000
static uint8_t content[2048];
static char path[] = "/tmp/spate-wire-XXXXXX";

static uint32_t length(size_t i)
{
    return (uint32_t)(i * 37 % 1500);
}
static struct frame frame(size_t i)
{
    return (struct frame){.p = content + i % 256,
                          .len = length(i),
                          .wire_len = length(i) + (i % 3 == 0),
                          .at_ns = 1700000000000000000 + i * 1234567};
}

static struct wire *open_wire(const char *name, struct wire_opts o)
{
    struct errs errs = {0};
    struct wire *w = wire_class_named(name)->open(&o, (struct where){0}, &errs);
    if (!w) errs_print(&errs, stderr);
    assert_non_null(w);
    return w;
}

/* All frames, in batches of every size from 1. */
static void send_all(struct wire *w)
{
    struct frame batch[100];
    size_t n = 1;
    for (size_t at = 0; at < FRAMES; n = n % 100 + 1) {
        size_t want = n < FRAMES - at ? n : FRAMES - at, done;
        for (size_t i = 0; i < want; i++) batch[i] = frame(at + i);
        assert_int_equal(w->class->send(w, batch, want, &done), SENT_OK);
        assert_int_equal(done, want);
        at += want;
    }
}

static void table_is_complete(void **state)
{
    (void)state;
    assert_true(wire_class_count >= 3);
    for (size_t i = 0; i < wire_class_count; i++) {
        const struct wire_class *c = wire_classes[i];
        assert_ptr_equal(wire_class_named(c->doc.name), c);
        assert_true(c->doc.help[0] && c->doc.example[0]);
        bool chooses = strcmp(c->doc.name, "auto") == 0; /* opens one of another class */
        assert_true(c->open && (chooses || (c->send && c->close)));
    }
    assert_null(wire_class_named("nul"));
    assert_true(wire_class_named("raw")->device);
    assert_false(wire_class_named("pcapfile")->device);
}

static void null_takes_all(void **state)
{
    (void)state;
    struct errs errs = {0};
    struct wire *w = open_wire("null", (struct wire_opts){0});
    assert_int_equal(w->fd, -1);
    assert_int_equal(w->mtu, 0);
    send_all(w);
    assert_true(w->class->close(w, &errs));
}

static void check_by_libpcap(bool nano)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
    assert_non_null(p);
    assert_int_equal(pcap_datalink(p), DLT_EN10MB);
    struct pcap_pkthdr *h;
    const u_char *bytes;
    for (size_t i = 0; i < FRAMES; i++) {
        struct frame f = frame(i);
        uint64_t at = nano ? f.at_ns : f.at_ns / 1000 * 1000;
        assert_int_equal(pcap_next_ex(p, &h, &bytes), 1);
        assert_int_equal(h->caplen, f.len);
        assert_int_equal(h->len, f.wire_len);
        assert_int_equal(h->ts.tv_sec, at / 1000000000);
        assert_int_equal(h->ts.tv_usec, at % 1000000000);
        assert_memory_equal(bytes, f.p, f.len);
    }
    assert_int_equal(pcap_next_ex(p, &h, &bytes), PCAP_ERROR_BREAK);
    pcap_close(p);
}

static void check_by_trace(bool nano)
{
    struct errs errs = {0};
    struct trace *t = trace_open(path, (struct where){0}, &errs);
    struct trace_frame got;
    assert_non_null(t);
    for (size_t i = 0; i < FRAMES; i++) {
        struct frame f = frame(i);
        assert_int_equal(trace_next(t, &got), TRACE_FRAME);
        assert_true(span_eq(got.bytes, span_make(f.p, f.len)));
        assert_int_equal(got.wire_len, f.wire_len);
        assert_int_equal(got.at_ns, nano ? f.at_ns : f.at_ns / 1000 * 1000);
        assert_int_equal(got.link, 1);
    }
    assert_int_equal(trace_next(t, &got), TRACE_END);
    trace_close(t);
}

static void file_reads_back(void **state)
{
    (void)state;
    for (int nano = 0; nano < 2; nano++) {
        struct errs errs = {0};
        struct wire *w =
            open_wire("pcapfile", (struct wire_opts){path, .nanoseconds = nano, .linktype = 1});
        send_all(w);
        assert_true(w->class->close(w, &errs));
        check_by_libpcap(nano);
        check_by_trace(nano);
    }
}

static void goes_to_standard_output(void **state)
{
    (void)state;
    struct errs errs = {0};
    fflush(stdout);
    int keep = dup(1), fd = open(path, O_WRONLY | O_TRUNC);
    dup2(fd, 1);
    close(fd);
    struct wire *w = open_wire("pcapfile", (struct wire_opts){"-", .linktype = 1});
    send_all(w);
    bool ok = w->class->close(w, &errs);
    bool still_open = fcntl(1, F_GETFD) >= 0;
    dup2(keep, 1);
    close(keep);
    assert_true(ok && still_open);
    check_by_trace(false);
}

/* What the format cannot hold is one frame's failure; the others go on. */
static void refuses_single_frames(void **state)
{
    (void)state;
    struct errs errs = {0};
    uint8_t *huge = calloc(1, 262145);
    struct wire *w = open_wire("pcapfile", (struct wire_opts){path, .linktype = 1});
    struct frame f[] = {frame(1),
                        {huge, 262145, 262145, 0},
                        {huge, 262144, 262144, 0},
                        {content, 9, 9, 4294967296000000000},
                        frame(2)};
    size_t done;
    assert_int_equal(w->class->send(w, f, 5, &done), SENT_FAILED);
    assert_int_equal(done, 1);
    assert_int_equal(w->error, EMSGSIZE);
    assert_int_equal(w->class->send(w, f + 2, 3, &done), SENT_FAILED);
    assert_int_equal(done, 1);
    assert_int_equal(w->error, EOVERFLOW);
    assert_int_equal(w->class->send(w, f + 4, 1, &done), SENT_OK);
    assert_true(w->class->close(w, &errs));
    struct trace *t = trace_open(path, (struct where){0}, &errs);
    struct trace_frame got;
    for (int i = 0; i < 3; i++) assert_int_equal(trace_next(t, &got), TRACE_FRAME);
    assert_int_equal(trace_next(t, &got), TRACE_END);
    trace_close(t);
    free(huge);
}

static void tells_a_full_disk(void **state)
{
    (void)state;
    struct errs errs = {0};
    struct wire *w = open_wire("pcapfile", (struct wire_opts){"/dev/full", .linktype = 1});
    struct frame f = frame(1);
    size_t done;
    assert_int_equal(w->class->send(w, &f, 1, &done), SENT_OK); /* still in memory */
    assert_false(w->class->close(w, &errs));
    assert_string_equal(errs.v[0].text, "cannot write '/dev/full': No space left on device");

    w = open_wire("pcapfile", (struct wire_opts){"/dev/full", .linktype = 1});
    struct frame many[100];
    enum sent r = SENT_OK;
    for (size_t i = 0; i < 100; i++) many[i] = frame(40);
    for (int i = 0; i < 100 && r == SENT_OK; i++) r = w->class->send(w, many, 100, &done);
    assert_int_equal(r, SENT_FAILED);
    assert_int_equal(w->error, ENOSPC);
    assert_int_equal(w->class->send(w, many, 100, &done), SENT_FAILED);
    assert_int_equal(done, 0);
    assert_false(w->class->close(w, &errs));
}

/* A file that grows until the limit is hit within a record. */
static void tells_a_limit(void **state)
{
    (void)state;
    struct errs errs = {0};
    struct rlimit old, small;
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    struct wire *w = open_wire("pcapfile", (struct wire_opts){path, .linktype = 1});
    send_all(w);
    setrlimit(RLIMIT_FSIZE, &small);
    bool ok = w->class->close(w, &errs);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_false(ok);
    assert_non_null(strstr(errs.v[0].text, "File too large"));
}

static void tells_what_it_cannot_open(void **state)
{
    (void)state;
    struct errs errs = {0};
    struct wire_opts o = {"/nonexistent/x.pcap", .linktype = 1};
    assert_null(wire_class_named("pcapfile")->open(&o, (struct where){"p.ini", 4}, &errs));
    assert_int_equal(errs.n, 1);
    assert_int_equal(errs.v[0].at.line, 4);
    assert_string_equal(errs.v[0].text,
                        "cannot write '/nonexistent/x.pcap': No such file or directory");
}

int main(void)
{
    for (size_t i = 0; i < sizeof content; i++) content[i] = (uint8_t)(i * 131 >> 3);
    close(mkstemp(path));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_complete),     cmocka_unit_test(null_takes_all),
        cmocka_unit_test(file_reads_back),       cmocka_unit_test(goes_to_standard_output),
        cmocka_unit_test(refuses_single_frames), cmocka_unit_test(tells_a_full_disk),
        cmocka_unit_test(tells_a_limit),         cmocka_unit_test(tells_what_it_cannot_open),
    };
    int bad = cmocka_run_group_tests_name("wire: pcapfile", tests, NULL, NULL);
    unlink(path);
    return bad;
}
