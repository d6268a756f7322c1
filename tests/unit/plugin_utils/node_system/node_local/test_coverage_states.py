# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state of a management address, by what answered there, the line in the start-up file and what is in front."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.coverage import Coverage
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.coverage import (
    EXIT_CODES,
    NodeCoverage,
    answers_of,
    worst,
)

ADDRESS = Address("192.0.2.1", 443)


def proof(stopped: bool | None, *, served: bool = True) -> Any:
    """:param stopped: None where no attack was sent"""
    signs = [] if stopped is None else [Sign.BLOCKED_BY_US if stopped else Sign.VULNERABLE] * 2
    return SimpleNamespace(
        signs=signs,
        controls_served=served,
        sign=signs[0] if signs else None,
        blocked=1 if stopped else 0,
        cut=1 if stopped else 0,
        summary=lambda: {"summary": True},
    )


def node(stopped: bool | None = True, count: int | None = 1, **more: Any) -> NodeCoverage:
    return NodeCoverage(ADDRESS, count, proof(stopped), **more)


FRONT: dict[str, Any] = {"in_front": "theirs lets pass"}


@pytest.mark.parametrize(
    ("one", "state", "reason", "by_front"),
    [
        (node(), Coverage.COVERED, "", True),
        (node(count=2), Coverage.COVERED, "", True),
        (node(count=0), Coverage.UNTIL_REBOOT, "", True),
        (node(count=None), Coverage.UNKNOWN, "", True),
        (node(**FRONT), Coverage.PARTLY, "theirs lets pass", True),
        (node(count=0, **FRONT), Coverage.PARTLY, "theirs lets pass", True),
        (node(only_counts=True), Coverage.COVERED, "", True),
        (node(False), Coverage.AFTER_REBOOT, "", True),
        (node(False, 0), Coverage.NOT_COVERED, "", False),
        (node(False, 0, only_counts=True), Coverage.NOT_COVERED, "", False),
        (node(False, 0, **FRONT), Coverage.NOT_COVERED, "", False),
        (node(False, None), Coverage.UNKNOWN, "", False),
        (node(False, only_counts=True), Coverage.ONLY_COUNTS, "", False),
        (node(False, only_counts=True, **FRONT), Coverage.ONLY_COUNTS, "", False),
        (node(False, **FRONT), Coverage.IN_FRONT, "theirs lets pass", False),
        (node(None), Coverage.UNKNOWN, "", False),
        (NodeCoverage(ADDRESS, 1, None), Coverage.UNKNOWN, "", False),
        (NodeCoverage(ADDRESS, 1, proof(True, served=False)), Coverage.UNKNOWN, "", False),
        (NodeCoverage(ADDRESS, 1, proof(False, served=False)), Coverage.UNKNOWN, "", False),
    ],
)
def test_only_what_was_stopped_while_its_page_answers_is_covered(
    one: NodeCoverage, state: Coverage, reason: str, by_front: bool
) -> None:
    assert (one.state, one.reason, one.depends_on_the_front) == (state, reason, by_front)
    assert (EXIT_CODES[state] == 0) is (state is Coverage.COVERED)


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (node(), f"{Coverage.COVERED} (2 of 2 attacks stopped, its page answers; line in the start-up file: 1)"),
        (node(False, 0), f"{Coverage.NOT_COVERED} (0 of 2 attacks stopped, its page answers; line in the start-up file: none)"),
        (node(count=2), f"{Coverage.COVERED} (2 of 2 attacks stopped, its page answers; line in the start-up file: 2 times)"),
        (node(count=None), f"{Coverage.UNKNOWN} (2 of 2 attacks stopped, its page answers; start-up file not read)"),
        (node(**FRONT), f"{Coverage.PARTLY} (2 of 2 attacks stopped, its page answers; line in the start-up file: 1): theirs lets pass"),
        (NodeCoverage(ADDRESS, 1, None), f"{Coverage.UNKNOWN} (not probed; line in the start-up file: 1)"),
        (NodeCoverage(ADDRESS, 1, None, why="no address"), f"{Coverage.UNKNOWN} (no address; line in the start-up file: 1)"),
        (
            NodeCoverage(ADDRESS, 1, proof(True, served=False)),
            f"{Coverage.UNKNOWN} (2 of 2 attacks stopped, its page does not answer; line in the start-up file: 1)",
        ),
    ],
)  # fmt: skip
def test_the_text_says_what_it_rests_on(one: NodeCoverage, text: str) -> None:
    assert one.text == f"management address 192.0.2.1: {text}"


def test_a_record_says_that_attacks_are_led_past_only_where_that_decides() -> None:
    found = answers_of(
        [
            node(lets_past=True, may_let_past=True),
            node(lets_past=True, may_let_past=True, **FRONT),
            node(False, 0, lets_past=True, **FRONT),
            node(**FRONT),
            NodeCoverage(ADDRESS, 1, None),
        ]
    )
    own = {"node": str(ADDRESS), "stopped": "2 of 2", "summary": True}
    partly = {**own, "state": str(Coverage.PARTLY), "reason": "theirs lets pass"}
    assert found == [
        {**own, "state": str(Coverage.COVERED)},
        {**partly, "lets_past": True, "may_let_past": True},
        {**own, "state": str(Coverage.NOT_COVERED), "stopped": "0 of 2"},
        partly,
        {"node": str(ADDRESS), "stopped": "", "state": str(Coverage.UNKNOWN)},
    ]


def test_the_worst_of_some_nodes_counts_and_none_is_unknown() -> None:
    assert worst([]) is Coverage.UNKNOWN
    assert worst([node(), node(count=0)]) is Coverage.UNTIL_REBOOT
    assert worst([node(False, 0), node()]) is Coverage.NOT_COVERED
    assert worst([node()]) is Coverage.COVERED
