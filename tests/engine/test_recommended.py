# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All that an appliance needs: one run for each mitigation, in order, and what no run can bring in is listed."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import TYPES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import parse_document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.opt_out import OptOut
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import ApplyParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning import state_reader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.earlier_reads import (
    EarlierReads,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.recommended import (
    RecommendedResult,
    RecommendedRun,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.recommended_report import (
    recommended_plan,
    recommended_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.deployment_plan import deployment_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.catalogue_check import CatalogueCheck
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import DesiredVersion

from tests.calls import counted
from tests.catalogue_entries import entry_text
from tests.engine import control_nodes
from tests.engine.test_request_counts import asked, is_proof
from tests.stage.memory import CATALOGUE, Stage

BOX = control_nodes.BOX
FIRST, SECOND, GATEWAYS = CATALOGUE.name, "cve_2019_99999", "cve_2023_4966"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """The entry of 2019 twice, the second with a priority of its own, and an entry without a measure."""
    directory = tmp_path / "catalogue"
    for id_ in (FIRST, SECOND):
        (directory / id_).mkdir(parents=True)
        for path in CATALOGUE.iterdir():
            text = path.read_text().replace(FIRST, id_)
            if id_ == SECOND:
                text = text.replace("priority: {{ priority }}", "priority: {{ priority + 10 }}")
            (directory / id_ / path.name).write_text(text)
    (directory / GATEWAYS).mkdir()
    facts = {"trains": {"13.0": {"fixed": "92.19"}}, "preconditions": [{"when": {"any": [{"type": "vpnvserver"}]}}]}
    (directory / GATEWAYS / "mitigation.yml").write_text(entry_text(GATEWAYS, **facts))
    return directory


class Runs:
    """The runs of one appliance, as the actions begin them."""

    def __init__(self, stage: Stage, catalogue: Path, version: int = 2, **options: Any) -> None:
        self.stage, self.catalogue, self.version, self.options = stage, catalogue, version, options
        self.reads: EarlierReads | None = None
        names = {"priority": 10, "log": True, "marker": stage.variables["marker"]}
        self.texts = {
            id_: jinja2.Environment(trim_blocks=True)
            .from_string((catalogue / id_ / f"v{version}.yml.j2").read_text())
            .render(name=f"tq_{id_}", **names)
            for id_ in (FIRST, SECOND)
        }

    def parameters(self, id_: str) -> ApplyParameters:
        stage, owner = self.stage, Owner(id_, self.version)
        return ApplyParameters(
            appliance=stage.appliance,
            measure=load_mitigation(self.catalogue / id_),
            owner=owner,
            rendered=parse_document(self.texts[id_], owner, where="box"),
            records=stage.records,
            trust=stage.trust,
            run=stage.run,
            as_of=self.check.as_of,
            **self.options,
        )

    @property
    def check(self) -> CatalogueCheck:
        desired = {id_: DesiredVersion(self.version, text) for id_, text in self.texts.items()}
        stage = self.stage
        return CatalogueCheck(
            stage.appliance,
            load_catalogue(self.catalogue),
            self.catalogue,
            stage.records,
            stage.run,
            desired,
            stage.trust,
        )

    def plan(self, earlier: EarlierReads | None = None) -> tuple[RecommendedResult, dict[str, Any]]:
        """:param earlier: of an earlier plan of this run"""
        with Connection(self.stage.appliance) as connection:
            run = RecommendedRun(connection, self.check, self.parameters, earlier=earlier)
            result = run.plan()
            self.reads = run.reads
            plans = {
                id_: deployment_plan(one, self.parameters(id_), connection) for id_, one in result.measures.items()
            }
            return result, dict(recommended_plan(plans, result, connection, "run").values)

    def apply(
        self, between: Callable[[], None] = lambda: None, earlier: EarlierReads | None = None
    ) -> tuple[RecommendedResult, dict[str, Any]]:
        """:param earlier: of the plan of this run"""
        with Connection(self.stage.appliance) as connection:
            run = RecommendedRun(connection, self.check, self.parameters, earlier=earlier)
            run.plan()
            between()
            result = run.apply()
            return result, recommended_result(result, connection, self.check, self.check.as_of).values()


def names(stage: Stage) -> set[str]:
    text = "\n".join(stage.configuration("saved"))
    return {id_ for id_ in (FIRST, SECOND) if f"tq_{id_}" in text}


def test_one_plan_has_all_that_a_run_brings_in_and_lists_the_rest(
    open_stage: Callable[..., Stage], catalogue: Path
) -> None:
    stage = open_stage()
    before = stage.configuration()
    result, plan = Runs(stage, catalogue).plan()
    assert set(result.measures) == {FIRST, SECOND}
    assert [one.entry.id for one in result.by_hand] == [GATEWAYS]
    assert result.verdict.reason.partition(": ")[0] in (FIRST, SECOND), "the reason is of one entry of three"
    assert (plan["measure"], plan["nothing_to_do"]) == ("recommended", False)
    assert sum("add responder policy" in line for line in plan["lines"]) == 2
    assert {key[0] for key, _type, _attributes in plan["basis"]["objects"]} <= {f"for {FIRST}", f"for {SECOND}"}
    assert stage.configuration() == before


def test_each_gets_a_run_of_its_own_in_order_and_a_second_run_does_nothing(
    open_stage: Callable[..., Stage], catalogue: Path
) -> None:
    stage = open_stage()
    runs = Runs(stage, catalogue)
    result, values = runs.apply()
    assert not result.failed
    assert names(stage) == {FIRST, SECOND}
    assert values["changed"]
    words = {id_: one["verdict"]["word"] for id_, one in values["measures"].items()}
    assert words == dict.fromkeys((FIRST, SECOND), "reduces exposure")
    records = [one["record"] for one in values["measures"].values()]
    assert len(set(records)) == 2
    assert [one["id"] for one in values["by_hand"]] == [GATEWAYS]
    assert f"by hand: {GATEWAYS}; next: upgrade to" in values["diff"]["prepared"]
    stage.run = "second"
    assert runs.plan()[1]["nothing_to_do"], "the first one is proven beside the second one too"
    again, _values = runs.apply()
    assert not again.changed
    plan = runs.plan()[1]
    assert plan["nothing_to_do"]


def test_a_failure_stops_those_after_it(
    open_stage: Callable[..., Stage], catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_stage()
    runs = Runs(stage, catalogue)
    order = list(runs.plan()[0].measures)

    def refuse() -> None:
        stage.simulator.appliance("box").fault("refuse", node=0)

    result, values = runs.apply(refuse)
    assert result.failed.startswith(f"{order[0]}: ")
    assert f"Not started because of this failure: {order[1]}." in result.failed
    assert names(stage) == set()
    assert values["measures"][order[1]]["verdict"]["word"] == "exposed"


def test_what_is_left_of_each_is_in_the_register_of_the_whole_catalogue(
    open_stage: Callable[..., Stage], catalogue: Path
) -> None:
    stage = open_stage()
    runs = Runs(stage, catalogue)
    check = dataclasses.replace(runs.check, planned_fix={SECOND: "2020-02-01"})
    with Connection(stage.appliance) as connection:
        assert check.look(connection).debts == ()
    runs.apply()
    with Connection(stage.appliance) as connection:
        debts = check.look(connection).debts
    assert {debt.measure: debt.overdue > 0 for debt in debts} == {FIRST: False, SECOND: True}
    assert all(debt.since for debt in debts)


def test_what_is_opted_out_of_is_left_out(open_stage: Callable[..., Stage], catalogue: Path) -> None:
    stage = open_stage()
    runs = Runs(stage, catalogue)
    given = (OptOut(FIRST, "CHG7", "J. Jansen", date.max),)
    with Connection(stage.appliance) as connection:
        check = dataclasses.replace(runs.check, opt_outs=given)
        result = RecommendedRun(connection, check, runs.parameters).plan()
    assert list(result.measures) == [SECOND]
    assert FIRST not in [one.entry.id for one in result.by_hand]
    assert [one.entry.id for one in result.found.entries if one.opted_out] == [FIRST]


def test_a_new_version_of_any_entry_supersedes_the_old_one_and_is_brought_in_in_place(
    open_stage: Callable[..., Stage], catalogue: Path
) -> None:
    stage = open_stage()
    for id_ in (FIRST, SECOND):
        former = Runs(stage, catalogue, version=1)
        with Connection(stage.appliance) as connection:
            assert not Deployment(connection, former.parameters(id_)).apply().failed
        stage.run = f"after {id_}"
    with Connection(stage.appliance) as connection:  # the second one was bound beside it
        Deployment(connection, Runs(stage, catalogue, version=1).parameters(FIRST)).status()
    runs = Runs(stage, catalogue)
    result, plan = runs.plan()
    words = {one.entry.id: one.verdict.word for one in result.found.entries if one.entry.id in (FIRST, SECOND)}
    assert words == dict.fromkeys((FIRST, SECOND), "superseded")
    assert not [line for line in plan["lines"] if not line.startswith("set responder ")]
    after, _values = runs.apply()
    assert not after.failed
    assert {part.state.version for one in after.measures.values() for part in one.partitions.values()} == {2}


NOT_A_TYPE = ("config/login", "config/logout")
"""They are sent once for each node."""


def reads(stage: Stage) -> Counter[tuple[Any, str]]:
    """Return how often each node was asked for the same, without the evaluations of rules."""
    log = [entry for entry in stage.simulator.requests() if entry["side"] == "nitro" and not is_proof(entry)]
    return Counter((entry["node"], entry["target"]) for entry in log if asked(entry) not in NOT_A_TYPE)


@pytest.mark.parametrize("nodes", [1, 2])
def test_the_plan_of_all_that_is_needed_reads_nothing_twice(
    open_stage: Callable[..., Stage], catalogue: Path, nodes: int
) -> None:
    stage = open_stage(control_nodes.PAIR if nodes == 2 else BOX)
    runs = Runs(stage, catalogue)
    for applied in (False, True):
        if applied:
            assert not runs.apply()[0].failed
        stage.simulator.clear_requests()
        result, _plan = runs.plan()
        assert len(result.measures) == 2
        assert {what: count for what, count in reads(stage).items() if count > 1} == {}


def answers(stage: Stage) -> int:
    """Return how many answers had rows that become objects; of the parameters of audit logging only one fact is used."""
    types = {*TYPES} - {"auditsyslogparams"}
    log = [entry for entry in stage.simulator.requests() if entry["method"] == "GET"]
    return sum(asked(entry).removeprefix("config/").partition("/")[0] in types for entry in log)


def test_what_one_answer_has_becomes_objects_once(open_stage: Callable[..., Stage], catalogue: Path) -> None:
    """However many measures look at it."""
    stage = open_stage(control_nodes.PAIR)
    runs = Runs(stage, catalogue)
    assert not runs.apply()[0].failed
    stage.simulator.clear_requests()
    with counted() as count:
        runs.plan()
    assert count.of(state_reader._canonical_objects) == answers(stage)


@pytest.mark.parametrize("nodes", [1, 2])
def test_the_wave_of_all_that_is_needed_reads_less_than_its_plan_and_ends_the_same(
    open_stage: Callable[..., Stage], catalogue: Path, nodes: int
) -> None:
    stage = open_stage(control_nodes.PAIR if nodes == 2 else BOX)
    runs = Runs(stage, catalogue)
    runs.plan()
    assert runs.reads is not None
    stage.simulator.clear_requests()
    seen: list[dict[str, Any]] = []
    result, _values = runs.apply(lambda: seen.extend(stage.simulator.requests()), runs.reads)
    assert (result.failed, names(stage)) == ("", {FIRST, SECOND})
    before_the_lock = {asked(entry) for entry in seen if entry["method"] == "GET"}
    assert not before_the_lock & {"config/policyevaluation", "config/nslicense", "config/nsfeature"}
    assert {"config/nsconfig", "config/responderpolicy", "config/vpnvserver"} <= before_the_lock


def test_a_change_between_the_plan_of_all_and_its_wave_is_found(
    open_stage: Callable[..., Stage], catalogue: Path
) -> None:
    stage = open_stage(control_nodes.PAIR)
    runs = Runs(stage, catalogue)
    runs.plan()
    with Connection(stage.appliance) as connection:
        action = {"name": f"tq_{FIRST}", "type": "respondwith", "target": '"theirs"'}
        connection.primary.write("POST", "responderaction", {"responderaction": action})
        connection.primary.save()
    result, plan = runs.plan(runs.reads)
    assert f"tq_{FIRST}" in result.failed
    again, fresh = runs.plan()
    assert (result.failed, plan["lines"]) == (again.failed, fresh["lines"])
