# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runs that sent probes and left no change record: what they note, and what is read of it."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.counted_requests import CountedRequests
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import sent_probes as module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import make_folder
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import (
    LONGEST,
    OTHERS,
    SentProbes,
    is_possible,
    keep_probes,
    last_probes_of,
    note_begun,
    note_counted,
    noted_probes,
    parse_probes,
    probes_of_others,
    request_key,
    sent_probes,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

NOW = datetime.now(UTC)
FILE = f"probes_{NOW:%Y-%m}.jsonl"
RUN = "0123456789"


def test_beginning_and_end_are_noted_once_each(tmp_path: Path) -> None:
    assert sent_probes(tmp_path, "gw-a") == ()
    make_folder(tmp_path, "gw-a")
    assert sent_probes(tmp_path, "gw-a") == ()
    with noted_probes(tmp_path, "gw-a", "abc"):
        (begun,) = sent_probes(tmp_path, "gw-a")
        assert (begun.run, begun.ended) == ("abc", None)
    with pytest.raises(KeyError), noted_probes(tmp_path, "gw-a", "abd"):
        raise KeyError
    first, second = sent_probes(tmp_path, "gw-a")
    assert (first.run, first.began, second.run) == ("abc", begun.began, "abd")
    assert first.ended is not None
    assert second.ended is not None
    assert datetime.now(UTC) - timedelta(minutes=5) < first.began <= first.ended <= second.began <= second.ended
    assert sent_probes(tmp_path, "gw-b") == ()


def test_the_error_of_a_run_is_raised_where_its_end_cannot_be_noted(tmp_path: Path) -> None:
    def probe(file: Path) -> None:
        file.chmod(0o666)
        raise KeyError("probe")

    with pytest.raises(KeyError, match="probe"), noted_probes(tmp_path, "gw-a", "abc"):
        probe(make_folder(tmp_path, "gw-a") / FILE)


def test_a_line_that_is_no_note_counts_for_nothing(tmp_path: Path) -> None:
    began = datetime.now(UTC).isoformat()
    lines = (
        "[]",
        "{}",
        '{"run": "a", "beg',
        json.dumps({"run": "a", "began": "2020-01-15T02:00:00", "ended": ""}),
        json.dumps({"run": "a", "began": began, "ended": "2020-01-15T02:00:00"}),
        json.dumps({"run": "good", "began": began, "ended": ""}),
    )
    path = make_folder(tmp_path, "gw-a") / FILE
    path.write_text("\n".join(lines))
    path.chmod(0o600)
    assert [one.run for one in sent_probes(tmp_path, "gw-a")] == ["good"]


def test_what_somebody_else_may_have_written_is_refused(tmp_path: Path) -> None:
    path = make_folder(tmp_path, "gw-a") / FILE
    path.touch()
    path.chmod(0o666)
    with pytest.raises(InvalidInput, match="others may write to it"):
        sent_probes(tmp_path, "gw-a")


def test_no_probe_is_sent_that_cannot_be_noted(tmp_path: Path) -> None:
    (make_folder(tmp_path, "gw-a") / FILE).mkdir()
    sent = []
    with (
        pytest.raises(InvalidInput, match=r"gw-a: the probes cannot be noted in .* -e records="),
        noted_probes(tmp_path, "gw-a", "abc"),
    ):
        sent.append(1)
    assert not sent
    with pytest.raises(InvalidInput, match=r"gw-a: .* cannot be read"):
        sent_probes(tmp_path, "gw-a")


def write(folder: Path, lines: list[str], name: str = FILE) -> Path:
    for place in (folder.parent.parent, folder.parent, folder):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    path.chmod(0o600)
    return path


def line(run: str = RUN, began: datetime = NOW, ended: datetime | None = NOW) -> str:
    return json.dumps(SentProbes(run, began, ended).to_json())


@pytest.mark.parametrize(
    ("now", "oldest", "deleted"),
    [
        ("2026-11-28", "2026-06-01", "2026-05"),
        ("2026-06-01", "2026-01-01", "2025-12"),
        ("2026-05-31", "2025-12-01", "2025-11"),
        ("2027-01-01", "2026-08-01", "2026-07"),
    ],
)
def test_six_months_are_kept(tmp_path: Path, now: str, oldest: str, deleted: str) -> None:
    moment, first = (datetime.fromisoformat(f"{text}T00:00:00+00:00") for text in (now, oldest))
    months = [f"probes_{text}.jsonl" for text in (deleted, oldest[:7], now[:7])]
    for name, began in zip(months, (first - timedelta(hours=2), first, moment), strict=True):
        write(tmp_path, [line(began=began, ended=None)], name)
    (tmp_path / "20200115T020000.000000Z-abc.json").touch()
    found = module._read(tmp_path, "gw-a", moment)
    assert [one.began for one in found] == [first, moment]
    module._delete_old(tmp_path, "gw-a", moment)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["20200115T020000.000000Z-abc.json", *months[1:]]


def test_a_counter_that_was_lower_is_kept_as_long_as_the_records_that_it_ends(tmp_path: Path) -> None:
    """Seen: after six months the hits of a record from before the clearing counted as ours again, and attacks with them."""
    then, now = datetime(2026, 1, 20, 3, tzinfo=UTC), datetime(2026, 8, 20, 3, tzinfo=UTC)
    cleared = CountedRequests(then, "10.1.0.11:443", {"tq_a": 5})
    probes = CountedRequests(then, "10.1.0.11:443", {"tq_a": 9}, {"tq_a": 4}, {"tq_a": 4})
    lower = SentProbes(RUN, then, then, cleared)
    module._note(tmp_path, "gw-a", [lower, SentProbes("0123456780", then, then, probes)])
    assert len(module._read(tmp_path, "gw-a", then)) == 2
    assert module._read(tmp_path, "gw-a", now) == (lower,), "nothing was deleted yet"
    for moment in (now, now + timedelta(days=400)):
        module._delete_old(tmp_path, "gw-a", moment)
        assert module._read(tmp_path, "gw-a", moment) == (lower,)
    assert [path.name for path in tmp_path.iterdir()] == ["probes_lower.jsonl"]


def test_a_month_whose_lower_counters_cannot_be_kept_is_not_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = datetime(2026, 1, 20, 3, tzinfo=UTC)
    module._note(tmp_path, "gw-a", [SentProbes(RUN, then, then, CountedRequests(then, "n1", {"tq_a": 5}))])

    def full(_path: Path, _text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "append_privately", full)
    module._delete_old(tmp_path, "gw-a", then + timedelta(days=300))
    assert [path.name for path in tmp_path.iterdir()] == ["probes_2026-01.jsonl"]


def test_a_folder_that_cannot_be_listed_is_an_error_and_not_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the notes, requests of ours would be told as attempts."""

    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(InvalidInput, match=r"cannot be read \(Permission denied\)"):
        module._read(tmp_path, "gw-a", NOW)


def test_a_run_over_the_end_of_a_month_is_one(tmp_path: Path) -> None:
    began = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
    ended = began + timedelta(minutes=2)
    for one in (SentProbes(RUN, began), SentProbes(RUN, began, ended)):
        module._note(tmp_path, "gw-a", [one])
    assert len(list(tmp_path.iterdir())) == 2
    assert module._read(tmp_path, "gw-a", ended) == (SentProbes(RUN, began, ended),)


@pytest.mark.parametrize(
    "changed",
    [
        lambda _now: {"run": "abc"},
        lambda _now: {"run": "0123456789/x"},
        lambda _now: {"run": "ABCDEF0123"},
        lambda now: {"ended": now + timedelta(minutes=6)},
        lambda now: {"began": now + timedelta(minutes=6), "ended": None},
        lambda _now: {"began": datetime.max.replace(tzinfo=UTC), "ended": None},
        lambda now: {"began": now - LONGEST - timedelta(seconds=1)},
        lambda now: {"ended": now - timedelta(seconds=1)},
        lambda now: {"began": now - timedelta(days=190), "ended": None},
        lambda _now: {"began": datetime.min.replace(tzinfo=UTC), "ended": None},
    ],
)
def test_what_no_run_of_another_control_node_can_be_counts_for_nothing(
    tmp_path: Path, changed: Callable[[datetime], dict[str, Any]]
) -> None:
    now = datetime.now(UTC)
    honest = SentProbes(RUN, now, now)
    made_up = replace(honest, **changed(now))
    assert is_possible(honest, now)
    assert not is_possible(made_up, now)
    assert keep_probes(tmp_path, "utrecht", "gw-a", [made_up]) == 0
    write(tmp_path / OTHERS / "utrecht" / "gw-a", [json.dumps(made_up.to_json()), json.dumps(honest.to_json())])
    assert [one.began for one in probes_of_others(tmp_path, "gw-a")] == [now]


@pytest.mark.parametrize(
    "values",
    [None, [], "x", {}, {"run": RUN, "began": 1, "ended": ""}, {"run": [RUN], "began": NOW.isoformat(), "ended": ""}],
)
def test_values_that_are_no_note(values: object) -> None:
    assert parse_probes(values) is None


def test_what_others_noted_is_bounded_and_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = SentProbes(RUN, NOW), SentProbes(RUN, NOW, NOW)
    assert [keep_probes(tmp_path, "utrecht", "gw-a", [one]) for one in (begun, begun, ended, ended, begun)] == [
        *(1, 0, 1, 0, 0)
    ]
    assert probes_of_others(tmp_path, "gw-a") == (ended,)
    assert sent_probes(tmp_path, "gw-a") == ()
    assert probes_of_others(tmp_path, "gw-b") == ()
    monkeypatch.setattr(module, "MOST", 3)
    many = [SentProbes(f"{number:010x}", NOW, NOW) for number in range(5)]
    assert keep_probes(tmp_path, "utrecht", "gw-a", many) == 2
    path = tmp_path / OTHERS / "utrecht" / "gw-a" / FILE
    monkeypatch.setattr(module, "LARGEST", len(path.read_bytes()))
    path.write_text(path.read_text() + line("ffffffffff"))
    assert len(probes_of_others(tmp_path, "gw-a")) == 3
    write(path.parent, [line()[:-1] + " " * module.LONGEST_LINE + "}"])
    assert probes_of_others(tmp_path, "gw-a") == ()


def counts(partition: str) -> CountedRequests:
    return CountedRequests(NOW, "10.0.0.1:443", {"tq_x": 2}, {"tq_x": 2}, {"tq_x": 2}, partition)


def test_two_partitions_of_a_run_that_began_at_one_moment_are_two_notes(tmp_path: Path) -> None:
    """Seen: the requests of the first partition were those of others, as the note of the second replaced it."""
    first, second = (SentProbes(RUN, NOW, NOW, recorded=counts(one)) for one in ("default", "tenant_a"))
    begun = [replace(one, ended=None) for one in (first, second)]
    notes = [SentProbes(RUN, NOW), begun[0], first, begun[1], second]
    write(make_folder(tmp_path, "gw-a"), [json.dumps(one.to_json()) for one in notes])
    assert sent_probes(tmp_path, "gw-a") == (first, second)
    for known in (1, 0):
        assert keep_probes(tmp_path, "utrecht", "gw-a", notes) == known
        assert keep_probes(tmp_path, "utrecht", "gw-a", (first, second)) == 0
        assert probes_of_others(tmp_path, "gw-a") == (first, second)


def test_two_nodes_of_a_run_that_began_at_one_moment_are_two_notes_and_its_lease_a_third(tmp_path: Path) -> None:
    """Seen: after a cover of a pair and a failover, the requests to the second node were those of others, as the note of the lease replaced it."""
    first, second = (SentProbes(RUN, NOW, NOW, counted=replace(counts("default"), node=one)) for one in ("a", "b"))
    lease = SentProbes(RUN, NOW, writes=True)
    ended = replace(lease, ended=NOW)
    notes = [replace(first, ended=None), first, lease, replace(second, ended=None), second, ended]
    write(make_folder(tmp_path, "gw-a"), [json.dumps(one.to_json()) for one in notes])
    assert sent_probes(tmp_path, "gw-a") == (first, second, ended)
    for _again in range(2):
        keep_probes(tmp_path, "utrecht", "gw-a", (first, second, ended))
        assert probes_of_others(tmp_path, "gw-a") == (first, second, ended)


def test_a_note_without_counts_is_of_the_partition_before_it(tmp_path: Path) -> None:
    """A line that would be too long has none: the counts of its beginning are not those of a run that died."""
    ended = SentProbes(RUN, NOW, NOW)
    notes = [SentProbes(RUN, NOW, counted=counts("tenant_a")), ended]
    write(make_folder(tmp_path, "gw-a"), [json.dumps(one.to_json()) for one in notes])
    assert sent_probes(tmp_path, "gw-a") == (ended,)
    assert [keep_probes(tmp_path, "utrecht", "gw-a", [one]) for one in (*notes, *notes)] == [1, 1, 0, 0]
    assert probes_of_others(tmp_path, "gw-a") == (ended,)


def test_the_files_of_another_control_node_are_copied_as_they_are(tmp_path: Path) -> None:
    """As docs/how-to/second-control-node.md says: the directories of its appliances, with their files of probes."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    host = "gw a/1"
    with noted_probes(theirs, host, RUN):
        pass
    write(ours / OTHERS / "control-b" / "x", [])
    shutil.copytree(theirs, ours / OTHERS / "control-b", dirs_exist_ok=True)
    assert probes_of_others(ours, host) == sent_probes(theirs, host) != ()


def test_a_directory_of_others_that_somebody_else_may_write_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / OTHERS / "control-b" / "gw-a", [line()]).parent
    (tmp_path / OTHERS / "README").touch()
    assert len(probes_of_others(tmp_path, "gw-a")) == 1
    for place in (folder, folder.parent, tmp_path / OTHERS):
        place.chmod(0o777)
        with pytest.raises(InvalidInput, match="others may write to it"):
            probes_of_others(tmp_path, "gw-a")
        place.chmod(0o700)
    (tmp_path / OTHERS / "control-c").mkdir()
    (tmp_path / OTHERS / "control-c" / "gw-a").touch()
    with pytest.raises(InvalidInput, match=r"gw-a: .*control-c/gw-a cannot be read \(Not a directory\)"):
        probes_of_others(tmp_path, "gw-a")
    with pytest.raises(InvalidInput, match=r"gw-a: .*control-c/gw-a cannot be read \(Not a directory\)"):
        last_probes_of(tmp_path, "control-c", "gw-a")


