# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A simulated fleet, an inventory of it, and the project's playbooks on both, for the rollout tests.

An appliance of a test is an entry of a fleet file; its inventory variables are beside it in ``variables``. Since
the roles take their options (``force``, ``why``, ...) from variables, many cases share one run of a playbook.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator import Simulator
from simulator.configuration import nsconf_writer
from tests.stage.client import Answer, ask, connection_to
from tests.stage.control_node import OF_THE_CLONE, PLAYBOOK_PROGRAM, ROOT, connection_variables, of_nobody
from tests.stage.fleet import NIGHT, PASSWORD, USER
from tests.stage.processes import ansible_server, kill_tree

MITIGATION = "cve_2019_19781"
NAME = f"tq_{MITIGATION}"
TIMEOUT = 120.0

ATTACK = "/vpn/../vpns/cfg/smb.conf"
ATTACK_ENCODED = "/vpn/js/%2e./.%2e/%76pns/cfg/smb.conf"
ATTACK_V2 = "/vpn/../%2576pns/cfg/smb.conf"  # only version 2 stops it: it is decoded twice
CONTROL = "/vpn/index.html"
# Version 1 of the rule as it is on the wire; the same text that CTX267679 has.
RULE_V1 = (
    'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/vpns/") && (!CLIENT.SSLVPN.IS_SSLVPN || '
    'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/../"))'
)
TOKEN = re.compile(r"(?:##|%23%23)[0-9A-F]{16,}", re.IGNORECASE)

# Many cases share one run of a playbook, so none may stop the others. What brakes a rollout is tested in test_waves.py.
EACH_FOR_ITSELF = {
    "accept_unreachable": 1000,
    "accept_refused": 1000,
    "rollout_canary": 1000,
    "rollout_max_failed": 1000,
    "rollout_bake_seconds": 0,
}

DECIDED = {"who": "J. Jansen", "reason": "it stops a customer"}
"""Whoever takes the protection off before the fix answers for it."""
TAKEN_AWAY = "failed: PROTECTION LOST at vpn vserver gw, decided by J. Jansen (it stops a customer)"
"""The problem of an appliance at which all was done as decided, and that is no longer protected."""


@dataclass(frozen=True)
class Run:
    """One run of ``ansible-playbook``.

    :ivar results: by host, the JSON that the summary writes
    :ivar requests: the simulator's log of this run
    """

    rc: int
    results: dict[str, Any]
    output: str
    requests: list[dict[str, Any]]

    def __getitem__(self, host: str) -> dict[str, Any]:
        assert host in self.results, f"no result for {host}; the output ends:\n{self.output[-3000:]}"
        result: dict[str, Any] = self.results[host]
        return result

    def verdict(self, host: str) -> str:
        assert "verdict" in self[host], f"no verdict for {host}: {self[host].get('msg')}"
        return str(self[host]["verdict"]["word"])

    def message(self, host: str) -> str:
        return str(self[host]["msg"])

    def problem(self, host: str) -> str:
        """Empty where the host succeeded; else it begins with failed: or unreachable:."""
        return str(self[host]["problem"])

    def lines(self, host: str) -> list[str]:
        """The lines of ns.conf of all steps."""
        return [line for step in self[host]["steps"] for line in step["lines"]]

    def nitro(self, host: str) -> list[tuple[str, str]]:
        """The requests that reached the management addresses: method and target."""
        return [(r["method"], r["target"]) for r in self.requests if r["appliance"] == host and r["side"] == "nitro"]

    def writes(self, host: str | None = None) -> list[str]:
        """The requests that change the configuration, without their arguments; login, logout and our own files do not."""
        return [
            f"{r['method']} {without_arguments(r['target'])}"
            for r in self.requests
            if r["side"] == "nitro" and host in (None, r["appliance"]) and is_configuration(r["method"], r["target"])
        ]


def is_write(method: str, target: str) -> bool:
    """A login, a logout and the switch to an admin partition are the session's own."""
    own = ("login", "logout", "nspartition?action=Switch")
    return method != "GET" and target.removeprefix("/nitro/v1/config/") not in own


def is_configuration(method: str, target: str) -> bool:
    """Return True if a request changes the configuration; the lock and the copies of records are files beside it."""
    return is_write(method, target) and not target.startswith("/nitro/v1/config/systemfile")


def without_arguments(target: str) -> str:
    """``responderpolicy``, ``nsconfig?action=save``: the type and the action of a request."""
    path, _, query = target.removeprefix("/nitro/v1/config/").partition("?")
    action = next((option for option in query.split("&") if option.startswith("action=")), "")
    return path.split("/")[0] + (f"?{action}" if action else "")


