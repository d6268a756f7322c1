# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Change records for tests, and an appliance whose nodes have nothing but files."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import OWN, Provenance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, NotFound

MEASURE = "cve_2019_19781"
NAME = "20200115T{:06}.000000Z-r{}.json"
POLICY = Step("responderpolicy", ("tq_cve_2019_19781",), None, {"name": "tq_cve_2019_19781"})
FOREIGN = Step("responderpolicy", ("theirs",), None, {"name": "theirs"})
BUSY = NitroError("gw", "GET systemfile", 503, 0, "busy")


def values_of(*steps: Step, state: str = "done", **values: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"format": 1, "host": "gw", "kind": "apply", "measure": MEASURE, "run": "run"}
    content |= {"started": "2020-01-15T02:00:00+00:00", "outcome": "applied", "saved": True, "build": "13.0 47.22"}
    content |= {"nodes": ["10.1.0.11:443"], "steps": [{**step.to_json(), "state": state} for step in steps]}
    return content | values


def record(
    number: int, *steps: Step, provenance: Provenance = OWN, folder: str = "gw", state: str = "done", **values: Any
) -> ChangeRecord:
    """Return a record that no directory has; its number is part of its name."""
    content = RecordContent.from_json(values_of(*steps, state=state, **values), where="the record")
    return ChangeRecord(Path(folder, NAME.format(number, number)), content, provenance)


class FakeNode:
    """A node with files in /var/tmp.

    :ivar refusals: by method, the error that it answers with
    :ivar log: the requests, as method and file
    """

    def __init__(self, host: str = "10.1.0.11", files: dict[str, bytes] | None = None) -> None:
        self.node = _Address(host)
        self.where = "gw"
        self.files = dict(files or {})
        self.refusals: dict[str, Exception] = {}
        self.log: list[tuple[str, str]] = []

    def read(self, _type: str, name: str | None = None, *, args: dict[str, str]) -> list[dict[str, Any]]:
        self._note("GET" if name else "LIST", name or args["filelocation"])
        if name is None:
            return [{"filename": one, "filesize": str(len(data))} for one, data in self.files.items()]
        if name not in self.files:
            raise NotFound("gw", "GET", 404, 3441, "No such file")
        return [{"filecontent": base64.b64encode(self.files[name]).decode()}]

    def write(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        row = (body or {}).get("systemfile", {})
        name = row.get("filename") or unquote(unquote(path.partition("/")[2].partition("?")[0]))
        self._note(method, name)
        if method == "DELETE":
            if self.files.pop(name, None) is None:
                raise NotFound("gw", "DELETE", 404, 3441, "No such file")
        elif name in self.files:
            raise NitroError("gw", "POST", 409, 1642, "exists")
        else:
            self.files[name] = base64.b64decode(row["filecontent"])

    def _note(self, method: str, name: str) -> None:
        self.log.append((method, name))
        if method in self.refusals:
            raise self.refusals[method]


class _Address:
    def __init__(self, host: str) -> None:
        self.host = host

    def __str__(self) -> str:
        return f"{self.host}:443"


def connection_to(*nodes: FakeNode, missing: tuple[str, ...] = ()) -> Any:
    """Return what the records need of a connection."""

    @contextmanager
    def inside(_partition: str) -> Iterator[None]:
        yield

    addresses = [one.node for one in nodes]
    return SimpleNamespace(
        inside=inside,
        members=[SimpleNamespace(session=one) for one in nodes],
        nodes=[SimpleNamespace(address=one) for one in addresses],
        appliance=SimpleNamespace(name="gw", nodes=addresses),
        primary=nodes[0] if nodes else None,
        missing_nodes=missing,
        copies_left_alone=[],
    )
