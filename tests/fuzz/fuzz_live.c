/* Live replay as a whole, but for the network. An even first byte: a recording and a server that
 * both say anything in any order, cut anywhere, while connections fail and time passes; in the end
 * everything has ended and the books agree. An odd one: requests and replies that make sense, cut
 * anywhere on both sides by a server that says what was recorded; then nothing may differ. */
#include "../unit/fake_sock.h"
#include "../unit/live_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define CONNS 4
#define MESSAGES 16

static const char *const said[] = {
    "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
    "PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n",
    "HEAD / HTTP/1.1\r\n\r\n",
    "CONNECT h:1 HTTP/1.1\r\n\r\n",
    "GET /w HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
    "\x16\x03\x01\x01\x01\x01 hello",
    "\x17\x03\x03\x01\x01 data",
    "some bytes\r\n",
};
static const char *const answered[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok 7",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: x\r\n\r\n",
    "HTTP/1.1 204 None\r\nConnection: close\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nuntil the end",
    "HTTP/1.1 101 Switching\r\n\r\npushed",
    "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
    "HTTP/1.1 nonsense\r\n\r\n",
    "bytes 42",
};
#define TEXTS (sizeof said / sizeof *said)

struct show {
    struct stage stage;
    struct reader in;
    bool udp;
    int64_t at_ns;
    struct live *live;
    void *mine[CONNS];
    bool open[CONNS];
    uint64_t conns;
};

static void set(struct show *s, unsigned how)
{
    static const char *const schemes[] = {"http", "tcp", "udp", "http"};
    static const struct masks *masks;
    static struct arena arena;
    struct errs errs = {0};
    if (!masks) {
        const char *text = "[stream x]\nmask = [0-9]+\n";
        struct profile *p = profile_parse(&arena, "f.ini", span_of(text), &errs);
        struct gen_env env = {.arena = &arena, .errs = &errs, .profile = p};
        masks = masks_compile(&env, profile_section(p, "stream", "x"));
        REQUIRE(masks);
    }
    fake_reset();
    s->udp = (how & 3) == 2;
    stage_set(&s->stage, schemes[how & 3], 1);
    s->live = s->stage.live;
    if (how & 4) {
        s->stage.stream.live.masks = masks;
        s->live->digest.masks = mask_work_open();
    }
    if (how & 8) s->stage.stream.count = 3;
    if (how & 16) s->live->open_max = 1;
}

static void hear(struct show *s, size_t k, struct talk_event e)
{
    uint64_t now = lane_now(&s->live->lane);
    e.udp = s->udp;
    e.mine = &s->mine[k];
    e.at_ns = s->at_ns += 1000;
    live_hear(s->live, &e, now, now);
}

static void open_one(struct show *s, size_t k, bool midway)
{
    if (s->open[k]) return;
    hear(s, k, (struct talk_event){.kind = TALK_OPEN, .conn = s->conns++, .midway = midway});
    s->open[k] = true;
}

static void end(struct show *s, size_t k, enum talk_how how)
{
    if (!s->open[k]) return;
    hear(s, k, (struct talk_event){.kind = TALK_CLOSE, .how = how, .side = how & 1});
    s->open[k] = false;
}

/* Time passes for the lane as far as the fuzzer wants. */
static void pass(struct show *s, uint64_t ns)
{
    s->stage.env.t0 -= ns;
    turn(&s->stage);
}

/* Whatever is left ends: its time runs out. */
static void strike(struct show *s)
{
    for (size_t k = 0; k < CONNS; k++) end(s, k, TALK_LAST);
    fake.takes = FAKE_ROOM;
    for (int i = 0; i < 200 && s->live->dialogs; i++) pass(s, 2000000000);
    stage_strike(&s->stage);
}

/* --- anything ------------------------------------------------------------------------------------
 */

static struct span text_of(struct show *s, const char *const *texts)
{
    uint8_t which = read_u8(&s->in), cut = read_u8(&s->in);
    if (which >= 200) return read_bytes(&s->in, cut);
    struct span whole = span_of(texts[which % TEXTS]);
    return cut < whole.n ? span_sub(whole, 0, cut) : whole;
}

static struct fake_sock *some_sock(unsigned k)
{
    for (int fd = 0; fd < FAKE_SOCKS; fd++)
        if (fake.v[fd].open && k-- == 0) return &fake.v[fd];
    return NULL;
}

