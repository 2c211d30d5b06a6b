#include "profile/ini.h"

#include <ini.h>
#include <stdio.h>

#define SECTION_MAX 48  /* bytes of its name: libinih keeps 49 */
#define KEY_MAX 120     /* bytes; libinih's line has room for about 200 */
#define LINES_MAX 20000 /* sections and keys together */

/* Where reading stands. libinih is handed one logical line at a time, in a form it cannot
 * misread: "[section]", or "key=" without its value. It calls the handler before it asks for
 * the next line, so the value and the number of the line in hand wait here. */
struct reading {
    struct arena *arena;
    const char *file;
    struct errs *errs;
    struct ini_file *out;
    struct span text;
    size_t at;      /* the physical line to be read next begins here */
    unsigned line;  /* and has this number */
    unsigned begun; /* number of the logical line in hand */
    struct span value;
    size_t lines; /* logical lines so far */
    bool lost;    /* the last section line was faulty: its keys belong nowhere */
    bool handed;  /* a key that has not come back through the handler */
};
struct pieces {
    uint8_t *v;
    size_t n, cap;
};

static struct where here(const struct reading *r)
{
    return (struct where){r->file, r->begun};
}

/* The next physical line, without its line end. */
static struct span line_peek(const struct reading *r)
{
    struct span rest = span_from(r->text, r->at);
    struct span line = span_sub(rest, 0, span_find(rest, '\n'));
    if (line.n && line.p[line.n - 1] == '\r') line.n--;
    return line;
}

static struct span line_take(struct reading *r)
{
    struct span line = line_peek(r);
    r->begun = r->line++;
    r->at += span_find(span_from(r->text, r->at), '\n') + 1;
    return line;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static size_t indent(struct span line)
{
    size_t n = 0;
    while (n < line.n && is_blank(line.p[n])) n++;
    return n;
}

/* Nothing, or a comment. */
static bool is_idle(struct span line)
{
    struct span text = span_trim(line);
    return text.n == 0 || text.p[0] == ';' || text.p[0] == '#';
}

static bool comment_begins(struct span s, size_t at)
{
    return s.p[at] == ';' && at > 0 && is_blank(s.p[at - 1]);
}

/* What comes before " ;", which begins a comment unless it stands inside "..." or ${...}. An
 * opener that is never closed on its line protects nothing. */
static struct span without_comment(struct span s)
{
    bool quoted = false, group = false, quoted_in_group = false;
    size_t cut = s.n; /* the first " ;" since the outermost opener */
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i], after = i + 1 < s.n ? s.p[i + 1] : 0;
        if (cut == s.n && comment_begins(s, i)) cut = i;
        if (cut == i && !quoted && !group) break;
        if ((c == '\\' && (quoted || group)) || (c == '$' && after == '$' && !group))
            i++;
        else if (c == '"' && group)
            quoted_in_group = !quoted_in_group;
        else if (c == '"')
            quoted = !quoted;
        else if (c == '$' && after == '{')
            group = true;
        else if (c == '}' && !quoted_in_group)
            group = false;
        if (!quoted && !group) cut = s.n;
    }
    return span_sub(s, 0, cut);
}

static void piece_add(struct arena *a, struct pieces *b, struct span s)
{
    while (b->cap - b->n < s.n) b->v = arena_grow(a, b->v, 1, &b->cap);
    if (s.n) memcpy(b->v + b->n, s.p, s.n);
    b->n += s.n;
}

/* A value from its first line on: lines indented deeper than the key continue it. */
static struct span value_take(struct reading *r, struct span first, size_t key_indent)
{
    struct pieces b = {0};
    piece_add(r->arena, &b, span_trim(without_comment(first)));
    unsigned begun = r->begun;
    while (r->at < r->text.n) {
        struct span line = line_peek(r);
        if (!is_idle(line) && indent(line) <= key_indent) break;
        line_take(r);
        if (is_idle(line)) continue;
        piece_add(r->arena, &b, span_of("\n"));
        piece_add(r->arena, &b, span_trim(without_comment(line)));
    }
    r->begun = begun;
    return span_make(b.v, b.n);
}

