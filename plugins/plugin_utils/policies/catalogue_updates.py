# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue of a run with the entries of the bundle in use: of each entry the newest revision counts, that of the release or that of the bundle.

The bundles that were taken lie beside the inventory, and a small file there names the one in use. Each run checks its signature and its entries again,
and reads a private copy, whose directory has the digest of what was checked as its name.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..catalogue.bundle_name import FILE as BUNDLE_NAME
from ..catalogue.digests import digests
from ..catalogue.entry_file import FILE, entry_ids, load_entry
from ..catalogue.published import PUBLISHED, changes_of_published, present, published, with_new
from ..change.records.revoked_keys import revoked_file
from ..change.records.signed_bundle import SUFFIX, SignedBundle, read_signed_bundle
from ..foundation.errors import InvalidInput
from ..foundation.file_stamp import Stamp, stamp
from ..foundation.foreign_text import printable
from ..foundation.next_action import Command, advice
from ..foundation.private_files import replace_file
from ..foundation.result_cache import ENGINE
from .checked_copies import checked_copy
from .entry_check import problems_of

VARIABLE = "tourniquet_catalogue_updates"
IN_USE = "in_use.json"
VIEWS = "updated_catalogues"
"""The name of the directory of the catalogues with a bundle, in the state directory."""
MOST_TAKEN = 50
"""The largest number of bundles that are remembered, to go back to."""
WAY_OUT = (
    f"Go back with playbooks/catalogue.yml -e go_back=true, or leave it out with -e {VARIABLE}=none. Nothing was sent."
)
_GO_BACK = Command("catalogue", (("go_back", "true"),), is_local=True)
_FILE = re.compile(r"[1-9][0-9]{0,13}-[0-9a-f]{12}\.tar")
_LARGEST = 64 * 1024  # bytes of in_use.json


@dataclass(frozen=True)
class Taken:
    """A bundle that was taken.

    :ivar file: its file in the folder of bundles
    :ivar when: when it was taken; its key had to be valid then
    :ivar by: who took it
    """

    file: str
    when: datetime
    by: str


def read_taken(folder: Path | None) -> tuple[Taken, ...]:
    """Return the bundles of a folder that were taken, of which the last one is in use; none for the entries of the release alone.

    :raises InvalidInput: where the file that says it cannot be read
    """
    if folder is None:
        return ()
    path = folder / IN_USE
    fix = "Restore it, or remove it and take a bundle. Nothing was sent."
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        given: Any = json.loads(content) if len(content) <= _LARGEST else None
        return tuple(map(_parse, given["taken"]))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}). {fix}") from error
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidInput(f"{path} is not one that catalogue.yml wrote. {fix}") from None


def write_taken(folder: Path, found: Sequence[Taken]) -> None:
    """Write which bundles were taken, as a whole or not at all.

    :raises OSError: where it cannot be written
    """
    values = [{"bundle": one.file, "when": one.when.isoformat(), "by": one.by} for one in found[-MOST_TAKEN:]]
    replace_file(folder / IN_USE, json.dumps({"taken": values}, indent=2) + "\n", mode=0o644)


