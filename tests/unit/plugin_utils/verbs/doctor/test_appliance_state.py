# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the doctor says of a licence, a clock, a pair, unsaved changes and the audit log, on each side of each bound."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor import appliance_state
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.appliance_state import (
    MOST_OF_A_KIND,
    pair_findings,
    session_findings,
    state_findings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import (
    CheckResult,
    Severity,
)

OK, WARNING, ERROR, NOT_CHECKED = Severity.OK, Severity.WARNING, Severity.ERROR, Severity.NOT_CHECKED
REFUSED = NitroError("gw", "GET nslicense", 403, 2097, "not authorized")


class Session:
    """Answers each type with its rows, or refuses it."""

    def __init__(self, rows: dict[str, Any]) -> None:
        self.rows = rows

    def read(self, type_: str) -> list[dict[str, Any]]:
        answer = self.rows.get(type_, [])
        if isinstance(answer, NitroError):
            raise answer
        assert isinstance(answer, list)
        return answer


def node(host: str, role: str, build: str = "13.1-1.1") -> SimpleNamespace:
    return SimpleNamespace(address=Address(host, 443), role=role, build=build)


def connection(**changed: Any) -> Any:
    rows = {"nslicense": [{"responder": True}], "auditsyslogparams": [{"userdefinedauditlog": "YES"}]}
    usual = {
        "nodes": [node("192.0.2.1", "primary")],
        "other_nodes": [],
        "appliance": SimpleNamespace(nodes=(Address("192.0.2.1", 443),)),
        "pair_remarks": [],
        "clock_skew": 0.0,
        "config": {"configchanged": False},
        "primary": Session(rows | changed.pop("rows", {})),
    }
    return SimpleNamespace(**(usual | changed))


def of(check: str, **changed: Any) -> list[CheckResult]:
    found = state_findings(connection(**changed))
    others = [one for one in found if one.check != check]
    assert {one.severity for one in others} == {OK}
    assert len(others) == 4
    return [one for one in found if one.check == check]


@pytest.mark.parametrize(
    ("rows", "severities", "about"),
    [
        ([{"responder": True}], [OK], ""),
        ([{"responder": "TRUE"}], [OK], ""),
        ([{"responder": False}], [ERROR], ""),
        ([{"responder": "zzz"}], [ERROR], ""),
        ([{}], [NOT_CHECKED], ""),
        ([], [NOT_CHECKED], ""),
        ([{"responder": True, "daystoexpiration": "29"}], [OK, WARNING], "in 29 days"),
        ([{"responder": True, "daystoexpiration": "030"}], [OK], ""),
        ([{"responder": True, "daystoexpiration": "31"}], [OK], ""),
        ([{"responder": True, "daystoexpiration": "000001"}], [OK, WARNING], "in 1 day"),
        ([{"responder": True, "daystoexpiration": "0000001"}], [OK], ""),
        ([{"responder": True, "daystoexpiration": "-1"}], [OK], ""),
        (REFUSED, [NOT_CHECKED], ""),
    ],
)
def test_the_licence(rows: Any, severities: list[Severity], about: str) -> None:
    found = of("licence", rows={"nslicense": rows})
    assert [one.severity for one in found] == severities
    assert found[-1].about == about


@pytest.mark.parametrize(
    ("skew", "severity", "about"),
    [
        (None, NOT_CHECKED, ""),
        (0.0, OK, ""),
        (60.0, OK, ""),
        (-60.0, OK, ""),
        (60.4, WARNING, "60 seconds ahead"),
        (-61.0, WARNING, "61 seconds behind"),
        (119.0, WARNING, "119 seconds ahead"),
        (120.0, WARNING, "2 minutes ahead"),
        (-7199.0, WARNING, "120 minutes behind"),
        (7200.0, WARNING, "2 hours ahead"),
        (-172_799.0, WARNING, "48 hours behind"),
        (172_800.0, WARNING, "2 days ahead"),
        (-864_000.0, WARNING, "10 days behind"),
    ],
)
def test_the_clock(skew: float | None, severity: Severity, about: str) -> None:
    (found,) = of("clock", clock_skew=skew)
    assert (found.severity, found.about) == (severity, about)


def test_a_clock_that_is_right_says_by_how_much() -> None:
    (found,) = of("clock", clock_skew=-12.0)
    assert found.what == "it differs by 12 seconds from that of the control node"


ONE, TWO = Address("192.0.2.1", 443), Address("192.0.2.2", 443)


@pytest.mark.parametrize(
    ("changed", "severities"),
    [
        pytest.param({}, [OK], id="alone"),
        pytest.param({"other_nodes": [{"ipaddress": "192.0.2.2"}]}, [ERROR], id="one of two is named"),
        pytest.param(
            {"other_nodes": [{"ipaddress": "192.0.2.2"}], "appliance": SimpleNamespace(nodes=(ONE, TWO))},
            [OK],
            id="both are named",
        ),
        pytest.param({"pair_remarks": ["no sync", "no propagation"]}, [WARNING, WARNING], id="remarks"),
        pytest.param(
            {"pair_remarks": [str(n) for n in range(MOST_OF_A_KIND + 1)]}, [WARNING] * MOST_OF_A_KIND, id="many remarks"
        ),
        pytest.param({"nodes": [node("192.0.2.1", "primary"), node("192.0.2.2", "secondary")]}, [OK], id="same builds"),
        pytest.param(
            {"nodes": [node("192.0.2.1", "primary"), node("192.0.2.2", "secondary", "13.1-2.1")]},
            [WARNING],
            id="different builds",
        ),
        pytest.param(
            {"nodes": [node("192.0.2.1", "primary"), node("192.0.2.2", "unreachable", "?")]},
            [OK],
            id="a node that nobody reaches has no build",
        ),
    ],
)
def test_the_pair(changed: dict[str, Any], severities: list[Severity]) -> None:
    assert [one.severity for one in pair_findings(connection(**changed))] == severities


def test_the_nodes_of_a_pair_are_named_with_their_roles() -> None:
    (found,) = pair_findings(
        connection(
            nodes=[node("192.0.2.1", "primary"), node("192.0.2.3", "unreachable"), node("192.0.2.2", "secondary")]
        )
    )
    assert found.what == "192.0.2.1 primary, 192.0.2.2 secondary"


@pytest.mark.parametrize(
    ("value", "severity"), [("YES", OK), ("yes", OK), ("NO", WARNING), ("ZZZ", WARNING), (None, NOT_CHECKED)]
)
def test_the_audit_log(value: str | None, severity: Severity) -> None:
    (found,) = of("audit log", rows={"auditsyslogparams": [{"userdefinedauditlog": value}]})
    assert found.severity is severity
    (refused,) = of("audit log", rows={"auditsyslogparams": REFUSED})
    assert refused.severity is NOT_CHECKED


@pytest.mark.parametrize(
    ("changed", "severity"), [(False, OK), ("FALSE", OK), (True, WARNING), ("true", WARNING), ("", NOT_CHECKED)]
)
def test_unsaved_changes(monkeypatch: pytest.MonkeyPatch, changed: Any, severity: Severity) -> None:
    monkeypatch.setattr(appliance_state, "ConfigurationTexts", lambda session: session)
    monkeypatch.setattr(appliance_state, "read_unsaved_lines", lambda _texts: ["+ a"])
    (found,) = of("saved", config={"configchanged": changed})
    assert found.severity is severity


@pytest.mark.parametrize(
    ("lines", "about", "line"),
    [
        (None, "not shown", ""),
        ([], "lines of ns.conf: 0", ""),
        (["a", "b", "c"], "lines of ns.conf: 3", "a; b; c"),
        (["a", "b", "c", "d"], "lines of ns.conf: 4", "a; b; c; ..."),
        (["x" * 80 + "y"], "lines of ns.conf: 1", "x" * 80),
    ],
)
def test_the_first_unsaved_lines_are_shown(
    monkeypatch: pytest.MonkeyPatch, lines: list[str] | None, about: str, line: str
) -> None:
    monkeypatch.setattr(appliance_state, "ConfigurationTexts", lambda session: session)
    monkeypatch.setattr(appliance_state, "read_unsaved_lines", lambda _texts: lines)
    (found,) = of("saved", config={"configchanged": True})
    assert (found.about, found.line) == (about, line)


@pytest.mark.parametrize(("names", "findings"), [(0, 0), (1, 1), (MOST_OF_A_KIND, MOST_OF_A_KIND), (23, 21)])
def test_unusable_names_up_to_a_bound(names: int, findings: int) -> None:
    session: Any = SimpleNamespace(unusable_names={f"name {number:02}" for number in range(names)})
    found = session_findings(session)
    assert len(found) == findings
    if names > MOST_OF_A_KIND:
        assert found[-1].what == "3 more objects have such names"
