# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A pair fails over in a run, between the reading of its counters and the probes: these count on the other node, and nobody is accused of them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Lock
from typing import Any
from unittest import mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import sent_probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Prober
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.state_file import counted_requests
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import read_counted

from tests.engine.control_nodes import DiedError, without_waiting
from tests.engine.test_ourselves import (
    FLEET,
    NAME,
    THEIRS,
    Control,
    _own_address,
    bring,
    came_from,
    here,
    other,
    raised,
)

__all__ = ["FLEET", "_own_address", "here"]
WHO = {"who": "J. Jansen", "reason": "a test"}
ATTACK = TrafficCase("attack", True, "GET", "/vpn/../vpns/cfg/smb.conf")


@contextmanager
def fails_over(control: Control, *at: int, before: int = 0, attacks: int = 0, dies: bool = False) -> Iterator[None]:
    """Let the pair fail over right before the n-th probe, each n. Somebody attacks before and behind the first time; the run may die behind the last."""
    ask, numbers, lock = Prober._ask, itertools.count(1), Lock()
    last = 0

    def asking(prober: Prober, *arguments: Any) -> Any:
        nonlocal last
        with lock:
            last = number = next(numbers)
            for _number in range(before if number == at[0] else 0):
                attack()
            if number in at:
                control.simulator.appliance(control.name).failover()
            for _number in range(attacks if number == at[0] else 0):
                attack()
        if dies and number > at[-1] + 3:
            raise DiedError
        return ask(prober, *arguments)

    def attack() -> None:
        vip = next(one for one in control.appliance.vips or () if one.kind == "vpn")
        ask(Prober("somebody", None), vip, 1, ATTACK)

    with mock.patch.object(Prober, "_ask", asking), without_waiting(), suppress(TourniquetError, DiedError):
        yield
    came_from(control)
    assert last >= max(at), "it failed over"


@contextmanager
def away(control: Control) -> Iterator[None]:
    """Let the management of the node that is not primary be away, such as behind a firewall that is being changed; it serves and may take over."""
    box = control.simulator.appliance(control.name)
    number = next(place for place, node in enumerate(nodes_of(control)) if not node.primary)
    box.fault("refuse", node=number)
    try:
        yield
    finally:
        box.clear_faults()


def nodes_of(control: Control) -> Any:
    return control.simulator.fleet.appliances[control.name].nodes


def nothing(_control: Control) -> None:
    """Nothing of ours is there."""


def blocking(control: Control) -> None:
    control.mitigation.apply_all(mode=Mode.ENFORCE, **WHO)


def counting(control: Control) -> None:
    control.mitigation.apply_all(mode=Mode.OBSERVE, **WHO)


def closed(control: Control) -> None:
    blocking(control)
    control.closing.close(LadderStep.NOTICE, save="always", unsaved="save_first")


def off(control: Control) -> None:
    closed(control)
    control.mitigation.lockdown()


def verify(control: Control) -> None:
    control.mitigation.status_all(probes=Probes.ALL)


def alarm(control: Control) -> None:
    raised(control)


Play = Callable[[Control], object]
RUNS: Mapping[str, tuple[Play, Play]] = {
    "verify": (blocking, verify),
    "apply": (counting, blocking),
    "rollback": (closed, lambda control: control.mitigation.rollback_all()),
    "lockdown": (closed, lambda control: control.mitigation.lockdown()),
    "reopen": (off, lambda control: control.mitigation.reopen()),
    "alarm": (blocking, alarm),
}
"""By verb, what is there before, and how it is played."""


