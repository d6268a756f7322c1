# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of a change record's JSON before anything reads it. Pure.

A record comes from a file that somebody else could have edited, or from an appliance that may be compromised. Every key that the
engine decides by is checked for its type here, once. Other keys are facts for people (a measure writes its own): they are kept
as they are, because the hash of a record covers them, and are never interpreted; only their names and their depth are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_states import (
    CopyState,
    Outcome,
    RecordKind,
    StepState,
)

FORMAT = 1
LONGEST_TEXT = 100_000  # characters
DEEPEST = 20  # lists and objects within each other; a proof has six
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class _Type:
    """A type of JSON value: its name for messages, and its test."""

    name: str
    accepts: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def _is_moment(value: Any) -> bool:
    """True for a moment with a time zone that exists in UTC too: others cannot be compared with ours, or shown."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment is not None and moment.tzinfo is not None and bool(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return False


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_object_ids(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text_list(item) and len(item) == 2 for item in value)


def _optional(type_: _Type) -> _Type:
    return _Type(f"{type_.name} or null", lambda value: value is None or type_.accepts(value))


def _one_of(values: type[StrEnum]) -> _Type:
    known = [member.value for member in values]
    return _Type(f"one of {', '.join(known)}", lambda value: isinstance(value, str) and value in known)


def _object(required: Mapping[str, _Type], optional: Mapping[str, _Type] | None = None) -> _Type:
    """An object with these keys; others are not interpreted."""

    def accepts(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and all(key in value and type_.accepts(value[key]) for key, type_ in required.items())
            and all(type_.accepts(value[key]) for key, type_ in (optional or {}).items() if key in value)
        )

    return _Type(f"an object with {', '.join((*required, *(optional or {})))}", accepts)


def _list_of(type_: _Type) -> _Type:
    return _Type(f"a list of {type_.name}", lambda value: isinstance(value, list) and all(map(type_.accepts, value)))


_TEXT = _Type(f"a text of at most {LONGEST_TEXT:,} characters", _is_text)
_LONG_TEXT = _Type("a text", lambda value: isinstance(value, str))
_FLAG = _Type("true or false", lambda value: isinstance(value, bool))
_NUMBER = _Type("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool))
_MOMENT = _Type("a moment with a time zone (ISO 8601)", _is_moment)
_TEXTS = _Type("a list of texts", _is_text_list)
_OBJECT_IDS = _Type("a list of pairs of type and name", _is_object_ids)
_ATTRIBUTES = _optional(_Type("an object", lambda value: isinstance(value, dict)))
_LINES = _list_of(_LONG_TEXT)

_STEP = {
    "type": _TEXT,
    "key": _TEXTS,
    "before": _ATTRIBUTES,
    "after": _ATTRIBUTES,
    "state": _one_of(StepState),
}
_STEP_LINES = {"lines": _LINES, "inverse": _LINES}
_PROOF = {
    "proven": _FLAG,
    "unharmed": _FLAG,
    "seal": _TEXT,
    "state": _TEXT,
    "vips": _TEXTS,
    "contradicted": _TEXTS,
    "unproven": _TEXTS,
}
_VSERVER = {"type": _TEXT, "name": _TEXT, "enabled": _optional(_FLAG)}
_VSERVER_ANSWER = {"place": _TEXT, "answered": _optional(_FLAG)}

_REQUIRED = {
    "host": _TEXT,
    "kind": _one_of(RecordKind),
    "measure": _TEXT,
    "run": _TEXT,
    "started": _MOMENT,
    "outcome": _one_of(Outcome),
    "saved": _FLAG,
    "steps": _Type("a list", lambda value: isinstance(value, list)),
}
_DECISION = {"decided_by": _TEXT, "reason": _TEXT, "ticket": _TEXT}
_CLOSURE = {
    "covers": _OBJECT_IDS,
    "completes": _OBJECT_IDS,
    "released": _OBJECT_IDS,
    "vservers": _list_of(_object(_VSERVER, _VSERVER_ANSWER)),
}
_REQUIRED_OF_KIND = {
    RecordKind.LOCKDOWN: {**_CLOSURE, **_DECISION, "expires": _MOMENT},
    RecordKind.REOPEN: _CLOSURE,
}
_OPTIONAL = {
    "version": _optional(_NUMBER),
    "ticket": _TEXT,
    "reason": _TEXT,
    "partition": _TEXT,
    "appliance_user": _TEXT,
    "nodes": _TEXTS,
    "build": _TEXT,
    "seal": _TEXT,
    "why": _TEXT,
    "who": _object({}, {"user": _TEXT, "control_node": _TEXT, "records": _TEXT}),
    "finished": _optional(_MOMENT),
    "proof": _optional(_object({}, _PROOF)),
    "previous": _list_of(_object({"name": _TEXT, "sha256": _TEXT})),
    "problem": _optional(_LONG_TEXT),
    "undoes": _TEXTS,
    "undone_by": _TEXT,
    "copies": _TEXTS,
    "origin": _object(
        {"node": _TEXT, "state": _one_of(CopyState), "sha256": _TEXT}, {"host": _optional(_TEXT), "appliance": _TEXT}
    ),
    "signature": _object({"name": _TEXT, "at": _MOMENT, "sshsig": _TEXT}, {"accepted_by": _TEXT}),
    "decided_by": _TEXT,
    "expires": _MOMENT,
    "accepted_exposure": _TEXTS,
}


def record_problem(value: Any) -> str:
    """Return what is wrong with the JSON value of a change record, for a message; "" where it is one.

    :param value: as :func:`json.loads` returned it
    """
    if not isinstance(value, dict) or type(value.get("format")) is not int or value["format"] != FORMAT:
        return f"is not a change record of format {FORMAT}"
    for key, item in value.items():
        if not _NAME.fullmatch(key):
            return f"has a key that is not a name ({key[:100]!r})"
        if key != "steps" and not _is_flat(item, DEEPEST):
            return f"is nested deeper than {DEEPEST} levels at {key}"
    problem = _wrong_key(value, _REQUIRED, required=True) or _wrong_key(value, _OPTIONAL, required=False)
    if not problem:
        problem = _wrong_key(value, _REQUIRED_OF_KIND.get(RecordKind(value["kind"]), {}), required=True)
    return problem or next(filter(None, map(_step_problem, range(len(value["steps"])), value["steps"])), "")


def _wrong_key(value: Mapping[str, Any], types: Mapping[str, _Type], *, required: bool) -> str:
    for key, type_ in types.items():
        if key not in value:
            if required:
                return f"has no {key}"
        elif not type_.accepts(value[key]):
            return f"has another {key} than {type_.name}"
    return ""


def _step_problem(position: int, step: Any) -> str:
    where = f"has a step that is not valid (steps[{position}])"
    if not isinstance(step, dict):
        return f"{where}: it is not an object"
    unknown = step.keys() - _STEP.keys() - _STEP_LINES.keys()
    if unknown:
        return f"{where}: it has an unknown key ({min(unknown)[:100]!r})"
    if not _is_flat(step, DEEPEST):
        return f"{where}: it is nested deeper than {DEEPEST} levels"
    problem = _wrong_key(step, _STEP, required=True) or _wrong_key(step, _STEP_LINES, required=False)
    return problem and f"{where}: it {problem}"


def _is_flat(value: Any, levels: int) -> bool:
    """True if a value has at most so many lists and objects within each other."""
    if isinstance(value, dict):
        return levels > 0 and all(_is_flat(item, levels - 1) for item in value.values())
    if isinstance(value, list):
        return levels > 0 and all(_is_flat(item, levels - 1) for item in value)
    return True
