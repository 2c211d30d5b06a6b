#include "proto/line.h"

static void keep(struct line *l, struct span s)
{
    if (l->seen < LINE_KEPT) {
        struct span fits = span_sub(s, 0, LINE_KEPT - l->seen);
        if (fits.n) memcpy(l->kept + l->seen, fits.p, fits.n);
    }
    l->seen += s.n;
}

bool line_take(struct line *l, struct reader *in, struct line_text *out)
{
    struct span rest = span_from(in->s, in->at);
    size_t end = span_find(rest, '\n');
    if (end == rest.n) {
        keep(l, rest);
        in->at = in->s.n;
        return false;
    }
    in->at += end + 1;
    struct span text = span_sub(rest, 0, end);
    size_t length = end;
    if (l->seen > 0) {
        keep(l, text);
        length = l->seen;
        text = line_held(l);
        l->seen = 0;
    }
    out->length = length + 1;
    out->cut = length > LINE_KEPT;
    if (out->cut)
        text.n = LINE_KEPT;
    else if (text.n > 0 && text.p[text.n - 1] == '\r')
        text.n--;
    out->text = text;
    return true;
}
