# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A template that is compiled once renders exactly as by Ansible, and one that needs Ansible is left to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state_template import (
    plain_template,
    template_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
TEMPLATES = sorted(CATALOGUE.glob("*/v*.yml.j2"))


def by_ansible(text: str, names: dict[str, Any]) -> Any:
    """As the action has Ansible render it."""
    templar = Templar(loader=DataLoader(), variables=names)
    return templar.template(trust_as_template(text), escape_backslashes=False, overrides={"trim_blocks": True})


@played_together("path", TEMPLATES, ids=lambda path: f"{path.parent.name}-{path.stem}")
@played_together("log", [True, False])
@played_together("marker", ["2b6558e2d590", ""])
def test_the_catalogue_is_rendered_as_by_ansible(path: Path, log: bool, marker: str) -> None:
    names = {"name": "tq_x", "priority": 10, "log": log, "marker": marker}
    template = plain_template(path)
    assert template is not None
    assert template.render(names) == by_ansible(path.read_text(), names)


@pytest.mark.parametrize(
    "text",
    [
        "a: {{ name }}\n\n",
        "{% for n in [1, 2] %}\n{{ n }}: {{ priority + n }}\n{% endfor %}\n",
        r"""a: "\r\n{{ '\\r\\n' ~ marker }}" """,
        "{% set other = name %}{# a remark #}\na: '{{ other }}'\n",
        "a: {{ log }}\nb: {{ '{{' }}\n",
        "a: {{ marker }}",
    ],
)
def test_other_plain_templates_are_as_well(text: str, tmp_path: Path) -> None:
    names = {"name": "tq_x", "priority": 10, "log": True, "marker": "{{ name }}"}
    path = tmp_path / "v1.yml.j2"
    path.write_text(text)
    template = plain_template(path)
    assert template is not None
    assert template.render(names) == by_ansible(text, names)


@pytest.mark.parametrize(
    "text",
    [
        "a: {{ netscaler_customer }}",
        "a: {{ name | upper }}",
        "a: {{ name | to_json }}",
        "{% if marker is defined %}a: 1{% endif %}",
        "a: {{ lookup('env', 'HOME') }}",
        "a: {{ now() }}",
        "a: {{ name.upper() }}",
        "a: {{ name[0] }}",
        "{% include 'other.j2' %}",
        "{% import 'other.j2' as other %}",
        "{% extends 'other.j2' %}",
        "{% filter upper %}a{% endfilter %}",
        "{% macro one() %}a{% endmacro %}a: 1",
        "#jinja2: variable_start_string: '[%'\na: {{ name }}",
        "a: {{ name",
    ],
)
def test_what_needs_ansible_is_left_to_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "v1.yml.j2"
    path.write_text(text)
    assert plain_template(path) is None


def test_a_file_that_is_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "v1.yml.j2"
    assert plain_template(path) is None
    path.write_text("a: {{ name }}")
    first = plain_template(path)
    assert first is not None
    assert plain_template(path) is first
    path.write_text("b: {{ name }}")
    os.utime(path, ns=(1, 1))
    second = plain_template(path)
    assert second is not None
    assert second.render({"name": "x"}) == "b: x"


def test_the_file_of_a_version() -> None:
    entry = CATALOGUE / "cve_2019_19781"
    assert template_of(entry, 1) == (1, entry / "v1.yml.j2")
    assert template_of(entry, 0) == (2, entry / "v2.yml.j2")
    assert template_of(Path("/nowhere"), 1, "~/own.j2") == (1, Path.home() / "own.j2")
    with pytest.raises(InvalidInput, match="no mitigation"):
        template_of(CATALOGUE / "cve_0000_0", 0)
