# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""lockdown.yml and reopen.yml as operators run them: the preview counts, the decision is mandatory, and everything is restored."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord

from tests.stage.fleet import box, pair, vserver
from tests.stage.played import ATTACK, CONTROL, Laboratory, Run

FLEET = {
    "gw-a": box(
        features=["LB", "SSL", "SSLVPN"],
        vservers=[vserver("vpn", "gw"), vserver("lb", "shop", "HTTP")],
        configuration={
            "lbvserver": [{"name": "old", "servicetype": "HTTP", "ipv46": "192.0.2.7", "port": 80, "state": "DISABLED"}]
        },
    ),
    "pair-a": pair(),
    "gw-b": box(),
}
VARIABLES: dict[str, dict[str, Any]] = {
    "gw-a": {"netscaler_customer": "Brouwer", "netscaler_never_close": ["shop"]},
    "pair-a": {"netscaler_customer": "Brouwer"},
    "gw-b": {"netscaler_customer": "De Wit"},
}
WHY: dict[str, Any] = {
    "reason": "the NCSC advises to switch off",
    "ticket": "CHG0044",
    "who": "J. Jansen",
    "expires": 24,
}
# By host: what it has in place of WHY, and the message.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    **{
        f"without-{name}": (
            {key: value for key, value in WHY.items() if key != name},
            f'{name} must be given.*-e "?{name}=',
        )
        for name in WHY
    },
    "too-late": ({**WHY, "expires": 73}, "more than 72 hours ahead"),
    "at-once": ({**WHY, "expires": 0}, "is past"),
    "past": ({**WHY, "expires": "2020-01-18"}, "is past"),
    "ticket": ({**WHY, "ticket": "CHG;1"}, "the ticket"),
}
BACK: dict[str, Any] = {
    "reason": "the hunt is done",
    "ticket": "CHG0045",
    "who": "J. Jansen",
    "accept_exposure": True,
    "second": "M. Vis",
}


EXPOSED = 2
"""The exit code of an opening by which something exposed is open, as a person has accepted."""


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    preview: Run
    after_preview: dict[str, tuple[str, ...]]
    brouwer: Run
    again: Run
    answers: dict[str, int | None]
    status: Run
    no_scope: list[Run]
    not_accepted: Run
    stayed_closed: bool
    reopened: Run
    reopened_again: Run
    end: dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory(FLEET, variables=VARIABLES)
    for host, users in (("gw-a", 3), ("pair-a", 2), ("gw-b", 4)):
        for number in range(users):
            laboratory.simulator.appliance(host).session("gw", f"user{number}")
    before = laboratory.texts()
    preview = laboratory.play("lockdown", check=True)
    after_preview = laboratory.texts()
    brouwer = laboratory.play("lockdown", customers=["Brouwer"], **WHY)
    again = laboratory.play("lockdown", customers=["Brouwer"], **WHY)
    answers = {host: laboratory.ask(host, CONTROL, vserver="gw").status for host in FLEET}
    answers["shop"] = laboratory.ask("gw-a", "/", vserver="shop").status
    status = laboratory.play("status")
    closed = laboratory.texts()
    no_scope = [laboratory.play("lockdown", **WHY), laboratory.play("reopen", **BACK)]
    not_accepted = laboratory.play("reopen", scope="fleet", **{**BACK, "accept_exposure": False})
    stayed_closed = laboratory.texts() == closed
    reopened = laboratory.play("reopen", scope="fleet", **BACK)
    reopened_again = laboratory.play("reopen", scope="fleet", **BACK)
    return Story(
        laboratory,
        before,
        preview,
        after_preview,
        brouwer,
        again,
        answers,
        status,
        no_scope,
        not_accepted,
        stayed_closed,
        reopened,
        reopened_again,
        laboratory.texts(),
    )


@pytest.mark.parametrize(("position", "what"), [(0, "closing"), (1, "opening")])
def test_without_a_scope_nothing_is_planned_and_nothing_is_sent(story: Story, position: int, what: str) -> None:
    """It would take every customer of the inventory; close.yml refuses likewise."""
    run = story.no_scope[position]
    assert (run.rc, run.requests) == (4, [])
    output = " ".join(run.output.split())
    assert output.count(f"this {what} has no scope, so it would take the whole inventory.") == 1
    assert "FLEET" not in output


