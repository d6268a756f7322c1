# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tests of the version of this collection."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.collection_version import (
    PROJECT,
    collection_version,
)


def test_the_version_is_that_of_the_clone_or_of_the_installed_collection(tmp_path: Path) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", collection_version(PROJECT))
    assert not collection_version(tmp_path)
    (tmp_path / "MANIFEST.json").write_text('{"collection_info": {"version": "9.8.7"}}', encoding="utf-8")
    assert collection_version(tmp_path) == "9.8.7"
