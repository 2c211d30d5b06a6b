#include "report/report.h"

static bool write_json(const struct result *r, const struct report_style *style, FILE *f)
{
    (void)style;
    return result_write(r, f);
}

const struct report_class report_json = {
    .doc = {"json", "everything that is known of the run; other reports are made from it",
            "json:result.json", NULL},
    .extensions = (const char *const[]){"json", NULL},
    .write = write_json,
};
