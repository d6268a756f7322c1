# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The built-in base lists in ``templates/whitelists``: what a Gateway, a StoreFront or an AAA log-on needs, with its source.

Besides its entries each has legitimate traffic. Nobody can sign on without the requests that are marked ``logon: true``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ...catalogue.traffic import TrafficCase
from ...catalogue.traffic_file import parse_case
from ...foundation.errors import InvalidInput
from .entry import MATCHES, Entry

DIRECTORY = Path(__file__).parents[4] / "templates" / "whitelists"
LOGON_OF = {"vpn": "gateway", "authentication": "aaa_logon"}
"""By kind of virtual server, the base list whose log-on must stay possible there."""


@dataclass(frozen=True)
class Base:
    """One base list.

    :ivar logon: the ids of the requests of its traffic without which nobody signs on
    """

    name: str
    entries: tuple[Entry, ...]
    traffic: tuple[TrafficCase, ...]
    logon: frozenset[str]


@cache
def load_base(name: str, directory: Path = DIRECTORY) -> Base:
    """Return a base list.

    :raises InvalidInput: if there is no such list, or it is malformed. The message names no host
    """
    path = directory / f"{name}.yml"
    known = sorted(file.stem for file in directory.glob("*.yml"))
    if name not in known:
        raise InvalidInput(f"There is no such base list; choose from {', '.join(known)}.")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _base(name, content)
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path}: {type(error).__name__}: {error}") from error


def base_entries(name: str) -> tuple[Entry, ...]:
    return load_base(name).entries


def _base(name: str, content: Mapping[str, Any]) -> Base:
    entries = tuple(_entry(name, item) for item in content["entries"])
    cases, logon = [], set()
    for number, item in enumerate(content["traffic"], 1):
        plain = {key: value for key, value in item.items() if key != "logon"}
        case = parse_case(plain, attack=False, where=f"{name}: traffic, entry {number}")
        path = case.url.partition("?")[0]
        if not any(entry.covers(path, ignore_case=False) for entry in entries):
            raise InvalidInput(f"{name}: its own entries do not allow {case.url}")
        cases.append(replace(case, id=f"{name}-{case.id}"))
        if item.get("logon"):
            logon.add(f"{name}-{case.id}")
    return Base(name, entries, tuple(cases), frozenset(logon))


def _entry(name: str, item: Mapping[str, Any]) -> Entry:
    (match,) = [match for match in MATCHES if match in item]
    if not item["source"]:
        raise InvalidInput(f"{name}: {item[match]} has no source")
    return Entry(match, item[match], comment=str(item.get("comment", "")), base=name)
