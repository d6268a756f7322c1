# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a closing by the step off says, when it is a failure, and that "closed" is said only of what is closed, proven and saved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    CRITICAL,
    Verdict,
    VerdictWord,
    worst_verdict,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.close_off import CloseOff
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import (
    STAYS_OPEN,
    VserverChoice,
)

GATEWAY = Vserver("vpnvserver", "gw", "192.0.2.1", 443, "SSL", True)
SHOP = Vserver("lbvserver", "shop", "192.0.2.2", 443, "SSL", True)
STEP = Step("vpnvserver", ("gw",), {"enabled": True}, {"enabled": False})
CLOSED = worst_verdict([(VerdictWord.CLOSED, "closed since 05:00")], (), ())
OVERDUE = worst_verdict([(VerdictWord.CLOSED_OVERDUE, "decision due at 04:00")], (), ())
PARTLY = worst_verdict([(VerdictWord.PARTLY, "shop may still be open")], (), ())
NOTHING: dict[str, Any] = {
    "unread_types": (),
    **dict.fromkeys(("not_agreed", "not_extended", "closed_already", "unmatched", "not_switchable", "steps"), ()),
    "without_consent": {},
    "covers": (),
}


def closing(
    *, check_mode: bool = False, customers: tuple[str, ...] = (), vips: tuple[str, ...] = (), **more: Any
) -> CloseOff:
    appliance: Any = SimpleNamespace(name="gw-a", vserver_customers=more.pop("owners", ()), customers=(), vips=())
    options = {"vips": vips, "kinds": ("vpn", "lb"), "customers": customers, "partitions": (), **more}
    return CloseOff(appliance, options, check_mode, False)


def part(verdict: Verdict | None = None, failed: str = "", **plan: Any) -> Any:
    values = {**NOTHING, **plan}
    made = SimpleNamespace(**values, switches=SimpleNamespace(covers=values.pop("covers")))
    return SimpleNamespace(plan=made, verdict=verdict, failed=failed)


def whole(*choices: VserverChoice, **parts: Any) -> Any:
    plans = {name: one.plan for name, one in parts.items()}
    has_steps = any(plan.steps for plan in plans.values())
    plan = SimpleNamespace(
        partitions=plans, is_plain=[*parts] == ["default"], has_steps=has_steps, choices=list(choices)
    )
    return SimpleNamespace(plan=plan, partitions=parts)


def said_closed(task: CloseOff, result: Any) -> bool:
    ended: Any = task.with_outcome(_Ended(), result)
    return bool(ended.own["is_closed"])


@dataclass(frozen=True)
class _Ended:
    """Stands for the result of a run that ended."""

    own: dict[str, object] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("one", "check_mode", "message"),
    [
        (part(CLOSED, steps=(STEP,)), False, f"closed: closed since 05:00. Next action: {CLOSED.next_action}"),
        (part(CLOSED, steps=(STEP,)), True, "would be closed: gw"),
        (part(CLOSED), True, f"closed: closed since 05:00. Next action: {CLOSED.next_action}"),
        (part(steps=(STEP, replace(STEP, key=("gw2",)))), True, "would be closed: gw, gw2"),
        (
            part(closed_already=("gw is off", "shop is off"), unmatched=("x",)),
            False,
            "nothing to close: gw is off; shop is off",
        ),
        (part(unmatched=("x", "y")), False, "nothing here is in scope: there is no x, y"),
        (part(), False, "nothing here is in scope"),
        (
            part(not_agreed=("A",), not_extended=("B",), without_consent={"C": "C has not agreed: refused"}),
            False,
            "A; B; CLOSED WITHOUT CONSENT: C has not agreed: refused; nothing here is in scope",
        ),
    ],
)
def test_the_message_of_each_outcome(one: Any, check_mode: bool, message: str) -> None:
    assert closing(check_mode=check_mode).message(one) == message


@pytest.mark.parametrize(
    ("result", "is_closed"),
    [
        (whole(default=part(CLOSED, steps=(STEP,))), True),
        (whole(default=part(OVERDUE)), True),
        (whole(default=part(PARTLY, steps=(STEP,))), False),
        (whole(default=part(closed_already=("gw is off",))), True),
        (whole(default=part(closed_already=("gw is off",), steps=(STEP,))), False),
        (whole(default=part()), False),
        (whole(default=part(CLOSED, not_agreed=("NOT AGREED: shop STAYS OPEN",))), False),
        (whole(default=part(CLOSED, not_switchable=["gw"])), False),
        (whole(default=part(CLOSED, unread_types=("each cs vserver (they cannot be read: refused)",))), False),
        (whole(VserverChoice(GATEWAY), VserverChoice(SHOP, "it is of nobody"), default=part(CLOSED)), True),
    ],
)
def test_only_what_is_closed_and_proven_and_saved_is_said_to_be_closed(result: Any, is_closed: bool) -> None:
    result.verdict = result.partitions["default"].verdict
    assert said_closed(closing(), result) is is_closed
    assert not said_closed(closing(check_mode=True), result), "a preview closes nothing"


