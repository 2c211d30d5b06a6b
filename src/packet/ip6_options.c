#include "packet/ip6_options.h"

size_t ip6_options_encode(struct span in, uint8_t *out)
{
    size_t pad = (8 - (in.n + 2) % 8) % 8;
    if (in.n == 0) pad = 6;
    if (in.n) memcpy(out, in.p, in.n);
    memset(out + in.n, 0, pad);
    if (pad > 1) {
        out[in.n] = 1;
        out[in.n + 1] = (uint8_t)(pad - 2);
    }
    return in.n + pad;
}
