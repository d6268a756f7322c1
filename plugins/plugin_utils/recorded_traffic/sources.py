# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sources of recorded requests in the inventory, checked strictly, and the limits of each kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from ..foundation.errors import InvalidInput
from .file_chunks import Damaged, FileChunk, cut, find_files, read_lines
from .formats import FIELDS, FORMATS, Parser, is_note, parser_for
from .logged_request import Unparsable, place
from .timestamps import ORDERS

AUTO = "auto"
DETECTION_LINES = 200
_NAMES = {"httpaccess": "httpaccess", "ns.log": "observe"}
"""The appliance's logs are recognised by their names, since the first request may be far down in them."""
_NS_LOG = re.compile(r"\d-PPE-\d+ : ")

HOLDS = {
    "observe": "only what the rule that is observed does not allow; what syslog lost or folded is missing",
    "web": "what reached that server: behind the appliance, nothing that the appliance answers itself",
    "httpaccess": "only Gateway pages that reached httpd, about 500 KB; nothing that a policy answered",
    "json": "the fields that its writer chose",
}
"""The content of each kind of source, for the report."""

EXAMPLE = "[{path: logs/ns.log*, format: observe}]"


@dataclass(frozen=True)
class LogSource:
    """Log files of one format.

    :ivar path: a path with * and ? if wanted
    :ivar format: one of FORMATS, or auto: recognised by the first lines of each file
    :ivar vip: the virtual server of the requests, where the lines do not name it; "" where they do
    :ivar date_order: MDY, DMY or YMD: the ``dateFormat`` of the appliance
    :ivar fields: for JSON lines, by fact the key that holds it
    """

    path: str
    format: str = AUTO
    vip: str = ""
    date_order: str = "MDY"
    fields: Mapping[str, str] = field(default_factory=dict)

    def files(self, base: Path) -> list[LogFile]:
        """Return the files of the source.

        :raises InvalidInput: where there is none, or one with an unknown format
        """
        formats = {path: self.format_of(path) for path in find_files([self.path], base)}
        usual = Counter(filter(None, formats.values())).most_common(1)
        return [LogFile(self, path, found or (usual[0][0] if usual else "web")) for path, found in formats.items()]

    def format_of(self, path: Path) -> str:
        """Return the format of a file; "" for a file without a telling line: just rotated, or damaged at its beginning.

        :raises InvalidInput: where its lines have no known format
        """
        if self.format != AUTO:
            return self.format
        for name, format_ in _NAMES.items():
            if path.name.startswith(name):
                return format_
        lines = list(_first_lines(path))
        scores = {name: self._score(lines, name) for name in FORMATS if name != "httpaccess"}
        best = max(scores, key=lambda name: scores[name])
        if scores[best]:
            return best
        if any(_NS_LOG.search(line) for line in lines):
            return "observe"  # with few requests among much else
        if not any(line.strip() and not is_note(line) for line in lines):
            return ""
        raise InvalidInput(
            f"{path}: its format is not known; set format to one of {', '.join(FORMATS)}. Of compressed files, only gzip can be read."
        )

    def _score(self, lines: Sequence[str], format_: str) -> int:
        """Return the number of lines that are requests in this format."""
        parse, found = parser_for(format_, self.date_order, self.fields), 0
        for line in lines:
            try:
                found += parse(line) is not None
            except Unparsable:
                continue
        return found


def _first_lines(path: Path) -> Iterator[str]:
    try:
        yield from ("too long" if line is None else line for line in islice(read_lines(cut(path)[0]), DETECTION_LINES))
    except Damaged:
        return


@dataclass(frozen=True)
class LogFile:
    """One file with its format."""

    source: LogSource
    path: Path
    format: str

    def parser(self) -> Parser:
        return parser_for(self.format, self.source.date_order, self.source.fields)

    def chunks(self) -> list[FileChunk]:
        return cut(self.path)


def require_known_vips(files: Iterable[LogFile], names: Collection[str], host: str) -> None:
    """Check that the virtual servers named by sources exist.

    :param names: the names that they may have
    :raises InvalidInput: naming the variable, the host and the fix
    """
    for vip in {file.source.vip: None for file in files if file.source.vip}:
        if place(vip) not in names:
            raise InvalidInput(
                f"{host}: netscaler_logs names the vip {vip!r}, which this appliance does not have, or which is an address that several share. "
                f"Correct it to one of: {', '.join(sorted(names)) or 'none'}."
            )


def parse_sources(value: Any, where: str) -> tuple[LogSource, ...]:
    """Check a list of sources.

    :param where: the host, for messages
    :raises InvalidInput: naming the variable, the host and the fix
    """
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise InvalidInput(f"{where}: netscaler_logs must be a list of sources. Write it as {EXAMPLE}.")
    return tuple(_source(entry, f"{where}: netscaler_logs, entry {number}") for number, entry in enumerate(value, 1))


def _source(entry: Any, where: str) -> LogSource:
    known = {"path", "format", "vip", "date_order", "fields"}
    if not isinstance(entry, Mapping) or "path" not in entry or not set(entry) <= known:
        raise InvalidInput(f"{where}: needs path, and may have {', '.join(sorted(known - {'path'}))}")
    for name in known - {"fields"}:
        if not isinstance(entry.get(name, "x"), str) or entry.get(name) == "":
            raise InvalidInput(f"{where}: {name} must be text")
    if entry.get("format", AUTO) not in (AUTO, *FORMATS):
        raise InvalidInput(f"{where}: format must be one of {', '.join((AUTO, *FORMATS))}")
    if entry.get("date_order", "MDY") not in ORDERS:
        raise InvalidInput(f"{where}: date_order must be one of {', '.join(ORDERS)}")
    fields = entry.get("fields", {})
    if not isinstance(fields, Mapping) or not set(fields) <= set(FIELDS):
        raise InvalidInput(f"{where}: fields may name {', '.join(FIELDS)}, each with the key that holds it")
    if not all(isinstance(key, str) and key for key in fields.values()):
        raise InvalidInput(f"{where}: fields must name keys as text")
    return LogSource(**{**entry, "fields": dict(fields)})
