# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a node does not answer is not taken for an answer: its start-up file, its clock."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Member, clock_skew
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    NitroError,
    OutcomeUnknown,
    TourniquetError,
)

from tests.unit.plugin_utils.appliance.nitro.test_connection import STANDALONE, connect, node, roles


@pytest.mark.parametrize("problem", [CannotConnect("reset"), OutcomeUnknown("no answer")])
def test_a_node_that_is_lost_while_its_start_up_file_is_read_is_unreachable(problem: TourniquetError) -> None:
    """Its knob is not known then, and neither is anything else that would be read after it."""
    opened, _log = connect({**node("Secondary"), "systemfile": problem}, node("Primary"))
    with opened as connection:
        assert roles(connection) == ["unreachable", "primary"]
        assert (connection.nodes[0].start_up_file, connection.nodes[0].problem) == (None, str(problem))
    opened, log = connect({**STANDALONE, "systemfile": problem})
    with pytest.raises(type(problem), match=f"^{problem}$"), opened:
        pass
    assert log == ["in 10.1.0.11", "out 10.1.0.11"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "the answer for rc.netscaler contains no file"),
        ([{"filename": "rc.netscaler"}], "the answer for rc.netscaler has no content"),
        ([{"filecontent": None}], "the answer for rc.netscaler has no content"),
    ],
)
def test_an_answer_without_the_start_up_file_is_not_an_empty_file(rows: list[dict[str, Any]], told: str) -> None:
    opened, _log = connect({**STANDALONE, "systemfile": rows})
    with opened as connection:
        assert (connection.nodes[0].start_up_file, connection.nodes[0].problem) == (None, told)


@pytest.mark.parametrize(
    ("text", "later", "expected"),
    [
        ("Wed Jan 15 02:59:58 2020", 3.7, "2020-01-15T03:00:01"),
        (" Mon May  8 14:00:00 2017 ", 0.0, "2017-05-08T14:00:00"),
        ("Tue Dec 31 23:59:59 2019", 0.9, "2019-12-31T23:59:59"),
        ("Tue Dec 31 23:59:59 2019", 3601.0, "2020-01-01T01:00:00"),
    ],
)
def test_the_clock_of_a_node_goes_on_in_whole_seconds(
    monkeypatch: pytest.MonkeyPatch, text: str, later: float, expected: str
) -> None:
    member = member_with({"currentsytemtime": text})
    monkeypatch.setattr(time, "monotonic", lambda: 100.0 + later)
    assert member.now() == datetime.fromisoformat(expected)


@pytest.mark.parametrize("text", [None, "", "2020-01-15 02:00:00", "Fri Dec 31 23:59:59 9999"])
def test_a_node_without_a_clock_that_goes_on_has_no_time(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 101.0)
    assert member_with({} if text is None else {"currentsytemtime": text}).now() is None


@pytest.mark.parametrize(
    ("answer", "start", "hours"),
    [
        ([{"starttime": "Wed Jan 15 01:00:00 2020"}], "Wed Jan 15 01:00:00 2020", 2),
        ([{"starttime": "Mon Jan  1 00:00:00 0001"}], "Mon Jan  1 00:00:00 0001", None),  # a node may say any two years
        ([{"starttime": "Wed Jan 15 03:00:01 2020"}], "Wed Jan 15 03:00:01 2020", None),  # its clock was set back since
        ([{"starttime": "yesterday\x1b"}], "yesterday\\x1b", None),
        ([{"starttime": "9" * 5000}], "9" * 64, None),
        ([{}], "", None),
        ([], "", None),
        (NitroError("gw-a", "GET", 400, 2138, "Not authorized"), "", None),
    ],
)
def test_when_a_node_was_started_is_read_once_and_told_by_our_clock(answer: Any, start: str, hours: int | None) -> None:
    asked: list[str] = []

    def read(type_: str, area: str) -> Any:
        asked.append(f"{area}/{type_}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    year = "9999" if "0001" in start else "2020"
    member = member_with({"currentsytemtime": f"Wed Jan 15 03:00:00 {year}"})
    object.__setattr__(member, "session", SimpleNamespace(read=read, briefly=contextlib.nullcontext))
    object.__setattr__(member, "read_at", time.monotonic())
    ago = None if member.started_at is None else round((datetime.now(UTC) - member.started_at).total_seconds() / 3600)
    assert (member.start, ago, asked) == (start, hours, ["stat/ns"])


@pytest.mark.parametrize(
    ("start", "expected"),
    [("Wed Jan 15 01:00:00 2020", "2020-01-15T01:00:00"), ("yesterday", None), ("", None)],
)
def test_when_a_node_was_started_by_its_own_clock(start: str, expected: str | None) -> None:
    member = member_with({})
    member.__dict__["start"] = start
    shown = member.start_by_its_clock()
    assert (None if shown is None else shown.isoformat()) == expected


def test_a_node_without_a_clock_has_no_start_by_ours() -> None:
    assert member_with({}).started_at is None


def member_with(config: dict[str, Any]) -> Member:
    """Return a node whose nsconfig was read at 100 seconds of the monotonic clock."""
    session: Any = None
    return Member(session, config, read_at=100.0)


@pytest.mark.parametrize("version", ["", "None", "x\x1b[2J" + "9" * 5000, "NS13.0", "../../etc/passwd"])
def test_a_version_that_is_no_build_names_the_host_and_is_shown_in_part(version: str) -> None:
    opened, log = connect({**STANDALONE, "nsversion": [{"version": version}]})
    with pytest.raises(NitroError) as raised, opened:
        pass
    assert str(raised.value).startswith("gw-a: GET nsversion: HTTP 200, errorcode 0: the version '")
    assert str(raised.value).endswith("' is not a build of NetScaler")
    assert len(str(raised.value)) < 200
    assert str(raised.value).isprintable()
    assert log == ["in 10.1.0.11", "out 10.1.0.11"]


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "x", "", "9" * 400, None])
def test_a_time_that_is_no_number_is_not_known(text: str | None) -> None:
    assert clock_skew({"systemtime": text}, 100.0) is None


def test_the_session_for_files_beside_a_partition_has_no_time_of_its_own() -> None:
    opened, _log = connect(STANDALONE)
    with opened as connection:
        connection.primary.partition = "tenant"
        beside = connection.in_default(connection.primary)
        assert beside is not connection.primary
        assert beside.budget is connection.primary.budget is connection.budget
