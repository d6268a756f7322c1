# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests of one appliance, as they were written down (recorder/sitecustomize.py): what the others in the bench send too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_LINE = re.compile(r"([A-Z]+) (\S+) HTTP/1\.1\r\n")
_TOKEN = re.compile(r"NITRO_AUTH_TOKEN=[^;\r]*; sessionid=[^;\r]*")
TOKEN = "{token}"
COOKIE = f"NITRO_AUTH_TOKEN={TOKEN}; sessionid={TOKEN}"


@dataclass
class Asked:
    """One request.

    :ivar connection: which of the connections it goes over; each is opened for its first request and closed after its last
    :ivar place: "node" or "vserver"
    :ivar head: request line and headers, with TOKEN where a session's token stood
    :ivar status: of the answer
    """

    connection: int
    place: str
    head: str
    body: str = ""
    status: int = 0

    @property
    def method(self) -> str:
        return self.head.split(" ", 1)[0]

    @property
    def target(self) -> str:
        return self.head.split(" ", 2)[1]

    @property
    def is_login(self) -> bool:
        return self.place == "node" and self.target == "/nitro/v1/config/login"

    def headers(self, token: str) -> dict[str, str]:
        lines = self.head.replace(TOKEN, token).split("\r\n")[1:]
        return dict(line.split(": ", 1) for line in lines if line)

    def data(self, token: str) -> bytes:
        """The bytes that are sent."""
        return (self.head.replace(TOKEN, token) + self.body).encode("latin-1")


def read(log: Path, appliance: Mapping[str, Any]) -> list[Asked]:
    """The requests to one appliance, in their order.

    :param appliance: its addresses, as the ready file has them
    """
    places = {
        (place["address"], place["port"]): kind for kind in ("node", "vserver") for place in appliance[f"{kind}s"]
    }
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    entries = [entry for entry in entries if (entry["host"], entry["port"]) in places]
    numbers: dict[str, int] = {}
    last: dict[str, Asked] = {}
    asked = []
    for entry in sorted(entries, key=lambda entry: float(entry["at"])):
        key = entry["connection"]
        if "status" in entry:
            last[key].status = entry["status"]
        elif _LINE.match(entry["sent"]):
            number = numbers.setdefault(key, len(numbers))
            last[key] = Asked(number, places[entry["host"], entry["port"]], _TOKEN.sub(COOKIE, entry["sent"]))
            asked.append(last[key])
        else:
            last[key].body += entry["sent"]
    return asked


def dump(requests: Sequence[Asked], path: Path) -> None:
    path.write_text(json.dumps([asdict(request) for request in requests]))


def load(path: Path) -> list[Asked]:
    return [Asked(**entry) for entry in json.loads(path.read_text())]
