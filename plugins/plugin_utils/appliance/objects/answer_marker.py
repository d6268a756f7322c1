# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The marker in the answers of our responder actions: that of the appliance, and an ending that tells the measures apart. Pure.

What was brought in before measures had endings has the marker alone. It stays as it is: which measure answered is then known by its rules only.
"""

from __future__ import annotations

import re
from enum import Enum
from hashlib import sha256

_ENDING = r"-[0-9a-f]{6}\b"


class AnsweredBy(Enum):
    """The measure of ours that gave an answer."""

    NONE = "none of ours"
    THIS = "this measure"
    ANOTHER = "another measure"
    SOME = "some measure, which the answer does not tell"


def marked_for(marker: str, measure: str) -> str:
    """Return the marker of a measure: "" if the appliance has none.

    It says nothing to who does not know the marker of the appliance.
    """
    return f"{marker}-{sha256(measure.encode()).hexdigest()[:6]}" if marker else ""


def without_ending(text: str, marker: str, measure: str) -> str:
    """Return a text with the marker as it was before measures had endings."""
    return text.replace(marked_for(marker, measure), marker) if marker else text


def answered_by(head: str, marker: str, measure: str) -> AnsweredBy:
    """Return by which measure of ours an answer was given.

    :param head: the headers of the answer
    """
    if not marker or marker not in head:
        return AnsweredBy.NONE
    if marked_for(marker, measure) in head:
        return AnsweredBy.THIS
    return AnsweredBy.ANOTHER if re.search(re.escape(marker) + _ENDING, head) else AnsweredBy.SOME
