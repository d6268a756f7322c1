# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules in a person's own playbook, in a project without our ansible.cfg: the examples of their documentation, as they stand.

Only the addresses, and the port of SSH, are those of a simulated appliance.
"""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts_json import (
    SCHEMA,
    customer_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.knobs import SYSTEM_ACCESS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.start_up_file import PATH
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)

from simulator import Simulator
from tests.letters_world import now
from tests.machines.tools import RUNNER
from tests.playbooks.bundles import signed_bundle
from tests.stage.control_node import ROOT, of_nobody
from tests.stage.fleet import AT_NIGHT, PASSWORD, box, fleet_file, pair
from tests.stage.played import TIMEOUT
from tests.stage.quick_ansible import quick_ansible
from tests.synthetic import observed

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))
HOST = "gw-amsterdam"
ADMINISTRATOR = "r00t-0f-4ll"
SSH_PORT = 2222  # each node has an address of its own
START, DAY = 1578218400, 86400  # 5 January 2020, before the exploit was public


@dataclass
class Project:
    """A directory with an inventory of one host; the playbooks of a test are written into it.

    :ivar programs: where ``ansible-playbook`` is
    """

    folder: Path
    programs: Path
    addresses: Mapping[str, str]
    host_keys: Sequence[str]

    def example(self, module: str, verb: str | None = None, **changes: Any) -> dict[str, Any]:
        """Return the example of a module, or of one of its verbs; the only changes are what a story adds to a task."""
        text = importlib.import_module(f"ansible_collections.tourniquet.netscaler.plugins.modules.{module}").EXAMPLES
        for place, address in self.addresses.items():
            text = text.replace(f'"{place}"', f'"{address}"')
        (task,) = (
            one
            for one in yaml.safe_load(text)
            if verb is None or one[f"tourniquet.netscaler.{module}"].get("verb") == verb
        )
        task[f"tourniquet.netscaler.{module}"] |= changes
        return {"register": module, **task}

    def play(self, *tasks: Mapping[str, Any]) -> dict[str, Any]:
        """Play tasks, and return what each module returned."""
        names = [str(task["register"]) for task in tasks]
        shown = {"ansible.builtin.copy": {"content": "{{ results | to_json }}", "dest": "results.json", "mode": "0600"}}
        play = {
            "hosts": HOST,
            "gather_facts": False,
            "vars": {
                "vault_netscaler_password": PASSWORD,
                "vault_nsroot_password": ADMINISTRATOR,
                "vault_node_local_password": ADMINISTRATOR,
                "node_local_host_keys": list(self.host_keys),
                "netscaler_whitelists": [{"vserver": "gw", "kind": "vpn", "mode": "observe", "base": ["gateway"]}],
            },
            "tasks": [
                *tasks,
                {**shown, "vars": {"results": {name: f"{{{{ {name} }}}}" for name in names}}, "connection": "local"},
            ],
        }
        (self.folder / "site.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        own = {
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
            "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            [str(self.programs / "ansible-playbook"), "-i", "hosts.yml", "site.yml"],
            cwd=self.folder,
            env={**of_nobody(), **own},
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert not [secret for secret in (PASSWORD, ADMINISTRATOR) if secret in done.stdout + done.stderr]
        results: dict[str, Any] = json.loads((self.folder / "results.json").read_text(encoding="utf-8"))
        return results


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    administrators = {"nsroot": ADMINISTRATOR, "tourniquet-shell": ADMINISTRATOR}
    appliances = {
        "alone": pair(),
        "traces": pair(),
        "rollout": pair(),
        "new": pair(users=administrators, ssh_port=SSH_PORT),
        "spare": box(),
    }
    with Simulator(fleet_file(appliances, AT_NIGHT)) as running:
        yield running


@pytest.fixture
def project_of(simulator: Simulator, tmp_path: Path) -> Callable[[str], Project]:
    def make(appliance: str) -> Project:
        shutil.copy(simulator.ready["ca_file"], tmp_path / "appliances-ca.pem")
        (tmp_path / "hosts.yml").write_text(
            yaml.safe_dump({"all": {"hosts": {HOST: {"ansible_python_interpreter": sys.executable}}}}), encoding="utf-8"
        )
        (tmp_path / "logs").mkdir()
        ready = simulator.ready["appliances"][appliance]
        nodes = ("192.0.2.11", "192.0.2.12")[: len(ready["nodes"])]
        places = zip((*nodes, "198.51.100.10"), (*ready["nodes"], *ready["vservers"]), strict=True)
        addresses = {place: f"{found['address']}:{found['port']}" for place, found in places}
        requests = [
            RecordedRequest(
                "/vpn/index.html",
                START + day * DAY + client,
                f"203.0.113.{client}",
                addresses["198.51.100.10"],
                "GET",
                200,
                False,
            )
            for day in range(3)
            for client in range(1, 9)
        ]
        text = "".join(f"{observed(request)}\n" for request in requests)
        (tmp_path / "logs" / "ns.log").write_text(text, encoding="ascii")
        return Project(tmp_path, quick_ansible(), addresses, [node.get("ssh_host_key", "") for node in ready["nodes"]])

    return make


def test_the_examples_from_the_plan_to_the_removal(simulator: Simulator, project_of: Callable[[str], Project]) -> None:
    project = project_of("alone")
    example = project.example
    export = project.folder / "exports" / "brouwer" / "ns.conf"
    export.parent.mkdir(parents=True)
    export.write_text("#NS14.1 Build 99.1\nset ns config -IPAddress 192.0.2.1\nset ns hostName adc01\n")
    names = ("apply", "status", "exported_status", "audit", "impact", "learn", "signer", "lockdown")
    first = project.play(example("doctor"), example("fleet_page", "doctor"), *map(example, names))
    assert first["exported_status"]["files"]["adc01"]["verdict"]["exit_code"] == 0
    assert HOST in first["doctor_findings"]["appliances"]
    assert first["apply"]["changed"]
    assert first["apply"]["verdict"]["word"] == "reduces exposure"
    assert first["apply"]["saved"] is True
    assert first["status"]["verdict"]["word"] == "reduces exposure"
    assert (project.folder / "records" / HOST).is_dir()
    assert (project.folder / "reports" / "impact" / "impact.html").is_file()
    assert first["lockdown"]["changed"]
    simulator.appliance("alone").upgrade("13.0 47.24")
    accepted = {"accept_exposure": True, "who": "J. Jansen"}
    second = project.play(example("reopen"), example("rollback"), example("end_sessions", **accepted), example("leave"))
    assert second["end_sessions"]["changed"]
    assert second["reopen"]["changed"]
    assert second["rollback"]["changed"]
    assert second["leave"]["left"]["objects"] == {}
    assert second["leave"]["left"]["files"]
    node = simulator.appliance("alone").state()["nodes"][0]
    assert not [row for row in node["running"].get("responderpolicy", []) if row["name"].startswith("tq_")]


def test_the_examples_of_a_rollout(simulator: Simulator, project_of: Callable[[str], Project]) -> None:
    project = project_of("rollout")
    plan = {**project.example("apply", plans="plans"), "check_mode": True, "register": "plan"}
    found = project.play(
        plan, project.example("rollout"), project.example("apply", plans="plans"), project.example("bake")
    )
    assert found["plan"]["changed"]
    assert found["apply"]["verdict"]["word"] == "reduces exposure"
    assert found["rollout"]["ansible_facts"]["tourniquet_rollout"] == {"hosts": [HOST], "serial": [1]}
    again = project.play(project.example("apply"))
    assert not again["apply"]["changed"]
    simulator.appliance("rollout").upgrade("13.0 47.24")
    assert project.play(project.example("retire"))["retire"]["changed"]


def test_the_examples_from_the_account_to_the_node_local_half(
    simulator: Simulator, project_of: Callable[[str], Project]
) -> None:
    project = project_of("new")
    node_local = project.example("node_local", port=SSH_PORT)
    bootstrap = project.example("bootstrap", extras=["node_local"])
    on_box = project.example("on_box", port=SSH_PORT)
    found = project.play(bootstrap, project.example("apply"), node_local, on_box)
    assert found["bootstrap"]["state"] == "done"
    assert found["bootstrap"]["saved"] is True
    assert found["apply"]["verdict"]["word"] == "reduces exposure"
    assert found["node_local"]["management_address"] == "covered"
    assert found["on_box"]["on_box"] == "no report yet"
    nodes = simulator.fleet.appliances["new"].nodes
    assert [SYSTEM_ACCESS.line.encode() in bytes(node.files[PATH].content) for node in nodes] == [True, True]


def test_the_example_of_the_open_facts(simulator: Simulator, project_of: Callable[[str], Project]) -> None:
    project = project_of("spare")
    found = project.play(project.example("prove"))["prove_result"]
    assert found["left"] == []
    assert found["result"]["settled"]
    assert [Path(file).parent for file in found["files"]] == [Path("open_facts")] * 2
    assert "tq_prove__" not in json.dumps(simulator.appliance("spare").state()["nodes"][0]["running"])


def test_the_examples_of_traces_and_logs(project_of: Callable[[str], Project]) -> None:
    project = project_of("traces")
    verbs = ("evidence", "hunt", "ledger", "read_logs", "watch", "alarm")
    tasks = [task for verb in verbs for task in (project.example(verb), project.example("fleet_page", verb))]
    found = project.play(*tasks)
    assert found["integrity_watch_result"]["looked_at"]
    assert found["integrity_watch_findings"]["exit_code"] == found["integrity_watch_result"]["exit_code"]
    assert "no policy of ours is bound" in found["alarm_result"]["not_seen"][0]["why"]
    assert found["alarm_findings"]["exit_code"] == found["alarm_result"]["exit_code"] == 2
    assert [path.name for path in (project.folder / "baselines").iterdir()] == [f"{HOST}.shown.json"]
    assert [one["customer"] for one in found["ledger_result"]["answers"]] == ["Brouwer"]
    assert found["ledger_of_fleet"]["exit_code"] == 2
    assert [Path(file).name for file in found["ledger_of_fleet"]["files"]] == [
        "ledger.json",
        "ledger.csv",
        "course.txt",
    ]
    assert found["evidence_result"]["gaps"] == []
    assert found["evidence_bundles_taken"]["exit_code"] == 0
    assert (project.folder / found["evidence_result"]["bundle"] / "manifest.json.sig").exists()
    for name in ("hunt", "read_logs"):
        assert found[f"{name}_result"]["looked_at"]
        assert found[f"{name}_findings"]["exit_code"] == found[f"{name}_result"]["exit_code"]
    assert sorted(path.name for path in (project.folder / "log_bookmarks").iterdir()) == [
        f"{HOST}.findings.json",
        f"{HOST}.json",
    ]


def test_the_example_of_an_end(project_of: Callable[[str], Project]) -> None:
    project = project_of("alone")
    findings = {"ansible.builtin.set_fact": {"hunt_findings": {"must_fail": True}}, "register": "fact"}
    end = project.example("end_run", msg="1 appliance: 1 incomplete", exit_code=2)
    found = project.play(findings, {**end, "ignore_errors": True})
    assert (found["end_run"]["failed"], found["end_run"]["msg"]) == (True, "1 appliance: 1 incomplete")


def test_the_example_of_an_own_entry(project_of: Callable[[str], Project]) -> None:
    project = project_of("alone")
    made = project.play(project.example("new_entry"))["new_entry"]
    assert (made["changed"], made["problems"]) == (True, [])
    assert sorted(path.name for path in Path(made["directory"]).iterdir()) == [
        "mitigation.yml",
        "traffic.yml",
        "v1.yml.j2",
    ]


def test_the_example_of_letters(project_of: Callable[[str], Project]) -> None:
    project = project_of("alone")
    customer = customer_values(now())
    (promised,) = (one for one in customer["facts"] if one["kind"] == "next_message")
    promised["when"] = (datetime.now(UTC) + timedelta(days=1)).isoformat()  # the clock of the run is that of today
    facts = {"schema": SCHEMA, "customers": [customer]}
    (project.folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    named = {"Brouwer": {"contacts": [{"name": "A. Brouwer", "mail": "a@brouwer.example"}]}}
    made = project.play({**project.example("letters"), "vars": {"tourniquet_customers": named}})["letters"]
    assert made["letters"] == [
        {"customer": "Brouwer", "number": 1, "is_new": True, "label": "TLP:AMBER", "corrections": 0}
    ]
    mail = project.folder / "letters" / "customers" / "Brouwer" / "letter-1.eml"
    assert b'To: "A. Brouwer" <a@brouwer.example>\r\n' in mail.read_bytes()


def test_the_example_of_a_closing(project_of: Callable[[str], Project]) -> None:
    project = project_of("alone")
    found = project.play(project.example("close"), project.example("reopen", step="notice", accept_exposure=True))
    assert found["close"]["changed"]
    assert found["close"]["verdict"]["word"] == "enforcing"
    assert found["reopen"]["changed"]


def test_the_example_of_consent(project_of: Callable[[str], Project]) -> None:
    project = project_of("alone")
    given = {**project.example("consent"), "vars": {"tourniquet_customers": {"Brouwer": {"consent": True}}}}
    listed = {"tourniquet.netscaler.consent": {"consents": "consent"}, "register": "all_customers"}
    found = project.play(given, listed)
    assert found["consent"]["report"][0].startswith("Brouwer: agreed 20")
    assert [(one["customer"], one["state"], one["who"]) for one in found["all_customers"]["customers"]] == [
        ("Brouwer", "agreed", "A. Brouwer")
    ]
    assert [path.name for path in (project.folder / "consent" / "Brouwer").iterdir()] == ["1.json"]


def test_the_examples_of_a_bundle_of_the_catalogue(project_of: Callable[[str], Project]) -> None:
    project = project_of("alone")
    signed_bundle(project.folder, project.folder, 202611281200)
    compared = map(project.example, ("catalogue_update", "catalogue_change"))
    found = project.play(*compared, project.example("fleet_page", "catalogue"))
    assert found["catalogue_update"]["lines"][0].startswith("bundle 202611281200 by author@example.org (SHA256:")
    compared = found["catalogue_update_result"]
    assert (compared["problem"], compared["entries"][0]["after"]) == ("", "exposed")
    change = found["catalogue_update_change"]
    assert change["appliances"][HOST]["effect"] == compared["effect"] == "more to do"
    assert change["exit_code"] == 1


@pytest.mark.only_in_all  # it needs make machine-tools
def test_the_examples_of_slices_over_machines(project_of: Callable[[str], Project]) -> None:
    project = project_of("alone")
    silent = {"execution_nodes": [{"name": "amsterdam", "command": ["sh", "-c", "cat > /dev/null"]}]}
    sliced = {**project.example("sliced", **silent, slice_runner=str(RUNNER)), "ignore_errors": True}
    records = project.example(
        "slice_records", known={}, into="records.json", known_probes={}, probes_into="probes.json"
    )
    found = project.play(sliced, records)
    assert found["sliced"]["failed"]
    assert found["sliced"]["lost"] == {HOST: "amsterdam"}
    assert found["sliced"]["next_action"].startswith("LOST  1 appliance without a result (amsterdam)")
    for name in ("records.json", "probes.json"):
        assert json.loads((project.folder / name).read_text(encoding="utf-8")) == {}


def test_the_example_of_each_module_is_played() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [module for module in MODULES if f'"{module}"' not in source] == []
