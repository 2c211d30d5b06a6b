/* lex: the tokens of value expressions, gates, expectations, maps and layer lists.
 *
 * One tokenizer serves every small language in a profile, so numbers, units, addresses and
 * names are the same everywhere. */
#ifndef PROFILE_LEX_H
#define PROFILE_LEX_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/units.h"

enum token_kind {
    TOK_END,
    TOK_NUMBER, /* quantity */
    TOK_ADDR,   /* IPv4, IPv6 or MAC; the longest that fits: `fe80::1 : 8` has a weight */
    TOK_PREFIX, /* 10.0.0.0/8, 2001:db8::/32 */
    TOK_NAME,   /* [A-Za-z_][A-Za-z0-9_.-]*, not ending in '.' or '-': p99.9, udp.sport, word */
    TOK_STRING, /* "double quoted", with \" \\ \n \r \t \xHH escapes: text holds the raw inside */
    TOK_PUNCT,  /* .. -> <= >= == != or one of ( ) , : = / < > + @ * } */
    TOK_BAD,    /* problem says what is wrong */
};
struct token {
    enum token_kind kind;
    struct span text; /* the token as written (a string: what is between the quotes) */
    struct quantity q;
    struct addr addr;
    struct prefix prefix;
    const char *problem; /* static text */
};
struct lex {
    struct span all;
    size_t at;        /* behind the current token */
    size_t from;      /* where the current token begins */
    size_t behind;    /* where the token before it ended */
    struct token tok; /* the current token */
};

/* Begins, with the first token current. */
void lex_start(struct lex *l, struct span text);
/* Steps to the next token, which is also returned. At the end stays there. */
enum token_kind lex_next(struct lex *l);
bool lex_is(const struct lex *l, const char *punct_or_name);
/* Steps over the current token if it is that punctuation or name. */
bool lex_accept(struct lex *l, const char *punct_or_name);
/* What stands at the current token, for messages: "'foo'", "the end". buf is returned. */
const char *lex_here(const struct lex *l, char buf[static 64]);
/* The text not yet consumed, current token included. */
struct span lex_rest(const struct lex *l);
/* The meaning of a TOK_STRING's text, escapes resolved. In the arena. */
struct span lex_unescape(struct arena *a, struct span text);

#endif
