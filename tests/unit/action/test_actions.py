# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugins: options are checked, errors become Ansible's, and check mode writes nothing."""

from __future__ import annotations

import contextlib
import errno
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.tourniquet.netscaler.plugins.action import apply, leave, rollback, status
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue import entry_file, mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import fingerprint
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.awaited_records import (
    Awaited,
    AwaitedRecords,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.open_jobs import OpenJob, OpenJobs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    AuthenticationFailed,
    CannotConnect,
    InvalidInput,
    NitroError,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.file_problem import file_problem
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    Verdict,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply import run as apply_task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.closures import ReadClosures
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import whole_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import RUN
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.appliance_lines import hits_text
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.change_result import ChangeResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback import run as rollback_task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status import run as status_task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus, Status

from tests.accepted import accepted
from tests.ansible_plays import linear_play

ROOT = Path(__file__).parents[3]
PASSWORD = "correct horse"
DOCUMENT = "responderpolicy:\n  - {name: tq_cve_2019_19781, rule: 'true', action: NOOP}\n"
ACTIONS: dict[str, Any] = {"apply": apply, "status": status, "rollback": rollback}


class Screen:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        self.warnings.append(text)


def arguments(name: str, tmp_path: Path, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "appliance": {"nodes": ["10.1.0.11"], "user": "u", "password": PASSWORD},
        "mitigation": "cve_2019_19781",
        "catalogue": str(ROOT / "templates" / "mitigations"),
        "records": str(tmp_path),
    }
    if name != "rollback":
        values |= {"document": DOCUMENT, "version": 2}
    return {key: value for key, value in {**values, **changes}.items() if value is not ...}


def action(name: str, args: dict[str, Any], *, check_mode: bool = False) -> Any:
    task = SimpleNamespace(
        args=args, check_mode=check_mode, async_val=0, action=f"tourniquet.netscaler.{name}", get_play=linear_play
    )
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    made = ACTIONS[name].ActionModule(task, connection, None, None, None, None)
    made._display = Screen()
    made._load_name = name
    return made


def run(made: Any) -> dict[str, Any]:
    result: dict[str, Any] = made.run(None, {"inventory_hostname": "gw-a"})
    return result


# -- the door ----------------------------------------------------------------------------------------------------------


@pytest.fixture(params=list(ACTIONS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def replace_task(monkeypatch: pytest.MonkeyPatch, name: str, outcome: Any) -> list[tuple[Any, Any]]:
    """Replace the task of an action; return what it was called with."""
    calls: list[tuple[Any, Any]] = []

    def fake(_self: Any, appliance: Any, options: Any) -> dict[str, Any]:
        calls.append((appliance, options))
        if isinstance(outcome, Exception):
            raise outcome
        return dict(outcome)

    monkeypatch.setattr(ACTIONS[name].ActionModule, "perform", fake)
    return calls


def test_checked_and_plain_values_reach_the_work(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Tagged(str):
        """As ansible-core tags values."""

        __slots__ = ()

    calls = replace_task(monkeypatch, name, {"changed": True, "msg": "done"})
    made = action(name, arguments(name, tmp_path, ticket=Tagged("CHG1")))
    assert run(made) == {"changed": True, "msg": "done"}
    ((appliance, options),) = calls
    assert (appliance.name, appliance.user) == ("gw-a", "u")
    assert type(options["ticket"]) is str
    assert set(options) == set(ACTIONS[name].ActionModule.OPTIONS)
    assert options["reason"] == ""
    assert made._display.warnings == []


def test_a_full_disk_of_the_control_node_is_told_with_host_file_and_fix(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "gw-a" / "20200115T020000.000000Z-r1.json"
    replace_task(monkeypatch, name, OSError(errno.ENOSPC, "No space left on device", str(record)))
    with pytest.raises(AnsibleActionFail) as raised:
        run(action(name, arguments(name, tmp_path)))
    text = f"gw-a: {record} cannot be written or read (No space left on device). Make room in {record.parent} on the control node"
    goes_on = (
        "" if name == "status" else " A run that had begun to write to the appliance goes on from its change record."
    )
    assert str(raised.value) == f"{text}, then give the same command again.{goes_on}"


def test_an_empty_directory_of_records_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = replace_task(monkeypatch, "apply", {"changed": False, "msg": "done"})
    with pytest.raises(
        AnsibleActionFail, match=r"^gw-a: records is empty: name the directory of the change records, -e "
    ):
        run(action("apply", arguments("apply", tmp_path, records="")))
    assert calls == []


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        (errno.ENOSPC, "Make room in /srv/records on the control node"),
        (errno.EDQUOT, "Make room in /srv/records on the control node"),
        (errno.EROFS, "Make it writable for the user of this run"),
        (errno.EACCES, "Make it writable for the user of this run"),
        (errno.EIO, "Look at it on the control node"),
    ],
)
def test_each_problem_with_a_file_has_its_fix(code: int, fix: str) -> None:
    error = OSError(code, "why", "/srv/records/a.json")
    assert (
        file_problem(error)
        == f"/srv/records/a.json cannot be written or read (why). {fix}, then give the same command again."
    )


def test_an_error_of_the_system_without_a_file_is_a_defect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_task(monkeypatch, "apply", OSError(errno.EMFILE, "Too many open files"))
    with pytest.raises(OSError, match="Too many open files"):
        run(action("apply", arguments("apply", tmp_path)))


def test_a_rollback_reads_no_other_entry_than_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To read the whole catalogue in the worker of each appliance takes several times as long as all else before the plan."""
    calls = replace_task(monkeypatch, "rollback", {"changed": True, "msg": "done"})
    entry_file._load.cache_clear()
    mitigation._load.cache_clear()
    run(action("rollback", arguments("rollback", tmp_path)))
    ((_appliance, options),) = calls
    assert list(options["desired"]) == ["cve_2019_19781"]
    assert "tq_cve_2019_19781" in options["desired"]["cve_2019_19781"]["text"]
    assert entry_file._load.cache_info().misses <= 2


@pytest.mark.parametrize(
    ("verb", "more", "refused"),
    [
        ("apply", {}, True),
        ("rollback", {}, True),
        ("leave", {"remove": True}, True),
        ("leave", {}, False),
        ("status", {}, False),
    ],
)
def test_an_appliance_is_not_changed_outside_a_rollout_either_where_a_lost_job_may_still_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, more: dict[str, Any], refused: bool
) -> None:
    """After leave.yml nothing would be there by which the job could refuse itself."""
    monkeypatch.setenv("TOURNIQUET_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setitem(ACTIONS, "leave", leave)
    calls = replace_task(monkeypatch, verb, {"changed": False, "msg": "done"})
    deadline = datetime.now(UTC) + timedelta(minutes=9)
    job = OpenJob("r0-3", "r0", "apply", "utrecht", ("gw-a",), deadline, writes=True)
    OpenJobs(tmp_path / "state" / "open_jobs").give_up(job)
    only_leave = {"mitigation": ..., "document": ..., "version": ...} if verb == "leave" else {}
    made = action(verb, arguments(verb, tmp_path, **only_leave, **more))
    if not refused:
        with accepted():
            run(made)
        return
    with pytest.raises(
        AnsibleActionFail, match=r"gw-a: the job r0-3 \(apply\) of run r0 was lost at utrecht .* Nothing was sent\."
    ):
        run(made)
    assert calls == []


@pytest.mark.parametrize(("host", "told"), [("gw-a", True), ("gw-b", False)])
def test_status_says_which_lost_job_may_still_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, told: bool
) -> None:
    monkeypatch.setenv("TOURNIQUET_STATE_DIRECTORY", str(tmp_path / "state"))
    replace_task(monkeypatch, "status", {"changed": False, "msg": "done", "notes": ["another"]})
    deadline = datetime.now(UTC) + timedelta(minutes=9)
    job = OpenJob("r0-3", "r0", "rollback", "utrecht", (host,), deadline, writes=True)
    OpenJobs(tmp_path / "state" / "open_jobs").give_up(job)
    notes = run(action("status", arguments("status", tmp_path)))["notes"]
    assert notes[-1] == "another"
    assert "give the command again" not in str(notes), "nothing was refused"
    assert (
        any(
            f"r0-3 (rollback) of run r0 was lost at utrecht and may still begin until {deadline:%Y-%m-%d}" in one
            for one in notes
        )
        is told
    )


def test_hits_are_of_unknown_origin_while_the_probes_of_a_lost_job_are_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two that are no known probes are of the node whose answer was lost."""
    hits = {"hits": {"tq_x": 4}, "probe_hits": {"tq_x": 2}}
    replace_task(monkeypatch, "status", {"changed": False, "msg": "done", **hits})
    AwaitedRecords(tmp_path).expect(Awaited("r0-3", "utrecht", ("gw-a",), datetime(2026, 12, 1, 3, tzinfo=UTC)))
    result = run(action("status", arguments("status", tmp_path)))
    assert result["notes"] == ["the change records and notes of probes of the job r0-3 at utrecht have not come"]
    assert hits_text([result]) == ["tq_x: 2 hits of unknown origin, 2 by our probes"]
    assert hits_text([hits]) == ["tq_x: 2 hits by others, 2 by our probes"]
    assert hits_text([hits, {**result, "probe_hits": {}}]) == [
        "tq_x: 6 hits of unknown origin, 2 by our probes on 2 appliances"
    ]


def test_status_says_that_the_open_jobs_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOURNIQUET_STATE_DIRECTORY", str(tmp_path / "state"))
    replace_task(monkeypatch, "status", {"changed": False, "msg": "done"})
    folder = tmp_path / "state" / "open_jobs"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "r0-3.json").write_text("{")
    (folder / "r0-3.json").chmod(0o600)
    (note,) = run(action("status", arguments("status", tmp_path)))["notes"]
    assert "r0-3.json cannot be read: it names a job of an execution node that may still write" in note


@pytest.mark.parametrize("failed", [False, True])
def test_each_result_has_the_customers_of_the_appliance(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failed: bool
) -> None:
    """Ansible prints a failed result but its diff, so that they are in the details of that."""
    failure = {"failed": True, "diff": {"prepared": "", "details": {}}} if failed else {}
    replace_task(monkeypatch, name, {"changed": False, "msg": "done", **failure})
    shared = {
        "customer": "Brouwer",
        "vserver_customers": {"192.0.2.30": "De Wit"},
        "partition_customers": {"tenant": "Jansen"},
        "vips": [
            {"name": vip, "address": f"192.0.2.{host}", "kind": "vpn"} for vip, host in (("gw-b", 20), ("gw-w", 30))
        ],
    }
    appliance = {"nodes": ["10.1.0.11"], "user": "u", "password": PASSWORD, **shared}
    result = run(action(name, arguments(name, tmp_path, appliance=appliance)))
    assert whole_result(result)["customers"] == [
        {"customer": "Brouwer", "vservers": ["gw-b"]},
        {"customer": "Jansen", "vservers": ["tenant"]},
        {"customer": "De Wit", "vservers": ["gw-w"]},
    ]
    assert ("customers" in result) is not failed


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"mitigation": ...}, "mitigation"),
        ({"appliance": ...}, "must be a mapping"),
        ({"appliance": "10.1.0.11"}, "must be a mapping"),
        ({"appliance": {"nodes": "10.1.0.11", "user": "u", "password": PASSWORD}}, "netscaler_nodes must be a list"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_wrong_options_are_refused_before_any_work(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], problem: str
) -> None:
    calls = replace_task(monkeypatch, name, {})
    with pytest.raises(AnsibleActionFail) as raised:
        run(action(name, arguments(name, tmp_path, **changes)))
    assert problem in str(raised.value)
    assert PASSWORD not in str(raised.value)
    assert calls == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("apply", {"unsaved": "maybe"}),
        ("apply", {"on_unproven": "maybe"}),
        ("apply", {"save": "maybe"}),
        ("apply", {"version": "two"}),
        ("status", {"probes": "some"}),
        ("status", {"fail_at": 5}),
        ("rollback", {"why": "because"}),
        ("rollback", {"document": DOCUMENT}),
    ],
)
def test_values_that_are_no_choice_are_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    calls = replace_task(monkeypatch, name, {})
    with pytest.raises(AnsibleActionFail):
        run(action(name, arguments(name, tmp_path, **changes)))
    assert calls == []


