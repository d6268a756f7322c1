# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bindings of policies and of entries of sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

GLOBAL = "responderglobal_responderpolicy_binding"


@pytest.fixture
def policies(box: Any) -> Any:
    rows = [{"name": name, "rule": "TRUE", "action": "NOOP"} for name in ("p1", "p2")]
    assert box.post("responderpolicy", rows).status == 201
    return box


def bind(box: Any, **more: Any) -> Any:
    return box.post(
        GLOBAL, {"policyname": "p1", "priority": 100, "type": "REQ_OVERRIDE", "gotopriorityexpression": "END", **more}
    )


@pytest.mark.fact("create-empty", "global-needs-type", "empty-filter")
def test_global_binding_is_listed_with_its_type_only(policies: Any) -> None:
    """Bind: 201 and an empty body; GET needs args=type; a filter alone lists nothing (collection issue 378)."""
    answer = bind(policies)
    assert (answer.status, answer.body, answer.header("Content-Type")) == (201, b"", "text/html; charset=UTF-8")
    listed = policies.rows(f"{GLOBAL}?args=type:REQ_OVERRIDE")
    assert listed == [
        {
            "policyname": "p1", "priority": "100", "gotopriorityexpression": "END", "type": "REQ_OVERRIDE",
            "invoke": False, "globalbindtype": "SYSTEM_GLOBAL", "numpol": "1", "flowtype": "1",
        }
    ]  # fmt: skip
    assert len(policies.get(GLOBAL).body) == 57
    assert len(policies.get(f"{GLOBAL}?filter=policyname:p1,type:REQ_OVERRIDE").body) == 57
    assert policies.rows(f"{GLOBAL}?args=type:REQ_DEFAULT") == []


@pytest.mark.fact("bind-by-either")
def test_put_binds_as_well(policies: Any) -> None:
    """Bindings by PUT (NITRO reference) or by POST (collection)."""
    assert policies.put(GLOBAL, {"policyname": "p1", "priority": 5, "type": "REQ_OVERRIDE"}).status == 201


@pytest.mark.fact("global-default-type", "goto-default")
def test_default_type_and_goto(policies: Any) -> None:
    """Without a type at REQ_DEFAULT, goto END (citrixadc provider, global binding resource)."""
    policies.post(GLOBAL, {"policyname": "p1", "priority": 5})
    assert policies.rows(f"{GLOBAL}?args=type:REQ_DEFAULT")[0]["gotopriorityexpression"] == "END"


@pytest.mark.fact("goto-number")
@pytest.mark.parametrize(
    ("goto", "code"),
    [
        ("110", 0),
        ("HTTP.REQ.URL.LENGTH + 100", 0),
        ("next", 0),
        ("NEXTT", 3081),
        ("HTTP.REQ.URL.LENGTH +", 3081),
        ("HTTP.REQ.URL", 3091),
        ("TRUE", 3091),
    ],
)
def test_goto_is_a_word_or_yields_a_number(policies: Any, goto: str, code: int) -> None:
    """NEXT, END, USE_INVOCATION_RESULT or an expression with a number (command reference, bind responder global); the codes are
    those of the error list for expressions."""
    answer = bind(policies, gotopriorityexpression=goto)
    assert (answer.code if answer.body else 0) == code
    assert len(policies.rows(f"{GLOBAL}?args=type:REQ_OVERRIDE")) == (code == 0)


@pytest.mark.fact("global-types")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"policyname": "nope"}, 2054),
        ({"priority": 0}, 1109),
        ({"priority": 2147483648}, 1108),
        ({"type": "NONSENSE"}, 1097),
        ({"gotopriorityexpression": "USE_INVOCATION_RESULT"}, 3097),
        ({"invoke": True}, 1093),
        ({"invoke": True, "labeltype": "policylabel", "labelname": "nope"}, 3087),
        ({"nonsense": 1}, 278),
    ],
)
def test_refused_bindings(policies: Any, change: dict[str, Any], code: int) -> None:
    """Missing policies, ranges, bind points, invocations (error list; command reference, responder global)."""
    assert bind(policies, **change).code == code


@pytest.mark.fact("priority-mandatory")
def test_priority_is_mandatory(policies: Any) -> None:
    """3090 (error list)."""
    assert policies.post(GLOBAL, {"policyname": "p1", "type": "REQ_OVERRIDE"}).code == 3090


@pytest.mark.fact("priority-taken", "priority-per-point")
def test_priority_taken(policies: Any) -> None:
    """3041: unique within a bind point, free in another one (error list; command reference)."""
    bind(policies)
    assert bind(policies, policyname="p2").code == 3041
    assert bind(policies, policyname="p2", type="REQ_DEFAULT").status == 201


