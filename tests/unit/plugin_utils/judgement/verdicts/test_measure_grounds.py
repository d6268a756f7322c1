# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The grounds for a verdict: what it rests on, what it does not cover, and which answers the policies in place explain."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import CLUSTER
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.names import UnusableName
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.drift import SecondaryComparison
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts import measure_grounds
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.measure_grounds import (
    observing_in,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.measure_proof import ProofResult

from tests.played_together import played_together
from tests.traits import traits

GW = Vip("gw", Address("192.0.2.10", 443), "vpn")
SILENT = Vip("web", Address("192.0.2.11", 443), "lb", probe=False)
POLICY, ACTION = ("responderpolicy", ("tq_x",)), ("responderaction", ("tq_x",))
MARKED = {POLICY: {"action": "tq_x"}, ACTION: {"target": '"HTTP/1.1 403 f00d"'}}
NO_VIP = "no VIP is known, so nothing can be probed"


def facts(*vips: Vip, **changes: Any) -> Any:
    one = SimpleNamespace(
        status=BuildStatus.AFFECTED,
        is_read_back=False,
        can_be_blocked=True,
        objects=MARKED,
        marker="f00d",
        corpus=None,
        findings=(),
        nanoseconds=None,
        checked=0,
        unusable=(),
        unreadable=(),
        hits={},
        placements=(),
    )
    vars(one).update(changes)
    measure = SimpleNamespace(traits=traits(by_probes=one.can_be_blocked, is_read_back=one.is_read_back))
    parameters = SimpleNamespace(
        measure=measure,
        owner=Owner("x", 1),
        appliance=SimpleNamespace(marker=one.marker),
        document=SimpleNamespace(objects=one.objects),
        resolved=SimpleNamespace(measure=measure, placements=one.placements, counted_by=lambda place: place),
    )
    evaluation = SimpleNamespace(findings=one.findings, nanoseconds=one.nanoseconds, checked=one.checked)
    corpus = one.corpus and SimpleNamespace(summary=lambda: one.corpus)
    return SimpleNamespace(
        parameters=parameters,
        build_status=one.status,
        access=SimpleNamespace(vips=vips, vservers={}),
        rules=SimpleNamespace(corpus=corpus, evaluation=evaluation),
        records=SimpleNamespace(known=()),
        configuration=SimpleNamespace(observation=SimpleNamespace(hits=one.hits)),
        unusable_names=one.unusable,
        nodes=SimpleNamespace(unreadable=one.unreadable),
    )


def plan(skipped: str = "") -> Any:
    return SimpleNamespace(skipped=skipped)


def not_covered(there: Any, of: Any, secondary: SecondaryComparison | None = None) -> list[str]:
    return list(measure_grounds._not_covered(there, of, of.parameters.measure.traits.proving, secondary))


def connection(*unusable: Any) -> Any:
    node = SimpleNamespace(host="192.0.2.1")
    return SimpleNamespace(primary=SimpleNamespace(node=node, unusable_names=unusable))


@pytest.mark.parametrize(
    ("of", "skipped", "remarks"),
    [
        (facts(), "", [NO_VIP]),
        (facts(GW), "", []),
        (facts(status=BuildStatus.INEFFECTIVE), "", [NO_VIP]),
        (facts(status=BuildStatus.FIXED), "", []),
        (facts(status=BuildStatus.NOT_AFFECTED), "", []),
        (facts(), "it does not work on this build", []),
        (facts(is_read_back=True), "", []),
        (facts(unreadable=(CLUSTER,)), "", []),
    ],
)
def test_without_a_vip_nothing_can_be_probed(of: Any, skipped: str, remarks: list[str]) -> None:
    assert list(measure_grounds._remarks(of, of.parameters.resolved, plan(skipped), ProofResult(), None)) == remarks


@pytest.mark.parametrize("is_read_back", [False, True])
@pytest.mark.parametrize(
    ("secondary", "texts"),
    [
        (None, []),
        (SecondaryComparison("n2"), []),
        (SecondaryComparison("n2", problem="whether n2 has saved it cannot be read"), ["whether n2 has saved it cannot be read"]),
    ],
)  # fmt: skip
def test_what_is_not_known_of_the_secondary_and_what_was_not_sent_are_remarks(
    secondary: SecondaryComparison | None, texts: list[str], is_read_back: bool
) -> None:
    proof: Any = ProofResult(after=(SimpleNamespace(not_sent_texts=("not sent",)),))  # type: ignore[arg-type]
    of = facts(GW, is_read_back=is_read_back)
    found = list(measure_grounds._remarks(of, of.parameters.resolved, plan(), proof, secondary))
    assert found == texts + ([] if is_read_back else ["not sent"])


@pytest.mark.parametrize(
    ("of", "texts"),
    [
        (facts(GW, SILENT), ["web (192.0.2.11:443) is not probed (probe: false)"]),
        (facts(GW), []),
        (facts(SILENT, status=BuildStatus.FIXED), []),
        (facts(SILENT, status=BuildStatus.NOT_AFFECTED), []),
        (facts(SILENT, is_read_back=True), []),
    ],
)
def test_vips_that_are_not_probed_are_not_covered(of: Any, texts: list[str]) -> None:
    assert not_covered(connection(), of) == texts


def test_virtual_servers_with_unusable_names_are_not_covered_and_named_once() -> None:
    gateway, balancer = UnusableName("vpnvserver", "a b", "x1"), UnusableName("lbvserver", "c d", "x2")
    policy = UnusableName("responderpolicy", "e f", "x3")
    found = not_covered(connection(gateway, balancer), facts(GW, unusable=(gateway, policy)))
    assert sorted(text.partition(":")[0] for text in found) == ['lbvserver "c d"', 'vpnvserver "a b"']


def test_one_that_only_the_plan_or_only_the_connection_has_seen_is_not_covered_either() -> None:
    gateway = UnusableName("vpnvserver", "a b", "x1")
    of_plan = not_covered(connection(), facts(GW, unusable=(gateway,)))
    of_connection = not_covered(connection(gateway), facts(GW))
    assert [*of_plan] == [*of_connection] == [str(gateway)]


def test_what_differs_on_the_secondary_is_not_covered_on_each_build() -> None:
    secondary = SecondaryComparison("n2", drift=["node n2: one", "node n2: two"])
    for status in BuildStatus:
        found = not_covered(connection(), facts(GW, status=status), secondary)
        assert found == ["the secondary n2 differs: one (and 1 more)"]


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (facts(GW), []),
        (facts(GW, corpus="31 of 31"), ["offline: 31 of 31"]),
        (facts(GW, findings=("a", "b"), checked=1), ["evaluated by the appliance: 1 of 2"]),
        (facts(GW, findings=("a", "b"), checked=2, nanoseconds=0), ["evaluated by the appliance: 2 of 2, 0 ns each"]),
        (
            facts(GW, findings=("a", "b"), checked=2, nanoseconds=410),
            ["evaluated by the appliance: 2 of 2, 410 ns each"],
        ),
        (facts(GW, nanoseconds=410), []),
    ],
)
def test_what_a_verdict_rests_on(of: Any, words: list[str]) -> None:
    first = "configuration read from 192.0.2.1"
    assert measure_grounds._rests_on(connection(), of, ProofResult()) == [first, *words]


