# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the nodes allow to end sessions, the commands that do it, and what the counts before and after show."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.user_sessions import (
    SESSION_KINDS,
    SessionCount,
    SessionEnd,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.session_plan import (
    Readiness,
    SessionAction,
    SessionPlan,
    SessionResult,
    count_text,
    readiness,
    unproven_ends,
    waiting_for,
)

from tests.played_together import played_together

STATUS = {"1.1": BuildStatus.FIXED, "1.2": BuildStatus.NOT_AFFECTED, "1.3": BuildStatus.AFFECTED}
ACTION = SessionAction(
    "cve_x", ("aaasession",), lambda build: STATUS[build.text[-3:]], lambda build: f"9.9 for {build}"
)


def node(build: str, role: str = "primary", host: str = "n1") -> Any:
    """:param build: the last two numbers of a build, or "" where it cannot be read"""
    found = SimpleNamespace(text=f"13.0 {build}") if build else None
    return SimpleNamespace(
        build=found and Named(build), role=role, address=SimpleNamespace(host=host), problem="no answer"
    )


class Named:
    """Stands for a build."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"13.0 {self.text}"


OPEN = "node n1 runs 13.0 1.3, which is open to cve_x; the fix is in 9.9 for 13.0 1.3"
UNKNOWN = "node n2 cannot be asked for its build (no answer)"


@played_together(
    ("nodes", "missing", "ready"),
    [
        ([node("1.1")], [], Readiness(concerns=True)),
        ([node("1.2")], [], Readiness(concerns=False)),
        ([node("1.3")], [], Readiness(True, (OPEN,))),
        ([node("1.1"), node("1.2")], [], Readiness(concerns=True)),
        ([node("1.3"), node("1.2")], [], Readiness(True, (OPEN,))),
        ([node("1.1"), node("", "secondary", "n2")], [], Readiness(True, (UNKNOWN,))),
        ([node("", "secondary", "n2"), node("1.3")], [], Readiness(True, (UNKNOWN, OPEN))),
        ([node("", "unknown", "n2")], [], Readiness(False, (UNKNOWN,))),
        ([node("1.1"), node("", "unreachable", "n2")], ["n2 is gone"], Readiness(True, ("n2 is gone",))),
        ([node("1.2"), node("", "unreachable", "n2")], ["n2 is gone"], Readiness(concerns=False)),
        ([node("", "unreachable", "n2")], ["n2 is gone"], Readiness(False, ("n2 is gone",))),
    ],
)
def test_all_nodes_must_be_known_to_run_the_fix(nodes: list[Any], missing: list[str], ready: Readiness) -> None:
    assert readiness(ACTION, nodes, missing) == ready


def test_a_real_build_is_named_as_the_vendor_does() -> None:
    one = SimpleNamespace(build=Build.parse("13.0 47.22"), role="primary", address=SimpleNamespace(host="n1"))
    action = SessionAction("cve_x", (), lambda _build: BuildStatus.AFFECTED, lambda _build: "13.0 47.24 or later")
    (problem,) = readiness(action, [one], []).problems  # type: ignore[list-item]
    assert problem == "node n1 runs 13.0 47.22, which is open to cve_x; the fix is in 13.0 47.24 or later"


def test_a_refusal_names_each_node_once_with_all_entries() -> None:
    def action(entry: str, fix: str) -> SessionAction:
        return SessionAction(entry, (), lambda _build: BuildStatus.AFFECTED, lambda _build: fix)

    nodes, missing = [node("1.3"), node("1.3", host="n2")], ["n3 is gone"]
    actions = [action("cve_a", "9.9"), action("cve_b", "9.9"), action("cve_c", "9.10")]
    text = waiting_for({one.entry: readiness(one, nodes, missing) for one in actions})
    assert text == (
        "n3 is gone; "
        "node n1 runs 13.0 1.3, which is open to cve_a, cve_b; the fix is in 9.9; "
        "node n2 runs 13.0 1.3, which is open to cve_a, cve_b; the fix is in 9.9; "
        "node n1 runs 13.0 1.3, which is open to cve_c; the fix is in 9.10; "
        "node n2 runs 13.0 1.3, which is open to cve_c; the fix is in 9.10"
    )


COUNTS = {"vpnicaconnection": SessionCount(1), "aaasession": SessionCount(3)}


def test_the_commands_of_a_plan_and_where_they_are_given() -> None:
    plan = SessionPlan(
        counts={**COUNTS, "lbpersistentsessions": SessionCount(0)},
        elsewhere={"t1": {"aaasession": SessionCount(2)}, "t2": {"lbpersistentsessions": SessionCount(5)}},
    )
    assert plan.lines == [
        "kill vpn icaConnection -all",
        "kill aaa session -all",
        "clear lb persistentSessions",
        "switch ns partition t1",
        "kill aaa session -all",
        "switch ns partition t2",
        "clear lb persistentSessions",
    ]
    assert plan.ends == (
        SessionEnd(SESSION_KINDS["vpnicaconnection"], ("default",)),
        SessionEnd(SESSION_KINDS["aaasession"], ("default", "t1")),
        SessionEnd(SESSION_KINDS["lbpersistentsessions"], ("default", "t2")),
    )
    assert (plan.steps, plan.writes) == ((), True)
    assert (SessionPlan().lines, SessionPlan().ends, SessionPlan().writes) == ([], (), False)


@pytest.mark.parametrize(("ended", "changed"), [((), False), (("aaasession",), True)])
def test_a_run_that_ended_sessions_changed_something(ended: tuple[str, ...], changed: bool) -> None:
    assert SessionResult(plan=SessionPlan(), ended=ended).changed is changed


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({}, "no session"),
        ({"aaasession": SessionCount(0)}, "no session"),
        ({"aaasession": SessionCount(1)}, "1 AAA session"),
        ({"aaasession": SessionCount(2), "vpnicaconnection": SessionCount(1)}, "1 ICA connection, 2 AAA sessions"),
        ({"aaasession": SessionCount(None, "no right")}, "AAA sessions not known"),
        (
            {
                "aaasession": SessionCount(0),
                "rdpconnections": SessionCount(None),
                "lbpersistentsessions": SessionCount(9),
            },
            "RDP connections not known, 9 persistence sessions",
        ),
    ],
)
def test_counts_in_words(counts: dict[str, SessionCount], text: str) -> None:
    assert count_text(counts) == text


@played_together(
    ("before", "after", "unproven"),
    [
        (3, 0, []),
        (3, 2, []),
        (3, 3, ["AAA sessions: 3 after it, and 3 before"]),
        (3, 4, ["AAA sessions: 4 after it, and 3 before"]),
        (0, 0, []),
        (0, 5, []),
        (None, 0, []),
        (None, 5, []),
        (3, None, ["AAA sessions: not counted after it (no right)"]),
        (0, None, ["AAA sessions: not counted after it (no right)"]),
    ],
)
def test_ends_that_are_not_proven(before: int | None, after: int | None, unproven: list[str]) -> None:
    now = SessionCount(after, "no right" if after is None else "")
    assert unproven_ends({"aaasession": SessionCount(before)}, {"aaasession": now}) == unproven


def test_a_kind_that_was_not_counted_afterwards_is_no_statement() -> None:
    assert unproven_ends({"aaasession": SessionCount(3)}, {}) == []


def test_several_entries_wait_for_each_node_and_each_problem_once() -> None:
    nodes = (("node n1 runs 1", "2"), ("node n3 runs 1", "2"))
    problems = tuple(f"{node}, which is open to {{}}; the fix is in {fix}" for node, fix in nodes)
    waiting = {
        entry: Readiness(True, ("n2 is gone", *(text.format(entry) for text in problems)), nodes)
        for entry in ("a", "b")
    }
    waiting["c"] = Readiness(True, ("n2 is gone", "another"), ())
    assert waiting_for(waiting) == (
        "n2 is gone; another; node n1 runs 1, which is open to a, b; the fix is in 2; node n3 runs 1, which is open to a, b; the fix is in 2"
    )


def test_the_nodes_that_are_open_are_kept_with_the_build_that_has_the_fix() -> None:
    found = readiness(ACTION, [node("1.1"), node("1.3", host="n3")], [])
    assert found.open_nodes == (("node n3 runs 13.0 1.3", "9.9 for 13.0 1.3"),)


def test_an_action_is_known_by_its_entry_and_its_types() -> None:
    same = SessionAction("cve_x", ("aaasession",), lambda _build: BuildStatus.FIXED, str)
    assert same == ACTION
    assert SessionAction("cve_y", ACTION.types, ACTION.status, ACTION.fix_for) != ACTION
    assert SessionAction("cve_x", (), ACTION.status, ACTION.fix_for) != ACTION