def test_preview_counts_users_by_appliance_and_customer_and_changes_nothing(story: Story) -> None:
    assert story.preview.rc == 0
    assert story.preview.writes() == []
    assert story.after_preview == story.before
    costs = {host: story.preview[host]["cost"] for host in FLEET}
    assert {host: cost["users"] for host, cost in costs.items()} == {"gw-a": 3, "pair-a": 2, "gw-b": 4}
    assert story.preview.lines("gw-a") == ["disable vpn vserver gw"]
    output = story.preview.output
    hit = re.findall(r"^  (\S[\w ]+?) +(\d+ on \d+) +(\d+) ", output, re.MULTILINE)
    assert hit == [("Brouwer", "2 on 2", "5"), ("De Wit", "1 on 1", "4"), ("in all", "3 on 3", "9")]
    assert "to be set before it is carried out: reason, ticket, who, expires" in output


def test_chosen_customer_is_closed_and_the_other_is_left_alone(story: Story) -> None:
    assert story.brouwer.rc == 0
    assert story.brouwer.writes("gw-a") == ["POST vpnvserver?action=disable", "POST nsconfig?action=save"]
    assert story.brouwer.nitro("gw-b") == []
    assert "customer De Wit is not among" in story.brouwer.message("gw-b")
    for host in ("gw-a", "pair-a"):
        assert story.brouwer.verdict(host) == "closed"
        assert (
            "by J. Jansen for the NCSC advises to switch off (CHG0044), decision due at"
            in story.brouwer[host]["verdict"]["reason"]
        )
    assert story.answers["gw-a"] is None
    assert story.answers["pair-a"] is None
    assert story.answers["gw-b"] == 200
    assert story.answers["shop"] is not None, "netscaler_never_close protects it"


def test_second_run_changes_nothing(story: Story) -> None:
    assert story.again.rc == 0
    assert story.again.writes() == []
    assert not story.again["gw-a"]["changed"]
    assert story.again.verdict("gw-a") == "closed"


def test_status_of_a_mitigation_says_closed_in_place_of_exposed(story: Story) -> None:
    assert story.status.verdict("pair-a") == "closed"
    assert "J. Jansen" in story.status["pair-a"]["verdict"]["reason"]
    assert story.status.verdict("gw-b") == "exposed"
    assert story.status.verdict("gw-a") == "partly", "the shop is open"


def test_an_exposed_appliance_is_not_reopened_without_a_person_who_accepts_it(story: Story) -> None:
    """There is a public exploit, and no mitigation."""
    run = story.not_accepted
    assert run.rc != 0
    assert run.writes() == []
    assert story.stayed_closed
    for host in ("gw-a", "pair-a"):
        assert "it stays closed, because it is exposed once it is open" in run.message(host)
        assert "cve_2019_19781: exposed (" in run.message(host)
        assert "-e accept_exposure=true" in run.message(host)
    assert "EXPOSED, accepted by J. Jansen: cve_2019_19781: exposed" in story.reopened.message("pair-a")
    record = json.loads(story.laboratory.record_files("pair-a")[-1].read_text())
    assert (record["kind"], record["decided_by"]) == ("reopen", "J. Jansen")
    assert record["accepted_exposure"][0].startswith("cve_2019_19781: exposed (")
    assert "OVERRULED by M. Vis: Brouwer: assume compromised: recovery plan (" in story.reopened.message("pair-a")
    assert (record["second"], record["overruled"][0][:27]) == ("M. Vis", "Brouwer: assume compromised")
    sentences = story.reopened["pair-a"]["answers"][0]["sentences"]
    assert sentences["nl"].startswith("Aanvallers kunnen binnen zijn geweest")


def test_an_acceptance_without_a_person_sends_nothing(story: Story) -> None:
    inputs = {**{name: value for name, value in BACK.items() if name != "who"}, "accept_exposure": True}
    run = story.laboratory.play("reopen", limit="gw-b", **inputs)
    assert run.rc != 0
    assert run.requests == []
    assert re.search(WRONG["without-who"][1], run.message("gw-b"))


def test_a_second_person_is_not_the_first_one(story: Story) -> None:
    run = story.laboratory.play("reopen", limit="gw-b", **{**BACK, "second": " j.  JANSEN"})
    assert run.rc != 0
    assert run.requests == []
    assert "second and who are both j. JANSEN: two different persons decide" in run.message("gw-b")


