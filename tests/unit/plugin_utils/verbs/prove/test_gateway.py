# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the answers of a Gateway settle, answer by answer, and that all that was bound at it is unbound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Reply
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.experiment import (
    ClientRequest,
    Experiment,
    Pause,
    Request,
    Value,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.gateway import EXPERIMENTS

from tests.played_together import played_together

POINTS, GLOBAL, _OWN_PATHS = EXPERIMENTS  # the own paths: tests/engine, with the simulator's switch
AT_REQUEST, AT_AAA = "hits at REQUEST", "hits at AAA_REQUEST"
AGAIN, AGAIN_GLOBALLY = "bind again to a virtual server", "bind again globally"


def hits(number: int) -> Reply:
    return Reply(200, {"responderpolicy": [{"name": "x", "hits": str(number)}]})


def features(*names: str) -> Reply:
    return Reply(200, {"nsfeature": {"feature": [*names]}})


def files(*names: str) -> Reply:
    return Reply(200, {"systemfile": [{"filename": name} for name in names]})


def bound(*names: str) -> Reply:
    return Reply(200, {"responderglobal_responderpolicy_binding": [{"policyname": name} for name in names]})


def error(code: int) -> Reply:
    return Reply(409, {"errorcode": code, "message": "x", "severity": "ERROR"})


def settled(experiment: Experiment, answers: Mapping[str, Reply]) -> dict[str, Value | None]:
    labels = {one.label: Reply(201, {}) for one in experiment.steps if isinstance(one, Request | ClientRequest)}
    assert answers.keys() <= labels.keys()
    return {one.fact: one.position({**labels, **answers}) for one in experiment.questions}


@played_together(
    ("at_request", "at_aaa", "logs", "is_on", "points", "log"),
    [
        (1, 0, ("httpaccess.log", "httpaccess-vpn.log"), True, "request", "own"),
        (0, 1, ("httpaccess.log", "httpaccess-vpn.log"), True, "split", "own"),
        (1, 1, ("httpaccess.log",), True, "both", "shared"),
        (0, 0, ("httpaccess.log",), True, None, None),
        (1, 0, ("httpaccess-vpn.log",), True, "request", None),
        (1, 0, (), True, "request", None),
        (1, 1, ("httpaccess.log",), False, None, "shared"),
    ],
)
def test_hits_show_the_bind_point_and_files_the_log(
    at_request: int, at_aaa: int, logs: tuple[str, ...], points: str | None, log: str | None, *, is_on: bool
) -> None:
    answers = {
        AT_REQUEST: hits(at_request),
        AT_AAA: hits(at_aaa),
        "logs": files(*logs),
        "features": features(*(("LB", "RESPONDER") if is_on else ("LB",))),
    }
    assert settled(POINTS, answers) == {"gateway_access_log": log, "gateway_bind_points": points}


def globally(**changes: Any) -> dict[str, Value | None]:
    given = {
        "hits": 1,
        "at_request": 1,
        "at_aaa": 0,
        "is_on": True,
        "again": 0,
        "global_again": 0,
        "bound": (),
        "unbound": 0,
    }
    given |= changes
    answers = {
        "hits": hits(given["hits"]),
        AT_REQUEST: hits(given["at_request"]),
        AT_AAA: hits(given["at_aaa"]),
        "features": features("RESPONDER") if given["is_on"] else features("LB"),
        "bindings": bound(*given["bound"]),
    }
    codes = ((AGAIN, "again"), (AGAIN_GLOBALLY, "global_again"), ("unbind the second", "unbound"))
    answers |= {label: error(given[name]) for label, name in codes if given[name]}
    return settled(GLOBAL, answers)


@played_together(
    ("changes", "sees_gateway", "ignores_priority", "bound_twice"),
    [
        ({}, True, True, "accepted"),
        ({"is_on": False}, None, True, "accepted"),
        ({"hits": 0}, False, True, "accepted"),
        ({"hits": 0, "at_request": 0, "at_aaa": 1}, False, True, "accepted"),
        ({"hits": 0, "at_request": 0}, None, True, "accepted"),
        ({"hits": 0, "is_on": False}, None, True, "accepted"),
        ({"bound": ("tq_prove__global",)}, True, False, "accepted"),
        ({"bound": ("theirs",)}, True, True, "accepted"),
        ({"unbound": 258}, True, None, "accepted"),
        ({"again": 3118}, True, True, "global_only"),
        ({"again": 3118, "global_again": 3118}, True, None, "refused"),
        ({"global_again": 3118}, True, None, None),
        ({"again": 1}, True, True, None),
        ({"global_again": 1}, True, None, None),
    ],
)
def test_a_global_policy_is_judged_by_hits_bindings_and_errors(
    changes: dict[str, Any], sees_gateway: Value | None, ignores_priority: Value | None, bound_twice: Value | None
) -> None:
    assert globally(**changes) == {
        "global_policies_see_gateway": sees_gateway,
        "global_delete_ignores_priority": ignores_priority,
        "policy_bound_twice": bound_twice,
    }


def place(request: Request) -> tuple[str, ...]:
    """Return where a binding is: its type, its policy, its bind point, and its priority where more than one can be there."""
    (row,) = request.payload.values() if request.payload else (request.args,)
    point = row.get("bindpoint", row.get("type", ""))
    priority = "" if request.path.startswith("vpn") else str(row["priority"])
    return request.path.partition("/")[0], str(row.get("policyname", row.get("policy"))), str(point), priority


@played_together("experiment", EXPERIMENTS, ids=lambda one: one.id)
def test_what_was_bound_is_unbound_before_its_policy_is_removed(experiment: Experiment) -> None:
    made = {
        place(one) for one in experiment.steps if isinstance(one, Request) and one.payload and "_binding" in one.path
    }
    last_unbound = max(number for number, one in enumerate(experiment.removals) if "_binding" in one.path)
    first_removed = min(number for number, one in enumerate(experiment.removals) if "_binding" not in one.path)
    unbound = [one for one in experiment.removals if "_binding" in one.path]
    assert {place(one) for one in unbound} == made
    assert last_unbound < first_removed
    numbers = [(one.label.rpartition(" at ")[2], one.args["priority"]) for one in unbound if "priority" in one.args]
    assert all(told == number for told, number in numbers)


def test_the_second_binding_may_be_refused_and_each_other_write_must_succeed() -> None:
    writes = [one for each in (POINTS, GLOBAL) for one in each.steps if isinstance(one, Request) and one.payload]
    assert [one.label for one in writes if not one.must_succeed] == [AGAIN_GLOBALLY, AGAIN]
    bindings = [one for one in writes if "_binding" in one.path]
    priorities = [next(iter((one.payload or {}).values()))["priority"] for one in bindings]
    assert priorities == [1, 1, 1, 1, 1, 2, 1, 2]
    unbind = next(one for one in GLOBAL.steps if isinstance(one, Request) and one.label == "unbind the second")
    assert unbind.args["priority"] == "2"
    assert [one.seconds for each in (POINTS, GLOBAL) for one in each.steps if isinstance(one, Pause)] == [10, 10]
