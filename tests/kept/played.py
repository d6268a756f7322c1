# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plays a story, and returns what each playbook of it printed and asked, as files to keep."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from simulator import Simulator
from tests.kept.normal_text import normalised
from tests.kept.stories import Play, Story, opened
from tests.stage.control_node import ROOT
from tests.stage.fleet import AT_NIGHT, fleet_file
from tests.stage.played import Laboratory, Run

ONE_AT_A_TIME = ("--forks", "1")
"""So that what is printed appliance by appliance has the same order in each run."""


def played(name: str, story: Story, directory: Path) -> Iterator[tuple[str, str]]:
    """Play a story.

    :yields: the name of a file and its text: `<story>/<number> <play>.txt` is what is printed, `.requests` what is asked
    """
    fleet = fleet_file({host: made() for host, made in story.fleet.items()}, AT_NIGHT)
    with Simulator(fleet) as simulator:
        laboratory = opened(story, simulator, directory)
        replaced = placeholders(laboratory)
        for number, play in enumerate(story.plays, 1):
            run = played_one(laboratory, play)
            title = f"{name}/{number:02} {play.name}"
            yield f"{title}.txt", screen(run, replaced)
            yield f"{title}.requests", requests(run, replaced)


def played_one(laboratory: Laboratory, play: Play) -> Run:
    """Play one playbook of a story, a second of its appliances after the last change.

    A plan within that second is read again by the wave (decision 0079), so the requests would depend on how fast the playbooks are.
    """
    if play.before:
        play.before(laboratory)
    for host in laboratory.simulator.ready["appliances"]:
        laboratory.simulator.appliance(host).advance(1.0)
    values = json.loads(json.dumps(play.values).replace("{dir}", str(laboratory.directory)))
    return laboratory.play(
        play.verb, check=play.check, limit=play.limit or None, options=(*ONE_AT_A_TIME, *play.options), **values
    )


def placeholders(laboratory: Laboratory) -> dict[str, str]:
    """Return what stands for the texts of this run that no pattern finds."""
    return {str(laboratory.directory): "<dir>", str(ROOT): "<root>", str(laboratory.simulator.ready["ca_file"]): "<ca>"}


def screen(run: Run, replaced: dict[str, str]) -> str:
    """Return what a person sees, and the exit code."""
    return f"{normalised(run.output, replaced)}exit code {run.rc}\n"


def requests(run: Run, replaced: dict[str, str]) -> str:
    """Return what each endpoint was asked: a node in its order, where the same request in a row is one line; a virtual server sorted, with counts."""
    lines = []
    for (host, side, place), entries in sorted(by_endpoint(run.requests).items()):
        asked = [f"{one['method']} {told(one['target'])}" for one in entries]
        lines.append(f"{host} {side} {place}: {len(entries)}\n")
        if side == "nitro":
            lines += [f"  {line}\n" for line, _same in groupby(asked)]
        else:  # probes are sent side by side
            lines += [
                f"  {line}{f' ({count} times)' if count > 1 else ''}\n"
                for line, count in sorted(Counter(asked).items())
            ]
    return normalised("".join(lines), replaced, durations=False)


def told(target: str) -> str:
    """Return the target of a request as a line shows it; an evaluation without its expression, which is long."""
    path = target.removeprefix("/nitro/v1/")
    return path.partition("?")[0] if path.startswith("config/policyevaluation") else path


def by_endpoint(log: list[dict[str, Any]]) -> Mapping[tuple[str, str, str], list[dict[str, Any]]]:
    """Return the requests by appliance, side, and node or virtual server."""
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for entry in sorted(log, key=lambda one: one["time"]):
        place = (entry["appliance"], entry["side"], str(entry.get("node", entry.get("vserver", ""))))
        found.setdefault(place, []).append(entry)
    return found
