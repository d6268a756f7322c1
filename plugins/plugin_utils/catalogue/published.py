# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pinned digests of a catalogue: its file published.txt has the digest of each revision and of each template that was published.

A line is never changed or removed, so the file is also the list of all revisions that ever were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from ..foundation.file_stamp import Stamp, stamp
from .digests import digests
from .entry_file import entry_ids

PUBLISHED = "published.txt"
SHOWN = 16
"""Characters of a digest."""


def published(catalogue: Path) -> dict[str, str]:
    """Return by name the digest of everything that was published.

    :raises OSError: if the file cannot be read
    """
    path = catalogue / PUBLISHED
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: digest for digest, _blank, name in (line.partition("  ") for line in lines)}


def present(catalogue: Path) -> dict[str, str]:
    """Return by name the digest of what the catalogue has.

    :raises InvalidInput: if an entry cannot be read
    """
    return {name: digest for id_ in entry_ids(catalogue) for name, digest in digests(catalogue / id_)}


def changes_of_published(pinned: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Return what was published and is not the same any more, each with its fix."""
    found = []
    for name, digest in pinned.items():
        id_, _blank, what = name.partition(" ")
        is_template = what.endswith(".j2")
        if name in there and there[name] != digest:
            fix = "add a template with the next number" if is_template else "raise the revision in its mitigation.yml"
            found.append(f"{name} was published and has changed: take the change back, or {fix}")
        if is_template and name not in there and any(other.startswith(f"{id_} ") for other in there):
            found.append(
                f"{name} was published and is gone: put it back, since a record of an appliance may name its version"
            )
    return found


def edited(directory: Path) -> tuple[str, ...]:
    """Return what of a built-in entry is not what was published, each with its digest, as sentences; nothing of an entry of one's own.

    :param directory: of the entry, or a link to it
    :raises InvalidInput: if the entry cannot be read
    """
    home = directory.resolve()
    files = [path for path in (home.parent / PUBLISHED, *sorted(home.iterdir())) if path.is_file()]
    return _edited(home, stamp(*files)) if (home.parent / PUBLISHED) in files else ()


def edited_in(catalogue: Path, ids: Iterable[str]) -> tuple[str, ...]:
    """Return the same of several entries of a catalogue."""
    return tuple(text for id_ in ids for text in edited(catalogue / id_))


@lru_cache(maxsize=256)
def _edited(directory: Path, _stamp: Stamp) -> tuple[str, ...]:
    id_ = directory.name
    pinned = {name: digest for name, digest in published(directory.parent).items() if name.partition(" ")[0] == id_}
    found = {name: digest for name, digest in digests(directory) if pinned and pinned.get(name) != digest}
    return tuple(
        f"the built-in entry {id_} was edited: {name.removeprefix(f'{id_} ')} has the digest {digest[:SHOWN]}, {_was(pinned.get(name))}"
        for name, digest in found.items()
    )


def _was(digest: str | None) -> str:
    return "which was never published" if digest is None else f"and {digest[:SHOWN]} was published"


def with_new(pinned: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Return the text of the file with what is new behind what was published."""
    new = {name: digest for name, digest in there.items() if name not in pinned}
    return "".join(f"{digest}  {name}\n" for name, digest in {**pinned, **new}.items())
