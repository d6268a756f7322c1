# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The template of a document, compiled once for all appliances where that is the same as Ansible's own rendering.

Ansible compiles a template anew in every worker, which takes several times longer than to render it. Most templates of the
catalogue need nothing of Ansible: four names, branches and joined texts. Such a one is plain Jinja, which is compiled
once, before the workers are forked. Any other is Ansible's to render.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import meta, nodes

from ..foundation.file_stamp import Stamp, stamp
from .mitigation import measure_of

NAMES = frozenset({"name", "priority", "log", "marker"})
"""The variables of a template; see :meth:`TourniquetAction._rendered`."""
# Filters and tests are Ansible's own, calls may be lookups, and what is looked up in a loader is found by Ansible's rules.
_OF_ANSIBLE = (
    *(
        nodes.Filter,
        nodes.Test,
        nodes.Call,
        nodes.FilterBlock,
        nodes.CallBlock,
        nodes.Macro,
        nodes.Getattr,
        nodes.Getitem,
    ),
    *(nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends, nodes.Block),
)
_ENVIRONMENT = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - YAML, no HTML


def template_of(entry: Path, version: Any, own: Any = None) -> tuple[Any, Path]:
    """Return the requested version of a mitigation, and the file of its template.

    :param entry: its directory in the catalogue
    :param version: None or 0 for the current one
    :param own: the file, if an operator names another one
    :raises InvalidInput: if the entry is needed and cannot be read
    """
    version = version or measure_of(entry).current_version
    return version, Path(str(own)).expanduser() if own is not None else entry / f"v{version}.yml.j2"


@dataclass(frozen=True)
class PlainTemplate:
    """A compiled template.

    :ivar newlines: how many there are at its end: Ansible's text has no fewer
    """

    template: jinja2.Template
    newlines: int

    def render(self, names: Mapping[str, Any]) -> str:
        text = self.template.render(names)
        return text + "\n" * (self.newlines - _newlines_of(text))


def plain_template(path: Path) -> PlainTemplate | None:
    """Return the compiled template; None if only Ansible can render it, or report what is wrong with it."""
    return _compiled(path, stamp(path))


@lru_cache(maxsize=16)
def _compiled(path: Path, _stamp: Stamp) -> PlainTemplate | None:
    try:
        text = path.read_text(encoding="utf-8")
        tree = _ENVIRONMENT.parse(text)
    except (OSError, ValueError, jinja2.TemplateSyntaxError):
        return None
    if text.startswith("#jinja2:"):  # Ansible's own line of settings
        return None
    if any(tree.find_all(_OF_ANSIBLE)) or meta.find_undeclared_variables(tree) - NAMES:
        return None
    return PlainTemplate(_ENVIRONMENT.from_string(tree), _newlines_of(text))


def _newlines_of(text: str) -> int:
    return len(text) - len(text.rstrip("\n"))
