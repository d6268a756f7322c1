# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A content switching virtual server without a default target answers 503 to a request by address: it is asked by a name that its rules know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes

from simulator import Simulator
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage

PLACE = {"address": "127.77.0.1", "port": 8080}
PAGES = {"a": "shop.example.com", "b": "mail.example.com"}
BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "CS", "SSL", "SSLVPN", "RESPONDER"],
    "new_vservers_listen": True,
    "configuration": {
        "server": [{"name": "s_a", "ipaddress": "192.0.2.80"}],
        "service": [{"name": "svc", "servername": "s_a", "servicetype": "HTTP", "port": 80}],
        "lbvserver": [{"name": f"lb_{n}", "servicetype": "HTTP"} for n in PAGES],
        "lbvserver_service_binding": [{"name": f"lb_{n}", "servicename": "svc"} for n in PAGES],
        "csvserver": [{"name": "cs_web", "servicetype": "HTTP", "ipv46": PLACE["address"], "port": PLACE["port"]}],
        "csaction": [{"name": f"to_{n}", "targetlbvserver": f"lb_{n}"} for n in PAGES],
        "cspolicy": [
            {"policyname": f"p_{n}", "rule": f'HTTP.REQ.HOSTNAME.EQ("{host}")', "action": f"to_{n}"}
            for n, host in PAGES.items()
        ],
        "csvserver_cspolicy_binding": [
            {"name": "cs_web", "policyname": f"p_{n}", "priority": number}
            for n, number in zip(PAGES, (100, 110), strict=True)
        ],
    },
}
ASKED = "cs_web (127.77.0.1:8080)"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Simulator(fleet_file({"box": BOX})) as running:
        stage = Stage(running, tmp_path)
        del stage.variables["vips"]
        stage.variables["probe_networks"] = ["127.0.0.0/8"]
        yield stage


def test_the_rules_name_the_host_and_the_measure_is_proven_saved_and_the_next_one_planned(stage: Stage) -> None:
    result = stage.apply()
    assert (result.failed, str(result.verdict.word)) == ("", "mitigated")
    assert result.verdict.reason.startswith(
        f"2 of 2 attacks blocked, 1 of 1 legitimate request answered at {ASKED} as shop.example.com"
    )
    assert result.state.saved is True
    verified = stage.status(probes=Probes.ALL)
    assert str(verified.verdict.word) == "mitigated"
    assert stage.status().plan.steps == ()


def test_the_inventory_comes_first(stage: Stage) -> None:
    stage.variables["vips"] = [{**PLACE, "name": "web", "kind": "cs", "tls": False, "host": "Mail.example.com"}]
    result = stage.apply()
    assert str(result.verdict.word) == "mitigated"
    assert " at web (127.77.0.1:8080) as mail.example.com" in result.verdict.reason
    assert not any("no default target" in text for text in result.plan.remarks)


def test_where_no_name_is_known_the_page_says_status_and_what_to_set(stage: Stage) -> None:
    for policy in ("p_a", "p_b"):
        rule = f'HTTP.REQ.HOSTNAME.STARTSWITH("{policy}")'
        stage_write(stage, {"cspolicy": {"policyname": policy, "rule": rule}})
    result = stage.apply()
    assert (str(result.verdict.word), result.state.saved) == ("applied, unproven", False)
    assert result.verdict.reason == f"{ASKED}: the probe is inconclusive (blocked by us; a legitimate request got 503)"
    told = (*result.plan.remarks, *result.verdict.missing)
    assert any("name one in netscaler_vips (host: www.example.com)" in text for text in told), told
    assert result.verdict.next_action.startswith(f"name a host that {ASKED} serves in netscaler_vips (host: ")


def stage_write(stage: Stage, body: dict[str, Any]) -> None:
    """Change the configuration as another administrator does, and save it."""
    with Connection(stage.appliance) as connection:
        (type_,) = body
        connection.primary.write("PUT", type_, body)
        connection.primary.write("POST", "nsconfig?action=save", {"nsconfig": {}})
