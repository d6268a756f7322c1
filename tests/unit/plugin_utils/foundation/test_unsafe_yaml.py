# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text of somebody else in YAML: Ansible loads it as it is, and never renders it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, is_trusted_as_template
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import unsafe_yaml
from hypothesis import given
from hypothesis import strategies as st

TEXTS = (
    *("gw{{ lookup('pipe', 'touch canary') }}", "{% for x in y %}", "{# x #}", "#jinja2: variable_start_string: '[['", "[[ x ]]"),
    *("on", "1e3", "0x10", "~", "", " ", "null", "<<", "=", "2020-06-30", "12:30:45", "1_000", ".inf", "!vault x", "&a", "*a"),
    *("a: b", "a # b", "- a", "a\nb: c", "\r\n", '"', "'", "\\", '\\"', "? x", "!!python/object/apply:os.system [id]"),
    *("\x00", "\x1b[2J", "\x85", "\u2028", "\u202e", "\ufeff", "\U0001f600"),
)  # fmt: skip


def by_ansible(path: Path, text: str) -> Any:
    """Load a text as Ansible loads a file of variables, and render everything in it that it trusts."""
    path.write_text(text, encoding="utf-8")
    loader = DataLoader()
    loaded = loader.load_from_file(str(path), trusted_as_template=True)
    assert is_trusted_as_template(loaded["trusted"]), "the loader trusts what has no tag"
    return Templar(loader=loader, variables=loaded).template(loaded)


def file_of(value: Any) -> str:
    return f'trusted: "{{{{ 6 * 7 }}}}"\nother: "{{{{ value }}}}"\nvalue: {unsafe_yaml.written(value)}\n'


@pytest.mark.parametrize("text", TEXTS)
def test_ansible_never_renders_it_not_even_through_another_variable(tmp_path: Path, text: str) -> None:
    found = by_ansible(tmp_path / "vars.yml", file_of([text, {"key": text}]))
    assert found == {"trusted": 42, "other": [text, {"key": text}], "value": [text, {"key": text}]}
    assert unsafe_yaml.load(file_of([text]))["value"] == [text]


def test_the_check_itself_finds_a_text_without_the_tag(tmp_path: Path) -> None:
    """So the test above can fail."""
    found = by_ansible(tmp_path / "vars.yml", 'trusted: "{{ 6 * 7 }}"\nvalue: "gw{{ 1 + 1 }}"\n')
    assert found["value"] == "gw2"


@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none(), st.lists, max_leaves=5))
def test_every_value_comes_back_from_one_line_of_ascii(value: Any) -> None:
    text = unsafe_yaml.written(value)
    assert text.isascii()
    assert text.isprintable()
    assert unsafe_yaml.load(text) == value


def test_half_of_a_surrogate_pair_cannot_be_written() -> None:
    assert unsafe_yaml.load(unsafe_yaml.written("a\ud800b")) == "a\ufffdb"


def test_a_value_of_another_type_is_text() -> None:
    assert unsafe_yaml.written(date(2020, 6, 30)) == '"2020-06-30"'


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system [id]", "!vault x", "a: !x y"])
def test_other_tags_are_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        unsafe_yaml.load(text)
