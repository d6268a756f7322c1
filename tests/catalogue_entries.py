# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries of tests: the least that the schema asks for, to which a test adds what it is about."""

from __future__ import annotations

from datetime import date
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