@pytest.mark.fact("bound-twice", "global-delete-all")
def test_priority_change_leaves_both_and_delete_drops_both(policies: Any) -> None:
    """The same policy at a second priority is accepted; DELETE with a priority removes all its bindings at the type (issue 378)."""
    bind(policies)
    assert bind(policies, priority=50).status == 201
    bind(policies, priority=60, type="REQ_DEFAULT")
    assert policies.delete(f"{GLOBAL}?args=policyname:p1,type:REQ_OVERRIDE,priority:50").status == 200
    assert policies.rows(f"{GLOBAL}?args=type:REQ_OVERRIDE") == []
    assert len(policies.rows(f"{GLOBAL}?args=type:REQ_DEFAULT")) == 1


@pytest.mark.fact("bound-twice")
def test_bound_only_once(with_switches: Callable[..., Any]) -> None:
    """The other position: 3118 (error list)."""
    box = with_switches(policy_bound_twice="refused", global_delete_ignores_priority=False).box()
    box.post("responderpolicy", {"name": "p1", "rule": "TRUE", "action": "NOOP"})
    bind(box)
    assert bind(box, priority=50).code == 3118
    assert box.delete(f"{GLOBAL}?args=policyname:p1,type:REQ_OVERRIDE,priority:50").code == 2097


@pytest.mark.fact("unbind-absent", "unbind-ambiguous")
def test_unbinding(policies: Any) -> None:
    """2097 for an unbound policy (provider note), 3873 for an ambiguous one without a type, 2054 for a missing policy."""
    assert policies.delete(f"{GLOBAL}?args=policyname:p1,type:REQ_OVERRIDE").code == 2097
    assert policies.delete(f"{GLOBAL}?args=policyname:nope,type:REQ_OVERRIDE").code == 2054
    bind(policies)
    bind(policies, type="REQ_DEFAULT")
    assert policies.delete(f"{GLOBAL}?args=policyname:p1").code == 3873
    assert policies.delete(f"{GLOBAL}?args=nonsense:p1").code == 278
    assert policies.delete(GLOBAL).code == 1095


@pytest.mark.fact("vserver-lb-cs", "vserver-gateway", "vserver-gateway-points")
@pytest.mark.parametrize(
    ("type_", "name", "child"),
    [
        ("lbvserver_responderpolicy_binding", "web", "policyname"),
        ("csvserver_responderpolicy_binding", "switch", "policyname"),
        ("vpnvserver_responderpolicy_binding", "gateway", "policy"),
        ("authenticationvserver_responderpolicy_binding", "aaa", "policy"),
    ],
)
def test_vserver_bindings(policies: Any, type_: str, name: str, child: str) -> None:
    """Child attribute, bind point and DELETE arguments by type (collection's resource map)."""
    row = {"name": name, child: "p1", "priority": 10, "bindpoint": "REQUEST", "gotopriorityexpression": "END"}
    assert policies.post(type_, row).status == 201
    listed = policies.rows(f"{type_}/{name}")
    assert (listed[0][child], listed[0]["priority"]) == ("p1", "10")
    # hidden in stateflag on Gateways (provider notes)
    assert ("gotopriorityexpression" in listed[0]) == (child == "policyname")
    assert policies.post(type_, {**row, "priority": 20}).code == 3118
    assert policies.delete(f"{type_}/{name}?args={child}:p1,bindpoint:REQUEST").status == 200
    assert policies.rows(f"{type_}/{name}") == []
    assert policies.post(type_, {**row, "name": "nope"}).code == 258


@pytest.mark.fact("nameless-bindings", "bulkbindings")
def test_nameless_reads_of_bindings(policies: Any) -> None:
    """1095 without a name, unless bulkbindings=yes (provider note on stream identifiers; NITRO guide)."""
    answer = policies.get("lbvserver_responderpolicy_binding")
    assert (answer.status, answer.json["message"]) == (400, "Name argument required for binding object")
    policies.post("lbvserver_responderpolicy_binding", {"name": "web", "policyname": "p1", "priority": 1})
    assert len(policies.rows("lbvserver_responderpolicy_binding?bulkbindings=yes")) == 1
    assert policies.get("lbvserver_responderpolicy_binding/nope").code == 258


@pytest.mark.fact("aggregated-bindings")
def test_aggregated_bindings(policies: Any) -> None:
    """`<type>_binding/<name>` has the non-empty lists only (NITRO guide, use cases)."""
    assert policies.rows("lbvserver_binding/web") == [{"name": "web"}]
    policies.post("lbvserver_responderpolicy_binding", {"name": "web", "policyname": "p1", "priority": 1})
    assert policies.rows("lbvserver_binding/web")[0]["lbvserver_responderpolicy_binding"][0]["policyname"] == "p1"


