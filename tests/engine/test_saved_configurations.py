# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an attacker added to the configuration is found between two saves, dated; what is ours is left out, and no secret is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.appliance_line import lines_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import read_ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import OwnRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting import saved_configurations
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import Hunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.saved_configurations import (
    LONGEST_LINE,
    SavedConfiguration,
    changes,
    public_management,
)

from simulator import Simulator
from simulator.server.python_api import ApplianceHandle
from tests.hunt_fleet import ENTRIES
from tests.stage.memory import Stage

HASH = "1f2e3d4c5b6a"
BASE = f"set ns config -IPAddress 10.1.0.11\nset system user nsroot {HASH} -encrypted\nadd responder policy tq_a TRUE NOOP\n"
GLOBAL, GATEWAY = "responderglobal_responderpolicy_binding", "vpnvserver_responderpolicy_binding"
EVIL = f"add system user support1 {HASH}77 -encrypted\nbind system user support1 superuser 100\n"


FLEET = {"appliances": {"box": {"build": "14.1 73.46", "nodes": ["127.0.1.1:0"]}}}


@pytest.fixture
def box(simulator: Simulator) -> ApplianceHandle:
    simulator.reset()
    return simulator.appliance("box")


def hunt(
    simulator: Simulator, directory: Path, *, compare: bool = True, objects: tuple[str, ...] = (), days_ago: float = 5
) -> Examination:
    began = datetime.now().astimezone() - timedelta(days=days_ago)
    ours = read_ourselves(directory, "box", RecordTrust())
    ours = replace(ours, runs=(OwnRun("run", "record", began, objects=objects),))
    with Connection(Stage(simulator, directory).appliance) as connection:
        return Hunt("box", ENTRIES, ours, saved_configurations=compare).look(connection).examined


def save(box: ApplianceHandle, name: str, text: str, days_ago: float) -> None:
    box.write_file(
        f"/nsconfig/{name}", text, mtime=f"{datetime.now(UTC) - timedelta(days=days_ago):%Y-%m-%dT%H:%M:%SZ}"
    )


