/* http1_edit: changes to the header section of recorded HTTP/1.x requests.
 *
 *   header = Host: shop.test            set, replacing all of that name
 *   header = Cookie: sid=${hex(16)}     from a template, drawn for each request
 *   header = Referer:                   removed
 *
 * What frames a message (Content-Length, Transfer-Encoding) stays as recorded, as its body does.
 * Compiled by plan/, applied by run/ (live replay). */
#ifndef PROTO_HTTP1_EDIT_H
#define PROTO_HTTP1_EDIT_H

#include "proto/pieces.h"

struct http1_edit;
/* All `header =` entries of a section; NULL for none or after adding errors. */
const struct http1_edit *http1_edit_compile(struct gen_env *env, struct section *sec);

/* A complete header section with the changes for unit d->index[0]; in d's scratch. */
struct span http1_edit_apply(const struct http1_edit *x, struct span head, const struct draw *d);

#endif
