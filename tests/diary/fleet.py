# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliances of the diary, their customers, and the people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.stage.fleet import box, pair, vserver

SENDER = {"name": "S. Bakker", "mail": "s.bakker@provider.example", "phone": "+31 20 555 0199"}


@dataclass(frozen=True)
class Member:
    """An appliance.

    :ivar entry: of the fleet file; whose: the customer of each virtual server
    :ivar fixed: the build with the fix
    :ivar users: with a session, at each of its Gateways
    :ivar partition_customers: by admin partition
    """

    name: str
    entry: Mapping[str, Any]
    whose: Mapping[str, str]
    fixed: str
    partition_customers: Mapping[str, str] = field(default_factory=dict)
    users: int = 3
    whole_only: bool = False

    @property
    def customers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.whose.values()))

    def variables(self) -> dict[str, Any]:
        """Return what the inventory says of its customers."""
        first, *others = self.customers
        named = {name: who for name, who in self.whose.items() if who in others and "/" not in name}
        return {
            "netscaler_customer": first,
            **({"netscaler_vserver_customers": named} if named else {}),
            **({"netscaler_partition_customers": dict(self.partition_customers)} if self.partition_customers else {}),
        }


def person(name: str, of: str, number: int, language: str = "nl") -> dict[str, Any]:
    mail = f"{of.lower().replace(' ', '')}.example"
    contact = {"name": name, "role": "directeur", "mail": f"directie@{mail}", "phone": f"+31 20 555 01{number:02}"}
    return {"language": language, "contacts": [contact]}


CUSTOMERS = {
    "Brouwer": person("A. Brouwer", "Brouwer", 0),
    "De Wit": {**person("C. de Wit", "De Wit", 1, "en"), "consent": True},
    "Jansen": person("K. Jansen", "Jansen", 2),
    "Vis": person("L. Vis", "Vis", 3),
    "Kok": person("M. Kok", "Kok", 4),
    "Mulder": person("N. Mulder", "Mulder", 5),
    "Smit": person("P. Smit", "Smit", 6),
    "Bos": person("R. Bos", "Bos", 7),
    "Peters": {**person("T. Peters", "Peters", 8, "en"), "consent": True},
}


def portal(name: str) -> list[dict[str, str]]:
    return [vserver("vpn", name)]


def gateway(town: str, build: str, customer: str, fixed: str, **more: Any) -> Member:
    return Member(
        f"gw-{town}", box(build, vservers=portal(f"portal-{town}")), {f"portal-{town}": customer}, fixed, **more
    )


def members(*, whole: bool) -> tuple[Member, ...]:
    """Return the appliances of the short or of the whole form, with addresses of their own.

    gw-amsterdam is a pair, gw-plein is shared by two customers, gw-haven has an admin partition of another customer, gw-breda gets the fix late,
    gw-delft is mitigated late and was broken into before, and on the build of gw-utrecht the mitigation has no effect.
    """
    tenant = {"features": ["LB"], "vservers": [vserver("lb", "site", "HTTP")]}
    found = (
        Member(
            "gw-amsterdam",
            pair("13.0 47.22", vservers=portal("portal-amsterdam")),
            {"portal-amsterdam": "Brouwer"},
            "13.0 47.24",
            users=12,
        ),
        Member(
            "gw-plein",
            box("12.0 62.8", vservers=[*portal("portal-1"), *portal("portal-2")]),
            {"portal-1": "De Wit", "portal-2": "Jansen"},
            "12.0 63.13",
        ),
        Member(
            "gw-haven",
            box("11.1 63.9", vservers=portal("portal-haven"), partitions={"tenant_b": tenant}),
            {"portal-haven": "Vis", "tenant_b/site": "Kok"},
            "11.1 63.15",
            partition_customers={"tenant_b": "Kok"},
        ),
        gateway("breda", "13.0 47.22", "Mulder", "13.0 47.24"),
        gateway("delft", "13.0 41.28", "Smit", "13.0 47.24"),
        gateway("utrecht", "12.1 51.14", "Bos", "12.1 55.18"),
        gateway("emmen", "10.5 70.8", "Peters", "10.5 70.12", whole_only=True),
        Member(
            "gw-leiden",
            pair("12.1 51.19", vservers=portal("portal-leiden")),
            {"portal-leiden": "Brouwer"},
            "12.1 55.18",
            whole_only=True,
        ),
    )
    return tuple(one for one in found if whole or not one.whole_only)