def test_a_file_in_the_place_of_the_directory_of_others_is_named(tmp_path: Path) -> None:
    (tmp_path / OTHERS).touch()
    with pytest.raises(InvalidInput, match=r"gw-a: .*/probes_of cannot be read \(Not a directory\)\. Make it readable"):
        probes_of_others(tmp_path, "gw-a")


COUNTED = CountedRequests(NOW, "10.1.0.11:443", {"tq_x": 9}, {"tq_x": 3}, {"tq_x": 4}, "default")


def test_what_a_run_has_counted_is_read_again(tmp_path: Path) -> None:
    with noted_probes(tmp_path, "gw-a", RUN) as note:
        note.counted = COUNTED
    assert [one.counted for one in sent_probes(tmp_path, "gw-a")] == [COUNTED]
    note_counted(tmp_path, "gw-a", "abd", NOW, replace(COUNTED, counters={"tq_x": 20}))
    assert [one.counted.counters["tq_x"] for one in sent_probes(tmp_path, "gw-a") if one.counted] == [9, 20]


@pytest.mark.parametrize(
    "change",
    [
        {"hits": {"tq_x": 5}},  # more than the counter rose by
        {"hits": {"tq_x": module.MOST_HITS + 1}, "rises": {"tq_x": module.MOST_HITS + 1}},
        {"hits": {"tq_y": 1}},  # it has no counter
        {"hits": {"tq_x": -1}},
        {"hits": {"tq_x": True}},
        {"hits": {"tq_x": 1.5}},
        {"hits": {"theirs": 1}, "counters": {"theirs": 1}, "rises": {"theirs": 1}},
        {"hits": []},
        {"counters": {f"tq_{number}": 1 for number in range(module.MOST_POLICIES + 1)}},
        {"node": "\x1b[2J"},
        {"node": 7},
        {"node_started": "\x1b[2J"},
        {"node_started": 7},
        {"at": "2026-11-28T06:00:00"},
        {"partition": ""},
        *({"most": most} for most in (-1, module.MOST_HITS + 1, True, "7")),
    ],
)
def test_counts_that_no_run_writes_make_the_note_none(change: dict[str, Any]) -> None:
    values = SentProbes(RUN, NOW, NOW, COUNTED).to_json()
    assert parse_probes(values) is not None
    assert parse_probes({**values, "counted": {**values["counted"], **change}}) is None


