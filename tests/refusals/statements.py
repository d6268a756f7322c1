# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The refusals of the engine: the ``raise`` statements of its packages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ENGINE = Path(__file__).parents[2] / "plugins" / "plugin_utils"
PACKAGES = (
    "foundation",
    "policy_language",
    "policies",
    "appliance",
    "catalogue",
    "customers",
    "fleet",
    "fleet_sources",
    "change",
    "judgement",
    "measures",
    "node_system",
    "recorded_traffic",
    "traces",
    "verbs",
    "ansible",
)
"""All packages of the engine."""

_MISTAKE = "a mistake of the program, to which no input leads"
_CHECKED_BEFORE = "the kinds of nodes are checked before their sizes are"
UNREACHABLE: dict[tuple[str, str], str] = {
    ("appliance/ssh/openssh.py", "the streams of the client must be pipes"): _MISTAKE,
    ("catalogue/template_bound.py", "is not allowed here"): _CHECKED_BEFORE,
    ("catalogue/template_bound.py", "set is allowed for one name"): _CHECKED_BEFORE,
    ("policy_language/banks.py", "there is always one decision"): _MISTAKE,
    ("policy_language/call.py", "is a prefix"): _MISTAKE,
    ("policy_language/call.py", "isn't a function of"): _MISTAKE,
    ("policy_language/compile.py", "unknown node"): _MISTAKE,
    ("policy_language/conversion.py", "isn't text"): _MISTAKE,
    ("policy_language/functions/lists.py", "TypeError(type_.name)"): _MISTAKE,
    ("policy_language/syntax.py", "not a syntax tree"): _MISTAKE,
    ("policy_language/syntax.py", "need the Python package"): "the tests have the package",
    ("recorded_traffic/process_pool.py", "no job was installed"): _MISTAKE,
}
"""By module and a part of the statement: why no test can reach it."""


@dataclass(frozen=True, order=True)
class Refusal:
    """One ``raise`` statement.

    :ivar module: its file, relative to the engine
    :ivar text: the statement in one line
    """

    module: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.text[:140]}"

    @property
    def excuse(self) -> str:
        """Why no test can reach it, or ""."""
        return next((why for key, why in UNREACHABLE.items() if self.is_meant(key)), "")

    def is_meant(self, key: tuple[str, str]) -> bool:
        return self.module == key[0] and key[1] in self.text


def refusals() -> Iterator[Refusal]:
    """Yield each ``raise`` statement of the packages."""
    for package in PACKAGES:
        for path in sorted((ENGINE / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Raise):
                    yield Refusal(str(path.relative_to(ENGINE)), node.lineno, ast.unparse(node))