def test_what_the_command_names_and_what_stays_open_is_a_failure() -> None:
    result = whole(VserverChoice(GATEWAY), VserverChoice(SHOP, "its kind is not wanted"), default=part(CLOSED))
    result.verdict = CLOSED
    named = closing(vips=("gw", "shop"))
    text = "gw-a: shop STAYS OPEN: its kind is not wanted. Correct vips, or what keeps it open."
    assert (named.problem(result), said_closed(named, result)) == (text, False)
    assert (closing(vips=("gw",)).problem(result), said_closed(closing(vips=("gw",)), result)) == ("", True)
    owned = closing(customers=("Bakker",), owners=(("portal", "Bakker"), ("other", "De Wit")))
    assert owned.problem(result) == (
        "gw-a: portal of Bakker may STAY OPEN: netscaler_vserver_customers names it, and no virtual server here has this name. "
        "Correct the name, or leave it out."
    )
    planned = whole(VserverChoice(SHOP, "its kind is not wanted"), default=part(CLOSED, steps=(STEP,)))
    assert closing(vips=("shop",), check_mode=True).problem(planned) == "", "a preview shows it"
    assert closing(vips=("shop",), check_mode=True).problem(result) == text, "one that would do nothing says it"


def test_a_failure_names_what_cannot_be_switched_in_front_of_why_it_failed() -> None:
    one = part(CLOSED, "gw-a: the proof failed", not_switchable=["gw", "shop"], steps=(STEP,))
    task, preview = closing(), closing(check_mode=True)
    text = f"gw-a: gw, shop {STAYS_OPEN}. gw-a: the proof failed"
    assert task.problem(whole(default=one)) == text
    assert preview.problem(whole(default=one)) == "gw-a: the proof failed"
    nothing = part(not_switchable=["gw"])
    assert [each.problem(whole(default=nothing)) for each in (task, preview)] == [f"gw-a: gw {STAYS_OPEN}."] * 2
    unread = part(not_switchable=["gw"], unread_types=("each cs vserver (they cannot be read: refused)",))
    text = f"gw-a: gw {STAYS_OPEN}. NOT KNOWN TO BE CLOSED: each cs vserver (they cannot be read: refused)."
    assert task.problem(whole(default=unread)) == text
    two = whole(default=part(CLOSED, "one"), west=part(CLOSED, "two"), east=part(CLOSED))
    assert task.problem(two) == "partition default: one; partition west: two"


def test_a_missing_agreement_comes_first() -> None:
    result = whole(
        default=part(CLOSED, "it failed", not_agreed=("NOT AGREED: a.",)), west=part(not_extended=("NOT AGREED: b",))
    )
    text = closing().problem(result)
    assert text.startswith("NOT AGREED: a.; NOT AGREED: b. ")
    assert text.endswith(" partition default: it failed")
    planned = whole(default=part(not_agreed=("NOT AGREED: a.",), steps=(STEP,)))
    assert closing(check_mode=True).problem(planned) == ""


def test_a_decision_that_is_overdue_fails_each_run_until_a_new_one_is_made() -> None:
    text = f"closed, decision overdue: decision due at 04:00. Next action: {OVERDUE.next_action}"
    assert closing().problem(whole(default=part(OVERDUE))) == text
    critical = replace(CLOSED, exit_code=CRITICAL)
    assert closing().problem(whole(default=part(critical))) == closing().message(part(critical))
    assert closing().problem(whole(default=part(CLOSED))) == ""
    covered = whole(default=part(OVERDUE, covers=(("vpnvserver", ("gw",)),)))
    assert closing(check_mode=True).problem(covered) == "", "this run decides anew"
    assert closing().problem(covered) == text
    assert closing(check_mode=True).problem(whole(default=part(OVERDUE))) == text


def test_the_command_that_goes_on_names_its_step_where_the_verb_has_several() -> None:
    assert [(closing(called=name).called, closing(called=name).again) for name in ("", "close", "lockdown")] == [
        ("close", "close.yml -e step=off"),
        ("close", "close.yml -e step=off"),
        ("lockdown", ""),
    ]
