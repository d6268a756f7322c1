# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""examples/awx is played by the modules of awx.awx 24.6.1, the last release that PyPI's package ansible carried, against as much of the API as they ask for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.typo_check import names_of_roles

from tests.machines.fake_awx import Api, running
from tests.stage.control_node import ROOT

EXAMPLE = ROOT / "examples" / "awx"
COLLECTIONS = ROOT / ".cache" / "awx"
CERTIFICATES = ["/etc/pki/ca-trust:/etc/pki/ca-trust:O", "/usr/share/pki:/usr/share/pki:O"]
OURS = "/srv/tourniquet:/var/lib/tourniquet:z"
SECRETS = {
    "CONTROLLER_OAUTH_TOKEN": "token",
    "PASSWORD_AMSTERDAM": "of amsterdam",
    "PASSWORD_UTRECHT": "of utrecht",
    "NODES_KEY": "a key",
}
NODES = {
    "execution_nodes": [{"name": "utrecht", "command": ["ssh", "exec-utrecht-1"]}],
    "nodes_known_hosts": "exec-utrecht-1 ssh-ed25519 AAAA",
    "pods": {"namespace": "awx", "claim": "tourniquet-{{ site.site }}", "group": 1000, "approvers": "approvers"},
}
REVIEWED = {"apply", "rollback", "retire", "end_sessions", "reopen"}
CHECKED_FIRST = {"close", "lockdown", "evidence"}
OF_THE_PROJECT_ALONE = {"hand_in_approval", "prepare_volume"}
"""The playbooks that have no other behind them."""
OF_THE_PROJECT = {"plan", "approver", "signature"}
"""The variables of its own playbooks."""


class Loader(yaml.SafeLoader):
    """Reads ``!unsafe`` as text."""


Loader.add_constructor("!unsafe", lambda loader, node: str(node.value))


def content(name: str) -> Any:
    return yaml.load((EXAMPLE / name).read_text(encoding="utf-8"), Loader=Loader)


QUESTIONS: dict[str, dict[str, Any]] = content("surveys.yml")["questions"]
VERBS: dict[str, list[dict[str, Any]]] = content("verbs.yml")


def imported(playbook: str) -> list[str]:
    """The playbooks that a playbook of the project imports, in their order."""
    plays = yaml.safe_load((EXAMPLE / "project" / f"{playbook}.yml").read_text(encoding="utf-8"))
    names = [play.get("ansible.builtin.import_playbook", "") for play in plays]
    return [name.removeprefix("tourniquet.netscaler.").removesuffix(".yml") for name in names if name]


# -- the content -------------------------------------------------------------------------------------------------------


def test_what_can_harm_is_reviewed_and_each_playbook_exists() -> None:
    reviewed = {one["verb"] for one in VERBS["reviewed"]}
    assert reviewed == REVIEWED
    assert {one["verb"] for one in VERBS["launched"] if one.get("checks_first")} == CHECKED_FIRST
    for verb in (*reviewed, "sliced"):
        assert imported(verb) == ["check_answers", "demand_plan", verb]
    for one in VERBS["launched"]:
        if one["verb"] not in OF_THE_PROJECT_ALONE:
            assert imported(one["verb"])[-1] == one["verb"]
            assert (ROOT / "playbooks" / f"{one['verb']}.yml").exists()
    changes_without_review = {"bootstrap", "leave", "node_local", "on_box", "prove", "recommended"}
    assert not [name for name in changes_without_review if (EXAMPLE / "project" / f"{name}.yml").exists()]


def test_who_is_asked_for_a_ticket_has_his_answers_checked() -> None:
    """What ansible-core reads as a number would be another ticket in the records."""
    for one in (*VERBS["launched"], *VERBS["reviewed"]):
        if {"ticket", "reason"} & set(one.get("survey", ())):
            assert imported(one["verb"])[0] == "check_answers", one["verb"]


