# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The picture of the floors, docs/explanation/architecture.svg: packages as boxes in rows, and the imports that no longer path implies as arrows."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from tests.architecture.graph import Graph, reduced

BOX_WIDTH, BOX_HEIGHT = 250, 64
GAP_X, GAP_Y, MARGIN = 36, 44, 28
LANE = 30  # the width that an arrow takes which passes a row
CHARACTERS = 40  # of the question, in a line
SWEEPS = 8

Node = str | tuple[str, str, int]
"""A package, or the place where an arrow (from, to) passes a row."""


@dataclass(frozen=True)
class Layout:
    """The positions of everything that is drawn.

    :ivar x: the middle of each node
    :ivar rows: the nodes of each row, the lowest row first
    """

    x: Mapping[Node, float]
    rows: list[list[Node]]
    width: float

    def top(self, row: int) -> float:
        """Return the upper edge of a row."""
        return MARGIN + (len(self.rows) - 1 - row) * (BOX_HEIGHT + GAP_Y)


def levels(graph: Graph) -> dict[str, int]:
    """Return the row of each package: one above the highest package that it imports."""
    found: dict[str, int] = {}

    def level(name: str) -> int:
        if name not in found:
            found[name] = 1 + max((level(target) for target in graph[name]), default=-1)
        return found[name]

    for name in graph:
        level(name)
    used_by = {name: [other for other in graph if name in graph[other]] for name in graph}
    for name, targets in graph.items():
        if not targets and used_by[name] and len(graph) > 1:
            found[name] = max(0, min(found[other] for other in used_by[name]) - 1)
    return found


def layout(graph: Graph) -> Layout:
    """Place packages and arrows so that few arrows cross, and none runs through a box."""
    row_of = levels(graph)
    rows: list[list[Node]] = [[] for _ in range(max(row_of.values()) + 1)]
    below: dict[Node, list[Node]] = {}
    for name in graph:
        rows[row_of[name]].append(name)
    for name, targets in graph.items():
        for target in sorted(targets):
            path: list[Node] = [name, *_passed(name, target, row_of), target]
            for place in path[1:-1]:
                rows[place[2] if isinstance(place, tuple) else 0].append(place)
            for upper, lower in itertools.pairwise(path):
                below.setdefault(upper, []).append(lower)
    above: dict[Node, list[Node]] = {}
    for upper, lowers in below.items():
        for lower in lowers:
            above.setdefault(lower, []).append(upper)
    x = _positions(rows)
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 else reversed(rows):
            neighbours = below if sweep % 2 else above
            row.sort(key=lambda node: _mean(node, neighbours, x))
            x = _positions(rows)
    return Layout(x, rows, max(_row_width(row) for row in rows) + 2 * MARGIN)


def _passed(name: str, target: str, row_of: Mapping[str, int]) -> list[Node]:
    return [(name, target, row) for row in range(row_of[name] - 1, row_of[target], -1)]


def _mean(node: Node, neighbours: Mapping[Node, list[Node]], x: Mapping[Node, float]) -> float:
    near = neighbours.get(node)
    return sum(x[other] for other in near) / len(near) if near else x[node]


def _node_width(node: Node) -> int:
    return LANE if isinstance(node, tuple) else BOX_WIDTH


def _row_width(row: list[Node]) -> float:
    return sum(map(_node_width, row)) + GAP_X * (len(row) - 1)


def _positions(rows: list[list[Node]]) -> dict[Node, float]:
    middle = max(map(_row_width, rows)) / 2 + MARGIN
    x: dict[Node, float] = {}
    for row in rows:
        left = middle - _row_width(row) / 2
        for node in row:
            x[node] = left + _node_width(node) / 2
            left += _node_width(node) + GAP_X
    return x


def svg(graph: Graph, questions: Mapping[str, str]) -> str:
    """Return the picture as SVG.

    :param graph: the imports between packages, without a circle
    :param questions: by package, the question that it answers
    """
    arrows = reduced(graph)
    place = layout(arrows)
    height = MARGIN * 2 + len(place.rows) * BOX_HEIGHT + (len(place.rows) - 1) * GAP_Y
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {place.width:.0f} {height}" font-family="sans-serif">',
        "<title>The packages of the engine and their imports</title>",
        (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<path d="M0,0 L8,4 L0,8 z" fill="#44607a"/></marker></defs>'
        ),
        f'<rect width="{place.width:.0f}" height="{height}" fill="#ffffff"/>',
    ]
    row_of = levels(arrows)
    for name, targets in sorted(arrows.items()):
        lines += [_arrow(place, row_of, name, target) for target in sorted(targets)]
    for row, nodes in enumerate(place.rows):
        for node in nodes:
            if isinstance(node, str):
                lines += _box(node, questions.get(node, ""), place.x[node], place.top(row))
    return "\n".join([*lines, "</svg>"]) + "\n"


def _arrow(place: Layout, row_of: Mapping[str, int], name: str, target: str) -> str:
    x = place.x[name]
    points = [f"M{x:.1f},{place.top(row_of[name]) + BOX_HEIGHT:.1f}"]
    y = place.top(row_of[name]) + BOX_HEIGHT
    for passed in [*_passed(name, target, row_of), target]:
        row = passed[2] if isinstance(passed, tuple) else row_of[target]
        next_x, next_y = place.x[passed], place.top(row)
        points.append(f"C{x:.1f},{(y + next_y) / 2:.1f} {next_x:.1f},{(y + next_y) / 2:.1f} {next_x:.1f},{next_y:.1f}")
        x, y = next_x, next_y
        if passed != target:
            y += BOX_HEIGHT
            points.append(f"L{x:.1f},{y:.1f}")
    path = " ".join(points)
    return f'<path d="{path}" fill="none" stroke="#44607a" stroke-width="1.6" marker-end="url(#tip)"/>'


def _box(name: str, question: str, x: float, y: float) -> list[str]:
    left = x - BOX_WIDTH / 2
    texts = [
        f'<text x="{x:.1f}" y="{y + 36 + 15 * number:.1f}" font-size="11" fill="#333333" text-anchor="middle">{escape(line)}</text>'
        for number, line in enumerate(textwrap.wrap(question, CHARACTERS)[:2])
    ]
    return [
        f'<rect x="{left:.1f}" y="{y:.1f}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" fill="#eef3f8" stroke="#44607a"/>',
        f'<text x="{x:.1f}" y="{y + 19:.1f}" font-size="15" font-weight="bold" fill="#1b2a38" text-anchor="middle">{name}</text>',
        *texts,
    ]
