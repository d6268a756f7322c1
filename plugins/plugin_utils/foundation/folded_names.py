# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of many hosts in few words, as ``dshbak -c`` writes them: ``gw-[01-12,15], vpn-delft``. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

NUMBERED = re.compile(r"(.*?)([0-9]{1,9})(\D*)", re.DOTALL)
Run = tuple[str, int, int]
"""A run of numbers: as text, the first, the last."""
LEAST = 3  # a run of fewer numbers is easier to read as names


def folded(names: Iterable[str], most: int | None = None) -> str:
    """Return the names as text, numbered ones as ranges, in the order in which they first appear.

    :param most: how many names and ranges are shown at most; the number of the other names is stated
    """
    pieces: list[str] = []
    left, rest = most, 0
    for prefix, suffix, runs in _series(list(dict.fromkeys(names))):
        shown = runs if left is None else runs[:left]
        left = None if left is None else left - len(shown)
        rest += sum(last - first + 1 for _text, first, last in runs[len(shown) :])
        if not shown:
            continue
        texts = [text for text, _first, _last in shown]
        pieces.append(
            f"{prefix}{texts[0]}{suffix}"
            if len(runs) == 1 and runs[0][1] == runs[0][2]
            else f"{prefix}[{','.join(texts)}]{suffix}"
        )
    return ", ".join(pieces) + (f" and {rest} more" if rest else "")


def _series(names: Sequence[str]) -> list[tuple[str, str, list[Run]]]:
    """Return the names in series of the same prefix and suffix, each with the runs of its numbers."""
    parts = [(name, NUMBERED.fullmatch(name)) for name in names]
    # Numbers with leading zeros are a series for each number of digits: gw-7 and gw-07 are two hosts.
    padded = {(found[1], found[3]) for _name, found in parts if found and found[2] != str(int(found[2]))}
    found_series: dict[tuple[str, str, int], list[str]] = {}
    for name, found in parts:
        width = len(found[2]) if found and (found[1], found[3]) in padded else 0
        key = (str(found[1]), str(found[3]), width) if found else (name, "", width)
        found_series.setdefault(key, []).append(str(found[2]) if found else "")
    series: list[tuple[str, str, list[Run]]] = []
    for (prefix, suffix, width), texts in found_series.items():
        if len(texts) < LEAST:
            series += [(prefix, suffix, [(text, 0, 0)]) for text in texts]
        else:
            series.append((prefix, suffix, _runs(sorted(map(int, texts)), width)))
    return series


def _runs(numbers: Sequence[int], width: int) -> list[Run]:
    """Return the runs of consecutive numbers."""
    bounds: list[tuple[int, int]] = []
    for number in numbers:
        if bounds and number == bounds[-1][1] + 1:
            bounds[-1] = (bounds[-1][0], number)
        else:
            bounds.append((number, number))
    return [
        (f"{first:0{width}}" + (f"-{last:0{width}}" if last > first else ""), first, last) for first, last in bounds
    ]
