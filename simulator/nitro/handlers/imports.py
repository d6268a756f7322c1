# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""responderhtmlpage: pages that are imported, not configured. NITRO reference; command reference, responder htmlpage.

A page is a file on each node's disk (public scripts replace it there with systemfile), so a boot keeps it and ns.conf does not have
it. All partitions share one directory.
"""

from __future__ import annotations

from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node.firmware import HTML_PAGES
from simulator.node.node import Node
from simulator.types import Row
from simulator.types.errors import NitroError

_LONGEST = {"src": 2047, "name": 31, "comment": 128}


def fetch(node: Node, source: str, directory: str) -> bytes | None:
    """Return the content at a URL of the fleet file, or of a file of the node (`local:`, `local://` or a path, else in the directory)."""
    if source in node.appliance.spec.urls:
        return node.appliance.spec.urls[source].encode()
    name = source.removeprefix("local:").removeprefix("//")
    path = name if name.startswith("/") else f"{directory}/{name}"
    return bytes(node.files[path].content) if path in node.files else None


def write_on_both(call: Call, path: str, content: bytes) -> None:
    """Write an imported file on the node, and on its peer if the node is primary."""
    call.node.require_disk_space()
    peer = call.node.whole.peer if call.node.primary else None
    for node in filter(None, (call.node.whole, None if peer and peer.active_fault("disk_full") else peer)):
        node.write_file(path, content)


def _path(name: str) -> str:
    return f"{HTML_PAGES}/{name}"


@reads("responderhtmlpage")
def _pages(call: Call) -> Any:
    """Return all pages by name, or one with its content."""
    files = call.node.files
    if call.name:
        if _path(call.name) not in files:
            raise NitroError(3187, call.name)
        text = bytes(files[_path(call.name)].content).decode("utf-8", "replace")
        return [{"name": call.name, "response": text}]
    return [{"name": path.removeprefix(_path(""))} for path in sorted(files) if path.startswith(_path(""))]


@writes("responderhtmlpage", "POST", "Import")
def _import(call: Call, row: Row) -> None:
    for needed in ("src", "name"):
        if not isinstance(row.get(needed), str) or not row[needed]:
            raise NitroError(1095, needed)
    if set(row) - {"src", "name", "comment", "overwrite"}:
        raise NitroError(call.appliance.switches["unknown_attribute_code"])
    for attribute, longest in _LONGEST.items():
        if len(str(row.get(attribute, ""))) > longest:
            raise NitroError(1106, attribute, longest)
    name = str(row["name"])
    if "/" in name or name in (".", ".."):
        raise NitroError(1075, "name", name)
    if _path(name) in call.node.files and row.get("overwrite") not in (True, "true"):
        raise NitroError(273, "name", name)  # no source names this code
    _fetch_page(call, name, str(row["src"]))


@writes("responderhtmlpage", "POST", "update")
def _change(call: Call, row: Row) -> None:
    """Fetch a page again from its source."""
    if set(row) - {"name"}:
        raise NitroError(call.appliance.switches["unknown_attribute_code"])
    if not isinstance(row.get("name"), str) or not row["name"]:
        raise NitroError(1095, "name")
    if _path(row["name"]) not in call.node.files:
        raise NitroError(3187, row["name"])
    _fetch_page(call, row["name"], call.node.whole.imported.get(_path(row["name"]), ""))


def _fetch_page(call: Call, name: str, source: str) -> None:
    content = fetch(call.node, source, "/var/tmp")  # noqa: S108 -- the appliance's
    if content is None:
        raise NitroError(3206)
    write_on_both(call, _path(name), content)
    for node in call.appliance.nodes:
        node.imported[_path(name)] = source


@writes("responderhtmlpage", "DELETE")
def _remove(call: Call, row: Row) -> None:
    name = call.name
    if _path(name) not in call.node.files:
        raise NitroError(3187, name)
    whole = call.node.whole
    for place in (whole, *whole.partitions.values()):
        if any(action.get("htmlpage") == name for action in place.running.table("responderaction").values()):
            raise NitroError(3207, name)
    for node in filter(None, (whole, whole.peer if call.node.primary else None)):
        node.files.pop(_path(name), None)
