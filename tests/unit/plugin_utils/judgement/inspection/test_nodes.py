# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is local to the nodes: other builds, and whether log actions write anything."""

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

from tests.traits import traits
from tests.unit.plugin_utils.judgement.inspection.appliance import FakeSession

BUSY = NitroError("gw", "GET", 503, 0, "busy")


def node(host: str, build: str | None = "1", role: str = "primary") -> Any:
    return SimpleNamespace(address=SimpleNamespace(host=host), build=build, role=role)


def facts(
    *nodes: Any,
    status: BuildStatus = BuildStatus.AFFECTED,
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
        measure=SimpleNamespace(traits=traits(setting_types=settings)),
        document=SimpleNamespace(types=types),
        partition=partition,
        partitions_unreadable=unreadable,
        resolved=SimpleNamespace(build_status=lambda build: changes.get("states", {}).get(build, status)),
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
        (),
        ("n5 is missing", "node n2 runs another build, 2"),
        ("node n2 runs another build, 2",),
        ("n2 is out of sync",),
        ("a remark",),
    )


@pytest.mark.parametrize(
    ("own", "other", "told"),
    [
        (BuildStatus.FIXED, BuildStatus.AFFECTED, ", without the fix: it serves after a failover"),
        (BuildStatus.FIXED, BuildStatus.INEFFECTIVE, ", without the fix: it serves after a failover"),
        (BuildStatus.AFFECTED, BuildStatus.FIXED, ", with the fix"),
        (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED, ""),
        (BuildStatus.AFFECTED, BuildStatus.AFFECTED, ""),
        (BuildStatus.FIXED, BuildStatus.FIXED, ""),
    ],
)
def test_of_another_build_it_is_said_whether_it_has_the_fix(own: BuildStatus, other: BuildStatus, told: str) -> None:
    found = facts(node("n1"), node("n2", "2"), status=own, states={"2": other})
    assert found.not_covered == (f"node n2 runs another build, 2{told}",)


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