/* Hands "[section]" over; false after adding what is wrong. */
static bool section_line(struct reading *r, struct span text, char *str, size_t room)
{
    size_t end = span_find(text, ']');
    struct span name = span_trim(span_sub(text, 1, end - 1));
    struct span rest = span_trim(span_from(text, end + 1));
    if (end == text.n)
        return err_add(r->errs, here(r), "the section's name is not closed, expected ']'");
    if (rest.n && rest.p[0] != ';' && rest.p[0] != '#')
        return err_add(r->errs, here(r), "expected nothing behind ']', found '%.*s'",
                       rest.n > 40 ? 40 : (int)rest.n, (const char *)rest.p);
    if (name.n == 0) return err_add(r->errs, here(r), "a section without a name");
    if (span_find(name, ';') < name.n)
        return err_add(r->errs, here(r), "a section's name cannot hold ';'");
    if (name.n > SECTION_MAX || name.n + 4 > room)
        return err_add(r->errs, here(r), "the section's name has more than %d bytes", SECTION_MAX);
    snprintf(str, room, "[%.*s]\n", (int)name.n, (const char *)name.p);
    *VEC_PUSH(r->arena, r->out) =
        (struct ini_line){.line = r->begun, .section = arena_str(r->arena, name)};
    return true;
}

/* Hands "key=" over; false after adding what is wrong. */
static bool key_line(struct reading *r, struct span line, char *str, size_t room)
{
    size_t eq = span_find(line, '=');
    struct span text = span_trim(line), key = span_trim(span_sub(line, 0, eq));
    r->value = value_take(r, span_from(line, eq + 1), indent(line));
    if (eq == line.n || without_comment(key).n < key.n)
        return err_add(r->errs, here(r),
                       "expected 'key = value' or '[section]' (a value goes on in indented lines), "
                       "found '%.*s'",
                       text.n > 40 ? 40 : (int)text.n, (const char *)text.p);
    if (key.n == 0) return err_add(r->errs, here(r), "expected a key before '='");
    if (span_starts(key, "\xef\xbb\xbf")) /* libinih would drop it and read what is behind */
        return err_add(
            r->errs, here(r),
            "a byte order mark before a key, expected one at the start of the file only");
    if (span_find(key, ':') < key.n)
        return err_add(r->errs, here(r), "a key cannot hold ':', expected 'key = value'");
    if (key.n > KEY_MAX || key.n + 3 > room)
        return err_add(r->errs, here(r), "the key has more than %d bytes", KEY_MAX);
    snprintf(str, room, "%.*s=\n", (int)key.n, (const char *)key.p);
    r->handed = true;
    return true;
}

/* libinih's reader: the next logical line into str. */
static char *next_line(char *str, int room, void *stream)
{
    struct reading *r = stream;
    if (r->handed) err_add(r->errs, here(r), "libinih cannot read this line");
    r->handed = false;
    while (r->at < r->text.n) {
        struct span line = line_take(r), text = span_trim(line);
        if (is_idle(line)) continue;
        if (++r->lines > LINES_MAX) {
            err_add(r->errs, here(r), "the profile has more than %d lines with content", LINES_MAX);
            return NULL;
        }
        if (text.p[0] == '[') {
            r->lost = !section_line(r, text, str, (size_t)room);
            if (!r->lost) return str;
        } else if (key_line(r, line, str, (size_t)room)) {
            return str;
        }
    }
    return NULL;
}

/* libinih's handler: one key. */
static int on_key(void *user, const char *section, const char *key, const char *value)
{
    struct reading *r = user;
    (void)value; /* the true one is in r */
    r->handed = false;
    if (r->lost) return 1;
    if (!section[0])
        return !err_add(r->errs, here(r), "the key '%s' stands before any [section]", key);
    *VEC_PUSH(r->arena, r->out) = (struct ini_line){
        .line = r->begun,
        .section = arena_strdup(r->arena, section),
        .key = arena_strdup(r->arena, key),
        .value = r->value,
    };
    return 1;
}

/* A file with control bytes is no text: it is told once, where the first one stands. */
static bool check_text(const struct reading *r)
{
    unsigned line = 1;
    for (size_t i = 0; i < r->text.n; i++) {
        uint8_t c = r->text.p[i];
        bool crlf = c == '\r' && i + 1 < r->text.n && r->text.p[i + 1] == '\n';
        line += c == '\n';
        if ((c < 0x20 && c != '\t' && c != '\n' && !crlf) || c == 0x7f)
            return err_add(r->errs, (struct where){r->file, line},
                           "this is not a text file (byte 0x%02x), expected a profile", c);
    }
    return true;
}

bool ini_read(struct arena *a, const char *file, struct span text, struct ini_file *out,
              struct errs *errs)
{
    if (span_starts(text, "\xef\xbb\xbf")) text = span_from(text, 3);
    struct reading r = {
        .arena = a, .file = file, .errs = errs, .out = out, .text = text, .line = 1};
    size_t before = errs->n + errs->more;
    if (check_text(&r)) ini_parse_stream(next_line, &r, on_key, &r);
    return errs->n + errs->more == before;
}
