# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All views say the same of a service: each story is played once, and status, reports, VEX, Prometheus, ledger, letters and audit are compared.

:data:`TABLE` is the one table of equivalence: by what is true, the words that each view may have for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope, Decision
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.customer_view import for_customer

from simulator import Simulator
from simulator.nitro.call import Call
from simulator.nitro.handlers import registry
from tests.engine import control_nodes
from tests.engine.closing_stage import ClosingStage
from tests.engine.control_nodes import DiedError, dying
from tests.engine.test_catalogue_status import write_hunt
from tests.engine.test_hand_made import configuration
from tests.engine.test_policies_in_front import allow
from tests.engine.test_told_of_words import BY_HAND, by_hand
from tests.engine.told import CUSTOMER
from tests.engine.views import Views, views
from tests.stage.client import ask
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage, carried_out

_VERSION = registry.READS["nsversion"]
BOX, PAIR = control_nodes.BOX, control_nodes.PAIR
GLOBAL = "responderglobal_responderpolicy_binding"
FIXED = "13.0 47.24"
ATTACK = "/vpn/../vpns/cfg/smb.conf"
DECIDED: dict[str, Any] = {"who": "J. Jansen", "reason": "it stops a customer"}
OBSERVED: dict[str, Any] = {"mode": Mode.OBSERVE, **DECIDED}
KNOWN = {"policy": "rp_allow", "why": "monitoring", "who": "J. Jansen", "until": "2099-12-31"}
ACKNOWLEDGED = Acknowledgement(who="J. Jansen", why="monitoring", until=date(2099, 12, 31), policy="rp_allow")
SERVICE = ClosureScope(vips=("gw",))


@dataclass(frozen=True)
class Said:
    """What each view may say.

    :ivar verdict: of status.yml, with and without a mitigation, in all reports
    :ivar vex: the status, and the kind of what else helps
    :ivar code: of Prometheus
    :ivar ledger: the state of the course
    :ivar exposure: whether the letters say that it goes on
    :ivar audit: of the last run on the measure, which is past; "" where there was none
    :ivar passes: whether an attack passes the virtual server; None where that depends
    """

    verdict: tuple[str, ...]
    vex: str
    code: tuple[str, ...]
    ledger: tuple[State, ...]
    exposure: str
    audit: tuple[str, ...]
    passes: bool | None


