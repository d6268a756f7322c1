# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bundle of evidence on the control node: private files, each noted with its hash when it is on the disk, so that a run that died is continued.

``<place>/<appliance>/<id>/<node>/<path on the node>``, with ``manifest.json`` and its seal beside the nodes. Bundles hold private keys and password hashes.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...change.records.records_folder import unique_name
from ...change.records.sshsig import sign
from ...foundation.digest import digest_of
from ...foundation.errors import InvalidInput, Refused
from ...foundation.private_files import (
    append_privately,
    create_privately,
    has_private_directory,
    make_private_directory,
    open_private,
    read_private_bytes,
)
from .manifest import FILE, NAMESPACE, SEAL, Footprint, Item, Manifest, item_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PROGRESS = "progress.jsonl"
CONTINUED_FOR = timedelta(hours=24)
"""How old an unfinished bundle may be that is continued."""
_LOCK = ".lock"
_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
_PLAIN = re.compile(r"[A-Za-z0-9._@+=,-]")
_NOT_THIS_NAME = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG)
_ITEM, _BEGAN, _CREATED, _DELETED, _FOOTPRINT = "item", "began", "backup created", "backup deleted", "footprint"


class NotThisName(Exception):
    """A file of the node cannot have its place in the bundle."""


@dataclass
class Bundle:
    """A bundle that is not sealed yet.

    :ivar items: by node and source, what is on the disk
    :ivar backups: the full backups of ours that may still be on a node, as node and name
    """

    directory: Path
    began: str
    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    backups: list[tuple[str, str]] = field(default_factory=list)
    footprint: list[Footprint] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.directory.name

    def has(self, node: str, source: str) -> bool:
        """Return True if this was taken already."""
        return (node, source) in self.items

    def bytes_of(self, node: str) -> int:
        return sum(item.size for item in self.items.values() if item.node == node)

    def files_of(self, node: str) -> int:
        return sum(item.node == node for item in self.items.values())

    def keep(self, item: Item, content: bytes) -> None:
        """Write a file, and note it.

        :param item: without size and hash
        :raises NotThisName: where its place is taken by something else
        :raises Refused: where it cannot be written
        """
        path = self.directory / item.file
        if any(one.file == item.file for one in self.items.values()):
            raise NotThisName
        try:
            path.unlink(missing_ok=True)  # of a run that ended before the file was noted
            create_privately(path, content)
        except OSError as error:
            if error.errno in _NOT_THIS_NAME:
                raise NotThisName from error
            raise unwritable(path, error) from error
        _set_times(path, item)
        whole = Item(**{**asdict(item), "part": item.part, "size": len(content), "sha256": digest_of(content)})
        self.note(_ITEM, **asdict(whole))
        self.items[item.node, item.source] = whole

    def left(self, node: str, at: datetime, what: str) -> None:
        """Note what was done on a node."""
        self.footprint.append(Footprint(node, stamp(at), what))
        self.note(_FOOTPRINT, **asdict(self.footprint[-1]))

    def backup_created(self, node: str, name: str) -> None:
        """Note that a backup is about to be created, before it is: whoever continues deletes it."""
        self.note(_CREATED, node=node, name=name)
        self.backups.append((node, name))

    def backup_deleted(self, node: str, name: str) -> None:
        self.note(_DELETED, node=node, name=name)
        self.backups.remove((node, name))

    def note(self, kind: str, **values: Any) -> None:
        path = self.directory / PROGRESS
        try:
            append_privately(path, json.dumps({"kind": kind, **values}))
        except OSError as error:
            raise unwritable(path, error) from error

    def seal(self, manifest: Manifest, key: Ed25519PrivateKey) -> str:
        """Write the manifest and its signature, and return the SHA-256 of the manifest.

        :raises Refused: where they cannot be written
        """
        data = manifest.to_bytes()
        try:
            for name, content in ((FILE, data), (SEAL, sign(key, data, NAMESPACE).encode("ascii"))):
                (self.directory / name).unlink(missing_ok=True)
                create_privately(self.directory / name, content)
            (self.directory / PROGRESS).unlink()
        except OSError as error:
            raise unwritable(self.directory / FILE, error) from error
        return digest_of(data)


def place_of(bundles: Path, appliance: str) -> Path:
    """Return the directory of the bundles of an appliance."""
    return bundles / unique_name(appliance)


def sealed_bundles(bundles: Path, appliance: str) -> list[Path]:
    """Return the sealed bundles of an appliance, the newest first.

    :raises InvalidInput: where others may read them, or the directory cannot be looked at
    """
    return [path for path in _bundles(bundles, appliance) if (path / SEAL).exists()]


