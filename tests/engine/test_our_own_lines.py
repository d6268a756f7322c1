# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nobody but us was there, and the logs say so: our probes, our log-ons and our commands are ours, and not one line more than we sent."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.node_files import read_file
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import OTHERS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import Hunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import what_is_ours
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.hunt import run as hunt_run

from simulator import Simulator
from tests.engine.control_nodes import PAIR, control_node
from tests.engine.node_local_stage import ACCOUNT, HOST_KEY, Shells
from tests.engine.test_read_logs import look, whats
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, Stage

ACCESS = "/var/log/httpaccess.log"
NODES = {"nodes": ["127.0.0.1:0", "127.0.0.2:0"]}
LOST = "request that names a run of ours at its time, and the log has no client"


FLEET = fleet_file({"box": PAIR | NODES})


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> Stage:
    simulator.reset()
    stage = control_node(simulator, tmp_path, "ours")
    stage.run = "0123456789"
    return stage


def hunt(stage: Stage, monkeypatch: pytest.MonkeyPatch, *, ssh: bool = False) -> dict[str, Any]:
    """Return the result of hunt.yml."""
    monkeypatch.setattr(hunt_run, "Hunt", partial(Hunt, run=Shells(stage.simulator)))
    options = {
        "catalogue": str(CATALOGUE.parent),
        "records": str(stage.records),
        "record_key": str(stage.trust.key) if stage.trust.key else "",
        "allowed_signers": "",
        "alarms": str(stage.records.parent / "alarms"),
        "sources": [],
        "own_changes": "",
        "saved_configurations": False,
        "rotation": "",
        "ssh": ssh,
        "ssh_user": ACCOUNT.user,
        "ssh_password": "nsroot",
        "ssh_key_file": None,
        "ssh_host_keys": [HOST_KEY],
        "ssh_port": 22,
        "fail_at": 2,
    }
    return hunt_run.LookForTraces(stage.appliance, options, False, False).values()


def verified(stage: Stage) -> None:
    """Probe the appliance while the rule is not there, so that httpd answers and logs the probes, which loses the client."""
    stage.status(probes=Probes.ALL)


def log(stage: Stage, path: str) -> bytes:
    """Return a log of the primary."""
    with Session(stage.appliance, stage.appliance.nodes[0]) as session:
        directory, _slash, name = path.rpartition("/")
        return read_file(session, name, directory) or b""


def append(stage: Stage, path: str, text: str) -> None:
    stage.simulator.fleet.appliances["box"].nodes[0].write_file(path, log(stage, path) + text.encode())


def lines(stage: Stage) -> list[str]:
    """Return the lines of probes in the log of httpd."""
    return [line for line in log(stage, ACCESS).decode().splitlines() if "tourniquet-probe/" in line]


def replay(stage: Stage, *, only: int = 1000) -> None:
    """Somebody who reads the log sends our attacks once more."""
    append(stage, ACCESS, "".join(f"{line}\n" for line in [one for one in lines(stage) if "/../" in one][:only]))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the control node have another address than the one that the log has instead of each client."""
    monkeypatch.setattr(what_is_ours, "own_addresses", lambda _appliance: ["192.0.2.1"])


@pytest.mark.usefixtures("elsewhere")
def test_a_log_that_lost_our_client_has_no_finding(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: REVIEW at 98 of 200 appliances, all of it ours."""
    verified(stage)
    stage.run = "1123456789"
    stage.apply()
    stage.rollback()
    assert any(line.startswith("127.0.0.1 ") for line in lines(stage))
    assert whats(hunt(stage, monkeypatch)) == []
    found = look(stage, admins=["nsroot"])
    assert (whats(found), found["exit_code"]) == ([], 0)
    assert found["own"] >= sum("/../" in line for line in lines(stage)) > 10


