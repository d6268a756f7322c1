# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of a change record's JSON before anything reads it. Pure.

A record comes from a file that somebody else could have edited, or from an appliance that may be compromised. Every key that the
engine decides by is checked for its type here, once. Other keys are facts for people (a measure writes its own): they are kept
as they are, because the hash of a record covers them, and are never interpreted; only their names, depth and sizes are bounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ...appliance.objects.virtual_servers import VSERVER_TYPES
from ...catalogue.closing_steps import LadderStep
from .hash_chain import FOUND_UNDONE
from .record_states import CopyState, Outcome, RecordKind, StepState

FORMAT = 1
LONGEST_TEXT = 100_000  # characters
LONGEST_VALUE = 16_000_000  # characters of the largest attribute, which has all entries of a data set
LONGEST_ID = 127  # characters of a name of NITRO
DEEPEST = 20  # lists and objects within each other; a proof has six
MOST_KEYS = 100
MOST_STEPS = 400_000  # an appliance has at most 100,000 extended ACLs
MOST_ITEMS = 100_000
MOST_NODES = 32  # the largest cluster
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_RECORD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.json")
_SHA256 = re.compile(r"[0-9a-f]{1,64}")
_SMALLEST, _LARGEST = -(2**63), 2**64  # of a number


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


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID


def _is_list(value: Any, accepts: Callable[[Any], bool], most: int = MOST_ITEMS) -> bool:
    return isinstance(value, list) and len(value) <= most and all(map(accepts, value))


def _is_text_list(value: Any) -> bool:
    return _is_list(value, _is_text)


