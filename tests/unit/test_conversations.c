/* Captures taken apart into conversations: who talks to whom, in what order, and what is left out.
 */
#include "replay_rig.h"

#include "trace/conversations.h"

#define A 0x0a010203u
#define B 0x0a010204u
#define C 0x0a010205u
#define MS 1000000ull

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };

static struct arena arena;
static struct bytes file;
static struct shape shape;
static struct sides_rules rules;
static struct select select_all = {.between = {0, UINT64_MAX}, .sample = 1ull << 32};
static struct conversations_opts opts;
static struct errs errs;

static int fresh(void **state)
{
    (void)state;
    errs = (struct errs){0};
    shape = (struct shape){0};
    rules = (struct sides_rules){0};
    opts = (struct conversations_opts){
        .select = &select_all,
        .shape = &shape,
        .sides = &rules,
        .max_gap = UINT64_MAX,
        .speed_num = 1,
        .speed_den = 1,
        .memory = 1 << 20,
    };
    capture_begin(&file, 1);
    return 0;
}
static int tidy(void **state)
{
    (void)state;
    arena_free(&arena);
    arena = (struct arena){0};
    return 0;
}

static bool try_read(struct conversations *out)
{
    const char *path = file_of(file.v, file.n);
    struct source_files files = {.v = &path, .n = 1};
    opts.files = &files;
    return conversations_read(&arena, &opts, out, (struct where){0}, &errs);
}
static struct conversations conversations(void)
{
    struct conversations out;
    bool fine = try_read(&out);
    if (!fine) errs_print(&errs, stderr);
    assert_true(fine);
    return out;
}
static void put(uint64_t at_ns, struct span frame)
{
    capture_add(&file, at_ns, frame, 0);
}
static struct span tcp(uint32_t src, unsigned sport, uint32_t dst, unsigned dport, unsigned flags,
                       uint32_t seq)
{
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 6, src, dst, 20, 0);
    frame_tcp(b, 4, 14, sport, dport, flags, 0);
    put_u32(b->v + 38, seq);
    return span_make(b->v, b->n);
}
static struct span icmp(uint32_t src, uint32_t dst, unsigned type, unsigned id)
{
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 1, src, dst, 8, 0);
    u16(b, type << 8);
    u16(b, 0);
    u16(b, id);
    u16(b, 1);
    return span_make(b->v, b->n);
}
static uint64_t left_out(const struct conversations *c)
{
    uint64_t n = 0;
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++) n += c->left_out[i];
    return n;
}

static void interleaved_conversations_come_apart(void **state)
{
    (void)state;
    put(5 * MS, frame_udp4(A, B, 1000, 53, 10));
    put(6 * MS, frame_udp4(C, B, 1000, 53, 20));
    put(7 * MS, frame_udp4(B, A, 53, 1000, 30));
    put(9 * MS, frame_udp4(A, B, 1001, 53, 40));
    put(9 * MS, frame_udp4(B, C, 53, 1000, 50));
    put(12 * MS, frame_udp4(A, B, 1000, 53, 60));
    struct conversations c = conversations();
    assert_int_equal(c.n, 3);
    assert_int_equal(c.frames, 6);
    assert_int_equal(c.read, 6);
    assert_int_equal(left_out(&c), 0);
    assert_int_equal(c.most_frames, 3);
    assert_int_equal(c.longest_ns, 7 * MS);
    assert_int_equal(c.longest, 14 + 20 + 8 + 60);
    assert_int_equal(c.bytes, 6 * 42 + 210);

    const struct recorded *x = &c.v[0];
    static const uint64_t at[] = {0, 2 * MS, 7 * MS};
    static const size_t payload[] = {10, 30, 60};
    assert_int_equal(x->n, 3);
    assert_int_equal(x->number, 1);
    assert_true(x->client.v == A && x->server.v == B);
    assert_int_equal(x->client_port, 1000);
    assert_int_equal(x->server_port, 53);
    assert_int_equal(x->proto, PROTO_UDP);
    for (size_t i = 0; i < 3; i++) {
        const struct recorded_frame *f = x->frame[i];
        assert_int_equal(f->at_ns, at[i]);
        assert_int_equal(f->n, 42 + payload[i]);
        assert_row(span_make(f->p + 42, f->n - 42), 1, payload[i]);
        assert_int_equal(f->from_client, i != 1);
        assert_int_equal(f->at.up, 34);
    }
    assert_int_equal(c.v[1].number, 2);
    assert_int_equal(c.v[1].n, 2);
    assert_int_equal(c.v[1].frame[1]->at_ns, 3 * MS);
    assert_int_equal(c.v[2].n, 1);
    assert_int_equal(c.v[2].client_port, 1001);
}

