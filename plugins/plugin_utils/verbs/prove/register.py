# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All experiments in their order, and how a person settles the facts that have none. Pure."""

from __future__ import annotations

from . import gateway, policy_language, reads, scratch_files, scratch_policies, scratch_sets, scratch_vservers
from .experiment import Experiment

EXPERIMENTS: tuple[Experiment, ...] = (
    *reads.EXPERIMENTS,
    *policy_language.EXPERIMENTS,
    *scratch_files.EXPERIMENTS,
    *scratch_policies.EXPERIMENTS,
    *scratch_vservers.EXPERIMENTS,
    *scratch_sets.EXPERIMENTS,
    *gateway.EXPERIMENTS,
)


def settled_facts() -> dict[str, list[Experiment]]:
    """Return the experiments that may settle a fact, by fact."""
    found: dict[str, list[Experiment]] = {}
    for experiment in EXPERIMENTS:
        for fact in experiment.facts:
            found.setdefault(fact, []).append(experiment)
    return found