def whose(control: Control) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Return by policy how many of its hits on both nodes are ours, may be ours, and are of others, as alarm and status are told."""
    stage = control.mitigation
    alarms = counted_requests(str(control.directory / "alarms"), control.name)
    known = read_counted(stage.records, control.name, stage.trust, alarms)
    nodes = nodes_of(control)
    ours, in_doubt, others = Counter[str](), Counter[str](), Counter[str]()
    for address, node in zip(control.appliance.nodes, nodes, strict=True):
        table = {tuple(place.split("/")): fields for place, fields in node.counters.all().items()}
        now = Counter({key[1]: one.get("hits", 0) for key, one in table.items() if key[0] == "responderpolicy"})
        sure, maybe = Counter(known.hits(str(address), now)), Counter(known.hits_in_doubt(str(address), now))
        ours, in_doubt, others = ours + sure, in_doubt + maybe, others + (now - sure - maybe)
    return ours, in_doubt, others


def accused(control: Control) -> Counter[str]:
    return whose(control)[2]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("at", [(1,), (3,), (2, 4)])
@pytest.mark.parametrize("verb", RUNS)
def test_our_probes_on_the_node_that_took_over_are_nobody_elses(here: Control, verb: str, at: tuple[int, ...]) -> None:
    """Seen: 'ATTEMPT matched 66 requests of others', which were those of a verify whose pair had failed over."""
    before, play = RUNS[verb]
    before(here)
    came_from(here)
    with fails_over(here, *(at if verb != "alarm" else (1,))):
        play(here)
    assert accused(here) == {}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("verb", RUNS)
def test_our_probes_on_a_node_that_was_away_when_the_run_began_are_nobody_elses(here: Control, verb: str) -> None:
    before, play = RUNS[verb]
    before(here)
    came_from(here)
    ours, _in_doubt, _others = whose(here)
    with away(here), fails_over(here, 1):
        play(here)
    assert accused(here) == {}
    assert whose(here)[0] <= ours, "what is on the other node is never ours for sure"


def test_more_than_the_run_has_sent_on_a_node_that_was_away_is_an_attempt(here: Control) -> None:
    blocking(here)
    came_from(here)
    with away(here), fails_over(here, 1):
        verify(here)
    hits = whose(here)[1][NAME]
    (sent,) = (
        one.most for note in sent_probes(here.mitigation.records, here.name) if note.ended for one in note.elsewhere
    )
    serving = next(one for one in nodes_of(here) if one.primary)
    for _number in range(300):
        serving.counters.add(0.0, "responderpolicy", NAME, "hits")
    assert 0 < hits <= sent < 300
    assert accused(here)[NAME] == hits + 300 - sent, "no more than the run has sent may be ours"


def test_a_node_that_was_away_and_never_primary_has_none(here: Control) -> None:
    blocking(here)
    came_from(here)
    for one in nodes_of(here):
        one.master_since -= 3600
    with away(here):
        verify(here)
    other = next(one for one in nodes_of(here) if not one.primary)
    for _number in range(5):
        other.counters.add(0.0, "responderpolicy", NAME, "hits")
    assert accused(here) == {NAME: 5}
    assert not any(one.elsewhere for one in sent_probes(here.mitigation.records, here.name) if one.ended)


def test_what_they_are_is_in_doubt_and_who_attacks_later_is_told(here: Control) -> None:
    blocking(here)
    came_from(here)
    with fails_over(here, 1):
        verify(here)
    (doubtful,) = raised(here)
    assert doubtful.startswith("review: matched 66 requests of unknown origin since "), doubtful
    assert ": the pair failed over in a run of ours, which ended at 20" in doubtful
    attacked(here, 1)
    (attack,) = raised(here)
    assert attack.startswith("attempt: matched 1 request of others since "), attack


@pytest.mark.parametrize(("at", "verb"), [(2, "apply"), (1, "alarm")])
def test_more_than_the_run_has_sent_is_an_attempt(here: Control, at: int, verb: str) -> None:
    before, play = RUNS[verb]
    before(here)
    came_from(here)
    assert raised(here) == []
    with fails_over(here, at, attacks=40):
        play(here)
    assert 28 <= accused(here)[NAME] <= 40, "twelve attacks of an apply at most may be ours on each node"
    (attack,) = raised(here)
    assert attack.startswith("attempt: matched 4"), attack
    assert " requests of others, of which " in attack


def test_an_attack_on_the_node_that_was_primary_is_in_doubt(here: Control) -> None:
    """Its counter rose by no more than the run has sent, and the probes are on the other node."""
    blocking(here)
    came_from(here)
    before, _in_doubt, _others = whose(here)
    with fails_over(here, 1, before=30):
        verify(here)
    ours, in_doubt, others = whose(here)
    assert ours == before, "none is ours for sure"
    assert (in_doubt[NAME], others) == (96, {})


def attacked(control: Control, times: int) -> None:
    vip = next(one for one in control.appliance.vips or () if one.kind == "vpn")
    for _number in range(times):
        Prober("somebody", None).ask(vip, ATTACK)


def test_a_run_that_dies_behind_the_failover_leaves_its_probes_in_doubt(here: Control) -> None:
    blocking(here)
    came_from(here)
    assert raised(here) == []
    with fails_over(here, 1, dies=True):
        verify(here)
    assert accused(here) == {}
    (doubtful,) = raised(here)
    assert doubtful.startswith("review: matched "), doubtful


def test_the_probes_of_another_control_node_are_nobody_elses_where_its_notes_are_here(here: Control) -> None:
    theirs = other(here)
    blocking(theirs)
    came_from(theirs)
    with fails_over(theirs, 1):
        verify(theirs)
    bring(theirs, here)
    assert accused(replace(here, sources=(THEIRS,))) == {}


def test_a_pair_that_has_not_failed_over_has_no_hits_elsewhere(here: Control) -> None:
    """Somebody attacks the secondary while a run goes on; it was never primary."""
    blocking(here)
    came_from(here)
    ask = Prober._ask
    node = next(one for one in here.simulator.fleet.appliances[here.name].nodes if not one.primary)

    def asking(prober: Prober, *arguments: Any) -> Any:
        node.counters.add(0.0, "responderpolicy", NAME, "hits")
        return ask(prober, *arguments)

    for one in here.simulator.fleet.appliances[here.name].nodes:
        one.master_since -= 3600
    with mock.patch.object(Prober, "_ask", asking):
        verify(here)
    assert accused(here)[NAME] > 60
    assert not any(one.elsewhere for one in sent_probes(here.mitigation.records, here.name) if one.ended)
