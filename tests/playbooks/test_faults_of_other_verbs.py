# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One failure of each kind in a rollback and in a lockdown: the message, and that the same command then succeeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.stage.fleet import PASSWORD, box, pair
from tests.stage.played import ATTACK, CONTROL, NAME, TAKEN_AWAY, TOKEN, Laboratory, Run

pytestmark = pytest.mark.only_in_all  # tests/engine/crash has these failures at each write

UNDEFINED: dict[str, str] = {"method": "DELETE", "type": "responderpolicy"}
SWITCH: dict[str, str] = {"method": "POST", "type": "vpnvserver", "action": "disable"}
# Of a write in the middle, unless the fault has a place of its own.
FAULTS: dict[str, dict[str, Any]] = {
    "lost": {"kind": "reply_lost"},
    "reset": {"kind": "reset"},
    "cut-off": {"kind": "cut_off"},
    "hang": {"kind": "hang", "seconds": 4},
    "busy": {"kind": "http_error"},
    "error": {"kind": "nitro_error"},
    "expired": {"kind": "expire_session"},
    "crash": {"kind": "crash"},
    "pair-failover": {"kind": "failover"},
}
ELSEWHERE: dict[str, dict[str, Any]] = {
    "refused": {"kind": "refuse"},
    "credentials": {"kind": "wrong_credentials"},
    "disk": {"kind": "disk_full"},
    "collision": {"kind": "save_collision"},
    "pair-split": {"kind": "both_primary"},
    "pair-apart": {"kind": "secondary_writes_lost", "node": 1},
}
HOSTS = (*FAULTS, *ELSEWHERE)
UNHARMED = ("lost", "cut-off", "expired", "collision", "pair-apart")  # settled by reading, or by a second try
OPENED = TAKEN_AWAY.replace("it stops a customer", "a test")
DECISION = {"reason": "a test", "ticket": "CHG0044", "who": "J. Jansen"}


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    applied: Run
    disturbed: Run
    again: Run
    after: dict[str, tuple[str, ...]]
    disturbed_lockdown: Run
    lockdown: Run
    closed: dict[str, int | None]
    reopened: Run
    at_the_end: dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    fleet = {host: pair() if host.startswith("pair") else box() for host in HOSTS}
    laboratory = open_laboratory(
        fleet, variables={host: {"netscaler_read_timeout": 2} for host in HOSTS if host == "hang"}
    )
    before = laboratory.texts()
    applied = laboratory.play("apply")
    disturbed = disturb(laboratory, UNDEFINED, "rollback", accept_exposure=True)
    again = laboratory.play("rollback", accept_exposure=True)
    after = laboratory.texts()
    closing = {**DECISION, "expires": "24", "scope": "fleet"}
    disturbed_lockdown = disturb(laboratory, SWITCH, "lockdown", **closing)
    lockdown = laboratory.play("lockdown", **closing)
    closed = {host: laboratory.ask(host, CONTROL).status for host in HOSTS}
    reopened = laboratory.play("reopen", scope="fleet", accept_exposure=True, second="M. Vis", **DECISION)
    return Story(
        laboratory, before, applied, disturbed, again, after,
        disturbed_lockdown, lockdown, closed, reopened, laboratory.texts(),
    )  # fmt: skip


def disturb(laboratory: Laboratory, place: dict[str, str], verb: str, **variables: Any) -> Run:
    """A verb on all appliances, each with its fault, and then without it."""
    faults = {**{name: {**place, **fault} for name, fault in FAULTS.items()}, **ELSEWHERE}
    for host in HOSTS:
        laboratory.simulator.appliance(host).fault(**faults[host])
    run = laboratory.play(verb, options=["-vvvvv"], **variables)
    for host in HOSTS:
        appliance = laboratory.simulator.appliance(host)
        appliance.clear_faults()
        if host.startswith("pair"):
            appliance.synchronise()
    return run


@pytest.mark.parametrize("host", HOSTS)
def test_a_rollback_says_whether_it_came_to_its_end(story: Story, host: str) -> None:
    assert story.applied.problem(host) == ""
    assert (story.disturbed.problem(host) == TAKEN_AWAY) == (host in UNHARMED), story.disturbed.problem(host)


@pytest.mark.parametrize("host", HOSTS)
def test_the_same_rollback_again_restores_everything(story: Story, host: str) -> None:
    """The run that was disturbed says that protection may be lost, the one that comes to its end that it is."""
    assert story.again.problem(host) == ("" if host in UNHARMED else TAKEN_AWAY)
    assert story.after[host] == story.before[host], "running and saved text of every node, to the last byte"
    assert NAME not in story.after[host][0]


@pytest.mark.parametrize("host", HOSTS)
def test_a_lockdown_says_whether_it_came_to_its_end(story: Story, host: str) -> None:
    assert (story.disturbed_lockdown.problem(host) == "") == (host in UNHARMED), story.disturbed_lockdown.problem(host)


@pytest.mark.parametrize("host", HOSTS)
def test_the_same_lockdown_again_closes_and_a_reopening_restores_everything(story: Story, host: str) -> None:
    assert story.lockdown.problem(host) == ""
    assert story.closed[host] is None
    assert story.reopened.problem(host) == OPENED, "nothing protects what was opened"
    assert story.at_the_end[host] == story.before[host]
    assert story.laboratory.ask(host, ATTACK).passes


def test_no_secret_at_the_highest_verbosity(story: Story) -> None:
    for run in (story.disturbed, story.disturbed_lockdown):
        assert "pair-apart" in run.output
        assert PASSWORD not in run.output
        assert not TOKEN.search(run.output)
