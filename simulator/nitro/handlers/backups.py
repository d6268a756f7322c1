# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""systembackup: NITRO reference; command reference, system backup. What an archive contains is inferred from field notes
(github.com/berrydejager/code, post of 2014-11-17).
"""

from __future__ import annotations

import re
from typing import Any

from simulator.configuration import nsconf_reader
from simulator.configuration.configuration import Configuration
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node import archives, current_files
from simulator.node.disk import File
from simulator.node.file_tree import FileProblem
from simulator.node.node import Node
from simulator.types import Attribute, Row
from simulator.types.common import text
from simulator.types.errors import NitroError

_DIRECTORY = "/var/ns_sys_backup"
_MOST = 50  # archives that are kept, so that their memory is bounded
_NS_CONF = "/nsconfig/ns.conf"
_PARTITIONS = "/nsconfig/partitions/"
_BASIC = ("/nsconfig/", "/var/download/")
_NOT_IN_BASIC = ("/nsconfig/ssl/", "/nsconfig/license/", "/nsconfig/fips/")
_FULL = (*_BASIC, "/var/netscaler/ssl/", "/var/netscaler/locdb/", "/var/netscaler/crl/", "/var/netscaler/logon/",
         "/var/vpn/bookmark/", "/var/nstemplates/")  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_LONGEST = 63 - len(".tgz")  # the longest name of a file (NITRO reference, systemfile)
_NEWER = (13, 1)  # the newer options are in the vendor's collection, not in the 12.x reference
_ARGUMENTS = {
    argument.name: argument
    for argument in (
        text("filename", low=1, high=_LONGEST),
        text("level", enum=("basic", "full"), default="basic"),
        text("comment", high=255),
        Attribute("includekernel", kind="boolean", since=_NEWER),
        Attribute("uselocaltimezone", kind="boolean", since=_NEWER),
        Attribute("skipbackup", kind="boolean"),
    )
}


def _given(call: Call, row: Row, *known: str) -> Row:
    if call.node.parent is not None:
        raise NitroError(2760)  # it holds the whole appliance (inferred)
    given = {}
    for name, value in row.items():
        argument = _ARGUMENTS.get(name)
        if argument is None or name not in known or call.appliance.branch < argument.since:
            raise NitroError(call.appliance.switches["unknown_attribute_code"])
        given[name] = argument.coerce(value)
    return given


def _path(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise NitroError(1074, "fileName", name)
    return f"{_DIRECTORY}/{name}"


@writes("systembackup", "POST", "create")
def _create(call: Call, row: Row) -> None:
    given = _given(call, row, "filename", "level", "comment", "includekernel", "uselocaltimezone")
    _make(call, given)


def _make(call: Call, given: Row) -> None:
    """Make an archive of the saved configuration and of files. A name without .tgz gets it."""
    node, level = call.node, given.get("level", "basic")
    default = f"backup_{level}_{node.listener.address}_{node.today():%Y_%m_%d_%H_%M_%S}"
    name = given.get("filename", default).removesuffix(".tgz") + ".tgz"
    path = _path(name)
    if path in node.files:
        raise NitroError(1642)
    if node.active_fault("disk_full"):
        raise NitroError(3428)
    if len(node.backups) >= _MOST:
        raise NitroError(1072)
    current_files.refresh(node)
    note = {
        "level": level,
        **({"comment": given["comment"]} if given.get("comment") else {}),
        "creationtime": node.local_time(),
        "version": f"NS{call.appliance.build.replace(' ', '-')}",
        "createdby": call.session.user if call.session else "",
        "ipaddress": node.listener.address,
    }
    files = archives.under(node.files, _FULL if level == "full" else _BASIC)
    if level == "basic":
        files = [(path, file) for path, file in files if not path.startswith(_NOT_IN_BASIC)]
    node.write_file(path, archives.archive(files, note))
    node.backups[name] = note


@writes("systembackup", "POST")
def _register(call: Call, row: Row) -> None:
    """Register an archive that was made on another appliance and lies in the directory of backups."""
    given = _given(call, row, "filename")
    name = _named(given)
    file = _file(call.node, name)
    if name in call.node.backups:
        raise NitroError(273, "fileName", name)
    note, files = _opened(file)
    if _NS_CONF not in files:
        raise NitroError(278)
    call.node.backups[name] = note


@writes("systembackup", "POST", "restore")
def _restore(call: Call, row: Row) -> None:
    """Put the files of an archive on the node. The restored configuration runs after a reboot."""
    given = _given(call, row, "filename", "skipbackup")
    name, node = _named(given), call.node
    if name not in node.backups:
        raise NitroError(3441)
    _, files = _opened(_file(node, name))
    if _NS_CONF not in files:
        raise NitroError(278)
    node.require_disk_space()
    if not given.get("skipbackup"):
        _make(call, {})
    try:
        node.tree().require_space(sum(len(file.content) for file in files.values()), len(files))
    except FileProblem:
        raise NitroError(3428) from None
    for path, file in files.items():
        node.files.put(path, file)
    node.saved = _configuration(call, files[_NS_CONF])
    for partition, inside in node.partitions.items():
        own = files.get(f"{_PARTITIONS}{partition}/ns.conf")
        if own is not None:
            inside.saved = _configuration(call, own)


def _configuration(call: Call, file: File) -> Configuration:
    return nsconf_reader.load(bytes(file.content).decode("utf-8", "replace"), call.appliance).configuration


def _named(given: Row) -> str:
    if "filename" not in given:
        raise NitroError(1095, "fileName")
    return str(given["filename"])


def _file(node: Node, name: str) -> File:
    file = node.files.get(_path(name))
    if file is None:
        raise NitroError(3441)
    return file


def _opened(file: File) -> tuple[dict[str, str], dict[str, File]]:
    """Return the note and the files of an archive. Raises 278 for another kind of file; no source names this code."""
    try:
        return archives.note_of(bytes(file.content)), archives.files_of(bytes(file.content), _FULL)
    except archives.NotAnArchive:
        raise NitroError(278) from None


@writes("systembackup", "DELETE")
def _delete(call: Call, row: Row) -> None:
    name = call.name or call.args.get("filename", "")
    if not name:
        raise NitroError(1095, "fileName")
    if name not in call.node.whole.backups:
        raise NitroError(3441)
    call.node.whole.backups.pop(name)
    call.node.whole.files.pop(_path(name), None)


@reads("systembackup")
def _backups(call: Call) -> Any:
    """Return the registered archives whose file exists."""
    node = call.node.whole
    rows = [
        {"filename": name, **note, "size": str(max(1, round(len(node.files[path].content) / 1024)))}
        for name, note in node.backups.items()
        if (path := _path(name)) in node.files
    ]
    found = [row for row in rows if row["filename"] == call.name] if call.name else rows
    if call.name and not found:
        raise NitroError(3441)
    return found
