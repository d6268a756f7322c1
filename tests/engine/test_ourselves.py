# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each verb is played against an appliance, and then alarm, status, hunt, read_logs and watch are asked who was there.

Where the notes of the control node that played it are here, nobody is called an attacker. Where they are not, nothing is called clean, and no reader says
more than that another control node may have been there. Who copies our marker, our User-Agent or our paths is never called ours.
"""

from __future__ import annotations

import gzip
import itertools
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import (
    OTHERS,
    noted_probes,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.state_file import counted_requests
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import DEFAULT_PARTS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import Hunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.run import RaiseAlarms
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.run import MakeUser
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import what_is_ours
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.evidence.run import TakeEvidence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.hunt import run as hunt_run
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.appliance_lines import hits_text
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.partition_report import measure_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.measurement import Laboratory
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.run import Prove
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.read_logs.run import ReadLogs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import NAMES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.watch.run import WatchAppliance

from simulator import Simulator
from tests.engine import rights_scenarios as scenarios
from tests.engine.node_local_stage import ACCOUNT, HOST_KEY, Shells
from tests.engine.rights_scenarios import Scene
from tests.engine.test_leave import look as remove_all
from tests.stage import client
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, Stage

StageType = TypeVar("StageType", bound=Stage)
OURS, THEIRS, ATTACKER = "192.0.2.1", "192.0.2.99", "198.51.100.7"
IDS = itertools.count(0xA000000000)
BOX = {**scenarios.BOX, "features": [*scenarios.BOX["features"], "RESPONDER"], "user_defined_audit_log": "YES"}


FLEET = fleet_file({"box": BOX}, drop_seconds=0.1)


@dataclass(frozen=True)
class Control(Scene):
    """A control node: its directory, and the address from which its requests came."""

    address: str = OURS
    sources: tuple[str, ...] = ()

    def _of_user(self, stage: StageType) -> StageType:
        stage = super()._of_user(stage)
        stage.run = f"{next(IDS):010x}"
        key = self.directory / "key"
        signing_key(key)
        stage.trust = RecordTrust(key=key, allowed_signers=self.allowed)
        return stage

    @property
    def allowed(self) -> Path | None:
        """The list of the keys that a person trusts; None where there is none."""
        path = self.directory / "allowed_signers"
        return path if path.exists() else None

    @property
    def appliance(self) -> Appliance:
        return self.mitigation.appliance

    def options(self, **more: Any) -> dict[str, Any]:
        """Return the options that all tasks of this control node have."""
        paths = {name: str(self.directory / name) for name in ("records", "alarms", "baselines", "bookmarks")}
        shell = {"user": ACCOUNT.user, "password": "nsroot", "key_file": None, "host_keys": [HOST_KEY], "port": 22}
        return {
            **paths,
            "catalogue": str(CATALOGUE.parent),
            "record_key": str(self.directory / "key"),
            "allowed_signers": str(self.allowed) if self.allowed else "",
            "sources": list(self.sources),
            "bundles": str(self.directory / "evidence"),
            **{f"ssh_{name}": value for name, value in shell.items()},
            "fail_at": 2,
            **more,
        }


# -- the readers ---------------------------------------------------------------------------------------------------------


NAME = "tq_cve_2019_19781"


def observed(control: Control) -> dict[str, Any]:
    """Return the result of a status of what observes, as values."""
    stage = control.mitigation
    counted = counted_requests(str(control.directory / "alarms"), stage.name)
    parameters = stage.parameters(mode=Mode.OBSERVE, probes=Probes.NONE, counted=counted)
    with Connection(stage.appliance) as connection:
        found = PartitionedDeployment(connection, parameters).status()
        return json_values(measure_result(found, connection))  # type: ignore[no-any-return]


def asked(control: Control) -> list[str]:
    """Return by how many requests of others a status shows the hits of a policy."""
    stage = control.mitigation
    counted = counted_requests(str(control.directory / "alarms"), stage.name)
    found = stage.status(probes=Probes.NONE, counted=counted)
    hits = found.facts.configuration.observation.hits
    return [
        f"review: {name}: hits by others, or of another control node"
        for name in hits
        if hits[name] > found.probe_hits.get(name, 0)
    ]


def raised(control: Control) -> list[str]:
    return told(RaiseAlarms(control.appliance, control.options(receiver="none", within=1), False, False).values())


def hunted(control: Control, *, ssh: bool = False) -> list[str]:
    more = {"own_changes": "", "saved_configurations": True, "rotation": "", "ssh": ssh}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hunt_run, "Hunt", partial(Hunt, run=Shells(control.simulator)))
        return told(hunt_run.LookForTraces(control.appliance, control.options(**more), False, False).values())


def read(control: Control) -> list[str]:
    more = {"source": "", "admins": [], "from_start": True}
    return told(ReadLogs(control.appliance, control.options(**more), False, False).values())


def watched(control: Control, *, accept: str = "") -> list[str]:
    more = {"accept": accept, "accept_findings": [], "hash_all": False}
    return told(WatchAppliance(control.appliance, control.options(**more), False, False).values())


def told(found: Mapping[str, Any]) -> list[str]:
    """Return the findings of a result, each with all that a person reads of it."""
    words = ("level", "what", "where", "why", "cannot_mean", "next_step")
    return [": ".join(str(one[name]) for name in words) for one in found["findings"]]


READERS: Mapping[str, Callable[[Control], list[str]]] = {
    "status": asked,
    "alarm": raised,
    "hunt": hunted,
    "read_logs": read,
    "watch": watched,
}


# -- the verbs -----------------------------------------------------------------------------------------------------------


def alarm(control: Control) -> None:
    control.mitigation.apply_all()
    raised(control)


def hunt_by_ssh(control: Control) -> None:
    hunted(control, ssh=True)


def over_ssh(play: Callable[[Control], Any]) -> Callable[[Control], None]:
    """The tasks of these verbs note their commands, and the stages call what is in the tasks."""

    def played(control: Control) -> None:
        with noted_probes(control.directory / "records", control.name, f"{next(IDS):010x}", ACCOUNT.user):
            play(control)

    return played


def evidence(control: Control) -> None:
    asked = {"parts": list(DEFAULT_PARTS), "ssh": False, "largest": 100, "reason": ""}
    defaults = {name: one.get("default") for name, one in options_of("evidence", "evidence").items()}
    found = TakeEvidence(control.appliance, {**defaults, **control.options(**asked)}, False, False).values()
    assert found["exit_code"] == 0, found


def node_local(control: Control) -> None:
    control.node_local.apply_all()
    over_ssh(lambda control: control.node_local.go())(control)


def audit(control: Control) -> None:
    control.mitigation.apply_all()
    with control.connected() as connection:
        scenarios.audit(connection, control.mitigation.records, control.name, "")


def close(control: Control) -> None:
    control.closing.close(LadderStep.NOTICE)


def reopen(control: Control) -> None:
    control.mitigation.lockdown()
    control.mitigation.reopen()


def retire(control: Control) -> None:
    control.mitigation.apply_all()
    control.mitigation.rollback_all(why="after_fix")


def rollback(control: Control) -> None:
    control.mitigation.apply_all()
    control.mitigation.rollback_all()


def leave(control: Control) -> None:
    control.mitigation.apply_all()
    assert remove_all(control.mitigation, remove=True, accept_exposure=True, who="J. Jansen", reason="a test")[
        "changed"
    ]


def bootstrap(control: Control) -> None:
    asked = {
        "admin_user": "nsroot",
        "admin_password": "nsroot",
        "ticket": "",
        "reason": "a test",
        "lock": "on",
        "break_lock": "",
        "playbooks": ["plan", "apply"],
        "measure_kinds": ["mitigation"],
        "extras": [],
        "api_only": True,
        "rotate_password": False,
        "adopt": True,
        "remove": False,
        "unsaved": "save_first",
        "write": True,
        "approvals": [],
        "approvers": "",
        "approval": None,
    }
    found = MakeUser(replace(control.appliance, user="tourniquet_b"), control.options(**asked), False, False).values()
    assert found["changed"]


def prove(control: Control, **more: Any) -> None:
    asked = {
        "results": str(control.directory / "results"),
        "scratch": True,
        "globally": False,
        "scratch_address": "192.0.2.250",
        "scratch_port": 65000,
        "gateway": "",
        "reason": "a test",
        "lock": "on",
        "break_lock": "",
        "approval": None,
        **more,
    }
    found = Prove(control.appliance, control.options(**asked), False, False).values()
    assert not found["left"]


VERBS: Mapping[str, Callable[[Control], Any]] = {
    "plan": lambda control: control.mitigation.plan_all(),
    "status": lambda control: control.mitigation.status_all(),
    "verify": lambda control: control.mitigation.status_all(probes=Probes.ALL),
    "apply": lambda control: control.mitigation.apply_all(),
    "rollback": rollback,
    "retire": retire,
    "leave": leave,
    "lockdown": lambda control: control.mitigation.lockdown(),
    "close": close,
    "reopen": reopen,
    "end_sessions": scenarios.end_sessions,
    "audit": audit,
    "on_box": over_ssh(lambda control: control.on_box.on_box(Wanted.PRESENT)),
    "impact": scenarios.impact,
    "learn": scenarios.learn,
    "read_logs": read,
    "hunt": hunt_by_ssh,
    "alarm": alarm,
    "evidence": evidence,
    "watch": watched,
    "doctor": lambda control: scenarios.diagnose(control.appliance),
    "node_local": node_local,
    "prove": prove,
    "bootstrap": bootstrap,
}
"""By verb, how it is played."""
NOT_PLAYED = {
    "catalogue": "it reads as status does",
    "ledger": "it reads as status does",
    "letters": "it asks no appliance",
    "consent": "it asks no appliance",
    "signer": "it asks no appliance",
    "new_entry": "it asks no appliance",
    "rollout": "it plays apply and status",
    "sliced": "it plays the other verbs",
}


def test_each_verb_is_played() -> None:
    assert {*VERBS} | {*NOT_PLAYED} == {*NAMES}


# -- the matrix ----------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control node that asks has another address than the one that a log has instead of each client."""
    monkeypatch.setattr(what_is_ours, "own_addresses", lambda _appliance: [OURS])
    init: Any = Laboratory.__init__
    monkeypatch.setattr(init, "__kwdefaults__", {**init.__kwdefaults__, "sleep": lambda _seconds: None})


