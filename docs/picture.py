#!/usr/bin/env python3
"""A terminal's output as an SVG picture: reads text with colour codes, writes docs/demo.svg.

    script -qfc './spate run profiles/demo.ini --target http://127.0.0.1:8080/' demo.txt
    docs/picture.py demo.txt > docs/demo.svg
"""
import html
import re
import sys

WIDE, HIGH, COLUMNS = 8.4, 19, 82
COLOUR = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "2": "#8b949e"}


def lines_of(text):
    """What the screen shows in the end: a carriage return with an erased line starts it anew."""
    text = re.sub(r"^Script (started|done).*\n?", "", text, flags=re.M).replace("\r\n", "\n")
    return [line.split("\r\x1b[K")[-1] for line in text.strip("\n").split("\n")]


def runs(line, style):
    """Pieces of a line with their style, which a line may leave open for the next one."""
    pieces = []
    for code, piece in re.findall(r"(?:\x1b\[([0-9;]*)m)?([^\x1b]*)", line):
        if code:
            style = set() if code == "0" else style | set(code.split(";"))
        if piece:
            pieces.append((piece, style))
    return pieces, style


def main():
    lines = lines_of(open(sys.argv[1], encoding="utf-8", newline="").read())
    width, height = COLUMNS * WIDE, (len(lines) + 2) * HIGH
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
          'font-family="ui-monospace,DejaVu Sans Mono,Menlo,monospace" font-size="14">')
    print('<title>What spate tells at the end of make demo</title>')
    print('<rect width="100%" height="100%" rx="8" fill="#0d1117"/>')
    style = set()
    for number, line in enumerate(lines):
        pieces, style = runs(line, style)
        column = 0
        for piece, look in pieces:
            fill = next((COLOUR[c] for c in COLOUR if c in look), "#e6edf3")
            bold = ' font-weight="bold"' if "1" in look else ""
            if piece.strip():
                print(f'<text x="{(column + 1) * WIDE:.1f}" y="{(number + 1.75) * HIGH:.1f}" '
                      f'textLength="{len(piece) * WIDE:.1f}" fill="{fill}"{bold} '
                      f'xml:space="preserve">{html.escape(piece)}</text>')
            column += len(piece)
    print("</svg>")


main()
