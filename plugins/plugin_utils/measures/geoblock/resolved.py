# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A geoblock on one appliance: what every method has in common.

In comes the :class:`Basis`, which was read and compiled; each method adds its document. Out comes what forbids the geoblock and what
a person should know of it. Knows no method.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...appliance.objects.ownership import Owner
from ...appliance.objects.virtual_servers import Vserver
from ...catalogue.measure import Mode, ResolvedMeasure
from ...foundation.errors import Refused
from .appliance_facts import ApplianceFacts
from .country_data.compiled import Compiled
from .country_data.gaps import Vip, not_covered
from .country_data.lockout_check import lockout_problems
from .country_data.policy import ALLOW
from .country_data.preview import changes, preview, refuse_large_change
from .current_block import CurrentBlock
from .geoblock_variables import Settings
from .protected_addresses import Protection
from .templates import Templates


@dataclass(frozen=True, kw_only=True)
class Basis:
    """The facts that every method uses to make its document.

    :ivar where: the name of the appliance, for error messages
    :ivar marker: the word by which a probe recognises our answers, or ""
    :ivar current: the geoblock of ours that is in place
    :ivar protection: the addresses that must get through
    :ivar reason: why this method is used
    """

    owner: Owner
    where: str
    marker: str
    settings: Settings
    templates: Templates
    compiled: Compiled
    appliance: ApplianceFacts
    current: CurrentBlock
    protection: Protection
    method: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ResolvedGeoblock(ResolvedMeasure, ABC):
    """A geoblock on one appliance by one method."""

    basis: Basis

    @abstractmethod
    def method_problems(self) -> Iterable[tuple[str, str]]:
        """Return what forbids this method, each with its fix."""

    @abstractmethod
    def method_remarks(self) -> Iterable[str]:
        """Return what a person should know of this method."""

    def problems(self) -> Sequence[tuple[str, str]]:
        return [*self._problems(), *self.method_problems()]

    def _problems(self) -> Iterator[tuple[str, str]]:
        basis = self.basis
        yield from _large_changes(basis)
        yield from lockout_problems(basis.compiled, basis.protection.everybody)

    def remarks(self) -> Sequence[str]:
        basis, policy = self.basis, self.basis.settings.policy
        vips = [
            Vip(one.name, family_of(one), one.protocol, gateway=one.kind == "vpn") for one in basis.appliance.vservers
        ]
        gaps = not_covered(policy, basis.method, vips, basis.settings.trusted_proxies)
        return [
            *preview(basis.compiled, basis.current.spans, observes=basis.settings.mode is Mode.OBSERVE),
            f"method {basis.method}: {basis.reason}",
            *self.method_remarks(),
            *(f"NOT COVERED: there is no {name} here (geoblock_vservers)" for name in basis.appliance.missing),
            *(f"NOT COVERED: {text}" for text in gaps),
            *(f"NOT CHECKED: {text}" for text in (*basis.protection.unread, *basis.current.unread)),
        ]

    def facts(self) -> Mapping[str, Any]:
        compiled = self.basis.compiled
        return {"geoblock": {"way": self.basis.method, "set": compiled.digest, "data": vars(compiled.provenance)}}


def excluded_families(basis: Basis) -> Iterator[tuple[str, str]]:
    """Return the virtual servers whose family is left out: a rule would block all their clients, or none of them."""
    is_list_of_allowed = basis.settings.policy.effect == ALLOW
    for one in basis.appliance.vservers:
        version = family_of(one)
        if version and version not in basis.settings.policy.families:
            told = (
                "allowed: all its clients would be blocked"
                if is_list_of_allowed
                else "blocked: it would do nothing there"
            )
            text = f"{one.name} has an IPv{version} address, and no IPv{version} client is {told}."
            yield text, f"Add ipv{version} to geoblock_families, or take the virtual server out of geoblock_vservers."


def _large_changes(basis: Basis) -> Iterator[tuple[str, str]]:
    settings, current, effect = basis.settings, basis.current, basis.settings.policy.effect
    if current.effect not in ("", effect) and "changed" not in settings.accept:
        yield (
            (
                f"geoblock_policy turns from {current.effect} to {effect}: clients that were allowed are blocked, "
                "and clients that were blocked are allowed."
            ),
            "If this is intended, add changed to geoblock_accept.",
        )
    if current.spans is None:
        return
    try:
        refuse_large_change(changes(current.spans, basis.compiled), where="the set", accept=settings.accept)
    except Refused as error:
        yield str(error).removesuffix(" Nothing was changed."), ""


def family_of(vserver: Vserver) -> int:
    """Return the address family of a virtual server, 4 or 6; 0 if it has no address of its own."""
    return 0 if not vserver.addressable else 6 if ":" in vserver.address else 4
