# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes the evidence of one node over its own NITRO session, and over SSH where there is an account: bounded in files, bytes and time.

What the node says is data: names become escaped paths below the directory of the node, and only files of a name that NITRO takes are read. Whatever
cannot be taken is noted; only a node that does not answer any more, or a full disk of the control node, ends it.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any

from ...appliance.nitro.bounded_connection import AnswerTooLarge
from ...appliance.nitro.connection import clock_skew, is_standalone, own_role
from ...appliance.nitro.directory_listing import ListedFile, list_directory
from ...appliance.nitro.directory_tree import DirectoryTree, path_matches
from ...appliance.nitro.node_files import read_file
from ...appliance.nitro.session import Row, Session
from ...appliance.nitro.url_encoding import encode_name
from ...appliance.ssh.account import SshAccount
from ...appliance.ssh.framed_script import RunCommand, run_script
from ...appliance.ssh.openssh import run_command
from ...foundation.counted import counted
from ...foundation.errors import CannotConnect, NitroError, OutcomeUnknown, TourniquetError
from ...foundation.foreign_text import one_line
from ..node_reading.file_reads import FileReads, Limits
from .bundle import Bundle, NotThisName, local_name, stamp
from .manifest import Item, Missing, NodeFacts
from .named_files import MOST_NAMED, NamedFiles
from .sources import (
    BACKUP_NAME,
    BACKUPS,
    FIRST,
    FOLLOWED,
    FOLLOWED_LAST,
    FOOTPRINTS,
    LARGEST_FILE,
    LAST,
    LISTINGS,
    MOST_FILES,
    MOST_GAPS,
    MOST_OTHERS,
    QUERIES,
    SCRIPTS,
    SUPPORT,
    Further,
    Part,
    Query,
    allow_more,
)

MAKING = 600.0
"""Seconds in which a node must have made a backup or a support bundle."""
AS_THEY_ARE = Limits(files=sys.maxsize, size=sys.maxsize, largest=LARGEST_FILE, unpacks=False)
"""How a file is read: whole, and not unpacked."""
_UNKNOWN_TYPE = 1232
_LISTINGS_FILE = "nitro/listings.json"
_COLLECTOR = re.compile(r"collector_[A-Za-z0-9_.:-]{1,50}\.tar\.gz")
_LONGER = f"; {allow_more('further_minutes')}"
_AS_OLD = 20
"""So many files of one time are those of the firmware, or of one burst (README of netscaler-ctx697096-checker). They are read after the others."""


@dataclass(frozen=True)
class _Chosen:
    """A file that is to be read.

    :ivar is_further: it counts among those of :class:`.sources.Further`
    """

    file: ListedFile
    is_further: bool = False


