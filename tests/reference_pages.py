# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make lines of simulator/types/documented_attributes.txt of the vendor's reference pages.

    python -m tests.reference_pages lbvserver REFERENCE/lbvserver.md [COMMANDS/lb-vserver.md]

prints the section of a type: REFERENCE is a page of the NITRO reference in Markdown (a table of properties, then the payload of each
operation), COMMANDS the page of the command reference (for the spelling of options). Only names, types, operations, values and ranges are
taken, no sentence. The file names where copies of both are published. What stands in no page is added by hand: newer attributes, and
the defaults that a published answer shows.
"""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

from simulator.types.documented_attributes import Secret
from simulator.types.model import Attribute

_ROW = re.compile(r"<td>(\w+)</td>\s*<td>([^<]*(?:<[A-Z][^<]*)?)</td>\s*<td>([^<]*)</td>\s*<td>(.*?)</td>", re.DOTALL)
_KINDS = {"String": "text", "Double": "count", "Integer": "number", "Boolean": "boolean"}
_OPERATIONS = {"add": "a", "update": "u", "unset": "s"}
_NOT_STORED = {"newname", "__count"}  # arguments of rename and count


def attributes(reference: str, commands: str = "") -> list[Attribute]:
    """Return the attributes that a client can write, in the order of the page; the key is left to the type's own table."""
    reference = html.unescape(reference)
    used = {letter: _payload(reference, name) for name, letter in _OPERATIONS.items()}
    spelled = {word.lower(): word for word in re.findall(r"-(\w+)", commands)}
    found = []
    for name, kind, permission, about in _ROW.findall(reference):
        operations = "".join(letter for letter, names in used.items() if name in names)
        if permission.startswith("Read-write") and operations and name not in _NOT_STORED:
            found.append(_attribute(name, kind.strip("<> "), operations, about, spelled.get(name, name)))
    return found[1:]


def _payload(reference: str, operation: str) -> set[str]:
    """Return the names in the payload of an operation."""
    section = re.search(rf"^###\s*{operation}\s*$(.*?)(?=^###|\Z)", reference, re.MULTILINE | re.DOTALL)
    return set(re.findall(r'"(\w+)":\s*(?:<|true)', section[1])) if section else set()


def _attribute(name: str, kind: str, operations: str, about: str, option: str) -> Attribute:
    def number(label: str) -> int | None:
        match = re.search(rf"{label} (?:value|length)\s*[=:]\s*(\d+)", about)
        return int(match[1]) if match else None

    low, high = number("Minimum"), number("Maximum")
    if bounds := re.search(r"Range (\d+) - (\d+)", about):
        low, high = int(bounds[1]), int(bounds[2])
    values = re.search(r"Possible values = ([^<]*)", about)
    return Attribute(
        name,
        kind="list" if kind.endswith("[]") else _KINDS[kind],
        create_only="u" not in operations,
        can_unset="s" in operations,
        enum=tuple(re.split(r",\s*", values[1].strip())) if values else (),
        low=low,
        high=high,
        cli=option if option != name else "",
    )


def written(one: Attribute) -> str:
    """Return the line of the file."""
    kind = "secret" if isinstance(one, Secret) else one.kind
    operations = "r" if one.read_only else ("a" if one.create_only else "au") + ("s" if one.can_unset else "")
    details = [
        f"in={'|'.join(one.enum)}" if one.enum else "",
        f"{'' if one.low is None else one.low}..{'' if one.high is None else one.high}",
        "" if one.default is None else f"default={_plain(one.default)}",
        f"since={'.'.join(map(str, one.since))}" if one.since else "",
        f"cli={one.cli}" if one.cli else "",
    ]
    return " ".join([one.name, kind, operations, *(detail for detail in details if detail not in ("", ".."))])


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def main(arguments: list[str]) -> int:
    """Print the section of a type."""
    name, *pages = arguments
    texts = [Path(page).read_text(encoding="utf-8") for page in pages]
    print(f"[{name}]", *map(written, attributes(*texts)), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
