# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The name of an entry as people write it: CVE-2019-19781 is cve_2019_19781, and a misspelt one gets the name that it is nearly. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from ..foundation.foreign_text import printable

SHOWN = 2
NEAR = 0.8


def entry_name(named: Any) -> Any:
    """Return the id that a name means: small letters and underscores. What is no text stays, for the check that follows."""
    return named.strip().lower().replace("-", "_") if isinstance(named, str) else named


def named_nearly(named: str, ids: Iterable[str], identifiers: Mapping[str, Iterable[str]] | None = None) -> str:
    """Return a question for a name that no entry has, with the entries that may be meant; "" where there is none.

    :param identifiers: by entry, the CVEs that it is about
    """
    about = [id_ for id_, own in (identifiers or {}).items() if named in map(entry_name, own)]
    near = about or get_close_matches(named, list(ids), n=SHOWN, cutoff=NEAR)
    return f"did you mean {' or '.join(map(printable, near))}?" if near else ""
