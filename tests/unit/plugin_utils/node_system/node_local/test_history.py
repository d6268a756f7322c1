# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What earlier runs left on each node, by their records in the order of their chain."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    Outcome,
    RecordKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.history import (
    NodeHistory,
    histories,
    last_covered,
    node_local_records,
    states_of,
)

NODE, OTHER = "192.0.2.1:443", "192.0.2.2:443"
COVERED = [{"node": NODE, "state": "covered"}]


def record(
    wanted: str = "present",
    states: dict[str, dict[str, str]] | None = None,
    outcome: Outcome = Outcome.APPLIED,
    count: int = 0,
    knob: bool = False,
    seen: list[dict[str, str]] | None = None,
    **more: Any,
) -> Any:
    entries = [{"node": node, "count": count, "sha256": f"before {node}", "knob": knob} for node in (NODE, OTHER)]
    proof = {"nodes": states or {}, "management_addresses": seen or []}
    values: dict[str, Any] = {"node_local": {"wanted": wanted, "nodes": entries}, "proof": proof}
    defaults: dict[str, Any] = {
        "kind": RecordKind.NODE_LOCAL,
        "measure": "m",
        "finished": "2026-01-01",
        "is_fetched": False,
        "may_prove": True,
    }
    provenance = SimpleNamespace(is_trusted=True)
    return SimpleNamespace(
        content=SimpleNamespace(values=values), outcome=outcome, **{**defaults, "provenance": provenance, **more}
    )


def left(*records: Any, node: str = NODE) -> NodeHistory:
    return histories(records)[node]


def test_only_trusted_runs_on_this_half_of_this_measure_count() -> None:
    good = record()
    others = [
        record(kind=RecordKind.APPLY),
        record(measure="another"),
        record(provenance=SimpleNamespace(is_trusted=False)),
    ]
    assert node_local_records([*others, good], "m") == [good]
    assert histories([]) == {}


@pytest.mark.parametrize(("state", "is_ours"), [("sent", True), ("done", True), ("undone", False)])
def test_a_line_that_a_run_may_have_written_is_ours(state: str, is_ours: bool) -> None:
    found = left(record(states={NODE: {"file": state}, OTHER: {"file": "done"}}))
    assert (found.is_ours, found.before) == ((True, f"before {NODE}") if is_ours else (False, ""))


def test_a_run_that_wrote_one_node_may_have_brought_the_line_to_the_other() -> None:
    """HA file synchronisation copies rc.netscaler."""
    assert left(record(states={NODE: {"file": "done"}}), node=OTHER).is_ours


def test_a_run_that_wrote_nothing_or_found_the_line_makes_nothing_ours() -> None:
    assert not left(record(states={NODE: {"file": "planned"}})).is_ours
    assert not left(record(states={NODE: {"file": "done"}}, count=1)).is_ours


@pytest.mark.parametrize(
    ("states", "knob"),
    [(["done"], True), (["sent"], True), (["undone"], False), (["done", "undone"], False), (["planned"], False)],
)
def test_the_knob_is_ours_until_it_is_undone(states: list[str], knob: bool) -> None:
    assert left(*(record(states={NODE: {"knob": state}}) for state in states)).knob is knob


def test_after_a_removal_nothing_is_ours_and_the_running_knob_is_remembered() -> None:
    there = record(states={NODE: {"file": "done", "knob": "done"}})
    removed = left(there, record("absent", {NODE: {"file": "done"}}))
    assert (removed.is_ours, removed.before, removed.knob) == (False, "", True)
    assert not left(there, record("absent", {NODE: {"file": "done", "knob": "done"}})).knob
    to_be_set_back = record("absent", {NODE: {"file": "done"}}, knob=True)
    assert left(record(count=1), to_be_set_back).knob, "the run ended before it was set back"
    kept = left(there, record("absent", {NODE: {"file": "sent"}}))
    assert kept.is_ours, "a removal that may have failed removes nothing"


