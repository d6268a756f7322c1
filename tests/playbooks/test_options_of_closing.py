# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of close.yml, lockdown.yml and reopen.yml: what a page says, who gets through, and what is refused without them. Each host has one of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.stage.fleet import Entry, box, vserver
from tests.stage.played import Laboratory, Run

NEVER = 'HTTP.REQ.URL.CONTAINS("/never")'
BOUND = [{"policyname": "rp_site", "priority": 10, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}]
POLICY = {"responderpolicy": [{"name": "rp_site", "rule": NEVER, "action": "DROP"}]}
ASLEEP = {**POLICY, "responderglobal_responderpolicy_binding": BOUND}
OPEN = 200
PARTNER, STRANGER = "127.66.0.9", "127.67.0.9"
WHY: dict[str, Any] = {"reason": "the NCSC advises it", "ticket": "CHG0044", "who": "J. Jansen", "scope": "fleet"}
BACK: dict[str, Any] = {**WHY, "accept_exposure": True, "second": "M. Vis"}
LOST = "failed: PROTECTION LOST at"
TEXT = {"nl": "Wij zijn dicht tot maandag.", "en": "We are closed until Monday."}
OTHER = {"nl": "Wij zijn dicht tot dinsdag.", "en": "We are closed until Tuesday."}


def shop(**more: Any) -> Entry:
    return box(vservers=[vserver("vpn", "gw"), vserver("lb", "shop", "HTTP")], **more)


FLEET = {
    "plain": shop(),
    "text": shop(),
    "short": shop(),
    "unsaved": shop(unsaved_configuration=POLICY),
    "saved": shop(unsaved_configuration=POLICY),
    "asleep": shop(configuration=ASLEEP),
    "awake": shop(configuration=ASLEEP),
    "refuses": shop(),
    "overruled": shop(),
}
VARIABLES: dict[str, dict[str, Any]] = {
    "text": {"tourniquet_notice": TEXT, "policy_priority": 44, "log_ons": False},
    "short": {"longest": 12},
    "saved": {"unsaved": "save_first"},
    "awake": {"accept_sleeping_policies": ["rp_site"]},
    "refuses": {"netscaler_customer": "Brouwer"},
    "overruled": {"netscaler_customer": "Brouwer", "without_consent": True},
}
CUSTOMERS = {"Brouwer": {"language": "nl", "consent": True}}


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    laboratory = open_laboratory(FLEET, variables=VARIABLES)
    laboratory.common["tourniquet_customers"] = CUSTOMERS
    laboratory.common["consents"] = str(laboratory.directory / "consent")
    return laboratory


@pytest.fixture(scope="module")
def closed(laboratory: Laboratory) -> Run:
    return laboratory.play("close", step="notice", expires=24, **WHY)


def shop_at(laboratory: Laboratory, host: str, client: str = "") -> int | None:
    return laboratory.ask(host, "/", vserver="shop", client=client).status


def priorities(laboratory: Laboratory, host: str) -> list[int]:
    return [int(row["priority"]) for row in laboratory.rows(host, "lbvserver_responderpolicy_binding")]


def test_the_text_and_the_place_of_a_page(laboratory: Laboratory, closed: Run) -> None:
    assert TEXT["nl"] in laboratory.ask("text", "/", vserver="shop").body
    assert (priorities(laboratory, "text"), priorities(laboratory, "plain")) == ([44], [10])


def test_the_logs_of_the_nodes_are_not_read_where_nobody_asks_for_log_ons(closed: Run) -> None:
    reads = {
        host: [target for _method, target in closed.nitro(host) if "systemfile" in target and "log" in target]
        for host in ("plain", "text")
    }
    assert reads["text"] == []
    assert reads["plain"] != []


def test_what_is_refused_names_the_variable_that_accepts_it(laboratory: Laboratory, closed: Run) -> None:
    """It named those of the role measure, which close.yml doesn't read."""
    assert "more than 12 hours ahead" in closed.problem("short")
    assert "In host_vars of unsaved: `unsaved: save_first`." in closed.problem("unsaved")
    assert 'In host_vars of asleep: `accept_sleeping_policies: ["rp_site"]`.' in closed.problem("asleep")
    assert "NOT AGREED: gw" in closed.problem("refuses")
    assert [shop_at(laboratory, host) for host in ("short", "unsaved", "asleep", "refuses")] == [OPEN] * 4
    assert [shop_at(laboratory, host) for host in ("saved", "awake", "overruled")] == [503] * 3
    assert laboratory.row("saved", "responderpolicy", "rp_site", saved=True)
    assert "CLOSED WITHOUT CONSENT" in closed.output


