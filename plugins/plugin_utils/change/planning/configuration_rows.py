# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the configuration that the preconditions of the catalogue depend on: each NITRO type once in each admin partition. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.partitions import UNKNOWN_TYPE_CODES, choose_partitions, read_partitions
from ...appliance.nitro.session import Session
from ...catalogue.predicates import Row, Unknown
from ...foundation.errors import CannotConnect, NitroError, NotFound, NotShown, OutcomeUnknown, TourniquetError

Rows = tuple[Row, ...] | Unknown
FEATURES = "nsfeature"
NOT_READ = Unknown("this run did not read it")


@dataclass
class ConfigurationRows:
    """The rows of an appliance, by partition and NITRO type; see :class:`.predicates.Configuration`.

    :ivar unread: by partition that was not read at all, the reason
    """

    found: dict[str, Mapping[str, Rows]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def partitions(self) -> tuple[str, ...]:
        """Return all partitions. One that was not read is among them, so that it makes an answer unknown and never FALSE."""
        return tuple(dict.fromkeys([*self.found, *self.unread])) or (DEFAULT,)

    def rows(self, nitro_type: str, partition: str) -> Rows:
        """Return the rows of a type in a partition, or why they are not known."""
        if partition in self.unread:
            return Unknown(self.unread[partition])
        return self.found.get(partition, {}).get(nitro_type, NOT_READ)


def read_configuration(connection: Connection, types: Iterable[str]) -> ConfigurationRows:
    """Return the rows of these types in each admin partition that the inventory names; one that was not read is unknown.

    :raises CannotConnect: where the appliance does not answer any more
    :raises OutcomeUnknown: likewise
    """
    rows, types, where = ConfigurationRows(), frozenset(types), connection.appliance.name
    if connection.is_cluster:
        rows.found[connection.partition] = read_types(connection.primary, types)
        return rows
    partitions = read_partitions(connection.primary)
    choice = choose_partitions(where, partitions, connection.appliance.partitions)
    rows.unread |= dict.fromkeys(choice.left_out, "it is not among netscaler_partitions")
    if choice.unreadable:
        rows.unread["others"] = choice.unreadable
    for partition in choice.names:
        try:
            with connection.inside(partition):
                rows.found[partition] = read_types(connection.primary, types)
        except (CannotConnect, OutcomeUnknown):
            raise
        except TourniquetError as error:
            rows.unread[partition] = str(error).removeprefix(f"{where}: ")
    return rows


def read_types(session: Session, types: Iterable[str]) -> dict[str, Rows]:
    """Return the rows of these types in the partition of a session; an error makes the rows unknown.

    A release that does not know a type has no object of it (error list, NITRO layer: 1232, 1088).

    :raises TourniquetError: where the appliance does not answer
    """
    return {name: _read(session, name) for name in sorted(types)}


def _read(session: Session, name: str) -> Rows:
    try:
        rows = tuple({key.lower(): _text(value) for key, value in row.items()} for row in session.read(name))
    except NotFound:
        return ()
    except NotShown as error:
        return Unknown(_reason(error))
    except NitroError as error:
        return () if error.errorcode in UNKNOWN_TYPE_CODES else Unknown(_reason(error))
    return tuple(map(_with_features, rows)) if name == FEATURES else rows


def _with_features(row: Row) -> Row:
    """Return the row of nsfeature with an attribute for each feature that is on: some builds answer with a list of names alone."""
    return {**dict.fromkeys(row.get("feature", "").lower().split(), "true"), **row}


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _reason(error: NitroError) -> str:
    """Return the text of an error without the name of the appliance, so that appliances with the same problem read alike."""
    return str(error).partition(": ")[2] or str(error)
