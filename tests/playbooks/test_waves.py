# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rollouts in waves: failures that stop others, the messages, and that held appliances are not changed. With real ``ansible-playbook`` runs."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.catalogue_entries import catalogue
from tests.stage.control_node import ROOT
from tests.stage.fleet import box, pair
from tests.stage.played import (
    ATTACK,
    DECIDED,
    EACH_FOR_ITSELF,
    MITIGATION,
    NAME,
    TAKEN_AWAY,
    Laboratory,
    Run,
    wait_until,
)
from tests.stage.processes import kill_tree, parents

AS_A_USER_GETS_IT = dict.fromkeys(EACH_FOR_ITSELF)
Opener = Callable[..., Laboratory]


def roll(laboratory: Laboratory, playbook: str | Path, **options: Any) -> Run:
    """A run with the defaults of the product, except for shorter waits."""
    return laboratory.play(playbook, **{**AS_A_USER_GETS_IT, "rollout_bake_seconds": 0, **options})


def fails_once() -> list[dict[str, Any]]:
    return [{"kind": "nitro_error", "method": "POST", "type": "responderpolicy"}]


def problems(run: Run) -> dict[str, str]:
    return {host: run.problem(host) for host in sorted(run.results)}


def waves_of(run: Run) -> str:
    """The line of the fleet's summary."""
    (line,) = re.findall(r"^  waves: (.*)$", run.output, re.MULTILINE)
    return str(line)


def logins(run: Run, host: str) -> int:
    return sum(target.endswith("/config/login") for _method, target in run.nitro(host))


def directory_of(laboratory: Laboratory, number: int = -1) -> Path:
    """The directory of a run's plans, the last one's by default."""
    return sorted((laboratory.directory / "plans").iterdir())[number]


@contextmanager
def meanwhile(moment: Callable[[], bool], deed: Callable[[], Any]) -> Iterator[None]:
    """Does something beside a run, at a certain moment of it."""
    failures: list[Exception] = []

    def watch() -> None:
        try:
            wait_until(moment, "the moment to interfere")
            deed()
        except (AssertionError, OSError) as error:
            failures.append(error)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        thread.join(timeout=70)
    assert not failures, failures


# -- a canary that lacks a part -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lacking(open_laboratory: Opener) -> tuple[Laboratory, Run, Run]:
    """A pair whose secondary cannot be read, and an appliance of the next wave; the rollout, and the same command again."""
    laboratory = open_laboratory({"canary": pair(), "next": box()})
    laboratory.simulator.appliance("canary").fault("refuse", node=1)
    runs = [roll(laboratory, "apply", rollout_canary="canary", rollout_waves=[1, "100%"]) for _run in range(2)]
    return laboratory, runs[0], runs[1]


def test_a_canary_that_is_partly_covered_keeps_the_next_wave_from_beginning(
    lacking: tuple[Laboratory, Run, Run],
) -> None:
    _laboratory, first, again = lacking
    for run in (first, again):
        assert run.verdict("canary") == "partly"
        assert run.message("canary").startswith(
            "canary: the verdict is partly, which is not what the run was to bring: "
        )
        action = run["canary"]["verdict"]["next_action"]
        assert f". Next action: {action}" in run.message("canary"), "for who sees the message alone"
        assert " ".join(run.output.split()).count(action) == 1, run.output
        assert run.problem("next").startswith("held: ")
        assert run.writes("next") == []
        assert run.rc == 2
        assert run.output.rstrip().endswith("exit code 2")


# -- protection that is taken away ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def observing(open_laboratory: Opener) -> tuple[Laboratory, dict[str, Run]]:
    """Two of three appliances block, and all are told to observe."""
    laboratory = open_laboratory({name: box() for name in ("gw-blocks", "gw-too", "gw-new")})
    blocking = roll(laboratory, "apply", limit="gw-blocks,gw-too")
    assert blocking.rc == 0, blocking.output[-2000:]
    before = laboratory.texts()
    told = {"mitigation_mode": "observe"}
    runs = {
        "plan": roll(laboratory, "plan", **told),
        "refused": roll(laboratory, "apply", **told),
    }
    assert laboratory.texts() == before
    runs["done"] = roll(laboratory, "apply", **told, **DECIDED)
    runs["again"] = roll(laboratory, "apply", **told)
    return laboratory, runs


def test_a_plan_names_the_services_that_lose_their_protection(observing: tuple[Laboratory, dict[str, Run]]) -> None:
    plan = observing[1]["plan"]
    assert plan.rc == 0
    assert "  TAKES PROTECTION AWAY  gw-blocks, gw-too: vpn vserver gw\n" in plan.output
    assert plan.verdict("gw-blocks") == "mitigated"
    assert "TAKES PROTECTION AWAY from vpn vserver gw, by nobody's decision yet" in plan.message("gw-blocks")


