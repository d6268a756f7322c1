# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps in which access from outside is closed. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class LadderStep(StrEnum):
    """A step of closing, the mildest first.

    COUNTRIES and PATHS put the geoblock and the URL whitelist of the inventory into force. PARTNERS lets only listed networks in. NOTICE answers
    every request with a page. OFF disables the virtual servers.
    """

    COUNTRIES = "countries"
    PARTNERS = "partners"
    PATHS = "paths"
    NOTICE = "notice"
    OFF = "off"


SWITCHED_OFF = "lockdown"
"""The measure of the records of what OFF switched off, and of its opening."""
STOPS_EVERYBODY = frozenset({LadderStep.NOTICE, LadderStep.OFF})
"""The steps after which nobody gets through. The others let a part of the users in."""


def step_word(value: Any) -> str:
    """Return the word of a step as a variable has it, "" where it has none. YAML reads ``off`` as false, and ansible-core so reads an answer in AWX."""
    return str(LadderStep.OFF) if value is False or value == str(False) else str(value or "")