@pytest.mark.usefixtures("elsewhere")
def test_who_sends_our_probes_again_is_seen(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    verified(stage)
    replay(stage)
    found = look(stage)
    assert {one["level"] for one in found["findings"]} == {"review"}
    assert all(one["what"].startswith(LOST) for one in found["findings"])
    assert "review" in {one["level"] for one in hunt(stage, monkeypatch)["findings"]}


def test_a_line_is_not_ours_twice_in_two_readings(stage: Stage) -> None:
    verified(stage)
    assert whats(look(stage, admins=[])) == []
    replay(stage, only=1)
    assert [one.startswith(f"review: {LOST}") for one in whats(look(stage, admins=[]))] == [True]
    again = look(stage, admins=[], from_start=True)
    assert len(whats(again)) == 1, "what is read whole again is counted anew"


def test_the_scripts_of_a_hunt_over_ssh_are_ours(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert whats(hunt(stage, monkeypatch, ssh=True)) == []
    found = look(stage, admins=[])
    assert (whats(found), found["exit_code"]) == ([], 0)
    assert found["own"] >= 14


@pytest.mark.parametrize("user", ["intruder", "nsroot"])
def test_the_same_command_of_somebody_else_is_not(stage: Stage, monkeypatch: pytest.MonkeyPatch, user: str) -> None:
    """By another account from our address, or by ours from another one."""
    hunt(stage, monkeypatch, ssh=True)
    line = next(line for line in log(stage, "/var/log/ns.log").decode().splitlines() if "shell " in line)
    source = "127.0.0.1" if user == "intruder" else "198.51.100.7"
    other = line.replace("User nsroot", f"User {user}").replace("Remote_ip 127.0.0.1", f"Remote_ip {source}")
    append(stage, "/var/log/ns.log", f"{other}\n")
    (one,) = look(stage, admins=[])["findings"]
    told = {
        "intruder": "changing commands, neither ours nor of a known administrator",
        "nsroot": "changing commands with an account of the playbooks, of unknown origin",
    }
    assert one["what"] == f"{told[user]}: {user} from {source}"


@pytest.mark.usefixtures("elsewhere")
def test_the_verify_of_another_control_node_is_of_unknown_origin_until_its_notes_are_here(
    simulator: Simulator, stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    second = control_node(simulator, tmp_path / "second", "second")
    second.run = "f123456789"
    verified(second)
    path = stage.simulator.fleet.appliances["box"]
    theirs = log(stage, ACCESS).replace(b"127.0.0.1 - -", b"192.0.2.99 - -")
    path.nodes[0].write_file(ACCESS, theirs)
    unknown = look(stage)
    told = {one["what"].partition(",")[0] for one in unknown["findings"]}
    assert ({one["level"] for one in unknown["findings"]}, told) == (
        {"review"},
        {"requests in the form of our probes"},
    )
    assert "of unknown origin: from 192.0.2.99, " in unknown["findings"][0]["what"]
    hunted = hunt(stage, monkeypatch)["findings"]
    assert [one["level"] for one in hunted] == ["review"]
    assert hunted[0]["what"].endswith(" in the form of our probes, of unknown origin, from 192.0.2.99")
    (stage.records / OTHERS / "second").mkdir(parents=True, mode=0o700)
    (stage.records / OTHERS).chmod(0o700)
    (second.records / "box").rename(stage.records / OTHERS / "second" / "box")
    known = look(stage, from_start=True, sources=["192.0.2.99"])
    assert (whats(known), known["exit_code"]) == ([], 0)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    "request_line", ["POST /vpn/../vpns/portal/scripts/newbm.pl", "GET /vpn/../vpns/cfg/other.conf"]
)
def test_our_user_agent_makes_no_attack_less(stage: Stage, request_line: str) -> None:
    line = f'198.51.100.7 - - [28/Nov/2026:01:00:00 +0000] "{request_line} HTTP/1.1" 200 83 "-" "tourniquet-probe/f123456789" "Time: 4 microsecs"'
    append(stage, ACCESS, f"{line}\n")
    assert {one["level"] for one in look(stage)["findings"]} == {"attempt"}
