# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Predicates over a configuration: three values, and reasons."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_schema import PREDICATE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.predicates import (
    Answer,
    Truth,
    Unknown,
    holds,
    parse_predicate,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
Rows = list[dict[str, str]] | None  # None: they could not be read


@dataclass
class Box:
    """A configuration as data: rows by type, by partition."""

    content: Mapping[str, Mapping[str, Rows]] = field(default_factory=lambda: {"default": {}})

    def partitions(self) -> tuple[str, ...]:
        return tuple(self.content)

    def rows(self, nitro_type: str, partition: str) -> tuple[Mapping[str, str], ...] | Unknown:
        rows = self.content[partition].get(nitro_type, [])
        return Unknown("no right") if rows is None else tuple(rows)


def ask(predicate: Any, **types: Rows) -> Answer:
    PREDICATE.check(predicate, "the predicate")
    return holds(parse_predicate(predicate), Box({"default": types}))


GATEWAY = {"type": "vpnvserver"}
DTLS = {"type": "vpnvserver", "where": {"dtls": {"not": "OFF"}}}
ISN = {"setting": "nstcpparam", "where": {"enhancedisngeneration": {"not": "ENABLED"}}}


@played_together(
    ("where", "row", "truth"),
    [
        ({"dtls": "ON"}, {"dtls": "on"}, T),
        ({"dtls": ["ON", "AUTO"]}, {"dtls": "AUTO"}, T),
        ({"dtls": "ON"}, {}, F),
        ({"dtls": {"is": "ON", "default": "ON"}}, {}, T),
        ({"dtls": {"is": "ON", "default": "ON"}}, {"dtls": "OFF"}, F),
        ({"dtls": {"not": "OFF"}}, {}, T),
        ({"dtls": {"not": "OFF"}}, {"dtls": "off"}, F),
        ({"dtls": {"not": ["OFF", "NO"]}}, {"dtls": "NO"}, F),
        ({"rule": {"contains": "http.req.url"}}, {"rule": "!HTTP.REQ.URL.EQ(1)"}, T),
        ({"rule": {"contains": "HTTP.REQ.URL"}}, {}, F),
        ({"pcoip": {"set": True}}, {"pcoip": "p"}, T),
        ({"pcoip": {"set": True}}, {"pcoip": ""}, F),
        ({"pcoip": {"set": False}}, {}, T),
        ({"ip": {"family": "ipv6"}}, {"ip": "2001:db8::1"}, T),
        ({"ip": {"family": "ipv6"}}, {"ip": "[2001:db8::1]"}, T),
        ({"ip": {"family": "ipv6"}}, {"ip": "192.0.2.1"}, F),
        ({"ip": {"family": "ipv6"}}, {"ip": "a:b"}, F),
        ({"ip": {"family": "ipv6"}}, {}, F),
        ({"dtls": "ON", "state": "ENABLED"}, {"dtls": "ON", "state": "DISABLED"}, F),
    ],
)
def test_conditions(where: Any, row: dict[str, str], truth: Truth) -> None:
    assert ask({"type": "vpnvserver", "where": where}, vpnvserver=[{"name": "gw", **row}]).truth is truth


def test_one_object_must_meet_all_conditions() -> None:
    predicate = {"type": "vpnvserver", "where": {"dtls": "ON", "state": "ENABLED"}}
    rows: Rows = [{"name": "a", "dtls": "ON", "state": "DISABLED"}, {"name": "b", "dtls": "OFF", "state": "ENABLED"}]
    assert ask(predicate, vpnvserver=rows).truth is F


@played_together(
    ("predicate", "rows", "truth"),
    [
        (GATEWAY, [], F),
        (GATEWAY, [{"name": "gw"}], T),
        (GATEWAY, None, U),
        ({"not": GATEWAY}, [], T),
        ({"not": GATEWAY}, [{"name": "gw"}], F),
        ({"not": GATEWAY}, None, U),
        ({"any": [GATEWAY, {"type": "lbvserver"}]}, None, U),
        ({"any": [GATEWAY, {"always": "x"}]}, None, T),
        ({"all": [GATEWAY, {"type": "lbvserver"}]}, None, F),
        ({"all": [GATEWAY, {"always": "x"}]}, None, U),
        ({"all": [GATEWAY, {"always": "x"}]}, [{"name": "gw"}], T),
        ({"type": ["lbvserver", "vpnvserver"]}, None, U),
        ({"type": ["lbvserver", "vpnvserver"]}, [{"name": "gw"}], T),
    ],
)
def test_three_values(predicate: Any, rows: Rows, truth: Truth) -> None:
    assert ask(predicate, vpnvserver=rows).truth is truth


