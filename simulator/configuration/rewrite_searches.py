# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The search facilities of rewrite actions: what the `_all` actions look for (command reference, rewrite action)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.types.errors import NitroError

_CALL = re.compile(r"\s*([A-Za-z_]+)\s*\((.*)\)\s*", re.DOTALL)
_QUOTED = re.compile(r'\s*"((?:\\.|[^"\\])*)"\s*', re.DOTALL)
_REGEX = re.compile(r"\s*re([!-/:-@\[-^`{-~])(.*)\1\s*", re.DOTALL | re.IGNORECASE)
_SETS = ("patset", "dataset")
_STORED = ("xpath", "xpath_json", "xpath_html", "avp")  # only kept: they search documents of other kinds


@dataclass(frozen=True)
class Search:
    """What to look for: `kind` is text, regex, patset, dataset, or a facility that is only kept."""

    kind: str
    value: str

    @property
    def is_evaluated(self) -> bool:
        return self.kind not in _STORED


def search_of(search: str | None, pattern: str | None) -> Search:
    """Return the search of an action. Raises the NitroError of a malformed one."""
    if pattern is not None:
        found = _REGEX.fullmatch(pattern)
        return Search("regex", found[2]) if found else Search("text", pattern)
    call = _CALL.fullmatch(search or "")
    if call is None:
        raise NitroError(3081, text=f"Expression syntax error [{search}]")
    kind, argument = call[1].lower(), call[2]
    if kind in _STORED:
        return Search(kind, argument)
    quoted, regex = _QUOTED.fullmatch(argument), _REGEX.fullmatch(argument)
    if kind == "regex" and regex:
        return Search(kind, regex[2])
    if quoted and kind in ("text", *_SETS):
        return Search(kind, re.sub(r"\\(.)", r"\1", quoted[1]))
    raise NitroError(3081, text=f"Expression syntax error [{search}]")
