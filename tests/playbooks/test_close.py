# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""close.yml as operators run it: first whom it hits, then the step; and nothing of another customer changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.stage.fleet import box, pair, vserver
from tests.stage.played import CONTROL, Laboratory, Run

FLEET = {
    "gw-a": box(vservers=[vserver("vpn", "gw"), vserver("lb", "shop", "HTTP")]),
    "pair-a": pair(),
}
CUSTOMERS = {
    "Brouwer": {"language": "nl", "other_access": "the VPN of the hospital"},
    "De Wit": {"language": "en"},
}
VARIABLES: dict[str, dict[str, Any]] = {
    "gw-a": {"netscaler_customer": "Brouwer", "netscaler_vserver_customers": {"shop": "De Wit"}},
    "pair-a": {"netscaler_customer": "Brouwer"},
}
WHY: dict[str, Any] = {
    "reason": "the NCSC advises to switch off",
    "ticket": "CHG0044",
    "who": "J. Jansen",
    "expires": 24,
    "tourniquet_customers": CUSTOMERS,
}


@dataclass(frozen=True)
class Story:
    before: dict[str, tuple[str, ...]]
    drill: Run
    closed: Run
    answers: dict[str, int | None]
    status: Run
    no_scope: Run
    no_scope_opening: Run
    sessions: Run
    refused: Run
    reopened: Run
    end: dict[str, tuple[str, ...]]


BACK = {"reason": "the fix runs", "ticket": "CHG0045", "who": "J. Jansen"}


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory(FLEET, variables=VARIABLES)
    laboratory.simulator.appliance("gw-a").session("gw", "user1")
    before = laboratory.texts()
    drills = {"drills": str(laboratory.directory / "drills")}
    drill = laboratory.play("close", step="off", drill=True, all_at_once=True, who="S. Bakker", **drills)
    assert laboratory.texts() == before
    closed = laboratory.play("close", step="notice", customers=["Brouwer"], **WHY)
    answers = {host: laboratory.ask(host, CONTROL, vserver="gw").status for host in FLEET}
    answers["shop"] = laboratory.ask("gw-a", "/", vserver="shop").status
    status = laboratory.play("status", **drills)
    no_scope = laboratory.play("close", step="notice", extend=True, customers=[], **WHY)
    laboratory.hosts["gw-a"]["accept_exposure"] = True
    sessions = laboratory.play("close", step="notice", end_sessions=True, extend=True, scope="fleet", **WHY)
    del laboratory.hosts["gw-a"]["accept_exposure"]
    no_scope_opening = laboratory.play("reopen", step="notice", accept_exposure=True, second="M. Vis", **BACK)
    refused = laboratory.play("reopen", step="notice", scope="fleet", **BACK)
    reopened = laboratory.play("reopen", step="notice", scope="fleet", accept_exposure=True, second="M. Vis", **BACK)
    return Story(
        before,
        drill,
        closed,
        answers,
        status,
        no_scope,
        no_scope_opening,
        sessions,
        refused,
        reopened,
        laboratory.texts(),
    )


def test_page_says_first_whom_it_hits(story: Story) -> None:
    output = story.closed.output
    assert re.search(r"  Brouwer +2 on 2 +1 +- +1 +\? +\? +the VPN of the hospital", output)
    assert output.index("the VPN of the hospital") < output.index("add responder policy tq_closing_notice"), (
        "before the changes"
    )
    page = output.split("FLEET", 1)[1].partition("TOURNIQUET")[0]
    assert "De Wit" not in page, "nothing of another customer"


def test_only_the_customer_is_closed_and_the_decision_is_recorded(story: Story) -> None:
    assert story.closed.rc == 0
    assert story.answers == {"gw-a": 503, "pair-a": 503, "shop": 200}
    assert "closed (notice): gw (vpn" in story.closed.message("gw-a")
    content = json.loads(Path(story.closed["pair-a"]["record"]).read_text(encoding="utf-8"))
    assert content["closing"] == {"step": "notice", "closes": [["vpnvserver", "gw"]], "opens": []}
    assert (content["decided_by"], content["ticket"]) == ("J. Jansen", "CHG0044")
    assert content["expires"] > content["started"]


def test_drill_writes_nothing_and_is_filed(story: Story) -> None:
    assert story.drill.rc == 0
    assert story.drill.writes() == []
    output = story.drill.output
    assert "ALL AT ONCE, without a canary: S. Bakker has said so" in output
    assert "DRILL, nothing was changed: last drill of a closing: off at " in output
    assert "; to change " in output
    assert "; changed " not in output
    assert "by S. Bakker: 2 of 2 appliances could be closed" in output
    assert "last drill of a closing: off at " in story.status.output


def test_status_says_what_is_closed_for_whom_and_for_how_long(story: Story) -> None:
    rows = story.status["gw-a"]["closures"]
    assert [(row["vserver"], row["customer"], row["step"], row["overdue"]) for row in rows] == [
        ("gw", "Brouwer", "notice", False)
    ]
    assert "closed at Brouwer: gw on 2 appliances (notice) since " in story.status.output
    assert re.search(r"decision due at .* UTC; [1-9] minutes? closed", story.status.output)


def test_a_closing_without_a_scope_is_refused_once_and_before_anything_is_sent(story: Story) -> None:
    assert story.no_scope.rc == 4
    output = " ".join(story.no_scope.output.split())
    assert output.count("this closing has no scope, so it would take the whole inventory.") == 1
    assert "write -e scope=fleet. Nothing was sent." in output
    assert "PLAY [" not in output
    assert story.no_scope.requests == []


def test_an_opening_without_a_scope_is_refused_likewise(story: Story) -> None:
    """It would open all customers of the inventory."""
    output = " ".join(story.no_scope_opening.output.split())
    assert output.count("this opening has no scope, so it would take the whole inventory.") == 1
    assert (story.no_scope_opening.rc, story.no_scope_opening.requests) == (4, [])


def test_sessions_go_on_at_a_node_without_the_fix_and_the_run_says_what_that_means(story: Story) -> None:
    assert story.sessions.rc != 0
    output = " ".join(story.sessions.output.split())
    assert "CLOSED, AND ITS SESSIONS GO ON: " in output
    assert "Sessions that are ended now can be stolen again through that node" in output


def test_sessions_of_what_was_closed_are_counted_ended_and_counted_again(story: Story) -> None:
    """Of the appliance whose inventory accepts the exposure; it was closed before."""
    ended = {one["type"]: (one["before"], one["after"]) for one in story.sessions["gw-a"]["sessions"] if one["ended"]}
    assert ended["aaasession"] == (1, 0)
    order = [target for method, target in story.sessions.nitro("gw-a") if method != "GET"]
    closing = max(at for at, target in enumerate(order) if "responderpolicy_binding" in target)
    assert closing < next(at for at, target in enumerate(order) if "aaasession?action=kill" in target)


def test_what_was_closed_is_opened_exactly_once_it_is_answered_for(story: Story) -> None:
    assert story.refused.rc != 0
    assert "it stays closed, because it is exposed once it is open" in story.refused.message("gw-a")
    assert story.refused.writes() == []
    assert story.reopened.rc == 2, "what is exposed was opened, as a person has decided"
    assert story.reopened.problem("gw-a").startswith("failed: PROTECTION LOST at vpn vserver gw")
    assert story.end == story.before
