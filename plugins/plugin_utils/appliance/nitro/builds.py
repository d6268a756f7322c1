# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases and builds of NetScaler, and lists of builds on which something does not work.

The version text is `NetScaler NS13.0: Build 47.22.nc, Date: ...` (seen in traces of 13.0, 13.1 and 14.1,
ansible-collection-netscaleradc issues 378 and 453). Build numbers are compared as integers: 9.2 is older than 9.10.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...foundation.errors import InvalidInput
from ...foundation.json_values import written_as_text

_NUMBER = "(?<![0-9])([0-9]{1,5})(?![0-9])"
_VERSION_TEXT = re.compile(rf"NS{_NUMBER}\.{_NUMBER}:? Build {_NUMBER}\.{_NUMBER}")
_BUILD_TEXT = re.compile(rf"{_NUMBER}\.{_NUMBER}[ -]{_NUMBER}\.{_NUMBER}")


@written_as_text
@dataclass(frozen=True, order=True)
class Build:
    """One build, such as 13.0 47.22: the branch (13, 0) and the number (47, 22) in it."""

    branch: tuple[int, int]
    number: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.branch[0]}.{self.branch[1]} {self.number[0]}.{self.number[1]}"

    @property
    def branch_text(self) -> str:
        return f"{self.branch[0]}.{self.branch[1]}"

    @classmethod
    def parse(cls, text: str) -> Build:
        """Read `13.0 47.22`, `13.0-47.22` or the version text of NITRO's nsversion.

        :raises InvalidInput: where the text has none of these forms
        """
        match = _VERSION_TEXT.search(text) or _BUILD_TEXT.fullmatch(text)
        if match is None:
            raise InvalidInput(f"{text!r} is not a NetScaler build: write it as 13.0 47.22")
        first, second, third, fourth = (int(part) for part in match.groups())
        return cls((first, second), (third, fourth))


@dataclass(frozen=True)
class IneffectiveBuilds:
    """The builds of one branch on which something does not work; they need not be a range.

    :ivar works_on: single builds on which it works
    :ivar works_from: the first of the builds that all work
    """

    works_on: frozenset[tuple[int, int]]
    works_from: tuple[int, int]
    reason: str

    def covers(self, number: tuple[int, int]) -> bool:
        return number not in self.works_on and number < self.works_from


Ineffective = Mapping[tuple[int, int], IneffectiveBuilds]
"""By branch."""

# The vendor, 2020-01-16: 12.1 builds before 51.16/51.19 and 50.31 do not evaluate responder policies that are bound to VPN
# virtual servers. The good builds are not a range (checker j81blog/ADC-19781); 51.17 and 51.18 are unclear, so bad.
RESPONDER_AT_GATEWAYS: Ineffective = {
    (12, 1): IneffectiveBuilds(
        works_on=frozenset({(50, 31), (51, 16)}),
        works_from=(51, 19),
        reason="the vendor lists it among the builds that do not evaluate responder policies on VPN pages",
    )
}


def pair(text: str) -> tuple[int, int]:
    """Read one number pair, such as the branch `13.0` or the build number `47.22`.

    :raises InvalidInput: where it is not a pair; YAML reads an unquoted 47.20 as the number 47.2, so it must be quoted
    """
    match = re.fullmatch(r"(\d+)\.(\d+)", text) if isinstance(text, str) else None
    if match is None:
        raise InvalidInput(f'{text!r} is not a pair of numbers: write it in quotes, as "47.20"')
    return int(match[1]), int(match[2])
