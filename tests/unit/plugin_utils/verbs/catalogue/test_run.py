# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""catalogue.yml without appliances: one thing at a time, and a bundle compared over exported configurations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.run import (
    compared_files,
    require_one_thing,
)

from tests.accepted import accepted
from tests.unit.plugin_utils.policies.test_catalogue_updates import NEW, Desk, entry
from tests.unit.plugin_utils.verbs.catalogue.test_catalogue_update import user

NOTHING = dict.fromkeys(("take", "go_back", "pack", "source", "cve_records", "bundle"))
NSCONF = "#NS{}\nset ns config -IPAddress 192.0.2.1 -netmask 255.255.255.0\nset ns hostName {}\n"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"take": True, "go_back": True, "bundle": "x"}, "take and go_back cannot be given together"),
        ({"pack": "x", "cve_records": "y"}, "pack and cve_records cannot be given together"),
        ({"take": True}, "take needs a bundle: -e bundle=FILE"),
        ({"source": "x"}, "source needs a bundle: -e bundle=FILE"),
        ({"go_back": True, "bundle": "x"}, "go_back takes no bundle: leave out -e bundle=..."),
    ],
)
def test_one_thing_is_done_at_a_time(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=r"Nothing was done\.") as error:
        require_one_thing({**NOTHING, **given})
    assert problem in str(error.value)


@pytest.mark.parametrize(
    "given", [{}, {"bundle": "x"}, {"bundle": "x", "take": True}, {"go_back": True}, {"pack": "x"}]
)
def test_one_thing_is_enough(given: dict[str, Any]) -> None:
    with accepted():
        require_one_thing({**NOTHING, **given})


def test_a_bundle_is_compared_over_exported_files(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "a.conf").write_text(NSCONF.format("13.0 Build 99.2", "adc01"))
    options = {"bundle": str(desk.bundle({NEW: entry(NEW, trains={"13.0": {"fixed": "99.5"}})})), "source": str(folder)}
    options |= {"as_of": "", "fail_at": 4}
    found = compared_files(options, user(desk))
    assert found["appliances"]["adc01"]["effect"] == "must act"
    assert found["lines"][2] == "MUST ACT  adc01  13.0 99.2"
    assert (found["exit_code"], found["must_fail"]) == (1, False)
    assert compared_files({**options, "fail_at": 1}, user(desk))["must_fail"] is True
    assert not desk.folder.exists(), "nothing was taken"
    (folder / "b.conf").write_text("garbage\n")
    broken = compared_files(options, user(desk))
    assert (broken["exit_code"], broken["failed"]) == (3, True)
    assert broken["appliances"]["b"]["problem"].startswith("failed: ")
