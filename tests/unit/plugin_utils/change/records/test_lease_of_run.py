# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lease of a run on nodes of which only the files are played: taken on each, confirmed, renewed by its age, lost, kept in doubt, released."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import (
    CLOCK,
    UNREAD,
    Member,
    no_lease,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.node_files import FileExists
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import lease_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.appliance_lock import (
    CLOCK_STEP,
    LIFETIME,
    RENEW_AFTER,
    RETRY_AFTER,
    ApplianceLock,
    check_lock,
    may_have_left_lock,
    release_left_lock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.control_node_lock import (
    nodes_with_left_lock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import LeaseLost
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lock_content import (
    Lock,
    operator_name,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    NitroError,
    NotAuthorized,
    Refused,
)

SHOWN = datetime(2026, 12, 3, 5, 0, 0)  # noqa: DTZ001 -- the appliance's own clock has no zone
OTHERS = Lock(
    "p.visser@elsewhere", "ff" * 8, "r2", "demo", "a test", "CHG2", "t" * 32, SHOWN, SHOWN + timedelta(minutes=5)
)
FIRST = "tourniquet_lock.txt"
SECOND = "tourniquet_lock_1.txt"


@dataclass
class FakeSession:
    """A node with the files of one directory."""

    host: str
    files: dict[str, bytes] = field(default_factory=dict)
    broken: NitroError | None = None
    shown: datetime | None = SHOWN

    def __post_init__(self) -> None:
        self.node = Address(self.host, 443)
        self.where = f"gw-a ({self.host})"

    def read(self, _type: str) -> list[dict[str, Any]]:
        self.fail()
        return [] if self.shown is None else [{"currentsytemtime": f"{self.shown:{CLOCK}}"}]

    def fail(self) -> None:
        if self.broken is not None:
            raise self.broken

    @property
    def leases(self) -> dict[str, Lock]:
        return {name: Lock.parse(content) for name, content in sorted(self.files.items())}


class FakeConnection:
    def __init__(self, *sessions: FakeSession) -> None:
        self.members = [
            Member(one, {"ipaddress": one.host, **(one.read("nsconfig") or [{}])[0]}, time.monotonic())  # type: ignore[arg-type]
            for one in sessions
        ]
        self.primary = sessions[0]
        self.appliance = SimpleNamespace(name="gw-a")
        self.budget = SimpleNamespace(open_reserve=lambda: None)
        self.lock_content: bytes | None = UNREAD
        self.lock_notes: list[str] = []
        self.has_written = False
        self.renew_lease: Any = no_lease

    def in_default(self, session: FakeSession) -> FakeSession:
        return session

    def member(self, session: FakeSession) -> Member:
        return next(one for one in self.members if one.session is session)  # type: ignore[comparison-overlap]

    @contextlib.contextmanager
    def inside(self, _partition: str) -> Iterator[None]:
        yield


@pytest.fixture(autouse=True)
def played_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def create(session: FakeSession, name: str, content: bytes) -> None:
        session.fail()
        if name in session.files:
            raise FileExists(session.where, "POST systemfile", 409, 1642, "File already exists")
        session.files[name] = content

    def read(session: FakeSession, name: str) -> bytes | None:
        session.fail()
        return session.files.get(name)

    def delete(session: FakeSession, name: str) -> None:
        session.fail()
        session.files.pop(name, None)

    monkeypatch.setattr(lease_files, "create_file", create)
    monkeypatch.setattr(lease_files, "read_file", read)
    monkeypatch.setattr(lease_files, "delete_file", delete)
    monkeypatch.setattr(lease_files, "list_files", lambda session: session.fail() or [*session.files])
    monkeypatch.setattr(
        lease_files, "file_sizes", lambda session: {name: len(text) for name, text in session.files.items()}
    )


class Clock:
    """A monotonic clock that stands still until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def parameters(folder: Path, **more: Any) -> Any:
    values = {"lock": True, "break_lock": "", "reason": "why", "run": "r1", "job": None, "approval": {}, "trust": None}
    owner = SimpleNamespace(measure="demo", ticket="CHG1")
    return SimpleNamespace(appliance=SimpleNamespace(name="gw-a"), owner=owner, records=folder, **{**values, **more})


def lock(folder: Path, connection: FakeConnection, clock: Clock, **more: Any) -> ApplianceLock:
    return ApplianceLock(connection, parameters(folder, **more), clock=lambda: clock.now)  # type: ignore[arg-type]


def pair() -> tuple[FakeSession, FakeSession, FakeConnection]:
    one, other = FakeSession("10.1.0.11"), FakeSession("10.1.0.2")
    return one, other, FakeConnection(one, other)


def test_a_lease_is_on_each_node_for_its_lifetime_and_gone_at_the_end(tmp_path: Path, clock: Clock) -> None:
    one, other, connection = pair()
    with lock(tmp_path, connection, clock) as held:
        (lease,) = one.leases.values()
        assert (lease.owner, lease.run, lease.measure, lease.reason, lease.ticket) == (
            operator_name(),
            "r1",
            "demo",
            "why",
            "CHG1",
        )
        assert (lease.taken, lease.expires, len(lease.token)) == (SHOWN, SHOWN + LIFETIME, 32)
        assert [*other.files] == [FIRST]
        assert held.facts() == {"nodes": ["10.1.0.2:443", "10.1.0.11:443"]}, "in the order of their addresses"
        assert nodes_with_left_lock(tmp_path, "gw-a") == {"10.1.0.2:443", "10.1.0.11:443"}
        assert {*held.files_seen()} == {"10.1.0.2:443", "10.1.0.11:443"}
        assert connection.renew_lease == held.keep
        assert (held.replaced, held.lost, held.notes) == (False, "", [])
    assert (one.files, other.files, nodes_with_left_lock(tmp_path, "gw-a")) == ({}, {}, set())
    assert connection.renew_lease is no_lease


def test_without_a_lock_nothing_is_written_and_that_is_said(tmp_path: Path, clock: Clock) -> None:
    one, _other, connection = pair()
    with lock(tmp_path, connection, clock, lock=False) as held:
        held.confirm(one)  # type: ignore[arg-type]
        assert held.notes == ["no lock was taken on the appliance (lock: false): other runs were not kept out"]
        assert one.files == {}


@pytest.mark.parametrize("on_primary", [True, False])
def test_the_lease_of_another_run_is_left_and_none_of_ours_stays(
    tmp_path: Path, clock: Clock, on_primary: bool
) -> None:
    one, other, connection = pair()
    taken = one if on_primary else other
    taken.files[FIRST] = OTHERS.to_bytes()
    with pytest.raises(Refused, match=r"p\.visser@elsewhere .* holds the lock.* Nothing was changed\.$"):
        lock(tmp_path, connection, clock).__enter__()
    assert taken.leases == {FIRST: OTHERS}
    assert (other if on_primary else one).files == {}
    assert nodes_with_left_lock(tmp_path, "gw-a") == set()
    assert connection.renew_lease is no_lease
    with lock(tmp_path, FakeConnection(FakeSession("10.1.0.9")), clock) as held:
        assert not held.lost, "the lock of this control node was given back"


@pytest.mark.parametrize(
    ("there", "more", "status", "replaced"),
    [
        (replace(OTHERS, expires=SHOWN), {}, "expired", True),
        (OTHERS, {"break_lock": "it is dead"}, "broken", True),
    ],
)
def test_a_lease_that_may_be_replaced_is_and_that_is_noted(
    tmp_path: Path, clock: Clock, there: Lock, more: dict[str, Any], status: str, replaced: bool
) -> None:
    one = FakeSession("10.1.0.11", {FIRST: there.to_bytes()})
    with lock(tmp_path, FakeConnection(one), clock, **more) as held:
        assert [*one.files] == [SECOND]
        assert held.replaced is replaced
        assert held.facts()[status] == held.notes
        assert held.notes[0].startswith(
            "gw-a (10.1.0.11): p.visser@elsewhere (run r2, demo: a test, CHG2) holds the lock"
        )
        assert held.files_seen() == {}, "its run may have written since"
    assert one.files == {}


def test_a_lease_of_a_dead_run_of_ours_is_resumed_and_nobody_was_replaced(tmp_path: Path, clock: Clock) -> None:
    one = FakeSession("10.1.0.11")
    dead = lock(tmp_path, FakeConnection(one), clock)
    dead.__enter__()
    dead._local.release()  # as the operating system does
    with lock(tmp_path, FakeConnection(one), clock) as held:
        assert ([*held.facts()], held.replaced) == (["nodes", "own"], False)
    assert one.files == {}


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (NitroError("gw-a", "POST systemfile", 507, 1, "no space"), "Make room for it, or go on without one: "),
        (NotAuthorized("gw-a", "POST systemfile", 403, 2138, "Not authorized"), "Allow the user to (docs/how-to/"),
    ],
)
def test_a_lease_that_cannot_be_written_refuses_the_run(
    tmp_path: Path, clock: Clock, error: NitroError, fix: str
) -> None:
    one, other, connection = pair()
    one.broken = error
    with pytest.raises(Refused) as refused:
        lock(tmp_path, connection, clock).__enter__()
    assert fix in str(refused.value)
    assert str(refused.value).endswith("-e lock=false. Nothing was changed.")
    assert (other.files, nodes_with_left_lock(tmp_path, "gw-a")) == ({}, set())


def test_a_lease_that_another_run_has_taken_ends_the_run_and_is_not_deleted(tmp_path: Path, clock: Clock) -> None:
    one, other, connection = pair()
    with lock(tmp_path, connection, clock) as held:
        held.confirm(one)  # type: ignore[arg-type]
        one.files = {SECOND: OTHERS.to_bytes()}
        with pytest.raises(LeaseLost, match=r"this run has lost the lock \(p\.visser@elsewhere .* has it now\)"):
            held.confirm(other)  # type: ignore[arg-type]
        one.files = {}
        for again in (lambda: held.confirm(one), lambda: held.confirm(other)):  # type: ignore[arg-type]
            with pytest.raises(LeaseLost, match=r"p\.visser"):
                again()
        held.keep()  # it asks nothing any more
        one.files = {SECOND: OTHERS.to_bytes()}
    assert one.leases == {SECOND: OTHERS}
    assert [*other.files] == [FIRST], "of a run that has lost it"


def test_a_secondary_that_cannot_be_read_ends_no_run_and_a_primary_does(tmp_path: Path, clock: Clock) -> None:
    one, other, connection = pair()
    with lock(tmp_path, connection, clock) as held:
        other.broken = NitroError("gw-a", "GET systemfile", 503, 0, "busy")
        held.confirm(other)  # type: ignore[arg-type]
        one.broken, other.broken = other.broken, None
        with pytest.raises(NitroError):
            held.confirm(other)  # type: ignore[arg-type]
        one.broken = None
        other.files = {}
        held.confirm(one)  # type: ignore[arg-type]
        with pytest.raises(LeaseLost, match="it is gone"):
            held.confirm(other)  # type: ignore[arg-type]


def test_a_primary_without_our_lease_is_not_written_to(tmp_path: Path, clock: Clock) -> None:
    _one, other, connection = pair()
    connection.members = connection.members[:1]
    with lock(tmp_path, connection, clock) as held:
        connection.primary = other
        with pytest.raises(Refused, match=r"10\.1\.0\.2\): the node that is primary now does not have our lock"):
            held.confirm(other)  # type: ignore[arg-type]


def test_a_lease_is_renewed_by_its_age_and_the_clock_that_the_node_shows(tmp_path: Path, clock: Clock) -> None:
    one = FakeSession("10.1.0.11")
    with lock(tmp_path, FakeConnection(one), clock) as held:
        clock.now += RENEW_AFTER - 1
        held.keep()
        assert [*one.files] == [FIRST]
        clock.now += 1
        one.shown = SHOWN + timedelta(seconds=RENEW_AFTER)
        held.keep()
        assert {name: lease.expires for name, lease in one.leases.items()} == {SECOND: one.shown + LIFETIME}
        assert held.notes == []
        clock.now += RENEW_AFTER
        one.shown += timedelta(seconds=RENEW_AFTER) + CLOCK_STEP
        held.confirm(one)  # type: ignore[arg-type]
        assert (len(one.files), held.notes) == (1, []), "a small difference is none"
        clock.now += RENEW_AFTER
        one.shown -= timedelta(hours=1)
        held.keep()
        assert [lease.expires for lease in one.leases.values()] == [one.shown + LIFETIME]
        assert len(held.notes) == 1
        assert (
            f"the clock of the appliance was changed while this run worked (it says {one.shown}, and should say"
            in held.notes[0]
        )
        clock.now += RENEW_AFTER
        one.shown = None
        held.keep()
        assert len(one.files) == 1
    assert one.files == {}


def test_a_renewal_that_fails_is_tried_again_and_a_lease_that_expired_without_one_is_lost(
    tmp_path: Path, clock: Clock
) -> None:
    one = FakeSession("10.1.0.11")
    busy = NitroError("gw-a", "GET nsconfig", 503, 0, "busy")
    with lock(tmp_path, FakeConnection(one), clock) as held:
        clock.now += RENEW_AFTER
        one.broken = busy
        held.keep()
        assert not held.lost
        one.broken, one.shown = None, SHOWN + timedelta(seconds=RENEW_AFTER)
        clock.now += RETRY_AFTER - 1
        held.keep()
        assert [*one.files] == [FIRST], "it is not tried all the time"
        clock.now += 1
        held.keep()
        assert [*one.files] == [SECOND]
        one.broken = busy
        clock.now += LIFETIME.total_seconds() - 1
        held.keep()
        assert not held.lost
        clock.now += 1
        with pytest.raises(LeaseLost, match="it has expired, and cannot be renewed"):
            held.keep()
        assert held.lost
        one.broken = None
    assert [*one.files] == [SECOND]


def test_a_lease_without_an_end_is_not_renewed(tmp_path: Path, clock: Clock) -> None:
    one = FakeSession("10.1.0.11", shown=None)
    with lock(tmp_path, FakeConnection(one), clock) as held:
        clock.now += 10 * LIFETIME.total_seconds()
        held.keep()
        assert [lease.expires for lease in one.leases.values()] == [None]
    assert one.files == {}


@pytest.mark.parametrize(
    ("in_doubt", "error", "stays"),
    [(True, None, True), (False, None, False), (False, Refused("no"), False), (False, KeyboardInterrupt(), True)],
)
def test_a_lease_stays_where_something_is_in_doubt(
    tmp_path: Path, clock: Clock, in_doubt: bool, error: BaseException | None, stays: bool
) -> None:
    one = FakeSession("10.1.0.11")
    held = lock(tmp_path, FakeConnection(one), clock)
    with contextlib.suppress(Refused, KeyboardInterrupt), held:
        held.record = SimpleNamespace(in_doubt=in_doubt)  # type: ignore[assignment]
        if error is not None:
            raise error
    assert bool(one.files) is stays
    text = "the lock stays, because something is in doubt: the same playbook from this control node resumes it"
    assert held.notes == ([text] if stays else [])
    assert bool(nodes_with_left_lock(tmp_path, "gw-a")) is stays


def test_a_lock_is_looked_at_before_a_run(tmp_path: Path, clock: Clock) -> None:
    one, _other, connection = pair()
    given = parameters(tmp_path)
    assert check_lock(connection, given, writes=True) == []  # type: ignore[arg-type]
    one.files[FIRST] = OTHERS.to_bytes()
    assert check_lock(connection, given, writes=True) == [], "it is read once"  # type: ignore[arg-type]
    connection.lock_content = UNREAD
    assert check_lock(connection, parameters(tmp_path, lock=False), writes=True) == []  # type: ignore[arg-type]
    (remark,) = check_lock(connection, given, writes=False)  # type: ignore[arg-type]
    assert remark.startswith("the lock: p.visser@elsewhere")
    with pytest.raises(Refused, match=r"^gw-a: p\.visser@elsewhere .* Nothing was changed\.$"):
        check_lock(connection, given, writes=True)  # type: ignore[arg-type]
    connection.lock_content, one.broken = UNREAD, NitroError("gw-a", "GET systemfile", 503, 0, "busy")
    (remark,) = check_lock(connection, given, writes=True)  # type: ignore[arg-type]
    assert remark.startswith("whether somebody holds the lock cannot be read: ")


def test_what_a_dead_run_left_is_released_by_the_next_one_that_has_nothing_to_write(
    tmp_path: Path, clock: Clock
) -> None:
    one, other, connection = pair()
    given = parameters(tmp_path)
    assert not may_have_left_lock(connection, given)  # type: ignore[arg-type]
    dead = lock(tmp_path, connection, clock)
    dead.__enter__()
    dead._local.release()
    other.files[SECOND] = OTHERS.to_bytes()
    assert may_have_left_lock(connection, given)  # type: ignore[arg-type]
    assert not may_have_left_lock(connection, parameters(tmp_path, lock=False))  # type: ignore[arg-type]
    release_left_lock(connection, given)  # type: ignore[arg-type]
    assert (one.files, other.leases) == ({}, {SECOND: OTHERS})
    assert connection.lock_notes == [
        f"gw-a ({host}): the lock of the run r1, which died, was released" for host in ("10.1.0.11", "10.1.0.2")
    ]
    assert nodes_with_left_lock(tmp_path, "gw-a") == set()
    connection.lock_notes.clear()
    release_left_lock(connection, given)  # type: ignore[arg-type]
    assert connection.lock_notes == []
