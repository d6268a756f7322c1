# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No text of an appliance reaches the terminal, a file, a template or a page unchecked: every playbook, with marked text in the answers and the logs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)

from tests.hostile import taint
from tests.hostile.server import HostileServer, first_of, hostile
from tests.playbooks.conftest import Opener
from tests.stage.fleet import box, vserver
from tests.stage.played import Laboratory
from tests.synthetic import START, observed

pytestmark = pytest.mark.only_in_all  # tests/hostile/test_taint.py shows the same without a playbook

HOST = "gw-a"
DAY = 86400
PLAYS = (
    ("learn", {"mitigation": "url_whitelist", "until": "2020-02-01"}),
    ("impact", {"mitigation": "cve_2019_19781"}),
    ("plan", {"mitigation": "url_whitelist"}),
    ("plan", {}),
    ("apply", {"save": "always"}),
    ("verify", {}),
    ("status", {}),
    ("lockdown", {"scope": "fleet", "who": "P. Jansen", "reason": "r", "ticket": "CHG1", "expires": "8"}),
    (
        "reopen",
        {
            "scope": "fleet",
            "who": "P. Jansen",
            "second": "M. Vis",
            "reason": "r",
            "ticket": "CHG1",
            "accept_exposure": True,
        },
    ),
    ("rollback", {"why": "undo", "accept_exposure": True}),
    ("audit", {}),
)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile() as layer:
        yield layer


@pytest.fixture
def laboratory(open_laboratory: Opener) -> Laboratory:
    """One appliance, whose virtual servers the inventory does not name. Its logs have marked paths of many clients."""
    opened = open_laboratory({HOST: box(vservers=[vserver("vpn", "portal"), vserver("lb", "shop")])})
    variables = opened.hosts[HOST]
    vips = variables.pop("netscaler_vips")
    variables["netscaler_probe_networks"] = [f"{vip['address']}/32" for vip in vips]
    paths = (
        "/ok",
        f"/{taint.MARK}",
        f"/{taint.MARK}{{{{x}}}}",
        f"/{taint.MARK}<script>",
        f"/{taint.MARK}%0a{taint.INJECTED}:%1b[2J",
    )
    requests = [
        RecordedRequest(
            path,
            START + day * DAY + client,
            f"198.51.100.{client}",
            f"{vip['address']}:{vip['port']}",
            "GET",
            200,
            False,
        )
        for day in range(3)
        for client in range(8)
        for vip in vips
        for path in paths
    ]
    log = opened.directory.parent / f"{opened.directory.name}-logs"
    log.mkdir()
    (log / "ns.log").write_text("".join(f"{observed(request)}\n" for request in requests), encoding="ascii")
    variables["netscaler_logs"] = [{"path": str(log / "ns.log")}]
    return opened


def test_marked_text_reaches_nothing(laboratory: Laboratory, server: HostileServer, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    text = taint.payload(canary)
    rows = taint.more_rows(text, lambda type_name: type_name != "nspartition", words_too=False)
    server.rule = first_of(rows, taint.messages(text))
    reports, learnt = laboratory.directory / "reports", laboratory.directory / "host_vars"
    problems: list[str] = []
    for playbook, variables in PLAYS:
        run = laboratory.play(
            playbook,
            options=["-vv", "--diff"],
            **{"reports": str(reports), "learnt": str(learnt), "as_of": "2020-01-15", **variables},
        )
        assert run.results, f"{playbook}: {run.output[-2000:]}"
        if playbook == "lockdown":
            assert run.rc != 0
            assert "STAYS OPEN: NITRO allows no such name" in run.message(HOST)
        problems += [f"{playbook}: {problem}" for problem in taint.in_text(run.output)]
        problems += [f"{playbook}: {problem}" for problem in taint.in_result(run.results)]
        at_vips = [entry for entry in run.requests if entry["side"] != "nitro"]
        problems += [f"{playbook}: {problem}" for problem in taint.in_requests(server.seen, at_vips)]
    problems += taint.in_files(laboratory.directory)
    assert not problems, "\n".join(dict.fromkeys(problems))
    assert not canary.exists()
    assert len(list(learnt.rglob("whitelist_*.yml"))) == 2, "the real virtual servers are learnt for"
    assert any(taint.MARK in path.read_text(encoding="utf-8") for path in reports.rglob("*.html")), (
        "a path of the logs is shown"
    )
