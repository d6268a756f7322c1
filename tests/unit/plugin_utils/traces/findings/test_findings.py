# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Incomplete is never clean, what the attacker wrote stays text, and one line comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import one_line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.appliance_line import (
    appliance_line,
    lines_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import (
    Examination,
    ExitCode,
    Finding,
    LogReach,
    NotSeen,
    code_of_playbook,
    exit_code,
    exit_code_words,
)

FOUND = Finding(
    appliance="gw-a",
    node="10.1.0.11",
    level=Level.COMPROMISE,
    what="a file that attackers left",
    where="/var/vpn/theme/x.php",
    why="web shell of CVE-2026-8452 (nshunt)",
    cannot_mean="who has used it",
    next_step="take evidence, then isolate the node",
)
CLEAN = Examination("gw-a", looked_at=(("directories", 12),))
SSH_OFF = NotSeen("permissions", "the SSH half is off", is_gap=False)


@pytest.mark.parametrize(
    ("examined", "code"),
    [
        (CLEAN, 0),
        (replace(CLEAN, not_seen=(SSH_OFF,)), 0),
        (replace(CLEAN, findings=(replace(FOUND, level=Level.REVIEW),)), 1),
        (replace(CLEAN, findings=(replace(FOUND, level=Level.ATTEMPT),)), 1),
        (replace(CLEAN, findings=(FOUND,)), 2),
        (replace(CLEAN, not_seen=(NotSeen("/var/tmp", "it cannot be read"),)), 2),
        (replace(CLEAN, looked_at=()), 2),
        (replace(CLEAN, looked_at=(("directories", 0),)), 2),
    ],
)
def test_the_exit_code_of_an_appliance(examined: Examination, code: int) -> None:
    assert examined.exit_code == code
    assert exit_code([CLEAN, examined]) == code


def test_one_of_each_is_said_in_the_singular() -> None:
    looked = tuple((what, 1) for what in ("nodes", "directories", "new lines", "working alarm"))
    text = appliance_line(replace(CLEAN, looked_at=looked))
    assert text == "gw-a: nothing found in 1 node, 1 directory, 1 new line, 1 working alarm"


def test_no_appliance_is_incomplete() -> None:
    assert exit_code([]) == 2
    assert lines_of([], fail_at=3)[-1].endswith("; exit code 2 for monitoring, 0 of the playbook")
    assert lines_of([]) == ["0 appliances: nothing was looked at; exit code 2"]


def test_nothing_to_do_is_one_line_for_the_fleet() -> None:
    fleet = [replace(CLEAN, appliance=f"gw-{number}") for number in range(300)]
    assert lines_of(fleet) == ["300 appliances: 300 with nothing found in what was looked at; exit code 0"]


def test_one_line_of_each_appliance_comes_first_and_the_most_urgent_one_above() -> None:
    review = replace(CLEAN, appliance="gw-b", findings=(replace(FOUND, level=Level.REVIEW),))
    gap = replace(CLEAN, appliance="gw-c", not_seen=(NotSeen("/var/tmp", "no answer", "10.1.0.12"), SSH_OFF))
    lines = lines_of([CLEAN, gap, review, replace(CLEAN, appliance="gw-d", findings=(FOUND,))])
    assert lines[:3] == [
        "gw-d: 1 compromise in 12 directories",
        "gw-b: 1 review in 12 directories",
        "gw-c: nothing found in 12 directories; INCOMPLETE: 10.1.0.12: /var/tmp: no answer",
    ]
    assert "  not looked at: permissions: the SSH half is off" in lines
    assert lines[-1] == (
        "4 appliances: 1 with compromise, 1 with review, 1 incomplete, 1 with nothing found in what was looked at; exit code 2"
    )
    text = "\n".join(lines)
    for part in (
        FOUND.where,
        FOUND.why,
        FOUND.cannot_mean,
        FOUND.next_step,
        "not known whether before or after the fix",
    ):
        assert part in text


def test_appliances_without_a_finding_that_lack_the_same_are_told_of_once() -> None:
    lacks = NotSeen("changes", "nobody has accepted a state")
    oldest = datetime(2026, 11, 28, 6, tzinfo=UTC)
    fleet = [
        replace(
            CLEAN,
            appliance=f"gw-{number:02}",
            not_seen=(replace(lacks, node=f"10.1.0.{number}"), replace(lacks, node=f"10.1.1.{number}"), SSH_OFF),
            reach=(LogReach(f"10.1.0.{number}", "ns.log", oldest + number * timedelta(hours=1)),),
        )
        for number in range(1, 14)
    ]
    others = [
        replace(CLEAN, appliance="away", not_seen=(lacks, SSH_OFF), looked_at=()),  # of which nothing was looked at
        replace(fleet[4], findings=(replace(FOUND, appliance="gw-05"),)),
    ]
    assert lines_of([*fleet[:4], *fleet[5:], *others])[:3] == [
        "gw-05: 1 compromise in 12 directories; INCOMPLETE: 10.1.0.5: changes: nobody has accepted a state and 1 more",
        "away: INCOMPLETE: changes: nobody has accepted a state",
        "gw-[01-04,06-13]: nothing found in 144 directories; INCOMPLETE: changes: nobody has accepted a state",
    ]
    lines = lines_of(fleet)
    assert lines[1:] == [
        "",
        "gw-[01-13]:",
        "  not looked at: changes: nobody has accepted a state",
        "  not looked at: permissions: the SSH half is off",
        "  reaches back to: 10.1.0.13 ns.log (the shortest of 13 logs): 2026-11-28 19:00:00+00:00",
        "13 appliances: 13 incomplete; exit code 2",
    ]


