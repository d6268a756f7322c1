# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is sent for a batch, and what after a refusal: the lease is confirmed before each request, and one refusal ends the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Request
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import batch_sender
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.batch_sender import send_batch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    NitroError,
    NotFound,
    OutcomeUnknown,
)


class Node:
    """A session whose appliance answers by the path of a request; a list is used up, one answer after the other."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.appliance = SimpleNamespace(bulk_limit=5)
        self.answers = answers
        self.log: list[str] = []

    def write(self, _method: str, path: str, _body: Any, *, bulk: bool) -> None:
        self.log.append(f"{path}{' (bulk)' if bulk else ''}")
        answer = self.answers.get(path)
        answer = answer.pop(0) if isinstance(answer, list) else answer
        if answer is not None:
            raise answer


def refusal(code: int = 1) -> NitroError:
    return NitroError("gw-a", "POST", 400, code, "refused")


def gone() -> NotFound:
    return NotFound("gw-a", "DELETE", 404, 258, "no such object")


def request(path: str, *otherwise: str, codes: Sequence[int] = ()) -> Request:
    instead = tuple(Request("DELETE", one) for one in otherwise)
    return Request("POST", path, {}, otherwise=instead, otherwise_for=frozenset(codes))


def sent(
    requests: Sequence[Request], answers: Mapping[str, Any], singles: Sequence[Request] = (), *, applies: bool = False
) -> tuple[str, list[str]]:
    """Send a batch; return the refusal, and what was confirmed and sent, in order."""
    session: Any = Node(answers)
    batch: Any = SimpleNamespace(
        steps=["a step"],
        requests=lambda limit: list(requests) if limit == 5 else [],
        one_by_one=lambda: [SimpleNamespace(requests=lambda _limit, one=one: [one]) for one in singles],
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch_sender, "is_apply_command", lambda _step: applies)
        try:
            found = send_batch(session, batch, lambda node: node.log.append("confirm"))  # type: ignore[attr-defined]
        except OutcomeUnknown:
            found = "unknown"
    return found, session.log


def test_each_request_is_sent_after_a_look_at_the_lease() -> None:
    assert sent([request("a"), request("b")], {}) == ("", ["confirm", "a", "confirm", "b"])


def test_the_first_refusal_ends_the_batch() -> None:
    found, log = sent([request("a"), request("b")], {"a": refusal()})
    assert "refused" in found
    assert log == ["confirm", "a"]


def test_after_a_refusal_the_steps_are_sent_one_by_one_up_to_the_first_that_is_refused() -> None:
    singles = [request("1"), request("2"), request("3")]
    assert sent([request("all")], {"all": refusal()}, singles)[1] == [
        *("confirm", "all"),
        *("confirm", "1", "confirm", "2", "confirm", "3"),
    ]
    found, log = sent([request("all")], {"all": refusal(), "2": refusal()}, singles)
    assert "refused" in found
    assert log[-1] == "2"
    assert sent([request("all")], {}, singles) == ("", ["confirm", "all"])


@pytest.mark.parametrize(("codes", "is_replaced"), [((), True), ((1,), True), ((7, 1), True), ((7,), False)], ids=str)
def test_another_request_replaces_one_that_is_refused_for_this_reason(
    codes: tuple[int, ...], is_replaced: bool
) -> None:
    found, log = sent([request("a", "x", "y", codes=codes), request("b")], {"a": refusal(1)})
    assert (found == "") is is_replaced
    assert log == ["confirm", "a", *(["confirm", "x", "confirm", "y", "confirm", "b"] if is_replaced else [])]


def test_what_is_gone_already_is_deleted_and_any_other_refusal_counts() -> None:
    assert sent([request("a", "x", "y")], {"a": refusal(), "x": gone()}) == (
        "",
        ["confirm", "a", "confirm", "x", "confirm", "y"],
    )
    found, log = sent([request("a", "x", "y")], {"a": refusal(), "x": refusal()})
    assert "refused" in found
    assert log == ["confirm", "a", "confirm", "x"]


def test_only_an_apply_command_is_sent_again_where_its_answer_was_lost() -> None:
    lost = OutcomeUnknown("gw-a: lost")
    assert sent([request("a")], {"a": [lost, None]}, applies=True) == ("", ["confirm", "a", "confirm", "a"])
    assert sent([request("a")], {"a": [lost, None]}) == ("unknown", ["confirm", "a"])
    assert sent([request("a")], {"a": [lost, lost]}, applies=True)[0] == "unknown"
