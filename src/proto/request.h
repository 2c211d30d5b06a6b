/* request: what the protocols' compile functions share. Not for other folders. */
#ifndef PROTO_REQUEST_H
#define PROTO_REQUEST_H

#include "proto/pieces.h"
#include "proto/proto.h"

/* "request NAME.key": where the draws of a key are keyed. */
const char *request_path(struct gen_env *env, const struct section *sec, const char *key);
/* Whether the section says `connection = close`; keep when it says nothing. */
bool request_closes(struct gen_env *env, struct section *sec);

#endif
