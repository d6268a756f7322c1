# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The list of secrets of one appliance, by its saved configurations and its key files. Reads only, and only names."""

from __future__ import annotations

from dataclasses import dataclass

from ...foundation.foreign_text import one_line
from ...foundation.json_values import written_whole
from ..node_reading.node_reader import NodeReader
from .rotation import secrets_of

CONFIGURATIONS = ("/nsconfig/ns.conf", "/nsconfig/partitions/*/ns.conf")
KEY_FILES = (
    "/nsconfig/ssl/*.key",
    "/nsconfig/ssl/*.pfx",
    "/nsconfig/ssl/*.p12",
    "/nsconfig/ssh/*_key",
    "/nsconfig/krb/*.keytab",
)
_OF_FILES = {"what": "file with a private key", "steps": "a new key; delete the file where nothing uses it"}


@written_whole()
@dataclass(frozen=True)
class RotationList:
    """What is to be replaced.

    :ivar secrets: each with what, name, place and steps, all text escaped
    """

    node: str
    secrets: tuple[dict[str, str], ...]


def rotation_list(view: NodeReader) -> RotationList:
    """Return the list of a node; what could not be read is noted there."""
    rows = []
    for pattern in CONFIGURATIONS:
        files = list(view.files(pattern))
        if not files and pattern == CONFIGURATIONS[0]:
            view.gap(pattern, "it is not listed, and every NetScaler has it")
        for file in files:
            found, is_whole = secrets_of(view.content(file) or b"", file.path)
            if not is_whole:
                view.gap(f"all of {file.path}", "it has more or longer lines than are looked at")
            rows += [_row(one.kind.what, one.name, one.place, one.kind.steps) for one in found]
    for pattern in KEY_FILES:
        rows += [_row(_OF_FILES["what"], file.name, file.path, _OF_FILES["steps"]) for file in view.files(pattern)]
    return RotationList(view.node, tuple(rows))


def _row(what: str, name: str, place: str, steps: str) -> dict[str, str]:
    return {"what": what, "name": one_line(name), "place": one_line(place), "steps": steps}
