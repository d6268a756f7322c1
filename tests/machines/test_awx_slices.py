# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""sliced.yml as a job of AWX: the controller in the container of the job, its state on the volume, the execution nodes by ssh with the key of a credential."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import KEY_FILE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.own_signer import add_own_line

from simulator import Simulator
from tests.machines.awx_job import Awx, Ended
from tests.machines.test_ssh import missing, over_ssh
from tests.machines.tools import NAMES, fleet, piped_nodes, state_directory
from tests.stage.control_node import connection_variables
from tests.stage.fleet import NIGHT, PASSWORD, USER
from tests.stage.played import MITIGATION

pytestmark = pytest.mark.only_in_all
HOSTS = ("gw-1", "gw-2", "gw-3", "gw-4")
VARIABLES = {
    "mitigation": MITIGATION,
    "as_of": NIGHT,
    "ticket": "CHG0042",
    "who": "J. Jansen",
    "rollout_waves": ["100%"],
    "rollout_bake_seconds": 0,
}


@dataclass(frozen=True)
class Story:
    awx: Awx
    refused: Ended
    planned: Ended
    done: Ended
    changes: Ended
    looked: Ended


def by_agent(command: list[str]) -> list[str]:
    """The words of ssh with the agent of the job instead of the file of the key, and with the known hosts of a credential."""
    at = command.index("-i")
    words = [*command[:at], *command[at + 2 :]]
    for option, value in (
        ("IdentitiesOnly", ""),
        ("UserKnownHostsFile", "UserKnownHostsFile={{ nodes_known_hosts_file }}"),
    ):
        at = next(number for number, word in enumerate(words) if word.startswith(f"{option}="))
        words[at - 1 : at + 1] = ["-o", value] if value else []
    return words


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    why = missing()
    if why:
        pytest.skip(f"ssh as a pipe: {why}")
    place = tmp_path_factory.mktemp("awx-ssh")
    with Simulator(fleet(HOSTS)) as simulator:
        nodes = over_ssh(place / "keys", piped_nodes(place))
        of_job = [{**node, "command": by_agent(node["command"])} for node in nodes]
        yield play(place, simulator, of_job)


def play(place: Path, simulator: Simulator, nodes: list[dict[str, Any]]) -> Story:
    password_file = place / "password"
    password_file.write_text(PASSWORD, encoding="utf-8")  # a file of each node; here they are one machine
    variables = {
        "netscaler_user": USER,
        "netscaler_password": "{{ lookup('ansible.builtin.file', appliance_password_file) }}",
        "appliance_password_file": str(password_file),
        "netscaler_ca_file": simulator.ready["ca_file"],
        "netscaler_connect_timeout": 30,
        "tourniquet_execution_nodes": nodes,
    }
    hosts = {name: connection_variables(one) for name, one in simulator.ready["appliances"].items()}
    awx = Awx(place, {"netscalers": {"hosts": hosts, "vars": variables}})
    for name in NAMES:
        add_own_line(state_directory(place, name) / KEY_FILE, awx.volume / "allowed_signers", name)
    key = (place / "keys" / "key").read_text(encoding="ascii")
    known = {"nodes_known_hosts_file": (place / "keys" / "known").read_text(encoding="ascii")}

    def job(playbook: str, verb: str, **more: Any) -> Ended:
        return awx.launch(playbook, template={"verb": verb}, credentials=[known], ssh_key=key, **{**VARIABLES, **more})

    refused = job("sliced.yml", "apply", limit="gw-1")
    planned = job("sliced.yml", "apply", check=True)
    done = job("sliced.yml", "apply", **planned.artifacts)
    return Story(awx, refused, planned, done, job("sliced_look.yml", "apply"), job("sliced_look.yml", "verify"))


def test_without_a_plan_nothing_begins(story: Story) -> None:
    assert story.refused.code == 2
    assert "this run has no reviewed plan" in story.refused.text


def test_the_plan_of_all_sites_is_handed_on(story: Story) -> None:
    assert story.planned.code == 0, story.planned.output[-3000:]
    directory = Path(story.planned.artifacts["plan"])
    assert directory.parent == story.awx.volume / "plans"
    assert sorted(path.stem for path in directory.glob("gw-*.json")) == list(HOSTS)


def test_one_rollout_with_one_brake_over_all_nodes(story: Story) -> None:
    assert story.done.code == 0, story.done.output[-3000:]
    assert "4 mitigated; changed 4" in story.done.text
    assert "wave 1 of 2: 1 appliance in 1 slice" in story.done.text


def test_the_state_of_the_controller_is_on_the_volume(story: Story) -> None:
    """The container of the job is gone: the next job finds journal, records and the key there."""
    (journal,) = (
        path
        for path in (story.awx.volume / "plans").glob("*/journal.jsonl")
        if '"started"' in path.read_text(encoding="utf-8")
    )
    assert journal.parent.name != Path(story.planned.artifacts["plan"]).name
    assert sorted(path.name for path in (story.awx.volume / "records").glob("gw-*")) == list(HOSTS)
    assert (story.awx.volume / "open_jobs").is_dir(), (
        "what was given up may start until its deadline, whatever job asks"
    )


def test_what_looks_only_reads(story: Story) -> None:
    assert story.changes.code == 2
    assert "verb is apply: this job only reads, by status or verify" in story.changes.text
    assert story.looked.code == 0, story.looked.output[-3000:]
    assert "4 mitigated" in story.looked.text


def test_no_job_of_the_controller_has_a_password(story: Story) -> None:
    outputs = (story.refused, story.planned, story.done, story.changes, story.looked)
    assert not [ended for ended in outputs if PASSWORD in ended.output]
    files = [path for job in story.awx.place.glob("awx_*") for path in job.rglob("*") if path.is_file()]
    assert files
    assert not [
        path
        for path in (*files, *filter(Path.is_file, story.awx.volume.rglob("*")))
        if PASSWORD.encode() in path.read_bytes()
    ]
