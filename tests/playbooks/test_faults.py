# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures of appliances, networks and control nodes: the state afterwards, and the messages."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simulator.network.certificate_authority import Authority
from tests import sample
from tests.stage.client import Answer
from tests.stage.fleet import PASSWORD, box
from tests.stage.played import ATTACK, CONTROL, NAME, TAKEN_AWAY, TOKEN, Laboratory, Run, wait_until, without_arguments

# The writes of a first apply, in order; the last one is the save.
WRITES: tuple[dict[str, str], ...] = (
    {"method": "POST", "type": "nsfeature", "action": "enable"},
    {"method": "POST", "type": "auditmessageaction"},
    {"method": "POST", "type": "responderaction"},
    {"method": "POST", "type": "responderpolicy"},
    {"method": "POST", "type": "responderglobal_responderpolicy_binding"},
    {"method": "POST", "type": "nsconfig", "action": "save"},
)
NUMBERS = range(len(WRITES))
STEPS = range(len(WRITES) - 1)
SOME = sample.SOME_WRITES or tuple(NUMBERS)
SOME_STEPS = [number for number in SOME if number in STEPS]
SAVE = WRITES[-1]


def words(write: dict[str, str]) -> str:
    return f"{write['method']} {write['type']}" + (f"?action={write['action']}" if "action" in write else "")


def on(write: dict[str, str], kind: str, **more: Any) -> list[dict[str, Any]]:
    return [{"kind": kind, **write, **more}]


FAULTS: dict[str, list[dict[str, Any]]] = {
    **{f"lost-{n}": on(WRITES[n], "reply_lost") for n in NUMBERS},
    **{f"reset-{n}": on(WRITES[n], "reset") for n in SOME},
    **{f"busy-{n}": on(WRITES[n], "http_error") for n in SOME},
    **{f"error-{n}": on(WRITES[n], "nitro_error") for n in STEPS},
    **{f"expired-{n}": on(WRITES[n], "expire_session") for n in SOME},
    "expired-read": [{"kind": "expire_session", "method": "GET", "nth": 6}],
    "refused": [{"kind": "refuse"}],
    "read-503": [{"kind": "http_error", "method": "GET", "type": "nsfeature", "times": 2}],
    "reads-503": [{"kind": "http_error", "method": "GET", "type": "responderpolicy", "times": 0}],
    "read-reset": [{"kind": "reset", "method": "GET", "type": "responderpolicy"}],
    "credentials": [{"kind": "wrong_credentials", "times": 0}],
    "slow-save": on(SAVE, "slow_save", seconds=2.0),
    "too-slow-save": on(SAVE, "slow_save", seconds=2.0),
    "collision": [{"kind": "nitro_error", **SAVE, "code": 293, "times": 2}],
    # A step fails, and so does the way back.
    "both": [{"kind": "nitro_error", **WRITES[4]}, {"kind": "nitro_error", "method": "DELETE", "type": "responderaction"}],
    "login-503": [{"kind": "http_error", "type": "login", "times": 0}],
}  # fmt: skip
CERTIFICATES: dict[str, dict[str, Any]] = {
    "other-ca": {},
    "self-signed": {"certificate": "self_signed"},
    "pinned": {"certificate": "self_signed"},
    "wrong-pin": {"certificate": "self_signed"},
    "unverified": {"certificate": "self_signed"},
    "old-tls": {"tls_maximum": "1.0"},
    "old-tls-allowed": {"tls_maximum": "1.0"},
}
WRONG_PIN = "ab" * 32
VARIABLES = {
    "slow-save": {"netscaler_read_timeout": 1, "netscaler_save_timeout": 30},
    "too-slow-save": {"netscaler_read_timeout": 1, "netscaler_save_timeout": 0.5},
    "wrong-pin": {"netscaler_certificate_pin": WRONG_PIN},
    "unverified": {"netscaler_validate_certs": False},
    "old-tls-allowed": {"netscaler_minimum_tls": "1.0"},
}
UNREACHABLE = ("refused", "other-ca", "self-signed", "wrong-pin", "old-tls")


