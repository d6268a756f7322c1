# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run dies between its probes, or is interrupted there: nobody has counted them, and no reader takes them for an attack; nor do they hide one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import CannotConnect
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Prober
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.own_hits import OwnHits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.tested_forwarding import AlarmTest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.appliance_lines import hits_text

from simulator import Simulator
from tests.engine.control_nodes import DiedError, killed, without_waiting
from tests.engine.test_ourselves import (
    BOX,
    NAME,
    OURS,
    Control,
    came_from,
    findings,
    observed,
    over_ssh,
    raised,
    watched,
)
from tests.stage.fleet import fleet_file

FLEET = fleet_file({"box": BOX}, drop_seconds=0.1)
WHO = {"who": "J. Jansen", "reason": "a test"}
ATTACK = TrafficCase("attack", True, "GET", "/vpn/../vpns/cfg/smb.conf")
ROUND = 8
"""Groups of requests of one round of probes: the attacks and the controls at each of four virtual servers."""
FIRST_AFTER = ROUND + 1


@pytest.fixture(autouse=True)
def _own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control node that asks has another address than the one that a log has instead of each client."""
    monkeypatch.setattr(
        "ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.what_is_ours.own_addresses",
        lambda _appliance: [OURS],
    )


@pytest.fixture
def here(simulator: Simulator, tmp_path: Any) -> Control:
    """A control node whose rule is there and only counts; the alarm has looked once."""
    simulator.reset()
    control = Control(simulator, tmp_path / "here")
    control.mitigation.apply_all(mode=Mode.OBSERVE, **WHO)
    came_from(control)
    assert raised(control) == []
    return control


@contextmanager
def ended_at(group: int, how: BaseException, *, lost: type[BaseException] | None) -> Iterator[None]:
    """The run ends behind so many groups of probes.

    :param lost: what each later request to NITRO fails with; None where they go on
    """
    asked, over = itertools.count(1), []
    ask_all, exchange = Prober.ask_all, Session._exchange

    def asking(prober: Prober, *arguments: Any) -> Any:
        answers = ask_all(prober, *arguments)
        if next(asked) == group:
            over.append(how)
            raise how
        return answers

    def exchanging(session: Session, *arguments: Any, **options: Any) -> Any:
        if over and lost is not None:
            raise lost("the network is gone")
        return exchange(session, *arguments, **options)

    with (
        without_waiting(),
        mock.patch.object(Prober, "ask_all", asking),
        mock.patch.object(Session, "_exchange", exchanging),
        pytest.raises(type(how)),
    ):
        yield


def shown(control: Control) -> list[str]:
    return [text.split(", ")[0] for text in hits_text([observed(control)]) if text.startswith(NAME)]


def dies(control: Control, group: int, play: Callable[..., Any], **options: Any) -> None:
    with ended_at(group, DiedError(), lost=DiedError):
        play(**options, **WHO)
    came_from(control)


@pytest.mark.parametrize("group", [1, FIRST_AFTER])
def test_the_probes_of_an_apply_that_died_are_no_attempts(here: Control, group: int) -> None:
    """Seen: 'ATTEMPT matched 2 requests of others', and in the logs 'of unknown origin', where it died before its change record."""
    watched(here)
    watched(here, accept="J. Jansen")
    dies(here, group, here.mitigation.apply_all, mode=Mode.ENFORCE)
    (number,) = observed(here)["hits_in_doubt"].values()
    assert number == (2 if group == 1 else 6), (
        "the attacks at the first virtual server, or at two, and at the first again"
    )
    assert shown(here) == [f"{NAME}: {number} hits of unknown origin"]
    found = findings(here)
    assert {*found} == {"status", "alarm"}, found
    (doubtful,) = found["alarm"]
    assert doubtful.startswith(f"review: matched {number} requests of unknown origin since ")
    assert "a run of ours that began at 20" in doubtful
    why = " has not counted its probes (it died, it goes on, or the counters could not be read), so they may be these probes"
    assert f"{why}; otherwise " in doubtful


def test_the_probes_of_a_verify_that_died_are_no_attempts(here: Control) -> None:
    dies(here, 1, here.mitigation.status_all, mode=Mode.OBSERVE, probes=Probes.ALL)
    (doubtful,) = raised(here)
    assert doubtful.startswith("review: matched ")
    assert " requests of unknown origin since " in doubtful


def attacked(control: Control, times: int) -> None:
    vip = next(one for one in control.appliance.vips or () if one.kind == "vpn")
    for _number in range(times):
        Prober("somebody", None).ask(vip, ATTACK)


def test_a_run_that_died_hides_no_more_than_it_may_have_sent_and_no_later_attack(here: Control) -> None:
    dies(here, 1, here.mitigation.apply_all, mode=Mode.ENFORCE)
    attacked(here, 30)
    (attack,) = raised(here)
    assert attack.startswith("attempt: matched 32 requests of others, of which 24 may be ours, since "), attack
    attacked(here, 1)
    (attack,) = raised(here)
    assert attack.startswith("attempt: matched 1 request of others since "), "it came after the test before"


def test_what_the_next_run_finds_in_the_counter_is_of_the_dead_run_and_what_comes_later_is_not(here: Control) -> None:
    dies(here, 1, here.mitigation.apply_all, mode=Mode.ENFORCE)
    here.mitigation.apply_all(mode=Mode.OBSERVE, **WHO)
    came_from(here)
    (doubtful,) = raised(here)
    assert doubtful.startswith("review: matched 2 requests of unknown origin since ")
    attacked(here, 3)
    assert observed(here)["hits_in_doubt"] == {NAME: 2}


@pytest.mark.parametrize("lost", [None, CannotConnect])
def test_ctrl_c_in_an_apply_leaves_no_attempts(here: Control, lost: type[BaseException] | None) -> None:
    """Its end is noted; where the counters cannot be read any more, its requests are in doubt, as many as it has sent."""
    with ended_at(1, KeyboardInterrupt(), lost=lost):
        here.mitigation.apply_all(mode=Mode.ENFORCE, **WHO)
    came_from(here)
    found = raised(here)
    if lost is None:
        assert found == []
        return
    assert [text.split(" since")[0] for text in found] == ["review: matched 2 requests of unknown origin"]
    attacked(here, 1)
    assert observed(here)["hits_in_doubt"] == {NAME: 2}


def test_what_a_run_that_died_has_asked_the_management_is_no_attempt(here: Control) -> None:
    """Seen: 'ATTEMPT matched 4 requests of others', which were those of node_local.yml at the address of the management."""
    here.mitigation.apply_all(mode=Mode.ENFORCE, **WHO)
    came_from(here)
    assert raised(here) == []
    with mock.patch.object(OwnHits, "facts", side_effect=DiedError), pytest.raises(DiedError):
        over_ssh(lambda control: control.node_local.go())(here)
    came_from(here)
    (found,) = raised(here)
    assert found.startswith("review: matched 4 requests of unknown origin since "), found


@pytest.mark.parametrize("is_killed", [True, False])
def test_the_request_of_a_test_of_the_alarm_that_died_is_no_attempt(here: Control, is_killed: bool) -> None:
    """Seen: 'ATTEMPT matched 1 request of others', which was the request of a test of the alarm that somebody had ended while it waited for its line."""
    here.mitigation.apply_all(mode=Mode.ENFORCE, **WHO)
    came_from(here)
    assert raised(here) == []
    if is_killed:
        with killed(here.directory, behind=(Prober, "ask")):
            raised(here)
    else:
        with mock.patch.object(AlarmTest, "_wait", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            raised(here)
    came_from(here)
    (found,) = raised(here)
    assert found.startswith("review: matched 1 request of unknown origin since "), found
    assert "a run of ours that began at 20" in found
    attacked(here, 1)
    (attack,) = raised(here)
    assert attack.startswith("attempt: matched 1 request of others since "), "it came after the test before"