@pytest.mark.parametrize(
    "change",
    [
        *(
            {"sent": value}
            for value in (7, [], {"x": 1}, {"0" * 10: 0}, {"0" * 10: True}, {"0" * 10: module.MOST_SENT + 1})
        ),
        *({"shell": value} for value in ("\x1b[2J", "x" * 101)),
        *({"writes": value} for value in ("yes", 1)),
    ],
)
def test_requests_and_accounts_that_no_run_notes_make_the_note_none(change: dict[str, Any]) -> None:
    values = SentProbes(RUN, NOW, NOW, None, {request_key("GET", "/vpns/"): 2}, "nsroot").to_json()
    assert parse_probes(values) == SentProbes(RUN, NOW, NOW, None, {request_key("GET", "/vpns/"): 2}, "nsroot")
    assert parse_probes({**values, **change}) is None


@pytest.mark.parametrize("error", [None, KeyboardInterrupt()])
def test_a_run_that_has_counted_nothing_may_have_sent_what_its_beginning_says(
    tmp_path: Path, error: BaseException | None
) -> None:
    begun = CountedRequests(NOW - timedelta(hours=1), "10.1.0.11:443", {"tq_x": 9}, most=24)
    with contextlib.suppress(KeyboardInterrupt), noted_probes(tmp_path, "gw-a", RUN, begun=begun) as note:
        (open_one,) = sent_probes(tmp_path, "gw-a")
        assert (open_one.ended, open_one.counted) == (None, replace(begun, at=open_one.began))
        if error is not None:
            raise error
        note.counted = None
    (one,) = sent_probes(tmp_path, "gw-a")
    assert one.ended is not None
    assert one.counted == (open_one.counted if error else None)