@dataclass
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    run: Run
    after: dict[str, tuple[str, ...]]
    attacks: dict[str, Answer]
    controls: dict[str, Answer]
    records: dict[str, dict[str, Any]]
    sessions: dict[str, int]
    again: Run
    files: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory], tmp_path_factory: pytest.TempPathFactory) -> Story:
    fleet = {host: box(faults=faults) for host, faults in FAULTS.items()}
    fleet |= {host: box(**changes) for host, changes in CERTIFICATES.items()}
    laboratory = open_laboratory(fleet, variables=VARIABLES)
    nodes = laboratory.simulator.ready["appliances"]["pinned"]["nodes"]
    pin = nodes[0]["certificate_sha256"].upper()
    laboratory.hosts["pinned"]["netscaler_certificate_pin"] = ":".join(pin[i : i + 2] for i in range(0, 64, 2))
    other_ca = Authority(tmp_path_factory.mktemp("stranger"))
    laboratory.hosts["other-ca"]["netscaler_ca_file"] = str(other_ca.ca_file)
    before = laboratory.texts()
    run = laboratory.play("apply", options=["-vvvvv"])
    reached = [host for host in fleet if host != "refused"]
    attacks = {host: laboratory.ask(host, ATTACK) for host in reached}
    controls = {host: laboratory.ask(host, CONTROL) for host in reached}
    after = laboratory.texts()
    records = {host: laboratory.record(host) for host in fleet if laboratory.record_files(host)}
    files = {str(path): path.read_text(encoding="utf-8") for path in laboratory.records.rglob("*.json")}
    files |= {str(path): path.read_text(encoding="utf-8") for path in laboratory.directory.glob("report-*.json")}
    sessions = {host: laboratory.node(host)["sessions"] for host in fleet}
    wait_until(lambda: not laboratory.node("too-slow-save")["configchanged"], "the slow save to end")
    again = laboratory.play("apply", limit=[host for host in fleet if run.problem(host)])
    return Story(laboratory, before, run, after, attacks, controls, records, sessions, again, files)


def assert_mitigated(story: Story, host: str) -> None:
    assert story.run.problem(host) == ""
    assert story.run.verdict(host) == "mitigated"
    assert story.attacks[host].blocked_by()
    assert story.controls[host].status == 200
    running, saved = story.after[host]
    assert running == saved != story.before[host][0]
    assert (story.records[host]["outcome"], story.records[host]["saved"]) == ("applied", True)


def assert_undone(story: Story, host: str) -> None:
    assert story.run.problem(host).startswith("failed: ")
    assert "has been undone" in story.run.message(host)
    assert story.after[host] == story.before[host], "running and saved text, to the last byte"
    assert story.attacks[host].passes
    record = story.records[host]
    assert record["outcome"] == "reverted"
    assert record["problem"]
    assert {step["state"] for step in record["steps"]} <= {"undone", "planned"}


@pytest.mark.parametrize("number", NUMBERS)
def test_lost_reply_is_settled_by_reading_and_the_write_is_not_repeated(story: Story, number: int) -> None:
    host = f"lost-{number}"
    assert story.run.writes(host) == [words(write) for write in WRITES], "each once, in order"
    assert_mitigated(story, host)


@pytest.mark.parametrize("number", SOME_STEPS)
@pytest.mark.parametrize("kind", ["reset", "busy"])
def test_write_that_never_arrived_is_not_repeated_and_the_others_are_undone(
    story: Story, kind: str, number: int
) -> None:
    host = f"{kind}-{number}"
    assert story.run.writes(host).count(words(WRITES[number])) == 1
    assert_undone(story, host)


@pytest.mark.parametrize("number", STEPS)
def test_refused_step_undoes_everything(story: Story, number: int) -> None:
    host = f"error-{number}"
    assert story.run.writes(host)[: number + 1] == [words(write) for write in WRITES[: number + 1]]
    assert "errorcode 1239" in story.run.message(host)
    assert_undone(story, host)


@pytest.mark.parametrize("kind", ["reset", "busy"])
def test_save_that_did_not_happen_leaves_the_rule_and_says_that_it_is_not_saved(story: Story, kind: str) -> None:
    host = f"{kind}-5"
    assert story.run.problem(host).startswith("failed: ")
    assert "would be lost in a reboot" in story.run.message(host)
    assert story.attacks[host].blocked_by(), "a mitigation is not removed because of a save"
    assert story.after[host][1] == story.before[host][1]
    assert (story.records[host]["outcome"], story.records[host]["saved"]) == ("applied", False)


@pytest.mark.parametrize("number", SOME)
def test_session_that_expires_is_renewed_and_the_write_goes_on(story: Story, number: int) -> None:
    host = f"expired-{number}"
    logins = [target for _method, target in story.run.nitro(host) if target.endswith("/config/login")]
    assert len(logins) == 3, "one for the plan, two for the apply"
    answered = [
        r["status"]
        for r in story.run.requests
        if r["appliance"] == host and f"{r['method']} {without_arguments(r['target'])}" == words(WRITES[number])
    ]
    assert answered[0] == 401, "it was not carried out, so it may be sent again"
    assert len(answered) == 2
    assert answered[1] in (200, 201)
    assert_mitigated(story, host)