@pytest.mark.fact("policy-where-used")
def test_where_a_policy_is_bound(policies: Any) -> None:
    """responderpolicy_binding lists the bind points; boundto splits as the provider splits it (provider, responderpolicy)."""
    bind(policies)
    policies.post("lbvserver_responderpolicy_binding", {"name": "web", "policyname": "p1", "priority": 1})
    found = policies.rows("responderpolicy_binding/p1")[0]
    assert found["responderpolicy_responderglobal_binding"][0]["boundto"].split(" ")[1] == "REQ_OVERRIDE"
    assert found["responderpolicy_lbvserver_binding"][0]["boundto"].split(" ")[2] == "web"
    assert policies.rows("responderpolicy_responderglobal_binding/p1")[0]["priority"] == "100"


@pytest.mark.fact("label-binding", "label-in-use", "no-such-label")
def test_policy_labels(policies: Any) -> None:
    """Labels are bound by labelname, counted in numpol, refused while invoked (NITRO reference)."""
    binding = "responderpolicylabel_responderpolicy_binding"
    assert policies.post("responderpolicylabel", {"labelname": "l", "policylabeltype": "HTTP"}).status == 201
    assert policies.post(binding, {"labelname": "l", "policyname": "p1", "priority": 10}).status == 201
    assert policies.rows("responderpolicylabel/l")[0]["numpol"] == 1
    bind(policies, policyname="p2", invoke=True, labeltype="policylabel", labelname="l")
    assert policies.delete("responderpolicylabel/l").code == 1070
    policies.delete(f"{GLOBAL}?args=policyname:p2,type:REQ_OVERRIDE")
    assert policies.delete("responderpolicylabel/l").status == 200
    assert policies.delete("responderpolicy/p1").status == 200


@pytest.mark.fact("capital-keys", "patterns-case", "pattern-index-automatic", "pattern-absent")
def test_patterns(box: Any) -> None:
    """Key `String`, case-sensitive; automatic indexes increase and are not reused (command reference, policy patset)."""
    binding = "policypatset_pattern_binding"
    box.post("policypatset", {"name": "s"})
    for pattern in ("/a", "/A", "/b"):
        assert box.post(binding, {"name": "s", "String": pattern}).status == 201
    assert [(row["String"], row["index"]) for row in box.rows(f"{binding}/s")] == [
        ("/a", "1"),
        ("/A", "2"),
        ("/b", "3"),
    ]
    assert box.post(binding, {"name": "s", "String": "/a"}).code == 2867
    assert box.post(binding, {"name": "s", "String": "/c", "index": 9}).code == 278
    assert box.delete(f"{binding}/s?args=String:%2FA").status == 200
    assert box.delete(f"{binding}/s?args=String:%2FA").code == 2822
    box.post(binding, {"name": "s", "String": "/d"})
    assert box.rows(f"{binding}/s")[-1]["index"] == "4"
    assert box.get(f"{binding}/nope").code == 2823


@pytest.mark.fact("pattern-index-mode", "pattern-index-taken")
def test_explicit_indexes(box: Any) -> None:
    """The first pattern decides whether indexes are needed; a used index is 2830 (command reference; error list)."""
    binding = "policypatset_pattern_binding"
    box.post("policypatset", {"name": "s"})
    box.post(binding, {"name": "s", "String": "a", "index": 5})
    assert box.post(binding, {"name": "s", "String": "b"}).code == 1095
    assert box.post(binding, {"name": "s", "String": "b", "index": 5}).code == 2830


@pytest.mark.fact("dataset-formats", "dataset-overlap")
@pytest.mark.parametrize(
    ("kind", "row", "code"),
    [
        ("ipv4", {"value": "192.0.2.5"}, 2867),
        ("ipv4", {"value": "192.0.2.0/24"}, 2867),
        ("ipv4", {"value": "198.51.100.9", "endrange": "198.51.100.1"}, 1113),
        ("ipv4", {"value": "198.51.100.0/24", "endrange": "198.51.100.9"}, 1092),
        ("ipv4", {"value": "nonsense"}, 2873),
        ("ipv4", {"value": "198.51.100.1", "endrange": "2001:db8::1"}, 2873),
        ("ipv4", {"value": "2001:db8::1"}, 2873),
        ("ipv4", {"value": "300.1.1.1"}, 2880),
        ("ipv4", {"value": "198.51.100.1", "endrange": "198.51.100.256"}, 2880),
        ("ipv4", {"value": "10.999.0.0/16"}, 2880),
        ("number", {"value": "abc"}, 2882),
        ("number", {"value": "2147483648"}, 2872),
        ("ulong", {"value": "abc"}, 2885),
        ("ulong", {"value": "18446744073709551616"}, 2888),
        ("mac", {"value": "00-11-22-33-44-55"}, 2886),
        ("double", {"value": "1,5"}, 2887),
        ("double", {"value": "nan"}, 2887),
    ],
)
def test_refused_dataset_values(box: Any, kind: str, row: dict[str, Any], code: int) -> None:
    """Overlaps, formats and ranges (product docs on data sets; error list)."""
    box.post("policydataset", {"name": "d", "type": kind})
    binding = "policydataset_value_binding"
    first = {
        "ipv4": {"value": "192.0.2.1", "endrange": "192.0.2.9"},
        "mac": {"value": "00:11:22:33:44:55"},
        "double": {"value": "2.5"},
    }.get(kind, {"value": "1", "endrange": "10"})
    assert box.post(binding, {"name": "d", **first}).status == 201
    assert box.post(binding, {"name": "d", **row}).code == code


