# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services and members of groups by address: the command names a server or an address, and an address that no server has makes one.

Command reference, add service and bind serviceGroup; provider, acceptance tests of service and of servicegroup members: the server of
10.202.22.12 is named 10.202.22.12. That a server with the address is taken whatever its name is inferred.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from simulator.configuration.rows import Rows
from simulator.types import Row
from simulator.types.errors import NitroError
from simulator.types.forms import is_ip

BY_ADDRESS = frozenset({"service", "servicegroup_servicegroupmember_binding"})
_ADDRESS, _SERVER = "ip", "servername"


@contextmanager
def server_for(configuration: Rows, name: str, payload: Row) -> Iterator[Row]:
    """Yield a payload that names a server instead of an address. A new server is removed again if the block fails.

    :param name: the type of the payload
    :raises NitroError: for text that is no address, and for both names at once
    """
    given = _value(payload, _ADDRESS) if name in BY_ADDRESS else None
    if given is None:
        yield payload
        return
    if _value(payload, _SERVER) is not None:
        raise NitroError(1092, _SERVER, _ADDRESS)
    address = str(given)
    if not is_ip(address):
        raise NitroError(1110)
    server = _server_at(configuration, address)
    changed = {key: value for key, value in payload.items() if key.lower() != _ADDRESS}
    if server is not None:
        yield {**changed, _SERVER: server}
        return
    configuration.put("server", (address,), {"name": address, "ipaddress": address})
    configuration.forget_marks("server")
    try:
        yield {**changed, _SERVER: address}
    except NitroError:
        configuration.drop("server", (address,))
        raise


def named_server(configuration: Rows, name: str, args: Mapping[str, str]) -> Mapping[str, str]:
    """Return the arguments of an unbind with the name of the server instead of its address."""
    address = _value(args, _ADDRESS) if name in BY_ADDRESS else None
    if address is None or _value(args, _SERVER) is not None:
        return args
    rest = {key: value for key, value in args.items() if key.lower() != _ADDRESS}
    return {**rest, _SERVER: _server_at(configuration, address) or address}


def by_address(configuration: Rows, name: str, row: Row) -> Row:
    """Return the arguments of a command: its word for the server is an address if it is one and no server has it as its name."""
    server = row.get(_SERVER)
    if name not in BY_ADDRESS or server is None or (server,) in configuration.table("server") or not is_ip(server):
        return row
    return {**{key: value for key, value in row.items() if key != _SERVER}, _ADDRESS: server}


def _value(row: Mapping[str, Any], name: str) -> Any:
    return row[name] if name in row else next((value for key, value in row.items() if key.lower() == name), None)


def _server_at(configuration: Rows, address: str) -> str | None:
    """Return the name of the server with an address, None if there is none."""
    table = configuration.table("server")
    if (address,) in table:
        return address
    return next((str(row["name"]) for row in table.values() if row.get("ipaddress") == address), None)
