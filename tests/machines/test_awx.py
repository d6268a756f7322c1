# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""examples/awx is checked against the argument specs of awx.awx 24.6.1, the last release that PyPI's package ansible carried."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.playbooks.laboratory import ROOT

EXAMPLE = ROOT / "examples" / "awx"
COLLECTIONS = ROOT / ".cache" / "awx"
PREFIX = "awx.awx."
AUTHENTICATION = ("controller_host", "controller_oauthtoken")


class Loader(yaml.SafeLoader):
    """Reads ``!unsafe`` as text."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def tasks() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the name, module and arguments of each task of the example that calls awx.awx."""
    for path in sorted(EXAMPLE.glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)
        if not isinstance(content, list):
            continue
        for play in content:
            for task in play.get("tasks", [play]):
                for module in (key for key in task if key.startswith(PREFIX)):
                    yield f"{path.stem}: {task['name']}", module, task[module]


TASKS = list(tasks())
TASKS_OF_TEMPLATES = yaml.load((EXAMPLE / "job_templates.yml").read_text(encoding="utf-8"), Loader=Loader)


@pytest.fixture(scope="module")
def specs() -> dict[str, dict[str, Any]]:
    """By module, its options as ansible-doc shows them, those of the authentication among them."""
    modules = sorted({module for _name, module, _arguments in TASKS})
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-doc")), "--type", "module", "--json", *modules],
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_CONFIG": str(COLLECTIONS / "none.cfg"),
            "LC_ALL": "C.UTF-8",
        },
        capture_output=True,
        check=True,
    )
    return {name: found["doc"]["options"] for name, found in json.loads(done.stdout).items()}


def spec_of(options: dict[str, Any]) -> dict[str, Any]:
    """The argument spec of documented options."""
    spec = {}
    for name, option in options.items():
        kept = {key: option[key] for key in ("type", "elements", "choices", "required", "aliases") if key in option}
        if "suboptions" in option:
            kept["options"] = spec_of(option["suboptions"])
        spec[name] = kept
    return spec


def filled(value: Any) -> Any:
    """A value with each template replaced: one that stands for a whole value by 1, which each type takes; one in a text by a word."""
    if isinstance(value, dict):
        return {key: filled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item) for item in value]
    if isinstance(value, str):
        whole = re.fullmatch(r"\{\{[^{}]*\}\}", value)
        return "1" if whole else re.sub(r"\{\{.*?\}\}", "x", value)
    return value


@pytest.mark.only_in_all
@pytest.mark.parametrize(("name", "module", "arguments"), TASKS, ids=[name for name, _module, _arguments in TASKS])
def test_each_task_fits_the_argument_spec_of_its_module(
    specs: dict[str, dict[str, Any]], name: str, module: str, arguments: dict[str, Any]
) -> None:
    spec = spec_of(specs[module])
    assert {*AUTHENTICATION} <= spec.keys()
    result = ArgumentSpecValidator(spec).validate(filled(arguments))
    assert result.error_messages == []


@pytest.mark.only_in_all
@pytest.mark.parametrize("wrong", [{"job_slices": 2}, {"job_type": "scan it"}, {"forks": "many"}, {"name": None}])
def test_a_mistake_would_be_found(specs: dict[str, dict[str, Any]], wrong: dict[str, Any]) -> None:
    (arguments,) = (one for name, _module, one in TASKS if "template of the plan" in name)
    changed = {key: value for key, value in {**arguments, **wrong}.items() if value is not None}
    assert ArgumentSpecValidator(spec_of(specs["awx.awx.job_template"])).validate(filled(changed)).error_messages


def test_what_changes_appliances_is_not_sliced_and_each_playbook_exists() -> None:
    templates = [arguments for _name, module, arguments in TASKS if module == "awx.awx.job_template"]
    sliced = {one["name"]: one["job_slice_count"] for one in templates}
    assert {name.rpartition(": ")[2]: count for name, count in sliced.items()} == {
        "plan": 1,
        "apply": 1,
        "{{ verb }}": "{{ site.slices }}",
        "{{ watching }}": 1,  # the state of the run before is on the volume of one machine
    }
    for path in sorted((EXAMPLE / "project").glob("*.yml")):
        (first, *_rest) = yaml.safe_load(path.read_text(encoding="utf-8"))
        verb = first["ansible.builtin.import_playbook"].removeprefix("tourniquet.netscaler.")
        assert (ROOT / "playbooks" / f"{verb}.yml").exists()
        assert verb == path.stem


def test_each_schedule_is_of_a_template_with_a_playbook_and_says_when() -> None:
    (watching,) = (task for task in TASKS_OF_TEMPLATES if task.get("loop_control") == {"loop_var": "watched"})
    assert {one["playbook"]: one["rrule"].partition("FREQ=")[2] for one in watching["loop"]} == {
        "watch": "MINUTELY;INTERVAL=5",
        "read_logs": "DAILY;INTERVAL=1",
    }
    (templates,) = (task for task in TASKS_OF_TEMPLATES if task.get("loop_control") == {"loop_var": "watching"})
    assert templates["loop"] == [one["playbook"] for one in watching["loop"]]
    assert all((EXAMPLE / "project" / f"{name}.yml").exists() for name in templates["loop"])
    assert all(re.fullmatch(r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=\S+", one["rrule"]) for one in watching["loop"])


def test_the_workflow_asks_a_person_between_the_plan_and_the_apply() -> None:
    (workflow,) = (arguments for _name, module, arguments in TASKS if module == "awx.awx.workflow_job_template")
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    order, at = [], "plan"
    while True:
        order.append(at)
        following = nodes[at].get("related", {}).get("success_nodes", [])
        if not following:
            break
        (at,) = (one["identifier"] for one in following)
    assert order == ["plan", "approve", "apply", "verify"] == list(nodes)
    assert nodes["approve"]["unified_job_template"]["type"] == "workflow_approval"
    assert {question["variable"] for question in workflow["survey_spec"]["spec"]} == {"mitigation", "ticket", "who"}
