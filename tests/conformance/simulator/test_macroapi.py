# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""macroapi: several types in one call, and removal of many objects."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

GEO = "/var/netscaler/locdb/geo"


def macro(box: Any, body: Any, action: str = "", onerror: str = "exit") -> Any:
    query = f"?action={action}" if action else ""
    return box.nitro("POST", f"macroapi{query}", body, X_NITRO_ONERROR=onerror)


def test_the_guides_example(box: Any) -> None:
    """The guide's example word for word, with a type in capitals and a protocol in small letters (NITRO guide, use cases)."""
    body = {
        "lbvserver": [{"name": "lbv1", "servicetype": "http"}, {"name": "lbv2", "servicetype": "http"}],
        "serviceGroup": [
            {"servicegroupname": "sg1", "servicetype": "HTTP"},
            {"servicegroupname": "sg2", "servicetype": "HTTP"},
        ],
        "lbvserver_servicegroup_binding": [
            {"name": "lbv1", "servicegroupname": "sg1"},
            {"name": "lbv2", "servicegroupname": "sg2"},
        ],
    }
    answer = macro(box, body)
    assert (answer.status, answer.body) == (201, b"")
    assert [row["servicegroupname"] for row in box.rows("lbvserver_servicegroup_binding/lbv2")] == ["sg2"]
    assert box.nitro("PUT", "macroapi", {"lbvserver": [{"name": "lbv1", "comment": "x"}]}).status == 200
    assert macro(box, {"lbvserver": [{"name": "lbv1"}, {"name": "lbv2"}]}, "disable").status == 200


ROWS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("location", {"ipfrom": "192.0.2.1", "ipto": "192.0.2.9", "preferredlocation": "EU.NL"}, {"ipfrom": "192.0.2.1", "ipto": "192.0.2.9"}),
    ("nspartition", {"partitionname": "p1"}, {"partitionname": "p1"}),
    ("nsacl", {"aclname": "a", "aclaction": "DENY", "srcip": True, "srcipval": "192.0.2.1"}, {"aclname": "a"}),
    ("nsacl6", {"acl6name": "a", "acl6action": "DENY"}, {"acl6name": "a"}),
    ("nssimpleacl", {"aclname": "s", "aclaction": "DENY", "srcip": "192.0.2.1"}, {"aclname": "s"}),
    ("policydataset", {"name": "ds", "type": "ipv4"}, {"name": "ds"}),
    ("systemuser", {"username": "ann", "password": "x"}, {"username": "ann"}),
    ("locationfile", {"Locationfile": GEO}, {}),
    ("ntpserver", {"serverip": "192.0.2.123"}, {"serverip": "192.0.2.123"}),
    ("vpnglobal_staserver_binding", {"staserver": "http://192.0.2.9"}, {"staserver": "http://192.0.2.9"}),
]  # fmt: skip


@pytest.mark.fact("macroapi-remove")
@pytest.mark.parametrize(("type_", "row", "key"), ROWS, ids=lambda value: value if isinstance(value, str) else "")
def test_removal_is_what_a_delete_does(
    lab: Any, box: Any, type_: str, row: dict[str, Any], key: dict[str, Any]
) -> None:
    lab.simulator.appliance("gw").write_file(GEO, "NSGEO1.0\nStart\n192.0.2.0,192.0.2.255,EU,NL,,,,\n")

    def there() -> bool:
        node = lab.simulator.appliance("gw").state()["nodes"][0]
        rows = node["running"].get(type_, [])
        return any(all(found[name] == value for name, value in key.items()) for found in rows)

    assert box.post(type_, row).status == 201
    assert there()
    assert macro(box, {type_: [key]}, "remove").status == 200
    assert not there()
    answer = macro(box, {type_: [key]}, "remove")
    assert (answer.status, answer.code) == (207, 1243)


