/* samecap SOURCE COPY [MTU]: whether COPY, read by libpcap, holds the Ethernet frames of SOURCE,
 * the same bytes in the same order. Frames that cannot be sent are left out and counted by
 * reason, as a replay must count them. Prints one JSON line; exit 1 on a difference. */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/trace.h"

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: samecap SOURCE COPY [MTU]\n", stderr);
        return 2;
    }
    struct errs errs = {0};
    char error[PCAP_ERRBUF_SIZE];
    size_t mtu = argc > 3 ? (size_t)atol(argv[3]) : 1 << 20;
    struct trace *source = trace_open(argv[1], (struct where){0}, &errs);
    pcap_t *copy = pcap_open_offline(argv[2], error);
    if (!source || !copy) {
        errs_print(&errs, stderr);
        fprintf(stderr, "%s\n", copy ? "" : error);
        return 2;
    }
    unsigned long same = 0, cut = 0, foreign = 0, big = 0, extra = 0, differ = 0;
    struct trace_frame f;
    struct pcap_pkthdr *h;
    const u_char *bytes;
    while (trace_next(source, &f) == TRACE_FRAME) {
        if (f.link != 1)
            foreign++;
        else if (f.bytes.n < f.wire_len || f.bytes.n < 14)
            cut++;
        else if (f.bytes.n > mtu)
            big++;
        else if (pcap_next_ex(copy, &h, &bytes) == 1 && h->caplen == f.bytes.n &&
                 memcmp(bytes, f.bytes.p, f.bytes.n) == 0)
            same++;
        else if (++differ == 1)
            fprintf(stderr, "%s: frame %lu differs\n", argv[1], same + cut + foreign + big + 1);
    }
    while (pcap_next_ex(copy, &h, &bytes) == 1) extra++;
    printf("{\"same\":%lu,\"cut\":%lu,\"foreign_link\":%lu,\"too_big\":%lu,\"extra\":%lu,"
           "\"differ\":%lu,\"damage\":%s%s%s}\n",
           same, cut, foreign, big, extra, differ, trace_problem(source) ? "\"" : "",
           trace_problem(source) ? trace_problem(source) : "null",
           trace_problem(source) ? "\"" : "");
    trace_close(source);
    pcap_close(copy);
    return extra || differ;
}