def test_a_user_that_was_added_is_dated(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    """The numbers of the copies say nothing: here ns.conf.1 is the newer one."""
    save(box, "ns.conf.0", BASE, 9)
    save(box, "ns.conf.1", BASE + EVIL, 3)
    examined = hunt(simulator, tmp_path)
    found = [
        one for one in examined.findings if "system user" in one.what and one.where.startswith("/nsconfig/ns.conf.1 ")
    ]
    (finding,) = found
    assert finding.where == "/nsconfig/ns.conf.1 compared with /nsconfig/ns.conf.0"
    assert finding.evidence == "added: add system user support1; added: bind system user support1 superuser 100"
    assert finding.time is not None
    assert 2 < (datetime.now() - finding.time).total_seconds() / 86400 < 4  # noqa: DTZ005 -- the node's clock
    assert str(finding.level) == "review"
    assert HASH not in " ".join(lines_of([examined]))
    (reach,) = [one for one in examined.reach if one.log == "saved configurations"]
    assert reach.oldest is not None
    assert (datetime.now() - reach.oldest).days >= 8  # noqa: DTZ005 -- likewise


def test_without_the_option_and_on_a_clean_appliance_nothing_is_found(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    assert hunt(simulator, tmp_path).findings == ()
    save(box, "ns.conf.0", BASE + EVIL, 9)
    assert hunt(simulator, tmp_path, compare=False).findings == ()
    assert hunt(simulator, tmp_path).findings != ()


def test_what_is_ours_is_left_out(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    save(box, "ns.conf.0", BASE.replace("tq_a", "tq_b"), 9)
    save(box, "ns.conf.1", BASE, 3)

    def found(*objects: str) -> list[str]:
        examined = hunt(simulator, tmp_path, objects=objects)
        return [one.evidence for one in examined.findings if one.where.startswith("/nsconfig/ns.conf.1 ")]

    assert len(found()) == 1
    assert found("responderpolicy tq_a", "responderpolicy tq_b") == []


@pytest.mark.parametrize(
    ("line", "object_", "days_ago", "is_ours"),
    [
        ("bind responder global tq_a 10 END -type REQ_OVERRIDE", f"{GLOBAL} tq_a REQ_OVERRIDE", 5, True),
        ("bind responder global tq_a 10 END -type REQ_OVERRIDE", f"{GLOBAL} tq_ab REQ_OVERRIDE", 5, False),
        ("bind vpn vserver gw -policy tq_a -priority 10", f"{GATEWAY} gw tq_a REQUEST", 5, True),
        ("bind vpn vserver gw -policy rp_evil -priority 1", f"{GATEWAY} gw tq_a REQUEST", 5, False),
        ("bind vpn vserver gw -policy", f"{GATEWAY} gw tq_a REQUEST", 5, False),
        # A lockdown has switched the virtual server: what others bind to it is not ours.
        ("bind vpn vserver gw -policy rp_evil -priority 1", "vpnvserver gw", 5, False),
        ("add vpn vserver gw SSL 10.1.0.9 443 -state DISABLED", "vpnvserver gw", 5, True),
        # Somebody has changed an object of ours when no run of ours was there.
        ("add responder policy tq_n FALSE NOOP", "responderpolicy tq_n", 1, False),
        ("add responder policy tq_n FALSE NOOP", "responderpolicy tq_n", 12, False),
    ],
)
def test_only_what_a_run_did_between_the_two_saves_is_ours(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, line: str, object_: str, days_ago: float, is_ours: bool
) -> None:
    save(box, "ns.conf.0", BASE, 9)
    save(box, "ns.conf.1", f"{BASE}{line}\n", 3)
    examined = hunt(simulator, tmp_path, objects=(object_,), days_ago=days_ago)
    found = [one for one in examined.findings if one.where.startswith("/nsconfig/ns.conf.1 ")]
    assert [one.evidence for one in found] == ([] if is_ours else [f"added: {line}"])


def test_what_is_too_long_to_be_read_is_a_gap(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    save(box, "ns.conf.2", "x" * (LONGEST_LINE + 1), 3)
    examined = hunt(simulator, tmp_path)
    assert any("longer lines" in one.why for one in examined.not_seen)
    assert examined.is_incomplete


def one(name: str, day: int, text: str) -> SavedConfiguration:
    return SavedConfiguration(name, datetime(2020, 1, day), text.encode())  # noqa: DTZ001 -- the node's clock


def test_a_changed_password_is_a_change_without_its_value() -> None:
    found, whole = changes([one("ns.conf", 9, BASE.replace(HASH, "00")), one("ns.conf.3", 4, BASE)])
    assert whole
    assert [(change.kind, change.line) for change in found] == [("changed", b"set system user nsroot")]


def test_the_older_configuration_comes_first_and_changes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    many = "".join(f"add system user u{number} x\n" for number in range(9))
    found, whole = changes([one("ns.conf", 1, many), one("ns.conf.0", 4, "")])
    assert ({change.kind for change in found}, len(found), whole) == ({"added"}, 9, True)
    monkeypatch.setattr(saved_configurations, "MOST_CHANGES", 4)
    found, whole = changes([one("ns.conf", 1, many), one("ns.conf.0", 4, "")])
    assert (len(found), whole) == (4, False)


@pytest.mark.parametrize("line", ["", "add", "add system user", '"', '\\"' * 4000, "bind system", "\x00\xff"])
def test_odd_lines_break_nothing(line: str) -> None:
    _found, whole = changes([one("ns.conf", 9, line), one("ns.conf.0", 4, "")])
    assert whole
    assert list(public_management(line.encode("latin-1"))) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("set ns config -IPAddress 8.8.4.4 -netmask 255.255.255.0", [("8.8.4.4", "NSIP")]),
        ("add ns ip 8.8.8.8 255.255.255.0 -type SNIP -mgmtAccess ENABLED", [("8.8.8.8", "SNIP")]),
        ("add ns ip 8.8.8.8 255.255.255.0 -type SNIP", []),
        ("add ns ip 10.1.0.12 255.255.255.0 -mgmtAccess ENABLED", []),
        ("add ns ip x -mgmtAccess ENABLED", []),
    ],
)
def test_public_management_addresses(line: str, found: list[tuple[str, str]]) -> None:
    told = public_management(line.encode())
    assert [(address, what.partition(" ")[0]) for address, what in told] == found


def test_plain_http_is_told_unless_it_is_off() -> None:
    line = b"set ns config -IPAddress 8.8.4.4 -gui SECUREONLY"
    assert "plain HTTP" not in public_management(line)[0][1]
    assert "plain HTTP" in public_management(line.replace(b"SECUREONLY", b"ENABLED"))[0][1]
