# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reads for the impact of a measure: all policies with the objects that they refer to, and the logs of the nodes."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import log_download
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.log_download import fetch_logs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.resulting_policies import (
    ResultingPolicies,
    read_resulting_policies,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.attack_signatures import (
    AttackSignatures,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.replay import (
    Replayer,
    ReplayOutcome,
)

from simulator import Simulator
from tests.stage.memory import MITIGATION, Stage

NODES = ["127.0.0.1:0", "127.0.0.1:0"]
VSERVERS = [
    {"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"},
    {"type": "lb", "name": "shop", "address": "127.0.0.1:0", "protocol": "SSL"},
]
SET = {
    "policypatset": [{"name": "ps_old"}],
    "policypatset_pattern_binding": [{"name": "ps_old", "String": "/old/"}],
    "policyexpression": [{"name": "is_legacy", "value": 'HTTP.REQ.URL.PATH.STARTSWITH_ANY("ps_old")'}],
    "responderpolicy": [{"name": "rp_legacy", "rule": "is_legacy", "action": "RESET"}],
    "lbvserver_responderpolicy_binding": [
        {"name": "shop", "policyname": "rp_legacy", "priority": 50, "gotopriorityexpression": "END"}
    ],
}
PAIR: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": NODES,
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": VSERVERS,
    "configuration": SET,
}
FIXED: dict[str, Any] = {
    **PAIR,
    "nodes": NODES[:1],
    "build": "13.0 88.14",
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
}


FLEET = {"appliances": {"box": PAIR, "fixed": FIXED}}


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> Stage:
    simulator.reset()
    return Stage(simulator, tmp_path)


def resulting(stage: Stage) -> ResultingPolicies:
    with Connection(stage.appliance) as connection:
        return read_resulting_policies(connection, stage.parameters())


def outcome(found: ResultingPolicies, url: str, vip: str) -> ReplayOutcome:
    replayer = Replayer(
        found.before,
        found.after,
        found.vips,
        AttackSignatures([MITIGATION.traffic]),
        on_before=found.on_before,
        on_after=found.on_after,
    )
    return replayer.replay(RecordedRequest(url, 0, "198.51.100.7", vip, "GET", 200, False)).outcome


def test_policies_that_wake_up_with_the_feature_are_part_of_the_answer(stage: Stage) -> None:
    """The feature is off, so the legacy policy of the shop blocks nobody; the measure switches it on."""
    found = resulting(stage)
    assert (found.on_before, found.on_after) == (False, True)
    assert outcome(found, "/old/page", "shop") is ReplayOutcome.NEWLY_BLOCKED
    assert outcome(found, "/new/page", "shop") is ReplayOutcome.UNCHANGED
    assert outcome(found, "/old/page", "gw") is ReplayOutcome.UNCHANGED
    assert outcome(found, "/vpn/../vpns/cfg/smb.conf", "gw") is ReplayOutcome.ATTACK_BLOCKED
    assert [vip.name for vip in found.vips] == ["gw", "shop"]


def test_what_is_in_place_already_changes_nothing(stage: Stage) -> None:
    stage.apply(probes="none", save="always", accept_sleeping_policies=("rp_legacy",))
    assert outcome(resulting(stage), "/vpn/../vpns/cfg/smb.conf", "gw") is ReplayOutcome.UNCHANGED


def test_a_fixed_build_is_told(simulator: Simulator, tmp_path: Path) -> None:
    (remark,) = resulting(Stage(simulator, tmp_path, "fixed")).remarks
    assert (
        remark
        == "apply would do nothing here, since the build no longer needs it (fixed); the impact is that of applying it anyway"
    )


def test_nothing_is_written(stage: Stage) -> None:
    since = len(stage.simulator.requests())
    resulting(stage)
    sent = [r for r in stage.simulator.requests()[since:] if r["side"] == "nitro" and r["method"] != "GET"]
    assert {r["target"].rpartition("/")[2] for r in sent} == {"login", "logout"}


# -- logs ----------------------------------------------------------------------------------------------------------------


def put(stage: Stage, node: int, name: str, content: bytes) -> None:
    stage.simulator.fleet.appliances["box"].nodes[node].write_file(f"/var/log/{name}", content)


def fetched(stage: Stage, directory: Path, *names: str) -> tuple[dict[str, bytes], list[str]]:
    directory.mkdir()
    with Connection(stage.appliance) as connection:
        files, problems = fetch_logs(connection, names, directory)
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}, problems


@pytest.mark.parametrize(("limit", "value"), [("MOST_FILES", 2), ("MOST_BYTES", 4)])
def test_the_files_of_a_node_are_limited_and_what_is_left_out_is_said(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(log_download, limit, value)
    log = "httpaccess-vpn.log"  # the calls that fetch it write nothing into it
    for name in (log, f"{log}.0.gz", f"{log}.1.gz", f"{log}.2.gz"):
        put(stage, 0, name, b"ab")
    put(stage, 1, log, b"d\n")
    files, problems = fetched(stage, tmp_path / "logs", log)
    assert list(files) == [f"0/{log}", f"0/{log}.0.gz", f"1/{log}"]
    assert problems[0].startswith(f"127.0.0.1: 2 more files were left out, from {log}.1.gz on: at most ")


def test_the_logs_of_both_nodes_come_with_their_parts_and_nothing_else(stage: Stage, tmp_path: Path) -> None:
    put(stage, 0, "ns.log", b"a\n")
    put(stage, 0, "ns.log.0.gz", gzip.compress(b"b\n"))
    put(stage, 0, "ns.log.12.gz", gzip.compress(b"c\n"))
    put(stage, 0, "ns.log.old", b"x\n")
    put(stage, 0, "nsvpn.log", b"x\n")
    put(stage, 1, "ns.log", b"d\n")
    files, problems = fetched(stage, tmp_path / "logs", "ns.log")
    assert list(files) == ["0/ns.log", "0/ns.log.0.gz", "0/ns.log.12.gz", "1/ns.log"]
    assert files["0/ns.log"].startswith(b"a\n"), "and then the commands that fetch it"
    assert gzip.decompress(files["0/ns.log.12.gz"]) == b"c\n"
    assert problems == []


def test_a_node_that_is_not_reached_is_told(stage: Stage, tmp_path: Path) -> None:
    stage.variables["nodes"] = stage.variables["nodes"][:1]
    put(stage, 0, "httpaccess.log", b"a\n")
    files, problems = fetched(stage, tmp_path / "logs", "httpaccess.log")
    assert list(files) == ["0/httpaccess.log"]
    assert len(problems) == 1
    assert problems[0].startswith("the other node of the HA pair 127.0.0.1")


def test_no_other_file_is_fetched(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"'\.\./nsconfig/ns\.conf' is not a log with requests"):
        fetched(stage, tmp_path / "logs", "../nsconfig/ns.conf")
