# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An undo ends with the verdict on what it has left: exposed, an earlier version, or a build with the fix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jinja2
import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback import verdict_after
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.verdict_after import VerdictAfter
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import DesiredVersion

from tests.engine import control_nodes
from tests.stage.memory import CATALOGUE, Stage

BOX = control_nodes.BOX
TEMPLATE = (CATALOGUE / "v2.yml.j2").read_text()


def verdict_on(stage: Stage, desired: DesiredVersion | None = None) -> Any:
    wanted = desired or DesiredVersion(2, rendered_text(stage))
    with Connection(stage.appliance) as connection:
        return VerdictAfter(stage.rollback_parameters(), wanted).find(connection)


def rendered_text(stage: Stage) -> str:
    names = {"name": f"tq_{stage.entry.name}", "priority": 10, "log": True, "marker": stage.variables["marker"]}
    return jinja2.Environment(trim_blocks=True).from_string(TEMPLATE).render(**names)


def test_the_verdict_says_what_an_undo_has_left(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply(version=1)
    stage.run = "second"
    stage.apply(version=2)
    stage.rollback()
    left = verdict_on(stage)
    assert left.word == "superseded"
    assert "v1 is in place, v2 is current" in left.reason
    stage.run = "third"
    stage.rollback(why="after_fix")
    gone = verdict_on(stage)
    assert (gone.word, gone.exit_code, gone.next_action) == ("exposed", 2, "apply.yml")
    stage.simulator.appliance("box").upgrade("13.0 47.24")
    assert verdict_on(stage).word == "fixed"


def test_what_cannot_be_judged_is_unknown(open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    stage = open_stage()
    without = verdict_on(stage, DesiredVersion())
    assert (without.word, without.exit_code) == ("unknown", 3)
    assert "there is no desired state" in without.reason
    broken = verdict_on(stage, DesiredVersion(problem="the template is wrong"))
    assert (broken.word, broken.reason) == ("unknown", "the template is wrong")

    def refuse(*_arguments: Any) -> Any:
        raise NitroError("box", "GET nsconfig", 500, 1, "it is busy")

    monkeypatch.setattr(verdict_after, "PartitionedDeployment", refuse)
    lost = verdict_on(stage)
    assert lost.word == "unknown"
    assert "it is busy" in lost.reason
