# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A new verb is one folder and one line in the list of verbs: it then has its page, its report, its rights and its approvals, and the doctor knows it.

The verb stands in a copy of the tree, with the plugins that ``make docs`` makes for it. No other file is touched but those that ``make docs`` makes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tests.documentation.tracked import commit_all, copy_tree
from tests.stage.control_node import PLAYBOOK_PROGRAM, of_nobody
from tests.stage.fleet import AT_NIGHT, fleet_file, pair
from tests.stage.played import TIMEOUT, Laboratory

VERB = "count_vips"
FOLDER = f"plugins/plugin_utils/verbs/{VERB}"
LIST = "plugins/plugin_utils/verbs/registry.py"
LICENCE = "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)\n"
# The folder.
FILES = {
    "__init__.py": '"""The verb count_vips: it counts the virtual servers of each appliance."""\n',
    "verb.py": '''
"""Declares count_vips, which counts the virtual servers of each appliance."""

from ...change.approvals.rule import ApprovalRule
from ...policies.rights import LOG_ON, rights
from ..common.verb import Rights, Shown, Tried, Verb, Writes

VERB = Verb(
    name="count_vips",
    tasks={"count_vips": Shown.ON_PAGE},
    reports_on_fleet=True,
    writes=Writes.CONFIGURATION,
    rights=Rights(own=(*LOG_ON, *rights("show", "lb vserver, dns zone"), *rights("set", "dns zone"))),
    approvals=ApprovalRule(("count_vips",), harmless=("state", "status"), sealed=False),
    is_rolled_out=True,
    judges_nothing=True,
    tried_by_doctor=Tried.NEEDED,
)
''',
    "options.yml": """
---
tasks:
  count_vips:
    options: [variables_of, appliance, state]
page:
  options: []
options:
  state:
    description: V(status) counts only.
    type: str
    choices: [status, present]
    default: status
""",
    "run.py": '''
"""Counts the virtual servers of one appliance."""

from ...appliance.nitro.connection import Connection
from ..common.result import Result
from ..common.task import Task


class Count(Task):
    """Count them."""

    def run(self) -> Result:
        with Connection(self.appliance) as connection:
            number = len(connection.primary.read("vpnvserver"))
        return Result(changed=False, msg=f"it has {number} Gateways", own={"vips": number})


TASK = Count
''',
    "page.py": '''
"""What people and programs see of the virtual servers of a fleet."""

from ..common.option_files import page_options
from ..pages.fleet_page import FleetPage, FleetReport, FleetRun


def count(run: FleetRun) -> FleetPage:
    """Return the page."""
    total = sum(int(result.get("vips", 0)) for result in run.results.values())
    return FleetPage([f"{total} Gateways"], {host: {"vips": one["vips"]} for host, one in run.results.items()}, 0, False)


REPORT = FleetReport("counted", page_options("count_vips"), count)
''',
}
PLAYBOOK = """
- name: Count
  hosts: "{{ query('tourniquet.netscaler.appliances', target | default('netscalers')) }}"
  connection: local
  gather_facts: false
  tasks:
    - name: Count
      tourniquet.netscaler.count_vips:
        variables_of: count_vips
      register: counted
    - name: Report
      tourniquet.netscaler.fleet_page:
        verb: count_vips
      run_once: true
      when: as_fleet | default(false)
"""
# What the rest of the tree derives, asked in the copy.
ASKED = """
import json, sys
sys.path.insert(0, ".collections")
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.needed_commands import READING, READS, WRITES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rights import needed_rights
print(json.dumps({
    "rights": [right.name for right in needed_rights(["count_vips"], (), ["partitions"])],
    "bootstrap": options_of("bootstrap", "bootstrap")["playbooks"]["choices"],
    "rollout": options_of("rollout", "rollout")["verb"]["choices"],
    "tried": READING,
    "reads": [read.command for read in READS],
    "writes": WRITES["count_vips"],
}))
"""