def test_a_verdict_rests_on_answers_and_hits() -> None:
    answer: Any = SimpleNamespace(vip=GW, sign=Sign.BLOCKED_BY_US, counts="31 of 31")
    proof = ProofResult(after=(answer,), hits={"tq_x": 31})
    assert measure_grounds._rests_on(connection(), facts(GW), proof)[1:] == [
        f"gw (192.0.2.10:443): {Sign.BLOCKED_BY_US.value} (31 of 31)",
        "hits of tq_x rose by 31",
    ]


@pytest.mark.parametrize(
    ("secondary", "text"),
    [
        (None, ""),
        (SecondaryComparison("n2"), ""),
        (SecondaryComparison("n2", unsaved=["x"]), "the secondary n2 has not saved it"),
    ],
)
def test_what_the_secondary_has_not_saved(secondary: SecondaryComparison | None, text: str) -> None:
    assert measure_grounds._unsaved_secondary(secondary) == text


OURS_ONLY, ANY_BLOCK = (Sign.BLOCKED_BY_US,), (Sign.BLOCKED_BY_US, Sign.BLOCKED)
DROPS = {("responderpolicy", ("tq_x",)): {"action": "DROP"}}
UNMARKED = {**MARKED, ("responderaction", ("tq_x__2",)): {"target": '"HTTP/1.1 404"'}}


@played_together(
    ("objects", "marker", "blockers", "signs"),
    [
        (MARKED, "f00d", ("tq_x",), OURS_ONLY),
        (MARKED, "f00d", (), OURS_ONLY),
        (MARKED, "f00d", ("tq_x", "theirs"), ANY_BLOCK),
        (MARKED, "f00d", ("tq_xy",), (Sign.BLOCKED_BY_US, Sign.BLOCKED_BY_ANOTHER, Sign.BLOCKED)),
        (MARKED, "", ("tq_x",), ANY_BLOCK),
        (MARKED, "other", ("tq_x",), ANY_BLOCK),
        (UNMARKED, "f00d", ("tq_x",), ANY_BLOCK),
        (DROPS, "f00d", ("tq_x",), ANY_BLOCK),
        ({POLICY: {"action": "RESET"}, ACTION: MARKED[ACTION]}, "f00d", ("tq_x",), ANY_BLOCK),
        ({POLICY: {"action": "tq_x"}}, "f00d", ("tq_x",), OURS_ONLY),
    ],
)
def test_an_unmarked_block_is_explained_only_where_a_policy_may_send_one(
    objects: Any, marker: str, blockers: tuple[str, ...], signs: tuple[Sign, ...]
) -> None:
    parameters = facts(GW, objects=objects, marker=marker).parameters
    assert measure_grounds._expected_signs(parameters, blockers) == signs


def test_hits_alone_prove_only_what_no_probe_can() -> None:
    of = facts(GW, placements=(("a", "b"), ("c",)), hits={"a": 1, "b": 2, "x": 9})
    assert measure_grounds._placement_hits(of.parameters.resolved, of.configuration.observation.hits) is None
    of.parameters.measure.traits = traits(by_probes=False)
    assert measure_grounds._placement_hits(of.parameters.resolved, of.configuration.observation.hits) == {
        "('a', 'b')": 3,
        "('c',)": 0,
    }
    assert measure_grounds._expected_at(of.access.vips, of.parameters) == {}


@pytest.mark.parametrize("depends", [False, True])
def test_only_a_mitigation_has_policies_that_observe(monkeypatch: pytest.MonkeyPatch, depends: bool) -> None:
    monkeypatch.setattr(measure_grounds, "observing_policies", lambda objects, _owner: tuple(objects))
    parameters: Any = SimpleNamespace(measure=SimpleNamespace(traits=traits(depends_on_build=depends)), owner=None)
    state: Any = SimpleNamespace(configuration=SimpleNamespace(objects={"tq_x": 1}))
    assert observing_in(parameters, state) == (("tq_x",) if depends else ())
