# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The interfaces that a configuration needs: the appliance around it, and tables that can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from simulator.fleet_file.switches import SwitchPositions
from simulator.types import Row

Key = tuple[str, ...]


class Tables(Protocol):
    """The rows of a configuration, to be read: type or binding -> key -> row."""

    def table(self, name: str, /) -> Mapping[Key, Row]: ...


class Environment(Protocol):
    """The appliance as its configurations see it."""

    switches: SwitchPositions

    @property
    def salt(self) -> str: ...

    @property
    def licensed(self) -> frozenset[str]: ...

    @property
    def branch(self) -> tuple[int, ...]: ...

    def now(self) -> float: ...

    def check_expression(self, text: str, yields: str, configuration: Tables) -> None: ...

    def has_page(self, name: str) -> bool: ...

    def file(self, path: str) -> bytes | None: ...
