# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The findings of the saved configurations of one node: what changed from save to save, and public management addresses. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ...catalogue.entry import Level
from ...foundation.foreign_text import one_line
from ..findings.finding import Finding, LogReach
from ..findings.ourselves import Ourselves
from ..node_reading.node_reader import NodeReader
from .fix_date import FixDate
from .node_hunt import NEXT_STEPS, NITRO
from .saved_configurations import CURRENT, NAMES, LineChange, SavedConfiguration, changes, object_of, public_management

DIRECTORY = "/nsconfig"
SHOWN = 5


def saved_state_findings(appliance: str, view: NodeReader, ours: Ourselves, fixed: FixDate) -> Iterator[Finding]:
    """Yield the findings of the saved configurations of a node; what could not be read is noted there."""
    saved = _read(view)
    found, is_whole = changes(saved)
    if not is_whole:
        view.gap(
            "all of the saved configurations", "they have more lines, longer lines or more changes than are looked at"
        )
    others = [one for one in found if not ours.saved_change(object_of(one), one.after.saved, one.by.saved).is_ours]
    for (_noun, by), group in groupby(others, key=lambda change: (change.noun, change.by.name)):
        some = list(group)
        yield _changed(appliance, view, fixed, some, by)
    for address, what in public_management(next((one.content for one in saved if one.name == CURRENT), b"")):
        yield Finding(
            appliance=appliance,
            node=view.node,
            level=Level.REVIEW,
            what=f"a public management address: {what}",
            where=f"{DIRECTORY}/{CURRENT}",
            why="whoever reaches the management needs one weakness or one password; each bulletin of 2025 and 2026 says to keep it off the internet",
            evidence=one_line(address, 60),
            seen_by=NITRO,
            cannot_mean="it does not show that a firewall lets anybody through; ask from outside",
            next_step="keep the address from the internet by a firewall, or take the management access from it",
        )


def saved_reach(view: NodeReader) -> LogReach:
    """Return how far back the saved configurations of a node reach."""
    times = [file.modified for file in view.listing(DIRECTORY) if file.name in NAMES and file.modified is not None]
    return LogReach(view.node, "saved configurations", min(times, default=None))


def _read(view: NodeReader) -> list[SavedConfiguration]:
    saved = []
    files = {file.name: file for file in view.listing(DIRECTORY) if file.name in NAMES and not file.is_directory}
    if CURRENT not in files:
        view.gap(f"{DIRECTORY}/{CURRENT}", "it is not listed, and every NetScaler has it")
    for name in (name for name in NAMES if name in files):
        content = view.content(files[name])
        modified = files[name].modified
        if content is None:
            continue
        if modified is None:
            view.gap(files[name].path, "it has no time, so nothing can be compared with it")
            continue
        saved.append(SavedConfiguration(name, modified, content))
    return saved


def _changed(appliance: str, view: NodeReader, fixed: FixDate, some: list[LineChange], by: str) -> Finding:
    first = some[0]
    more = f"; and {len(some) - SHOWN} more" if len(some) > SHOWN else ""
    shown = "; ".join(f"{one.kind}: {one_line(one.line, 120)}" for one in some[:SHOWN])
    return Finding(
        appliance=appliance,
        node=view.node,
        level=Level.REVIEW,
        what=f"{len(some)} changed line{'' if len(some) == 1 else 's'} of {first.noun}, saved after {first.after.saved:%Y-%m-%d %H:%M:%S}",
        where=f"{DIRECTORY}/{by} compared with {DIRECTORY}/{first.after.name}",
        why="attackers leave users, rights, EPA actions and policies that stay when every file of theirs is gone",
        evidence=f"{shown}{more}",
        time=first.by.saved,
        before_or_after_fix=fixed.of((), first.by.saved),
        seen_by=NITRO,
        cannot_mean="it is no proof of an intrusion: administrators change the same. The time is that of the save; who and when exactly is in ns.log",
        next_step=NEXT_STEPS[Level.REVIEW],
    )
