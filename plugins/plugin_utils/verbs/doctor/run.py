# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks one appliance before the first use. Nothing is ever written to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...foundation.foreign_text import printable
from ..common.task import Task
from .diagnose import diagnose


@dataclass(frozen=True)
class Doctor(Task):
    """Check one appliance. Nothing is ever written to it."""

    def run(self) -> dict[str, Any]:
        found = diagnose(self.appliance)
        return {
            "findings": [finding.values() for finding in found.findings],
            "fingerprints": found.fingerprints,
            "unpinned": found.unpinned,
            "unreached": found.unreached,
            "others": [printable(text) for text in found.others],
            "build": printable(found.build),
            "requests": len(found.exchanges),
        }
