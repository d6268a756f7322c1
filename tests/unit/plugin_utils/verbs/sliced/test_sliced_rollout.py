# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollout over pretended execution nodes: the canary is alone, one failure stops all nodes, a lost node is noticed, and nothing is done twice."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.chosen_appliances import require_version
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.execution_nodes import ExecutionNode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job import (
    Job,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job_standing import Loss, Standing
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.records_home import RecordsHome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.seen_by_plans import SeenByPlans
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.worker_stream import (
    WorkerAnswer,
    read_stream,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout, earlier_rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.options import RolloutOptions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.sliced import sliced_rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.sliced.sliced_rollout import (
    SlicedFleet,
    SlicedRollout,
)

from tests.unit.plugin_utils.fleet.slices.pretended_node import answered, plan_values, result
from tests.unit.plugin_utils.fleet.slices.test_worker_stream import broken_lzma, stream

FACTS = {"verb": "apply", "measure": "cve_x", "run": "r1", "who": {}, "ticket": "", "reason": ""}
NODES = [ExecutionNode(name, ("worker",)) for name in ("amsterdam", "utrecht")]
LOST = WorkerAnswer(problem="its stream ended in the middle")
Node = Callable[[Job], WorkerAnswer]


def honest(job: Job) -> WorkerAnswer:
    """A node that does what it is told."""
    hosts = job.slice.hosts
    changed = not job.check and job.verb == "apply"
    plans = {host: plan_values(host) for host in hosts} if job.check else {}
    return answered({host: result(changed=changed) for host in hosts}, plans)


class World:
    """A fleet, and nodes that note what they were asked for."""

    def __init__(self, directory: Path, count: int = 12, most: int = 2) -> None:
        self.directory = directory
        self.hosts = [f"gw-{number:02}" for number in range(count)]
        self.most = most
        self.jobs: list[Job] = []
        self.said: list[str] = []
        self.node: Node = honest
        self.groups: dict[str, list[str]] = {}

    def work_on(self, job: Job) -> WorkerAnswer:
        self.jobs.append(job)
        return self.node(job)

    def sliced(self, run: str = "r1", verb: str = "apply", demands: Mapping[str, Any] | None = None) -> SlicedRollout:
        groups = {name: {"hosts": hosts} for name, hosts in self.groups.items()}
        export = {"_meta": {"hostvars": {host: {} for host in self.hosts}}, **groups}
        fleet = SlicedFleet(
            hosts=self.hosts,
            export=export,
            assignment={host: NODES[number % len(NODES)] for number, host in enumerate(self.hosts)},
            places={},
            shared={},
            demands=demands or {},
            variables={"mitigation": "cve_x", "accept_unreachable": 3, "tourniquet_notify": "x"},
            common={},
            files={},
            most=self.most,
            forks=4,
            timeout=900.0,
        )
        rollout = Rollout(self.directory / f"20260101T00000{run[-1]}Z-{run}")
        home = RecordsHome(self.directory / "home", RecordTrust(key=self.directory / "key"))
        self.current = SlicedRollout(rollout, verb, fleet, self.work_on, self.said.append, run, home)
        return self.current

    def roll_out(self, run: str = "r1", max_failed: int = 0, verb: str = "apply", **options: Any) -> SlicedRollout:
        """Plan, decide, and carry out."""
        sliced = self.sliced(run, verb)
        sliced.plan(None, [])
        chosen = RolloutOptions.from_variables({"bake_seconds": 0, "max_failed": max_failed, **options})
        earlier, _unreadable = earlier_rollout(self.directory, sliced.rollout.directory, "apply", "cve_x", self.hosts)
        settlement = sliced.rollout.settle(self.hosts, chosen, earlier, goes_on=verb == "lockdown")
        sliced.rollout.begin(settlement, chosen, FACTS)
        sliced.carry_out(sliced.rollout.directory, [], max_failed)
        return sliced

    @property
    def applied(self) -> list[str]:
        """The appliances of all jobs that were no plans, in the order in which the jobs began."""
        return [host for job in self.jobs if not job.check and job.verb == "apply" for host in job.slice.hosts]


def wait_until(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_the_canary_goes_alone_and_each_appliance_once(world: World) -> None:
    sliced = world.roll_out()
    applied = [job for job in world.jobs if not job.check]
    assert applied[0].slice.hosts == ("gw-00",)
    assert sorted(world.applied) == world.hosts
    assert all(len(job.slice.hosts) <= world.most for job in applied)
    assert {job.slice.node.name for job in applied} == {"amsterdam", "utrecht"}
    assert sliced.problems == dict.fromkeys(world.hosts, "")
    assert sliced.rollout.course().done == set(world.hosts)


@pytest.mark.parametrize("follows", [True, False])
def test_a_job_of_a_plan_says_whether_it_is_to_be_carried_out(world: World, *, follows: bool) -> None:
    world.sliced().plan(None, [], follows=follows)
    assert {job.follows for job in world.jobs} == {follows}


def test_only_what_is_changed_is_cut_into_small_slices(world: World) -> None:
    """A plan and a proof change nothing, so that a brake has nothing to stop there, and each job has its price."""
    world.roll_out()
    assert [len(job.slice.hosts) for job in world.jobs if job.check] == [6, 6]
    assert max(len(job.slice.hosts) for job in world.jobs if not job.check) == world.most


def test_a_job_knows_its_own_appliances_and_the_plan_that_must_hold(world: World) -> None:
    world.roll_out()
    job = next(job for job in world.jobs if not job.check)
    assert list(job.inventory["all"]["hosts"]) == ["gw-00"]
    assert sorted(path.name for path in job.plan) == ["gw-00.conf", "gw-00.json"]
    assert job.variables["rollout_canary"] == 1
    assert (job.variables["accept_unreachable"], "tourniquet_notify" in job.variables) == (0, False)


def test_a_job_says_until_when_it_may_begin_and_what_its_plans_saw(world: World) -> None:
    copies = ["20200115T020000.000000Z-0123456789"]

    def node(job: Job) -> WorkerAnswer:
        if not job.check:
            return honest(job)
        seen = {"clock": round(time.time()) + 7200, "clock_skew": 7200, "copies": copies}
        plans = {host: plan_values(host, **(seen if host == "gw-00" else {})) for host in job.slice.hosts}
        return answered({host: result(changed=False) for host in job.slice.hosts}, plans)

    world.node = node
    before = datetime.now(UTC).replace(microsecond=0)
    world.roll_out()
    plans = [job for job in world.jobs if job.check]
    first, second, *_rest = [job for job in world.jobs if not job.check]
    assert {(job.clocks == {}, job.copies == {}) for job in plans} == {(True, True)}  # nothing was seen yet
    assert (first.slice.hosts, first.clocks, first.copies) == (("gw-00",), {"gw-00": 7200}, {"gw-00": tuple(copies)})
    assert (second.clocks, second.copies) == ({}, {})  # those of other appliances are not sent
    for job in world.jobs:
        assert job.run == "r1"
        assert timedelta() <= job.deadline - before - timedelta(seconds=900) <= timedelta(seconds=60)


def test_a_deadline_inside_a_slice_is_on_the_page_with_its_reason(world: World) -> None:
    """The node completes what it had begun, and holds what it had not: the wave is not good, so the next one does not begin."""
    late = "the job r1-9 of the run r1 begins nothing any more: its deadline 2026-12-01 03:14:20 UTC has passed by the clock of the appliance."

    def node(job: Job) -> WorkerAnswer:
        if job.check or "gw-02" not in job.slice.hosts:
            return honest(job)
        wait_until(lambda: {f"gw-{number:02}" for number in range(6)} <= {*world.applied})  # the other node has begun
        held = result(changed=False, problem=f"held: {late}")
        return answered({host: held if host == "gw-02" else result() for host in job.slice.hosts}, status="failed")

    world.node, world.most = node, 12
    sliced = world.roll_out(canary=2, waves=[4, "100%"])
    assert sliced.problems["gw-02"] == f"held: {late}"
    done = [host for host in world.hosts if sliced.problems.get(host) == ""]
    assert (len(done), "gw-02" in done) == (5, False)
    assert sliced.problems["gw-06"] == f"held: 1 failed: gw-02: {late}"
    assert sliced.lost == {}
    page = [line.text for line in end_page(PageRun(sliced.results, {h: p for h, p in sliced.problems.items() if p}))]
    assert any(text.split()[:2] == ["gw-02", "HELD"] for text in page), page
    assert f"    {late}" in page


def test_a_node_with_a_wrong_clock_is_named(world: World) -> None:
    def node(job: Job) -> WorkerAnswer:
        behind = {"clock": round(time.time()), "clock_skew": 3600} if job.slice.node.name == "utrecht" else {}
        plans = {host: plan_values(host, **behind) for host in job.slice.hosts} if job.check else {}
        return answered({host: result(changed=not job.check) for host in job.slice.hosts}, plans)

    world.node = node
    sliced = world.roll_out()
    assert sliced.notes == [
        (
            "the clock of the execution node utrecht is about 60 minutes behind the controller's, and the deadline of each job is judged by it: set it by NTP. "
            "Where the page says that the clocks of its appliances are off, they were compared with this one"
        )
    ]


def failing(*hosts: str) -> Node:
    def node(job: Job) -> WorkerAnswer:
        if job.check:
            return honest(job)
        return answered(
            {host: result(problem="failed: harmed" if host in hosts else "") for host in job.slice.hosts},
            status="failed",
        )

    return node


def test_a_canary_that_fails_stops_everything(world: World) -> None:
    world.node = failing("gw-00")
    sliced = world.roll_out()
    assert world.applied == ["gw-00"]
    assert sliced.problems["gw-00"] == "failed: harmed"
    assert all(sliced.problems[host] == "held: 1 failed: gw-00: harmed" for host in world.hosts[1:])


def test_one_failure_on_one_node_stops_what_has_not_begun_on_both(world: World) -> None:
    world.most = 1
    fails = failing("gw-02")

    def node(job: Job) -> WorkerAnswer:
        # The other node is at work while the first one fails, and its slice goes on to its end.
        if not job.check and job.slice.node.name == "utrecht":
            wait_until(lambda: world.current.rollout.course().failed)
        return fails(job)

    world.node = node
    sliced = world.roll_out(waves=["100%"])
    assert sorted(world.applied) == ["gw-00", "gw-01", "gw-02"]
    held = set(world.hosts) - set(world.applied)
    assert {sliced.problems[host] for host in held} == {"held: 1 failed: gw-02: harmed"}
    assert not any(sliced.results[host]["changed"] for host in held)
    assert sliced.problems["gw-01"] == ""


def test_as_many_may_fail_as_the_operator_says(world: World) -> None:
    world.node = failing("gw-02")
    sliced = world.roll_out(max_failed=1)
    assert sorted(world.applied) == world.hosts
    assert [host for host, problem in sliced.problems.items() if problem] == ["gw-02"]


def losing(name: str) -> Node:
    return lambda job: (
        LOST if not job.check and job.slice.node.name == name and len(job.slice.hosts) > 1 else honest(job)
    )


def test_a_node_that_is_lost_has_failed_and_its_appliances_come_first_the_next_time(world: World) -> None:
    world.node = losing("utrecht")
    sliced = world.roll_out(waves=["100%"])
    lost = sorted(sliced.lost)
    assert lost
    assert set(sliced.lost.values()) == {"utrecht"}
    until = {f"{sliced.losses[host].deadline:%Y-%m-%d %H:%M:%S} UTC" for host in lost}
    why = "failed: utrecht: its stream ended in the middle. What was done there is not known, and the job may still begin until"
    assert {sliced.problems[host] for host in lost} == {f"{why} {one}" for one in until}, "reports show no other line"
    assert all(word in sliced.next_action() for word in ("LOST", "utrecht", "15 minutes", "without_nodes=utrecht"))
    assert world.applied.count(lost[0]) == 1
    assert all(sliced.results[host].keys() == {"appliance"} for host in lost), "no verdict, and no change that is known"
    world.node, world.jobs = honest, []
    again = world.roll_out("r2")
    assert world.applied[0] in lost
    assert again.next_action() == ""


@pytest.mark.parametrize(("verb", "waits"), [("apply", True), ("reopen", True), ("lockdown", False), ("close", False)])
def test_the_page_of_a_closing_does_not_send_a_person_away_for_a_quarter_of_an_hour(
    world: World, verb: str, waits: bool
) -> None:
    sliced = world.sliced()
    sliced.verb = verb
    sliced.losses = {"gw-01": Loss("utrecht", Standing.OPEN, datetime.now(UTC) + timedelta(minutes=9))}
    assert ("this controller refuses them until then" in sliced.next_action()) is waits
    assert ("A closing does not wait for that" in sliced.next_action()) is not waits


def test_an_appliance_on_which_a_job_may_still_begin_is_sent_nothing_and_is_in_the_way(world: World) -> None:
    sliced = world.sliced()
    why = "the job r0-3 (rollback) of run r0 was lost at utrecht and may still begin until 2026-12-01 03:14:20 UTC; give the command again then"
    sliced.waits = {"gw-01": why}
    sliced.plan(None, [])
    assert sliced.problems["gw-01"] == f"refused: {why}"
    assert all("gw-01" not in job.slice.hosts for job in world.jobs)
    settlement = sliced.rollout.settle(world.hosts, RolloutOptions.from_variables({}), None)
    assert [(one.host, one.problem) for one in settlement.in_the_way] == [("gw-01", why)]


def test_a_closing_that_has_nothing_to_do_has_failed_where_a_job_may_still_open(world: World) -> None:
    """It leaves no record, so nothing would keep the job of a lost reopening away."""
    why = "the job r0-3 (reopen) of run r0 was lost at utrecht and may still begin until 2026-12-01 03:14:20 UTC; give the command again then"

    def node(job: Job) -> WorkerAnswer:
        plans = {host: plan_values(host, nothing_to_do=host == "gw-01") for host in job.slice.hosts}
        return answered({host: result(changed=not job.check) for host in job.slice.hosts}, plans if job.check else {})

    world.node = node
    sliced = world.sliced(verb="lockdown")
    sliced.in_doubt = {"gw-01": why, "gw-02": why}
    sliced.plan(None, [])
    sliced.results["gw-01"] = {**sliced.results["gw-01"], "changed": False}
    chosen = RolloutOptions.from_variables({"bake_seconds": 0})
    sliced.rollout.begin(sliced.rollout.settle(world.hosts, chosen, None, goes_on=True), chosen, FACTS)
    sliced.carry_out(sliced.rollout.directory, [], len(world.hosts))
    assert sliced.problems["gw-01"] == f"failed: nothing was to be done, but {why}"
    assert sliced.problems["gw-02"] == "", "its record keeps the job away"


def test_a_node_that_does_not_answer_is_not_a_lost_one(world: World) -> None:
    away = WorkerAnswer(problem="it does not answer (no route to node)", standing=Standing.NOT_SENT)
    world.node = lambda job: honest(job) if job.check or job.slice.node.name == "amsterdam" else away
    sliced = world.roll_out(waves=["100%"])
    not_reached = sorted(sliced.losses)
    assert not_reached
    assert sliced.lost == {}
    assert {sliced.problems[host] for host in not_reached} == {
        "failed: utrecht: it does not answer (no route to node). Nothing was sent, so nothing was changed"
    }
    assert sliced.next_action().startswith(f"NOT REACHED  {len(not_reached)} appliance")
    assert not any(sliced.results[host].get("changed") for host in not_reached)


def test_the_page_says_until_when_a_lost_job_may_begin(world: World) -> None:
    world.node = losing("utrecht")
    sliced = world.roll_out(waves=["100%"])
    deadline = next(job.deadline for job in world.jobs if {*job.slice.hosts} & {*sliced.lost} and not job.check)
    assert (
        f"it may still begin to change these appliances until {deadline:%Y-%m-%d %H:%M:%S} UTC" in sliced.next_action()
    )


@pytest.mark.parametrize("status", ["error", "timeout", ""])
def test_results_without_a_status_do_not_count(world: World, status: str) -> None:
    world.node = lambda job: (
        honest(job) if job.check else answered({host: result() for host in job.slice.hosts}, status=status)
    )
    sliced = world.roll_out()
    assert world.applied == ["gw-00"]
    assert sliced.lost == {"gw-00": "amsterdam"}


def test_an_appliance_that_its_node_does_not_name_is_lost(world: World) -> None:
    def forgetful(job: Job) -> WorkerAnswer:
        if job.check:
            return honest(job)
        return answered({host: result() for host in ("gw-00", *job.slice.hosts) if host != "gw-01"})

    world.node = forgetful
    sliced = world.roll_out(waves=["100%"])
    assert sliced.problems["gw-01"] == (
        "failed: it sent no result of this appliance that can be read. What was done there is not known"
    )
    assert "gw-01" in sliced.lost


def test_a_lost_node_in_the_plan_changes_nothing(world: World) -> None:
    world.node = lambda job: LOST if job.slice.node.name == "utrecht" else honest(job)
    sliced = world.roll_out()
    assert world.applied == []
    assert (sliced.rollout.manifest or {})["waves"] == []
    absences = (sliced.rollout.manifest or {})["in_the_way"]
    assert {one["problem"] for one in absences} == {"utrecht: its stream ended in the middle"}


def test_a_closing_goes_on_without_a_node_that_is_lost(world: World) -> None:
    def node(job: Job) -> WorkerAnswer:
        if job.slice.node.name == "utrecht":
            return LOST
        hosts = job.slice.hosts
        plans = {host: plan_values(host) for host in hosts} if job.check else {}
        problems = dict.fromkeys(() if job.check else ("gw-02",), "failed: MAY STAY OPEN")
        return answered({host: result(changed=not job.check, problem=problems.get(host, "")) for host in hosts}, plans)

    world.node = node
    sliced = world.roll_out(verb="lockdown", max_failed=len(world.hosts))
    closed = [host for job in world.jobs if not job.check for host in job.slice.hosts]
    assert closed == world.hosts[::2], "all of the other node, the canary first"
    assert {host for host, problem in sliced.problems.items() if problem} == {*world.hosts[1::2], "gw-02"}


def test_the_files_of_an_appliance_go_only_where_it_does(world: World, tmp_path: Path) -> None:
    sliced = world.sliced()
    sliced.fleet = replace(sliced.fleet, own_files={"gw-03": {"consent/1.json": tmp_path / "1.json"}})
    sliced.read()
    assert {job.slice.hosts for job in world.jobs if job.files} == {
        job.slice.hosts for job in world.jobs if "gw-03" in job.slice.hosts
    }


def test_a_plan_that_is_none_is_in_the_way(world: World) -> None:
    world.node = lambda job: answered({host: result() for host in job.slice.hosts})
    sliced = world.roll_out()
    assert {one["problem"] for one in (sliced.rollout.manifest or {})["in_the_way"]} == {
        "its execution node sent no plan that can be read"
    }


def test_who_is_unreachable_or_refused_is_so_for_the_controller(world: World) -> None:
    problems = {"gw-00": "unreachable: no route", "gw-01": "failed: conflicts"}

    def node(job: Job) -> WorkerAnswer:
        plans = {host: plan_values(host) for host in job.slice.hosts if host not in problems}
        return answered(
            {host: result(problem=problems.get(host, "")) for host in job.slice.hosts}, plans, status="failed"
        )

    world.node = node
    sliced = world.sliced()
    sliced.plan(None, [])
    settlement = sliced.rollout.settle(world.hosts, RolloutOptions(accept_unreachable=1, accept_refused=("gw-01",)))
    assert [(one.host, one.unreachable, one.problem) for one in settlement.left_out] == [
        ("gw-00", True, "no route"),
        ("gw-01", False, "conflicts"),
    ]


def test_a_broken_archive_of_one_node_costs_its_own_appliances_alone(world: World) -> None:
    """One member with broken LZMA properties: the results of all other nodes are there, and the appliances of that node are named."""

    def node(job: Job) -> WorkerAnswer:
        if job.slice.node.name != "utrecht":
            return honest(job)
        return read_stream(io.BytesIO(stream(files=broken_lzma(job.wanted[0]))), job.wanted)

    world.node = node
    sliced = world.sliced(verb="status")
    sliced.read()
    ours = {host for host in world.hosts if sliced.fleet.assignment[host].name == "utrecht"}
    assert 0 < len(ours) < len(world.hosts)
    assert {host for host in world.hosts if not sliced.problems.get(host)} == set(world.hosts) - ours
    for host in ours:
        assert "utrecht: its archive is compressed in a way that no job's is" in sliced.problems[host]


def test_what_a_node_says_of_approvals_does_not_count(world: World) -> None:
    world.node = lambda job: answered(
        {host: result() for host in job.slice.hosts},
        {
            host: plan_values(host, approvals={"wanted": 0, "plan": "/etc", "signers": "/tmp/own"})
            for host in job.slice.hosts
        },
    )
    demanded = {"wanted": 2, "plan": "", "signers": "/srv/allowed_signers"}
    sliced = world.sliced(demands={"gw-00": demanded})
    sliced.plan(None, [])
    of = {host: sliced.rollout.plan_of(host) for host in world.hosts}
    assert of["gw-00"] is not None
    assert of["gw-00"].values["approvals"] == demanded
    assert of["gw-01"] is not None
    assert "approvals" not in of["gw-01"].values


def test_a_node_whose_inventory_demands_approvals_is_told_where_its_records_and_key_are(world: World) -> None:
    """Its environment names a state directory, and where approvals are demanded that says nothing."""
    world.sliced(demands={"gw-00": {"wanted": 1}}).plan(None, [])
    for job in world.jobs:
        state, of_all = Path(job.slice.node.state), job.inventory["all"]["vars"]
        named = {"records": str(state / "records"), "tourniquet_record_key": str(state / "record_key")}
        assert of_all == (named if "gw-00" in job.slice.hosts else {})


def test_a_wave_is_proven_again_before_the_next_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(sliced_rollout.time, "sleep", slept.append)

    def node(job: Job) -> WorkerAnswer:
        if job.verb == "verify":
            return answered(
                {host: result(action="status", changed=False, problem="failed: exposed") for host in job.slice.hosts}
            )
        return honest(job)

    world.node = node
    sliced = world.roll_out(bake_seconds=60)
    verified = [job for job in world.jobs if job.verb == "verify"]
    assert [job.slice.hosts for job in verified] == [("gw-00",)]
    assert verified[0].variables["fail_at"] == 2
    assert 0 < slept[0] <= 60
    assert world.applied == ["gw-00"]
    assert (sliced.problems["gw-00"], sliced.results["gw-00"]["changed"]) == ("failed: exposed", True)


LOST_TEXT = f"{sliced_rollout.PROTECTION_TAKEN_AWAY}vpn vserver gw"


@pytest.mark.parametrize("bake_seconds", [0, 60])
def test_protection_that_was_taken_away_is_told_of_all_and_stops_no_wave(
    world: World, monkeypatch: pytest.MonkeyPatch, bake_seconds: int
) -> None:
    monkeypatch.setattr(sliced_rollout.time, "sleep", lambda _seconds: None)

    def node(job: Job) -> WorkerAnswer:
        if job.check or job.verb == "verify":
            return honest(job)
        lost = {"takes_away": ["vpn vserver gw"], "problem": LOST_TEXT}
        return answered({host: result(changed=True, **lost) for host in job.slice.hosts})

    world.node = node
    sliced = world.roll_out(bake_seconds=bake_seconds)
    assert sorted(world.applied) == world.hosts
    assert set(sliced.problems.values()) == {LOST_TEXT}
    assert not any("1 failed" in line or "2 failed" in line for line in world.said)


def test_the_progress_of_a_lost_slice_says_of_no_appliance_that_it_failed(world: World) -> None:
    """What was done there is not known."""
    world.node = lambda job: honest(job) if job.check else LOST
    world.roll_out()
    ended = [line for line in world.said if "appliance in" in line and " s, " in line]
    assert len(ended) == 1
    assert ended[0].endswith(" s, no result of 1, so what was done there is not known")


@pytest.mark.parametrize("check", [True, False])
def test_a_node_of_another_version_is_not_lost(world: World, check: bool) -> None:
    """It refuses before anything was sent, and the same command would be refused again."""
    with pytest.raises(InvalidInput) as refused:
        require_version("0.0.1")
    stdout = f"REFUSED  {refused.value}\r\n".encode()

    def node(job: Job) -> WorkerAnswer:
        if job.check is not check:
            return honest(job)
        return WorkerAnswer(status="failed", files={"stdout": stdout}, has_ended=True, standing=Standing.ENDED)

    world.node = node
    if check:
        sliced = world.sliced()
        sliced.plan(None, [])
    else:
        sliced = world.roll_out()
    said = sliced.next_action()
    assert said.startswith("OTHER VERSION  ")
    assert "Its node refused the job before anything was sent" in said
    assert (
        "Install the version of this controller there, then give the same command again, or without the node: " in said
    )
    assert "-e without_nodes=" in said
    assert sliced.lost == {}
    assert "not known" not in said + sliced.problems["gw-00"] + "".join(world.said)


def test_the_progress_of_a_slice_that_was_not_sent_says_so(world: World) -> None:
    world.node = lambda job: honest(job) if job.check else replace(LOST, standing=Standing.NOT_SENT)
    world.roll_out()
    assert [line.partition(" s, ")[2] for line in world.said if " s, " in line] == ["nothing was sent for 1"]


@pytest.mark.parametrize("said", [{"changed": False, "takes_away": ["vpn vserver gw"]}, {"changed": True}])
def test_a_problem_that_only_sounds_like_it_holds_the_rest(world: World, said: dict[str, Any]) -> None:
    world.node = lambda job: (
        honest(job) if job.check else answered({host: result(**said, problem=LOST_TEXT) for host in job.slice.hosts})
    )
    sliced = world.roll_out()
    assert world.applied == ["gw-00"]
    assert sliced.problems["gw-01"].startswith("held: ")


def test_the_last_play_says_what_the_controller_knows() -> None:
    play = Path(__file__).parents[5] / "playbooks" / "plays" / "protection_taken_away.yml"
    assert f'msg: "{sliced_rollout.PROTECTION_TAKEN_AWAY.removeprefix("failed: ")}{{{{' in play.read_text()


def test_a_verb_that_reads_goes_to_all_nodes(world: World) -> None:
    world.node = lambda job: LOST if job.slice.node.name == "utrecht" else honest(job)
    sliced = world.sliced(verb="status")
    sliced.read()
    assert {job.verb for job in world.jobs} == {"status"}
    assert sorted(sliced.results) == world.hosts
    assert len([problem for problem in sliced.problems.values() if problem]) == 6
    assert not sliced.rollout.directory.exists()


@pytest.mark.parametrize("loses", [False, True])
def test_a_node_that_is_away_stops_no_rollout_by_taking_over(world: World, *, loses: bool) -> None:
    """Utrecht has the credentials of Amsterdam, and is away before the waves, or loses its own slice in the first one."""
    helper = replace(NODES[1], takes_over=("amsterdam",))
    took: list[str] = []

    def node(job: Job) -> WorkerAnswer:
        if job.check or job.slice.node.name == "amsterdam":
            return honest(job)
        took.extend(job.slice.hosts)
        return LOST

    world.node, world.most = node, 1
    sliced = world.sliced()
    mine = dict.fromkeys(world.hosts, NODES[0])
    fleet = replace(sliced.fleet, assignment=mine | ({"gw-00": helper} if loses else {}), nodes=[NODES[0], helper])
    sliced.fleet, sliced.answers = fleet, lambda _node: loses
    sliced.plan(None, [])
    chosen = RolloutOptions.from_variables({"bake_seconds": 0, "max_failed": len(world.hosts)})
    settlement = sliced.rollout.settle(world.hosts, chosen, None)
    sliced.rollout.begin(settlement, chosen, FACTS)
    sliced.carry_out(sliced.rollout.directory, [], len(world.hosts))
    assert took == (["gw-00"] if loses else [])
    assert [host for host in world.hosts if sliced.problems[host]] == took


def test_the_clock_of_a_node_by_its_events_comes_to_what_its_plans_have_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[float | None] = []
    monkeypatch.setattr(SeenByPlans, "note", lambda _self, *given: noted.append(given[-1]))
    world.node = lambda job: replace(honest(job), ahead=-18.0)
    world.sliced().plan(None, [])
    assert noted == [-18.0, -18.0]