def test_removed_files_and_global_bindings(box: Any) -> None:
    """Arguments besides the name come from the row."""
    content = base64.b64encode(b"x").decode()
    box.post("systemfile", {"filename": "f", "filelocation": "/var/tmp", "filecontent": content})
    box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP"})
    bound = {"policyname": "p", "priority": 1, "type": "REQ_OVERRIDE"}
    box.post("responderglobal_responderpolicy_binding", bound)
    removal = {
        "systemfile": [{"filename": "f", "filelocation": "/var/tmp"}],
        "responderglobal_responderpolicy_binding": [{"policyname": "p", "type": "REQ_OVERRIDE"}],
        "responderpolicy": [{"name": "p"}],
    }
    assert macro(box, removal, "remove").status == 200
    assert box.get("systemfile/f?args=filelocation:%2Fvar%2Ftmp").code == 3441
    assert box.rows("responderpolicy") == []


@pytest.mark.fact("macroapi-remove-bindings")
def test_thousands_of_bindings_and_rules_go_in_one_call(box: Any) -> None:
    """The ranges of a country; errors name their rows, continue goes on after them."""
    ranges = [
        (f"10.{number // 250}.{number % 250}.1", f"10.{number // 250}.{number % 250}.9") for number in range(3000)
    ]
    values = [{"name": "ds", "value": first, "endrange": last} for first, last in ranges]
    rules = [
        {"aclname": f"a{n}", "aclaction": "DENY", "srcip": True, "srcipval": f"{first}-{last}"}
        for n, (first, last) in enumerate(ranges)
    ]
    body = {"policydataset": [{"name": "ds", "type": "ipv4"}], "policydataset_value_binding": values, "nsacl": rules}
    assert macro(box, body).status == 201
    missing = {"name": "ds", "value": "192.0.2.1"}
    removal = {
        "policydataset_value_binding": [values[0], missing, *values[1:]],
        "nsacl": [{"aclname": rule["aclname"]} for rule in rules],
    }
    answer = macro(box, removal, "remove", "continue")
    assert (answer.status, answer.code) == (207, 1243)
    results = [result["errorcode"] for result in answer.json["response"]]
    assert (len(results), results[1], set(results)) == (6001, 2822, {0, 2822})
    assert box.rows("policydataset_value_binding/ds") == box.rows("nsacl") == []


@pytest.mark.fact("macroapi-remove-bindings")
def test_bindings_may_be_excepted(with_switches: Callable[..., Any]) -> None:
    """The guide shows no removal of a binding: a switch."""
    box = with_switches(macroapi_remove_bindings=False).box()
    box.post("policydataset", {"name": "ds", "type": "ipv4"})
    box.post("policydataset_value_binding", {"name": "ds", "value": "192.0.2.1"})
    assert macro(box, {"policydataset_value_binding": [{"name": "ds", "value": "192.0.2.1"}]}, "remove").code == 1240
    assert len(box.rows("policydataset_value_binding/ds")) == 1
    assert macro(box, {"policydataset": [{"name": "ds"}]}, "remove").status == 200


@pytest.mark.fact("bulk-rollback-others")
def test_rollback_is_for_add_and_bind(box: Any) -> None:
    """1242 for removals, actions and updates (NITRO guide, use cases)."""
    box.post("policydataset", {"name": "ds", "type": "ipv4"})
    assert macro(box, {"policydataset": [{"name": "ds"}]}, "remove", "rollback").code == 1242
    made = {"policydataset": [{"name": "d2", "type": "ipv4"}, {"name": "ds", "type": "ipv4"}]}
    answer = macro(box, made, onerror="rollback")
    assert (answer.status, answer.code) == (207, 1243)
    assert [row["name"] for row in box.rows("policydataset")] == ["ds"]
    assert macro(box, made, onerror="later").code == 1097


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"nonsense": [{"name": "x"}]}, 1243),
        ({"policydataset": [{"name": ["x"]}]}, 1234),
        ({"policydataset": [{}]}, 1243),
        ({"nsconfig": [{}]}, 1243),
        ({"location": [{"ipfrom": "192.0.2.1"}]}, 1243),
    ],
)
def test_refused_removals(box: Any, body: Any, code: int) -> None:
    assert macro(box, body, "remove").code == code