static void the_client_is_who_sent_the_syn(void **state)
{
    (void)state;
    put(1 * MS, tcp(B, 80, A, 1000, SYN | ACK, 1)); /* recorded before the SYN */
    put(2 * MS, tcp(A, 1000, B, 80, SYN, 1));
    put(3 * MS, tcp(B, 80, C, 1000, ACK, 1)); /* no handshake: who spoke first */
    put(4 * MS, tcp(C, 1000, B, 80, ACK, 1));
    put(5 * MS, tcp(A, 2000, A, 2000, ACK, 1)); /* with itself */
    struct conversations c = conversations();
    assert_int_equal(c.n, 3);
    assert_true(c.v[0].client.v == A);
    assert_false(c.v[0].frame[0]->from_client);
    assert_true(c.v[0].frame[1]->from_client);
    assert_true(c.v[1].client.v == B);
    assert_int_equal(c.v[1].client_port, 80);
    assert_true(c.v[1].frame[0]->from_client);
    assert_true(c.v[2].frame[0]->from_client);
}

static void the_profile_may_say_who_is_the_client(void **state)
{
    (void)state;
    struct sides_ports web = {80, 80};
    rules = (struct sides_rules){.ports = &web, .n_ports = 1};
    put(1 * MS, tcp(B, 80, C, 1000, ACK, 1));
    put(2 * MS, tcp(C, 1000, B, 80, ACK, 1));
    struct conversations c = conversations();
    assert_int_equal(c.n, 1);
    assert_true(c.v[0].client.v == C);
    assert_false(c.v[0].frame[0]->from_client);
    assert_true(c.v[0].frame[1]->from_client);
}

static void ports_used_again_are_another_conversation(void **state)
{
    (void)state;
    put(0, tcp(A, 1000, B, 80, SYN, 10));
    put(1, tcp(A, 1000, B, 80, SYN, 10)); /* sent again */
    put(2, tcp(B, 80, A, 1000, FIN | ACK, 1));
    put(3, tcp(A, 1000, B, 80, ACK, 11)); /* still of the first */
    put(4, tcp(A, 1000, B, 80, SYN, 10)); /* over, so even the same number is new */
    put(5, tcp(A, 1000, B, 80, SYN, 99)); /* the end was not recorded */
    put(6, tcp(B, 80, A, 1000, RST, 0));
    struct conversations c = conversations();
    assert_int_equal(c.n, 3);
    assert_int_equal(c.v[0].n, 4);
    assert_int_equal(c.v[1].n, 1);
    assert_int_equal(c.v[2].n, 2);
    assert_int_equal(c.v[2].frame[0]->at_ns, 0);
    assert_int_equal(c.v[2].frame[1]->at_ns, 1);
}

static void echoes_go_by_their_identifier(void **state)
{
    (void)state;
    put(0, icmp(A, B, 8, 7));
    put(1, icmp(A, B, 8, 8));
    put(2, icmp(B, A, 0, 7));
    put(3, icmp(B, A, 3, 7)); /* unreachable: about something else */
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP6);
    frame_ip6(b, 58, "fe80::1", "ff02::1", 8);
    add(b, "\x87\0\0\0\0\0\0\0", 8); /* neighbour solicitation */
    put(4, span_make(b->v, b->n));
    struct conversations c = conversations();
    assert_int_equal(c.n, 2);
    assert_int_equal(c.v[0].n, 2);
    assert_int_equal(c.v[0].client_port, 7);
    assert_false(c.v[0].frame[1]->from_client);
    assert_int_equal(c.left_out[LEFT_ICMP], 2);
}

static void other_protocols_go_by_addresses(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct bytes *b = frame_new();
        frame_eth(b, TYPE_IP4);
        frame_ip4(b, 47, i == 1 ? B : A, i == 1 ? A : B, 4, 0);
        u32(b, i);
        put(i, span_make(b->v, b->n));
    }
    struct conversations c = conversations();
    assert_int_equal(c.n, 1);
    assert_int_equal(c.v[0].n, 3);
    assert_int_equal(c.v[0].client_port, 0);
    assert_false(c.v[0].frame[1]->from_client);
}