ELSEWHERE = CountedRequests(
    NOW, "10.1.0.12:443", {"tq_x": 9}, rises={"tq_x": 4}, in_doubt={"tq_x": 3}, failed_over=True
)


def test_counts_of_the_other_node_are_in_the_same_note_with_a_time_of_the_run(tmp_path: Path) -> None:
    begun = replace(ELSEWHERE, rises={}, in_doubt={}, failed_over=False, most=24)
    with noted_probes(tmp_path, "gw-a", RUN, begun=COUNTED, elsewhere=[begun]) as note:
        (open_one,) = sent_probes(tmp_path, "gw-a")
        assert open_one.elsewhere == (replace(begun, at=open_one.began),)
        note.elsewhere = (ELSEWHERE,)
    (one,) = sent_probes(tmp_path, "gw-a")
    assert one.elsewhere == (replace(ELSEWHERE, at=one.began),)
    assert is_possible(replace(one, counted=None), datetime.now(UTC))
    note_begun(tmp_path, "gw-b", RUN, NOW, COUNTED, [begun])
    assert [one.elsewhere for one in sent_probes(tmp_path, "gw-b")] == [(begun,)]
    note_counted(tmp_path, "gw-b", RUN, NOW, None, writes=True)
    assert [one.elsewhere for one in sent_probes(tmp_path, "gw-b")] == [()], "no request was counted there"


