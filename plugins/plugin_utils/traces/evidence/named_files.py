# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that indicators, the last hunt and the last watch name: they are read before all others. Pure.

A path comes from an appliance, by way of a report: it is only looked for in a listing, and only where NITRO takes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_NAMED = 200
"""The most paths of a node that are taken from reports; that there are more is a gap."""
_PATH = re.compile(r"(?!.*/\.\.?(?:/|\Z))(?:/[!-.0-~][ -.0-~]{0,62}){1,20}")


@dataclass(frozen=True)
class NamedPattern:
    """A path of an indicator, in which ``*`` is anything but a slash, and ``**`` any number of directories.

    :ivar excepts: the paths that a clean appliance has
    :ivar is_whole: a directory of this name is named with all that is below it
    """

    text: str
    excepts: tuple[str, ...] = ()
    is_whole: bool = False


@dataclass(frozen=True)
class NamedFiles:
    """What is named.

    :ivar patterns: by the indicators of the catalogue
    :ivar paths: by the address of a node, the paths that a report names
    :ivar problems: why what a watch has seen does not count, as clauses
    """

    patterns: tuple[NamedPattern, ...] = ()
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def paths_of(self, node: str) -> tuple[str, ...]:
        """Return the paths of a node, each once."""
        return tuple(dict.fromkeys(path for path in self.paths.get(node, ()) if is_path(path)))


def is_path(text: str) -> bool:
    """Return True for an absolute path that NITRO may be asked for."""
    return _PATH.fullmatch(text) is not None


def paths_in(where: str) -> Iterable[str]:
    """Return the paths in the place of a finding, which names several with a comma between them."""
    return (part for part in where.split(", ") if is_path(part))
