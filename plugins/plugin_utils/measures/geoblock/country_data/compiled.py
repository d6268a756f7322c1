# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The result of a compilation: the addresses of a policy, as labelled spans of each family."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .address_ranges import FAMILIES, Spans, merge
from .policy import ALLOW, Policy

Row = tuple[int, int, str]
FORM = 1  # of the compiled file; another one is compiled anew


@dataclass(frozen=True)
class Provenance:
    """The origin of the data.

    :ivar name: of the source in the inventory
    :ivar licence: the note of the inventory
    :ivar date: of the data, as YYYY-MM-DD
    :ivar files: the SHA-256 of each file by its name
    """

    name: str
    licence: str
    date: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Compiled:
    """The addresses of a policy, in sorted rows that do not overlap.

    :ivar rows: for each family (first, last, label); the label is a country's code or the name of an own list
    :ivar digest: SHA-256 of sources and policy, hexadecimal: the same for the same result on each control node
    :ivar remarks: what a person should know, in sentences
    """

    policy: Policy
    provenance: Provenance
    digest: str
    rows: Mapping[int, tuple[Row, ...]]
    remarks: tuple[str, ...] = ()

    @cached_property
    def spans(self) -> Mapping[int, Spans]:
        """Return the same addresses without the labels, in the fewest spans: for data sets and ACLs."""
        return {version: merge((first, last) for first, last, _label in self.rows[version]) for version in FAMILIES}

    def label(self, version: int, address: int) -> str | None:
        """Return the country or the list that an address is in; None if it is not in the set."""
        rows = self.rows[version]
        place = bisect_right(rows, (address, 1 << 128)) - 1
        return rows[place][2] if place >= 0 and address <= rows[place][1] else None

    @property
    def allows(self) -> bool:
        """True for an allowlist: the addresses in the set are the ones that pass."""
        return self.policy.effect == ALLOW

    def to_json(self) -> str:
        content = {
            "form": FORM,
            "digest": self.digest,
            "policy": self.policy.as_plain(),
            "provenance": {**vars(self.provenance), "files": dict(self.provenance.files)},
            "remarks": list(self.remarks),
            "rows": {str(version): self.rows[version] for version in FAMILIES},
        }
        return json.dumps(content, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Compiled:
        """Return the set of a file.

        :raises ValueError: if it is no such file, or one of another form
        """
        try:
            content: dict[str, Any] = json.loads(text)
            if content["form"] != FORM:
                raise ValueError(f"form {content['form']}")
            return cls(
                policy=Policy.from_plain(content["policy"]),
                provenance=Provenance(**content["provenance"]),
                digest=content["digest"],
                rows={
                    v: tuple((first, last, label) for first, last, label in content["rows"][str(v)]) for v in FAMILIES
                },
                remarks=tuple(content["remarks"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a compiled set ({error!r})") from None