@pytest.mark.parametrize(
    "change",
    [
        [{"in_doubt": {"tq_x": 5}}],
        [{"failed_over": "yes"}],
        [{"is_unread": "yes"}],
        [{"is_unread": True}],  # which has no counters
        [{"at": "2026-11-28T06:00:00"}],
        [{}] * (module.MOST_NODES + 1),
    ],
)
def test_counts_of_the_other_node_that_no_run_writes_make_the_note_none(change: list[dict[str, Any]]) -> None:
    values = SentProbes(RUN, NOW, NOW, COUNTED, elsewhere=(ELSEWHERE,)).to_json()
    found = parse_probes(values)
    assert found is not None
    assert found.elsewhere == (ELSEWHERE,)
    assert parse_probes({**values, "elsewhere": [{**values["elsewhere"][0], **one} for one in change]}) is None


def test_counts_of_the_other_node_of_another_time_than_the_run_are_not_possible() -> None:
    late = replace(ELSEWHERE, at=NOW + timedelta(minutes=1))
    assert not is_possible(SentProbes(RUN, NOW, NOW, COUNTED, elsewhere=(late,)), NOW)


def test_counts_of_the_other_node_that_are_too_long_to_be_read_lose_no_others(tmp_path: Path) -> None:
    counts = {f"tq_{number:0120}": 1 for number in range(12)}
    with noted_probes(tmp_path, "gw-a", RUN) as note:
        note.counted = COUNTED
        note.elsewhere = (replace(ELSEWHERE, counters=counts, in_doubt=counts, rises=counts),)
    (one,) = sent_probes(tmp_path, "gw-a")
    assert (one.counted, one.elsewhere) == (COUNTED, ())


