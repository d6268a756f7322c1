# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is local to the nodes: other builds, the line of the start-up file, and whether log actions write anything."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import AUDIT_LOG
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.nodes import (
    NodeFacts,
    read_nodes,
    read_user_defined_audit_log,
)

from tests.played_together import played_together
from tests.unit.plugin_utils.judgement.inspection.appliance import FakeSession

LINE = "nsapimgr_wr.sh -ys call=x"
NEEDED = (BuildStatus.AFFECTED, BuildStatus.INEFFECTIVE, BuildStatus.WANTED)
BUSY = NitroError("gw", "GET", 503, 0, "busy")


def node(host: str, build: str | None = "1", start_up_file: str | None = "", role: str = "primary") -> Any:
    address = SimpleNamespace(host=host)
    return SimpleNamespace(address=address, build=build, start_up_file=start_up_file, role=role, problem="no right")


def facts(
    *nodes: Any,
    status: BuildStatus = BuildStatus.AFFECTED,
    line: str = "",
    types: tuple[str, ...] = (),
    settings: tuple[str, ...] = (),
    table: dict[str, Any] | None = None,
    partition: str = "",
    unreadable: str = "",
    **changes: Any,
) -> NodeFacts:
    connection: Any = SimpleNamespace(
        primary=FakeSession(table or {}),
        nodes=nodes,
        build="1",
        pair_remarks=changes.get("pair_remarks", ()),
        missing_nodes=changes.get("missing", ()),
        will_not_follow=changes.get("will_not_follow", ()),
    )
    parameters: Any = SimpleNamespace(
        measure=SimpleNamespace(start_up_line=line, setting_types=settings),
        document=SimpleNamespace(types=types),
        partition=partition,
        partitions_unreadable=unreadable,
    )
    return read_nodes(connection, parameters, status)


def test_nodes_that_are_missing_or_run_another_build_are_not_covered() -> None:
    found = facts(
        node("n1"),
        node("n2", "2"),
        node("n3", None),
        node("n4", "3", role="unreachable"),
        missing=("n5 is missing",),
        will_not_follow=("n2 is out of sync",),
        pair_remarks=("a remark",),
    )
    assert found == NodeFacts(
        (), ("n5 is missing", "node n2 runs another build, 2"), ("n2 is out of sync",), ("a remark",)
    )


@pytest.mark.parametrize(
    ("partition", "unreadable", "rows", "told"),
    [
        ("", "", [], ()),
        ("", "", [{"partitionname": "t"}], ("there are admin partitions (t) that this run does not read",)),
        ("", "", BUSY, ("whether there are admin partitions cannot be read (allow the user: show ns partition)",)),
        ("default", "", BUSY, ()),
        ("default", "no right", [], ("no right",)),
    ],
)
def test_partitions_that_are_not_read_are_unreadable(
    partition: str, unreadable: str, rows: Any, told: tuple[str, ...]
) -> None:
    assert facts(table={"nspartition": rows}, partition=partition, unreadable=unreadable).unreadable == told


@played_together("status", list(BuildStatus))
@played_together(
    ("written", "needed", "not_needed"),
    [
        ("# nothing\n", f"management address of n1: /nsconfig/rc.netscaler lacks the line {LINE}", ""),
        (f"~ {LINE}\n{LINE}0\n", f"management address of n1: /nsconfig/rc.netscaler lacks the line {LINE}", ""),
        (f"a\n {LINE} \nb\n", "", f"/nsconfig/rc.netscaler of n1 still has the line: {LINE}"),
        (
            f"{LINE}\n{LINE}\n",
            f"/nsconfig/rc.netscaler of n1 has the line 2 times: {LINE}",
            f"/nsconfig/rc.netscaler of n1 still has the line 2 times: {LINE}",
        ),
        (None, "management address of n1: unknown, no right", "management address of n1: unknown, no right"),
    ],
)
def test_the_line_of_the_start_up_file_is_there_once_where_it_is_needed(
    written: str | None, needed: str, not_needed: str, status: BuildStatus
) -> None:
    text = needed if status in NEEDED else not_needed
    one = node("n1", start_up_file=written)
    assert facts(one, line=LINE, status=status).remarks == ((text,) if text else ())
    assert facts(one, status=status).remarks == ()
    gone = node("n1", start_up_file=written, role="unreachable")
    assert facts(gone, line=LINE, status=status).remarks == ()


HOW = "; in the inventory `measure_audit_log: true` switches it on, and a rollback restores it"
OFF = "the log: user-defined audit logging is off (set audit syslogParams -userDefinedAuditlog YES), so nothing of what is blocked is logged"
UNKNOWN = "the log: user-defined audit logging is unknown (set audit syslogParams -userDefinedAuditlog YES), so it is not known if anything is logged"


@pytest.mark.parametrize(
    ("rows", "state", "text"),
    [
        ([{"userdefinedauditlog": "YES"}], True, ""),
        ([{"userdefinedauditlog": "yes"}], True, ""),
        ([{"userdefinedauditlog": "NO"}], False, OFF),
        ([{}], None, UNKNOWN),
        ([], None, UNKNOWN),
        (BUSY, None, UNKNOWN),
    ],
)
def test_a_log_action_that_writes_nothing_is_told(rows: Any, state: bool | None, text: str) -> None:
    table = {"auditsyslogparams": rows}
    session: Any = FakeSession(table)
    assert read_user_defined_audit_log(session) is state
    logs = ("auditmessageaction",)
    assert facts(types=logs, table=table).remarks == ((text,) if text else ())
    assert facts(types=logs, table=table, settings=(AUDIT_LOG[0],)).remarks == ((text + HOW,) if text else ())
    assert facts(types=logs, table=table, status=BuildStatus.FIXED).remarks == ()
    assert facts(types=("responderpolicy",), table=table).remarks == ()
    assert facts(types=(*logs, AUDIT_LOG[0]), table=table).remarks == ()
