# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each kind of next action has a test that gives its line, and a text that names a playbook without a command says why: a new one fails here."""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

import yaml

from tests.next_kinds import ROOT, kinds, prose
from tests.parsed import parsed

LIST = "tests/next_kinds.yml"
PARTS = ("pasted", "not_pasted")
MOST_NOT_PASTED, MOST_ELSEWHERE = 1, 4
"""These numbers only become smaller."""


@cache
def listed() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / LIST).read_text(encoding="utf-8"))
    return content


def test_each_kind_of_command_has_a_test_that_gives_it() -> None:
    named = [kind for part in PARTS for kind in listed()[part]]
    assert sorted(named) == sorted(set(named))
    new, gone = kinds().keys() - set(named), set(named) - kinds().keys()
    assert not new, (
        f"no test pastes {sorted(new)}: write one in tests/playbooks/test_next_kinds.py, and name it in {LIST}"
    )
    assert not gone, f"{LIST} names {sorted(gone)}, which nothing advises"


def test_the_named_tests_exist() -> None:
    for kind, test in listed()["pasted"].items():
        path, _colons, name = test.partition("::")
        tree = parsed(ROOT / path)
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{kind}: {test}"


def test_a_text_that_names_a_playbook_without_a_command_is_listed() -> None:
    texts = {
        f"plugins/plugin_utils/{module}": tuple(verbs)
        for own in listed()["texts"].values()
        for module, verbs in own.items()
    }
    assert texts == prose(), f"give the text its command (foundation/next_action.advice), or list it in {LIST}"


def test_what_is_only_words_becomes_less() -> None:
    assert len(listed()["not_pasted"]) == MOST_NOT_PASTED
    assert len(listed()["texts"]["elsewhere"]) == MOST_ELSEWHERE