@dataclass
class NodeEvidence:
    """The evidence of one node.

    :ivar most_bytes: of all files of the node
    :ivar further: what may be taken of the directories that are followed
    :ivar named: the files that others name, which are read first
    :ivar account: for the scripts; None where SSH is not allowed
    :ivar run: how a command is sent over SSH; tests replace it
    """

    session: Session
    bundle: Bundle
    most_bytes: int
    account: SshAccount | None = None
    run: RunCommand = run_command
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    further: Further = field(default_factory=Further)
    named: NamedFiles = field(default_factory=NamedFiles)
    missing: list[Missing] = field(default_factory=list)
    facts: NodeFacts | None = None
    others: tuple[str, ...] = ()
    """The addresses of the other nodes of a pair, as this one names them."""
    is_full: bool = False
    """What came did not fit any more, whatever its listing said."""
    _left: dict[tuple[str, str], list[ListedFile]] = field(default_factory=dict)
    """By directory and reason, the listed files that are not read."""

    @property
    def node(self) -> str:
        return str(self.session.node)

    @property
    def directory(self) -> str:
        """Return the directory of the node in the bundle: its address, with the port where both nodes are behind one address."""
        node = self.session.node
        return local_name(node.host) + (f"_{node.port}" if self.session.appliance.shares_an_address else "")

    def take(self, parts: tuple[Part, ...]) -> None:
        """Take these parts in their order.

        :raises CannotConnect: where the node does not answer any more
        :raises OutcomeUnknown: likewise
        :raises Refused: where the control node cannot write
        """
        self.facts = self._facts()
        takers: Mapping[Part, Callable[[], None]] = {
            Part.VOLATILE: self._volatile,
            Part.SHELL: self._shell,
            Part.FILES: self._files,
            Part.BACKUP: self._backup,
            Part.SUPPORT: self._support,
        }
        for part in Part:
            if part in parts:
                takers[part]()

    def preview(self, parts: tuple[Part, ...]) -> tuple[int, int]:
        """Return how many files would be read, and their bytes by the listings. It only reads."""
        self.facts = self._facts()
        tree = self._tree()
        wanted = list(self._within(self._chosen(tree), tree.until)) if Part.FILES in parts else []
        self._tell_left()
        return len(wanted), sum(file.size or 0 for file in wanted)

    def delete_backup(self, name: str) -> None:
        """Delete a backup that this bundle created, where it is still there."""
        try:
            self.session.write("DELETE", f"systembackup/{encode_name(name + '.tgz')}", timeout=MAKING)
        except NitroError as error:
            if not self._is_gone(name):
                self._gap(Part.BACKUP, f"the deletion of {BACKUPS}/{name}.tgz", f"{error}. Delete it by hand")
                return
        self.bundle.backup_deleted(self.node, name)
        self.bundle.left(self.node, self.now(), f"{BACKUPS}/{name}.tgz was deleted")

    # -- parts --------------------------------------------------------------------------------------------------------

    def _facts(self) -> NodeFacts:
        """Return role, version and clock of the node."""
        began = time.time()
        config = next(iter(self.session.read("nsconfig")), {})
        ended = time.time()
        ahead = clock_skew(config, (began + ended) / 2)
        rows = [] if is_standalone(config) else self.session.read("hanode")
        others = [str(row.get("ipaddress", "")) for row in rows if str(row.get("id")) != "0"]
        self.others = tuple(others[:MOST_OTHERS])
        version = next(iter(self.session.read("nsversion")), {}).get("version", "")
        return NodeFacts(
            node=self.node,
            role=one_line(own_role(rows) if rows else "standalone", 40),
            version=one_line(str(version), 120),
            asked_at=stamp(self.now()),
            its_time=one_line(str(config.get("currentsytemtime", "")), 60),
            ahead=None if ahead is None else round(ahead, 1),
            within=round((ended - began) / 2 + 1, 1),  # the node tells whole seconds
        )

    def _volatile(self) -> None:
        for query in QUERIES:
            source = f"{query.area} {query.type}"
            if self.bundle.has(self.node, source):
                continue
            try:
                rows = self.session.read(query.type, args=query.args, area=query.area)
            except (CannotConnect, OutcomeUnknown) as error:
                self._raise_unless_too_large(error, Part.VOLATILE, query.type)
            except NitroError as error:
                known = error.errorcode != _UNKNOWN_TYPE
                self._gap(
                    Part.VOLATILE, query.type, str(error) if known else "this build does not have it", is_gap=known
                )
            else:
                self._keep(Part.VOLATILE, source, query.file, _content(query, rows))
        self.bundle.left(self.node, self.now(), FOOTPRINTS[Part.VOLATILE])

    def _shell(self) -> None:
        if self.account is None:
            self._gap(Part.SHELL, "processes, sockets, permissions", "no SSH account is given", is_gap=False)
            return
        for file, script in SCRIPTS.items():
            source = f"shell {script}"
            if self.bundle.has(self.node, source):
                continue
            try:
                printed = run_script(self.account, self.session.node.host, script, run=self.run)
            except TourniquetError as error:
                self._gap(Part.SHELL, script, one_line(str(error)))
            else:
                self._keep(Part.SHELL, source, file, printed)
        self.bundle.left(self.node, self.now(), FOOTPRINTS[Part.SHELL])

    def _files(self) -> None:
        tree = self._tree()
        chosen = self._chosen(tree)
        if not self.bundle.has(self.node, LISTINGS):
            rows = [_row(file) for files in tree.listed.values() for file in files]
            self._keep(Part.FILES, LISTINGS, _LISTINGS_FILE, _json(rows))
        for file in self._within(chosen, tree.until):
            if self.is_full:
                self._leave(file, self._no_room)
            else:
                self._file(file, _source(file))
        self._tell_left()
        self.bundle.left(self.node, self.now(), FOOTPRINTS[Part.FILES])

    def _file(self, file: ListedFile, source: str, part: Part = Part.FILES, name: str = "") -> bool:
        """Read a file and keep it; return False where that is not possible, which is noted."""
        found = self._reads.read(file)
        if found.sent is None:
            self._gap(part, file.path, found.problem)
            return False
        if file.size is not None and len(found.sent) < file.size:
            why = f"it was handed out with {counted(len(found.sent), 'byte')}, and is listed with {file.size:,}"
            self._gap(part, file.path, f"{why}: it was rotated in between, or is not whole")
        return self._keep(part, source, name or local_name(file.path), found.sent, file)

    def _backup(self) -> None:
        name, source = f"{BACKUP_NAME}{self.bundle.id}", "systembackup full"
        if not self.bundle.has(self.node, source):
            self.bundle.backup_created(self.node, name)
            values = {"filename": name, "level": "full", "comment": "evidence"}
            try:
                self.session.write("POST", "systembackup?action=create", {"systembackup": values}, timeout=MAKING)
            except NitroError as error:
                self._gap(Part.BACKUP, "the full backup", str(error))
                self.bundle.backup_deleted(self.node, name)
                return
            except OutcomeUnknown as error:
                self._gap(Part.BACKUP, "the full backup", str(error))
            else:
                self.bundle.left(self.node, self.now(), f"{BACKUPS}/{name}.tgz was created")
                self._file(ListedFile(BACKUPS, f"{name}.tgz"), source, Part.BACKUP, "archives/full_backup.tgz")
        if (self.node, name) in self.bundle.backups:
            self.delete_backup(name)

    def _support(self) -> None:
        source = "techsupport"
        if self.bundle.has(self.node, source):
            return
        before = {file.name: (file.size, file.modified) for file in self._support_bundles()}
        self.bundle.left(self.node, self.now(), FOOTPRINTS[Part.SUPPORT])
        try:
            # Once: each repetition would make another bundle.
            reply = self.session.ask("GET", "techsupport?args=scope:NODE", timeout=MAKING)
        except OutcomeUnknown as error:
            self._gap(Part.SUPPORT, "the support bundle", f"{error}; it may still be made in {SUPPORT}")
            return
        if not reply.is_success:
            self._gap(Part.SUPPORT, "the support bundle", f"errorcode {reply.errorcode}: {reply.message}")
            return
        found = [file for file in self._support_bundles() if before.get(file.name) != (file.size, file.modified)]
        made = sorted(found, key=lambda file: file.name in before)  # two within a minute have one name
        if not made:
            self._gap(Part.SUPPORT, "the support bundle", f"no new file is in {SUPPORT}")
        for file in made[:1]:
            if file.size is not None and file.size > LARGEST_FILE:
                self._gap(
                    Part.SUPPORT,
                    file.path,
                    f"it has {file.size:,} bytes, and NITRO hands out at most {LARGEST_FILE:,}: fetch it by scp",
                )
            else:
                self._file(file, source, Part.SUPPORT, f"archives/{local_name(file.name)}")

    # -- pieces -------------------------------------------------------------------------------------------------------

    @cached_property
    def _reads(self) -> FileReads:
        """Return the files that are read: how many, and how many bytes, the bundle says."""
        return FileReads(lambda file: read_file(self.session, file.name, file.directory), AS_THEY_ARE)

    def _tree(self) -> DirectoryTree:
        return DirectoryTree(
            self.session,
            partial(self._gap, Part.FILES),
            self.further.directories,
            f"; {allow_more('further_directories')}",
            time.monotonic() + self.further.seconds,
            _LONGER,
        )

    def _chosen(self, tree: DirectoryTree) -> list[_Chosen]:
        """List all directories, and return the files that are to be read, each once, the most urgent first.

        An empty file is not: its listing says all, and a named pipe, which has no size, must not be read.
        """
        named = list(self._named(tree))
        first = [file for directory in FIRST for file in tree.listing(directory)]
        followed = [[file for found in tree.below(root) for file in tree.listing(found)] for root in FOLLOWED]
        last = [file for directory in LAST for file in tree.listing(directory)]
        last += [file for root in FOLLOWED_LAST for found in tree.below(root) for file in tree.listing(found)]
        last += [file for files in tree.listed.values() for file in files]  # beside what is named
        chosen: dict[str, _Chosen] = {}
        for is_further, files in ((False, (*named, *first)), (True, (*_unusual_first(followed), *last))):
            for file in files:
                if not file.is_directory and file.size != 0:
                    chosen.setdefault(file.path, _Chosen(file, is_further))
        return list(chosen.values())

    def _named(self, tree: DirectoryTree) -> Iterator[ListedFile]:
        """Yield the files that others name, and note one that is not listed."""
        for problem in self.named.problems:
            self._gap(Part.FILES, "the files that the last watch names", problem)
        for pattern in self.named.patterns:
            for entry in tree.entries(pattern.text):
                for file in _files_of(tree, entry) if pattern.is_whole or not entry.is_directory else ():
                    if not any(path_matches(file.path, excepted) for excepted in pattern.excepts):
                        yield file
        paths = self.named.paths_of(self.node)
        if len(paths) > MOST_NAMED:
            what = f"{len(paths) - MOST_NAMED} of the files that a hunt or a watch names"
            self._gap(Part.FILES, what, f"at most {MOST_NAMED} of a node are looked for")
        for path in paths[:MOST_NAMED]:
            directory, _slash, name = path.rpartition("/")
            here = next((file for file in tree.listing(directory or "/") if file.name == name), None)
            if here is None:
                self._gap(Part.FILES, path, "a hunt or a watch has named it, and no file of this name is listed")
            else:
                yield from _files_of(tree, here)

    def _within(self, chosen: list[_Chosen], until: float | None) -> Iterator[ListedFile]:
        """Yield the files that the limits allow, by the sizes in their listings, and note the others. What is there already is passed over."""
        count, size = self.bundle.files_of(self.node), self.bundle.bytes_of(self.node)
        further_count = further_size = 0
        for one in chosen:
            file, more = one.file, one.file.size or 0
            if self.bundle.has(self.node, _source(file)):
                continue
            if not file.can_be_read:
                self._gap(
                    Part.FILES,
                    file.path,
                    f"{_size(file)}: NITRO cannot be asked for a file of this name: fetch it by scp",
                )
            elif file.size is None or file.size > LARGEST_FILE:
                why = f"it has {_size(file)}, and NITRO hands out at most {LARGEST_FILE:,}: fetch it by scp"
                self._gap(Part.FILES, file.path, why)
            elif not one.is_further and count >= MOST_FILES:
                self._leave(file, f"at most {MOST_FILES:,} files of a node are taken")
            elif size + more > self.most_bytes:
                self._leave(file, self._no_room)
            elif one.is_further and further_count >= self.further.files:
                self._leave(
                    file,
                    f"at most {counted(self.further.files, 'further file')} may be taken; {allow_more('further_files')}",
                )
            elif one.is_further and further_size + more > self.further.bytes:
                allowed = self.further.bytes // 2**20
                self._leave(file, f"further files may have {allowed:,} MiB; {allow_more('further_mib')}")
            elif one.is_further and until is not None and time.monotonic() > until:
                self._leave(file, f"the time for further files is over{_LONGER}")
            else:
                count, size = count + 1, size + more
                further_count, further_size = further_count + one.is_further, further_size + more * one.is_further
                yield file

    def _leave(self, file: ListedFile, why: str) -> None:
        self._left.setdefault((file.directory, why), []).append(file)

    def _tell_left(self) -> None:
        """Note the listed files that were not read, with their size and the reason; those of a directory together."""
        for (directory, why), files in self._left.items():
            if len(files) == 1:
                self._gap(Part.FILES, files[0].path, f"it has {_size(files[0])}: {why}")
            else:
                size = sum(file.size or 0 for file in files)
                what = f"{counted(len(files), 'file')} of {directory}"
                self._gap(Part.FILES, what, f"they have {counted(size, 'byte')}, such as {files[0].name[:60]}: {why}")
        self._left.clear()

    @property
    def _no_room(self) -> str:
        return f"the evidence of a node may have {self.most_bytes:,} bytes: {allow_more('largest')}"

    def _support_bundles(self) -> list[ListedFile]:
        rows, _problem = list_directory(self.session, SUPPORT)
        return [file for file in rows or () if _COLLECTOR.fullmatch(file.name) and file.can_be_read]

    def _is_gone(self, name: str) -> bool:
        rows, problem = list_directory(self.session, BACKUPS)
        return not problem and f"{name}.tgz" not in {file.name for file in rows or ()}

    def _keep(self, part: Part, source: str, file: str, content: bytes, listed: ListedFile | None = None) -> bool:
        if not self._has_room(part, source, len(content)):
            self.is_full = True
            return False
        modified, accessed = (listed.modified, listed.accessed) if listed else (None, None)
        item = Item(
            self.node,
            part,
            source,
            f"{self.directory}/{file}",
            0,
            "",
            stamp(self.now()),
            modified.isoformat() if modified else "",
            accessed.isoformat() if accessed else "",
        )
        try:
            self.bundle.keep(item, content)
        except NotThisName:
            self._gap(part, source, "its place in the bundle is taken by something else")
            return False
        return True

    def _has_room(self, part: Part, what: str, size: int) -> bool:
        """Return True if so many bytes may be kept of the node; otherwise note it."""
        has = self.bundle.bytes_of(self.node) + size <= self.most_bytes
        if not has:
            self._gap(part, what, self._no_room)
        return has

    def _raise_unless_too_large(self, error: TourniquetError, part: Part, what: str) -> None:
        """Note an answer that is larger than any that is read; everything else says that the node is away."""
        if not isinstance(error.__cause__, AnswerTooLarge):
            raise error
        self._gap(part, what, "the answer is larger than any that is read")

    def _gap(self, part: Part, what: str, why: str, *, is_gap: bool = True) -> None:
        if len(self.missing) > MOST_GAPS:
            return
        if len(self.missing) == MOST_GAPS:
            what, why, is_gap = "more", f"only the first {MOST_GAPS} are named", True
        why = why.removeprefix(f"{self.session.where}: ")
        self.missing.append(Missing(self.node, str(part), one_line(what, 200), one_line(why), is_gap))