@pytest.fixture
def here(simulator: Simulator, tmp_path: Path) -> Control:
    simulator.reset()
    control = Control(simulator, tmp_path / "here")
    watched(control)
    watched(control, accept="J. Jansen")
    came_from(control)
    return control


def came_from(control: Control) -> None:
    """Let what was logged since then have come from the address of a control node."""
    for node in control.simulator.fleet.appliances[control.name].nodes:
        for path, file in list(node.files.items()):
            if path.startswith("/var/log/"):
                content = bytes(file.content)
                packed = path.endswith(".gz")
                named = from_address(gzip.decompress(content) if packed else content, control.address)
                node.write_file(path, gzip.compress(named) if packed else named)


def from_address(log: bytes, address: str) -> bytes:
    """Return a log in which another client is named: of httpd, of commands, and of log actions."""
    return re.sub(rb"(?m)(^|Remote_ip |blocked |would block )127\.0\.0\.1(?= )", rb"\g<1>" + address.encode(), log)


def findings(control: Control) -> dict[str, list[str]]:
    """Return what each reader finds, one after the other: none of them is the attacker of the next one."""
    found: dict[str, list[str]] = {}
    for reader, ask in READERS.items():
        found[reader] = ask(control)
        came_from(control)
    return {reader: texts for reader, texts in found.items() if texts}


