# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What prove.yml shows of one appliance: what it would send, or what it has found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...foundation.counted import counted
from .by_hand import BY_HAND
from .experiment import Risk, word
from .measurement import Allowed, Measurement, StillOpen
from .register import settled_facts
from .request_list import listed
from .result_file import REGISTER, open_text

# How an experiment that was not carried out is allowed, by its risk.
ALLOWED_BY = {
    Risk.SCRATCH: "-e scratch=true",
    Risk.GATEWAY: "-e scratch=true -e gateway=NAME",
    Risk.GLOBAL: "-e scratch=true -e gateway=NAME -e globally=true",
}


def plan_lines(host: str, allowed: Allowed) -> list[str]:
    """Return what a run would send, in full."""
    return [f"{host}   would be sent; nothing was", *(f"  {line}" for line in listed(allowed))]


def found_text(found: Measurement) -> str:
    """Return the result in one line."""
    every = len(settled_facts()) + len(BY_HAND)
    parts = [
        f"{len(found.settled)} of {every} open facts settled",
        f"{len(found.open)} not",
        f"{counted(found.requests, 'request')}, {found.seconds:.1f} s",
    ]
    return ", ".join(parts)


def found_lines(host: str, found: Measurement, files: Sequence[Path]) -> list[str]:
    """Return what was found."""
    lines = [f"{host}   {found.build}   {found_text(found)}"]
    lines += [f"  {fact}: {word(one.position)}" for fact, one in sorted(found.settled.items())]
    lines += [f"  not settled: {fact}: {_open_text(fact, one)}" for fact, one in sorted(found.open.items())]
    lines += [f"  {text}" for text in _not_carried_out(found)]
    lines.append(f"  by hand: {counted(len(BY_HAND), 'fact')}; {REGISTER} says how")
    lines += [f"  removed: {name}, which an earlier run had left" for name in found.removed]
    lines += [f"  {note}" for note in found.notes]
    if found.left:
        lines.append(
            f"  LEFT on the appliance, unsaved: {', '.join(found.left)}. Run the same playbook again: it removes them"
        )
    return [*lines, *(f"  written: {path}" for path in files)]


def _open_text(fact: str, one: StillOpen) -> str:
    """Return why a fact is open; what was seen is told where no missing object explains it."""
    return open_text(fact, one.reason, {} if "it needs that" in one.reason else one.seen)


def _not_carried_out(found: Measurement) -> list[str]:
    """Return which facts would be settled by more permission, by the permission."""
    texts = []
    for risk, option in ALLOWED_BY.items():
        facts = {
            fact
            for fact, experiments in settled_facts().items()
            if fact not in found.settled and fact not in found.open
            for experiment in experiments[:1]
            if experiment.risk is risk
        }
        if facts and risk not in found.risks:
            texts.append(f"{option} settles {len(facts)} more: {', '.join(sorted(facts))}")
    return texts
