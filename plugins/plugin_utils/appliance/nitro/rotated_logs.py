# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names of a log and its rotated files, as newsyslog gives them: NAME, NAME.0, NAME.1.gz (newsyslog.conf(5): flags J, X, Y, Z). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PACKED = r"(?:\.(?:gz|bz2|xz|zst|Z))?"
_OF_A_LOG = re.compile(rf"(.+?)(?:\.[0-9]{{1,4}})?{_PACKED}", re.ASCII | re.DOTALL)


def rotated(log: str, names: Iterable[str]) -> list[str]:
    """Return the files of a log, the newest first: NAME, NAME.0, NAME.1.gz; the order of the numbers counts."""
    pattern = re.compile(rf"{re.escape(log)}(?:\.([0-9]{{1,4}}){_PACKED})?", re.ASCII)
    numbers = {name: int(found[1] or -1) for name in names if (found := pattern.fullmatch(name))}
    return sorted(numbers, key=lambda name: (numbers[name], name))


def log_name(file: str) -> str:
    """Return the log that a file belongs to: ``ns.log`` for ``ns.log.12.gz``."""
    found = _OF_A_LOG.fullmatch(file)
    return found[1] if found else file
