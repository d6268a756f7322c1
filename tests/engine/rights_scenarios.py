# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each playbook does on an appliance, in process, by a user with few rights, with the commands that the appliance compares with the command policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import jinja2
import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.log_download import fetch_logs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.names import DEFAULT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.object_reads.vserver_reads import read_vips
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import (
    load_catalogue,
    load_entry,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change import (
    Harm,
    Proof,
    ProofFindings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import signing_key
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.coverage import Coverage
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.ledger_reading import (
    LedgerReader,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.resulting_policies import (
    read_resulting_policies,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import (
    ApplianceVerdict,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.appfw_log.measure import load_appfw_log
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.management_log.measure import (
    load_management_log,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.setting.measure import SettingMeasure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local import reboot
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.collect import EvidenceRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import DEFAULT_PARTS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import read_ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import Hunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.bookmarks import Bookmarks
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.examination import read_logs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.known_of_appliance import (
    KnownOfAppliance,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_ons import read_log_ons
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_sources import logs_of_nodes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watch import CHANGES, Watch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.tested_forwarding import AlarmTest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.impact import read_impact
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.scope import read_scope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_proof import SwitchProof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.counted_reads import counted_reads
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.proven_run import ApplyProof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.diagnose import diagnose
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.catalogue_actions import (
    session_actions,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import (
    AnswerFinder,
    Reopening,
    not_answered,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RetireParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_proof import RollbackProof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.catalogue_check import (
    CatalogueCheck,
    find_of_both,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import (
    DesiredVersion,
    ExposureCheck,
)

from simulator import Simulator
from simulator.nitro import command_policies
from simulator.types.errors import NitroError
from tests.engine.closing_stage import ClosingStage
from tests.engine.geoblock_stage import ROWS, GeoblockStage
from tests.engine.node_local_stage import NodeLocalStage
from tests.engine.on_box_stage import OnBoxStage
from tests.engine.sessions_stage import Sessions
from tests.engine.settings_stage import AS_OF, Settings
from tests.engine.test_leave import look as remove_all
from tests.engine.whitelist_stage import WhitelistStage
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, MITIGATION, Played, Stage

USER, PASSWORD = "tourniquet", "n1ght-Shift-7Q"
VSERVERS = [
    {"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"},
    {"type": "lb", "name": "site", "address": "127.0.0.3:0", "protocol": "HTTP"},
    {"type": "cs", "name": "web", "address": "127.0.0.4:0", "protocol": "HTTP"},
    {"type": "authentication", "name": "aaa", "address": "127.0.0.5:0", "protocol": "SSL"},
]
KINDS = {str(one["name"]): str(one["type"]) for one in VSERVERS}
# A policy of somebody else whose rule needs each kind of named object.
RULE = 'HTTP.REQ.URL.PATH.EQUALS_ANY("paths") && CLIENT.IP.SRC.TYPECAST_TEXT_T.EQUALS_ANY("networks") && theirs'  # of three kinds
THEIRS: dict[str, Any] = {
    "policypatset": [{"name": "paths"}],
    "policypatset_pattern_binding": [{"name": "paths", "string": "/secret"}],
    "policydataset": [{"name": "networks", "type": "ipv4"}],
    "policydataset_value_binding": [{"name": "networks", "value": "203.0.113.7"}],
    "policyexpression": [{"name": "theirs", "value": "HTTP.REQ.METHOD.EQ(GET)"}],
    "responderpolicy": [{"name": "theirs", "rule": RULE, "action": "NOOP"}],
    "responderglobal_responderpolicy_binding": [
        {"policyname": "theirs", "priority": 100, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    ],
}
# A policy of ours with a log action, whose line nobody writes: why not is looked for, with every read.
ALARM: dict[str, Any] = {
    "auditmessageaction": [{"name": "tq_cve_2019_19781", "loglevel": "WARNING", "stringbuilderexpr": '"tq"'}],
    "responderpolicy": [
        {"name": "tq_cve_2019_19781", "rule": "true", "action": "NOOP", "logaction": "tq_cve_2019_19781"}
    ],
    "responderglobal_responderpolicy_binding": [
        {"policyname": "tq_cve_2019_19781", "priority": 10, "gotopriorityexpression": "NEXT", "type": "REQ_OVERRIDE"}
    ],
}
BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0", "127.0.0.6:0"],
    "features": ["LB", "SSL", "SSLVPN", "CS", "AAA"],
    "vservers": VSERVERS,
    "users": {USER: PASSWORD, "nsroot": "nsroot"},
}
SIX = {"name": "six", "servicetype": "HTTP", "ipv46": "2001:db8:1::5", "port": 80}
FLEET: dict[str, Any] = fleet_file(
    {
        "box": BOX,
        "alarm": {**BOX, "features": [*BOX["features"], "RESPONDER"], "configuration": ALARM},
        "theirs": {**BOX, "features": [*BOX["features"], "RESPONDER"], "configuration": THEIRS},
        "tenants": {**BOX, "vservers": VSERVERS[:1], "partitions": {"tenant_a": {"features": ["LB"]}}},
        "geo": {**BOX, "build": "13.1 53.24", "configuration": {"lbvserver": [SIX]}},
    },
    drop_seconds=0.1,
)
ALLOW = [{"prefix": "/Citrix/StoreWeb/", "comment": "StoreFront", "owner": "J. Jansen"}]
LISTS: list[dict[str, Any]] = [
    {
        "vserver": name,
        "kind": kind,
        "mode": "enforce",
        **({"allow": ALLOW} if kind in ("lb", "cs") else {"base": ["gateway"]}),
    }
    for name, kind in KINDS.items()
]
SIX_ROWS = (("2001:db8:9::", "2001:db8:9::ff", "RU"), ("2001:db8:b::", "2001:db8:b::ff", "UA"))
LISTED_BUILD = "14.1 73.37"
"""A build on which the vendor's Global Deny List may stop a weakness, so that his signatures are read."""
SETTINGS = ("cve_2026_88772", "cve_2026_88778")
METHODS = ("acls", "datasets", "location")
StageType = TypeVar("StageType", bound=Stage)


@dataclass
class Compared:
    """The commands of the user that an appliance compared with the command policies.

    :ivar refused: those of them that it refused
    """

    lines: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@contextmanager
def compared_commands() -> Iterator[Compared]:
    """Note each command of the user that an appliance compares with the command policies."""
    compared, check = Compared(), command_policies.check_line

    def noted(running: Any, user: str, make: Callable[[], str]) -> None:
        if user != USER:
            check(running, user, make)
            return
        line = make()
        compared.lines.append(line)
        try:
            check(running, user, lambda: line)
        except NitroError:
            compared.refused.append(line)
            raise

    with mock.patch.object(command_policies, "check_line", noted):
        yield compared


@dataclass(frozen=True)
class Scene:
    """One appliance of the fleet, as it was at the start, and a directory for the records of one control node.

    :ivar user: the user of the verbs
    """

    simulator: Simulator
    directory: Path
    name: str = "box"
    user: str = USER

    @property
    def unproven(self) -> dict[str, Any]:
        """Nothing listens in an admin partition, so nothing is proven there."""
        return {"save": "always"} if self.name == "tenants" else {}

    def by(self, user: str, directory: str = "") -> Scene:
        """:param directory: that of another control node"""
        return Scene(self.simulator, self.directory / directory, self.name, user)

    @property
    def administrator(self) -> Scene:
        return self.by("nsroot")

    def _of_user(self, stage: StageType) -> StageType:
        stage.variables |= {"user": self.user, "password": PASSWORD if self.user == USER else self.user}
        return stage

    @property
    def mitigation(self) -> Stage:
        return self._of_user(Stage(self.simulator, self.directory / "records", self.name))

    @property
    def closing(self) -> ClosingStage:
        return self._of_user(ClosingStage(self.simulator, self.directory / "records", self.name))

    @property
    def whitelist(self) -> WhitelistStage:
        return self._of_user(WhitelistStage(self.simulator, self.directory / "records", self.name))

    @property
    def node_local(self) -> NodeLocalStage:
        return self._of_user(NodeLocalStage(self.simulator, self.directory / "records"))

    @property
    def on_box(self) -> OnBoxStage:
        return self._of_user(OnBoxStage(self.simulator, self.directory / "records"))

    def geoblock(self, method: str) -> GeoblockStage:
        names = [*KINDS, "six"] if method == "acls" else list(KINDS)
        stage = GeoblockStage(
            self.simulator,
            self.directory / "records",
            self.name,
            way=method,
            vservers=names,
            families=["ipv4", "ipv6"],
            answer="drop" if method == "acls" else "forbidden",
            accept=["private", "changed", "shrunken"],
        )
        stage.data(*ROWS[4], *SIX_ROWS)
        return self._of_user(stage)

    def setting(self, entry: str) -> Settings:
        measure = load_entry_measure(CATALOGUE.parent / entry)
        assert isinstance(measure, SettingMeasure)
        return self._of_user(Settings(self.simulator, self.directory / "records", measure, self.name))

    @property
    def management_logs(self) -> Settings:
        """A syslog server of the administrator shall get them."""
        with self.administrator.connected() as connection:
            row = {"name": "loghost", "serverip": "192.0.2.9", "loglevel": ["ALL"]}
            connection.primary.write("POST", "auditsyslogaction", {"auditsyslogaction": row})
            connection.primary.save()
        measure = load_management_log(["loghost"], self.name, AS_OF)
        return self._of_user(Settings(self.simulator, self.directory / "records", measure, self.name))

    @property
    def appfw_log(self) -> Settings:
        """The administrator has switched the application firewall on."""
        with self.administrator.connected() as connection:
            connection.primary.write("POST", "nsfeature?action=enable", {"nsfeature": {"feature": ["APPFW"]}})
            connection.primary.save()
        measure = load_appfw_log(True, self.name, AS_OF)
        return self._of_user(Settings(self.simulator, self.directory / "records", measure, self.name))

    @property
    def sessions(self) -> Sessions:
        return self._of_user(Sessions(self.simulator, self.directory / "records", self.name))

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        with Connection(self.mitigation.appliance) as connection:
            yield connection

    def limit(self, patterns: Iterable[str]) -> None:
        """Give the user command policies with these expressions, and no others."""
        with self.administrator.connected() as connection:
            session, binding = connection.primary, "systemuser_systemcmdpolicy_binding"
            for number, pattern in enumerate(patterns):
                row = {"policyname": f"p{number}", "action": "ALLOW", "cmdspec": pattern}
                session.write("POST", "systemcmdpolicy", {"systemcmdpolicy": row})
                bound = {"username": USER, "policyname": f"p{number}", "priority": 10 + number}
                session.write("PUT", binding, {binding: bound})
            session.write("DELETE", f"{binding}/{USER}?args=policyname:superuser")
            session.save()

    def somebody_changes(self) -> None:
        """Somebody else leaves an unsaved change."""
        with self.administrator.connected() as connection:
            connection.primary.write("POST", "policypatset", {"policypatset": {"name": "unsaved"}})


def harm(proof: type[Proof] = SwitchProof) -> Any:
    """The proof of a switch, or of another change, finds harm."""
    found = ProofFindings(facts={}, harm=Harm("a test did harm", "so it is undone"))
    return mock.patch.object(proof, "after", return_value=found)


def done(played: Played) -> None:
    assert played.result.failed == "", played.result.failed


def plan(scene: Scene) -> None:
    """First with nothing there, then with an older version of another control node, then with unsaved changes of others."""
    ours = partial(scene.mitigation.parameters, **scene.unproven)
    with scene.connected() as connection:
        PartitionedDeployment(connection, ours()).plan(with_rights=True)
    scene.by("nsroot", "elsewhere").mitigation.apply_all(version=1, **scene.unproven)
    scene.mitigation.plan_all(**scene.unproven)
    scene.somebody_changes()
    scene.mitigation.plan_all(unsaved="save_first", **scene.unproven)


def status(scene: Scene) -> None:
    scene.by("nsroot", "elsewhere").mitigation.apply_all(**scene.unproven)
    scene.mitigation.status_all()
    scene.somebody_changes()
    scene.mitigation.status_all()


def whole_catalogue(scene: Scene) -> None:
    """status.yml without a mitigation, on a build that leaves every entry open, and on one that the vendor's list concerns."""
    for build in (None, LISTED_BUILD):
        if build:
            scene.simulator.appliance(scene.name).upgrade(build)
        with Connection(scene.mitigation.appliance) as connection:
            _require_all_read(_whole_catalogue(scene.mitigation).find(connection))


def _whole_catalogue(stage: Stage) -> CatalogueCheck:
    directory = CATALOGUE.parent
    return CatalogueCheck(
        appliance=stage.appliance,
        entries=load_catalogue(directory),
        directory=directory,
        records=stage.records,
        run="run",
        desired={CATALOGUE.name: DesiredVersion(2, _rendered(stage))},
        trust=stage.trust,
    )


def _require_all_read(found: ApplianceVerdict) -> None:
    assert [one.entry.id for one in found.entries if "not authorized" in one.verdict.reason.lower()] == []


def both_catalogues(scene: Scene) -> None:
    """catalogue.yml with a bundle, on a build that leaves every entry open, and on one that the vendor's list concerns."""
    check = _whole_catalogue(scene.mitigation)
    for build in (None, LISTED_BUILD):
        if build:
            scene.simulator.appliance(scene.name).upgrade(build)
        with Connection(scene.mitigation.appliance) as connection:
            before, after = find_of_both(check, check, connection)
        assert before == after
        _require_all_read(before)


def change(scene: Scene) -> None:
    """An apply that is undone, one of each version, and both ways of taking it off."""
    with scene.connected() as connection:
        PartitionedDeployment(connection, scene.mitigation.parameters()).plan(with_rights=True)
    scene.mitigation.apply_all(version=1, probes="none", on_unproven="revert")
    scene.somebody_changes()
    scene.mitigation.apply_all(version=1, unsaved="save_first", **scene.unproven)
    scene.mitigation.apply_all(**scene.unproven)
    scene.mitigation.rollback_all()
    scene.mitigation.rollback_all(why="after_fix")


def change_with_node_local(scene: Scene) -> None:
    """Rule, knob and start-up line; the shell has an account of its own."""
    stage = scene.node_local
    stage.apply_all()
    result = stage.go()
    assert result.changed
    assert result.state is Coverage.COVERED


def reboot_both_nodes(scene: Scene) -> None:
    """The secondary, a failover, and the other one."""
    stage = scene.node_local
    stage.apply_all()
    with scene.administrator.connected() as connection:
        for member in connection.members:
            member.session.save()
    with mock.patch.object(reboot, "POLL_SECONDS", 0.05):
        assert stage.go(reboot=True, evidence="case 7").changed


def change_and_retire(scene: Scene) -> None:
    """The same, and the removal after the fix."""
    change(scene)
    scene.administrator.mitigation.apply_all()
    scene.simulator.appliance(scene.name).upgrade("13.0 47.24")
    stage = scene.mitigation
    parameters = RetireParameters(
        appliance=stage.appliance,
        measure=MITIGATION,
        owner=Owner(MITIGATION.id, MITIGATION.current_version),
        records=stage.records,
        trust=stage.trust,
        run="retire",
    )
    with scene.connected() as connection:
        run = PartitionedRollback(connection, parameters)
        run.carry_out(run.plan())


def leave(scene: Scene) -> None:
    """Everything is listed and removed, also what another control node has brought in."""
    scene.by("nsroot", "elsewhere").mitigation.apply_all()
    stage = scene.mitigation
    options = {"remove": True, "accept_exposure": True, "who": "J. Jansen", "reason": "a test"}
    assert remove_all(stage, **options)["changed"]


def plan_of_settings(scene: Scene) -> None:
    for entry in SETTINGS:
        scene.setting(entry).plan()


def on_box(scene: Scene) -> None:
    """The script is put there and taken out again; the shell has an account of its own."""
    stage = scene.on_box
    assert stage.on_box(Wanted.PRESENT).changed
    assert stage.on_box(Wanted.ABSENT).changed


def change_of_settings(scene: Scene) -> None:
    for entry in SETTINGS:
        stage = scene.setting(entry)
        word = stage.apply().verdict.word
        assert word in ("mitigated", "reduces exposure")
        assert stage.status().verdict.word == word
        stage.rollback(why="undo")


def plan_of_appfw_log(scene: Scene) -> None:
    scene.appfw_log.plan()


def change_of_appfw_log(scene: Scene) -> None:
    stage = scene.appfw_log
    assert stage.apply().verdict.word == "enforcing"
    with scene.administrator.connected() as connection:  # a deny URL that the next run unbinds
        type_ = "appfwprofile_denyurl_binding"
        connection.primary.write("POST", type_, {type_: {"name": "tq_appfw_log", "denyurl": "^/theirs"}})
        connection.primary.save()
    assert stage.apply().verdict.word == "enforcing"
    assert stage.status().verdict.word == "enforcing"
    assert stage.rollback(why="after_fix").plan.steps


def alarm_of_appfw_log(scene: Scene) -> None:
    administrator = Settings(scene.simulator, scene.directory / "records", scene.appfw_log.mitigation, scene.name)
    administrator.apply()
    alarm(scene)


def plan_of_management_logs(scene: Scene) -> None:
    scene.management_logs.plan()


def change_of_management_logs(scene: Scene) -> None:
    stage = scene.management_logs
    assert stage.apply().verdict.word == "enforcing"
    assert stage.status().verdict.word == "enforcing"
    assert stage.rollback(why="undo").plan.steps


def end_sessions(scene: Scene) -> None:
    """The box has no fix, so a person accepts that."""
    stage = scene.sessions
    stage.log_on()
    assert stage.end(*session_actions(CATALOGUE.parent, ""), accept_exposure=True, who="J. Jansen").changed


def change_with_audit_log(scene: Scene) -> None:
    scene.mitigation.apply_all(audit_log=True)
    scene.mitigation.rollback_all()


def lock_down(scene: Scene) -> None:
    """A lockdown that is undone because it did harm, and one that stays."""
    scene.somebody_changes()
    with harm(), pytest.raises(StepFailed, match="was undone at once"):
        scene.mitigation.lockdown(unsaved="save_first")
    scene.mitigation.lockdown()


def close_off(scene: Scene) -> None:
    """A lockdown, after it was read whom it hits."""
    with scene.connected() as connection:
        scope = read_scope(connection, ClosureScope())
        found = read_impact(
            connection, connection.appliance, [(DEFAULT, vserver) for vserver in scope.in_scope(DEFAULT)]
        )
    assert {one.vserver.name for one in found.services} == {*KINDS}
    lock_down(scene)


def log_ons(scene: Scene) -> None:
    with scene.connected() as connection:
        read_log_ons(logs_of_nodes(connection), datetime.now(UTC))
    close_off(scene)


def close_by_measures(scene: Scene) -> None:
    """Both measures, one after the other, and the other text of a page; one run is undone because it did harm."""
    stage = scene.closing
    scene.somebody_changes()
    with harm(ApplyProof):
        _plan, undone = stage.close(LadderStep.NOTICE, unsaved="save_first")
        assert undone is not None
        assert "was undone at once" in undone.failed
    for step, texts in ((LadderStep.PARTNERS, {}), (LadderStep.NOTICE, {}), (LadderStep.NOTICE, {"nl": "Dicht."})):
        networks = (ip_network("198.51.100.0/24"),)
        _plan, result = stage.close(step, networks=networks, texts=texts, save="always", unsaved="save_first")
        assert result is not None
        assert result.failed == "", result.failed


def open_by_measures(scene: Scene) -> None:
    """All, which is undone because it did harm, then a part, and then the rest."""
    scene.by("nsroot").closing.close(LadderStep.NOTICE)
    with harm(RollbackProof), pytest.raises(StepFailed, match="was undone at once"):
        scene.closing.open(LadderStep.NOTICE)
    scene.closing.open(LadderStep.NOTICE, ClosureScope(vips=("gw",)))
    scene.closing.open(LadderStep.NOTICE)


def reopen(scene: Scene) -> None:
    """A person overrules that nothing is known of the past, so that the configuration is not read."""
    _reopen(scene, not_answered)


def reopen_from_evidence(scene: Scene) -> None:
    stage = scene.mitigation
    reader = LedgerReader(
        stage.appliance, load_catalogue(CATALOGUE.parent), stage.records, stage.trust, catalogue=CATALOGUE.parent
    )
    _reopen(scene, reader.answers)


def _reopen(scene: Scene, find_answers: AnswerFinder) -> None:
    scene.by("nsroot").mitigation.lockdown()
    stage = scene.mitigation
    text = _rendered(stage)
    check = ExposureCheck(
        stage.appliance, CATALOGUE.parent, stage.records, "run", {MITIGATION.id: DesiredVersion(text=text)}, stage.trust
    )
    scene.somebody_changes()
    for outcome in (pytest.raises(StepFailed, match="was undone at once"), nullcontext()):
        with scene.connected() as connection, outcome as failure, harm() if failure else nullcontext():
            parameters = stage.switch_parameters("reopen", unsaved="save_first", second="M. Vis")
            run = Reopening(connection, parameters, check.find, find_answers)
            run.carry_out(run.plan())


def ledger_of_records(scene: Scene) -> None:
    """Of a mitigation and a closing of another control node; the entry needs nothing of the configuration."""
    scene.by("nsroot", "theirs").mitigation.apply(save="always")
    scene.by("nsroot", "theirs").mitigation.lockdown()
    stage = scene.mitigation
    entry = load_entry(CATALOGUE)
    with scene.connected() as connection:
        (row,) = LedgerReader(stage.appliance, (entry,), stage.records, stage.trust, catalogue=CATALOGUE.parent).read(
            connection
        )
    assert (row.measure.is_blocking, row.conflicts) == (True, ())


def ledger(scene: Scene) -> None:
    """On a build that leaves every entry open, so that the configuration is read for each of them."""
    stage = scene.mitigation
    reader = LedgerReader(
        stage.appliance, load_catalogue(CATALOGUE.parent), stage.records, stage.trust, catalogue=CATALOGUE.parent
    )
    with scene.connected() as connection:
        reader.read(connection)


def read_audit(scene: Scene) -> None:
    scene.by("nsroot").mitigation.apply_all()
    with scene.connected() as connection:
        audit(connection, scene.mitigation.records, scene.name, "")


def impact(scene: Scene) -> None:
    with scene.connected() as connection:
        read_resulting_policies(connection, scene.mitigation.parameters())


def learn(scene: Scene) -> None:
    with scene.connected() as connection:
        read_vips(connection.primary)


def fetch(scene: Scene) -> None:
    directory = scene.directory / "logs"
    directory.mkdir()
    with scene.connected() as connection:
        fetch_logs(connection, ["ns.log", "httpaccess.log"], directory)


def doctor(scene: Scene) -> None:
    scene.somebody_changes()
    diagnose(scene.mitigation.appliance)


def evidence(scene: Scene) -> None:
    run = EvidenceRun(scene.mitigation.appliance, DEFAULT_PARTS, "ann@control")
    taken = run.take(scene.directory / "evidence", signing_key(scene.directory / "key"))
    if taken.manifest.gaps:
        raise Refused(str(taken.manifest.gaps[0]))


def _with_kernel(scene: Scene) -> None:
    """Give the appliance the kernel of its build: when the node has started matters only beside its time."""
    path = f"/flash/ns-{BOX['build'].replace(' ', '-')}.gz"
    scene.simulator.appliance(scene.name).write_file(path, "kernel", mtime="2020-01-24T00:00:00Z")


def hunt(scene: Scene) -> None:
    _with_kernel(scene)
    scene.administrator.mitigation.apply_all()
    records = scene.directory / "records"
    ours = read_ourselves(records, scene.mitigation.name, RecordTrust())
    with scene.connected() as connection, counted_reads(connection, ours, str(records)) as not_counted:
        examined = Hunt(scene.mitigation.name, load_catalogue(CATALOGUE.parent), ours).look(connection).examined
    gaps = [str(one) for one in (*not_counted, *examined.not_seen) if one.is_gap or one in not_counted]
    if gaps:
        raise Refused(gaps[0])


def logs_are_read(scene: Scene) -> None:
    known = KnownOfAppliance(
        scene.mitigation.name, read_ourselves(scene.directory / "records", scene.mitigation.name, RecordTrust())
    )
    with scene.connected() as connection:
        reading = read_logs(known, logs_of_nodes(connection), Bookmarks())
    problems = [str(one) for one in reading.examination.not_seen if one.is_gap] + reading.notes
    if problems:
        raise Refused(problems[0])


def alarm(scene: Scene) -> None:
    with scene.connected() as connection:
        test = AlarmTest(
            connection, CATALOGUE.parent, None, is_named=False, run="run", within=1.0, sleep=lambda _: None
        )
        result = test.run()
    causes = [chain.cause for chain in result.chains]
    if result.not_covered or any("allow the user" in cause for cause in causes):
        raise Refused(f"{result.not_covered} {causes}")


def watch(scene: Scene) -> None:
    _with_kernel(scene)
    scene.administrator.mitigation.apply_all()
    records = scene.directory / "records"
    ours = read_ourselves(records, scene.mitigation.name, RecordTrust())
    with scene.connected() as connection, counted_reads(connection, ours, str(records)) as not_counted:
        _state, examined = Watch(scene.mitigation.name, ours=ours).look(connection, "2026-11-28T00:00:00Z")
    gaps = [str(one) for one in examined.not_seen if one.is_gap and one.what != CHANGES]
    gaps += map(str, not_counted)
    if gaps:
        raise Refused(gaps[0])


def plan_of_whitelist(scene: Scene) -> None:
    scene.whitelist.play("plan", LISTS)


def change_of_whitelist(scene: Scene) -> None:
    stage = scene.whitelist
    done(stage.play("apply", LISTS, save="always"))
    others = [{**one, "undefined": "DROP", "allow": [{**ALLOW[0], "prefix": "/other/"}]} for one in LISTS]
    stage.variables["marker"] = "beef"
    done(stage.play("apply", others, save="always"))
    done(stage.play("status", others))
    stage.take_off(others)


def plan_of_geoblock(scene: Scene) -> None:
    for method in METHODS:
        scene.geoblock(method).play("plan")
    scene.administrator.geoblock("location").play("apply", save="always")
    scene.geoblock("location").play("plan")
    scene.geoblock("location").play("status")


def change_of_geoblock(scene: Scene) -> None:
    for method in METHODS:
        stage = scene.geoblock(method)
        done(stage.play("apply", save="always"))
        stage.data(
            *ROWS[4], ("203.0.113.128", "203.0.113.191", "UA"), *SIX_ROWS, ("2001:db8:d::", "2001:db8:d::ff", "UA")
        )
        stage.settings |= {"answer": "drop", "countries": ["UA"]}
        done(stage.play("apply", save="always"))
        stage.data(*ROWS[4], *SIX_ROWS)
        done(stage.play("apply", save="always"))
        done(stage.play("status"))
        stage.take_off()


def _rendered(stage: Stage) -> str:
    template = (CATALOGUE / f"v{MITIGATION.current_version}.yml.j2").read_text(encoding="utf-8")
    return (
        jinja2.Environment(trim_blocks=True)
        .from_string(template)
        .render(name=f"tq_{MITIGATION.id}", priority=10, log=True, marker=stage.variables["marker"])
    )
