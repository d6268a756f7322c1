# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of learn.yml and impact.yml: which lines count, how many clients a path needs, and when a run fails. Each host has one of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import unsafe_yaml

from tests.catalogue_entries import catalogue
from tests.stage.fleet import box, vserver
from tests.stage.played import Laboratory, Run

LEARN: dict[str, dict[str, Any]] = {
    "plain": {},
    "few": {"learn_clients": 2},
    "suffixes": {"learn_suffixes": True},
    "late": {"since": "2020-01-05"},
    "short": {"learn_coverage_days": 1},
    "below": {},
    "catalogue": {},
}
LINE = '198.51.100.{client} - - [{day:02d}/Jan/2020:03:04:05 +0000] "GET {path} HTTP/1.1" 200 5\n'
LIST = [{"vserver": "shop", "kind": "lb", "mode": "enforce", "base": [], "allow": [{"prefix": "/a/"}]}]

ATTACKS = """
attacks:
  - {id: attack, url: /a/x, probe: true}
legitimate:
  - {id: page, url: /a/one.css, probe: true}
"""


def lines() -> str:
    often = [
        (client, day, f"/a/{name}") for client in range(1, 7) for day in (2, 8) for name in ("one.css", "two.css", "x")
    ]
    often += [(client, day, f"/d{n}/menu.css") for client in range(1, 7) for day in (2, 8) for n in range(1, 7)]
    seldom = [(client, day, "/seldom") for client in range(1, 4) for day in (2, 8)]
    early = [(client, day, "/early") for client in range(1, 7) for day in (2, 3)]
    return "".join(LINE.format(client=client, day=day, path=path) for client, day, path in (*often, *seldom, *early))


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    entry = {"features": ["LB"], "vservers": [vserver("lb", "shop", "HTTP")]}
    laboratory = open_laboratory({host: box(**entry) for host in LEARN}, variables=LEARN)
    place = laboratory.directory / "logs"
    place.mkdir()
    (place / "access.log").write_text(lines(), encoding="ascii")
    for host, variables in laboratory.hosts.items():
        path = "access.log" if host == "below" else str(place / "access.log")
        variables["netscaler_logs"] = [{"path": path, "vip": "shop"}]
        variables["netscaler_whitelists"] = LIST
    entries = catalogue(laboratory.directory / "own", "own", ["---\n"], ATTACKS)
    laboratory.hosts["catalogue"]["catalogue_directory"] = str(entries)
    laboratory.hosts["below"] |= {"logs_below": str(place)}
    return laboratory


def learnt(laboratory: Laboratory, host: str) -> set[str]:
    path = laboratory.directory / "learnt" / host / "whitelist_shop.yml"
    (value,) = unsafe_yaml.load(path.read_text(encoding="utf-8")).values()
    return {text for one in value["allow"] for match, text in one.items() if match != "comment"}


def test_learn(laboratory: Laboratory) -> None:
    run = laboratory.play(
        "learn", mitigation=None, as_of=None, learnt=str(laboratory.directory / "learnt"), learn_days=2
    )
    assert {run.problem(host) for host in LEARN} == {""}
    found = {host: learnt(laboratory, host) for host in LEARN}
    assert {"/a/x", "/early", "/d1/menu.css"} < found["plain"]
    assert found["below"] == found["plain"]
    assert found["few"] - found["plain"] == {"/seldom"}
    assert "/menu.css" in found["suffixes"] - found["plain"]
    assert found["late"] == set(), "one day only"
    assert found["catalogue"] == set(), "each client has sent an attack of this catalogue"
    assert "the last 14 days' 126 recorded" in run.message("plain")
    assert "the last day's 57 recorded" in run.message("short")


def requests_of(run: Run, host: str) -> int:
    (vip,) = run[host]["impact"]["vips"]
    return sum(one["requests"] for one in vip["outcomes"].values())


def test_impact(laboratory: Laboratory) -> None:
    given = {"mitigation": "url_whitelist", "as_of": None, "reports": str(laboratory.directory / "reports")}
    laboratory.hosts["few"]["fail_percent"] = 1
    laboratory.hosts["short"]["fail_percent"] = 99
    laboratory.hosts["late"]["since"] = "2020-01-05"
    run = laboratory.play("impact", **given)
    assert "more than 1 %" in run.problem("few")
    assert {run.problem(host) for host in LEARN if host != "few"} == {""}
    requests = {host: requests_of(run, host) for host in LEARN}
    assert requests["below"] == requests["plain"] > requests["late"] > 0
