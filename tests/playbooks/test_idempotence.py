# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A second run changes nothing and writes nothing; a new version changes the old one in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.stage.client import Answer
from tests.stage.fleet import box, pair, vserver
from tests.stage.played import ATTACK, ATTACK_V2, CONTROL, NAME, Laboratory, Run, watched

FLEET = {
    "plain": box(),
    "pair": pair(primary=1),
    "logging": box("12.0 62.8", features=["LB", "SSLVPN", "RESPONDER"], user_defined_audit_log="YES"),
    "two": box("11.1 63.9", vservers=[vserver("vpn", "gw"), vserver("lb", "site", "HTTP")]),
    "older": box(),
}


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    version_1: Run
    seen_from_v2: Run
    answers_v1: dict[str, Answer]
    first: Run
    during: list[Answer]
    between: dict[str, tuple[str, ...]]
    records: int
    second: Run
    after: dict[str, tuple[str, ...]]
    records_after: int
    other_ticket: Run
    rollbacks: tuple[Run, Run]
    before: dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory(FLEET)
    before = laboratory.texts()
    version_1 = laboratory.play("apply", limit="older", mitigation_version=1, ticket="CHG1")
    seen_from_v2 = laboratory.play("status", limit="older")
    answers = {target: laboratory.ask("older", target) for target in (ATTACK, ATTACK_V2, CONTROL)}
    with watched(laboratory, "older", ATTACK) as during:
        first = laboratory.play("apply", ticket="CHG2")
    between, records = laboratory.texts(), len(list(laboratory.records.glob("*/*.json")))
    second = laboratory.play("apply", ticket="CHG2")
    after, records_after = laboratory.texts(), len(list(laboratory.records.glob("*/*.json")))
    other_ticket = laboratory.play("apply", ticket="CHG3")
    rollbacks = (laboratory.play("rollback", accept_exposure=True), laboratory.play("rollback", accept_exposure=True))
    return Story(
        laboratory, version_1, seen_from_v2, answers, first, during, between, records, second, after, records_after, other_ticket, rollbacks, before
    )  # fmt: skip


@pytest.mark.parametrize("host", FLEET)
def test_second_apply_writes_nothing(story: Story, host: str) -> None:
    assert story.first[host]["changed"] is True
    assert story.first.writes(host), "the first run did write"
    assert story.second[host]["changed"] is False
    assert story.second.writes(host) == []
    assert story.second.verdict(host) == "mitigated"
    assert story.second[host]["steps"] == []
    assert story.after[host] == story.between[host]


def test_second_apply_leaves_no_trace(story: Story) -> None:
    assert story.second.rc == 0
    assert story.records == len(FLEET) + 1, "one record for each run that wrote"
    assert story.records_after == story.records
    assert "; changed 0, failed 0," in story.second.output


def test_another_ticket_alone_is_no_change(story: Story) -> None:
    assert story.other_ticket.writes() == []
    row = story.first["plain"]["steps"]
    assert any("CHG2" in line for step in row for line in step["lines"])


def test_version_1_is_the_published_rule_and_lets_double_encoding_through(story: Story) -> None:
    assert story.version_1.problem("older") == ""
    assert story.seen_from_v2.verdict("older") == "superseded"
    assert story.answers_v1[ATTACK].blocked_by()
    assert not story.answers_v1[ATTACK_V2].blocked_by()
    assert story.answers_v1[CONTROL].status == 200


def test_version_2_replaces_version_1_by_updates_in_place(story: Story) -> None:
    writes = story.first.writes("older")
    assert writes == ["PUT responderaction", "PUT responderpolicy", "POST nsconfig?action=save"]
    assert story.first.verdict("older") == "mitigated"
    assert {line.split(" ")[0] for line in story.first.lines("older")} == {"set"}


def test_the_attack_is_blocked_at_every_moment_of_the_update(story: Story) -> None:
    assert len(story.during) > 10
    assert [answer.status for answer in story.during if not answer.blocked_by()] == []


def test_names_carry_no_version(story: Story) -> None:
    text = story.between["older"][0]
    assert NAME in text
    assert f"{NAME}_v" not in text
    assert "tourniquet cve_2019_19781 v2 CHG2" in text
    assert " v1 " not in text


def test_each_write_goes_out_once_and_saves_once(story: Story) -> None:
    assert story.first.writes("plain") == [
        "POST nsfeature?action=enable",
        "POST auditmessageaction",
        "POST responderaction",
        "POST responderpolicy",
        "POST responderglobal_responderpolicy_binding",
        "POST nsconfig?action=save",
    ]


@pytest.mark.parametrize("host", FLEET)
def test_second_rollback_does_nothing(story: Story, host: str) -> None:
    first, second = story.rollbacks
    assert first[host]["changed"] is True
    assert story.laboratory.texts([host]) == {host: story.before[host]}
    assert second[host]["changed"] is False
    assert second.writes(host) == []
    assert second.message(host) == "cve_2019_19781: there is nothing of it on the appliance"
