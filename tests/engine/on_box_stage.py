# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script of on_box.yml on one simulated appliance: SSH is the simulator's own shell, called in process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import RunParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.run import OnBoxResult, OnBoxRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.script import CRONTAB, PATH, STATE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.settings import (
    MEASURE,
    OnBoxSettings,
)

from tests.engine.node_local_stage import ACCOUNT, NodeLocalStage


class OnBoxStage(NodeLocalStage):
    """One appliance whose nodes have a shell, and the script of this version."""

    def content(self, path: str, node: int = 0) -> bytes | None:
        """Return a file of a node, as the simulator has it."""
        found = self.nodes[node].files.get(path)
        return None if found is None else bytes(found.content)

    @property
    def crontabs(self) -> list[bytes | None]:
        return [self.content(CRONTAB, node) for node in (0, 1)]

    @property
    def scripts(self) -> list[bytes | None]:
        return [self.content(PATH, node) for node in (0, 1)]

    def run_of(self, connection: Connection, run: Any = None, **settings: Any) -> OnBoxRun:
        """Return a run on an open connection."""
        parameters = RunParameters(**self.of_a_run(Owner(MEASURE, 1)))
        return OnBoxRun(connection, parameters, OnBoxSettings(**settings), ACCOUNT, run or self.shells)

    def on_box(self, wanted: Wanted, between: Callable[[], None] = lambda: None, **settings: Any) -> OnBoxResult:
        """:param between: called between the plan and its being carried out"""
        with Connection(self.appliance) as connection:
            run = self.run_of(connection, wanted=wanted, **settings)
            plan = run.plan()
            between()
            return run.carry_out(plan)

    def report(self, seconds: int, words: str = "checked 9 files: 0 new, 0 changed, 0 gone") -> None:
        """The script has reported on both nodes, so many seconds ago."""
        for node in self.nodes:
            node.write_file(f"{STATE}/last", f"{int(node.clock()) - seconds} {words}\n".encode())