ATTEMPT = replace(FOUND, level=Level.ATTEMPT, where="responderpolicy tq_x", evidence="counter 2")


def attempted(number: int, **changes: str) -> Examination:
    found = replace(ATTEMPT, appliance=f"gw-{number:02}", node=f"10.1.0.{number}", **changes)
    return replace(CLEAN, appliance=found.appliance, findings=(found,))


def test_what_several_appliances_have_is_explained_once_with_a_line_for_each_node() -> None:
    own = replace(FOUND, appliance="gw-02", where="/var/vpn/theme/y.php")
    fleet = [attempted(number, what=f"{number} requests") for number in range(1, 14)]
    fleet[1] = replace(fleet[1], findings=(*fleet[1].findings, own))
    lines = lines_of(fleet)
    assert lines[:2] == [
        "gw-02: 1 compromise, 1 attempt in 12 directories",
        "gw-[01,03-13]: 1 attempt each in 144 directories",
    ]
    assert lines[2:7] == [
        "",
        "  ATTEMPT     13 appliances  responderpolicy tq_x (not known whether before or after the fix, seen by nitro)",
        f"              why:  {ATTEMPT.why}",
        f"              not:  {ATTEMPT.cannot_mean}",
        f"              next: {ATTEMPT.next_step}",
    ]
    assert lines[7] == f"              gw-02  10.1.0.2: 2 requests, counter 2 [{fleet[1].findings[0].id}]"
    assert lines[20:22] == ["", "gw-02:"], "what one alone has stays in its part"
    assert lines[22].startswith("  COMPROMISE  10.1.0.11  /var/vpn/theme/y.php: ")
    assert not [line for line in lines[22:] if "ATTEMPT" in line or "gw-0" in line]


@pytest.mark.parametrize(
    ("fleet", "shared"),
    [
        ([attempted(number) for number in (1, 2)], False),
        ([attempted(number) for number in (1, 2, 3)], True),
        ([attempted(1), attempted(2), attempted(3, where="responderpolicy tq_y")], False),
        ([attempted(1), attempted(2), attempted(3, acknowledged="acknowledged by J. Jansen")], False),
        ([replace(attempted(1), findings=attempted(1).findings * 3)], False),
    ],
)
def test_what_is_shared(fleet: list[Examination], *, shared: bool) -> None:
    assert any("appliances  responderpolicy" in line for line in lines_of(fleet)) == shared


def test_each_appliance_with_a_compromise_has_a_line_and_each_number_of_findings() -> None:
    fleet = [attempted(number) for number in range(1, 5)]
    fleet[0] = replace(fleet[0], findings=(replace(fleet[0].findings[0], level=Level.COMPROMISE),))
    fleet[1] = replace(fleet[1], findings=fleet[1].findings * 2)
    fleet += [attempted(5, where="/nsconfig/x"), attempted(6)]
    assert lines_of(fleet)[:4] == [
        "gw-01: 1 compromise in 12 directories",
        "gw-02: 2 attempt in 12 directories",
        "gw-[03-04,06]: 1 attempt each in 36 directories",
        "gw-05: 1 attempt in 12 directories",
    ]
    alarms = [replace(attempted(number), looked_at=(("working alarm", 1), ("bytes read", 9))) for number in (1, 2, 3)]
    alarms.append(replace(attempted(4), looked_at=(("working alarms", 2),)))
    assert lines_of(alarms)[0] == "gw-[01-04]: 1 attempt each in 5 working alarms, 27 bytes read"
    worse = [attempted(number) for number in range(1, 6)]
    worse = [
        replace(one, findings=tuple(replace(two, level=Level.COMPROMISE) for two in one.findings)) for one in worse
    ]
    assert [line.partition(":")[0] for line in lines_of(worse)[:5]] == [f"gw-{number:02}" for number in range(1, 6)]