ACCEPTED_BY_A_PERSON = {"bootstrap": {"watch"}}
"""A new administrator of the appliance is accepted by a person, whoever has made him."""
COMMANDS_WITHOUT_A_RECORD = {"on_box", "hunt", "evidence", "node_local", "prove", "bootstrap"}
"""The word of another control node is not enough for a command: nobody but a person, or a signed record, says that it is ours."""
READS_ONLY = {"plan", "impact", "learn", "read_logs", "watch", "doctor"}
"""The verbs that leave nothing that anybody could take for an attack."""


@pytest.mark.sampled(5)
@pytest.mark.parametrize("verb", VERBS)
def test_what_we_did_is_ours(here: Control, verb: str) -> None:
    VERBS[verb](here)
    came_from(here)
    found = findings(here)
    assert {*found} == ACCEPTED_BY_A_PERSON.get(verb, set()), found


@pytest.mark.sampled(5)
@pytest.mark.parametrize("verb", VERBS)
def test_what_another_control_node_did_is_ours_where_its_notes_are_here(here: Control, verb: str) -> None:
    theirs = other(here)
    VERBS[verb](theirs)
    came_from(theirs)
    bring(theirs, here)
    found = findings(replace(here, sources=(THEIRS,)))
    assert is_in_doubt(found)
    in_doubt = {"read_logs"} if verb in COMMANDS_WITHOUT_A_RECORD else set()
    assert {*found} == in_doubt | ACCEPTED_BY_A_PERSON.get(verb, set()), found
    assert all("control node theirs" in text for text in found.get("read_logs", ()) if f"from {THEIRS}" in text) or (
        verb == "evidence"
    ), found


