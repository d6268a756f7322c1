# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads and checks the fleet file. An unknown key is an error with its place."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from simulator.fleet_file.faults import CERTIFICATES, KINDS, Fault
from simulator.fleet_file.measured_facts import MeasuredFacts, load_measured_facts
from simulator.fleet_file.specification import ApplianceSpec, Endpoint, FileSpec, Fleet, FleetError, Partition, Vserver
from simulator.fleet_file.switches import SwitchPositions
from simulator.types import BINDINGS, FEATURES, TYPES

HEADER = re.compile(r"#NS(\d+\.\d+) Build (\d+\.\d+)")  # the first line of an ns.conf
BUILD = re.compile(r"\d+\.\d+ \d+\.\d+")
MODE = re.compile(r"[0-7]{3,4}")


def load(source: Mapping[str, Any] | str | Path, behave_as: Path | None = None) -> Fleet:
    """Read and check a fleet from a file, or from data of the same shape. Raises FleetError.

    behave_as: a result file of prove.yml, whose positions are used instead of the defaults of the switches, and
    of those of the file that the fleet names for all appliances.
    """
    if isinstance(source, str | Path):
        try:
            data = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
            raise FleetError(f"{source}: {problem}") from None
    else:
        data = source
    top = _mapping("fleet", data, {"as_of", "switches", "open_facts", "appliances"})
    entries = _mapping("appliances", top.get("appliances") or {})
    if not entries:
        raise FleetError("appliances: at least one is needed")
    base = Path(source).parent if isinstance(source, str | Path) else Path()
    measured = (
        _measured("open_facts", top.get("open_facts"), base) if behave_as is None else load_measured_facts(behave_as)
    )
    common = _Common(measured or MeasuredFacts(), _mapping("switches", top.get("switches") or {}), base)
    fleet = Fleet(
        {str(name): _appliance(str(name), spec, common) for name, spec in entries.items()},
        _timestamp(top.get("as_of")),
    )
    taken: dict[tuple[str, int], str] = {}
    for spec in fleet.appliances.values():
        listeners = [(node.address, node.port) for node in spec.nodes] + [
            (v.address.address, v.address.port) for _, _, v in spec.all_vservers()
        ]
        listeners += [(node.address, port) for node in spec.nodes for port in (spec.http_port, spec.ssh_port) if port]
        for listener in listeners:
            if listener[1] and listener in taken:
                raise FleetError(f"{spec.name}: {listener[0]}:{listener[1]} is already taken by {taken[listener]}")
            taken[listener] = spec.name
    return fleet


def fault(where: str, data: Any) -> Fault:
    """Return one fault of a fleet file or of the control endpoint. Raises FleetError."""
    entry = {name: value for name, value in _mapping(where, data, _FAULT_KEYS).items() if value is not None}
    kind = KINDS.get(str(entry.get("kind")))
    if kind is None:
        raise FleetError(f"{where}: kind {entry.get('kind')!r} is not one of {', '.join(KINDS)}")
    numbers = {"node": int, "nth": int, "times": int, "status": int, "code": int, "count": int, "seconds": (int, float)}
    for name, value in entry.items():
        wanted: Any = numbers.get(name, str)
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise FleetError(f"{where}: {name} {value!r} has the wrong type")
        if name in ("nth", "times", "seconds", "count") and value < 0 and entry["kind"] != "clock_skew":
            raise FleetError(f"{where}: {name} {value!r} is negative")
        if name != "kind" and name not in kind.keys:
            raise FleetError(f"{where}: {name} is not a key of {entry['kind']}, whose keys are: {', '.join(kind.keys)}")
    if entry.get("certificate", CERTIFICATES[0]) not in CERTIFICATES:
        raise FleetError(f"{where}: certificate {entry['certificate']!r} is not one of {', '.join(CERTIFICATES)}")
    return Fault(**{"times": 0 if kind.lasts else 1, **entry})