@pytest.mark.parametrize(
    ("rows", "truth"),
    [
        ([], T),
        ([{}], T),
        ([{"enhancedisngeneration": "DISABLED"}], T),
        ([{"enhancedisngeneration": "ENABLED"}], F),
        (None, U),
    ],
)
def test_a_setting_without_a_row_has_its_default(rows: Rows, truth: Truth) -> None:
    assert ask(ISN, nstcpparam=rows).truth is truth


def test_it_must_hold_within_one_partition() -> None:
    predicate = parse_predicate({"all": [{"type": "lbvserver"}, ISN]})
    enabled: Rows = [{"enhancedisngeneration": "ENABLED"}]
    apart = Box({"default": {"lbvserver": [{"name": "a"}], "nstcpparam": enabled}, "p1": {"nstcpparam": []}})
    assert holds(predicate, apart).truth is F
    together = Box({"default": {"nstcpparam": enabled}, "p1": {"lbvserver": [{"name": "b"}]}})
    answer = holds(predicate, together)
    assert answer.truth is T
    assert answer.reasons == (
        "partition p1: lbvserver b",
        "partition p1: nstcpparam: enhancedisngeneration not ENABLED",
    )


def test_a_partition_that_cannot_be_read_is_never_a_no() -> None:
    box = Box({"default": {}, "p1": {"vpnvserver": None}})
    answer = holds(parse_predicate(GATEWAY), box)
    assert answer == Answer(U, ("partition p1: vpnvserver could not be read: no right",))


def test_reasons_name_what_decides_and_escape_it() -> None:
    rows: Rows = [{"name": name} for name in ("a", "b\x1b[2J", "c", "d", "e")]
    assert ask(DTLS, vpnvserver=rows).reasons == ("vpnvserver a, b\\x1b[2J, c and 2 more: dtls not OFF",)
    assert ask(DTLS, vpnvserver=[]).reasons == ("no vpnvserver has dtls not OFF",)
    assert ask({"any": [GATEWAY, {"always": "every appliance"}]}, vpnvserver=[]).reasons == ("every appliance",)


def test_the_types_that_must_be_read() -> None:
    predicate = parse_predicate(
        {"any": [DTLS, {"all": [{"not": {"type": ["lbvserver", "csvserver"]}}, ISN]}, {"always": "x"}]}
    )
    assert predicate.types() == {"vpnvserver", "lbvserver", "csvserver", "nstcpparam"}


def test_a_predicate_can_go_to_another_process() -> None:
    predicate = parse_predicate({"any": [DTLS, {"not": ISN}]})
    assert pickle.loads(pickle.dumps(predicate)) == predicate


@played_together(
    ("value", "problem"),
    [
        ({}, "with one of any, all, not, always, type, setting"),
        ({"any": [], "all": []}, "with one of any"),
        ({"any": []}, "any is []: a list of 1 to 30"),
        ({"type": "vpnvserver; rm"}, "a type or an attribute of NITRO"),
        ({"type": "vpnvserver", "when": {}}, "has 'when', which is unknown"),
        ({"type": "vpnvserver", "where": {"dtls": False}}, "quote what YAML reads otherwise"),
        ({"type": "vpnvserver", "where": {"dtls": {"not": "OFF", "is": "ON"}}}, "with one of is, not"),
        ({"type": "vpnvserver", "where": {"ip": {"family": "ipv4"}}}, "must be one of ipv6"),
        ({"setting": "nstcpparam"}, "lacks where"),
        ({"not": [GATEWAY]}, "with one of any"),
        ("vpnvserver", "with one of any"),
    ],
)
def test_what_is_no_predicate_is_refused(value: Any, problem: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        PREDICATE.check(value, "preconditions")
    assert problem in str(raised.value)
