# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of bootstrap.yml, of what works over SSH, and of prove.yml: who logs on, with which rights, and where. Each host has one of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.knobs import SYSTEM_ACCESS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.start_up_file import PATH
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.script import PATH as SCRIPT

from tests.engine.control_nodes import FOREIGN_LOCK
from tests.stage.fleet import PASSWORD, USER, Entry, box, pair
from tests.stage.played import TAKEN_AWAY, Laboratory, Run

ADMINISTRATOR = "r00t-0f-4ll"
LOCK = "/var/tmp/tourniquet_lock.txt"
WHY = "their laptop drowned"
SSH_PORT = 2222
KEYS = "/nsconfig/ssh/authorized_keys"
TESTING = {"responderpolicy": [{"name": "rp_testing", "rule": "FALSE", "action": "DROP"}]}
BY_HAND = {"systemcmdpolicy": [{"policyname": USER, "action": "ALLOW", "cmdspec": "^show.*"}]}


def unused(**more: Any) -> Entry:
    """Return an appliance without our user."""
    return box(users={"nsroot": ADMINISTRATOR}, **more)


BOOTSTRAP: dict[str, dict[str, Any]] = {
    "plain": {},
    "admin": {"admin_user": "boss"},
    "taken": {},
    "adopt": {"bootstrap_adopt": True},
    "reader": {"playbooks": ["status"]},
    "kinds": {"measure_kinds": ["mitigation", "geoblock"]},
    "shell": {"api_only": False},
    "held": {},
    "broken": {"break_lock": WHY},
    "free": {"lock": False},
    "unsaved": {},
    "saved": {"unsaved": "save_first"},
}
OWN: dict[str, Entry] = {
    "admin": box(users={"boss": ADMINISTRATOR}),
    "taken": unused(configuration=BY_HAND),
    "adopt": unused(configuration=BY_HAND),
    "unsaved": unused(unsaved_configuration=TESTING),
    "saved": unused(unsaved_configuration=TESTING),
}


