# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the tasks of verbs refuse before anything is sent."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm import run as alarm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue import run as catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.update_options import (
    catalogue_update,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave import run as leave
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.new_entry import run as new_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.run import Rollback
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exported_run import judged_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus

APPLIANCE = Appliance.from_variables("gw-a", {"nodes": ["192.0.2.1"], "user": "u", "password": "p"})


def status(**options: Any) -> CatalogueStatus:
    return CatalogueStatus(APPLIANCE, {"catalogue": "/nowhere", **options}, False, False)


@pytest.mark.parametrize("within", [0, 601])
def test_an_alarm_waits_between_one_second_and_ten_minutes(tmp_path: Path, within: int) -> None:
    task = alarm.TASK(APPLIANCE, {"alarms": str(tmp_path), "receiver": "", "within": within}, False, False)
    with pytest.raises(
        InvalidInput, match=rf"^gw-a: within is {within}: write the seconds to wait, from 1 to 600. Nothing was sent.$"
    ):
        task.values()


def test_a_wrong_answer_about_the_alarm_is_no_gap_of_the_appliance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the operator has to mend ends the task, and does not count as an appliance that was not examined."""

    def connection(_appliance: Appliance) -> None:
        raise InvalidInput("gw-a: the receiver has no port")

    monkeypatch.setattr(alarm, "Connection", connection)
    monkeypatch.setattr(alarm, "what_is_ours", lambda *_given: None)
    task = alarm.TASK(APPLIANCE, {"alarms": str(tmp_path), "receiver": "", "within": 5}, False, False)
    with pytest.raises(InvalidInput, match=r"^gw-a: the receiver has no port$"):
        task.values()


def test_bundles_are_beside_an_inventory_and_in_use() -> None:
    with pytest.raises(InvalidInput, match=r"is none, so no bundle is in use: leave it out to look at bundles"):
        catalogue_update({"updates": "none"}, {}, write=False)
    with pytest.raises(InvalidInput, match=r"^no inventory is named: bundles of the catalogue are kept beside it"):
        catalogue_update({"updates": ""}, {}, write=False)


def test_what_closes_access_is_not_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    closing = SimpleNamespace(measure=SimpleNamespace(id="closing_notice"))
    monkeypatch.setattr(Rollback, "parameters", lambda _task: closing)
    with pytest.raises(InvalidInput, match=r"^gw-a: closing_notice closes access, .*run reopen.yml with its step"):
        Rollback(APPLIANCE, {}, False, False).values()


def test_a_bundle_is_packed_of_a_directory_that_is_named_or_beside_the_inventory() -> None:
    options = {"cve_records": None, "pack": "bundle.tar", "entries_of": None}
    with pytest.raises(InvalidInput, match=r"^pack: there is no directory of entries beside the inventory: name one"):
        catalogue._done(options, SimpleNamespace(own=None))  # type: ignore[arg-type]


def test_an_own_entry_needs_an_inventory() -> None:
    task = new_entry.TASK("localhost", {"own_entries": None}, {}, True)
    with pytest.raises(InvalidInput, match=r"^no inventory is named: your own entries are beside it. Name it with -i"):
        task.values()


def test_probes_are_of_one_mitigation_that_has_a_measure() -> None:
    with pytest.raises(InvalidInput, match=r"^probes are requests of one mitigation: name it, -e mitigation="):
        status(mitigation="", probes="few").values()
    with pytest.raises(InvalidInput, match="mitigation: cve_2023_4966 has no measure that they could prove"):
        status(mitigation="cve_2023_4966", probes="few").values()


def test_exported_files_are_judged_by_the_whole_catalogue() -> None:
    with pytest.raises(InvalidInput, match=r"^source judges by the whole catalogue: leave out -e mitigation="):
        next(judged_files({"mitigation": "cve_2019_19781"}, None))


def test_a_removal_without_the_shell_leaves_no_script_behind(tmp_path: Path) -> None:
    run = SimpleNamespace(records=tmp_path, trust=RecordTrust(tmp_path / "key"))
    task = leave.Leave(APPLIANCE, {}, False, False)
    found = SimpleNamespace(script={"192.0.2.1": "x"})
    with pytest.raises(Refused, match=r"^gw-a: .*192.0.2.1.* Nothing was removed.$"):
        task._removed(SimpleNamespace(run=run), found, "gw-a")  # type: ignore[arg-type]
