# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an audit says of one copy, compared with the record of the same run."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import audit as audit_module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import Audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import (
    OWN,
    Provenance,
    ProvenanceKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_copies import Copy
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import CopyState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import current_user

from tests.played_together import played_together

NAME = "20200115T020000Z-apply.json"
ENDED = RecordContent({"finished": "2020-01-15T02:00:00Z", "ticket": "CHG1", "saved": True, "steps": []})
OPEN = RecordContent({"ticket": "CHG1", "saved": False, "steps": []})
OTHER = RecordContent({**OPEN.values, "ticket": "CHG2"})
SIGNED = Provenance(ProvenanceKind.SIGNED, "night@control-1")
HERE = {"control_node": socket.gethostname()}
BEGINNING = "10.1.0.11 has only the beginning of " + NAME


def there(state: CopyState, content: RecordContent | None, sha256: str = "") -> audit_module._Found:
    sha256 = sha256 or ("" if content is None else digest(content.values))
    return audit_module._Found("10.1.0.11", "a file", state, Copy(NAME, sha256, content))


def fetched(state: CopyState, sha256: str) -> RecordContent:
    origin = {"node": "10.1.0.12", "state": state.value, "sha256": sha256}
    return RecordContent({**ENDED.values, "origin": origin})


@played_together(
    ("found", "record", "differs", "missing"),
    [
        (there(CopyState.BEGUN, OPEN), OPEN, "", []),
        (there(CopyState.BEGUN, OPEN), ENDED, "", [BEGINNING]),
        (there(CopyState.BEGUN, OTHER), OPEN, " in ticket", []),
        (there(CopyState.BEGUN, None, "x"), OPEN, None, []),
        (there(CopyState.ENDED, ENDED), ENDED, "", []),
        (there(CopyState.ENDED, OPEN), ENDED, " in finished, saved", []),
        (there(CopyState.ENDED, None, digest(ENDED.values)), ENDED, "", []),
        (there(CopyState.ENDED, None, "x"), ENDED, " differ", []),
        (there(CopyState.BEGUN, OPEN, "s"), fetched(CopyState.BEGUN, "s"), "", []),
        (there(CopyState.BEGUN, OPEN, "s"), fetched(CopyState.BEGUN, "t"), " differ", []),
        (there(CopyState.ENDED, OPEN, "s"), fetched(CopyState.BEGUN, "t"), "", []),
    ],
)
def test_a_copy_is_what_its_record_was_when_it_was_written(
    found: audit_module._Found, record: RecordContent, differs: str | None, missing: list[str]
) -> None:
    result = Audit()
    audit_module._compare_with_record(found, record, result)
    assert result.missing == missing
    assert bool(result.differences) is bool(differs)
    for text in result.differences:
        assert text.startswith(f"the record {NAME} and its copy on 10.1.0.11 differ")
        assert text.endswith(differs or "")


@pytest.mark.parametrize(
    ("state", "one", "other", "agree"),
    [
        (CopyState.BEGUN, OPEN, ENDED, True),
        (CopyState.BEGUN, OTHER, ENDED, False),
        (CopyState.ENDED, ENDED, OPEN, True),
        (CopyState.ENDED, OPEN, ENDED, False),
        (CopyState.ENDED, ENDED, ENDED, True),
    ],
)
def test_two_copies_of_a_run_agree_as_far_as_the_shorter_one_goes(
    state: CopyState, one: RecordContent, other: RecordContent, *, agree: bool
) -> None:
    assert audit_module._agree(state, one, other) is agree


@pytest.mark.parametrize(
    ("who", "holder", "provenance", "differences", "missing"),
    [
        ({"records": "id"}, "id", OWN, 1, 0),
        ({"records": "id"}, "id", SIGNED, 1, 0),
        ({"records": "id"}, "other", OWN, 0, 0),
        ({"records": ""}, "", OWN, 0, 0),
        (HERE, "id", OWN, 0, 1),
        (HERE, "id", SIGNED, 0, 0),
        ({**HERE, "user": current_user()}, "id", SIGNED, 0, 1),
        ({"control_node": "elsewhere"}, "id", OWN, 0, 0),
        (None, "id", None, 0, 0),
    ],
)
def test_a_copy_without_its_record_is_explained_by_who_wrote_it(
    who: dict[str, Any] | None, holder: str, provenance: Provenance | None, differences: int, missing: int
) -> None:
    result = Audit()
    content = None if who is None else RecordContent({**OPEN.values, "who": who})
    audit_module._explain_why_not_here(there(CopyState.ENDED, content), holder, provenance, result)
    assert (len(result.differences), len(result.missing)) == (differences, missing)


@pytest.mark.parametrize(
    ("differences", "not_read", "words"),
    [
        (["x"], ["y"], "RECORDS, COPIES OR CHAIN DO NOT AGREE"),
        ([], ["y"], "what was read agrees, and NOT ALL COPIES WERE READ"),
        ([], [], "records, copies and chain agree"),
    ],
)
def test_the_state_of_an_audit_is_its_worst_part(differences: list[str], not_read: list[str], words: str) -> None:
    result = Audit(differences=differences)
    for text in not_read:
        result.add_not_read(text)
    assert result.missing == not_read
    assert result.state == words