def test_reopening_restores_exactly_what_was(story: Story) -> None:
    assert (story.reopened.rc, story.reopened_again.rc) == (EXPOSED, 0)
    lost = "failed: PROTECTION LOST at vpn vserver gw, decided by J. Jansen (the hunt is done)"
    assert story.reopened.problem("pair-a") == lost
    assert story.end == story.before
    assert story.laboratory.row("gw-a", "lbvserver", "old")["state"] == "DISABLED"  # type: ignore[index]
    assert story.laboratory.ask("pair-a", CONTROL).status == 200
    assert story.reopened.writes("gw-b") == []
    assert story.reopened_again.writes() == []
    assert not any(story.reopened_again[host]["changed"] for host in FLEET)


@pytest.fixture(scope="module")
def refused(story: Story) -> Run:
    """A lockdown of appliances that stand for gw-b, each with one input that is wrong."""
    laboratory = story.laboratory
    for host, (inputs, _said) in WRONG.items():
        laboratory.hosts[host] = {**laboratory.hosts["gw-b"], **inputs}
    try:
        return laboratory.play("lockdown", limit=WRONG)
    finally:
        for host in WRONG:
            del laboratory.hosts[host]


@pytest.mark.parametrize("host", WRONG)
def test_a_missing_or_wrong_input_stops_the_appliance(refused: Run, host: str) -> None:
    assert refused.problem(host).startswith("refused: ")
    assert re.search(WRONG[host][1], refused.message(host))


def test_nothing_is_sent_before_the_inputs_are_right(refused: Run) -> None:
    assert refused.rc != 0
    assert refused.requests == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires": "tomorrow"}, "give a number of hours"),
        ({"customers": ["Brouwers"]}, "customers names Brouwers, and the appliances of this run belong to De Wit"),
        (
            {
                "customers": ["Brouwers", "Jansen", "Kuiper"],
                "netscaler_vserver_customers": {"gw": "Jansen"},
                "netscaler_partition_customers": {"tenant": "Kuiper"},
            },
            "customers names Brouwers, and the appliances of this run belong to De Wit, Jansen, Kuiper",
        ),
        ({"kinds": ["gslb"]}, "kinds"),
    ],
)
def test_wrong_inputs_of_a_whole_run_send_nothing(story: Story, change: dict[str, Any], said: str) -> None:
    run = story.laboratory.play("lockdown", limit="gw-b", **{**WHY, **change})
    assert run.rc != 0
    assert run.requests == []
    assert said in " ".join(run.output.split())


@pytest.mark.sampled(3)
@pytest.mark.parametrize("playbook", ["lockdown", "reopen"])
@pytest.mark.parametrize("vips", [["gww"], ["gw", "gww"]])
@pytest.mark.parametrize("check", [True, False])
def test_misspelt_vip_is_told(story: Story, playbook: str, vips: list[str], check: bool) -> None:
    decision = WHY if playbook == "lockdown" else BACK
    before = story.laboratory.texts()
    run = story.laboratory.play(playbook, limit="gw-a,gw-b", vips=vips, check=check, **decision)
    assert run.rc == 2
    assert run.writes() == []
    assert "no appliance has the virtual server gww" in run.output
    assert "vips names gww, and no appliance of this run has a virtual server of that name or address" in " ".join(
        run.output.split()
    )
    assert story.laboratory.texts() == before


def test_vip_of_one_appliance_is_no_misspelt_one_of_the_others(story: Story) -> None:
    run = story.laboratory.play("lockdown", limit="gw-a,gw-b", vips=["old"], check=True, **WHY)
    assert run.rc == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"vips": ["shop"]}, "shop STAYS OPEN: netscaler_never_close protects it"),
        ({"vips": ["gw"], "kinds": ["lb"]}, "gw STAYS OPEN: vpn is not among the wanted kinds"),
    ],
)
def test_vip_that_is_named_and_stays_open_is_no_success(story: Story, change: dict[str, Any], reason: str) -> None:
    before = story.laboratory.texts()
    for check in (True, False):
        run = story.laboratory.play("lockdown", limit="gw-a", check=check, **WHY, **change)
        assert run.rc == 2
        assert f"gw-a: {reason}. Correct vips, or what keeps it open." in run.message("gw-a")
        assert run.writes() == []
    assert story.laboratory.texts() == before


def test_the_others_are_closed_where_a_named_vip_stays_open(story: Story) -> None:
    run = story.laboratory.play("lockdown", limit="gw-a", vips=["gw", "shop"], **WHY)
    assert run.rc == 2
    assert "shop STAYS OPEN: netscaler_never_close protects it" in run.output
    assert story.laboratory.ask("gw-a", ATTACK, vserver="gw").status is None
    assert story.laboratory.ask("gw-a", "/", vserver="shop").status is not None
    assert story.laboratory.play("reopen", limit="gw-a", **BACK).rc == EXPOSED


