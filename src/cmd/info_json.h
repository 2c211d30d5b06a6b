/* info_json: what `spate info --json` prints. The keys are stable. */
#ifndef CMD_INFO_JSON_H
#define CMD_INFO_JSON_H

#include <stdio.h>

#include "trace/info.h"

/* One object and a line end. Times in ns since 1970, absent without time stamps. */
void info_json(const char *path, const struct info *i, FILE *f);

#endif
