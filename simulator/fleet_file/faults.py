# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kinds of faults, and the faults that are installed on an appliance.

docs/reference/simulator.md describes each kind; a unit test compares the two lists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

_CALLS = ("node", "method", "type", "action", "nth", "times")


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    keys: the keys that a fault of this kind may have. lasts: the fault stays until it is cleared, unless `times` says otherwise. pair:
    only an HA pair can have it. implied: the requests that it applies to, unless the fault names others.
    """

    keys: tuple[str, ...]
    lasts: bool = False
    pair: bool = False
    implied: tuple[tuple[str, str], ...] = ()


KINDS: dict[str, Kind] = {
    # Triggered by requests: at NITRO, and with `vserver` at a virtual server too.
    "reset": Kind((*_CALLS, "vserver")),
    "reply_lost": Kind(_CALLS),
    "cut_off": Kind((*_CALLS, "vserver")),
    "hang": Kind((*_CALLS, "vserver", "seconds")),
    "hang_in_answer": Kind((*_CALLS, "vserver", "seconds")),
    "slow": Kind((*_CALLS, "vserver", "seconds")),
    "http_error": Kind((*_CALLS, "vserver", "status")),
    "nitro_error": Kind((*_CALLS, "code")),
    "no_effect": Kind(_CALLS),
    "changed_answer": Kind((*_CALLS, "attribute", "value")),
    "expire_session": Kind(_CALLS),
    "wrong_credentials": Kind(_CALLS, implied=(("type", "login"),)),
    "slow_save": Kind((*_CALLS, "seconds"), implied=(("type", "nsconfig"), ("action", "save"))),
    "crash": Kind(_CALLS),
    "failover": Kind(_CALLS, pair=True),
    # Triggered by actions of a node: an array of objects, a log-on, a save, a write to its disk.
    "half_bulk": Kind((*_CALLS, "count", "code")),
    "half_bulk_lost": Kind((*_CALLS, "count")),
    "session_limit": Kind(("node", "nth", "times"), lasts=True),
    "save_collision": Kind(("node", "nth", "times")),
    "disk_full": Kind(("node", "nth", "times"), lasts=True),
    # States of a node until they are cleared.
    "refuse": Kind(("node",), lasts=True),
    "out_of_sync": Kind(("node",), lasts=True, pair=True),
    "secondary_writes_lost": Kind(("node",), lasts=True, pair=True),
    "both_primary": Kind((), lasts=True, pair=True),
    "clock_skew": Kind(("node", "seconds"), lasts=True),
    "certificate_changed": Kind(("node", "vserver", "certificate"), lasts=True),
    "inverted_evaluation": Kind(("node",), lasts=True),
    "backend_down": Kind(("node", "backend"), lasts=True),
    "shell_banner": Kind(("node", "value"), lasts=True),
    "shell_stalled": Kind(("node", "seconds"), lasts=True),
    "shell_endless": Kind(("node",), lasts=True),
    "shell_cut": Kind(("node",), lasts=True),
    "shell_odd_names": Kind(("node",), lasts=True),
}
_BY_REQUEST = frozenset(name for name, kind in KINDS.items() if "type" in kind.keys) - {"half_bulk", "half_bulk_lost"}
CERTIFICATES = ("self_signed", "wrong_name")


@dataclass(frozen=True)
class Fault:
    """A fault. node, method, type, action, vserver: which requests. nth: the first request that it hits. times: how many (0: until it is cleared).

    kind: see KINDS. status: of http_error. code: of nitro_error and half_bulk. seconds: the delay, or the error of the clock for
    clock_skew. count: the objects of an array that are carried out. certificate: of certificate_changed. attribute, value: of
    changed_answer. backend: `address` or `address:port` of backend_down, all if missing. value:
    of shell_banner too.
    """

    kind: str
    node: int | None = None
    method: str | None = None
    type: str | None = None
    action: str | None = None
    vserver: str | None = None
    nth: int = 1
    times: int = 1
    status: int = 503
    code: int = 1239
    seconds: float = 1.0
    count: int = 1
    certificate: str = "self_signed"
    attribute: str = ""
    value: str | None = None
    backend: str | None = None


@dataclass
class _Installed:
    fault: Fault
    seen: int = 0
    fired: int = 0

    @property
    def spent(self) -> bool:
        return 0 < self.fault.times <= self.fired


class Faults:
    """The faults of one appliance. `installed` is empty in most fleets."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self.installed: list[_Installed] = []
        for fault in faults:
            self.install(fault)

    def install(self, fault: Fault) -> None:
        self.installed.append(_Installed(replace(fault, **_implied(fault))))

    def clear(self) -> None:
        self.installed.clear()

    def active(self, kind: str, node: int | None = None, vserver: str | None = None) -> Fault | None:
        """Return the active fault of a kind at a node or a virtual server. This does not count as a request."""
        if not self.installed:
            return None
        return next(
            (
                item.fault
                for item in self.installed
                if item.fault.kind == kind
                and not item.spent
                and (item.fault.node in (None, node) if vserver is None else item.fault.node is None)
                and item.fault.vserver in (None, vserver)
            ),
            None,
        )

    def takes_down(self, node: int, address: str, port: int) -> bool:
        """True if the back end at an address and port is down for a node."""
        names = (None, address, f"[{address}]:{port}" if ":" in address else f"{address}:{port}")
        return any(
            item.fault.kind == "backend_down" and item.fault.node in (None, node) and item.fault.backend in names
            for item in self.installed
        )

    def of_request(self, node: int, method: str, type_: str, action: str) -> list[Fault]:
        """Return the faults that a NITRO request triggers. Each call counts as one request."""
        return self._triggered(
            lambda fault: (
                fault.kind in _BY_REQUEST and fault.vserver is None and _applies(fault, node, method, type_, action)
            )
        )

    def of_vserver(self, vserver: str, method: str) -> list[Fault]:
        """Return the faults that a request at a virtual server triggers."""
        return self._triggered(
            lambda fault: fault.kind in _BY_REQUEST and fault.vserver == vserver and fault.method in (None, method)
        )

    def of_array(self, node: int, method: str, type_: str, action: str) -> Fault | None:
        """Return the fault that an array of objects triggers."""
        triggered = self._triggered(
            lambda fault: fault.kind in ("half_bulk", "half_bulk_lost") and _applies(fault, node, method, type_, action)
        )
        return triggered[0] if triggered else None

    def occurs(self, kind: str, node: int) -> bool:
        """True if a log-on, a save or a write to the disk of a node triggers this fault. Each call counts as one."""
        return bool(self._triggered(lambda fault: fault.kind == kind and fault.node in (None, node)))

    def _triggered(self, matches: Callable[[Fault], bool]) -> list[Fault]:
        triggered: list[Fault] = []
        for item in self.installed:
            if not matches(item.fault):
                continue
            item.seen += 1
            if item.seen >= item.fault.nth and not item.spent:
                item.fired += 1
                triggered.append(item.fault)
        return triggered

    def listed(self) -> list[dict[str, Any]]:
        return [{**asdict(item.fault), "seen": item.seen, "fired": item.fired} for item in self.installed]


def _applies(fault: Fault, node: int, method: str, type_: str, action: str) -> bool:
    return (
        fault.node in (None, node)
        and fault.method in (None, method)
        and fault.type in (None, type_)
        and fault.action in (None, action)
    )


def _implied(fault: Fault) -> dict[str, Any]:
    return {key: value for key, value in KINDS[fault.kind].implied if getattr(fault, key) is None}