@pytest.mark.fact("dataset-endrange", "dataset-subnet")
def test_dataset_values(box: Any) -> None:
    """DELETE of a range needs endrange; the host bits of a subnet are cleared (provider; collection module)."""
    binding = "policydataset_value_binding"
    box.post("policydataset", {"name": "d", "type": "ipv4", "comment": "x"})
    box.put(binding, {"name": "d", "value": "192.0.2.1", "endrange": "192.0.2.9"})
    box.put(binding, {"name": "d", "value": "192.128.128.0/10"})
    assert box.rows(f"{binding}/d")[0] == {"name": "d", "value": "192.0.2.1", "endrange": "192.0.2.9", "index": "1"}
    assert box.rows(f"{binding}/d")[1]["value"] == "192.128.0.0/10"
    assert box.delete(f"{binding}/d?args=value:192.0.2.1").code == 2822
    assert box.delete(f"{binding}/d?args=value:192.0.2.1,endrange:192.0.2.9").status == 200


@pytest.mark.fact("set-removal")
@pytest.mark.parametrize("position", ["with_members", "refused"])
def test_removal_of_a_set_with_members(with_switches: Callable[..., Any], position: str) -> None:
    """The command reference names only use in an expression as an obstacle; no source says what happens to members."""
    box = with_switches(set_removal=position).box()
    box.post("policypatset", {"name": "s"})
    box.post("policypatset_pattern_binding", {"name": "s", "String": "/a"})
    answer = box.delete("policypatset/s")
    if position == "refused":
        assert answer.code == 1070
        assert box.delete("policypatset_pattern_binding/s?args=String:%2Fa").status == 200
        answer = box.delete("policypatset/s")
    assert answer.status == 200
    box.post("policypatset", {"name": "s"})
    assert box.rows("policypatset_pattern_binding/s") == []


@pytest.mark.fact("set-limit")
def test_five_thousand(with_switches: Callable[..., Any]) -> None:
    """More entries than the limit: 2900 (error list: 5000; this test uses fewer)."""
    box = with_switches(set_limit=50).box()
    box.post("policydataset", {"name": "d", "type": "number"})
    rows = [{"name": "d", "value": str(number)} for number in range(51)]
    answer = box.post("policydataset_value_binding", rows)
    assert (answer.status, answer.json["response"][-1]["errorcode"]) == (207, 2900)
    assert len(box.rows("policydataset_value_binding/d")) == 50


def test_a_label_invokes_another_one(policies: Any) -> None:
    """invoke_labelname is the invoked label, labelname the label with the binding (NITRO reference, label bindings)."""
    for label in ("first", "second"):
        assert policies.post("responderpolicylabel", {"labelname": label}).status == 201
    bound = {"labelname": "first", "policyname": "p1", "priority": 1, "invoke": True, "labeltype": "policylabel"}
    assert policies.post("responderpolicylabel_responderpolicy_binding", bound).code == 1093
    bound["invoke_labelname"] = "nope"
    assert policies.post("responderpolicylabel_responderpolicy_binding", bound).code == 3087
    bound["invoke_labelname"] = "second"
    assert policies.post("responderpolicylabel_responderpolicy_binding", bound).status == 201
    text = policies.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    assert "bind responder policylabel first p1 1 END -invoke policylabel second" in text
    assert policies.delete("responderpolicylabel/second").code == 1070


def test_elements_of_mac_sets(box: Any) -> None:
    """2886 for an invalid MAC address (error list); numbers can have ranges (provider's acceptance test)."""
    box.post("policydataset", [{"name": "m", "type": "mac"}, {"name": "n", "type": "number"}])
    binding = "policydataset_value_binding"
    assert box.post(binding, {"name": "m", "value": "nonsense"}).code == 2886
    assert box.post(binding, {"name": "m", "value": "ff:0:1:2:3:4"}).status == 201
    assert box.post(binding, {"name": "n", "value": "100", "endrange": "150", "index": 111}).status == 201
    assert box.post(binding, {"name": "n", "value": "149"}).code == 2867
