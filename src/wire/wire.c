#include "wire/wire.h"

#include <string.h>

#define WIRE(name) extern const struct wire_class wire_##name;
#include "wire/wire.def"
#undef WIRE

const struct wire_class *const wire_classes[] = {
#define WIRE(name) &wire_##name,
#include "wire/wire.def"
#undef WIRE
};
const size_t wire_class_count = sizeof wire_classes / sizeof *wire_classes;

const struct wire_class *wire_class_named(const char *name)
{
    for (size_t i = 0; i < wire_class_count; i++)
        if (strcmp(wire_classes[i]->doc.name, name) == 0) return wire_classes[i];
    return NULL;
}
