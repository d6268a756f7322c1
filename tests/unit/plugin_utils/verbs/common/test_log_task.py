# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which logs are read, how progress is shown, and which requests count as attacks: those of the catalogue that are meant for the appliance."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    entries,
    entries_of_the_appliance,
    load_mitigation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import log_task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.log_task import LogTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.result import Result

CATALOGUE = Path(__file__).parents[5] / "templates" / "mitigations"
BACK_ENDS = "cve_2021_44228"


def request(url: str) -> RecordedRequest:
    return RecordedRequest(url=url, method="GET")


def test_attacks_on_back_ends_leave_ordinary_requests_decided() -> None:
    signatures = LogTask.signatures(CATALOGUE)
    assert signatures.undecided(request("/")) == ()
    assert signatures.matches(request("/vpn/../vpns/cfg/smb.conf"))
    behind = LogTask.signatures(CATALOGUE, load_mitigation(CATALOGUE / BACK_ENDS).traffic)
    assert "header X-Forwarded-For" in behind.undecided(request("/")), "where that measure is asked about"


def test_what_protects_back_ends_is_no_need_of_an_appliance() -> None:
    assert BACK_ENDS in entries(CATALOGUE)
    assert entries_of_the_appliance(CATALOGUE) == [id_ for id_ in entries(CATALOGUE) if id_ != BACK_ENDS]


class Logs(LogTask):
    """A task with options."""

    def __init__(self, lines: list[str], **options: Any) -> None:
        where = Appliance("gw", (Address("10.1.0.11", 443),), "u", "p")
        given = {"logs": [], "fetch": [], "logs_below": ".", "since": "", **options}
        super().__init__(appliance=where, options=given, check_mode=False, is_preview=False, say=lines.append)

    def run(self) -> Result:
        raise AssertionError("only its parts are played")


MB = 1_000_000


@pytest.mark.parametrize(
    ("steps", "total", "told"),
    [
        ([2 * MB - 1], 8 * MB, []),
        ([2 * MB], 8 * MB, ["25 % of 8 MB"]),
        ([2 * MB, 3 * MB, 4 * MB - 1], 8 * MB, ["25 % of 8 MB"]),
        ([2 * MB, 4 * MB, 6 * MB, 8 * MB], 8 * MB, [f"{n} % of 8 MB" for n in (25, 50, 75, 100)]),
        ([5 * MB, 5 * MB], 8 * MB, ["62 % of 8 MB"]),
        ([7 * MB, 8 * MB, 8 * MB], 8 * MB, ["87 % of 8 MB", "100 % of 8 MB"]),
        ([1_234_000_000], 1_234_000_000, ["100 % of 1,234 MB"]),
        ([600_000 * MB], 600_000 * MB, ["100 % of 600,000 MB"]),
        ([MB + 1], MB + 1, ["100 % of 1 MB"]),
        ([MB], MB, []),
        ([0], 0, []),
    ],
)
def test_progress_is_shown_at_each_quarter_of_what_takes_long(steps: list[int], total: int, told: list[str]) -> None:
    lines: list[str] = []
    show = Logs(lines).progress("reading")
    for done in steps:
        show(done, total)
    assert lines == [f"gw: reading: {one}" for one in told]


def test_a_day_is_one_of_the_calendar_or_none() -> None:
    assert Logs([]).day_of("since") is None
    assert Logs([], since="2020-01-09").day_of("since") == date(2020, 1, 9)
    with pytest.raises(InvalidInput, match=r"^since is '9 January': write a date as 2020-01-09$"):
        Logs([], since="9 January").day_of("since")
    with pytest.raises(InvalidInput, match=r"^since is '2019-02-29': that month has no such day$"):
        Logs([], since="2019-02-29").day_of("since")
    with pytest.raises(InvalidInput, match=r"^since is '2019-13-01': write a date as 2020-01-09$"):
        Logs([], since="2019-13-01").day_of("since")


def test_logs_are_those_that_are_named_and_those_that_are_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "ns.log"
    own.write_text("line\n")
    folders: list[Path] = []

    def fetch(_connection: Any, names: list[str], directory: Path) -> tuple[list[Path], list[str]]:
        folders.append(directory)
        found = [directory / name for name in names if name != "gone"]
        for path in found:
            path.write_text("line\n")
        return found, ["gw: gone was not there"] if "gone" in names else []

    monkeypatch.setattr(log_task, "fetch_logs", fetch)
    connection: Any = object()

    def read(connection: Any, **options: Any) -> tuple[list[tuple[str, str]], list[str]]:
        with Logs([], logs_below=str(tmp_path), **options).files(connection) as (files, problems):
            assert all(one.path.exists() for one in files)
            return [(one.path.name, one.format) for one in files], problems

    named = [{"path": "ns.log"}]
    assert read(None, logs=named) == ([("ns.log", "observe")], [])
    assert read(connection, logs=named) == ([("ns.log", "observe")], [])
    assert not folders, "nothing is fetched that nobody asked for"
    fetched = ["ns.log", "httpaccess.log", "httpaccess-vpn.log", "gone"]
    both = [("ns.log", "observe"), ("httpaccess.log", "httpaccess"), ("httpaccess-vpn.log", "httpaccess")]
    assert read(connection, fetch=fetched) == (both, ["gw: gone was not there"])
    assert read(connection, logs=named, fetch=["ns.log"]) == ([("ns.log", "observe")] * 2, [])
    assert read(None, logs=named, fetch=fetched) == ([("ns.log", "observe")], [])
    assert folders
    assert not any(folder.exists() for folder in folders)
    with pytest.raises(InvalidInput, match=r"^gw: no logs are named\. Set netscaler_logs"):
        read(connection)
    with pytest.raises(InvalidInput, match=r"^gw: no log could be fetched: gw: gone was not there$"):
        read(connection, fetch=["gone"])
    with pytest.raises(InvalidInput, match=r"^gw: no log could be fetched: the nodes have none$"):
        read(None, fetch=["ns.log"])
