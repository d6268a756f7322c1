# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bundle: entries of the catalogue in one file, which ships without a release of the collection.

It is a plain tar file, so that ``tar -tf`` shows it: first ``bundle.json``, then the files of each entry. It is not compressed, has regular files alone,
and one form only: what packing its content again does not give byte for byte is refused. Whose it is, module signed_bundle says.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from .bounded_yaml import LARGEST as LARGEST_FILE
from .foreign_entry import MOST_FILES

MANIFEST = "bundle.json"
FORMAT = 1
LARGEST = 8 * 1024 * 1024
"""Bytes of a whole bundle."""
MOST_ENTRIES = 300
LARGEST_MANIFEST = 4096  # bytes
_NAME = re.compile(r"([a-z][a-z0-9_]{0,62})/([a-z][a-z0-9.]{0,31})")
"""The path of a file: its entry, and its name. What names an entry may have, module foreign_entry says."""
_NUMBER = re.compile(r"[1-9][0-9]{0,13}")
_ABOUT = re.compile(r"[^\x00-\x1f\x7f]{0,200}")
_COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"PK": "zip"}

Files = Mapping[str, Mapping[str, bytes]]
"""By entry and name, the content of each file."""


@dataclass(frozen=True)
class Bundle:
    """The content of a bundle.

    :ivar number: grows from bundle to bundle; by it an older one is refused
    :ivar about: what its author says of it, one line
    """

    number: int
    about: str
    files: Files


def pack(bundle: Bundle) -> bytes:
    """Return a bundle as one file: the same content gives the same bytes.

    :raises InvalidInput: where it is larger than a reader accepts
    """
    manifest = json.dumps({"format": FORMAT, "number": str(bundle.number), "about": bundle.about}).encode() + b"\n"
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in [(MANIFEST, manifest), *_members(bundle.files)]:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    packed = target.getvalue()
    if len(packed) > LARGEST:
        raise InvalidInput(f"it would be larger than {LARGEST // 1024 // 1024} MiB: pack fewer entries")
    return packed


def unpack(content: bytes) -> Bundle:
    """Return the content of a bundle, all of it bounded. Nothing is written.

    :raises InvalidInput: saying what is wrong with it, as a clause
    """
    if len(content) > LARGEST:
        raise InvalidInput(f"it is larger than {LARGEST // 1024 // 1024} MiB")
    for begin, kind in _COMPRESSED.items():
        if content.startswith(begin):
            raise InvalidInput(f"it is compressed ({kind}); a bundle is a plain tar file")
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            members = dict(_checked(archive))
    except (tarfile.TarError, ValueError, OverflowError, RecursionError, EOFError, OSError) as error:
        raise InvalidInput(f"it is not a tar file that can be read ({printable(str(error))})") from None
    number, about = _manifest(members.pop(MANIFEST, b""))
    files: dict[str, dict[str, bytes]] = {}
    for name, one in members.items():
        id_, _slash, file = name.partition("/")
        files.setdefault(id_, {})[file] = one
    if not files or len(files) > MOST_ENTRIES:
        raise InvalidInput(f"it has {len(files)} entries; 1 to {MOST_ENTRIES} are allowed")
    found = Bundle(number, about, files)
    if pack(found) != content:
        raise InvalidInput(
            "it is not in the form in which catalogue.yml packs a bundle, so it may hold more than it shows"
        )
    return found


def _members(files: Files) -> Iterator[tuple[str, bytes]]:
    for id_, own in sorted(files.items()):
        for name, content in sorted(own.items()):
            yield f"{id_}/{name}", content


def _checked(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each member, in order."""
    seen: dict[str, int] = {}
    for member in archive:
        name = printable(member.name)
        if member.type != tarfile.REGTYPE or member.pax_headers:
            raise InvalidInput(f"{name} in it is a link or something else that is no plain file")
        match = _NAME.fullmatch(member.name)
        if match is None and member.name != MANIFEST:
            raise InvalidInput(f"{name} in it is out of place: a file is at ENTRY/FILE")
        if member.size > (LARGEST_FILE if match else LARGEST_MANIFEST):
            raise InvalidInput(f"{name} in it is larger than {LARGEST_FILE // 1024} KiB")
        id_ = match[1] if match else ""
        seen[id_] = seen.get(id_, 0) + 1
        if seen[id_] > MOST_FILES or len(seen) > MOST_ENTRIES + 1:
            raise InvalidInput(f"it has too many files: at most {MOST_ENTRIES} entries of {MOST_FILES} files")
        file = archive.extractfile(member)
        yield member.name, file.read() if file else b""


def _manifest(content: bytes) -> tuple[int, str]:
    """Return the number of a bundle, and what its author says of it."""
    try:
        given = json.loads(content)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or given.keys() != {"format", "number", "about"} or given["format"] != FORMAT:
        raise InvalidInput(f"its {MANIFEST} is missing, or not one of format {FORMAT}")
    number, about = given["number"], given["about"]
    if not (
        isinstance(number, str) and _NUMBER.fullmatch(number) and isinstance(about, str) and _ABOUT.fullmatch(about)
    ):
        raise InvalidInput(f"its {MANIFEST} must have a number of at most 14 digits and one line about it")
    return int(number), about
