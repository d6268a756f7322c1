# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The expressions that are made of rights, and the rights of all verbs and kinds of measures together."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import TYPES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import all_kinds, kinds_with_rights
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies import command_patterns as table
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.command_patterns import (
    LONGEST_PATTERN,
    MARK,
    command_patterns,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.rights import Extra, Objects, Right, Use
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rights import needed_rights, with_rights

from tests.played_together import played_together

ROOT = Path(__file__).parents[4]
# evidence.yml, hunt.yml and watch.yml read any file, which covers the narrower rights to read files of all others.
NARROW = [name for name in with_rights() if name not in ("evidence", "hunt", "watch")]
ALL = needed_rights(NARROW, kinds_with_rights(), Extra)


def allowed(patterns: list[str], command: str) -> bool:
    return any(re.search(pattern, command, re.IGNORECASE) for pattern in patterns)


@played_together("left_out", ALL, ids=lambda right: right.example)
def test_the_expressions_allow_exactly_the_rights(left_out: Right) -> None:
    rights = [right for right in ALL if right != left_out]
    patterns = command_patterns(rights)
    assert [right.example for right in rights if not allowed(patterns, right.example)] == []
    assert not allowed(patterns, left_out.example)


def test_a_wider_right_takes_the_place_of_those_that_it_covers() -> None:
    rights = needed_rights(with_rights(), kinds_with_rights(), Extra)
    assert [right for right in rights if right.name == "show system file"] == [Right("show", "system file")]
    patterns = command_patterns(rights)
    assert [right.example for right in ALL if not allowed(patterns, right.example)] == []


def test_no_command_that_only_begins_like_a_right_is_allowed() -> None:
    patterns = command_patterns(ALL)
    for command in (
        "add responder policy theirs TRUE NOOP",
        "bind responder global theirs 10",
        "enable ns feature RESPONDER LB",
        "enable ns feature LB",
        "rm system file rc.netscaler -fileLocation /nsconfig",
        "add locationFile /etc/passwd",
        "show system file ns.conf -fileLocation /nsconfig",
        "set system user nsroot x",
        "clear ns config full",
        "shell",
        "xshow ns config",
        "show ns configuration",
        MARK.removesuffix("t"),
    ):
        assert not allowed(patterns, command), command


@pytest.mark.parametrize("longest", [400, 700, LONGEST_PATTERN])
def test_each_expression_is_short_enough_and_has_the_mark(monkeypatch: pytest.MonkeyPatch, longest: int) -> None:
    monkeypatch.setattr(table, "LONGEST_PATTERN", longest)
    patterns = command_patterns(ALL)
    assert max(map(len, patterns)) <= longest
    assert all(pattern.startswith(f"(^{MARK}$)|") for pattern in patterns)
    assert all(allowed(patterns, right.example) for right in ALL)
    assert len(patterns) > (longest < LONGEST_PATTERN)


def test_without_rights_there_is_no_expression() -> None:
    assert command_patterns([]) == []


def test_all_of_it_fits_into_one_command_policy() -> None:
    """But for reading logs, hunting and evidence, and the types of the whole catalogue: then it is two at most, which bootstrap.yml makes."""
    daily = [name for name in with_rights() if name not in ("hunt", "read_logs", "evidence")]
    without = [name for name in Extra if name != "whole_catalogue"]
    for one, other in combinations(kinds_with_rights(), 2):
        assert len(command_patterns(needed_rights(daily, [one, other], without))) == 1
        assert len(command_patterns(needed_rights(with_rights(), [one, other], Extra))) <= 2
    assert len(command_patterns(needed_rights(["status", "doctor"], ["mitigation"], Extra))) == 1


@pytest.mark.parametrize("template", sorted(ROOT.glob("templates/mitigations/*/v*.yml.j2")), ids=lambda p: p.parts[-2])
def test_the_types_of_each_mitigation_of_the_catalogue_are_in_the_table(template: Path) -> None:
    names = re.findall(r"^([a-z][a-z0-9_]*):", template.read_text(encoding="utf-8"), re.MULTILINE)
    rights = set(all_kinds()["mitigation"].rights[Use.CHANGES])
    assert names
    for name in names:
        if name == "nsfeature":
            assert Right("enable", "ns feature", Objects.RESPONDER) in rights
            continue
        type_ = TYPES[name]
        verbs = ("bind", "unbind") if type_.bound else ("add", "rm")
        missing = [f"{verb} {type_.noun}" for verb in verbs if Right(verb, type_.noun, Objects.OURS) not in rights]
        assert missing == [], "add it to measures/mitigation/kind.py, and to tests/engine/test_needed_rights.py"