def test_without_who_and_reason_nothing_is_begun_anywhere(observing: tuple[Laboratory, dict[str, Run]]) -> None:
    refused = observing[1]["refused"]
    assert refused.rc == 2
    for host in ("gw-blocks", "gw-too"):
        assert "this TAKES PROTECTION AWAY from vpn vserver gw" in refused.message(host)
        assert """-e "who='""" in refused.message(host)
    assert refused.writes() == []


def test_a_decided_run_goes_through_all_waves_and_ends_with_2(observing: tuple[Laboratory, dict[str, Run]]) -> None:
    laboratory, runs = observing
    done = runs["done"]
    for host in ("gw-blocks", "gw-too", "gw-new"):
        assert done.verdict(host) == "observe, not blocking"
        assert laboratory.ask(host, ATTACK).passes
    for host in ("gw-blocks", "gw-too"):
        assert done.problem(host) == TAKEN_AWAY
        assert laboratory.record(host)["decided_by"] == "J. Jansen"
    assert done.problem("gw-new") == ""
    assert done.rc == 2
    assert done.output.rstrip().endswith("exit code 2")
    assert (runs["again"].rc, runs["again"].writes()) == (0, []), "nothing is left to take away"


@pytest.fixture(scope="module")
def taking_off(open_laboratory: Opener) -> tuple[Laboratory, dict[str, Run]]:
    """Two of three appliances block; the third one observes."""
    laboratory = open_laboratory(
        {name: box() for name in ("gw-blocks", "gw-too", "gw-counts")},
        variables={"gw-counts": {"mitigation_mode": "observe"}},
    )
    applied = roll(laboratory, "apply")
    assert applied.rc == 0, applied.output[-2000:]
    before = laboratory.texts()
    nobody = {"why": "undo", "who": None, "reason": None}
    runs = {
        "check": roll(laboratory, "rollback", check=True, **nobody),
        "refused": roll(laboratory, "rollback", **nobody),
        "no person": roll(laboratory, "rollback", **{**nobody, "reason": "it stops a customer"}),
    }
    assert laboratory.texts() == before
    runs["done"] = roll(laboratory, "rollback", why="undo", **DECIDED)
    runs["again"] = roll(laboratory, "rollback", **nobody)
    runs["audit"] = laboratory.play("audit")
    return laboratory, runs


def test_a_check_of_an_undo_says_what_it_takes_away_and_needs_nobody(
    taking_off: tuple[Laboratory, dict[str, Run]],
) -> None:
    check = taking_off[1]["check"]
    assert check.rc == 0
    assert "  TAKES PROTECTION AWAY  gw-blocks, gw-too: vpn vserver gw\n" in check.output
    assert "TAKES PROTECTION AWAY from vpn vserver gw, by nobody's decision yet" in check.message("gw-blocks")
    assert "PROTECTION WAS" not in check.output


@pytest.mark.parametrize(("run", "lacking"), [("refused", "who and reason"), ("no person", "who")])
def test_an_undo_without_who_and_reason_is_begun_nowhere(
    taking_off: tuple[Laboratory, dict[str, Run]], run: str, lacking: str
) -> None:
    refused = taking_off[1][run]
    assert refused.rc == 2
    for host in ("gw-blocks", "gw-too"):
        assert refused.problem(host).startswith(f"refused: {host}: this TAKES PROTECTION AWAY from vpn vserver gw")
        assert f"or give {lacking} for the record: -e " in refused.message(host)
    assert refused.problem("gw-counts").startswith("held: ")
    assert refused.writes() == []


def test_a_decided_undo_goes_through_all_waves_and_ends_with_2(taking_off: tuple[Laboratory, dict[str, Run]]) -> None:
    laboratory, runs = taking_off
    done = runs["done"]
    for host in ("gw-blocks", "gw-too"):
        assert laboratory.ask(host, ATTACK).passes
        assert done.problem(host) == TAKEN_AWAY
        said = "; PROTECTION LOST at vpn vserver gw, decided by J. Jansen (it stops a customer)"
        assert done.message(host).endswith(said)
        assert done[host]["takes_away"] == ["vpn vserver gw"]
        assert done.verdict(host) == "exposed"
        record = laboratory.record(host)
        assert (record["kind"], record["decided_by"], record["reason"]) == ("rollback", *DECIDED.values())
    assert (done.problem("gw-counts"), done["gw-counts"]["changed"]) == ("", True)
    assert done.rc == 2
    assert done.output.rstrip().endswith("exit code 2")
    assert "decided by J. Jansen (it stops a customer)" in " ".join(done.output.split())
    assert (runs["again"].rc, runs["again"].writes()) == (0, []), "nothing is left to take away"


