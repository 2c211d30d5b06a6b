/* golden: what a test made against a file under tests/golden, which UPDATE_GOLDEN=1 in the
 * environment writes anew. Programs that include it have cmocka.h before it. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdio.h>
#include <stdlib.h>

/* That `made` is the text of the file; a failure shows where they part. */
static inline void golden_check(const char *path, const char *made)
{
    if (getenv("UPDATE_GOLDEN")) {
        FILE *to = fopen(path, "w");
        assert_non_null(to);
        assert_true(fputs(made, to) >= 0);
        assert_int_equal(fclose(to), 0);
    }
    FILE *f = fopen(path, "r");
    char *kept = NULL;
    size_t room = 0;
    if (!f) fail_msg("%s is missing; make it with UPDATE_GOLDEN=1", path);
    assert_true(getdelim(&kept, &room, '\0', f) > 0);
    fclose(f);
    for (size_t at = 0, line = 1; made[at] || kept[at]; at++) {
        if (made[at] != kept[at])
            fail_msg("%s:%zu differs: '%.60s' was '%.60s'", path, line, made + at, kept + at);
        line += made[at] == '\n';
    }
    free(kept);
}

#endif
