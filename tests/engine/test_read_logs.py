# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The logs of simulated appliances, read day after day: nothing twice, rotations and gaps told, what is ours subtracted, both nodes, hostile files."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import (
    SentProbes,
    keep_probes,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import signing_key
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.unpacked import LONGEST_LINE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.attempts import AlarmState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.state_file import write_state
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.collect import EvidenceRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import Part
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import OwnTest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading import log_sources
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_sources import logs_in_folder
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading import node_reader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.read_logs.run import ReadLogs

from simulator import Simulator
from simulator.node.log_rotation import rotate_early
from simulator.userland.run import run
from tests.documentation.blocks import blocks
from tests.engine.control_nodes import PAIR, control_node
from tests.stage.control_node import ROOT
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, Stage

SHELL = 'bash[7]: nobody on (null) shell_command="uname -a"'
MESSAGES = "/var/log/messages"


FLEET = fleet_file({"box": PAIR})


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> Stage:
    simulator.reset()
    return control_node(simulator, tmp_path, "ours")


def look(stage: Stage, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """Run the task of the action."""
    given = {
        "catalogue": str(CATALOGUE.parent),
        "records": str(stage.records),
        "record_key": str(stage.trust.key) if stage.trust.key else "",
        "allowed_signers": "",
        "bundles": None,
        "bookmarks": str(stage.records.parent / "bookmarks"),
        "source": "",
        "sources": [],
        "admins": ["nsroot"],
        "from_start": False,
        "alarms": str(stage.records.parent / "alarms"),
        "fail_at": 2,
        **options,
    }
    return ReadLogs(stage.appliance, given, check_mode, check_mode).values()


def write(stage: Stage, path: str, content: bytes | str, node: int = 0) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    stage.simulator.fleet.appliances[stage.name].nodes[node].write_file(path, raw)


def whats(found: dict[str, Any]) -> list[str]:
    return [f"{one['level']}: {one['what']}" for one in found["findings"]]


def test_an_ordinary_appliance_has_no_finding_and_nothing_is_written(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "write", pytest.fail)
    found = look(stage)
    assert whats(found) == []
    assert found["exit_code"] == 0
    assert found["looked_at"]["new lines"] > 0
    assert {one["node"] for one in found["reach"]} == {str(node) for node in stage.appliance.nodes}


def test_nothing_is_read_twice_and_check_mode_moves_no_bookmark(stage: Stage) -> None:
    write(stage, "/var/log/bash.log", f"Nov 28 01:00:00 <local7.notice> ns {SHELL}\n")
    preview = look(stage, check_mode=True)
    first, second = look(stage), look(stage)
    assert whats(preview) == whats(first) == ["compromise: indicator of cve_2019_19781"]
    assert whats(second) == []
    assert second["looked_at"]["new lines"] < first["looked_at"]["new lines"]
    assert whats(look(stage, from_start=True)) == whats(first)
    kept = sorted(path.name for path in (stage.records.parent / "bookmarks").iterdir())
    assert kept == ["box.findings.json", "box.json"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (stage.records.parent / "bookmarks").iterdir())


@pytest.mark.parametrize("name", ["bash.log", "bash.log.0.gz"])
def test_a_log_with_more_lines_than_are_read_is_a_gap_on_the_line_of_the_appliance(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Seen: 'nothing found in what was looked at', exit code 0, with an intruder's command behind the 400,000th line."""
    monkeypatch.setattr(log_sources, "LIMITS", replace(log_sources.LIMITS, lines=100))
    content = (b"Nov 28 01:00:00 ns noise: x\n" * 150) + f"Nov 28 01:00:01 <local7.notice> ns {SHELL}\n".encode()
    write(stage, f"/var/log/{name}", gzip.compress(content) if name.endswith(".gz") else content)
    found = look(stage)
    assert (found["exit_code"], whats(found)) == (2, [])
    assert "only its first 100 lines were read" in found["msg"]


@pytest.mark.parametrize(("pack", "suffix"), [(gzip.compress, "gz"), (bz2.compress, "bz2")])
def test_the_second_stream_of_a_packed_log_is_read(stage: Stage, pack: Callable[[bytes], bytes], suffix: str) -> None:
    lines = [b"Nov 28 01:00:00 ns noise: x\n", f"Nov 28 01:00:01 <local7.notice> ns {SHELL}\n".encode()]
    write(stage, f"/var/log/bash.log.0.{suffix}", b"".join(map(pack, lines)))
    assert whats(look(stage)) == ["compromise: indicator of cve_2019_19781"]


def test_a_log_that_is_packed_by_another_program_is_a_gap(stage: Stage) -> None:
    write(stage, "/var/log/bash.log.0.xz", b"\xfd7zXZ\x00" + b"x" * 99)
    found = look(stage)
    assert (found["exit_code"], "bash.log.0.xz: it is packed by xz" in found["msg"]) == (2, True)


def test_a_rotated_log_is_found_again_and_its_rest_is_read(stage: Stage) -> None:
    log = "/var/log/sh.log"
    head = 'Nov 28 00:00:00 <local7.notice> ns sh[1]: root on (null) shell_command="id"\n'
    write(stage, log, head)
    look(stage)
    write(
        stage,
        f"{log}.0.gz",
        gzip.compress(f"{head}Nov 28 01:00:00 <local7.notice> ns {SHELL.replace('bash', 'sh')}; cat /etc/x\n".encode()),
    )
    write(stage, log, "Nov 28 01:00:01 ns newsyslog[5]: logfile turned over due to size>100K\n")
    found = look(stage)
    assert [count for name, count in found["rotations"].items() if name.endswith(" sh.log")] == [1]
    assert found["looked_at"]["new lines"] >= 2
    assert [one for one in found["not_seen"] if "sh.log" in one["what"]] == []


def test_a_log_that_was_rotated_too_often_is_a_gap_and_an_emptied_one_a_finding(stage: Stage) -> None:
    log = "/var/log/sh.log"
    write(stage, log, "Nov 28 00:00:00 ns sh[1]: a\n")
    write(stage, f"{log}.0.gz", gzip.compress(b"Nov 27 00:00:00 ns sh[1]: older\n"))
    look(stage)
    write(stage, log, "Nov 28 02:00:00 ns sh[1]: fresh\n")
    emptied = look(stage)
    assert whats(emptied) == ["review: log emptied, replaced or removed without a rotation"]
    write(stage, log, "Nov 28 04:00:00 ns sh[1]: later than that\n")
    write(stage, f"{log}.0.gz", gzip.compress(b"Nov 28 03:00:00 ns sh[1]: other\n"))
    lost = look(stage)
    assert whats(lost) == []
    assert [one["why"].partition(":")[0] for one in lost["not_seen"]] == ["rotated too often"]
    assert lost["exit_code"] == 2


def test_our_own_changes_are_subtracted_by_account_address_and_time(stage: Stage) -> None:
    stage.apply()
    found = look(stage, admins=[])
    assert [one for one in whats(found) if "changing commands" in one] == []
    assert found["own"] > 0
    forgotten = look(stage, admins=[], from_start=True, records=str(stage.records.parent / "none"))
    assert [one for one in whats(forgotten) if "changing commands" in one] != []


def test_the_commands_that_took_evidence_are_ours_by_a_sealed_bundle(stage: Stage) -> None:
    """Account, address and time must fit, and the seal must be of this control node: anyone can make a directory."""
    bundles = stage.records.parent / "evidence"
    run = EvidenceRun(stage.appliance, (Part.VOLATILE, Part.BACKUP), "ann@control")
    run.take(bundles, signing_key(stage.trust.key))
    forgotten = look(stage, admins=[], bundles=str(stage.records.parent / "none"))
    assert [one for one in whats(forgotten) if "changing commands" in one] != []
    known = {"admins": [], "from_start": True, "bundles": str(bundles)}
    found = look(stage, **known)
    assert [one for one in whats(found) if "changing commands" in one] == []
    assert found["own"] > 0
    (manifest,) = bundles.rglob("manifest.json")
    manifest.write_text(manifest.read_text().replace("ann@control", "bob@control"))
    assert [one for one in whats(look(stage, **known)) if "changing commands" in one] != []


def test_probes_that_our_policies_logged_are_no_attempts(stage: Stage) -> None:
    """The messages of log actions have no User-Agent, so address and time must fit."""
    stage.apply(audit_log=True)
    logged = "attempt: attack that a policy logged"
    assert logged not in " ".join(whats(look(stage)))
    forgotten = look(stage, from_start=True, records=str(stage.records.parent / "none"))
    assert logged in " ".join(whats(forgotten))


def test_probes_of_another_control_node_without_an_address_are_told(stage: Stage) -> None:
    now = datetime.now(UTC)
    keep_probes(stage.records, "utrecht", stage.name, [SentProbes("0123456789", now, now)])
    told = (
        "probes of other control nodes: nobody has named their addresses (sources), "
        "so they are of unknown origin, or among the attempts"
    )
    assert look(stage)["notes"] == [told]
    assert look(stage, sources=["192.0.2.9"])["notes"] == []


def test_both_nodes_are_read_and_one_that_is_away_is_a_gap(stage: Stage) -> None:
    write(stage, "/var/log/bash.log", f"Nov 28 01:00:00 <local7.notice> ns {SHELL}\n", node=1)
    found = look(stage)
    assert whats(found) == ["compromise: indicator of cve_2019_19781"]
    stage.variables["nodes"][1] = "127.0.0.1:9"
    away = look(stage)
    assert away["exit_code"] == 2
    assert [(one["what"], one["node"]) for one in away["not_seen"]] == [("logs", "127.0.0.1:9")]
    assert away["not_seen"][0]["why"].startswith("127.0.0.1:9 cannot be reached"), "the line has the appliance already"


def test_hostile_files_are_bounded_and_told(stage: Stage) -> None:
    write(stage, "/var/log/notice.log.0.gz", gzip.compress(bytes(40 * 2**20)))
    write(stage, "/var/log/cron", b"Nov 28 01:00:00 ns x: " + b"{{ 7*7 }}\x1b[2J" + b"y" * LONGEST_LINE + b"\n")
    found = look(stage)
    told = {one["what"]: one["why"] for one in found["not_seen"]}
    assert told["notice.log"] == "notice.log.0.gz: only the first 16 MiB were read"
    assert told["cron"] == "1 line is longer than is read"
    assert found["exit_code"] == 2
    assert json.dumps(found).isprintable()


def test_damaged_bookmarks_are_told_and_everything_is_read_again(stage: Stage) -> None:
    first = look(stage)
    path = stage.records.parent / "bookmarks" / "box.json"
    for damaged in (
        "{",
        "[]",
        path.read_text().replace('"box"', '"other"'),
        path.read_text().replace('"offset": ', '"offset": -'),
    ):
        path.write_text(damaged)
        again = look(stage)
        assert [note for note in again["notes"] if note.endswith("are damaged, so everything was read again")]
        assert again["looked_at"]["new lines"] >= first["looked_at"]["new lines"]
    path.chmod(0o666)
    with pytest.raises(InvalidInput, match="others may write to it"):
        look(stage)


def test_an_address_that_is_none_stops_the_run_before_anything_is_sent(stage: Stage) -> None:
    with pytest.raises(InvalidInput, match=r"box: sources has 'here': write IP addresses. Nothing was sent."):
        look(stage, sources=["here"])


def test_the_folder_of_a_syslog_server_is_read(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "syslog"
    stage.variables["nodes"] = stage.variables["nodes"][:1]
    nodes = [node.host for node in stage.appliance.nodes]
    (folder / nodes[0]).mkdir(parents=True)
    (folder / nodes[0] / "all.log").write_text(
        f"2026-11-28T01:00:00Z ns {SHELL}\n<134>Nov 28 01:00:00 <local0.info> ns bash[1]: a\n"
    )
    (folder / nodes[0] / "outside").symlink_to("/etc/passwd")
    found = look(stage, source=str(folder))
    assert found["requests"] == 0
    assert found["looked_at"]["new lines"] == 2
    assert [one["why"].partition(":")[0] for one in found["not_seen"] if one["what"] == "outside"] == ["outside"]
    with pytest.raises(InvalidInput, match="which is no directory"):
        look(stage, source=str(folder / "none"))


def test_the_folder_of_two_nodes_behind_one_address_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "127.0.0.1").mkdir()
    (tmp_path / "127.0.0.1" / "all.log").write_text("Nov 28 01:00:00 ns bash[1]: a\n")
    (logs,) = logs_in_folder("box", tmp_path, ["127.0.0.1", "127.0.0.1"], datetime.now(UTC))
    assert (logs.node, list(logs.listed), logs.problem) == ("127.0.0.1", ["all.log"], "")


def test_what_our_policies_logged_is_an_attempt_and_a_test_of_the_alarm_is_ours(stage: Stage) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    tag = "tq-alarm-0123456789abcdef"
    state = AlarmState(stage.name, now, True, now, "", {}, (OwnTest("run", now, "127.0.0.1", tag),))
    write_state(stage.records.parent / "alarms", state)
    lines = [
        f"{now:%b %d %H:%M:%S} <local0.warn> ns  {now:%m/%d/%Y:%H:%M:%S} GMT  0-PPE-0 : default RESPONDER Message {number} 0 :  "
        f'"tq_cve_2019_19781 blocked {client} /vpn/../vpns/?{word}"'
        for number, (client, word) in enumerate(
            [
                ("127.0.0.1", f"{tag}-0-"),
                ("203.0.113.9", f"{tag}-0-"),
                ("203.0.113.10", "a"),
                ("127.0.0.1", "tq-alarm-1"),
            ]
        )
    ]
    write(stage, "/var/log/ns.log", "".join(f"{line}\n" for line in lines))
    found = look(stage)
    logged = [one for one in found["findings"] if one["what"].startswith("attack that a policy logged")]
    clients = sorted(one["what"].rpartition(": ")[2] for one in logged)
    assert clients == ["127.0.0.1", "203.0.113.10", "203.0.113.9"]
    assert found["own"] == 1, "the tag alone, or the address alone, is not ours"


ARMED = (
    b"Nov 28 04:10:00 <local1.info> ns nsaaad[2100]: call to authenticate user :pitboss NSPPE;$(id) unexpectedly died\n"
    b"Nov 28 04:10:01 <local1.info> ns nsaaad[2100]: call to authenticate user :jan \xff\xfe\x00\n"
    b"Nov 28 04:10:02 <local1.info> ns nsaaad[2100]: call to authenticate user :PPE Missed Too Many Heartbeats`id`Pitboss\n"
    b"Nov 28 04:10:03 <local1.info> ns nsaaad[2100]: call to authenticate user :piet\n"
)


def test_the_commands_of_the_page_disarm_the_logs_of_each_node(stage: Stage) -> None:
    """Also those that hold other bytes than text, which grep without -a would replace by a sentence."""
    (block,) = (one for one in blocks(ROOT / "docs" / "how-to" / "read-logs.md") if one.executed_by)
    commands = "\n".join(command for _line, command in block.commands())
    nodes = stage.simulator.fleet.appliances["box"].nodes
    for number, node in enumerate(nodes):
        for log in ("messages", "ns.log"):
            write(stage, f"/var/log/{log}", run(node, f"cat /var/log/{log}").out + ARMED, number)
    assert len(look(stage)["armed"]) == len(look(stage)["armed"]) == 4, "it stays armed until it is gone"
    for node in nodes:
        done = run(node, commands)
        assert (done.status, done.out, done.err) == (0, b"", b"")
        assert "/var/tmp/disarmed" not in node.files
        left = run(node, "cat /var/log/messages").out
        assert all(line in left for line in ARMED.splitlines()[1::2])
    found = look(stage)
    assert found["armed"] == []
    assert set(whats(found)) == {"review: log emptied, replaced or removed without a rotation"}
    assert whats(look(stage)) == []


def rotates(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, log: str, before: str, turn: Callable[[Any], None] | None = None
) -> None:
    """Let newsyslog of the first node rotate a log, once, just before a file is read."""
    node, read = stage.simulator.fleet.appliances[stage.name].nodes[0], node_reader.read_file
    waiting = [turn or (lambda node: rotate_early(node, log))]

    def reads(session: Session, name: str, directory: str) -> bytes | None:
        if waiting and name == before and str(session.node) == str(stage.appliance.nodes[0]):
            waiting.pop()(node)
        return read(session, name, directory)

    monkeypatch.setattr(node_reader, "read_file", reads)


def nobodys(first: int, last: int) -> str:
    """Return commands of a shell that the catalogue knows, one for each second, so that each is counted."""
    return "".join(
        f"Nov 28 01:{number // 60:02}:{number % 60:02} <local7.notice> ns {SHELL}\n" for number in range(first, last)
    )


def counted(what: str) -> int:
    """Return the number of lines of a finding."""
    found = re.search(r", (\d+) lines", what)
    return int(found[1]) if found else 1


def seen(*runs: dict[str, Any]) -> int:
    """Return how many of these lines some runs have found, each time that they did."""
    return sum(counted(what) for run in runs for what in whats(run) if "indicator of cve_2019_19781" in what)


def others(run: dict[str, Any]) -> list[str]:
    return [what for what in whats(run) if "indicator of cve_2019_19781" not in what]


@pytest.mark.parametrize("before", ["bash.log", "bash.log.0.gz", "bash.log.1.gz"])
@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_log_that_is_rotated_between_its_list_and_its_reading(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, before: str, kept: int
) -> None:
    """Whichever of its files is read at that moment: each line is found once, and nothing looks emptied or lost."""
    node, log = stage.simulator.fleet.appliances["box"].nodes[0], "/var/log/bash.log"
    write(stage, log, nobodys(0, 10))
    first = look(stage)
    for number in range(kept):
        node.append(log, nobodys(10 * number + 10, 10 * number + 20).rstrip("\n"), node.clock())
        rotate_early(node, log)
    node.append(log, nobodys(50, 60).rstrip("\n"), node.clock())
    rotates(stage, monkeypatch, log, before)
    second, third = look(stage), look(stage)
    assert seen(first, second, third) == 20 + 10 * kept
    for found in (second, third):
        assert (others(found), found["not_seen"]) == ([], [])


def test_a_rotated_log_that_is_not_packed_yet(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """newsyslog waits some seconds before it packs a file (newsyslog(8)): NAME.0 is there, and NAME.0.gz is not."""
    log = "/var/log/bash.log"
    write(stage, log, nobodys(0, 10))
    write(stage, f"{log}.0.gz", gzip.compress(b"Nov 27 00:00:00 ns bash[1]: older\n"))
    first = look(stage)

    def turn(node: Any) -> None:
        node.files[f"{log}.1.gz"] = node.files.pop(f"{log}.0.gz")
        node.files[f"{log}.0"] = node.files.pop(log)
        node.write_file(log, b"Nov 28 02:00:00 ns newsyslog[5]: logfile turned over due to size>100K\n")

    write(stage, log, nobodys(0, 20))
    rotates(stage, monkeypatch, log, "bash.log", turn)
    second = look(stage)
    assert (seen(first), seen(second)) == (10, 10)
    assert second["not_seen"] == []


def test_a_log_that_is_rotated_while_a_first_run_reads_it_is_read_whole_by_the_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lines are in a file then that was not listed, and the bookmark would be behind them."""
    write(stage, "/var/log/bash.log", nobodys(0, 10))
    rotates(stage, monkeypatch, "/var/log/bash.log", "bash.log")
    first, second, third = look(stage), look(stage), look(stage)
    why = "it was rotated while a first run read it: the next run reads it whole"
    assert [(one["what"], one["why"]) for one in first["not_seen"]] == [("bash.log", why)]
    assert first["exit_code"] == 2
    assert (seen(first), seen(second), seen(third)) == (0, 10, 0)
    assert second["not_seen"] == []


def test_a_list_that_fails_leaves_open_what_happened(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that seems emptied may have been rotated: neither is said, and its bookmark stays."""
    write(stage, "/var/log/bash.log", nobodys(0, 10))
    look(stage)
    write(stage, "/var/log/bash.log", nobodys(20, 40))
    lists = log_sources.list_directory
    with monkeypatch.context() as patch:
        left = list(stage.appliance.nodes)

        def listed(session: Session, directory: str) -> Any:
            if not left:
                raise TourniquetError("busy")
            left.pop()
            return lists(session, directory)

        patch.setattr(log_sources, "list_directory", listed)
        found = look(stage)
    assert [one["what"] for one in found["not_seen"]] == ["bash.log"]
    assert (whats(found), found["exit_code"]) == ([], 2)
    assert others(look(stage)) == ["review: log emptied, replaced or removed without a rotation"]


def test_files_that_are_renamed_all_the_time_are_a_gap(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is root can do that. Nothing of the log is taken as read."""
    node, log = stage.simulator.fleet.appliances["box"].nodes[0], "/var/log/bash.log"
    write(stage, log, nobodys(0, 10))
    look(stage)
    node.append(log, nobodys(10, 20).rstrip("\n"), node.clock())
    with monkeypatch.context() as patch:
        read = node_reader.read_file

        def reads(session: Session, name: str, directory: str) -> bytes | None:
            if name == "bash.log" and str(session.node) == str(stage.appliance.nodes[0]):
                for _time in range(2):
                    rotate_early(node, log)
            return read(session, name, directory)

        patch.setattr(node_reader, "read_file", reads)
        moved = look(stage)
    why = "its files were renamed while they were read: the next run reads its new lines"
    assert [(one["what"], one["why"]) for one in moved["not_seen"]] == [("bash.log", why)]
    assert (whats(moved), moved["exit_code"]) == ([], 2)
    assert seen(look(stage)) == 10


def test_armed_text_is_counted_once_where_its_log_is_rotated_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = "/var/log/ns.log"
    write(stage, f"{log}.0.gz", gzip.compress(b"Nov 28 04:00:00 ns x: older\n"))
    write(stage, log, ARMED)
    armed = [counted(one["what"]) for one in look(stage)["armed"]]
    rotates(stage, monkeypatch, log, "ns.log.0.gz")
    assert [counted(one["what"]) for one in look(stage)["armed"]] == armed != []


def test_a_log_of_a_syslog_server_that_is_rotated_meanwhile(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.variables["nodes"] = stage.variables["nodes"][:1]
    folder = tmp_path / "syslog" / stage.appliance.nodes[0].host
    folder.mkdir(parents=True)
    log = folder / "bash.log"
    log.write_text(nobodys(0, 10))
    look(stage, source=str(folder.parent))
    log.write_text(nobodys(0, 20))
    opens = os.open

    def rotated_first(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if path == log and not (folder / "bash.log.0").exists():
            log.rename(folder / "bash.log.0")
            log.write_text("Nov 28 02:00:00 ns bash[1]: a\n")
        return opens(path, flags, *more, **named)

    monkeypatch.setattr(log_sources.os, "open", rotated_first)
    second = look(stage, source=str(folder.parent))
    assert seen(second) == 10
    assert (others(second), second["not_seen"]) == ([], [])


def test_a_quiet_run_lists_the_logs_of_a_node_once_and_a_first_run_twice(stage: Stage) -> None:
    def listings() -> int:
        stage.simulator.clear_requests()
        look(stage)
        targets = [entry["target"].partition("?")[0] for entry in stage.simulator.requests()]
        return sum(target.endswith("/systemfile") for target in targets)

    # Where a job of cron is due between the two, a log has changed and the second run is not quiet: the clock is set behind a full minute.
    box = stage.simulator.fleet.appliances[stage.name]
    box.advance(61 - box.now() % 60)
    nodes = len(stage.appliance.nodes)
    assert (listings(), listings()) == (2 * nodes, nodes)
