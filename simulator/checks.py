# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the attributes of one object ask of each other and of the rest of the configuration, beyond what the table says.

A check sees the new row (and may complete it with what the appliance assigns) and the old one, None at creation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .errors import NitroError
from .types import Row

if TYPE_CHECKING:
    from .configuration import Configuration, Environment

Check = Callable[["Configuration", Row, Row | None, "Environment"], None]
CHECKS: dict[str, Check] = {}


def checks(name: str) -> Callable[[Check], Check]:
    """Registers the check of a type."""

    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


@checks("responderaction")
def _action(configuration: Configuration, row: Row, old: Row | None, env: Environment) -> None:
    if row["type"] in ("respondwith", "redirect") and "target" not in row:
        raise NitroError(1095, "target")
    if row["type"] == "respondwithhtmlpage" and "htmlpage" not in row:
        raise NitroError(1095, "htmlpage")
    if ("responsestatuscode" in row or "reasonphrase" in row) and row["type"] not in (
        "redirect",
        "respondwithhtmlpage",
    ):
        raise NitroError(2904)


@checks("nspartition")
def _partition(configuration: Configuration, row: Row, old: Row | None, env: Environment) -> None:
    if row["partitionname"] == "default":
        raise NitroError(2754)
    numbers = [other["partitionid"] for other in configuration.table("nspartition").values()]
    row.setdefault("partitionid", max(numbers, default=0) + 1)
