# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the version of this collection.

This module is loaded before the version of Python is known to be new enough, so it imports nothing of this collection.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
_VERSION = re.compile(r"""^version:\s*["']?([^"'\s]+)""", re.MULTILINE)


def collection_version(project: Path) -> str:
    """Return the version of this collection, a clone or an installed one; "" where neither says it."""
    try:
        installed = project / "MANIFEST.json"
        if installed.is_file():
            return str(json.loads(installed.read_text(encoding="utf-8"))["collection_info"]["version"])
        found = _VERSION.search((project / "galaxy.yml").read_text(encoding="utf-8"))
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    return found[1] if found else ""
