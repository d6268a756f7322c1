# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A sample of the drawn nights by playbooks: the witness sees the same, and the status says the same, as where the engine plays them (tests/nights)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tests.engine.crash.still_time import StillTime
from tests.nights import shapes
from tests.nights.night import BEGINNING, EVENTS, OURS, Night, drawn, drawn_widely, night_of
from tests.nights.pasted import next_of
from tests.nights.quick import quick
from tests.nights.shapes import NAMES, SHAPES
from tests.stage.played import Laboratory

DECIDED = {"who": "J. Jansen", "reason": "it stops the portal"}
CLOSED = {**DECIDED, "ticket": "CHG0044", "scope": "fleet", "expires": 8, "all_at_once": True}
PLAYBOOKS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "apply": ("apply", {}),
    "observe": ("apply", {"mitigation_mode": "observe", **DECIDED}),
    "plan": ("plan", {}),
    "verify": ("verify", {}),
    "undo": ("rollback", {"why": "undo", **DECIDED, "accept_exposure": True}),
    "off": ("lockdown", CLOSED),
    "reopen": ("reopen", {**DECIDED, "ticket": "CHG0045", "scope": "fleet", "accept_exposure": True, "accept_unread": True, "second": "M. Vis"}),
}  # fmt: skip
PEOPLE = (
    *("upgrade", "affected_again", "ineffective", "failover", "reboot", "allow_in_front", "not_in_front"),
    *("colleague_changes", "colleague_unbinds", "colleague_restores", "colleague_disables", "colleague_enables"),
    *("label_in_front", "undefined_in_front", "jump_in_front", "front_cleared"),
)
"""What happens between two playbooks, without us."""
NIGHTS = [drawn(seed) for seed in (8, 9)] + [drawn_widely(seed) for seed in (1, 2, 3)]
MOST = 7
"""Of the actions of a night that playbooks can play."""
CLIENTS = "127."
"""From other addresses no request comes by a socket."""


@dataclass(frozen=True)
class Seen:
    """What there was after an action.

    :ivar passes: how attacks passed, by the virtual server
    :ivar word: of the verdict of a status
    """

    action: str
    passes: tuple[str, ...]
    word: str


def _story(night: tuple[Sequence[str], Sequence[str]]) -> tuple[str, list[str]]:
    """Return the shape of the first appliance of a night, and what of its actions playbooks and other people carry out there."""
    (shape, *_others), actions = night
    words = [one.split(" ") for one in actions]
    own = [name for name, *rest in words if "other" not in rest and not {*NAMES[1:]} & {*rest}]
    return shape, [one for one in own if one in PLAYBOOKS or one in PEOPLE][:MOST]


def _by_the_engine(shape: str, actions: Sequence[str], directory: Path) -> Iterator[Seen]:
    (directory / "night").mkdir()
    with quick(directory / "assessments"), night_of([shape], directory / "night") as night:
        for one in actions:
            night.play(one)
            found = next_of(night, NAMES[0], OURS)
            yield Seen(one, _passes(night), "" if found is None else found.word)


def _by_playbooks(shape: str, actions: Sequence[str], directory: Path) -> Iterator[Seen]:
    with Simulator(shapes.fleet([shape], BEGINNING)) as simulator:
        laboratory = Laboratory(simulator, directory, {NAMES[0]: {"netscaler_customer": SHAPES[shape].customer}})
        laboratory.common |= {"netscaler_user": "nsroot", "netscaler_password": "nsroot"}
        night = Night(simulator, directory / "people", [shape], StillTime(), shapes.world(simulator, [shape]))
        for one in actions:
            if one in PLAYBOOKS:
                playbook, options = PLAYBOOKS[one]
                laboratory.play(playbook, **options)
            else:
                EVENTS[one](night, NAMES[0], OURS)
            night.world.settle()
            night.world.look(night.now)
            yield Seen(one, _passes(night), laboratory.play("status").verdict(NAMES[0]))


def _passes(night: Night) -> tuple[str, ...]:
    return tuple(one for one in night.world.sights[-1].passed(NAMES[0]) if f" {CLIENTS}" in one)


@pytest.mark.only_in_all
@pytest.mark.parametrize("night", NIGHTS, ids=["8", "9", "wide 1", "wide 2", "wide 3"])
def test_playbooks_do_and_say_what_the_engine_does_and_says(
    tmp_path: Path, night: tuple[Sequence[str], Sequence[str]]
) -> None:
    shape, actions = _story(night)
    assert {*actions} & PLAYBOOKS.keys(), actions
    (tmp_path / "playbooks").mkdir()
    assert [*_by_playbooks(shape, actions, tmp_path / "playbooks")] == [*_by_the_engine(shape, actions, tmp_path)]
