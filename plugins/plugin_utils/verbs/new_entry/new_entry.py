# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make the files of an own entry of the catalogue, or check the one that is there, write its page, and pin what is published. Asks no appliance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...catalogue.digests import digests
from ...catalogue.entry import Entry, MeasureForm
from ...catalogue.entry_file import FILE, load_catalogue, load_entry
from ...catalogue.mitigation import load_mitigation
from ...catalogue.new_entry import MARK, Form, new_entry
from ...catalogue.published import PUBLISHED, changes_of_published, published, with_new
from ...catalogue.traffic import Traffic
from ...foundation.counted import counted
from ...foundation.errors import InvalidInput
from ...policies.entry_check import proof_lines, unknown_attributes
from ...policies.own_entries import own_problems
from ..deployment.deployment import today

SCHEMA = "entry-schema.json"


@dataclass(frozen=True)
class NewEntryResult:
    """What was made or found.

    :ivar problems: what is wrong with the entry, in words
    :ivar lines: what a person reads
    """

    directory: Path
    changed: bool
    problems: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class NewEntry:
    """One run for one own entry.

    :ivar own: the directory of own entries
    :ivar built_in: the catalogue of the project
    :ivar templates: the directory of the templates of the project
    :ivar publish: pin the digests of an entry that is right
    :ivar unknown_attributes: pin them although nothing here knows an attribute of its preconditions
    :ivar write: files are written
    :ivar page: makes the lines of the page of an entry, in Markdown, of the entry, its traffic and what a reviewer has to look at
    """

    own: Path
    built_in: Path
    templates: Path
    id: str
    form: Form
    publish: bool
    unknown_attributes: bool
    write: bool
    page: Callable[[Entry, Traffic | None, Iterable[str]], Iterable[str]]

    def run(self) -> NewEntryResult:
        """Make the entry where it does not exist, else check it.

        :raises InvalidInput: where its id cannot be one, is built in, or a file cannot be written
        """
        files = new_entry(self.id, self.form, self.templates / "new_entry", today())
        if (self.built_in / self.id / FILE).is_file():
            raise InvalidInput(
                f"the catalogue has an entry {self.id} already, and an own one never replaces it: choose another name"
            )
        try:
            return self._check() if self._directory.is_dir() else self._make(files)
        except OSError as error:
            raise InvalidInput(f"{error.filename}: {error.strerror}") from error

    @property
    def _directory(self) -> Path:
        return self.own / self.id

    def _make(self, files: dict[str, str]) -> NewEntryResult:
        if self.write:
            self._directory.mkdir(parents=True)
            for name, text in files.items():
                (self._directory / name).write_text(text, encoding="utf-8")
            self._write(self.own / SCHEMA, (self.templates / SCHEMA).read_text(encoding="utf-8"))
        places = sum(MARK in line for text in files.values() for line in text.splitlines() if not line.startswith("#"))
        verb = "made" if self.write else "would be made"
        lines = (
            f"{verb}: {self._directory} with {', '.join(files)}",
            f"Replace {MARK} in {counted(places, 'line')}, then give this command again: it checks the entry.",
        )
        return NewEntryResult(self._directory, True, (), lines)

    def _check(self) -> NewEntryResult:
        problems = own_problems(self.own, self.built_in, self.id)
        if problems:
            return NewEntryResult(self._directory, False, problems, ())
        pinned, there = published(self.own), dict(digests(self._directory))
        problems = tuple(change for change in changes_of_published(pinned, there) if change.startswith(f"{self.id} "))
        if problems:
            return NewEntryResult(self._directory, False, problems, ())
        entry, new = load_entry(self._directory), there.keys() - pinned.keys()
        built_in = load_catalogue(self.built_in)
        to_check = unknown_attributes(entry, (attribute for one in built_in for attribute in one.attributes()))
        changed = self._write(self.own / f"{self.id}.md", self._page_of(entry, to_check))
        if self.publish and new and to_check and not self.unknown_attributes:
            fix = "Correct it, or pin it as it is with -e unknown_attributes=true"
            return NewEntryResult(self._directory, changed, tuple(f"{line}. {fix}" for line in to_check), ())
        if self.publish and new:
            changed |= self._write(self.own / PUBLISHED, with_new(pinned, there))
        return NewEntryResult(self._directory, changed, (), tuple(self._summary(entry, to_check, new)))

    def _write(self, path: Path, text: str) -> bool:
        """Write a file, and return True where it changes."""
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return False
        if self.write:
            path.write_text(text, encoding="utf-8")
        return True

    def _page_of(self, entry: Entry, to_check: Iterable[str]) -> str:
        has_template = entry.measure is not None and entry.measure.form is MeasureForm.TEMPLATE
        traffic = load_mitigation(self._directory).traffic if has_template else None
        return "\n".join(self.page(entry, traffic, to_check)).rstrip() + "\n"

    def _summary(self, entry: Entry, to_check: Iterable[str], new: Iterable[str]) -> Iterator[str]:
        yield f"{self.id}: right, revision {entry.revision}"
        yield from to_check
        yield from proof_lines(self._directory)
        yield f"for the reviewer: {self.own / self.id}.md"
        if self.publish or not new:
            yield f"its digests are in {self.own / PUBLISHED}"
        else:
            yield "after the review: give this command with -e publish=true, which pins its digests, and commit the directory"
