# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The register of open facts, the list of what prove.yml sends and what that costs, made of the switches of the simulator and of the experiments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.by_hand import BY_HAND, FURTHER
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.experiment import Experiment, word
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.measurement import Allowed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.register import settled_facts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.request_list import (
    around,
    decisions,
    most_requests,
    shown,
    waits,
)

from simulator.fleet_file.open_facts import Switch
from simulator.fleet_file.switches import SWITCHES
from tests.architecture.graph import ROOT
from tests.architecture.markers import replaced

REGISTER = ROOT / "docs" / "reference" / "open-facts.md"
EXPERIMENTS = ROOT / "docs" / "reference" / "experiments.md"
HOW_TO = ROOT / "docs" / "how-to" / "prove.md"
ALL = Allowed(scratch=True, gateway="GATEWAY", globally=True)
LEVELS = {
    "nothing": Allowed(),
    "`scratch`": Allowed(scratch=True),
    "`gateway`": Allowed(scratch=True, gateway="GATEWAY"),
    "`globally`": ALL,
}


def pages() -> dict[Path, str]:
    """Return the text of the three pages."""
    register = replaced(REGISTER.read_text(encoding="utf-8"), "the register", "\n".join(_register()))
    experiments = replaced(EXPERIMENTS.read_text(encoding="utf-8"), "what is sent", "\n".join(_sent()))
    how_to = replaced(HOW_TO.read_text(encoding="utf-8"), "what it costs", "\n".join(_cost()))
    return {REGISTER: register, EXPERIMENTS: experiments, HOW_TO: how_to}


def _cost() -> Iterator[str]:
    yield "| up to | experiments | requests at most | waits |"
    yield "|---|---|---|---|"
    for name, allowed in LEVELS.items():
        number, seconds = len(allowed.experiments()), f"{waits(allowed):g} s"
        yield f"| {name} | {number} | {most_requests(allowed)} | {seconds} |"


def _register() -> Iterator[str]:
    by_fact = settled_facts()
    yield f"{len(SWITCHES)} facts: {len(by_fact)} are settled by an experiment, {len(BY_HAND)} by hand."
    yield ""
    yield "| fact | positions, the default first | meaning | settled by |"
    yield "|---|---|---|---|"
    for name, switch in SWITCHES.items():
        yield f"| `{name}` | {_positions(switch)} | {_cell(switch.meaning)} | {_cell(_how(name, by_fact.get(name, [])))} |"


def _positions(switch: Switch) -> str:
    default = f"`{word(switch.default)}`"
    if isinstance(switch.positions, type):
        return f"{default}, `{word(not switch.default)}`" if switch.positions is bool else f"{default}, any number"
    others = [f"`{word(position)}`" for position in switch.positions if position != switch.default]
    return ", ".join([default, *others])


def _how(fact: str, experiments: list[Experiment]) -> str:
    if not experiments:
        return f"by hand: {BY_HAND[fact]}"
    names = ", ".join(f"[{one.id}](experiments.md#{one.id}) ({one.risk})" for one in experiments)
    return f"{names}. {FURTHER.get(fact, '')}".rstrip()


def _sent() -> Iterator[str]:
    yield "## Around the experiments"
    yield ""
    yield "```text"
    for request in around(ALL):
        yield shown(request)
    yield "```"
    for experiment in ALL.experiments():
        yield ""
        yield f"## {experiment.id}"
        yield ""
        yield f"Risk: {experiment.risk}." + (
            f" Settles something only where {experiment.needs}." if experiment.needs else ""
        )
        yield ""
        yield "```text"
        for step in experiment.steps:
            yield shown(step)
        for request in experiment.removals:
            yield f"in every case: {request.text}"
        yield "```"
        for question, rule in decisions(experiment):
            yield f"* `{question.fact}`: {rule}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
