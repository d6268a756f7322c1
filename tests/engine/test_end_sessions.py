# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ending the sessions of users after a fix, in process: only on fixed nodes, counted, recorded, and done once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import NitroError, Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.user_sessions import SESSION_KINDS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.ended_sessions import ended_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import Outcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import EntryVerdict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.catalogue_actions import (
    session_action,
    session_actions,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.page import (
    message,
    session_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.session_plan import (
    SessionAction,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.session_run import SessionRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.catalogue_check import CatalogueCheck

from simulator import Simulator
from tests.engine.sessions_stage import Sessions
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE as ENTRY

CATALOGUE = ENTRY.parent
FIXED, OPEN = "13.1 49.15", "13.1 48.47"


def action(entry: str = "cve_2023_4966", types: tuple[str, ...] = tuple(SESSION_KINDS)) -> SessionAction:
    def status(build: Build) -> BuildStatus:
        if build.branch != (13, 1):
            return BuildStatus.NOT_AFFECTED
        return BuildStatus.FIXED if build.number >= (49, 15) else BuildStatus.AFFECTED

    return SessionAction(entry, types, status, lambda _build: "13.1 49.15 or later")


ALL = action()
ICA = action("cve_2025_5777", ("vpnicaconnection", "vpnpcoipconnection"))


def fleet(build: str, nodes: int, **more: Any) -> dict[str, Any]:
    return fleet_file(
        {
            "box": {
                "build": build,
                "nodes": ["127.0.0.1:0"] * nodes,
                "features": ["LB", "SSL", "SSLVPN", "AAA"],
                "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"}],
                **more,
            }
        }
    )


