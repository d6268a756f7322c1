# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The node-local half on one simulated appliance: SSH is the simulator's own shell, called in process, or the OpenSSH client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.account import SshAccount
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.openssh import Output
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes, RunParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.knobs import SYSTEM_ACCESS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.plan import NodeLocalPlan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.run import (
    NodeLocalParameters,
    NodeLocalResult,
    NodeLocalRun,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import (
    NodeLocalSettings,
    Wanted,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.start_up_file import PATH

from simulator import Simulator
from simulator.node.node import Node
from simulator.shell.sessions import Session
from tests.stage.memory import MITIGATION, Stage

LINE = SYSTEM_ACCESS.line
BEFORE = "# of the customer\nnsapimgr_wr.sh -ys other=1"
"""A start-up file whose last line has no end."""
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFfEyvpeDPDi4qD3ugy1LuMTUvwJtJ+3m+hmAI5GJnB1"
ACCOUNT = SshAccount("nsroot", (HOST_KEY,), "nsroot")


@dataclass
class _Channel:
    """The channel of a session without a network."""

    given: bytes
    printed: bytearray = field(default_factory=bytearray)
    error: bytearray = field(default_factory=bytearray)

    async def read_line(self) -> str:
        return ""

    async def read_all(self, most: int) -> bytes:
        return self.given[:most]

    def write(self, data: bytes, *, error: bool = False) -> None:
        own = self.error if error else self.printed
        own += data

    async def drain(self) -> None:
        pass

    def abort(self) -> None:
        pass


@dataclass
class Shells:
    """Carries commands out in the shells of simulated nodes.

    :ivar name: of the appliance
    :ivar commands: what was sent, by address
    :ivar before: called before a command is carried out, with its number; what it raises ends the run
    :ivar after: likewise, once it was carried out and before its output is read
    """

    simulator: Simulator
    name: str = "box"
    commands: list[tuple[str, str]] = field(default_factory=list)
    before: Callable[[int], None] = lambda _number: None
    after: Callable[[int], None] = lambda _number: None

    def __call__(self, account: SshAccount, host: str, command: str, given: bytes) -> Output:
        self.commands.append((host, command))
        number = len(self.commands)
        self.before(number)
        appliance = self.simulator.fleet.appliances[self.name]
        node = next(one for one in appliance.nodes if one.address == host)
        channel = _Channel(given)

        async def changed() -> None:
            pass

        session = Session(appliance, node, account.user, "127.0.0.1", channel, command, False, changed)
        status = asyncio.run(session.run())
        self.after(number)
        return Output(bytes(channel.printed), status, True, "")


class NodeLocalStage(Stage):
    """One appliance whose nodes have a shell.

    :ivar shells: how commands reach it
    """

    def __init__(self, simulator: Simulator, records: Path, name: str = "box") -> None:
        super().__init__(simulator, records, name)
        self.shells = Shells(simulator, name)

    @property
    def nodes(self) -> list[Node]:
        return list(self.simulator.fleet.appliances[self.name].nodes)

    def file(self, node: int = 0) -> bytes | None:
        """Return the start-up file of a node, as the simulator has it."""
        found = self.nodes[node].files.get(PATH)
        return None if found is None else bytes(found.content)

    @property
    def knobs(self) -> list[int]:
        return [node.skip_systemaccess_policyeval for node in self.nodes]

    def run_on(self, connection: Connection, wanted: Wanted, run: Any = None, **options: Any) -> NodeLocalRun:
        """Return a run on an open connection."""
        options = {"accept_exposure": True, **options} if wanted is Wanted.ABSENT else options
        probes, expected = options.pop("probes", Probes.FEW), options.pop("expected", "")
        break_lock = options.pop("break_lock", "")
        acknowledgements = options.pop("acknowledgements", ())
        common = RunParameters(**self.of_a_run(Owner("cve_2019_19781", 2)), break_lock=break_lock)
        parameters = NodeLocalParameters(
            run=common,
            measure=MITIGATION,
            knob=SYSTEM_ACCESS,
            settings=NodeLocalSettings(wanted=wanted, **options),
            account=ACCOUNT,
            probes=probes,
            expected=expected,
            acknowledgements=acknowledgements,
        )
        return NodeLocalRun(connection, parameters, run or self.shells)

    def plan_local(self, wanted: Wanted = Wanted.PRESENT, **options: Any) -> NodeLocalPlan:
        with Connection(self.appliance) as connection:
            return self.run_on(connection, wanted, **options).plan()

    def go(
        self,
        wanted: Wanted = Wanted.PRESENT,
        between: Callable[[], None] = lambda: None,
        **options: Any,
    ) -> NodeLocalResult:
        """:param between: called between the plan and its being carried out"""
        with Connection(self.appliance) as connection:
            run = self.run_on(connection, wanted, **options)
            if wanted is Wanted.STATUS:
                return run.status()
            plan = run.plan()
            between()
            return run.carry_out(plan)
