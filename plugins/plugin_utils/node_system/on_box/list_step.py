# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The removal of what the script has written on a node, as a step."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from ...appliance.nitro.appliance import Address
from ...appliance.nitro.session import Session
from ...change.execution.node_step import NodeStep
from ..node_local.scripts import NodeShell
from .history import LIST
from .script import STATE

_FILES = " ".join(f"{STATE}/{name}" for name in ("list", "last", "last.new", "names", "new", "report", "summary"))
CLEAN = (
    f"if [ -L {STATE} ]; then echo link; elif [ -d {STATE} ]; then rm -f {_FILES}; if [ -d {STATE}/running ]; then rmdir {STATE}/running; fi; "
    f"rmdir {STATE} && echo removed; else echo removed; fi"
)
"""Deletes what the script wrote, and nothing else: a directory with other files stays."""


@dataclass(frozen=True, kw_only=True)
class ListStep(NodeStep):
    """Delete what the script has written on a node, and nothing else.

    :ivar nitro: the session of the node
    :ivar notes: where it is said that others have files there
    """

    node: Address
    name: str = LIST
    line: str
    nitro: Session
    shell: NodeShell
    notes: list[str]

    def session(self) -> AbstractContextManager[Session]:
        return nullcontext(self.nitro)

    def do(self, session: Session) -> None:
        if self.shell.run_script(CLEAN).strip() != "removed":
            self.notes.append(
                f"{STATE} of {self.node.host} has files that are not of the script, and stays: look at them"
            )

    def read_back(self, states: Mapping[str, str]) -> None:
        """Do nothing: what the script prints says whether it is gone."""
