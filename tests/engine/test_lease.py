# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run that works keeps its lease, and a run that has lost it writes nothing any more and says what it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import change_transaction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change import Harm, ProofFindings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change_transaction import (
    ChangeTransaction,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import appliance_lock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.appliance_lock import ApplianceLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import (
    LeaseLost,
    NodeLease,
    delete_leases_of,
    lease_name,
    newest_lease,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lock_content import Lock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Prober
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.proven_run import ApplyProof

from tests.engine.control_nodes import FOREIGN_LOCK, before, files, lease_files, lock_on, put_lock
from tests.engine.records import records_of
from tests.stage.memory import MITIGATION, Stage

NAME = f"tq_{MITIGATION.id}"
BIND = "responderglobal_responderpolicy_binding"
NOW = datetime(2020, 1, 15, 2)  # noqa: DTZ001 -- the appliance's clock has no zone


def theirs(stage: Stage) -> Stage:
    """Another control node at the same appliance."""
    return Stage(stage.simulator, stage.records.parent / "theirs")


def writes(stage: Stage) -> list[str]:
    own = ("login", "logout", "nspartition?action=Switch")
    sent = [entry for entry in stage.simulator.requests() if entry["side"] == "nitro" and entry["method"] != "GET"]
    targets = [(entry["method"], entry["target"].removeprefix("/nitro/v1/config/")) for entry in sent]
    return [f"{method} {target}" for method, target in targets if target not in own]


@contextmanager
def meanwhile(act: Callable[[], object], type_: str) -> Iterator[None]:
    """Let something happen right before the lease is confirmed for the first write to a type, once."""
    real, done = Session.write, iter([True])
    confirmed = ApplianceLock.confirm
    hung: list[str] = []

    def writing(session: Session, method: str, path: str, *arguments: Any, **options: Any) -> Any:
        hung.append(path)
        return real(session, method, path, *arguments, **options)

    def confirming(lock: ApplianceLock, session: Session) -> None:
        if any(path.startswith(type_) for path in hung) and next(done, False):
            act()
        confirmed(lock, session)

    with mock.patch.object(Session, "write", writing), mock.patch.object(ApplianceLock, "confirm", confirming):
        yield


# -- lost --------------------------------------------------------------------------------------------------------------


def test_a_run_whose_lock_was_broken_leaves_the_other_runs_rule(ours: Stage) -> None:
    """A hangs after its policy, B breaks the lock and applies; A sends nothing any more."""

    def they_break_it() -> None:
        assert theirs(ours).apply(break_lock="it hangs").verdict.word == "mitigated"
        ours.simulator.clear_requests()

    with meanwhile(they_break_it, "responderpolicy"), pytest.raises(LeaseLost) as lost:
        ours.apply()
    assert writes(ours) == []
    assert any(BIND in row for row in ours.configuration("saved"))
    assert theirs(ours).status().verdict.word == "mitigated"
    text = str(lost.value)
    assert "box: this run has lost the lock (it is gone), so it writes nothing any more, not even an undo." in text
    assert "4 of 5 steps are in place (enable ns feature RESPONDER; add audit messageaction " in text
    assert "It is not saved, and a reboot would remove it unless the other run saves." in text
    record = records_of(ours.records, "box", MITIGATION.id)[-1]
    assert f"The record is {record.path}." in text
    assert "run apply.yml again, which continues this run, or rollback.yml -e why=undo" in text
    assert (record.outcome, record.saved) == ("failed", False)


@pytest.mark.parametrize("what", ["harm", "save"])
def test_a_run_that_lost_it_during_the_proof_neither_undoes_nor_saves(
    ours: Stage, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    real = ApplyProof.after

    def after(proof: ApplyProof, *arguments: Any) -> ProofFindings:
        found = real(proof, *arguments)
        put_lock(ours)
        ours.simulator.clear_requests()
        return found if what == "save" else ProofFindings(facts={}, harm=Harm("legitimate traffic was harmed", "/a"))

    monkeypatch.setattr(ApplyProof, "after", after)
    with pytest.raises(LeaseLost, match=r"alice@elsewhere .* has it now\), so it writes nothing any more") as lost:
        ours.apply()
    assert writes(ours) == []
    assert "5 of 5 steps are in place" in str(lost.value)
    assert (lock_on(ours) or {})["token"] == "their-token"
    assert any(BIND in row for row in ours.configuration())
    assert not any(BIND in row for row in ours.configuration("saved"))


def test_a_rollback_that_lost_it_stops_between_two_steps(ours: Stage) -> None:
    ours.apply()
    ours.simulator.clear_requests()
    with meanwhile(lambda: put_lock(ours), "responderpolicy"), pytest.raises(LeaseLost, match=r"2 of \d steps are in"):
        ours.rollback()
    assert [line.partition("?")[0] for line in writes(ours)][-2:] == [
        f"DELETE {BIND}",
        f"DELETE responderpolicy/{NAME}",
    ]
    assert any("responderaction" in row and NAME in row for row in ours.configuration())


def test_a_save_that_waited_for_another_one_is_not_sent_again_without_it(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours.simulator.appliance("box").fault(kind="nitro_error", method="POST", type="nsconfig", code=293)
    monkeypatch.setattr(Session, "save", _saving(Session.save, lambda: put_lock(ours)))
    with pytest.raises(LeaseLost, match=r"5 of 5 steps are in place.* It is not saved"):
        ours.apply()
    assert sum("nsconfig?action=save" in line for line in writes(ours)) == 1
    assert not any(BIND in row for row in ours.configuration("saved"))


def _saving(save: Callable[..., None], during_the_wait: Callable[[], object]) -> Callable[..., None]:
    def saving(session: Session, before_again: Callable[[], None]) -> None:
        session._sleep = lambda _seconds: during_the_wait() and None
        save(session, before_again)

    return saving


def test_a_lease_that_was_deleted_by_hand_is_lost(ours: Stage) -> None:
    node = ours.simulator.fleet.appliances["box"].nodes[0]
    with meanwhile(lambda: node.files.pop("/var/tmp/tourniquet_lock.txt"), "nsfeature"), pytest.raises(LeaseLost):
        ours.apply()
    assert writes(ours)[-1] == "POST nsfeature?action=enable"


def test_a_lease_that_is_lost_at_the_end_leaves_the_copies_as_they_are(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before(monkeypatch, ApplyProof, "finished", lambda: put_lock(ours))
    with Connection(ours.appliance) as connection:
        deployment = Deployment(connection, ours.parameters())
        assert deployment.apply().verdict.word == "mitigated"
        assert deployment.lock is not None
        assert any("copies of the record could not be finished" in note for note in deployment.lock.notes)
    assert [name for name in files(ours) if name.endswith("_begun.txt")]
    assert (lock_on(ours) or {})["token"] == "their-token"


@pytest.mark.parametrize("node", [0, 1])
def test_the_primarys_lease_decides_about_steps_and_each_nodes_about_its_files(pair_ours: Stage, node: int) -> None:
    with Connection(pair_ours.appliance) as connection, ApplianceLock(connection, pair_ours.parameters()) as lock:
        put_lock(pair_ours, node)
        assert connection.secondary is not None
        if node == 0:
            with pytest.raises(LeaseLost, match=r"node .*: this run has lost the lock"):
                lock.confirm(connection.primary)
        else:
            lock.confirm(connection.primary)
        with pytest.raises(LeaseLost):
            lock.confirm(connection.secondary)
        with pytest.raises(LeaseLost):
            lock.confirm(connection.primary)
    assert (lock_on(pair_ours, node) or {})["token"] == "their-token"
    assert lock_on(pair_ours, 1 - node) is not None, "a run that has lost it writes nothing on the other node either"


def test_a_secondary_that_hangs_up_ends_no_run(pair_ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    box = pair_ours.simulator.appliance("box")
    before(monkeypatch, ChangeTransaction, "_execute", lambda: box.fault(kind="refuse", node=1))
    assert pair_ours.apply().verdict.word == "partly"


def test_a_lease_that_cannot_be_read_is_not_confirmed(ours: Stage) -> None:
    fault = {"kind": "nitro_error", "method": "GET", "type": "systemfile", "code": 2138, "times": 0}
    box = ours.simulator.appliance("box")
    with meanwhile(lambda: box.fault(**fault), "nsfeature"), pytest.raises(TourniquetError, match="2138"):
        ours.apply()
    assert writes(ours)[-1] == "POST nsfeature?action=enable"
    box.clear_faults()
    assert ours.apply().verdict.word == "mitigated"


# -- renewed -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renew at each opportunity."""
    monkeypatch.setattr(appliance_lock, "RENEW_AFTER", 0.0)
    monkeypatch.setattr(appliance_lock, "RETRY_AFTER", 0.0)


@pytest.mark.usefixtures("always")
def test_at_each_request_somebody_holds_the_lease(pair_ours: Stage) -> None:
    exchange, seen = Session._exchange, []

    def looking(session: Session, *arguments: Any, **options: Any) -> Any:
        seen.append([len(lease_files(pair_ours, node)) for node in (0, 1)])
        return exchange(session, *arguments, **options)

    with mock.patch.object(Session, "_exchange", looking):
        assert pair_ours.apply().verdict.word == "mitigated"
    for node in (0, 1):
        counts = [both[node] for both in seen]
        held = counts[counts.index(1) : len(counts) - counts[::-1].index(1)]
        assert set(held) == {1, 2}, "one, and two while it is renewed"
        assert not lease_files(pair_ours, node)


@pytest.mark.usefixtures("always")
def test_a_long_proof_renews_it_between_the_probes(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers: list[int] = []
    ask_all = Prober.ask_all

    def asking(prober: Prober, *arguments: Any) -> Any:
        answers = ask_all(prober, *arguments)
        numbers.extend(number for number in range(100) if lease_name(number) in files(ours))
        return answers

    monkeypatch.setattr(Prober, "ask_all", asking)
    assert ours.apply().verdict.word == "mitigated"
    assert len(numbers) > 2
    assert numbers == sorted(set(numbers)), "a new one with each probe"


@pytest.mark.usefixtures("always")
def test_a_renewed_lease_ends_later_by_the_clock_that_the_appliance_shows_then(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = ours.simulator.appliance("box")
    with Connection(ours.appliance) as connection, ApplianceLock(connection, ours.parameters()) as lock:
        box.advance(600)
        lock.keep()
        assert (lock_on(ours) or {})["expires"].startswith("2020-01-15 02:25:")
        box.fault(kind="clock_skew", seconds=-86_400)
        lock.keep()
        assert (lock_on(ours) or {})["expires"].startswith("2020-01-14 02:25:")
        assert sum("the clock of the appliance was changed while this run worked" in note for note in lock.notes) == 2
        with pytest.raises(Refused, match="until 2020-01-14 02:25:"):
            theirs(ours).apply()
    assert lock_on(ours) is None


def test_a_clock_that_jumps_ends_no_honest_run(ours: Stage) -> None:
    """It has expired by that clock, and nobody has taken it over."""
    with meanwhile(lambda: ours.simulator.appliance("box").advance(86_400), "responderaction"):
        assert ours.apply().verdict.word == "mitigated"


def test_an_expired_lease_that_nobody_has_taken_is_renewed_before_the_next_write(ours: Stage) -> None:
    seconds = [0.0]
    with (
        Connection(ours.appliance) as connection,
        ApplianceLock(connection, ours.parameters(), clock=lambda: seconds[0]) as lock,
    ):
        seconds[0] = 299.0
        lock.confirm(connection.primary)
        assert list(files(ours)) == ["tourniquet_lock.txt"]
        seconds[0] = 5000.0
        lock.confirm(connection.primary)
        assert list(files(ours)) == ["tourniquet_lock_1.txt"]


def test_a_lease_that_cannot_be_renewed_lasts_until_it_expires(ours: Stage) -> None:
    seconds, box = [0.0], ours.simulator.appliance("box")
    with (
        Connection(ours.appliance) as connection,
        ApplianceLock(connection, ours.parameters(), clock=lambda: seconds[0]) as lock,
    ):
        box.fault(kind="nitro_error", method="POST", type="systemfile", code=284, times=0)
        for seconds[0] in (300.0, 310.0, 331.0, 890.0):
            lock.confirm(connection.primary)
        assert len([line for line in writes(ours) if "systemfile" in line]) == 4, "one to take it, three to renew it"
        seconds[0] = 900.0
        with pytest.raises(LeaseLost, match=r"it has expired, and cannot be renewed: .*284"):
            lock.confirm(connection.primary)
    box.clear_faults()
    assert lock_on(ours) is not None, "not even released"
    assert ours.apply().verdict.word == "mitigated"


def test_a_renewal_whose_answer_was_lost_counts(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with Connection(ours.appliance) as connection, ApplianceLock(connection, ours.parameters()) as lock:
        (held,) = lock._held
        content = held.lease.lease.to_bytes()
        ours.simulator.fleet.appliances["box"].nodes[0].write_file("/var/tmp/tourniquet_lock_1.txt", content)
        monkeypatch.setattr(appliance_lock, "RENEW_AFTER", 0.0)
        lock.confirm(connection.primary)
        assert held.lease.number == 1
    assert lock_on(ours) is None


# -- two runs meet -----------------------------------------------------------------------------------------------------


def lease(token: str, *, expires: timedelta = timedelta(minutes=15)) -> Lock:
    return Lock(f"{token}@node", token, "run", "demo", "", "", token, NOW, NOW + expires)


def anything(_lease: Lock) -> None:
    """Every lease may be replaced."""


def only_as_of(moment: datetime) -> Callable[[Lock], None]:
    def judge(there: Lock) -> None:
        if not there.is_over(moment):
            raise Refused(f"{there} holds the lock")

    return judge


@pytest.fixture
def session(ours: Stage) -> Iterator[Session]:
    with Session(ours.appliance, ours.appliance.nodes[0]) as opened:
        yield opened


def owner_on(stage: Stage) -> list[str]:
    return [json.loads(content)["token"] for content in lease_files(stage)]


def test_who_renews_first_keeps_it(ours: Stage, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """B has judged A's lease as expired; A renews it before B creates the next file."""
    ours_first = NodeLease.take(session, lease("a"), anything)
    later = only_as_of(NOW + timedelta(minutes=20))

    def judge(there: Lock) -> None:
        later(there)
        ours_first.renew(lease("a", expires=timedelta(hours=1)))

    with pytest.raises(Refused, match="a@node"):
        NodeLease.take(session, lease("b"), judge)
    ours_first.confirm()
    assert owner_on(ours) == ["a"]


def test_who_takes_over_first_has_it(ours: Stage, session: Session) -> None:
    first = NodeLease.take(session, lease("a"), anything)
    second = NodeLease.take(session, lease("b"), anything)
    for attempt in (first.confirm, lambda: first.renew(lease("a"))):
        with pytest.raises(LeaseLost, match="b@node"):
            attempt()
    second.confirm()
    assert owner_on(ours) == ["b"]


def test_a_renewal_meets_a_take_over_in_the_middle(
    ours: Stage, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B has created the next file, and not deleted A's yet."""
    first = NodeLease.take(session, lease("a"), anything)

    def a_renews() -> None:
        with pytest.raises(LeaseLost, match="b@node"):
            first.renew(lease("a"))

    before(monkeypatch, NodeLease, "_has_replaced", a_renews)
    second = NodeLease.take(session, lease("b"), anything)
    second.confirm()
    assert owner_on(ours) == ["b"]


def test_a_run_that_slept_through_a_whole_other_run_has_lost_it(ours: Stage, session: Session) -> None:
    first = NodeLease.take(session, lease("a"), anything)
    NodeLease.take(session, lease("b"), anything).release()
    with pytest.raises(LeaseLost, match="it is gone"):
        first.renew(lease("a"))
    assert owner_on(ours) == []


def test_a_beginner_who_finds_number_zero_free_withdraws_before_a_renewed_lease(ours: Stage, session: Session) -> None:
    first = NodeLease.take(session, lease("a"), anything)
    first.renew(lease("a"))
    with pytest.raises(Refused, match="a@node"):
        NodeLease.take(session, lease("b"), only_as_of(NOW))
    first.confirm()
    assert (owner_on(ours), list(files(ours))) == (["a"], ["tourniquet_lock_1.txt"])


def test_what_was_judged_is_what_is_replaced(ours: Stage, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """B judges A's lease; A releases it and C begins before B has created its file."""
    first = NodeLease.take(session, lease("a"), anything)
    third: list[NodeLease] = []

    def judge(there: Lock) -> None:
        if there.token != "a":
            raise Refused(f"{there} holds the lock")
        first.release()
        third.append(NodeLease.take(session, lease("c"), anything))

    with pytest.raises(Refused, match="c@node"):
        NodeLease.take(session, lease("b"), judge)
    third[0].confirm()
    assert owner_on(ours) == ["c"]


def test_a_lease_whose_file_cannot_be_deleted_is_not_taken_over(ours: Stage, session: Session) -> None:
    """Its owner would go on."""
    NodeLease.take(session, lease("a"), anything)
    fault = {"kind": "nitro_error", "method": "DELETE", "type": "systemfile", "code": 257}
    ours.simulator.appliance("box").fault(**fault)
    with pytest.raises(TourniquetError, match="257"):
        NodeLease.take(session, lease("b"), anything)
    assert owner_on(ours) == ["a"]


def test_names_that_only_look_like_ours_do_not_count(ours: Stage, session: Session) -> None:
    node = ours.simulator.fleet.appliances["box"].nodes[0]
    for name in (
        "tourniquet_lock_0.txt",
        "tourniquet_lock_01.txt",
        "tourniquet_lock_1234567890.txt",
        "tourniquet_lock_1.txt.bak",
    ):
        node.write_file(f"/var/tmp/{name}", b"x")
    assert newest_lease(session) is None


@pytest.mark.parametrize("number", [999_990_000, 999_999_998, 999_999_999])
def test_a_number_after_which_no_renewal_would_be_seen_is_refused_with_the_fix(
    ours: Stage, session: Session, number: int
) -> None:
    node = ours.simulator.fleet.appliances["box"].nodes[0]
    node.write_file(f"/var/tmp/tourniquet_lock_{number}.txt", b"x")
    with pytest.raises(Refused, match=r"was not written by Tourniquet.*delete it on the appliance"):
        ours.apply(break_lock="it is nonsense")
    assert writes(ours)[-1].startswith("DELETE systemfile/tourniquet_lock.txt"), "our own attempt"


# -- clocks of others ---------------------------------------------------------------------------------------------------


def test_ten_thousand_files_are_refused_and_not_deleted_one_by_one(ours: Stage, session: Session) -> None:
    """Each of them would cost a request, with the time of the task and the patience of a person."""
    node = ours.simulator.fleet.appliances["box"].nodes[0]
    ours.apply()
    for number in range(1, 10_001):
        node.write_file(f"{DIRECTORY}/{lease_name(number)}", json.dumps(FOREIGN_LOCK).encode())
    before, saved = files(ours), ours.configuration("saved")
    ours.simulator.clear_requests()
    with pytest.raises(
        Refused,
        match=r"/var/tmp has 10000 files of locks .* delete them on the appliance, or go on without a lock: -e lock=false\. N",
    ):
        ours.rollback_all(break_lock="it is dead")
    with pytest.raises(Refused, match=r"/var/tmp has 10000 files of locks"):
        delete_leases_of(session, "alice@elsewhere", "elsewhere")
    assert len(ours.simulator.requests()) < 60
    assert (files(ours), ours.configuration("saved")) == (before, saved)


def test_a_lock_of_2099_is_told_and_can_be_broken(ours: Stage) -> None:
    put_lock(ours, expires="2099-01-01 00:00:00")
    with pytest.raises(Refused) as refused:
        ours.apply()
    text = str(refused.value)
    assert "No run asks for more than 60 minutes, and the appliance says that it is 2020-01-15 02:" in text
    assert "break its lock with --limit box -e \"break_lock='<why>'\"" in text
    assert ours.apply(break_lock="it says 2099").verdict.word == "mitigated"
    assert lock_on(ours) is None


def test_what_a_run_wrote_in_the_second_in_which_it_was_taken_over_is_seen(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of the last change has seconds only, so under a lease that was taken over the appliance is read again."""

    def they_write(deployment: Deployment) -> None:
        theirs(ours).apply(version=1, lock=False)
        monkeypatch.setattr(change_transaction, "last_change", lambda _session: deployment.planned_at)

    put_lock(ours, expires="2020-01-15 01:59:59")
    with pytest.raises(Refused, match="between the plan and the lock"):
        ours.apply(they_write)
    assert lock_on(ours) is None
