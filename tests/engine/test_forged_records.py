# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records that somebody forged, on an appliance or in our directory: none makes a run touch what is not ours, and each is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY, LARGEST
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import fetched_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    Outcome,
    StepState,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import current_operator
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.page import audit_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.page import rollback_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback import (
    Rollback,
    RollbackResult,
)

from simulator import Simulator
from tests.engine.control_nodes import BOX, DiedError, control_node, dying, files, simulated
from tests.engine.records import records_of
from tests.engine.told import read
from tests.stage.memory import MITIGATION, Stage

STEM = "20990101T000000.000000Z-forged"
OURS = f"tq_{MITIGATION.id}"
ON, OFF = {"enabled": True}, {"enabled": False}
POLICY = {"name": "rs_shop", "rule": 'HTTP.REQ.URL.CONTAINS("/blocked/")', "action": "DROP"}
BINDING = {"policyname": "rs_shop", "priority": 100, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
DENY = {
    "aclname": "deny_lab",
    "aclaction": "DENY",
    "srcip": True,
    "srcipop": "=",
    "srcipval": "192.0.2.66",
    "priority": 10,
}
ALLOW = {
    "aclname": "allow_me",
    "aclaction": "ALLOW",
    "srcip": True,
    "srcipop": "=",
    "srcipval": "203.0.113.6",
    "priority": 5,
}
REDIRECT = {"name": "rs_out", "type": "redirect", "target": '"https://foreign.example/"'}
OUT = {"name": "rs_out", "rule": "true", "action": "rs_out"}
OUT_BOUND = {"policyname": "rs_out", "priority": 1, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
TWO_VIPS: dict[str, Any] = {
    **BOX,
    "vservers": [
        *BOX["vservers"],
        {"type": "lb", "name": "shop", "address": "127.0.0.3:0", "protocol": "HTTP"},
    ],
    "features": [*BOX["features"], "RESPONDER"],
    "configuration": {
        "responderpolicy": [POLICY],
        "responderglobal_responderpolicy_binding": [BINDING],
        "nsacl": [DENY],
    },
}
SEEN = {
    "removes another team's policy": [
        Step("responderpolicy", ("rs_shop",), None, POLICY),
        Step("responderglobal_responderpolicy_binding", ("rs_shop", "REQ_OVERRIDE"), None, BINDING),
    ],
    "redirects everything to a foreign site": [
        Step("responderglobal_responderpolicy_binding", ("rs_out", "REQ_OVERRIDE"), OUT_BOUND, None),
        Step("responderpolicy", ("rs_out",), OUT, None),
        Step("responderaction", ("rs_out",), REDIRECT, None),
    ],
    "deletes an ACL that denies": [Step("nsacl", ("deny_lab",), None, DENY)],
    "adds an ACL that allows": [Step("nsacl", ("allow_me",), ALLOW, None)],
    "switches a feature on": [Step("nsfeature", ("REWRITE",), ON, OFF)],
}


@pytest.fixture(scope="module")
def two_vips() -> Iterator[Simulator]:
    with simulated(TWO_VIPS) as running:
        yield running


@pytest.fixture
def ours(two_vips: Simulator, tmp_path: Path) -> Stage:
    two_vips.reset()
    return control_node(two_vips, tmp_path, "ours")


def forged(steps: Sequence[Step], **values: Any) -> dict[str, Any]:
    """The JSON of a record that says all its steps were done."""
    return {
        "format": 1,
        "host": "box",
        "kind": "apply",
        "measure": MITIGATION.id,
        "version": 2,
        "run": "forged",
        "partition": "default",
        "build": "NS13.0 47.22",
        "who": {"user": "root", "control_node": "elsewhere", "records": ""},
        "started": "2099-01-01T00:00:00+00:00",
        "finished": "2099-01-01T00:00:01+00:00",
        "outcome": "applied",
        "saved": True,
        "steps": [{**step.to_json(), "state": "done"} for step in steps],
        "proof": None,
        "previous": [],
        **values,
    }


def put(stage: Stage, record: Any, stem: str = STEM, state: str = "ended") -> str:
    """Put a copy onto the appliance with a right digest, as somebody with file rights would, and return its path."""
    sha256 = digest(record) if isinstance(record, dict) else "0"
    copy = {"format": 1, "name": f"{stem}.json", "sha256": sha256, "record": record}
    return put_text(stage, json.dumps(copy), stem, state)


def put_text(stage: Stage, text: str, stem: str = STEM, state: str = "ended") -> str:
    path = f"{DIRECTORY}/tourniquet_{stem}_{state}.txt"
    stage.simulator.fleet.appliances["box"].nodes[0].write_file(path, text.encode())
    return path


def written_here(stage: Stage, steps: Sequence[Step], **facts: Any) -> ChangeRecord:
    """Write a record into our directory, signed by our own key."""
    base = {"kind": "apply", "measure": MITIGATION.id, "version": 2, "run": "forged", "build": "x", **facts}
    record = start_record(stage.records, "box", steps, base, trust=stage.trust)
    record.mark(range(len(steps)), StepState.DONE)
    record.finish(Outcome.APPLIED, saved=True)
    return record


def accepting(stage: Stage, *stems: str) -> Stage:
    stage.trust = replace(stage.trust, accepted=frozenset(stems or (STEM,)), accepted_by="A. Jansen")
    return stage


def state_of(stage: Stage) -> tuple[Any, ...]:
    return stage.configuration(), stage.configuration("saved"), files(stage)


# -- an undo -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["undo", "after_fix"])
@pytest.mark.parametrize("steps", SEEN.values(), ids=SEEN)
def test_a_forged_copy_is_left_alone(ours: Stage, steps: list[Step], why: str) -> None:
    path = put(ours, forged(steps))
    before = state_of(ours)
    result = ours.rollback(why=why)
    assert state_of(ours) == before, "nothing was written to the appliance"
    (remark,) = [remark for remark in result.remarks if "left alone" in remark]
    assert remark.startswith(f"box: the copy of a record {path} on node 127.0.0.1 is left alone: it has no signature")
    assert f"-e accept_record={STEM}" in remark


@pytest.mark.parametrize("why", ["undo", "after_fix"])
@pytest.mark.parametrize("steps", SEEN.values(), ids=SEEN)
def test_a_copy_that_a_person_accepts_may_still_not_touch_what_is_not_ours(
    ours: Stage, steps: list[Step], why: str
) -> None:
    put(ours, forged(steps))
    before = state_of(ours)
    with pytest.raises(Refused) as raised:
        accepting(ours).rollback(why=why)
    text = str(raised.value)
    assert text.startswith(f"box: the copy on {ours.appliance.nodes[0]} of the record {STEM}.json is left alone: ")
    assert steps[0].key[0] in text
    assert MITIGATION.id in text
    assert "accepted by A. Jansen" in text
    assert "do not accept that record" in text
    assert text.endswith("Nothing was changed.")
    assert state_of(ours) == before


@pytest.mark.parametrize("steps", SEEN.values(), ids=SEEN)
def test_a_record_of_our_own_may_not_either(ours: Stage, steps: list[Step]) -> None:
    record = written_here(ours, steps)
    before = state_of(ours)
    with pytest.raises(Refused) as raised:
        ours.rollback(why="undo")
    text = str(raised.value)
    assert text.startswith(f"box: the record {record.path} is left alone: ")
    assert steps[0].key[0] in text
    assert "move it out of the directory of records. Nothing was changed." in text
    assert state_of(ours) == before


def test_an_apply_does_not_go_on_after_a_record_that_no_undo_could_take_back(ours: Stage) -> None:
    record = written_here(ours, SEEN["deletes an ACL that denies"])
    before = state_of(ours)
    with pytest.raises(Refused, match=rf"the record {record.path} is left alone: ns acl deny_lab is not .*Nothing was"):
        ours.apply()
    assert state_of(ours) == before
    assert ours.status(probes="none").facts.records.known == ()


@pytest.mark.parametrize(
    "comment", [{}, {"comment": f"tourniquet {MITIGATION.id} v1"}], ids=["no comment", "our comment"]
)
def test_an_accepted_copy_cannot_restore_what_no_other_record_shows(ours: Stage, comment: dict[str, str]) -> None:
    """The name is ours, so the object is covered; the state is what the attacker chose."""
    put(ours, forged([Step("responderaction", (OURS,), {**REDIRECT, "name": OURS, **comment}, None)]))
    before = state_of(ours)
    with pytest.raises(Refused, match=f"responder action {OURS} would get a state that no earlier record of a known"):
        accepting(ours).rollback(why="undo")
    assert state_of(ours) == before


def test_accepted_copies_restore_a_state_that_is_ours(ours: Stage) -> None:
    """The records of a control node whose key nobody lists: a person accepts them by name."""
    stranger = Stage(ours.simulator, ours.records.parent / "stranger")
    stranger.trust = RecordTrust(key=ours.records.parent / "stranger-key")
    stranger.apply(version=1)
    before = ours.configuration()
    stranger.apply(version=2)
    stems = [record.path.stem for record in all_records(stranger.records, "box", stranger.trust)]
    accepting(ours, *stems).rollback(why="undo")
    assert ours.configuration() == before


@pytest.mark.parametrize("whose", ["our own", "accepted"])
def test_a_rollback_shows_which_record_each_step_comes_from(ours: Stage, whose: str) -> None:
    stage = ours
    if whose == "accepted":
        stage = Stage(ours.simulator, ours.records.parent / "stranger")
        stage.trust = RecordTrust(key=ours.records.parent / "stranger-key")
    stage.apply()
    (record,) = all_records(stage.records, "box", stage.trust)
    if whose == "accepted":
        accepting(ours, record.path.stem)
    with Connection(ours.appliance) as connection:
        rollback = Rollback(connection, ours.rollback_parameters())
        values = rollback_result(RollbackResult.of_plan(rollback.plan()), connection, MITIGATION.id).values()
    lines = values["diff"]["prepared"].splitlines()
    assert {(step["record"], step["trusted"]) for step in values["provenance"]} == {(record.name, PROVENANCE[whose])}
    assert len(values["provenance"]) == len(values["steps"])
    if whose == "our own":
        assert f"    by our own record {record.name}" in lines
    else:
        assert f"      rm responder policy {OURS}: {record.name}, accepted by A. Jansen, of {OPERATOR}" in lines


PROVENANCE = {"our own": "own", "accepted": "accepted"}
OPERATOR = f"{current_operator()['user']}@{current_operator()['control_node']}"


def test_a_reopening_shows_which_record_each_step_comes_from(ours: Stage) -> None:
    ours.lockdown()
    (record,) = all_records(ours.records, "box")
    plan = ours.reopen().plan
    assert {object_id[1]: source.name for object_id, source in plan.sources.items()} == {
        ("gw",): record.name,
        ("shop",): record.name,
    }


def test_a_copy_that_says_2099_does_not_hide_our_last_run(ours: Stage) -> None:
    """Otherwise the undo would leave our mitigation in place, and say that it was taken back."""
    before = ours.configuration()
    ours.apply()
    last = {"name": f"{OURS}__none", "type": "noop", "comment": f"tourniquet {MITIGATION.id} v2"}
    put(ours, forged([Step("responderaction", (f"{OURS}__none",), None, last)]))
    ours.rollback(why="undo")
    assert ours.configuration() == before


def test_a_forged_rollback_marks_no_run_as_undone(ours: Stage) -> None:
    before = ours.configuration()
    ours.apply()
    (record,) = all_records(ours.records, "box")
    put(ours, forged([], kind="rollback", why="undo", undoes=[record.name]))
    elsewhere = Stage(ours.simulator, ours.records.parent / "theirs")
    assert [undone.name for undone in elsewhere.rollback(why="undo").plan.undoes] == [record.name]
    assert ours.configuration() == before


@pytest.mark.parametrize("state", ["{}", "ended", "digest"])
def test_a_forged_end_does_not_hide_the_beginning_of_a_run(
    ours: Stage, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    before = ours.configuration()
    with dying(monkeypatch, 5), pytest.raises(DiedError):
        ours.apply()
    ours.simulator.appliance("box").advance(4000)
    (record,) = all_records(ours.records, "box")
    if state == "{}":
        put_text(ours, "{}", record.path.stem)
    else:
        put(ours, forged([]) if state == "ended" else None, record.path.stem)
    Stage(ours.simulator, ours.records.parent / "theirs").rollback(why="undo")
    assert ours.configuration() == before


# -- a lockdown and a reopening ----------------------------------------------------------------------------------------


def closes(*vservers: tuple[str, str], **values: Any) -> dict[str, Any]:
    ids = [list(vserver) for vserver in vservers]
    return forged(
        [Step(type_, (name,), ON, OFF) for type_, name in vservers],
        **{
            "kind": "lockdown",
            "measure": "lockdown",
            "covers": ids,
            "completes": [],
            "released": [],
            "vservers": [
                {"type": type_, "name": name, "enabled": True, "place": "127.0.0.3:80", "answered": True}
                for type_, name in vservers
            ],
            "decided_by": "J. Jansen",
            "reason": "r",
            "ticket": "CHG1",
            "expires": "2099-01-01T00:00:00+00:00",
            **values,
        },
    )


def disable(stage: Stage, type_: str, name: str) -> None:
    """As a colleague does it."""
    with Session(stage.appliance, stage.appliance.nodes[0]) as session:
        session.write("POST", f"{type_}?action=disable", {type_: {"name": name}})
        session.save()


def test_a_forged_lockdown_does_not_reopen_what_a_colleague_closed(ours: Stage) -> None:
    disable(ours, "lbvserver", "shop")
    path = put(ours, closes(("lbvserver", "shop")))
    before = state_of(ours)
    result = ours.reopen()
    assert result.plan.steps == ()
    assert any(path in remark and "left alone" in remark for remark in result.plan.remarks)
    assert state_of(ours) == before


def test_a_forged_lockdown_adds_nothing_to_a_reopening(ours: Stage) -> None:
    disable(ours, "lbvserver", "shop")
    ours.lockdown()
    (record,) = all_records(ours.records, "box")
    put(ours, closes(("lbvserver", "shop")))
    put(ours, closes(("lbvserver", "shop")), record.path.stem)
    assert [step.key for step in ours.reopen().plan.steps] == [("gw",)]


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (Step("lbvserver", ("shop",), OFF, ON), "lb vserver shop was not switched off by this step"),
        (Step("lbvserver", ("shop",), OFF, OFF), "lb vserver shop was not switched off by this step"),
    ],
)
def test_a_lockdown_that_found_a_virtual_server_off_reopens_nothing(ours: Stage, step: Step, why: str) -> None:
    disable(ours, "lbvserver", "shop")
    facts = {key: value for key, value in closes(("lbvserver", "shop")).items() if key in CLOSURE_KEYS}
    written_here(ours, [step], **facts)
    before = state_of(ours)
    with pytest.raises(Refused, match=why):
        ours.reopen()
    assert state_of(ours) == before


def test_a_lockdown_whose_list_shows_a_virtual_server_off_reopens_nothing(ours: Stage) -> None:
    disable(ours, "lbvserver", "shop")
    facts = {key: value for key, value in closes(("lbvserver", "shop")).items() if key in CLOSURE_KEYS}
    facts["vservers"][0]["enabled"] = False
    written_here(ours, [Step("lbvserver", ("shop",), ON, OFF)], **facts)
    before = state_of(ours)
    with pytest.raises(Refused, match="lb vserver shop was off before, by the list of the record"):
        ours.reopen()
    assert state_of(ours) == before


CLOSURE_KEYS = (
    *("kind", "measure", "covers", "completes", "released", "vservers"),
    *("decided_by", "reason", "ticket", "expires"),
)


def test_a_lockdown_is_stopped_by_no_record_that_is_left_alone(ours: Stage) -> None:
    facts = {key: value for key, value in closes(("lbvserver", "shop")).items() if key in CLOSURE_KEYS}
    record = written_here(ours, [Step("lbvserver", ("shop",), OFF, ON)], **facts)
    plan = ours.lockdown().plan
    assert {step.key for step in plan.steps} == {("gw",), ("shop",)}
    assert [f"the record {record.path} is left alone" in remark for remark in plan.remarks].count(True) == 1


# -- copies that are no records ----------------------------------------------------------------------------------------


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in closes(("vpnvserver", "gw")).items() if name != key}


