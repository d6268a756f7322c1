# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HA pairs: one host with two addresses, written on the primary, whichever node it is, with a true report on the other node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.stage.client import Answer
from tests.stage.fleet import pair
from tests.stage.played import ATTACK, CONTROL, NAME, TAKEN_AWAY, Laboratory, Run, is_configuration, is_write

OBJECTS = ("responderaction", "responderpolicy", "auditmessageaction")
FLEET = {
    "second": pair(primary=1),
    "first": pair(),
    "refusing": pair(primary=1, switches={"secondary_write": "refused"}),
    "lonely": pair(),
    "half": pair(),
    "unnamed": pair(),
    "swapped": pair(primary=1),
    "crashing": pair(switches={"boot_seconds": 1.0}),
    "own_save": pair(switches={"save_reaches_secondary": False}),
}


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    applied: Run
    after: dict[str, tuple[str, ...]]
    answers: dict[str, Answer]


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory(FLEET)
    nodes = {host: variables["netscaler_nodes"] for host, variables in laboratory.hosts.items()}
    laboratory.hosts["half"]["netscaler_nodes"] = nodes["half"][1:]  # only its secondary
    laboratory.hosts["unnamed"]["netscaler_nodes"] = nodes["unnamed"][:1]  # only its primary
    laboratory.simulator.appliance("lonely").fault("refuse", node=1)
    laboratory.simulator.appliance("crashing").fault("crash", node=0, method="POST", type="responderpolicy")
    before = laboratory.texts()
    applied = laboratory.play("apply")
    answers = {host: laboratory.ask(host, ATTACK) for host in FLEET}
    return Story(laboratory, before, applied, laboratory.texts(), answers)


@pytest.mark.parametrize("host", ["first", "second", "refusing"])
def test_primary_is_found_wherever_it_is(story: Story, host: str) -> None:
    assert story.applied.problem(host) == ""
    assert story.applied.verdict(host) == "mitigated"
    assert story.answers[host].blocked_by(story.laboratory.marker(host))
    roles = [node["role"] for node in story.applied[host]["appliance"]["nodes"]]
    assert roles == (["primary", "secondary"] if host == "first" else ["secondary", "primary"])


def test_writes_go_to_the_primary_only(story: Story) -> None:
    primary = 1
    sent = [r for r in story.applied.requests if r["appliance"] == "second" and r["side"] == "nitro"]
    written = {r["node"] for r in sent if is_configuration(r["method"], r["target"])}
    assert written == {primary}
    files = {r["node"] for r in sent if is_write(r["method"], r["target"]) and "/systemfile" in r["target"]}
    assert files == {0, 1}, "but each node has its own lock"
    assert {r["node"] for r in sent} == {0, 1}, "but both are read"


@pytest.mark.parametrize("host", ["first", "second", "refusing"])
def test_configuration_is_on_both_nodes_and_saved_on_both(story: Story, host: str) -> None:
    for number in (0, 1):
        for saved in (False, True):
            for type_ in OBJECTS:
                assert story.laboratory.row(host, type_, node=number, saved=saved), (number, saved, type_)
    assert len(set(story.after[host])) == 1, "the same text four times: running and saved, on two nodes"


def test_unreachable_secondary_makes_it_partly(story: Story) -> None:
    run = story.applied
    assert run.verdict("lonely") == "partly"
    assert story.answers["lonely"].blocked_by(), "it was applied where it could be"
    missing = " ".join(run["lonely"]["verdict"]["missing"])
    assert story.laboratory.hosts["lonely"]["netscaler_nodes"][1].rpartition(":")[0] in missing
    assert "unreachable" in missing
    assert run["lonely"]["verdict"]["exit_code"] == 2


def test_secondary_that_comes_back_makes_it_whole(story: Story) -> None:
    story.laboratory.simulator.appliance("lonely").clear_faults()
    status = story.laboratory.play("status", limit="lonely")
    assert status.verdict("lonely") == "partly", "no run has proved it for both"
    assert "verify.yml" in status["lonely"]["verdict"]["next_action"]
    assert story.laboratory.play("verify", limit="lonely").verdict("lonely") == "mitigated"
    assert story.laboratory.play("status", limit="lonely").verdict("lonely") == "mitigated"


def test_secondary_alone_is_refused(story: Story) -> None:
    assert story.applied.problem("half").startswith("refused: ")
    message = story.applied.message("half")
    assert "no primary node was found" in message
    assert "Name both nodes of the pair in netscaler_nodes" in message
    assert story.applied.writes("half") == []
    assert story.after["half"] == story.before["half"]


def test_primary_alone_is_partly_since_its_peer_is_not_vouched_for(story: Story) -> None:
    assert story.applied.verdict("unnamed") == "partly"
    assert any("not named in netscaler_nodes" in text for text in story.applied["unnamed"]["verdict"]["missing"])
    assert story.answers["unnamed"].blocked_by()


def test_after_a_failover_the_mitigation_holds_and_status_says_so(story: Story) -> None:
    laboratory = story.laboratory
    laboratory.simulator.appliance("swapped").failover()
    assert laboratory.simulator.appliance("swapped").state()["primary"] == 0
    assert laboratory.ask("swapped", ATTACK).blocked_by(laboratory.marker("swapped"))
    assert laboratory.ask("swapped", CONTROL).status == 200
    status = laboratory.play("status", limit="swapped")
    assert status.verdict("swapped") == "mitigated"
    assert [node["role"] for node in status["swapped"]["appliance"]["nodes"]] == ["primary", "secondary"]
    verified = laboratory.play("verify", limit="swapped")
    assert verified.problem("swapped") == ""
    assert verified.verdict("swapped") == "mitigated"


def test_second_apply_after_a_failover_writes_nothing(story: Story) -> None:
    run = story.laboratory.play("apply", limit="swapped,second")
    assert run.writes() == []
    assert not run["swapped"]["changed"]


def test_primary_that_crashes_in_the_middle_is_never_green(story: Story) -> None:
    laboratory = story.laboratory
    assert laboratory.simulator.appliance("crashing").state()["primary"] == 1, "the other node took over"
    assert story.applied.problem("crashing")
    assert story.applied["crashing"].get("verdict", {}).get("word") != "mitigated"
    run = laboratory.play("apply", limit="crashing")
    assert run.problem("crashing") == ""
    assert run.verdict("crashing") == "mitigated"
    assert laboratory.ask("crashing", ATTACK).blocked_by(laboratory.marker("crashing"))
    assert laboratory.text("crashing") == laboratory.text("crashing", saved=True)


def test_rule_outlives_reboots_even_where_a_save_stays_on_the_primary(story: Story) -> None:
    laboratory = story.laboratory
    for node in (0, 1):
        laboratory.simulator.appliance("own_save").reboot(node)
        assert laboratory.ask("own_save", ATTACK).blocked_by(), f"after node {node} booted"


def test_rollback_clears_both_nodes(story: Story) -> None:
    laboratory = story.laboratory
    run = laboratory.play("rollback", limit="first,second", accept_exposure=True)
    for host in ("first", "second"):
        assert run.problem(host) == TAKEN_AWAY
        assert laboratory.texts([host])[host] == story.before[host]
        assert not any(NAME in text for text in laboratory.texts([host])[host])