def test_session_that_expires_between_reads_is_renewed(story: Story) -> None:
    assert len([t for _m, t in story.run.nitro("expired-read") if t.endswith("/config/login")]) == 3
    assert_mitigated(story, "expired-read")


def test_read_that_gets_503_is_retried(story: Story) -> None:
    statuses = [
        r["status"]
        for r in story.run.requests
        if r["appliance"] == "read-503" and r["target"].endswith("/config/nsfeature")
    ]
    assert statuses[:3] == [503, 503, 200]
    assert_mitigated(story, "read-503")


def test_read_that_is_reset_is_retried(story: Story) -> None:
    assert_mitigated(story, "read-reset")


@pytest.mark.parametrize("host", ["reads-503", "login-503"])
def test_reads_that_keep_failing_are_no_answer(story: Story, host: str) -> None:
    assert story.run.problem(host)
    assert story.run[host].get("changed") is not True
    assert story.run.writes(host) == []
    assert story.after[host] == story.before[host]
    assert len(story.run.nitro(host)) < 40, "retries end"


def test_wrong_credentials_fail_without_being_told_to_anybody(story: Story) -> None:
    assert story.run.problem("credentials").startswith("failed: ")
    assert "errorcode 354" in story.run.message("credentials")
    logins = [target for _method, target in story.run.nitro("credentials") if target.endswith("/login")]
    assert len(logins) == 1, "no account is locked by retries"
    assert story.after["credentials"] == story.before["credentials"]


def test_no_secret_in_output_records_and_reports_at_the_highest_verbosity(story: Story) -> None:
    key = Path(os.environ["XDG_STATE_HOME"], "tourniquet", "record_key").read_text(encoding="utf-8").splitlines()[1:-1]
    assert "lost-0" in story.run.output
    assert len(story.files) > 20
    for place, text in {"the output": story.run.output, **story.files}.items():
        assert PASSWORD not in text, place
        assert not TOKEN.search(text), place
        assert not [line for line in key if line in text], place


@pytest.mark.parametrize("host", UNREACHABLE)
def test_appliance_without_a_trusted_connection_is_unreachable_and_gets_no_password(story: Story, host: str) -> None:
    assert story.run.problem(host).startswith("unreachable: ")
    assert host in story.run.message(host)
    assert story.run.nitro(host) == []
    assert story.after[host] == story.before[host]


def test_advice_on_certificates_is_right(story: Story) -> None:
    for host in ("other-ca", "self-signed"):
        assert "netscaler_ca_file" in story.run.message(host)
        assert "netscaler_certificate_pin" in story.run.message(host)
    seen = story.laboratory.simulator.ready["appliances"]["wrong-pin"]["nodes"][0]["certificate_sha256"]
    assert seen in story.run.message("wrong-pin")
    assert "netscaler_minimum_tls" in story.run.message("old-tls")


@pytest.mark.parametrize("host", ["pinned", "unverified", "old-tls-allowed"])
def test_old_appliances_are_reached_where_the_inventory_says_how(story: Story, host: str) -> None:
    assert_mitigated(story, host)


def test_switched_off_verification_is_warned_about(story: Story) -> None:
    flat = " ".join(story.run.output.split())
    assert "unverified: netscaler_validate_certs is false" in flat
    assert "pinned: netscaler_validate_certs" not in flat


def test_slow_save_is_waited_for(story: Story) -> None:
    took = [r["ms"] for r in story.run.requests if r["appliance"] == "slow-save" and "action=save" in r["target"]]
    assert took[0] > 2000, "longer than any other request may take"
    assert story.run.writes("slow-save").count("POST nsconfig?action=save") == 1
    assert_mitigated(story, "slow-save")


def test_save_that_outlasts_all_patience_is_not_called_saved(story: Story) -> None:
    host = "too-slow-save"
    assert story.run.problem(host).startswith("failed: ")
    assert story.run.writes(host).count("POST nsconfig?action=save") == 1
    assert story.attacks[host].blocked_by()
    assert story.again.verdict(host) == "mitigated"


def test_save_waits_for_somebody_elses_save(story: Story) -> None:
    assert story.run.writes("collision").count("POST nsconfig?action=save") == 3
    assert_mitigated(story, "collision")


def test_failure_of_the_way_back_is_said_with_the_record(story: Story) -> None:
    assert story.run.problem("both").startswith("failed: ")
    message = story.run.message("both")
    assert "Undoing what was done failed as well" in message
    assert str(story.laboratory.record_files("both")[0]) in message
    record = story.records["both"]
    assert record["outcome"] == "partly reverted"
    left = {step["type"] for step in record["steps"] if step["state"] in ("sent", "done")}
    assert "responderaction" in left
    assert NAME in story.after["both"][0], "and so it is on the appliance"


