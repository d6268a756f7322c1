# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan can foresee: what will end unproven, unsaved, partly or refused, with the setting that avoids it. Pure.

All of it is read before the first wave, so that a rollout does not find it out on one appliance after the other.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ...appliance.nitro.appliance import Appliance, Vip
from ...appliance.nitro.file_limits import DIRECTORY
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.steps import Step
from ...catalogue.acknowledgement import of_policy
from ...catalogue.measure import Mode
from ...catalogue.measure_traits import FREE
from ...catalogue.run_parameters import Probes, ResolvedParameters, Save, Unsaved
from ...change.records.lease_files import LOCK_FILE
from ...foundation.counted import counted
from ...foundation.host_setting import host_setting
from ...foundation.json_values import written_whole
from ...foundation.next_action import NextAction
from ...measures.closing_measures import closing_only
from ...policies.command_policies import Rights
from ...policies.let_past import LetPast
from ..inspection.access import AccessFacts
from ..inspection.facts import ApplianceFacts
from ..inspection.plan import Plan
from ..proof.next_action import APPLY
from ..proof.probes import not_judged_texts
from .chosen_requests import chosen_requests
from .measure_grounds import GOOD_BUILDS

SAVE_ANYWAY = "save: always"
CONSENT = "netscaler_probe_networks"
SHOWN = 3


class Effect(StrEnum):
    """How the run would end."""

    REFUSED = "refused"
    UNPROVEN = "unproven"
    UNSAVED = "unsaved"
    PARTLY = "partly"
    NOT_CHECKED = "not checked"


@written_whole(text=str)
@dataclass(frozen=True)
class Foreseen:
    """One thing that is known before the run.

    :ivar setting: what avoids it
    :ivar holds: apply would fail here, so that the rollout holds the appliances of the later waves
    """

    effect: Effect
    reason: str
    setting: str
    holds: bool = False

    def __str__(self) -> str:
        if self.effect is Effect.NOT_CHECKED:
            return f"not checked: {self.reason}. {self.setting}"
        rest = ", and the rollout would stop here" if self.holds else ""
        return f"would end {self.effect}{rest}: {self.reason}. To avoid it, {self.setting}"


def foresee(facts: ApplianceFacts, plan: Plan, rights: Rights) -> tuple[Foreseen, ...]:
    """Return what is known before the run, the worst first.

    :param rights: the rights of the user of the sessions
    """
    if plan.skipped or facts.build_status in GOOD_BUILDS:
        return ()
    parameters = facts.parameters
    found = [
        *_rights(parameters, plan, rights),
        *_unproven(parameters, facts.access),
        *_beside_others(facts, parameters),
        *_unsaved(parameters, facts.saved.foreign_lines),
        *_partly(facts, parameters),
    ]
    if plan.proven_before and not plan.answering:
        found = [one for one in found if one.effect is not Effect.UNPROVEN]  # what was proven stays so
    order = list(Effect)
    return tuple(sorted(found, key=lambda one: order.index(one.effect)))


# -- proof ------------------------------------------------------------------------------------------------------------


def _unproven(parameters: ResolvedParameters, access: AccessFacts) -> Iterator[Foreseen]:
    """Say why no request from outside will prove the measure, if none will."""
    if not parameters.resolved.is_asked_for() or not parameters.measure.traits.proving.by_probes:
        return  # read back, or proven by the hits of real clients
    anyway = parameters.setting(SAVE_ANYWAY) + " saves it without a proof"
    reason, setting = never_proven(parameters, access)
    if parameters.probes == Probes.NONE:
        reason, setting = "probes is none, so no request is sent", "leave out probes: none"
    if reason:
        text = f"{setting}; {anyway}" if setting else anyway
        yield Foreseen(Effect.UNPROVEN, reason, text, holds=_holds(parameters))


def _beside_others(facts: ApplianceFacts, parameters: ResolvedParameters) -> Iterator[Foreseen]:
    """Say which requests another measure of ours stops, and at which VIP nothing is left that proves this one."""
    if facts.others.problem:
        yield Foreseen(
            Effect.NOT_CHECKED, facts.others.problem, "allow the user: show responder policy, show policy patset"
        )
    if facts.others.policies is None:
        return
    for vip in (one for one in facts.access.vips if one.probe):
        chosen = chosen_requests(facts, vip)
        why = chosen.lacks(attack=True) or chosen.lacks(attack=False)
        for text in not_judged_texts(chosen.beside.not_judged):
            if not why:
                yield Foreseen(Effect.NOT_CHECKED, f"{vip.name}: {text}", "Other requests prove it")
        if why:
            kind = "attack" if chosen.lacks(attack=True) else "legitimate request"
            anyway = parameters.setting(SAVE_ANYWAY) + " saves it without a proof"
            yield Foreseen(Effect.UNPROVEN, f"{vip.name}: each {kind} is {why}", anyway, holds=_holds(parameters))


