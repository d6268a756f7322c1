# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A copy that cannot be made is an error, unless another run has made it meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies import checked_copies


def test_only_a_copy_of_another_run_replaces_one_that_cannot_be_made(tmp_path: Path) -> None:
    def full(_made: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left on device"):
        checked_copies._make(tmp_path / "digest", full)
    (tmp_path / "digest").mkdir()
    checked_copies._make(tmp_path / "digest", full)
    assert [path.name for path in tmp_path.iterdir()] == ["digest"]
