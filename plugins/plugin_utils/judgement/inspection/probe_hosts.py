# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find the host names for probes to content switching virtual servers without a default target: to a request by address these answer 503. It only reads.

The inventory comes first (``host`` in netscaler_vips). Only the name comes from the appliance, never an address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.names import is_name
from ...appliance.nitro.session import Row, Session
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects.virtual_servers import Vserver, stands_for
from ...foundation.errors import NitroError, NotFound
from ...policies.switching_hosts import SwitchingRule, host_for

DEFAULT, POLICIES = "csvserver_lbvserver_binding", "csvserver_cspolicy_binding"
CERTIFICATES = "sslvserver_sslcertkey_binding"
EXAMPLE = "host: www.example.com"
MOST_CERTIFICATES = 5
"""So many certificates of one virtual server are read."""


@dataclass(frozen=True)
class ProbeHosts:
    """VIPs as probes ask them.

    :ivar vips: in the order in which they were given
    :ivar nameless: those without a default target for which no name was found
    :ivar remarks: what a person should know of them, as sentences
    """

    vips: tuple[Vip, ...]
    nameless: tuple[Vip, ...] = ()
    remarks: tuple[str, ...] = ()


def with_hosts(session: Session, vips: Sequence[Vip], vservers: Sequence[Vserver] | None = None) -> ProbeHosts:
    """Return the VIPs with the names by which they are asked.

    Nothing is read where no content switching virtual server is probed, or the inventory names its host.

    :param vservers: the virtual servers of the appliance; None to read them where they are needed
    """
    asked = [vip for vip in vips if vip.kind == "cs" and vip.probe and not vip.host]
    if not asked:
        return ProbeHosts(tuple(vips))
    try:
        return _named(_Switching(session), vips, asked, vservers or read_vservers(session, ["csvserver"]))
    except NitroError:
        return ProbeHosts(tuple(vips), (), ("whether content switching virtual servers have a default cannot be read",))


def _named(switching: _Switching, vips: Sequence[Vip], asked: Sequence[Vip], vservers: Sequence[Vserver]) -> ProbeHosts:
    hosts: dict[Vip, str] = {}
    for vip in asked:
        there = next((one for one in vservers if stands_for(vip, one)), None)
        if there is not None and there.name not in switching.defaults:
            hosts[vip] = switching.host_of(there.name, tls=vip.tls)
    nameless = tuple(vip for vip, host in hosts.items() if not host)
    remarks = tuple(
        f"{vip} has no default target, and no host name for which its rules have one was found: name one in netscaler_vips ({EXAMPLE}), else "
        "none of its rules may take a probe, and the 503 that answers then proves nothing"
        for vip in nameless
    )
    return ProbeHosts(tuple(replace(vip, host=hosts.get(vip, vip.host)) for vip in vips), nameless, remarks)


class _Switching:
    """What content switching virtual servers do with a host name; each type is read once, and only where it is needed."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @cached_property
    def defaults(self) -> frozenset[str]:
        """The virtual servers with a default target."""
        return frozenset(str(row.get("name")) for row in self._bindings(DEFAULT))

    def host_of(self, name: str, *, tls: bool) -> str:
        rules = [
            SwitchingRule.of(row, self._policies.get(str(row.get("policyname")), {}))
            for row in self._policy_bindings
            if row.get("name") == name
        ]
        if not rules:
            return ""
        return host_for(rules) or (host_for(rules, self._subjects(name)) if tls else "")

    @cached_property
    def _policy_bindings(self) -> list[Row]:
        return self._bindings(POLICIES)

    @cached_property
    def _policies(self) -> dict[str, Row]:
        return {str(row.get("policyname")): row for row in self._rows("cspolicy")}

    def _bindings(self, type_name: str) -> list[Row]:
        try:
            return self.session.read(type_name, query={"bulkbindings": "yes"})
        except NotFound:
            return []

    def _rows(self, type_name: str, name: str | None = None) -> list[Row]:
        """Return rows; none where the user may not read them: then another source of the name counts."""
        try:
            return self.session.read(type_name) if name is None else self.session.read(type_name, name)
        except NitroError:
            return []

    def _subjects(self, name: str) -> list[str]:
        bound = [str(row.get("certkeyname")) for row in self._rows(CERTIFICATES, name)]
        usable = [certificate for certificate in bound if is_name(certificate)][:MOST_CERTIFICATES]
        return [str(row.get("subject", "")) for one in usable for row in self._rows("sslcertkey", one)]
