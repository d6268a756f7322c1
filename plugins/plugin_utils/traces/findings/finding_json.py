# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An examination of its JSON values: the results of a task go through Ansible. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...catalogue.entry import Level
from ...foundation.next_action import COMMANDS, are_commands, of_values
from .finding import FINDING_ID, Examination, Finding, Fixed, LogReach, NotSeen

UNREADABLE = "it has a result that is none of this task, and nothing of it counts"
"""The problem of an appliance whose result cannot be read."""
_TEXTS = ("node", "what", "where", "why", "evidence", "seen_by", "cannot_mean", "acknowledged")


def examination_of(appliance: str, values: Mapping[str, Any]) -> Examination:
    """Return the examination of its values. Without values it is incomplete."""
    if "findings" not in values:
        problem = str(values.get("msg") or "it has no result")
        gap = NotSeen("the appliance", problem.removeprefix(f"{appliance}: "))
        return Examination(appliance, not_seen=(gap,), is_unreachable=bool(values.get("unreachable")))
    return Examination(
        appliance,
        tuple(_finding(appliance, one) for one in values["findings"]),
        tuple(
            NotSeen(str(one["what"]), _with_commands(one, "why"), str(one["node"]), bool(one["is_gap"]))
            for one in values["not_seen"]
        ),
        tuple(LogReach(str(one["node"]), str(one["log"]), _time(one["oldest"])) for one in values["reach"]),
        tuple((str(what), int(count)) for what, count in values["looked_at"].items()),
        bool(values.get("not_reached")),
    )


def examination_or_gap(appliance: str, values: Mapping[str, Any]) -> Examination:
    """Return the examination of its values, and an incomplete one where they are none: those of others are shown all the same."""
    try:
        return examination_of(appliance, values)
    except (KeyError, TypeError, ValueError, AttributeError):
        return examination_of(appliance, {"msg": UNREADABLE})


def _finding(appliance: str, values: Mapping[str, Any]) -> Finding:
    return Finding(
        appliance=appliance,
        level=Level(str(values["level"])),
        time=_time(values["time"]),
        before_or_after_fix=Fixed(str(values["before_or_after_fix"])),
        entries=tuple(map(str, values["entries"])),
        known_id=str(values["id"]) if FINDING_ID.fullmatch(str(values["id"])) else "",
        next_step=_with_commands(values, "next_step"),
        **{name: str(values[name]) for name in _TEXTS},
    )


def _with_commands(values: Mapping[str, Any], name: str) -> str:
    """Return a text with the commands beside it; the text alone where they are none of ours."""
    commands = values.get(COMMANDS, [])
    return of_values(str(values[name]), commands) if commands and are_commands(commands) else str(values[name])


def _time(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
