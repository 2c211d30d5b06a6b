/* spate list: what the profile language knows, with help. */
#include <stdio.h>
#include <string.h>

#include "cmd/catalogue.h"
#include "cmd/options.h"

static const struct option_spec list_options[] = {
    {"markdown", 0, NULL, "as the reference that docs/reference.md holds"},
    {0},
};

static void print_text(const struct doc *d, bool whole)
{
    printf("  %-14s %s\n", d->name, d->help);
    if (!whole) return;
    for (const struct param *p = d->params; p && p->name; p++)
        printf("    %-16s %s; %s%s%s\n", p->name, p->type, p->help, p->dflt ? "; default " : "",
               p->dflt ? p->dflt : "");
    if (d->example && !strchr(d->example, '\n')) printf("    as in: %s\n", d->example);
}

/* Bars would end a cell of a table. */
static void print_cell(const char *s)
{
    for (; *s; s++) {
        if (*s == '|') putchar('\\');
        putchar(*s == '\n' ? ' ' : *s);
    }
}

static void print_markdown(const struct doc *d)
{
    printf("### %s\n\n%s.\n\n", d->name, d->help);
    if (d->example) printf("```ini\n%s\n```\n\n", d->example);
    if (!d->params || !d->params->name) return;
    printf("| name | takes | default | |\n|---|---|---|---|\n");
    for (const struct param *p = d->params; p->name; p++) {
        printf("| `%s` | ", p->name);
        print_cell(p->type);
        printf(" | ");
        print_cell(p->dflt ? p->dflt : "(must be given)");
        printf(" | ");
        print_cell(p->help);
        printf(" |\n");
    }
    putchar('\n');
}

static void list_one(const struct catalogue *k, struct arena *a, bool whole, bool markdown)
{
    struct doc d;
    if (markdown)
        printf("## %s\n\n%c%s.\n\n", k->title, k->help[0] - 'a' + 'A', k->help + 1);
    else
        printf("%s: %s\n", k->name, k->help);
    for (size_t i = 0; k->entry(i, a, &d); i++) {
        if (markdown)
            print_markdown(&d);
        else
            print_text(&d, whole);
    }
    if (!markdown) putchar('\n');
}

/* One entry by its name, wherever it stands. */
static bool list_named(const char *name, struct arena *a)
{
    struct doc d;
    bool found = false;
    for (size_t k = 0; k < catalogue_count; k++)
        for (size_t i = 0; catalogues[k].entry(i, a, &d); i++) {
            if (strcmp(d.name, name) != 0) continue;
            printf("%s\n", catalogues[k].name);
            print_text(&d, true);
            found = true;
        }
    return found;
}

static const char *name_at(const void *list, size_t i)
{
    (void)list;
    return i < catalogue_count ? catalogues[i].name : NULL;
}

static int run(struct call *c)
{
    const char *name = c->options->args.n ? c->options->args.v[0] : NULL;
    bool markdown = option_given(c->options, "markdown"), found = false;
    if (markdown)
        printf("# Reference\n\nMade by `spate list --markdown` from the classes themselves; "
               "`spate list NAME` shows one entry.\n\n");
    for (size_t i = 0; i < catalogue_count; i++) {
        if (name && strcmp(name, catalogues[i].name) != 0) continue;
        list_one(&catalogues[i], c->arena, name != NULL, markdown);
        found = true;
    }
    if (!found) found = list_named(name, c->arena);
    if (found) return EXIT_PASS;
    char hint[80];
    err_add(c->errs, (struct where){0},
            "'%.40s' is neither a kind nor a name, expected one that "
            "'spate list' shows%s",
            name, err_suggest(hint, err_nearest(name, name_at, NULL)));
    return EXIT_USAGE;
}

const struct command cmd_list = {
    .name = "list",
    .args = "[KIND or NAME]",
    .help = "Tells what the profile language knows: functions, rates, layers, protocols, metrics "
            "and so on",
    .args_min = 0,
    .args_max = 1,
    .options = (const struct option_spec *const[]){list_options, NULL},
    .run = run,
};
