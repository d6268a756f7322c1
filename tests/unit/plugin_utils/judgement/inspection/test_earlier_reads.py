# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A wave uses the answers of the plan of its run only where the appliance says that nothing was changed since."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import earlier_reads
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.earlier_reads import (
    EarlierReads,
)

CONFIG = {
    "systemtype": "Stand-alone",
    "configchanged": False,
    "lastconfigchangedtime": "Fri Nov 27 12:00:00 2026",
    "currentsytemtime": "Sat Nov 28 12:00:00 2026",
}
ROOT = "/nitro/v1/config/"
FEATURES, POLICIES, ACTIONS = f"{ROOT}nsfeature", f"{ROOT}responderpolicy", f"{ROOT}responderaction"
BINDING = f"{ROOT}responderglobal_responderpolicy_binding?args=type:REQ_OVERRIDE"
EVALUATION = f"{ROOT}policyevaluation?args=expression:true"
NEVER = (
    POLICIES,
    f"{ROOT}nsacl",
    f"{ROOT}vpnvserver",
    f"{ROOT}systemfile?args=filelocation:%2Fvar%2Ftmp",
    f"{ROOT}nsconfig",
)
READS: dict[str, list[dict[str, Any]]] = {
    path: [{"name": path}] for path in (FEATURES, ACTIONS, BINDING, EVALUATION, "/nitro/v1/stat/nsfeature", *NEVER)
}


def connection(
    node: str = "192.0.2.1", build: str = "13.0 47.22", names: tuple[str, ...] = (), **config: Any
) -> Connection:
    row = {**CONFIG, **config}
    primary = SimpleNamespace(node=node, unusable_names=names)
    changed_at = row["lastconfigchangedtime"]
    return cast(Connection, SimpleNamespace(config=row, changed_at=changed_at, primary=primary, build=build))


def reads_of(there: Connection) -> EarlierReads | None:
    return EarlierReads.of(there, READS, time.time())


def test_what_is_configuration_holds_and_counters_states_and_files_are_read_again() -> None:
    found = reads_of(connection())
    assert found is not None
    assert set(found.still_hold(connection())) == {FEATURES, ACTIONS, BINDING, EVALUATION}


def test_on_a_pair_only_what_the_build_decides_holds() -> None:
    found = reads_of(connection(systemtype="HA"))
    assert found is not None
    assert set(found.answers) == {EVALUATION}


@pytest.mark.parametrize(
    "there",
    [
        connection(configchanged=True),  # a restart would bring another configuration back
        connection(configchanged=""),
        connection(lastconfigchangedtime="Sat Nov 28 12:00:00 2026"),  # a change in the same second would not show
        connection(lastconfigchangedtime="Sat Nov 28 12:00:01 2026"),
        connection(lastconfigchangedtime=""),
        connection(currentsytemtime="soon"),
        connection(names=("a name that NITRO does not allow",)),
    ],
)
def test_nothing_is_kept_where_a_later_change_might_not_show(there: Connection) -> None:
    assert reads_of(there) is None


@pytest.mark.parametrize(
    "now",
    [
        connection(lastconfigchangedtime="Sat Nov 28 11:59:59 2026"),
        connection(configchanged=True),
        connection(node="192.0.2.2"),
        connection(build="13.0 82.41"),
    ],
)
def test_nothing_holds_where_something_else_is_there_now(now: Connection) -> None:
    found = reads_of(connection())
    assert found is not None
    assert not found.still_hold(now)


@pytest.mark.parametrize("seconds", [earlier_reads.MOST_AGE + 1, -60])
def test_nothing_holds_after_a_while_or_where_the_clock_was_set_back(seconds: float) -> None:
    found = EarlierReads.of(connection(), READS, time.time() - seconds)
    assert found is not None
    assert not found.still_hold(connection())


def test_nothing_holds_where_the_appliance_has_set_its_clock_back_since() -> None:
    """Somebody sets it back behind the last change and changes something in the very second of it: the time of the last change is the same."""
    found = EarlierReads.of(connection(currentsytemtime="Fri Nov 27 12:00:30 2026"), READS, time.time() - 120)
    assert found is not None
    assert found.still_hold(connection(currentsytemtime="Fri Nov 27 12:02:30 2026"))
    assert not found.still_hold(connection(currentsytemtime="Fri Nov 27 12:00:40 2026"))


def test_they_are_kept_in_a_private_file_for_each_appliance(tmp_path: Path) -> None:
    found = reads_of(connection())
    assert found is not None
    found.write(tmp_path, "gw/a")
    (file,) = tmp_path.glob("*.reads")
    assert file.stat().st_mode & 0o077 == 0
    assert EarlierReads.read(tmp_path, "gw/a") == found
    assert EarlierReads.read(tmp_path, "gw-b") is None
    for broken in ("[]", "{}", "no JSON"):
        file.write_text(broken)
        assert EarlierReads.read(tmp_path, "gw/a") is None
    found.write(tmp_path, "gw/a")
    file.chmod(0o622)
    assert EarlierReads.read(tmp_path, "gw/a") is None


def test_what_is_too_large_or_cannot_be_written_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = reads_of(connection())
    assert found is not None
    (tmp_path / "file").write_text("")
    found.write(tmp_path / "file", "gw")
    monkeypatch.setattr(earlier_reads, "LARGEST", 10)
    found.write(tmp_path, "gw")
    assert EarlierReads.read(tmp_path, "gw") is None
