/* Encoded histograms: the bytes as the text itself, and as the counters within a well-formed
 * one; what decodes encodes to the same bins again. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/span.h"
#include "stats/hist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok) abort();
}

static void try_text(const char *text)
{
    struct hist h, back;
    hist_open(&h);
    hist_open(&back);
    if (hist_decode(&h, text)) {
        uint64_t n = 0;
        for (size_t i = 0; i < HIST_BINS_OF(h.bits); i++) n += h.bin[i];
        check(n == h.count && (n == 0 || h.min <= h.max));
        check(hist_quantile(&h, 0.5) <= hist_quantile(&h, 0.99));
        char *again = hist_encode(&h);
        check(hist_decode(&back, again) && back.bits == h.bits && back.count == h.count);
        check(memcmp(back.bin, h.bin, HIST_BINS_OF(h.bits) * sizeof *h.bin) == 0);
        free(again);
    } else {
        check(h.count == 0);
    }
    hist_close(&h);
    hist_close(&back);
}

/* The bytes as counters of three digits, or of two when there is an odd number of them. */
static void try_counters(const uint8_t *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uLongf room = compressBound(40 + size);
    uint8_t *plain = calloc(1, 40 + size), *z = calloc(1, room + 16);
    char *text = malloc((room + 16) * 2);
    check(plain && z && text);
    put_u32(plain, 0x1c849313);
    put_u32(plain + 4, (uint32_t)size);
    put_u32(plain + 12, size % 2 ? 2 : 3);
    put_u64(plain + 16, 1);
    put_u64(plain + 32, 0x3ff0000000000000);
    if (size) memcpy(plain + 40, data, size);
    check(compress2(z + 8, &room, plain, 40 + size, 0) == Z_OK);
    size_t n = (room + 8 + 2) / 3 * 3, o = 0; /* zeros behind the stream spare the padding */
    put_u32(z, 0x1c849314);
    put_u32(z + 4, (uint32_t)(n - 8));
    for (size_t i = 0; i < n; i += 3)
        for (int shift = 18; shift >= 0; shift -= 6)
            text[o++] = digits[(z[i] << 16 | z[i + 1] << 8 | z[i + 2]) >> shift & 63];
    text[o] = 0;
    try_text(text);
    free(plain);
    free(z);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    check(text != NULL);
    try_text(text);
    try_counters(data, size);
    free(text);
    return 0;
}
