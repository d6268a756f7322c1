# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures on demand.

kind           what happens to the requests that match
refuse         nothing listens on the node's management addresses until the fault is cleared
reset          the connection is reset before anything is done
reply_lost     the request is carried out, then the connection is reset without an answer
crash          the request is carried out, then the node reboots without an answer
http_error     an HTTP error page of the front end (status), nothing is done
nitro_error    a NITRO error (code), nothing is done
expire_session the caller's session is gone: 401 with 444
wrong_credentials  a login is answered 401 with 354
slow           the answer comes so many seconds later
slow_save      a save takes so many seconds
hang           no answer for so many seconds, then a reset
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .fleet import Fault


@dataclass
class _Installed:
    fault: Fault
    seen: int = 0
    fired: int = 0


class Faults:
    """The installed faults of one appliance."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self._installed = [_Installed(fault) for fault in faults]

    def install(self, fault: Fault) -> None:
        self._installed.append(_Installed(fault))

    def clear(self) -> None:
        self._installed.clear()

    def refused(self, node: int) -> bool:
        return any(item.fault.kind == "refuse" and item.fault.node in (None, node) for item in self._installed)

    def of_request(self, node: int, method: str, type_: str, action: str) -> list[Fault]:
        """The faults that a NITRO request meets; each call counts as one request."""
        if not self._installed:
            return []
        return self._met(
            lambda fault: (
                fault.vserver is None
                and fault.node in (None, node)
                and fault.method in (None, method)
                and _wanted_type(fault) in (None, type_)
                and _wanted_action(fault) in (None, action)
            )
        )

    def of_vserver(self, vserver: str, method: str) -> list[Fault]:
        """The faults that a request at a virtual server meets."""
        if not self._installed:
            return []
        return self._met(lambda fault: fault.vserver == vserver and fault.method in (None, method))

    def _met(self, matches: Any) -> list[Fault]:
        met: list[Fault] = []
        for item in self._installed:
            if item.fault.kind == "refuse" or not matches(item.fault):
                continue
            item.seen += 1
            if item.seen >= item.fault.nth and (item.fired < item.fault.times or item.fault.times == 0):
                item.fired += 1
                met.append(item.fault)
        return met

    def listed(self) -> list[dict[str, Any]]:
        return [{**asdict(item.fault), "seen": item.seen, "fired": item.fired} for item in self._installed]


def _wanted_type(fault: Fault) -> str | None:
    implied = {"wrong_credentials": "login", "slow_save": "nsconfig"}
    return fault.type or implied.get(fault.kind)


def _wanted_action(fault: Fault) -> str | None:
    return fault.action or ("save" if fault.kind == "slow_save" else None)
