# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a run of ours may have touched a node, and which lines and files are those of our script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import (
    MARGIN,
    UNFINISHED,
    OwnRun,
    OwnScript,
)

BEGAN = datetime(2026, 12, 3, 5, tzinfo=UTC)
TICK = timedelta(seconds=1)
SCRIPT = OwnScript(
    path="/nsconfig/tq_watch.sh",
    digests=frozenset({"aa", "bb"}),
    crontab="/etc/crontab",
    line="*/5 * * * * root /nsconfig/tq_watch.sh",
    tags=frozenset({"tq_watch"}),
)


@pytest.mark.parametrize("ended", [None, BEGAN + timedelta(minutes=3)])
def test_a_run_covers_a_margin_on_both_sides_and_an_hour_where_its_end_is_not_known(ended: datetime | None) -> None:
    run = OwnRun("abc", "", BEGAN, ended)
    first, last = BEGAN - MARGIN, (ended or BEGAN + UNFINISHED) + MARGIN
    assert run.span == (first, last)
    times = (first - TICK, first, BEGAN, last, last + TICK)
    assert [run.covers(time) for time in times] == [False, True, True, True, False]


def test_the_script_is_known_by_path_and_content_and_its_line_by_file_and_text() -> None:
    assert [SCRIPT.is_it(SCRIPT.path, digest) for digest in ("aa", "bb", "cc")] == [True, True, False]
    assert not SCRIPT.is_it("/nsconfig/other.sh", "aa")
    line = SCRIPT.line.encode()
    assert [SCRIPT.is_line(SCRIPT.crontab, one) for one in (line, b" " + line + b"\n")] == [True, True]
    for path, other in (
        ("/etc/cron.d/x", line),
        ("/zz", line),
        (SCRIPT.crontab, line + b" x"),
        (SCRIPT.crontab, b"~" + line),
        (SCRIPT.crontab, line[1:]),
    ):
        assert not SCRIPT.is_line(path, other)


@pytest.mark.parametrize(
    ("line", "is_ours"),
    [
        (b"Dec  3 05:00:01 ns tq_watch: new /netscaler/portal/x.php", True),
        (b"Dec 13 05:00:01 <user.notice> ns tq_watch[123]: checked 12 files: nothing new", True),
        (b"Dec  3 05:00:01 ns tq_watch: gone /a", True),
        (b"Dec  3 05:00:01 ns tq_watch: I am root", False),
        (b"Dec  3 05:00:01 ns tq_other: new /a", False),
        (b"x Dec  3 05:00:01 ns tq_watch: new /a", False),
    ],
)
def test_a_report_of_the_script_has_its_tag_and_one_of_its_forms(line: bytes, is_ours: bool) -> None:
    assert SCRIPT.is_report(line) is is_ours
