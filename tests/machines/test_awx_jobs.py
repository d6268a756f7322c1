# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The project of examples/awx as AWX starts its jobs, on simulated appliances: answers of surveys, files of credentials, what a job hands on to the next."""

from __future__ import annotations

import base64
import json
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tests.machines.awx_job import Awx, Ended, password_credential
from tests.machines.test_awx import OF_THE_PROJECT_ALONE, QUESTIONS, VERBS
from tests.machines.tools import fleet
from tests.stage.control_node import connection_variables
from tests.stage.fleet import NIGHT, PASSWORD, USER
from tests.stage.played import MITIGATION, is_configuration

pytestmark = pytest.mark.only_in_all

HOSTS = ("gw-1", "gw-2")
TYPED = {"ticket": "CHG0042", "who": "J. Jansen", "reason": "exploited", "next_message": "2020-01-18T09:00:00+00:00"}
DEFAULTS = {"mitigation": MITIGATION, "entries": MITIGATION}
SENDER = {"name": "S. Bakker", "mail": "s.bakker@example.com", "phone": "+31 20 555 0199"}
REFUSED = "this run has no reviewed plan"


def answers(names: Sequence[str], **typed: Any) -> dict[str, Any]:
    """The variables of a survey as AWX hands them over: also an answer that was left empty."""
    found = {}
    for question in (QUESTIONS[name] for name in names):
        variable = question["variable"]
        own = DEFAULTS.get(variable, question["default"])
        found[variable] = typed.get(variable, TYPED.get(variable, own) if question["required"] else own)
    return found


class Site(Awx):
    """The jobs of one site on a fleet."""

    def __init__(self, place: Path, simulator: Simulator, **more: Any) -> None:
        self.simulator = simulator
        variables = {
            "netscaler_user": USER,
            "netscaler_password": "{{ lookup('ansible.builtin.file', appliance_password_file) }}",
            "netscaler_ca_file": simulator.ready["ca_file"],
            "netscaler_connect_timeout": 30,
            "netscaler_customer": "Brouwer",
            **more,
        }
        hosts = {name: connection_variables(one) for name, one in simulator.ready["appliances"].items()}
        everybody = {"sender": SENDER}
        super().__init__(place, {"all": {"vars": everybody}, "netscalers": {"hosts": hosts, "vars": variables}})

    def job(self, playbook: str, **options: Any) -> Ended:
        """Launch a job template, with the credential of the site."""
        ended = self.launch(f"{playbook}.yml", credentials=[password_credential()], as_of=NIGHT, **options)
        assert PASSWORD not in ended.output
        return ended

    def reviewed(self, verb: str, limit: str = "", **typed: Any) -> tuple[Ended, Ended]:
        """Launch the first job of a workflow, and the one behind the approval with what the first handed on."""
        (one,) = (one for one in VERBS["reviewed"] if one["verb"] == verb)
        given = {**answers(one["survey"], **typed), "rollout_bake_seconds": 0}
        planned = self.job(one["plan"], check=True, limit=limit, **given)
        return planned, self.job(verb, limit=limit, **{**given, **planned.artifacts})

    def launched(self, verb: str, **options: Any) -> Ended:
        """Launch a template that a person or a schedule launches, with its own variables and the defaults of its survey."""
        (one,) = (one for one in VERBS["launched"] if one["verb"] == verb)
        own = {
            name: str(value).replace("{{ mitigation }}", MITIGATION)
            for name, value in one.get("extra_vars", {}).items()
        }
        given = {**answers(one.get("survey", ())), "check": one.get("checks_first", False), **options}
        return self.job(verb, template=own, **given)

    def writes(self) -> int:
        """How many requests have changed a configuration so far."""
        return sum(
            one["side"] == "nitro" and is_configuration(one["method"], one["target"])
            for one in self.simulator.requests()
        )


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(fleet(HOSTS)) as running:
        yield running


