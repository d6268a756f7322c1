# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The templates of a geoblock: ours, or for each file the one in an operator's directory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ...foundation.errors import InvalidInput
from ...foundation.file_stamp import Stamp, stamp

OURS = Path(__file__).parents[4] / "templates" / "measures" / "geoblock"
ACLS, DATASETS, LOCATION = "acls.yml.j2", "datasets.yml.j2", "location.yml.j2"
LOCATION_FILE, POLICIES = "location_file.csv.j2", "policies.yml.j2"
NAMES = (ACLS, DATASETS, LOCATION, LOCATION_FILE, POLICIES)
FIX = "Correct it, or remove it from geoblock_templates, so that ours is used."
LARGEST = 4_000_000  # characters of a text; our largest has some hundred policies
_FAULTS = (
    *(jinja2.TemplateError, OSError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError),
    *(RuntimeError, MemoryError),  # a template that includes itself has no end
)


@dataclass(frozen=True)
class Templates:
    """The locations of the templates.

    :ivar version: of the measure
    :ivar own: the directory of an operator's own templates; None if there is none
    """

    version: int
    own: Path | None = None

    def path(self, name: str) -> Path:
        """Return the file of a template."""
        return next((path for folder in self._folders if (path := folder / name).is_file()), self._folders[-1] / name)

    def stamp(self, name: str) -> Stamp:
        """Return a value that changes with the template."""
        return stamp(self.path(name))

    def is_own(self, name: str) -> bool:
        """True if the operator has a template of this name."""
        return self.own is not None and self.path(name).parent == self.own

    def render(self, template: str, /, **values: object) -> str:
        """Return the text of a template.

        :raises InvalidInput: naming the template, what is wrong with it and the fix
        """
        try:
            return _bounded(_environment(self._folders).get_template(template).generate(values))
        except _FAULTS as error:
            raise self.wrong(template, f"{type(error).__name__}: {error}") from error

    def wrong(self, name: str, problem: str) -> InvalidInput:
        """Return the error that names a template, what is wrong with it and the fix."""
        return InvalidInput(f"the template {self.path(name)}: {problem}. {FIX}")

    def require_known_names(self) -> None:
        """Refuse a directory without templates, and one with a template that no method has: it would never be used.

        :raises InvalidInput: naming the directory or the file
        """
        if self.own is None:
            return
        found = sorted(path.name for path in self.own.glob("*.j2")) if self.own.is_dir() else []
        broken = next((name for name in found if not (self.own / name).is_file()), "")
        if broken:  # otherwise ours would be used instead
            raise InvalidInput(f"geoblock_templates: {self.own / broken} is no file that can be read. {FIX}")
        strange = [name for name in found if name not in NAMES]
        if not found or strange:
            what = f"has {strange[0]}, which no method uses" if strange else "is no directory with templates"
            raise InvalidInput(f"geoblock_templates: {self.own} {what}. A template is called {', '.join(NAMES)}.")

    @property
    def _folders(self) -> tuple[Path, ...]:
        ours = OURS / f"v{self.version}"
        return (ours,) if self.own is None else (self.own, ours)


def _bounded(pieces: Iterable[str]) -> str:
    """Join the pieces of a text.

    :raises ValueError: if it is too large
    """
    kept: list[str] = []
    size = 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size > LARGEST:
            raise ValueError(f"it makes more than {LARGEST:,} characters")
    return "".join(kept)


@lru_cache(maxsize=4)
def _environment(folders: tuple[Path, ...]) -> jinja2.Environment:
    """Return an environment that compiles each template once, and again if its file has changed.

    It is a sandbox, as Ansible's own is: a template can run no Python and no endless range.
    """
    return ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
