# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The refusals of the engine: the ``raise`` statements of the packages whose mistakes change an appliance or hide that it is exposed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ENGINE = Path(__file__).parents[2] / "plugins" / "plugin_utils"
PACKAGES = (
    "appliance/nitro",
    "change",
    "judgement/inspection",
    "judgement/verdicts",
    "traces/alarm_state",
    "fleet/waves",
    "fleet/slices",
    "verbs/alarm",
    "verbs/apply",
    "verbs/bootstrap",
    "verbs/catalogue",
    "verbs/close",
    "verbs/deployment",
    "verbs/end_sessions",
    "verbs/leave",
    "verbs/new_entry",
    "verbs/reopen",
    "verbs/rollback",
    "verbs/sliced",
    "verbs/status",
    "measures/closing",
    "measures/geoblock",
    "measures/url_whitelist",
)

UNREACHABLE: dict[tuple[str, str], str] = {}
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
