# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entities of an appliance that an expression can name.

Entity names are case-insensitive and share one name space (vendor CLI reference 12.0: policy expression, patset,
dataset). Patterns are case-sensitive (NetScaler policy guide 9.2 p. 174).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True)
class Dataset:
    """A data set: `type` as in `add policy dataset` (ipv4, ipv6, number, ...), values by index.

    A value is a single one, a subnet (`10.0.0.0/8`) or, as a pair, a range from - to (`value` and `endrange`).
    """

    type: str = "ipv4"
    values: Mapping[int, str | tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, kind: str, values: Iterable[str | tuple[str, str]]) -> Dataset:
        """Return a data set of this type, with automatic indexes from 1."""
        return cls(kind, dict(enumerate(values, start=1)))


@dataclass(frozen=True)
class Names:
    """The entities that expressions can name on an appliance.

    `match_wildcard_to_any` is `set locationparameter -matchWildcardtoany` (YES, NO, Expression): with NO, a `*` in
    MATCHES_LOCATION is no wildcard for a qualifier that has a value in the location database.
    """

    expressions: Mapping[str, str] = field(default_factory=dict)
    patsets: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    stringmaps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    match_wildcard_to_any: str = "YES"

    def expression(self, name: str) -> str | None:
        return _lookup(self.expressions, name)

    def patset(self, name: str) -> Mapping[int, str] | None:
        return _lookup(self.patsets, name)

    def dataset(self, name: str) -> Dataset | None:
        return _lookup(self.datasets, name)

    def stringmap(self, name: str) -> Mapping[str, str] | None:
        return _lookup(self.stringmaps, name)


def _lookup(mapping: Mapping[str, _T], name: str) -> _T | None:
    if name in mapping:
        return mapping[name]
    wanted = name.lower()
    return next((value for key, value in mapping.items() if key.lower() == wanted), None)
