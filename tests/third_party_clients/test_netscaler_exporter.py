# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""netscaler-exporter for Prometheus: one scrape with its own metric files, unchanged."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator import Simulator

pytestmark = pytest.mark.only_in_all

Scrape = Callable[[str], dict[str, float]]
# Its metric files with one object each: its values are those of NITRO, field by field.
OBJECTS = [
    "aaa",
    "ns",
    "nscapacity",
    "protocolhttp",
    "protocolip",
    "protocoltcp",
    "protocoludp",
    "ssl",
    "system",
    "systemmemory",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.23.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def exporter(programs: Path, simulator: Simulator, tmp_path: Path) -> Iterator[Scrape]:
    """Run the exporter, which scrapes an appliance. Return its metrics by name and labels."""
    places = {name: item["nodes"][0] for name, item in simulator.ready["appliances"].items()}
    targets = [
        {"host": place["address"], "port": place["port"], "user": "nsroot", "password": "nsroot", "verify_ssl": False,
         "keep_session": False}
        for place in places.values()
    ]  # fmt: skip
    port, log = free_port(), tmp_path / "exporter.log"
    settings = {
        "netscalers": targets,
        "weblisten": {"address": "127.23.0.1", "port": port},
        "logger": {"level": "info", "facility": str(log)},
        "metrics_file": "conf/metrics/*.yml",
    }
    (tmp_path / "exporter.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    command = [programs / "netscaler_exporter", "-c", tmp_path / "exporter.yml"]

    def scrape(appliance: str) -> dict[str, float]:
        connection = http.client.HTTPConnection("127.23.0.1", port, timeout=30)
        connection.request("GET", f"/metrics?target={places[appliance]['address']}")
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == 200, text
        lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}

    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT) as process:
        for _ in range(200):
            with socket.socket() as probe:
                if process.poll() is not None or probe.connect_ex(("127.23.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        assert process.poll() is None, "it ended at once"
        yield scrape
        process.kill()
    problems = [line for line in log.read_text(encoding="utf-8").splitlines() if "level=ERROR" in line]
    assert problems == []


def fields(programs: Path, name: str) -> list[tuple[str, str]]:
    """Yield (metric, field) of one of its metric files."""
    (conf,) = (programs.parent / "lib").glob("python*/site-packages/netscaler_exporter/conf/metrics")
    found = []
    for task in yaml.safe_load((conf / f"{name}.yml").read_text(encoding="utf-8")):
        for action in task["actions"]:
            for metric in action.get("metrics", ()):
                field = re.fullmatch(rf"\{{\{{ *{name}\.(\w+) *\}}\}}", metric["value"])
                if field and not metric.get("labels"):
                    shown = f"{action['metric_prefix']}_{metric['name']}".lower()
                    counter = metric["type"] == "counter" and not shown.endswith("_total")
                    found.append((f"{shown}_total" if counter else shown, field[1]))
    return found


def test_every_field_has_the_value_of_nitro(exporter: Scrape, programs: Path, nitro: Any) -> None:
    shown = exporter("pair")
    checked = 0
    for name in OBJECTS:
        said = nitro("pair", "GET", f"{'config' if name == 'nscapacity' else 'stat'}/{name}")[name]
        for metric, field in fields(programs, name):
            assert shown[metric] == float(said[field]), metric
            checked += 1
    assert checked > 150


def test_what_has_many_rows(exporter: Scrape, simulator: Simulator) -> None:
    """Virtual servers with their real requests, interfaces, processors, certificates."""
    place = next(v for v in simulator.ready["appliances"]["pair"]["vservers"] if v["name"] == "web")
    for _ in range(2):
        connection = http.client.HTTPConnection(place["address"], place["port"], timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
    shown = exporter("pair")
    web = '{citrixadc_lb_name="web",citrixadc_lb_state="UP",citrixadc_lb_type="HTTP"}'
    assert shown[f"citrixadc_lb_requests_total{web}"] == 2
    assert shown[f"citrixadc_lb_hits_total{web}"] == 2
    assert any(name.startswith("citrixadc_cs_") and 'citrixadc_cs_name="switch"' in name for name in shown)
    assert len({name for name in shown if name.startswith("citrixadc_sslvserver_decrypt_bytes_total{")}) == 2
    assert len({name for name in shown if name.startswith("citrixadc_interface_tot_multicast_packets_total{")}) == 3
    assert len({name for name in shown if name.startswith("citrixadc_cpu_core_usage_percent{")}) == 2
    (days,) = [value for name, value in shown.items() if name.startswith("citrixadc_ssl_cert_days_to_expire{")]
    assert days == 3650


def test_services_and_their_groups(exporter: Scrape, balanced: Any) -> None:
    balanced("pair", "POST", "config/server?action=disable", {"server": {"name": "s1"}})
    shown = exporter("pair")
    states = {name for name in shown if name.startswith("citrixadc_service_tot_requests_total{")}
    assert len(states) == 2
    assert any('citrixadc_service_name="svc1",citrixadc_service_state="OUT OF SERVICE"' in name for name in states)
    members = {name for name in shown if name.startswith("citrixadc_services_tot_requests_total{")}
    assert {
        'citrixadc_service_ip="192.0.2.1"' in name or 'citrixadc_service_ip="192.0.2.2"' in name for name in members
    } == {True}
    assert len(members) == 2


def test_high_availability(exporter: Scrape, simulator: Simulator) -> None:
    assert exporter("pair")['citrixadc_ha_node_state{node_state="Primary"}'] == 1
    simulator.appliance("pair").failover()
    assert exporter("pair")['citrixadc_ha_node_state{node_state="Secondary"}'] == 2
    assert exporter("alone")['citrixadc_ha_available{status="False"}'] == 0  # its templates make False of NO


def test_each_scrape_logs_off(exporter: Scrape, simulator: Simulator) -> None:
    assert exporter("alone")["citrixadc_probe_success"] == 1
    assert simulator.appliance("alone").state()["nodes"][0]["sessions"] == 0
