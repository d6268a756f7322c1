# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directory of a job: for its owner alone, with the state directory of the node, and no more than belongs to the slice."""

from __future__ import annotations

import json
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.execution_nodes import (
    ExecutionNode,
    Slice,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job import RECORDS, Job, plan_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Sliced
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared

from tests.unit.plugin_utils.fleet.slices.pretended_node import plan_values

NODE = ExecutionNode("amsterdam", ("cat",), state="/srv/state")


def job(verb: str = "apply", node: ExecutionNode = NODE, **more: object) -> Job:
    given = {
        "inventory": {"all": {}},
        "variables": {"mitigation": "cve_x"},
        "run": "r1",
        "only_reads": verb == RECORDS or declared(verb).sliced is Sliced.READS,
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
    home = {"known": {"gw-a": []}, "probes": {"gw-a": ""}}
    job(files={"allowed_signers": signers}, plan=plan, check=True, forks=7, home=home).write(directory)
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
        "follows": False,
    }
    assert variables["tourniquet_sent_home"] == {
        "known": {"gw-a": []},
        "probes": {"gw-a": ""},
        "records_into": "../artifacts/r1-1/tourniquet_records.json",
        "probes_into": "../artifacts/r1-1/tourniquet_probes.json",
    }
    assert "tourniquet.netscaler.sent_records" in written["project/ansible.cfg"].read_text()
    assert written["env/cmdline"].read_text() == "--forks 7 --check --diff"
    (play,) = yaml.safe_load(written["project/apply.yml"].read_text())
    assert play["ansible.builtin.import_playbook"] == "tourniquet.netscaler.apply"


def test_a_date_of_yaml_goes_to_the_node_as_text(tmp_path: Path) -> None:
    """``as_of: 2020-01-15`` in a file of variables, and in each survey of AWX."""
    job(variables={"as_of": date(2020, 1, 15)}).write(tmp_path / "job")
    assert json.loads((tmp_path / "job" / "env" / "extravars").read_text())["as_of"] == "2020-01-15"


def test_a_value_whose_text_is_not_known_is_refused(tmp_path: Path) -> None:
    """As text, ansible-core decrypts an encrypted value."""

    class Encrypted:
        def __str__(self) -> str:
            return "n1ght"

    with pytest.raises(InvalidInput, match=r"a value of the type Encrypted, which cannot be sent .*write it as text"):
        job(variables={"ssh_password": Encrypted()}).write(tmp_path / "job")
    assert not (tmp_path / "job" / "env" / "extravars").exists()


def test_the_job_that_sends_records_home(tmp_path: Path) -> None:
    job(RECORDS).write(tmp_path / "job")
    (play,) = yaml.safe_load((tmp_path / "job" / "project" / "records.yml").read_text())
    assert (play["hosts"], list(play["tasks"][0])[1]) == ("localhost", "tourniquet.netscaler.slice_records")
    assert "tourniquet_records_file" in json.loads((tmp_path / "job" / "env" / "extravars").read_text())


def test_a_file_that_is_not_there_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"ca\.pem cannot be sent to an execution node .*slice_files"):
        job(files={"ca.pem": tmp_path / "ca.pem"}).write(tmp_path / "job")
