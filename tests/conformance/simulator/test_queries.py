# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Query options of reads, bulk writes, warnings, macroapi."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest


@pytest.fixture
def five(box: Any) -> Any:
    rows = [{"name": f"p{number}", "rule": "TRUE", "action": "NOOP", "comment": f"c{number}"} for number in range(5)]
    assert box.post("responderpolicy", rows).status == 201
    return box


@pytest.mark.fact("count")
def test_count(five: Any) -> None:
    """count=yes answers one row with __count (NITRO guide)."""
    assert five.rows("responderpolicy?count=yes") == [{"__count": 5}]


@pytest.mark.fact("filter", "empty-filter")
def test_filter(five: Any) -> None:
    """filter=k:v, values may be regular expressions; no match has no key (NITRO guide; telegraf issue 11536)."""
    assert [row["name"] for row in five.rows("responderpolicy?filter=name:p3")] == ["p3"]
    assert [row["name"] for row in five.rows("responderpolicy?filter=name:p%5B12%5D")] == ["p1", "p2"]
    assert five.rows("responderpolicy?filter=name:p3,comment:c3")[0]["name"] == "p3"
    assert len(five.get("responderpolicy?filter=name:none").body) == 57
    assert len(five.get("responderpolicy?filter=name:(").body) == 57


@pytest.mark.fact("attrs", "pages", "view")
def test_attributes_and_pages(five: Any) -> None:
    """attrs names the attributes; pages are 1-based (NITRO guide)."""
    assert five.rows("responderpolicy?attrs=name,action")[0] == {"name": "p0", "action": "NOOP"}
    assert [row["name"] for row in five.rows("responderpolicy?pagesize=2&pageno=3")] == ["p4"]
    assert five.rows("responderpolicy?pagesize=2&pageno=4") == []
    (row, *others) = five.rows("responderpolicy?view=summary")
    assert (set(row), len(others)) == ({"name", "rule", "action"}, 4), "the mandatory ones"
    assert "hits" in five.rows("responderpolicy?view=detail")[0]


@pytest.mark.fact("attrs-of-one")
def test_attributes_of_a_single_object(box: Any) -> None:
    """attrs is an option of every GET (NITRO guide), also of one that returns an object."""
    answer = box.get("nsconfig?attrs=configchanged,systemtype").json
    assert answer["nsconfig"] == {"systemtype": "Stand-alone", "configchanged": False}


@pytest.mark.fact("expression-list-by-type")
def test_named_expressions_of_a_type(box: Any) -> None:
    """NITRO reference, policyexpression: args=type of a GET; 13.1 removed the classic ones."""
    box.post("policyexpression", {"name": "e", "value": "TRUE"})
    assert [row["name"] for row in box.rows("policyexpression?args=type:ADVANCED")] == ["e"]
    assert box.rows("policyexpression?args=type:CLASSIC") == []


@pytest.mark.fact("args")
@pytest.mark.parametrize("separator", [":", "%3A"])
def test_args(five: Any, separator: str) -> None:
    """args=k:v; values are encoded once (collection client)."""
    assert five.rows(f"responderpolicy?args=name{separator}p2")[0]["name"] == "p2"


@pytest.mark.fact("bulk")
def test_bulk_create(box: Any) -> None:
    """An array payload: 201 if all rows succeed (NITRO guide)."""
    rows = [{"name": name, "rule": "TRUE", "action": "NOOP"} for name in "abc"]
    assert box.post("responderpolicy", rows).status == 201
    assert box.put("responderpolicy", [{"name": name, "comment": "x"} for name in "abc"]).status == 200


@pytest.mark.fact("bulk-exit", "bulk-continue", "bulk-rollback", "bulk-207")
@pytest.mark.parametrize(
    ("onerror", "codes", "left"),
    [
        ("exit", [0, 3094], ["old", "a"]),
        ("continue", [0, 3094, 0], ["old", "a", "b"]),
        ("rollback", [0, 3094], ["old"]),
    ],
)
def test_bulk_errors(box: Any, onerror: str, codes: list[int], left: list[str]) -> None:
    """207 Multi Status with 1243 and one entry per row, up to the failed one unless `continue` (NITRO guide)."""
    box.post("responderpolicy", {"name": "old", "rule": "TRUE", "action": "NOOP"})
    rows = [{"name": name, "rule": "TRUE", "action": "NOOP"} for name in ("a", "old", "b")]
    answer = box.post("responderpolicy", rows, X_NITRO_ONERROR=onerror)
    assert (answer.status, answer.reason, answer.code) == (207, "Multi Status", 1243)
    assert [entry["errorcode"] for entry in answer.json["response"]] == codes
    assert [row["name"] for row in box.rows("responderpolicy")] == left