static void what_belongs_nowhere_is_counted(void **state)
{
    (void)state;
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_ARP);
    add_row(b, 0, 28);
    put(0, span_make(b->v, b->n));
    b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, A, B, 8, 0x2000);
    frame_udp(b, 4, 14, 1, 2, 0);
    put(1, span_make(b->v, b->n));
    b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, A, B, 8, 0);
    put(2, span_make(b->v, b->n)); /* ends behind the IP header */
    struct span whole = frame_udp4(A, B, 1, 2, 20);
    capture_add(&file, 3, span_sub(whole, 0, 50), (uint32_t)whole.n);
    put(4, frame_udp4(A, B, 1, 2, 1500));
    put(5, frame_udp4(A, B, 1, 2, 10));
    opts.limit = 1518;
    struct conversations c = conversations();
    assert_int_equal(c.n, 1);
    assert_int_equal(c.read, 6);
    assert_int_equal(c.left_out[LEFT_NO_IP], 1);
    assert_int_equal(c.left_out[LEFT_FRAGMENT], 1);
    assert_int_equal(c.left_out[LEFT_NO_HEADER], 1);
    assert_int_equal(c.left_out[LEFT_CUT], 1);
    assert_int_equal(c.left_out[LEFT_TOO_BIG], 1);
    assert_int_equal(left_out(&c) + c.frames, c.read);
    assert_int_equal(c.v[0].number, 5); /* it began with the frame that is too big */
    assert_int_equal(c.v[0].frame[0]->at_ns, 1);
}

static void frames_of_another_link_get_a_header(void **state)
{
    (void)state;
    capture_begin(&file, 101);
    put(0, span_from(frame_udp4(A, B, 1, 2, 10), 14));
    struct conversations c = conversations();
    assert_int_equal(c.n, 0);
    assert_int_equal(c.left_out[LEFT_FOREIGN], 1);
    shape.convert = true;
    c = conversations();
    assert_int_equal(c.n, 1);
    assert_int_equal(c.v[0].frame[0]->n, 52);
    assert_int_equal(get_u16(c.v[0].frame[0]->p + 12), TYPE_IP4);
}

static void gaps_are_cut_and_scaled_in_each_conversation(void **state)
{
    (void)state;
    put(0, frame_udp4(A, B, 1, 2, 1));
    put(4 * MS, frame_udp4(C, B, 1, 2, 1));
    put(10 * MS, frame_udp4(A, B, 1, 2, 1));
    put(8 * MS, frame_udp4(C, B, 1, 2, 1)); /* back against the capture, not against its own */
    put(7 * MS, frame_udp4(C, B, 1, 2, 1)); /* back against both */
    put(12 * MS, frame_udp4(A, B, 1, 2, 1));
    put(10 * MS, frame_udp4(C, B, 1, 2, 1));
    opts.max_gap = 5 * MS;
    opts.speed_num = 2;
    struct conversations c = conversations();
    assert_int_equal(c.n, 2);
    static const uint64_t first[] = {0, 5 * MS / 2, 7 * MS / 2},
                          second[] = {0, 2 * MS, 2 * MS, 3 * MS};
    for (size_t i = 0; i < 3; i++) assert_int_equal(c.v[0].frame[i]->at_ns, first[i]);
    for (size_t i = 0; i < 4; i++) assert_int_equal(c.v[1].frame[i]->at_ns, second[i]);
    opts.backwards = BACKWARDS_SKIP;
    c = conversations();
    assert_int_equal(c.v[1].n, 3);
    assert_int_equal(c.left_out[LEFT_BACKWARDS], 1);
}

static void long_segments_are_split(void **state)
{
    (void)state;
    put(0, frame_tcp4(A, B, 1000, 80, 10));
    put(MS, frame_tcp4(A, B, 1000, 80, 4000));
    opts.limit = 1518;
    opts.segment = true;
    struct conversations c = conversations();
    assert_int_equal(c.n, 1);
    assert_int_equal(c.read, 2);
    assert_int_equal(c.v[0].n, 4); /* 1460, 1460 and 1080 bytes */
    for (size_t i = 1; i < 4; i++) {
        const struct recorded_frame *f = c.v[0].frame[i];
        assert_int_equal(f->at_ns, MS);
        assert_int_equal(f->n, i < 3 ? 1514 : 1134);
        assert_int_equal(get_u32(f->p + 38), 1000 + (i - 1) * 1460);
        assert_int_equal(f->at.end, f->n);
        assert_int_equal(whole_sum(f->p + 14, 4, f->p + 34, f->n - 34, 6), 0);
    }
    opts.pushed = 2;
    c = conversations();
    assert_int_equal(c.v[0].frame[1]->n, 1510);
}

