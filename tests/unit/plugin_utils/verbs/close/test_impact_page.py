# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a closing would hit, by customer: what is known, what is not, and nothing that a terminal would carry out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import (
    Usage,
    Vserver,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_ons import LogOns
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.impact import (
    ClosedService,
    Impact,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.impact_page import (
    HEAD,
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


def cells(line: str) -> list[str]:
    return re.split(r"\s{2,}", line.strip())


def test_one_customer_has_the_sessions_of_the_appliance() -> None:
    head, line, note = impact_page(rows(service(GW, "Brouwer", 3, None), sessions=5))
    assert cells(head) == HEAD
    assert cells(line) == ["Brouwer", "1 on 1", "3", "-", "5", "?", "?", "the VPN"]
    assert note == "? is not known"


def test_customers_are_apart_the_most_hit_first_and_summed_up() -> None:
    found = rows(service(GW, "Brouwer", 3, None), service(SHOP, "De Wit", None, 7, "web1", "web2"), sessions=5)
    page = impact_page([*found, *rows(service(GW, "Brouwer", 2, None), host="gw-b", sessions=1)])
    assert [cells(line) for line in page[1:-1]] == [
        ["De Wit", "1 on 1", "-", "7", "?", "-", "-", "none known; web1, web2"],
        ["Brouwer", "2 on 2", "5", "-", "?", "?", "?", "the VPN"],
        ["in all", "3 on 2", "5", "7", "6", "?", "?"],  # whosever those of the shared appliance are
    ]


def test_log_ons_say_how_far_the_logs_reach() -> None:
    known = {"reach": datetime(2020, 1, 10, 8, tzinfo=UTC), "day": {"192.0.2.10": 4}, "week": {"192.0.2.10": 9}}
    (_head, line) = impact_page(rows(service(GW, "Brouwer", 3, None), sessions=1, **known))
    assert cells(line)[5:7] == ["4", "9"]
    short = {"reach": datetime(2020, 1, 17, 2, tzinfo=UTC)}
    note = impact_page(rows(service(GW, "Brouwer", 3, None), **short))[-1]
    assert note == "? is not known; the logs reach back to 2020-01-17 02:00 UTC"


def test_more_services_and_customers_than_fit_are_counted() -> None:
    page = impact_page(rows(service(SHOP, "", None, 1, *(f"web{number}" for number in range(9)))))
    assert cells(page[1])[0] == "(no customer)"
    assert cells(page[1])[-1] == "none known; web0, web1, web2, web3 and 5 more"
    many = [row for number in range(30) for row in rows(service(GW, f"Customer {number:02}", number, None), sessions=0)]
    short = impact_page(many, 15)
    assert [cells(line)[0] for line in short[1:3]] == ["Customer 29", "Customer 28"]
    assert cells(short[16]) == ["15 more customers", "15 on 1", "105", "-", "0", "?", "?"]
    assert len(short) == 19
    assert len(impact_page(many)) == 33
    assert impact_page([]) == []


def test_names_of_an_appliance_are_shown_escaped() -> None:
    page = impact_page(rows(service(SHOP, "Brouwer", None, 1, "web\x1b[31m")))
    assert not any("\x1b" in line for line in page)


def test_columns_stand_under_one_another_however_long_a_customer_is_called() -> None:
    long, short = service(GW, "A customer with a long name", 3, None), service(SHOP, "B", None, 12345)
    head, *customers = impact_page(rows(long, short, sessions=5))[:3]
    columns = {"virtual servers": ("1 on 1", "1 on 1"), "users": ("-", "3"), "connections": ("12,345", "-")}
    for column, texts in columns.items():
        end = head.index(column) + len(column)
        assert [line[:end].endswith(f"  {text}") for line, text in zip(customers, texts, strict=True)] == [True, True]
