# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which virtual servers are asked from outside, how often, and what their answers show."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Answer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.reachability import (
    FRONT_DOOR,
    Watch,
    answers,
    describe_answer,
    watch_list,
)

VALUES = {"nodes": ["10.1.0.11"], "user": "u", "password": "p", "probe_networks": ["192.0.2.0/24"]}
GW = Vserver("vpnvserver", "gw", "192.0.2.10", 443, "SSL", True)
SHOP = Vserver("lbvserver", "shop", "192.0.2.11", 443, "SSL", True)
OFF = Vserver("lbvserver", "off", "192.0.2.12", 443, "SSL", False)
TCP = Vserver("lbvserver", "tcp", "192.0.2.13", 1494, "TCP", True)
FAR = Vserver("lbvserver", "far", "198.51.100.1", 443, "SSL", True)
SAME_PLACE = Vserver("csvserver", "same", "192.0.2.10", 443, "SSL", True)
ALL = [GW, SHOP, OFF, TCP, FAR, SAME_PLACE]


def watched(*targets: Vserver, **variables: Any) -> tuple[list[tuple[str, bool]], list[str]]:
    appliance = Appliance.from_variables("gw", {**VALUES, **variables})
    chosen, not_probed = watch_list(ALL, [one.object_id for one in targets], appliance)
    return [(one.vserver.name, one.target) for one in chosen], not_probed


def test_targets_are_asked_and_the_others_that_answer_elsewhere() -> None:
    assert watched(GW) == ([("gw", True), ("shop", False)], [])
    assert watched(OFF) == ([("gw", False), ("shop", False), ("off", True), ("same", False)], [])
    assert watched(SAME_PLACE) == ([("shop", False), ("same", True)], []), "they cannot be told apart from outside"


def test_targets_that_cannot_be_asked_are_named_with_the_reason() -> None:
    chosen, not_probed = watched(TCP, FAR)
    assert chosen == [("gw", False), ("shop", False), ("same", False)]
    assert not_probed[0] == "tcp (lb 192.0.2.13:1494) is not probed: it does not speak HTTP"
    assert not_probed[1].startswith("far (lb 198.51.100.1:443) is not probed: ")
    assert "forbids" not in not_probed[1]
    assert watched(GW, probe=False) == ([], ["gw (vpn 192.0.2.10:443) is not probed: the inventory forbids probes"])


class FakeProber:
    """Gives the answers of a table: one letter for each request, y or n; the last one is repeated."""

    user_agent = "tourniquet-probe/run"

    def __init__(self, table: Mapping[str, str]) -> None:
        self.table = {name: list(letters) for name, letters in table.items()}
        self.asked: list[str] = []

    def ask(self, vip: Vip, case: Any) -> Answer:
        assert case is FRONT_DOOR
        self.asked.append(vip.name)
        letters = self.table[vip.name]
        letter = letters.pop(0) if len(letters) > 1 else letters[0]
        return Answer(case, 200 if letter == "y" else None, error="" if letter == "y" else "refused")


def watch(
    answers: dict[str, str], *targets: Vserver, answered: dict[ObjectId, bool | None] | None = None
) -> tuple[Watch, FakeProber, list[float]]:
    appliance = Appliance.from_variables("gw", VALUES)
    chosen, _not_probed = watch_list([GW, SHOP], [one.object_id for one in targets], appliance)
    prober, slept = FakeProber(answers), []  # type: ignore[var-annotated]
    fake: Any = prober
    return Watch(fake, chosen, answered or {}, slept.append), prober, slept


def test_before_each_is_asked_at_most_twice_unless_it_is_known() -> None:
    one, prober, slept = watch({"gw": "ny", "shop": "n"}, GW)
    one.probe_before()
    assert (prober.asked, slept) == (["gw", "gw", "shop", "shop"], [1.0, 1.0])
    assert (one.did_answer(GW.object_id), one.did_answer(SHOP.object_id)) == (True, False)
    assert one.did_answer(OFF.object_id) is None
    known, prober, _slept = watch({"gw": "y", "shop": "y"}, GW, answered={GW.object_id: None})
    known.probe_before()
    assert (prober.asked, known.did_answer(GW.object_id)) == (["shop"], None)