def test_a_task_alone_takes_the_catalogue_of_the_collection(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = replace_task(monkeypatch, name, {})
    inventory = tmp_path / "hosts.yml"
    inventory.touch()
    missing = dict.fromkeys(("catalogue", "records", "document", "version"), ...)
    made = action(name, arguments(name, tmp_path, **missing))
    made.run(None, {"inventory_hostname": "gw-a", "ansible_inventory_sources": [str(inventory)]})
    ((_appliance, options),) = calls
    assert options["catalogue"] == str(ROOT / "templates" / "mitigations")
    assert options["records"] == str(tmp_path / "records")
    assert options["allowed_signers"] is None
    if name != "rollback":
        assert options["version"] == 2
        assert "tq_cve_2019_19781" in options["document"]
        assert "priority: 10" in options["document"]


REFUSAL = "refusal"


def written(error: TourniquetError) -> TourniquetError:
    """Return an error of a run that has changed something on the appliance before."""
    error.has_written = True
    return error


@pytest.mark.parametrize("written", ["CVE-2019-19781", "cve-2019-19781", "CVE_2019_19781"])
def test_an_entry_is_found_by_its_cve_as_people_write_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    calls = replace_task(monkeypatch, name, {"msg": ""})
    run(action(name, arguments(name, tmp_path, mitigation=written)))
    ((_appliance, options),) = calls
    assert options["mitigation"] == "cve_2019_19781"


def test_no_variable_of_a_role_counts_for_a_task_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = replace_task(monkeypatch, "apply", {})
    variables = {"ticket": "CHG1", "measure_priority": 99, "mitigation_version": 1, "save": "never"}
    made = action("apply", arguments("apply", tmp_path, document=..., version=...))
    made.run(None, {"inventory_hostname": "gw-a", **variables})
    ((_appliance, options),) = calls
    assert (options["ticket"], options["version"], options["save"]) == ("", 2, "proven")
    assert "priority: 99" not in options["document"]


@pytest.mark.parametrize(
    ("problem", "kind", "text"),
    [
        (InvalidInput("the file is wrong"), REFUSAL, "gw-a: the file is wrong"),
        (InvalidInput("gw-a: netscaler_x is wrong"), REFUSAL, "gw-a: netscaler_x is wrong"),
        (CannotConnect("gw-a: no route"), AnsibleConnectionFailure, "gw-a: no route"),
        (Refused("gw-a: conflicts"), REFUSAL, "gw-a: conflicts"),
        (written(Refused("gw-a: lost")), AnsibleActionFail, "gw-a: lost"),
        (written(InvalidInput("gw-a: the record is gone")), AnsibleActionFail, "gw-a: the record is gone"),
        (AuthenticationFailed("gw-a", "POST login", 401, 354, "bad"), AnsibleActionFail, "errorcode 354"),
        (NitroError("gw-a", "GET x", 503, 0, "busy"), AnsibleActionFail, "HTTP 503"),
        (Refused("gw-a: \x1b[2Jtheir comment\nMITIGATED"), REFUSAL, "\\x1b[2Jtheir comment\\x0aMITIGATED"),
    ],
)
def test_only_what_could_not_be_reached_is_unreachable(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: Exception, kind: Any, text: str
) -> None:
    """A mistake of the operator and a refused plan are told apart from a failure, unless something was written before."""
    replace_task(monkeypatch, name, problem)
    exception = AnsibleActionFail if kind == REFUSAL else kind
    with pytest.raises(exception) as raised:
        run(action(name, arguments(name, tmp_path)))
    assert type(raised.value) is exception
    assert text in str(raised.value)
    if exception is AnsibleActionFail:
        assert raised.value.result.get("refused", False) is (kind == REFUSAL)


def test_a_bug_is_not_dressed_up_as_an_error_of_the_user(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_task(monkeypatch, name, ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        run(action(name, arguments(name, tmp_path)))


def test_the_message_of_a_result_cannot_steer_a_terminal(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_task(monkeypatch, name, {"msg": "their\x1b[2J"})
    assert run(action(name, arguments(name, tmp_path)))["msg"] == "their\\x1b[2J"


@pytest.mark.parametrize(
    ("changes", "warned"),
    [({}, False), ({"validate_certs": False}, True), ({"validate_certs": False, "certificate_pin": "ab" * 32}, False)],
)
def test_switching_verification_off_is_warned_about(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], warned: bool
) -> None:
    replace_task(monkeypatch, name, {"msg": ""})
    made = action(name, arguments(name, tmp_path))
    made._task.args["appliance"] |= changes
    run(made)
    assert [text.startswith("gw-a: netscaler_validate_certs is false") for text in made._display.warnings] == (
        [True] if warned else []
    )


def test_what_actions_promise_to_ansible(name: str) -> None:
    module = ACTIONS[name].ActionModule
    assert module._supports_check_mode
    assert not module._supports_async
    assert not module._requires_connection
    assert not module.TRANSFERS_FILES


# -- the work ----------------------------------------------------------------------------------------------------------


class FakeConnection:
    """Stands for an open connection."""

    build = None
    members = ()
    lock_notes = ()
    copies_left_alone = ()
    has_written = True

    def __init__(self, _appliance: Any) -> None:
        self.open = False

    def __enter__(self) -> Self:
        self.open = True
        return self

    def __exit__(self, *_exception: object) -> None:
        self.open = False

    def cached_reads(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


def verdict(code: int) -> Verdict:
    return Verdict(VerdictWord.EXPOSED, "why", "apply.yml", code)


def change_result(**more: Any) -> ChangeResult:
    """What was found at an appliance without nodes."""
    appliance = SimpleNamespace(customer="", site="", marker="")
    connection: Any = SimpleNamespace(build="", nodes=(), appliance=appliance)
    return ChangeResult(connection=connection, record="", preview=["line 1", "line 2"], **more)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Replaces connection, deployment, rollback and reports; notes what is asked of them."""
    scene = SimpleNamespace(calls=[], parameters=None, conflicts="", problem=None, failed="", code=2)
    scene.part = SimpleNamespace(steps=["step"], remarks=(), must_save=False, changed=False)
    scene.plan, scene.reads, scene.earlier, scene.changed = plan_file(), None, None, True

    class FakeDeployment:
        def __init__(self, connection: FakeConnection, parameters: Any, *, earlier: Any = None) -> None:
            assert connection.open
            scene.parameters, scene.earlier = parameters, earlier
            self.record = None
            self.reads = scene.reads
            self.locks: list[Any] = []
            self.leaves_changes = self.refused = False
            self.keep_found = lambda: None  # what a refused one keeps is played by tests/engine/test_refused_applies.py

        def plan(self, *, with_rights: bool = False) -> Any:
            scene.calls.append("plan")
            return SimpleNamespace(
                failed=scene.conflicts, verdict=verdict(scene.code), records=[], changed=scene.changed
            )

        def apply(self) -> Any:
            scene.calls.append("apply")
            self.leaves_changes = True
            return SimpleNamespace(failed=scene.failed, verdict=verdict(scene.code), records=["records/gw-a/1.json"])

        def status(self) -> Any:
            scene.calls.append("status")
            return SimpleNamespace(failed="", verdict=verdict(scene.code), partitions={"default": scene.part})

    class FakeRollback:
        def __init__(self, connection: FakeConnection, parameters: Any, *, earlier: Any = None) -> None:
            assert connection.open
            scene.parameters, scene.earlier = parameters, earlier
            self.record = None
            self.reads = scene.reads
            self.locks: list[Any] = []
            self.leaves_changes = False
            self.keep_found = partial(scene.calls.append, "keep_found")

        def plan(self) -> Any:
            scene.calls.append("plan")
            return SimpleNamespace(
                partitions={"default": scene.part},
                has_steps=bool(scene.part.steps),
                features_left=(),
                leaves_earlier_runs=False,
            )

        def result(self, plan: Any) -> Any:
            return plan

        def carry_out(self, _plan: Any) -> None:
            scene.calls.append("carry_out")
            self.leaves_changes = True
            scene.part.changed = True
            if scene.problem:
                raise scene.problem

    for module in (apply_task, status_task, rollback_task):
        monkeypatch.setattr(module, "Connection", FakeConnection)
    monkeypatch.setattr(apply_task, "deployment_plan", lambda _result, _order, _connection: scene.plan)
    monkeypatch.setattr(rollback_task, "rollback_plan", lambda _rollback, _order, _connection: scene.plan)
    for module in (apply_task, status_task):
        monkeypatch.setattr(module, "PartitionedDeployment", FakeDeployment)
        monkeypatch.setattr(module, "losses_of_one", lambda *_arguments: [])
    monkeypatch.setattr(status_task, "read_closures", lambda *_arguments: ReadClosures())
    monkeypatch.setattr(apply_task, "measure_result", lambda _r, _c: change_result(changed=True))
    monkeypatch.setattr(
        status_task,
        "measure_result",
        lambda r, _c: change_result(changed=True, own={"verdict": json_values(r.verdict)}),
    )
    monkeypatch.setattr(rollback_task, "PartitionedRollback", FakeRollback)
    found = SimpleNamespace(find=lambda connection: verdict(2) if connection.open else None)
    monkeypatch.setattr(rollback_task, "VerdictAfter", lambda _parameters, _desired: found)
    monkeypatch.setattr(
        rollback_task,
        "removal_result",
        lambda result, _connection, _measure: change_result(changed=result.partitions["default"].changed),
    )
    return scene


def plan_file(**changes: Any) -> PlanFile:
    """The plan of gw-a, as the actions keep it."""
    basis = {"features": {}, "objects": [], "steps": changes.pop("steps", [])}
    values: dict[str, Any] = {
        **dict.fromkeys(("customer", "site", "marker", "verdict"), ""),
        **{name: [] for name in ("lines", "inverse", "conflicts", "neighbours")},
        "host": "gw-a",
        "verb": "apply",
        "measure": "cve_2019_19781",
        "version": 2,
        "run": RUN,
        "seal": fingerprint(basis),
        "basis": basis,
        "nothing_to_do": False,
    }
    return PlanFile({**values, **changes})


DIFF = {"prepared": "line 1\nline 2\n"}


def test_check_mode_is_the_plan_and_nothing_else(stage: SimpleNamespace, tmp_path: Path) -> None:
    result = run(action("apply", arguments("apply", tmp_path), check_mode=True))
    assert stage.calls == ["plan"]
    assert (result["changed"], result["msg"]) == (True, "exposed: why")
    stage.calls.clear()
    result = run(action("rollback", arguments("rollback", tmp_path), check_mode=True))
    assert stage.calls == ["plan"]
    assert (result["changed"], result["msg"]) == (True, "cve_2019_19781: would be removed")


def test_without_check_mode_it_is_done(stage: SimpleNamespace, tmp_path: Path) -> None:
    assert run(action("apply", arguments("apply", tmp_path)))["msg"] == "exposed: why"
    assert stage.calls == ["plan", "apply"]
    stage.calls.clear()
    result = run(action("rollback", arguments("rollback", tmp_path)))
    assert stage.calls == ["plan", "carry_out"]
    assert (result["changed"], result["msg"]) == (
        True,
        "cve_2019_19781: removed, absence read back; verdict: exposed (why)",
    )
    assert result["verdict"]["word"] == "exposed"
    stage.part.steps = []
    assert (
        run(action("rollback", arguments("rollback", tmp_path)))["msg"]
        == "cve_2019_19781: there is nothing of it on the appliance; verdict: exposed (why)"
    )


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_plan_with_conflicts_fails_and_is_not_applied(
    stage: SimpleNamespace, tmp_path: Path, check_mode: bool
) -> None:
    stage.conflicts = "the priority is taken."
    result = run(action("apply", arguments("apply", tmp_path), check_mode=check_mode))
    assert stage.calls == ["plan"]
    assert (result["failed"], result["changed"], result["msg"]) == (True, False, "the priority is taken.")
    assert result["refused"] is True
    assert whole_result(result)["preview"] == ["line 1", "line 2"]


@pytest.mark.parametrize("problem", [CannotConnect("lost"), Refused("no"), NitroError("gw-a", "PUT x", 400, 1, "bad")])
def test_once_writing_has_begun_every_error_is_a_failure_and_never_unreachable(
    stage: SimpleNamespace, tmp_path: Path, problem: Exception
) -> None:
    stage.problem, stage.failed = problem, str(problem)
    for one in ("apply", "rollback"):
        result = run(action(one, arguments(one, tmp_path)))
        assert result["failed"] is True
        assert "refused" not in result
        assert result["msg"] == str(problem)
        assert whole_result(result)["preview"] == ["line 1", "line 2"]


def test_what_could_not_be_proven_is_a_failure(stage: SimpleNamespace, tmp_path: Path) -> None:
    stage.failed = "the probes do not prove it"
    result = run(action("apply", arguments("apply", tmp_path)))
    assert (result["failed"], result["msg"]) == (True, "the probes do not prove it")
    assert result["changed"], "the rule stays, and the run counts it"
    assert "refused" not in result


@pytest.mark.parametrize(
    ("code", "fail_at", "failed"),
    [
        (0, 1, False),
        (1, 1, True),
        (1, 2, False),
        (2, 2, True),
        (3, 2, True),
        (2, 3, False),
        (3, 3, True),
        (3, 4, False),
    ],
)
def test_a_status_fails_where_it_is_told_to(
    stage: SimpleNamespace, tmp_path: Path, code: int, fail_at: int, failed: bool
) -> None:
    stage.code = code
    result = run(action("status", arguments("status", tmp_path, fail_at=fail_at)))
    assert result.get("failed", False) is failed
    assert result["msg"] == "exposed: why. Next action: apply.yml"
    assert stage.calls == ["status"]


def test_the_options_reach_the_order(stage: SimpleNamespace, tmp_path: Path) -> None:
    given = {
        "adopt": True,
        "force": True,
        "accept_sleeping_policies": ["a"],
        "unsaved": "save_first",
        "on_unproven": "revert",
        "save": "never",
        "reason": "why",
    }
    run(action("apply", arguments("apply", tmp_path, ticket="CHG1", as_of="2020-01-15", **given), check_mode=True))
    parameters = stage.parameters
    assert {key: getattr(parameters, key) for key in given} == {**given, "accept_sleeping_policies": ("a",)}
    assert (parameters.as_of, parameters.records, parameters.run, parameters.owner.ticket) == (
        date(2020, 1, 15),
        tmp_path,
        RUN,
        "CHG1",
    )
    assert set(parameters.rendered.types) == {"responderpolicy"}
    entry = {"verdict": "reduces exposure", "why": "the upgrade is planned", "who": "J. Jansen", "until": "2026-12-31"}
    run(action("status", arguments("status", tmp_path, probes="all", acknowledgements=[entry])))
    assert stage.parameters.probes == "all"
    assert [one.until for one in stage.parameters.acknowledgements] == [date(2026, 12, 31)]
    given = {"why": "undo", "accept_exposure": True, "force": True, "unsaved": "save_first", "reason": "why"}
    run(action("rollback", arguments("rollback", tmp_path, **given), check_mode=True))
    assert {key: getattr(stage.parameters, key) for key in given} == given


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"mitigation": "cve_x"}, "there is no mitigation 'cve_x'"),
        ({"version": 9}, "cve_2019_19781 has no version 9; choose mitigation_version from 1, 2"),
        ({"as_of": "yesterday"}, "as_of is 'yesterday': write a date as 2020-01-15"),
        ({"as_of": "2026-09-31"}, "as_of is '2026-09-31': that month has no such day"),
        ({"ticket": "a\nb"}, "the ticket"),
        ({"document": "x: 1"}, "desired state, line 1"),
        ({"acknowledgements": [{"verdict": "closed"}]}, "tourniquet_acknowledgements: entry 1 has no why"),
    ],
)
@pytest.mark.parametrize("name", ["apply", "status"])
def test_wrong_words_stop_before_anything_is_opened(
    stage: SimpleNamespace, tmp_path: Path, name: str, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(AnsibleActionFail) as raised:
        run(action(name, arguments(name, tmp_path, **changes)))
    assert str(raised.value).startswith("gw-a: ")
    assert problem in str(raised.value)
    assert stage.calls == []


def test_the_removal_of_what_the_catalogue_does_not_have_names_the_way_out(
    stage: SimpleNamespace, tmp_path: Path
) -> None:
    with pytest.raises(AnsibleActionFail) as raised:
        run(action("rollback", arguments("rollback", tmp_path, mitigation="cve_x")))
    assert "there is no mitigation 'cve_x'" in str(raised.value)
    assert "unpack its entry from there into the directory catalogue beside the inventory" in str(raised.value)
    assert "docs/how-to/catalogue-updates.md" in str(raised.value)
    assert stage.calls == []


@pytest.mark.parametrize(
    ("named", "task"),
    [
        ("cve_2019_19781", Status),
        ("cve_2023_4966", CatalogueStatus),
        ("", CatalogueStatus),
        ("no_such_entry", Status),
        ("../mitigations/cve_2023_4966", Status),
    ],
)
def test_an_entry_without_a_measure_is_judged_as_the_catalogue_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, task: Any
) -> None:
    replace_task(monkeypatch, "status", {"changed": False, "msg": "done"})
    args = arguments("status", tmp_path, mitigation=named or ...)
    if task is CatalogueStatus:
        args = {name: value for name, value in args.items() if name not in ("document", "version")}
    made = action("status", args)
    assert run(made)["msg"] == "done"
    assert made.TASK is task
