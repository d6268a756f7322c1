# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries of tests: the least that the schema asks for, to which a test adds what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

PAGE = {
    "what": "A demonstration.",
    "whom": "Nobody.",
    "helps": "Nothing is necessary.",
    "does_not_help": "Nothing is known.",
    "after_the_fix": "Nothing.",
}
FACTS: dict[str, Any] = {
    "schema": 1,
    "revision": 1,
    "title": "Demo",
    "identifiers": ["CVE-2020-0001"],
    "severity": {"level": "unknown"},
    "bulletin": {"id": "none", "published": date(2020, 1, 1)},
    "surface": "virtual_servers",
    "sources": {"test": {"name": "a test", "kind": "community", "read": date(2020, 1, 1)}},
    "preconditions": [{"when": {"always": "every appliance of the tests"}}],
    "page": PAGE,
}
"""What every entry has but its id."""


def entry_text(id_: str, **facts: Any) -> str:
    """Return the text of a mitigation.yml; a fact that is ... is left out."""
    content = {"id": id_, **FACTS, **facts}
    return yaml.safe_dump({name: value for name, value in content.items() if value is not ...}, sort_keys=False)


def measure(versions: int = 1, **facts: Any) -> dict[str, Any]:
    """Return a measure with templates v1 to v<versions>."""
    numbers = range(1, versions + 1)
    return {
        "form": "template",
        "current_version": versions,
        "versions": {number: {"summary": f"version {number}", "advised": date(2019, 12, 17)} for number in numbers},
        **facts,
    }


def catalogue(directory: Path, id_: str, versions: Sequence[str], traffic: str, **measure_facts: Any) -> Path:
    """A catalogue of a test's own with one entry; returns the directory that ``catalogue_directory`` names."""
    entry = directory / id_
    entry.mkdir(parents=True)
    facts = measure(len(versions), answers={"vulnerable": ["[global]"]}, **measure_facts)
    (entry / "mitigation.yml").write_text(
        entry_text(id_, title="A measure of a test", trains={"13.0": {"fixed": "99.1"}}, measure=facts),
        encoding="utf-8",
    )
    (entry / "traffic.yml").write_text(traffic, encoding="utf-8")
    for number, template in enumerate(versions, 1):
        (entry / f"v{number}.yml.j2").write_text(template, encoding="utf-8")
    return directory