def _holds(parameters: ResolvedParameters) -> bool:
    """Return True if what is not proven holds the later waves: it is a failure, and a closing goes on all the same."""
    is_closing = parameters.measure.id in closing_only() or bool(parameters.closing)
    return parameters.save != Save.ALWAYS and not is_closing


def never_proven(parameters: ResolvedParameters, access: AccessFacts) -> tuple[str, str]:
    """Return why no run can prove the measure as the inventory is, and the setting that changes that; two "" if a run can."""
    appliance, vips, closed = parameters.appliance, access.vips, access.closures
    if not appliance.probe:
        setting = host_setting(appliance.name, "netscaler_probe: true")
        return "netscaler_probe is false, so no request is sent", setting
    if not vips:
        return "no VIP is known, so no request is sent", host_setting(appliance.name, _example(parameters.scope))
    if not any(vip.probe for vip in vips):
        return _not_probed(vips), consent(appliance, vips)
    if closed.closed and not closed.open:
        # By name alone, so that a fleet of the same names is one line.
        names = ", ".join(vip.rpartition(" (")[0] or vip for vip in closed.closed[:SHOWN])
        return f"{names} is switched off, so no request is answered", "apply it once it is open"
    if kept := [(vip, one) for vip, one in access.closed_to_us if vip.probe]:
        step = kept[0][1].step
        names = ", ".join(vip.name for vip, _one in kept[:SHOWN])
        return f"{names}: closed ({step}), so no request gets past that", "apply it once it is open"
    unprovable = access.unprovable
    return (f"no request from outside reaches {unprovable[0]}", "") if unprovable else ("", "")


def _example(scope: str) -> str:
    """Return the line of YAML that names a VIP in an admin partition."""
    partition = "" if scope == DEFAULT else f", partition: {scope}"
    return f"netscaler_vips: [{{name: gw, address: 192.0.2.10, port: 443, kind: vpn{partition}}}]"


def _not_probed(vips: Sequence[Vip]) -> str:
    silent = [vip for vip in vips if not vip.probe]
    more = f" and {len(silent) - SHOWN} more" if len(silent) > SHOWN else ""
    why = "only the appliance names the address" if any(vip.withheld for vip in silent) else "probe: false"
    return f"{', '.join(map(str, silent[:SHOWN]))}{more}: not probed, because {why}"


def consent(appliance: Appliance, vips: Sequence[Vip]) -> str:
    """Return the setting by which the VIPs are probed that are not."""
    silent = [vip for vip in vips if not vip.probe]
    withheld = [vip for vip in silent if vip.withheld]
    if not withheld:
        return host_setting(appliance.name, f"netscaler_vips: without probe: false for {silent[0].name}")
    return f"if it is yours, {host_setting(appliance.name, _networks(appliance, withheld))}"


def _networks(appliance: Appliance, vips: Sequence[Vip]) -> str:
    """Return the networks of the inventory, and those of the VIPs; the names of all VIPs where an address is none."""
    try:
        own = [str(ipaddress.ip_network(vip.address.host)) for vip in vips]
    except ValueError:
        return "netscaler_vips: [...], with each of them"
    quoted = ", ".join(f'"{network}"' for network in dict.fromkeys([*appliance.probe_networks, *own]))
    return f"{CONSENT}: [{quoted}]"


# -- what stays unsaved, or lacks a part --------------------------------------------------------------------------------


def _unsaved(parameters: ResolvedParameters, lines: Sequence[str]) -> Iterator[Foreseen]:
    """:param lines: the unsaved changes of others"""
    if parameters.save == Save.NEVER:
        yield Foreseen(Effect.UNSAVED, "save is never", "leave out save: never")
    elif parameters.unsaved == Unsaved.APPLY_WITHOUT_SAVE and lines:
        setting = parameters.setting("unsaved: save_first")
        reason = f"somebody else has {counted(len(lines), 'unsaved change')}, and unsaved is apply_without_save"
        yield Foreseen(Effect.UNSAVED, reason, f"have them saved or undone, or {setting}")


def _partly(facts: ApplianceFacts, parameters: ResolvedParameters) -> Iterator[Foreseen]:
    """Say which node or VIP will not be covered. A rule that only counts covers none anyway."""
    measure = parameters.measure
    holds = not (parameters.mode is Mode.OBSERVE and measure.traits.course.depends_on_build)
    for text in dict.fromkeys([*facts.nodes.not_covered, *facts.nodes.will_not_follow]):
        fix = "repair the pair, or name both nodes in netscaler_nodes, before apply.yml"
        yield Foreseen(Effect.PARTLY, text, fix, holds)
    for one in unacknowledged(parameters, facts.rules.rule_proof.let_past) if holds else ():
        yield Foreseen(Effect.PARTLY, str(one), in_front_of_ours(parameters, one), holds)
    vips = facts.access.vips
    if measure.traits.proving.is_read_back or not measure.traits.proving.by_probes:
        return
    are_sent = parameters.appliance.probe and parameters.probes != Probes.NONE
    if are_sent and {vip.probe for vip in vips} == {True, False}:
        yield Foreseen(Effect.PARTLY, _not_probed(vips), consent(parameters.appliance, vips), holds)


