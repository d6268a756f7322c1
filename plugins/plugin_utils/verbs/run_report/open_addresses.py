# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the report of an appliance says of its management addresses. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...judgement.course.coverage import MANAGEMENT
from ...judgement.course.state import State


def address_texts(one: Mapping[str, Any], entry: str = "") -> list[str]:
    """Return what is not covered at the management addresses.

    :param entry: of which weakness, where the run was about every entry of the catalogue and the texts end with it; "" for all
    """
    texts = [str(text) for text in one["not_covered"] if str(text).startswith(MANAGEMENT)]
    return [text for text in texts if not entry or not text.endswith(")") or text.endswith(f"({entry})")]


def are_not_known(one: Mapping[str, Any]) -> bool:
    """Return True if of each management address at which something is not covered it is only not known."""
    says = [text.removeprefix(MANAGEMENT).partition(": ")[2] for text in address_texts(one)]
    return all(text.startswith(State.UNKNOWN) for text in says)


def without_others(one: Mapping[str, Any], entry: str) -> list[str]:
    """Return what is not covered, without what is about another weakness."""
    own = address_texts(one, entry)
    return [text for text in one["not_covered"] if text in own or not str(text).startswith(MANAGEMENT)]


def open_addresses(one: Mapping[str, Any]) -> frozenset[str]:
    """Return the management addresses at which something is not covered."""
    return frozenset(text.removeprefix(MANAGEMENT).partition(": ")[0] for text in address_texts(one))
