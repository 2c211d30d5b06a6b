/* Frames of any bytes and link types told apart: the sanitizers watch every look, all are counted,
 * and a second reading tells the same. Input: for each frame its link type, its length in two
 * bytes, and itself. */
#include "require.h"
#include "trace/link.h"
#include "trace/sides.h"

#include <stdlib.h>

#define FRAMES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t tell_all(struct sides *s, struct span in, enum side *out)
{
    static const uint32_t links[] = {1, 1, 1, 101, 113, 0, 105, 276};
    struct reader r = reader_of(in);
    size_t k = 0;
    for (; k < FRAMES && reader_left(&r) > 0; k++) {
        uint32_t link = links[read_u8(&r) % 8];
        size_t length = read_u16(&r) % 200;
        if (length > reader_left(&r)) length = reader_left(&r);
        /* Of its own, so that a byte too far is seen. */
        uint8_t *copy = malloc(length + 1);
        struct span bytes = read_bytes(&r, length);
        if (length) memcpy(copy, bytes.p, length);
        struct trace_frame f = {
            .bytes = {copy, length}, .wire_len = (uint32_t)length, .link = link};
        out[k] = sides_tell(s, &f);
        free(copy);
    }
    return k;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct prefix clients[1] = {{{0x0a000000, FAMILY_IP4}, 8}};
    static const struct sides_ports ports[1] = {{0, 1023}};
    static const struct sides_rules rules[4] = {
        {0}, {clients, 1, NULL, 0}, {NULL, 0, ports, 1}, {clients, 1, ports, 1}};
    static struct sides *all[4];
    enum side once[FRAMES], twice[FRAMES];
    if (n < 1) return 0;
    unsigned which = data[0] & 3;
    if (!all[which]) all[which] = sides_open(&rules[which]);
    struct sides *s = all[which];
    struct sides_counts before = *sides_counts(s);
    sides_rewind(s);
    size_t frames = tell_all(s, span_make(data + 1, n - 1), once);
    sides_rewind(s);
    REQUIRE(tell_all(s, span_make(data + 1, n - 1), twice) == frames);
    REQUIRE(memcmp(once, twice, frames * sizeof *once) == 0);
    uint64_t told = 0;
    const struct sides_counts *c = sides_counts(s);
    for (size_t i = 0; i < TOLD_WAYS; i++) told += c->told[i] - before.told[i];
    REQUIRE(told == 2 * frames);
    REQUIRE(c->frames[0] + c->frames[1] == before.frames[0] + before.frames[1] + told);
    return 0;
}