HELPED, THERE = "known_affected, workaround", "known_affected, in place"
NOT_HELPED, OPEN = "known_affected, not in force", "under_investigation"
OVERDUE = ("closed, decision overdue", "2")
DUE_UNPROVEN = dict.fromkeys(("status", "catalogue"), ("applied, unproven", "2"))
NOT_CLOSED = ("drifted", "2")
DEAF = "ineffective on this build"
CHANGED = ("drifted", "exposed")
PAST = ("", "read back", "proven", "not proven")
TABLE = {
    "proven": Said(("mitigated",), HELPED, ("0",), (State.MITIGATED,), "ended", ("proven",), False),
    "lost in a reboot": Said(("applied, not saved",), HELPED, ("1",), (State.MITIGATED,), "ended", ("proven",), False),
    "an older version": Said(("superseded",), THERE, ("1",), (State.MITIGATED,), "ended", ("proven",), False),
    "unproven": Said(("applied, unproven",), THERE, ("1",), (State.UNPROVEN,), "goes on", ("not proven",), None),
    "not proven here": Said(("applied, unproven",), THERE, ("1",), (State.UNPROVEN,), "goes on", ("proven",), None),
    "proven at other addresses": Said(("applied, unproven",), THERE, ("1",), (State.UNKNOWN,), "goes on", ("proven",), None),
    # By the records a run may have taken it off; the appliance shows it in place.
    "maybe taken off": Said(("applied, unproven",), THERE, ("1",), (State.DRIFTED,), "goes on", ("not proven",), False),
    "of others": Said(("applied, unproven",), THERE, ("1",), (State.EXPOSED,), "goes on", ("",), None),
    "observed": Said(("observe, not blocking",), NOT_HELPED, ("2",), (State.OBSERVING,), "goes on", ("observe, not blocking",), True),
    "exposed": Said(("exposed",), NOT_HELPED, ("2",), (State.EXPOSED, State.TAKEN_OFF), "goes on", ("", "read back"), True),
    "changed by others": Said(CHANGED, NOT_HELPED, ("2",), (State.DRIFTED,), "goes on", ("proven",), True),
    # Only the fingerprint of a proof says that it is another one.
    "not as seen": Said(CHANGED, NOT_HELPED, ("2",), (State.UNPROVEN, State.DRIFTED), "goes on", ("proven",), True),
    "without effect": Said((DEAF,), NOT_HELPED, ("2",), (State.INEFFECTIVE,), "goes on", ("", DEAF), True),
    "undone to what others left": Said(("drifted",), NOT_HELPED, ("2",), (State.TAKEN_OFF,), "goes on", ("read back",), True),
    "let past": Said(("partly",), OPEN, ("2",), (State.PARTLY,), "goes on", ("proven",), None),
    # A run with probes found a part of which nobody knows: it holds for those without probes too, until a run proves it.
    "left out": Said(("partly",), OPEN, ("2",), (State.PARTLY,), "goes on", ("partly",), None),
    "closed": Said(("closed",), HELPED, ("1",), (State.CLOSED,), "ended", ("", "proven", "not proven"), False),
    "closed too long": Said(OVERDUE[:1], HELPED, ("2",), (State.CLOSED,), "ended", ("",), False),
    # Somebody else has switched it off: the appliance alone says so, which proves nothing.
    "shown as off": Said(("applied, unproven",), THERE, ("1",), (State.UNPROVEN,), "goes on", (*PAST, DEAF, "observe, not blocking"), None),
    "changed by others, shown as off": Said(CHANGED, NOT_HELPED, ("2",), (State.DRIFTED,), "goes on", ("proven",), None),
    "closed in part": Said(("partly",), OPEN, ("2",), (State.EXPOSED,), "goes on", ("",), None),
    # Our opening was lost in a restart: it is off, which no run has proved since.
    "closed again": Said(("applied, unproven",), THERE, ("1",), (State.UNKNOWN,), "not known", PAST, False),
    "not closed everywhere": Said(("partly",), OPEN, ("2",), (State.UNKNOWN,), "not known", ("",), False),
    "closed and fixed": Said(("closed", "fixed", "fixed, mitigation left behind"), "fixed", ("0", "1"), (State.FIXED,), "ended", ("", "proven"), False),
    # No exposure: the fix on one node, a proven rule on the other. Status and VEX say that the nodes differ.
    "uneven": Said(("partly",), OPEN, ("2",), (State.MITIGATED,), "ended", ("proven",), False),
    "not read": Said(("no verdict", "partly"), OPEN, ("2", "3"), (State.UNKNOWN,), "not known", ("", "proven"), None),
    "fixed": Said(("fixed", "fixed, mitigation left behind"), "fixed", ("0", "1"), (State.FIXED,), "ended", ("", "proven"), None),
    "not affected": Said(("not affected",), "known_not_affected", ("0",), (State.NOT_AFFECTED,), "none", ("",), None),
}  # fmt: skip


@dataclass(frozen=True)
class Story:
    """A story on an appliance.

    :ivar truth: a key of the table
    :ivar closed: something of the customer is closed at its end
    :ivar box: what the appliance is; PAIR for two nodes
    :ivar given: what else the views are asked with
    :ivar second: the build of the second node at its end, where it is another one
    :ivar over: by run, word and exit code of the whole appliance where something else is worse: a decision, a compromise
    """

    truth: str
    play: Callable[[ClosingStage], object] = lambda _stage: None
    closed: bool = False
    box: Mapping[str, Any] = field(default_factory=lambda: BOX)
    given: Mapping[str, Any] = field(default_factory=dict)
    second: str = ""
    over: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def nothing(_stage: ClosingStage) -> None:
    """Leave it as it is."""


def proven(stage: ClosingStage) -> None:
    assert stage.apply().verdict.word == "mitigated"


def then(*acts: Callable[[ClosingStage], object]) -> Callable[[ClosingStage], None]:
    """Return what plays some acts, in turn."""

    def play(stage: ClosingStage) -> None:
        for act in acts:
            act(stage)

    return play


def hand(change: tuple[str, str, Any]) -> Callable[[ClosingStage], None]:
    return lambda stage: by_hand(stage, *change)


