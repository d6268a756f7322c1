# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the steps of a record may change: a table of objects and kinds of records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import TYPES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import SWITCHES, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Reach
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.authority import (
    RULES,
    ObjectKind,
    names_taken_over,
    object_kind,
    step_objections,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import RecordKind

from tests.played_together import played_together

CVE = Reach("cve_2019_19781", frozenset({"RESPONDER"}))
GEOBLOCK = Reach(
    "geoblock",
    frozenset({"RESPONDER"}),
    frozenset({"locationparameter"}),
    frozenset({"nsacl", "locationfile"}),
    "/var/netscaler/locdb",
)
LOCKDOWN = Reach("lockdown")
ON, OFF = {"enabled": True}, {"enabled": False}
APPLY, ROLLBACK = RecordKind.APPLY, RecordKind.ROLLBACK


def record(kind: RecordKind, reach: Reach, *steps: Step) -> ChangeRecord:
    values: dict[str, Any] = {
        "format": 1,
        "host": "gw",
        "kind": kind.value,
        "measure": reach.measure,
        "run": "abc",
        "started": "2020-01-17T20:00:00+00:00",
        "outcome": "applied",
        "saved": True,
        "steps": [{**step.to_json(), "state": "done"} for step in steps],
    }
    if kind in (RecordKind.LOCKDOWN, RecordKind.REOPEN):
        values |= {"covers": [], "completes": [], "released": [], "vservers": []}
        values |= {"decided_by": "J", "reason": "r", "ticket": "T", "expires": "2020-01-18T20:00:00+00:00"}
    return ChangeRecord(Path("x.json"), RecordContent.from_json(values, where="x"))


def named(type_: str, name: str, **attributes: Any) -> Step:
    return Step(type_, (name,), None, {TYPES[type_].key[0]: name, **attributes})


def bound(policy: str) -> Step:
    key = (policy, "REQ_OVERRIDE")
    return Step(
        "responderglobal_responderpolicy_binding",
        key,
        {"policyname": policy, "type": "REQ_OVERRIDE", "priority": 10},
        None,
    )


def loads(path: str) -> Step:
    return Step("locationfile", (), {"Locationfile": path}, None)


OURS = "tq_cve_2019_19781"
COVERED = [
    (APPLY, CVE, named("responderpolicy", OURS, rule="true", action="NOOP")),
    (APPLY, CVE, named("responderpolicy", f"{OURS}__twin", rule="true", action="NOOP")),
    (APPLY, CVE, bound(OURS)),
    (ROLLBACK, CVE, bound(OURS)),
    (APPLY, CVE, Step("vpnvserver_responderpolicy_binding", ("gw", OURS, "REQUEST"), None, None)),
    (APPLY, CVE, Step("policypatset_pattern_binding", (f"{OURS}__a", "/vpn"), None, None)),
    (APPLY, CVE, Step("nsfeature", ("RESPONDER",), OFF, ON)),
    (ROLLBACK, CVE, Step("nsfeature", ("RESPONDER",), ON, OFF)),
    (APPLY, GEOBLOCK, loads("/var/netscaler/locdb/tq_geoblock__v4_1.csv")),
    (APPLY, GEOBLOCK, Step("locationparameter", (), {}, {"matchwildcardtoany": "YES"})),
    (APPLY, GEOBLOCK, Step("nsacls", (), {"applied": True}, {"applied": False})),
    (RecordKind.LOCKDOWN, LOCKDOWN, Step("vpnvserver", ("gw",), ON, OFF)),
    (RecordKind.REOPEN, LOCKDOWN, Step("vpnvserver", ("gw",), OFF, ON)),
]
NOT_COVERED = [
    (APPLY, CVE, named("responderpolicy", "rs_shop", rule="true"), "responder policy rs_shop is not an object of"),
    (APPLY, CVE, named("responderpolicy", "tq_cve_2019_19781x"), "is not an object of cve_2019_19781 by its name"),
    (APPLY, CVE, named("responderpolicy", "tq_geoblock"), "is not an object of cve_2019_19781 by its name"),
    (APPLY, CVE, bound("rs_redirect"), "responder global rs_redirect REQ_OVERRIDE binds rs_redirect, which is not a"),
    (
        APPLY,
        CVE,
        Step("vpnvserver_responderpolicy_binding", (OURS, "rs_redirect", "REQUEST"), None, None),
        "binds rs_redirect, which is not a policy",
    ),
    (APPLY, CVE, Step("policypatset_pattern_binding", ("pat", OURS), None, None), "is a member of pat, which"),
    (APPLY, GEOBLOCK, Step("policydataset_value_binding", ("vips",), None, None), "is a member of vips, which"),
    (APPLY, GEOBLOCK, named("nsacl", "deny_all", aclaction="DENY"), "ns acl deny_all is not an object of geoblock"),
    (APPLY, GEOBLOCK, named("nsacl6", "allow_me"), "ns acl6 allow_me is not an object of geoblock"),
    (APPLY, GEOBLOCK, loads("/var/netscaler/locdb/other.csv"), "names the file /var/netscaler/locdb/other.csv, which"),
    (APPLY, GEOBLOCK, loads("/var/tmp/tq_geoblock__x"), "names the file /var/tmp/tq_geoblock__x, which"),
    (APPLY, CVE, Step("locationparameter", (), {}, None), "is a setting that cve_2019_19781 never changes"),
    (APPLY, CVE, Step("nsacls", (), {"applied": True}, None), "applies ACLs, and cve_2019_19781 has none"),
    (APPLY, CVE, Step("nsfeature", ("SSLVPN",), OFF, ON), "ns feature SSLVPN is a feature that cve_2019_19781 never"),
    (APPLY, CVE, Step("nsfeature", ("RESPONDER",), ON, OFF), "ns feature RESPONDER is not enabled by this step"),
    (ROLLBACK, CVE, Step("nsfeature", ("RESPONDER",), OFF, ON), "is not disabled by this step"),
    (RecordKind.VERIFY, CVE, bound(OURS), "is a binding of a policy, which no verify changes"),
    (RecordKind.LOCKDOWN, LOCKDOWN, Step("vpnvserver", ("gw",), OFF, ON), "was not switched off by this step"),
    (RecordKind.LOCKDOWN, LOCKDOWN, Step("vpnvserver", ("gw",), None, OFF), "was not switched off by this step"),
    (RecordKind.REOPEN, LOCKDOWN, Step("vpnvserver", ("gw",), ON, OFF), "was not switched on by this step"),
]


@played_together(("kind", "reach", "step"), COVERED)
def test_covered(kind: RecordKind, reach: Reach, step: Step) -> None:
    assert step_objections(record(kind, reach, step), reach) == []


@played_together(("kind", "reach", "step", "why"), NOT_COVERED)
def test_not_covered(kind: RecordKind, reach: Reach, step: Step, why: str) -> None:
    (objection,) = step_objections(record(kind, reach, step), reach)
    assert why in objection


def test_acls_of_a_mitigation_may_be_applied_with_its_own_edits_only() -> None:
    command = Step("nsacls", (), {"applied": True}, {"applied": False})
    assert step_objections(record(APPLY, CVE, named("nsacl", f"{OURS}__a"), command), CVE) == []
    assert len(step_objections(record(APPLY, CVE, named("nsacl6", f"{OURS}__a"), command), CVE)) == 1


THEIRS = {"name": "ctx267027", "rule": "true", "action": "respondwith403"}
BINDING = "responderglobal_responderpolicy_binding"
PLACE = {"policyname": "ctx267027", "type": "REQ_OVERRIDE", "priority": 100}


def replacing(**changed: Any) -> ChangeRecord:
    """The record of a run that replaced a hand-made policy and its binding."""
    run = record(
        APPLY,
        CVE,
        Step("responderpolicy", ("ctx267027",), THEIRS, None),
        Step(BINDING, ("ctx267027", "REQ_OVERRIDE"), PLACE, None),
    )
    run.content = run.content.with_values(**{"taken_over": ["ctx267027"], **changed})
    return run


def giving_back(*steps: Step, undoes: tuple[str, ...] = ("x.json",), **changed: Any) -> ChangeRecord:
    undo = record(ROLLBACK, CVE, *steps)
    undo.content = undo.content.with_values(**{"undoes": list(undoes), **changed})
    return undo


BACK = Step("responderpolicy", ("ctx267027",), None, THEIRS)
BOUND_AGAIN = Step(BINDING, ("ctx267027", "REQ_OVERRIDE"), None, PLACE)


def test_a_rollback_gives_back_what_the_run_that_it_undoes_had_replaced() -> None:
    assert step_objections(giving_back(BACK, BOUND_AGAIN), CVE, [replacing()]) == []


@played_together(
    ("undo", "earlier"),
    [
        (giving_back(BACK), []),
        (giving_back(BACK, taken_over=["ctx267027"]), []),
        (giving_back(BACK, undoes=("other.json",)), [replacing()]),
        (giving_back(BACK, partition="sales"), [replacing()]),
        (giving_back(BACK), [replacing(taken_over=[])]),
        (giving_back(BACK), [replacing(measure="geoblock")]),
        (giving_back(BACK), [replacing(kind="rollback")]),
        (giving_back(BACK), [record(APPLY, CVE, BACK)]),
        (giving_back(Step("responderpolicy", ("ctx267027",), None, {**THEIRS, "rule": "false"})), [replacing()]),
        (giving_back(Step("responderpolicy", ("ctx267027",), {**THEIRS, "rule": "false"}, THEIRS)), [replacing()]),
        (giving_back(Step("responderpolicy", ("other",), None, {**THEIRS, "name": "other"})), [replacing()]),
        (giving_back(named("responderaction", "ctx267027", type="noop")), [replacing()]),
        (
            giving_back(Step(BINDING, ("ctx267027", "REQ_DEFAULT"), None, {**PLACE, "type": "REQ_DEFAULT"})),
            [replacing()],
        ),
        (giving_back(Step(BINDING, ("ctx267027", "REQ_OVERRIDE"), None, {**PLACE, "priority": 1})), [replacing()]),
    ],
)
def test_a_rollback_gives_back_nothing_else(undo: ChangeRecord, earlier: list[ChangeRecord]) -> None:
    (objection,) = step_objections(undo, CVE, earlier)
    assert "is not" in objection


def test_an_apply_brings_in_nothing_that_another_run_had_replaced() -> None:
    assert len(step_objections(record(APPLY, CVE, BACK), CVE, [replacing()])) == 1


def test_a_record_of_another_measure_is_not_covered() -> None:
    (text,) = step_objections(record(APPLY, CVE), GEOBLOCK)
    assert text == "the record is of the measure cve_2019_19781, and not of geoblock"


def test_the_table_has_each_kind_of_record_and_of_object() -> None:
    assert set(RULES) == set(RecordKind)
    assert {object_kind(name) for name in (*TYPES, *SWITCHES)} == set(ObjectKind)
    for kind in (APPLY, ROLLBACK):
        assert set(RULES[kind]) == set(ObjectKind) - {ObjectKind.VSERVER}


def test_policies_and_actions_of_others_that_go_are_named_once() -> None:
    found: list[tuple[str, tuple[str, ...]]] = [
        ("responderpolicy", ("theirs",)),
        ("responderglobal_responderpolicy_binding", ("theirs", "REQ_OVERRIDE")),
        ("responderaction", ("answer",)),
        ("responderaction", ("theirs",)),
        ("auditmessageaction", ("log",)),
        ("policypatset", ("set",)),
    ]
    assert names_taken_over(found) == ("theirs", "answer", "log")
    assert names_taken_over([]) == names_taken_over([("auditsyslogparams", ())]) == (), "a setting has no name"
