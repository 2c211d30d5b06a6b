/* line: a recorded frame in one line of text, for people who step through a capture.
 *
 * Called by cmd/. */
#ifndef TRACE_LINE_H
#define TRACE_LINE_H

#include "base/span.h"

#define LINE_BUF 256
/* "IPv4 198.18.0.1:4000 > 198.19.0.2:80 TCP SYN, 60 bytes" of an Ethernet frame; buf is returned.
 */
char *frame_line(char buf[static LINE_BUF], struct span frame);

#endif
