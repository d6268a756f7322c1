# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The decision, the scope, and what is ours to reopen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
    Vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import (
    Vserver,
    customer_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closures import (
    NOT_PROVEN,
    ClosureState,
    closed_by_us,
    closure_state,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import (
    RecordContent,
    RecordedProof,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import (
    ClosureScope,
    choose,
    owned_but_open,
    parse_expiry,
    require_inputs,
    second_person,
    unknown_owners,
    unmatched,
)

from tests.played_together import played_together

NOW = datetime(2020, 1, 17, 20, 0, tzinfo=UTC)
GW = Vserver("vpnvserver", "gw", "192.0.2.10", 443, "SSL", True)
SHOP = Vserver("lbvserver", "shop", "192.0.2.11", 80, "HTTP", True)
INNER = Vserver("lbvserver", "inner", "0.0.0.0", 0, "HTTP", True)
ALL = [GW, SHOP, INNER]
OWNERS = (("192.0.2.10", "Jansen"), ("192.0.2.10:444", "Brouwer"), ("gw", "De Wit"))


def appliance(**changes: Any) -> Appliance:
    return Appliance("box", (Address("10.1.0.11", 443),), "u", "p", **changes)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("24", NOW + timedelta(hours=24)),
        ("0.5", NOW + timedelta(minutes=30)),
        (" 72 ", NOW + timedelta(hours=72)),
        ("2020-01-18T08:00:00Z", datetime(2020, 1, 18, 8, tzinfo=UTC)),
        ("2020-01-18T08:00+01:00", datetime(2020, 1, 18, 7, tzinfo=UTC)),
    ],
)
def test_expiry_is_hours_or_a_moment(text: str, due: datetime) -> None:
    assert parse_expiry(text, NOW, 72) == due


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("72.1", "more than 72 hours ahead"),
        ("2020-01-30", "longest=HOURS"),
        ("0", "past"),
        ("2020-01-17T19:59Z", "past"),
        ("-3", "give a number of hours"),
        ("tomorrow", "give a number of hours"),
        ("9" * 30, "give a number of hours"),
        ("2020-13-01", "give a number of hours"),
    ],
)
def test_wrong_expiry_names_the_fix(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_expiry(text, NOW, 72)


def test_longer_expiry_can_be_allowed() -> None:
    assert parse_expiry("100", NOW, 120) == NOW + timedelta(hours=100)


def test_every_missing_input_is_named_at_once() -> None:
    options = {"reason": "why", "ticket": " ", "who": "", "expires": "24"}
    with pytest.raises(InvalidInput, match=r"^ticket and who must be given.*-e ticket=.*-e \"who='"):
        require_inputs(options, ("reason", "ticket", "who", "expires"))


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("P. de\x07Vries", "box: second must be the name of a person, in one line. Nothing was sent."),
        (" j.  JANSEN ", "box: second and who are both j. JANSEN: two different persons decide."),
    ],
)
def test_the_second_person_is_another_one(second: str, said: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        second_person("box", second, "J. Jansen")
    assert str(raised.value).startswith(said)
    assert (second_person("box", "P. de\n Vries", "J. Jansen"), second_person("box", " ", "J. Jansen")) == (
        "P. de Vries",
        "",
    )


# -- scope -------------------------------------------------------------------------------------------------------------


@played_together(
    ("wanted", "changes", "in_scope"),
    [
        (ClosureScope(), {}, ["gw", "shop"]),
        (ClosureScope(kinds=("vpn",)), {}, ["gw"]),
        (ClosureScope(vips=("shop",)), {}, ["shop"]),
        (ClosureScope(vips=("192.0.2.10",)), {}, ["gw"]),
        (ClosureScope(vips=("192.0.2.10:443", "shop")), {}, ["gw", "shop"]),
        (ClosureScope(vips=("192.0.2.10:444",)), {}, []),
        (ClosureScope(vips=("inner",)), {}, []),
        (ClosureScope(customers=("De Wit",)), {}, []),
        (ClosureScope(customers=("Brouwer",)), {"customer": "Brouwer"}, ["gw", "shop"]),
        (ClosureScope(customers=("De Wit",)), {"vserver_customers": (("192.0.2.11", "De Wit"),)}, ["shop"]),
        (
            ClosureScope(customers=("Brouwer",)),
            {"customer": "Brouwer", "vserver_customers": (("shop", "De Wit"),)},
            ["gw"],
        ),
        (ClosureScope(), {"never_close": ("gw",)}, ["shop"]),
        (ClosureScope(vips=("shop",)), {"never_close": ("192.0.2.11",)}, []),
        # Behind an address translation the inventory has the outer address, and the same name.
        (ClosureScope(vips=("198.51.100.1",)), {"vips": (Vip("gw", Address("198.51.100.1", 443), "vpn"),)}, ["gw"]),
        (
            ClosureScope(),
            {"never_close": ("198.51.100.1",), "vips": (Vip("gw", Address("198.51.100.1", 443), "vpn"),)},
            ["shop"],
        ),
    ],
)
def test_scope(wanted: ClosureScope, changes: dict[str, Any], in_scope: list[str]) -> None:
    choices = choose(ALL, wanted, appliance(**changes))
    assert [choice.vserver.name for choice in choices if not choice.reason] == in_scope
    assert len(choices) == len(ALL), "virtual servers that are not changed are reported too"


def test_management_address_is_out_of_scope() -> None:
    jump = Vserver("lbvserver", "jump", "10.1.0.11", 8443, "SSL", True)
    (choice,) = choose([jump], ClosureScope(), appliance())
    assert choice.reason == "the appliance is managed at this address"


def test_wanted_vips_that_are_not_here() -> None:
    assert unmatched(ALL, ClosureScope(vips=("gw", "192.0.2.11:80", "gww")), appliance()) == ["gww"]


@pytest.mark.parametrize("owners", [OWNERS, OWNERS[::-1]])
def test_the_name_of_a_virtual_server_counts_before_its_port_and_its_address(
    owners: tuple[tuple[str, str], ...],
) -> None:
    shared = appliance(vserver_customers=owners)
    every = [GW, replace(GW, name="other", port=444), replace(GW, name="http", port=80)]
    found = {each.name: customer_of(each, shared) for each in every}
    assert found == {"gw": "De Wit", "other": "Brouwer", "http": "Jansen"}


def test_a_misspelt_virtual_server_of_a_customer_is_named() -> None:
    owners = (("shop", "De Wit"), ("gww", "Jansen"))
    assert unknown_owners(ALL, appliance(vserver_customers=owners)) == [
        "netscaler_vserver_customers names gww (Jansen), which is not on this appliance"
    ]
    assert not unknown_owners(ALL, appliance(vserver_customers=owners[:1]))
    misspelt = "netscaler_vserver_customers names it, and no virtual server here has this name"
    shared = appliance(vserver_customers=owners)
    assert owned_but_open(ALL, ClosureScope(customers=("Jansen",)), shared) == [
        f"gww of Jansen may STAY OPEN: {misspelt}"
    ]
    assert not owned_but_open(ALL, ClosureScope(customers=("De Wit",)), shared)
    assert not owned_but_open(ALL, ClosureScope(), shared), "everything is closed, whoever has it"


# -- ours --------------------------------------------------------------------------------------------------------------


def record(kind: str, states: dict[str, str], **content: Any) -> ChangeRecord:
    """A record whose steps switch virtual servers by name, with the state of each step."""
    before, after = ({"enabled": True}, {"enabled": False})[:: 1 if kind == "lockdown" else -1]
    steps = [
        {"type": "vpnvserver", "key": [name], "before": before, "after": after, "state": state}
        for name, state in states.items()
    ]
    closed = {
        "covers": [["vpnvserver", name] for name in states],
        "completes": [],
        "released": [],
        "vservers": [
            {
                "type": "vpnvserver",
                "name": name,
                "place": "192.0.2.10:443",
                "answered": True,
                "enabled": kind == "lockdown",
            }
            for name in states
        ],
        "decided_by": "J. Jansen",
        "reason": "advice",
        "ticket": "CHG1",
        "expires": "2020-01-18T08:00:00+00:00",
        "started": "2020-01-17T20:00:00+00:00",
        "outcome": "applied",
        "saved": True,
        "proof": {"contradicted": [], "unproven": []},
    }
    values = {"format": 1, "host": "box", "measure": "lockdown", "run": "run", "kind": kind, "steps": steps}
    return ChangeRecord(Path("r"), RecordContent.from_json({**values, **closed, **content}, where="the record"))


def names(records: list[ChangeRecord]) -> list[str]:
    return [key[0] for _type, key in closed_by_us(records)]


def test_what_was_sent_may_be_closed_so_it_is_ours() -> None:
    assert names([record("lockdown", {"a": "done", "b": "sent", "c": "planned", "d": "undone"})]) == ["a", "b"]


def test_only_what_is_known_to_be_reopened_is_no_longer_ours() -> None:
    closed = record("lockdown", dict.fromkeys("abcd", "done"))
    reopened = record("reopen", {"a": "done", "b": "sent", "c": "planned", "d": "undone"})
    assert names([closed, reopened]) == ["b", "c", "d"]


def test_what_was_reopened_and_not_saved_stays_ours_until_a_later_run_saved_it_open() -> None:
    opened = [record("lockdown", {"gw": "done"}), record("reopen", {"gw": "done"}, saved=False)]
    assert names(opened) == ["gw"], "a reboot closes it again"
    row = {"type": "vpnvserver", "name": "gw"}
    assert names([*opened, record("reopen", {}, vservers=[{**row, "enabled": False}])]) == ["gw"]
    assert names([*opened, record("reopen", {}, vservers=[{**row, "enabled": True}])]) == []


def test_released_is_no_longer_ours_and_can_be_closed_again() -> None:
    closed, again = record("lockdown", {"a": "done"}), record("lockdown", {"a": "done"}, reason="once more")
    released = record("reopen", {}, released=[["vpnvserver", "a"]])
    assert names([closed, released]) == []
    assert closed_by_us([closed, released, again])["vpnvserver", ("a",)].closing is again


def test_first_closing_counts_and_the_last_decision() -> None:
    first = record("lockdown", {"a": "done"})
    extension = record(
        "lockdown", {}, covers=[["vpnvserver", "a"]], reason="not yet", expires="2020-01-19T08:00:00+00:00"
    )
    one = closed_by_us([first, extension])["vpnvserver", ("a",)]
    assert (one.closing, one.decision) == (first, extension)
    assert one.text(NOW) == (
        "closed since 2020-01-17 20:00 UTC by J. Jansen for not yet (CHG1), decision due at 2020-01-19 08:00 UTC"
    )


def test_a_lockdown_that_finds_it_switched_on_closes_it_anew() -> None:
    first, again = (
        record("lockdown", {"a": "done"}),
        record("lockdown", {"a": "done"}, started="2020-01-17T22:00:00+00:00"),
    )
    key = ("vpnvserver", ("a",))
    assert closed_by_us([first, again])[key].since == "2020-01-17T22:00:00+00:00"
    assert closed_by_us([record("lockdown", {"a": "sent"}), again])[key].since == "2020-01-17T22:00:00+00:00"


def test_closing_of_a_run_that_died_is_not_proven_until_another_completes_it() -> None:
    died = record("lockdown", {"a": "done"}, outcome="open", proof=None)
    completion = record("lockdown", {}, completes=[["vpnvserver", "a"]], covers=[])
    key = ("vpnvserver", ("a",))
    assert closed_by_us([died])[key].proof is None
    assert closed_by_us([died, completion])[key].proof == RecordedProof()


def test_what_a_reopening_that_died_may_have_opened_is_not_proven_until_another_run_completes_it() -> None:
    """Status called it closed by the old proof, the ledger did not, and a second lockdown had nothing to do."""
    known = [record("lockdown", {"gw": "done"}), record("reopen", {"gw": "sent"}, outcome="open", saved=False)]
    found = shown(*known)
    assert found.is_unfinished
    assert found.unproven
    assert found.text.endswith("and may have opened it since: run lockdown.yml again, which proves it")
    completed = closed_by_us([*known, record("lockdown", {}, completes=[["vpnvserver", "gw"]], covers=[])])
    one = completed["vpnvserver", ("gw",)]
    assert (one.proof, one.half_opened) == (RecordedProof(), False)
    untouched = closed_by_us([known[0], record("reopen", {"gw": "undone"})])
    assert untouched["vpnvserver", ("gw",)].proof == RecordedProof()


def test_records_of_other_kinds_are_passed_over() -> None:
    assert names([record("apply", {})]) == []


# -- standing ----------------------------------------------------------------------------------------------------------

VIP = Vip("gw", Address("192.0.2.10", 443), "vpn")


@pytest.mark.parametrize(
    ("enabled", "records", "closed", "text", "overdue"),
    [
        (True, [record("lockdown", {"gw": "done"})], (), "", False),
        (None, [record("lockdown", {"gw": "done"})], (), "", False),
        (False, [record("lockdown", {"gw": "done"})], ("gw (192.0.2.10:443)",), "by J. Jansen for advice", False),
        (False, [], ("gw (192.0.2.10:443)",), "switched off by somebody else", False),
        (
            False,
            [record("lockdown", {"gw": "done"}, expires="2020-01-17T20:00:00+00:00")],
            ("gw (192.0.2.10:443)",),
            "decision due at 2020-01-17 20:00 UTC",
            True,
        ),
    ],
)
def test_standing(
    enabled: bool | None, records: list[ChangeRecord], closed: tuple[str, ...], text: str, overdue: bool
) -> None:
    vserver = Vserver("vpnvserver", "gw", "192.0.2.10", 443, "SSL", enabled)
    vip = vserver.vip(appliance())
    assert vip is not None
    found = closure_state([vserver], [vip], appliance(), records, NOW)
    assert found.closed == closed
    assert len(found.closed) + len(found.open) == 1
    assert text in found.text
    assert found.overdue is overdue


@pytest.mark.parametrize(("outcome", "is_told"), [("open", True), ("applied", False)])
def test_a_lockdown_that_died_is_told_with_the_command_that_completes_it(outcome: str, is_told: bool) -> None:
    vserver = Vserver("vpnvserver", "gw", "192.0.2.10", 443, "SSL", False)
    vip = vserver.vip(appliance())
    assert vip is not None
    died = record("lockdown", {"gw": "sent"}, outcome=outcome)
    found = closure_state([vserver], [vip], appliance(), [died], NOW)
    assert found.closed
    assert found.text.endswith("and may not have saved it: run lockdown.yml again") is is_told
    assert found.is_unfinished is is_told


def shown(*records: ChangeRecord) -> ClosureState:
    """Return the state of two virtual servers that the appliance shows as switched off."""
    vservers = [Vserver("vpnvserver", name, f"192.0.2.1{n}", 443, "SSL", False) for n, name in enumerate(("gw", "two"))]
    vips = [vip for one in vservers if (vip := one.vip(appliance())) is not None]
    return closure_state(vservers, vips, appliance(), records, NOW)


def test_what_no_run_of_ours_has_proved_is_told() -> None:
    both = record("lockdown", {"gw": "done", "two": "done"})
    assert shown(both).unproven == ""
    assert (shown().unproven, shown().by_others) == (NOT_PROVEN, True)
    one = shown(record("lockdown", {"gw": "done"}))
    assert not one.by_others
    assert one.unproven.startswith("two (192.0.2.11:443) switched off by somebody else, without a decision")
    assert shown(both, record("reopen", {"two": "done"}, saved=False)).unproven == "no run has proved it since"


def test_a_lockdown_whose_record_is_left_alone_is_not_that_of_somebody_else() -> None:
    vserver = Vserver("vpnvserver", "gw", "192.0.2.10", 443, "SSL", False)
    vip = vserver.vip(appliance())
    assert vip is not None
    text = closure_state([vserver], [vip], appliance(), [], NOW, records_left_alone=True).text
    assert "somebody else" not in text
    assert text.endswith("because the record of a lockdown is left alone")