MALFORMED: dict[str, Any] = {
    "no list of virtual servers": without("vservers"),
    "no steps": without("steps"),
    "a virtual server without its state": closes(("vpnvserver", "gw"), vservers=[{"type": "vpnvserver", "name": "gw"}]),
    "another type": closes(("vpnvserver", "gw"), covers=[["nsfeature", "SSLVPN"]]),
    "no record": {"steps": []},
    "a list": [],
    "a step of an unknown type": {**closes(), "steps": [{**Step("x", (), ON, OFF).to_json(), "state": "done"}]},
    "deep": closes(("vpnvserver", "gw"), lock=json.loads("[" * 60 + "]" * 60)),
}
BROKEN = {
    "a key twice": '{"format": 1, "format": 1}',
    "NaN": '{"format": NaN}',
    "nested without end": "[" * 100_000,
    "a number of 5000 digits": '{"format": 1' + "0" * 5000 + "}",
    "empty": "",
    "not text": "\x00\udcff",
}


def broken(stage: Stage, name: str) -> str:
    if name in MALFORMED:
        return put(stage, MALFORMED[name])
    text = BROKEN[name].encode("utf-8", "surrogateescape")
    path = f"{DIRECTORY}/tourniquet_{STEM}_ended.txt"
    stage.simulator.fleet.appliances["box"].nodes[0].write_file(path, text)
    return path


