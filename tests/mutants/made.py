# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All mutants of a module by cosmic-ray, in one walk of its tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.ast.ast_query import ASTQuery
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

_NEVER_CHANGED = ("name", "string", "newline", "endmarker", "fstring_string", "fstring_start", "fstring_end")


@dataclass(frozen=True)
class Spec:
    """A change that an operator makes at one place.

    :ivar occurrence: the number of the place among those of the operator in the module
    """

    module_path: Path
    operator_name: str
    occurrence: int
    start_pos: tuple[int, int]
    end_pos: tuple[int, int]
    definition_name: str | None

    @cached_property
    def changed(self) -> str | None:
        """The changed source; None where the operator cannot make it, as of an exception that is named as an attribute."""
        try:
            source = self.module_path.read_text(encoding="utf-8")
            return mutate_code(source, _operators()[self.operator_name], self.occurrence)
        except AttributeError:
            return None


@cache
def _operators() -> dict[str, object]:
    classes = {name: get_operator(name) for name in operator_names()}
    return {name: one() for name, one in classes.items() if not one.arguments()}


def mutants_of(path: Path) -> Iterator[Spec]:
    """Yield the mutants of a module, numbered as cosmic-ray does."""
    tree = get_ast(path.read_text(encoding="utf-8"))
    nodes = [node for node in ast_nodes(tree) if node.type not in _NEVER_CHANGED]
    for name, operator in _operators().items():
        places = ((node, *place) for node in nodes for place in operator.mutation_positions(node))
        for occurrence, (node, start, end) in enumerate(places):
            yield Spec(path, name, occurrence, start, end, ASTQuery(node).get_definition_name())
