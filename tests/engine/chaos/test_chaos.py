# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Chaos: random faults over a fleet, and what must always be true all the same.

``make chaos`` plays it longer and over 50 appliances; ``make chaos SEED=...`` plays a night again.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

from simulator import Simulator
from tests.engine.chaos.fleet import SWITCHES, appliances
from tests.engine.chaos.night import Night
from tests.engine.control_nodes import hurrying


def test_nothing_that_must_be_true_is_lost_in_a_night_of_failures(
    tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    seed = os.environ.get("CHAOS_SEED") or secrets.token_hex(4)
    seconds, size = float(os.environ.get("CHAOS_SECONDS", "20")), int(os.environ.get("CHAOS_SIZE", "10"))
    fleet = appliances(size)
    with hurrying(), Simulator({"switches": SWITCHES, "appliances": fleet}) as simulator:
        night = Night(simulator, tmp_path, seed, fleet)
        night.play(seconds)
    told = ", ".join(f"{count} {what}" for what, count in night.counts.items())
    record_property("chaos", f"chaos: SEED={seed}, {size} appliances, {told}, {len(night.kinds)} kinds of faults")
    again = f"make chaos SEED={seed} CHAOS_SIZE={size} CHAOS_SECONDS={seconds:g}"
    assert not night.wrong, "\n".join(["", f"play it again: {again}", *night.wrong])
