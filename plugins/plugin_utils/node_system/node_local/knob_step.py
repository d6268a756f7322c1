# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The knob of the running packet engine of a node as a step. It has no read-out: the answers of the management address show it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from ...appliance.nitro.appliance import Address
from ...appliance.nitro.session import Session
from ...change.execution.node_step import NodeStep
from .history import KNOB
from .knobs import Knob
from .scripts import NodeShell


@dataclass(frozen=True, kw_only=True)
class KnobStep(NodeStep):
    """See the module.

    :ivar nitro: the session of the node
    :ivar is_set: it is set; otherwise it gets the value that it has after a boot without the line
    """

    node: Address
    name: str = KNOB
    line: str
    nitro: Session
    shell: NodeShell
    knob: Knob
    is_set: bool

    def session(self) -> AbstractContextManager[Session]:
        return nullcontext(self.nitro)

    def do(self, session: Session) -> None:
        if self.is_set:
            self.shell.set_knob(self.knob)
        else:
            self.shell.unset_knob(self.knob)

    def read_back(self, states: Mapping[str, str]) -> None:
        """Do nothing: what the management address answers is the proof of the whole change."""

    def undo(self) -> None:
        self.shell.unset_knob(self.knob)