def test_a_record_of_a_removal_that_does_not_say_what_the_knob_was_is_read() -> None:
    removal = record("absent", {NODE: {"file": "done"}})
    for entry in removal.content.values["node_local"]["nodes"]:
        del entry["knob"]
    assert not left(record(), removal).knob
    assert left(record(states={NODE: {"knob": "done"}}), removal).knob


def test_a_reboot_counts_until_the_file_changes_again() -> None:
    there = record(states={NODE: {"file": "done", "reboot": "done"}})
    assert left(there).rebooted
    assert left(there, record(count=1)).rebooted
    assert not left(there, record(states={NODE: {"file": "done"}})).rebooted


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_state_of_a_reboot_is_known_of_a_run_that_did_not_end(outcome: Outcome) -> None:
    found = left(record(states={NODE: {"reboot": "sent", "booted": "Mon"}}, outcome=outcome))
    is_open = outcome in (Outcome.OPEN, Outcome.CONTINUED, Outcome.FAILED)
    assert (found.reboot, found.booted) == (("sent", "Mon") if is_open else ("", ""))
    assert found.is_known


def test_a_later_run_that_ended_closes_an_open_reboot() -> None:
    open_run = record(states={NODE: {"reboot": "sent"}}, outcome=Outcome.OPEN)
    assert left(open_run, record(count=1)).reboot == ""


COPY = {"is_fetched": True}
BY_NAME = {**COPY, "may_prove": False}
OPEN = [{"node": NODE, "state": "NOT covered"}]


@pytest.mark.parametrize(
    ("seen", "more", "covered"),
    [
        (COVERED, {}, "2026-01-01"),
        (COVERED, {"finished": None}, ""),
        (COVERED, COPY, "2026-01-01"),
        (COVERED, BY_NAME, ""),
        (COVERED, {"kind": RecordKind.VERIFY}, "2026-01-01"),
        (COVERED, {"measure": "another"}, ""),
        (COVERED, {"provenance": SimpleNamespace(is_trusted=False)}, ""),
        (OPEN, {}, ""),
        ([{"node": OTHER, "state": "covered"}], {}, ""),
        ([], {}, ""),
    ],
)
def test_a_node_was_covered_where_a_run_saw_it_that_a_control_node_has_signed(
    seen: Any, more: Any, covered: str
) -> None:
    """Seen: what another control node had proved, and signed, did not count here, and in status, ledger and audit it did."""
    assert last_covered([record(seen=seen, **more)], "m", NODE) == covered


def test_a_proof_ends_when_the_line_goes() -> None:
    proven = record(states={NODE: {"file": "done"}}, seen=COVERED)
    assert last_covered([proven, record(count=1)], "m", NODE) == "2026-01-01"
    assert last_covered([proven, record("absent", {NODE: {"file": "done"}})], "m", NODE) == ""
    assert last_covered([proven, record("absent", {NODE: {"file": "sent"}})], "m", NODE) == ""


@pytest.mark.parametrize("more", [{}, {"kind": RecordKind.VERIFY}, COPY, BY_NAME])
def test_what_a_later_run_saw_counts(more: dict[str, Any]) -> None:
    """Seen: "covered when it was last probed" of an address that a later run saw open. What is worse counts by whoever's copy."""
    later = {"seen": OPEN, "finished": "2026-01-02", **more}
    assert last_covered([record(seen=COVERED), record(**later)], "m", NODE) == ""
    again = record(seen=COVERED, finished="2026-01-03")
    assert last_covered([record(seen=COVERED), record(**later), again], "m", NODE) == "2026-01-03"


def test_a_record_without_a_proof_has_no_states() -> None:
    assert states_of(SimpleNamespace(content=SimpleNamespace(values={}))) == {}  # type: ignore[arg-type]
    assert states_of(SimpleNamespace(content=SimpleNamespace(values={"proof": {"nodes": None}}))) == {}  # type: ignore[arg-type]