@dataclass
class Copy:
    """A copy of the tree that has the verb."""

    tree: Path
    laboratory: Laboratory

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.tree,
            env={**of_nobody(), "PYTHONPATH": str(self.tree), "LC_ALL": "C.UTF-8", **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )

    def play(self, **extra: Any) -> subprocess.CompletedProcess[str]:
        """Play the playbook of the verb with the plugins of the copy."""
        self.laboratory.write_inventory()
        return self.run(
            *(PLAYBOOK_PROGRAM, "-i", str(self.laboratory.inventory), "count.yml"),
            *("-e", json.dumps(extra)),
            ANSIBLE_CONFIG=str(self.tree / "ansible.cfg"),
            ANSIBLE_HOME=str(self.tree / ".cache" / "ansible"),
            ANSIBLE_NOCOLOR="1",
        )

    def changed(self) -> dict[str, str]:
        """Return each file that is not as it was committed, with how git names the difference."""
        done = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=all"],
            cwd=self.tree,
            capture_output=True,
            text=True,
            check=True,
        )
        return {line[3:]: line[:2].strip() for line in done.stdout.splitlines()}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    tree = tmp_path_factory.mktemp("tree")
    copy_tree(tree)
    commit_all(tree)
    folder = tree / FOLDER
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text((LICENCE if name.endswith(".py") else "") + text.lstrip("\n"), encoding="utf-8")
    registry = tree / LIST
    text = registry.read_text(encoding="utf-8")
    registry.write_text(text.replace('    "sliced",\n', f'    "sliced",\n    "{VERB}",\n'), encoding="utf-8")
    with Simulator(fleet_file({"gw-a": pair(), "gw-b": pair()}, AT_NIGHT)) as running:
        found = Copy(tree, Laboratory(running, tmp_path_factory.mktemp("laboratory")))
        found.laboratory.common["records"] = str(found.laboratory.records)
        made = found.run("-m", "tests.architecture")
        assert made.returncode == 0, made.stderr
        (tree / "count.yml").write_text(PLAYBOOK.lstrip("\n"), encoding="utf-8")
        yield found


def test_one_folder_and_one_line_are_all_of_it(copy: Copy) -> None:
    changed = copy.changed()
    new = {name for name, how in changed.items() if how == "??"} - {"count.yml"}
    assert new == {f"{FOLDER}/{name}" for name in FILES} | {
        f"plugins/{kind}/{VERB}.py" for kind in ("action", "modules")
    }
    code = {name for name, how in changed.items() if how == "M" and name.endswith(".py")}
    # The module that has the verbs as choices is made from the declarations too, as are the pages.
    assert code == {LIST, *(f"plugins/modules/{name}.py" for name in ("bootstrap", "fleet_page", "rollout"))}
    action = (copy.tree / "plugins" / "action" / f"{VERB}.py").read_text(encoding="utf-8")
    assert action.splitlines()[-1] == f'ActionModule = action_of("{VERB}")'


def test_its_rights_are_known_to_accounts_and_doctor(copy: Copy) -> None:
    done = copy.run("-c", ASKED)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["rights"][-4:] == ["show lb vserver", "show dns zone", "set dns zone", "switch ns partition"]
    assert VERB in found["bootstrap"]
    assert VERB in found["rollout"]
    assert VERB in found["tried"].split(", ")
    assert "show dns zone" in found["reads"]
    assert found["writes"] == ["set dns zone"]


def test_a_playbook_has_its_page_and_its_report(copy: Copy, tmp_path: Path) -> None:
    done = copy.play(tourniquet_report=str(tmp_path / "report"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "it has 1 Gateways" in done.stdout.partition("TOURNIQUET *")[2]
    report = json.loads((tmp_path / "report" / "count.json").read_text(encoding="utf-8"))
    assert report["playbook"] == "count"
    assert {one["exit_code"] for one in report["appliances"]} == {0}
    assert {one["host"]: one["result"]["vips"] for one in report["appliances"]} == {"gw-a": 1, "gw-b": 1}


def test_its_page_of_a_fleet_ends_the_run(copy: Copy, tmp_path: Path) -> None:
    done = copy.play(as_fleet=True, tourniquet_report=str(tmp_path / "report"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.partition("COUNT_VIPS *")[2].partition("\n")[2].splitlines()[0] == "2 Gateways"
    found = json.loads((tmp_path / "report" / f"{VERB}.json").read_text(encoding="utf-8"))
    assert found == {"gw-a": {"vips": 1}, "gw-b": {"vips": 1}}


def test_approvals_can_be_demanded_for_it(copy: Copy) -> None:
    key = str(copy.laboratory.directory / "record_key")
    copy.laboratory.common |= {"tourniquet_approvals": {VERB: 1}, "tourniquet_record_key": key}
    refused = copy.play(state="present")
    assert refused.returncode == 2
    why = "count_vips needs 1 approval, and its plan has no seal that could be signed"
    assert why in " ".join(refused.stdout.split()), refused.stdout
    counted = copy.play()
    assert counted.returncode == 0, counted.stdout + counted.stderr
