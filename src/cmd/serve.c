/* spate serve: the embedded target server. */
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/load.h"
#include "serve/serve.h"

static const struct option_spec serve_options[] = {
    {"http", 0, "ADDR:PORT", "answer HTTP/1.1 there; port 0: any; repeatable"},
    {"udp", 0, "ADDR:PORT", "echo datagrams there; repeatable"},
    {"tcp", 0, "ADDR:PORT", "read and drop there; repeatable"},
    {"status", 0, "VALUE", "status of replies, as in '200:99, 503:1'"},
    {"size", 0, "VALUE", "bytes of their bodies, as in '0..64KiB'"},
    {"delay", 0, "VALUE", "how long a reply takes, as in 'exp(5ms)'"},
    {"fail", 0, "VALUE", "share of requests left without a reply, as in '1%'"},
    {"workers", 0, "N", "threads"},
    {"seed", 0, "N", "what all random draws are keyed with"},
    {"allow", 0, "PREFIX", "addresses to listen on besides the test networks"},
    {"quiet", 'q', NULL, "nothing on standard output"},
    {0},
};

static void tell_bound(void *quiet, const char *service, const struct sock_addr *at)
{
    char text[ADDR_BUF];
    bool six = at->ip.family == FAMILY_IP6;
    if (*(bool *)quiet) return;
    printf("%s listens on %s%s%s:%u\n", service, six ? "[" : "", addr_format(text, at->ip),
           six ? "]" : "", at->port);
    fflush(stdout);
}

/* Signals become readable, so the server's loops end like on any other event. */
static int signals_fd(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Keys of which a profile may hold several; of the others the last option counts. */
static bool repeats(const char *key)
{
    return !strcmp(key, "http") || !strcmp(key, "udp") || !strcmp(key, "tcp");
}

static struct profile *load_profile(struct call *c)
{
    static const char *const keys[] = {"http", "udp",   "tcp",  "status",
                                       "size", "delay", "fail", "workers"};
    const struct options *o = c->options;
    struct profile *p = o->args.n ? profile_load(c->arena, o->args.v[0], c->errs)
                                  : profile_parse(c->arena, NULL, span_of("[serve]\n"), c->errs);
    if (!p) return NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value, *what = arena_printf(c->arena, "--%s", keys[i]);
        for (size_t n = 0; (value = option_nth(o, keys[i], n)); n++)
            (n && repeats(keys[i]) ? profile_add : profile_put)(p, "serve", "", keys[i], value,
                                                                what);
    }
    return p;
}

static size_t read_allowed(struct call *c, struct prefix *out)
{
    const char *text;
    size_t n = 0;
    for (; n < 16 && (text = option_nth(c->options, "allow", n)); n++) {
        bool host_bits;
        struct addr one;
        if (addr_parse(span_of(text), &one)) {
            out[n] = (struct prefix){one, family_bits(one.family)};
        } else if (!prefix_parse(span_of(text), &out[n], &host_bits)) {
            err_add(c->errs, (struct where){0},
                    "--allow is '%.60s', expected an address or a prefix", text);
            return 0;
        }
    }
    return n;
}

static int run(struct call *c)
{
    struct prefix allow[16];
    struct serve_counts counts = {0};
    bool quiet = option_given(c->options, "quiet");
    struct profile *p = load_profile(c);
    if (!p) return EXIT_USAGE;
    struct gen_env env = {.arena = c->arena, .errs = c->errs, .profile = p, .seed = 1};
    struct section *of_run = profile_section(p, "run", "");
    if (of_run) entry_count(section_get(of_run, "seed"), 0, UINT64_MAX, &env.seed, c->errs);
    option_number(c->options, "seed", 0, UINT64_MAX, &env.seed, c->errs);
    env.vars = gen_vars_new(&env, profile_section(p, "vars", ""));
    struct serve *s = serve_compile(&env, profile_section(p, "serve", ""));
    struct serve_opts opts = {.allow = allow, .bound = tell_bound, .ctx = &quiet};
    opts.allow_n = read_allowed(c, allow);
    if (!s || errs_any(c->errs)) return EXIT_USAGE;
    opts.stop_fd = signals_fd();
    bool fine = serve_run(s, &opts, &counts, c->errs);
    close(opts.stop_fd);
    if (fine && !quiet) serve_print(&counts, stdout);
    return fine ? EXIT_PASS : EXIT_RUN;
}

const struct command cmd_serve = {
    .name = "serve",
    .args = "[PROFILE]",
    .help =
        "Runs an embedded, calibrated target server on loopback until interrupted; a profile's\n"
        "[serve] section describes it",
    .args_min = 0,
    .args_max = 1,
    .options = (const struct option_spec *const[]){serve_options, NULL},
    .run = run,
};