def check_fault(where: str, spec: ApplianceSpec, wanted: Fault) -> None:
    """Raise FleetError if the appliance has no such node or virtual server, or is not an HA pair."""
    if wanted.node is not None and wanted.node not in range(len(spec.nodes)):
        raise FleetError(f"{where}: there is no node {wanted.node}")
    known = wanted.vserver is None or spec.new_vservers_listen
    if not known and wanted.vserver not in [unique for _, unique, _ in spec.all_vservers()]:
        raise FleetError(f"{where}: there is no vserver {wanted.vserver!r}")
    if KINDS[wanted.kind].pair and len(spec.nodes) != 2:
        raise FleetError(f"{where}: {wanted.kind} needs an HA pair")


@dataclass(frozen=True)
class _Common:
    """What counts for all appliances: measured facts, the switches of the fleet, and the directory of the fleet file."""

    measured: MeasuredFacts
    switches: Mapping[str, Any]
    base: Path


def _measured(where: str, data: Any, base: Path) -> MeasuredFacts | None:
    """Return the facts of a result file that the fleet file names; None where it names none."""
    if data is None:
        return None
    entry = _mapping(where, data, {"result"})
    if not isinstance(entry.get("result"), str) or not entry["result"]:
        raise FleetError(f"{where}: result: name a result file of prove.yml")
    return load_measured_facts(base / entry["result"])


def _appliance(name: str, data: Any, common: _Common) -> ApplianceSpec:
    known = {item.name for item in fields(ApplianceSpec)} - {"name"} | {"open_facts"}
    entry = _with_ns_conf(name, _mapping(name, data, known), common.base)
    measured = _measured(f"{name}: open_facts", entry.pop("open_facts", None), common.base) or common.measured
    if measured.build and not entry.get("build"):
        entry["build"] = measured.build
    for key in ("build", "nodes"):
        if key not in entry:
            raise FleetError(f"{name}: {key} is missing")
    values: dict[str, Any] = {"name": name}
    for key, value in entry.items():
        if value is None and key not in ("build", "nodes"):
            continue  # an empty key counts as missing
        values[key] = _READERS[key](f"{name}: {key}", value)
    if values.get("primary", 0) >= len(values["nodes"]):
        raise FleetError(f"{name}: primary: there is no node {values['primary']}")
    own = values.get("switches", {})
    try:
        values["switches"] = SwitchPositions(measured.positions, common.switches, own)
    except ValueError as problem:
        raise FleetError(f"{name}: {problem}") from None
    spec = ApplianceSpec(**values)
    for wanted in spec.faults:
        check_fault(f"{name}: faults", spec, wanted)
    return spec


def _with_ns_conf(name: str, entry: dict[str, Any], base: Path) -> dict[str, Any]:
    """Read the ns.conf that an appliance is built from; its header line may give the build."""
    if entry.get("configuration_file"):
        if entry.get("ns_conf"):
            raise FleetError(f"{name}: configuration_file and ns_conf exclude each other")
        path = base / _text(f"{name}: configuration_file", entry["configuration_file"])
        try:
            entry["ns_conf"] = path.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError as problem:
            raise FleetError(f"{name}: configuration_file: {path}: {problem.strerror or problem}") from None
    header = HEADER.match(str(entry.get("ns_conf") or ""))
    if header and not entry.get("build"):
        entry["build"] = f"{header[1]} {header[2]}"
    return entry


def _build(where: str, data: Any) -> str:
    if not BUILD.fullmatch(str(data)):
        raise FleetError(f'{where}: {data!r} is not of the form "13.0 47.22"')
    return str(data)


def _nodes(where: str, data: Any) -> tuple[Endpoint, ...]:
    nodes = tuple(_endpoint(where, item) for item in _list(where, data))
    if len(nodes) not in (1, 2):
        raise FleetError(f"{where}: one address is a standalone, two are an HA pair; here are {len(nodes)}")
    return nodes


def _one_of(*words: str) -> Callable[[str, Any], str]:
    def read(where: str, data: Any) -> str:
        text = (
            {True: "YES", False: "NO"}[data] if isinstance(data, bool) else str(data)
        )  # YAML reads a bare YES as true
        if text not in words:
            raise FleetError(f"{where}: {text!r} is not one of {', '.join(words)}")
        return text

    return read


def _boolean(where: str, data: Any) -> bool:
    if not isinstance(data, bool):
        raise FleetError(f"{where}: {data!r} is neither true nor false")
    return data