class Laboratory:
    """A running fleet with its inventory and records; :meth:`play` runs a playbook on it."""

    def __init__(
        self, simulator: Simulator, directory: Path, variables: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self.simulator = simulator
        self.directory = directory
        self.records = directory / "records"
        self.inventory = directory / "inventory.yml"
        self.hosts: dict[str, dict[str, Any]] = {}
        own = variables or {}
        for name, ready in simulator.ready["appliances"].items():
            self.hosts[name] = {**connection_variables(ready), **own.get(name, {})}
        for name in own.keys() - self.hosts.keys():
            self.hosts[name] = dict(own[name])
        self.common = {
            "netscaler_user": USER,
            "netscaler_password": PASSWORD,
            "netscaler_ca_file": simulator.ready["ca_file"],
            # A simulator beside other work may not answer within the 5 s that are the default.
            "netscaler_connect_timeout": 30,
        }
        self.ahead = 0.0  # seconds by which the wall clock of the control node is ahead of the real one
        self._number = 0

    # -- playbooks ----------------------------------------------------------------------------------------------------

    def write_inventory(self) -> None:
        """JSON is YAML; a change of ``hosts`` counts from the next run on."""
        content = {"netscalers": {"vars": self.common, "hosts": self.hosts}}
        self.inventory.write_text(json.dumps(content, indent=1), encoding="utf-8")

    def command(
        self,
        playbook: str | Path,
        *,
        limit: Iterable[str] | str | None,
        check: bool,
        options: Sequence[str],
        **extra: Any,
    ) -> list[str]:
        path = playbook if isinstance(playbook, Path) else ROOT / "playbooks" / f"{playbook}.yml"
        chosen = limit if isinstance(limit, str) else ",".join(limit or ())
        values = {
            "mitigation": MITIGATION,
            "as_of": NIGHT,
            "records": str(self.records),
            "plans": str(self.directory / "plans"),
            **EACH_FOR_ITSELF,
            **(DECIDED if playbook == "rollback" else {}),
            **extra,
        }
        return [
            PLAYBOOK_PROGRAM,
            *(
                "-i",
                str(self.inventory),
                str(path),
                "-e",
                json.dumps({k: v for k, v in values.items() if v is not None}),
            ),
            *(("--limit", chosen) if chosen else ()),
            *(("--check",) if check else ()),
            *options,
        ]

    def environment(self, report: Path) -> dict[str, str]:
        return {**of_nobody(), **OF_THE_CLONE, "TOURNIQUET_REPORT": str(report)}

    def play(
        self,
        playbook: str | Path,
        *,
        limit: Iterable[str] | str | None = None,
        check: bool = False,
        options: Sequence[str] = (),
        **extra: Any,
    ) -> Run:
        """Run a playbook of the project (by its verb) or of the test (by its path); extra variables are given with -e."""
        self._number += 1
        self.write_inventory()
        report = self.directory / f"report-{self._number}.json"
        output = self.directory / f"output-{self._number}.log"
        environment = self.environment(report)
        settings = sorted((name, value) for name, value in environment.items() if name.startswith(("ANSIBLE_", "LC_")))
        command = self.command(playbook, limit=limit, check=check, options=options, **extra)
        started = time.time()
        code = ansible_server(tuple(settings)).run(command, environment, output, TIMEOUT, self.ahead)
        results = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        # By their arrival: what an earlier run asked may be answered, and logged, only now.
        requests = [entry for entry in self.simulator.requests() if entry["time"] >= started]
        return Run(code, results, output.read_text(encoding="utf-8"), requests)

    def play_and_kill(self, playbook: str, when: Callable[[], bool], *, limit: Iterable[str], **extra: Any) -> None:
        """Start a playbook and kill the control node (every process of it, signal 9) as soon as a condition is true."""
        self.write_inventory()
        with (self.directory / "killed.log").open("wb") as log:
            process = subprocess.Popen(
                self.command(playbook, limit=limit, check=False, options=(), **extra),
                cwd=ROOT,
                env=self.environment(self.directory / "report-killed.json"),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        try:
            wait_until(when, f"the moment to kill {playbook}", alive=lambda: process.poll() is None)
        finally:
            kill_tree(process.pid)
            process.wait(timeout=10)

    # -- the appliances -----------------------------------------------------------------------------------------------

    def text(self, host: str, *, node: int | None = None, saved: bool = False) -> str:
        """The running (or saved) configuration as the text of ns.conf."""
        appliance = self.simulator.fleet.appliances[host]
        of_node = appliance.primary if node is None else appliance.nodes[node]
        return nsconf_writer.text(appliance.build, of_node.saved if saved else of_node.running)

    def texts(self, hosts: Iterable[str] | None = None) -> dict[str, tuple[str, ...]]:
        """Running and saved texts of every node: equal before and after where nothing happened."""
        appliances = self.simulator.fleet.appliances
        return {
            host: tuple(
                self.text(host, node=node.index, saved=saved)
                for node in appliances[host].nodes
                for saved in (False, True)
            )
            for host in (appliances if hosts is None else hosts)
        }

    def node(self, host: str, node: int | None = None) -> dict[str, Any]:
        """The state of one node, the primary where none is given."""
        state = self.simulator.appliance(host).state()
        found: dict[str, Any] = state["nodes"][state["primary"] if node is None else node]
        return found

    def rows(self, host: str, type_: str, *, node: int | None = None, saved: bool = False) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.node(host, node)["saved" if saved else "running"].get(type_, [])
        return rows

    def row(self, host: str, type_: str, name: str = NAME, **where: Any) -> dict[str, Any] | None:
        return next((row for row in self.rows(host, type_, **where) if row.get("name") == name), None)

    def features(self, host: str) -> list[str]:
        return [str(word).upper() for word in self.rows(host, "nsfeature")[0]["feature"]]

    def marker(self, host: str) -> str | None:
        """The marker in the action on the appliance, not the one that the product reports."""
        action = self.row(host, "responderaction")
        found = re.search(r"X-Request-Reference: ([^\\\r]+)", str(action["target"])) if action else None
        return found[1] if found else None

    def ask(
        self,
        host: str,
        target: str,
        *,
        vserver: str | None = None,
        method: str = "GET",
        cookie: str | None = None,
        client: str = "",
    ) -> Answer:
        """A request from outside, its target sent exactly as written, from the address of a client where one is given."""
        vservers = self.simulator.ready["appliances"][host]["vservers"]
        found = next(item for item in vservers if vserver in (None, item["name"]))
        headers = {"Cookie": cookie} if cookie else {}
        tls = found["protocol"] == "SSL"
        return ask(found, target, tls=tls, method=method, client=client, headers=headers, seconds=10)

    def colleague(
        self, host: str, method: str, path: str, body: Mapping[str, Any] | None = None, *, node: int | None = None
    ) -> Any:
        """Make the change of another administrator over NITRO; it must succeed."""
        nodes = self.simulator.ready["appliances"][host]["nodes"]
        index = self.simulator.fleet.appliances[host].primary.index if node is None else node
        connection = connection_to(nodes[index], seconds=10)
        headers = {"X-NITRO-USER": USER, "X-NITRO-PASS": PASSWORD, "Content-Type": "application/json"}
        try:
            connection.request(method, f"/nitro/v1/config/{path}", json.dumps(body) if body else None, headers)
            reply = connection.getresponse()
            content = reply.read()
        finally:
            connection.close()
        assert reply.status in (200, 201), f"{method} {path}: {reply.status} {content!r}"
        return json.loads(content) if content.strip() else {}

    def saved_by_colleague(self, host: str) -> None:
        self.colleague(host, "POST", "nsconfig?action=save", {"nsconfig": {}})

    def fired(self, host: str) -> int:
        """Return the number of times that faults of this appliance occurred."""
        faults = self.simulator.control("GET", f"/appliances/{host}/faults")
        return sum(fault["fired"] for fault in faults)

    # -- records ------------------------------------------------------------------------------------------------------

    def record_files(self, host: str) -> list[Path]:
        return sorted((self.records / host).glob("*.json"))

    def record(self, host: str, position: int = -1) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.record_files(host)[position].read_text(encoding="utf-8"))
        return content

    def forget(self, host: str) -> None:
        """The control node loses all records of an appliance, and an upgrade empties the directory of the copies."""
        shutil.rmtree(self.records / host)
        for node in self.simulator.fleet.appliances[host].nodes:
            for path in [path for path in node.files if path.startswith("/var/tmp/")]:
                del node.files[path]


@contextlib.contextmanager
def watched(laboratory: Laboratory, host: str, target: str) -> Iterator[list[Answer]]:
    """Asks a VIP all the time, from a thread of its own."""
    answers: list[Answer] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            answers.append(laboratory.ask(host, target))
            stop.wait(0.03)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join(timeout=15)


def wait_until(
    is_so: Callable[[], bool], what: str, *, seconds: float = TIMEOUT, alive: Callable[[], bool] = lambda: True
) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"waited {seconds} s without success for {what}"
        assert alive(), f"the process ended before {what}"
        time.sleep(0.05)
