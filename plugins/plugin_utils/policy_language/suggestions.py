# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Suggest a known name for an unknown one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `: did you mean X?` if a known name is similar, else "". Case is ignored."""
    by_key = {word.upper(): word for word in known}
    found = get_close_matches(name.upper(), by_key, n=1, cutoff=0.6)
    return f": did you mean {by_key[found[0]]}?" if found else ""
