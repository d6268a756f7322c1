# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parsed files of the records of the appliance that was read last.

A task reads the records of its appliance several times, since others may add to them meanwhile. What has the same text need not be parsed, and its
signature not be checked against it, again. Whose signature counts is never kept: keys and lists may change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

MOST_CHARACTERS = 1024 * 1024
"""Of all texts that are kept: a process of the pool keeps them until it works on another appliance."""
Parsed = TypeVar("Parsed")


@dataclass
class Kept:
    """The results by file of one folder, and the number of characters of all their texts."""

    folder: Path = field(default_factory=Path)
    results: dict[Path, tuple[str, object]] = field(default_factory=dict)
    characters: int = 0


_kept = Kept()


def parsed_once(path: Path, text: str, parse: Callable[[str, Path], Parsed]) -> Parsed:
    """Return what a function makes of the text of a file; the kept result where the file had the same text before.

    :param parse: pure, and the same one for each call
    """
    if _kept.folder != path.parent:
        _kept.folder, _kept.results, _kept.characters = path.parent, {}, 0
    there = _kept.results.get(path)
    if there is not None and there[0] == text:
        return there[1]  # type: ignore[return-value] # of the same function
    found = parse(text, path)
    if there is not None:
        del _kept.results[path]
        _kept.characters -= len(there[0])
    if _kept.characters + len(text) <= MOST_CHARACTERS:
        _kept.results[path] = text, found
        _kept.characters += len(text)
    return found
