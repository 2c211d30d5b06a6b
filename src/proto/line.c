#include "proto/line.h"

static void keep_last(struct line *l, struct span s)
{
    if (s.n > LINE_LAST) s = span_from(s, s.n - LINE_LAST);
    memmove(l->last, l->last + s.n, LINE_LAST - s.n);
    if (s.n) memcpy(l->last + LINE_LAST - s.n, s.p, s.n);
}

static void keep(struct line *l, struct span s)
{
    keep_last(l, s);
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
    out->last = span_from(text, end > LINE_LAST ? end - LINE_LAST : 0);
    if (l->seen > 0) {
        keep(l, text);
        length = l->seen;
        text = line_held(l);
        out->last = span_make(l->last, LINE_LAST);
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