@pytest.fixture
def open_sessions(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> Callable[..., Sessions]:
    def open_one(build: str = FIXED, nodes: int = 1, users: bool = True, **more: Any) -> Sessions:
        stage = Sessions(start(fleet(build, nodes, **more)), tmp_path)
        if users:
            stage.log_on()
        return stage

    return open_one


def test_sessions_are_counted_ended_and_recorded_once(open_sessions: Callable[..., Sessions]) -> None:
    """The plan counts and writes nothing; the run ends all kinds, and a second one does nothing."""
    stage = open_sessions()
    plan, text = stage.planned(ALL)
    assert "ends now: 3 ICA connections, 1 RDP connection, 1 PCoIP connection, 2 AAA sessions\n" in text
    assert "! kill vpn icaConnection -all" in text
    assert plan.writes
    assert stage.left() == [3, 1, 1, 2, 0]
    assert stage.all() == []
    result = stage.end(ALL)
    assert stage.left() == [0, 0, 0, 0, 0]
    assert message(result, check_mode=False).startswith("ended 3 ICA connections, 1 RDP connection, ")
    assert result.failed == ""
    (record,) = stage.all()
    assert record.outcome is Outcome.APPLIED
    assert record.content.values["session_counts"] == {
        "vpnicaconnection": 3, "rdpconnections": 1, "vpnpcoipconnection": 1, "aaasession": 2, "lbpersistentsessions": 0,
    }  # fmt: skip
    assert set(record.ended) == set(SESSION_KINDS)
    assert record.content.values["builds"] == {stage.variables["nodes"][0]: FIXED}
    stage.log_on()
    again = stage.end(ALL)
    assert not again.changed
    assert "cve_2023_4966" in again.plan.done
    assert stage.left() == [3, 1, 1, 2, 0]
    assert len(stage.all()) == 1


def test_one_run_serves_several_entries(open_sessions: Callable[..., Sessions]) -> None:
    """Each kind is ended once, and an entry whose kinds were ended only in part stays open."""
    stage = open_sessions()
    stage.end(ICA)
    assert stage.left() == [0, 1, 0, 2, 0]
    plan, _text = stage.planned(ALL, ICA)
    assert plan.entries == ("cve_2023_4966",)
    assert set(plan.done) == {"cve_2025_5777"}
    stage.end(ALL, ICA)
    records = stage.all()
    assert ended_for(records, "cve_2025_5777", ICA.types) is records[0]
    assert ended_for(records, "cve_2023_4966", ALL.types) is records[1]
    assert stage.end(ICA, again=True).changed


def test_nothing_is_ended_before_all_nodes_have_the_fix(
    open_sessions: Callable[..., Sessions], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a pair both nodes: one that is open, or cannot be asked, is named with what it would mean."""
    stage, read = open_sessions(nodes=2), Session.read
    other = stage.appliance.nodes[1]

    def reading(session: Session, type_: str, *arguments: Any, **options: Any) -> Any:
        rows = read(session, type_, *arguments, **options)
        if type_ == "nsversion" and session.node == other:
            rows = [{**rows[0], "version": str(rows[0]["version"]).replace("49.15", "48.47")}]
        return rows

    monkeypatch.setattr(Session, "read", reading)
    with pytest.raises(Refused, match=r"runs 13\.1 48\.47, which is open to cve_2023_4966; .* can be stolen again"):
        stage.end(ALL)
    stage.variables["nodes"] = stage.variables["nodes"][:1]
    with pytest.raises(Refused, match=r"the other node of the HA pair .* is not named in netscaler_nodes"):
        stage.end(ALL)
    assert stage.left() == [3, 1, 1, 2, 0]
    assert stage.all() == []


def test_a_named_person_can_accept_it_and_it_stays_open(open_sessions: Callable[..., Sessions]) -> None:
    stage = open_sessions(build=OPEN)
    with pytest.raises(Refused, match="accept_exposure needs the person who accepts it"):
        stage.end(ALL, accept_exposure=True)
    plan, text = stage.planned(ALL, accept_exposure=True, who="J. Jansen")
    assert "ACCEPTED EXPOSURE: cve_2023_4966: node 127.0.0.1 runs 13.1 48.47" in text
    assert stage.end(ALL, accept_exposure=True, who="J. Jansen").changed
    (record,) = stage.all()
    assert record.decided_by == "J. Jansen"
    assert record.accepted_exposure == plan.exposure
    assert ended_for([record], "cve_2023_4966", ALL.types) is None


def test_an_entry_that_waits_does_not_keep_another_one(open_sessions: Callable[..., Sessions]) -> None:
    """Without a name every entry that is ready is served; one that is named is refused, and a build it does not concern has nothing to do."""
    stage = open_sessions()
    later = SessionAction("cve_2025_5777", ICA.types, lambda _build: BuildStatus.AFFECTED, lambda _build: "13.1 58.32")
    plan, text = stage.planned(ALL, later)
    assert plan.entries == ("cve_2023_4966",)
    assert "not yet: cve_2025_5777: node" in text
    with pytest.raises(Refused, match=r"13\.1 58\.32"):
        stage.planned(later, named=True)
    other = replace(later, status=lambda _build: BuildStatus.NOT_AFFECTED)
    result = stage.end(other)
    assert not result.changed
    assert message(result, check_mode=False).startswith("nothing to end")


def test_a_kind_that_is_refused_is_named_and_the_others_are_ended(
    open_sessions: Callable[..., Sessions], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record has what was ended, so the next run ends the rest; users who log on meanwhile are no fault."""
    stage, write = open_sessions(), Session.write

    def refuse(self: Session, method: str, path: str, *args: Any, **more: Any) -> Any:
        if path.startswith("rdpconnections"):
            raise NitroError("box", f"{method} {path}", 403, 2138, "Not authorized to execute this command")
        return write(self, method, path, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "write", refuse)
        with pytest.raises(
            TourniquetError, match=r"not all sessions were ended: kill rdp connections -all: .*Not auth"
        ):
            stage.end(ALL)
    (record,) = stage.all()
    assert (record.outcome, "rdpconnections" in record.ended, "aaasession" in record.ended) == (
        Outcome.FAILED,
        False,
        True,
    )
    assert stage.left() == [0, 1, 0, 0, 0]
    assert stage.end(ALL).changed
    assert stage.left() == [0, 0, 0, 0, 0]


def test_a_kill_without_effect_is_a_failure(
    open_sessions: Callable[..., Sessions], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An appliance that says "Done" and ends nothing is not believed: the counts decide."""
    stage, write = open_sessions(), Session.write

    def swallow(self: Session, method: str, path: str, *args: Any, **more: Any) -> Any:
        if "?action=kill" in path:
            return None
        return write(self, method, path, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "write", swallow)
        result = stage.end(ALL)
    assert "ICA connections: 3 after it, and 3 before" in result.failed
    assert ended_for(stage.all(), "cve_2023_4966", ALL.types) is None


@pytest.mark.parametrize("nonsense", ["", "many", -1, None])
def test_a_count_that_is_nonsense_is_a_failure(
    open_sessions: Callable[..., Sessions], monkeypatch: pytest.MonkeyPatch, nonsense: Any
) -> None:
    """What cannot be counted after the end is not known to be ended: neither the run nor its record says so."""
    stage, read, write = open_sessions(), Session.read, Session.write
    killed = []

    def note(self: Session, method: str, path: str, *args: Any, **more: Any) -> Any:
        killed.append(path) if "?action=" in path else None
        return write(self, method, path, *args, **more)

    def lie(self: Session, type_: str, *args: Any, **more: Any) -> Any:
        if killed and type_ == "aaasession" and more.get("query") == {"count": "yes"}:
            return [{"__count": nonsense}]
        return read(self, type_, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "write", note)
        patch.setattr(Session, "read", lie)
        result = stage.end(ALL)
    assert "AAA sessions: not counted after it (the answer has no count)" in result.failed
    assert ended_for(stage.all(), "cve_2023_4966", ALL.types) is None


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (0, ""),
        (2, "in the admin partition tenant_a: persistence sessions: 2 after it, and 2 before"),
        (None, "in the admin partition tenant_a: persistence sessions: not counted after it (the answer has no count)"),
    ],
)
def test_the_sessions_of_an_admin_partition_are_counted_after_it_too(
    open_sessions: Callable[..., Sessions], monkeypatch: pytest.MonkeyPatch, after: int | None, why: str
) -> None:
    stage, read, write = open_sessions(users=False, partitions=["tenant_a"]), Session.read, Session.write
    ended = []

    def note(self: Session, method: str, path: str, *args: Any, **more: Any) -> Any:
        ended.append(self.partition) if "lbpersistentsessions?action=clear" in path else None
        return write(self, method, path, *args, **more)

    def count(self: Session, type_: str, *args: Any, **more: Any) -> Any:
        if self.partition == "tenant_a" and type_ == "lbpersistentsessions":
            return [{"__count": after if "tenant_a" in ended else 2}]
        return read(self, type_, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "write", note)
        patch.setattr(Session, "read", count)
        result = stage.end(ALL)
    assert ended == ["default", "tenant_a"]
    assert result.failed == (f"box: {why}" if why else "")
    assert (ended_for(stage.all(), "cve_2023_4966", ALL.types) is None) is bool(why)
    (record,) = stage.all()
    assert record.content.values["proof"]["sessions_after_elsewhere"] == {"tenant_a": {"lbpersistentsessions": after}}
    with Connection(stage.appliance) as connection:
        values = session_result(result, connection).values()
    row = {"partition": "tenant_a", "type": "lbpersistentsessions", "before": 2, "after": after}
    assert values["elsewhere"] == [row]
    assert "; 2 persistence sessions in tenant_a (after the fix of cve_2023_4966)" in message(result, check_mode=False)


def test_values_of_a_pair(open_sessions: Callable[..., Sessions]) -> None:
    """A pair of which both nodes are fixed, with nobody logged on: zero is recorded too."""
    stage = open_sessions(nodes=2, users=False)
    with Connection(stage.appliance) as connection:
        run = SessionRun(connection, stage.of(ALL))
        plan = run.plan()
        run.carry_out(plan)
        values = session_result(run.result(plan), connection).values()
    assert [row["before"] for row in values["sessions"]] == [0] * len(SESSION_KINDS)
    assert values["changed"]
    assert values["entries"] == ["cve_2023_4966"]


def test_status_says_that_sessions_are_open_until_a_record_says_otherwise(
    open_sessions: Callable[..., Sessions],
) -> None:
    """By the verdict on the whole catalogue: the build is fixed, and the next action ends the sessions."""
    stage, entry = open_sessions(), load_entry(CATALOGUE / "cve_2023_4966")
    action = session_action(entry)
    assert action is not None

    def found() -> EntryVerdict:
        check = CatalogueCheck(stage.appliance, (entry,), CATALOGUE, stage.records, "run", trust=stage.trust)
        with Connection(stage.appliance) as connection:
            return check.find(connection).entries[0]

    before = found().verdict
    assert (before.word, before.next_action) == ("fixed", "end_sessions.yml -e mitigation=cve_2023_4966")
    assert before.reason.endswith("has the fix; no record says that the sessions from before it were ended")
    stage.end(action)
    after = found().verdict
    assert (after.word, after.next_action) == ("fixed", "none")


def test_a_run_that_dies_is_repeated(open_sessions: Callable[..., Sessions], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its record was on the disk before the first command, and says what was ended; so the entry is not done."""
    stage, write = open_sessions(), Session.write

    def die(self: Session, method: str, path: str, *args: Any, **more: Any) -> Any:
        if path.startswith("vpnpcoipconnection"):
            raise KeyboardInterrupt
        return write(self, method, path, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "write", die)
        with pytest.raises(KeyboardInterrupt):
            stage.end(ALL)
    (record,) = stage.all()
    assert (record.outcome, record.ended) == (Outcome.OPEN, ("vpnicaconnection", "rdpconnections"))
    assert stage.end(ALL).changed
    assert stage.left() == [0, 0, 0, 0, 0]
    assert ended_for(stage.all(), "cve_2023_4966", ALL.types) is not None


def test_a_cluster_is_refused(open_sessions: Callable[..., Sessions]) -> None:
    stage = open_sessions(users=False, cluster=True)
    with pytest.raises(Refused, match="this is a cluster, whose sessions Tourniquet cannot see on all nodes yet"):
        stage.planned(ALL)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("cve_2019_19780", "there is no entry 'cve_2019_19780' in "),
        ("cve_2019_19781", "asks for no sessions to be ended after its fix; these do: cve_2023_4966, cve_2025_5777, "),
    ],
)
def test_an_entry_that_asks_for_nothing(named: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        session_actions(CATALOGUE, named)
