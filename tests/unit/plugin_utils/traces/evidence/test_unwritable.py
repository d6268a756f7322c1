# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A disk that takes no evidence: the file is named, with the fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence import bundle, collect
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.bundle import (
    Bundle,
    open_bundle,
    place_of,
    sealed_bundles,
)

from tests.unit.plugin_utils.traces.evidence.test_bundle import NOW, item, seal

FULL = r"evidence cannot be written to {}\S* \(No space left on device\)\. Make room, or name another directory with -e bundles="


def full(*_given: Any, **_more: Any) -> Any:
    raise OSError(28, "No space left on device")


def test_a_bundle_that_cannot_be_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_of(tmp_path / "evidence", "gw")
    with monkeypatch.context() as patched:
        patched.setattr(bundle, "open_private", full)
        with pytest.raises(Refused, match=FULL.format(place)), open_bundle(tmp_path / "evidence", "gw", NOW):
            pass
    answers = iter([bundle.make_private_directory, bundle.make_private_directory, full])

    def make(*given: Any, **more: Any) -> Any:
        return next(answers)(*given, **more)

    monkeypatch.setattr(bundle, "make_private_directory", make)
    with pytest.raises(Refused, match=FULL.format(place)), open_bundle(tmp_path / "evidence", "gw", NOW):
        pass


def test_a_file_and_a_seal_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_bundle(tmp_path / "evidence", "gw", NOW) as taken:
        monkeypatch.setattr(bundle, "create_privately", full)
        with pytest.raises(Refused, match=FULL.format(taken.directory / item().file)):
            taken.keep(item(), b"x")
        with pytest.raises(Refused, match=FULL.format(taken.directory)):
            seal(taken, tmp_path)
    assert isinstance(taken, Bundle)
    assert not taken.items


def test_the_directories_of_a_node_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "make_private_directory", full)
    with pytest.raises(Refused, match=FULL.format(tmp_path)):
        collect._lay_out(tmp_path)


def test_bundles_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "has_private_directory", full)
    told = rf"^gw: the bundles of evidence in {place_of(tmp_path, 'gw')} cannot be read \(No space left on device\)\. Make the"
    with pytest.raises(InvalidInput, match=told):
        sealed_bundles(tmp_path, "gw")
