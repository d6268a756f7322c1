# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who must accept the end of sessions without a fix, and what is not proven afterwards: tests/engine/test_end_sessions.py plays it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.user_sessions import SessionCount
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions import session_run
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.session_plan import (
    Readiness,
    SessionPlan,
    SessionResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.session_run import SessionRun

WAITING = {"cve_x": Readiness(True, ("n1 is old", "n3 is old")), "cve_y": Readiness(True, ("n2 is old",))}
ACCEPTED = ("cve_x: n1 is old; n3 is old", "cve_y: n2 is old")
TOLD = "gw: n1 is old; n3 is old; n2 is old. Sessions that are ended now can be stolen again"
BUSY = NitroError("gw", "GET", 503, 0, "busy")


def run(**changes: Any) -> Any:
    made: Any = SessionRun.__new__(SessionRun)
    made.where = "gw"
    made.parameters = SimpleNamespace(**{"accept_exposure": False, "who": "", "named": False, **changes})
    made.transaction, made._proof, made._is_done = None, None, False
    return made


@pytest.mark.parametrize(
    ("waiting", "changes", "some_are_ready", "accepted", "told"),
    [
        ({}, {"named": True}, False, (), ""),
        ({}, {"accept_exposure": True, "who": "J. Jansen"}, False, (), ""),
        (WAITING, {}, True, (), ""),
        (WAITING, {"accept_exposure": True, "who": "J. Jansen"}, True, ACCEPTED, ""),
        (
            WAITING,
            {"accept_exposure": True, "who": " "},
            True,
            (),
            "gw: accept_exposure needs the person who accepts it: ",
        ),
        (WAITING, {}, False, (), TOLD),
        (
            WAITING,
            {"named": True},
            True,
            (),
            TOLD,
        ),
        (
            WAITING,
            {"who": "J. Jansen"},
            False,
            (),
            TOLD,
        ),
    ],
)
def test_a_person_accepts_that_sessions_are_ended_without_a_fix(
    waiting: dict[str, Readiness], changes: dict[str, Any], some_are_ready: bool, accepted: tuple[str, ...], told: str
) -> None:
    if told:
        with pytest.raises(Refused) as refused:
            run(**changes)._accepted(waiting, some_are_ready=some_are_ready)
        assert str(refused.value).startswith(told)
        assert str(refused.value).endswith("Nothing was changed.")
    else:
        assert run(**changes)._accepted(waiting, some_are_ready=some_are_ready) == accepted


@pytest.mark.parametrize(
    ("types", "partitions", "found", "not_covered"),
    [
        ((), ["t"], {}, ()),
        (("aaasession",), [], {}, ()),
        (("aaasession",), None, {}, ("whether there are admin partitions cannot be read (allow: show ns partition)",)),
        (
            ("aaasession", "vpnicaconnection"),
            ["t", "empty", "odd", "u"],
            {"t": {"aaasession": SessionCount(2)}, "u": {"vpnicaconnection": SessionCount(1)}},
            (f"the sessions in the admin partition odd are not seen: {BUSY}",),
        ),
    ],
)
def test_sessions_in_other_partitions(
    monkeypatch: pytest.MonkeyPatch, types: Any, partitions: Any, found: Any, not_covered: tuple[str, ...]
) -> None:
    counts = {
        "t": {"aaasession": SessionCount(2), "vpnicaconnection": SessionCount(0)},
        "empty": {"aaasession": SessionCount(0), "vpnicaconnection": SessionCount(None, "no right")},
        "u": {"aaasession": SessionCount(0), "vpnicaconnection": SessionCount(1)},
    }
    inside: list[str] = []

    @contextlib.contextmanager
    def enter(name: str) -> Iterator[None]:
        if name == "odd":
            raise BUSY
        inside.append(name)
        yield

    monkeypatch.setattr(session_run, "read_partitions", lambda _session: partitions)
    monkeypatch.setattr(session_run, "count_sessions", lambda _session, of: {t: counts[inside[-1]][t] for t in of})
    one = run()
    one.connection = SimpleNamespace(primary=None, inside=enter)
    assert one._elsewhere(iter(types)) == (found, not_covered)


@pytest.mark.parametrize(
    ("done", "unproven", "not_covered", "failed"),
    [
        (True, (), (), ""),
        (True, ("a",), (), "gw: a"),
        (True, ("a",), ("b",), "gw: a; b"),
        (True, (), ("b",), "gw: b"),
        (False, ("a",), ("b",), ""),
    ],
)
def test_a_run_that_cannot_prove_the_end_fails(
    done: bool, unproven: tuple[str, ...], not_covered: tuple[str, ...], failed: str
) -> None:
    one, plan = run(), SessionPlan(not_covered=not_covered)
    assert one.result(plan) == SessionResult(plan=plan)
    proof = SimpleNamespace(unproven=unproven, before_counts={}, after_counts={}, after_elsewhere={})
    one._proof, one._is_done = proof, done
    assert one.result(plan) == SessionResult(plan=plan), "nothing was written"
    lock = SimpleNamespace()
    one.transaction = SimpleNamespace(record=SimpleNamespace(ended=("aaasession",), path="/x"), lock=lock)
    found = one.result(plan)
    assert (found.failed, found.ended, found.record, found.changed) == (failed, ("aaasession",), "/x", True)
    assert one.locks == [lock]
