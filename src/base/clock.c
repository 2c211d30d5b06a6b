#include "base/clock.h"

int64_t clock_wall_offset(void)
{
    int64_t best = 0;
    uint64_t narrowest = UINT64_MAX;
    for (int i = 0; i < 8; i++) {
        uint64_t a = clock_now(), wall = clock_wall(), b = clock_now();
        if (b - a < narrowest) {
            narrowest = b - a;
            best = (int64_t)(a + (b - a) / 2) - (int64_t)wall;
        }
    }
    return best;
}
