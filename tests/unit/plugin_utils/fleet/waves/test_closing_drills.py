# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drills of a closing: filed once, read strictly, and the newest one counts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.closing_drills import (
    Drill,
    file_drill,
    last_drill,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

DRILL = Drill("2020-01-10T09:00:00+00:00", "J. Jansen", "off", 13, 11, ("gw-a", "gw-b"), 4, 12.4)
TEXT = (
    "last drill of a closing: off at 2020-01-10 09:00 UTC by J. Jansen: 11 of 13 appliances could be closed, 12 s up to the first wave; "
    "would have stayed open: gw-a, gw-b"
)


def test_newest_drill_counts(tmp_path: Path) -> None:
    assert last_drill(tmp_path / "nowhere") == ""
    assert last_drill(tmp_path) == ""
    file_drill(tmp_path / "drills", "run2", DRILL)
    file_drill(tmp_path / "drills", "run1", replace(DRILL, at="2020-01-09T09:00:00+00:00", who="M. Vis"))
    (tmp_path / "drills" / "notes.json").write_text("{}")
    assert last_drill(tmp_path / "drills") == TEXT


def test_more_than_three_appliances_are_counted() -> None:
    assert replace(DRILL, stays_open=("a", "b", "c", "d")).text.endswith("would have stayed open: a, b, c and 1 more")
    assert replace(DRILL, stays_open=("a", "b", "c")).text.endswith("would have stayed open: a, b, c")
    assert "would have" not in replace(DRILL, stays_open=()).text


@pytest.mark.parametrize(
    "change",
    [
        {"format": 0},
        {"format": 2},
        {"who": ""},
        {"who": "x" * 201},
        {"who": 7},
        {"appliances": -1},
        {"stays_open": "gw"},
        {"seconds": "12"},
        {"at": "2020-01-10"},
        {"at": "9999-12-31T23:59:59-12:00"},
    ],
    ids=str,
)
def test_file_that_is_no_drill_is_told_and_not_shown(tmp_path: Path, change: dict[str, Any]) -> None:
    path = file_drill(tmp_path, "run", DRILL)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert last_drill(tmp_path).startswith("the last drill of a closing cannot be read: ")


@pytest.mark.parametrize("change", [{"who": "x" * 200}, {"who": "x"}, {"appliances": 0, "closable": 0, "customers": 0}])
def test_values_at_their_bounds_are_read(tmp_path: Path, change: dict[str, Any]) -> None:
    file_drill(tmp_path, "run", replace(DRILL, **change))
    assert last_drill(tmp_path) == replace(DRILL, **change).text


def test_file_that_others_may_write_is_told_and_a_status_goes_on(tmp_path: Path) -> None:
    """A drill beside the inventory may have come from a repository, with the mode that the umask gives."""
    path = file_drill(tmp_path, "run", DRILL)
    path.chmod(0o664)
    assert last_drill(tmp_path).startswith("the last drill of a closing cannot be read: ")
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert last_drill(tmp_path).startswith("the last drill of a closing cannot be read: ")


def test_text_of_a_file_is_escaped(tmp_path: Path) -> None:
    file_drill(tmp_path, "run", replace(DRILL, who="J.\x1b[31m"))
    assert "\x1b" not in last_drill(tmp_path)


def test_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "drills").write_text("a file")
    with pytest.raises(InvalidInput, match=r"the drill cannot be written to .*drills.*-e drills="):
        file_drill(tmp_path / "drills", "run", DRILL)
