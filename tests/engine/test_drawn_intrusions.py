# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No drawn intrusion that NITRO shows is "nothing found", and no ordinary appliance has a finding above review: a part of the draw."""

from __future__ import annotations

from tests import intrusions

STRIDE = 11


def test_a_part_of_the_draw() -> None:
    outcomes = intrusions.play(STRIDE)
    assert outcomes.wrong == []
    assert sum(outcomes.matrix.values()) == (intrusions.INTRUSIONS + intrusions.ORDINARY) // STRIDE
    assert outcomes.matrix["ordinary", "review"] > 0
    assert outcomes.matrix["intrusion", "compromise"] > 0