def _is_object_id(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and value[0] in [*VSERVER_TYPES] and _is_id(value[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and _SMALLEST <= value < _LARGEST


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def _is_record_name_list(value: Any) -> bool:
    return _is_list(value, _matches(_RECORD_NAME))


def _are_different_vservers(value: Any) -> bool:
    """True for a list of virtual servers in which none is there twice."""
    rows = _list_of(_object(_VSERVER, _VSERVER_ANSWER))
    return rows.accepts(value) and len({(row["type"], row["name"]) for row in value}) == len(value)


def _is_whole_digest(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[0-9a-f]{64}", value))


def _is_node_states(value: Any) -> bool:
    """True for the states of what a run does on the operating system of each node, by node."""
    return (
        isinstance(value, dict)
        and len(value) <= MOST_NODES
        and all(isinstance(states, dict) and all(map(_is_text, states.values())) for states in value.values())
    )


def _is_counts(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_number(count) and count >= 0 for count in value.values())


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
    return _Type(f"a list of {type_.name}", lambda value: _is_list(value, type_.accepts))


_TEXT = _Type(f"a text of at most {LONGEST_TEXT:,} characters", _is_text)
_LONG_TEXT = _Type("a text", lambda value: isinstance(value, str))
_FLAG = _Type("true or false", lambda value: isinstance(value, bool))
_NUMBER = _Type("a whole number", _is_number)
_MOMENT = _Type("a moment with a time zone (ISO 8601)", _is_moment)
_TEXTS = _Type("a list of texts", _is_text_list)
_ID = _Type(f"a text of at most {LONGEST_ID} characters", _is_id)
_RECORD_FILE = _Type("the name of a record", _matches(_RECORD_NAME))
_DIGEST = _Type("a SHA-256", _matches(_SHA256))
_MEASURE = _Type("the id of a measure", _matches(_NAME))
_RECORD_NAMES = _Type("a list of names of records", _is_record_name_list)
_OBJECT_IDS = _Type("a list of virtual servers by type and name", lambda value: _is_list(value, _is_object_id))
_ATTRIBUTES = _optional(_Type("an object", lambda value: isinstance(value, dict)))
_LINES = _list_of(_LONG_TEXT)

_WANTED = _Type("present or absent", lambda value: value in ("present", "absent"))
_FILE_HASH = _Type("a SHA-256 or absent", lambda value: value == "absent" or _is_whole_digest(value))
_FILE = _object({"sha256": _Type("a SHA-256", _is_whole_digest), "bytes": _NUMBER})
_NODES = _Type("the states of the nodes", _is_node_states)

_FILES = _Type(
    "an object with files",
    lambda value: isinstance(value, dict) and all(map(_FILE.accepts, value.values())),
)
_COUNTS = _Type("an object with whole numbers", _is_counts)
_COUNTS_OF_SESSIONS = _Type(
    "an object with whole numbers or null",
    lambda value: isinstance(value, dict) and all(_optional(_NUMBER).accepts(count) for count in value.values()),
)

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
    "verdict": _TEXT,
    "unharmed": _FLAG,
    "seal": _TEXT,
    "places": _TEXT,
    "state": _TEXT,
    "vips": _TEXTS,
    "hits": _COUNTS,
    "counters": _COUNTS,
    "probe_hits": _COUNTS,
    "counted_on": _TEXT,
    "node_started": _TEXT,
    "contradicted": _TEXTS,
    "altered": _FLAG,
    "unproven": _TEXTS,
    "nodes": _NODES,
    "management_addresses": _list_of(_object({"node": _TEXT, "state": _TEXT}, {"reason": _LONG_TEXT})),
}
_OF_A_NODE = {"node": _ID, "sha256": _FILE_HASH, "count": _NUMBER}
_VSERVER_TYPE = _Type("a type of virtual servers", lambda value: value in [*VSERVER_TYPES])
_VSERVER = {"type": _VSERVER_TYPE, "name": _ID, "enabled": _optional(_FLAG)}
_VSERVER_ANSWER = {"place": _TEXT, "answered": _optional(_FLAG)}

_REQUIRED = {
    "host": _TEXT,
    "kind": _one_of(RecordKind),
    "measure": _MEASURE,
    "run": _ID,
    "started": _MOMENT,
    "outcome": _one_of(Outcome),
    "saved": _FLAG,
    "steps": _Type(
        f"a list of at most {MOST_STEPS:,} steps", lambda value: isinstance(value, list) and len(value) <= MOST_STEPS
    ),
}
_DECISION = {"decided_by": _TEXT, "reason": _TEXT, "ticket": _TEXT}
_CLOSURE = {
    "covers": _OBJECT_IDS,
    "completes": _OBJECT_IDS,
    "released": _OBJECT_IDS,
    "vservers": _Type("a list of different virtual servers", _are_different_vservers),
}
_BUILDS = _Type("an object with texts", lambda value: isinstance(value, dict) and all(map(_is_text, value.values())))
_SESSIONS = {
    "entries": _Type("a list of ids of entries", lambda value: _is_list(value, _MEASURE.accepts, MOST_KEYS)),
    "session_counts": _COUNTS_OF_SESSIONS,
    "builds": _BUILDS,
}
_REQUIRED_OF_KIND = {
    RecordKind.LOCKDOWN: {**_CLOSURE, **_DECISION, "expires": _MOMENT},
    RecordKind.REOPEN: _CLOSURE,
    RecordKind.END_SESSIONS: _SESSIONS,
    RecordKind.NODE_LOCAL: {
        "node_local": _object({"wanted": _WANTED, "line": _TEXT, "nodes": _list_of(_object(_OF_A_NODE))})
    },
}
_OPTIONAL = {
    "version": _optional(_NUMBER),
    "ticket": _TEXT,
    "reason": _TEXT,
    "partition": _TEXT,
    "appliance_user": _TEXT,
    "nodes": _TEXTS,
    "build": _TEXT,
    "builds": _BUILDS,
    "seal": _TEXT,
    "saves": _FLAG,
    "why": _TEXT,
    "who": _object({}, {"user": _TEXT, "control_node": _TEXT, "records": _TEXT}),
    "finished": _optional(_MOMENT),
    "proof": _optional(_object({}, _PROOF)),
    "previous": _list_of(_object({"name": _RECORD_FILE, "sha256": _DIGEST})),
    "looked": _Type(
        "an object with lists of names of records",
        lambda value: isinstance(value, dict) and all(map(_RECORD_NAMES.accepts, value.values())),
    ),
    "problem": _optional(_LONG_TEXT),
    "undoes": _RECORD_NAMES,
    "found_off": _TEXTS,
    "found_beside": _BUILDS,
    "continues": _RECORD_NAMES,
    "undone_by": _Type("the name of a record", lambda value: value == FOUND_UNDONE or _RECORD_FILE.accepts(value)),
    "copies": _TEXTS,
    "origin": _object(
        {"node": _TEXT, "state": _one_of(CopyState), "sha256": _DIGEST}, {"host": _optional(_TEXT), "appliance": _TEXT}
    ),
    "signature": _object({"name": _RECORD_FILE, "at": _MOMENT, "sshsig": _TEXT}, {"accepted_by": _TEXT}),
    "decided_by": _TEXT,
    "expires": _MOMENT,
    "accepted_exposure": _TEXTS,
    "accepted_unread": _TEXTS,
    "partitions": _BUILDS,
    "overruled": _TEXTS,
    "second": _TEXT,
    "closing": _object({"step": _one_of(LadderStep), "closes": _OBJECT_IDS, "opens": _OBJECT_IDS}),
    "ended": _TEXTS,
    "taken_over": _list_of(_ID),
    "files": _FILES,
}


def record_problem(value: Any) -> str:
    """Return what is wrong with the JSON value of a change record, for a message; "" where it is one.

    :param value: as :func:`json.loads` returned it
    """
    version = value.get("format") if isinstance(value, dict) else None
    if type(version) is not int or version != FORMAT:  # pylint: disable=unidiomatic-typecheck
        return f"is not a change record of format {FORMAT}"
    if len(value) > MOST_KEYS:
        return f"has more than {MOST_KEYS} keys"
    for key, item in value.items():
        if not _NAME.fullmatch(key):
            return f"has a key that is not a name ({key[:100]!r})"
        if key != "steps" and (problem := _bound_problem(item, DEEPEST)):
            return f"{problem} at {key}"
    problem = _wrong_key(value, _REQUIRED, required=True) or _wrong_key(value, _OPTIONAL, required=False)
    if not problem:
        problem = _wrong_key(value, _REQUIRED_OF_KIND.get(RecordKind(value["kind"]), {}), required=True)
    if not problem and value.get("undoes") and value["kind"] != RecordKind.ROLLBACK:
        problem = f"undoes other runs, which no record of the kind {value['kind']} does"
    if not problem and value.get("continues") and value["kind"] != RecordKind.APPLY:
        problem = f"continues other runs, which no record of the kind {value['kind']} does"
    if not problem and value.get("closing", {}).get("closes") and not {"decided_by", "expires"} <= value.keys():
        problem = "closes virtual servers, and says not by whose decision and until when"
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
    if problem := _bound_problem(step, DEEPEST):
        return f"{where}: it {problem}"
    problem = _wrong_key(step, _STEP, required=True) or _wrong_key(step, _STEP_LINES, required=False)
    return problem and f"{where}: it {problem}"


def _bound_problem(value: Any, levels: int) -> str:
    """Return which bound a value exceeds, as a clause, or "".

    :param levels: the largest number of lists and objects within each other
    """
    if isinstance(value, dict | list):
        return _inner_problem(value, levels)
    if isinstance(value, str):
        return f"has a text of more than {LONGEST_VALUE:,} characters" if len(value) > LONGEST_VALUE else ""
    if isinstance(value, float) and not math.isfinite(value):
        return "has a number that is not finite"
    is_large = isinstance(value, int) and not _SMALLEST <= value < _LARGEST
    return "has a number that is too large" if is_large else ""


def _inner_problem(value: dict[str, Any] | list[Any], levels: int) -> str:
    """Return the same of a list or an object. Most of what is in one are short texts and flags, which need no call."""
    if levels == 0:
        return f"is nested deeper than {DEEPEST} levels"
    for item in value.values() if isinstance(value, dict) else value:
        kind = item.__class__
        if (kind is str and len(item) <= LONGEST_VALUE) or kind is bool or item is None:
            continue
        if problem := _bound_problem(item, levels - 1):
            return problem
    for key in value if isinstance(value, dict) else ():
        if len(key) > LONGEST_TEXT:
            return f"has a key of more than {LONGEST_TEXT:,} characters"
    return ""
