# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way of an apply as docs/explanation/architecture.md tells it: few stations, and each module that it names is entered."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.calls import ENGINE, counted
from tests.engine.control_nodes import PAIR
from tests.stage.memory import Stage

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "architecture.md"
MOST_STATIONS = 25
_MODULE = re.compile(r"`((?:appliance|catalogue|change|judgement|policies|verbs/deployment)(?:/\w+)+)`")
IF_IT_GOES_WRONG = {"change/execution/step_undo", "change/execution/what_is_left"}
"""The stations of an apply name them, and one that goes well does not enter them."""
OF_THE_TASK = {"catalogue/entry_file", "catalogue/desired_state", "change/planning/plan_file"}
"""They load what is applied, or write its plan down for the rollout: before and behind the run that is played here."""


def stations() -> list[str]:
    """Return the text of each station of an apply."""
    page = PAGE.read_text(encoding="utf-8")
    told = page.partition("## The stations of an apply\n")[2].partition("\n## ")[0]
    return re.split(r"^\d+\. ", told, flags=re.MULTILINE)[1:]


def test_the_way_of_an_apply_is_told_in_few_stations() -> None:
    assert 10 <= len(stations()) <= MOST_STATIONS


def test_an_apply_enters_each_module_that_its_stations_name(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(PAIR)
    with counted() as count:
        earlier = stage.plan_with_reads()
        assert not stage.apply_all(earlier=earlier).failed
    files = {code.co_filename for code in count.entered}
    entered = {name.rpartition(ENGINE)[2].removesuffix(".py") for name in files if ENGINE in name}
    named = {module for station in stations() for module in _MODULE.findall(station)}
    assert len(named) >= 20
    assert named - entered <= IF_IT_GOES_WRONG | OF_THE_TASK
