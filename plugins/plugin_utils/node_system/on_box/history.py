# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What earlier runs put on each node, from their records. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...change.records.change_record import ChangeRecord
from ...change.records.record_states import Outcome, StepState
from ..node_local.history import states_of
from ..node_local.settings import Wanted
from .script import DEFAULT_TAG

SCRIPT, LINE, LIST = "script", "line", "list"
"""What a run does on a node, as its record names it."""
_MAY_BE_DONE = (StepState.SENT, StepState.DONE)


@dataclass(frozen=True)
class NodeHistory:
    """What our runs left on one node.

    :ivar scripts: the SHA-256 of each script that a run wrote, or was about to write, on any node of the appliance: HA file synchronisation may copy it
    :ivar tags: the tags that the messages of these scripts have
    :ivar has_script: a run has put it there, and none was about to take it out; likewise has_line
    :ivar before: the SHA-256 of the crontab before a run wrote the line, or ABSENT; "" where no run is known
    :ivar in_doubt: a run that did not come to its end was about to put something there, or to take it out
    :ivar since: when the last run that put something there began (ISO 8601), or ""
    """

    scripts: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    has_script: bool = False
    has_line: bool = False
    before: str = ""
    since: str = ""
    in_doubt: bool = False


def histories(records: Iterable[ChangeRecord]) -> dict[str, NodeHistory]:
    """Return by node (address:port) what the runs left, the records in the order of their chain; "" has what they left on any node."""
    found: dict[str, NodeHistory] = {}
    scripts: set[str] = set()
    tags: set[str] = set()
    for record in records:
        planned: Mapping[str, Any] = record.content.values["node_local"]
        states = states_of(record, (SCRIPT, LINE))
        for entry in planned["nodes"]:
            node = str(entry["node"])
            state, before = states.get(node, {}), found.get(node, NodeHistory())
            if planned["wanted"] == Wanted.PRESENT:
                found[node] = _present(before, entry, state, record.started)
                if state.get(SCRIPT) in _MAY_BE_DONE:
                    scripts.add(str(entry.get("script", "")))
                    tags.add(str(planned.get("tag", DEFAULT_TAG)))  # a record of an earlier version has none
            else:
                found[node] = _absent(before, state)
            found[node] = replace(found[node], in_doubt=_is_in_doubt(before, record, state))
    return {
        node: replace(one, scripts=frozenset(scripts), tags=frozenset(tags))
        for node, one in {"": NodeHistory(), **found}.items()
    }


def _is_in_doubt(before: NodeHistory, record: ChangeRecord, state: Mapping[str, str]) -> bool:
    if record.outcome in (Outcome.APPLIED, Outcome.REVERTED):
        return False  # it was read back
    return before.in_doubt or StepState.SENT in (state.get(SCRIPT), state.get(LINE))


def _present(before: NodeHistory, entry: Mapping[str, Any], state: Mapping[str, str], started: str) -> NodeHistory:
    now = before
    if state.get(SCRIPT) in _MAY_BE_DONE:
        now = replace(now, has_script=now.has_script or state[SCRIPT] == StepState.DONE, since=started)
    if state.get(LINE) in _MAY_BE_DONE:
        first = now.before if entry["count"] else entry["sha256"]
        now = replace(now, has_line=now.has_line or state[LINE] == StepState.DONE, before=first, since=started)
    return now


def _absent(before: NodeHistory, state: Mapping[str, str]) -> NodeHistory:
    now = before
    if state.get(LINE) in _MAY_BE_DONE:
        now = replace(now, has_line=False)
    if state.get(SCRIPT) in _MAY_BE_DONE:
        now = replace(now, has_script=False)
    return now
