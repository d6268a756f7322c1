# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is not covered at the management address of each node: by its build, its start-up file and, where that has the line, the course of the address.

Reads records only, and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ...appliance.nitro.connection import Connection, Node
from ...catalogue.run_parameters import ResolvedParameters
from ...change.records.change_record import ChangeRecord
from ...change.records.record_list import all_records, in_chain_order
from ..course.coverage import MANAGEMENT
from ..course.interval import begun
from ..course.node_track import coverage_line
from ..course.record_events import History
from ..course.state import State
from ..course.today import Today
from .nodes import NEEDED

FILE = "/nsconfig/rc.netscaler"
NOT_SEEN = f"{State.UNKNOWN}: {FILE} has the line, and no run here has seen it work"


def address_texts(
    connection: Connection, parameters: ResolvedParameters, fetched: Sequence[ChangeRecord]
) -> Iterator[str]:
    """Yield what is not covered, and a line that is there too often or no longer needed; nothing for a measure without a line.

    :param fetched: the records that only the nodes had
    """
    line = parameters.measure.start_up_line
    reached = [node for node in connection.nodes if node.role != "unreachable"] if line else []
    in_doubt: list[Node] = []
    for node in reached:
        needed = parameters.resolved.build_status(node.build or connection.build) in NEEDED
        yield from _of_file(node, line, needed=needed)
        in_doubt += [node] if needed and _count(node, line) else []
    if in_doubt:
        yield from _of_records(connection, parameters, fetched, in_doubt)


def _count(node: Node, line: str) -> int:
    return sum(written.strip() == line for written in node.start_up_lines or ())


def _of_file(node: Node, line: str, *, needed: bool) -> Iterator[str]:
    """Compare the start-up file of a node with the line that the measure needs there once."""
    host, count = node.address.host, _count(node, line)
    if node.start_up_file is None:
        yield f"{MANAGEMENT}{host}: unknown, {node.problem}"
    elif needed and count == 0:
        yield f"{MANAGEMENT}{host}: {FILE} lacks the line {line}"
    elif count > 1 or (count and not needed):
        times = "" if count == 1 else f" {count} times"
        yield f"{FILE} of {host} {'has' if needed else 'still has'} the line{times}: {line}"


def _of_records(
    connection: Connection, parameters: ResolvedParameters, fetched: Sequence[ChangeRecord], nodes: Sequence[Node]
) -> Iterator[str]:
    """Yield what the course of an address says where no run has seen it covered last. It names no record: many appliances read alike."""
    own = all_records(parameters.records, parameters.appliance.name, parameters.trust)
    records = in_chain_order({one.name: one for one in (*own, *fetched)}.values()) if fetched else own
    start_up = {str(node.address): node.start_up_lines for node in nodes}
    today = Today(datetime.now(UTC), {str(one.address): one.build for one in connection.nodes}, start_up=start_up)
    history = History.of(records, today.at)
    for node in nodes:
        line = parameters.measure.start_up_line
        course = coverage_line(history, parameters.owner.measure, str(node.address), today, line)
        if not course:
            yield f"{MANAGEMENT}{node.address.host}: {NOT_SEEN}"
        elif not (now := course[-1]).state.protects:
            since = f"since {begun(course).time:%Y-%m-%d} by the records"
            yield f"{MANAGEMENT}{node.address.host}: {now.state} {since}, although {FILE} has the line"
