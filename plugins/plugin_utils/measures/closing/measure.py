# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measures of the steps partners and notice: at each closed virtual server a policy answers strangers, or everybody (docs/how-to/close.md).

In: which virtual servers are closed. Out: the desired state of all of them. One that is not named any more is opened, so the verb names all that stay
closed. Reads nothing of the appliance.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, ClassVar

import jinja2

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.answer_marker import marked_for
from ...appliance.objects.ownership import PREFIX, SEPARATOR, Owner
from ...catalogue.closing_steps import LadderStep
from ...catalogue.desired_state import Document, parse_document
from ...catalogue.measure import Measure, Mode, Placement, ResolvedMeasure, Version
from ...catalogue.measure_traits import Traits
from ...catalogue.traffic import Traffic, TrafficCase
from .kind import LETS_US_PASS, NOTICE, PARTNERS, STOPS_US
from .page import TEMPLATES, literals, page_body
from .partner_networks import Network, stranger_rule

# A Gateway and an authentication server answer their own pages before REQUEST is evaluated; which request is seen where is open, so both are
# taken (CTX693187, CTX477121).
BIND_POINTS = {"vpn": ("REQUEST", "AAA_REQUEST"), "authentication": ("REQUEST", "AAA_REQUEST")}
VERSIONS = {1: Version("One policy for each bind point of each closed virtual server", date(2026, 11, 28))}
STRANGERS = {4: ("192.0.2.1", "198.51.100.1", "203.0.113.1"), 6: ("2001:db8::1", "3fff::1")}
"""By IP version, addresses for documentation (RFC 5737, RFC 3849, RFC 9637)."""
PRIORITIES = {LadderStep.NOTICE: 10, LadderStep.PARTNERS: 20}
"""By step, the priority of its policies: a page for everybody comes before a rule on networks."""
_LONGEST_SLUG = 40
_ONLY_BY_VERB = (
    "it closes access, so close.yml brings it in and reopen.yml removes it: nothing is opened without an answer of the exposure ledger.",
    "Run close.yml or reopen.yml.",
)


@dataclass(frozen=True)
class ClosedPoint:
    """A virtual server that is closed.

    :ivar kind: vpn, authentication, cs or lb
    :ivar languages: of its customer, for the page
    :ivar version: of its IP address, and so of those of its clients
    """

    kind: str
    name: str
    partition: str = DEFAULT
    languages: tuple[str, ...] = ("nl", "en")
    version: int = 4

    @property
    def slug(self) -> str:
        """The virtual server as a part of names: a digest of its name keeps similar ones apart."""
        plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in self.name.lower())[:_LONGEST_SLUG]
        return f"{self.kind}_{'_'.join(filter(None, plain.split('_')))}_{sha256(self.name.encode()).hexdigest()[:6]}"