@contextlib.contextmanager
def open_bundle(bundles: Path, appliance: str, now: datetime) -> Iterator[Bundle]:
    """Give the unfinished bundle of an appliance, or a new one; nobody else writes to it meanwhile.

    :raises InvalidInput: where others may read the directory
    :raises Refused: where another run takes evidence of the appliance, or the directory cannot be written
    """
    place = place_of(bundles, appliance)
    try:
        make_private_directory(bundles, secret=True)
        make_private_directory(place, secret=True)
        lock = open_private(place / _LOCK, os.O_RDWR | os.O_CREAT, secret=True)
    except OSError as error:
        raise unwritable(place, error) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(
                f"{appliance}: another run takes evidence of it at this moment, in {place}. Wait for its end. Nothing was sent."
            ) from error
        yield _unfinished(bundles, appliance, now) or _new(place, now)
    finally:
        os.close(lock)


def _new(place: Path, now: datetime) -> Bundle:
    directory = place / f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    try:
        make_private_directory(directory, secret=True)
    except OSError as error:
        raise unwritable(directory, error) from error
    bundle = Bundle(directory, stamp(now))
    bundle.note(_BEGAN, at=bundle.began)
    return bundle


def _unfinished(bundles: Path, appliance: str, now: datetime) -> Bundle | None:
    """Return the newest bundle, if it is not sealed and young enough; what is not on the disk any more, or changed, is taken again."""
    newest = next(iter(_bundles(bundles, appliance)), None)
    if newest is None or (newest / SEAL).exists():
        return None
    try:
        lines = read_private_bytes(newest / PROGRESS, secret=True).splitlines()
        bundle = _read(newest, lines)
        age = now - datetime.fromisoformat(bundle.began)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # it stays as it is, and a new one is begun
    return bundle if age <= CONTINUED_FOR else None


def _read(directory: Path, lines: list[bytes]) -> Bundle:
    bundle = Bundle(directory, "")
    for line in lines:
        try:
            values = json.loads(line)
        except ValueError:
            continue  # a line that was cut off when the run died
        kind = values.pop("kind")
        if kind == _BEGAN:
            bundle.began = values["at"]
        elif kind == _ITEM and _is_there(directory, item := item_of(values)):
            bundle.items[item.node, item.source] = item
        elif kind == _CREATED:
            bundle.backups.append((values["node"], values["name"]))
        elif kind == _DELETED:
            bundle.backups.remove((values["node"], values["name"]))
        elif kind == _FOOTPRINT:
            bundle.footprint.append(Footprint(**values))
    return bundle


def _set_times(path: Path, item: Item) -> None:
    """Give a file the times that it has on its node. Their zone is not known, so they are written as if they were UTC."""
    if item.modified:
        times = [
            datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
            for text in (item.accessed or item.modified, item.modified)
        ]
        with contextlib.suppress(OSError, OverflowError):  # a time that the disk cannot have; the manifest has it
            os.utime(path, (times[0], times[1]))


def _is_there(directory: Path, item: Item) -> bool:
    with contextlib.suppress(OSError, InvalidInput):
        return digest_of(read_private_bytes(directory / item.file, secret=True)) == item.sha256
    return False


def _bundles(bundles: Path, appliance: str) -> list[Path]:
    place = place_of(bundles, appliance)
    try:
        if not has_private_directory(bundles, secret=True) or not has_private_directory(place, secret=True):
            return []
        found = [path for path in place.iterdir() if _ID.fullmatch(path.name)]
        return sorted((path for path in found if has_private_directory(path, secret=True)), reverse=True)
    except OSError as error:
        raise InvalidInput(
            f"{appliance}: the bundles of evidence in {place} cannot be read ({error.strerror}). Make the directory readable, or name "
            "another one: -e bundles=..."
        ) from error


def local_name(path: str) -> str:
    """Return the path of a file of a node as a path below the directory of the node: characters that a shell may read are escaped as in a URL."""
    return "/".join(_escaped(name) for name in path.strip("/").split("/"))


def _escaped(name: str) -> str:
    text = "".join(c if _PLAIN.fullmatch(c) else "".join(f"%{byte:02X}" for byte in c.encode()) for c in name)
    return f"%{ord(text[0]):02X}{text[1:]}" if text.startswith("-") or text in (".", "..") else text


def stamp(moment: datetime) -> str:
    """Return a time of the control node as ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def unwritable(path: Path, error: OSError) -> Refused:
    """Return the error of evidence that cannot be written, with its fix."""
    return Refused(
        f"evidence cannot be written to {path} ({error.strerror}). Make room, or name another directory with -e bundles=DIRECTORY, and run "
        "the same playbook again: it continues"
    )
