/* frame: one packet as bytes, ready to leave. Made by packet/ and trace/, taken by wire/. */
#ifndef PACKET_FRAME_H
#define PACKET_FRAME_H

#include <stdint.h>

struct frame {
    const uint8_t *p;
    uint32_t len;      /* bytes at p */
    uint32_t wire_len; /* length it had or will have on a wire; len unless cut by a capture */
    uint64_t at_ns;    /* the time stamp a capture file should give it: ns since 1970 */
};

#endif
