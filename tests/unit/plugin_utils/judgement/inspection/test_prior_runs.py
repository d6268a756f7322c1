# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When the records on the nodes are read too: a lock of others, an object of ours that no record here explains, or a run of others since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.fetched_records import others_have_run
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lock_content import LockStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import in_chain_order
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import prior_runs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.plan import _left_out
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.prior_runs import (
    RecordFacts,
    complete_records,
)

from tests.unit.plugin_utils.judgement.course.stories import follow
from tests.unit.plugin_utils.judgement.exposure.test_history import PROVEN, record

OWNER = Owner("demo", 1)
POLICY: ObjectId = ("responderpolicy", ("tq_demo",))
OURS: Attributes = {"name": "tq_demo", "rule": "TRUE", "action": "NOOP", "comment": OWNER.comment}
OTHER = {**OURS, "rule": "FALSE"}
THEIRS: ObjectId = ("responderpolicy", ("theirs",))


def usable(name: str, *records: Any) -> Any:
    return SimpleNamespace(
        records=records,
        fetched=(name,),
        left_out=(f"left out {name}",),
        remarks=lambda where: [f"{where}: {name}"],
        chain={"known.json": {}},
        beside=(),
    )


def run(*states: tuple[Attributes | None, Attributes | None]) -> Any:
    return SimpleNamespace(touched=[Step(*POLICY, before, after) for before, after in states])


def lock(status: LockStatus | None) -> Any:
    return SimpleNamespace(state=None if status is None else SimpleNamespace(status=status))


@pytest.mark.parametrize(
    ("records", "there", "status", "reads"),
    [
        ((), {"others": "other"}, None, False),
        ((run((None, OURS)),), {POLICY: OURS, "others": "known"}, None, False),
        ((run((None, OURS)),), {POLICY: OURS, "others": "other"}, None, True),
        ((run((None, OURS)),), {THEIRS: {"name": "theirs"}, "others": "other"}, None, False),
        ((), {}, None, False),
        ((), {POLICY: OURS}, None, True),
        ((run((None, OURS)),), {POLICY: OURS}, None, False),
        ((run((None, OTHER)),), {POLICY: OURS}, None, True),
        ((run((None, OURS)), run((OURS, OTHER))), {POLICY: OURS}, None, False),
        ((run((OURS, None)),), {POLICY: OURS}, None, True),
        ((run((None, OURS)),), {}, None, False),
        ((), {THEIRS: {"name": "theirs"}}, None, False),
        ((), {}, LockStatus.OWN, False),
        *(((), {}, status, True) for status in LockStatus if status is not LockStatus.OWN),
    ],
)
def test_when_the_copies_on_the_nodes_are_read(
    monkeypatch: pytest.MonkeyPatch,
    records: tuple[Any, ...],
    there: dict[Any, Any],
    status: LockStatus | None,
    reads: bool,
) -> None:
    parameters: Any = SimpleNamespace(
        owner=OWNER, measure=SimpleNamespace(reach="reach"), scope="t", appliance=SimpleNamespace(name="gw")
    )
    fetched = usable("nodes", "a record")

    def known(_connection: Any, of: Any, reach: str) -> Any:
        assert (of, reach) == (parameters, "reach")
        return SimpleNamespace(inside=lambda scope: fetched if scope == "t" else pytest.fail("another partition"))

    monkeypatch.setattr(prior_runs, "known_records", known)
    copies = frozenset(filter(None, [there.pop("others", "")]))
    connection: Any = SimpleNamespace(copies_there=copies)
    own = usable("here", *records)
    found = complete_records(connection, parameters, own, State(there, {}), lock(status))
    expected = fetched if reads else own
    assert (found.known, found.fetched) == (expected.records, expected.fetched)
    assert (found.problems, found.left_out) == ((f"gw: {expected.fetched[0]}",), expected.left_out)


@pytest.mark.parametrize(("listed", "ran"), [(frozenset({"known"}), False), (frozenset({"known", "other"}), True)])
def test_what_a_run_has_listed_itself_is_not_listed_again(listed: frozenset[str], ran: bool) -> None:
    connection: Any = SimpleNamespace(copies_there=None, copies_listed=listed)
    assert others_have_run(connection, {"known.json"}) is ran


@pytest.mark.parametrize("run", range(6))
@pytest.mark.parametrize(
    ("at", "told"),
    [("2020-01-15T09:00", True), ("2020-01-16T15:30", True), ("2020-01-16T16:30", True), ("2020-01-17T09:00", False)],
)
def test_no_digest_decides_which_of_two_control_nodes_looked_last(at: str, told: bool, run: int) -> None:
    """Seen: a part left out was told, or not, by the digest of the name of a run that is no follower of the one that had found it."""
    began = record("apply", "2019-12-20T21:00", proof=PROVEN)
    found = follow(record("verify", "2020-01-16T16:00", proof={"proven": False, "verdict": "partly"}), began.name)
    proved = follow(record("verify", at, proof=PROVEN), began.name)
    proved = replace(proved, path=Path(f"{proved.path.stem}{run}.json"))
    records = RecordFacts(tuple(in_chain_order([began, found, proved])))
    assert bool(_left_out(records)) is told


def test_what_other_runs_found_beside_a_measure_is_told_in_the_order_of_all() -> None:
    first, second = record("apply", "2020-01-01T10:00", proof=PROVEN), record("apply", "2020-01-03T10:00")
    between = record("lockdown", "2020-01-02T10:00", found_beside={"cve_2019_19781": "b"})
    facts = RecordFacts((first, second), beside=(between,))
    assert facts.told == (first, second)
    assert facts.told_beside == (first, between, second)
