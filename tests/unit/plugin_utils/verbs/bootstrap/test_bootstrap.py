# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of an account as lines, whose unsaved lines are ours, and how long a read is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap import bootstrap
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.account import (
    FoundAccount,
    WantedAccount,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.account_plan import AccountStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.bootstrap import (
    BootstrapPlan,
    is_of,
)

from tests.played_together import played_together

WANTED = WantedAccount("tq.x", "a")
STEPS = tuple(AccountStep(f"line {undo}", undo, "PUT", "systemuser") for undo in ("first", "", "last"))


@pytest.mark.parametrize(
    ("steps", "must_save", "writes"), [((), False, False), (STEPS, False, True), ((), True, True), (STEPS, True, True)]
)
def test_a_plan_writes_where_there_are_steps_or_something_is_to_be_saved(
    steps: tuple[AccountStep, ...], must_save: bool, writes: bool
) -> None:
    assert BootstrapPlan(WANTED, FoundAccount(), steps, must_save).writes is writes


def test_a_plan_is_undone_from_its_end_and_without_steps_that_nothing_undoes() -> None:
    plan = BootstrapPlan(WANTED, FoundAccount(), STEPS)
    assert (plan.lines, plan.undo) == (["line first", "line ", "line last"], ["last", "first"])


@played_together(
    ("line", "ours"),
    [
        ("+ add system user tq.x ******** -encrypted", True),
        ('- SET system user "TQ.X" -externalAuth DISABLED', True),
        ("+ bind system user tq.x", True),
        ('+ add system cmdPolicy "tq.x_2" ALLOW y', True),
        ("+ set system cmdPolicy tq.x_9", True),
        ("+ bind system cmdPolicy tq.x y", False),
        ("+ add system cmdPolicy tq.x_1 ALLOW y", False),
        ("+ add system cmdPolicy tq.x_10 ALLOW y", False),
        ("+ add system user tqxx y", False),
        ("+ add system user tq.xy y", False),
        ("+ add lb vserver tq.x HTTP", False),
        ("add system user tq.x y", False),
        ("+ # add system user tq.x y", False),
    ],
)
def test_which_unsaved_lines_are_about_the_account(line: str, ours: bool) -> None:
    assert is_of(line, WANTED) is ours


@pytest.mark.parametrize(
    ("answers", "seen", "pauses"),
    [("x", "x", 0), ("yx", "x", 1), ("yyx", "x", 2), ("yyyz", "z", 3), ("yyyzx", "z", 3)],
)
def test_a_read_is_repeated_until_it_is_enough_or_the_time_is_up(
    monkeypatch: pytest.MonkeyPatch, answers: str, seen: str, pauses: int
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(bootstrap.time, "sleep", slept.append)
    given: Iterator[str] = iter(answers)
    found: Any = bootstrap._until(lambda: next(given), lambda answer: answer == "x", 2.5 * bootstrap.PAUSE)
    assert (found, slept) == (seen, [bootstrap.PAUSE] * pauses)


@pytest.mark.parametrize(
    ("branch", "remarks", "knows"),
    [
        ((12, 1), (), False),
        ((13, 0), (), True),
        ((13, 1), (), True),
        ((14, 1), (), True),
        ((14, 1), ("this build does not know -allowedManagementInterface, so",), False),
        ((14, 1), ("another remark",), True),
    ],
)
@pytest.mark.parametrize("remove", [False, True])
def test_the_interface_is_left_out_on_releases_that_do_not_know_it(
    monkeypatch: pytest.MonkeyPatch, branch: tuple[int, int], remarks: tuple[str, ...], knows: bool, remove: bool
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(bootstrap, "steps_to", lambda _found, _wanted, **options: asked.append(options))
    monkeypatch.setattr(bootstrap, "steps_away", lambda _found, _wanted: asked.append("away"))
    monkeypatch.setattr(bootstrap, "read_account", lambda _session, _wanted: FoundAccount())
    run: Any = bootstrap.Bootstrap.__new__(bootstrap.Bootstrap)
    run.connection = SimpleNamespace(build=SimpleNamespace(branch=branch))
    run.parameters = SimpleNamespace(remove=remove, rotate_password=True)
    run._steps(FoundAccount(), WANTED)
    plan, result = SimpleNamespace(wanted=WANTED), SimpleNamespace(remarks=list(remarks))
    run._left(None, plan, result)
    of_plan = {"knows_interfaces": branch >= (13, 0), "rotate": True}
    assert asked == (["away"] * 2 if remove else [of_plan, {"knows_interfaces": knows, "rotate": False}])
