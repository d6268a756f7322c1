# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The CVEs that CVE records and CISA's list call those of NetScaler, told by a program and not by hand.

    python -m tests.public_identifiers --read 2026-12-03 --from "clone of cvelistV5" FILE_OR_DIRECTORY ...

It takes CVE records (format 5, or the older one with `name` and `desc`) and CISA's list of known exploited vulnerabilities, as JSON; whole clones of
CVEProject/cvelistV5 and cisagov/kev-data as well as single files of them. What it picks is written to tests/public_identifiers.yml, and
tests/unit/test_public_identifiers.py holds the catalogue against that.

A record is picked if its words or its links name the vendor and an appliance of his, or if they name the vendor and no product at all. So plug-ins for
users' machines and NetScaler Console are picked too: the reason why they have no entry is for a person to write, in tests/catalogue_identifiers.yml.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

LIST = Path(__file__).parent / "public_identifiers.yml"
SINCE = 2019
_VENDOR = re.compile(r"citrix|netscaler")
_APPLIANCE = re.compile(r"netscaler|\badc\b|\bgateway\b|application[ -]delivery|\bsd-?wan wan-?op\b")
_NO_RECORD = re.compile(r"\*\* (?:RESERVED|REJECT)")
HEAD = """\
# Made by `python -m tests.public_identifiers`, which says what it picks; never edited by hand. Beside each CVE, the day on which CISA listed it as
# exploited, where a file tells one.
---
"""


class _Dumper(yaml.SafeDumper):
    """Indents the items of a list, as yamllint wants them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


def told_by(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield what one JSON document tells: the CVE, its words, its links, and the day on which CISA listed it."""
    if "vulnerabilities" in record:
        for row in record["vulnerabilities"]:
            yield from told_by(row)
    elif "cveID" in record:
        words = (
            str(record.get(key, "")) for key in ("vendorProject", "product", "vulnerabilityName", "shortDescription")
        )
        yield record["cveID"], " ".join(words), str(record.get("notes", "")), record["dateAdded"]
    elif "cveMetadata" in record:
        if record["cveMetadata"].get("state") == "PUBLISHED":
            yield from _of_format_5(record)
    elif "desc" in record and not _NO_RECORD.search(record["desc"]):
        yield record["name"], record["desc"], " ".join(one.get("url", "") for one in record.get("refs", ())), None


def _of_format_5(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str | None]]:
    parts = record["containers"]
    own = parts["cna"]
    affected = [str(one.get(key, "")) for one in own.get("affected", ()) for key in ("vendor", "product")]
    words = [*affected, own.get("title", ""), *(one.get("value", "") for one in own.get("descriptions", ()))]
    days = [
        metric["other"]["content"]["dateAdded"]
        for part in parts.get("adp", ())
        for metric in part.get("metrics", ())
        if metric.get("other", {}).get("type") == "kev"
    ]
    links = " ".join(one.get("url", "") for one in own.get("references", ()))
    yield record["cveMetadata"]["cveId"], " ".join(words), links, min(days, default=None)


def is_ours(words: str, links: str) -> bool:
    """Return whether a record is one of an appliance of this kind, or of the vendor without a word on which product."""
    said, linked = words.lower(), links.lower()
    if _VENDOR.search(said) or (_APPLIANCE.search(said) and _VENDOR.search(linked)):
        return bool(_APPLIANCE.search(said))
    return "support.citrix.com" in linked


def picked(documents: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """Return the CVEs that are picked from the documents, with the first day on which CISA listed each; None where it is not told."""
    found: dict[str, list[str]] = {}
    for document in documents:
        for identifier, words, links, listed in told_by(document):
            if int(identifier.split("-")[1]) >= SINCE and is_ours(words, links):
                found.setdefault(identifier, []).extend([listed] if listed else [])
    return {one: min(found[one], default=None) for one in sorted(found, key=_number)}


def _number(identifier: str) -> tuple[int, ...]:
    return tuple(int(part) for part in identifier.split("-")[1:])


def written(read: date, sources: Sequence[str], documents: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of the list."""
    content = {"read": read, "from": [*sources], "documents": len(documents), "identifiers": picked(documents)}
    return HEAD + yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=150)


def read_documents(paths: Sequence[Path]) -> list[Mapping[str, Any]]:
    """Return the JSON documents of files and of all files below directories."""
    files = [file for path in paths for file in (sorted(path.rglob("*.json")) if path.is_dir() else [path])]
    documents = [json.loads(file.read_text("utf-8")) for file in files]
    return [document for document in documents if isinstance(document, dict)]


def main(arguments: Sequence[str]) -> int:
    """Write the list from files."""
    parser = argparse.ArgumentParser(prog="python -m tests.public_identifiers", description=__doc__)
    parser.add_argument("--read", type=date.fromisoformat, required=True, help="the day on which the files were read")
    parser.add_argument(
        "--from", dest="sources", action="append", required=True, help="where they are from, and of which commit"
    )
    parser.add_argument("paths", nargs="+", type=Path)
    given = parser.parse_args(arguments)
    LIST.write_text(written(given.read, given.sources, read_documents(given.paths)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
