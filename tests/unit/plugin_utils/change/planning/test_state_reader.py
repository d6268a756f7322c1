# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state that is read from an appliance, and that nothing is taken for absent because of an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.state_reader import (
    ENTRIES,
    GLOBAL_BINDING,
    MEASURE_TYPES,
    MOST_SETS_AT_ONCE,
    Scope,
    is_licensed,
    observe,
    read_entries,
    read_everywhere,
    read_features,
    read_names,
    take_rows,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    NitroError,
    NotFound,
    NotShown,
)

BUSY = NitroError("gw-a", "GET", 503, 0, "busy")
GONE = NotFound("gw-a", "GET", 404, 258, "No such resource")
VPN = "vpnvserver_responderpolicy_binding"
PATTERN = "policypatset_pattern_binding"


class FakeSession:
    """Answers from a table by type, with name or args where the table has them."""

    where = "gw-a"

    def __init__(self, table: Mapping[Any, Any]) -> None:
        self.table = {"nsfeature": [{"feature": ["LB", "RESPONDER"]}], **table}
        self.reads: list[tuple[Any, ...]] = []

    def read(
        self, type_: str, name: str | None = None, *, args: Mapping[str, str] | None = None, **options: Any
    ) -> list[dict[str, Any]]:
        self.reads.append((type_, name, dict(args or {}), options))
        answer = self.table.get((type_, name or next(iter((args or {}).values()), None)), self.table.get(type_, []))
        if isinstance(answer, Exception):
            raise answer
        return list(answer)


def bound(name: str, *values: str) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for value in values]


def test_a_few_data_sets_are_read_by_one_request() -> None:
    rows = [*bound("a", "192.0.2.1", "192.0.2.3"), *bound("b", "192.0.2.5"), *bound("of_others", "192.0.2.9")]
    session = FakeSession({ENTRIES: rows})
    read = read_entries(session, ["a", "b", "gone"], ["a", "b", "of_others"])
    assert read == [{"name": "a", "values": "192.0.2.1 192.0.2.3"}, {"name": "b", "values": "192.0.2.5"}]
    assert session.reads == [(ENTRIES, None, {}, {"query": {"bulkbindings": "yes"}})]


def test_silence_about_a_data_set_is_not_taken_for_an_empty_one() -> None:
    session = FakeSession({ENTRIES: bound("a", "192.0.2.1"), (ENTRIES, "b"): bound("b", "192.0.2.5")})
    read = read_entries(session, ["a", "b"], ["a", "b"])
    assert {row["name"]: row["values"] for row in read} == {"a": "192.0.2.1", "b": "192.0.2.5"}
    assert [reads[1] for reads in session.reads] == [None, "b"]


@pytest.mark.parametrize(
    ("refusal", "others"), [(BUSY, 0), (None, MOST_SETS_AT_ONCE)], ids=["refused", "too many for one answer"]
)
def test_data_sets_are_read_one_by_one_where_one_request_will_not_do(refusal: Exception | None, others: int) -> None:
    table = {ENTRIES: refusal, **{(ENTRIES, name): bound(name, "192.0.2.1") for name in "ab"}}
    session = FakeSession(table)
    read = read_entries(session, ["b", "a"], ["a", "b", *(f"other{number}" for number in range(others))])
    assert [row["name"] for row in read] == ["a", "b"]
    assert [reads[1] for reads in session.reads if reads[1]] == ["a", "b"]


def test_what_is_in_a_data_set_that_is_not_there_is_not_asked() -> None:
    session = FakeSession({"policydataset": [{"name": "TQ_here", "type": "ipv4"}], (ENTRIES, "tq_here"): BUSY})
    wanted = [("policydataset", ("tq_gone",)), (ENTRIES, ("tq_gone",))]
    observe(session, Scope.of(wanted))
    assert ENTRIES not in [reads[0] for reads in session.reads]
    with pytest.raises(NitroError, match="busy"):  # a name in another case is the same name
        observe(session, Scope.of([*wanted, (ENTRIES, ("tq_here",))]))


def test_a_scope_of_what_was_written_has_nothing_else() -> None:
    scope = Scope.only([("nsacls", ()), (VPN, ("gw", "p", "REQUEST"))])
    assert scope == Scope(frozenset({"nsacl"}), frozenset({(VPN, "gw")}))
    assert scope.covers(("nsacl", ("of_others",)))
    assert scope.covers(("nsacls", ()))
    assert scope.covers((VPN, ("gw", "another", "REQUEST")))
    assert not scope.covers((VPN, ("gw2", "p", "REQUEST")))
    assert not scope.covers(("responderpolicy", ("p",)))


def test_a_scope_covers_objects_their_places_and_whatever_a_measure_consists_of() -> None:
    scope = Scope.of(
        [
            ("policypatset", ("s",)),
            (PATTERN, ("s", "/a/")),
            (PATTERN, ("s", "/b/")),
            (GLOBAL_BINDING, ("p", "REQ_OVERRIDE")),
            (VPN, ("gw", "p", "REQUEST")),
        ]
    )
    assert scope.types == {*MEASURE_TYPES, "policypatset"}
    assert scope.places == {(PATTERN, "s"), (GLOBAL_BINDING, "REQ_OVERRIDE"), (VPN, "gw")}
    assert Scope.of([]).types == set(MEASURE_TYPES)