@pytest.mark.usefixtures("closed")
def test_what_stays_closed_keeps_its_page_and_its_place(laboratory: Laboratory) -> None:
    given: dict[str, Any] = {"limit": ["text"], "step": "notice", "vips": ["shop"], **BACK}
    moved = laboratory.play("reopen", **given, tourniquet_notice=TEXT, policy_priority=45)
    assert "this would also change what is bound at vpn vserver gw" in moved.problem("text")
    laboratory.colleague("text", "POST", "nsfeature?action=disable", {"nsfeature": {"feature": ["RESPONDER"]}})
    laboratory.colleague("text", "POST", "responderpolicy", {"responderpolicy": POLICY["responderpolicy"][0]})
    laboratory.colleague(
        "text", "PUT", "responderglobal_responderpolicy_binding", {"responderglobal_responderpolicy_binding": BOUND[0]}
    )
    laboratory.saved_by_colleague("text")
    given |= {"tourniquet_notice": OTHER, "policy_priority": 44}
    asleep = laboratory.play("reopen", **given)
    assert 'In host_vars of text: `accept_sleeping_policies: ["rp_site"]`.' in asleep.problem("text")
    accepted = laboratory.play("reopen", **given, accept_sleeping_policies=["rp_site"])
    assert accepted.problem("text") == f"{LOST} lb vserver shop, decided by J. Jansen (the NCSC advises it)"
    assert shop_at(laboratory, "text") == OPEN
    assert OTHER["nl"] in laboratory.ask("text", "/", vserver="gw").body


def test_partners_get_through(laboratory: Laboratory) -> None:
    given: dict[str, Any] = {"limit": ["short"], "step": "partners"}
    networks = ["127.66.0.0/16"]
    run = laboratory.play("close", **given, expires=6, tourniquet_partners=networks, policy_priority=33, **WHY)
    assert run.problem("short") == ""
    assert [shop_at(laboratory, "short", client) for client in (PARTNER, STRANGER)] == [OPEN, 403]
    assert priorities(laboratory, "short") == [33]
    given |= {"vips": ["gw"], "policy_priority": 33, **BACK}
    opened = laboratory.play("reopen", **given, tourniquet_partners=["127.67.0.0/16"])
    assert opened.problem("short") == f"{LOST} vpn vserver gw, decided by J. Jansen (the NCSC advises it)"
    assert [shop_at(laboratory, "short", client) for client in (PARTNER, STRANGER)] == [403, OPEN]


def test_a_lockdown_is_bounded_and_waits_for_consent(laboratory: Laboratory) -> None:
    run = laboratory.play("lockdown", limit=["short", "refuses", "overruled"], expires=24, **WHY)
    assert "more than 12 hours ahead" in run.problem("short")
    assert "NOT AGREED: gw" in run.problem("refuses")
    assert run.problem("overruled") == ""
    assert shop_at(laboratory, "overruled") is None


def test_a_lockdown_by_a_reviewed_plan(laboratory: Laboratory) -> None:
    """The reviewed one has a scope of one virtual server."""
    given: dict[str, Any] = {"limit": ["plain"], "expires": 24, **WHY}
    shown = laboratory.play("lockdown", **given, vips=["shop"], check=True)
    (plan,) = sorted(path for path in (laboratory.directory / "plans").iterdir() if path.name > "2")[-1:]
    other = laboratory.play("lockdown", **given, plan=str(plan))
    same = laboratory.play("lockdown", **given, vips=["shop"], plan=str(plan))
    assert (shown.rc, "needed as well: disable vpn vserver gw" in other.problem("plain")) == (0, True)
    assert (other.writes("plain"), same.problem("plain")) == ([], "")


def test_a_lockdown_refuses_a_milder_closing(laboratory: Laboratory) -> None:
    run = laboratory.play("lockdown", limit=["plain"], expires=24, step="notice", **WHY)
    assert run.rc == 2
    assert (
        "-e step has no effect here: lockdown.yml switches the virtual servers off. Write close.yml -e step=notice. "
        in run.message("plain")
    )
    assert run.requests == []


def test_a_drill_that_the_inventory_asks_for_is_not_carried_out_by_a_lockdown(laboratory: Laboratory) -> None:
    """Seen: it closed for real, and only close.yml practised."""
    laboratory.hosts["plain"]["drill"] = "{{ practise }}"
    laboratory.common["practise"] = "yes"
    run = laboratory.play("lockdown", limit=["plain"], expires=24, **WHY)
    del laboratory.hosts["plain"]["drill"], laboratory.common["practise"]
    assert (run.rc, run.requests) == (2, [])
    assert "drill=true has no effect here, so lockdown would be carried out" in run.message("plain")
