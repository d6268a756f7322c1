# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file of a node as a step: replaced by SSH only while it is the one of the plan, and read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from ...appliance.nitro.appliance import Address
from ...appliance.nitro.session import Session
from ...change.execution.node_step import NodeStep
from ...foundation.errors import OutcomeUnknown, TourniquetError
from .scripts import FileDiffers, NodeShell
from .start_up_file import PATH, StartUpFile


@dataclass(frozen=True, kw_only=True)
class FileStep(NodeStep):
    """See the module.

    :ivar nitro: the session of the node
    :ivar before: the file as it was read; after: as it shall be
    :ivar synchronised: the contents that HA file synchronisation may bring in its place
    :ivar read: reads it back
    """

    node: Address
    name: str
    line: str
    nitro: Session
    shell: NodeShell
    path: str
    before: StartUpFile
    after: StartUpFile
    synchronised: tuple[bytes | None, ...] = ()
    read: Callable[[], StartUpFile]

    def session(self) -> AbstractContextManager[Session]:
        return nullcontext(self.nitro)

    def do(self, session: Session) -> None:
        try:
            self._replace(self.before, self.after)
        except FileDiffers:
            # HA file synchronisation copies the file of the primary, which is changed by now.
            if not self._is_as_wanted(self.shell.read_file(self.path)):
                raise
        except OutcomeUnknown:
            if self.shell.read_file(self.path).content != self.after.content:
                raise

    def read_back(self, states: Mapping[str, str]) -> None:
        file, where = self.read(), f"{self.shell.where}: "
        if not self._is_as_wanted(file):
            raise TourniquetError(f"{where}{self.path} of {self.node.host} does not read back as written")
        before = self.before.mode
        if file.content == self.after.content and before and file.content is not None and file.mode != before:
            raise TourniquetError(f"{where}the mode of {self.path} of {self.node.host} was {before} and is {file.mode}")

    def undo(self) -> None:
        self._replace(self.after, self.before)

    def _is_as_wanted(self, file: StartUpFile) -> bool:
        return file.content in (self.after.content, *self.synchronised)

    def _replace(self, old: StartUpFile, new: StartUpFile) -> None:
        if self.path == PATH:
            self.shell.replace_start_up_file(old, new)
        else:
            self.shell.replace_file(self.path, old, new)
