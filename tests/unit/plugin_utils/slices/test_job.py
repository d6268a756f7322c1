# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directory of a job: for its owner alone, with the state directory of the node, and no more than belongs to the slice."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.slices import pipe
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.slices.execution_nodes import ExecutionNode, Slice
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.slices.job import RECORDS, Job, plan_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.slices.pipe import (
    explained,
    require_runner,
    run_job,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.slices.worker_stream import WorkerAnswer

from tests.unit.plugin_utils.slices.pretended_node import plan_values

NODE = ExecutionNode("amsterdam", ("cat",), state="/srv/state")


def job(verb: str = "apply", node: ExecutionNode = NODE, **more: object) -> Job:
    given = {
        "inventory": {"all": {}},
        "variables": {"mitigation": "cve_x"},
        "run": "r1",
        "deadline": datetime(2026, 12, 1, 3, 14, 20, tzinfo=UTC),
        **more,
    }
    return Job("r1-1", verb, Slice(node, ("gw-a",)), **given)  # type: ignore[arg-type]


def test_it_has_all_that_the_node_needs(tmp_path: Path) -> None:
    signers = tmp_path / "allowed_signers"
    signers.write_text("night ssh-ed25519 AAAA\n", encoding="utf-8")
    values = {key: value for key, value in plan_values("gw-a").items() if key not in ("format", "checksum")}
    PlanFile(values).write(tmp_path / "p1")
    plan = plan_files(tmp_path / "p1", [PlanFile(values)], ["approval.txt"])
    directory = tmp_path / "job"
    job(files={"allowed_signers": signers}, plan=plan, check=True, forks=7).write(directory)
    written = {str(path.relative_to(directory)): path for path in directory.rglob("*") if path.is_file()}
    assert sorted(written) == [
        *("env/cmdline", "env/envvars", "env/extravars"),
        *("inventory/allowed_signers", "inventory/hosts.json", "plans/p1/gw-a.conf", "plans/p1/gw-a.json"),
        *("project/ansible.cfg", "project/apply.yml"),
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in written.values()} == {0o600}
    assert {
        stat.S_IMODE(path.stat().st_mode)
        for path in (directory, *(path for path in directory.rglob("*") if path.is_dir()))
    } == {0o700}
    assert json.loads(written["env/envvars"].read_text()) == {"TOURNIQUET_STATE_DIRECTORY": "/srv/state"}
    variables = json.loads(written["env/extravars"].read_text())
    assert (variables["mitigation"], variables["plan"], variables["plans"]) == (
        "cve_x",
        "../plans/p1",
        "../artifacts/r1-1/plans/",
    )
    assert variables["tourniquet_job"] == {
        "ident": "r1-1",
        "run": "r1",
        "verb": "apply",
        "deadline": "2026-12-01T03:14:20+00:00",
        "clocks": {},
        "copies": {},
    }
    assert written["env/cmdline"].read_text() == "--forks 7 --check --diff"
    (play,) = yaml.safe_load(written["project/apply.yml"].read_text())
    assert play["ansible.builtin.import_playbook"] == "tourniquet.netscaler.apply"


def test_the_job_that_sends_records_home(tmp_path: Path) -> None:
    job(RECORDS).write(tmp_path / "job")
    (play,) = yaml.safe_load((tmp_path / "job" / "project" / "records.yml").read_text())
    assert (play["hosts"], list(play["tasks"][0])[1]) == ("localhost", "tourniquet.netscaler.slice_records")
    assert "tourniquet_records_file" in json.loads((tmp_path / "job" / "env" / "extravars").read_text())


def test_a_file_that_is_not_there_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"ca\.pem cannot be sent to an execution node .*slice_files"):
        job(files={"ca.pem": tmp_path / "ca.pem"}).write(tmp_path / "job")


def test_ansible_runner_must_be_installed() -> None:
    with pytest.raises(InvalidInput, match=r"no-such-runner was not found .*pip install ansible-runner.*slice_runner"):
        require_runner("no-such-runner")
    assert require_runner("cat").endswith("/cat")


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (("no-such-command",), "its command cannot be started (No such file or directory: no-such-command)"),
        (
            ("sh", "-c", "echo no route to host >&2"),
            "its stream ended in the middle: the node, its job or the connection to it was lost (no route to host)",
        ),
        (("echo", "Last login: today"), "it sent something else than the stream of a job"),
        (("sleep", "60"), "it did not answer within 0.5 s (slice_timeout)"),
    ],
)
def test_a_node_that_does_not_answer_is_a_lost_one(command: tuple[str, ...], problem: str) -> None:
    answer = run_job(job(node=ExecutionNode("a", command)), "true", 0.5 if command[0] == "sleep" else 30.0)
    assert (answer.is_whole, answer.problem) == (False, problem)


def test_a_node_that_falls_silent_is_lost_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe, "SILENCE", 0.5)
    alive = """echo '{"event": "keepalive", "counter": 0, "uuid": 0}'; exec sleep 60"""
    answer = run_job(job(node=ExecutionNode("a", ("sh", "-c", alive))), "true", 50.0)
    assert answer.problem == "it has not given a sign of life for 0.5 s: the node or the connection to it was lost"


def test_a_node_that_promises_signs_of_life_gives_the_first_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe, "SILENCE", 0.1)
    monkeypatch.setattr(pipe, "MISSED", 0.5)
    answer = run_job(job(node=ExecutionNode("a", ("sleep", "60"), keepalive=1)), "true", 50.0)
    assert answer.problem == "it has not given a sign of life for 0.5 s: the node or the connection to it was lost"


def test_a_job_without_results_is_explained_by_its_last_words() -> None:
    files = {"stdout": b"[ERROR]: the collection is missing\nPLAY RECAP\n"}
    assert (
        explained(WorkerAnswer("failed", files)) == "its job ended without results ([ERROR]: the collection is missing)"
    )
