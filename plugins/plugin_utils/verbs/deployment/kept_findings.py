# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run that is refused has found beside ours: once it is gone nothing shows it, so a record keeps it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...appliance.nitro.connection import Connection
from ...catalogue.run_parameters import RunParameters
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import fetch_records, keep_records, others_have_run
from ...change.records.new_record import start_record
from ...change.records.record_list import all_records
from ...change.records.record_states import Outcome, RecordKind
from ...foundation.errors import Refused, TourniquetError
from ...judgement.exposure_reads.beside_others import WasRead, found_beside_others, news_beside, news_beside_others


def keep_found(
    connection: Connection,
    parameters: RunParameters,
    told: Sequence[ChangeRecord],
    fetched: Sequence[ChangeRecord],
    *,
    depends_on_build: bool,
    read: WasRead | None = None,
    seal: str = "",
    saved: bool = False,
) -> None:
    """Write a record of what is bound beside ours in the partition of the connection, if no run has found it so.

    Where that cannot be read or written, the refusal is what is told.

    :param told: the records on the measure, and those of other measures that say what was bound beside it, in their order
    :param fetched: those that only the nodes have
    :param depends_on_build: the measure is a mitigation, of which a proof is lost by what is beside it
    """
    read, where = read or WasRead(), parameters.appliance.name
    with contextlib.suppress(TourniquetError):
        keep_records(fetched, parameters.records, where)
        _keep_those_of_others(connection, parameters)
        found = news_beside_others(connection.primary, parameters, read)
        if depends_on_build:
            found |= news_beside(connection.primary, told, parameters.run, parameters.owner.measure, read)
        if found:
            refused = replace(parameters, closing={})  # what it would have closed or opened is as it was
            about = {**refused.facts(connection, RecordKind.VERIFY, seal), "found_beside": found}
            ending = {"outcome": Outcome.APPLIED, "saved": saved}
            start_record(parameters.records, where, (), about, ending=ending, trust=parameters.trust)


def keep_found_beside(
    connection: Connection, parameters: RunParameters, partitions: Iterable[str], fetched: Sequence[ChangeRecord] = ()
) -> None:
    """Keep what is bound beside ours in some admin partitions, for a run on what is no mitigation; see :func:`keep_found`."""
    for name in partitions:
        with contextlib.suppress(TourniquetError), connection.inside(name):  # the refusal is what is told
            keep_found(connection, parameters.inside(name), (), fetched, depends_on_build=False)


@contextlib.contextmanager
def keeping(keep: Callable[[], None], *, is_preview: bool) -> Iterator[None]:
    """Keep what a plan has found that is refused, unless it is a preview."""
    try:
        yield
    except Refused:
        if not is_preview:
            keep()
        raise


def _keep_those_of_others(connection: Connection, parameters: RunParameters) -> None:
    """Keep the records that only the nodes have: what their runs left is compared with what is there. A plan has read them only where it needed them."""
    records, where = parameters.records, parameters.appliance.name
    known = {one.name for one in all_records(records, where, parameters.trust)}
    if others_have_run(connection, known):
        keep_records(fetch_records(connection, records, where, parameters.trust)[0], records, where)


def facts_beside(connection: Connection, partition: str, parameters: RunParameters) -> Mapping[str, Any]:
    """Return what the record of a decision alone says of what is beside proven mitigations; the decision is what is told where that cannot be read.

    The records that only the nodes have are kept before: what they left is compared with what is there.
    """
    with contextlib.suppress(TourniquetError), connection.inside(partition):
        beside = found_beside_others(connection.primary, parameters)
        return {"found_beside": beside} if beside else {}
    return {}
