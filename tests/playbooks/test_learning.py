# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Observe, learn, impact, enforce: the whole way to a whitelist, with real requests at the virtual servers of a simulated appliance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import unsafe_yaml

from tests.playbooks.conftest import Opener
from tests.stage.client import ask
from tests.stage.fleet import box, vserver
from tests.stage.played import ATTACK, Laboratory

HOST = "gw-a"
USERS = [f"127.0.90.{number}" for number in range(1, 7)]
SCANNERS = [f"127.0.91.{number}" for number in range(1, 7)]
PAGES = ("/Citrix/StoreWeb/", "/Citrix/StoreWeb/Resources/List", "/news/today")
STATIC = [f"/Citrix/StoreWeb/receiver/js/{name}.js" for name in ("core", "webui", "strings")]
ICONS = [f"/Citrix/StoreWeb/Resources/Icon/{number:08X}" for number in (0xAB12CD34, 0xAB12CD35, 0xAB12CD36)]
LOG_ON = ("/vpn/index.html", "/logon/LogonPoint/index.html")
SCANNED = ("/wp-login.php", "/backup.zip")
RARE = "/Citrix/StoreWeb/yearly-report"
DAY = 86400


class Story:
    """One appliance, its users and its scanners."""

    def __init__(self, laboratory: Laboratory) -> None:
        self.laboratory = laboratory
        self.learnt = laboratory.directory / "learnt"
        self.reports = laboratory.directory / "reports"

    def ask(self, client: str, target: str) -> int | None:
        """A request from an address of its own; the status of the answer."""
        place = self.laboratory.simulator.ready["appliances"][HOST]["vservers"][0]
        return ask(place, target, client=client).status

    def a_day(self) -> None:
        """Send the requests of users and scanners of one day, and the night after it."""
        for client in USERS:
            for target in (*LOG_ON, *PAGES, *STATIC, *ICONS):
                self.ask(client, f"{target}?token=s3cret" if target == PAGES[2] else target)
        for client in SCANNERS:
            for target in (LOG_ON[0], *SCANNED, ATTACK):
                self.ask(client, target)
        self.laboratory.simulator.control("POST", f"/appliances/{HOST}/clock", {"advance": DAY})

    def play(self, playbook: str, **more: Any) -> Any:
        values = {
            "mitigation": "url_whitelist",
            "as_of": None,
            "learnt": str(self.learnt),
            "reports": str(self.reports),
        }
        return self.laboratory.play(playbook, **{**values, "fetch": ["ns.log"], **more})

    def lists(self, mode: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the learnt lists, as the inventory has them."""
        (value,) = unsafe_yaml.load((self.learnt / HOST / "whitelist_gw.yml").read_text(encoding="utf-8")).values()
        return [{**value, "mode": mode, "allow": [*value["allow"], *more]}]


@pytest.fixture(scope="module")
def story(open_laboratory: Opener) -> Story:
    variables = {
        "netscaler_customer": "Brouwer",
        "netscaler_whitelists": [{"vserver": "gw", "kind": "vpn", "mode": "observe", "base": ["gateway"]}],
        "learn_days": 2,
    }
    entry = box(features=["LB", "SSL", "SSLVPN"], user_defined_audit_log="YES", vservers=[vserver("vpn", "gw")])
    return Story(open_laboratory({HOST: entry}, variables={HOST: variables}))


def entries(story: Story) -> dict[str, str]:
    return {
        text: match for one in story.lists("observe")[0]["allow"] for match, text in one.items() if match != "comment"
    }


def test_the_way_to_a_whitelist(story: Story) -> None:
    laboratory = story.laboratory

    # Observe: everybody works on, and what the base list does not allow is logged.
    observing = story.play("apply")
    assert observing.rc == 0, observing.output[-3000:]
    for _ in range(3):
        story.a_day()
    assert story.ask(USERS[0], RARE) == story.ask(USERS[0], PAGES[0])

    # Learn: not from what came after the exploit was public, unless told; nothing is written in check mode.
    refused = story.play("learn", mitigation="cve_2019_19781")
    assert refused.rc != 0
    assert "Set -e until=<day>" in refused.message(HOST)
    looked = story.play("learn", check=True)
    assert looked.rc == 0, looked.output[-3000:]
    assert not story.learnt.exists()
    learnt = story.play("learn", mitigation="cve_2019_19781", until="2020-02-01")
    assert learnt.rc == 0, learnt.output[-3000:]
    assert learnt.writes(HOST) == []
    assert entries(story) == {
        **dict.fromkeys(PAGES, "exact"),
        "/Citrix/StoreWeb/receiver/": "prefix",
        "/Citrix/StoreWeb/Resources/Icon/": "prefix",
    }
    text = (story.learnt / HOST / "whitelist_gw.yml").read_text(encoding="utf-8")
    assert not any(target in text for target in (*SCANNED, RARE, "s3cret"))
    again = story.play("learn")
    assert again.rc == 0
    assert again[HOST]["changed"] is False

    # Impact: the rare page of one user would be missed, and a limit makes it a failure.
    laboratory.hosts[HOST]["netscaler_whitelists"] = story.lists("enforce")
    impact = story.play("impact", fail_clients=0)
    assert impact.rc != 0
    assert impact.writes(HOST) == []
    values = impact[HOST]["impact"]
    (vip,) = values["vips"]
    newly = vip["outcomes"]["newly blocked"]
    assert values["conclusion"] == "locks out"
    assert impact.output.count("newly blocked, of a client that attacks or scans") == 1, (
        "the report, and no dump of the result"
    )
    assert [(row["path"], row["clients"]) for row in newly["urls"]] == [(RARE, {"count": 1, "exact": True})]
    suspect = vip["outcomes"]["newly blocked, of a client that attacks or scans"]
    assert {row["path"] for row in suspect["urls"]} == set(SCANNED)
    # The probes of our own apply are in the log as well, from the control node; they count as what they are.
    assert vip["outcomes"]["an attack, newly blocked"]["clients"]["count"] == len(SCANNERS) + 1
    page = (story.reports / "impact.html").read_text(encoding="utf-8")
    assert "Brouwer" in page
    assert RARE in page
    assert json.loads((story.reports / f"{HOST}.json").read_text(encoding="utf-8")) == values

    # A person allows it; then it locks out nobody but scanners, and it is enforced.
    laboratory.hosts[HOST]["netscaler_whitelists"] = story.lists("enforce", {"exact": RARE, "comment": "January"})
    better = story.play("impact", fail_clients=0)
    assert better.rc == 0, better.output[-3000:]
    enforced = story.play("apply")
    assert enforced.rc == 0, enforced.output[-3000:]
    before = story.ask(USERS[0], LOG_ON[0])
    assert before == 200
    for target in (*PAGES, *STATIC, *ICONS, RARE):
        assert story.ask(USERS[1], target) != 403, target
    for target in (*SCANNED, ATTACK, "/Citrix/StoreWeb/receiver/../../../vpns/x"):
        assert story.ask(SCANNERS[0], target) == 403, target


def test_a_log_without_vip_is_no_good_news(story: Story, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text('198.51.100.7 - - [12/Jan/2020:03:04:05 +0100] "GET /a HTTP/1.1" 200 5\n' * 9, encoding="ascii")
    # Two parts, so that several processes read them where there are several cores.
    (tmp_path / "access.log.1").write_bytes(log.read_bytes())
    story.laboratory.hosts[HOST]["netscaler_logs"] = [{"path": f"{log}*"}]
    try:
        impact = story.play("impact", fetch=[], fail_requests=0, check=True, workers=2)
        refused = story.play("learn", fetch=[], workers=2)
    finally:
        del story.laboratory.hosts[HOST]["netscaler_logs"]
    assert impact[HOST]["impact"]["conclusion"] == "cannot tell"
    assert "json" not in impact[HOST]  # in check mode no report is written
    assert "cannot tell" in impact.message(HOST)
    assert "18 requests lack VIP" in refused.message(HOST)


def test_wrong_input_names_host_and_fix(story: Story) -> None:
    nothing = story.play("impact", fetch=[])
    assert f"{HOST}: no logs are named" in nothing.message(HOST)
    other = story.play("learn", fetch=["nsconfig"])
    assert "'nsconfig' is not a log with requests" in other.message(HOST)
    day = story.play("learn", until="tomorrow")
    assert "write a date as 2020-01-09" in day.message(HOST)
