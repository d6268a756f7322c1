# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The types of attributes: each that the engine reads is checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.rows import (
    ARRAYS,
    NUMBERS,
    SINGLES,
    whole,
    wrong_type,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import TYPES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock import protected_addresses
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.acls import order

from tests.played_together import played_together

ENGINE = Path(__file__).parents[5] / "plugins" / "plugin_utils"
READERS = (
    "appliance",
    "change",
    "judgement/inspection",
    "judgement/proof",
    "judgement/exposure_reads",
    "measures/geoblock",
)
# How rows are called where they are read, and the words that are no attributes of NITRO.
READS = re.compile(r"""\b(?:row|rows\[0\]|config|self\.config|lowered|other|own_row\(\w+\))(?:\.get\(|\[)"(\w+)\"""")
SETTINGS = frozenset({"index", "priority", "ratelimit", "responsestatuscode", "ttl"})
OURS = {"feature", "values", "enabled", "answered", "owner", "source", "until", "place", "logon", "overdue", "decision"}
OURS |= {
    "is_open",
    "unread",
    "step",
    "vserver",
    "partition",
    "failover",
    "shut_there",
    "elsewhere",
    "closed_by",
    "half_closed_by",
    "at_the_latest",
}  # of the rows of closings


@played_together("name", sorted(SINGLES | ARRAYS))
@played_together("value", [{"a": 1}, {}, [{"a": 1}], [[]], [1]], ids=str)
def test_an_object_or_array_is_refused_where_a_value_is_read(name: str, value: Any) -> None:
    assert re.fullmatch(rf"the attribute {name} is an (object|array).*", wrong_type([{"a": "b"}, {name: value}]))


def test_what_is_an_array_in_one_type_is_one_value_in_all_others() -> None:
    assert wrong_type([{"type": ["HTML", "XML"]}], "appfwprofile") == ""
    assert (
        wrong_type([{"type": [{"a": 1}]}], "appfwprofile") == "the attribute type is an array of other things than text"
    )
    assert wrong_type([{"feature": ["LB"]}], "appfwprofile") == ""
    assert wrong_type([{"type": ["HTML"]}], "lbvserver") == "the attribute type is an array"


@pytest.mark.parametrize("spelling", ["String", "LOCATIONFILE", "Locationfile"])
def test_the_case_of_a_name_does_not_matter(spelling: str) -> None:
    assert wrong_type([{spelling: ["x"]}]) == f"the attribute {spelling} is an array"


@played_together("value", ["x", "", 1, 0, -5, 2**64 - 1, 1.5, True, None, "9" * 20])
def test_single_values_are_taken(value: Any) -> None:
    assert wrong_type([dict.fromkeys(SINGLES - SETTINGS - {"invoke"}, value)]) == ""


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_the_numbers_of_the_configuration_are_whole(name: str) -> None:
    for value in ("", None, 0, "0", 100, "2147483647"):
        assert wrong_type([{name: value}]) == ""
    for wrong in ("x", "1 ", -1, "-1", 1.5, True, "\u0665", "a\x00"):
        assert wrong_type([{name: wrong}]) == f"the attribute {name} is no number, or one that is too large"


@pytest.mark.parametrize("value", [True, False, "true", "FALSE", "YES", "no", "", None])
def test_whether_a_label_is_invoked_is_true_or_false(value: Any) -> None:
    assert wrong_type([{"invoke": value}]) == ""


@pytest.mark.parametrize("value", ["maybe", 5, 1.5, "\x00"])
def test_whether_a_label_is_invoked_is_nothing_else(value: Any) -> None:
    assert wrong_type([{"invoke": value}]) == "the attribute invoke is neither true nor false"


@played_together("name", sorted(NUMBERS))
@played_together("value", [2**64, -(2**63) - 1, 10**4000, "1" * 21, "1" * 5000], ids=["a", "b", "c", "d", "e"])
def test_a_number_that_no_appliance_has_is_refused(name: str, value: Any) -> None:
    assert wrong_type([{name: value}]).endswith("that is too large")


def test_a_text_of_many_digits_is_taken_where_no_number_is_read() -> None:
    assert wrong_type([{"comment": "1" * 5000}]) == ""


@pytest.mark.parametrize("value", [["LB", "SSL"], [], "LB SSL"])
def test_an_array_of_text_is_taken_where_it_is_read(value: Any) -> None:
    assert wrong_type([dict.fromkeys(ARRAYS, value)]) == ""


@pytest.mark.parametrize("value", [["A"], {"a": {"b": []}}, [[["x"]]]])
def test_an_attribute_that_is_not_read_may_be_anything(value: Any) -> None:
    """Many types have arrays that do not concern us, such as builtin of a policy."""
    assert wrong_type([{"builtin": value}]) == ""


def test_the_name_in_a_message_is_escaped_and_short() -> None:
    text = wrong_type([{"PRIORITY": []}])
    assert text == "the attribute PRIORITY is an array"


def test_every_attribute_of_a_managed_type_is_checked() -> None:
    names = {name.lower() for type_ in TYPES.values() for name in type_.attributes}
    assert names <= SINGLES | ARRAYS
    numbers = {name.lower() for t in TYPES.values() for name, one in t.attributes.items() if one.kind == "number"}
    assert numbers <= NUMBERS


def test_every_attribute_that_the_engine_reads_is_checked() -> None:
    """A new reader cannot forget it: names in the source, and those of tables."""
    read = {
        name.lower()
        for folder in READERS
        for path in (ENGINE / folder).rglob("*.py")
        for name in READS.findall(path.read_text(encoding="utf-8"))
    }
    assert len(read) > 30, "the pattern finds the readers"
    tables = {*order.NARROWS, *protected_addresses._BY_NAME, *(row[1] for row in protected_addresses.READ)}
    assert (read | tables) - OURS <= SINGLES | ARRAYS


@played_together(
    ("value", "number"),
    [
        (5, 5),
        ("5", 5),
        ("0", 0),
        ("9" * 20, 10**20 - 1),
        ("9" * 21, None),
        (True, None),
        (5.0, None),
        ("-1", None),
        ("5 ", None),
        ("\u0665", None),
        ("", None),
        (None, None),
        (["5"], None),
    ],
)
def test_whole_numbers(value: Any, number: int | None) -> None:
    assert whole(value) == number
