# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""systemfile: NITRO guide, file operations; provider issues 1119 and 1178."""

from __future__ import annotations

import base64
import posixpath
from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node import current_files
from simulator.node.disk import DIRECTORY, REGULAR, File
from simulator.node.file_tree import FileProblem, FileTree
from simulator.node.node import Node
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


def _row(node: Node, location: str, name: str, file: File, *, content: bool) -> Row:
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


def _find(node: Node, tree: FileTree, path: str) -> File | None:
    return tree.find(path, follow=node.appliance.switches["systemfile_follows_links"])


@reads("systemfile")
def _read_files(call: Call) -> Any:
    unknown = set(call.args) - {"filename", "filelocation"}
    if unknown:
        raise NitroError(1090, *sorted(unknown))
    location = call.args.get("filelocation", "") or call.target.filter.get("filelocation", "")
    if not location:
        raise NitroError(1095, "filelocation")
    node = call.node
    call.appliance.sync_files()
    current_files.refresh(node.whole)
    name = call.name or call.args.get("filename", "")
    if not name:
        return _directory(node, location)
    file = _find(node, node.tree(), _path(node, location, name))
    if file is None or file.kind != REGULAR:
        raise NitroError(3441)
    return [_row(node, location, name, file, content=True)]


def _directory(node: Node, location: str) -> list[Row]:
    base, tree, rows = _path(node, location, ""), node.tree(), list[Row]()
    try:
        names = tree.names(base)
    except FileProblem:
        raise NitroError(3441) from None
    for name in names:
        file = _find(node, tree, posixpath.join(base, name))
        if file is not None and file.kind == DIRECTORY:
            rows.append({"filename": name, "filelocation": location, "filemode": ["DIRECTORY"]})
        elif file is not None and file.kind == REGULAR:
            rows.append(_row(node, location, name, file, content=False))
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
    tree = call.node.tree()
    if parent not in own and not tree.is_directory(parent):
        raise NitroError(3441)  # the path must exist (NITRO guide)
    existing = tree.find(path)
    if existing is not None and not _at_the_same_moment(call.node, existing):
        raise NitroError(1642)  # there is no update (provider issue 1119)
    call.node.require_disk_space()
    call.node.write_file(path, data)
    _count_as_change(call.node)


def _at_the_same_moment(node: Node, file: File) -> bool:
    """True if a creation does not see an existing file because it was made a moment ago: check and creation are not atomic."""
    exclusive = node.appliance.switches["systemfile_create_exclusive"]
    return not exclusive and node.clock() - file.modified < SAME_MOMENT


def _count_as_change(node: Node) -> None:
    if node.appliance.switches["systemfile_changes_config"]:
        node.touch()


@writes("systemfile", "DELETE")
def _delete_file(call: Call, row: Row) -> None:
    location, name = call.args.get("filelocation", ""), call.name or call.args.get("filename", "")
    if not location or not name:
        raise NitroError(1095, "filelocation" if not location else "filename")
    path = _path(call.node, location, name)
    tree = call.node.tree()
    file = _find(call.node, tree, path)
    if file is None or file.kind != REGULAR:
        raise NitroError(3441)
    tree.remove(path)
    _count_as_change(call.node)


@writes("systemfile", "PUT", "*")
def _no_update(call: Call, row: Row) -> None:
    raise NitroError(1073)