def test_what_was_mitigated_while_it_was_closed_is_reopened_without_an_acceptance(story: Story) -> None:
    laboratory, back = story.laboratory, {**BACK, "accept_exposure": False}
    assert laboratory.play("lockdown", limit="gw-b", **WHY).rc == 0
    assert laboratory.play("apply", limit="gw-b", save="always").verdict("gw-b") == "closed"
    run = laboratory.play("reopen", limit="gw-b", **back)
    assert run.rc == EXPOSED, "a second person opened what the build has weaknesses of without a measure"
    assert run["gw-b"]["exposure"] == []
    assert run.problem("gw-b").startswith("failed: PROTECTION LOST at vpn vserver gw, decided by J. Jansen (")
    assert laboratory.ask("gw-b", ATTACK).blocked_by()
    assert laboratory.play("rollback", limit="gw-b", why="undo").rc == 2
    assert laboratory.texts(["gw-b"])["gw-b"] == story.before["gw-b"]


def test_expired_decision_fails_until_somebody_decides_and_opens_nothing(story: Story) -> None:
    laboratory = story.laboratory
    assert laboratory.play("lockdown", limit="gw-b", **WHY).rc == 0
    record = ChangeRecord.read(laboratory.record_files("gw-b")[-1])
    record.content = record.content.with_values(expires="2020-01-18T08:00:00+00:00")
    record.write()  # signed, as the control node itself would have written it

    late = laboratory.play("lockdown", limit="gw-b", check=True)
    assert late.rc != 0
    assert "closed, decision overdue" in late.message("gw-b")
    assert "decision due at 2020-01-18 08:00 UTC" in late.message("gw-b")
    assert "decide: extend it with lockdown.yml -e extend=true, or reopen.yml" in late.message("gw-b")
    assert laboratory.play("status", limit="gw-b", fail_at=2).rc != 0
    assert laboratory.ask("gw-b", ATTACK).status is None

    extended = laboratory.play("lockdown", limit="gw-b", extend=True, **{**WHY, "reason": "the hunt is not done"})
    assert extended.rc == 0
    assert extended.writes() == []
    assert "the hunt is not done" in extended["gw-b"]["verdict"]["reason"]
    assert laboratory.play("reopen", limit="gw-b", **BACK).rc == EXPOSED
    assert laboratory.texts(["gw-b"])["gw-b"] == story.before["gw-b"]


def test_primary_that_crashes_in_the_middle_ends_closed_with_the_next_run(story: Story) -> None:
    laboratory = story.laboratory
    laboratory.simulator.appliance("pair-a").fault("crash", method="POST", type="vpnvserver", action="disable")
    first = laboratory.play("lockdown", limit="pair-a", **WHY)
    assert first.problem("pair-a")
    assert first["pair-a"].get("verdict", {}).get("word") != "closed"
    second = laboratory.play("lockdown", limit="pair-a", **WHY)
    assert second.rc == 0, second.output[-2000:]
    assert second.verdict("pair-a") == "closed"
    assert laboratory.play("reopen", limit="pair-a", **BACK).rc == EXPOSED
    assert laboratory.texts(["pair-a"])["pair-a"] == story.before["pair-a"]


def test_a_wave_without_one_of_the_customers_is_closed(story: Story) -> None:
    """The first customer is closed already, so that no wave has an appliance of his."""
    laboratory = story.laboratory
    assert laboratory.play("lockdown", customers=["Brouwer"], **WHY).rc == 0
    both = laboratory.play("lockdown", customers=["Brouwer", "De Wit"], **WHY)
    assert both.rc == 0
    assert "customers names" not in both.output
    assert laboratory.ask("gw-b", CONTROL, vserver="gw").status is None
    assert laboratory.play("reopen", customers=["Brouwer", "De Wit"], **BACK).rc == EXPOSED


def test_what_cannot_be_noted_is_closed_and_called_so(story: Story) -> None:
    """Seen: "MAY STAY OPEN", beside the word closed."""
    laboratory = story.laboratory
    register = laboratory.directory / "a-file"
    register.write_text("")
    run = laboratory.play("lockdown", limit="gw-b", consents=str(register), **WHY)
    assert run.rc == 2
    assert run.problem("gw-b").startswith("failed: CLOSED, AND THE RUN FAILED: gw-b: ")
    assert "the register of consent" in run.problem("gw-b")
    assert "STAY OPEN" not in run.output
    assert laboratory.play("reopen", limit="gw-b", **BACK).rc == EXPOSED
