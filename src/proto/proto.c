#include "proto/proto.h"

#define PROTO(name) extern const struct proto proto_##name;
#include "proto/proto.def"
#undef PROTO

const struct proto *const protos[] = {
#define PROTO(name) &proto_##name,
#include "proto/proto.def"
#undef PROTO
};
const size_t proto_count = sizeof protos / sizeof protos[0];

const struct proto *proto_named(const char *name)
{
    for (size_t i = 0; i < proto_count; i++)
        if (strcmp(protos[i]->doc.name, name) == 0) return protos[i];
    return NULL;
}

const struct proto *proto_for_scheme(const char *scheme)
{
    for (size_t i = 0; i < proto_count; i++)
        for (const char *const *s = protos[i]->schemes; *s; s++)
            if (strcmp(*s, scheme) == 0) return protos[i];
    return NULL;
}
