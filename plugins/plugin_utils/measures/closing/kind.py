# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the measures of the steps partners and notice, which exist for closing alone. Values only."""

from __future__ import annotations

from ..hit_meaning import EXPECTED
from ..kind import Kind

_NOT_TESTED = "a closing answers each request with its page and has no log action: what comes there is no alarm"

KINDS = (
    Kind(
        id="closing_partners",
        loader=".closing.measure:load_partners",
        hits=EXPECTED,
        not_tested=_NOT_TESTED,
    ),
    Kind(
        id="closing_notice",
        loader=".closing.measure:load_notice",
        hits=EXPECTED,
        not_tested=_NOT_TESTED,
    ),
)
