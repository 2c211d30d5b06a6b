/* expect: what a reply must be, checked piece by piece as it comes.
 *
 *   status 200..299 | status 200, 404
 *   header NAME present | header NAME is "text" | header NAME contains "text"
 *   body contains "text" | body is "text" | body size 10..20
 *
 * Each may be negated with `not` after its subject (`header NAME not present`). Texts are fixed:
 * they hold no variables. A header that is repeated is as expected when any of its lines is; of
 * its line the first LINE_KEPT bytes count (proto/line.h). Nothing of the reply is kept: searches
 * carry their state over piece borders (Knuth, Morris, Pratt 1977). Compiled by proto/, run
 * by run/. */
#ifndef PROTO_EXPECT_H
#define PROTO_EXPECT_H

#include "proto/proto.h"

/* All `expect =` entries of a section, in order; NULL for none or after adding errors. */
const struct expect *expect_compile(struct gen_env *env, struct section *sec);
/* Memory one reply's check needs. 0 for NULL. */
size_t expect_state_size(const struct expect *x);
/* Begins the check of one reply: sets reply->on_header, on_body and ctx. */
void expect_begin(const struct expect *x, void *state, struct reply *reply);
/* After the reply: NULL when it is as expected, else the first that is not, as written. */
const char *expect_verdict(const struct expect *x, void *state, const struct reply *reply);
enum expect_kind { EXPECT_STATUS, EXPECT_HEADER, EXPECT_BODY };
/* Of the expectation that expect_verdict returned. */
enum expect_kind expect_verdict_kind(const struct expect *x, void *state);

/* Whether any of them is of that kind. */
bool expect_asks(const struct expect *x, enum expect_kind kind);

#endif
