# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hunt on simulated appliances: every marker is found or said to be unseeable, and no clean one is called compromised."""

from __future__ import annotations

import base64
import bz2
import gzip
import re
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import directory_tree
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection, Member
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NotFound
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.appliance_line import (
    appliance_line,
    lines_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding_json import (
    examination_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import read_ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import Ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import OwnRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting import hunt as hunt_module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting import hunt as hunting
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import Hunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.line_times import line_time
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading import node_reader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.file_reads import Limits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.file_rules import LARGE

from simulator import Simulator
from simulator.server.python_api import ApplianceHandle
from tests import hunt_fleet, sample
from tests.hunt_fleet import ACCESS, BASH, MARKERS, line, request, shell
from tests.marker_fleet import COMPROMISE, SIZE, UNSEEABLE, Looked, Marker, Outcomes, Planned
from tests.stage.memory import Stage

MARKER_BOX = "box"
INJECTED = {
    "configuration": {"responderaction": [{"name": "inject", "type": "respondwith", "target": '"<script src=x>"'}]}
}


FLEET = {
    "appliances": {
        MARKER_BOX: {"build": "14.1 73.46", "nodes": ["127.0.1.1:0"]},
        "pair": {"build": "13.0 47.22", "nodes": ["127.0.2.1:0", "127.0.2.2:0"]},
        "tenants": {"build": "13.1 64.29", "nodes": ["127.0.3.1:0"], "partitions": {"t": INJECTED}},
        "exposed": {
            "build": "13.0 47.22",
            "nodes": ["127.0.4.1:0"],
            "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.4.2:0"}],
        },
    }
}


@pytest.fixture
def box(simulator: Simulator) -> ApplianceHandle:
    simulator.reset()
    return simulator.appliance(MARKER_BOX)


def hunt(simulator: Simulator, directory: Path, name: str = MARKER_BOX) -> Examination:
    ours = read_ourselves(directory / "records", name, RecordTrust())
    with Connection(Stage(simulator, directory, name).appliance) as connection:
        examined = Hunt(name, hunt_fleet.ENTRIES, ours).look(connection).examined
    assert examination_of(name, json_values(examined)).exit_code == examined.exit_code
    return examined


def levels(examined: Examination, where: str) -> set[str]:
    return {str(finding.level) for finding in examined.findings if where in finding.where}


def test_the_generated_fleet() -> None:
    outcomes = hunt_fleet.play(sample.HUNT_STRIDE)
    assert outcomes.wrong == []
    assert outcomes.matrix["clean", COMPROMISE] == 0
    assert sum(outcomes.matrix.values()) >= SIZE // sample.HUNT_STRIDE
    assert SIZE >= 300


def test_a_finding_of_any_level_on_a_clean_appliance_is_wrong(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    """The matrix can fail: what a scanner leaves is an attempt and a review, and the fleet says so of no other noise."""
    hunt_fleet.scanners(box)
    looked = Looked(hunt(simulator, tmp_path), 0, 0)
    wrong = []
    for noise in (hunt_fleet.scanners, hunt_fleet.installation):
        outcomes = Outcomes(hunt_fleet.POPULATION)
        outcomes.add(Planned(0, "any", (), (noise,)), looked)
        wrong.append([text.partition(":")[0] + text.partition(":")[2].partition(":")[0] for text in outcomes.wrong])
    assert wrong == [[], ["0 (any) attempt without a cause", "0 (any) review without a cause"]]


def test_every_marker_is_planted_somewhere_in_the_fleet() -> None:
    planted = {marker.name for one in hunt_fleet.POPULATION.planned() for marker in one.markers}
    assert planted == {marker.name for marker in MARKERS}


@pytest.mark.sampled(5)
@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.name)
def test_each_marker_alone(simulator: Simulator, box: ApplianceHandle, tmp_path: Path, marker: Marker) -> None:
    marker.plant(box)
    examined = hunt(simulator, tmp_path)
    if marker.level == UNSEEABLE:
        assert examined.findings == ()
        assert any(marker.where in str(gap) for gap in examined.not_seen)
        return
    finding = next(one for one in examined.findings if marker.where in one.where)
    assert str(finding.level) == marker.level
    assert finding.node == str(Stage(simulator, tmp_path).appliance.nodes[0])
    assert "both nodes" not in finding.next_step, "it is a standalone appliance"
    for text in (finding.why, finding.evidence, finding.cannot_mean, finding.next_step):
        assert text


