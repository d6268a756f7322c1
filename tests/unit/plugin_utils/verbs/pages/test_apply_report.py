# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Previews and JSON values; none contains text that controls a terminal."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Node
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Exchange
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import (
    BuildStatus,
    Mode,
    Placement,
    ResolvedMeasure,
    Version,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import Mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import (
    ResolvedParameters,
    RunParameters,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import fingerprint
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.state_reader import Observation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import NextAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.configuration import (
    ConfigurationFacts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.facts import (
    ApplianceFacts,
    MeasureState,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.plan import Plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.saved_state import SavedFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.next_action import APPLY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    Verdict,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import Conflict, ConflictCode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import (
    whole_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.apply_report import (
    partition_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.deployment_plan import deployment_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.preview_parts import headline
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.result_parts import requests_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.page import rollback_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.plan_file import rollback_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback import RollbackResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollbackPlan,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import (
    RetireParameters,
    RollbackParameters,
    RollbackPlan,
)

PASSWORD = "correct horse"
APPLIANCE = Appliance("gw-a", (Address("10.1.0.11", 443),), "nsroot", PASSWORD, customer="Brouwer", site="Amsterdam")
BUILD = Build.parse("13.0 47.22")
POLICY = {"name": "tq_demo", "rule": "true", "action": "NOOP"}
STEPS = [
    Step(FEATURE, ("RESPONDER",), {"enabled": False}, {"enabled": True}),
    Step("responderpolicy", ("tq_demo",), POLICY, {**POLICY, "rule": "false"}),
    Step("responderaction", ("tq_demo",), {"name": "tq_demo"}, None),
]
EXPOSED = Verdict(
    VerdictWord.EXPOSED,
    "exploit public since 2020-01-10",
    NextAction(APPLY),
    2,
    ("configuration",),
    ("the log is off",),
)
MITIGATED = Verdict(VerdictWord.MITIGATED, "blocked", "none", 0)
EVIL = "evil\x1b[2J\x07\r\n  MITIGATED\u202e\u2028"


def connection(*nodes: Node, exchanges: tuple[Exchange, ...] = (), clock_skew: float | None = None) -> Any:
    own = nodes or (Node(APPLIANCE.nodes[0], "standalone", BUILD, "a line\n"),)
    return SimpleNamespace(
        members=[],
        appliance=APPLIANCE,
        nodes=list(own),
        build=BUILD,
        exchanges=list(exchanges),
        connections=1,
        clock_skew=clock_skew,
    )


def printed(result: Result, connection: Any) -> str:
    return str(partition_result(result, connection).values()["diff"]["prepared"])


def result(**fields: Any) -> Result:
    mitigation = Mitigation(
        id="demo",
        title="Demo",
        current_version=2,
        versions={2: Version("two", date(2019, 12, 18))},
        references=(),
        traffic=Traffic(()),
    )
    parameters = ResolvedParameters(
        appliance=APPLIANCE,
        measure=mitigation,
        owner=Owner("demo", 2),
        resolved=ResolvedMeasure(measure=mitigation, document=Document((), {})),
        records=Path("records"),
        run="run",
        as_of=date(2020, 1, 15),
    )
    facts = ApplianceFacts(
        parameters,
        BuildStatus.AFFECTED,
        configuration=ConfigurationFacts(fields.pop("observation", Observation())),
        saved=SavedFacts(foreign_lines=fields.pop("foreign_lines", ())),
    )
    plan = Plan(**{name: fields.pop(name) for name in list(fields) if name in Plan.__dataclass_fields__})
    return Result(facts, plan, facts.found, fields.pop("verdict", EXPOSED), MITIGATED, **fields)


# -- text --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é text", "plain é text"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb", "a\\x0ab"),
        ("\r\t\x00\x7f", "\\x0d\\x09\\x00\\x7f"),
        ("\u202e", "\\x202e"),
    ],
)
def test_what_could_steer_a_terminal_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_preview_as_a_whole() -> None:
    shown = result(
        steps=tuple(STEPS),
        seal="0123456789abcdef",
        conflicts=(Conflict(ConflictCode.NAME_TAKEN, "It is taken.", "Adopt it."),),
        neighbours=("REQ_OVERRIDE 100 theirs (END)",),
        foreign_lines=("+ add lb vserver x",),
    )
    assert printed(shown, connection()).splitlines() == [
        "gw-a   customer Brouwer   site Amsterdam   NS13.0 47.22   standalone",
        "  EXPOSED (exploit public since 2020-01-10)",
        "  demo v2: 3 changes, seal 01234567",
        "  + enable ns feature RESPONDER",
        "  ~ set responder policy tq_demo -rule false",
        "  - rm responder action tq_demo",
        "    undo:",
        "      add responder action tq_demo",
        "      set responder policy tq_demo -rule true",
        "      disable ns feature RESPONDER",
        "  neighbour: REQ_OVERRIDE 100 theirs (END)",
        "  unsaved changes of others: + add lb vserver x",
        "  CONFLICT (name_taken): It is taken. Adopt it.",
        "  not covered: the log is off",
    ]


def test_a_preview_is_short_where_all_is_well() -> None:
    assert printed(result(verdict=MITIGATED), connection()).splitlines()[1:] == [
        "  mitigated (blocked)",
        "  demo v2: no changes",
    ]


def test_a_skipped_appliance_says_why_and_what_to_do() -> None:
    shown = printed(result(skipped="the build has the fix", steps=tuple(STEPS)), connection())
    assert "  nothing to do: the build has the fix. Next action: apply.yml" in shown
    assert "enable ns feature" not in shown


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([("10.1.0.11", "standalone")], "standalone"),
        ([("10.1.0.11", "primary")], "primary, the other node of the pair is not in the inventory"),
        ([("10.1.0.11", "primary"), ("10.1.0.12", "unreachable")], "HA: 10.1.0.11 primary, 10.1.0.12 unreachable"),
    ],
)
def test_the_nodes_in_the_headline(nodes: list[tuple[str, str]], words: str) -> None:
    own = [Node(Address(host, 443), role, BUILD) for host, role in nodes]
    assert headline(connection(*own)).endswith(f"NS13.0 47.22   {words}")


# -- text of others is data --------------------------------------------------------------------------------------------


def evil_result() -> Result:
    return result(
        verdict=Verdict(VerdictWord.EXPOSED, EVIL, EVIL, 2, (EVIL,), (EVIL,)),
        conflicts=(Conflict(ConflictCode.NAME_TAKEN, EVIL, EVIL),),
        neighbours=(EVIL,),
        foreign_lines=(EVIL,),
        skipped="",
        steps=(Step("responderpolicy", (EVIL,), {**POLICY, "rule": EVIL}, POLICY),),
        observation=Observation(hits={"tq_demo__" + EVIL: 1}, undef_hits={"tq_demo__" + EVIL: 1}),
    )


def test_what_an_appliance_says_cannot_forge_a_line_of_the_preview() -> None:
    node = Node(APPLIANCE.nodes[0], "standalone", BUILD, EVIL, EVIL)
    text = printed(evil_result(), connection(node))
    assert not any(line.strip().startswith("MITIGATED") for line in text.splitlines())
    assert text.replace("\n", "").isprintable()


def test_nor_any_text_that_stands_in_the_values() -> None:
    node = Node(APPLIANCE.nodes[0], "standalone", BUILD, EVIL, EVIL)
    values = partition_result(evil_result(), connection(node)).values()
    assert values["steps"][0]["key"] == [printable(EVIL)]
    for name in values.keys() - {"diff"}:
        assert all(text.isprintable() for text in texts_of(values[name])), name
    rollback = RollbackResult.of_plan(RollbackPlan(steps=tuple(evil_result().plan.steps), remarks=(EVIL,)))
    values = rollback_result(rollback, connection(node), "demo").values()
    assert values["diff"]["prepared"].replace("\n", "").isprintable()
    assert not any(line.strip().startswith("MITIGATED") for line in values["diff"]["prepared"].splitlines())
    assert all(text.isprintable() for text in texts_of([values["remarks"], values["inverse"], values["appliance"]]))


def texts_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        return texts_of([*value.keys(), *value.values()])
    if isinstance(value, list):
        return [text for item in value for text in texts_of(item)]
    return [value] if isinstance(value, str) else []


# -- values ------------------------------------------------------------------------------------------------------------


def types_in(value: Any) -> set[type]:
    """The exact types of a value and of all that it holds."""
    inner = [*value.keys(), *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return {type(value)}.union(*map(types_in, inner))


def test_the_values_hold_no_enumeration() -> None:
    """Ansible tags the data of results by its exact type, and does not know subclasses of str."""
    placement = Placement("list", "vpn", "gw", "REQUEST", Mode.ENFORCE, dict.fromkeys(Mode, "tq_p"))
    shown = result(
        verdict=Verdict(VerdictWord.UNPROVEN, "why", "verify.yml", 1),
        conflicts=(Conflict(ConflictCode.LOCKED, "It is locked.", "Wait."),),
        observation=Observation(hits={"tq_p": 1}),
        steps=tuple(STEPS),
    )
    shown = replace(shown, state=MeasureState(Presence.CURRENT, 2, modes={placement: Mode.ENFORCE}))
    values = partition_result(shown, connection()).values()
    assert values["parts"][0]["hits"] == {"observe": 1, "enforce": 1}
    assert types_in(values) <= {dict, list, str, int, float, bool, type(None)}


def test_the_values_are_plain_json_and_hold_no_password() -> None:
    values = partition_result(result(steps=tuple(STEPS), seal="abc", changed=True), connection()).values()
    assert PASSWORD not in json.dumps(values)
    assert (values["changed"], values["seal"], values["as_of"]) == (True, "abc", "2020-01-15")
    assert values["verdict"] == {
        "word": "exposed",
        "reason": "exploit public since 2020-01-10",
        "next_action": "apply.yml",
        "exit_code": 2,
        "rests_on": ["configuration"],
        "missing": ["the log is off"],
        "next_commands": [
            {"playbook": "apply.yml", "options": {}, "checks": False, "whole_catalogue": False, "asks": []}
        ],
    }
    assert values["verdict_today"]["word"] == "mitigated"
    assert values["inverse"] == [
        "add responder action tq_demo",
        "set responder policy tq_demo -rule true",
        "disable ns feature RESPONDER",
    ]
    assert values["appliance"]["nodes"] == [
        {
            "address": "10.1.0.11:443",
            "role": "standalone",
            "build": "13.0 47.22",
            "start_up_file": ["a line"],
            "problem": "",
        }
    ]


def test_only_the_hits_of_our_own_policies_are_shown() -> None:
    seen = Observation(hits={"tq_demo": 3, "tq_demo__b": 1, "tq_demonstration": 9, "tq_demo_b": 9, "theirs": 9})
    assert partition_result(result(observation=seen), connection()).values()["hits"] == {"tq_demo": 3, "tq_demo__b": 1}


def test_each_step_has_its_own_inverse_and_the_result_its_currency() -> None:
    values = partition_result(result(steps=tuple(STEPS), changed=True), connection()).values()
    assert [line for step in reversed(values["steps"]) for line in step["inverse"]] == values["inverse"]
    assert values["catalogue"] == {"newest_fact": "2019-12-18"}


def test_a_failure_is_short() -> None:
    found = partition_result(result(steps=tuple(STEPS), changed=True), connection())
    values, shown = found.values(), found.ended("", "it broke").values()
    assert (shown["changed"], shown["failed"], shown["msg"]) == (False, True, "it broke")
    assert set(shown) == {"changed", "failed", "msg", "diff"}, "Ansible prints all of it but the diff"
    whole = whole_result(shown)
    assert whole["preview"] == values["diff"]["prepared"].splitlines()
    assert (whole["verdict"], whole["appliance"], whole["msg"]) == (values["verdict"], values["appliance"], "it broke")
    assert "steps" not in whole
    assert "proof" not in whole
    assert whole_result(values) == values


def test_requests_are_counted_by_kind() -> None:
    rows = [
        ("POST", "config/login"),
        ("GET", "config/nsconfig"),
        ("GET", "config/policyevaluation?args=x"),
        ("GET", "stat/responderpolicy/p"),
        ("GET", "stat/ns"),  # when the node was started
        ("POST", "config/responderpolicy"),
        ("PUT", "config/responderpolicy"),
        ("DELETE", "config/responderpolicy/p"),
        ("POST", "config/logout"),
    ]
    exchanges = tuple(Exchange("n", method, "/nitro/v1/" + path, 200) for method, path in rows)
    assert requests_of(connection(exchanges=exchanges), 6) == {
        "total": 9,
        "without_proof": 7,
        "session": 2,
        "read": 2,
        "proof": 2,
        "write": 3,
        "probes": 6,
        "connections": 1,
    }


def test_a_rollback_in_values() -> None:
    steps = (Step("responderpolicy", ("tq_demo",), POLICY, None),)
    basis = {"features": {}, "objects": [], "steps": []}
    plan = RollbackPlan(steps=steps, basis=basis, must_save=True)
    rollback = RollbackResult(plan=plan, remarks=("the feature stays on",), saved=True, changed=True)
    values = rollback_result(rollback, connection(), "demo").values()
    assert (values["changed"], values["saved"], values["remarks"]) == (True, True, ["the feature stays on"])
    assert values["diff"]["prepared"].splitlines()[1:] == [
        f"  demo: 1 change, seal {fingerprint(basis)[:8]}",
        "  - rm responder policy tq_demo",
        "    undo:",
        "      add responder policy tq_demo true NOOP",
        "  note: the feature stays on",
    ]


def test_a_clock_that_is_far_off_is_a_note_of_the_plan_and_no_part_of_the_verdict() -> None:
    off = connection(clock_skew=-7200.4)
    note = "  note: its clock is 2 h behind the control node's"
    assert note in printed(result(), off).splitlines()
    assert "clock" not in json.dumps({**partition_result(result(), off).values(), "diff": ""})
    rollback = RollbackResult.of_plan(RollbackPlan())
    assert note in rollback_result(rollback, off, "demo").values()["diff"]["prepared"].splitlines()
    assert "note:" not in printed(result(), connection())


def test_a_plan_file_has_what_a_person_reviews_and_no_secret() -> None:
    parameters: Any = result().facts.parameters
    of_apply = deployment_plan(PartitionedResult({"default": result(pending=True)}), parameters, connection())
    rolled_back = PartitionedRollbackPlan({"default": RollbackPlan(steps=tuple(STEPS))})
    to_remove = {each.name: getattr(parameters, each.name) for each in fields(RunParameters)}
    off, removing = connection(clock_skew=3.6), {**to_remove, "measure": parameters.measure}
    of_rollback = rollback_plan(rolled_back, RollbackParameters(**removing), off)
    of_retire = rollback_plan(rolled_back, RetireParameters(**removing), off)
    for plan, verb in ((of_apply, "apply"), (of_rollback, "rollback"), (of_retire, "retire")):
        text = json.dumps(dict(plan.values))
        assert (plan.host, plan.values["verb"], plan.values["measure"]) == ("gw-a", verb, "demo")
        assert plan.values["seal"] == fingerprint(plan.values["basis"])
        assert PASSWORD not in text
        assert APPLIANCE.user not in text
        assert not plan.nothing_to_do
    assert of_rollback.clock_skew == 4
    assert of_apply.clock_skew is None
    assert of_rollback.lines[0] == "enable ns feature RESPONDER"
    assert of_rollback.values["inverse"][-1] == "disable ns feature RESPONDER"


def test_the_plans_of_partitions_are_one_plan_that_says_where() -> None:
    parameters: Any = result().facts.parameters
    parts = {"default": result(steps=tuple(STEPS)), "blue": result(steps=tuple(STEPS))}
    plan = deployment_plan(PartitionedResult(parts), parameters, connection())
    assert plan.lines.count("switch ns partition blue") == 1
    assert plan.lines.index("switch ns partition default") < plan.lines.index("switch ns partition blue")
    assert plan.values["inverse"][0] == "switch ns partition blue"
    alone = deployment_plan(PartitionedResult({"default": result()}), parameters, connection())
    assert plan.values["seal"] != alone.values["seal"]
    own = ["enable ns feature RESPONDER", "set responder policy tq_demo -rule false", "rm responder action tq_demo"]
    told = [line for name in ("default", "blue") for line in (f"switch ns partition {name}", *own)]
    assert alone.changes_since(plan) == [f"needed as well: {line}" for line in told], "each says in which partition"
