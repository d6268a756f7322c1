# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes the evidence of one appliance: each node over a session of its own, so that neither one that is away nor a pair without a primary stops it.

No lease is taken: no configuration is written, and a lock would leave more files on the appliance (docs/decisions/0061).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...appliance.nitro.appliance import Address, Appliance
from ...appliance.nitro.session import Session
from ...appliance.nitro.time_budget import TimeBudget
from ...appliance.ssh.account import SshAccount
from ...appliance.ssh.framed_script import RunCommand
from ...appliance.ssh.openssh import run_command
from ...foundation.errors import CannotConnect, NitroError, OutcomeUnknown, TourniquetError
from ...foundation.foreign_text import one_line
from ...foundation.private_files import make_private_directory
from .bundle import Bundle, open_bundle, stamp, unwritable
from .manifest import Manifest, Missing, NodeFacts
from .named_files import NamedFiles
from .node_evidence import NodeEvidence
from .sources import Further, Part

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LINKED = "log"
"""Readers of the vendor's support bundle expect ``log`` beside ``nsconfig`` (github.com/fox-it/dissect.target, plugins/os/unix/bsd/citrix/_os.py)."""
LAYOUT = ("nsconfig", "shell", "netscaler", "var/log")
"""The directories that every node has in a bundle, for the same readers (loaders/nscollector.py there)."""


@dataclass(frozen=True)
class Taken:
    """The end of a run.

    :ivar sha256: of the manifest
    """

    directory: Path
    manifest: Manifest
    sha256: str
    requests: int


@dataclass(frozen=True)
class Preview:
    """What a run would take.

    :ivar files: how many are read by systemfile; bytes: theirs
    """

    nodes: tuple[NodeFacts, ...]
    files: int
    bytes: int
    missing: tuple[Missing, ...]
    requests: int


@dataclass
class EvidenceRun:
    """One run on one appliance.

    :ivar taken_by: user and control node
    :ivar most_bytes: of each node
    :ivar account: for the SSH half; None where it is off
    :ivar run: how a command is sent over SSH; tests replace it
    :ivar further: what may be taken of the directories that are followed, of each node
    :ivar named: the files that indicators, the last hunt and the last watch name
    """

    appliance: Appliance
    parts: tuple[Part, ...]
    taken_by: str
    reason: str = ""
    most_bytes: int = 2**30
    account: SshAccount | None = None
    run: RunCommand = run_command
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    further: Further = field(default_factory=Further)
    named: NamedFiles = field(default_factory=NamedFiles)
    requests: int = 0
    _facts: list[NodeFacts] = field(default_factory=list)
    _missing: list[Missing] = field(default_factory=list)

    def preview(self) -> Preview:
        """Return what would be taken. It only reads.

        :raises CannotConnect: where no node answers
        """
        nowhere = Bundle(Path(), "")
        files = size = 0

        def look(session: Session) -> None:
            nonlocal files, size
            node = self._node(session, nowhere)
            try:
                more, bytes_ = node.preview(self.parts)
                files, size = files + more, size + bytes_
            finally:
                self._note(node)

        self._each_node(look)
        return Preview(tuple(self._facts), files, size, tuple(self._missing), self.requests)

    def take(self, bundles: Path, key: Ed25519PrivateKey) -> Taken:
        """Take the evidence into a sealed bundle.

        :raises InvalidInput: where others may read the directory
        :raises CannotConnect: where no node answers; no bundle is sealed then
        :raises Refused: where the control node cannot write: the bundle is continued by the next run
        """
        with open_bundle(bundles, self.appliance.name, self.now()) as bundle:
            self._each_node(lambda session: self._take(session, bundle))
            for host in {item.file.partition("/")[0] for item in bundle.items.values()}:
                _lay_out(bundle.directory / host)
            manifest = Manifest(
                appliance=self.appliance.name,
                taken_by=self.taken_by,
                reason=self.reason,
                began=bundle.began,
                ended=stamp(self.now()),
                parts=self.parts,
                nodes=tuple(self._facts),
                items=tuple(bundle.items.values()),
                missing=tuple(self._missing),
                footprint=tuple(bundle.footprint),
            )
            return Taken(bundle.directory, manifest, bundle.seal(manifest, key), self.requests)

    def _take(self, session: Session, bundle: Bundle) -> None:
        node = self._node(session, bundle)
        try:
            for name in [name for address, name in bundle.backups if address == node.node]:
                node.delete_backup(name)  # of the run that is continued
            node.take(self.parts)
        finally:
            self._note(node)

    def _node(self, session: Session, bundle: Bundle) -> NodeEvidence:
        return NodeEvidence(
            session, bundle, self.most_bytes, self.account, self.run, self.now, self.further, self.named
        )

    def _note(self, node: NodeEvidence) -> None:
        """Note what a node has said, and the nodes of the pair that the inventory does not name."""
        self._missing += node.missing
        self._facts += [node.facts] if node.facts else []
        named = {address.host for address in self.appliance.nodes}
        for other in node.others:
            text = f"the node {one_line(other, 60)} of the pair"
            if other not in named and all(text != one.what for one in self._missing):
                self._missing.append(Missing("", "", text, "it is not named in netscaler_nodes"))

    def _each_node(self, work: Callable[[Session], None]) -> None:
        """Work on each node. A node has its own share of the time, so that a slow one keeps nothing from the other."""
        problems: list[TourniquetError] = []
        for address in self.appliance.nodes:
            session = self._session(address)
            try:
                with session:
                    work(session)
            except (CannotConnect, OutcomeUnknown, NitroError) as error:
                problems.append(error)
                why = one_line(str(error).removeprefix(f"{session.where}: "))
                self._missing.append(Missing(str(address), "", "the node, or the rest of it", why))
            finally:
                self.requests += len(session.exchanges)
        if len(problems) == len(self.appliance.nodes) and not self._facts:
            raise problems[0]

    def _session(self, address: Address) -> Session:
        session = Session(self.appliance, address)
        session.budget = TimeBudget(self.appliance.task_timeout / len(self.appliance.nodes), 60.0)
        return session


def _lay_out(node: Path) -> None:
    """Make the directories of a node that readers expect.

    :raises Refused: where they cannot be written
    """
    try:
        for name in LAYOUT:
            make_private_directory(node / name, secret=True)
        if not (node / LINKED).is_symlink():
            (node / LINKED).symlink_to("var/log")
    except OSError as error:
        raise unwritable(node, error) from error