@contextlib.contextmanager
def only_one(folder: Path, expected: Sequence[Taken]) -> Iterator[None]:
    """Hold the lock of the folder, so that nobody else takes a bundle or goes back meanwhile. The operating system frees it when a process dies.

    :param expected: the bundles that were taken when this run looked
    :raises InvalidInput: where somebody else holds it, or has changed what is in use since
    :raises OSError: where the folder cannot be made or locked
    """
    folder.mkdir(mode=0o755, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_same = read_taken(folder) == tuple(expected)
        except BlockingIOError:
            is_same = False
        if not is_same:
            raise InvalidInput(
                f"somebody else changes which bundle is in use, in {folder}, at this moment. Give the same command again. Nothing was changed."
            )
        yield
    finally:
        os.close(descriptor)


def keep(folder: Path, found: SignedBundle) -> str:
    """Write a bundle and its signature into the folder, and return the name of its file.

    :raises OSError: where they cannot be written
    """
    name = found.file_name
    folder.mkdir(mode=0o755, exist_ok=True)
    for file, content in ((name, found.content), (f"{name}{SUFFIX}", found.signature.encode())):
        descriptor, made = tempfile.mkstemp(dir=folder)
        with os.fdopen(descriptor, "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(descriptor)
        Path(made).chmod(0o644)
        Path(made).replace(folder / file)
    return name


def updated_catalogue(built_in: Path, folder: Path | None, signers: Path, state: Path) -> Path:
    """Return the directory of the catalogue with the entries of the bundle in use; the built-in one where none is.

    :param folder: of the bundles; None where there is none
    :param signers: the list of allowed signers
    :param state: the state directory of the user
    :raises InvalidInput: naming the bundle, what is wrong with it, and the fix
    """
    taken = read_taken(folder)
    if folder is None or not taken:
        return built_in
    path = folder / taken[-1].file
    lists = (signers, revoked_file(signers))
    files = (path, Path(f"{path}{SUFFIX}"), *lists, *(built_in / id_ / FILE for id_ in entry_ids(built_in)))
    return _updated(built_in, path, taken[-1].when, signers, state, stamp(*files))


@lru_cache(maxsize=8)
def _updated(built_in: Path, path: Path, taken: datetime, signers: Path, state: Path, _stamp: Stamp) -> Path:
    try:
        return catalogue_with(read_signed_bundle(path, signers, taken), built_in, state)
    except InvalidInput as error:
        text = str(error).removesuffix(" Nothing was taken.")
        raise InvalidInput(advice(f"the catalogue in use: {text} {WAY_OUT}", _GO_BACK)) from None


def catalogue_with(found: SignedBundle, built_in: Path, state: Path) -> Path:
    """Return the directory of the catalogue with the entries of a bundle; they are checked when it is made.

    :raises InvalidInput: naming the entry and what is wrong with it
    """

    def fill(made: Path) -> None:
        _fill(made, found, built_in)
        for problem in _problems(made, found, built_in):
            raise InvalidInput(f"the {found} is refused: {printable(problem.replace(f'{made}/', ''))}.")
        (made / BUNDLE_NAME).write_text(f"{found}\n", encoding="utf-8")
        (made / PUBLISHED).write_text(with_new(published(built_in), present(made)), encoding="utf-8")

    return checked_copy(state / VIEWS / _digest(found, built_in), fill)


def older_entries(before: Path, after: Path) -> Iterator[str]:
    """Yield why a catalogue is older than the one in use: an entry is missing, or has an older revision, or one that was published has changed.

    :param before: the catalogue in use
    """
    there = {id_: load_entry(after / id_) for id_ in entry_ids(after)}
    for id_ in entry_ids(before):
        used = load_entry(before / id_).revision
        if id_ not in there:
            yield f"it is older than the one in use: it lacks {id_}"
        elif there[id_].revision < used:
            yield f"it is older than the one in use: {id_} has revision {there[id_].revision}, and revision {used} is in use"
    yield from changes_of_published(published(before), present(after))


def _fill(made: Path, found: SignedBundle, built_in: Path) -> None:
    """Put the entries of the release as links, and those of the bundle that are not older as copies."""
    for id_, files in found.bundle.files.items():
        (made / id_).mkdir()
        for name, content in files.items():
            (made / id_ / name).write_bytes(content)
    for id_ in entry_ids(built_in):
        if id_ in found.bundle.files and not _is_older(made / id_, built_in / id_):
            continue
        shutil.rmtree(made / id_, ignore_errors=True)
        (made / id_).symlink_to((built_in / id_).resolve(), target_is_directory=True)


def _is_older(one: Path, other: Path) -> bool:
    """Return True if an entry has an older revision than another; one that cannot be read has not, so that it is reported."""
    try:
        return load_entry(one).revision < load_entry(other).revision
    except InvalidInput:
        return False


def _problems(made: Path, found: SignedBundle, built_in: Path) -> Iterator[str]:
    """Yield what is wrong with the entries of a bundle."""
    copied = [id_ for id_ in sorted(found.bundle.files) if not (made / id_).is_symlink()]
    for id_ in copied:
        if FILE not in found.bundle.files[id_]:
            yield f"{id_}: it has no {FILE}"
        yield from (f"{id_}: {problem}" for problem in problems_of(made / id_))
    there = {name: digest for id_ in copied for name, digest in digests(made / id_)}
    yield from changes_of_published(published(built_in), there)


def _digest(found: SignedBundle, built_in: Path) -> str:
    """Return the digest of a catalogue with a bundle. The built-in entries count by their facts, by which those of the bundle are checked, and the
    engine that checks them by its source: another version of the collection checks them again.
    """
    parts = [ENGINE.encode(), found.digest.encode(), str(found).encode()]
    for id_ in entry_ids(built_in):
        path = built_in / id_ / FILE
        parts += [str(path).encode(), path.read_bytes()]
    if (built_in / PUBLISHED).is_file():
        parts.append((built_in / PUBLISHED).read_bytes())
    return sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()[:32]


def _parse(given: Any) -> Taken:
    """:raises ValueError: where a value has another form (also KeyError and TypeError)"""
    found = Taken(given["bundle"], datetime.fromisoformat(given["when"]), printable(str(given["by"])[:200]))
    if not _FILE.fullmatch(found.file) or found.when.tzinfo is None:
        raise ValueError
    return found