@pytest.mark.sampled(5)
@pytest.mark.parametrize("verb", VERBS)
def test_what_nobody_here_knows_may_be_of_another_control_node(here: Control, verb: str) -> None:
    theirs = other(here)
    VERBS[verb](theirs)
    came_from(theirs)
    found = findings(here)
    assert bool(found) is (verb not in READS_ONLY), "what cannot be told is not clean"
    assert all("control node" in text for texts in found.values() for text in texts), found
    accused = [text for texts in found.values() for text in texts if OURS in text and not text.startswith("review: ")]
    assert accused == [], "hunt.yml and watch.yml are no attack on what node_local.yml protects"


def twice(control: Control) -> dict[str, list[str]]:
    """Return what each reader finds after all of them have read: the reads of a hunt and of a watch must not be the attack of the next alarm."""
    findings(control)
    return findings(control)


@pytest.mark.parametrize("mode", [Mode.ENFORCE, Mode.OBSERVE])
def test_what_our_own_readers_ask_where_policies_judge_the_management_is_no_attack(here: Control, mode: Mode) -> None:
    """Seen: 'ATTEMPT matched 3 requests of others', which were two directories that a hunt listed and one that a watch did."""
    node_local(here)
    if mode is Mode.OBSERVE:
        here.mitigation.apply_all(mode=mode, who="J. Jansen", reason="a test")
    came_from(here)
    assert twice(here) == {}
    (node, *_others) = here.appliance.nodes
    client.ask({"address": node.host, "port": node.port}, "/vpn/../vpns/cfg/smb.conf")
    (attack,) = raised(here)
    assert attack.startswith("attempt: matched 1 request of others since "), "no read hides an attack"


@pytest.mark.parametrize("mode", [Mode.ENFORCE, Mode.OBSERVE])
def test_what_a_plan_asks_a_node_that_judges_its_management_by_default_is_no_attack(here: Control, mode: Mode) -> None:
    """Seen: 'ATTEMPT matched 6 requests of others', which were the evaluations for a plan from observing to blocking. No start-up line says that they are
    judged.
    """
    for node in here.simulator.fleet.appliances[here.name].nodes:
        node.skip_systemaccess_policyeval = 0
    here.mitigation.apply_all(mode=mode, who="J. Jansen", reason="a test")
    came_from(here)
    other = Mode.ENFORCE if mode is Mode.OBSERVE else Mode.OBSERVE
    here.mitigation.plan_all(mode=other, who="J. Jansen", reason="a test")
    assert asked(here) == raised(here) == []


def test_reads_of_a_node_that_may_judge_its_management_hide_no_attack_and_accuse_nobody(here: Control) -> None:
    """Seen: silence, where as many requests of an attacker came during a hunt as it had reads of such paths."""
    for node in here.simulator.fleet.appliances[here.name].nodes:
        node.skip_systemaccess_policyeval = 0
    here.mitigation.apply_all(mode=Mode.OBSERVE, who="J. Jansen", reason="a test")
    came_from(here)
    assert raised(here) == []
    hunted(here)
    line = f"{NAME}: 2 hits of unknown origin"
    assert [text for text in hits_text([observed(here)]) if text.startswith(NAME)] == [f"{line}, 5 by our probes"]
    (doubtful,) = raised(here)
    assert doubtful.startswith("review: matched 2 requests of unknown origin since ")
    assert "nothing says whether the node lets policies judge its management address" in doubtful
    hunted(here)
    (first, *_others) = here.appliance.nodes
    client.ask({"address": first.host, "port": first.port}, "/vpn/../vpns/cfg/smb.conf")
    (attack,) = raised(here)
    assert attack.startswith("attempt: matched 3 requests of others, of which 2 may be ours, since ")


