# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NITRO calls at an appliance in this process, without a socket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from simulator.appliance.appliance import Appliance
from simulator.configuration import nsconf_reader, nsconf_writer
from simulator.network.requests import Headers
from simulator.nitro import dispatcher
from simulator.nitro.call import Call
from simulator.nitro.parsing import parse_target
from simulator.nitro.reply import Reply
from tests.unit.simulator.rows import appliance


class Nitro:
    """A client of one appliance of a newer release, with certificates n1 to n3 among its files."""

    def __init__(
        self, user: str = "nsroot", password: str = "nsroot", box: Appliance | None = None, **more: Any
    ) -> None:
        self.box = box or appliance(**more)
        self._sent = {"X-NITRO-USER": user, "X-NITRO-PASS": password}

    def ask(self, method: str, path: str, row: Any = None, kind: str = "config") -> Reply:
        """Carry out one call; `row` becomes the payload of the type in the path."""
        target = parse_target(f"/nitro/v1/{kind}/{path}")
        assert target is not None
        body = b"" if row is None else json.dumps({_type(path): row}).encode()
        headers = Headers([(name.encode(), value.encode()) for name, value in self._sent.items()])
        return asyncio.run(dispatcher.answer(Call(self.box, self.box.nodes[0], method, target), headers, body))

    def get(self, path: str) -> Reply:
        return self.ask("GET", path)

    def post(self, path: str, row: Any) -> Reply:
        return self.ask("POST", path, row)

    def put(self, path: str, row: Any) -> Reply:
        return self.ask("PUT", path, row)

    def delete(self, path: str) -> Reply:
        return self.ask("DELETE", path)

    def code(self, method: str, path: str, row: Any = None) -> int:
        """Return the errorcode of a call; 0 for an empty response."""
        return int((self.ask(method, path, row).fields or {}).get("errorcode", 0))

    def rows(self, path: str, kind: str = "config") -> Any:
        """Return what a GET returns; [] for none."""
        reply = self.ask("GET", path, kind=kind)
        assert reply.status == 200, reply.fields
        return (reply.fields or {}).get(_type(path), [])

    def lines(self, word: str) -> list[str]:
        """Return the lines of the running configuration with this word."""
        return [line for line in self.text().splitlines() if word in line]

    def text(self) -> str:
        return nsconf_writer.text(self.box.build, self.box.nodes[0].running)

    def reloaded(self) -> str:
        """Return the running configuration after it was written and read again. Every line must be known."""
        loaded = nsconf_reader.load(self.text(), self.box)
        assert loaded.unknown == []
        return nsconf_writer.text(self.box.build, loaded.configuration)


def _type(path: str) -> str:
    return path.partition("?")[0].partition("/")[0]
