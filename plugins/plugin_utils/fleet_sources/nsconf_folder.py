# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reader of a folder of exported ns.conf files: host name, NSIP, HA peer, build, admin partitions and virtual servers of each.

Sources: command reference 12.0 (set ns config, set ns hostName, add HA node, add ns partition, add vpn|authentication|cs|lb vserver); the first line
of a file that a release writes is ``#NS13.0 Build 47.22``. The configuration of an admin partition is in /nsconfig/partitions/<name>/ns.conf.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..appliance.nitro.appliance import VIP_KINDS
from ..appliance.objects.nsconf_reader import words
from ..appliance.objects.nsconf_text import decoded, release_of
from ..foundation.errors import InvalidInput
from ..foundation.file_stamp import stamp
from .folding import NodeEntry, folded
from .listed_appliance import LONGEST_TEXT, ListedAppliance
from .problems import Problems
from .source_files import files_below, read_file

NAME = "ns.conf"
SYSTEM_FOLDERS = ("nsconfig", "flash")
FOLDERS = ("customer", "site")
PROTOCOLS = {"SSL": True, "HTTP": False}
"""By protocol, whether requests to a virtual server use TLS; others do not speak HTTP."""
MOST_VIPS = 5000
LARGEST_FOLDER = 4 * 1024**3
"""Bytes of all its files. An archive of somebody else may unpack to any number of large ones."""
MOST_QUOTED = 20
"""The largest number of words of a line that may begin a q-quoted one: the end of each is looked for up to the end of the line."""
Line = tuple[str, list[str]]
_LINE = re.compile(
    rf"^(?P<noun>set ns config|set ns hostname|add ha node|add ns partition|add (?:{'|'.join(VIP_KINDS)}) vserver)[ \t]+(?P<rest>[^\r\n]{{1,1000}})",
    re.MULTILINE | re.IGNORECASE,
)


def is_nsconf(path: Path, folder: Path) -> bool:
    """Return True for a file that is read: ns.conf or <name>.ns.conf anywhere, and <name>.conf in the folder itself or its customers and sites."""
    if path.name == NAME or path.name.endswith(f".{NAME}"):
        return True
    return path.suffix == ".conf" and not set(path.relative_to(folder).parts[:-1]) & {
        *SYSTEM_FOLDERS,
        "etc",
        "partitions",
    }


def nsconf_files(folder: Path) -> list[Path]:
    """Return the files that :func:`read_nsconf` reads."""
    return [path for path in files_below(folder) if is_nsconf(path, folder)]


def read_nsconf(folder: Path, levels: Sequence[str]) -> list[ListedAppliance]:
    """Return the appliances of a folder.

    :param levels: what the names of the folders in it mean, from the outer to the inner one: customer, site
    :raises InvalidInput: with the file and the line
    """
    if not set(levels) <= set(FOLDERS):
        raise InvalidInput(
            f"folders names {', '.join(levels)}: write {' and '.join(FOLDERS)} only, in the order of the folders"
        )
    files, problems = nsconf_files(folder), Problems()
    require_small(folder, files)
    partitions: dict[Path, list[Path]] = {}
    nodes: list[Path] = []
    for path in files:
        if path.parent.parent.name == "partitions" and path.name == NAME:
            partitions.setdefault(path.parents[2] / NAME, []).append(path)
        else:
            nodes.append(path)
    for base in partitions.keys() - set(nodes):
        problems.add(str(partitions[base][0]), f"this is a partition of {base}, which is not there")
    found = []
    for path in nodes:
        try:
            found.append(_node(path, folder, levels, partitions.get(path, [])))
        except InvalidInput as error:
            problems.add(str(path), str(error).removeprefix(f"{path}: "))
    if not files:
        problems.add(str(folder), f"there is no {NAME} in it")
    problems.raise_if_any()
    return folded(found)


def require_small(folder: Path, files: Iterable[Path]) -> None:
    """Refuse a folder whose files have too many bytes.

    :raises InvalidInput: where they have
    """
    if sum(one[2] for one in stamp(*files) if one) > LARGEST_FOLDER:
        raise InvalidInput(f"the {NAME} files in {folder} have more than {LARGEST_FOLDER:,} bytes. Divide the folder.")


def _node(path: Path, folder: Path, levels: Sequence[str], partition_files: Iterable[Path]) -> NodeEntry:
    text = read_text(path)
    address, peer, host, partitions = "", "", "", []
    lines = _lines(text)
    for noun, line_words in lines:
        if noun == "set ns config":
            address = _option(line_words, "-ipaddress") or address
        elif noun == "set ns hostname":
            host = line_words[0]
        elif noun == "add ha node" and len(line_words) > 1:
            peer = line_words[1]
        elif noun == "add ns partition":
            partitions.append(line_words[0])
    if not address:
        raise InvalidInput("it has no line `set ns config -IPAddress ...`, so it is not the ns.conf of a node")
    vips = list(_vips(lines, "default"))
    for file in partition_files:
        vips += _vips(_lines(read_text(file)), file.parent.name)
    meaning = dict(zip(levels, path.relative_to(folder).parts[:-1], strict=False))
    name = (host or name_of_file(path))[:LONGEST_TEXT]
    entry = ListedAppliance(
        where=str(path),
        name=name,
        nodes=(address, peer) if peer else (address,),
        customer=meaning.get("customer", ""),
        site=meaning.get("site", ""),
        build=release_of(text),
        partitions=tuple(dict.fromkeys(partitions)),
        found_vips=tuple(vips[:MOST_VIPS]),
    )
    return NodeEntry(entry, (0, name))


def read_text(path: Path) -> str:
    """Return the text of a file; see :func:`.nsconf_text.decoded`."""
    return decoded(read_file(path, follow=False))


def _lines(text: str) -> list[Line]:
    """Return the lines that say something about the node: the command without its arguments, in lower case, and the arguments."""
    lines = []
    for match in _LINE.finditer(text):
        if match["rest"].count(" q") > MOST_QUOTED:
            continue
        found = [word.text for word in words(match["rest"])]
        if found:
            lines.append((match["noun"].lower(), found))
    return lines


def _option(line_words: Sequence[str], option: str) -> str:
    lowered = [word.lower() for word in line_words]
    position = lowered.index(option) + 1 if option in lowered else len(line_words)
    return line_words[position] if position < len(line_words) else ""


def _vips(lines: Iterable[Line], partition: str) -> Iterable[dict[str, Any]]:
    for noun, line_words in lines:
        kind = noun.split()[1]
        if kind not in VIP_KINDS or len(line_words) < 4:
            continue
        name, protocol, address, port = line_words[:4]
        if protocol.upper() not in PROTOCOLS or not port.isdecimal() or address in ("0.0.0.0", "::"):  # noqa: S104 - not listening
            continue
        place = {} if partition == "default" else {"partition": partition}
        yield {
            "name": name,
            "address": address,
            "port": int(port[:6]),
            "kind": kind,
            "tls": PROTOCOLS[protocol.upper()],
            **place,
        }


def name_of_file(path: Path) -> str:
    """Return the name that the file or its folder has."""
    stem = path.name.removesuffix(".conf").removesuffix(".ns")
    if path.name != NAME:
        return stem
    return next((folder.name for folder in path.parents if folder.name not in SYSTEM_FOLDERS), "")
