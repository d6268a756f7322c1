# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""execution-environment.yml has the form that ansible-builder reads, and everything in it is pinned and there."""

from __future__ import annotations

import copy
import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from release.execution_environment import FILE, context_files, problems_with
from tests.documentation.blocks import blocks

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "how-to" / "execution-environment.md"
CONTENT: dict[str, Any] = yaml.safe_load((ROOT / FILE).read_text(encoding="utf-8"))


def schema(name: str) -> dict[str, Any]:
    """Return a schema that ansible-lint brings."""
    spec = find_spec("ansiblelint")
    assert spec is not None
    assert spec.origin is not None
    content: dict[str, Any] = json.loads(
        (Path(spec.origin).parent / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    )
    return content


def written(tmp_path: Path, content: dict[str, Any]) -> Path:
    """A tree with this file, and the files that the one of the project names."""
    (tmp_path / FILE).write_text(yaml.safe_dump(content), encoding="utf-8")
    for source in context_files(CONTENT).values():
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / source).touch()
    return tmp_path


def test_it_has_the_form_of_version_3() -> None:
    jsonschema.validate(CONTENT, schema("execution-environment"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**CONTENT, "dependency": {}}, schema("execution-environment"))


def test_a_job_of_awx_reaches_the_nodes_of_a_sliced_run_with_it() -> None:
    assert "openssh-clients [platform:rpm]" in CONTENT["dependencies"]["system"]
    assert CONTENT["dependencies"]["ansible_runner"], "the controller of a sliced run makes the jobs with it"


def test_all_that_it_names_is_pinned_and_there(tmp_path: Path) -> None:
    assert problems_with(written(tmp_path, CONTENT)) == []
    assert context_files(CONTENT) == {
        "collections/tourniquet-netscaler.tar.gz": "build/release/tourniquet-netscaler.tar.gz",
        "python/requirements.lock": "build/release/requirements.lock",
    }


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (
            ("dependencies", "ansible_runner", "package_pip"),
            "ansible-runner>=2.4",
            "ansible_runner has no exact version",
        ),
        (("dependencies", "ansible_core"), {"package_pip": "ansible-core"}, "ansible_core has no exact version"),
        (("dependencies", "galaxy", "collections", 0, "type"), "galaxy", "is not a file of the build"),
        (("dependencies", "galaxy", "collections", 0, "name"), "x.tar.gz", "is not a file of the build"),
        (("additional_build_files", 1, "dest"), "elsewhere", "no file for the step"),
        (("additional_build_files", 0, "src"), "build/release/none.tar.gz", "build/release/none.tar.gz is missing"),
        (("additional_build_steps", "append_base"), ["RUN pip install lark"], "packages without hashes"),
    ],
)
def test_what_is_left_open_is_a_problem(tmp_path: Path, path: tuple[Any, ...], value: Any, problem: str) -> None:
    content = copy.deepcopy(CONTENT)
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert any(problem in one for one in problems_with(written(tmp_path, content)))


def test_the_settings_of_ansible_navigator_have_its_form() -> None:
    (settings,) = (block for block in blocks(PAGE) if block.file == "ansible-navigator.yml")
    content = yaml.safe_load(settings.text)
    jsonschema.validate(content, schema("ansible-navigator-config"))
    (volume,) = content["ansible-navigator"]["execution-environment"]["volume-mounts"]
    assert f"ENV TOURNIQUET_STATE_DIRECTORY={volume['dest']}" in CONTENT["additional_build_steps"]["append_final"]


def test_the_job_template_of_awx_names_the_same_volume_and_a_playbook_of_the_project() -> None:
    (template,) = (block for block in blocks(PAGE) if block.file == "job_template.yml")
    (task,) = yaml.safe_load(template.text)
    values = task["awx.awx.job_template"]
    (playbook,) = (block for block in blocks(PAGE) if block.file == f"project/{values['playbook']}")
    (play,) = yaml.safe_load(playbook.text)
    name = play["ansible.builtin.import_playbook"].rpartition(".")[2]
    assert (ROOT / "playbooks" / f"{name}.yml").is_file()
    volume = re.search(r'"(/[^:"]+):([^:"]+):z"', PAGE.read_text(encoding="utf-8"))
    assert volume is not None
    assert f"ENV TOURNIQUET_STATE_DIRECTORY={volume[2]}" in CONTENT["additional_build_steps"]["append_final"]
