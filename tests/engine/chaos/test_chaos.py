# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Chaos: random faults over a fleet, and the conditions that must hold anyway.

``make test-all`` plays fixed seeds, each of which has found something, so that only a change can make it fail.
``make test`` plays the first of them. ``make chaos`` uses a new seed, over more appliances and for longer; ``make chaos SEED=...``
plays a night again.
"""

from __future__ import annotations

import math
import os
import secrets
from pathlib import Path

import pytest

from simulator import Simulator
from tests import sample
from tests.engine.chaos.fleet import appliances
from tests.engine.chaos.night import Night
from tests.engine.control_nodes import without_waiting
from tests.stage.fleet import fleet_file

OVER_TLS = True  # nights over the connections of users
RANDOM = "random"


def _seeds() -> tuple[str, ...]:
    seed = os.environ.get("CHAOS_SEED", "")
    return sample.CHAOS_SAMPLE if not seed else (secrets.token_hex(4),) if seed == RANDOM else (seed,)


def _bound() -> tuple[int | None, float]:
    """Rounds and seconds: a night of one round, unless a number of rounds or seconds is requested."""
    rounds, seconds = os.environ.get("CHAOS_ROUNDS", ""), os.environ.get("CHAOS_SECONDS", "")
    return (None, float(seconds)) if seconds and not rounds else (int(rounds or 1), math.inf)


@pytest.mark.parametrize("seed", _seeds())
def test_nothing_that_must_be_true_is_lost_in_a_night_of_failures(
    tmp_path: Path, record_property: pytest.RecordProperty, seed: str
) -> None:
    size, (rounds, seconds) = int(os.environ.get("CHAOS_SIZE", "10")), _bound()
    fleet = appliances(size)
    with without_waiting(), Simulator(fleet_file(fleet)) as simulator:
        night = Night(simulator, tmp_path, seed, fleet)
        try:
            night.play(rounds, seconds)
        finally:  # also where something raises what nobody expects
            told = ", ".join(f"{count} {what}" for what, count in night.counts.items())
            again = f"make chaos SEED={seed} CHAOS_SIZE={size} CHAOS_ROUNDS={night.counts['rounds']}"
            record_property("chaos", f"chaos: {told}, {len(night.kinds)} kinds of faults; to play it again: {again}")
    assert not night.wrong, "\n".join(["", f"play it again: {again}", *night.wrong])
