# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pack a bundle of the catalogue, look at one, take it, or go back to what was in use before. Asks no appliance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...catalogue.bounded_yaml import read_yaml
from ...catalogue.bundle import Bundle, pack, unpack
from ...catalogue.bundle_name import bundle_of
from ...catalogue.entry_file import FILE, entry_ids, load_entry
from ...catalogue.foreign_entry import check_files
from ...catalogue.published import PUBLISHED, changes_of_published, present, published
from ...change.records.signed_bundle import NAMESPACE, SUFFIX, SignedBundle, read_signed_bundle
from ...foundation.counted import counted
from ...foundation.errors import InvalidInput
from ...foundation.folded_names import folded
from ...foundation.foreign_text import printable
from ...policies.catalogue_updates import (
    Taken,
    catalogue_with,
    keep,
    older_entries,
    only_one,
    read_taken,
    updated_catalogue,
    write_taken,
)
from ...policies.entry_check import problems_of
from ...policies.own_entries import catalogue_of_run

RELEASE = "the entries of the release"
SHOWN = 12
"""The largest number of entries that are named."""


@dataclass(frozen=True)
class Comparison:
    """Two catalogues.

    :ivar before: the directory of the one in use
    :ivar after: that with the bundle
    :ivar lines: the bundle, and which entries differ
    """

    before: Path
    after: Path
    found: SignedBundle
    lines: tuple[str, ...]


@dataclass(frozen=True)
class UpdateResult:
    """What was done.

    :ivar lines: what a person reads
    """

    changed: bool
    lines: tuple[str, ...]


