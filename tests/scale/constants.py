# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measured constants of the simulation. ``python -m tests.scale`` measures those of jobs; docs/explanation/speed.md has those of appliances.

Appliances in the same building wait for nothing that counts. At 40 ms the waiting follows from the table of speed.md: a thousand appliances at 16
at a time took 67 s for a plan and 296 s for an apply, so that one waits 1.1 and 4.7 s less what it computes.
"""

from __future__ import annotations

from dataclasses import replace

from tests.scale.model import Costs

NEAR = Costs(job=1.5, plan=0.05, apply=0.15, plan_wait=0.0, apply_wait=0.0, start=1.5, answer=0.015, send=0.5)
FAR = replace(NEAR, plan_wait=1.0, apply_wait=4.5)
BESIDES = 0.06
"""Seconds of CPU of the simulator for each appliance and job, on the machine of a test."""
