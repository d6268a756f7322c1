# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The node-local half of CTX267679 on a simulated pair: the knob and the line, proven at the management address, and taken out again."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.account import SshAccount
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.framed_script import shell_command
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.openssh import Output, run_command
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import node_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.appliance_lock import ApplianceLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import LeaseLost
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import sent_probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    InvalidInput,
    OutcomeUnknown,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.coverage import (
    ADDRESSES,
    LETS_PAST,
    MAY_LET_PAST,
    Coverage,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local import in_front, reboot
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.run import (
    NodeLocalResult,
    NodeLocalRun,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.scripts import READ
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import First, Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.start_up_file import PATH
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.page import audit_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.node_local.page import lines_of, message_of

from simulator import Simulator
from tests.engine import node_local_stage
from tests.engine.control_nodes import DiedError, dying_at, lease_files, put_lock
from tests.engine.node_local_stage import ACCOUNT, BEFORE, LINE, NodeLocalStage
from tests.engine.records import records_of
from tests.engine.test_policies_in_front import GLOBAL, KNOWN, allow, write
from tests.engine.told import read
from tests.stage.fleet import fleet_file
from tests.stage.memory import MITIGATION

PAIR: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0", "127.0.0.2:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.3:0", "protocol": "SSL"}],
    "files": {PATH: {"content": BEFORE, "mode": "0755"}},
}
AFTER = f"{BEFORE}\n{LINE}\n".encode()
BLOCKS_MANAGEMENT = {
    "responderpolicy": {"name": "theirs", "rule": 'HTTP.REQ.URL.STARTSWITH("/nitro")', "action": "RESET"},
    "responderglobal_responderpolicy_binding": {
        "policyname": "theirs", "priority": 90, "type": "REQ_OVERRIDE", "gotopriorityexpression": "END",
    },
}  # fmt: skip


FLEET = fleet_file({"box": PAIR})


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NodeLocalStage:
    """A pair on which the rule is in place."""
    simulator.reset()
    monkeypatch.setattr(reboot, "POLL_SECONDS", 0.05)
    found = NodeLocalStage(simulator, tmp_path)
    found.apply()
    return found


def states(result: Any) -> list[Coverage]:
    return [node.state for node in result.nodes]


def local_records(stage: NodeLocalStage) -> list[Mapping[str, Any]]:
    return [
        record.content.values
        for record in records_of(stage.records, stage.name, MITIGATION.id)
        if record.kind == "node_local"
    ]


# -- set and take out --------------------------------------------------------------------------------------------------


def test_without_it_the_management_addresses_are_not_covered(stage: NodeLocalStage) -> None:
    assert states(stage.go(Wanted.STATUS)) == [Coverage.NOT_COVERED] * 2


def test_requests_to_the_management_that_leave_no_record_are_known(stage: NodeLocalStage) -> None:
    """They have the form of an attack, and each node logs them: a hunt would call them attempts."""
    before = sent_probes(stage.records, stage.name)
    stage.go(Wanted.STATUS, probes=Probes.NONE)
    assert sent_probes(stage.records, stage.name) == before
    stage.go(Wanted.STATUS)
    noted = [one for one in sent_probes(stage.records, stage.name) if one not in before]
    assert [one.run for one in noted] == [stage.run] * 2, "one for each management address"
    assert all(sum(one.sent.values()) >= 2 for one in noted)


def test_knob_and_line_are_set_on_each_node_and_proven_at_the_management_address(stage: NodeLocalStage) -> None:
    result = stage.go()
    assert states(result) == [Coverage.COVERED] * 2
    assert [stage.file(0), stage.file(1)] == [AFTER, AFTER]
    assert stage.knobs == [0, 0]
    assert [stage.nodes[node].files[PATH].mode for node in (0, 1)] == [0o755, 0o755]
    assert not any(".tourniquet" in path for node in stage.nodes for path in node.files)


def test_the_primary_comes_first_as_in_the_article_or_the_secondary(stage: NodeLocalStage) -> None:
    primary, secondary = map(str, stage.appliance.nodes)
    assert [str(node.address) for node in stage.plan_local().nodes] == [primary, secondary]
    assert [str(node.address) for node in stage.plan_local(first=First.SECONDARY).nodes] == [secondary, primary]


def test_a_plan_shows_lines_per_node_and_changes_nothing(stage: NodeLocalStage) -> None:
    plan = stage.plan_local()
    assert plan.lines == [
        f"127.0.0.1 (primary): {LINE}",
        f"127.0.0.1 (primary): + {PATH}: {LINE}",
        f"127.0.0.2 (secondary): {LINE}",
        f"127.0.0.2 (secondary): + {PATH}: {LINE}",
    ]
    assert [stage.file(0), stage.file(1), *stage.knobs] == [BEFORE.encode(), BEFORE.encode(), 1, 1]
    assert local_records(stage) == []


def test_a_second_run_writes_nothing(stage: NodeLocalStage) -> None:
    stage.go()
    stage.shells.commands.clear()
    result = stage.go()
    assert not result.changed
    assert states(result) == [Coverage.COVERED] * 2
    assert len(stage.shells.commands) == 2, "one read of each node"
    assert len(local_records(stage)) == 1


def test_a_removal_leaves_the_rest_byte_for_byte(stage: NodeLocalStage) -> None:
    stage.go()
    result = stage.go(Wanted.ABSENT)
    assert result.changed
    assert [stage.file(0), stage.file(1)] == [BEFORE.encode(), BEFORE.encode()]
    assert [stage.nodes[node].files[PATH].mode for node in (0, 1)] == [0o755, 0o755]
    assert stage.knobs == [0, 0], "the vendor's article leaves the running knob to a reboot"
    assert not stage.go(Wanted.ABSENT).changed


def test_nothing_is_taken_out_where_a_node_needs_it(stage: NodeLocalStage) -> None:
    stage.go()
    with pytest.raises(Refused, match="a node runs a build that needs it"):
        stage.go(Wanted.ABSENT, accept_exposure=False)
    assert [stage.file(0), stage.file(1)] == [AFTER, AFTER]


def test_a_file_that_the_run_made_goes_again(stage: NodeLocalStage) -> None:
    for node in stage.nodes:
        del node.files[PATH]
    stage.go()
    assert stage.file(0) == f"{LINE}\n".encode()
    stage.go(Wanted.ABSENT)
    assert [stage.file(0), stage.file(1)] == [None, None]


def test_the_knob_is_set_back_only_where_it_is_asked_for(stage: NodeLocalStage) -> None:
    stage.go()
    stage.go(Wanted.ABSENT, reset_knob=True)
    assert stage.knobs == [1, 1]


def test_what_was_changed_by_others_since_is_kept(stage: NodeLocalStage) -> None:
    stage.go()
    for node in stage.nodes:
        node.write_file(PATH, AFTER + b"# later\n")
    stage.go(Wanted.ABSENT)
    assert stage.file(0) == f"{BEFORE}\n# later\n".encode()


def test_a_line_of_others_stays_without_adopt(stage: NodeLocalStage) -> None:
    for node in stage.nodes:
        node.write_file(PATH, AFTER)
    assert "no run of ours wrote it" in " ".join(stage.plan_local(Wanted.ABSENT).remarks)
    assert not stage.go(Wanted.ABSENT).changed
    assert stage.file(0) == AFTER
    stage.go(Wanted.ABSENT, adopt=True)
    assert [stage.file(0), stage.file(1)] == [f"{BEFORE}\n".encode()] * 2


# -- what may have changed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.0, 0.01], ids=["files are not synchronised", "files are synchronised at once"])
def test_both_readings_of_ha_file_synchronisation(tmp_path: Path, seconds: float) -> None:
    fleet = fleet_file({"box": PAIR}, file_sync_seconds=seconds)
    with Simulator(fleet) as simulator:
        stage = NodeLocalStage(simulator, tmp_path)
        stage.apply()
        appliance = simulator.fleet.appliances["box"]

        def synchronise(_number: int) -> None:
            if seconds:
                time.sleep(2 * seconds)
                appliance.sync_files()

        stage.shells.after = synchronise
        assert states(stage.go()) == [Coverage.COVERED] * 2
        assert [stage.file(0), stage.file(1)] == [AFTER, AFTER]
        stage.go(Wanted.ABSENT)
        assert [stage.file(0), stage.file(1)] == [BEFORE.encode()] * 2


def test_a_file_that_somebody_changed_since_the_plan_is_refused(stage: NodeLocalStage) -> None:
    def change() -> None:
        stage.nodes[0].write_file(PATH, b"# theirs\n")

    with pytest.raises(Refused, match="was changed by somebody else since it was read"):
        stage.go(between=change)
    assert stage.file(0) == b"# theirs\n"
    assert stage.file(1) == BEFORE.encode()
    assert local_records(stage)[-1]["outcome"] == "failed"


def test_a_plan_that_was_shown_must_still_hold(stage: NodeLocalStage) -> None:
    shown = stage.plan_local().seal
    stage.nodes[1].write_file(PATH, b"# theirs\n")
    with pytest.raises(Refused, match="changed since the plan was shown"):
        stage.go(expected=shown)
    assert stage.knobs == [1, 1]


def test_a_link_or_another_line_on_the_knob_is_refused(stage: NodeLocalStage) -> None:
    stage.nodes[0].write_file(PATH, b"nsapimgr -ys skip_systemaccess_policyeval=1\n")
    with pytest.raises(Refused, match="has another line on skip_systemaccess_policyeval"):
        stage.go()
    assert stage.knobs == [1, 1]


def test_a_file_that_systemfile_shows_otherwise_is_refused(
    stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local import run

    monkeypatch.setattr(run, "read_file", lambda *_arguments: b"# hidden\n")
    with pytest.raises(TourniquetError, match="another one over SSH than by systemfile"):
        stage.go()
    assert stage.knobs == [1, 1]


# -- never lock yourself out -------------------------------------------------------------------------------------------


def test_a_global_policy_that_would_stop_the_management_is_a_conflict(stage: NodeLocalStage) -> None:
    add_policy(stage)
    with pytest.raises(Refused, match="theirs would block the management request"):
        stage.go()
    assert stage.knobs == [1, 1]


def test_harm_takes_everything_back_at_once(stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that the evaluation does not foresee: it is bound between the plan and the knob."""

    def harm() -> None:
        add_policy(stage)

    with pytest.raises(TourniquetError, match=r"the management was harmed .* taken back at once"):
        stage.go(between=harm)
    assert stage.knobs == [1, 1]
    assert [stage.file(0), stage.file(1)] == [BEFORE.encode()] * 2
    assert local_records(stage)[-1]["outcome"] == "reverted"


def test_harm_is_taken_back_even_where_the_answer_to_the_knob_was_lost(stage: NodeLocalStage) -> None:
    def lose(number: int) -> None:
        if number == 3:
            raise OutcomeUnknown("the connection broke")

    stage.shells.after = lose
    with pytest.raises(TourniquetError, match="taken back at once"):
        stage.go(between=lambda: add_policy(stage))
    assert stage.knobs == [1, 1]


def test_without_harm_a_lost_answer_to_the_knob_ends_the_run_and_is_continued(stage: NodeLocalStage) -> None:
    def lose(number: int) -> None:
        if number == 3:
            raise OutcomeUnknown("the connection broke")

    stage.shells.after = lose
    with pytest.raises(OutcomeUnknown):
        stage.go()
    stage.shells.after = lambda _number: None
    assert states(stage.go()) == [Coverage.COVERED] * 2


def test_a_knob_that_somebody_has_set_back_is_set_again_and_judged_again(stage: NodeLocalStage) -> None:
    stage.go()
    stage.nodes[1].skip_systemaccess_policyeval = 1
    assert states(stage.go(Wanted.STATUS)) == [Coverage.COVERED, Coverage.AFTER_REBOOT]
    assert states(stage.go()) == [Coverage.COVERED] * 2
    for node in stage.nodes:
        node.skip_systemaccess_policyeval = 1
    add_policy(stage)
    with pytest.raises(Refused, match="theirs would block the management request"):
        stage.go()
    assert stage.knobs == [1, 1]


def test_without_the_rule_nothing_is_changed(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    stage = NodeLocalStage(simulator, tmp_path)
    with pytest.raises(Refused, match=r"no policy of the measure is bound globally.*apply\.yml binds it first"):
        stage.go()
    assert stage.knobs == [1, 1]


def add_policy(stage: NodeLocalStage) -> None:
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session

    with Session(stage.appliance, stage.appliance.nodes[0]) as session:
        session.write("POST", "responderpolicy", {"responderpolicy": BLOCKS_MANAGEMENT["responderpolicy"]})
        name = "responderglobal_responderpolicy_binding"
        session.write("PUT", name, {name: BLOCKS_MANAGEMENT[name]})


# -- records -----------------------------------------------------------------------------------------------------------


def test_the_files_as_they_were_and_their_hashes_are_recorded_before_the_first_write(stage: NodeLocalStage) -> None:
    import hashlib

    seen: list[dict[str, Any]] = []

    def look(number: int) -> None:
        if number == 3:  # two reads of the plan come before
            (path,) = [path for path in stage.records.rglob("*.json") if "node_local" in path.read_text()]
            seen.append(json.loads(path.read_text()))
            images = sorted(path.parent.glob("*.rc.netscaler"))
            assert [image.read_bytes() for image in images] == [BEFORE.encode()] * 2
            assert {image.stat().st_mode & 0o777 for image in images} == {0o600}

    stage.shells.before = look
    stage.go()
    (record,) = seen
    assert [node["sha256"] for node in record["node_local"]["nodes"]] == [
        hashlib.sha256(BEFORE.encode()).hexdigest()
    ] * 2
    assert record["proof"]["nodes"]["127.0.0.1:" + str(stage.appliance.nodes[0].port)] == {"knob": "sent"}
    assert "nsroot" not in json.dumps(record["node_local"])


def test_a_status_without_requests_says_when_the_address_was_last_covered(stage: NodeLocalStage) -> None:
    stage.go()
    (first, _second) = stage.go(Wanted.STATUS, probes=Probes.NONE).nodes
    assert first.state is Coverage.UNKNOWN
    assert "covered when it was last probed, 20" in first.text
    stage.go(Wanted.ABSENT)
    (first, _second) = stage.go(Wanted.STATUS, probes=Probes.NONE).nodes
    assert "last probed" not in first.text


def test_the_audit_names_what_was_done_on_the_nodes(stage: NodeLocalStage) -> None:
    stage.go()
    with Connection(stage.appliance) as connection:
        found = audit(connection, stage.records, stage.name, trust=stage.trust)
    lines = audit_lines("box", found)
    (number,) = [place for place, line in enumerate(lines) if "node_local cve_2019_19781" in line]
    assert lines[number].endswith("applied, saved, proven")
    assert "start-up line present on 2 nodes on NS13.0 47.22" in lines[number + 1]
    assert found.differences == []


def test_our_requests_to_the_management_are_no_hits_of_others_where_our_rule_only_counts(stage: NodeLocalStage) -> None:
    """Seen in a night: "4 hits by others" of a rule that had counted our own requests, and let them pass."""
    stage.apply(mode=Mode.OBSERVE, who="J. Jansen", reason="it stops the portal")
    stage.go()
    stage.go(Wanted.STATUS, probes=Probes.ALL)
    seen = stage.status(mode=Mode.OBSERVE, probes=Probes.NONE)
    (hits,) = seen.facts.configuration.observation.hits.values()
    (ours,) = seen.probe_hits.values()
    assert hits == ours > 30


def test_the_state_of_an_address_whose_rule_only_counts_does_not_blame_a_reboot(stage: NodeLocalStage) -> None:
    """It said "NOT covered until the next reboot" and to set a knob that is set: no reboot lets a rule block that only counts."""
    stage.go()
    stage.apply(mode=Mode.OBSERVE, who="J. Jansen", reason="it stops the portal")
    result, (run, what) = verified(stage)
    assert states(result) == ["NOT covered: our rule only counts"] * 2
    assert (run.count(", saved,"), "127.0.0.1 NOT covered: our rule only counts (0 of 33)" in what) == (1, True)
    assert "without mitigation_mode: observe" in message_of(result, Wanted.STATUS, planned=False)
    assert "set the knob" not in message_of(result, Wanted.STATUS, planned=False)
    stage.go(Wanted.ABSENT, reset_knob=True)
    assert states(stage.go(Wanted.STATUS)) == [Coverage.NOT_COVERED] * 2


def remove(stage: NodeLocalStage) -> None:
    """Somebody takes away again what :func:`allow` has bound."""
    with Session(stage.appliance, stage.appliance.nodes[0]) as session:
        session.write("DELETE", f"{GLOBAL}?args=policyname:rp_allow,type:REQ_OVERRIDE,priority:5", {})


def test_an_address_past_which_others_lead_requests_is_not_proven(stage: NodeLocalStage) -> None:
    """Seen in a night: "covered", and mitigated in ledger and letter for all the time that somebody's policy let an attack pass there."""
    allow(stage)
    result = stage.go()
    why = 'rp_allow (REQ_OVERRIDE 5, END) lets requests go on before ours where HTTP.REQ.HEADER("User-Agent").CONTAINS("Nagios")'
    assert states(result) == ["partly covered"] * 2
    assert why in result.nodes[0].text
    assert "run verify.yml" in message_of(result, Wanted.PRESENT, planned=False)
    assert [one["reason"].startswith(why) for one in local_records(stage)[-1]["proof"][ADDRESSES]] == [True] * 2
    remove(stage)
    one, _other = read(stage).row()["nodes"]
    assert (one["management"][-1]["state"], why in one["management"][-1]["reason"]) == ("partly", True)
    assert states(stage.go(Wanted.STATUS)) == [Coverage.COVERED] * 2
    assert read(stage).row()["nodes"][0]["management"][-1]["state"] == "mitigated"


def test_a_policy_read_in_front_of_an_address_ends_the_proof_of_what_it_is_in_front_of(stage: NodeLocalStage) -> None:
    """Seen: status, ledger and letter said mitigated, of virtual servers too, of a time at which a run had read what led attacks past ours."""
    stage.go()
    allow(stage)
    for _time in range(2):
        stage.go(Wanted.STATUS)
    values = (one.content.values for one in records_of(stage.records, stage.name, MITIGATION.id))
    found = [proof[ADDRESSES] for one in values if ADDRESSES in (proof := one["proof"] or {})]
    assert [[one.get(LETS_PAST) for one in answers] for answers in found] == [[None] * 2, [True] * 2, [True] * 2]
    remove(stage)
    assert read(stage).row()["measure"]["word"] == "partly"


def test_a_policy_in_front_that_is_acknowledged_leaves_an_address_covered_and_is_told(stage: NodeLocalStage) -> None:
    stage.go()
    allow(stage)
    result = stage.go(Wanted.STATUS, acknowledgements=(KNOWN,))
    assert states(result) == [Coverage.COVERED] * 2
    (told,) = [line for line in lines_of(result, planned=False) if "rp_allow" in line]
    assert told.endswith("(acknowledged by J. Jansen until 2099-12-31: the monitoring of the customer)")
    assert read(stage).row()["nodes"][0]["management"][-1]["state"] != "mitigated", (
        "its own reading acknowledges nothing"
    )


def test_a_label_in_front_that_is_not_read_leaves_an_address_unproven(stage: NodeLocalStage) -> None:
    """Likewise an apply proves nothing behind it, and what was proven is not proven any more once it is gone: nobody knows what it let past.

    Seen: status, ledger and letter said mitigated, of virtual servers too, of a time at which a run had said that the label is not read. Where no
    label is in play and the condition is not decided, both tell it.
    """
    stage.go()
    assert read(stage).row()["measure"]["word"] == stage.status(probes=Probes.NONE).verdict.word == "mitigated"
    write(stage, "responderpolicylabel", labelname="theirs")
    write(stage, "responderpolicy", name="rp_calls", rule='HTTP.REQ.METHOD.EQ("GET")', action="NOOP")
    place = {"priority": 6, "gotopriorityexpression": "USE_INVOCATION_RESULT", "type": "REQ_OVERRIDE"}
    invoked = {"invoke": True, "labeltype": "policylabel", "labelname": "theirs"}
    write(stage, GLOBAL, policyname="rp_calls", **place, **invoked)
    result = stage.go(Wanted.STATUS)
    assert states(result) == ["partly covered"] * 2
    assert "rp_calls (REQ_OVERRIDE 6, USE_INVOCATION_RESULT) lets requests go on before ours" in result.nodes[0].text
    found = records_of(stage.records, stage.name, MITIGATION.id)[-1].content.values["proof"][ADDRESSES]
    assert [(one.get(MAY_LET_PAST), one.get(LETS_PAST)) for one in found] == [(True, None)] * 2
    with Session(stage.appliance, stage.appliance.nodes[0]) as session:
        session.write("DELETE", f"{GLOBAL}?args=policyname:rp_calls,type:REQ_OVERRIDE,priority:6", {})
    assert read(stage).row()["measure"]["word"] == "applied, unproven"
    assert stage.status(probes=Probes.NONE).verdict.word == "applied, unproven"
    assert states(stage.go(Wanted.STATUS)) == [Coverage.COVERED] * 2
    one, _other = read(stage).row()["nodes"]
    assert one["management"][-1]["state"] == "mitigated", "asked there itself since"
    assert stage.status().verdict.word == "mitigated"
    assert read(stage).row()["measure"]["word"] == "mitigated"


def test_a_condition_in_front_that_is_not_decided_is_told_of_an_address(stage: NodeLocalStage) -> None:
    stage.go()
    allow(stage, "HTTP.REQ.URL.REGEX_MATCH(re/^.health[0-9]+/)")
    result = stage.go(Wanted.STATUS)
    assert states(result) == [Coverage.COVERED] * 2
    assert [line for line in lines_of(result, planned=False) if "rp_allow" in line and line.endswith("among them?")]


def test_policies_in_front_that_cannot_be_read_leave_an_address_unproven(
    stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.go()

    def fail(*_given: Any) -> None:
        raise TourniquetError("box: the bindings were not shown")

    monkeypatch.setattr(in_front, "read_place", fail)
    result = stage.go(Wanted.STATUS)
    assert states(result) == ["partly covered"] * 2
    assert "the policies in front of ours were not read: box: the bindings were not shown" in result.nodes[0].text


def test_a_run_that_only_looks_and_sees_an_attack_pass_leaves_a_record(stage: NodeLocalStage) -> None:
    """Else ledger, audit and letter go on to call the address protected, as the run before it had seen it. Once is enough."""
    stage.go()
    for node in stage.nodes:
        node.skip_systemaccess_policyeval = 1
    number = len(records_of(stage.records, stage.name, MITIGATION.id))
    for _time in range(2):
        assert states(stage.go(Wanted.STATUS)) == [Coverage.AFTER_REBOOT] * 2
        assert [one["management"][-1]["state"] for one in read(stage).row()["nodes"]] == ["exposed"] * 2
        assert len(records_of(stage.records, stage.name, MITIGATION.id)) == number + 1


def test_the_state_of_an_address_past_which_others_lead_attacks_does_not_blame_a_reboot(
    stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen in a night: "NOT covered until the next reboot", of an attack that a policy in front, undefined for it, lets pass: no reboot stops it."""
    stage.go()
    write(stage, "responderpolicy", name="rp_decodes", rule=UNDEFINED, action="NOOP")
    place = {"priority": 7, "gotopriorityexpression": "NEXT", "type": "REQ_OVERRIDE"}
    write(stage, GLOBAL, policyname="rp_decodes", **place)
    word = "NOT covered: look at the policies in front of ours"
    result, (_run, what) = verified(stage)
    assert states(result) == [word] * 2
    assert word in what
    why = f"rp_decodes (REQ_OVERRIDE 7, NEXT) lets requests go on before ours where {UNDEFINED} is undefined"
    assert why in result.nodes[0].text
    assert "set the knob" not in message_of(result, Wanted.STATUS, planned=False)
    one = read(stage).row()["nodes"][0]["management"][-1]
    assert (one["state"], why in one["reason"]) == ("exposed", True)

    def fail(*_given: Any) -> None:
        raise TourniquetError("box: the bindings were not shown")

    monkeypatch.setattr(in_front, "read_place", fail)
    result = stage.go(Wanted.STATUS)
    assert states(result) == [word] * 2
    assert "the policies in front of ours were not read: box: the bindings were not shown" in result.nodes[0].text


UNDEFINED = 'HTTP.REQ.HEADER("User-Agent").B64DECODE.CONTAINS("monitor")'


def test_only_an_address_that_stops_attacks_asks_what_is_in_front_and_with_two_reads(stage: NodeLocalStage) -> None:
    def reads(probes: Probes) -> list[str]:
        stage.simulator.clear_requests()
        stage.go(Wanted.STATUS, probes=probes)
        asked = [str(one["target"]) for one in stage.simulator.requests() if one["side"] == "nitro"]
        return [one for one in asked if GLOBAL in one or "vserver" in one or "responderaction" in one]

    assert reads(Probes.FEW) == []
    stage.go()
    assert [one.partition("type:")[2] for one in reads(Probes.FEW)] == ["REQ_OVERRIDE", "REQ_DEFAULT"]
    assert reads(Probes.NONE) == []


def test_our_requests_to_the_management_are_no_hits_of_others(stage: NodeLocalStage) -> None:
    stage.go()
    stage.go(Wanted.STATUS, probes=Probes.ALL)
    seen = stage.status(probes=Probes.NONE)
    (hits,) = seen.facts.configuration.observation.hits.values()
    (ours,) = seen.probe_hits.values()
    assert hits == ours > 30


@pytest.mark.sampled(4)
@pytest.mark.parametrize("after", [False, True], ids=["before it is sent", "before its output is read"])
@pytest.mark.parametrize("number", range(3, 9))
def test_a_run_that_dies_is_continued(stage: NodeLocalStage, number: int, after: bool) -> None:
    """Each command over SSH, the plan's two reads excepted, which change nothing."""

    def die(current: int) -> None:
        if current == number:
            raise DiedError

    setattr(stage.shells, "after" if after else "before", die)
    with pytest.raises(DiedError):
        stage.go()
    stage.shells.after = stage.shells.before = lambda _number: None
    assert states(stage.go()) == [Coverage.COVERED] * 2
    assert [stage.file(0), stage.file(1)] == [AFTER, AFTER]
    assert {record["outcome"] for record in local_records(stage)} <= {"applied", "continued"}
    stage.go(Wanted.ABSENT)
    assert [stage.file(0), stage.file(1)] == [BEFORE.encode()] * 2


@pytest.mark.parametrize("dies", [False, True])
def test_what_another_control_node_has_written_is_ours(stage: NodeLocalStage, *, dies: bool) -> None:
    """Seen: "no run of ours wrote it: a removal leaves it there", so the line stayed where a run of ours had died."""
    stage.trust = RecordTrust(key=stage.records / "key")
    other = NodeLocalStage(stage.simulator, stage.records / "theirs")
    other.trust = stage.trust

    def die(_number: int) -> None:
        if stage.file(0) == AFTER:
            raise DiedError

    stage.shells.after = die if dies else stage.shells.after
    with contextlib.suppress(DiedError):
        stage.go()
    stage.shells.after = lambda _number: None
    if dies:
        stage.simulator.appliance("box").advance(3600)
    result = other.go()
    assert result.plan is not None
    assert not [text for text in result.plan.remarks if "no run of ours" in text]
    other.go(Wanted.ABSENT)
    assert [stage.file(0), stage.file(1)] == [BEFORE.encode()] * 2


@pytest.mark.sampled(4)
@pytest.mark.parametrize("number", range(3, 7))
def test_a_removal_that_dies_is_continued(stage: NodeLocalStage, number: int) -> None:
    stage.go()
    stage.shells.commands.clear()

    def die(current: int) -> None:
        if current == number:
            raise DiedError

    stage.shells.after = die
    with pytest.raises(DiedError):
        stage.go(Wanted.ABSENT)
    stage.shells.after = lambda _number: None
    stage.go(Wanted.ABSENT)
    assert [stage.file(0), stage.file(1)] == [BEFORE.encode()] * 2


def test_a_removal_takes_the_line_out_before_it_sets_the_knob_back(stage: NodeLocalStage) -> None:
    """A reboot in between would set the knob by the line, after the run had said that it is back."""
    stage.go()
    writes: list[str] = []

    def reboot_at_the_second(_number: int) -> None:
        command = stage.shells.commands[-1][1]
        if any(word in command for word in ("mv -f", "nsapimgr")):
            writes.append(command)
            if len(writes) == 2:
                stage.simulator.appliance("box").reboot(node=0)

    stage.shells.before = reboot_at_the_second
    stage.go(Wanted.ABSENT, reset_knob=True)
    assert (stage.file(0), stage.knobs[0]) == (BEFORE.encode(), 1)


def test_a_knob_that_a_dead_removal_had_still_to_set_back_is_set_back(stage: NodeLocalStage) -> None:
    """No run of ours had set it: line and knob are of somebody else, and were adopted."""
    for node in stage.nodes:
        node.write_file(PATH, AFTER)
        node.skip_systemaccess_policyeval = 0
    stage.shells.before = dies(5)
    with pytest.raises(DiedError):
        stage.go(Wanted.ABSENT, reset_knob=True, adopt=True)
    stage.shells.before = lambda _number: None
    assert (stage.file(0), stage.knobs) == (BEFORE.encode() + b"\n", [0, 0])
    stage.go(Wanted.ABSENT, reset_knob=True, adopt=True)
    assert (stage.file(1), stage.knobs) == (BEFORE.encode() + b"\n", [1, 1])


@pytest.mark.sampled(41)
@pytest.mark.parametrize("after", [False, True], ids=["before it is sent", "before its answer is read"])
@pytest.mark.parametrize("number", range(20, 90))
def test_a_run_that_dies_at_a_request_of_nitro_is_continued(stage: NodeLocalStage, number: int, after: bool) -> None:
    with contextlib.suppress(DiedError), dying_at(number, after=after):
        stage.go()
    assert states(stage.go()) == [Coverage.COVERED] * 2
    assert [stage.file(0), stage.file(1)] == [AFTER, AFTER]
    assert all(lease_files(stage, node) == [] for node in (0, 1))
    stage.go(Wanted.ABSENT)
    assert [stage.file(0), stage.file(1)] == [BEFORE.encode()] * 2


# -- a shell that lies ------------------------------------------------------------------------------------------------


def test_a_shell_without_the_input_of_a_client_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    """An open fact: the mark of the run comes by that input."""
    with Simulator(fleet_file({"box": PAIR}, ssh_shell_input="empty")) as simulator:
        stage = NodeLocalStage(simulator, tmp_path)
        stage.apply()
        with pytest.raises(TourniquetError, match="does not begin with the mark of this run"):
            stage.go()
        assert [stage.file(0), *stage.knobs] == [BEFORE.encode(), 1, 1]


def test_a_banner_is_no_part_of_the_output(stage: NodeLocalStage) -> None:
    stage.simulator.appliance("box").fault("shell_banner", value="state=absent\n\x1b[2J")
    assert states(stage.go()) == [Coverage.COVERED] * 2
    assert stage.file(0) == AFTER


@pytest.mark.parametrize("number", range(2, 6))
def test_half_an_answer_is_no_answer(stage: NodeLocalStage, number: int) -> None:
    """Whatever was half answered, the next run finds what is there."""

    def cut(current: int) -> None:
        if current == number:
            stage.simulator.appliance("box").fault("shell_cut")

    stage.shells.before = cut
    with pytest.raises(TourniquetError):
        stage.go()
    stage.simulator.appliance("box").clear_faults()
    stage.shells.before = lambda _number: None
    assert states(stage.go()) == [Coverage.COVERED] * 2
    assert [stage.file(0), stage.file(1)] == [AFTER, AFTER]


@pytest.mark.parametrize(
    ("printed", "problem"),
    [
        (f"state={'0' * 64}\n-rw-r--r-- 1 0 0 2 Jan 1 00:00 {PATH}\nx\n", "prints another"),
        (f"state={'0' * 64}\nls: {PATH}: $(reboot)\n", "does not show .* as a file"),
        ("state=link\n", "is no regular file"),
        ("state=absent\nmore", "does not show"),
        (f"state=x\n-rw-r--r-- 1 0 0 2 Jan 1 00:00 {PATH}\n{'x' * 70_000}", "has more than 65536 bytes"),
        ("", "does not show"),
    ],
)
def test_what_a_shell_prints_is_checked(stage: NodeLocalStage, printed: str, problem: str) -> None:
    def lying(_account: SshAccount, host: str, command: str, given: bytes) -> Output:
        mark = given.split(b"\n")[0].decode()
        sent.append(command)
        return Output(f" Done\n{mark} begin\n{printed}\n{mark} end\n Done\n".encode(), 0, True, "")

    sent: list[str] = []
    with pytest.raises(TourniquetError, match=problem):
        stage.go(run=lying)
    assert set(sent) == {shell_command(READ)}, "nothing was written by what it says"


def test_the_openssh_client_reaches_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = {**PAIR, "nodes": ["127.0.0.1:0"], "ssh_port": 0}
    fleet = fleet_file({"box": box})
    with Simulator(fleet) as simulator:
        stage = NodeLocalStage(simulator, tmp_path)
        stage.apply()
        (node,) = simulator.ready["appliances"]["box"]["nodes"]
        account = replace(ACCOUNT, host_keys=(node["ssh_host_key"],), port=node["ssh_port"])
        monkeypatch.setattr(node_local_stage, "ACCOUNT", account)
        assert states(stage.go(run=run_command)) == [Coverage.COVERED]
        assert stage.file() == AFTER
        monkeypatch.setattr(node_local_stage, "ACCOUNT", replace(account, host_keys=ACCOUNT.host_keys))
        with pytest.raises(TourniquetError, match="Host key verification failed"):
            stage.plan_local(run=run_command)


# -- reboots -----------------------------------------------------------------------------------------------------------


def reboots_of(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    appliance, done = simulator.fleet.appliances["box"], []
    reboot_node = appliance.reboot

    def rebooting(node: Any, *arguments: Any) -> None:
        done.append(f"{node.address} {'primary' if node.primary else 'secondary'}")
        appliance.advance(60)
        reboot_node(node, *arguments)

    monkeypatch.setattr(appliance, "reboot", rebooting)
    return done


def test_each_node_is_rebooted_once_with_a_failover_in_between(
    simulator: Simulator, stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = reboots_of(simulator, monkeypatch)
    result = stage.go(reboot=True, evidence_waived_by="J. Jansen")
    assert done == ["127.0.0.2 secondary", "127.0.0.1 secondary"]
    assert states(result) == [Coverage.COVERED] * 2, "the line has set the knob at the boot"
    assert stage.knobs == [0, 0]
    assert local_records(stage)[-1]["evidence_waived_by"] == "J. Jansen"
    stage.go(reboot=True, evidence_waived_by="J. Jansen")
    assert len(done) == 2, "never twice"


def test_a_reboot_that_was_sent_is_never_sent_again(
    simulator: Simulator, stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = reboots_of(simulator, monkeypatch)
    with monkeypatch.context() as patch:

        def dies(*_arguments: Any) -> None:
            raise DiedError

        patch.setattr(reboot.RebootStep, "read_back", dies)
        with pytest.raises(DiedError):
            stage.go(reboot=True, evidence="case 7")
    assert done == ["127.0.0.2 secondary"]
    stage.go(reboot=True, evidence="case 7")
    assert done == ["127.0.0.2 secondary", "127.0.0.1 secondary"]


@pytest.mark.sampled(40)
@pytest.mark.parametrize("after", [False, True], ids=["before it is sent", "before its answer is read"])
@pytest.mark.parametrize("number", range(70, 170))
def test_no_node_is_rebooted_twice_wherever_the_run_dies(
    simulator: Simulator, stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch, number: int, after: bool
) -> None:
    """The next run completes it, or says that a reboot or a failover that was noted never happened."""
    done, options = reboots_of(simulator, monkeypatch), {"reboot": True, "evidence": "case 7", "reboot_timeout": 0.3}
    with contextlib.suppress(DiedError), dying_at(number, after=after):
        stage.go(**options)
    said = ""
    try:
        assert states(stage.go(**options)) == [Coverage.COVERED] * 2
    except TourniquetError as error:
        said = str(error)
    nodes = [one.split()[0] for one in done]
    assert len(set(nodes)) == len(nodes), done
    assert len(nodes) == 2 or "It is not asked again" in said, said


def test_a_reboot_that_never_happened_is_left_to_a_person(
    stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.simulator.fleet.appliances["box"], "reboot", lambda *_arguments: None)
    with pytest.raises(TourniquetError, match=r"told once to reboot.*It is not asked again"):
        stage.go(reboot=True, evidence="case 7", reboot_timeout=0.1)


def test_nothing_is_rebooted_with_unsaved_changes(
    simulator: Simulator, stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = reboots_of(simulator, monkeypatch)
    for node in stage.nodes:
        node.changed = True
    with pytest.raises(Refused, match="has unsaved changes, which a reboot loses"):
        stage.go(reboot=True, evidence="case 7")
    assert done == []


def test_no_failover_to_a_node_that_is_not_in_sync(
    simulator: Simulator, stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = reboots_of(simulator, monkeypatch)
    see, read_back = reboot._NodeAnswers.see, reboot.RebootStep.read_back

    def out_of_sync_once_it_is_up(self: reboot._NodeAnswers, address: Any) -> Any:
        found = see(self, address)
        return replace(found, in_sync=False) if done else found

    def waiting(self: reboot.RebootStep, states: Mapping[str, str]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(reboot._NodeAnswers, "see", see)
            read_back(self, states)

    monkeypatch.setattr(reboot._NodeAnswers, "see", out_of_sync_once_it_is_up)
    monkeypatch.setattr(reboot.RebootStep, "read_back", waiting)
    with pytest.raises(Refused, match="not a secondary in sync, so there is no failover"):
        stage.go(reboot=True, evidence="case 7")
    assert done == ["127.0.0.2 secondary"]


def test_a_standalone_appliance_is_rebooted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reboot, "POLL_SECONDS", 0.05)
    fleet = fleet_file({"box": {**PAIR, "nodes": ["127.0.0.1:0"]}})
    with Simulator(fleet) as simulator:
        stage = NodeLocalStage(simulator, tmp_path)
        stage.apply()
        done = reboots_of(simulator, monkeypatch)
        assert any("the appliance is away" in line for line in stage.plan_local(reboot=True).lines)
        assert states(stage.go(reboot=True, evidence="case 7")) == [Coverage.COVERED]
        assert done == ["127.0.0.1 primary"]


# -- a node that is away -----------------------------------------------------------------------------------------------


def test_a_node_that_is_not_reached_makes_the_state_unknown(stage: NodeLocalStage) -> None:
    stage.simulator.appliance("box").fault("refuse", node=1)
    result = stage.go()
    assert states(result) == [Coverage.COVERED]
    assert result.state is Coverage.UNKNOWN
    assert stage.file(1) == BEFORE.encode()
    stage.simulator.appliance("box").clear_faults()
    assert stage.go().state is Coverage.COVERED
    assert [stage.file(0), stage.file(1)] == [AFTER, AFTER]


# -- what is read afterwards -----------------------------------------------------------------------------------------------


def verified(stage: NodeLocalStage) -> tuple[NodeLocalResult, list[str]]:
    """Look at the management addresses with all requests, and return what the screen says and the lines of the audit about that run."""
    result = stage.go(Wanted.STATUS, probes=Probes.ALL)
    with Connection(stage.appliance) as connection:
        lines = audit_lines("box", audit(connection, stage.records, stage.name, trust=stage.trust))
    number = max(place for place, line in enumerate(lines) if " verify cve_2019_19781" in line)
    return result, lines[number : number + 2]


def test_the_audit_says_of_a_verify_what_its_screen_says(stage: NodeLocalStage) -> None:
    stage.go()
    result, (run, what) = verified(stage)
    assert [node.text.partition(" attacks")[0] for node in result.nodes] == [
        f"management address {host}: covered (33 of 33" for host in ("127.0.0.1", "127.0.0.2")
    ]
    assert run.endswith("applied, saved, proven")
    assert "management addresses: 127.0.0.1 covered (33 of 33), 127.0.0.2 covered (33 of 33) on NS13.0 47.22" in what


def test_the_audit_does_not_call_a_verify_proven_that_holds_until_a_reboot_or_for_one_node(
    stage: NodeLocalStage,
) -> None:
    stage.go()
    stage.nodes[1].files[PATH] = replace(stage.nodes[1].files[PATH], content=BEFORE.encode())
    result, (run, what) = verified(stage)
    assert states(result) == [Coverage.COVERED, Coverage.UNTIL_REBOOT]
    assert run.endswith("applied, not saved, covered until the next reboot")
    assert "127.0.0.2 covered until the next reboot (33 of 33)" in what
    stage.simulator.appliance("box").fault("refuse", node=1)
    result, (run, what) = verified(stage)
    assert result.state is Coverage.UNKNOWN
    assert run.endswith("applied, not saved, unknown")
    assert "127.0.0.1 covered (33 of 33), 127.0.0.2 unknown on" in what


def test_the_ledger_takes_a_look_at_the_management_for_no_failed_proof_of_the_rule(stage: NodeLocalStage) -> None:
    stage.go()
    verified(stage)
    row = read(stage).row()
    assert row["proven"]["time"]
    assert row["conflicts"] == []


# -- other runs --------------------------------------------------------------------------------------------------------


def dies(number: int) -> Callable[[int], None]:
    """Return what lets the control node die at a command over SSH."""

    def die(current: int) -> None:
        if current == number:
            raise DiedError

    return die


def test_a_dead_run_that_another_record_follows_is_continued_as_it_was_hashed(stage: NodeLocalStage) -> None:
    """An apply of the same control node has its hash; the audit would call it changed."""
    stage.shells.before = dies(4)
    with pytest.raises(DiedError):
        stage.go()
    stage.shells.before = lambda _number: None
    stage.lockdown()
    assert states(stage.go()) == [Coverage.COVERED] * 2
    with Connection(stage.appliance) as connection:
        assert audit(connection, stage.records, stage.name, trust=stage.trust).differences == []


def test_a_run_that_failed_has_its_failure_on_the_nodes_too(stage: NodeLocalStage) -> None:
    """Its copies were written before its end: the audit called the record changed, and nothing could be removed any more."""
    with pytest.raises(Refused, match="was changed by somebody else"):
        stage.go(between=lambda: stage.nodes[0].write_file(PATH, b"# changed\n"))
    (record,) = local_records(stage)
    with Connection(stage.appliance) as connection:
        assert audit(connection, stage.records, stage.name, trust=stage.trust).differences == []
    assert record["outcome"] == "failed"
    assert len(record["copies"]) == 2


def test_the_lease_stays_where_a_step_is_in_doubt(stage: NodeLocalStage) -> None:
    """As after a step of NITRO: the command may still run on the node, so no other control node begins."""

    def lose(number: int) -> None:
        if number == 3:
            raise OutcomeUnknown("the connection broke")

    stage.shells.after = lose
    with pytest.raises(OutcomeUnknown):
        stage.go()
    stage.shells.after = lambda _number: None
    assert [len(lease_files(stage, node)) for node in (0, 1)] == [1, 1]
    assert states(stage.go()) == [Coverage.COVERED] * 2
    assert [lease_files(stage, node) for node in (0, 1)] == [[], []]


def test_a_run_that_takes_the_lease_from_another_plans_again_under_it(stage: NodeLocalStage) -> None:
    """The other run may have written up to that moment: here a policy that would stop the management."""

    def other_run() -> None:
        put_lock(stage, run="their-run")
        add_policy(stage)

    with pytest.raises(Refused, match="was changed between the plan and the lock"):
        stage.go(between=other_run, break_lock="it died")
    assert (stage.knobs, stage.file(0)) == ([1, 1], BEFORE.encode())
    assert local_records(stage) == []


def test_what_cannot_be_taken_back_is_named(stage: NodeLocalStage) -> None:
    """The management is harmed, and the shell does not answer any more."""

    def fail(number: int) -> None:
        if number > 3:
            raise CannotConnect("the shell cannot be reached")

    stage.shells.before = fail
    with pytest.raises(TourniquetError, match=r"but not on 127\.0\.0\.1: .*cannot be reached.*The record is"):
        stage.go(between=lambda: add_policy(stage))
    assert stage.knobs == [0, 1]
    assert local_records(stage)[0]["outcome"] == "partly reverted"


def test_nothing_is_taken_back_without_the_lease(stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[ApplianceLock] = []
    confirm = ApplianceLock.confirm

    def confirming(lock: ApplianceLock, session: Any) -> None:
        held.append(lock)
        confirm(lock, session)

    def harm(*_arguments: Any, **_options: Any) -> str:
        held[-1].lost = "box: this run has lost the lock (their-run has it now)"
        return "the page does not answer any more"

    monkeypatch.setattr(ApplianceLock, "confirm", confirming)
    monkeypatch.setattr(NodeLocalRun, "harm_at", harm)
    with pytest.raises(LeaseLost, match=r"not even an undo\. 1 in doubt \(127\.0\.0\.1 \(primary\): nsapimgr"):
        stage.go()
    assert stage.knobs == [0, 1]


def test_without_its_files_as_they_were_nothing_is_written(
    stage: NodeLocalStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(node_record, "create_privately", full)
    with pytest.raises(InvalidInput, match=r"cannot be written \(No space left on device\), so nothing was changed"):
        stage.go()
    assert (stage.knobs, stage.file(0)) == ([1, 1], BEFORE.encode())
