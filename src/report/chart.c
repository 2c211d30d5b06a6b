#include "report/chart.h"

#include <math.h>
#include "report/fmt.h"

#define WIDTH 760
#define HEIGHT 180
#define LEFT 70
#define BOTTOM 24
#define TOP 8

struct axes {
    const struct chart *c;
    double lo, hi, end; /* of the values; of time in s */
};

static bool find_range(const struct chart *c, const struct result *r, struct axes *a)
{
    *a = (struct axes){c, INFINITY, 0, 0};
    for (size_t i = 0; i < r->slice_count; i++) {
        const struct result_slice *s = &r->slices[i];
        a->end = s->start_s + s->length_s;
        for (size_t k = 0; k < c->n; k++) {
            double v = c->lines[k].at(r, s);
            if (v < 0) continue;
            if (v > a->hi) a->hi = v;
            if (v > 0 && v < a->lo) a->lo = v;
        }
    }
    if (a->hi <= 0 || a->end <= 0) return false;
    if (c->log) {
        a->lo = pow(10, floor(log10(a->lo)));
        a->hi = pow(10, ceil(log10(a->hi)));
        if (a->hi <= a->lo) a->hi = a->lo * 10;
    } else {
        double step = pow(10, floor(log10(a->hi)));
        a->lo = 0;
        a->hi = ceil(a->hi / step * 2) * step / 2;
    }
    return true;
}

static double x_of(const struct axes *a, double t)
{
    return LEFT + t / a->end * (WIDTH - LEFT);
}

static double y_of(const struct axes *a, double v)
{
    double part = a->c->log ? log10(fmax(v, a->lo) / a->lo) / log10(a->hi / a->lo) : v / a->hi;
    return HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - TOP);
}

static void put_tick(FILE *f, const struct axes *a, double v)
{
    char b[FMT_BUF];
    double y = y_of(a, v);
    fprintf(f, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, WIDTH, y,
            y);
    fprintf(f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", LEFT - 6, y + 4,
            a->c->label(b, v));
}

static void put_axes(FILE *f, const struct axes *a)
{
    if (a->c->log)
        for (double v = a->lo; v <= a->hi * 1.001; v *= 10) put_tick(f, a, v);
    else
        for (int i = 0; i <= 4; i++) put_tick(f, a, a->hi * i / 4);
    for (int i = 0; i <= 4; i++)
        fprintf(f, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%.4g s</text>\n",
                x_of(a, a->end * i / 4), HEIGHT - 6,
                i == 4 ? "end"
                : i    ? "middle"
                       : "start",
                a->end * i / 4);
}

/* A slice's value stands in the middle of its time. */
static void put_line(FILE *f, const struct axes *a, const struct chart_line *l,
                     const struct result *r)
{
    bool pen = false;
    fprintf(f, "<path class=\"%s\" d=\"", l->class);
    for (size_t i = 0; i < r->slice_count; i++) {
        const struct result_slice *s = &r->slices[i];
        double v = l->at(r, s);
        if (v >= 0)
            fprintf(f, "%c%.1f %.1f", pen ? 'L' : 'M', x_of(a, s->start_s + s->length_s / 2),
                    y_of(a, v));
        pen = v >= 0;
    }
    fputs("\"/>\n", f);
}

void chart_put(FILE *f, const struct chart *c, const struct result *r)
{
    struct axes a;
    if (r->slice_count < 2 || !find_range(c, r, &a)) return;
    fprintf(f, "<h2>%s</h2>\n<p class=\"legend\">", c->title);
    for (size_t i = 0; i < c->n; i++)
        fprintf(f, "<span class=\"%s\">%s</span> ", c->lines[i].class, c->lines[i].name);
    fprintf(f, "</p>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n", WIDTH, HEIGHT,
            c->title);
    put_axes(f, &a);
    for (size_t i = 0; i < c->n; i++) put_line(f, &a, &c->lines[i], r);
    fputs("</svg>\n", f);
}