def test_what_was_read_is_in_its_canonical_form_with_the_hits_beside_it() -> None:
    policy = {"name": "p", "rule": "true", "action": "NOOP", "hits": "12", "undefhits": "1", "builtin": "x"}
    bound = {"policyname": "p", "priority": "10", "gotopriorityexpression": "END"}
    session = FakeSession({"responderpolicy": [policy], (GLOBAL_BINDING, "REQ_OVERRIDE"): [bound]})
    scope = Scope(frozenset({"responderpolicy"}), frozenset({(GLOBAL_BINDING, "REQ_OVERRIDE")}))
    seen = observe(session, scope)  # type: ignore[arg-type]
    assert dict(seen.state.objects) == {
        ("responderpolicy", ("p",)): {"name": "p", "rule": "true", "action": "NOOP"},
        (GLOBAL_BINDING, ("p", "REQ_OVERRIDE")): {"policyname": "p", "priority": 10, "type": "REQ_OVERRIDE"},
    }
    assert (seen.hits, seen.undef_hits, seen.missing) == ({"p": 12}, {"p": 1}, ())
    assert seen.state.features == {"LB": True, "RESPONDER": True}


def test_a_global_binding_is_asked_for_by_its_type() -> None:
    """Without the argument it reads as empty although policies are bound (issue 378)."""
    session = FakeSession({})
    observe(session, Scope(places=frozenset({(GLOBAL_BINDING, "REQ_DEFAULT"), (VPN, "gw")})))  # type: ignore[arg-type]
    assert (GLOBAL_BINDING, None, {"type": "REQ_DEFAULT"}, {}) in session.reads
    assert (VPN, "gw", {}, {}) in session.reads


def test_a_missing_vserver_is_told_and_a_missing_set_is_only_empty() -> None:
    session = FakeSession({VPN: GONE, PATTERN: GONE})
    seen = observe(session, Scope(places=frozenset({(VPN, "gw"), (PATTERN, "s")})))  # type: ignore[arg-type]
    assert seen.missing == ("vpnvserver gw",)
    assert dict(seen.state.objects) == {}


@pytest.mark.parametrize("broken", ["nsfeature", "responderpolicy", GLOBAL_BINDING])
def test_an_error_is_never_absence(broken: str) -> None:
    scope = Scope(frozenset({"responderpolicy"}), frozenset({(GLOBAL_BINDING, "REQ_OVERRIDE")}))
    with pytest.raises(NitroError):
        observe(FakeSession({broken: BUSY}), scope)  # type: ignore[arg-type]


def test_every_place_where_a_policy_can_be_bound() -> None:
    table = {
        (GLOBAL_BINDING, "REQ_DEFAULT"): [{"policyname": "a", "priority": 1}],
        VPN: [{"name": "gw", "policy": "b", "priority": 1, "bindpoint": "REQUEST"}],
        "lbvserver_responderpolicy_binding": GONE,
    }
    session = FakeSession(table)
    assert set(read_everywhere(session)) == {  # type: ignore[arg-type]
        (GLOBAL_BINDING, ("a", "REQ_DEFAULT")),
        (VPN, ("gw", "b", "REQUEST")),
    }
    types = {reads[0] for reads in session.reads}
    assert {f"{kind}vserver_responderpolicy_binding" for kind in ("lb", "cs", "vpn", "authentication")} <= types
    assert all(a[3] == {"query": {"bulkbindings": "yes"}} for a in session.reads if a[0] != GLOBAL_BINDING)


@pytest.mark.parametrize("broken", [GLOBAL_BINDING, VPN])
def test_a_place_that_cannot_be_read_is_an_error(broken: str) -> None:
    with pytest.raises(NitroError):
        read_everywhere(FakeSession({broken: BUSY}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "features"),
    [
        ([{"feature": ["LB", "Responder"]}], {"LB": True, "RESPONDER": True}),
        ([{"feature": "LB RESPONDER"}], {"LB": True, "RESPONDER": True}),
        ([{"feature": []}], {}),
    ],
)
def test_features_that_are_on(rows: list[dict[str, Any]], features: dict[str, bool]) -> None:
    assert read_features(FakeSession({"nsfeature": rows})) == features  # type: ignore[arg-type]


def test_an_answer_without_features_is_an_error() -> None:
    with pytest.raises(NitroError, match="no features"):
        read_features(FakeSession({"nsfeature": []}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "licensed"),
    [
        ([{"responder": True}], True),
        ([{"responder": "true"}], True),
        ([{"responder": False}], False),
        ([{"responder": "NO"}], False),
        ([{}], None),
        ([], None),
    ],
)
def test_a_licence_is_there_or_not_or_unknown(rows: list[dict[str, Any]], licensed: bool | None) -> None:
    assert is_licensed(FakeSession({"nslicense": rows}), "RESPONDER") is licensed  # type: ignore[arg-type]


