# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Closing a customer who has an appliance of its own and parts of a shared one: by the group of its appliances, and by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.stage.fleet import address, box, vserver
from tests.stage.played import Laboratory, Run

WHY: dict[str, Any] = {"reason": "switch it off now", "ticket": "CHG0044", "who": "J. Jansen", "expires": "24"}
TENANT = {
    "features": ["LB"],
    "vservers": [{"type": "lb", "name": "web", "address": address(), "protocol": "HTTP"}],
}
FLEET = {
    "gw-shared": box(
        "14.1 43.50", vservers=[vserver("vpn", "gw"), vserver("lb", "shop", "HTTP")], partitions={"tenant_b": TENANT}
    ),
    "gw-smit": box("14.1 43.50"),
}
VARIABLES: dict[str, dict[str, Any]] = {
    "gw-shared": {
        "netscaler_customer": "Brouwer",
        "netscaler_partition_customers": {"tenant_b": "Smit"},
        "netscaler_vserver_customers": {"shop": "Smit"},
    },
    "gw-smit": {"netscaler_customer": "Smit"},
}
ELSEWHERE = "gw-shared (partition tenant_b, shop), which stays as it is."


@dataclass(frozen=True)
class Story:
    by_group: Run
    by_limit: Run
    open_after_group: list[str]
    by_name: Run
    open_after_name: list[str]


def open_at_shared(laboratory: Laboratory) -> list[str]:
    """Return the virtual servers of the shared appliance that are on."""
    node = laboratory.node("gw-shared")
    rows = [
        *node["running"]["vpnvserver"],
        *node["running"]["lbvserver"],
        *node["partitions"]["tenant_b"]["running"]["lbvserver"],
    ]
    return sorted(str(row["name"]) for row in rows if row.get("state") != "DISABLED")


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory(FLEET, variables=VARIABLES)
    for variables in laboratory.hosts.values():
        del variables["netscaler_vips"]  # those of a partition are read from the appliance
        variables["netscaler_probe_networks"] = ["127.0.0.0/8"]
    laboratory.write_inventory()
    group = {"customer_smit": {"hosts": {"gw-smit": {}}}}
    (laboratory.directory / "groups.json").write_text(json.dumps(group), encoding="utf-8")
    groups = ("-i", str(laboratory.directory / "groups.json"))
    by_group = laboratory.play("lockdown", target="customer_smit", options=groups, **WHY)
    by_limit = laboratory.play("close", step="notice", limit="customer_smit", check=True, options=groups, **WHY)
    open_after_group = open_at_shared(laboratory)
    by_name = laboratory.play("lockdown", customers=["Smit"], **WHY)
    return Story(by_group, by_limit, open_after_group, by_name, open_at_shared(laboratory))


def test_a_group_of_appliances_leaves_the_rest_of_the_customer_open_names_it_and_ends_with_2(story: Story) -> None:
    run = story.by_group
    assert run.verdict("gw-smit") == "closed"
    page, end = run.output.split("TOURNIQUET ***", 1)
    assert f"  NOT IN THIS RUN  Smit also has {ELSEWHERE}" in page, "before anything is written"
    assert """-e '{"customers": ["Smit"]}'""" in page
    assert "gw-shared  FAILED\n    NOT IN THIS RUN: partition tenant_b, shop of Smit stays as it is." in end
    assert (run.rc, story.open_after_group) == (2, ["gw", "shop", "web"])
    assert run.nitro("gw-shared") == []


def test_a_limit_names_it_too(story: Story) -> None:
    assert f"  NOT IN THIS RUN  Smit also has {ELSEWHERE}" in story.by_limit.output
    assert "skipping: no hosts matched" not in story.by_limit.output


def test_the_name_of_the_customer_takes_all_of_it_and_nothing_of_others(story: Story) -> None:
    assert (story.by_name.rc, story.open_after_name) == (0, ["gw"])
    assert "NOT IN THIS RUN" not in story.by_name.output
