# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection as a user installs it, in a project of one's own: each playbook by its name, and all files in places that a new version leaves alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from simulator import Simulator
from tests.documentation.blocks import blocks
from tests.documentation.tracked import ROOT, copy_tree
from tests.installation import PROGRAMS, build, install
from tests.matrix.cells import CELLS, Cell, missing
from tests.stage.control_node import connection_variables, of_nobody
from tests.stage.fleet import AT_NIGHT, NIGHT, PASSWORD, USER, fleet_file, pair
from tests.stage.played import MITIGATION, NAME, TIMEOUT
from tests.stage.quick_ansible import quick_ansible

PAGE = ROOT / "docs" / "how-to" / "installed-collection.md"
EXECUTION_ENVIRONMENT = ROOT / "docs" / "how-to" / "execution-environment.md"
UNDO = ("-e", json.dumps({"why": "undo", "who": "J. Jansen", "reason": "it stops a customer"}))
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
HOST = "gw"


class Project:
    """A directory of a user, with the installed collection in it."""

    def __init__(self, directory: Path, simulator: Simulator) -> None:
        self.directory = directory
        self.simulator = simulator
        self.folder = directory / "fleet"
        self.state = directory / "state"
        (self.folder / "inventory").mkdir(parents=True)
        (settings,) = (block for block in blocks(PAGE) if block.file == "fleet/ansible.cfg")
        (self.folder / "ansible.cfg").write_text(settings.text, encoding="utf-8")
        shutil.copy(simulator.ready["ca_file"], self.folder / "ca.pem")
        variables = {
            **connection_variables(simulator.ready["appliances"][HOST]),
            "netscaler_user": USER,
            "netscaler_password": "{{ lookup('ansible.builtin.env', 'NETSCALER_PASSWORD') }}",
            "netscaler_ca_file": "{{ inventory_dir }}/../ca.pem",
        }
        inventory = {"netscalers": {"hosts": {HOST: variables}}}
        (self.folder / "inventory" / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
        copy_tree(directory / "tree")
        self.tarball = build(directory / "tree", directory / "built")
        self.collection = install(self.tarball, self.folder / "collections")

    def run(self, *arguments: str, programs: Path = PROGRAMS, ends_with: int = 0, **settings: str) -> str:
        """Run ansible-playbook as a person who has no settings of Ansible, and return its output.

        :param programs: the directory of the program; the one of this Python starts as it does for a person
        :raises AssertionError: if it does not end with ``ends_with``
        """
        own = {
            "ANSIBLE_HOME": str(self.directory / "home"),
            "XDG_STATE_HOME": str(self.state),
            "NETSCALER_PASSWORD": PASSWORD,
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            [str(programs / "ansible-playbook"), *arguments],
            cwd=self.folder,
            env={**of_nobody("XDG_", "PYTHONPATH"), **own, **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )
        output = done.stdout + done.stderr
        assert done.returncode == ends_with, output
        assert PASSWORD not in output
        return output

    def play(self, verb: str, *options: str, programs: Path | None = None, ends_with: int = 0) -> str:
        """Run a playbook of the collection by its name, by default in a fork of a process that has loaded what is installed."""
        values = {"mitigation": MITIGATION, "as_of": NIGHT, "rollout_bake_seconds": 0}
        return self.run(
            f"tourniquet.netscaler.{verb}",
            "-e",
            json.dumps(values),
            *options,
            programs=programs or quick_ansible(),
            ends_with=ends_with,
        )

    def files(self, directory: Path) -> set[str]:
        """Return the files below a directory; Python's compiled modules do not count."""
        found = (path for path in directory.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return {str(path.relative_to(directory)) for path in found}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with Simulator(fleet_file({HOST: pair()}, AT_NIGHT)) as simulator:
        yield Project(tmp_path_factory.mktemp("user"), simulator)


@pytest.mark.only_in_all
def test_the_night_from_the_plan_to_the_undo(project: Project) -> None:
    packed = project.files(project.collection)
    assert "5 changes" in project.play("plan")
    assert "1 appliance: 1 mitigated" in project.play("apply", "-e", "ticket=CHG0042")
    rows = project.simulator.appliance(HOST).state()["nodes"][0]["running"]["responderpolicy"]
    assert [row["name"] for row in rows] == [NAME]
    before = project.files(project.folder / "records")
    assert install(project.tarball, project.folder / "collections") == project.collection
    assert before, "the record of the apply"
    assert before <= project.files(project.folder / "records"), "a new version keeps the records"
    assert "33 of 33 attacks blocked" in project.play("verify")
    assert "1 appliance: 1 mitigated" in project.play("status")
    assert "1 appliance: 1 exposed" in project.play("rollback", *UNDO, ends_with=2)
    assert not project.simulator.appliance(HOST).state()["nodes"][0]["running"].get("responderpolicy")
    assert project.files(project.collection) == packed, "nothing is written into the collection"
    assert {name.partition("/")[0] for name in project.files(project.folder)} == {
        "ansible.cfg",
        "ca.pem",
        "collections",
        "inventory",
        "plans",
        "records",
    }
    assert project.files(project.state) == {"tourniquet/record_key"}


@pytest.mark.only_in_all
def test_a_project_of_awx_with_a_volume(project: Project) -> None:
    """Nothing is left beside the inventory, which goes with the container."""
    volume = project.directory / "volume"
    volume.mkdir()
    before = project.files(project.folder)
    (own,) = (block for block in blocks(EXECUTION_ENVIRONMENT) if block.file == "project/apply.yml")
    (project.folder / "apply.yml").write_text(own.text, encoding="utf-8")
    values = json.dumps({"mitigation": MITIGATION, "as_of": NIGHT})
    output = project.run("apply.yml", "--check", "-e", values, TOURNIQUET_STATE_DIRECTORY=str(volume))
    assert "5 changes" in output
    assert project.files(project.folder) - before == {"apply.yml"}
    assert {name.partition("/")[0] for name in project.files(volume)} == {"plans", "records"}


def test_each_playbook_has_a_name_and_is_read(project: Project) -> None:
    output = project.run("--syntax-check", *(f"tourniquet.netscaler.{verb}" for verb in PLAYBOOKS))
    assert re.findall(r"^playbook: .*/playbooks/(\w+)\.yml$", output, re.MULTILINE) == PLAYBOOKS


@pytest.mark.only_in_all
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_night_with_each_python_and_ansible_core(project: Project, cell: Cell) -> None:
    reason = missing(cell)
    if reason:
        pytest.skip(reason)
    programs = cell.folder / "bin"
    version = project.run("--version", programs=programs)
    assert f"[core {cell.core_version()}]" in version
    assert re.search(rf"python version = {re.escape(cell.python)}\.", version)
    assert "5 changes" in project.play("plan", programs=programs)
    assert "1 appliance: 1 mitigated" in project.play("apply", "-e", "ticket=CHG0042", programs=programs)
    assert "33 of 33 attacks blocked" in project.play("verify", programs=programs)
    assert "1 appliance: 1 exposed" in project.play("rollback", *UNDO, programs=programs, ends_with=2)
    assert "records, copies and chain agree" in project.play("audit", programs=programs)