static void selection_comes_first(void **state)
{
    (void)state;
    struct select only = {.filter = "udp", .between = {0, 5 * MS}, .sample = 1ull << 32};
    put(1000 * MS, frame_udp4(A, B, 1, 2, 1));
    put(1001 * MS, tcp(A, 1, B, 2, SYN, 1));
    put(1005 * MS, frame_udp4(A, B, 1, 2, 1));
    put(1006 * MS, frame_udp4(A, B, 1, 2, 1));
    opts.select = &only;
    struct conversations c = conversations();
    assert_int_equal(c.n, 1);
    assert_int_equal(c.read, 2);
    assert_int_equal(c.v[0].n, 2);
    assert_int_equal(c.v[0].frame[1]->at_ns, 5 * MS);
}

static void too_much_is_told(void **state)
{
    (void)state;
    struct conversations c;
    for (unsigned i = 0; i < 50; i++) put(i, frame_udp4(A, B, 1000 + i, 2, 100));
    opts.memory = 5000;
    assert_false(try_read(&c));
    assert_int_equal(errs.n, 1);
    assert_non_null(strstr(errs.v[0].text, "the first 10 frames, of 10 conversations"));
    assert_non_null(strstr(errs.v[0].text, "sample"));
    assert_int_equal(c.n + c.frames, 0);
}

/* Whatever is cut off, the frames that are whole are kept and the damage is told. */
static void damage_keeps_what_came_before(void **state)
{
    (void)state;
    size_t header = file.n;
    for (unsigned i = 0; i < 4; i++) put(i, frame_udp4(A, B, 1000 + i % 2, 2, 5));
    size_t all = file.n, record = (all - header) / 4;
    for (file.n = header; file.n <= all; file.n++) {
        struct conversations c = conversations();
        assert_int_equal(c.read, (file.n - header) / record);
        assert_int_equal(*c.problem == 0, (file.n - header) % record == 0);
        tidy(state);
    }
}

static void files_in_turn_have_their_own_conversations(void **state)
{
    (void)state;
    put(0, frame_udp4(A, B, 1, 2, 5));
    put(MS, frame_udp4(B, A, 2, 1, 5));
    const char *path = file_of(file.v, file.n), *paths[] = {path, path};
    struct source_files files = {.v = paths, .n = 2};
    struct conversations c;
    opts.files = &files;
    opts.order = SOURCE_FILES;
    assert_true(conversations_read(&arena, &opts, &c, (struct where){0}, &errs));
    assert_int_equal(c.n, 2);
    assert_int_equal(c.v[0].file, 0);
    assert_int_equal(c.v[1].file, 1);
    assert_int_equal(c.v[1].n, 2);
    assert_int_equal(c.v[1].frame[1]->at_ns, MS);
    opts.order = SOURCE_TIME;
    assert_true(conversations_read(&arena, &opts, &c, (struct where){0}, &errs));
    assert_int_equal(c.n, 1);
    assert_int_equal(c.v[0].n, 4);
}

/* More than the first table holds, each found again. */
static void many_conversations_are_told_apart(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    size_t header = file.n;
    struct bytes *all = malloc(sizeof *all);
    static uint8_t big[MANY * 2 * 70];
    size_t n = 0;
    memcpy(big, file.v, header);
    n = header;
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < MANY; i++) {
            capture_begin(all, 1);
            capture_add(all, round * MANY + i,
                        round ? frame_udp4(B, A, 2, 1000 + i, 4) : frame_udp4(A, B, 1000 + i, 2, 4),
                        0);
            memcpy(big + n, all->v + header, all->n - header);
            n += all->n - header;
        }
    free(all);
    const char *path = file_of(big, n);
    struct source_files files = {.v = &path, .n = 1};
    struct conversations c;
    opts.files = &files;
    opts.memory = 4 << 20;
    assert_true(conversations_read(&arena, &opts, &c, (struct where){0}, &errs));
    assert_int_equal(c.n, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(c.v[i].n, 2);
        assert_int_equal(c.v[i].client_port, 1000 + i);
        assert_int_equal(c.v[i].frame[1]->at_ns, MANY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, tidy)
        T(interleaved_conversations_come_apart),
        T(the_client_is_who_sent_the_syn),
        T(the_profile_may_say_who_is_the_client),
        T(ports_used_again_are_another_conversation),
        T(echoes_go_by_their_identifier),
        T(other_protocols_go_by_addresses),
        T(what_belongs_nowhere_is_counted),
        T(frames_of_another_link_get_a_header),
        T(gaps_are_cut_and_scaled_in_each_conversation),
        T(long_segments_are_split),
        T(selection_comes_first),
        T(too_much_is_told),
        T(damage_keeps_what_came_before),
        T(files_in_turn_have_their_own_conversations),
        T(many_conversations_are_told_apart),
    };
    return cmocka_run_group_tests_name("conversations", tests, NULL, NULL);
}
