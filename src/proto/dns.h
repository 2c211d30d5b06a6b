/* dns: the parser of DNS replies over UDP (RFC 1035, RFC 6891). Used by dns.c and tests. */
#ifndef PROTO_DNS_H
#define PROTO_DNS_H

#include "proto/proto.h"

#define DNS_HEADER 12
#define DNS_NAME_MAX 255
#define DNS_QUESTION_MAX (DNS_NAME_MAX + 4)

struct dns_reply {
    uint16_t id;
    uint16_t question_n; /* 0: nothing is known of the query, any reply will do */
    uint8_t question[DNS_QUESTION_MAX];
};

void dns_reply_begin(struct dns_reply *p, struct reply *reply);
/* The query that the reply answers. */
void dns_reply_sent(void *state, struct span query);
/* One datagram. Those with another id are not for this query: they are passed over. Bad are
 * a query, another question than was asked, and records that do not fit the datagram. Status is
 * the response code, 0 NOERROR, 3 NXDOMAIN, with the upper bits that EDNS adds; the body is the
 * whole datagram. */
enum parsed dns_reply_parse(void *state, struct span in, size_t *used, struct reply *reply);

#endif
