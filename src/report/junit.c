/* JUnit XML, which every CI server shows: one test case for each gate, and one for the run. */
#include "report/report.h"

#include "report/escape.h"
#include "report/fmt.h"

static void put_case(FILE *f, const struct result *r, const char *name)
{
    fputs("    <testcase classname=\"", f);
    put_xml(f, r->profile ? r->profile : "spate");
    fputs("\" name=\"", f);
    put_xml(f, name);
    fputs("\" time=\"0\"", f);
}

/* <failure> or <error>, with the words that say it. */
static void put_outcome(FILE *f, const char *element, const char *type, const char *text)
{
    fprintf(f, "      <%s type=\"%s\" message=\"", element, type);
    put_xml(f, text);
    fputs("\"/>\n", f);
}

static size_t run_errors(const struct result *r)
{
    return r->invalid + (r->failed_because != NULL) + !r->complete;
}

static void put_run(FILE *f, const struct result *r)
{
    put_case(f, r, "the run itself");
    if (!run_errors(r)) {
        fputs("/>\n", f);
        return;
    }
    fputs(">\n", f);
    if (r->failed_because)
        put_outcome(f, "error", "failed", r->failed_because);
    else if (r->invalid)
        put_outcome(f, "error", "invalid", r->invalid_because[0]);
    else
        put_outcome(f, "error", "incomplete", "the run was ended before its time");
    for (size_t i = 0; i < r->invalid; i++) {
        fputs("      <system-out>", f);
        put_xml(f, r->invalid_because[i]);
        fputs("</system-out>\n", f);
    }
    fputs("    </testcase>\n", f);
}

static void put_gate(FILE *f, const struct result *r, const struct result_gate *g)
{
    char value[FMT_BUF], text[512];
    put_case(f, r, g->name);
    if (g->verdict == VERDICT_PASS) {
        fputs("/>\n", f);
        return;
    }
    fputs(">\n", f);
    if (g->verdict == VERDICT_FAIL) {
        snprintf(text, sizeof text, "%s: it is %s", g->condition, fmt_gate(value, g));
        put_outcome(f, "failure", "gate", text);
    } else {
        snprintf(text, sizeof text, "%s: no data: %s", g->condition, g->why ? g->why : "");
        put_outcome(f, "error", "nodata", text);
    }
    fputs("    </testcase>\n", f);
}

static bool write_junit(const struct result *r, const struct report_style *style, FILE *f)
{
    (void)style;
    size_t n[3];
    count_verdicts(r, n);
    char sums[120];
    snprintf(sums, sizeof sums,
             "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\" time=\"%.3f\"",
             r->gate_count + 1, n[VERDICT_FAIL], n[VERDICT_NODATA] + (run_errors(r) > 0),
             r->duration_s);
    fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"spate\" %s>\n",
            sums);
    fputs("  <testsuite name=\"", f);
    put_xml(f, r->profile ? r->profile : "spate");
    fprintf(f, "\" %s timestamp=\"", sums);
    put_xml(f, r->start ? r->start : "");
    fputs("\">\n", f);
    put_run(f, r);
    for (size_t i = 0; i < r->gate_count; i++) put_gate(f, r, &r->gates[i]);
    fputs("  </testsuite>\n</testsuites>\n", f);
    return !ferror(f);
}

const struct report_class report_junit = {
    .doc = {"junit", "one test case for each gate and one for the run, for CI servers",
            "junit:junit.xml", NULL},
    .extensions = (const char *const[]){"xml", NULL},
    .write = write_junit,
};
