# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that no other test gives from a playbook: each has the effect that its role documents. ``tests/unit/test_option_trials.py`` holds the list."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.stage.fleet import PASSWORD, USER, box
from tests.stage.played import ATTACK, Laboratory, Run

SSH_PORT = 2222
UNKNOWN_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFfEyvpeDPDi4qD3ugy1LuMTUvwJtJ+3m+hmAI5GJnB1"


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    laboratory = open_laboratory({"gw": box(ssh_port=SSH_PORT), "counts": box(), "logs": box()})
    keys = [node["ssh_host_key"] for node in laboratory.simulator.ready["appliances"]["gw"]["nodes"]]
    account = {"ssh_user": USER, "ssh_password": PASSWORD, "ssh_port": SSH_PORT, "ssh_host_keys": keys}
    laboratory.hosts["gw"] |= account
    return laboratory


def gaps(run: Run) -> str:
    return json.dumps(run["gw"]["not_seen"])


def test_a_mitigation_observes_where_its_mode_says_so(laboratory: Laboratory) -> None:
    run = laboratory.play("apply", limit=["counts"], mitigation_mode="observe")
    assert run.verdict("counts") == "observe, not blocking"
    assert laboratory.ask("counts", ATTACK).passes


def test_the_ssh_half_of_a_hunt_sees_what_only_a_shell_shows(laboratory: Laboratory) -> None:
    assert "the SSH half" in gaps(laboratory.play("hunt", limit=["gw"]))
    with_shell = laboratory.play("hunt", limit=["gw"], ssh=True)
    assert "the SSH half" not in gaps(with_shell)
    assert with_shell["gw"]["exit_code"] == 0, gaps(with_shell)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"ssh_password": "an0ther"}, "Permission denied"),
        ({"ssh_user": "nobody-here"}, "Permission denied"),
        ({"ssh_host_keys": [UNKNOWN_KEY]}, "Host key verification failed"),
        ({"ssh_port": 2223}, "Connection refused"),
    ],
)
def test_each_part_of_the_account_of_a_hunt_is_used(laboratory: Laboratory, wrong: dict[str, Any], told: str) -> None:
    run = laboratory.play("hunt", limit=["gw"], ssh=True, **wrong)
    assert (run["gw"]["exit_code"], told in gaps(run)) == (2, True), gaps(run)


def test_the_ssh_half_of_the_evidence_is_in_the_bundle(laboratory: Laboratory) -> None:
    bundles = laboratory.directory / "bundles"
    run = laboratory.play("evidence", limit=["gw"], bundles=str(bundles), parts=["volatile"], ssh=True)
    assert run.problem("gw") == ""
    taken = {path.name for path in bundles.rglob("*") if path.parent.name == "shell"}
    assert len(taken) > 3, sorted(str(path) for path in bundles.rglob("*"))


def test_the_indicators_are_written_for_other_programs(laboratory: Laboratory) -> None:
    directory = laboratory.directory / "indicators"
    laboratory.play("hunt", limit=["gw"], indicators=str(directory))
    assert json.loads((directory / "indicators.stix.json").read_text())["type"] == "bundle"
    assert len(list((directory / "sigma").iterdir())) > 5


def test_saved_configurations_are_compared_where_that_is_asked_for(laboratory: Laboratory) -> None:
    def reached(run: Run) -> bool:
        return "saved configurations" in {one["log"] for one in run["gw"]["reach"]}

    assert not reached(laboratory.play("hunt", limit=["gw"]))
    assert reached(laboratory.play("hunt", limit=["gw"], saved_configurations=True))


def test_administrators_and_what_was_read_already_count_for_a_reading_of_logs(laboratory: Laboratory) -> None:
    laboratory.colleague("logs", "POST", "server", {"server": {"name": "back", "ipaddress": "192.0.2.80"}})

    def commands(**extra: Any) -> list[str]:
        run = laboratory.play("read_logs", limit=["logs"], **extra)
        return [one["what"] for one in run["logs"]["findings"] if "changing commands" in one["what"]]

    assert commands() != []
    assert commands() == [], "it was read already"
    assert commands(from_start=True) != []
    assert commands(from_start=True, admins=[USER]) == []
