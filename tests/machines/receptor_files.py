# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of ``examples/receptor`` as they are shipped: only names, addresses and paths are filled in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.machines.tools import RECEPTOR, RUNNER, TOOLS
from tests.stage.control_node import ROOT

EXAMPLE = ROOT / "examples" / "receptor"
CONTROLLER = "controller"
PORT = 27199
SHIPPED_NODE, SHIPPED_NODES = "amsterdam", "[amsterdam, utrecht]"
KEYS, DATA, SOCKET, HOME = (
    "/etc/receptor/mesh",
    "/var/lib/receptor",
    "/run/receptor/receptor.sock",
    "/var/lib/tourniquet",
)

Configuration = list[dict[str, dict[str, Any]]]
"""A configuration file of Receptor."""


def make_keys(place: Path, addresses: Collection[str], nodes: Collection[str]) -> None:
    """Run ``make-keys.sh``."""
    words = [str(EXAMPLE / "make-keys.sh"), str(place), ",".join(addresses), *nodes]
    subprocess.run(words, check=True, capture_output=True, env={"PATH": f"{TOOLS}:{os.environ['PATH']}"})


def controller_file(place: Path, keys: Path, nodes: Collection[str], port: int = PORT) -> Configuration:
    """Return the configuration of a controller.

    :param place: for its socket and data
    """
    filled = {
        KEYS: str(keys),
        DATA: str(place / "receptor"),
        SOCKET: str(place / "socket"),
        SHIPPED_NODES: f"[{', '.join(nodes)}]",
        f"port: {PORT}": f"port: {port}",
    }
    return _filled("controller.yml", filled)


def node_file(
    name: str, place: Path, keys: Path, address: str, worker: Mapping[str, str] | None = None, runner: Path = RUNNER
) -> Configuration:
    """Return the configuration of an execution node.

    :param place: for its data, and the home of its jobs
    :param address: of the controller, with the port
    :param worker: what stands for the program of its jobs, and for their PATH
    :param runner: the program of its jobs, where ``worker`` is None
    """
    filled = {
        KEYS: str(keys),
        DATA: str(place / "receptor"),
        HOME: str(place),
        f"controller.example.net:{PORT}": address,
    }
    shipped = {"/opt/tourniquet/bin/ansible-runner": str(runner), "/opt/tourniquet/bin:/usr/bin:/bin": worker_path()}
    return _filled("node.yml", {SHIPPED_NODE: name, **(shipped if worker is None else worker), **filled})


def worker_path() -> str:
    """The PATH of the jobs of a node."""
    return f"{ROOT / '.venv' / 'bin'}:{TOOLS}:/usr/bin:/bin"


def _filled(name: str, values: Mapping[str, str]) -> Configuration:
    text = (EXAMPLE / name).read_text(encoding="utf-8")
    for shipped, value in values.items():
        assert shipped in text, f"{name} has no {shipped} any more"
        text = text.replace(shipped, value)
    configuration: Configuration = yaml.safe_load(text)
    return configuration


def part(configuration: Configuration, name: str) -> dict[str, Any]:
    """Return the settings of one directive, to change them."""
    return next(one[name] for one in configuration if name in one)


def without(configuration: Configuration, *names: str) -> Configuration:
    """Return a configuration without some directives."""
    return [one for one in configuration if not one.keys() & set(names)]


def daemon(
    place: Path, configuration: Configuration, before: Collection[str] = (), variables: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a Receptor.

    :param before: the words of a program that starts it
    :param variables: its environment
    """
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / "receptor.yml"
    path.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    words = [*before, str(RECEPTOR), "--config", str(path)]
    with (place / "receptor.log").open("ab") as log:
        return subprocess.Popen(words, env=variables, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
