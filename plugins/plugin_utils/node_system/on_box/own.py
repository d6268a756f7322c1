# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of the script is ours on an appliance, by the change records: for those who look for traces, and for leave.yml. Reads files only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.node_files import list_files, read_file
from ...appliance.nitro.session import Session
from ...catalogue.record_trust import RecordTrust
from ...change.records.change_record import ChangeRecord
from ...change.records.record_list import all_records
from ...traces.findings.own_runs import OwnScript
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


def script_left(connection: Connection, records: Iterable[ChangeRecord]) -> dict[str, tuple[str, ...]]:
    """Return by node what a run has put there, and none has taken out, in words. Where a run died at it, the node is asked.

    :param records: of all control nodes, in the order of the chain
    :raises TourniquetError: where a node that has to be asked cannot be read
    """
    known = histories(node_local_records(records, MEASURE))
    left = {node: _in_words(script=one.has_script, line=one.has_line) for node, one in known.items() if node}
    with connection.inside(DEFAULT):  # where the files are
        for member in connection.members:
            node = str(member.session.node)
            if node in known and known[node].in_doubt:
                left[node] = _read(member.session)
    return {node: words for node, words in left.items() if words}


def _in_words(*, script: bool, line: bool) -> tuple[str, ...]:
    return (*([PATH] if script else []), *([f"a line of {CRONTAB}"] if line else []))


def _read(session: Session) -> tuple[str, ...]:
    directory, _slash, name = CRONTAB.rpartition("/")
    crontab = read_file(session, name, directory) or b""
    script_directory, _slash, script_name = PATH.rpartition("/")
    return _in_words(
        script=script_name in list_files(session, script_directory),
        line=LINE in crontab.decode(errors="replace").splitlines(),
    )


def _histories(records: Path, appliance: str, trust: RecordTrust) -> Mapping[str, NodeHistory]:
    return histories(node_local_records(all_records(records, appliance, trust), MEASURE))
