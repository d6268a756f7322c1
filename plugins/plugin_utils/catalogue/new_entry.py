# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a new entry of the catalogue, with a mark at each place that a person fills in. Reads templates; writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path

from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from .entry_file import FILE
from .mitigation import TRAFFIC

MARK = "FILL IN"
SHOWN = 120
"""Characters of a line that is shown."""
_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")
_CVE = re.compile(r"cve_([0-9]{4})_([0-9]{4,7})")


class Form(StrEnum):
    """What a new entry brings in."""

    NONE = "none"
    TEMPLATE = "template"
    SETTING = "setting"


_FILES: Mapping[Form, Mapping[str, tuple[str, ...]]] = {
    Form.NONE: {FILE: (FILE,)},
    Form.TEMPLATE: {FILE: (FILE, "measure_template.txt"), TRAFFIC: (TRAFFIC,), "v1.yml.j2": ("v1.yml.j2",)},
    Form.SETTING: {FILE: (FILE, "measure_setting.txt")},
}
"""By form and file, the templates of which it is made."""


def new_entry(id_: str, form: Form, templates: Path, today: date) -> dict[str, str]:
    """Return the text of each file of a new entry, by its name.

    :param templates: the directory of the templates of new entries
    :raises InvalidInput: where the id cannot be one
    """
    if not _ID.fullmatch(id_):
        raise InvalidInput(
            f"entry is {printable(repr(id_))}: a name of small letters, digits and underscores is expected, such as cve_2027_1234"
        )
    cve = _CVE.fullmatch(id_)
    values = {
        "__ID__": id_,
        "__CVE__": f"CVE-{cve[1]}-{cve[2]}" if cve else f"{MARK} (CVE-2027-1234)",
        "__TODAY__": today.isoformat(),
    }
    return {name: _filled(templates, parts, values) for name, parts in _FILES[form].items()}


def unfilled(directory: Path) -> Iterator[str]:
    """Yield each place of an entry that a person has not filled in yet: file, line and text."""
    for path in sorted(directory.iterdir()):
        if path.is_file():
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if MARK in line and not line.lstrip().startswith("#"):
                    yield f"{path.name}, line {number}: {printable(line.strip()[:SHOWN])}"


def _filled(templates: Path, parts: tuple[str, ...], values: Mapping[str, str]) -> str:
    text = "\n".join((templates / part).read_text(encoding="utf-8") for part in parts)
    for name, value in values.items():
        text = text.replace(name, value)
    return text
