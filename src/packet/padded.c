#include "packet/padded.h"

size_t padded_encode(struct span in, uint8_t *out)
{
    size_t n = (in.n + 3) & ~(size_t)3;
    memset(out, 0, n);
    if (in.n) memcpy(out, in.p, in.n);
    return n;
}
