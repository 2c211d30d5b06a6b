/* report: how a result is told. Every report is a view of struct result, nothing more.
 *
 * Adding one: report/NAME.c with `const struct report_class report_NAME`, and REPORT(NAME) in
 * report/report.def. Called by cmd/. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/param.h"
#include "stats/result.h"

struct report_style {
    bool colour;
    unsigned width; /* of the terminal; 0: 80 */
};
struct report_class {
    struct doc doc;
    const char *const *extensions; /* without dot; ends with NULL */
    bool (*write)(const struct result *r, const struct report_style *style, FILE *f);
};
extern const struct report_class *const report_classes[];
extern const size_t report_class_count;
/* "FORMAT:FILE" or a file whose extension tells; *path is set to the file ("-": standard
 * output). NULL after adding what is wrong, with the formats there are. */
const struct report_class *report_for(const char *spec, const char **path, struct errs *errs);
const struct report_class *report_named(const char *name);
/* Writes to the file by way of a temporary one beside it, so that a result is whole or not
 * there. False after adding what is wrong. */
bool report_save(const struct report_class *c, const struct result *r, const char *path,
                 struct errs *errs);

#endif
