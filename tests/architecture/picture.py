# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The picture of the storeys, docs/explanation/architecture.svg: one band for each, the highest on top, with its question and its folders."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from html import escape

WIDTH, MARGIN, GAP = 1000, 20, 8
NAME_WIDTH = 190
LINE, PADDING = 20, 12
CHARACTERS = 105  # of a line beside the name: 7 units for each at a size of 14, so that no text is cut
FILLS = ("#eef3f8", "#f7f9fb")


def svg(questions: Mapping[str, str], folders: Mapping[str, Sequence[str]]) -> str:
    """Return the picture as SVG.

    :param questions: by storey, the question that it answers; the lowest storey first
    :param folders: by storey, the names of the folders in it
    """
    bands = [(name, _lines(question, folders.get(name, ()))) for name, question in reversed(questions.items())]
    heights = [len(lines) * LINE + 2 * PADDING for _name, lines in bands]
    height = 2 * MARGIN + sum(heights) + GAP * (len(bands) - 1)
    top, drawn = MARGIN, []
    for number, ((name, lines), own) in enumerate(zip(bands, heights, strict=True)):
        drawn += _band(name, lines, top, own, FILLS[number % 2])
        top += own + GAP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="14">',
            "<title>The storeys of the engine: each imports from lower ones only</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def _lines(question: str, folders: Sequence[str]) -> list[tuple[str, str]]:
    """Return the lines of a band, each with its colour."""
    inside = textwrap.wrap(" · ".join(folders), CHARACTERS, break_long_words=False)
    return [
        *((text, "#1d2b38") for text in textwrap.wrap(question, CHARACTERS)),
        *((text, "#44607a") for text in inside),
    ]


def _band(name: str, lines: Sequence[tuple[str, str]], top: int, height: int, fill: str) -> Iterator[str]:
    yield f'<rect x="{MARGIN}" y="{top}" width="{WIDTH - 2 * MARGIN}" height="{height}" rx="4" fill="{fill}" stroke="#b8c7d6"/>'
    yield f'<text x="{MARGIN + PADDING}" y="{top + PADDING + 15}" font-weight="bold" fill="#12324f">{escape(name)}</text>'
    for number, (text, colour) in enumerate(lines):
        yield f'<text x="{MARGIN + NAME_WIDTH}" y="{top + PADDING + 15 + number * LINE}" fill="{colour}">{escape(text)}</text>'