def _unusual_first(followed: list[list[ListedFile]]) -> list[ListedFile]:
    """Return the files of all roots: those that are not as old as most of their root before the others, and the newest first."""
    unusual: list[ListedFile] = []
    usual: list[ListedFile] = []
    for files in followed:
        times = Counter(file.modified for file in files)
        for file in files:
            (usual if times[file.modified] >= _AS_OLD else unusual).append(file)
    return sorted(unusual, key=lambda file: file.modified.isoformat() if file.modified else "~", reverse=True) + usual


def _files_of(tree: DirectoryTree, entry: ListedFile) -> Iterator[ListedFile]:
    """Yield a file, or those in a directory and in all below it."""
    if not entry.is_directory:
        yield entry
    else:
        yield from (file for found in tree.below(entry.path) for file in tree.listing(found))


def _source(file: ListedFile) -> str:
    return f"systemfile {file.path}"


def _size(file: ListedFile) -> str:
    return "no size" if file.size is None else f"{counted(file.size, 'byte')}"


def _content(query: Query, rows: list[Row]) -> bytes:
    if query.member:
        return "".join(str(row.get(query.member, "")) for row in rows).encode("utf-8", "replace")
    return _json(rows)


def _json(values: Any) -> bytes:
    return (json.dumps(values, indent=1) + "\n").encode("ascii")


def _row(file: ListedFile) -> dict[str, Any]:
    return {
        "path": file.path,
        "size": file.size,
        "modified": file.modified.isoformat() if file.modified else "",
        "accessed": file.accessed.isoformat() if file.accessed else "",
        "is_directory": file.is_directory,
    }
