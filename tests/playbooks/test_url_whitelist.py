# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`-e mitigation=url_whitelist` with the playbooks of every day: plan, apply, verify, status, rollback; and the role by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.stage.client import Answer
from tests.stage.fleet import box, pair, vserver
from tests.stage.played import ATTACK, CONTROL, Laboratory, Run

NAME = "tq_url_whitelist"
GATEWAY = [{"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway"]}]
SHOP = [{"vserver": "shop", "kind": "lb", "allow": [{"exact": "/"}, {"prefix": "/shop/", "owner": "J. Jansen"}]}]
FLEET = {
    "gateway": box("14.1 73.37"),  # a fixed build: a whitelist is useful there too
    "pair": pair("13.1 49.15", vservers=[vserver("lb", "shop", "HTTP")], features=["LB", "SSL", "RESPONDER"]),
    "without": box(),
    "misspelt": box(),
    "locked-out": box(),
}
VARIABLES = {
    "gateway": {"netscaler_whitelists": GATEWAY},
    "pair": {"netscaler_whitelists": SHOP},
    "misspelt": {"netscaler_whitelists": [{**GATEWAY[0], "modus": "enforce"}]},
    "locked-out": {"netscaler_whitelists": [{**GATEWAY[0], "base": [], "allow": [{"exact": "/"}]}]},
}
GOOD = ["gateway", "pair", "without"]
MEASURE = {"mitigation": "url_whitelist", "as_of": None}


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    plan: Run
    after_plan: dict[str, tuple[str, ...]]
    first: Run
    answers: dict[str, Answer]
    second: Run
    verify: Run
    status: Run
    enforced: Run
    enforced_answer: Answer
    rollback: Run
    end: dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory(FLEET, variables=VARIABLES)
    before = laboratory.texts()
    plan = laboratory.play("plan", **MEASURE)
    after_plan = laboratory.texts()
    first = laboratory.play("apply", limit=GOOD, ticket="CHG7", **MEASURE)
    answers = {
        "attack": laboratory.ask("gateway", ATTACK),
        "log-on": laboratory.ask("gateway", "/logon/LogonPoint/index.html"),
        "classic": laboratory.ask("gateway", CONTROL),
        "observed": laboratory.ask("pair", "/unheard-of"),
    }
    second = laboratory.play("apply", limit=GOOD, ticket="CHG7", **MEASURE)
    verify = laboratory.play("verify", limit=GOOD, **MEASURE)
    status = laboratory.play("status", limit=GOOD, **MEASURE)
    laboratory.hosts["pair"]["netscaler_whitelists"] = [{**SHOP[0], "mode": "enforce"}]
    enforced = laboratory.play("apply", limit=GOOD, ticket="CHG8", **MEASURE)
    enforced_answer = laboratory.ask("pair", "/unheard-of")
    rollback = laboratory.play("rollback", limit=GOOD, **MEASURE)
    return Story(
        laboratory, before, plan, after_plan, first, answers, second, verify, status, enforced, enforced_answer, rollback, laboratory.texts()
    )  # fmt: skip


def test_the_plan_writes_nothing_and_tells_what_is_wrong(story: Story) -> None:
    assert story.after_plan == story.before
    assert story.plan.writes() == []
    assert "netscaler_whitelists, list 1 has 'modus', which is not known" in story.plan.message("misspelt")
    assert "would lock out the log-on" in str(story.plan["locked-out"]["conflicts"])
    assert "Add base: [gateway]" in str(story.plan["locked-out"]["conflicts"])


def test_it_is_wanted_on_a_fixed_build(story: Story) -> None:
    assert story.first.rc == 0
    assert story.first.verdict("gateway") == "enforcing"
    assert story.answers["attack"].blocked_by()
    assert (story.answers["log-on"].status, story.answers["classic"].status) == (200, 200)


def test_observing_blocks_nothing_and_counts(story: Story) -> None:
    assert story.first.verdict("pair") == "observing"
    assert story.answers["observed"].status == 404
    (part,) = story.status["pair"]["parts"]
    assert (part["mode"], part["in_force"]) == ("observe", "observe")
    assert part["hits"]["observe"] >= 5


def test_an_appliance_without_a_list_is_left_alone(story: Story) -> None:
    assert story.first.verdict("without") == "not asked for"
    assert story.first.writes("without") == []


def test_the_second_run_writes_nothing(story: Story) -> None:
    assert story.second.writes() == []
    assert "; changed 0, " in story.second.output
    assert (story.verify.rc, story.verify.verdict("gateway"), story.verify.verdict("pair")) == (
        0,
        "enforcing",
        "observing",
    )


def test_enforce_replaces_observe(story: Story) -> None:
    assert story.enforced.verdict("pair") == "enforcing"
    assert story.enforced_answer.blocked_by()
    assert story.enforced.writes("gateway") == []


def test_the_rollback_asks_for_no_firmware_and_restores_exactly(story: Story) -> None:
    assert story.rollback.rc == 0
    removed = "url_whitelist: removed, absence read back; verdict: not in place (url_whitelist is not there)"
    assert story.rollback.message("pair") == removed
    assert "TAKES PROTECTION AWAY  " not in story.rollback.output, (
        "it stops no attack of the catalogue that passes without it"
    )
    assert {host: story.end[host] for host in GOOD} == {host: story.before[host] for host in GOOD}


def test_the_role_does_it_in_a_playbook_of_ones_own(open_laboratory: Callable[..., Laboratory], tmp_path: Path) -> None:
    laboratory = open_laboratory({"gateway": box()}, variables={"gateway": VARIABLES["gateway"]})
    playbook = tmp_path / "own.yml"
    playbook.write_text(
        "- hosts: netscalers\n  connection: local\n  gather_facts: false\n  roles: [tourniquet.netscaler.url_whitelist]\n"
    )
    run = laboratory.play(playbook, mitigation=None, as_of=None)
    assert (run.rc, run.problem("gateway")) == (0, ""), run.output
    assert run.verdict("gateway") == "enforcing"
    assert laboratory.ask("gateway", ATTACK).blocked_by()
