#include "cmd/catalogue.h"

#include "gate/gate.h"
#include "packet/layer.h"
#include "plan/plan.h"
#include "report/report.h"
#include "serve/serve.h"

static bool section_entry(size_t i, struct arena *a, struct doc *out)
{
    static const struct {
        const char *name, *help;
        const struct param *keys;
    } sections[] = {
        {"[run]", "how the whole run goes", run_keys},
        {"[target]", "where requests go", target_keys},
        {"[vars]", "NAME = VALUE: values by name; used twice in one unit, it is the same value",
         NULL},
        {"[stream NAME]", "a flow of units with its own schedule and its own way out", stream_keys},
        {"[packet NAME]", "a stack of layers and the values of their fields, LAYER.FIELD = VALUE",
         packet_keys},
        {"[conversation NAME]", "packets of two sides in order, with pauses", conversation_keys},
        {"[request NAME]",
         "a request of an application protocol; besides these it has the protocol's keys",
         request_keys},
        {"[gates]", "NAME = CONDITION: what the result must be", NULL},
        {"[serve]", "what `spate serve` answers with", serve_keys},
    };
    (void)a;
    if (i >= sizeof sections / sizeof *sections) return false;
    *out = (struct doc){
        .name = sections[i].name, .help = sections[i].help, .params = sections[i].keys};
    return true;
}

static bool function_entry(size_t i, struct arena *a, struct doc *out)
{
    (void)a;
    if (i >= gen_class_count) return false;
    *out = gen_classes[i]->doc;
    return true;
}

static bool pace_entry(size_t i, enum pace_role role, struct doc *out)
{
    for (size_t k = 0; k < pace_class_count; k++)
        if (pace_class_role(pace_classes[k]) == role && i-- == 0) {
            *out = *pace_class_doc(pace_classes[k]);
            return true;
        }
    return false;
}
static bool rate_entry(size_t i, struct arena *a, struct doc *out)
{
    (void)a;
    return pace_entry(i, PACE_RATE, out);
}
static bool arrival_entry(size_t i, struct arena *a, struct doc *out)
{
    (void)a;
    return pace_entry(i, PACE_ARRIVAL, out);
}

static bool layer_entry(size_t i, struct arena *a, struct doc *out)
{
    if (i >= layer_class_count) return false;
    const struct layer_class *c = layer_classes[i];
    size_t n = 0;
    struct param x;
    while (layer_param(c, n, a, &x)) n++;
    struct param *params = arena_array(a, struct param, n + 1);
    for (size_t k = 0; k < n; k++) layer_param(c, k, a, &params[k]);
    *out = c->doc;
    out->params = params;
    return true;
}

static bool proto_entry(size_t i, struct arena *a, struct doc *out)
{
    (void)a;
    if (i >= proto_count) return false;
    *out = protos[i]->doc;
    out->params = protos[i]->keys;
    return true;
}

static bool wire_entry(size_t i, struct arena *a, struct doc *out)
{
    (void)a;
    if (i >= wire_class_count) return false;
    *out = wire_classes[i]->doc;
    return true;
}

static bool metric_entry(size_t i, struct arena *a, struct doc *out)
{
    (void)a;
    if (i >= metric_count) return false;
    *out = *metric_docs[i];
    return true;
}

static bool report_entry(size_t i, struct arena *a, struct doc *out)
{
    (void)a;
    if (i >= report_class_count) return false;
    *out = report_classes[i]->doc;
    return true;
}

static bool error_entry(size_t i, struct arena *a, struct doc *out)
{
    (void)a;
    if (i + 1 >= ERROR_COUNT) return false;
    *out = (struct doc){.name = error_names[i + 1], .help = error_help[i + 1]};
    return true;
}

const struct catalogue catalogues[] = {
    {"section", "Sections", "the parts of a profile and their keys", section_entry},
    {"function", "Functions", "generators of values, for any value expression", function_entry},
    {"rate", "Rates", "how many units are due over time, for `rate` of a stream", rate_entry},
    {"arrival", "Arrivals", "how units are spread around the rate, for `arrival` of a stream",
     arrival_entry},
    {"layer", "Layers", "protocol headers, for `layers` of a packet", layer_entry},
    {"proto", "Protocols", "what requests may speak, and the keys of their [request] sections",
     proto_entry},
    {"wire", "Wires", "where frames leave, for `wire` of a stream", wire_entry},
    {"metric", "Metrics", "what gates may judge", metric_entry},
    {"report", "Reports", "formats of a result, for `-o`", report_entry},
    {"error", "Errors", "why units fail or replies are wrong, as results name them", error_entry},
};
const size_t catalogue_count = sizeof catalogues / sizeof *catalogues;