def unacknowledged(parameters: ResolvedParameters, found: Iterable[LetPast]) -> list[LetPast]:
    """Return those policies of others that are sure to let attacks go on past ours, and that nobody has acknowledged by name."""
    day = datetime.now(UTC).date()
    sure = (one for one in found if one.is_sure)
    return [
        one for one in sure if of_policy(parameters.acknowledgements, one.policy, parameters.measure.id, day) is None
    ]


def in_front_of_ours(parameters: ResolvedParameters, one: LetPast) -> NextAction:
    """Return what to do about a policy of others in front of ours: ours goes in front of it, or a person acknowledges it by name."""
    entry = f"{{policy: {one.policy}, why: ..., who: ..., until: ...}}"
    acknowledge = host_setting(parameters.appliance.name, f"tourniquet_acknowledgements: [{entry}]")
    if not one.free:
        return NextAction(f"acknowledge {one.policy} by name, {acknowledge}")
    variable = parameters.measure.traits.writing.priority_variable.replace(FREE, str(one.free))
    first = host_setting(parameters.appliance.name, variable)
    rest = f"; or acknowledge {one.policy} by name, {acknowledge}"
    return NextAction(f"let ours be evaluated first, {first}, then ", APPLY, rest)


# -- rights -----------------------------------------------------------------------------------------------------------


def _rights(parameters: ResolvedParameters, plan: Plan, rights: Rights) -> Iterator[Foreseen]:
    """Compare what the run will send with the command policies of the user."""
    if not rights.user:
        return  # they were not read: nothing is to be done
    allow = f"allow it to the user {rights.user} (docs/how-to/least-privilege.md)"
    if rights.unknown:
        setting = "(^show system (user|group|cmdPolicy).*) lets a plan read its own rights; apply.yml works without it"
        yield Foreseen(Effect.NOT_CHECKED, f"the rights of {rights.user}: {rights.unknown}", setting)
        return
    lock = _named(rights, [(f"{verb} system file", _file(verb, LOCK_FILE)) for verb in ("add", "rm")])
    if parameters.lock and lock:
        setting = f"{allow}, or {parameters.setting('lock: false')}: nothing keeps others out then"
        yield Foreseen(Effect.REFUSED, f"the lock and the records need the right to {lock}", setting, holds=True)
    forward, backward = [*_of_files(plan), *_of_steps(plan.steps)], _of_steps([step.inverse for step in plan.steps])
    steps, undo = _named(rights, forward), _named(rights, backward)
    if steps:
        both = f"{steps}{', ' * bool(undo)}{undo}"
        yield Foreseen(Effect.REFUSED, f"the steps and their undo need the right to {both}", allow, holds=True)
    elif undo:
        yield Foreseen(Effect.REFUSED, f"an undo needs the right to {undo}", allow, holds=True)
    save = _named(rights, [("save ns config", "save ns config")])
    if parameters.save != Save.NEVER and save:
        yield Foreseen(Effect.UNSAVED, f"the user lacks the right to {save}", allow, holds=True)
    hits = _named(
        rights, [("stat responder policy", f"stat responder policy {name}") for name in _policies(parameters)]
    )
    if hits and parameters.measure.traits.proving.by_probes:
        holds = parameters.save != Save.ALWAYS
        yield Foreseen(Effect.UNPROVEN, f"the hit counters cannot be read without the right to {hits}", allow, holds)


def _named(rights: Rights, commands: Sequence[tuple[str, str]]) -> str:
    """Return the rights that are missing, by name: a verb and a type; "" where none is known to be missing.

    :param commands: each with its name
    """
    missing = set(rights.missing(command for _name, command in commands))
    return ", ".join(dict.fromkeys(name for name, command in commands if command in missing))


def _file(verb: str, name: str, directory: str = DIRECTORY) -> str:
    return f'{verb} system file {name} -fileLocation "{directory}"'


def _of_files(plan: Plan) -> list[tuple[str, str]]:
    files = [missing.file for missing in plan.missing_files if not missing.file.is_imported]
    return [
        ("add system file", _file("add", file.path.rpartition("/")[2], file.path.rpartition("/")[0])) for file in files
    ]


def _of_steps(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """Return the commands of steps, each with its verb and its type."""
    lines = [line for step in steps for line in step.lines() if not line.startswith("#")]
    return [(" ".join(_noun(line)), line) for line in lines]


def _noun(line: str) -> list[str]:
    """Return the verb and the type of a command: all of it for a feature, three words for any other."""
    words = line.split(" ")
    return words[:4] if words[1:3] == ["ns", "feature"] else words[:3]


def _policies(parameters: ResolvedParameters) -> list[str]:
    """Return the responder policies of the measure, whose hits are counted."""
    return [key[0] for type_, key in parameters.document.objects if type_ == "responderpolicy"]
