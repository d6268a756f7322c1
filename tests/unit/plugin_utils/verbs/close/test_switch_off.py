# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which virtual servers a lockdown and a reopening switch, and what of earlier runs counts: tests/engine plays the runs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close import switch_off
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import (
    UNUSABLE,
    Decision,
    VserverChoice,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_plan import (
    SwitchPlan,
    VserverChoices,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import Reopening

from tests.played_together import played_together

GW = Vserver("vpnvserver", "gw", "192.0.2.10", 443, "SSL", True)
OFF = Vserver("lbvserver", "off", "192.0.2.11", 443, "SSL", False)
UNKNOWN = Vserver("lbvserver", "odd", "192.0.2.12", 443, "SSL", None)
AGREED = {"reason": "why", "ticket": "CHG1", "decided_by": "J. Jansen", "expires": "2026-11-28T08:00:00+00:00"}
PROVEN = SimpleNamespace(contradicted=(), unproven=())


def closed(
    place: str = "192.0.2.11:443",
    *,
    proof: Any = PROVEN,
    reopened: bool = False,
    half_opened: bool = False,
    elsewhere: str = "",
    **decision: str,
) -> Any:
    record = SimpleNamespace(**{**AGREED, **decision})
    known = {"place": place, "proof": proof, "decision": record, "closing": record, "reopened": reopened}
    return SimpleNamespace(**known, half_opened=half_opened, why_elsewhere=lambda _nodes: elsewhere)


def run(kind: Any = Lockdown, *, changed: str = "false", decided: bool = True, **parameters: Any) -> Any:
    made: Any = kind.__new__(kind)
    made.where = "gw"
    made.connection = SimpleNamespace(config={"configchanged": changed})
    decision = SimpleNamespace(reason="why", ticket="CHG1", who="J. Jansen", expires=AGREED["expires"])
    appliance = SimpleNamespace(nodes=("192.0.2.1:443",))
    values = {
        "extend": False,
        "force": False,
        "appliance": appliance,
        "decision": decision if decided else None,
        **parameters,
    }
    made.parameters = SimpleNamespace(**values)
    return made


def choices(*vservers: Vserver, left: tuple[Vserver, ...] = (), reason: str = "it is protected") -> VserverChoices:
    return VserverChoices((*(VserverChoice(one) for one in vservers), *(VserverChoice(one, reason) for one in left)))


def test_what_is_on_is_switched_off_and_what_others_switched_off_is_left_alone() -> None:
    found = run()._switches(choices(GW, OFF, left=(UNKNOWN,)), {})
    assert [(step.key, step.before, step.after) for step in found.steps] == [
        (("gw",), {"enabled": True}, {"enabled": False})
    ]
    assert (found.covers, dict(found.still_closed), found.completes) == ((GW.object_id,), {}, ())
    assert found.remarks == (
        "off (lb 192.0.2.11:443) was switched off before; it stays off, and reopen.yml does not change it",
    )


def test_a_state_that_is_not_reported_is_refused() -> None:
    with pytest.raises(
        Refused, match=r"^gw: the appliance does not report whether odd \(lb 192\.0\.2\.12:443\) is switched on$"
    ):
        run()._switches(choices(GW, UNKNOWN), {})


@pytest.mark.parametrize(
    ("one", "completes"),
    [
        (closed(), False),
        (closed(proof=None), True),
        (closed(proof=SimpleNamespace(contradicted=("it answers",), unproven=())), True),
        (closed(proof=SimpleNamespace(contradicted=(), unproven=("x",))), False),
        (closed(elsewhere="its record is of no node that it has today"), True),
    ],
)
def test_a_closing_that_did_not_reach_its_end_is_completed(one: Any, completes: bool) -> None:
    found = run()._switches(choices(OFF), {OFF.object_id: one})
    assert (found.steps, found.still_closed, found.remarks) == ((), {OFF.object_id: one}, ())
    assert found.completes == ((OFF.object_id,) if completes else ())


@played_together("extend", [False, True])
@played_together(
    ("one", "decided", "differs"),
    [
        (closed(), True, False),
        (closed(), False, True),
        *((closed(**{name: "another"}), True, True) for name in AGREED),
    ],
)
def test_another_decision_is_in_force_only_on_request(one: Any, decided: bool, differs: bool, extend: bool) -> None:
    found = run(extend=extend, decided=decided)._switches(choices(OFF), {OFF.object_id: one})
    assert found.covers == ((OFF.object_id,) if extend and differs else ())


def test_a_reopening_opens_what_we_closed_and_nothing_else() -> None:
    ours = {GW.object_id: closed("192.0.2.10:443"), OFF.object_id: closed(), ("csvserver", ("gone",)): closed()}
    other = Vserver("lbvserver", "other", "192.0.2.13", 443, "SSL", False)
    found = run(Reopening)._switches(choices(GW, OFF, other), ours)
    assert [(step.key, step.before, step.after) for step in found.steps] == [
        (("off",), {"enabled": False}, {"enabled": True})
    ]
    assert list(found.still_closed) == [OFF.object_id]
    assert found.released == (GW.object_id,)
    assert found.remarks == (
        "gone (csvserver), which we closed, does not exist now; it stays recorded as closed",
        "gw (vpn 192.0.2.10:443), which we closed, was opened by somebody else since: nothing to do",
    )


def test_what_is_out_of_scope_stays_closed() -> None:
    found = run(Reopening)._switches(choices(left=(OFF,)), {OFF.object_id: closed("another place")})
    assert (found.steps, found.released) == ((), ())
    assert found.remarks == ("off (lb 192.0.2.11:443) stays closed: it is not in scope",)


@pytest.mark.parametrize("force", [False, True])
def test_another_address_is_opened_only_by_force(force: bool) -> None:
    one = run(Reopening, force=force)
    ours = {OFF.object_id: closed("198.51.100.1:443")}
    if force:
        assert len(one._switches(choices(OFF), ours).steps) == 1
        return
    with pytest.raises(
        Refused, match=r"^gw: off was at 198\.51\.100\.1:443 when we closed it, and is at 192\.0\.2\.11:443 now: "
    ):
        one._switches(choices(OFF), ours)


@pytest.mark.parametrize(
    ("reopened", "changed", "released", "text"),
    [
        (False, "true", True, "which we closed, was opened by somebody else since: nothing to do"),
        (True, "true", False, "was opened by an earlier run of ours, which did not save it"),
        (True, "", False, "was opened by an earlier run of ours, which did not save it"),
        (True, "false", True, "was opened by an earlier run of ours, and saved since: nothing to do"),
    ],
)
def test_who_has_opened_it(reopened: bool, changed: str, released: bool, text: str) -> None:
    found = run(Reopening, changed=changed)._opened_before(GW, closed(reopened=reopened))
    assert (found[0], found[1].endswith(text)) == (released, True)


@pytest.mark.parametrize(
    ("foreign", "off", "ours", "unsaved"),
    [
        ((), [OFF], [], False),
        (("+ x",), [OFF], [], True),
        (("+ x",), [OFF], [OFF], False),
        (("+ x",), [OFF, GW], [OFF], True),
        (("+ x",), [], [], False),
    ],
)
def test_what_others_closed_may_be_unsaved(
    foreign: tuple[str, ...], off: list[Vserver], ours: list[Vserver], unsaved: bool
) -> None:
    plan: Any = SimpleNamespace(foreign_lines=foreign)
    assert switch_off._unsaved_of_others(plan, off, [one.object_id for one in ours]) is unsaved


def test_what_earlier_runs_found_counts_until_a_new_proof() -> None:
    proof = SimpleNamespace(contradicted=("gw answers", "gw answers"), unproven=("gw was not asked",))
    both: Any = {GW.object_id: closed(proof=proof), OFF.object_id: closed(proof=None)}
    assert switch_off._contradicted_before(both.values()) == ("gw answers",)
    died = "off was closed by a run that did not reach its end"
    assert switch_off._unproven_before(both, is_done=False) == ["gw was not asked", died]
    assert switch_off._unproven_before(both, is_done=True) == [died]
    half: Any = {OFF.object_id: closed(proof=None, half_opened=True)}
    opened = "off may have been opened by a run that did not reach its end"
    assert switch_off._unproven_before(half, is_done=False) == [opened]


@pytest.mark.parametrize(
    ("enabled", "reason", "named"),
    [
        (True, UNUSABLE, True),
        (None, UNUSABLE, True),
        (False, UNUSABLE, False),
        (True, "it is protected", False),
        (True, "", False),
    ],
)
def test_a_virtual_server_for_which_nothing_can_be_sent_is_named(
    enabled: bool | None, reason: str, named: bool
) -> None:
    one = Vserver("lbvserver", "odd", "192.0.2.12", 443, "SSL", enabled)
    switches: Any = None
    plan = SwitchPlan(chosen=VserverChoices((VserverChoice(one, reason),)), switches=switches)
    assert plan.not_switchable == (["odd (lb 192.0.2.12:443)"] if named else [])


def test_virtual_servers_are_found_by_type_and_name() -> None:
    found = choices(GW, left=(OFF,))
    assert (found.by_id(OFF.object_id), found.by_id(("lbvserver", ("gw",)))) == (OFF, None)
    assert (found.in_scope, found.vservers) == ([GW], [GW, OFF])
    assert Decision("why", "CHG1", "J. Jansen").due is None