@dataclass(frozen=True)
class CatalogueUpdate:
    """The catalogue of a user: the entries of the release, the bundles that were taken, and his own entries.

    :ivar own: the directory of his own entries; None for none
    :ivar folder: of the bundles
    :ivar signers: the list of allowed signers
    :ivar state: the state directory of the user
    :ivar write: files are written
    """

    built_in: Path
    own: Path | None
    folder: Path
    signers: Path
    state: Path
    write: bool = True

    def in_use(self) -> UpdateResult:
        """Return which bundle is in use, and to which one could go back.

        :raises InvalidInput: where it does not count any more
        """
        catalogue = self._base()
        number, taken = len(entry_ids(catalogue)), read_taken(self.folder)
        lines = [f"in use: {bundle_of(catalogue) or RELEASE}: {counted(number, 'entry')}"]
        if taken:
            lines.append(f"taken by {taken[-1].by} on {taken[-1].when:%Y-%m-%d %H:%M} UTC, in {self.folder}")
            lines.append(f"-e go_back=true goes back to {_last_of(self._that_count(taken[:-1]))}")
        own = len(entry_ids(self.own)) if self.own else 0
        return UpdateResult(
            changed=False, lines=(*lines, *([f"and {counted(own, 'entry')} of your own, in {self.own}"] * bool(own)))
        )

    def directory(self) -> Path:
        """Return the directory of the whole catalogue: of the release, of the bundle in use, and the user's own entries.

        :raises InvalidInput: where one of them does not count
        """
        return catalogue_of_run(self._base(), self.own, self.state)

    def compare(self, path: Path) -> Comparison:
        """Return the catalogue in use and that with a bundle; all of the bundle is checked.

        :raises InvalidInput: naming the bundle, why it is refused, and the fix
        """
        found, base = read_signed_bundle(path, self.signers, datetime.now(UTC)), self._base()
        taken = read_taken(self.folder)
        if taken and found.bundle.number < _number(taken[-1]):
            raise _refused(found, f"it is older than the one in use, which has the number {_number(taken[-1])}")
        updated = catalogue_with(found, self.built_in, self.state)
        for problem in older_entries(base, updated):
            raise _refused(found, problem)
        before, after = (catalogue_of_run(one, self.own, self.state) for one in (base, updated))
        return Comparison(before, after, found, tuple(_differences(found, base, updated)))

    def take(self, path: Path, by: str) -> UpdateResult:
        """Take a bundle: from the next run on its entries count. That in use is taken again where it has another signature, by a new key.

        :param by: who takes it
        :raises InvalidInput: where it is refused, or a file cannot be written
        """
        taken = read_taken(self.folder)
        compared = self.compare(path)
        is_same = bool(taken) and taken[-1].file == compared.found.file_name
        if is_same and bundle_of(compared.before) == bundle_of(compared.after):
            return UpdateResult(changed=False, lines=(*compared.lines, "it is in use already"))
        if self.write:
            try:
                with only_one(self.folder, taken):
                    keep(self.folder, compared.found)
                    new = Taken(compared.found.file_name, datetime.now(UTC), by)
                    write_taken(self.folder, [*(taken[:-1] if is_same else taken), new])
            except OSError as error:
                raise _not_written(error, self.folder) from error
        verb = "taken" if self.write else "would be taken"
        line = f"{verb} into {self.folder}: each run uses it from then on, and -e go_back=true goes back"
        return UpdateResult(changed=True, lines=(*compared.lines, line))

    def go_back(self) -> UpdateResult:
        """Go back to the bundle that was in use before and still counts, or to the entries of the release.

        :raises InvalidInput: where no bundle is in use, or a file cannot be written
        """
        taken = read_taken(self.folder)
        if not taken:
            raise InvalidInput(f"go_back: no bundle is in use, only {RELEASE}. Nothing was changed.")
        left = self._that_count(taken[:-1])
        gone = self._gone(left)
        if self.write:
            try:
                with only_one(self.folder, taken):
                    write_taken(self.folder, left)
            except OSError as error:
                raise _not_written(error, self.folder) from error
        verb = "in use" if self.write else "would be in use"
        lines = [f"{verb} again: {_last_of(left)}, instead of {_number_text(taken[-1])}"]
        skipped = [_number_text(one) for one in reversed(taken[len(left) : -1])]
        if skipped:
            lines.append(f"do not count any more, either: {folded(skipped, SHOWN)}")
        if gone:
            lines.append(
                f"no longer in the catalogue: {folded(gone, SHOWN)}. What apply.yml brought in by them stays on the appliances; rollback.yml finds "
                "it again after the bundle was taken again"
            )
        return UpdateResult(changed=True, lines=tuple(lines))

    def _that_count(self, taken: Sequence[Taken]) -> Sequence[Taken]:
        """Return these bundles up to the last one that still counts."""
        return next((taken[:end] for end in range(len(taken), 0, -1) if self._catalogue(taken[end - 1])), ())

    def _catalogue(self, one: Taken) -> Path | None:
        """Return the directory of the catalogue with a bundle that was taken; None where it does not count any more."""
        try:
            found = read_signed_bundle(self.folder / one.file, self.signers, one.when)
            return catalogue_with(found, self.built_in, self.state)
        except InvalidInput:
            return None

    def _gone(self, left: Sequence[Taken]) -> list[str]:
        """Return the entries that only the bundle in use has; none where it does not count any more.

        :param left: the bundles that stay
        """
        try:
            ids = entry_ids(self._base())
        except InvalidInput:
            return []
        before = self._catalogue(left[-1]) if left else None
        return sorted(set(ids) - set(entry_ids(before or self.built_in)))

    def pack(self, source: Path, target: Path, number: int, about: str) -> UpdateResult:
        """Pack the entries of a directory into a bundle, which a person signs then.

        :param target: the file that is written; it must not exist
        :param number: of the bundle; 0 for the present minute, as 202611281200
        :raises InvalidInput: where an entry is not right, or the file cannot be written
        """
        ids = entry_ids(source)
        problems = [
            f"{id_}: {problem}" for id_ in ids for problem in (*check_files(source / id_), *problems_of(source / id_))
        ]
        problems += changes_of_published(published(source), present(source)) if not problems else []
        if problems or not ids:
            raise InvalidInput(
                f"pack: {source}: {printable(problems[0]) if problems else 'there is no entry'}. Nothing was written."
            )
        files = {id_: {path.name: path.read_bytes() for path in (source / id_).iterdir()} for id_ in ids}
        bundle = Bundle(number or int(f"{datetime.now(UTC):%Y%m%d%H%M}"), printable(about)[:200], files)
        unpinned = present(source).keys() - published(source).keys()
        try:
            content = _packed(bundle)
            if self.write:
                with target.open("xb") as file:
                    file.write(content)
        except FileExistsError as error:
            raise InvalidInput(f"pack: {target} exists already: name another file. Nothing was written.") from error
        except OSError as error:
            raise _not_written(error, target) from error
        lines = [
            f"{'packed' if self.write else 'would be packed'}: {target}, number {bundle.number}, entries: {len(ids)}, {len(content)} bytes"
        ]
        if unpinned:
            lines.append(
                f"not pinned yet: {len(unpinned)} of its revisions and templates ({PUBLISHED}; new_entry.yml -e publish=true)"
            )
        lines.append(f"sign it: ssh-keygen -Y sign -n {NAMESPACE} -f KEY {target}")
        lines.append(f"then send {target.name} and {target.name}{SUFFIX}")
        return UpdateResult(changed=True, lines=tuple(lines))

    def _base(self) -> Path:
        return updated_catalogue(self.built_in, self.folder, self.signers, self.state)


