# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A new measure is one folder and its name in one list: a toy one is loaded, applied, planned again and rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils import measures
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.prefork_warmup import warm_up_task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures import registry
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
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
    PartitionedRollbackPlan,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import (
    RollbackParameters,
)

from simulator import Simulator
from tests.engine.stage import CATALOGUE, Stage

FLEET: dict[str, Any] = {
    "switches": {"counters_lag_seconds": 0},
    "appliances": {
        "box": {
            "build": "13.1 53.24",
            "nodes": ["127.0.0.1:0"],
            "features": ["LB"],
            "vservers": [{"type": "lb", "name": "shop", "address": "127.0.0.3:0", "protocol": "HTTP"}],
        }
    },
}

# The folder. It blocks one path at one virtual server.
CODE = '''
"""The measure toy: blocks one path."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import jinja2
from {utils}.catalogue.desired_state import parse_document
from {utils}.catalogue.measure import Measure, Placement, ResolvedMeasure, Version
from {utils}.catalogue.traffic import Traffic, TrafficCase
from {utils}.foundation.errors import InvalidInput


def load_toy(value, host, today):
    unknown = sorted(set(value) - {{"path", "vserver", "priority"}})
    if unknown:
        raise InvalidInput(f"{{host}}: toy_{{unknown[0]}} is unknown")
    traffic = Traffic((
        TrafficCase("blocked", True, "GET", value["path"], probe=True),
        TrafficCase("served", False, "GET", "/", probe=True),
    ))
    return Toy(id="toy", title="Toy", current_version=1, versions={{1: Version("first", today)}}, traffic=traffic, value=value)


@dataclass(frozen=True, kw_only=True)
class Toy(Measure):
    value: dict

    def resolve(self, connection, owner, _rendered):
        placement = Placement("toy", "lb", self.value["vserver"], "REQUEST", "enforce", {{"enforce": owner.name, "observe": owner.name}})
        template = jinja2.Template((Path(__file__).parent / "v1.yml.j2").read_text())
        text = template.render(self.value, name=owner.name, marker=connection.appliance.marker)
        document = parse_document(text, owner, where=connection.appliance.name)
        return ResolvedMeasure(measure=self, document=document, placements=(placement,))
'''
TEMPLATE = r"""
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
"""
KIND = '''
"""Declares the toy."""

from {utils}.measures.kind import Kind

KINDS = (Kind(id="toy", loader=".toy.measure:load_toy", prefix="toy_", defaults={{"priority": 50}}),)
'''


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    folder = tmp_path / "measures" / "toy"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    utils = measures.__name__.rpartition(".")[0]
    (folder / "kind.py").write_text(KIND.format(utils=utils))
    (folder / "measure.py").write_text(CODE.format(utils=utils))
    (folder / "v1.yml.j2").write_text(TEMPLATE)
    monkeypatch.setattr(measures, "__path__", [*measures.__path__, str(folder.parent)])
    monkeypatch.setattr(registry, "FOLDERS", (*registry.FOLDERS, "toy"))
    forget_kinds()
    with Simulator(FLEET) as simulator:
        stage = Stage(simulator, tmp_path / "records")
        for vip in stage.variables["vips"]:
            vip["tls"] = False
        yield stage
    forget_kinds()


def forget_kinds() -> None:
    registry.all_kinds.cache_clear()
    registry.inventory_kinds.cache_clear()


DEFAULTS = {name: option.get("default") for name, option in options_of("apply", "apply").items()}


def options(stage: Stage, **variables: Any) -> dict[str, Any]:
    asked = settings_of(
        "toy", {}, {"toy_path": "/secret", "toy_vserver": "shop", **variables}, lambda _name, value: value
    )
    common = {"mitigation": "toy", "catalogue": str(CATALOGUE.parent), "settings": asked, "records": str(stage.records)}
    return {**DEFAULTS, **common, "ticket": "CHG0042", "reason": "a test"}


def play(stage: Stage, verb: str) -> PartitionedResult:
    with Connection(stage.appliance) as connection:
        parameters = apply_parameters(stage.appliance, options(stage))
        result: PartitionedResult = getattr(PartitionedDeployment(connection, parameters), verb)()
        return result


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
    applied = play(stage, "apply")
    assert (applied.failed, applied.changed, applied.verdict.word) == ("", True, "enforcing")
    again = play(stage, "plan")
    assert (again.failed, again.partitions["default"].plan.steps, again.verdict.word) == ("", (), "enforcing")
    assert play(stage, "apply").changed is False
    assert len(take_off(stage).partitions["default"].steps) == 4
    assert play(stage, "status").verdict.word == "not in place"


def test_the_settings_of_a_toy_measure_are_its_variables_over_its_defaults(stage: Stage) -> None:
    assert options(stage)["settings"] == {"priority": 50, "path": "/secret", "vserver": "shop"}
    assert options(stage, toy_priority=7)["settings"]["priority"] == 7
    with pytest.raises(InvalidInput, match="box: toy_pahth is unknown"):
        run_parameters(stage.appliance, options(stage, toy_pahth="/other"))
