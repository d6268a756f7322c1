# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""auditmessages: the newest messages of the packet engine, as ns.log has them. NITRO reference."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads
from simulator.node.log_lines import LEVELS
from simulator.node.logs import NS_LOG
from simulator.node.node import Node
from simulator.types import Attribute
from simulator.types.errors import NitroError

_NAMES = ("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFORMATIONAL", "DEBUG")
_LEVELS = dict(zip(_NAMES, LEVELS, strict=True))
_NUMBER = Attribute("numofmesgs", kind="count", low=1, high=256, default=20)
_MESSAGE = re.compile(r"<[a-z0-9]+\.([a-z]+)> .* 0-PPE-\d+ : ")
_MOST_BYTES = 8 * 1024 * 1024


@reads("auditmessages")
def _messages(call: Call) -> Any:
    """Return the newest messages, the oldest of them first."""
    if call.node.parent is not None and call.appliance.switches["auditmessages_in_partition"] == "refused":
        raise NitroError(2760)
    if call.name:
        raise NitroError(1090, call.name)
    unknown = next((name for name in call.args if name not in ("loglevel", "numofmesgs")), None)
    if unknown:
        raise NitroError(1090, unknown)
    wanted = _wanted(call.args.get("loglevel", "ALL"))
    number = _NUMBER.coerce(call.args.get("numofmesgs", _NUMBER.default))
    found: list[str] = []
    for line in _newest_first(call.node.whole):
        match = _MESSAGE.search(line)
        if match and match[1] in wanted:
            found.append(line)
            if len(found) == number:
                break
    return [{"value": line} for line in reversed(found)]


def _wanted(levels: str) -> set[str]:
    """Return the words of the log for a list of levels, which are separated by blanks, commas or semicolons."""
    wanted: set[str] = set()
    for level in re.split(r"[\s,;]+", levels.strip()):
        if level.upper() == "ALL":
            wanted.update(_LEVELS.values())
        elif level.upper() in _LEVELS:
            wanted.add(_LEVELS[level.upper()])
        else:
            raise NitroError(1097, "logLevel", level)
    return wanted


def _newest_first(node: Node) -> Iterator[str]:
    """Yield the lines of ns.log, then those of the log before the last rotation."""
    current, older = node.files.get(NS_LOG), node.files.get(f"{NS_LOG}.0.gz")
    if current is not None:
        yield from reversed(bytes(current.content).decode("utf-8", "replace").splitlines())
    if older is not None:
        try:
            with gzip.open(io.BytesIO(bytes(older.content))) as packed:
                text = packed.read(_MOST_BYTES)
        except (OSError, EOFError, zlib.error):
            return
        yield from reversed(text.decode("utf-8", "replace").splitlines())
