# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue of a run: the built-in entries, and the user's own ones, which are hostile until they are checked.

What was checked is what is used: the run reads a private copy of each own entry, which lies beside links to the built-in ones. The name of this
directory is the digest of what is in it, so that an entry is checked once, and again after each change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from ..catalogue.bundle_name import FILE as BUNDLE_NAME
from ..catalogue.bundle_name import bundle_of
from ..catalogue.digests import digests
from ..catalogue.entry import MeasureForm
from ..catalogue.entry_file import FILE, entry_ids, load_entry
from ..catalogue.foreign_entry import check_files
from ..catalogue.mitigation import priority_of
from ..catalogue.new_entry import unfilled
from ..catalogue.priorities import DERIVED
from ..catalogue.published import PUBLISHED, changes_of_published, published
from ..foundation.errors import InvalidInput
from ..foundation.file_stamp import Stamp, stamp
from ..foundation.foreign_text import printable
from ..foundation.result_cache import ENGINE
from .checked_copies import checked_copy
from .entry_check import problems_of

VARIABLE = "tourniquet_own_entries"
VIEWS = "catalogues"
"""The name of the directory of the combined catalogues, in the state directory."""
MOST_ENTRIES = 200
_Files = tuple[tuple[str, str, bytes], ...]


def catalogue_of_run(built_in: Path, own: Path | None, state: Path) -> Path:
    """Return the directory of the catalogue of a run: the built-in one where there are no own entries.

    :param own: the directory of own entries; None for none
    :param state: the state directory of the user
    :raises InvalidInput: naming the own entry, what is wrong with it, and the fix
    """
    if own is None or built_in.parent == state / VIEWS or own.resolve() == built_in.resolve():
        return built_in  # a combined catalogue has the own entries already
    ids = entry_ids(own)
    if not ids:
        return built_in
    if len(ids) > MOST_ENTRIES:
        raise InvalidInput(f"{own} has {len(ids)} entries; at most {MOST_ENTRIES} are allowed")
    files = [path for id_ in ids for path in sorted((own / id_).iterdir())]
    return _combined(built_in, own, state, tuple(map(str, files)), stamp(*files, own / PUBLISHED, *_built_in(built_in)))


def own_problems(own: Path, built_in: Path, id_: str) -> tuple[str, ...]:
    """Return what is wrong with an own entry, its id included; nothing if it may be used."""
    if (built_in / id_ / FILE).is_file():
        return (f"the catalogue has an entry {id_} already, and an own one never replaces it: rename {own / id_}",)
    return _problems_of_files(own / id_) or tuple(_taken_numbers(own, built_in, id_))


def _taken_numbers(own: Path, built_in: Path, id_: str) -> Iterator[str]:
    """Yield the entry that is bound at the same number. A run goes on with both: the second one that is applied goes in front of the first."""
    if not _binds(own / id_):
        return
    number, others = priority_of(own / id_), (path / one for path in (built_in, own) for one in entry_ids(path))
    for other in others:
        if other.name != id_ and _binds(other) and priority_of(other) == number:
            taken = _numbers(own, built_in)
            free = next((one for one in DERIVED if one not in taken), max(taken) + 1)
            yield f"it is bound at the priority {number}, as {other.name} is: write `priority: {free}` in its measure"
            return


def _numbers(own: Path, built_in: Path) -> set[int]:
    return {priority_of(path / one) for path in (built_in, own) for one in entry_ids(path) if _binds(path / one)}


def _binds(directory: Path) -> bool:
    """Return True if the measure of an entry binds a policy. Another entry that cannot be read is not the subject."""
    try:
        measure = load_entry(directory).measure
    except InvalidInput:
        return False
    return measure is not None and measure.form is not MeasureForm.SETTING


def _problems_of_files(directory: Path) -> tuple[str, ...]:
    return tuple(check_files(directory)) or tuple(unfilled(directory)) or problems_of(directory)


@lru_cache(maxsize=8)
def _combined(built_in: Path, own: Path, state: Path, _paths: tuple[str, ...], _stamp: Stamp) -> Path:
    ids = entry_ids(own)
    for id_ in ids:
        for problem in check_files(own / id_):
            raise _wrong(own / id_, problem)
    files = tuple((id_, path.name, path.read_bytes()) for id_ in ids for path in sorted((own / id_).iterdir()))

    def fill(made: Path) -> None:
        _fill(made, built_in, files)
        for refusal in _problems(made, built_in, own, ids):
            raise refusal

    return checked_copy(state / VIEWS / _digest(built_in, files, own / PUBLISHED), fill)


def _problems(made: Path, built_in: Path, own: Path, ids: list[str]) -> Iterator[InvalidInput]:
    """Yield what is wrong with the copies of own entries."""
    for id_ in ids:
        if (built_in / id_ / FILE).is_file():
            yield _wrong(own / id_, own_problems(own, built_in, id_)[0])
        for problem in _problems_of_files(made / id_):
            yield _wrong(own / id_, problem.replace(str(made), str(own)))
    there = {name: digest for id_ in ids for name, digest in digests(made / id_)}
    for problem in changes_of_published(published(own), there):
        yield InvalidInput(f"{own / PUBLISHED}: {problem}")


def _wrong(directory: Path, problem: str) -> InvalidInput:
    fix = f"Mend it, or leave your own entries out with -e {VARIABLE}=none. Nothing was sent."
    return InvalidInput(f"your entry {directory}: {printable(problem)}. {fix}")


def _fill(made: Path, built_in: Path, files: _Files) -> None:
    own = {id_ for id_, _name, _content in files}
    if bundle := bundle_of(built_in):
        (made / BUNDLE_NAME).write_text(f"{bundle}\n", encoding="utf-8")
    for id_ in entry_ids(built_in):
        if id_ not in own:
            (made / id_).symlink_to((built_in / id_).resolve(), target_is_directory=True)
    for id_, name, content in files:
        (made / id_).mkdir(exist_ok=True)
        (made / id_ / name).write_bytes(content)


def _built_in(built_in: Path) -> list[Path]:
    return [built_in / id_ / FILE for id_ in entry_ids(built_in)]


def _digest(built_in: Path, files: _Files, pinned: Path) -> str:
    """Return the digest of a combined catalogue. The built-in entries count by their facts, by which own ones are checked, and the engine that checks
    them by its source: another version of the collection checks them again.
    """
    parts = [("engine", "", ENGINE.encode())]
    parts += [("", str(path), path.read_bytes()) for path in (*_built_in(built_in), pinned) if path.is_file()]
    found = hashlib.sha256()
    for names in (*parts, *files):
        for part in names:
            content = part.encode() if isinstance(part, str) else part
            found.update(len(content).to_bytes(8, "big") + content)
    return found.hexdigest()[:32]
