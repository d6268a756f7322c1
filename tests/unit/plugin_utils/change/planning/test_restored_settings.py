# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings whose former values are restored, by the records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.restored_settings import (
    FormerSetting,
    former_settings,
    settings_to_restore,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.location.loading import (
    users_of_locations,
)

SETTING: ObjectId = ("locationparameter", ())
NO: dict[str, Any] = {}
YES: dict[str, Any] = {"matchwildcardtoany": "YES"}
OTHER: dict[str, Any] = {"matchwildcardtoany": "Expression"}


def record(before: Any, after: Any, state: str = "done") -> ChangeRecord:
    policy = Step("responderpolicy", ("p",), None, {"name": "p"})
    steps = [policy, Step(*SETTING, before, after)]
    values = {"format": 1, "host": "box", "kind": "apply", "measure": "geoblock", "run": "run", "outcome": "applied"}
    recorded = [{**step.to_json(), "state": state} for step in steps]
    values |= {"started": "2020-01-17T20:00:00+00:00", "saved": True, "steps": recorded}
    return ChangeRecord(Path("r"), RecordContent.from_json(values, where="the record"))


@pytest.mark.parametrize(
    ("records", "former"),
    [
        ([], None),
        ([record(NO, YES)], FormerSetting(NO, YES)),
        ([record(NO, YES, "undone")], None),
        ([record(NO, YES), record(YES, NO)], None),
        ([record(NO, YES), record(YES, NO), record(NO, YES)], FormerSetting(NO, YES)),
        ([record(NO, YES), record(OTHER, YES)], FormerSetting(NO, YES)),
        ([record(OTHER, YES)], FormerSetting(OTHER, YES)),
    ],
)
def test_what_our_runs_changed_and_did_not_give_back(records: list[ChangeRecord], former: FormerSetting | None) -> None:
    assert former_settings(records).get(SETTING) == former


def test_it_goes_back_where_nobody_asks_for_it_and_nobody_has_set_it_since() -> None:
    former = {SETTING: FormerSetting(NO, YES)}
    assert settings_to_restore(former, [], {SETTING: YES}) == {SETTING: NO}
    assert settings_to_restore(former, [SETTING], {SETTING: YES}) == {}
    assert settings_to_restore(former, [], {SETTING: OTHER}) == {}
    assert settings_to_restore(former, [], {SETTING: NO}) == {}
    assert settings_to_restore(former, [], {}) == {}, "not shown is not known"


@pytest.mark.parametrize(
    ("line", "used"),
    [
        ('add responder policy theirs "CLIENT.IP.SRC.MATCHES_LOCATION(\\"*.NL.*.*.*.*\\")" NOOP', True),
        ('add audit messageaction log NOTICE "CLIENT.IP.SRC.LOCATION"', True),
        ("add location 192.0.2.1 192.0.2.9 *.NL.*.*.*.*", True),
        ('add locationFile "/var/netscaler/locdb/gslb_sites"', True),
        ('add locationFile "/var/netscaler/locdb/tq_geoblock__v4_0123"', False),
        ("set locationParameter -matchWildcardtoany YES", False),
        ("add server allocation 192.0.2.1", False),
    ],
)
def test_who_else_asks_for_locations(line: str, used: bool) -> None:
    text = f"add ns ip 192.0.2.7 255.255.255.0\n{line}\n"
    assert bool(users_of_locations(text, Owner("geoblock", 1))) is used
