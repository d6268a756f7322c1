# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure management_log: syslog servers of the operator get the logs of the shell, of the web server and of the management (docs/how-to/notice.md).

In: the names of the syslog servers in the inventory. Out: the settings of each server that the appliance has. Reads only. The setting and its choices:
NITRO reference of auditsyslogaction, 13.1. Nothing on the appliance names us as the one who set it, so the change records alone say what was there before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import ALL, Attributes, ObjectId
from ...catalogue.desired_state import Document
from ...catalogue.measure import Measure, ResolvedMeasure, Version
from ...catalogue.measure_traits import Traits
from ...catalogue.traffic import Traffic
from ...change.planning.state_reader import take_rows
from ...foundation.errors import InvalidInput, NotFound
from ...foundation.foreign_text import printable
from ...foundation.host_setting import host_setting
from .kind import ID, SERVERS, SETTINGS, TRAITS, VARIABLE

WANTED: Attributes = {"managementlog": ALL, "mgmtloglevel": ALL}
LONGEST_NAME = 127  # characters (NITRO reference, auditsyslogaction)
MOST_SERVERS = 32
VERSIONS = {1: Version("All management logs to the named syslog servers", date(2026, 11, 28))}


@dataclass(frozen=True, kw_only=True)
class ManagementLog(Measure):
    """The syslog servers of one appliance that get its management logs.

    :ivar servers: the names of their actions on the appliance
    """

    servers: tuple[str, ...]
    traits: Traits = TRAITS

    def resolve(self, connection: Connection, _owner: Owner, _rendered: Document | None) -> ResolvedMeasure:
        """Return the setting of each named server that is there; nothing for a release without it, to which nothing must be sent.

        :raises NitroError: if the syslog servers cannot be read
        """
        if not self.servers or self.ineffective_because(connection.build):
            return ResolvedMeasure(measure=self, document=Document((), {}), is_wanted=bool(self.servers))
        session = connection.primary
        there: dict[ObjectId, Attributes] = {}
        try:
            take_rows(there, SETTINGS, session.read(SERVERS), session.where)
        except NotFound:  # there is none
            there = {}
        wanted = {id_: {**now, **WANTED} for id_, now in there.items() if id_[1][0] in self.servers}
        missing = [name for name in self.servers if (SETTINGS, (name,)) not in there]
        return ResolvedMeasure(
            measure=self,
            document=Document((), wanted),
            is_wanted=True,
            not_covered=tuple(f"there is no audit syslogAction {name}" for name in missing),
            refusals=tuple(
                (
                    f"there is no audit syslogAction {name}.",
                    f"Correct the name {host_setting(connection.appliance.name, f'{VARIABLE}: [...]')}, or add the server.",
                )
                for name in missing
            ),
        )


def load_management_log(value: Any, host: str, _today: date) -> ManagementLog:
    """Return the measure that the variable of a host asks for.

    :raises InvalidInput: naming the host, the variable and the fix
    """
    where = f"{host}: {VARIABLE}"
    if not isinstance(value, list) or len(value) > MOST_SERVERS:
        found = f"has {len(value)} entries" if isinstance(value, list) else f"is {_kind(value)}"
        raise InvalidInput(
            f"{where} {found}. Write a list of at most {MOST_SERVERS} names of audit syslogAction. Nothing was sent."
        )
    for number, name in enumerate(value, 1):
        problem = _problem(name)
        if problem:
            raise InvalidInput(
                f"{where} has as entry {number} {problem}. Write the name of an audit syslogAction. Nothing was sent."
            )
    twice = next((name for name in value if value.count(name) > 1), "")
    if twice:
        raise InvalidInput(f"{where} has {twice} twice. Leave one of them out. Nothing was sent.")
    return ManagementLog(
        id=ID,
        title="Management logs by syslog",
        current_version=max(VERSIONS),
        versions=VERSIONS,
        traffic=Traffic(()),
        features=frozenset(),
        servers=tuple(value),
    )


def _problem(name: Any) -> str:
    """Return what is wrong with a name, or ""."""
    if not isinstance(name, str):
        return _kind(name)
    if not name.strip():
        return "an empty text"
    if len(name) > LONGEST_NAME:
        return f"a text of more than {LONGEST_NAME} characters"
    return "" if printable(name) == name else "a text with control characters"


def _kind(value: Any) -> str:
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", dict: "a mapping", list: "a list"}
    return names.get(type(value), "nothing" if value is None else "something else")
