# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Leaving an appliance: everything of ours is listed, and a removal leaves the configuration as it was before us, and no file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.user_sessions import SESSION_KINDS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Save
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.session_plan import (
    SessionAction,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave import leave
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.leftovers import (
    Leftovers,
    NodeFiles,
    measure_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.page import leave_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.run import Leave

from simulator import Simulator
from tests.engine.closing_stage import ClosingStage
from tests.engine.control_nodes import (
    PAIR,
    DiedError,
    control_node,
    dying,
    dying_at,
    files,
    give_back_lease,
    lease_files,
    put_lock,
    simulated,
    take_lease,
    without_waiting,
)
from tests.engine.sessions_stage import Sessions
from tests.sample import LEAVE_STRIDE
from tests.stage.memory import CATALOGUE, Stage

FIXED = "13.0 47.24"
ACCEPTED = {"accept_exposure": True, "who": "J. Jansen", "reason": "we go"}
REQUESTS = 180  # a removal from a pair has some more
LINE = "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0"


@pytest.fixture
def stage(pair: Simulator, tmp_path: Path) -> Stage:
    pair.reset()
    return control_node(pair, tmp_path, "ours")


def look(stage: Stage, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """Run the task of the action."""
    given = {
        "catalogue": str(CATALOGUE.parent),
        "measures": {"url_whitelist": []},
        "records": str(stage.records),
        "record_key": str(stage.trust.key or ""),
        "allowed_signers": "",
        "accept_record": [],
        "accepted_by": "",
        "resign": False,
        "ticket": "",
        "reason": "",
        "lock": True,
        "break_lock": "",
        "remove": False,
        "accept_exposure": False,
        "who": "",
        "force": False,
        "unsaved": "refuse",
        **options,
    }
    return Leave(stage.appliance, given, check_mode, check_mode).values()


def remove(stage: Stage, **options: Any) -> dict[str, Any]:
    return look(stage, remove=True, **{**ACCEPTED, **options})


def our_files(stage: Stage) -> list[str]:
    return sorted(name for node in (0, 1) for name in files(stage, node) if name.startswith("tourniquet_"))


def test_everything_of_ours_is_listed_and_nothing_is_written(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.apply()
    before, written = stage.configuration(), our_files(stage)
    monkeypatch.setattr(Session, "write", pytest.fail)
    found = look(stage)
    assert found["left"]["objects"] == {
        "cve_2019_19781": {
            "default": [
                "audit messageaction tq_cve_2019_19781",
                "responder action tq_cve_2019_19781",
                "responder global tq_cve_2019_19781 REQ_OVERRIDE",
                "responder policy tq_cve_2019_19781",
            ]
        }
    }
    assert found["left"]["settings"] == {"cve_2019_19781": ["enable ns feature RESPONDER"]}
    assert [one["copies"] for one in found["left"]["files"].values()] == [1, 1]
    assert (found["changed"], found["left"]["not_read"]) == (False, [])
    assert found["msg"] == "left: 1 measure, 4 objects, 2 files"
    assert (stage.configuration(), our_files(stage)) == (before, written)


def test_a_mitigation_that_a_build_needs_is_refused_without_a_person(stage: Stage) -> None:
    stage.apply()
    before = stage.configuration()
    with pytest.raises(Refused, match=r"runs 13\.0 47\.22, which needs cve_2019_19781"):
        look(stage, remove=True)
    for given, lacking in (
        ({}, "who and reason: -e \"who='the name of the person'\" -e \"reason='we leave'\""),
        ({"who": "J. Jansen"}, "reason: -e \"reason='we leave'\""),
        ({"who": "J. Jansen", "reason": " - "}, "reason: -e \"reason='we leave'\""),
        ({"who": "-", "reason": "we go"}, "who: -e \"who='the name of the person'\""),
    ):
        with pytest.raises(InvalidInput) as refused:
            look(stage, remove=True, accept_exposure=True, **given)
        assert str(refused.value).endswith(f"so it needs {lacking}. Nothing was sent.")
    assert stage.configuration() == before


@pytest.mark.parametrize("given", [{"who": "J. Jansen"}, {"reason": "we go"}])
def test_protection_that_no_build_needs_is_not_taken_off_without_who_and_reason(
    stage: Stage, given: dict[str, str]
) -> None:
    """A whitelist protects on each build, so no exposure is to be accepted. Seen: its removal needed no reason of a person."""
    lists = [{"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway"]}]
    measure = load_measure("url_whitelist", CATALOGUE.parent, lists, stage.name, date(2020, 1, 15))
    stage.played("apply", stage.order(measure, Owner(measure.id, 1), date(2020, 1, 15), save=Save.ALWAYS))
    before = stage.configuration()
    lacking = "reason" if "who" in given else "who"
    with pytest.raises(Refused, match=rf"TAKES PROTECTION AWAY from vpn vserver gw.* or give {lacking} for the record"):
        look(stage, remove=True, measures={"url_whitelist": lists}, **given)
    assert stage.configuration() == before


def test_a_removal_that_is_not_the_approved_one_writes_nothing(stage: Stage, tmp_path: Path) -> None:
    stage.apply()
    before = stage.configuration()
    law = {"wanted": 1, "demand": "d" * 64, "list": "1" * 64}
    asked = {**law, "place": str(tmp_path / "plans" / "leave" / "pair"), "run_plans": str(tmp_path / "plans")}
    planned = remove(stage, check_mode=True, approval=asked)
    assert "  APPROVALS  1 approval needed before " in next(line for line in planned["report"] if "APPROVALS" in line)
    text = (tmp_path / "plans" / "leave" / "pair" / "approval.txt").read_text(encoding="utf-8")
    seal = text.splitlines()[-1].removesuffix(f" {stage.appliance.name}")
    refused = remove(stage, approval={**law, "seal": "0" * 64 + " v1"})
    assert (refused["failed"], stage.configuration()) == (True, before)
    assert "it is not what was approved" in refused["msg"]
    other = remove(stage, approval={**law, "list": "2" * 64, "seal": seal})
    assert (other["failed"], stage.configuration()) == (True, before)
    done = remove(stage, approval={**law, "seal": seal, "facts": {"wanted": 1}})
    assert done["removed"][0] == "cve_2019_19781 removed, absence read back"


def test_a_removal_leaves_the_appliance_as_it_was_before_us(stage: Stage) -> None:
    before = [stage.configuration(kind, node) for kind in ("running", "saved") for node in (0, 1)]
    stage.apply(version=1)
    stage.apply(version=2)
    planned = look(stage, remove=True, check_mode=True, **ACCEPTED)
    assert "    - rm responder policy tq_cve_2019_19781" in planned["report"]
    lost = "; TAKES PROTECTION AWAY from vpn vserver gw, decided by J. Jansen (we go)"
    assert planned["msg"].endswith(f"; it would be removed{lost}")
    assert planned["takes_away"] == ["vpn vserver gw"]
    done = remove(stage)
    assert "failed" not in done
    removed = "cve_2019_19781 removed, absence read back; 6 copies of records deleted"
    assert done["msg"] == f"{removed}{lost.replace('TAKES PROTECTION AWAY from', 'PROTECTION LOST at')}"
    assert [stage.configuration(kind, node) for kind in ("running", "saved") for node in (0, 1)] == before
    assert our_files(stage) == []
    record = json.loads(max((stage.records / "box").glob("*.json")).read_text(encoding="utf-8"))
    assert record["reason"] == "everything is removed; we go; exposure accepted by J. Jansen"
    with Connection(stage.appliance) as connection:
        audited = audit(connection, stage.records, "box")
    assert (len(audited.runs), audited.differences, audited.missing) == (3, [], [])
    again = remove(stage)
    assert (again["changed"], again["msg"]) == (False, "nothing of ours was found")


def test_no_person_is_needed_on_a_fixed_build(stage: Stage) -> None:
    stage.apply()
    stage.simulator.appliance("box").upgrade(FIXED)
    assert "removed" in look(stage, remove=True)["msg"]
    assert our_files(stage) == []


def test_the_records_of_another_control_node_are_fetched_first(stage: Stage, tmp_path: Path) -> None:
    control_node(stage.simulator, tmp_path, "theirs").apply()
    assert look(stage)["left"]["settings"] == {"cve_2019_19781": ["enable ns feature RESPONDER"]}
    assert not stage.records.exists()
    assert "failed" not in remove(stage)
    assert len(list((stage.records / "box").glob("*.json"))) == 2
    assert our_files(stage) == []


def test_a_setting_that_another_control_node_has_restored_is_not_left(stage: Stage, tmp_path: Path) -> None:
    """Seen: "left: 1 measure", with a feature that was off again."""
    stage.trust = RecordTrust(key=tmp_path / "key")
    other = Stage(stage.simulator, tmp_path / "theirs", stage.name)
    other.trust = stage.trust
    stage.apply()
    other.rollback()
    left = look(stage)["left"]
    assert (left["objects"], left["settings"]) == ({}, {})


def test_a_copy_that_was_changed_stays_as_evidence(stage: Stage) -> None:
    stage.apply()
    node = stage.simulator.fleet.appliances["box"].nodes[0]
    (name,) = (name for name in files(stage) if name.endswith("_ended.txt"))
    copy = json.loads(files(stage)[name])
    copy["record"]["reason"] = "changed by somebody"
    node.write_file(f"{DIRECTORY}/{name}", json.dumps(copy).encode())
    done = remove(stage)
    assert done["failed"]
    assert "records, copies or chain do not agree, so no copy was deleted" in done["msg"]
    assert done["msg"].endswith(" Done before that: cve_2019_19781 removed, absence read back.")
    assert name in files(stage)
    assert lease_files(stage) == []


def test_the_lock_of_a_run_that_died_goes_too_and_that_of_another_run_stops_the_removal(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dying(monkeypatch, 7), pytest.raises(DiedError):
        stage.apply()
    assert lease_files(stage)
    assert "failed" not in remove(stage)
    assert our_files(stage) == []
    stage.apply()
    put_lock(stage)
    with pytest.raises(Refused, match="alice@elsewhere"):
        remove(stage)
    assert stage.configuration() != []


@pytest.mark.parametrize("after", [False, True], ids=["before it is sent", "before its answer"])
@pytest.mark.parametrize("number", range(5, REQUESTS, LEAVE_STRIDE))
def test_a_removal_that_died_is_completed_by_the_same_command(stage: Stage, number: int, after: bool) -> None:
    before = [stage.configuration(kind, node) for kind in ("running", "saved") for node in (0, 1)]
    stage.apply()
    with dying_at(number, after=after), pytest.raises(DiedError):
        remove(stage)
    with without_waiting():
        assert "failed" not in remove(stage)
    assert [stage.configuration(kind, node) for kind in ("running", "saved") for node in (0, 1)] == before
    assert our_files(stage) == []


def test_a_removal_that_lost_its_lease_says_from_which_service_it_has_taken_protection(
    stage: Stage, pair: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: "changed 0", and no word of the service, with the rule unbound."""
    write, unbound = Session.write, []

    def writing(session: Session, method: str, path: str, *arguments: Any, **options: Any) -> Any:
        reply = write(session, method, path, *arguments, **options)
        if "responderglobal_responderpolicy_binding" in path and not unbound:
            take_lease(pair)
            unbound.append(path)
        return reply

    stage.apply()
    with monkeypatch.context() as patch:
        patch.setattr(Session, "write", writing)
        done = remove(stage)
    assert (done["failed"], done["changed"], bool(unbound)) == (True, True, True)
    assert "; PROTECTION MAY BE LOST at vpn vserver gw, decided by " in done["msg"]


def test_a_removal_that_has_lost_its_lease_deletes_nothing_more_and_says_what_is_left(
    stage: Stage, pair: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its records then name the nodes that still have copies, so the audit misses none."""
    delete_file, deleted = leave.delete_file, []

    def deleting(session: Session, name: str, *arguments: Any) -> None:
        if str(session.node) != str(stage.appliance.nodes[0]) and not deleted:
            take_lease(pair)
            deleted.append(name)
        delete_file(session, name, *arguments)

    stage.apply()
    with monkeypatch.context() as patch:
        patch.setattr(leave, "delete_file", deleting)
        done = remove(stage)
    assert done["failed"]
    assert "writes nothing any more, not even an undo. 3 copies of records were deleted" in done["msg"]
    assert "run leave.yml -e remove=true again" in done["msg"]
    assert [len([name for name in our_files(stage) if "_ended" in name])] == [1]
    assert {node for record in all_records(stage.records, stage.name) for node in record.copies} == {
        str(stage.appliance.nodes[1])
    }
    for node in stage.simulator.fleet.appliances["box"].nodes:
        give_back_lease(node)
    assert "failed" not in remove(stage)
    assert our_files(stage) == []


def test_what_a_lockdown_closed_is_opened_first(stage: Stage) -> None:
    stage.simulator.appliance("box").upgrade(FIXED)
    stage.lockdown()
    found = look(stage)
    assert [text.partition(" closed since")[0] for text in found["left"]["closed"]] == ["gw"]
    with pytest.raises(
        Refused, match=r"closed by us: gw closed since .* Open these virtual servers first: reopen\.yml, with the step"
    ) as refused:
        remove(stage)
    assert [(one["playbook"], one["options"]) for one in refused.value.commands] == [("reopen.yml", {"step": "off"})]
    stage.reopen()
    assert look(stage)["left"]["closed"] == []
    assert "failed" not in remove(stage)
    assert our_files(stage) == []


def test_what_a_page_closed_is_opened_by_a_reopening_alone(stage: Stage) -> None:
    """Seen: the page is a measure of ours like others, and went with them; nobody was asked, and the exit code was 0."""
    closing = ClosingStage(stage.simulator, stage.records)
    closing.close(LadderStep.NOTICE)
    found, before = look(stage), stage.configuration()
    (closed,) = found["left"]["closed"]
    assert closed.startswith("gw closed (notice) since ")
    with pytest.raises(
        Refused, match=r"closed by us: gw closed \(notice\) since .*: reopen\.yml, with the step that closed them\."
    ) as refused:
        remove(stage)
    assert [(one["playbook"], one["options"]) for one in refused.value.commands] == [("reopen.yml", {"step": "notice"})]
    assert stage.configuration() == before
    closing.open(LadderStep.NOTICE)
    assert look(stage)["left"]["closed"] == []
    assert "failed" not in remove(stage)


def test_ended_sessions_are_no_measure_and_their_copies_go_too(stage: Stage) -> None:
    sessions = Sessions(stage.simulator, stage.records)
    sessions.log_on()
    sessions.end(SessionAction("cve_2023_4966", tuple(SESSION_KINDS), lambda _build: BuildStatus.FIXED, str))
    assert our_files(stage)
    assert look(stage)["left"]["not_read"] == []
    assert "failed" not in look(stage, remove=True)
    assert our_files(stage) == []


def test_an_object_of_somebody_else_with_our_prefix_is_left_alone(stage: Stage) -> None:
    stage.apply()
    of_somebody = {"name": "tq_theirs", "type": "respondwith", "target": '"x"', "comment": "mine"}
    with Connection(stage.appliance) as connection:
        connection.primary.write("POST", "responderaction", {"responderaction": of_somebody})
        connection.primary.write("POST", "nsconfig?action=save", {"nsconfig": {}})
    assert look(stage)["left"]["foreign"] == ["responder action tq_theirs"]
    done = remove(stage)
    assert "failed" not in done
    assert ["tq_theirs" in line for line in stage.configuration() if '"tq_' in line] == [True]


def test_a_start_up_line_is_named_and_left_to_a_person(stage: Stage) -> None:
    stage.apply()
    node = stage.simulator.fleet.appliances["box"].nodes[1]
    node.write_file("/nsconfig/rc.netscaler", f"{LINE}\n".encode())
    done = remove(stage)
    assert "failed" not in done
    assert list(done["left"]["start_up_lines"].values()) == [[LINE]]
    assert any(f"has the line, which stays: {LINE}" in line for line in done["report"])


def test_a_measure_that_no_catalogue_has_stops_the_removal(stage: Stage, tmp_path: Path) -> None:
    stage.apply()
    (tmp_path / "empty").mkdir()
    found = look(stage, catalogue=str(tmp_path / "empty"))
    assert found["msg"] == "left: 1 measure, 4 objects, 2 files, and NOT ALL WAS READ"
    with pytest.raises(Refused, match="files and start-up lines of cve_2019_19781 were not looked for"):
        remove(stage, catalogue=str(tmp_path / "empty"))


def test_what_cannot_be_read_is_said_and_stops_the_removal(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.apply()
    monkeypatch.setattr(leave.read_leftovers.__globals__["ConfigurationTexts"], "running", None)
    monkeypatch.setattr(leave.read_leftovers.__globals__["ConfigurationTexts"], "saved", None)
    found = look(stage)
    assert "NOT ALL WAS READ" in found["msg"]
    assert (
        "partition default: the configuration cannot be read (allow the user: show ns runningConfig)"
        in (found["left"]["not_read"])
    )
    with pytest.raises(Refused, match="the configuration cannot be read"):
        remove(stage)


def test_the_report_names_the_partition_and_shortens_a_long_list() -> None:
    left = Leftovers(
        objects={
            "geoblock": {"default": tuple(f"ns acl {number}" for number in range(11)), "tenant": ("ns acl x\x1b",)}
        },
        files={"192.0.2.11:443": NodeFiles(1, 1, ("/var/netscaler/locdb/tq_geoblock",))},
        not_read=("the lock",),
    )
    assert leave_lines("gw", left, {}) == [
        "gw",
        "  left: 1 measure, 12 objects, 3 files, and NOT ALL WAS READ",
        f"  geoblock: 11 objects: {', '.join(f'ns acl {number}' for number in range(8))}, and 3 more",
        "  geoblock in partition tenant: 1 object: ns acl x\\x1b",
        "  192.0.2.11:443: 1 change record with a copy in /var/tmp",
        "  192.0.2.11:443: 1 lock file in /var/tmp",
        "  192.0.2.11:443: /var/netscaler/locdb/tq_geoblock",
        "  NOT READ: the lock",
    ]


def test_an_appliance_without_anything_of_ours_takes_no_line() -> None:
    assert leave_lines("gw", Leftovers(), {}) == []
    assert (
        leave_lines("gw", Leftovers(not_read=("the lock",)), {})[1]
        == "  nothing of ours was found, and NOT ALL WAS READ"
    )


def test_an_admin_partition_is_left_too(tmp_path: Path) -> None:
    tenant = {"features": ["LB", "SSL"], "vservers": []}
    with simulated({**PAIR, "partitions": {"tenant_a": tenant}}) as simulator:
        stage = control_node(simulator, tmp_path, "ours")
        before = [stage.configuration(partition=name) for name in ("default", "tenant_a")]
        stage.apply_all()
        assert look(stage)["left"]["objects"]["cve_2019_19781"].keys() == {"default", "tenant_a"}
        assert "failed" not in remove(stage)
        assert [stage.configuration(partition=name) for name in ("default", "tenant_a")] == before


@pytest.mark.parametrize(
    ("object_id", "attributes", "expected"),
    [
        (("responderpolicy", ("tq_cve_1",)), {"comment": "tourniquet cve_1 v2 CHG1"}, ("cve_1", True)),
        (("responderpolicy", ("tq_cve_1__twin",)), {"comment": "tourniquet cve_1 v2"}, ("cve_1", True)),
        (("responderpolicy", ("tq_cve_1",)), {"comment": "of somebody"}, ("cve_1", False)),
        (("responderpolicy", ("tq_cve_1",)), {"comment": "tourniquet cve_2 v2"}, ("cve_1", False)),
        (("responderpolicy", ("tq_",)), {"comment": "tourniquet x v2"}, ("", False)),
        (("responderpolicy", ("tq_-x",)), {"comment": "tourniquet x v2"}, ("-x", False)),
        (("responderpolicy", ("other",)), {"comment": "tourniquet x v2"}, ("", False)),
    ],
)
def test_ownership_by_name_and_comment(
    object_id: tuple[str, tuple[str, ...]], attributes: dict[str, str], expected: tuple[str, bool]
) -> None:
    assert measure_of(object_id, attributes) == expected