@pytest.mark.parametrize("known", [False, True])
def test_no_more_is_asked_than_is_noted_before(known: bool) -> None:
    answered = {GW.object_id: None} if known else {}
    one, prober, _slept = watch({"gw": "y" if known else "ny", "shop": "nyn"}, GW, answered=answered)
    assert one.most == (8 if known else 10)
    one.probe_before()
    one.probe_after(targets_answer=False)
    assert len(prober.asked) == one.most, "the target answers where it must not, and the other one where it did not"


@pytest.mark.parametrize(
    ("before", "after", "targets_answer", "asked"),
    [
        ("y", "n", False, 1),
        ("y", "yn", False, 2),
        ("y", "y", False, 3),
        ("y", "y", True, 1),
        ("y", "n", True, 3),
        ("n", "n", True, 1),
        ("n", "y", True, 3),
        ("n", "n", False, 1),
    ],
)
def test_after_a_switch_an_answer_that_is_not_expected_is_asked_for_again(
    before: str, after: str, targets_answer: bool, asked: int
) -> None:
    first = before if before == "y" else "nn"
    one, prober, slept = watch({"gw": first + after, "shop": "y"}, GW)
    one.probe_before()
    prober.asked.clear()
    slept.clear()
    one.probe_after(targets_answer=targets_answer)
    assert prober.asked.count("gw") == asked
    assert (prober.asked.count("shop"), slept) == (1, [1.0] * (asked - 1))
    ((target, answer),) = one.targets()
    assert (target.vserver, answer) == (GW, one.after[GW.object_id])


@pytest.mark.parametrize(
    ("shop", "harm"),
    [
        ("yn", ["shop (lb 192.0.2.11:443) is not to be switched; it answered before and now returns "]),
        ("yy", []),
        ("nnn", []),
        ("nny", []),
    ],
)
def test_another_one_that_answered_before_and_no_longer_does_is_harmed(shop: str, harm: list[str]) -> None:
    one, _prober, _slept = watch({"gw": "yn", "shop": shop}, GW)
    one.probe_before()
    one.probe_after(targets_answer=False)
    assert [text.startswith(start) for text, start in zip(one.harmed(), harm, strict=True)] == [True] * len(harm)


def test_the_record_has_the_answers_before_and_after() -> None:
    one, _prober, _slept = watch({"gw": "n", "shop": "y"}, GW, answered={GW.object_id: True})
    assert one.summary() == {"user_agent": "tourniquet-probe/run", "before": [], "after": []}
    one.probe_before()
    one.probe_after(targets_answer=False)
    found = one.summary()
    assert [row["vip"] for row in found["before"]] == ["shop (lb 192.0.2.11:443)"]
    assert [row["vip"] for row in found["after"]] == ["gw (vpn 192.0.2.10:443)", "shop (lb 192.0.2.11:443)"]
    assert SimpleNamespace(**found["before"][0]).status == 200


@pytest.mark.parametrize(
    ("answer", "is_one", "text"),
    [
        (Answer(FRONT_DOOR, 503, error="ignored"), True, "503"),
        (Answer(FRONT_DOOR, None, error="refused"), False, "refused"),
        (Answer(FRONT_DOOR, None, certificate="ab"), True, "a TLS handshake"),
        (Answer(FRONT_DOOR, None, error="reset", certificate="ab"), True, "reset"),
    ],
)
def test_a_status_or_a_certificate_is_an_answer(answer: Answer, is_one: bool, text: str) -> None:
    assert (answers(answer), describe_answer(answer)) == (is_one, text)
