# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The register of consent as a list of one line for each customer: who is still to be asked comes first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ...change.records.records_folder import unique_name
from ...customers.consent import ConsentEntry, has_agreed
from ...customers.consent_register import NOTHING, ConsentRegister
from ...customers.customer import Customer, customer_named
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from ...foundation.json_values import beside, json_values, written

_WIDEST = 30
"""Characters of the column of customers."""
_OF_THE_LAST = ("state", "who", "when", "how", "ticket", "note")
"""What a program reads of the last entry of a customer."""


@dataclass(frozen=True)
class ConsentList:
    """The last entry of each customer.

    :ivar values: as JSON values
    :ivar refused: why entries of a customer do not count, in words
    """

    lines: tuple[str, ...]
    values: list[dict[str, Any]]
    refused: tuple[str, ...]


@written(
    "customer",
    beside(lambda row: {name: getattr(row.last, name, "") for name in _OF_THE_LAST}),
    "must_agree agreed problem contract",
)
@dataclass(frozen=True)
class _Row:
    customer: str
    last: ConsentEntry | None
    must_agree: bool
    agreed: bool
    problem: str
    contract: str = ""

    @property
    def order(self) -> tuple[object, ...]:
        """Broken first, then who must agree and has not, then by name."""
        return (not self.problem, not (self.must_agree and not self.agreed), self.customer.casefold())

    def line(self, width: int) -> str:
        said = self.problem or (self.last.text if self.last else NOTHING)
        asked = "  MUST AGREE before a closing" if self.must_agree and not self.agreed else ""
        contract = f"  contract: {self.contract}" if self.contract else ""
        return printable(f"{self.customer.ljust(width)}  {'REFUSED: ' if self.problem else ''}{said}{asked}{contract}")


def list_of(
    register: ConsentRegister, customers: Collection[str], described: Mapping[str, Customer], *, others: bool = True
) -> ConsentList:
    """Return the last entry of each customer.

    :param customers: by name; those without an entry are in the list too
    :param described: the inventory variable ``tourniquet_customers``
    :param others: also those in the register that the inventory does not name any more
    :raises InvalidInput: where others may write to the register
    """
    names = {name for name in customers if name}
    left = set(register.directories()) - {unique_name(name) for name in names} if others else set()
    places = {name: unique_name(name) for name in names} | {name: name for name in left}
    rows = sorted((_row(register, *place, described) for place in places.items()), key=lambda row: row.order)
    width = min(max((len(row.customer) for row in rows), default=0), _WIDEST)
    return ConsentList(
        tuple(row.line(width) for row in rows) or ("the inventory names no customer, and the register has none",),
        json_values(rows),
        tuple(f"{printable(row.customer)}: {printable(row.problem)}" for row in rows if row.problem),
    )


def _row(register: ConsentRegister, name: str, directory: str, described: Mapping[str, Customer]) -> _Row:
    customer = customer_named(described, name)
    try:
        entries = register.entries_in(directory)
    except (InvalidInput, OSError) as error:
        return _Row(name, None, customer.must_agree, agreed=False, problem=str(error), contract=customer.contract)
    last = entries[-1] if entries else None
    return _Row(last.customer if last else name, last, customer.must_agree, has_agreed(entries), "", customer.contract)