def test_what_was_asked_of_a_secondary_is_no_attack_once_it_is_primary(here: Control) -> None:
    """Seen: 'ATTEMPT matched 4 requests of others', which were the probes of node_local at the address of the secondary."""
    node_local(here)
    came_from(here)
    assert findings(here) == {}
    here.simulator.appliance(here.name).failover()
    assert findings(here) == {}


def is_in_doubt(found: Mapping[str, list[str]]) -> bool:
    """Return True if no finding calls anybody an attacker, and each says that a control node may have been there."""
    texts = [text for reader in found.values() for text in reader]
    return all(text.startswith("review: ") and "control node" in text for text in texts)


def test_who_copies_us_is_not_called_ours(here: Control) -> None:
    """Somebody repeats all of our requests and commands from elsewhere, and gives his files our names."""
    alarm(here)
    VERBS["on_box"](here)
    came_from(here)
    for node in here.simulator.fleet.appliances[here.name].nodes:
        for path in ("/var/log/httpaccess.log", "/var/log/ns.log"):
            log = bytes(node.files[path].content)
            copied = [line for line in log.splitlines(keepends=True) if OURS.encode() in line]
            node.write_file(path, log + b"".join(copied).replace(OURS.encode(), ATTACKER.encode()))
        for path in ("/var/tmp/tourniquet_lock.txt", "/nsconfig/tourniquet_on_box.sh"):
            node.write_file(path, b"<?php eval($_POST[1]);")
        crontab = bytes(node.files["/var/cron/tabs/root"].content)
        node.write_file("/var/cron/tabs/root", crontab + b"* * * * * /nsconfig/tourniquet_on_box.sh; /var/tmp/x\n")
    found = findings(here)
    logged = " ".join(found["read_logs"])
    assert f"attempt: attack that a policy logged: {ATTACKER}" in logged
    assert f"with an account of the playbooks, of unknown origin: tourniquet from {ATTACKER}" in logged
    assert OURS not in logged
    files = " ".join(found["hunt"])
    assert "/var/tmp/tourniquet_lock.txt" in files
    assert "/nsconfig/tourniquet_on_box.sh" in files
    changed = " ".join(found["watch"])
    assert "/nsconfig/tourniquet_on_box.sh" in changed
    assert "/var/cron/tabs/root" in changed


def other(here: Control) -> Control:
    return Control(here.simulator, here.directory.parent / "theirs", address=THEIRS)


def bring(theirs: Control, here: Control) -> None:
    """A person brings what another control node has written down, and trusts its key."""
    records, alarms = here.directory / "records", here.directory / "alarms"
    for folder in (records / OTHERS, alarms):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    records.chmod(0o700)
    notes = records / OTHERS / "theirs" / "box"
    notes.mkdir(parents=True, mode=0o700)
    notes.parent.chmod(0o700)
    (records / "box").mkdir(exist_ok=True, mode=0o700)
    for path in (theirs.directory / "records" / "box").glob("*"):
        shutil.copy(path, notes if path.name.startswith("probes_") else records / "box")
    if (theirs.directory / "alarms").is_dir():
        shutil.copytree(theirs.directory / "alarms", alarms / "theirs")
    allowed = here.directory / "allowed_signers"
    allowed.write_text(f"theirs {public_line(signing_key(theirs.directory / 'key'))}\n")
    allowed.chmod(0o600)


def test_what_prove_asks_a_gateway_is_no_attempt(here: Control) -> None:
    """Seen: "attempt: matched 4 requests of others", which were the questions of prove.yml at a whitelist that only counts."""
    allow = [{"prefix": "/only/", "comment": "a test", "owner": "J. Jansen"}]
    lists = [{"vserver": "gw", "kind": "vpn", "mode": "observe", "allow": allow}]
    scenarios.done(here.whitelist.play("apply", lists, save="always"))
    came_from(here)
    raised(here)
    prove(here, globally=True, gateway="gw")
    came_from(here)
    assert findings(here) == {}
