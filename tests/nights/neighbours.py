# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies of other people in front of ours, in the forms that the language has beside a plain one: a label that is invoked, a jump, an undefined result.

Each lets the checks of a monitoring system pass, which attackers can imitate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.nights.night import Night

GLOBAL = "responderglobal_responderpolicy_binding"
LABEL = "rpl_theirs"
MONITORING = 'HTTP.REQ.HEADER("User-Agent").CONTAINS("Nagios")'


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


def front_cleared(night: Night, appliance: str, _by: str) -> None:
    """Somebody removes them."""
    for name, priority in {"rp_calls": 6, "rp_decodes": 7, "rp_jumps": 8, "rp_lands": 2000}.items():
        night.by_hand(appliance, "DELETE", f"{GLOBAL}?args=policyname:{name},type:REQ_OVERRIDE,priority:{priority}")


def _policy(night: Night, appliance: str, name: str, rule: str) -> None:
    night.by_hand(appliance, "POST", "responderpolicy", name=name, rule=rule, action="NOOP")


def _bound(night: Night, appliance: str, name: str, priority: int, goto: str, **more: Any) -> None:
    place = {"priority": priority, "gotopriorityexpression": goto, "type": "REQ_OVERRIDE"}
    night.by_hand(appliance, "PUT", GLOBAL, policyname=name, **place, **more)


EVENTS: Mapping[str, Callable[[Night, str, str], str | None]] = {
    one.__name__: one for one in (label_in_front, undefined_in_front, jump_in_front, front_cleared)
}
