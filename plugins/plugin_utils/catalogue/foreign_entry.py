# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An entry from elsewhere: what its directory may hold, and what its templates may do. Reads files only; nothing of it is executed.

Its facts are checked by the schema (module entry_schema), its traffic by module traffic_file, its rules by policies/entry_check.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import jinja2

from ..appliance.objects.ownership import Owner
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from .desired_state import Document, parse_document
from .desired_state_template import NAMES
from .entry_file import FILE, TEMPLATE
from .mitigation import TRAFFIC, Mitigation
from .template_bound import MOST_DEPTH, require_bounded

MOST_FILES = 20
LARGEST_TEMPLATE = 64 * 1024  # bytes

_SANDBOX = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - YAML, no HTML
_SAMPLES: Mapping[str, tuple[Any, ...]] = {"log": (True, False), "marker": ("", "m-1")}


def check_files(directory: Path) -> Iterator[str]:
    """Yield what is wrong with the files of an entry: their number, names and kinds."""
    try:
        paths = sorted(directory.iterdir())
    except OSError as error:
        yield f"{directory} cannot be read: {error.strerror}"
        return
    if len(paths) > MOST_FILES:
        yield f"{directory} has {len(paths)} files; at most {MOST_FILES} are allowed"
        return
    for path in paths:
        name = printable(path.name)
        if path.name not in (FILE, TRAFFIC) and not TEMPLATE.fullmatch(path.name):
            yield f"{name} is no file of an entry: it has {FILE}, and with a template {TRAFFIC} and v1.yml.j2, v2.yml.j2, ..."
        elif not stat.S_ISREG(path.lstat().st_mode):
            yield f"{name} must be a file, not a link or a directory"
        elif TEMPLATE.fullmatch(path.name) and path.stat().st_size > LARGEST_TEMPLATE:
            yield f"{name} is larger than {LARGEST_TEMPLATE // 1024} KiB"


def documents(directory: Path, mitigation: Mitigation) -> Iterator[tuple[int, Document]]:
    """Yield the desired states that the templates of an entry can make, by version.

    :raises InvalidInput: naming the template and what is not allowed in it
    """
    there = {int(match[1]) for path in directory.iterdir() if (match := TEMPLATE.fullmatch(path.name))}
    if there != set(mitigation.versions):
        wanted = ", ".join(f"v{number}.yml.j2" for number in sorted(mitigation.versions))
        raise InvalidInput(f"{mitigation.id} must have a template for each version and no other: {wanted}")
    for version in sorted(there):
        path = directory / f"v{version}.yml.j2"
        template = _bounded_template(path)
        for values in product(*_SAMPLES.values()):
            names = {"name": f"tq_{mitigation.id}", "priority": 10, **dict(zip(_SAMPLES, values, strict=True))}
            document = parse_document(_rendered(template, names, path), Owner(mitigation.id, version), where=path.name)
            undeclared = set(document.features) - mitigation.features
            if undeclared:
                raise InvalidInput(
                    f"{path.name} enables {', '.join(sorted(undeclared))}, which features in {FILE} does not have"
                )
            yield version, document


def _rendered(template: jinja2.Template, names: Mapping[str, Any], path: Path) -> str:
    """:raises InvalidInput: where a name has no value in this branch, or what is compared cannot be"""
    try:
        return template.render(names)
    except (jinja2.TemplateError, TypeError) as error:
        raise InvalidInput(f"{path.name}: {printable(str(error))}") from error


def _bounded_template(path: Path) -> jinja2.Template:
    try:
        text = path.read_text(encoding="utf-8")
        tree = _SANDBOX.parse(text)
    except RecursionError:
        raise InvalidInput(f"{path.name}: more than {MOST_DEPTH} levels are not allowed") from None
    except (OSError, ValueError, jinja2.TemplateSyntaxError) as error:
        raise InvalidInput(f"{path.name}: {printable(str(error))}") from error
    if text.startswith("#jinja2:"):
        raise InvalidInput(f"{path.name}: a line of settings is not allowed")
    require_bounded(tree, NAMES, path.name)
    return _SANDBOX.from_string(tree)
