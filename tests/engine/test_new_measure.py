# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A new kind of measure is one folder: a toy one is planned, applied, verified, judged, read for the ledger, and undone.

It then has its rights, its choice in bootstrap.yml, what the doctor tries, its alarm, its page and its status, and it is proven as its traits say: by
probes, by the hits of real clients, or by reading it back. No other file is touched but those that ``make docs`` makes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils import measures
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.prefork_warmup import warm_up_task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.ledger_reading import (
    LedgerReader,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures import registry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.alarm_chain import Link
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.examination import examine
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.tested_forwarding import (
    AlarmResult,
    AlarmTest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.role_variables import settings_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import (
    apply_parameters,
    run_parameters,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
    PartitionedResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.appliance_lines import last_runs_text
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.apply_report import partition_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
    PartitionedRollbackPlan,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import (
    RollbackParameters,
)

from simulator import Simulator
from tests.documentation.tracked import commit_all, copy_tree
from tests.stage.client import ask
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, Stage

UTILS = "ansible_collections.tourniquet.netscaler.plugins.plugin_utils"
FOLDER = "plugins/plugin_utils/measures/toy"
LICENCE = "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)\n"

FLEET: dict[str, Any] = fleet_file(
    {
        "box": {
            "build": "13.1 53.24",
            "nodes": ["127.0.0.1:0"],
            "features": ["LB"],
            "vservers": [{"type": "lb", "name": "shop", "address": "127.0.0.3:0", "protocol": "HTTP"}],
        }
    }
)

# The folder. It blocks one path at one virtual server.
FILES = {
    "__init__.py": '"""The measure toy: it blocks one path."""\n',
    "kind.py": '''
"""Declares the toy. Values only."""

from datetime import timedelta

from ...catalogue.entry import Level
from ...catalogue.measure_traits import CourseMeaning, ProvenBy, Proving, Recurring, Saving, Traits
from ...policies.rights import BINDINGS, RESPONDER_POLICIES, Objects, Use, rights
from ..hit_meaning import HitMeaning
from ..kind import Kind

TRAITS = Traits()
KINDS = (
    Kind(
        id="toy",
        traits=TRAITS,
        loader=".toy.measure:load_toy",
        prefix="toy_",
        defaults={"priority": 50},
        named="toys",
        rights={
            Use.CHANGES: (
                *RESPONDER_POLICIES,
                *rights("add rm", "responder action, policy stringmap", Objects.OURS),
                *BINDINGS,
            ),
        },
        in_doctor="apply of a toy",
        hits=HitMeaning(Level.REVIEW, " for the toy", "the toy is secret", "an attack", "nothing"),
        raised_by="/secret?{tag}",
    ),
)
''',
    "measure.py": '''
"""The measure toy: blocks one path."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import jinja2
from ...catalogue.desired_state import parse_document
from ...catalogue.measure import Measure, Placement, ResolvedMeasure, Version
from ...catalogue.measure_traits import Traits
from ...catalogue.traffic import Traffic, TrafficCase
from ...foundation.errors import InvalidInput
from .kind import TRAITS


def load_toy(value, host, today):
    unknown = sorted(set(value) - {"path", "vserver", "priority"})
    if unknown:
        raise InvalidInput(f"{host}: toy_{unknown[0]} is unknown")
    served = TrafficCase("served", False, "GET", "/", probe=True)
    blocked = TrafficCase("blocked", True, "GET", value["path"], probe=True)
    traffic = Traffic((blocked, served) if TRAITS.proving.by_probes else (served,))
    return Toy(id="toy", title="Toy", current_version=1, versions={1: Version("first", today)}, traffic=traffic, value=value)


@dataclass(frozen=True, kw_only=True)
class Toy(Measure):
    value: dict
    traits: Traits = TRAITS

    def resolve(self, connection, owner, _rendered):
        placement = Placement("toy", "lb", self.value["vserver"], "REQUEST", "enforce", {"enforce": owner.name, "observe": owner.name})
        template = jinja2.Template((Path(__file__).parent / "v1.yml.j2").read_text())
        text = template.render(self.value, name=owner.name, marker=connection.appliance.marker)
        document = parse_document(text, owner, where=connection.appliance.name)
        return ResolvedMeasure(measure=self, document=document, placements=(placement,), is_wanted=True)
''',
    "v1.yml.j2": r"""
nsfeature:
  feature: [RESPONDER]
responderaction:
  - name: {{ name }}
    type: respondwith
    target: '"HTTP/1.1 403 Forbidden\r\nX-Request-Reference: {{ marker }}\r\nContent-Length: 0\r\n\r\n"'
responderpolicy:
  - {name: {{ name }}, rule: 'HTTP.REQ.URL.PATH.EQ("{{ path }}")', action: {{ name }}}
lbvserver_responderpolicy_binding:
  - name: {{ vserver }}
    policyname: {{ name }}
    priority: {{ priority }}
    gotopriorityexpression: END
    bindpoint: REQUEST
""",
}
# What the rest of the tree derives, asked in a copy of it.
ASKED = f"""
import json, sys
sys.path.insert(0, ".collections")
from {UTILS}.verbs.common.option_files import options_of
from {UTILS}.verbs.doctor.needed_commands import WRITES
from {UTILS}.verbs.rights import needed_rights
print(json.dumps({{
    "rights": [right.example for right in needed_rights(["apply"], ["toy"])],
    "plan": [right.example for right in needed_rights(["plan"], ["toy"])],
    "bootstrap": options_of("bootstrap", "bootstrap")["measure_kinds"]["choices"],
    "doctor": WRITES["apply of a toy"],
}}))
"""


def write_folder(folder: Path, traits: str = "Traits()") -> None:
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        given = text.replace("TRAITS = Traits()", f"TRAITS = {traits}").lstrip("\n")
        (folder / name).write_text((LICENCE if name.endswith(".py") else "") + given, encoding="utf-8")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The stage of the toy; its traits can be given as the parameter of the fixture."""
    folder = tmp_path / "measures" / "toy"
    write_folder(folder, getattr(request, "param", "Traits()"))
    monkeypatch.setattr(measures, "__path__", [*measures.__path__, str(folder.parent)])
    forget_kinds()
    with Simulator(FLEET) as simulator:
        stage = Stage(simulator, tmp_path / "records")
        for vip in stage.variables["vips"]:
            vip["tls"] = False
        yield stage
    forget_kinds()


def forget_kinds() -> None:
    registry.folders.cache_clear()
    registry.all_kinds.cache_clear()
    registry.inventory_kinds.cache_clear()
    registry.logging_profiles.cache_clear()
    for name in [name for name in sys.modules if name.startswith(f"{measures.__name__}.toy")]:
        del sys.modules[name]  # another test gives it other traits


DEFAULTS = {name: option.get("default") for name, option in options_of("apply", "apply").items()}


def options(stage: Stage, **variables: Any) -> dict[str, Any]:
    asked = settings_of(
        "toy", {}, {"toy_path": "/secret", "toy_vserver": "shop", **variables}, lambda _name, value: value
    )
    common = {"mitigation": "toy", "catalogue": str(CATALOGUE.parent), "settings": asked, "records": str(stage.records)}
    return {**DEFAULTS, **common, "ticket": "CHG0042", "reason": "a test"}


def play(stage: Stage, verb: str, probes: Probes = Probes.FEW) -> PartitionedResult:
    with Connection(stage.appliance) as connection:
        parameters = replace(apply_parameters(stage.appliance, options(stage)), probes=probes)
        result: PartitionedResult = getattr(PartitionedDeployment(connection, parameters), verb)()
        return result


def ledger(stage: Stage) -> list[tuple[Any, ...]]:
    """Return what the ledger says of each entry of the catalogue."""
    reader = LedgerReader(
        stage.appliance, load_catalogue(CATALOGUE.parent), stage.records, stage.trust, catalogue=CATALOGUE.parent
    )
    with Connection(stage.appliance) as connection:
        return [(row.entry, row.customer, {one.state for one in row.known}) for row in reader.read(connection)]


def take_off(stage: Stage) -> PartitionedRollbackPlan:
    parameters = RollbackParameters(**run_parameters(stage.appliance, options(stage)))
    with Connection(stage.appliance) as connection:
        rollback = PartitionedRollback(connection, parameters)
        plan = rollback.plan()
        rollback.carry_out(plan)
        return plan


def test_a_toy_measure_is_applied_planned_again_without_change_and_rolled_back(stage: Stage) -> None:
    warm_up_task("apply", "measure", {"mitigation": "toy"}, lambda _name, value: value)
    planned = play(stage, "plan").partitions["default"]
    assert [str(step.type) for step in planned.plan.steps] == [
        "nsfeature",
        "responderaction",
        "responderpolicy",
        "lbvserver_responderpolicy_binding",
    ]
    assert planned.verdict.word == "not in place"
    before = ledger(stage)
    assert before
    applied = play(stage, "apply")
    assert (applied.failed, applied.changed, applied.verdict.word) == ("", True, "enforcing")
    again = play(stage, "plan")
    assert (again.failed, again.partitions["default"].plan.steps, again.verdict.word) == ("", (), "enforcing")
    assert play(stage, "apply").changed is False
    verified = play(stage, "status", probes=Probes.ALL).partitions["default"]
    assert (verified.verdict.word, verified.probes_sent) == ("enforcing", 2)
    judged = play(stage, "status", probes=Probes.NONE)
    assert (judged.verdict.word, judged.partitions["default"].probes_sent) == ("enforcing", 0)
    assert ledger(stage) == before, "it protects from no weakness of the catalogue"
    with Connection(stage.appliance) as connection:
        found = audit(connection, stage.records, stage.name, "", stage.trust)
    ours = [str(run.content.kind) for run in found.runs if run.content and run.content.measure == "toy"]
    assert ours == ["apply", "verify"]
    assert len(take_off(stage).partitions["default"].steps) == 4
    assert play(stage, "status").verdict.word == "not in place"
    (shop,) = stage.variables["vips"]
    assert ask(shop, "/secret", tls=False).status != 403


def test_the_settings_of_a_toy_measure_are_its_variables_over_its_defaults(stage: Stage) -> None:
    assert options(stage)["settings"] == {"priority": 50, "path": "/secret", "vserver": "shop"}
    assert options(stage, toy_priority=7)["settings"]["priority"] == 7
    with pytest.raises(InvalidInput, match="box: toy_pahth is unknown"):
        run_parameters(stage.appliance, options(stage, toy_pahth="/other"))


BY_HITS = "Traits(proving=Proving(by=ProvenBy.HITS, judges_requests=False))"
READ_BACK = (
    "Traits(proving=Proving(by=ProvenBy.READ_BACK, judges_requests=False), course=CourseMeaning(protects=False))"
)
NEVER_SAVED = "Traits(proving=Proving(by=ProvenBy.READ_BACK, judges_requests=False), saving=Saving(is_saved=False))"


RECURRING = """Traits(
    proving=Proving(by=ProvenBy.READ_BACK, judges_requests=False),
    course=CourseMeaning(recurring=Recurring(
        noun="toy run", late_after=timedelta(hours=1),
        cannot="it cannot run here", still_there="it is still there", changed="it was changed",
    )),
)"""


def grounds_of(stage: Stage, verb: str) -> tuple[str, str]:
    verdict = play(stage, verb).verdict
    return str(verdict.word), verdict.reason


@pytest.mark.parametrize("stage", [BY_HITS], indirect=True)
def test_one_that_no_probe_of_ours_shows_is_proven_by_the_first_client_that_it_stops(stage: Stage) -> None:
    unseen = "no client that the rule is for has been seen yet at toy (lb vserver shop REQUEST)"
    assert grounds_of(stage, "apply") == ("applied, unproven", unseen)
    (shop,) = stage.variables["vips"]
    assert ask(shop, "/secret", tls=False).status == 403
    assert grounds_of(stage, "status") == ("enforcing", "proven by 1 hit")


@pytest.mark.parametrize("stage", [READ_BACK], indirect=True)
def test_one_that_is_read_back_is_proven_and_saved_without_a_probe(stage: Stage) -> None:
    assert grounds_of(stage, "apply") == ("enforcing", "the settings are read back")
    assert "tq_toy" in str(stage.configuration("saved"))
    assert len(take_off(stage).partitions["default"].steps) == 4


@pytest.mark.parametrize("stage", [NEVER_SAVED], indirect=True)
def test_one_that_is_never_saved_is_complete_without_it(stage: Stage) -> None:
    assert play(stage, "apply").changed
    assert "tq_toy" not in str(stage.configuration("saved"))
    assert play(stage, "apply").changed is False


@pytest.mark.parametrize("stage", [RECURRING], indirect=True)
def test_one_that_comes_again_and_again_is_judged_by_its_last_run(stage: Stage) -> None:
    assert grounds_of(stage, "status") == ("not asked for", "no run has brought a toy run in here")
    assert grounds_of(stage, "apply") == ("on time", "toy run 0 min ago")
    take_off(stage)
    assert grounds_of(stage, "status") == ("on time", "toy run 0 min ago")
    last = {"at": "2026-12-01T08:00:00+00:00", "late": False, "text": "toy run 0 min ago"}
    assert last_runs_text({stage.name: {"toy": last}}) == [
        f"toy run on time on 1 appliance; the oldest: {stage.name}, toy run 0 min ago"
    ]


def test_its_page_is_that_of_any_measure(stage: Stage) -> None:
    with Connection(stage.appliance) as connection:
        result = PartitionedDeployment(connection, apply_parameters(stage.appliance, options(stage))).apply()
        values = {"action": "apply", "msg": "", **partition_result(result.partitions["default"], connection).values()}
    page = "\n".join(line.text for line in end_page(PageRun({stage.name: values}, {})))
    assert "enforcing" in page
    assert stage.name in page


def test_its_alarm_is_raised_by_its_own_request_and_means_what_it_declares(stage: Stage) -> None:
    play(stage, "apply")
    result = alarm(stage)
    (chain,) = result.chains
    assert str(chain.alarm) == "toy (lb vserver shop)"
    assert chain.alarm.case is not None
    assert chain.alarm.case.url.startswith("/secret?tq-alarm-")
    assert (Link.HITS in chain.seconds, chain.broken) == (True, Link.LOG_ACTION)
    assert chain.cause == "tq_toy has no log action. Run apply.yml again"
    reading = examine("box", result, None, {}, at=datetime.now(UTC), run="run")
    (finding,) = reading.examination.findings
    assert (str(finding.level), finding.why) == ("review", "the toy is secret")
    assert "of others for the toy" in finding.what


def alarm(stage: Stage) -> AlarmResult:
    with Connection(stage.appliance) as connection:
        return AlarmTest(
            connection, CATALOGUE.parent, None, is_named=False, run="run", within=0.5, sleep=time.sleep
        ).run()


# -- the tree ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree that has the toy, with what ``make docs`` makes."""
    tree = tmp_path_factory.mktemp("tree")
    copy_tree(tree)
    commit_all(tree)
    write_folder(tree / FOLDER)
    made = python(tree, "-m", "tests.architecture")
    assert made.returncode == 0, made.stderr
    return tree


def python(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_one_folder_is_all_of_it(tree: Path) -> None:
    """What else differs is made: the choices of bootstrap.yml, the page of rights, and the picture and list of the packages."""
    status = ["git", "status", "--porcelain", "--untracked-files=all"]
    done = subprocess.run(status, cwd=tree, capture_output=True, text=True, check=True)
    changed = {line[3:]: line[:2].strip() for line in done.stdout.splitlines()}
    assert {name for name, how in changed.items() if how == "??"} == {f"{FOLDER}/{name}" for name in FILES}
    made = {
        "plugins/modules/bootstrap.py",
        "roles/bootstrap/meta/argument_specs.yml",
        "roles/bootstrap/README.md",
        "docs/explanation/architecture.md",
        "docs/reference/rights.md",
    }
    by_hand = {name for name, how in changed.items() if how == "M"} - made - {"docs/explanation/architecture.svg"}
    assert by_hand == set()
    assert made <= changed.keys()


def test_accounts_and_the_doctor_know_what_it_needs(tree: Path) -> None:
    done = python(tree, "-c", ASKED)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "add policy stringmap tq_x" in found["rights"]
    assert "add policy stringmap tq_x" not in found["plan"]
    assert found["bootstrap"][-1] == "toy"
    assert "add policy stringmap tq_x" in found["doctor"]
    rights = (tree / "docs" / "reference" / "rights.md").read_text(encoding="utf-8")
    assert "* toys: `" in rights
    assert "policy stringmap" in rights
