# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our own requests to a management address are told apart from those of others, by the counters of the node that stopped them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local import own_hits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.own_hits import OwnHits

HERE, ELSEWHERE = Address("192.0.2.1", 443), Address("192.0.2.2", 443)
OWN = Owner("cve_2019_19781", 2).name


class Session:
    """A node with policies and their counters; a None is refused."""

    node = HERE

    def __init__(self, policies: list[str] | None, *, action: str = "drop", **hits: int | None) -> None:
        self.policies, self.action = policies, action
        self.hits = hits

    def read(self, _type: str, name: str = "", area: str = "config") -> list[dict[str, Any]]:
        if area == "config":
            if self.policies is None:
                raise NitroError("box", "GET", 400, 1, "the feature is off")
            return [{"name": one, "action": self.action} for one in self.policies]
        if self.hits[name] is None:
            raise NitroError("box", "GET", 404, 258, "no such policy")
        return [{"pipolicyhits": self.hits[name]}]


def hits_of(session: Any) -> OwnHits:
    member: Any = SimpleNamespace(session=session, start="Sat Nov 28 01:00:00 2026")
    return OwnHits(member, Owner("cve_2019_19781", 2))


def proof(blocked: int, cut: int = 0, passed: int = 0) -> Any:
    return SimpleNamespace(blocked=blocked, cut=cut, passed=passed)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the counters once, without a pause."""

    def wait(session: Any, policies: Any, before: Any, _expected: int) -> dict[str, int]:
        return {policy: own_hits.read_hits(session, policy) - before[policy] for policy in policies}

    monkeypatch.setattr(own_hits, "wait_for_hits", wait)


def test_what_rose_by_our_requests_is_kept_with_the_counter_and_the_node() -> None:
    session = Session([OWN, "of_others"], **{OWN: 100})
    hits = hits_of(session)
    hits.begin()
    hits.add(HERE, proof(2, 1), has_line=True)
    session.hits[OWN] = 103
    facts = hits.facts()
    assert (facts["hits"], facts["counters"], facts["counted_on"]) == ({OWN: 3}, {OWN: 103}, str(HERE))
    assert facts["probe_hits"] == {OWN: 3}


@pytest.mark.parametrize(("action", "has_line", "ours"), [("NOOP", True, 3), ("NOOP", False, 0), ("drop", True, 0)])
def test_a_rule_that_only_counts_has_seen_what_passes_where_policies_are_evaluated(
    action: str, has_line: bool, ours: int
) -> None:
    session = Session([OWN], action=action, **{OWN: 100})
    hits = hits_of(session)
    hits.begin()
    hits.add(HERE, proof(0, passed=3), has_line=has_line)
    session.hits[OWN] = 104
    assert hits.facts().get("probe_hits", {}) == ({OWN: ours} if ours else {})


def test_the_counters_are_read_before_the_first_request_and_once() -> None:
    session = Session([OWN], **{OWN: 100})
    hits = hits_of(session)
    hits.begin()
    session.hits[OWN] = 105
    hits.begin()
    hits.add(HERE, proof(1), has_line=True)
    assert hits.facts()["hits"] == {OWN: 5}


@pytest.mark.parametrize(
    ("node", "stopped"),
    [(ELSEWHERE, proof(3)), (HERE, proof(0)), (HERE, None)],
    ids=["another node", "none stopped", "none sent"],
)
def test_where_none_of_ours_was_stopped_nothing_is_kept(node: Address, stopped: Any) -> None:
    hits = hits_of(Session([OWN], **{OWN: 1}))
    hits.begin()
    hits.add(node, stopped, has_line=True)
    assert hits.facts() == {}


@pytest.mark.parametrize("policies", [None, [], ["of_others"]], ids=["feature off", "no policy", "of others"])
def test_without_a_policy_of_ours_nothing_counts(policies: list[str] | None) -> None:
    hits = hits_of(Session(policies))
    hits.begin()
    hits.add(HERE, proof(3), has_line=True)
    assert hits.facts() == {}


def test_a_policy_that_was_removed_meanwhile_takes_its_counter_along() -> None:
    session = Session([OWN], **{OWN: 1})
    hits = hits_of(session)
    hits.begin()
    hits.add(HERE, proof(3), has_line=True)
    session.hits[OWN] = None
    assert hits.facts() == {}


def test_a_run_that_never_began_counts_nothing() -> None:
    hits = hits_of(Session([OWN], **{OWN: 1}))
    hits.add(HERE, proof(3), has_line=True)
    assert hits.facts() == {}
