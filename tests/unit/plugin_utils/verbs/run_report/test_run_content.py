# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a run as JSON: order, totals, currency, and the schema that docs/ promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VERDICTS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.content import SCHEMA, worst_code

from tests.run_reports import HOSTILE, fleet, report, result, verdict

ROOT = Path(__file__).parents[5]
FORMAT = yaml.safe_load((ROOT / "docs" / "reference" / "report-schema.yml").read_text(encoding="utf-8"))
UNREACHABLE = {"msg": "cannot be reached", "action": "apply", "changed": False}


def checked(values: dict[str, Any]) -> dict[str, Any]:
    jsonschema.Draft202012Validator(FORMAT).validate(json.loads(json.dumps(values)))
    return values


def test_the_report_of_every_verdict_is_as_the_schema_says() -> None:
    values = checked(report(fleet(60), {"gw-0001": "failed: it broke", "gw-0002": "held: others are in the way"}))
    assert values["schema"] == SCHEMA == FORMAT["properties"]["schema"]["const"]
    assert set(values["totals"]["verdicts"]) == set(VERDICTS)


def test_the_schema_refuses_what_is_missing() -> None:
    values = report({"gw": result()})
    del values["appliances"][0]["not_seen"]
    with pytest.raises(jsonschema.ValidationError, match="not_seen"):
        checked(values)


def test_the_worst_is_first_and_what_was_not_reached_is_unknown_and_not_ok() -> None:
    values = checked(
        report(
            {"a": result("fixed", steps=0), "b": result("mitigated"), "c": UNREACHABLE, "d": result("exposed")},
            {"c": "unreachable: no route"},
            customers={"c": "De Wit"},
        )
    )
    assert [one["host"] for one in values["appliances"]] == ["d", "c", "b", "a"]
    lost = values["appliances"][1]
    assert (lost["state"], lost["exit_code"], lost["customer"]) == ("unreachable", 3, "De Wit")
    assert lost["not_seen"] == ["the appliance was not looked at, so nothing is known of it"]
    assert values["exit_code"] == 2
    assert values["totals"]["unreachable"] == 1


def test_nothing_looked_at_is_not_ok() -> None:
    assert checked(report({}))["exit_code"] == 3
    assert worst_code([0, 1, 3]) == 3
    assert worst_code([3, 2]) == 2


def test_a_plan_changes_nothing_and_says_how_many_it_would_change() -> None:
    totals = report({"a": result(), "b": result("fixed", steps=0)}, planned=frozenset({"a", "b"}))["totals"]
    assert (totals["changed"], totals["to_change"]) == (0, 1)


def test_an_audit_that_succeeds_needs_no_verdict_and_one_that_fails_is_unknown() -> None:
    audit = {"action": "audit", "changed": False, "runs": [], "msg": "agree"}
    values = checked(report({"a": audit, "b": audit}, {"b": "failed: they differ"}, playbook="audit"))
    assert {one["host"]: one["exit_code"] for one in values["appliances"]} == {"a": 0, "b": 3}


def test_each_result_has_its_currency() -> None:
    values = report({"a": result(), "b": result(catalogue={"newest_fact": "2026-09-27"})})
    assert values["catalogue"] == {"version": "0.1.0", "newest_fact": "2026-09-27"}
    assert {one["catalogue_date"] for one in values["appliances"]} == {"2019-12-18", "2026-09-27"}


def test_what_could_not_be_seen_is_said() -> None:
    one = report({"a": result(saved=None)})["appliances"][0]
    assert [text.partition(":")[0] for text in one["not_seen"]] == [
        "no request was sent to the virtual servers in this run",
        "whether the configuration is saved",
    ]
    assert report({"a": result(requests={"probes": 33})})["appliances"][0]["not_seen"] == []


@pytest.mark.parametrize(("word", "code"), [("reduces exposure", 0), ("exposed", 2), ("unknown", 3)])
def test_only_a_warning_can_be_acknowledged(word: str, code: int) -> None:
    acknowledged = {"who": "J. Jansen", "why": "CHG-7", "until": "2026-12-31"}
    values = checked(report({"a": result(word, acknowledged=acknowledged)}))
    assert values["appliances"][0]["exit_code"] == code
    assert values["totals"]["acknowledged"] == (code == 0)


def test_text_of_an_appliance_is_escaped_in_every_value() -> None:
    values = report(
        {"a": result(verdict=verdict("exposed", reason=HOSTILE), notes=[HOSTILE])}, {"a": f"failed: {HOSTILE}"}
    )
    assert "\\u001b" not in json.dumps(values)
    assert "\\\\x1b" in json.dumps(values)
