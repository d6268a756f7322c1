# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mitigations that others made by hand are recognised by their rules, judged, and taken over as the operator says."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine import control_nodes
from tests.engine.stage import Stage
from tests.engine.test_observe_mode import HAND_MADE

BOX = {**control_nodes.BOX, "features": ["LB", "SSL", "SSLVPN", "RESPONDER"]}
GLOBAL = "responderglobal_responderpolicy_binding"


def configuration(**changes: Any) -> dict[str, Any]:
    """The vendor's rule by hand, with other attributes of its policy."""
    content = copy.deepcopy(HAND_MADE)
    content["responderpolicy"][0].update(changes)
    if "name" in changes:
        content[GLOBAL][0]["policyname"] = changes["name"]
    return content


def found(stage: Stage) -> list[Any]:
    return list(stage.status().facts.rules.hand_made)


def test_it_is_recognised_by_its_rule_whatever_its_name_is(open_stage: Callable[..., Stage]) -> None:
    (one,) = found(open_stage(configuration=configuration(name="pol_emergency")))
    assert (one.policy, one.version, one.is_complete, one.is_effective) == ("pol_emergency", 1, False, True)
    assert one.bound == ("REQ_OVERRIDE (priority 100, END)",)
    assert one.legitimate == 0
    assert 0 < one.matched < one.attacks
    assert "not GET /" in str(one)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"action": "NOOP"}, "only counts, with NOOP"),
        ({"rule": 'HTTP.REQ.URL.CONTAINS("/vpn/zzz")'}, "matches 0 of "),
        ({"rule": 'HTTP.REQ.URL.CONTAINS("/vpns/") || HTTP.REQ.URL.STARTSWITH("/vpn/")'}, "legitimate requests too"),
    ],
)
def test_what_it_does_not_do_is_said(open_stage: Callable[..., Stage], changes: dict[str, str], said: str) -> None:
    (one,) = found(open_stage(configuration=configuration(**changes)))
    assert said in str(one)
    assert not one.is_complete


def test_one_that_is_bound_nowhere_is_not_effective(open_stage: Callable[..., Stage]) -> None:
    content = configuration()
    del content[GLOBAL]
    (one,) = found(open_stage(configuration=content))
    assert (one.bound, one.is_effective) == ((), False)
    assert str(one).endswith("bound nowhere")


def test_one_that_is_bound_at_a_virtual_server_is_found_there(open_stage: Callable[..., Stage]) -> None:
    content = configuration()
    del content[GLOBAL]
    content["vpnvserver_responderpolicy_binding"] = [
        {"name": "gw", "policy": "ctx267027", "priority": 5, "bindpoint": "REQUEST", "gotopriorityexpression": "END"}
    ]
    (one,) = found(open_stage(configuration=content))
    assert [place.partition(" (")[0] for place in one.bound] == ["vpn vserver gw REQUEST"]


def test_policies_that_have_nothing_to_do_with_it_are_left_out(open_stage: Callable[..., Stage]) -> None:
    content = configuration()
    content["responderpolicy"] += [
        {"name": "to_https", "rule": "TRUE", "action": "respondwith403"},
        {"name": "old_page", "rule": 'HTTP.REQ.URL.STARTSWITH("/old")', "action": "respondwith403"},
    ]
    assert [one.policy for one in found(open_stage(configuration=content))] == ["ctx267027"]
