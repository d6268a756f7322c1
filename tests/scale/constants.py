# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measured constants of the simulation. ``python -m tests.scale`` measures those of jobs; docs/explanation/speed.md has those of appliances.

Appliances in the same building wait for nothing that counts. At 40 ms the waiting follows from the table of speed.md: a thousand appliances at 16
at a time took 67 s for a plan and 296 s for an apply, so that one waits 1.1 and 4.7 s less what it computes.
"""

from __future__ import annotations

from dataclasses import replace

from tests.scale.model import Costs

NEAR = Costs(
    job=0.9,
    idle=0.6,
    plan=0.06,
    apply=0.2,
    plan_wait=0.0,
    apply_wait=0.0,
    start=1.5,
    answer=0.0075,
    send=0.1,
)
"""Of 60 appliances over two nodes in slices of 30 and 8 on 1 December 2026 (25.1 and 31.2 s of CPU in 6 and 12 jobs); ``answer`` of 200 in a mesh."""
FAR = replace(NEAR, plan_wait=1.0, apply_wait=4.5)
BESIDES = 0.02
"""Seconds of CPU of the simulator for each appliance and job, on the machine of a test."""
