# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A closing or an opening whose command does not say of what is refused; one that writes nothing needs no scope."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.stated_scope import (
    require_no_drill,
    require_scope,
    require_scope_of_command,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import all_verbs

from tests.accepted import accepted


def require(variables: dict[str, Any], limit: str = "", *, check_mode: bool = False, verb: str = "close") -> None:
    require_scope(verb, variables, limit, check_mode=check_mode)


VERBS = ("close", "lockdown", "reopen")


@pytest.mark.parametrize(
    "variables",
    [
        {"scope": "fleet"},
        {"customers": ["Brouwer"]},
        {"customers": "Brouwer"},
        {"vips": "gw,192.0.2.11:443"},
        {"partitions": ["tenant_a"]},
        {"target": "customer_brouwer"},
        {"customers": [], "vips": ["gw"]},
        {"drill": True},
        {"drill": "yes"},
        {"tourniquet_in_slice": True},
    ],
    ids=str,
)
def test_each_word_is_a_scope(variables: dict[str, Any]) -> None:
    with accepted():
        require(variables)


def test_limit_is_a_scope_and_check_mode_needs_none() -> None:
    with accepted():
        require({}, "gw-a:gw-b")
        require({}, check_mode=True)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"scope": ""},
        {"customers": []},
        {"customers": None},
        {"vips": " , "},
        {"partitions": [""]},
        {"kinds": ["vpn"]},
        {"drill": False},
        {"tourniquet_in_slice": "no"},
        {"target": ""},
    ],
    ids=str,
)
def test_without_a_scope_it_is_refused_with_the_variables_and_the_fix(variables: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        require(variables)
    text = str(refused.value)
    assert "\n" not in text
    for named in ("customers", "vips", "partitions", "-e target=", "--limit", "-e scope=fleet", "Nothing was sent."):
        assert named in text


@pytest.mark.parametrize("scope", ["all", "Fleet", True])
def test_another_word_is_refused_even_beside_a_limit(scope: Any) -> None:
    with pytest.raises(InvalidInput, match=rf"^scope is '{scope}', and fleet is the only word"):
        require({"scope": scope}, "gw-a", check_mode=True)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "given", [{"customers": ["Brouwer"]}, {"vips": "gw"}, {"partitions": ["tenant_a"]}, {"target": "gw-a"}], ids=str
)
def test_the_same_words_are_a_scope_of_each_verb(verb: str, given: dict[str, Any]) -> None:
    require(given, verb=verb)
    require({"scope": "fleet"}, verb=verb)
    require({}, "gw-a", verb=verb)
    require({}, check_mode=True, verb=verb)
    with pytest.raises(InvalidInput, match=f"^this {'opening' if verb == 'reopen' else 'closing'} has no scope"):
        require({"kinds": ["vpn"]}, verb=verb)


def test_a_drill_of_an_opening_is_no_scope() -> None:
    with pytest.raises(InvalidInput, match="has no scope"):
        require({"drill": True}, verb="reopen")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "inventory", [{"vips": ["gw"]}, {"kinds": "vpn"}, {"customers": ["Acme"]}, {"partitions": ["p1"]}], ids=str
)
def test_a_scope_of_the_inventory_narrows_no_command(verb: str, inventory: dict[str, Any]) -> None:
    (name,) = inventory
    what = "opened" if verb == "reopen" else "closed"
    with pytest.raises(InvalidInput) as refused:
        require_scope_of_command(verb, inventory, {"scope", "who"})
    assert str(refused.value) == (
        f"the inventory sets {name}, which would narrow what is {what}. Only the command names that: give it with -e, also as empty "
        f"(-e '{{\"{name}\": []}}'), or take it out of the inventory. Nothing was sent."
    )
    require_scope_of_command(verb, inventory, {name})
    require_scope_of_command(verb, {name: [], "target": "customer_acme"}, ())
    require_scope_of_command("apply", inventory, ())


def test_a_drill_of_the_inventory_makes_no_drill_of_a_closing() -> None:
    text = r"^drill is true in the inventory, so nothing would be closed\. .* write -e drill=true or -e drill=false\. Nothing was sent\.$"
    with pytest.raises(InvalidInput, match=text):
        require_scope_of_command("close", {"drill": True}, ())
    require_scope_of_command("close", {"drill": True}, {"drill"})
    require_scope_of_command("close", {"drill": "no"}, ())


@pytest.mark.parametrize("verb", [one.name for one in all_verbs() if one.changes and one.name != "close"])
def test_a_drill_of_a_verb_without_one_is_refused(verb: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_no_drill(verb, "true", is_preview=False)
    assert str(refused.value) == (
        f"drill=true has no effect here, so {verb} would be carried out: only close.yml has a drill (-e step=off -e drill=true). To change nothing "
        "write --check; to carry it out write -e drill=false. Nothing was sent."
    )
    require_no_drill(verb, "false", is_preview=False)
    require_no_drill(verb, True, is_preview=True)


@pytest.mark.parametrize("verb", ["close", "status", "hunt"])
def test_a_drill_of_a_closing_or_beside_a_verb_that_changes_nothing_is_taken(verb: str) -> None:
    with accepted():
        require_no_drill(verb, True, is_preview=False)