VERBS: dict[str, Callable[[Stage], Any]] = {
    "lockdown": lambda stage: stage.lockdown().plan.remarks,
    "reopen": lambda stage: stage.reopen().plan.remarks,
    "rollback": lambda stage: stage.rollback(why="after_fix").remarks,
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", [*MALFORMED, *BROKEN])
def test_a_malformed_copy_is_named_and_stops_nothing(ours: Stage, name: str, verb: str) -> None:
    """A record is checked as a whole before anything looks into it, so a lockdown goes on."""
    if verb == "reopen":
        ours.lockdown()
    path = broken(ours, name)
    remarks = VERBS[verb](ours)
    (remark,) = [remark for remark in remarks if path in remark]
    assert remark.startswith(f"box: the copy of a record {path} on node 127.0.0.1 is left alone: ")
    assert remark.isprintable()
    gateway = ours.simulator.appliance("box").state()["nodes"][0]["running"]["vpnvserver"][0]
    assert (gateway.get("state") == "DISABLED") == (verb == "lockdown")


@pytest.mark.parametrize("name", ["no list of virtual servers", "nested without end"])
def test_a_malformed_copy_does_not_stop_an_apply(ours: Stage, name: str) -> None:
    path = broken(ours, name)
    with Connection(ours.appliance) as connection:
        deployment = Deployment(connection, ours.parameters())
        deployment.apply()
        assert deployment.transaction is not None
        assert deployment.transaction.written
        (remark,) = [remark for remark in deployment.transaction.remarks if path in remark]
    assert "is left alone: " in remark


# -- many copies -------------------------------------------------------------------------------------------------------


def flood(stage: Stage, number: int) -> None:
    for position in range(number):
        put_text(stage, "{}", f"20990101T000000.{position:06}Z-forged")


def test_many_forged_copies_are_told_and_not_all_read(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched_records, "MOST_READ", 10)
    before = ours.configuration()
    ours.apply()
    flood(ours, 30)
    with Connection(ours.appliance) as connection:
        records, problems = fetched_records.fetch_records(connection, ours.records, "box", ours.trust)
        read = [exchange for exchange in connection.exchanges if "systemfile/tourniquet_2099" in exchange.path]
    assert records == []
    assert len(read) == 10
    assert problems[0].startswith(
        f"box: 30 files in {DIRECTORY} on node 127.0.0.1 have names of copies of records that are not known here, and only 10"
    )
    ours.rollback(why="undo")
    assert ours.configuration() == before


def test_a_file_that_is_too_large_for_a_copy_is_not_read(ours: Stage) -> None:
    path = put_text(ours, " " * (LARGEST + 1))
    with Connection(ours.appliance) as connection:
        records, problems = fetched_records.fetch_records(connection, ours.records, "box", ours.trust)
        read = [exchange for exchange in connection.exchanges if "systemfile/tourniquet_2099" in exchange.path]
    assert (records, read) == ([], [])
    assert problems == [
        f"box: the copy of a record {path} on node 127.0.0.1 is left alone: it has 2,097,153 bytes, and no run writes more than 2,097,152"
    ]


def test_a_run_that_a_record_of_ours_follows_is_read_first(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ours.apply(version=1)
    ours.apply(version=2)
    first, _second = all_records(ours.records, "box")
    first.path.unlink()
    flood(ours, 30)
    monkeypatch.setattr(fetched_records, "MOST_READ", 1)
    with Connection(ours.appliance) as connection:
        records, _problems = fetched_records.fetch_records(connection, ours.records, "box", ours.trust)
    assert [record.name for record in records] == [first.name]


# -- the audit ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["beside a run of ours", "alone"])
def test_an_audit_names_a_forged_copy(ours: Stage, where: str) -> None:
    """It must not say that records, copies and chain agree."""
    if where != "alone":
        ours.apply()
    path = put(ours, forged(SEEN["removes another team's policy"]))
    with Connection(ours.appliance) as connection:
        found = audit(connection, ours.records, "box", trust=ours.trust)
    (difference,) = found.differences
    assert difference.startswith(
        f"{path} on {ours.appliance.nodes[0]} is not the copy of a run that we know: it has no"
    )
    text = "\n".join(audit_lines("box", found))
    assert "RECORDS, COPIES OR CHAIN DO NOT AGREE" in text
    assert f"DIFFERENCE: {path}" in text
    assert "not trusted: it has no signature" in text


def test_an_audit_names_a_forged_end_of_a_run_of_another_control_node(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dying(monkeypatch, 5), pytest.raises(DiedError):
        ours.apply()
    ours.simulator.appliance("box").advance(4000)
    theirs = Stage(ours.simulator, ours.records.parent / "theirs")
    theirs.rollback(why="undo")
    (record,) = all_records(ours.records, "box")
    assert record.name in [one.name for one in all_records(theirs.records, "box")], "fetched without its end"
    path = put(ours, forged([]), record.path.stem)
    with Connection(ours.appliance) as connection:
        found = audit(connection, theirs.records, "box", trust=theirs.trust)
    (difference,) = found.differences
    assert difference.startswith(
        f"{path} on {ours.appliance.nodes[0]} is not the copy of a run that we know: it has no"
    )


def test_an_audit_names_a_flood(ours: Stage) -> None:
    ours.apply()
    flood(ours, 230)
    with Connection(ours.appliance) as connection:
        found = audit(connection, ours.records, "box", trust=ours.trust)
    assert found.differences[0].startswith(f"230 files in {DIRECTORY} on ")
    assert len(found.differences) == 201
    assert [len(run.places) for run in found.runs] == [2], "our own is read whatever else is there"


# -- a proof -----------------------------------------------------------------------------------------------------------


def proven_by(stage: Stage, of: ChangeRecord) -> dict[str, Any]:
    """Return the JSON of a record that says that what a run left was proven."""
    proof = {**of.content.values["proof"], "proven": True, "verdict": "mitigated", "vips": vips_of(stage)}
    taken = {key: of.content.values[key] for key in ("nodes", "build", "builds", "seal")}
    after = [{"name": of.name, "sha256": digest(of.content.values)}]
    return forged((), kind="verify", started=of.started, finished=of.finished, previous=after, proof=proof, **taken)


def vips_of(stage: Stage) -> list[str]:
    return [str(vip) for vip in stage.appliance.vips or ()]


def test_no_view_rests_on_the_proof_in_a_copy_that_a_person_accepts(open_stage: Callable[..., Stage]) -> None:
    """Seen: the ledger said mitigated, and status did not."""
    stage = open_stage()
    stage.apply(probes="none", save="always")
    (record,) = records_of(stage.records, "box", MITIGATION.id)
    put(stage, proven_by(stage, record))
    accepting(stage)
    assert stage.status(probes="none").verdict.word == "applied, unproven"
    assert read(stage).row()["course"][-1]["state"] == "applied, unproven"