def _number(low: int, high: int) -> Callable[[str, Any], int]:
    def read(where: str, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int) or not low <= data <= high:
            raise FleetError(f"{where}: {data!r} is not a number from {low} to {high}")
        return data

    return read


def _text(where: str, data: Any) -> str:
    if isinstance(data, dict | list):
        raise FleetError(f"{where}: a text is needed, not {data!r}")
    return str(data)


def _text_mapping(where: str, data: Any) -> dict[str, str]:
    return {str(key): _text(f"{where}: {key}", value) for key, value in _mapping(where, data).items()}


def _files(where: str, data: Any) -> dict[str, FileSpec]:
    files = {}
    for key, content in _mapping(where, data).items():
        path = str(key)
        if not path.startswith("/"):
            raise FleetError(f"{where}: {path!r} is not an absolute path")
        files[path] = file(f"{where}: {path}", content)
    return files


def file(where: str, data: Any) -> FileSpec:
    """Return one file: its text, or a mapping with its content and what only the shell shows. Raises FleetError."""
    if not isinstance(data, Mapping):
        return FileSpec(_text(where, data).encode("utf-8", "surrogateescape"))
    entry = _mapping(
        where, data, {"content", "base64", "owner", "group", "mode", "mtime", "ctime", "link", "directory"}
    )
    if len(entry.keys() & {"content", "base64", "link", "directory"}) > 1:
        raise FleetError(f"{where}: content, base64, link and directory exclude each other")
    content = _text(f"{where}: content", entry.get("content", "")).encode("utf-8", "surrogateescape")
    try:
        content = base64.b64decode(_text(where, entry["base64"]), validate=True) if "base64" in entry else content
    except ValueError:
        raise FleetError(f"{where}: base64: this is not Base64") from None
    mode = entry.get("mode")
    if mode is not None and not (isinstance(mode, str) and MODE.fullmatch(mode)):
        raise FleetError(f'{where}: mode {mode!r} is not a text of the form "0644"')
    times = [_timestamp(entry.get(key), f"{where}: {key}") for key in ("mtime", "ctime")]
    return FileSpec(
        content,
        owner=_text(f"{where}: owner", entry.get("owner", "root")),
        group=_text(f"{where}: group", entry.get("group", "wheel")),
        mode=None if mode is None else int(mode, 8),
        mtime=times[0].timestamp() if times[0] else None,
        ctime=times[1].timestamp() if times[1] else None,
        link=_text(f"{where}: link", entry.get("link", "")),
        directory=_boolean(f"{where}: directory", entry.get("directory", False)),
    )


def _licensed(where: str, data: Any) -> tuple[str, ...]:
    return ("all",) if data == "all" else _features(where, data)


def _vservers(where: str, data: Any) -> tuple[Vserver, ...]:
    vservers = tuple(_vserver(where, item) for item in _list(where, data))
    names = [vserver.name for vserver in vservers]
    for name in names:
        if names.count(name) > 1:
            raise FleetError(f"{where}: {name} occurs twice")
    return vservers


def _partitions(where: str, data: Any) -> dict[str, Partition]:
    if not isinstance(data, Mapping):
        return {_text(where, item): Partition() for item in _list(where, data)}
    partitions = {}
    for name, content in data.items():
        entry = _mapping(f"{where}: {name}", content or {}, {"features", "vservers", "configuration"})
        partitions[str(name)] = Partition(
            _features(f"{where}: {name}: features", entry.get("features") or []),
            _vservers(f"{where}: {name}: vservers", entry.get("vservers") or []),
            _objects(f"{where}: {name}: configuration", entry.get("configuration") or {}),
        )
    return partitions


def _faults(where: str, data: Any) -> tuple[Fault, ...]:
    return tuple(fault(where, item) for item in _list(where, data))


