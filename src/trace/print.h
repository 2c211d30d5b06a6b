/* print: a recorded frame for people and for programs, as `spate gen` shows it. */
#ifndef TRACE_PRINT_H
#define TRACE_PRINT_H

#include "base/span.h"

#include <stdio.h>

/* "198.18.3.4:1027 > 198.19.0.1:80 tcp S seq 1 ack 0, 60 bytes"; what it has no name for is told
 * by its number. No line end. */
void frame_print_text(struct span frame, FILE *f);
/* {"protocol":"tcp","src":"198.18.3.4","sport":1027,...} */
void frame_print_json(struct span frame, FILE *f);

#endif