@pytest.mark.fact("bulk-rollback-others")
def test_bulk_rollback_is_for_add_and_bind(box: Any) -> None:
    """1242 for an update with rollback (NITRO guide; error list)."""
    answer = box.put("responderpolicy", [{"name": "a", "comment": "x"}], X_NITRO_ONERROR="rollback")
    assert answer.code == 1242


@pytest.mark.fact("macroapi", "macroapi-remove")
def test_macroapi(box: Any) -> None:
    """Several types in one call, in the order of their keys; ?action=remove deletes (NITRO guide, use cases)."""
    body = {
        "responderaction": [{"name": "a", "type": "respondwith", "target": '"x"'}],
        "responderpolicy": [{"name": "p", "rule": "TRUE", "action": "a"}],
    }
    assert box.nitro("POST", "macroapi", body).status == 201
    assert box.rows("responderpolicy/p")[0]["action"] == "a"
    removal = {"responderpolicy": [{"name": "p"}], "responderaction": [{"name": "a"}]}
    assert box.nitro("POST", "macroapi?action=remove", removal).status == 200
    assert box.rows("responderpolicy") == []


@pytest.mark.fact("form-of-sdks")
def test_form_of_the_older_sdks(box: Any) -> None:
    """`object=` with params and action, posted to /config/ (NITRO reference pages; Java SDK)."""
    payload = {"params": {"action": "disable"}, "nsfeature": {"feature": ["CS"]}}
    body = "object=" + quote(json.dumps(payload))
    answer = box.nitro("POST", "", body, Content_Type="application/x-www-form-urlencoded")
    assert answer.status == 200
    assert "CS" not in box.get("nsfeature").json["nsfeature"]["feature"]


@pytest.mark.fact("vendor-media-type")
def test_vendor_media_type(box: Any) -> None:
    """application/vnd.com.citrix.netscaler.<type>+json is accepted (older Go client)."""
    row = {"name": "p", "rule": "TRUE", "action": "NOOP"}
    kind = "application/vnd.com.citrix.netscaler.responderpolicy+json"
    assert box.post("responderpolicy", row, Content_Type=kind).status == 201


@pytest.mark.fact("warning-209", "warning-swallowed", "feature-disabled-warns")
def test_warning_is_209(lab: Any) -> None:
    """warning=yes: status 209 X-NITRO-WARNING and a header; without it the warning is swallowed (NITRO guide)."""
    box = lab.box()
    box.post("nsfeature", {"feature": ["RESPONDER"]}, "?action=disable")
    row = {"name": "p", "rule": "TRUE", "action": "NOOP"}
    answer = box.post("responderpolicy", row, "?warning=yes")
    assert (answer.status, answer.reason) == (209, "X-NITRO-WARNING")
    assert answer.header("X-NITRO-WARNING") == "1067 - Feature(s) not enabled [RESPONDER]"
    assert box.post("responderpolicy", {**row, "name": "q"}).status == 201


@pytest.mark.fact("warning-209", "warning-severity", "warnings-in-put")
def test_warning_in_the_body(with_switches: Callable[..., Any]) -> None:
    """An older client saw 200 and the warning in the body on PUT and DELETE."""
    box = with_switches(warning_answer="body").box("bare")
    assert box.post("lbvserver", {"name": "l", "servicetype": "HTTP", "ipv46": "192.0.2.1", "port": 80}).status == 201
    box.post("nsfeature", {"feature": ["LB"]}, "?action=disable")
    answer = box.put("lbvserver", {"name": "l", "comment": "x"}, "?warning=yes")
    assert (answer.status, answer.code, answer.json["severity"]) == (200, 1067, "WARNING")


@pytest.mark.fact("delete-body")
def test_delete_body_is_open(with_switches: Callable[..., Any]) -> None:
    """No trace has the body of a DELETE: a switch."""
    box = with_switches(delete_body="empty").box()
    box.post("policypatset", {"name": "s"})
    assert box.delete("policypatset/s").body == b""