def test_a_set_without_entries_is_a_state_that_a_dead_run_leaves() -> None:
    objects: dict[ObjectId, Attributes] = {}
    take_rows(objects, ENTRIES, [{"name": "tq_x"}], "gw-a")
    assert objects == {(ENTRIES, ("tq_x",)): {"name": "tq_x"}}


def test_as_many_data_sets_as_one_answer_may_have_are_read_by_one_request() -> None:
    session = FakeSession({ENTRIES: [*bound("a", "192.0.2.1"), *bound("b", "192.0.2.5")]})
    others = [f"other{number}" for number in range(MOST_SETS_AT_ONCE - 2)]
    read_entries(session, ["a", "b"], ["a", "b", *others])  # type: ignore[arg-type]
    assert [reads[1] for reads in session.reads] == [None]
    alone = FakeSession({(ENTRIES, "a"): bound("a", "192.0.2.1")})
    read_entries(alone, ["a"], ["a", "b"])  # type: ignore[arg-type]
    assert [reads[1] for reads in alone.reads] == ["a"]


def test_acls_that_somebody_edited_and_did_not_apply() -> None:
    """A removal that waits is not visible, and one that is switched off is in no kernel."""
    rows = [
        {"aclname": "on", "kernelstate": "APPLIED", "hits": "3"},
        {"aclname": "sf", "kernelstate": "SFAPPLIED"},
        {"aclname": "new", "kernelstate": "NOTAPPLIED"},
        {"aclname": "none"},
        {"aclname": "off", "kernelstate": "NOTAPPLIED", "state": "disabled"},
    ]
    rows = [{"aclaction": "DENY", "priority": 10 + number, **row} for number, row in enumerate(rows)]
    session: Any = FakeSession({"nsacl": rows})
    seen = observe(session, Scope(frozenset({"nsacl"})))
    assert seen.edits == {"nsacls": ["new", "none"]}
    assert (seen.hits["on"], seen.hits["sf"]) == (3, 0)
    assert seen.state.objects["nsacls", ()] == {"applied": False}
    applied: Any = FakeSession({"nsacl": rows[:2]})
    assert observe(applied, Scope(frozenset({"nsacl"}))).state.objects["nsacls", ()] == {"applied": True}


def test_what_the_appliance_does_not_show_is_named() -> None:
    hidden = NotShown("gw-a", "GET", 200, 1, "feature is off")
    session: Any = FakeSession({"responderpolicy": hidden, VPN: hidden, "vpnvserver": GONE})
    scope = Scope(frozenset({"responderpolicy", "vpnvserver_settings"}), frozenset({(VPN, "gw")}))
    seen = observe(session, scope)
    assert seen.not_shown == ("responder policy", "vpn vserver gw")
    assert dict(seen.state.objects) == {}


def test_the_features_of_a_row_with_an_attribute_for_each() -> None:
    for rows, features in (
        ([{"lb": True, "responder": True, "cs": False}], {"LB": True, "RESPONDER": True}),
        ([{"lb": False}], {}),
        ([{"feature": ["LB", "no word!"]}], {"LB": True}),
    ):
        session: Any = FakeSession({"nsfeature": rows})
        assert read_features(session) == features
    for broken in ([{"lb": "x"}], [{}]):
        session = FakeSession({"nsfeature": broken})
        with pytest.raises(NitroError, match="no features"):
            read_features(session)


def test_the_names_that_expressions_can_use_are_those_of_all_sets_maps_and_expressions() -> None:
    table = {
        "policypatset": [{"name": "Urls"}, {"name": "tq_a"}],
        "policydataset": GONE,
        "policystringmap": [],
        "policyexpression": [{"name": "IS_VPN"}],
    }
    session = FakeSession(table)
    assert read_names(session) == {"urls", "tq_a", "is_vpn"}  # type: ignore[arg-type]
    assert [read[0] for read in session.reads] == [*table]
    for type_ in table:
        assert read_names(FakeSession({**table, type_: BUSY})) is None, "not known"  # type: ignore[arg-type]


def test_a_bind_point_of_http_that_an_appliance_does_not_know_is_an_error() -> None:
    unknown = NitroError("gw-a", "GET", 400, 1097, "Invalid argument value [type]")
    with pytest.raises(NitroError):
        read_everywhere(FakeSession({(GLOBAL_BINDING, "REQ_DEFAULT"): unknown}))  # type: ignore[arg-type]
    others = FakeSession({(GLOBAL_BINDING, "OTHERTCP_REQ_DEFAULT"): unknown})
    assert read_everywhere(others, ("REQ_DEFAULT", "OTHERTCP_REQ_DEFAULT")) == {}  # type: ignore[arg-type]
    busy = FakeSession({(GLOBAL_BINDING, "OTHERTCP_REQ_DEFAULT"): BUSY})
    with pytest.raises(NitroError):
        read_everywhere(busy, ("REQ_DEFAULT", "OTHERTCP_REQ_DEFAULT"))  # type: ignore[arg-type]
