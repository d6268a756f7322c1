# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan shows which record each of its steps comes from, and why that record is trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import (
    OWN,
    Provenance,
    ProvenanceKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.provenance_report import (
    provenance_lines,
    provenance_of,
)

POLICY = Step("responderpolicy", ("tq_demo",), {"name": "tq_demo", "rule": "true", "action": "NOOP"}, None)
FEATURE = Step("nsfeature", ("RESPONDER",), {"enabled": True}, {"enabled": False})
SIGNED = Provenance(ProvenanceKind.SIGNED, signer="night")
ACCEPTED = Provenance(ProvenanceKind.ACCEPTED, accepted_by="A. \x1b[2JJansen")


def record(name: str, provenance: Provenance) -> ChangeRecord:
    values: dict[str, Any] = {
        "format": 1,
        "host": "gw",
        "kind": "apply",
        "measure": "demo",
        "run": "abc",
        "started": "2020-01-17T20:00:00+00:00",
        "outcome": "applied",
        "saved": True,
        "steps": [],
        "who": {"user": "bob", "control_node": "desk"},
    }
    return ChangeRecord(Path(name), RecordContent.from_json(values, where="x"), provenance)


def test_one_line_where_all_is_our_own() -> None:
    one, other = record("a.json", OWN), record("b.json", OWN)
    sources = {POLICY.object_id: one, FEATURE.object_id: other}
    assert provenance_lines([POLICY, FEATURE], sources) == ["    by our own records a.json, b.json"]
    assert provenance_lines([POLICY], sources) == ["    by our own record a.json"]


def test_no_line_where_no_step_comes_from_a_record() -> None:
    assert provenance_lines([POLICY], {}) == []
    assert provenance_lines([], {POLICY.object_id: record("a.json", SIGNED)}) == []
    assert provenance_of([POLICY], {}) == []


def test_a_line_for_each_step_where_a_record_is_of_somebody_else() -> None:
    sources = {POLICY.object_id: record("a.json", SIGNED), FEATURE.object_id: record("b.json", ACCEPTED)}
    assert provenance_lines([POLICY, FEATURE], sources) == [
        "    by these records:",
        "      rm responder policy tq_demo: a.json, signed by night, of bob@desk",
        "      disable ns feature RESPONDER: b.json, accepted by A. \\x1b[2JJansen, of bob@desk",
    ]
    assert json_values(provenance_of([POLICY, FEATURE], sources)) == [
        {
            "type": "responderpolicy",
            "key": ["tq_demo"],
            "record": "a.json",
            "trusted": "signed",
            "why": "signed by night, of bob@desk",
        },
        {
            "type": "nsfeature",
            "key": ["RESPONDER"],
            "record": "b.json",
            "trusted": "accepted",
            "why": "accepted by A. \\x1b[2JJansen, of bob@desk",
        },
    ]