def _vserver(where: str, data: Any) -> Vserver:
    entry = _mapping(where, data, {"type", "name", "address", "protocol", "portal_users"})
    for key in ("type", "name", "address"):
        if key not in entry:
            raise FleetError(f"{where}: {key} is missing in {entry!r}")
    if entry["type"] not in ("vpn", "authentication", "cs", "lb"):
        raise FleetError(f"{where}: type {entry['type']!r} is not one of vpn, authentication, cs, lb")
    protocol = entry.get("protocol", "SSL")
    if protocol not in ("SSL", "HTTP"):
        raise FleetError(f"{where}: protocol {protocol!r} is neither SSL nor HTTP")
    if protocol == "HTTP" and entry["type"] in ("vpn", "authentication"):
        raise FleetError(f"{where}: a {entry['type']} vserver needs the protocol SSL")
    users = entry.get("portal_users")
    if users is not None and entry["type"] not in ("vpn", "authentication"):
        raise FleetError(f"{where}: portal_users: users cannot log on at a {entry['type']} vserver")
    own = None if users is None else _text_mapping(f"{where}: portal_users", users)
    return Vserver(entry["type"], str(entry["name"]), _endpoint(where, entry["address"]), protocol, own)


def _objects(where: str, data: Any) -> dict[str, list[dict[str, Any]]]:
    objects = {}
    for name, rows in _mapping(where, data).items():
        if name not in TYPES and name not in BINDINGS:
            raise FleetError(f"{where}: unknown type {name!r}")
        listed = [rows] if isinstance(rows, dict) else _list(f"{where}: {name}", rows)
        objects[name] = [_mapping(f"{where}: {name}", row) for row in listed]
    return objects


def _features(where: str, data: Any) -> tuple[str, ...]:
    names = []
    for item in _list(where, data):
        name = FEATURES.get(str(item).upper())
        if name is None:
            raise FleetError(f"{where}: unknown feature {item!r}; known are: {', '.join(FEATURES.values())}")
        names.append(name)
    return tuple(names)


def _endpoint(where: str, text: Any) -> Endpoint:
    address, _, port = str(text).rpartition(":")
    try:
        ip = ipaddress.ip_address(address.strip("[]"))
        number = int(port)
    except ValueError:
        raise FleetError(f'{where}: {text!r} is not of the form "127.20.0.1:8443"') from None
    if not ip.is_loopback:
        raise FleetError(f"{where}: {text!r}: the simulator listens on loopback addresses only")
    if not 0 <= number <= 65535:
        raise FleetError(f"{where}: {text!r}: the port is not in 0 to 65535")
    return Endpoint(str(ip), number)


def _timestamp(value: Any, where: str = "as_of") -> datetime | None:
    if value is None:
        return None
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
        else:
            moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise FleetError(f"{where}: {value!r} is not a time such as 2020-01-15T03:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _mapping(where: str, data: Any, known: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise FleetError(f"{where}: a mapping is needed, not {data!r}")
    unknown = sorted(str(key) for key in data if known is not None and key not in known)
    if unknown:
        raise FleetError(f"{where}: unknown key {unknown[0]!r}; known are: {', '.join(sorted(known or ()))}")
    return dict(data)


def _list(where: str, data: Any) -> list[Any]:
    if not isinstance(data, list | tuple):
        raise FleetError(f"{where}: a list is needed, not {data!r}")
    return list(data)


_FAULT_KEYS = {item.name for item in fields(Fault)}
_READERS: dict[str, Callable[[str, Any], Any]] = {
    "build": _build,
    "build_date": _text,
    "nodes": _nodes,
    "primary": _number(0, 1),
    "http_port": _number(0, 65535),
    "ssh_port": _number(0, 65535),
    "unreachable": _boolean,
    "users": _text_mapping,
    "portal_users": _text_mapping,
    "features": _features,
    "licensed": _licensed,
    "user_defined_audit_log": _one_of("YES", "NO"),
    "hostname": _text,
    "vservers": _vservers,
    "new_vservers_listen": _boolean,
    "configuration_file": _text,
    "ns_conf": _text,
    "ns_conf_unknown": _one_of("lenient", "strict"),
    "configuration": _objects,
    "unsaved_configuration": _objects,
    "files": _files,
    "urls": _text_mapping,
    "partitions": _partitions,
    "cluster": _boolean,
    "faults": _faults,
    "switches": _mapping,
    "certificate": _one_of("signed", "self_signed"),
    "tls_maximum": _one_of("1.0", "1.1", "1.2", "1.3"),
    "round_trip_ms": _number(0, 60_000),
    "deny_list_version": _number(0, 9_999),
}