def test_no_session_is_left_open(story: Story) -> None:
    assert {host: count for host, count in story.sessions.items() if count} == {}


def test_next_apply_completes_what_failed(story: Story) -> None:
    finished = [
        host for host in FAULTS if story.run.problem(host) and FAULTS[host][0].get("times", 1) and host != "refused"
    ]
    assert len(finished) > (15 if sample.ALL else 10)
    for host in finished:
        assert story.again.problem(host) == "", host
        assert story.again.verdict(host) == "mitigated", host
        assert story.laboratory.ask(host, ATTACK).blocked_by(story.laboratory.marker(host))
        assert story.laboratory.text(host) == story.laboratory.text(host, saved=True)


# -- the control node dies --------------------------------------------------------------------------------------------

AGAIN = tuple(f"again-{n}" for n in SOME)
BACK = tuple(f"back-{n}" for n in SOME)
# The last write is carried out after the control node is dead.
LATE = ("again-late", "back-late")


@dataclass(frozen=True)
class Death:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    left: dict[str, tuple[str, ...]]
    records: dict[str, dict[str, Any]]
    applied: Run
    undone: Run
    after: dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def death(open_laboratory: Callable[..., Laboratory]) -> Death:
    fleet = {host: box(faults=on(WRITES[number], "hang", seconds=90)) for hosts in (AGAIN, BACK) for number, host in zip(SOME, hosts, strict=True)}  # fmt: skip
    fleet |= {host: box(faults=on(WRITES[3], "slow", seconds=4)) for host in LATE}
    laboratory = open_laboratory(fleet)
    before = laboratory.texts()
    laboratory.play_and_kill("apply", lambda: all(laboratory.fired(host) for host in fleet), limit=fleet)
    wait_until(lambda: all(laboratory.row(host, "responderpolicy") for host in LATE), "the late write")
    left = laboratory.texts()
    records = {host: laboratory.record(host) for host in fleet}
    applied = laboratory.play("apply", limit=[*AGAIN, LATE[0]])
    undone = laboratory.play("rollback", limit=[*BACK, LATE[1]], why="undo", accept_exposure=True)
    return Death(laboratory, before, left, records, applied, undone, laboratory.texts())


def test_dead_control_node_leaves_a_whole_record_of_what_it_sent(death: Death) -> None:
    for hosts in (AGAIN, BACK):
        for number, host in zip(SOME, hosts, strict=True):
            record = death.records[host]
            assert (record["outcome"], record["finished"]) == ("open", None)
            states = [step["state"] for step in record["steps"]]
            sent = ["sent"] if number < 5 else []
            assert states == ["done"] * number + sent + ["planned"] * (5 - number - len(sent))
            assert all(step["inverse"] for step in record["steps"])
    assert death.left["again-0"] == death.before["again-0"]
    assert death.left["again-3"] != death.before["again-3"]


@pytest.mark.parametrize("host", [*AGAIN, LATE[0]])
def test_apply_after_a_death_completes_it(death: Death, host: str) -> None:
    assert death.applied.problem(host) == "", "what our own open record explains is nobody else's unsaved work"
    assert death.applied.verdict(host) == "mitigated"
    assert death.laboratory.ask(host, ATTACK).blocked_by(death.laboratory.marker(host))
    running, saved = death.after[host]
    assert running == saved
    assert running.count(f"add responder policy {NAME} ") == 1
    repeated = [words(write) for write in WRITES[: int(host[-1])]] if host[-1].isdigit() and host[-1] != "5" else []
    assert not set(repeated) & set(death.applied.writes(host)), "what is there is not sent again"


@pytest.mark.parametrize("host", [*BACK, LATE[1]])
def test_undo_after_a_death_restores_the_former_text_exactly(death: Death, host: str) -> None:
    blocked = host == "back-5"  # the others died before their policy was bound
    assert death.undone.problem(host) == (TAKEN_AWAY if blocked else "")
    assert death.after[host] == death.before[host]
    assert death.laboratory.ask(host, ATTACK).passes


def test_rollback_after_a_death_and_a_resumed_apply_goes_back_to_the_beginning(death: Death) -> None:
    """Two runs made the present state; after the fix both are removed, and the feature is disabled."""
    run = death.laboratory.play("rollback", limit=AGAIN, accept_exposure=True)
    for host in AGAIN:
        assert run.problem(host) == TAKEN_AWAY
        assert death.laboratory.texts([host])[host] == death.before[host]
