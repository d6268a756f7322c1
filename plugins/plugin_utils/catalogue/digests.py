# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Digests of an entry: one of its revision, which are its facts and its traffic, and one of each template. Reads files only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..foundation.digest import digest_of
from .entry_file import FILE, TEMPLATE, load_entry
from .mitigation import TRAFFIC


def digests(directory: Path) -> Iterator[tuple[str, str]]:
    """Yield what can be published of an entry, by name, each with its SHA-256 in hexadecimal.

    The names are "<id> revision <number>" and "<id> <template>".

    :raises InvalidInput: if the entry cannot be read
    """
    entry = load_entry(directory)
    facts = [path for name in (FILE, TRAFFIC) if (path := directory / name).is_file()]
    lines = "".join(f"{path.name} {digest_of(path.read_bytes())}\n" for path in facts)
    yield f"{entry.id} revision {entry.revision}", digest_of(lines.encode())
    for path in sorted(directory.iterdir()):
        if TEMPLATE.fullmatch(path.name):
            yield f"{entry.id} {path.name}", digest_of(path.read_bytes())