static void server_acts(struct show *s, unsigned op)
{
    struct fake_sock *f = some_sock(op >> 6);
    if (!f) return;
    if ((op & 15) < 12)
        fake_come(f, text_of(s, answered));
    else if ((op & 15) == 12)
        f->eof = true;
    else
        f->fails = ECONNRESET;
}

static void anything(struct show *s)
{
    static const enum sent hows[] = {SENT_OK, SENT_AGAIN, SENT_FAILED, SENT_OK};
    while (!s->in.bad) {
        unsigned op = read_u8(&s->in), k = op >> 4 & 3;
        struct talk_event e = {.kind = TALK_DATA, .side = op & 1, .missing = 1};
        open_one(s, k, op & 128);
        if ((op & 15) < 7) {
            e.bytes = text_of(s, e.side == TALK_CLIENT ? said : answered);
            e.missing = s->udp && op & 64;
            if (e.bytes.n || s->udp) hear(s, k, e);
        } else if ((op & 15) == 7) {
            e.kind = op & 64 ? TALK_GAP : TALK_SHUT;
            e.side = op >> 7;
            hear(s, k, e);
        } else if ((op & 15) == 8) {
            end(s, k, read_u8(&s->in) % (TALK_LAST + 1));
        } else if ((op & 15) == 9) {
            fake.connects = hows[op >> 6];
            fake.takes = op & 32 ? FAKE_ROOM : op >> 4 & 3;
            fake.gives = op & 16 ? FAKE_ROOM : 1 + (op >> 5);
        } else if ((op & 15) < 14) {
            server_acts(s, op);
        } else {
            pass(s, (uint64_t)(op >> 4) * 1000000);
        }
        if (op & 32) turn(&s->stage);
    }
}

/* --- what makes sense --------------------------------------------------------------------------
 */

struct script {
    struct span asked[MESSAGES], told[MESSAGES];
    size_t n, asks;         /* messages; of them begun */
    size_t heard, answered; /* replies in the recording, and of the server */
    size_t due_out;         /* bytes that have left when the next one can be answered */
};

/* A text in pieces, as an event each. */
static void in_pieces(struct show *s, enum talk_side side, struct span text)
{
    while (text.n) {
        size_t cut = 1 + read_u8(&s->in);
        hear(s, 0,
             (struct talk_event){.kind = TALK_DATA, .side = side, .bytes = span_sub(text, 0, cut)});
        text = span_from(text, cut);
    }
}

/* The server answers what it has heard. */
static void answer(struct show *s, struct script *x)
{
    struct fake_sock *f = some_sock(0);
    fake.gives = 1 + read_u8(&s->in);
    for (int i = 0; i < 40; i++) {
        if (f && x->answered < x->asks && f->out_n >= x->due_out + x->asked[x->answered].n) {
            x->due_out += x->asked[x->answered].n;
            fake_come(f, x->told[x->answered++]);
        }
        turn(&s->stage);
    }
}

static void sense(struct show *s)
{
    struct script x = {.n = 1 + read_u8(&s->in) % MESSAGES};
    uint64_t wants = 0;
    s->stage.stream.timeout = NEVER / 4;
    open_one(s, 0, false);
    for (size_t i = 0; i < x.n; i++) {
        unsigned how = read_u8(&s->in);
        size_t ask = how % 4, tell = how / 4 % 3;
        x.asked[i] = span_of(said[ask]);
        x.told[i] =
            span_of(ask == 3 ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" : answered[tell]);
        wants++;
        x.asks++;
        in_pieces(s, TALK_CLIENT, x.asked[i]);
        while (x.heard <= i && (how & 128 || i + 1 == x.n)) { /* else the next is pipelined */
            in_pieces(s, TALK_SERVER, x.told[x.heard]);
            x.heard++;
        }
        if (how & 64) answer(s, &x);
    }
    for (int i = 0; i < 2 * MESSAGES && x.answered < x.n; i++) answer(s, &x);
    fake.gives = FAKE_ROOM;
    for (int i = 0; i < MESSAGES; i++) turn(&s->stage);
    const struct counts *c = rec_cell(s->stage.env.rec, 0);
    REQUIRE(x.answered == wants && c->answered == wants && c->compared == wants);
    REQUIRE(counts_differences(c) == 0 && fake.opened == 1);
    end(s, 0, TALK_FIN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct show s = {.in = reader_of(span_make(data, n))};
    unsigned how = read_u8(&s.in);
    if (s.in.bad) return 0;
    set(&s, how & 1 ? how & 4 : how >> 1);
    if (how & 1)
        sense(&s);
    else
        anything(&s);
    strike(&s);
    return 0;
}