@pytest.fixture(scope="module")
def site(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"), simulator)


# -- before anything is applied ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["", "gw-1", "netscalers:!gw-2", "all"])
def test_no_limit_lets_an_apply_run_without_its_plan(site: Site, limit: str) -> None:
    before = site.writes()
    ended = site.job("apply", limit=limit, **answers(["mitigation", "ticket", "who"]))
    assert ended.code == 2
    assert f'{REFUSED} (plan is "not set")' in ended.text
    assert site.writes() == before


@pytest.mark.parametrize("verb", ["rollback", "retire", "end_sessions", "reopen", "sliced"])
def test_nothing_that_can_harm_runs_without_its_plan(site: Site, verb: str) -> None:
    ended = site.job(verb, limit="gw-1", **answers(["mitigation", "ticket", "who", "scope"]))
    assert ended.code == 2
    assert REFUSED in ended.text


@pytest.mark.parametrize(
    "more",
    [
        {"plan": ""},
        {"plan": "/etc"},
        {"plan": "VOLUME/plans/../records"},
        {"plan": "VOLUME/plans/.."},
        {"plan": "VOLUME/plans/20200115T020000.000000Z-0123456789"},
        {"plan": ["VOLUME/plans"]},
        {"plan": "PLAN", "plans": "/tmp"},
    ],
    ids=json.dumps,
)
def test_only_a_plan_of_this_volume_counts(site: Site, more: dict[str, Any]) -> None:
    plan = site.job("plan", check=True, **answers(["mitigation", "ticket", "who"])).artifacts["plan"]
    given = json.loads(json.dumps(more).replace("VOLUME", str(site.volume)).replace("PLAN", plan))
    ended = site.job("apply", **answers(["mitigation", "ticket", "who"]), **given)
    assert ended.code == 2
    assert REFUSED in ended.text


def test_a_ticket_that_has_become_a_number_is_refused(site: Site) -> None:
    """AWX writes ``!unsafe '0042'``, which ansible-core 2.19 reads as 34."""
    ended = site.job("plan", check=True, **answers(["mitigation", "ticket", "who"], ticket="0042"))
    assert ended.code == 2
    assert "ticket has become 34, which is no text any more" in ended.text


LAUNCHED = [
    ("doctor", 0, "2 appliances"),
    ("status", 0, "2 exposed"),
    ("verify", 2, "2 exposed"),
    ("audit", 0, "2 appliances"),
    ("hunt", 0, "2 appliances"),
    ("ledger", 2, "2 appliances"),
    ("letters", 0, "letter"),
    ("alarm", 2, "no policy of ours is bound"),
    ("watch", 2, "accept"),
    ("read_logs", 0, "2 appliances"),
    ("evidence", 0, "2 appliances"),
    ("consent", 0, "consent"),
    ("signer", 0, "the key of this control node was added"),
    ("close", 0, "would be closed"),
    ("lockdown", 0, "would be closed"),
]
"""Of each template, how its job ends before anything is applied, and what it shows."""


@pytest.mark.parametrize(("verb", "code", "shows"), LAUNCHED)
def test_each_template_goes_with_the_answers_that_its_survey_proposes(
    site: Site, verb: str, code: int, shows: str
) -> None:
    if verb == "letters":
        site.launched("ledger")  # the letters are of its file
    before = site.writes()
    ended = site.launched(verb)
    assert ended.code == code, ended.output[-3000:]
    assert shows in ended.text, ended.output[-3000:]
    assert site.writes() == before


def test_an_appliance_that_cannot_be_reached_ends_the_workflow_with_its_plan(
    simulator: Simulator, tmp_path: Path
) -> None:
    own = Site(tmp_path, simulator)
    own.inventory["netscalers"]["hosts"]["gw-away"] = {"netscaler_nodes": ["127.99.0.1:1"]}
    first = answers(["mitigation", "ticket", "who"])
    assert own.job("plan", check=True, **first).code == 4
    assert own.job("plan", check=True, limit="netscalers:!gw-away", **first).code == 0


def test_each_template_is_launched_here() -> None:
    assert {verb for verb, _code, _shows in LAUNCHED} == {
        one["verb"] for one in VERBS["launched"]
    } - OF_THE_PROJECT_ALONE


@pytest.mark.parametrize("one", [one for one in VERBS["reviewed"] if "then" in one], ids=lambda one: one["verb"])
def test_what_looks_at_the_end_takes_all_that_the_workflow_knows(site: Site, one: dict[str, Any]) -> None:
    """AWX gives the answers of the workflow, and what was handed on, to each of its jobs."""
    given = {**answers(one["survey"]), "plan": str(site.volume / "plans" / "20200115T020000.000000Z-0123456789")}
    ended = site.launched(one["then"], **given)
    assert "2 exposed" in ended.text, ended.output[-2000:]


def test_an_answer_of_a_customer_is_noted(site: Site) -> None:
    """Its variables are those of the survey; the register is on the volume."""
    ended = site.launched("consent", customer="Brouwer", state="agreed", who="A. Brouwer", how="by telephone")
    assert ended.code == 0, ended.output[-2000:]
    assert "Brouwer" in site.launched("consent").text
    assert list((site.volume / "consent").iterdir())


def test_a_closing_without_a_scope_is_refused(site: Site) -> None:
    ended = site.launched("close", check=False)
    assert ended.code != 0
    assert "this closing has no scope" in ended.text


def test_the_volume_of_a_pod_is_prepared_once(simulator: Simulator, tmp_path: Path) -> None:
    """With fsGroup its group may write to the volume, so what we keep is in a directory of our own inside."""
    own = Site(tmp_path, simulator)
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="tourniquet-") as shared:  # a volume that each Linux has
        own.volume = Path(shared) / "state"
        refused = own.job("prepare_volume")
        assert (refused.code, own.volume.exists()) == (2, False)
        assert "nor its parent is a volume" in refused.text
        own.volume = Path(f"{shared}-state")
        try:
            prepared = own.job("prepare_volume")
            assert prepared.code == 0, prepared.output[-2000:]
            assert stat.S_IMODE(own.volume.stat().st_mode) == 0o700
        finally:
            shutil.rmtree(own.volume, ignore_errors=True)


