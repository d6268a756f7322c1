# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A wave uses the answers of the plan of its run only where the appliance says that nothing was changed since."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.reading import Reading
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
    node: str = "192.0.2.1",
    build: str = "13.0 47.22",
    names: tuple[str, ...] = (),
    primary_for: int | None = None,
    **config: Any,
) -> Connection:
    row = {**CONFIG, **config}
    primary = SimpleNamespace(node=node, unusable_names=names)
    there = SimpleNamespace(
        config=row,
        changed_at=row["lastconfigchangedtime"],
        primary=primary,
        build=build,
        primary_for=primary_for,
    )
    return cast(Connection, there)


def pair(seconds: int, primary_for: int | None) -> Connection:
    """A pair so many seconds after its plan."""
    now = f"Sat Nov 28 12:{seconds // 60:02}:{seconds % 60:02} 2026"
    return connection(systemtype="HA", currentsytemtime=now, primary_for=primary_for)


def reads_of(there: Connection) -> EarlierReads | None:
    return EarlierReads.of(there, READS, time.time())


def test_what_is_configuration_holds_and_counters_states_and_files_are_read_again() -> None:
    found = reads_of(connection())
    assert found is not None
    assert set(found.still_hold(connection())) == {FEATURES, ACTIONS, BINDING, EVALUATION}


@pytest.mark.parametrize("primary_for", [None, 9, 10**18, -1])
def test_on_a_pair_that_does_not_say_since_when_it_is_primary_only_what_the_build_decides_is_kept(
    primary_for: int | None,
) -> None:
    found = reads_of(pair(0, primary_for))
    assert found is not None
    assert set(found.answers) == {EVALUATION}


@pytest.mark.parametrize(
    ("before", "after", "holds"),
    [
        (7200, 7320, True),  # the same node has been primary all the time
        (7200, 7322, True),  # whole seconds, read one after the other
        (7200, 7323, False),
        (7200, 100, False),  # the peer has been primary in between, and may have changed something
        (10, 119, False),  # likewise, from directly after the plan on
        (7200, None, False),
        (7200 * 1000, 7320 * 1000, False),  # of another unit than seconds
        (120, 122, False),
    ],
)
def test_on_a_pair_configuration_holds_while_the_same_node_is_primary(
    before: int, after: int | None, holds: bool
) -> None:
    found = EarlierReads.of(pair(0, before), READS, time.time() - 120)
    assert found is not None
    assert set(found.still_hold(pair(120, after))) == (
        {FEATURES, ACTIONS, BINDING, EVALUATION} if holds else {EVALUATION}
    )


def test_what_a_standalone_appliance_said_is_no_configuration_of_a_pair() -> None:
    found = reads_of(connection())
    assert found is not None
    assert set(found.still_hold(pair(0, 7200))) == {EVALUATION}


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
    for broken in ("[]", "{}", "no JSON", file.read_text().replace('"primary_since": ""', '"primary_since": "soon"')):
        file.write_text(broken)
        assert EarlierReads.read(tmp_path, "gw/a") is None
    found.write(tmp_path, "gw/a")
    file.chmod(0o622)
    assert EarlierReads.read(tmp_path, "gw/a") is None


def test_the_file_says_since_when_the_node_of_a_pair_is_primary(tmp_path: Path) -> None:
    found = reads_of(pair(0, 7200))
    assert found is not None
    found.write(tmp_path, "gw")
    assert EarlierReads.read(tmp_path, "gw") == found
    assert found.primary_since == "2026-11-28T10:00:00"


ACTION = ("responderaction", ("tq_demo",))
MADE = {"responderaction": {ACTION: {"name": "tq_demo", "comment": "v1", "bypasssafetycheck": True, "number": 3}}}


def with_objects() -> EarlierReads:
    found = EarlierReads.of(connection(), {ACTIONS: Reading([{"name": "tq_demo"}], MADE)}, time.time())
    assert found is not None
    return found


def test_what_was_made_of_an_answer_is_kept_with_it_and_holds_as_long(tmp_path: Path) -> None:
    with_objects().write(tmp_path, "gw")
    found = EarlierReads.read(tmp_path, "gw")
    assert found == with_objects_at(found)
    held = found.still_hold(connection())[ACTIONS]
    assert isinstance(held, Reading)
    assert (held, held.objects) == ([{"name": "tq_demo"}], MADE)
    assert found.still_hold(connection(build="13.0 83.27")) == {}


def with_objects_at(found: EarlierReads | None) -> EarlierReads:
    assert found is not None
    return replace(with_objects(), read_at=found.read_at)


def test_objects_that_are_too_large_or_none_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_objects().write(tmp_path, "gw")
    (file,) = tmp_path.glob("*.reads")
    text = file.read_text()
    for broken in ('"comment": "v1"', '["tq_demo"]', '"objects": {'):
        file.write_text(text.replace(broken, broken[:-1]))
        assert EarlierReads.read(tmp_path, "gw") is None
    file.write_text(text.replace('["tq_demo"], {', '["tq_demo"], 7, {'))
    assert EarlierReads.read(tmp_path, "gw") is None
    monkeypatch.setattr(earlier_reads, "LARGEST", len(text) - 20)  # its time has more or fewer digits
    with_objects().write(tmp_path, "gw")
    found = EarlierReads.read(tmp_path, "gw")
    assert found is not None
    assert (found.objects, [*found.answers]) == ({}, [ACTIONS])


def test_what_is_too_large_or_cannot_be_written_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = reads_of(connection())
    assert found is not None
    (tmp_path / "file").write_text("")
    found.write(tmp_path / "file", "gw")
    monkeypatch.setattr(earlier_reads, "LARGEST", 10)
    found.write(tmp_path, "gw")
    assert EarlierReads.read(tmp_path, "gw") is None