def test_the_nodes_of_what_is_shared_are_bounded_and_counted() -> None:
    lines = lines_of([attempted(number) for number in range(1, 31)])
    assert lines[-2] == "              and 10 more"
    assert sum("10.1.0." in line for line in lines) == 20


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("10.1.0.1:8443 cannot be reached", "ns.log: 10.1.0.1:8443 cannot be reached"),
        ("10.1.0.1:8443: GET x: HTTP 500", "ns.log: 10.1.0.1:8443: GET x: HTTP 500"),
        ("10.1.0.1:84431 cannot be reached", "10.1.0.1:8443: ns.log: 10.1.0.1:84431 cannot be reached"),
        ("it cannot be read", "10.1.0.1:8443: ns.log: it cannot be read"),
    ],
)
def test_a_node_is_named_once(why: str, text: str) -> None:
    assert str(NotSeen("ns.log", why, "10.1.0.1:8443")) == text


def test_what_was_not_looked_at_is_said_to_its_end_where_the_report_has_it() -> None:
    """Drawn night 560100: the page cut the last sentence, which says what to do, as what and why together were longer than one of them may be."""
    why = f"no request can be sent: {'closed by decision, ' * 6}gw. Test it again once it is open"
    (gap,) = replace(CLEAN, not_seen=(NotSeen("monitoring unproven", why),)).not_seen
    assert str(gap) == f"monitoring unproven: {why}"
    assert str(replace(gap, why="x" * 999, what="y" * 999)) == f"{one_line('y' * 999)}: {one_line('x' * 999)}"


def test_an_appliance_whose_line_says_all_of_it_has_no_part() -> None:
    away = Examination("gw-b", not_seen=(NotSeen("the appliance", "it cannot be reached"),))
    assert lines_of([CLEAN, away]) == [
        "gw-b: INCOMPLETE: the appliance: it cannot be reached",
        "2 appliances: 1 incomplete, 1 with nothing found in what was looked at; exit code 2",
    ]


def test_an_appliance_of_which_nothing_was_looked_at_is_not_called_clean() -> None:
    assert "nothing found" not in appliance_line(Examination("gw-a"))


@pytest.mark.parametrize(
    "hostile", ["a\nb", "\x1b[31mred", "{{ lookup('pipe', 'id') }}", "http://evil.example/x", "\u202etxt.php"]
)
def test_what_the_attacker_wrote_stays_one_line_of_text(hostile: str) -> None:
    shown = one_line(hostile)
    assert shown.isascii()
    assert shown.isprintable()
    assert "http://" not in shown
    line = appliance_line(replace(CLEAN, appliance=hostile, findings=(replace(FOUND, where=hostile),)))
    assert line.isprintable()


def test_evidence_is_bounded() -> None:
    assert len(one_line(b"\xff" * 10_000_000)) < 300
    assert one_line("x" * 200) == "x" * 200
    assert one_line("x" * 201) == "x" * 200 + "..."


@pytest.mark.parametrize(
    ("code", "fail_at", "words"),
    [
        (ExitCode.NOTHING_FOUND, 1, "exit code 0"),
        (ExitCode.REVIEW_OR_ATTEMPT, 2, "exit code 1 for monitoring, 0 of the playbook"),
        (ExitCode.REVIEW_OR_ATTEMPT, 1, "exit code 1 for monitoring, 2 of the playbook"),
        (ExitCode.COMPROMISE_OR_INCOMPLETE, 2, "exit code 2"),
        (ExitCode.COMPROMISE_OR_INCOMPLETE, 3, "exit code 2 for monitoring, 0 of the playbook"),
        (ExitCode.UNREACHABLE, 2, "exit code 4"),
        (ExitCode.UNREACHABLE, 3, "exit code 4 for monitoring, 0 of the playbook"),
    ],
)
def test_the_exit_code_of_the_playbook_is_said_where_it_is_another_one(
    code: ExitCode, fail_at: int, words: str
) -> None:
    assert exit_code_words(code, code_of_playbook(code, fail_at)) == words


def test_the_exit_codes_are_those_of_the_documentation_and_what_is_not_reached_is_as_bad_as_what_is_incomplete() -> (
    None
):
    assert {code.name: int(code) for code in ExitCode} == {
        "NOTHING_FOUND": 0,
        "REVIEW_OR_ATTEMPT": 1,
        "COMPROMISE_OR_INCOMPLETE": 2,
        "UNREACHABLE": 4,
    }
    assert [[code_of_playbook(code, at) for at in (1, 2, 3, 4)] for code in ExitCode] == [
        [0, 0, 0, 0],
        [2, 0, 0, 0],
        [2, 2, 0, 0],
        [4, 4, 0, 0],
    ]


@pytest.mark.parametrize("level", Level)
def test_a_compromise_decides_whatever_a_person_has_acknowledged(level: Level) -> None:
    one = replace(FOUND, level=level)
    assert one.decides
    assert replace(one, acknowledged="J. Jansen, until 2026-12-31: known").decides is (level is Level.COMPROMISE)
