# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The name of the bundle from which the catalogue of a run has entries, in a file beside them."""

from __future__ import annotations

from pathlib import Path

FILE = "bundle.txt"


def bundle_of(catalogue: Path) -> str:
    """Return the name of the bundle; "" where the catalogue has no entry of one."""
    path = catalogue / FILE
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""