@dataclass(frozen=True, kw_only=True)
class Closing(Measure):
    """Virtual servers that are closed by policies.

    :ivar points: all that are closed afterwards; None where the verb is not one that closes or opens
    :ivar priority: of the policies at each bind point
    """

    points: tuple[ClosedPoint, ...] | None = None
    priority: int

    template: ClassVar[str]

    @cached_property
    def placements(self) -> tuple[Placement, ...]:
        """Return what is closed, by bind point."""
        return tuple(placement for point in self.points or () for placement in placements_of(self.id, point))

    @property
    def partitions(self) -> frozenset[str]:
        return frozenset(point.partition for point in self.points or ())

    def inside(self, partition: str) -> Closing:
        if self.points is None:
            return self
        points = tuple(point for point in self.points if point.partition == partition)
        return replace(self, points=points, traffic=self.traffic_of(points))

    def resolve(self, connection: Connection, owner: Owner, _rendered: Document | None) -> ResolvedMeasure:
        """Return the policies of all that is closed.

        :raises InvalidInput: where the template yields something else than a desired state
        """
        if self.points is None:
            return ResolvedMeasure(measure=self, document=Document((), {}), refusals=(_ONLY_BY_VERB,))
        document = Document((), {})
        if self.points:
            appliance = connection.appliance
            text = self._environment().get_template(f"{self.template}/v{owner.version}.yml.j2")
            rendered = text.render(
                name=owner.name,
                marker=marked_for(appliance.marker, self.id),
                kinds=list(dict.fromkeys(point.kind for point in self.points)),
                placements=[
                    {
                        "policy": one.policy,
                        "kind": one.kind,
                        "vserver": one.vserver,
                        "bindpoint": one.bindpoint,
                        "point": point,
                    }
                    for point in self.points
                    for one in placements_of(self.id, point)
                ],
                priority=self.priority,
                **self.values(),
            )
            document = parse_document(rendered, owner, where=appliance.name)
        return ResolvedMeasure(measure=self, document=document, placements=self.placements)

    @abstractmethod
    def traffic_of(self, points: Sequence[ClosedPoint]) -> Traffic:
        """Return the requests that show that these virtual servers are closed."""

    @abstractmethod
    def values(self) -> dict[str, Any]:
        """Return what the template needs besides the placements."""

    @staticmethod
    @cache
    def _environment() -> jinja2.Environment:
        """Return the environment of all steps, which compiles each template once, and again if its file has changed."""
        environment = jinja2.Environment(  # noqa: S701 - it makes YAML, and every text goes through tojson
            loader=jinja2.FileSystemLoader(TEMPLATES),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        environment.filters["literals"] = lambda text: " + ".join(literals(text))
        return environment


@dataclass(frozen=True, kw_only=True)
class ClosingNotice(Closing):
    """Virtual servers that answer every request with a page.

    :ivar texts: by language, the own text of the operator
    """

    texts: tuple[tuple[str, str], ...] = ()
    traits: Traits = STOPS_US

    template: ClassVar[str] = "notice"

    def traffic_of(self, points: Sequence[ClosedPoint]) -> Traffic:
        return Traffic(tuple(_request(self.id, point, "any", attack=True, probe=True) for point in points))

    def values(self) -> dict[str, Any]:
        texts = dict(self.texts)
        languages = dict.fromkeys(point.languages for point in self.points or ())
        return {"pages": {"_".join(each): page_body(each, texts) for each in languages}}


@dataclass(frozen=True, kw_only=True)
class ClosingPartners(Closing):
    """Virtual servers that serve listed networks only.

    :ivar networks: of the partners
    :ivar probe_address: the address from which our probes come; "" where it is not known
    """

    networks: tuple[Network, ...] = ()
    probe_address: str = ""
    traits: Traits = LETS_US_PASS

    template: ClassVar[str] = "partners"

    def with_traits(self) -> ClosingPartners:
        """Return it with its traits: our own requests pass where they come from a partner, and may where their address is not known."""
        stops_us = bool(self.probe_address) and not self._is_partner(self.probe_address)
        return replace(self, traits=STOPS_US if stops_us else LETS_US_PASS)

    def traffic_of(self, points: Sequence[ClosedPoint]) -> Traffic:
        return Traffic(
            tuple(
                _request(
                    self.id, point, name, attack=not self._is_partner(client), probe=name == "probe", client=client
                )
                for point in points
                for name, client in self._clients(point.version).items()
            )
        )

    def _clients(self, version: int) -> dict[str, str]:
        """Return addresses of an IP version: one in no network, one in the first network, and that of our probes."""
        own = self.probe_address
        clients = {
            "stranger": next((one for one in STRANGERS[version] if not self._is_partner(one)), ""),
            "partner": next((str(one[0]) for one in self.networks if one.version == version), ""),
            "probe": own if own and ip_address(own).version == version else "",
        }
        return {name: client for name, client in clients.items() if client}

    def values(self) -> dict[str, Any]:
        return {"strangers": {version: stranger_rule(self.networks, version) for version in (4, 6)}}

    def _is_partner(self, address: str) -> bool:
        return bool(address) and any(
            ip_address(address) in network
            for network in self.networks
            if network.version == ip_address(address).version
        )


def placements_of(measure: str, point: ClosedPoint) -> tuple[Placement, ...]:
    """Return one for each bind point of a virtual server."""
    found = []
    for bind_point in BIND_POINTS.get(point.kind, ("REQUEST",)):
        stem = SEPARATOR.join([PREFIX + measure, point.slug, *(["aaa"] if bind_point == "AAA_REQUEST" else [])])
        policies = {Mode.ENFORCE: stem, Mode.OBSERVE: f"{stem}{SEPARATOR}{Mode.OBSERVE}"}
        found.append(Placement(point.name, point.kind, point.name, bind_point, Mode.ENFORCE, policies))
    return tuple(found)


def _request(
    measure: str, point: ClosedPoint, name: str, *, attack: bool, probe: bool, client: str = ""
) -> TrafficCase:
    places = frozenset(placement.place for placement in placements_of(measure, point))
    return TrafficCase(f"{point.slug}-{name}", attack, "GET", "/", places=places, probe=probe, client=client)


def notice(points: Sequence[ClosedPoint] | None, texts: dict[str, str], priority: int | None = None) -> ClosingNotice:
    """Return the measure of the step notice."""
    measure = ClosingNotice(
        id=NOTICE,
        title="Notice page",
        current_version=max(VERSIONS),
        versions=VERSIONS,
        traffic=Traffic(()),
        points=None if points is None else tuple(points),
        texts=tuple(sorted(texts.items())),
        priority=priority or PRIORITIES[LadderStep.NOTICE],
    )
    return replace(measure, traffic=measure.traffic_of(measure.points or ()))


def partners(
    points: Sequence[ClosedPoint] | None,
    networks: Sequence[Network],
    probe_address: str = "",
    priority: int | None = None,
) -> ClosingPartners:
    """Return the measure of the step partners."""
    measure = ClosingPartners(
        id=PARTNERS,
        title="Partners only",
        current_version=max(VERSIONS),
        versions=VERSIONS,
        traffic=Traffic(()),
        points=None if points is None else tuple(points),
        networks=tuple(networks),
        probe_address=probe_address,
        priority=priority or PRIORITIES[LadderStep.PARTNERS],
    )
    return replace(measure.with_traits(), traffic=measure.traffic_of(measure.points or ()))


def load_notice(_value: Any, _host: str, _today: date) -> ClosingNotice:
    """Return the measure as the inventory asks for it: it does not, since only close.yml and reopen.yml bring it in and remove it."""
    return notice(None, {})


def load_partners(_value: Any, _host: str, _today: date) -> ClosingPartners:
    """Return the measure as the inventory asks for it: it does not, since only close.yml and reopen.yml bring it in and remove it."""
    return partners(None, ())
