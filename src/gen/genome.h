/* genome: an IMIX genome (RFC 6985): frame sizes in a fixed order that begins again at its end. */
#ifndef GEN_GENOME_H
#define GEN_GENOME_H

#include "gen/gen.h"

#define FRAME_FCS 4 /* a size in a mix counts the frame check sequence; a frame here does not */
#define FRAME_LEAST 64
#define FRAME_MOST 65535

/* A frame size with check sequence. False after adding an error that names `expected`. */
bool frame_size(struct gen_env *env, const struct expr *e, const char *expected, uint64_t *size);

/* The node of imix(genome=..., mtu=..., A=...). NULL after adding what is wrong. */
struct gen *genome_compile(struct gen_env *env, const struct expr *call, const char *path);

#endif
