# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The debt in one sentence, and when there is one: tests/engine/test_debt.py has it on an appliance."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    Outcome,
    RecordKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.debt import Debt, debts

from tests.traits import traits

DAY = date(2026, 11, 28)
START = "2026-11-01T03:00:00+00:00"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "demo v1 is there since a day that no record names: it needs it; no fix is planned"),
        ({"since": START}, "demo v1 is there since 2026-11-01: it needs it; no fix is planned"),
        (
            {"since": START, "ticket": "CHG1", "who": "a@b"},
            "demo v1 is there since 2026-11-01 (CHG1, a@b): it needs it; no fix is planned",
        ),
        (
            {"since": START, "who": "a@b", "planned_fix": DAY},
            "demo v1 is there since 2026-11-01 (a@b): it needs it; fix planned for 2026-11-28",
        ),
        (
            {"planned_fix": DAY, "overdue": 1},
            "demo v1 is there since a day that no record names: it needs it; fix planned for 2026-11-28, OVERDUE by 1 day",
        ),
        (
            {"planned_fix": DAY, "overdue": 2},
            "demo v1 is there since a day that no record names: it needs it; fix planned for 2026-11-28, OVERDUE by 2 days",
        ),
    ],
)
def test_a_debt_in_words(values: dict[str, Any], text: str) -> None:
    assert str(Debt(measure="demo", what="demo v1", why="it needs it", **values)) == text


def record(outcome: Outcome = Outcome.APPLIED, undone_by: str = "", started: str = START) -> Any:
    return SimpleNamespace(
        kind=RecordKind.APPLY,
        outcome=outcome,
        touched=(SimpleNamespace(type="responderpolicy"),),
        undone_by=undone_by,
        continues=(),
        started=started,
        operator=SimpleNamespace(user="a", control_node="b"),
        ticket="CHG1",
        reason="why",
        name=started,
    )


def found(
    presence: Presence = Presence.CURRENT,
    *records: Any,
    status: BuildStatus = BuildStatus.AFFECTED,
    covered_by: str = "",
    depends: bool = True,
    stays: bool = False,
    types: tuple[str, ...] = ("responderpolicy",),
    planned_fix: date | None = None,
    version: int | None = 2,
) -> tuple[Debt, ...]:
    parameters = SimpleNamespace(
        measure=SimpleNamespace(traits=traits(depends_on_build=depends, stays_on_fixed_builds=stays)),
        document=SimpleNamespace(types=types),
        owner=Owner("demo", 2),
    )
    facts: Any = SimpleNamespace(
        parameters=parameters,
        rules=SimpleNamespace(covered_by=covered_by),
        records=SimpleNamespace(known=records),
        build_status=status,
    )
    state: Any = SimpleNamespace(presence=presence, version=version)
    return debts(facts, state, "13.0 47.22", planned_fix, DAY)


def test_a_debt_has_what_the_first_run_in_force_says() -> None:
    earlier = record(undone_by="a later run", started="2026-10-01T00:00:00+00:00")
    reverted = record(Outcome.REVERTED, started="2026-10-02T00:00:00+00:00")
    (debt,) = found(Presence.OLDER, earlier, reverted, record(), record(started="2026-11-09T00:00:00+00:00"))
    assert debt == Debt(
        measure="demo",
        what="demo v2",
        why="13.0 47.22 needs it",
        since=START,
        who="a@b",
        ticket="CHG1",
        reason="why",
    )


@pytest.mark.parametrize(
    ("presence", "covered_by", "state"),
    [
        (Presence.CURRENT, "", "in place"),
        (Presence.OLDER, "", "in place"),
        (Presence.DRIFTED, "", "in part or changed"),
        (Presence.ABSENT, "theirs", "of others"),
    ],
)
def test_how_much_is_there(presence: Presence, covered_by: str, state: str) -> None:
    (debt,) = found(presence, covered_by=covered_by)
    assert debt.state == state


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (BuildStatus.FIXED, "13.0 47.22 has the fix, and nobody has removed it"),
        (BuildStatus.NOT_AFFECTED, "13.0 47.22 was never affected, and nobody has removed it"),
        (BuildStatus.AFFECTED, "13.0 47.22 needs it"),
        (BuildStatus.INEFFECTIVE, "13.0 47.22 needs it"),
    ],
)
def test_why_it_is_still_there(status: BuildStatus, why: str) -> None:
    (debt,) = found(status=status)
    assert debt.why == why
    assert debt.needed is why.endswith("needs it")
    assert ("no fix is planned" in str(debt)) is debt.needed


def test_what_is_no_debt() -> None:
    assert found(Presence.ABSENT) == ()
    assert found(depends=False) == ()
    assert found(stays=True) == ()
    assert found(depends=False, stays=True) == ()
    setting = "nstcpparam"
    assert found(types=(setting,)) == (), "a setting without a record is a default, or the choice of others"
    assert len(found(Presence.CURRENT, record(), types=(setting,))) == 1
    assert len(found(types=(setting, "responderpolicy"))) == 1
    assert len(found(types=())) == 1


def test_a_policy_of_others_is_a_debt_of_which_no_record_of_ours_speaks() -> None:
    (debt,) = found(Presence.ABSENT, record(), covered_by="ctx267027", types=("nstcpparam",))
    assert (debt.what, debt.since, debt.who) == ("ctx267027, which is not ours,", "", "")


@pytest.mark.parametrize(
    ("planned_fix", "overdue"), [(None, 0), (date(2026, 11, 28), 0), (date(2026, 11, 27), 1), (date(2026, 12, 28), 0)]
)
def test_a_fix_is_overdue_from_the_day_after_the_planned_one(planned_fix: date | None, overdue: int) -> None:
    (debt,) = found(planned_fix=planned_fix, version=None)
    assert (debt.planned_fix, debt.overdue, debt.what) == (planned_fix, overdue, "demo")