# -- from the plan to the undo -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def applied(site: Site) -> dict[str, tuple[Ended, Ended]]:
    """The apply for one appliance, between whose plan and whose apply another workflow has planned; then the undo."""
    first = answers(["mitigation", "ticket", "who", "why_not", "profile"])
    planned = site.job("plan", check=True, limit="gw-1", **first)
    other = site.job("plan", check=True, **first, mitigation_version=1)
    wrong = site.job("apply", limit="gw-1", **first, **other.artifacts)
    wider = site.job("apply", **first, **planned.artifacts)
    done = site.job("apply", limit="gw-1", **first, **planned.artifacts)
    looked = site.launched("verify", limit="gw-1", **planned.artifacts)
    again = site.job("apply", limit="gw-1", **first, **planned.artifacts)
    return {"planned": (planned, other), "refused": (wrong, wider), "done": (done, looked), "again": (again, again)}


def test_each_workflow_hands_its_own_plan_on_with_a_limit_too(
    applied: dict[str, tuple[Ended, Ended]], site: Site
) -> None:
    planned, other = applied["planned"]
    assert (planned.code, other.code) == (0, 0), planned.output[-2000:] + other.output[-2000:]
    directories = [Path(ended.artifacts["plan"]) for ended in applied["planned"]]
    assert directories[0] != directories[1]
    assert {one.parent for one in directories} == {site.volume / "plans"}
    assert [len(list(one.glob("gw-*.json"))) for one in directories] == [1, 2]


def test_the_plan_of_another_run_and_a_wider_limit_are_refused(applied: dict[str, tuple[Ended, Ended]]) -> None:
    wrong, wider = applied["refused"]
    assert (wrong.code, wider.code) == (2, 2)
    assert "is not that of this run" in wrong.text, wrong.output[-2000:]
    assert "there is no plan for it in" in wider.text, wider.output[-2000:]


