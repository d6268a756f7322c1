# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each documented option of each role has a trial: a test that gives it and sees its effect. ``hunt.yml -e rotation=DIR`` had none, and did nothing.

``tests/option_trials.yml`` names the test of each, by role and variable. A new option without one fails here. What is only tried below the playbook, or
not at all, is a debt that may shrink and not grow.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LIST = Path("tests/option_trials.yml")
FROM_PLAYBOOKS = ("tests/playbooks/", "tests/machines/", "tests/hostile/", "tests/project/", "tests/scale/")
REASONS = ("set_by_the_playbook", "not_here", "untried")
PARTS = ("from_a_playbook", "below_the_playbook", *REASONS)
MOST_BELOW, MOST_UNTRIED = 1, 0
"""How many options are tried below their playbook only, and not at all: these numbers only become smaller."""
GIVEN_OTHERWISE = 15
"""How many the playbooks set themselves, or need more machines: a trial from a playbook is no trial of them."""


@cache
def declared() -> dict[str, tuple[str, ...]]:
    """Return each documented variable of each role, as the list names it, with the names that a test gives: the tests of a measure add its prefix."""
    found = {}
    for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        role = path.parts[-3]
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            found |= {f"{role}.{name}": (name, name.removeprefix(f"{role}_")) for name in entry.get("options") or {}}
    return found


@cache
def listed() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / LIST).read_text(encoding="utf-8"))
    return content


@cache
def functions_of(path: str) -> frozenset[str]:
    """Return the names of the tests of a file; none where there is no such file."""
    file = ROOT / path
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_documented_option_has_a_trial() -> None:
    named = [name for part in PARTS for name in listed()[part]]
    assert sorted(named) == sorted(set(named)), "an option is named twice"
    missing, gone = declared().keys() - set(named), set(named) - declared().keys()
    assert not missing, (
        f"no test gives {sorted(missing)}: write one that gives it from its playbook, and name it in {LIST}"
    )
    assert not gone, f"{LIST} names {sorted(gone)}, which no role documents"


@pytest.mark.parametrize("part", ["from_a_playbook", "below_the_playbook"])
def test_the_named_test_exists_and_gives_the_option(part: str) -> None:
    wrong = []
    for name, trial in listed()[part].items():
        path, _colons, test = trial.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8") if test in functions_of(path) else ""
        if not any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text) for one in declared()[name]):
            wrong.append(f"{name}: {trial}")
        if (part == "from_a_playbook") is not path.startswith(FROM_PLAYBOOKS):
            wrong.append(f"{name}: {trial} is in the wrong part")
    assert not wrong


def test_what_is_not_tried_from_a_playbook_only_becomes_less() -> None:
    assert (len(listed()["below_the_playbook"]), len(listed()["untried"])) == (MOST_BELOW, MOST_UNTRIED)
    assert len(listed()["set_by_the_playbook"]) + len(listed()["not_here"]) == GIVEN_OTHERWISE
    assert all(why for part in REASONS for why in listed()[part].values()), "each says why"
