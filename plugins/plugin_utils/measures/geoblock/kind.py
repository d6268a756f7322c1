# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the geoblock. Values only."""

from __future__ import annotations

from ...foundation.collection_version import PROJECT
from ...foundation.state_directory import is_installed, state_directory
from ..kind import Kind

ID = "geoblock"

KINDS = (
    Kind(
        id=ID,
        loader=".geoblock.measure:load_geoblock",
        prefix="geoblock_",
        defaults={"cache": str((state_directory() if is_installed(PROJECT) else PROJECT) / "cache")},
    ),
)
