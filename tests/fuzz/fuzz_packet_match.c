/* Captured frames into packet_match and the printers. The first byte chooses the template. A
 * frame that is taken for a reply must be one to the unit it names: the same frame must be
 * recognised again when that unit is the newest. */
#include <stdio.h>
#include <stdlib.h>
#include "gen/population.h"
#include "packet/packet.h"

static const char *const bodies[] = {
    "layers = eth / ipv4 / udp\nsize = 64\nipv4.src = 198.18.0.0/16\nudp.sport = 1024..65535",
    "layers = eth / vlan / ipv6 / udp\nsize = 90..200\nipv6.src = 2001:2::/64",
    "layers = eth / ipv4 / tcp\nipv4.dst = 198.19.0.0/24\ntcp.mss = 1460",
    "layers = eth / ipv6 / tcp / payload\npayload.size = 4",
    "layers = eth / ipv4 / icmp\nipv4.dst = 198.19.0.0/16",
    "layers = eth / ipv6 / icmpv6\nsize = 100",
    "layers = eth / ipv4 / udp / dns\ndns.qname = ${0..99}.example.com\ndns.edns_size = 9",
};
#define BODIES (sizeof bodies / sizeof *bodies)
static struct packet *packet[BODIES];
static struct packet_room *room[BODIES];
static FILE *nowhere;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct arena a; /* for the life of the program */
    struct errs errs = {0};
    (void)argc;
    (void)argv;
    nowhere = fopen("/dev/null", "w");
    for (size_t i = 0; i < BODIES; i++) {
        struct span text = span_of(arena_printf(&a, "[packet p]\n%s\n", bodies[i]));
        struct profile *profile = profile_parse(&a, "fuzz", text, &errs);
        struct gen_env env = {.arena = &a, .errs = &errs, .profile = profile, .seed = 42};
        struct entry flows = {.key = "flows", .value = span_of("1000")};
        env.population = population_compile(&env, &flows, NULL, NULL, "fuzz");
        packet[i] =
            profile ? packet_compile(&env, profile_section(profile, "packet", "p"), true) : NULL;
        if (!packet[i]) {
            errs_print(&errs, stderr);
            abort();
        }
        room[i] = packet_room_new(packet[i], &a);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    const struct packet *p = packet[data[0] % BODIES];
    struct span frame = span_make(data + 1, size - 1);
    struct scratch s = {0};
    uint64_t index, again;
    enum content content;
    if (packet_match(p, &s, frame, 100000, &index)) {
        if (!packet_match(p, &s, frame, index, &again) || again != index) abort();
    }
    packet_arrived(p, room[data[0] % BODIES], &s, frame, 100000, &index, &content);
    scratch_free(&s);
    packet_print_json(p, frame, nowhere);
    packet_print_text(p, frame, nowhere);
    return 0;
}
