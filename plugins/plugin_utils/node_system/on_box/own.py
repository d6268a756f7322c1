# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of the script is ours on an appliance, by the change records: for those who look for traces, and for leave.yml. Reads files only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...catalogue.record_trust import RecordTrust
from ...change.records.record_list import all_records
from ...traces.findings.own_changes import OwnScript
from ..node_local.history import node_local_records
from .history import NodeHistory, histories
from .script import CRONTAB, LINE, PATH
from .settings import MEASURE


def own_script(records: Path, appliance: str, trust: RecordTrust) -> OwnScript | None:
    """Return the script of ours; None where no run has written one.

    :raises InvalidInput: where a record cannot be read
    """
    history = _histories(records, appliance, trust)[""]
    digests = frozenset(filter(None, history.scripts))
    return OwnScript(PATH, digests, CRONTAB, LINE, history.tags) if digests else None


def script_left(records: Path, appliance: str, trust: RecordTrust) -> dict[str, tuple[str, ...]]:
    """Return by node what a run has put there, and none has taken out, in words.

    :raises InvalidInput: where a record cannot be read
    """
    left = {}
    for node, history in _histories(records, appliance, trust).items():
        found = [PATH] if history.has_script else []
        found += [f"a line of {CRONTAB}"] if history.has_line else []
        if node and found:
            left[node] = tuple(found)
    return left


def _histories(records: Path, appliance: str, trust: RecordTrust) -> Mapping[str, NodeHistory]:
    return histories(node_local_records(all_records(records, appliance, trust), MEASURE))