def notice(hours: float = 8) -> Callable[[ClosingStage], object]:
    return lambda stage: stage.close(LadderStep.NOTICE, SERVICE, hours=hours)


def opened(stage: ClosingStage) -> None:
    stage.open(LadderStep.NOTICE, SERVICE, accept_exposure=True, accept_unread=True, second="M. Vis")


def opening_dies(stage: ClosingStage) -> None:
    """The policy at the log-on is unbound, and its answer is not read any more."""
    stage.run = "died"
    with pytest.MonkeyPatch.context() as patch, dying(patch, 2, sends_the_last=True), suppress(DiedError):
        opened(stage)
    stage.run = "next"


def opened_unsaved(stage: ClosingStage) -> None:
    """Its save fails."""

    def full(session: Session, *_arguments: Any, **_options: Any) -> None:
        raise NitroError(session.where, "POST nsconfig?action=save", 400, 1, "the disk is full")

    with pytest.MonkeyPatch.context() as patch, suppress(TourniquetError):
        patch.setattr(Session, "save", full)
        opened(stage)


def off_overdue(stage: ClosingStage, **options: Any) -> None:
    """Close it by a decision whose time is over."""
    decision = Decision("a test", "CHG0044", "J. Jansen", datetime.now(UTC) - timedelta(seconds=1))
    with Connection(stage.appliance) as connection:
        carried_out(Lockdown(connection, replace(stage.switch_parameters("lockdown", **options), decision=decision)))


def silent(stage: ClosingStage) -> None:
    """Nobody agrees to probes."""
    stage.variables["probe"] = False


def unproven(stage: ClosingStage) -> None:
    stage.variables["probe"] = False
    stage.apply(save="always")


def unsaved(stage: ClosingStage) -> None:
    stage.apply(save="never")


def one_more(stage: ClosingStage) -> None:
    """Somebody makes a virtual server, and the inventory names it."""
    place = {"name": "gw_two", "address": "127.0.0.3", "port": 443}
    stage.variables["vips"] = [*stage.variables["vips"], {**place, "kind": "vpn"}]
    own = {"name": "gw_two", "servicetype": "SSL", "ipv46": "127.0.0.3", "port": 443}
    by_hand(stage, "POST", "vpnvserver", {"vpnvserver": own})


def deaf_secondary(stage: ClosingStage) -> None:
    """What is written comes to the primary alone."""
    box_of(stage).fault("secondary_writes_lost", node=1)


def named_alone(stage: ClosingStage) -> None:
    """The inventory names the first virtual server alone."""
    stage.variables["vips"] = stage.variables["vips"][:1]


def elsewhere(stage: ClosingStage) -> None:
    """The inventory names another address than the records: the appliance was replaced, or renumbered."""
    stage.variables["nodes"] = [node.replace("127.0.0.1", "localhost") for node in stage.variables["nodes"]]
    stage.variables["validate_certs"] = False


def not_listed(stage: ClosingStage) -> None:
    """Somebody makes a virtual server, and the inventory does not name it."""
    own = {"name": "gw_two", "servicetype": "SSL", "ipv46": "127.0.0.3", "port": 443}
    by_hand(stage, "POST", "vpnvserver", {"vpnvserver": own})


def no_more(stage: ClosingStage) -> None:
    """Somebody removes it."""
    by_hand(stage, "DELETE", "vpnvserver/gw_two")


def older(stage: ClosingStage) -> None:
    assert stage.apply(version=1).verdict.word == "mitigated"


def died(verb: str, number: int = 2, **options: Any) -> Callable[[ClosingStage], None]:
    """Return what plays a verb whose control node dies at a write, after that it is noted as sent: 2 is the first step."""

    def play(stage: ClosingStage) -> None:
        stage.run = "died"
        with pytest.MonkeyPatch.context() as patch, dying(patch, number), suppress(DiedError):
            getattr(stage, verb)(**options)
        stage.run = "next"

    return play


def other(verb: str = "apply", **options: Any) -> Callable[[ClosingStage], None]:
    """Return what plays a verb on another control node of ours."""

    def play(stage: ClosingStage) -> None:
        getattr(Stage(stage.simulator, stage.records.parent / "other"), verb)(**options)

    return play


