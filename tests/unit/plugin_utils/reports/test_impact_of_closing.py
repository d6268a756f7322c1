# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a closing would hit, by customer: what is known, what is not, and nothing that a terminal would carry out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance_logs.log_ons import LogOns
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import Usage, Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.closing.impact import (
    ClosedService,
    Impact,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.impact_of_closing import (
    impact_page,
    impact_values,
)

GW = Vserver("vpnvserver", "gw", "192.0.2.10", 443, "SSL", True)
SHOP = Vserver("lbvserver", "shop", "192.0.2.11", 443, "SSL", True)


def service(vserver: Vserver, customer: str, users: int | None, connections: int | None, *behind: str) -> ClosedService:
    return ClosedService(vserver, "default", customer, Usage(users, connections), behind)


def rows(
    *services: ClosedService, host: str = "gw-a", sessions: int | None = None, **known: Any
) -> list[dict[str, Any]]:
    return impact_values(host, Impact(services, sessions), LogOns(**known), {"Brouwer": "the VPN"})


def test_one_customer_has_the_sessions_of_the_appliance() -> None:
    assert impact_page(rows(service(GW, "Brouwer", 3, None), sessions=5)) == [
        "Brouwer: 1 virtual server on 1 appliance, 3 Gateway users now, 5 AAA sessions now, users last 24 h and 7 d not known",
        "  other way in: the VPN",
    ]


def test_customers_are_apart_and_summed_up() -> None:
    found = rows(service(GW, "Brouwer", 3, None), service(SHOP, "De Wit", None, 7, "web1", "web2"), sessions=5)
    counted = "5 Gateway users now, 7 connections now, 1 AAA sessions now (not known for 2 of 3)"
    assert impact_page([*found, *rows(service(GW, "Brouwer", 2, None), host="gw-b", sessions=1)]) == [
        "Brouwer: 2 virtual servers on 2 appliances, 5 Gateway users now, 1 AAA sessions now (not known for 1 of 2), users last 24 h and 7 d not known",
        "  other way in: the VPN",
        "De Wit: 1 virtual server on 1 appliance, 7 connections now, AAA sessions now not known",
        "  behind it: web1, web2",
        "  other way in: none is known (other_access in tourniquet_customers)",
        f"in all: 3 virtual servers on 2 appliances, {counted}, users last 24 h and 7 d not known",
    ]


def test_log_ons_say_how_far_the_logs_reach() -> None:
    known = {"reach": datetime(2020, 1, 10, 8, tzinfo=UTC), "day": {"192.0.2.10": 4}, "week": {"192.0.2.10": 9}}
    assert "4 users last 24 h, 9 users last 7 d" in impact_page(rows(service(GW, "Brouwer", 3, None), **known))[0]
    short = {"reach": datetime(2020, 1, 17, 2, tzinfo=UTC)}
    assert (
        "users last 24 h and 7 d not known (logs reach back to 2020-01-17 02:00 UTC)"
        in impact_page(rows(service(GW, "Brouwer", 3, None), **short))[0]
    )


def test_more_services_than_a_line_takes_are_counted() -> None:
    page = impact_page(rows(service(SHOP, "", None, 1, *(f"web{number}" for number in range(9)))))
    assert page[0].startswith("without a customer in the inventory: ")
    assert page[1] == "  behind it: web0, web1, web2, web3, web4, web5, and 3 more"


def test_names_of_an_appliance_are_shown_escaped() -> None:
    page = impact_page(rows(service(SHOP, "Brouwer", None, 1, "web\x1b[31m")))
    assert not any("\x1b" in line for line in page)
