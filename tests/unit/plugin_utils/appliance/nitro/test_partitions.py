# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The admin partitions of a run, the partition of a session, and results of several partitions."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.partitions import (
    PartitionChoice,
    choose_partitions,
    read_partitions,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import current_partition
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    NitroError,
    NotFound,
    Refused,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import by_partition

VARIABLES = {"nodes": ["10.1.0.11"], "user": "u", "password": "p"}
FORBIDDEN = NitroError("gw-a", "GET", 403, 2138, "Not authorized")


class Answers:
    """A session that only reads."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def read(self, type_: str) -> Any:
        answer = self.answers[type_]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("found", "wanted", "names", "left_out"),
    [
        ([], None, ("default",), ()),
        (["a", "b"], None, ("default", "a", "b"), ()),
        (["a", "b"], ("b", "default"), ("default", "b"), ("a",)),
        (["a"], ("a",), ("a",), ("default",)),
        ([], ("default",), ("default",), ()),
    ],
)
def test_all_or_those_that_are_named(
    found: list[str], wanted: Any, names: tuple[str, ...], left_out: tuple[str, ...]
) -> None:
    choice = choose_partitions("gw-a", found, wanted)
    assert choice == PartitionChoice(names, left_out)
    assert choice.is_plain is (names == ("default",) and not left_out)


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(Refused, match=r"gw-a: netscaler_partitions names x, .* \(it has default, a\)"):
        choose_partitions("gw-a", ["a"], ("a", "x"))
    with pytest.raises(Refused, match="cannot be read"):
        choose_partitions("gw-a", None, ("a",))
    assert choose_partitions("gw-a", None, None).unreadable


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ([], []),
        ([{"partitionname": "default"}, {"partitionname": "a"}], ["a"]),
        (NotFound("gw-a", "GET", 404, 258, "x"), []),
        (NitroError("gw-a", "GET", 400, 1232, "no such type"), []),
        (FORBIDDEN, None),
    ],
)
def test_what_cannot_be_read_is_not_none(answer: Any, expected: Any) -> None:
    session: Any = Answers(nspartition=answer)
    assert read_partitions(session) == expected


CURRENT = {"partitionname": "a", "partitiontype": "Current Partition"}
DEFAULT = {"partitionname": "default", "partitiontype": "Default Partition"}
SESSIONS = [
    {"sid": "1", "currentconn": True, "partitionname": "b"},
    {"sid": "2", "currentconn": False, "partitionname": "c"},
]


@pytest.mark.parametrize(
    ("partitions", "sessions", "expected"),
    [
        ([DEFAULT, CURRENT], FORBIDDEN, "a"),
        ([{**DEFAULT, "partitiontype": "Current Partition"}], FORBIDDEN, "default"),
        ([DEFAULT, CURRENT, {**CURRENT, "partitionname": "b"}], SESSIONS, None),
        ([{"partitionname": "a"}], SESSIONS, "b"),
        (FORBIDDEN, SESSIONS, "b"),
        ([{"partitionname": "a"}], [], None),
        (FORBIDDEN, FORBIDDEN, None),
    ],
)
def test_where_a_session_is_is_what_the_appliance_says(partitions: Any, sessions: Any, expected: Any) -> None:
    session: Any = Answers(nspartition=partitions, systemsession=sessions)
    assert current_partition(session) == expected


def test_what_is_said_of_all_is_said_once() -> None:
    texts = {"default": ("node down", "x"), "a": ("node down", "y")}
    assert by_partition(texts) == ["node down", "partition default: x", "partition a: y"]


@pytest.mark.parametrize("wrong", ["default", [], [1], ["a", "a"], [""]])
def test_the_variable_is_checked(wrong: Any) -> None:
    with pytest.raises(InvalidInput, match="gw-a: netscaler_partitions "):
        Appliance.from_variables("gw-a", {**VARIABLES, "partitions": wrong})


def test_the_vips_of_a_partition() -> None:
    vip = {"name": "gw", "address": "192.0.2.1", "kind": "vpn"}
    other = {"name": "web", "address": "192.0.2.2", "kind": "lb", "partition": "a"}
    appliance = Appliance.from_variables("gw-a", {**VARIABLES, "vips": [vip, other]})
    assert [[vip.name for vip in appliance.vips_in(name) or ()] for name in ("default", "a")] == [["gw"], ["web"]]
    assert appliance.vips_in("b") is None, "the inventory says nothing of it, so it is read"
    assert Appliance.from_variables("gw-a", VARIABLES).vips_in("default") is None
    with pytest.raises(InvalidInput, match="says partition: 3 for gw"):
        Appliance.from_variables("gw-a", {**VARIABLES, "vips": [{**vip, "partition": 3}]})