def specs() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each option of a role by its variable."""
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            yield from (entry.get("options") or {}).items()


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_each_answer_is_an_option_that_takes_it(question: Mapping[str, Any]) -> None:
    variable = question["variable"]
    if variable in OF_THE_PROJECT:
        return
    assert variable in names_of_roles() | {"customer"}
    if question["type"] != "multiplechoice":
        return
    found = [spec for name, spec in specs() if name == variable or name.endswith(f"_{variable}")]
    taken = (
        {"true", "false"}
        if found[0]["type"] == "bool"
        else {str(choice) for spec in found for choice in spec.get("choices", ())}
    )
    assert found
    assert set(question["choices"]) <= taken


def test_a_job_of_a_schedule_ends_before_the_next_one() -> None:
    seconds = {one["verb"]: one["seconds"] for one in VERBS["launched"]}
    units = {"MINUTELY": 60, "HOURLY": 3600, "DAILY": 86400}
    for one in VERBS["schedules"]:
        found = re.fullmatch(r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=(\w+);INTERVAL=(\d+)", one["rrule"])
        assert found, one
        assert 0 < seconds[one["verb"]] < units[found[1]] * int(found[2])


def test_the_constructed_inventory_groups_the_sites_of_the_project(tmp_path: Path) -> None:
    (task,) = (one for one in content("all_sites.yml") if "awx.awx.inventory_source" in one)
    (tmp_path / "none.cfg").touch()
    source = tmp_path / "constructed.yml"
    source.write_text(yaml.safe_dump(task["awx.awx.inventory_source"]["source_vars"]), encoding="utf-8")
    sites = [
        word
        for site in ("amsterdam", "utrecht")
        for word in ("-i", str(EXAMPLE / "project" / "inventory" / f"{site}.yml"))
    ]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-inventory")), *sites, "-i", str(source), "--list"],
        cwd=tmp_path,
        env={**os.environ, "ANSIBLE_CONFIG": str(tmp_path / "none.cfg"), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
    )
    found = json.loads(done.stdout)
    groups = {
        name: found[name]["hosts"] for name in ("site_amsterdam", "site_utrecht", "customer_Brouwer", "customer_De_Wit")
    }
    assert groups == {
        "site_amsterdam": ["gw-amsterdam"],
        "site_utrecht": ["gw-utrecht"],
        "customer_Brouwer": ["gw-amsterdam"],
        "customer_De_Wit": ["gw-utrecht"],
    }
    # A variable of the group netscalers would be that of the site that was read last.
    assert {name: one["netscaler_site"] for name, one in found["_meta"]["hostvars"].items()} == {
        "gw-amsterdam": "amsterdam",
        "gw-utrecht": "utrecht",
    }


# -- configure.yml -----------------------------------------------------------------------------------------------------


def configure(url: str, place: Path, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (place / "none.cfg").touch()
    own = {
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_CONFIG": str(place / "none.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "CONTROLLER_HOST": url,
        "LC_ALL": "C.UTF-8",
        **SECRETS,
        **environment,
    }
    return subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), str(EXAMPLE / "configure.yml"), *more],
        env={**{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}, **own},
        capture_output=True,
        text=True,
        check=False,
    )


def empty_awx() -> Api:
    """An AWX with the machine of the example, and paths that others have set."""
    api = Api()
    api.add("instances", {"hostname": "exec-utrecht-1"})
    # The last one is what the earlier form of the example had set in place of those of the certificates.
    api.settings["AWX_ISOLATION_SHOW_PATHS"] = ["/opt/of-others:/opt/of-others", OURS.replace(":z", ":rw")]
    return api


@pytest.fixture(scope="module")
def awx(tmp_path_factory: pytest.TempPathFactory) -> Api:
    api = empty_awx()
    with running(api) as url:
        done = configure(
            url, tmp_path_factory.mktemp("awx"), "-e", yaml.safe_dump(NODES, default_flow_style=True, width=10**6)
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert not [secret for secret in SECRETS.values() if secret in done.stdout]
    return api


@pytest.mark.only_in_all
def test_the_paths_of_others_and_of_the_certificates_stay(awx: Api) -> None:
    assert awx.settings["AWX_ISOLATION_SHOW_PATHS"] == ["/opt/of-others:/opt/of-others", *CERTIFICATES, OURS]


@pytest.mark.only_in_all
def test_the_volume_of_a_site_is_seen_by_the_jobs_of_its_own_group_alone(awx: Api) -> None:
    pods, machines = (awx.named("instance_groups", f"tourniquet {site}") for site in ("amsterdam", "utrecht"))
    spec = yaml.safe_load(pods["pod_spec_override"])["spec"]
    assert spec["containers"] == [
        {
            "name": "worker",
            "env": [{"name": "TOURNIQUET_STATE_DIRECTORY", "value": "/var/lib/tourniquet/state"}],
            "resources": {"requests": {"cpu": 1, "memory": "1Gi"}},
            "volumeMounts": [
                {"name": "state", "mountPath": "/var/lib/tourniquet"},
                {
                    "name": "approvers",
                    "mountPath": "/runner/allowed_signers",
                    "subPath": "allowed_signers",
                    "readOnly": True,
                },
            ],
        }
    ]
    assert spec["volumes"] == [
        {"name": "state", "persistentVolumeClaim": {"claimName": "tourniquet-amsterdam"}},
        {"name": "approvers", "configMap": {"name": "approvers"}},
    ]
    assert spec["securityContext"] == {"fsGroup": 1000, "fsGroupChangePolicy": "OnRootMismatch"}
    assert pods["is_container_group"] is True
    assert awx.linked(machines, "instances") == ["exec-utrecht-1"]
    assert awx.named("instances", "exec-utrecht-1")["managed_by_policy"] is False
    for template in awx.things["job_templates"]:
        site = template["name"].partition(":")[0].replace("all sites", "amsterdam")
        assert awx.linked(template, "instance_groups") == [f"tourniquet {site}"]
        assert template["prevent_instance_group_fallback"] is True


@pytest.mark.only_in_all
def test_a_password_reaches_a_job_as_a_file(awx: Api) -> None:
    kind = awx.named("credential_types", "NetScaler password")
    assert kind["injectors"] == {
        "file": {"template": "{{ password }}"},
        "extra_vars": {"appliance_password_file": "{{ tower.filename }}"},
    }
    assert [awx.named("credentials", f"appliances of {site}")["inputs"] for site in ("amsterdam", "utrecht")] == [
        {"password": "of amsterdam"},
        {"password": "of utrecht"},
    ]
    for template in awx.things["job_templates"]:
        own = awx.linked(template, "credentials")
        if template["name"].startswith("all sites"):
            assert sorted(own) == ["key of the nodes", "known hosts of the nodes"], "the nodes have the passwords"
        else:
            assert own == [f"appliances of {template['name'].partition(':')[0]}"]


@pytest.mark.only_in_all
def test_nobody_may_launch_what_carries_a_plan_out(awx: Api) -> None:
    teams = ("operators", "approvers", "closers")
    launched = {team: awx.with_role(team, "execute_role") for team in teams}
    everybody = set().union(*launched.values())
    assert not [one for one in everybody if one.endswith("prepare_volume")]
    for site in ("amsterdam", "utrecht"):
        assert not {f"{site}: {verb}" for verb in REVIEWED} & everybody
        assert {f"{site}: {verb}" for verb in ("close", "lockdown")} <= launched["closers"]
        assert launched["approvers"] & {one for one in everybody if one.startswith(site)} == {
            f"{site}: hand_in_approval"
        }
    assert not {one for one in everybody if one.startswith("all sites") and not one.endswith("after a review")}
    workflows = {one["name"] for one in awx.things["workflow_job_templates"]}
    assert awx.with_role("approvers", "approval_role") == workflows
    assert not awx.with_role("operators", "approval_role") | awx.with_role("closers", "approval_role")


@pytest.mark.only_in_all
def test_each_workflow_plans_asks_carries_out_and_looks(awx: Api) -> None:
    nodes = {one["id"]: one for one in awx.things["workflow_job_template_nodes"]}
    units = {
        one["id"]: one["name"] for part in ("job_templates", "workflow_approval_templates") for one in awx.things[part]
    }
    assert len(awx.things["workflow_job_templates"]) == 2 * len(REVIEWED) + 3
    for workflow in awx.things["workflow_job_templates"]:
        site, _colon, verb = workflow["name"].removesuffix(" after a review").partition(": ")
        own = {one["identifier"]: one for one in nodes.values() if one["workflow_job_template"] == workflow["id"]}
        order, at = ["plan"], "plan"
        while following := awx.linked(own[at], "success_nodes"):
            (at,) = following
            order.append(at)
        assert order == ["plan", "approve", "carry_out", *(["look"] if verb != "reopen" else [])]
        assert not any(awx.linked(own[at], way) for at in order for way in ("always_nodes", "failure_nodes"))
        names = [units[own[at]["unified_job_template"]].removeprefix(f"{site}: ") for at in order]
        assert names[:3] == [f"plan of {verb}", f"is this {verb} to be carried out?", verb]
        assert workflow["ask_limit_on_launch"]
        assert not workflow["ask_variables_on_launch"], "nobody names another plan"
        assert awx.linked(workflow, "notification_templates_approvals") == ["tourniquet"]
        assert awx.linked(workflow, "notification_templates_error") == ["tourniquet"]


@pytest.mark.only_in_all
def test_what_plans_is_a_check_and_what_changes_is_not_sliced(awx: Api) -> None:
    for template in awx.things["job_templates"]:
        verb = template["name"].partition(": ")[2]
        checks = verb.startswith("plan of ") or verb in CHECKED_FIRST
        assert template["job_type"] == ("check" if checks else "run"), verb
        assert template["job_slice_count"] == (
            2 if verb in ("status", "verify") and "all sites" not in template["name"] else 1
        )
        assert template.get("ask_job_type_on_launch", False) is (verb in CHECKED_FIRST)
        if verb in {"watch", "read_logs", "status"} and "all sites" not in template["name"]:
            assert template["timeout"] > 0
            assert awx.linked(template, "notification_templates_error") == ["tourniquet"]


@pytest.mark.only_in_all
def test_the_inventory_of_all_sites_knows_site_and_customer(awx: Api) -> None:
    inventory = awx.named("inventories", "appliances of all sites")
    assert inventory["kind"] == "constructed"
    assert awx.linked(inventory, "input_inventories") == ["appliances of amsterdam", "appliances of utrecht"]
    assert yaml.safe_load(inventory["variables"]) == {"tourniquet_execution_nodes": NODES["execution_nodes"]}
    (source,) = (one for one in awx.things["inventory_sources"] if one["inventory"] == inventory["id"])
    assert yaml.safe_load(source["source_vars"])["keyed_groups"] == [
        {"prefix": "site", "key": "netscaler_site"},
        {"prefix": "customer", "key": "netscaler_customer"},
    ]


def in_one_line(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join(done.stdout.split())


@pytest.mark.only_in_all
@pytest.mark.parametrize("value", ["", "  "])
def test_an_unset_variable_never_becomes_an_empty_credential(tmp_path: Path, value: str) -> None:
    api = empty_awx()
    before = api.changes
    with running(api) as url:
        done = configure(url, tmp_path, PASSWORD_UTRECHT=value)
    assert done.returncode == 2
    assert "the environment variable PASSWORD_UTRECHT is not set, or empty: export it" in in_one_line(done)
    assert api.changes == before


@pytest.mark.only_in_all
def test_nobody_approves_what_he_has_launched(tmp_path: Path) -> None:
    api = empty_awx()
    before = api.changes
    with running(api) as url:
        done = configure(
            url, tmp_path, "-e", '{"teams": {"operators": ["jansen"], "approvers": ["vis", "jansen"], "closers": []}}'
        )
    assert done.returncode == 2
    assert "jansen would be in operators and in approvers" in in_one_line(done)
    assert api.changes == before


@pytest.mark.only_in_all
def test_a_machine_on_which_others_have_jobs_too_gets_no_volume(tmp_path: Path) -> None:
    api = empty_awx()
    machine = api.named("instances", "exec-utrecht-1")
    group = api.add("instance_groups", {"name": "default"})
    api.links[f"{machine['url']}instance_groups/"] = [group["id"]]
    shown = list(api.settings["AWX_ISOLATION_SHOW_PATHS"])
    with running(api) as url:
        done = configure(url, tmp_path)
    assert done.returncode == 2
    assert (
        "exec-utrecht-1 is in the instance group default too, so jobs of others would see the records"
        in in_one_line(done)
    )
    assert api.settings["AWX_ISOLATION_SHOW_PATHS"] == shown
