# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of a run: what a reviewer finds, without a browser; the browser test is tests/browser/test_page.py."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.customer_view import for_customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import (
    closings,
    page,
    plan_groups,
    timeline,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.proof_text import proof_lines

from tests.run_reports import HOSTILE, fleet, report, result, verdict

VOID = {"meta", "link", "input", "br", "img"}


class Parsed(HTMLParser):
    """Elements with their attributes, the text of each kind, and whether they are nested correctly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self) -> str:
        return " ".join(text for tag, texts in self.texts.items() if tag not in ("script", "style") for text in texts)


def parsed(results: dict[str, dict[str, Any]], problems: dict[str, str] | None = None, **more: Any) -> Parsed:
    return Parsed(page(report(results, problems, **more)))


def test_the_page_has_landmarks_headings_and_headers_of_tables() -> None:
    found = parsed(fleet(30), {"gw-0003": "failed: it broke"})
    assert [len(found.all(tag)) for tag in ("header", "main", "footer", "nav", "h1", "title")] == [1] * 6
    assert found.all("html") == [{"lang": "en"}]
    assert all(head.get("scope") in ("col", "row") for head in found.all("th"))
    assert len(found.all("caption")) == len(found.all("table"))
    assert found.all("a")[0]["href"] == "#main"
    levels = [int(tag[1]) for tag, _attributes in found.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_link_leads_into_the_page_and_every_id_is_there_once() -> None:
    found = parsed(fleet(30), {"gw-0003": "failed: it broke"})
    ids = [attributes["id"] for _tag, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(link["href"]).removeprefix("#") for link in found.all("a")} <= set(ids)
    named = [attributes["aria-labelledby"] for _tag, attributes in found.elements if "aria-labelledby" in attributes]
    assert set(named) <= set(ids)


def test_the_page_loads_nothing() -> None:
    text = page(report(fleet(3)))
    found = Parsed(text)
    assert not [attributes for _tag, attributes in found.elements if {"src", "srcset", "action"} & set(attributes)]
    assert not found.all("link")
    assert "url(" not in text
    assert "http://" not in text
    assert "https://" not in text


def test_the_policy_allows_the_script_and_the_style_of_the_page_alone() -> None:
    found = parsed(fleet(1))
    policy = next(str(one["content"]) for one in found.all("meta") if one.get("http-equiv"))
    for tag in ("script", "style"):
        assert len(found.all(tag)) == 1
        digest = base64.b64encode(hashlib.sha256("".join(found.texts[tag]).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert len("".join(found.texts["script"]).splitlines()) <= 40


def test_hostile_text_makes_no_element_and_no_link() -> None:
    hostile = result(
        customer=HOSTILE,
        verdict=verdict("exposed", reason=HOSTILE, missing=[HOSTILE], rests_on=[HOSTILE]),
        steps=0,
        runs=[
            {"started": HOSTILE, "kind": HOSTILE, "measure": HOSTILE, "user": HOSTILE, "control_node": HOSTILE}
            | dict.fromkeys(("version", "outcome", "ticket", "reason", "undone_by"), HOSTILE)
        ],
        neighbours=[HOSTILE],
        drift=[HOSTILE],
        notes=[HOSTILE],
        conflicts=[{"kind": HOSTILE, "message": HOSTILE, "fix": HOSTILE}],
    )
    hostile["steps"] = [{"type": "t", "key": [], "lines": [f"add {HOSTILE}"], "inverse": [HOSTILE]}]
    found = parsed({HOSTILE: hostile}, {HOSTILE: f"failed: {HOSTILE}"}, rollout=(HOSTILE,))
    assert len(found.all("script")) == 1
    assert found.all("img") == []
    assert "alert(1)" in found.text()
    assert "{{ 7 * 7 }}" in found.text()
    assert "\x1b" not in found.text()
    outside = " ".join(
        text for tag, texts in found.texts.items() if tag not in ("code", "script", "style") for text in texts
    )
    assert "http://" not in outside
    assert "hxxp://evil[.]example/x" in outside
    assert "http://evil.example/x" in " ".join(found.texts["code"]), "a command is exact"


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("mitigated", "proven before, at 2020-01-10"),
        ("observe, not blocking", "proven before that it counts and lets the attack pass, at 2020-01-10"),
    ],
)
def test_what_was_proven_of_a_rule_that_only_counts_is_not_that_it_blocks(word: str, told: str) -> None:
    """Seen: "proven before" on the page of a customer whose attack passes."""
    assert proof_lines({"proof": {"proven_before": "2020-01-10"}, "verdict": {"word": word}}) == [told]


def test_a_reviewer_sees_each_line_with_its_inverse_the_seal_the_proof_and_who_is_left_out() -> None:
    found = parsed(
        {
            "gw-a": result(seal="5ea1a"),
            "gw-b": result(seal="5ea1b", marker="0123456789ab"),
            "gw-c": {"msg": "no", "action": "apply"},
        },
        {"gw-c": "unreachable: no route"},
        planned=frozenset({"gw-a", "gw-b"}),
    )
    text = found.text()
    assert "Nothing was changed by this run." in text
    codes = found.texts["code"]
    for number in (0, 1):
        assert codes.index(f"rm thing {number}") == codes.index(f"add thing {number} <marker>") + 1
    assert {"5ea1a", "5ea1b", "cf53be128289", "0123456789ab"} <= set(codes)
    assert "before binding: 33 of 33 attacks match (offline)" in text
    assert "gw will end unproven: no probe reaches it" in text
    assert "unreachable: no route" in text
    assert "newest fact of 2019-12-18" in text
    assert "no request was sent to the virtual servers" in text


def test_equal_plans_are_shown_once_and_the_marker_is_not_compared() -> None:
    values = report({"a": result(), "b": result(marker="000000000000"), "c": result(steps=3), "d": result(steps=0)})
    groups = plan_groups(values["appliances"])
    assert [[one["host"] for one in group["members"]] for group in groups] == [["a", "b"], ["c"]]
    assert groups[0]["proof"] == ["before binding: 33 of 33 attacks match (offline)"]


def test_runs_in_the_same_minute_share_a_row_of_the_timeline() -> None:
    def run(started: str) -> dict[str, Any]:
        return {
            "started": started,
            "kind": "apply",
            "measure": "m",
            "user": "u",
            "outcome": "applied",
            "control_node": "n",
        }

    values = report(
        {
            "a": result(runs=[run("2020-01-14T01:00:05+00:00"), run("2020-01-15T02:00:00+00:00")]),
            "b": result(runs=[run("2020-01-14T01:00:59+00:00")]),
        }
    )
    assert [row["hosts"] for row in timeline(values["appliances"])] == [["a"], ["a", "b"]]


@pytest.mark.parametrize("order", [1, -1])
def test_verdicts_of_one_precedence_have_one_order_whatever_appliance_comes_first(order: int) -> None:
    """Seen: a table whose columns changed places from run to run, as those of a set do."""
    results = {"a": result("unknown"), "b": {**result(), "verdict": None, "failed": True, "msg": "it broke"}}
    values = report(dict(zip(results, [*results.values()][::order], strict=True)), playbook="status")
    assert [*values["totals"]["verdicts"]] == ["no verdict", "unknown"]
    assert re.search(r"<th[^>]*>no verdict</th>\s*<th[^>]*>unknown</th>", page(values))


def test_what_was_closed_is_a_row_with_its_end_and_who_has_decided() -> None:
    """What one run closed of a customer at an appliance is one row."""

    def row(vserver: str, since: str, until: str = "", **more: str) -> dict[str, Any]:
        about = {"customer": "Brouwer", "step": "off", "decided_by": "J. Visser", "expires": "", "overdue": False}
        return {"vserver": vserver, "since": since, "until": until, **about, **more}

    rows = [
        row("gw-1", "2020-01-14T01:00:05+00:00", "2020-01-15T02:00:00+00:00"),
        row("gw-2", "2020-01-14T01:00:09+00:00", "2020-01-15T02:00:01+00:00"),
        row("gw-1", "2020-01-16T01:00:00+00:00", customer="De Wit", step="notice"),
        {**row("gw-3", "2020-01-13T01:00:00+00:00", "2020-01-13T03:00:00+00:00"), "at_the_latest": True},
    ]
    values = report({"gw": result(closures=rows)}, playbook="status")
    found = [
        (one["since"], one["until"], one["customer"], one["step"], one["vservers"])
        for one in closings(values["appliances"])
    ]
    assert found == [
        ("2020-01-16 01:00 UTC", "", "De Wit", "notice", "gw-1"),
        ("2020-01-14 01:00 UTC", "2020-01-15 02:00 UTC", "Brouwer", "off", "gw-1, gw-2"),
        ("2020-01-13 01:00 UTC", "2020-01-13 03:00 UTC at the latest", "Brouwer", "off", "gw-3"),
    ]
    assert "2020-01-13 03:00 UTC at the latest" in page(for_customer(values, "Brouwer"), "Brouwer")
    assert '<td class="short">still closed</td><td class="short">notice</td><td>De Wit</td>' in page(values)
    assert "Closed and opened again" not in page(report({"gw": result()}))


def test_a_loss_of_protection_is_on_the_page_of_the_fleet_and_on_that_of_the_only_customer() -> None:
    lost = "cve_2019_19781 on 2020-01-11 13:00 UTC, decided by J. Jansen (it stops a customer): it only counts"
    values = report({"gw-a": result(protection_lost=[lost])})
    for said in (page(values), page(for_customer(values, "Brouwer"), "Brouwer")):
        assert lost in Parsed(said).text()
        assert "<h3>Protection lost</h3>" in said
    assert "Protection lost" not in page(report({"gw-a": result()}))


def test_a_page_of_a_thousand_appliances_is_below_five_megabytes() -> None:
    assert len(page(report(fleet(1000)))) < 5_000_000
