# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a watch sees of an appliance at one time, and its form as JSON. Pure; a name in it may be any text of an attacker."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...catalogue.entry import Level
from ...foundation.digest import digest_of
from ...foundation.errors import InvalidInput

SCHEMA = 1


@dataclass(frozen=True)
class SeenFile:
    """A file or directory.

    :ivar size: in bytes; None of a directory, or where the appliance does not say
    :ivar modified: by the clock of the node, as ISO 8601; "" where it cannot be read
    :ivar sha256: of its content; "" where it was not read
    :ivar is_code: it can be run on the appliance
    :ivar level: of what it is by the rules; None where nothing is known against it
    :ivar why: the reason of that level; "" of an accepted state, which does not keep it
    :ivar lines: the first digits of the SHA-256 of each line of a start-up file
    """

    size: int | None = None
    modified: str = ""
    sha256: str = ""
    is_code: bool = False
    is_directory: bool = False
    lines: tuple[str, ...] = ()
    level: Level | None = None
    why: str = field(default="", compare=False)

    def is_same(self, other: SeenFile) -> bool:
        """Return True if the content is the same. Without a hash of both, size and time decide."""
        if self.is_directory or other.is_directory:
            return self.is_directory is other.is_directory
        if self.sha256 and other.sha256:
            return self.sha256 == other.sha256
        return (self.size, self.modified) == (other.size, other.modified)


@dataclass(frozen=True)
class NodeState:
    """What was seen on one node.

    :ivar build: such as ``13.0 47.22``; "" where it is not known
    :ivar files: by path
    """

    build: str = ""
    files: Mapping[str, SeenFile] = field(default_factory=dict)


@dataclass(frozen=True)
class WatchedState:
    """What was seen of one appliance.

    :ivar nodes: by address
    :ivar configuration: by NITRO type and name, the attributes that are watched, as a text
    :ivar accepted_by: who accepted it; "" of a state that nobody has accepted
    :ivar at: when it was seen or accepted, as ISO 8601
    """

    appliance: str
    nodes: Mapping[str, NodeState]
    configuration: Mapping[str, str]
    accepted_by: str = ""
    at: str = ""

    @property
    def builds(self) -> str:
        """Return the builds of its nodes, each once; "" where none is known."""
        return builds_text(node.build for node in self.nodes.values())

    def to_json(self) -> str:
        """Return it as JSON, the same for the same state: it is what a signature covers."""
        return json.dumps(self.values(), indent=1) + "\n"

    def values(self) -> dict[str, Any]:
        """Return it as JSON values."""
        nodes = {
            address: {"build": node.build, "files": {path: _row(file) for path, file in sorted(node.files.items())}}
            for address, node in self.nodes.items()
        }
        return {
            "schema": SCHEMA,
            "appliance": self.appliance,
            "accepted_by": self.accepted_by,
            "at": self.at,
            "nodes": nodes,
            "configuration": dict(sorted(self.configuration.items())),
        }

    @classmethod
    def of_json(cls, text: str) -> WatchedState:
        """Return the state of its JSON.

        :raises InvalidInput: where it is none
        """
        try:
            values = json.loads(text)
            if values["schema"] != SCHEMA:
                raise InvalidInput(f"its schema is {values['schema']!r}, not {SCHEMA}")
            nodes = {
                str(address): NodeState(
                    str(node["build"]), {str(path): _file(row) for path, row in node["files"].items()}
                )
                for address, node in values["nodes"].items()
            }
            configuration = {str(name): str(value) for name, value in values["configuration"].items()}
            return cls(str(values["appliance"]), nodes, configuration, str(values["accepted_by"]), str(values["at"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidInput(f"it is no state of a watch ({type(error).__name__})") from error


def builds_text(builds: Iterable[str]) -> str:
    """Return builds as one text, each once; "" where none is known."""
    return " and ".join(sorted({build for build in builds if build}))


def line_digests(content: bytes) -> tuple[str, ...]:
    """Return what tells the lines of a start-up file apart."""
    return tuple(digest_of(line)[:16] for line in content.splitlines())


def _row(file: SeenFile) -> dict[str, Any]:
    row: dict[str, Any] = {"size": file.size, "modified": file.modified, "sha256": file.sha256}
    if file.is_code:
        row["is_code"] = True
    if file.is_directory:
        row["is_directory"] = True
    if file.level is not None:
        row["level"] = str(file.level)
    if file.lines:
        row["lines"] = list(file.lines)
    return row


def _file(row: Mapping[str, Any]) -> SeenFile:
    size = row["size"]
    return SeenFile(
        None if size is None else int(size),
        str(row["modified"]),
        str(row["sha256"]),
        row.get("is_code") is True,
        row.get("is_directory") is True,
        tuple(map(str, row.get("lines", ()))),
        Level(row["level"]) if "level" in row else None,
    )