def test_a_run_that_writes_is_noted_before_it_does(tmp_path: Path) -> None:
    note_begun(tmp_path, "gw-a", RUN, NOW, None)
    note_begun(tmp_path, "gw-a", "abd", NOW, COUNTED)
    assert [(one.ended, one.counted, one.writes) for one in sent_probes(tmp_path, "gw-a")] == [
        (None, None, True),
        (None, COUNTED, True),
    ]


def test_counts_of_another_time_than_the_run_are_not_possible() -> None:
    late = replace(COUNTED, at=NOW + timedelta(minutes=1))
    assert is_possible(SentProbes(RUN, NOW, NOW, COUNTED), NOW)
    assert not is_possible(SentProbes(RUN, NOW, NOW, late), NOW)


def test_counts_that_are_too_long_to_be_read_are_left_out(tmp_path: Path) -> None:
    counts = {f"tq_{number:0120}": 1 for number in range(30)}
    with noted_probes(tmp_path, "gw-a", RUN) as note:
        note.counted = replace(COUNTED, counters=counts, hits=counts, rises=counts)
    (one,) = sent_probes(tmp_path, "gw-a")
    assert (one.ended is not None, one.counted) == (True, None)


@pytest.mark.parametrize(("policies", "hits"), [(41, 1), (1, 2001)])
def test_counts_that_are_too_many_to_be_read_do_not_lose_the_run(tmp_path: Path, policies: int, hits: int) -> None:
    """A verify of a hundred virtual servers sends more requests than that; its end is still known."""
    counts = {f"tq_{number}": hits for number in range(policies)}
    with noted_probes(tmp_path, "gw-a", RUN) as note:
        note.counted = replace(COUNTED, counters=counts, hits=counts, rises=counts)
    (one,) = sent_probes(tmp_path, "gw-a")
    assert (one.ended is not None, one.counted) == (True, None)


def test_a_note_says_that_the_counters_could_not_be_read(tmp_path: Path) -> None:
    unread = CountedRequests(NOW, "10.1.0.12:443", most=4, is_unread=True)
    note_begun(tmp_path, "gw-a", RUN, NOW, unread, [unread])
    (one,) = sent_probes(tmp_path, "gw-a")
    assert (one.counted, one.elsewhere) == (unread, (unread,))
