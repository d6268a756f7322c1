# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control calls about the operating system of nodes: files, log lines, processes, sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from simulator.fleet_file.loader import file
from simulator.fleet_file.specification import FleetError
from simulator.node import logs
from simulator.node.file_tree import FileProblem
from simulator.node.node import Node
from simulator.node.processes import Process, Socket

_MOST = 1000  # processes, and sockets, of one node
_LONGEST = 64 * 1024
_PLAIN = {"path", "text", "node"}
_KINDS: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "float | None": (int, float)}


def write_file(nodes: list[Node], data: Mapping[str, Any]) -> None:
    """Write a text, or put a file with its owner and mode there, as somebody who is not the appliance would."""
    path = _path(data)
    if not isinstance(data.get("text", ""), str):
        raise FleetError("text is not a text")
    if data.keys() <= _PLAIN:
        for node in nodes:
            node.write_file(path, data.get("text", "").encode("utf-8", "surrogateescape"))
        return
    entry = {
        "content" if name == "text" else name: value for name, value in data.items() if name not in ("path", "node")
    }
    wanted = file(path, entry)
    for node in nodes:
        node.put_file(path, wanted)


def remove_file(nodes: list[Node], data: Mapping[str, Any]) -> None:
    """Remove a file, or a directory with its content, from the nodes that have it. Raises FleetError if none has."""
    path = _path(data)
    problems = []
    for node in nodes:
        try:
            node.tree().remove(path)
        except FileProblem as problem:
            problems.append(problem)
    if len(problems) == len(nodes):
        raise FleetError(f"{path}: {problems[0]}")


def add_log_line(nodes: list[Node], data: Mapping[str, Any]) -> None:
    """Append a line to a log as it is, as the appliance would write it."""
    path, line = _path(data), data.get("line")
    if not isinstance(line, str) or len(line) > _LONGEST:
        raise FleetError(f"line is not a text of at most {_LONGEST} characters")
    for node in nodes:
        logs.add_line(node, path, line)


def set_processes(nodes: list[Node], data: Mapping[str, Any]) -> None:
    """Let processes run beside those of the appliance, instead of those of an earlier call."""
    wanted = [Process(**entry) for entry in _entries(data, "processes", Process)]
    for node in nodes:
        node.added_processes = wanted


def set_sockets(nodes: list[Node], data: Mapping[str, Any]) -> None:
    """Let sockets be open beside those of the appliance, instead of those of an earlier call."""
    wanted = [Socket(**entry) for entry in _entries(data, "sockets", Socket)]
    for node in nodes:
        node.added_sockets = wanted


def _path(data: Mapping[str, Any]) -> str:
    path = data.get("path")
    if not isinstance(path, str) or not path.startswith("/"):
        raise FleetError("path is not an absolute path")
    return path


def _entries(data: Mapping[str, Any], name: str, kind: type[Process | Socket]) -> list[dict[str, Any]]:
    """Return the entries of a list as arguments of a kind. Raises FleetError."""
    entries = data.get(name)
    if not isinstance(entries, list) or len(entries) > _MOST:
        raise FleetError(f"{name} is not a list of at most {_MOST} entries")
    known = {item.name: item for item in fields(kind)}
    for entry in entries:
        if not isinstance(entry, dict):
            raise FleetError(f"{name}: {entry!r} is not an object")
        for key, value in entry.items():
            wanted = _KINDS[str(known[key].type)] if key in known else ()
            if not wanted or isinstance(value, bool) or not isinstance(value, wanted):
                raise FleetError(
                    f"{name}: {key} {value!r}: known are {', '.join(known)}, texts and numbers as ps and sockstat show them"
                )
        missing = [key for key, item in known.items() if item.default is MISSING and key not in entry]
        if missing:
            raise FleetError(f"{name}: {missing[0]} is missing in {entry!r}")
    return entries