def catalogue_of_bundle(path: Path, update: CatalogueUpdate) -> Path:
    """Return the directory of the catalogue with a bundle that :meth:`CatalogueUpdate.compare` has accepted.

    :raises InvalidInput: where the file has changed since
    """
    found = read_signed_bundle(path, update.signers, datetime.now(UTC))
    return catalogue_of_run(catalogue_with(found, update.built_in, update.state), update.own, update.state)


def _packed(bundle: Bundle) -> bytes:
    """Return a bundle as one file.

    :raises InvalidInput: where whoever gets it would refuse it
    """
    try:
        content = pack(bundle)
        unpack(content)
    except InvalidInput as error:
        raise InvalidInput(f"pack: the bundle would be refused: {error}. Nothing was written.") from None
    return content


def _number(taken: Taken) -> int:
    return int(taken.file.partition("-")[0])


def _number_text(taken: Taken) -> str:
    return f"bundle {_number(taken)}"


def _last_of(taken: Sequence[Taken]) -> str:
    """Return what is in use where these bundles were taken, in words."""
    return _number_text(taken[-1]) if taken else RELEASE


def _refused(found: SignedBundle, why: str) -> InvalidInput:
    return InvalidInput(f"the {found} is refused: {printable(why)}. Ask its author for a newer one. Nothing was taken.")


def _not_written(error: OSError, place: Path) -> InvalidInput:
    return InvalidInput(
        f"{place} cannot be written ({error.strerror}): make it writable, or name another place. Nothing was changed."
    )


def _differences(found: SignedBundle, before: Path, after: Path) -> Iterator[str]:
    """Yield the bundle, and a line for each entry that is new or has another revision."""
    old, ids = entry_ids(before), entry_ids(after)
    changed = [
        id_ for id_ in ids if id_ in old and load_entry(before / id_).revision != load_entry(after / id_).revision
    ]
    new = [id_ for id_ in ids if id_ not in old]
    same = len(ids) - len(new) - len(changed)
    yield f"{found}: {len(new)} new, {len(changed)} changed, {same} as in use" + (
        f"; {found.bundle.about}" if found.bundle.about else ""
    )
    lines = []
    for id_ in new:
        entry = load_entry(after / id_)
        lines.append(f"  new      {id_} ({entry.severity}) {printable(entry.title)}")
    for id_ in changed:
        numbers = f"revision {load_entry(before / id_).revision} -> {load_entry(after / id_).revision}"
        lines.append(f"  changed  {id_} {numbers}: {', '.join(_changed_parts(before / id_, after / id_))}")
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield f"  and {len(lines) - SHOWN} more"


def _changed_parts(before: Path, after: Path) -> Iterator[str]:
    """Yield the fields of an entry and the files beside it that differ."""
    old, new = _fields(before), _fields(after)
    yield from (
        name for name in sorted(old.keys() | new.keys()) if name != "revision" and old.get(name) != new.get(name)
    )
    names = {path.name for directory in (before, after) for path in directory.iterdir()} - {FILE}
    for name in sorted(names):
        files = [directory / name for directory in (before, after)]
        if not all(file.is_file() for file in files) or files[0].read_bytes() != files[1].read_bytes():
            yield name


def _fields(directory: Path) -> Mapping[str, Any]:
    """Return the content of an entry that was checked before."""
    content: Mapping[str, Any] = read_yaml(directory / FILE)
    return content