def test_what_the_published_scanners_miss(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    # citrix-netscaler-triage: re.match finds an address or /var/tmp only at the beginning of a command.
    box.write_file("/var/cron/tabs/root", "0 * * * * cd /; sh /var/tmp/x\n")
    # The same: timedelta.seconds is never more than a day, so a time that was set back by years is not noticed.
    box.write_file("/var/vpn/themes/b.inc", "<?php eval($_POST['x']);\n", mtime="2018-03-01T04:05:06Z")
    # citrix-ioc-scanner-cve-2023-3519: index 4 of its list is assigned twice, which drops this text.
    box.write_file("/var/vpn/themes/a.inc", "<?php eval($_POST['x']);\n")
    # The same: `whoami$` is searched for with grep -F, where $ is a dollar.
    shell("whoami", "root")(box)
    # ioc-scanner-CVE-2019-19781: find without parentheses never searches what is not .xml.
    box.write_file("/var/vpn/bookmark/x.pl", "# pwnpzi1337\n")
    # The same: in a POSIX expression [^\s] is "neither backslash nor s".
    request("GET /vpn/../vpns/portal/sss.xml")(box)
    # citrix-2025: grep -P may be missing on the appliance, and its check of handlers is silent then.
    box.write_file("/nsconfig/httpd.conf", "AddType application/x-httpd-php .css\n")
    examined = hunt(simulator, tmp_path)
    assert "compromise" in levels(examined, "/var/cron/tabs/root")
    assert "compromise" in levels(examined, "/var/vpn/themes/a.inc")
    assert "compromise" in levels(examined, "/var/vpn/themes/b.inc")
    assert "review" in levels(examined, BASH)
    assert "compromise" in levels(examined, "/var/vpn/bookmark/x.pl")
    assert "compromise" in levels(examined, ACCESS)
    assert "review" in levels(examined, "/nsconfig/httpd.conf")


@pytest.mark.parametrize(
    ("directory", "level"), [("/var/vpn/themes/Default", "compromise"), ("/netscaler/ns_gui/admin_ui/x", "review")]
)
def test_a_script_with_the_time_of_the_firmware_is_not_clean(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, directory: str, level: str
) -> None:
    """An attacker can set the time of his file to that of the files around it (the check that citrix-netscaler-triage means by timestomp).

    Where the firmware has pages in PHP, its age speaks for it; among pages of customers there is no PHP of any age.
    """
    for name in [*(f"{number}.css" for number in range(20)), "a.php"]:
        text = "<?php eval($_POST['x']);\n" if name == "a.php" else "body\n"
        box.write_file(f"{directory}/{name}", text, mtime="2018-03-01T04:05:06Z")
    assert levels(hunt(simulator, tmp_path), f"{directory}/a.php") == {level}


def test_a_scanner_that_finds_itself_is_no_compromise(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    """ioc-scanner-CVE-2019-19781, issues 10, 12 and 24."""
    shell("zgrep -F eternalblue.replay /var/log/bash.log")(box)
    assert levels(hunt(simulator, tmp_path), BASH) == {"review"}


def test_a_line_of_rotated_logs_is_read_and_each_file_once(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    """netscaler-ctx697096-checker before 1.10 read all logs once for each address."""
    text = 'Jan  2 03:04:05 <local7.notice> ns bash[1]: root on (null) shell_command="www.jdjd.com"\n'
    packed = base64.b64encode(gzip.compress(text.encode())).decode()
    box.write_file("/var/log/bash.log.12.gz", base64=packed)
    simulator.clear_requests()
    examined = hunt(simulator, tmp_path)
    assert "compromise" in levels(examined, "/var/log/bash.log.12.gz")
    assert any(
        reach.log == "bash.log" and reach.oldest is not None and reach.oldest.month == 1 for reach in examined.reach
    )
    reads = [one["target"] for one in simulator.requests() if "systemfile" in one["target"]]
    twice = [target for target, number in Counter(reads).items() if number > 1]
    assert twice == ["/nitro/v1/config/systemfile?args=filelocation:%2Fvar%2Flog"], (
        "whether a log was rotated meanwhile"
    )
    assert len(reads) == len(set(reads)) + 1


def test_nothing_is_written(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    simulator.clear_requests()
    assert hunt(simulator, tmp_path).exit_code == 0
    writes = [one for one in simulator.requests() if one["method"] != "GET"]
    assert {one["target"].rpartition("/")[2] for one in writes} <= {"login", "logout"}


def test_before_and_after_the_fix(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    box.write_file("/flash/ns-14.1-73.46.gz", "kernel", mtime="2026-10-10T00:00:00Z")
    box.write_file("/var/vpn/theme/x.php", "<?php\n", mtime="2026-08-01T00:00:00Z")
    box.write_file("/var/tmp/.ux/a", "x", mtime="2026-11-01T00:00:00Z")
    found = {
        one.where: one.before_or_after_fix
        for one in hunt(simulator, tmp_path).findings
        if str(one.level) == "compromise"
    }
    assert found == {"/var/vpn/theme/x.php": "before the fix", "/var/tmp/.ux/a": "after the fix"}


def test_the_kernel_of_a_build_whose_number_only_begins_alike_shows_nothing(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    box.write_file("/flash/ns-14.1-73.460.gz", "kernel", mtime="2026-12-01T00:00:00Z")
    box.write_file("/var/tmp/.ux/a", "x", mtime="2026-11-01T00:00:00Z")
    (found,) = (one for one in hunt(simulator, tmp_path).findings if str(one.level) == "compromise")
    assert found.before_or_after_fix == "not known whether before or after the fix"


def test_both_nodes_of_a_pair_and_which_one_it_is(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    simulator.appliance("pair").write_file("/var/tmp/netscalerd", "x", node=1)
    examined = hunt(simulator, tmp_path, "pair")
    second = str(Stage(simulator, tmp_path, "pair").appliance.nodes[1])
    assert {(str(one.level), one.node) for one in examined.findings} == {("compromise", second)}
    assert {str(one.before_or_after_fix) for one in examined.findings} == {"no fixed build runs"}
    assert dict(examined.looked_at)["nodes"] == 2


def test_a_node_that_is_away_makes_it_incomplete(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    variables = Stage(simulator, tmp_path, "pair")
    variables.variables["nodes"] = [variables.variables["nodes"][0], "127.0.0.1:9"]
    with Connection(variables.appliance) as connection:
        examined = (
            Hunt("pair", hunt_fleet.ENTRIES, read_ourselves(tmp_path, "pair", RecordTrust())).look(connection).examined
        )
    assert examined.exit_code == 2
    assert "INCOMPLETE" in lines_of([examined])[0]


def test_configuration_in_an_admin_partition(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    examined = hunt(simulator, tmp_path, "tenants")
    assert [(str(one.level), one.where) for one in examined.findings] == [("compromise", "the running configuration")]


@pytest.mark.parametrize("streams", [1, 2])
def test_a_log_that_is_packed_by_bzip2_is_read_with_all_its_streams(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, streams: int
) -> None:
    text = b'Jan  2 03:04:05 <local7.notice> ns bash[1]: root on (null) shell_command="www.jdjd.com"\n'
    packed = bz2.compress(b"Jan  2 03:04:04 ns a line\n") * (streams - 1) + bz2.compress(text)
    box.write_file("/var/log/bash.log.12.bz2", base64=base64.b64encode(packed).decode())
    examined = hunt(simulator, tmp_path)
    assert "compromise" in levels(examined, "/var/log/bash.log.12.bz2")
    assert any(reach.log == "bash.log" and reach.oldest and reach.oldest.month == 1 for reach in examined.reach)


def test_a_log_that_cannot_be_unpacked_is_a_gap(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    box.write_file("/var/log/bash.log.3.xz", base64=base64.b64encode(b"\xfd7zXZ\x00" + b"x" * 99).decode())
    examined = hunt(simulator, tmp_path)
    assert examined.exit_code == 2
    assert "/var/log/bash.log.3.xz: it is packed by xz, which is not unpacked here" in appliance_line(examined)


def test_what_may_not_be_read_is_never_clean(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    box.write_file("/var/tmp/conf/npc.conf", "x")
    box.write_file("/var/log/bash.log.1.gz", base64=base64.b64encode(gzip.compress(b"x" * 99)[:-9]).decode())
    examined = hunt(simulator, tmp_path)
    assert examined.exit_code == 2
    assert any("bash.log.1.gz" in str(gap) and gap.is_gap for gap in examined.not_seen)


def test_what_an_attacker_wrote_costs_little_and_stays_text(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    bomb = gzip.compress(b"a" * (80 * 2**20))
    box.write_file("/var/log/bash.log.2.gz", base64=base64.b64encode(bomb).decode())
    box.write_file("/var/vpn/theme/{{ lookup('pipe','id') }}\n.php", "x")
    line(ACCESS, '] "GET ' + "/vpns/.x" * 8_000)(box)
    line(ACCESS, "pitboss " * 8_000 + "PPE")(box)
    line(BASH, 'bash[1]: nobody on \x1b[2J {{ 7*7 }} http://evil.example/ shell_command="')(box)
    began = time.process_time()
    examined = hunt(simulator, tmp_path)
    assert time.process_time() - began < 60
    assert any("32 MiB" in str(gap) for gap in examined.not_seen)
    text = lines_of([examined])
    assert all(one.isprintable() and one.isascii() for one in text)
    assert "http://" not in " ".join(text)
    assert "compromise" in levels(examined, BASH)


def test_a_node_that_denies_to_have_any_file_is_not_clean(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Session.read

    def denies(session: Session, type_: str, *names: str, **more: Any) -> Any:
        if type_ == "systemfile":
            raise NotFound("box", "GET systemfile", 404, 258, "No such resource")
        return read(session, type_, *names, **more)

    monkeypatch.setattr(Session, "read", denies)
    examined = hunt(simulator, tmp_path)
    assert examined.exit_code == 2
    assert dict(examined.looked_at)["directories"] == 0
    assert any(gap.what == "the logs" for gap in examined.not_seen)


def test_a_file_that_is_listed_and_not_handed_out_is_not_clean(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_reader, "read_file", lambda *_words: None)
    examined = hunt(simulator, tmp_path)
    assert examined.exit_code == 2
    assert any("is gone" in str(gap) and gap.is_gap for gap in examined.not_seen)


def test_a_log_that_is_rotated_while_it_is_read_is_not_clean(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsyslog runs each hour: what was in the log is in a file then that nobody has listed, and no line of it was seen."""
    line(ACCESS, "nothing")(box)
    assert not [gap for gap in hunt(simulator, tmp_path).not_seen if "rotated" in str(gap)]
    read = node_reader.read_file

    def rotates(session: Session, name: str, directory: str) -> bytes | None:
        if f"{directory}/{name}" == ACCESS:
            box.write_file(f"{ACCESS}.0.gz", base64=base64.b64encode(gzip.compress(b"a line")).decode())
        return read(session, name, directory)

    monkeypatch.setattr(node_reader, "read_file", rotates)
    examined = hunt(simulator, tmp_path)
    assert examined.exit_code == 2
    (gap,) = [gap for gap in examined.not_seen if "rotated while it was read" in str(gap)]
    assert (gap.what, gap.is_gap) == (ACCESS, True)


def test_a_web_shell_is_found_however_deep_it_is(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    deep = "/var/netscaler/logon/LogonPoint/a/b/c/d/e/f"
    box.write_file(f"{deep}/x.php", "<?php eval($_POST['x']);\n")
    box.write_file("/var/vpn/themes/a/b/c/d/y.inc", "<?php eval($_POST['x']);\n")
    examined = hunt(simulator, tmp_path)
    assert levels(examined, f"{deep}/x.php")
    assert levels(examined, "/var/vpn/themes/a/b/c/d/y.inc") == {"compromise"}
    assert not examined.is_incomplete


def test_directories_beyond_the_budget_are_never_nothing_found(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upper directories come first: a deep one that somebody has made keeps no other from being listed."""
    used = dict(hunt(simulator, tmp_path).looked_at)["directories"]
    monkeypatch.setattr(hunting, "LIMITS", Limits(directories=used + 40))
    box.write_file("/var/netscaler/" + "/".join("a" * 60) + "/x", "x")  # a path of 137 characters
    box.write_file("/var/netscaler/" + "/".join("b" * 50) + "/x", "x")
    box.write_file("/var/netscaler/z/x.php", "<?php eval($_POST['x']);\n")
    examined = hunt(simulator, tmp_path)
    assert levels(examined, "/var/netscaler/z/x.php")
    assert (examined.exit_code, examined.is_incomplete) == (2, True)
    assert any("at most" in str(gap) and gap.is_gap for gap in examined.not_seen)
    assert "INCOMPLETE" in appliance_line(examined)


def test_the_files_that_are_listed_are_bounded_too(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of 2,000 directories could otherwise fill the memory of the control node with 20,000 rows."""
    monkeypatch.setattr(directory_tree, "MOST_LISTED", 300)
    for number in range(10):
        for name in range(100):
            box.write_file(f"/var/netscaler/logon/{number}/{name}", "x")
    examined = hunt(simulator, tmp_path)
    assert examined.is_incomplete
    (gap,) = [gap for gap in examined.not_seen if "directories" in gap.what]
    assert str(gap).endswith("more directories: at most 300 files of a node are listed")
    assert dict(examined.looked_at)["directories"] < 100


def test_a_link_that_leads_upwards_is_followed_once(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether systemfile tells or follows links is open; here it follows them."""
    box.write_file("/var/netscaler/logon/up/x", "x")
    box.write_file("/var/netscaler/logon/y", "x")
    listed = directory_tree.list_directory

    def follows(session: Session, directory: str) -> Any:
        target = directory
        while target.startswith("/var/netscaler/logon/up"):
            target = "/var/netscaler" + target.removeprefix("/var/netscaler/logon/up")
        rows, problem = listed(session, target)
        return rows and tuple(replace(row, directory=directory) for row in rows), problem

    monkeypatch.setattr(directory_tree, "list_directory", follows)
    examined = hunt(simulator, tmp_path)
    (gap,) = [gap for gap in examined.not_seen if "link" in str(gap)]
    assert (gap.what, gap.is_gap) == ("/var/netscaler/logon/up/logon", True)
    assert dict(examined.looked_at)["directories"] < 200


def test_what_is_decompressed_counts_among_the_bytes_of_a_node(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of many small files could otherwise fill 32 MiB of the memory of the control node."""
    monkeypatch.setattr(hunting, "LIMITS", Limits(size=2 * 2**20))
    packed = base64.b64encode(gzip.compress(b"a" * 2**20)).decode()
    for number in range(10):
        box.write_file(f"/var/log/bash.log.{number}.gz", base64=packed)
    examined = hunt(simulator, tmp_path)
    assert examined.exit_code == 2
    assert dict(examined.looked_at)["bytes"] < 4 * 2**20
    assert any("at most" in str(gap) for gap in examined.not_seen)


def test_a_large_page_is_read_too_and_a_large_package_is_named(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    shell_in_php = "<?php eval($_POST['x']);\n" + "#" * LARGE
    for name in ("a.inc", "b.js", "c.deb"):
        box.write_file(f"/var/vpn/themes/{name}", shell_in_php)
    examined = hunt(simulator, tmp_path)
    for name in ("a.inc", "b.js"):
        assert "compromise" in levels(examined, f"/var/vpn/themes/{name}")
    (told,) = [one for one in examined.not_seen if "package" in one.what]
    assert (told.what, told.is_gap) == ("the content of 1 package of clients, such as /var/vpn/themes/c.deb", False)


def test_a_clock_at_the_end_of_time() -> None:
    assert line_time(b"Jan  2 03:04:05 x", datetime(9999, 12, 31)) is None  # noqa: DTZ001 -- a clock of a node has no zone


@pytest.mark.parametrize(
    ("hours", "source", "found"),
    [
        (-1, "192.0.2.1", set()),
        (-30, "192.0.2.1", {"review"}),
        (-1, "198.51.100.7", {"attempt"}),
        (-1, "127.0.0.1", {"review"}),  # the log has lost the client
    ],
)
def test_our_own_probes_by_a_clock_that_is_off(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, hours: int, source: str, found: set[str]
) -> None:
    """The clock of the node is years behind ours, or was at the time of the run."""
    began = datetime.now(UTC) - timedelta(hours=1)
    ours = Ourselves(
        MARKER_BOX, (OwnRun("abc", "a.json", began, began + timedelta(minutes=1)),), sources=frozenset({"192.0.2.1"})
    )
    box.fault(kind="clock_skew", seconds=-3 * 365 * 86_400)
    with Connection(Stage(simulator, tmp_path, MARKER_BOX).appliance) as connection:
        node_time = (connection.members[0].now() or began) + timedelta(hours=hours)
        when = node_time.strftime("%d/%b/%Y:%H:%M:%S +0000")
        attack = "GET /vpn/../vpns/portal/scripts/newbm.pl HTTP/1.1"
        box.log(ACCESS, f'{source} - - [{when}] "{attack}" 200 71 "-" "tourniquet-probe/abc"')
        run = Hunt(MARKER_BOX, hunt_fleet.ENTRIES, ours)
        findings = run.look(connection).examined.findings
    assert {str(one.level) for one in findings} == found
    assert run.own["requests"] == (0 if found else 1)
    for one in findings:
        if hours == -30:
            assert "1 line of probes that name a run of this control node, 1 day, 5:0" in one.what
            assert one.what.endswith("behind its time")
            assert re.search(r"now it is \d+ days, .* behind ours", one.why)


def test_probes_of_a_verify_that_reach_httpd_are_ours(simulator: Simulator, tmp_path: Path) -> None:
    """A verify of an exposed appliance proves nothing, so it has no change record; a copy of its lines from elsewhere stays an attempt."""
    simulator.reset()
    stage = Stage(simulator, tmp_path, "exposed")
    assert (stage.status(probes=Probes.ALL).verdict.word, stage.status().record) == ("exposed", "")
    box = simulator.appliance("exposed")
    with Connection(stage.appliance) as connection:
        view = node_reader.NodeReader(connection.primary, Limits())
        log = b"".join(view.content(file) or b"" for file in view.files(ACCESS)).decode()
    logged = [one for one in log.splitlines() if "tourniquet-probe/run" in one]
    assert logged
    sources = {one.split()[0] for one in logged}

    def look() -> tuple[set[str], int]:
        ours = read_ourselves(tmp_path, "exposed", RecordTrust(), ["nsroot"], sources)
        with Connection(stage.appliance) as connection:
            found = Hunt("exposed", hunt_fleet.ENTRIES, ours).look(connection)
            return {str(one.level) for one in found.examined.findings}, found.own["requests"]

    levels_found, own = look()
    assert not levels_found
    assert own
    for one in logged:
        box.log(ACCESS, one.replace(one.split()[0], "198.51.100.7", 1))
    assert look() == ({"attempt"}, own)


def test_a_file_has_one_level_by_its_name(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    """Entries name the same place at different levels: a web shell is not for review, too; another file there is."""
    box.write_file("/var/vpn/theme/x.php", "<?php\n")
    assert [str(one.level) for one in hunt(simulator, tmp_path).findings] == ["compromise"]
    box.write_file("/var/vpn/themes/other.js", "x")
    found = hunt(simulator, tmp_path).findings
    assert {(str(one.level), "other.js" in one.where) for one in found} == {("compromise", False), ("review", True)}


def test_a_clock_that_is_nonsense_is_no_difference() -> None:
    for text in ("1e300", "-1e300", "nan", "soon", ""):
        assert hunt_module._ahead(Member(session=None, config={"systemtime": text})) == timedelta(0)  # type: ignore[arg-type]
    assert hunt_module._ahead(Member(session=None, config={"systemtime": str(time.time() + 7200)})) == timedelta(
        hours=2
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"\x7fELF\x02\x01\x01" + bytes(3 * 2**20), b"#!/bin/sh\n" + b"# x\n" * 2**19])
def test_a_large_payload_among_temporary_files_is_found(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, content: bytes
) -> None:
    """Seen: a program of more than 1 MiB in /var/tmp was nothing found, and no gap; those of 2020 had several."""
    box.write_file("/var/tmp/update", base64=base64.b64encode(content).decode(), mtime="2026-10-06T03:00:00Z")
    examined = hunt(simulator, tmp_path)
    assert [(one.level, one.where) for one in examined.findings] == [("review", "/var/tmp/update")]
    assert not [one for one in examined.not_seen if one.is_gap]


def test_a_temporary_file_with_a_name_that_nitro_does_not_take_is_a_gap(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    """Seen: its content was not read, and nothing said so."""
    box.write_file("/var/tmp/a b", base64=base64.b64encode(b"\x7fELF\x02").decode(), mtime="2026-10-06T03:00:00Z")
    examined = hunt(simulator, tmp_path)
    assert [one.what for one in examined.not_seen if one.is_gap] == ["/var/tmp/a b"]
