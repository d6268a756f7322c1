# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies of other people in front of ours, in the forms that the language has beside a plain one: a label or a virtual server
that is invoked, a jump, an undefined result.

Each lets the checks of a monitoring system pass, which attackers can imitate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.nights.night import Night

GLOBAL = "responderglobal_responderpolicy_binding"
LABEL = "rpl_theirs"
AGENT = 'HTTP.REQ.HEADER("User-Agent")'
MONITORING = f'{AGENT}.CONTAINS("Nagios")'
PLACES = {
    "rp_calls": 6,
    "rp_decodes": 7,
    "rp_jumps": 8,
    "rp_lands": 2000,
    "rp_casts": 1,
    "rp_calls_vserver": 2,
    "rp_counts": 3,
    "rp_lands_there": 1503,
    "rp_answers": 9,
    "rp_half_casts": 5,
}
"""Their priorities."""


def label_in_front(night: Night, appliance: str, _by: str) -> None:
    """A policy that matches each GET invokes a label, and ends where a policy of the label has ended it."""
    night.by_hand(appliance, "POST", "responderpolicylabel", labelname=LABEL)
    _policy(night, appliance, "rp_in_label", MONITORING)
    in_label = {"labelname": LABEL, "policyname": "rp_in_label", "priority": 10, "gotopriorityexpression": "END"}
    night.by_hand(appliance, "PUT", "responderpolicylabel_responderpolicy_binding", **in_label)
    _policy(night, appliance, "rp_calls", 'HTTP.REQ.METHOD.EQ("GET")')
    invoked = {"invoke": True, "labeltype": "policylabel", "labelname": LABEL}
    _bound(night, appliance, "rp_calls", 6, "USE_INVOCATION_RESULT", **invoked)


def undefined_in_front(night: Night, appliance: str, _by: str) -> None:
    """The rule of a policy decodes what need not be Base64: where it is none nothing more is evaluated, and the request passes."""
    _policy(night, appliance, "rp_decodes", 'HTTP.REQ.HEADER("User-Agent").B64DECODE.CONTAINS("monitor")')
    _bound(night, appliance, "rp_decodes", 7, "NEXT")


def jump_in_front(night: Night, appliance: str, _by: str) -> None:
    """A policy goes on behind ours."""
    _policy(night, appliance, "rp_lands", 'HTTP.REQ.URL.CONTAINS("/no/such/")')
    _bound(night, appliance, "rp_lands", 2000, "END")
    _policy(night, appliance, "rp_jumps", MONITORING)
    _bound(night, appliance, "rp_jumps", 8, "2000")


def vserver_in_front(night: Night, appliance: str, _by: str) -> None:
    """A policy that matches each GET invokes the policies of a virtual server, and ends where one of these has ended them."""
    place = next(one for one in night.world.places_of(appliance) if one.partition == "default")
    is_gateway = night.world.is_gateway(place)
    kind, key = ("vpnvserver", "policy") if is_gateway else ("lbvserver", "policyname")
    _policy(night, appliance, "rp_in_vserver", MONITORING)
    own = {"name": place.vserver, key: "rp_in_vserver", "priority": 33, "gotopriorityexpression": "END"}
    night.by_hand(appliance, "PUT", f"{kind}_responderpolicy_binding", bindpoint="REQUEST", **own)
    _policy(night, appliance, "rp_calls_vserver", 'HTTP.REQ.METHOD.EQ("GET")')
    invoked = {"invoke": True, "labeltype": "vserver", "labelname": place.vserver}
    _bound(night, appliance, "rp_calls_vserver", 2, "USE_INVOCATION_RESULT", **invoked)


def number_in_front(night: Night, appliance: str, _by: str) -> None:
    """Where a policy leads is the result of an expression: for a client of four letters to the next one, for one of six behind ours."""
    _policy(night, appliance, "rp_lands_there", 'HTTP.REQ.URL.CONTAINS("/no/such/")')
    _bound(night, appliance, "rp_lands_there", 1503, "END")
    _policy(night, appliance, "rp_counts", f'{MONITORING} || {AGENT}.CONTAINS("curl")')
    _bound(night, appliance, "rp_counts", 3, f"3 + ({AGENT}.LENGTH - 4) * 750")


def cast_in_front(night: Night, appliance: str, _by: str) -> None:
    """The rule of a policy makes a number of a header that a request need not have: without it nothing more is evaluated."""
    _policy(night, appliance, "rp_casts", 'HTTP.REQ.HEADER("X-Forwarded-Port").TYPECAST_NUM_T(DECIMAL).EQ(8443)')
    _bound(night, appliance, "rp_casts", 1, "NEXT")


def half_cast_in_front(night: Night, appliance: str, _by: str) -> None:
    """Likewise for some clients alone, of a policy that answers."""
    _policy(night, appliance, "rp_half_casts", f"{MONITORING} && {AGENT}.TYPECAST_NUM_T(DECIMAL).GT(1)", "RESET")
    _bound(night, appliance, "rp_half_casts", 5, "NEXT")


def answer_in_front(night: Night, appliance: str, _by: str) -> None:
    """The action of a policy has a text without a result for some requests: it is not taken, and the policy ends the evaluation."""
    target = f'"https://status.example/" + {AGENT}.TYPECAST_NUM_T(DECIMAL)'
    night.by_hand(appliance, "POST", "responderaction", name="ra_no_text", type="redirect", target=target)
    _policy(night, appliance, "rp_answers", MONITORING, action="ra_no_text")
    _bound(night, appliance, "rp_answers", 9, "END")


def front_cleared(night: Night, appliance: str, _by: str) -> None:
    """Somebody removes them."""
    for name, priority in PLACES.items():
        night.by_hand(appliance, "DELETE", f"{GLOBAL}?args=policyname:{name},type:REQ_OVERRIDE,priority:{priority}")


def moved_behind(night: Night, appliance: str, name: str) -> None:
    """Somebody gives one of them a higher number than ours has."""
    night.by_hand(appliance, "DELETE", f"{GLOBAL}?args=policyname:{name},type:REQ_OVERRIDE,priority:{PLACES[name]}")
    _bound(night, appliance, name, 3000 + PLACES[name], "NEXT")


def _policy(night: Night, appliance: str, name: str, rule: str, action: str = "NOOP") -> None:
    night.by_hand(appliance, "POST", "responderpolicy", name=name, rule=rule, action=action)


def _bound(night: Night, appliance: str, name: str, priority: int, goto: str, **more: Any) -> None:
    place = {"priority": priority, "gotopriorityexpression": goto, "type": "REQ_OVERRIDE"}
    night.by_hand(appliance, "PUT", GLOBAL, policyname=name, **place, **more)


EVENTS: Mapping[str, Callable[[Night, str, str], str | None]] = {
    one.__name__: one for one in (label_in_front, undefined_in_front, jump_in_front, front_cleared)
}
FURTHER: Mapping[str, Callable[[Night, str, str], str | None]] = {
    one.__name__: one for one in (vserver_in_front, number_in_front, cast_in_front, half_cast_in_front, answer_in_front)
}
"""What only every third wide night has: the others keep their actions."""
EVERY = (*EVENTS, *FURTHER)