def test_the_apply_is_held_to_its_plan_and_proven(applied: dict[str, tuple[Ended, Ended]]) -> None:
    done, looked = applied["done"]
    assert done.code == 0, done.output[-3000:]
    assert "1 mitigated; changed 1" in done.text
    assert looked.code == 0
    assert "33 of 33 attacks blocked" in looked.text


def test_what_has_changed_since_the_plan_is_refused(applied: dict[str, tuple[Ended, Ended]]) -> None:
    again, _same = applied["again"]
    assert again.code == 2
    assert "it has changed since" in again.text


def test_closing_opening_and_undoing_by_the_surveys(applied: dict[str, tuple[Ended, Ended]], site: Site) -> None:
    """``off`` is false where ansible-core reads it as YAML."""
    closed = site.launched("close", check=False, limit="gw-1")
    assert closed.code == 0, closed.output[-3000:]
    assert "1 closed; changed 1" in closed.text
    planned, opened = site.reviewed("reopen", limit="gw-1", second="M. Vis", accept_exposure="true")
    assert (planned.code, opened.code) == (0, 2), planned.output[-3000:] + opened.output[-3000:]
    assert "reopen off: 1 appliance" in planned.text
    assert "PROTECTION LOST at vpn vserver gw, decided by " in opened.text, "of weaknesses without a measure"
    assert "changed 1" in opened.text
    planned, undone = site.reviewed("rollback", limit="gw-1", reason="it stops a customer")
    assert (planned.code, undone.code) == (0, 2), undone.output[-3000:]
    assert "1 exposed; changed 1" in undone.text
    assert (site.volume / "records" / "gw-1").is_dir()


# -- four eyes ---------------------------------------------------------------------------------------------------------


def test_four_eyes_in_a_container_group(simulator: Simulator, tmp_path: Path) -> None:
    """The pod has the list of approvers beside the inventory of its job; the signature comes by a job of its own."""
    volume = tmp_path / "volume"
    own = Site(
        tmp_path,
        simulator,
        tourniquet_approvals={"apply": 1},
        records=str(volume / "records"),
        tourniquet_record_key=str(volume / "record_key"),
    )
    key = tmp_path / "alice"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    own.signers = f'alice@example.com namespaces="tourniquet-approval" {key.with_suffix(".pub").read_text("ascii")}'
    first = {**answers(["mitigation", "ticket", "who"]), "limit": "gw-2"}
    assert "namespaces" in own.job("signer").text
    assert not (own.volume / "allowed_signers").exists(), "another list than the one that counts would be refused"
    planned = own.job("plan", check=True, **first)
    plan = planned.artifacts["plan"]
    assert "APPROVALS" in planned.text
    asked = own.job("apply", **first, plan=plan)
    assert asked.code == 2
    assert "apply needs 1 approval, and has none" in asked.text
    shown = own.job("hand_in_approval", **answers(["approver", "signature"]), plan=plan)
    assert shown.code == 0, shown.output[-2000:]
    text = (Path(plan) / "approval.txt").read_bytes()
    assert f"echo {base64.b64encode(text).decode()} | base64 -d" in shown.text
    signing = ["ssh-keygen", "-Y", "sign", "-n", "tourniquet-approval", "-f", str(key)]
    signature = subprocess.run(signing, input=text, capture_output=True, check=True).stdout.decode("ascii")
    for wrong in ({"signature": "no signature", "approver": "alice"}, {"signature": signature, "approver": "../alice"}):
        assert own.job("hand_in_approval", plan=plan, **wrong).code == 2
    handed = own.job("hand_in_approval", plan=plan, approver="alice", signature=signature)
    assert handed.code == 0, handed.output[-2000:]
    done = own.job("apply", **first, plan=plan)
    assert done.code == 0, done.output[-3000:]
    assert "alice@example.com (SHA256:" in done.text
