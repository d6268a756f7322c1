# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of next actions of two execution nodes, pasted on the controller, in a network namespace of its own:
``unshare --net python -m tests.machines.next_stage FOLDER``.

It writes what happened into FOLDER/story.json. The test reads that.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from simulator import Simulator
from tests.machines.mesh import mesh
from tests.machines.stage import appliance
from tests.machines.tools import NAMES, command, inventory, lay_out, play
from tests.stage.fleet import AT_NIGHT, fleet_file

ODD = "odd; touch pasted, gw-3"
"""A name of the inventory that a shell and a limit could take for more."""
NAMED = {"gw-000": "gw-000", "gw-001": "gw-001", "gw-002": ODD, "gw-003": "not named"}
"""By appliance of the simulator, its name in the inventory."""


class Pasting:
    """The controller, on which lines are pasted."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.runs: dict[str, dict[str, Any]] = {}

    def play(self, name: str, words: list[str]) -> None:
        """Run a command, and keep what it says under a name."""
        done, results = play(self.place, words, name)
        verdicts = {host: (one.get("verdict") or {}).get("word", one["problem"]) for host, one in results.items()}
        self.runs[name] = {"rc": done.returncode, "output": done.stdout + done.stderr, "verdicts": verdicts}

    def paste(self, name: str, source: str, verb: str) -> None:
        """Paste the line of a verb of a run into a shell."""
        line = next(line for line in self.lines(source) if f" verb={verb} " in line)
        self.runs[name] = {"line": line}
        self.play(name, ["sh", "-c", f"{line} -e rollout_bake_seconds=0"])

    def lines(self, source: str) -> list[str]:
        """Return the lines to paste of a run."""
        found = re.findall(r"^ {6}(ansible-playbook .*)$", self.runs[source]["output"], re.MULTILINE)
        return list(map(str, found))


def main(place: Path) -> None:
    fleet = fleet_file({name: appliance(number) for number, name in enumerate(NAMED)}, AT_NIGHT)
    with mesh(place, NAMES) as (nodes, socket), Simulator(fleet) as simulator:
        content = inventory(simulator.ready, [node.variables(socket) for node in nodes])
        own = content["netscalers"]["hosts"]
        content["netscalers"]["hosts"] = {NAMED[name]: one for name, one in own.items()}
        lay_out(place, simulator, content=content)
        pasting = Pasting(place)
        pasting.play("status", [*command(place, "status"), "--limit", "gw-*,~odd.*"])
        pasting.paste("applied", "status", "apply")
        pasting.paste("checked", "applied", "status")
        (place / "story.json").write_text(json.dumps({"runs": pasting.runs}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
