/* Captured frames into answer_make. The first byte chooses how much room there is. An answer goes
 * from our card to one card, is never answered itself, and is the same when there is just room
 * enough. */
#include <stdlib.h>

#include "packet/answer.h"

#define ROOM 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct addr_range mine[] = {
        {{0, FAMILY_IP4}, {0xffffffff, FAMILY_IP4}},
        {{0, FAMILY_IP6}, {~(u128)0, FAMILY_IP6}},
    };
    static struct addr_range theirs[] = {{{0xc6124001, FAMILY_IP4}, {0xc6124001, FAMILY_IP4}}};
    static const struct answerer a = {{2, 0, 0, 0, 0, 1}, {mine, 2, 2}, {theirs, 1, 1}};
    if (size < 1) return 0;
    size_t room = data[0] < 128 ? data[0] : ROOM, len = 0, again = 0;
    struct span frame = span_make(data + 1, size - 1);
    uint8_t *out = malloc(room ? room : 1);
    enum answered what = answer_make(&a, frame, out, room, &len);
    must(len <= room && (what == ANSWERED_NOTHING) == (len == 0));
    if (len) {
        uint8_t *tight = malloc(len), more[ROOM];
        must(memcmp(out + 6, a.mac, 6) == 0 && !(out[0] & 1));
        must(answer_make(&a, frame, tight, len, &again) == what && again == len);
        must(memcmp(out, tight, len) == 0);
        must(answer_make(&a, frame, tight, len - 1, &again) == ANSWERED_NOTHING);
        memcpy(out, a.mac, 6); /* as if it were asked of us */
        out[11] ^= 0x80;
        must(answer_make(&a, span_make(out, len), more, ROOM, &again) == ANSWERED_NOTHING);
        free(tight);
    }
    free(out);
    return 0;
}
