# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults that make an answer untrue: a success without an effect, an attribute that is missing or another one."""

from __future__ import annotations

from typing import Any

POLICY = {"name": "p", "rule": "TRUE", "action": "NOOP"}


def test_a_success_without_an_effect(lab: Any) -> None:
    box = lab.box()
    lab.simulator.appliance("gw").fault("no_effect", type="responderpolicy", method="POST")
    answer = box.post("responderpolicy", POLICY)
    assert (answer.status, answer.json) == (200, {"errorcode": 0, "message": "Done", "severity": "NONE"})
    assert box.rows("responderpolicy") == []
    box.post("responderpolicy", POLICY)
    assert [row["name"] for row in box.rows("responderpolicy")] == ["p"], "it hits once"


def test_a_read_without_an_object(lab: Any) -> None:
    box = lab.box()
    lab.simulator.appliance("gw").fault("no_effect", type="nsconfig", method="GET")
    assert box.ask("GET", "/nitro/v1/config/nsconfig").json == {"errorcode": 0, "message": "Done", "severity": "NONE"}
    assert "nsconfig" in box.ask("GET", "/nitro/v1/config/nsconfig").json


def test_an_attribute_that_is_missing(lab: Any) -> None:
    box = lab.box()
    lab.simulator.appliance("gw").fault("changed_answer", type="nsconfig", attribute="configchanged")
    told = box.ask("GET", "/nitro/v1/config/nsconfig").json["nsconfig"]
    whole = box.ask("GET", "/nitro/v1/config/nsconfig").json["nsconfig"]
    assert "configchanged" in whole
    assert set(whole) - set(told) == {"configchanged"}


def test_an_attribute_with_another_value_in_each_object(lab: Any) -> None:
    box = lab.box()
    for name in ("p", "q"):
        box.post("responderpolicy", {**POLICY, "name": name})
    lab.simulator.appliance("gw").fault("changed_answer", type="responderpolicy", attribute="rule", value="FALSE")
    assert [row["rule"] for row in box.rows("responderpolicy")] == ["FALSE", "FALSE"]
    assert [row["rule"] for row in box.rows("responderpolicy")] == ["TRUE", "TRUE"], "only the answer was changed"
