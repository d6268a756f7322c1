# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""systemfile: NITRO guide, file operations; provider issues 1119 and 1178."""

from __future__ import annotations

import base64
import posixpath
from typing import Any

from simulator.configuration import nsconf_writer
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node import logs
from simulator.node.node import Node
from simulator.node.state import DIRECTORIES
from simulator.types import Row
from simulator.types.errors import NitroError

SAME_MOMENT = 0.2  # seconds between the check and the creation of a file on a busy disk, at most


def _own_directory(partition: str) -> str:
    return posixpath.join("/var/partitions", partition, "tmp")


def _path(node: Node, location: str, name: str) -> str:
    path = posixpath.normpath(posixpath.join("/", location, name))
    if node.parent is not None and (path == "/var/tmp" or path.startswith("/var/tmp/")):  # noqa: S108 -- the appliance's
        # In a partition /var/tmp is the partition's own (provider issue 1141).
        path = _own_directory(node.partition) + path.removeprefix("/var/tmp")  # noqa: S108
    return (
        "/" + path.lstrip("/").removeprefix("flash/") if path.startswith("/flash/nsconfig") else "/" + path.lstrip("/")
    )


def _stat(node: Node, location: str, name: str, *, content: bool) -> Row:
    file = node.files[_path(node, location, name)]
    if node.parent is not None and posixpath.normpath(location) == _own_directory(node.partition):
        location = "/var/tmp/"  # noqa: S108 -- so a file of a partition is reported (provider issue 1141)
    row: Row = {"filename": name, "filelocation": location}
    if content:
        row.update(filecontent=base64.b64encode(bytes(file.content)).decode(), fileencoding="BASE64")
    row.update(
        fileaccesstime=node.local_time(file.accessed),
        filemodifiedtime=node.local_time(file.modified),
        filesize=str(len(file.content)),
    )
    return row


@reads("systemfile")
def _read_files(call: Call) -> Any:
    unknown = set(call.args) - {"filename", "filelocation"}
    if unknown:
        raise NitroError(1090, *sorted(unknown))
    location = call.args.get("filelocation", "")
    if not location:
        raise NitroError(1095, "filelocation")
    node = call.node
    call.appliance.sync_files()
    logs.rotate(node.whole)
    _refresh(node)
    name = call.name or call.args.get("filename", "")
    if name:
        if _path(node, location, name) not in node.files:
            raise NitroError(3441)
        return [_stat(node, location, name, content=True)]
    return _directory(node, location)


def _refresh(node: Node) -> None:
    """Write ns.conf as of the last save. Its text is made when files are read."""
    for place in (node.whole, *node.whole.partitions.values()):
        text = nsconf_writer.text(node.appliance.build, place.saved).encode("utf-8", "replace")
        # Partitions have theirs under /nsconfig/partitions (command reference, save ns config; collection issue 326).
        path = f"/nsconfig/partitions/{place.partition}/ns.conf" if place.parent else "/nsconfig/ns.conf"
        if path not in node.files or node.files[path].content != text:
            node.write_file(path, text)
            node.files[path].modified = place.saved_at


def _directory(node: Node, location: str) -> list[Row]:
    base = _path(node, location, "").rstrip("/")
    names: dict[str, bool] = {}
    for path in (*node.files, *DIRECTORIES):
        if path.startswith(base + "/") and path != base + "/":
            head, _, rest = path[len(base) + 1 :].partition("/")
            names[head] = names.get(head, False) or bool(rest) or path in DIRECTORIES
    if not names and (base or "/") not in DIRECTORIES:
        raise NitroError(3441)
    rows: list[Row] = []
    for name, directory in sorted(names.items()):
        if directory:
            rows.append({"filename": name, "filelocation": location, "filemode": ["DIRECTORY"]})
        else:
            rows.append(_stat(node, location, name, content=False))
    return rows


@writes("systemfile", "POST")
def _create_file(call: Call, row: Row) -> None:
    name, location, content = row.get("filename"), row.get("filelocation"), row.get("filecontent")
    for key, value in (("filename", name), ("filelocation", location), ("filecontent", content)):
        if not isinstance(value, str) or (not value and key != "filecontent"):
            raise NitroError(1095, key)
    name, location, content = str(name), str(location), str(content)
    if set(row) - {"filename", "filelocation", "filecontent", "fileencoding"}:
        raise NitroError(278)
    if str(row.get("fileencoding", "BASE64")).upper() != "BASE64":
        raise NitroError(1097, "fileencoding", row["fileencoding"])
    for key, value, limit in (("filename", name, 63), ("filelocation", location, 127)):
        if len(value) > limit:
            raise NitroError(1106, key, limit)
    if "/" in name or name in (".", ".."):
        raise NitroError(1074, "filename", name)
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError:
        raise NitroError(1074, "filecontent") from None
    limit = call.appliance.switches["systemfile_limit"]
    if limit and len(data) > limit:
        raise NitroError(283)
    path = _path(call.node, location, name)
    parent = posixpath.dirname(path)
    own = [_own_directory(row["partitionname"]) for row in call.node.whole.running.table("nspartition").values()]
    if parent not in (*DIRECTORIES, *own) and not any(other.startswith(parent + "/") for other in call.node.files):
        raise NitroError(3441)
    if path in call.node.files and not _at_the_same_moment(call.node, path):
        raise NitroError(1642)  # there is no update (provider issue 1119)
    call.node.require_disk_space()
    call.node.write_file(path, data)
    _count_as_change(call.node)


def _at_the_same_moment(node: Node, path: str) -> bool:
    """True if a creation does not see an existing file because it was made a moment ago: check and creation are not atomic."""
    exclusive = node.appliance.switches["systemfile_create_exclusive"]
    return not exclusive and node.clock() - node.files[path].modified < SAME_MOMENT


def _count_as_change(node: Node) -> None:
    if node.appliance.switches["systemfile_changes_config"]:
        node.touch()


@writes("systemfile", "DELETE")
def _delete_file(call: Call, row: Row) -> None:
    location, name = call.args.get("filelocation", ""), call.name or call.args.get("filename", "")
    if not location or not name:
        raise NitroError(1095, "filelocation" if not location else "filename")
    path = _path(call.node, location, name)
    if path not in call.node.files:
        raise NitroError(3441)
    del call.node.files[path]
    _count_as_change(call.node)


@writes("systemfile", "PUT", "*")
def _no_update(call: Call, row: Row) -> None:
    raise NitroError(1073)