@pytest.fixture(scope="module")
def accounts(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    laboratory = open_laboratory({host: OWN.get(host) or unused() for host in BOOTSTRAP}, variables=BOOTSTRAP)
    laboratory.common["admin_password"] = ADMINISTRATOR
    for host in ("held", "broken"):
        laboratory.simulator.fleet.appliances[host].nodes[0].write_file(LOCK, json.dumps(FOREIGN_LOCK).encode())
    return laboratory


@pytest.fixture(scope="module")
def made(accounts: Laboratory) -> Run:
    return accounts.play("bootstrap", write=True)


def rights(laboratory: Laboratory, host: str) -> str:
    return " ".join(row["cmdspec"] for row in laboratory.rows(host, "systemcmdpolicy"))


def interfaces(laboratory: Laboratory, host: str) -> Any:
    return next(row for row in laboratory.rows(host, "systemuser") if row["username"] == USER).get(
        "allowedmanagementinterface"
    )


def test_the_user_gets_the_rights_that_were_asked_for(accounts: Laboratory, made: Run) -> None:
    assert [made.problem(host) for host in ("plain", "reader", "kinds", "shell")] == [""] * 4
    assert ("responder" in rights(accounts, "plain"), "save|" in rights(accounts, "reader")) == (True, False)
    assert ["location" in rights(accounts, host) for host in ("plain", "kinds")] == [False, True]
    assert (interfaces(accounts, "plain"), interfaces(accounts, "shell")) == (["API"], None)


def test_who_makes_it_and_what_is_in_the_way(accounts: Laboratory, made: Run) -> None:
    assert (made.problem("admin"), interfaces(accounts, "admin")) == ("", ["API"])
    assert "-e bootstrap_adopt=true" in made.problem("taken")
    assert (made.problem("adopt"), interfaces(accounts, "adopt")) == ("", ["API"])
    assert "holds the lock" in made.problem("held")
    assert (made.problem("broken"), made.problem("free")) == ("", "")
    assert WHY in made.output
    assert "-e unsaved=save_first" in made.problem("unsaved")
    assert accounts.row("saved", "responderpolicy", "rp_testing", saved=True)


@pytest.fixture(scope="module")
def shells(open_laboratory: Callable[..., Laboratory], tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    key = tmp_path_factory.mktemp("keys") / "key"
    files = {PATH: "# of the customer\n", KEYS: public_line(signing_key(key)) + "\n"}
    fleet = {
        "old": pair(ssh_port=SSH_PORT, files=files),
        "new": box("14.1 73.46", ssh_port=SSH_PORT),
        "hand": box(ssh_port=SSH_PORT, files={PATH: f"{SYSTEM_ACCESS.line}\n"}),
        "forced": box("14.1 73.46", ssh_port=SSH_PORT),
    }
    laboratory = open_laboratory(fleet)
    ready = laboratory.simulator.ready["appliances"]
    for host, variables in laboratory.hosts.items():
        account = {"user": USER, "port": SSH_PORT, "host_keys": [node["ssh_host_key"] for node in ready[host]["nodes"]]}
        account |= {"password": PASSWORD}
        variables |= {f"node_local_{name}": value for name, value in account.items()}
    by_key = {"node_local_key_file": str(key), "ssh_key_file": str(key)}
    old = laboratory.hosts["old"]
    del old["node_local_password"]
    old |= by_key
    old |= {f"ssh_{name}": old[f"node_local_{name}"] for name in ("user", "port", "host_keys")}
    laboratory.hosts["forced"]["on_box_force"] = ["forced"]
    return laboratory


@pytest.mark.only_in_all  # bundles of evidence
def test_a_key_file_opens_the_shell(shells: Laboratory) -> None:
    """The account of this appliance has no password."""
    hunted = shells.play("hunt", limit=["old"], ssh=True)
    assert "the SSH half" not in json.dumps(hunted["old"]["not_seen"])
    bundles = shells.directory / "bundles"
    taken = shells.play("evidence", limit=["old"], bundles=str(bundles), parts=["volatile"], ssh=True, largest=1024)
    assert taken.rc == 0
    assert any(path.parent.name == "shell" for path in bundles.rglob("*"))


@pytest.mark.only_in_all  # reboots take their time
def test_the_node_local_half_in_the_chosen_order_with_one_reboot_each(shells: Laboratory) -> None:
    given: dict[str, Any] = {"limit": ["old"], "node_local": True, "node_local_reboot": True}
    given |= {
        "node_local_first": "secondary",
        "probes": "none",
        "save": "always",
    }  # else an apply without a proof fails
    refused = shells.play("apply", **given)
    assert "node_local_reboot needs evidence first" in refused.problem("old")
    wrong = shells.play("apply", **given, node_local_evidence="case 7", node_local_reboot_timeout=20)
    assert "node_local_reboot_timeout must be 30 to 3600 seconds" in wrong.problem("old")
    nodes = shells.simulator.fleet.appliances["old"].nodes
    assert [node.skip_systemaccess_policyeval for node in nodes] == [1, 1]
    done = shells.play("apply", **given, node_local_evidence="case 7", node_local_reboot_timeout=60)
    addresses = [text.rpartition(":")[0] for text in shells.hosts["old"]["netscaler_nodes"]]
    notes = [one for one in done["old"]["notes"] if ": reboot, once" in one]
    assert [next(one for one in addresses if one in note) for note in notes] == addresses[::-1], "the secondary first"
    assert "not probed: probes is none" in json.dumps(done["old"]["node_local"])
    assert "case 7" in "".join(path.read_text(encoding="utf-8") for path in shells.record_files("old"))
    assert [node.skip_systemaccess_policyeval for node in nodes] == [0, 0]
    gone: dict[str, Any] = {"limit": ["old"], "node_local": True, "why": "undo", "accept_exposure": True}
    gone |= {"who": "J. Jansen", "node_local_reset_knob": True}
    waits = shells.play("rollback", **gone, node_local_reboot=True, check=True)
    waived = shells.play("rollback", **gone, node_local_reboot=True, evidence_waived_by="J. Jansen", check=True)
    assert ("needs evidence first" in waits.output, "needs evidence first" in waived.output) == (True, False)
    assert shells.play("rollback", **gone).problem("old") == TAKEN_AWAY
    assert [node.skip_systemaccess_policyeval for node in nodes] == [1, 1]


def test_the_script_where_it_is_forced_and_under_its_tag(shells: Laboratory) -> None:
    given = {"on_box": "present", "on_box_tag": "our_tag"}
    refused = shells.play("on_box", limit=["new", "forced"], **given)
    assert "name the appliance: -e on_box_force=new" in refused.problem("new")
    assert "forced" not in refused.results, "a failure stops the others, by the full name too"
    assert shells.play("on_box", limit=["forced"], **given).problem("forced") == ""
    node = shells.simulator.fleet.appliances["forced"].nodes[0]
    assert b"our_tag" in bytes(node.files[SCRIPT].content)


@pytest.mark.only_in_all  # hundreds of requests
def test_a_proof_of_open_facts(open_laboratory: Callable[..., Laboratory]) -> None:
    scratch = {"scratch": True, "scratch_address": "192.0.2.77", "scratch_port": 4711}
    variables: dict[str, dict[str, Any]] = {
        "reads": {},
        "scratch": scratch,
        "gateway": {**scratch, "gateway": "gw"},
        "globally": {**scratch, "gateway": "gw", "globally": True},
    }
    laboratory = open_laboratory({host: box() for host in variables}, variables=variables)
    results = laboratory.directory / "facts"
    listed = laboratory.play("prove", limit=["scratch"], check=True, results=str(results))
    assert '"192.0.2.77"' in listed.output
    assert "4711" in listed.output
    assert not results.exists()
    run = laboratory.play("prove", results=str(results), reason="a quiet hour")
    assert [run.problem(host) for host in variables] == [""] * 4
    assert run.writes("reads") == []
    bound = {host: [one for one in run.writes(host) if "binding" in one] for host in variables}
    at_gateway = {host for host in variables if "POST vpnvserver_responderpolicy_binding" in bound[host]}
    assert at_gateway == {"gateway", "globally"}
    assert [host for host in variables if any("responderglobal" in one for one in bound[host])] == ["globally"]
    assert "POST lbvserver" in run.writes("scratch")
    assert len([path for path in results.iterdir() if path.suffix == ".json"]) == 4
    locked = laboratory.simulator.fleet.appliances["scratch"].nodes[0]
    assert not any("lock" in path for path in locked.files)


def test_a_line_that_was_written_by_hand_is_taken_out_where_that_is_asked_for(shells: Laboratory) -> None:
    given: dict[str, Any] = {"limit": ["hand"], "node_local": True, "accept_exposure": True, "who": "J. Jansen"}
    file = shells.simulator.fleet.appliances["hand"].nodes[0].files
    left = shells.play("rollback", **given)
    assert left.rc == 0
    assert SYSTEM_ACCESS.line.encode() in bytes(file[PATH].content)
    gone = shells.play("rollback", **given, node_local_adopt=True)
    assert gone.rc == 0
    assert PATH not in file or SYSTEM_ACCESS.line.encode() not in bytes(file[PATH].content)