def test_an_audit_tells_who_took_it_away_and_why(taking_off: tuple[Laboratory, dict[str, Run]]) -> None:
    output = taking_off[1]["audit"].output
    assert "decided by J. Jansen" in output
    assert "it stops a customer" in output


# -- a canary that fails, and what comes after it -----------------------------------------------------------------------

DOCUMENT = """
nsfeature: {feature: [RESPONDER]}
responderpolicy:
  - {name: {{ name }}, rule: 'HTTP.REQ.URL.CONTAINS("/vpns/") || HTTP.REQ.HEADER("Host").CONTAINS("127.")', action: DROP}
responderglobal_responderpolicy_binding:
  - {policyname: {{ name }}, type: REQ_OVERRIDE, priority: {{ priority }}}
"""
TRAFFIC = """
attacks:
  - {id: attack, url: %s, probe: true}
legitimate:
  - {id: logon, url: /vpn/index.html, probe: true}
"""


@dataclass
class Stopped:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    harmed: Run
    after_harm: dict[str, tuple[str, ...]]
    stopped: Run
    after_stop: dict[str, tuple[str, ...]]
    finished: Run
    again: Run


@pytest.fixture(scope="module")
def stopped(open_laboratory: Opener, tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    own = catalogue(tmp_path_factory.mktemp("harm"), MITIGATION, [DOCUMENT], TRAFFIC % ATTACK)
    fleet = {f"gw-{n}": box(faults=fails_once() if n == 1 else []) for n in range(4)}
    # The measure harms requests to the canary by its address, which its traffic file does not have.
    variables = {"gw-0": {"catalogue_directory": str(own)}}
    laboratory = open_laboratory(fleet, variables=variables)
    before = laboratory.texts()
    harmed = roll(laboratory, "apply", rollout_waves=[1, "100%"])
    after_harm = laboratory.texts()
    for variable in variables["gw-0"]:
        del laboratory.hosts["gw-0"][variable]
    stopped = roll(laboratory, "apply", rollout_waves=[1, "100%"])
    after_stop = laboratory.texts()
    finished = roll(laboratory, "apply", rollout_waves=[1, "100%"])
    again = roll(laboratory, "apply")
    return Stopped(laboratory, before, harmed, after_harm, stopped, after_stop, finished, again)


def test_a_harmed_canary_gets_its_inverse_and_the_rest_is_untouched(stopped: Stopped) -> None:
    run = stopped.harmed
    assert run.rc == 2
    assert stopped.after_harm == stopped.before
    assert "legitimate traffic was harmed, so the change was undone" in run.message("gw-0")
    assert "POST responderpolicy" in run.writes("gw-0"), "it had been there"
    for host in ("gw-1", "gw-2", "gw-3"):
        assert run.problem(host).startswith("held: 1 failed: gw-0: legitimate traffic was harmed")
        assert run[host]["changed"] is False
        assert run.writes(host) == []
        assert logins(run, host) == 1, "planned, and never asked again"
    (held,) = re.findall(r"^3 appliances +HELD .*\n    (.*)\n    (.*)$", run.output, re.MULTILINE)
    assert held == ("gw-[1-3]", "1 failed: gw-0"), "the reason of gw-0 is beside it"
    assert run.output.count("legitimate traffic was harmed") == 1


def test_the_next_run_continues_and_stops_again_where_one_fails(stopped: Stopped) -> None:
    run = stopped.stopped
    assert "  continues " in run.output
    assert waves_of(run) == "1 + 1 + 2; first gw-0"
    assert (run.rc, run.verdict("gw-0"), run.problem("gw-0")) == (2, "mitigated", "")
    assert run.problem("gw-1").startswith("failed: ")
    for host in ("gw-2", "gw-3"):
        assert run.problem(host).startswith("held: 1 failed: gw-1: ")
    for host in ("gw-1", "gw-2", "gw-3"):
        assert stopped.after_stop[host] == stopped.before[host]


def test_what_stopped_it_goes_first_and_what_is_done_is_not_touched(stopped: Stopped) -> None:
    run = stopped.finished
    earlier = directory_of(stopped.laboratory, 1).name
    assert (
        f"  continues {earlier}, which did not come to its end; the appliances that stopped it go first" in run.output
    )
    assert waves_of(run) == "1 + 1 + 1; first gw-1"
    assert run.writes("gw-0") == []
    assert (run.rc, set(problems(run).values())) == (0, {""})
    assert {run.verdict(host) for host in run.results} == {"mitigated"}
    first = [
        r["appliance"]
        for r in run.requests
        if r["side"] == "nitro" and r["method"] == "POST" and "policy" in r["target"]
    ]
    assert next(host for host in first if host != "gw-0") == "gw-1"


def test_when_all_is_done_nothing_is_continued_and_nothing_goes(stopped: Stopped) -> None:
    run = stopped.again
    assert (run.rc, run.writes()) == (0, [])
    assert "continues" not in run.output
    assert "  4 appliances: nothing to do, mitigated: gw-[0-3]" in run.output
    assert {logins(run, host) for host in run.results} == {1}


# -- unreachable, refused, accepted --------------------------------------------------------------------------------------

ON = ["LB", "SSL", "SSLVPN", "RESPONDER"]
BY_HAND = {"responderpolicy": [{"name": NAME, "rule": "true", "action": "DROP", "comment": "by hand"}]}


@dataclass
class Missing:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    dry: Run
    refused: Run
    half: Run
    after_half: dict[str, tuple[str, ...]]
    accepted: Run
    undone: Run
    after_undo: dict[str, tuple[str, ...]]
    kept: Run


@pytest.fixture(scope="module")
def missing(open_laboratory: Opener) -> Missing:
    fleet = {
        "down": box(faults=[{"kind": "refuse"}]),
        "one": box(),
        "taken": box(features=ON, configuration=BY_HAND),
        "two": box(),
    }
    laboratory = open_laboratory(fleet)
    before = laboratory.texts()
    limit = ["one", "two"]
    dry = roll(laboratory, "apply", check=True, limit=limit, rollout_profile="emergency", rollout_bake_seconds=None)
    refused = roll(laboratory, "apply")
    half = roll(laboratory, "apply", accept_unreachable="down")
    after_half = laboratory.texts()
    accepted = roll(laboratory, "apply", accept_unreachable=1, accept_refused="taken")
    # "down" was not written to, so it is told, and keeps nobody; nobody accepts it here.
    undone = roll(laboratory, "rollback", why="undo")
    after_undo = laboratory.texts()
    # What the run has written to counts: the record of "two" shows it, and it does not answer any more.
    roll(laboratory, "apply", accept_unreachable=1, accept_refused="taken")
    laboratory.simulator.appliance("two").unreachable()
    kept = roll(laboratory, "rollback", why="undo")
    laboratory.simulator.appliance("two").unreachable(False)
    return Missing(laboratory, before, dry, refused, half, after_half, accepted, undone, after_undo, kept)


def test_a_dry_run_of_apply_writes_nothing_and_an_emergency_keeps_its_canary(missing: Missing) -> None:
    assert (missing.dry.rc, missing.dry.writes()) == (0, [])
    assert sorted(missing.dry.results) == ["one", "two"]
    assert waves_of(missing.dry) == "1 + 1, 10 s between them; first one"
    assert {logins(missing.dry, host) for host in ("one", "two")} == {1}
    directory = directory_of(missing.laboratory, 0)
    assert not (directory / "rollout.json").exists(), "nothing was decided"
    assert f"  the plans are in {directory}" in missing.dry.output


def test_an_undo_goes_on_without_those_that_the_apply_had_left_out(missing: Missing) -> None:
    run = missing.undone
    assert (run.problem("one"), run.problem("two")) == (TAKEN_AWAY, TAKEN_AWAY)
    assert missing.after_undo == missing.before
    assert run.rc != 0
    assert "in the way" not in run.output
    told = "NOT WRITTEN TO by the undone run, as far as the records here say:"
    assert f"{told} 1 appliance: down; the reasons are at the end" in " ".join(run.output.split())


def test_an_undo_is_kept_by_an_appliance_that_it_has_to_undo(missing: Missing) -> None:
    run = missing.kept
    assert run.writes() == []
    assert "1 appliance in the way, so nothing was changed anywhere" in run.output
    assert "continue without them: -e accept_unreachable=two" in " ".join(run.output.split())
    assert run.problem("one").startswith("held: ")


def test_nothing_begins_while_somebody_is_in_the_way(missing: Missing) -> None:
    run = missing.refused
    assert run.writes() == []
    assert run.rc == 4
    assert "2 appliances in the way, so nothing was changed anywhere." in run.output
    assert re.search(r"^down +UNREACHABLE\n +.* cannot be reached .*firewall\.$", run.output, re.MULTILINE)
    assert re.search(rf"^taken +REFUSED .*\n +.*{NAME} .*$", run.output, re.MULTILINE)
    assert "continue without them: -e accept_unreachable=down -e accept_refused=taken" in " ".join(run.output.split())
    for host in ("one", "two"):
        assert run.problem(host) == "held: others are in the way, so nothing was begun"
        assert run[host]["changed"] is False


def test_what_is_accepted_excuses_nothing_else(missing: Missing) -> None:
    assert missing.half.writes() == []
    assert missing.after_half == missing.before
    assert "1 appliance in the way" in missing.half.output


def test_the_accepted_are_left_out_and_the_others_go(missing: Missing) -> None:
    run = missing.accepted
    assert run.rc == 4, "one is still unreachable"
    assert {host: run.verdict(host) for host in ("one", "two")} == {"one": "mitigated", "two": "mitigated"}
    assert run.problem("down").startswith("unreachable: ")
    assert run.problem("taken").startswith("refused: ")
    assert re.search(r"^  LEFT OUT  2 appliances: down, taken; ", run.output, re.MULTILINE)
    for host, word in {"down": "UNREACHABLE", "taken": "REFUSED"}.items():
        assert re.search(rf"^{host} +{word}", run.output, re.MULTILINE)
    after = missing.laboratory.texts(["down", "taken"])
    assert after == {host: missing.before[host] for host in after}


# -- the threshold is over the whole fleet -------------------------------------------------------------------------------


def test_a_failure_in_the_last_wave_is_in_the_exit_code(open_laboratory: Opener) -> None:
    """Ansible forgets it where another appliance of the same wave ends the batch by a task."""
    laboratory = open_laboratory({f"gw-{n}": box(faults=fails_once() if n == 1 else []) for n in range(4)})
    run = roll(laboratory, "apply", rollout_waves=3, rollout_max_failed=1)
    assert run.problem("gw-1").startswith("failed: "), problems(run)
    assert run.verdict("gw-2") == "mitigated"
    assert run.output.rstrip().endswith("exit code 2")
    assert run.rc == 2


def test_failures_in_different_waves_add_up(open_laboratory: Opener) -> None:
    laboratory = open_laboratory({f"gw-{n}": box(faults=fails_once() if n in (2, 4) else []) for n in range(7)})
    before = laboratory.texts(["gw-5", "gw-6"])
    run = roll(laboratory, "apply", rollout_waves=2, rollout_max_failed=1)
    assert waves_of(run) == "1 + 2 + 2 + 2; first gw-0"
    assert run.rc == 2
    assert [run.verdict(f"gw-{n}") for n in (0, 1)] == ["mitigated", "mitigated"]
    assert run.problem("gw-3") == "" or run.problem("gw-3").startswith("held: 2 failed"), "it is in the same wave"
    for host in ("gw-2", "gw-4"):
        assert run.problem(host).startswith("failed: ")
    for host in ("gw-5", "gw-6"):
        assert run.problem(host).startswith("held: 2 failed, 1 may (rollout_max_failed): gw-2: ")
        assert "; gw-4: " in run.problem(host)
        assert (run.writes(host), logins(run, host)) == ([], 1)
    assert laboratory.texts(["gw-5", "gw-6"]) == before


# -- what happens between the waves --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def between(open_laboratory: Opener) -> tuple[Laboratory, Run, dict[str, tuple[str, ...]]]:
    """In the second wave one appliance is lost and one works; in the third none starts."""
    laboratory = open_laboratory({f"gw-{n}": box() for n in range(4)})
    before = laboratory.texts()
    with meanwhile(
        lambda: bool(laboratory.rows("gw-0", "responderglobal_responderpolicy_binding")),
        lambda: laboratory.simulator.appliance("gw-1").fault("refuse"),
    ):
        run = roll(laboratory, "apply", rollout_waves=2, rollout_bake_seconds=2)
    return laboratory, run, before


def test_an_appliance_that_gets_lost_after_its_plan_has_failed(
    between: tuple[Laboratory, Run, dict[str, tuple[str, ...]]],
) -> None:
    laboratory, run, before = between
    assert run.rc == 4
    assert run.problem("gw-1").startswith("unreachable: ")
    assert run.problem("gw-3").startswith("held: 1 failed: gw-1: ")
    assert "cannot be reached" in run.problem("gw-3")
    assert (run.writes("gw-1"), run.writes("gw-3")) == ([], [])
    assert laboratory.texts(["gw-1", "gw-3"]) == {host: before[host] for host in ("gw-1", "gw-3")}


def test_a_wave_is_watched_and_proven_again(between: tuple[Laboratory, Run, dict[str, tuple[str, ...]]]) -> None:
    _laboratory, run, _before = between
    assert "wave 1 is watched for 2 s before the next one goes" in run.output
    assert "wave 2 is watched" not in run.output, "nobody goes behind it"
    assert logins(run, "gw-0") == 3, "planned, applied, proven again"
    assert (run.verdict("gw-0"), run["gw-0"]["changed"], run.problem("gw-0")) == ("mitigated", True, "")


def test_a_second_proof_that_fails_stops_the_next_wave(open_laboratory: Opener) -> None:
    laboratory = open_laboratory({f"gw-{n}": box() for n in range(3)})
    before = laboratory.texts(["gw-2"])
    unbind = f"responderglobal_responderpolicy_binding?args=policyname:{NAME},type:REQ_OVERRIDE,priority:10"
    with meanwhile(
        lambda: all(laboratory.row(host, "responderpolicy", saved=True) for host in ("gw-0", "gw-1")),
        lambda: laboratory.colleague("gw-1", "DELETE", unbind),
    ):
        run = roll(laboratory, "apply", rollout_canary=2, rollout_bake_seconds=5)
    assert run.rc == 2
    assert run.problem("gw-0") == "", "its own proof holds, whatever became of the other"
    assert run.problem("gw-1").startswith("failed: ")
    assert run.verdict("gw-1") in ("exposed", "drifted", "partly")
    assert run.problem("gw-2").startswith("held: 1 failed: gw-1: ")
    assert (run.writes("gw-2"), laboratory.texts(["gw-2"])) == ([], before)


def apply_and_kill(laboratory: Laboratory, choose: Callable[[set[int]], set[int]]) -> tuple[int, str]:
    """Kill some processes of an apply in the midst of the slow write to gw-1; how it ends, and what it says.

    :param choose: of the children of Ansible's main process those to be killed
    """
    laboratory.write_inventory()
    options = {**AS_A_USER_GETS_IT, "rollout_bake_seconds": 0, "rollout_waves": 1}
    process = subprocess.Popen(
        laboratory.command("apply", limit=None, check=False, options=(), **options),
        cwd=ROOT,
        env=laboratory.environment(laboratory.directory / "report-killed.json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        wait_until(lambda: laboratory.fired("gw-1") > 0, "the write", alive=lambda: process.poll() is None)
        for doomed in choose({child for child, parent in parents().items() if parent == process.pid}):
            os.kill(doomed, signal.SIGKILL)
        output, _errors = process.communicate(timeout=60)
    finally:
        kill_tree(process.pid)
        process.wait(timeout=10)
    return process.returncode, output


@pytest.mark.only_in_all
def test_a_worker_that_is_killed_has_failed_and_goes_first_the_next_time(open_laboratory: Opener) -> None:
    slow = [{"kind": "slow", "method": "POST", "type": "responderpolicy", "seconds": 20.0}]
    laboratory = open_laboratory({f"gw-{n}": box(faults=slow if n == 1 else []) for n in range(3)})
    before = laboratory.texts(["gw-2"])
    # The youngest: workers that have done their part may not be gone yet.
    code, output = apply_and_kill(laboratory, lambda children: {max(children)})
    assert (code, "A worker was found in a dead state" in output) == (1, True), output
    assert laboratory.texts(["gw-2"]) == before
    laboratory.simulator.appliance("gw-1").clear_faults()
    run = roll(laboratory, "apply", rollout_waves=1)
    assert "  continues " in run.output
    assert waves_of(run) == "1 + 1; first gw-1"
    assert (run.rc, run.writes("gw-0")) == (0, [])
    assert {run.verdict(host) for host in run.results} == {"mitigated"}


@pytest.mark.only_in_all
def test_a_standing_worker_that_is_killed_is_one_appliance_that_has_failed(open_laboratory: Opener) -> None:
    """The others continue as far as the limit of failures allows, and the record shows the next run how far this one came."""
    slow = [{"kind": "slow", "method": "POST", "type": "responderpolicy", "seconds": 20.0}]
    laboratory = open_laboratory({f"gw-{n}": box(faults=slow if n == 1 else []) for n in range(3)})
    # They are idle but for the one that works for gw-1, and come before Ansible's youngest worker, which waits for it.
    code, output = apply_and_kill(laboratory, lambda children: children - {max(children)})
    assert code == 2, output
    results = json.loads((laboratory.directory / "report-killed.json").read_text(encoding="utf-8"))
    assert "the process that worked on it has ended" in json.dumps(results), results
    assert "Give the same command again" in output
    laboratory.simulator.appliance("gw-1").clear_faults()
    run = roll(laboratory, "apply", rollout_waves=1)
    assert "  continues " in run.output
    assert (run.rc, run.writes("gw-0")) == (0, [])
    assert {run.verdict(host) for host in run.results} == {"mitigated"}


@pytest.mark.only_in_all
def test_what_is_killed_writes_nothing_beside_the_next_run(open_laboratory: Opener) -> None:
    """Signal 9 to the main process alone: its workers, and the processes of the pool that work for them, end with it."""
    slow = [{"kind": "slow", "method": "POST", "type": "responderpolicy", "seconds": 3.0}]
    laboratory = open_laboratory({"gw-0": box(faults=slow)})
    laboratory.write_inventory()
    process = subprocess.Popen(
        laboratory.command("apply", limit=None, check=False, options=(), **AS_A_USER_GETS_IT),
        cwd=ROOT,
        env=laboratory.environment(laboratory.directory / "report-killed.json"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    wait_until(lambda: laboratory.fired("gw-0") > 0, "the write", alive=lambda: process.poll() is None)
    started = {child for child, parent in parents().items() if parent == process.pid}
    assert len(started) > 1, "a worker of Ansible, and the pool"
    process.kill()
    process.wait(timeout=10)
    wait_until(lambda: not started & parents().keys(), "the end of all that it had started")
    wait_until(lambda: bool(laboratory.row("gw-0", "responderpolicy")), "the write that was on its way")
    assert laboratory.rows("gw-0", "responderglobal_responderpolicy_binding") == []
    laboratory.simulator.appliance("gw-0").clear_faults()
    run = roll(laboratory, "apply")
    assert (run.rc, run.problem("gw-0"), run.verdict("gw-0")) == (0, "", "mitigated")
    assert run.writes("gw-0") == ["POST responderglobal_responderpolicy_binding", "POST nsconfig?action=save"]
    undone = roll(laboratory, "rollback", why="undo", accept_exposure=True)
    assert (undone.problem("gw-0"), laboratory.row("gw-0", "responderaction")) == (TAKEN_AWAY, None)


# -- several rollouts ----------------------------------------------------------------------------------------------------


def test_two_rollouts_in_one_playbook_do_not_meet(open_laboratory: Opener, tmp_path: Path) -> None:
    laboratory = open_laboratory({"a-0": box(), "a-1": box(), "b-0": box(), "b-1": box(faults=fails_once())})
    playbook = tmp_path / "both.yml"
    imports = [
        {"ansible.builtin.import_playbook": str(ROOT / "playbooks" / f"{verb}.yml"), "vars": {"target": target}}
        for verb, target in (("apply", "a-*"), ("apply", "b-*"), ("rollback", "a-0"))
    ]
    playbook.write_text(json.dumps(imports), encoding="utf-8")
    run = roll(laboratory, playbook, accept_exposure=True, rollout_canary=2, **DECIDED)
    assert [line for line in run.output.splitlines() if line.startswith("  waves: ")] == [
        "  waves: 2; first a-0, a-1",
        "  waves: 2; first b-0, b-1",
        "  waves: 1; first a-0",
    ]
    assert run.rc == 2
    assert problems(run) == {"a-0": TAKEN_AWAY, "a-1": "", "b-0": "", "b-1": run.problem("b-1")}
    assert run.problem("b-1").startswith("failed: ")
    assert laboratory.row("a-0", "responderpolicy") is None
    assert laboratory.row("a-1", "responderpolicy") is not None
    assert laboratory.row("b-0", "responderpolicy") is not None


# -- sealed plans --------------------------------------------------------------------------------------------------------

NEIGHBOUR = {"name": "rp_old", "rule": 'HTTP.REQ.URL.STARTSWITH("/old")', "action": "DROP"}


def binding(policy: str, priority: int) -> dict[str, Any]:
    values = {"policyname": policy, "priority": priority, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    return {"responderglobal_responderpolicy_binding": values}


def with_neighbour() -> dict[str, Any]:
    bound = [binding("rp_old", 100)["responderglobal_responderpolicy_binding"]]
    spare = {"name": "rp_spare", "rule": "false", "action": "DROP"}
    return box(
        features=ON,
        configuration={"responderpolicy": [NEIGHBOUR, spare], "responderglobal_responderpolicy_binding": bound},
    )


CHANGES = {
    "edited": "responderpolicy rp_old: rule was 'HTTP.REQ.URL.STARTSWITH(\"/old\")' and is 'HTTP.REQ.URL.STARTSWITH(\"/new\")'",
    "switched": "the feature RESPONDER was off and is on",
    "bound": "rp_spare is there now",
    "taken": "rp_spare is there now",
    "file": "was edited after it was made",
    "review": "review.conf was edited after it was made. A plan is never executed",
    "moved": "is the plan of same",
    "lost": "there is no plan for it in",
}


@dataclass
class Sealed:
    laboratory: Laboratory
    plan: Run
    directory: Path
    before: dict[str, tuple[str, ...]]
    refused: Run
    after: dict[str, tuple[str, ...]]
    rollback: Run
    applied: Run


@pytest.fixture(scope="module")
def sealed(open_laboratory: Opener) -> Sealed:
    fleet = {"same": box(), **{host: box() if host == "switched" else with_neighbour() for host in CHANGES}}
    laboratory = open_laboratory(fleet)
    pin = laboratory.simulator.ready["appliances"]["same"]["nodes"][0]["certificate_sha256"]
    laboratory.hosts["same"]["netscaler_certificate_pin"] = pin
    plan = roll(laboratory, "plan")
    directory = directory_of(laboratory)
    new_rule = {"responderpolicy": {"name": "rp_old", "rule": 'HTTP.REQ.URL.STARTSWITH("/new")'}}
    laboratory.colleague("edited", "PUT", "responderpolicy", new_rule)
    feature = {"nsfeature": {"feature": ["RESPONDER"]}}
    laboratory.colleague("switched", "POST", "nsfeature?action=enable", feature)
    for host, priority in (("bound", 50), ("taken", 10)):
        laboratory.colleague(host, "PUT", "responderglobal_responderpolicy_binding", binding("rp_spare", priority))
    for host in ("edited", "switched", "bound", "taken"):
        laboratory.saved_by_colleague(host)
    for file, old, new in (
        ("file.json", '"nothing_to_do": false', '"nothing_to_do": true'),
        ("review.conf", "403", "200"),
    ):
        text = (directory / file).read_text(encoding="utf-8")
        assert old in text
        (directory / file).write_text(text.replace(old, new), encoding="utf-8")
    (directory / "moved.json").write_bytes((directory / "same.json").read_bytes())
    (directory / "lost.json").unlink()
    before = laboratory.texts()
    refused = roll(laboratory, "apply", plan=str(directory))
    after = laboratory.texts()
    rollback = roll(laboratory, "rollback", plan=str(directory), limit=["same"], accept_exposure=True)
    applied = roll(laboratory, "apply", plan=str(directory), accept_refused=len(CHANGES))
    return Sealed(laboratory, plan, directory, before, refused, after, rollback, applied)


def test_the_plans_of_a_fleet_are_kept_for_review(sealed: Sealed) -> None:
    assert (sealed.plan.rc, sealed.plan.writes()) == (0, [])
    assert f"  the plans are in {sealed.directory}" in sealed.plan.output
    assert "  7 appliances: 4 changes, EXPOSED: edited, bound, taken, file, review and 2 more" in sealed.plan.output
    assert "  2 appliances: 5 changes, EXPOSED: same, switched" in sealed.plan.output
    assert "  clocks: 9 appliances are off by more than 5 minutes: same, edited, switched, bound, taken and 4 more" in (
        sealed.plan.output
    )
    names = {path.name for path in sealed.directory.iterdir()}
    assert {"same.json", "same.conf", "summary.txt", "journal.jsonl"} <= names
    text = (sealed.directory / "same.conf").read_text(encoding="utf-8")
    assert [line.split(" ")[0] for line in text.splitlines() if line[0] != "#"] == [
        "enable",
        "add",
        "add",
        "add",
        "bind",
    ]


def test_a_plan_holds_no_secret_and_is_for_its_owner_only(sealed: Sealed) -> None:
    laboratory = sealed.laboratory
    secrets = [laboratory.common["netscaler_password"], laboratory.hosts["same"]["netscaler_certificate_pin"], "##"]
    for directory in (laboratory.directory / "plans").iterdir():
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        for path in directory.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            content = path.read_text(encoding="utf-8").lower()
            assert not [secret for secret in secrets if secret.lower() in content], path
            assert not re.search("##[0-9a-f]{16}|password|sessionid", content), path


@pytest.mark.parametrize("host", CHANGES)
def test_what_has_changed_since_is_told_and_refused(sealed: Sealed, host: str) -> None:
    assert sealed.refused.problem(host).startswith("refused: ")
    assert CHANGES[host] in sealed.refused.message(host)


def test_where_one_is_not_as_it_was_nothing_is_written_anywhere(sealed: Sealed) -> None:
    assert sealed.refused.rc == 2
    assert sealed.refused.writes() == []
    assert sealed.after == sealed.before
    assert sealed.refused.problem("same") == "held: others are in the way, so nothing was begun"


def test_a_plan_is_for_what_it_was_made_for(sealed: Sealed) -> None:
    assert "the plan is for verb apply, this run for rollback" in sealed.rollback.message("same")
    assert sealed.rollback.writes() == []


def test_the_plan_that_was_reviewed_is_what_is_done(sealed: Sealed) -> None:
    assert sealed.applied.verdict("same") == "mitigated"
    reviewed = json.loads((sealed.directory / "same.json").read_text(encoding="utf-8"))
    assert sealed.applied.lines("same") == reviewed["lines"]
    assert {request.split("?")[0] for request in sealed.applied.writes()} >= {"POST responderpolicy"}
    others = {host: sealed.laboratory.texts([host])[host] for host in CHANGES}
    assert others == {host: sealed.before[host] for host in CHANGES}
