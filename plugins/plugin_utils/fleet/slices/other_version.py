# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sentence by which a node with another version of the collection refuses a job, and how the controller knows it again. Pure."""

from __future__ import annotations

import re

_BEGIN, _END = "this execution node has version ", ": install the same on both. Nothing was sent."
_REFUSAL = re.compile(
    rf"{re.escape(_BEGIN)}\S{{1,100}} of the collection, and the controller \S{{1,100}}{re.escape(_END)}"
)


def version_refusal(own: str, wanted: str) -> str:
    """Return why a node refuses the job of a controller of another version."""
    return f"{_BEGIN}{own} of the collection, and the controller {wanted}{_END}"


def is_version_refusal(words: str) -> bool:
    """Return True if the last words of a job are that refusal, which comes before its first task."""
    return bool(_REFUSAL.fullmatch(words))
