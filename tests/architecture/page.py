# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The floors as docs/explanation/architecture.md and CONTRIBUTING.md state them."""

from __future__ import annotations

import re

from tests.architecture.graph import ROOT

PAGE = ROOT / "docs" / "explanation" / "architecture.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
FLOORS, SIMULATOR_FLOORS = "Floors of the engine", "Floors of the simulator"
_ROW = re.compile(r"^\| `([^`]+)` \| *(.*?) *\|", re.MULTILINE)


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next heading of the same level; "" where there is no such heading."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def floors(heading: str = FLOORS) -> dict[str, str]:
    """Return the packages of a table of the page, lowest first, each with the question that it answers."""
    text = section(PAGE.read_text(encoding="utf-8"), heading)
    return {name.rstrip("/"): question for name, question in _ROW.findall(text)}


def floors_of_contributing() -> list[str]:
    """Return the packages in the order in which CONTRIBUTING.md names them."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    found = re.search(r"^Floors, lowest first: (.*?)\.$", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"`([a-z_]+)`", found[1]) if found else []