def other_silent(stage: ClosingStage) -> None:
    """Another control node closes it, and nobody agrees to probes."""
    node = Stage(stage.simulator, stage.records.parent / "other")
    node.variables["probe"] = False
    node.lockdown()


def other_lost(stage: ClosingStage) -> None:
    """It only counts; another control node lets it block, and somebody deletes the copy of that run."""
    stage.apply(**OBSERVED)
    nodes = stage.simulator.fleet.appliances["box"].nodes
    here = [{*node.files} for node in nodes]
    other()(stage)
    for node, known in zip(nodes, here, strict=True):
        for path in {*node.files} - known:
            del node.files[path]


def behind(stage: ClosingStage) -> None:
    """Somebody binds a policy behind ours, which no attack reaches."""
    more = {"name": "rp_more", "rule": 'HTTP.REQ.URL.CONTAINS("/more/")', "action": "RESET"}
    by_hand(stage, "POST", "responderpolicy", {"responderpolicy": more})
    place = {"policyname": "rp_more", "priority": 500, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    by_hand(stage, "PUT", GLOBAL, {GLOBAL: place})


def not_behind(stage: ClosingStage) -> None:
    by_hand(stage, "DELETE", f"{GLOBAL}?args=policyname:rp_more,type:REQ_OVERRIDE,priority:500")
    by_hand(stage, "DELETE", "responderpolicy/rp_more")


def verified(word: str, **options: Any) -> Callable[[ClosingStage], None]:
    """Return what plays verify.yml, which says this."""

    def play(stage: ClosingStage) -> None:
        assert stage.status(probes="few", **options).verdict.word == word

    return play


def box_of(stage: ClosingStage) -> Any:
    return stage.simulator.appliance("box")


OFF: tuple[str, str, Any] = ("POST", "vpnvserver?action=disable", {"vpnvserver": {"name": "gw"}})
OFF_TWO: tuple[str, str, Any] = ("POST", "vpnvserver?action=disable", {"vpnvserver": {"name": "gw_two"}})
ON: tuple[str, str, Any] = ("POST", "vpnvserver?action=enable", {"vpnvserver": {"name": "gw"}})
NO_RESPONDER: tuple[str, str, Any] = BY_HAND["the feature is off"]
STORIES = {
    "nothing": Story("exposed", nothing),
    "apply": Story("proven", proven),
    "apply, verify": Story("proven", then(proven, lambda s: s.status(probes="few"))),
    "apply, observe": Story("observed", then(proven, lambda s: s.apply(**OBSERVED))),
    "apply, observe, apply": Story("proven", then(proven, lambda s: s.apply(**OBSERVED), proven)),
    "apply, rollback": Story("exposed", then(proven, lambda s: s.rollback())),
    # Seen: superseded, "in place as our last run left it".
    **{
        f"apply, {what}, apply, undo": Story("undone to what others left", then(proven, hand(change), proven, lambda s: s.rollback()))
        for what, change in BY_HAND.items() if what in ("it is unbound", "its rule is another")
    },
    "an older version, it is unbound, apply, undo": Story(
        "undone to what others left",
        then(lambda s: s.apply(version=1), hand(BY_HAND["it is unbound"]), proven, lambda s: s.rollback()),
    ),
    # Seen: drifted, or something else bound beside it, as the step of the dead run was taken for carried out.
    "apply, an undo dies at its first step, verify": Story("proven", then(proven, died("rollback"), verified("mitigated"))),
    "apply, an undo dies at its first step, verify, apply": Story(
        "proven", then(proven, died("rollback"), verified("mitigated"), proven)
    ),
    "apply, an observe dies at its first step, verify": Story("proven", then(proven, died("apply", **OBSERVED), verified("mitigated"))),
    "apply, an undo dies at its first step": Story("maybe taken off", then(proven, died("rollback"))),
    "apply, an undo dies at its first step, another control node verifies": Story(
        "maybe taken off", then(proven, died("rollback"), other("status", probes="few"))
    ),
    "apply, an undo dies at its first step, apply": Story("proven", then(proven, died("rollback"), proven)),
    **{
        f"apply, an observe dies at write {number}, apply": Story("proven", then(proven, died("apply", number, **OBSERVED), proven))
        for number in (2, 3)
    },
    "nobody probes": Story("unproven", unproven),
    "not saved": Story("lost in a reboot", unsaved),
    "not saved, reboot": Story("changed by others", then(unsaved, lambda s: box_of(s).reboot(seconds=0))),
    "an older version": Story("an older version", older),
    "an older version, verify": Story("an older version", then(older, verified("superseded"))),
    "an older version without a proof, verify": Story(
        "an older version", then(lambda s: s.apply(version=1, probes="none", save="always"), verified("superseded"))
    ),
    "an older version, another build, verify": Story(
        "an older version", then(older, lambda s: box_of(s).upgrade("13.0 47.23"), verified("superseded"))
    ),
    "an older version, a server that is not listed, verify": Story("left out", then(older, not_listed, verified("partly"))),
    "an older version, a server that is not listed, verify, apply": Story(
        "left out", then(older, not_listed, verified("partly"), lambda s: s.apply())
    ),
    "apply, a server that is not listed, verify": Story("left out", then(proven, not_listed, verified("partly"))),
    "apply, a server that is not listed, verify, removed, verify": Story(
        "proven", then(proven, not_listed, verified("partly"), no_more, verified("mitigated"))
    ),
    "apply, notice": Story("proven", then(proven, notice()), closed=True),
    "apply, notice, expiry": Story("proven", then(proven, notice(-1)), closed=True, over={"status": OVERDUE, "catalogue": OVERDUE}),
    "notice, expiry": Story("exposed", notice(-1), closed=True),
    "notice, its feature is off": Story("exposed", then(notice(), hand(NO_RESPONDER))),
    "off": Story("closed", lambda s: s.lockdown(), closed=True),
    "apply, off": Story("closed", then(proven, lambda s: s.lockdown()), closed=True),
    "off, another one is made": Story("closed in part", then(lambda s: s.lockdown(), one_more), closed=True),
    "off, not on the secondary": Story("not closed everywhere", then(deaf_secondary, lambda s: s.lockdown()), closed=True, box=PAIR),
    "off, one that the inventory does not name is on": Story(
        "closed in part", then(lambda s: s.lockdown(), one_more, named_alone), closed=True
    ),
    "off, fix": Story("closed and fixed", then(lambda s: s.lockdown(), lambda s: box_of(s).upgrade(FIXED)), closed=True),
    "apply, off, fix": Story("closed and fixed", then(proven, lambda s: s.lockdown(), lambda s: box_of(s).upgrade(FIXED)), closed=True),
    "off, apply": Story("closed", then(lambda s: s.lockdown(), lambda s: s.apply(save="always")), closed=True),
    "off, reopen": Story("exposed", then(lambda s: s.lockdown(), lambda s: s.reopen())),
    "off, reopen not saved": Story("exposed", then(lambda s: s.lockdown(), lambda s: s.reopen(save="never"))),
    "off, reopen not saved, reboot": Story(
        "closed again", then(lambda s: s.lockdown(), lambda s: s.reopen(save="never"), lambda s: box_of(s).reboot(seconds=0)), closed=True
    ),
    "off, reopen not saved, reboot, off": Story(
        "closed",
        then(
            lambda s: s.lockdown(), lambda s: s.reopen(save="never"), lambda s: box_of(s).reboot(seconds=0), lambda s: s.lockdown()
        ),
        closed=True,
    ),
    "off, reopen not saved, reboot, reopen": Story(
        "exposed",
        then(lambda s: s.lockdown(), lambda s: s.reopen(save="never"), lambda s: box_of(s).reboot(seconds=0), lambda s: s.reopen()),
    ),
    "notice, open not saved, reboot": Story("exposed", then(notice(), opened_unsaved, lambda s: box_of(s).reboot(seconds=0)), closed=True),
    "notice, an opening dies after its first step": Story("exposed", then(notice(), opening_dies)),
    "notice, an opening dies after its first step, open": Story("exposed", then(notice(), opening_dies, opened)),
    "notice, an opening dies after its first step, notice": Story("exposed", then(notice(), opening_dies, notice()), closed=True),
    "notice, open not saved": Story("exposed", then(notice(), opened_unsaved)),
    "notice, open not saved, reboot, open": Story(
        "exposed", then(notice(), opened_unsaved, lambda s: box_of(s).reboot(seconds=0), opened)
    ),
    # The step may have been carried out, and lost in a restart since.
    "off, a reopen dies at its first step": Story("shown as off", then(lambda s: s.lockdown(), died("reopen")), closed=True),
    "off, a reopen dies at its first step, off": Story("closed", then(lambda s: s.lockdown(), died("reopen"), lambda s: s.lockdown()), closed=True),
    "apply, off, a reopen dies at its first step": Story("proven", then(proven, lambda s: s.lockdown(), died("reopen")), closed=True),
    "apply, off, a reopen dies at its first step, off": Story(
        "closed", then(proven, lambda s: s.lockdown(), died("reopen"), lambda s: s.lockdown()), closed=True
    ),
    "off, on by hand": Story("exposed", then(lambda s: s.lockdown(), hand(ON))),
    "apply, off, on by hand": Story(
        "proven", then(proven, lambda s: s.lockdown(), hand(ON)), over={"status": NOT_CLOSED, "catalogue": NOT_CLOSED}
    ),
    "off, on by hand, fix": Story(
        "fixed",
        then(lambda s: s.lockdown(), hand(ON), lambda s: box_of(s).upgrade(FIXED)),
        over={"status": NOT_CLOSED, "catalogue": NOT_CLOSED},
    ),
    "off, on by hand, off": Story("closed", then(lambda s: s.lockdown(), hand(ON), lambda s: s.lockdown()), closed=True),
    "off by hand": Story("shown as off", hand(OFF)),
    "off by hand, lockdown": Story("shown as off", then(hand(OFF), lambda s: s.lockdown())),
    "off by hand, on again": Story("exposed", then(hand(OFF), hand(ON))),
    "some off by hand": Story("closed in part", then(one_more, hand(OFF))),
    "some off by hand, one that the inventory does not name is on": Story("closed in part", then(not_listed, hand(OFF))),
    "one off, the other by hand": Story(
        "shown as off", then(one_more, lambda s: s.lockdown(wanted=SERVICE), hand(OFF_TWO)), closed=True
    ),
    "one by hand, off": Story("closed", then(one_more, hand(OFF_TWO), lambda s: s.lockdown()), closed=True),
    "off by hand on a pair": Story("shown as off", hand(OFF), box=PAIR),
    "off by hand, a build without effect": Story("shown as off", hand(OFF), box={**BOX, "build": "12.1 50.28"}),
    "off by hand, apply without effect": Story(
        "shown as off", then(hand(OFF), lambda s: s.apply(force=True)), box={**BOX, "build": "12.1 50.28"}
    ),
    "off by hand, apply": Story("shown as off", then(hand(OFF), lambda s: s.apply(save="always"))),
    "apply, off by hand": Story("proven", then(proven, hand(OFF))),
    "apply, off by hand, verify": Story("proven", then(proven, hand(OFF), verified("mitigated"))),
    "apply, off by hand, on again": Story("proven", then(proven, hand(OFF), hand(ON))),
    "apply, it is unbound, off by hand": Story("changed by others, shown as off", then(proven, hand(BY_HAND["it is unbound"]), hand(OFF))),
    "apply, observe, off by hand": Story("shown as off", then(proven, lambda s: s.apply(**OBSERVED), hand(OFF))),
    "apply, rollback, off by hand": Story("shown as off", then(proven, lambda s: s.rollback(), hand(OFF))),
    "off by hand, fix": Story("fixed", then(hand(OFF), lambda s: box_of(s).upgrade(FIXED))),
    "another control node closes": Story("closed", other("lockdown"), closed=True),
    "another control node closes, and opens": Story("exposed", then(other("lockdown"), other("reopen"))),
    "apply, another control node closes": Story("closed", then(proven, other("lockdown")), closed=True),
    "another control node closes, nobody probes": Story("shown as off", then(silent, other_silent), closed=True),
    "off, expiry": Story("closed too long", off_overdue, closed=True),
    "off, nobody probes, expiry": Story("shown as off", then(silent, off_overdue), closed=True, over=DUE_UNPROVEN),
    "off, expiry, a reopen dies at its first step": Story("shown as off", then(off_overdue, died("reopen")), closed=True, over=DUE_UNPROVEN),
    "one off, expiry, the other by hand": Story(
        "shown as off",
        then(one_more, lambda s: off_overdue(s, wanted=SERVICE), hand(OFF_TWO)),
        closed=True,
        over=DUE_UNPROVEN,
    ),
    "off, nobody probes": Story("shown as off", then(silent, lambda s: s.lockdown()), closed=True),
    **{f"apply, {name}": Story("changed by others", then(proven, hand(change))) for name, change in BY_HAND.items()},
    "apply, a policy in front": Story("let past", then(proven, allow)),
    "apply, a known policy in front": Story("not proven here", then(proven, allow), given={"acknowledgements": [KNOWN]}),
    "apply, a known policy in front, verify": Story(
        "proven", then(proven, allow, verified("mitigated", acknowledgements=(ACKNOWLEDGED,))), given={"acknowledgements": [KNOWN]}
    ),
    "apply, a policy of others behind": Story("not proven here", then(proven, behind)),
    "apply, a policy of others behind, verify": Story("proven", then(proven, behind, verified("mitigated"))),
    "apply, a policy of others behind, and gone": Story("proven", then(proven, behind, not_behind)),
    "an older version, a policy of others behind": Story("not proven here", then(older, behind)),
    "another control node applies": Story("proven", other()),
    # A run that writes nothing leaves no copy, so that nobody here knows of its proof.
    "nobody probes, another control node applies": Story("unproven", then(unproven, other())),
    "another control node applies without a proof": Story("unproven", other(probes="none", save="always")),
    "apply, another control node observes": Story("observed", then(proven, other(**OBSERVED))),
    # By the records here it only counts; what is there is compared with what the verify has seen.
    "apply, observe, a run that is not here, verify": Story("proven", then(proven, other_lost, verified("mitigated"))),
    "apply, observe, a run that is not here, verify, it is unbound": Story(
        "changed by others", then(proven, other_lost, verified("mitigated"), hand(BY_HAND["it is unbound"]))
    ),
    "apply, observe, a run that is not here, verify, its rule is another": Story(
        "not as seen", then(proven, other_lost, verified("mitigated"), hand(BY_HAND["its rule is another"]))
    ),
    "apply, another control node undoes": Story("exposed", then(proven, other("rollback"))),
    "apply, another control node observes, and applies without a proof": Story(
        "unproven", then(proven, other(**OBSERVED), other(probes="none", save="always"))
    ),
    "apply, another control node brings an older version": Story("an older version", then(proven, other(version=1, **DECIDED))),
    "a policy of others": Story(
        "of others", nothing, box={**BOX, "features": ["LB", "SSL", "SSLVPN", "RESPONDER"], "configuration": configuration(name="pol_x")}
    ),
    "a build without effect": Story("without effect", nothing, box={**BOX, "build": "12.1 50.28"}),
    "apply, skipped without effect": Story("without effect", lambda s: s.apply(), box={**BOX, "build": "12.1 50.28"}),
    "apply, another build without effect, apply": Story(
        "without effect", then(proven, lambda s: box_of(s).upgrade("12.1 50.28"), lambda s: s.apply())
    ),
    "apply without effect": Story("without effect", lambda s: s.apply(force=True), box={**BOX, "build": "12.1 50.28"}),
    "apply, another build without the fix": Story("not proven here", then(proven, lambda s: box_of(s).upgrade("13.0 47.23"))),
    "apply, a virtual server more": Story("not proven here", then(proven, one_more)),
    "apply, its node has another address": Story("proven at other addresses", then(proven, elsewhere)),
    "apply, another build on one node": Story("let past", proven, box=PAIR, second="13.0 47.23"),
    "apply, fix on one node": Story("uneven", proven, box=PAIR, second=FIXED),
    "apply, a node is away": Story("not read", then(proven, lambda s: box_of(s).fault("refuse", node=1)), box=PAIR),
    "apply, unreachable": Story("not read", then(proven, lambda s: box_of(s).unreachable())),
    "apply, fix, unreachable": Story("not read", then(proven, lambda s: box_of(s).upgrade(FIXED), lambda s: box_of(s).unreachable())),
    "unreachable": Story("not read", lambda s: box_of(s).unreachable()),
    "apply, fix on both nodes": Story("fixed", then(proven, lambda s: box_of(s).upgrade(FIXED)), box=PAIR),
    "fix": Story("fixed", lambda s: box_of(s).upgrade(FIXED)),
    "never affected": Story("not affected", nothing, box={**BOX, "build": "13.1 37.100"}),
}  # fmt: skip


@pytest.fixture
def stage_of(
    start: Callable[[dict[str, Any]], Simulator], tmp_path: Path
) -> Callable[[Mapping[str, Any]], ClosingStage]:
    def opened(box: Mapping[str, Any]) -> ClosingStage:
        records = tmp_path / "records"
        records.mkdir()
        return ClosingStage(start(fleet_file({"box": {**box}})), records)

    return opened


def allowed(story: Story, view: str) -> tuple[str, ...]:
    """Return the words that a view may say."""
    said, (run, _colon, kind) = TABLE[story.truth], view.partition(": ")
    if view in ("ledger", "live course"):
        return tuple(map(str, said.ledger))
    if view == "letter exposure":
        return (said.exposure,)
    if view == "call list":
        return {"goes on": ("goes on",), "not known": ("goes on", "not named")}.get(said.exposure, ("not named",))
    if view == "audit":
        return said.audit
    if kind == "VEX":
        return (said.vex, "no document") if said.verdict[0] == "no verdict" else (said.vex,)
    word, code = story.over.get(run, ("", ""))
    if kind == "Prometheus":
        return (code,) if code else said.code
    return (word,) if word and view != "catalogue" else said.verdict


def version_of(call: Call, second: str) -> dict[str, str]:
    """Return what a node of a pair says of its build: a simulated appliance has one build."""
    read = _VERSION(call)
    return (
        read
        if call.node.index == 0
        else {
            **read,
            "version": read["version"].replace(*(one.replace(" ", ": Build ") for one in (BOX["build"], second))),
        }
    )


def require_agreement(found: Views, story: Story) -> None:
    """Compare all views with a row of the table."""
    wrong = {
        view: f"{word}, and not {' or '.join(allowed(story, view))}"
        for view, word in found.words.items()
        if word not in allowed(story, view)
    }
    wrong |= {f"{view}: closed": str(one) for view, one in found.closed.items() if one is not story.closed}
    assert not wrong


@pytest.mark.parametrize("name", STORIES)
def test_all_views_say_what_is_true(
    name: str, stage_of: Callable[[Mapping[str, Any]], ClosingStage], monkeypatch: pytest.MonkeyPatch
) -> None:
    story = STORIES[name]
    stage = stage_of(story.box)
    story.play(stage)
    if story.second:
        monkeypatch.setitem(registry.READS, "nsversion", lambda call: version_of(call, story.second))
    found = views(stage, **story.given)
    require_agreement(found, story)
    assert len({*found.addresses.values()}) == 1, found.addresses
    passes = TABLE[story.truth].passes
    if passes is not None and not (passes and story.closed):
        assert ask(stage.variables["vips"][0], ATTACK).passes is passes, "the simulator's own answer"


@pytest.mark.parametrize("truth", ["proven", "fixed", "not read"])
def test_a_compromise_is_told_by_each_view_that_knows_the_hunt(
    truth: str, stage_of: Callable[[Mapping[str, Any]], ClosingStage], tmp_path: Path
) -> None:
    """Neither a proof nor a fix puts out who is in, and nobody is told that all is well."""
    stage = stage_of(BOX)
    proven(stage)
    if truth == "fixed":
        box_of(stage).upgrade(FIXED)
    if truth == "not read":
        box_of(stage).unreachable()
    found = views(stage, traces=write_hunt(tmp_path, "box"))
    assert found.row["hunt_outcome"] == "compromise"
    assert found.row["answer"] == "assume_compromised"
    assert FactKind.BROKEN_IN in found.told.kinds
    if truth == "not read":
        assert (found.words["catalogue"], found.words["catalogue: Prometheus"]) == ("no verdict", "3")
        return
    assert found.words["catalogue: Prometheus"] == "2"
    report = found.report(found.catalogue)
    for verdict in (found.catalogue["verdict"], for_customer(report, CUSTOMER)["appliances"][0]["verdict"]):
        assert "found a compromise" in verdict["reason"]
        assert verdict["next_action"].startswith("take evidence")
