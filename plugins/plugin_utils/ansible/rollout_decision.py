# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The decision about the waves of a rollout, from the plans of all appliances. The actions ``rollout`` and ``sliced`` make it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ansible import context

from ..catalogue.closing_steps import step_word
from ..change.planning.plan_file import PlanFile
from ..change.records.records_folder import current_operator
from ..fleet.slices.left_jobs import AGAIN
from ..fleet.waves.closing_drills import MOST_TEXT, Drill, file_drill
from ..fleet.waves.journal import Rollout, earlier_rollout
from ..fleet.waves.options import RolloutOptions
from ..fleet.waves.rollout_course import Event
from ..fleet.waves.settlement import Settlement, require_somewhere
from ..fleet.waves.summary import WAITS, WHY_HELD, names_text, next_commands, refusal, summary, way_on
from ..fleet.waves.undone_runs import undone_runs, untouched_hosts
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import says_something
from ..foundation.host_patterns import exact_pattern
from ..foundation.next_action import COMMANDS, command_values
from ..verbs.close.impact_page import SHOWN_CUSTOMERS, impact_page
from ..verbs.common.failed_result import DETAILS
from ..verbs.common.option_files import options_of
from ..verbs.common.options import Options
from ..verbs.common.role_variables import source_variable
from ..verbs.common.task import RUN, RUN_DIRECTORY
from ..verbs.common.verb import Absent, Sliced
from ..verbs.registry import declared
from .customers_elsewhere import MARK, Elsewhere, customers_elsewhere
from .fleet_approval import FleetApproval, fleet_approval
from .role_arguments import ROLLOUT, RoleArguments
from .rollout_action import RolloutAction
from .unknown_writes import unknown_notes, unknown_writes, with_unknown
from .waiting_appliances import waiting

FACT = "tourniquet_rollout"


def person_of_drill(options: Mapping[str, Any]) -> str:
    """Return who does a drill.

    :raises InvalidInput: where nobody is named, or it is not a closing
    """
    who = " ".join(options["who"].split())
    if not declared(options["verb"]).is_drilled or not says_something(who):
        raise InvalidInput(
            """drill=true practises a closing: run close.yml with it, and name the person, -e "who='...'". Nothing was changed."""
        )
    return who


class RolloutDecision(RolloutAction):
    """Decide which appliances go in which wave, once for all of them, after their plans."""

    OPTIONS: ClassVar[Options] = options_of("rollout", "rollout")

    @staticmethod
    def left_jobs(hosts: Sequence[str]) -> dict[str, str]:
        """Return by appliance why this machine does not change it now: as a controller it has given up a job that may still begin there.

        :raises InvalidInput: where a job that it left cannot be read
        """
        return waiting(hosts)

    def _waits(self, rollout: Rollout, left: Mapping[str, str], *, refuses: bool) -> dict[str, Any]:
        """Take appliances on which a job may still begin out of a run that is to wait for it, and return that as values of the result."""
        for host, why in left.items() if refuses else ():
            rollout.note(host, Event.NOT_PLANNED, why)
        return {WAITS: dict(left)} if refuses and left else {}

    def perform(self, rollout: Rollout, options: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        options = {**options, "measure": _measure_of(options)}
        hosts = [str(host) for host in variables.get("ansible_play_hosts_all", [])]
        inventory = [str(host) for host in variables.get("groups", {}).get("all", [])]
        chosen = RolloutOptions.from_variables(options)
        by = all_at_once_by(options)
        if by:
            chosen = replace(chosen, canary=max(1, len(hosts)), bake_seconds=0.0)
        facts = {name: options[name] for name in ("verb", "measure", "ticket", "reason")}
        carries_out = options["verb"] != "plan" and not context.CLIARGS.get("check") and not options["drill"]
        plans_directory = rollout.directory.parent
        earlier, unreadable = earlier_rollout(
            plans_directory, rollout.directory, options["verb"], options["measure"], hosts
        )
        verb = declared(options["verb"])
        closes = verb.sliced is Sliced.CLOSES
        if closes:
            chosen = replace(chosen, max_failed=len(hosts))
        plans = [plan for host in hosts if (plan := rollout.plan_of(host)) is not None]
        places = self._places_of_undo(hosts, plans, options, variables)
        unknown = unknown_writes(places, Path(options["records"]).expanduser()) if places else {}
        untouched = self._untouched(places, unknown, plans, options)
        left = self.left_jobs(hosts)
        waits = self._waits(rollout, left, refuses=carries_out and not closes)
        settlement = rollout.settle(hosts, chosen, earlier, inventory, goes_on=closes, untouched=untouched)
        settlement = with_unknown(settlement, unknown)
        require_somewhere(plans, settlement)
        elsewhere = self._elsewhere(options["verb"], hosts, inventory, variables)
        rows = [row for plan in plans for row in plan.impact]
        lines, page = (
            summary(
                facts,
                plans,
                settlement,
                chosen.bake_seconds,
                stays=verb.stays,
                hits=impact_page(rows, most),
                with_reasons=reasons,
            )
            for reasons, most in ((True, None), (False, SHOWN_CUSTOMERS))
        )
        if unreadable and carries_out:
            note = f"  note: the state of {names_text(unreadable)} in {plans_directory} cannot be read"
            for one in (lines, page):
                one.insert(1, note)
        approval = self._approval(rollout, plans, settlement, variables, carries_out=carries_out)
        if approval.line:
            for one in (lines, page):
                one.insert(1 if approval.is_loud else len(one), f"  {approval.line}")
        notes = [] if waits else [f"  note: {host}: {why.removesuffix(AGAIN)}" for host, why in left.items()]
        notes += unknown_notes(unknown)
        for one in (lines, page):
            at_once = [f"  ALL AT ONCE, without a canary: {by} has said so"] if by else []
            not_here = [f"  {MARK}  {each.text()}" for each in elsewhere]
            one[1:1] = [*notes, *at_once, *not_here]
        text = "".join(line + "\n" for line in lines)
        rollout.write("summary.txt", text)
        values = {
            **waits,
            "verb": options["verb"] if carries_out else "plan",
            "directory": str(rollout.directory),
            "summary": lines,
            "page": page,
            "diff": {"prepared": text},
            COMMANDS: next_commands(plans, settlement),
        }
        if options["drill"]:
            line = self._file_drill(options, plans, settlement, len(hosts))
            text += f"  {line}\n"
            return {
                **values,
                "verb": "drill",
                "page": [*page, f"  {line}"],
                "diff": {"prepared": text},
                "msg": line,
                "ansible_facts": {FACT: _fact(Settlement())},
            }
        if not carries_out:
            return {
                **values,
                "msg": f"planned, in {rollout.directory}",
                "ansible_facts": {FACT: _fact(Settlement())},
                "ansible_stats": _handed_on(rollout),
            }
        if approval.refusal:
            return {
                **waits,
                "failed": True,
                "msg": approval.refusal,
                WHY_HELD: "approvals are missing",
                "diff": {"prepared": text},
            }
        rollout.begin(
            settlement,
            chosen,
            {**facts, "run": RUN, "who": current_operator(), **({"all_at_once_by": by} if by else {})},
        )
        if settlement.in_the_way:
            message = refusal(settlement)
            way = way_on(settlement)
            return {
                **waits,
                "failed": True,
                "msg": message,
                "held": settlement.hosts,
                "diff": {
                    "prepared": text,
                    DETAILS: {
                        "next_action": f"{message.partition(':')[0]}. {way}",
                        COMMANDS: dict.fromkeys(hosts, command_values(way)),
                    },
                },
            }
        left_open = [absence.host for absence in settlement.left_open]
        open_text = f"{len(left_open)} STAY OPEN: {names_text(left_open)}; the others go on: " if left_open else ""
        # --limit is the word of Ansible for these hosts and no other, so no play reaches another one.
        failing = [each for each in elsewhere if each.is_whole and not context.CLIARGS.get("subset")]
        return {
            **values,
            "msg": open_text + _stays_text(verb.stays, settlement) + lines[-1].strip(),
            "ansible_facts": {
                FACT: {**_fact(settlement), **_left_out(failing), **_waiting(waits), **_unprotected(plans, settlement)}
            },
        }

    @staticmethod
    def _places_of_undo(
        hosts: Sequence[str], plans: Sequence[PlanFile], options: Mapping[str, Any], variables: Mapping[str, Any]
    ) -> dict[str, Path]:
        """Return by appliance without a plan the directory of its records; none where no run is undone."""
        verb = declared(options["verb"])
        if verb.absent is not Absent.KEEPS_OTHERS_IF_WRITTEN or not undone_runs(plans):
            return {}
        absent = {*hosts} - {plan.host for plan in plans}
        default = options["records"]
        return {
            host: _records_of(verb.role_name, variables["hostvars"][host], default) for host in hosts if host in absent
        }

    @staticmethod
    def _untouched(
        places: Mapping[str, Path], unknown: Collection[str], plans: Sequence[PlanFile], options: Mapping[str, Any]
    ) -> list[str] | None:
        """Return the appliances that keep nobody where they cannot go; None for all of them. See :func:`settlement.settle`.

        A mitigation stays where it cannot be retired, whatever becomes of the others. An undo concerns those that the undone run has written to, or may have.
        """
        if declared(options["verb"]).absent is Absent.KEEPS_NOBODY:
            return None
        known = {host: place for host, place in places.items() if host not in unknown}
        return untouched_hosts(known, plans, options["measure"])

    @staticmethod
    def _elsewhere(
        verb: str, hosts: Sequence[str], inventory: Sequence[str], variables: Mapping[str, Any]
    ) -> list[Elsewhere]:
        """Return what the customers of a closing or an opening have on appliances that the run does not take."""
        if not declared(verb).needs_scope or len(hosts) == len(inventory):
            return []
        return customers_elsewhere(hosts, variables.get("hostvars") or {}, inventory)

    @staticmethod
    def _file_drill(
        options: Mapping[str, Any], plans: Sequence[PlanFile], settlement: Settlement, appliances: int
    ) -> str:
        """Write down how the drill went, and return it in one line.

        :raises InvalidInput: where nobody is named, it is not a closing, or the directory cannot be written
        """
        who = person_of_drill(options)
        ended = datetime.now(UTC)
        started = datetime.strptime(RUN_DIRECTORY.partition("-")[0], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
        absent = {one.host for one in (*settlement.left_open, *settlement.in_the_way, *settlement.left_out)}
        absent |= {plan.host for plan in plans if plan.not_agreed}
        drill = Drill(
            at=ended.isoformat(timespec="seconds"),
            who=who[:MOST_TEXT],
            step=options["measure"],
            appliances=appliances,
            closable=appliances - len(absent),
            stays_open=tuple(sorted(absent)),
            customers=len({row["customer"] for plan in plans for row in plan.impact}),
            seconds=round((ended - started).total_seconds(), 1),
        )
        path = file_drill(Path(options["drills"]).expanduser(), RUN, drill)
        return f"DRILL, nothing was changed: {drill.text}. Filed in {path}"

    def _approval(
        self,
        rollout: Rollout,
        plans: Sequence[PlanFile],
        settlement: Settlement,
        variables: Mapping[str, Any],
        *,
        carries_out: bool,
    ) -> FleetApproval:
        """Return what the approvals that the inventory demands mean for this run; see :func:`fleet_approval`."""
        if settlement.in_the_way:  # nothing goes on anyway
            return FleetApproval()
        render = RoleArguments("localhost", ROLLOUT, dict(variables), self._templar, self.OPTIONS).render
        hosts = settlement.hosts
        return fleet_approval(rollout.directory, plans, hosts, variables, render, carries_out=carries_out)


def _measure_of(options: Mapping[str, Any]) -> str:
    """Return the measure of a rollout; that of a closing or an opening is its step."""
    measure = str(options["measure"])
    return step_word(measure) if declared(options["verb"]).needs_scope else measure


def _records_of(role: str, variables: Mapping[str, Any], default: str) -> Path:
    """Return the directory of the records of an appliance, from the variables that a role itself takes it from."""
    name = source_variable("records", role, variables)
    return Path(str(variables[name] if name else default)).expanduser()


def _stays_text(stays: str, settlement: Settlement) -> str:
    """Return how many appliances cannot go and keep nobody, as the beginning of a sentence; "" where there are none."""
    names = [absence.host for absence in settlement.stays]
    text = f"{stays} {names_text(names)}; the others go on: "
    return f"{len(names)} {text}" if names else ""


def all_at_once_by(options: Mapping[str, Any]) -> str:
    """Return who has said that all appliances go at once; "" where they go in waves.

    :raises InvalidInput: where nobody is named
    """
    if not options["all_at_once"]:
        return ""
    who = " ".join(options["who"].split())
    if not says_something(who):
        raise InvalidInput(
            """all_at_once leaves out the canary, which shows that a change harms nobody: name the person who decides that, -e "who='...'". """
            "Nothing was changed."
        )
    return who


def _left_out(elsewhere: Sequence[Elsewhere]) -> dict[str, Any]:
    """Return the appliances at which something of a customer stays as it is although the whole customer was meant, as patterns and with a sentence for each."""
    told = {host: each.text_at(host) for each in elsewhere for host in each.places}
    return {"not_in_run": [*map(exact_pattern, told)], "why_not_in_run": told} if told else {}


def _waiting(waits: Mapping[str, Any]) -> dict[str, Any]:
    """Return the appliances that wait for a job of a slice, as patterns and with a sentence for each: the last play refuses them, whoever has accepted that."""
    told = waits.get(WAITS, {})
    return {"waiting": [*map(exact_pattern, told)], "why_waiting": told} if told else {}


def _unprotected(plans: Sequence[PlanFile], settlement: Settlement) -> dict[str, Any]:
    """Return the appliances from which protection is taken away, as patterns: the last play fails for them."""
    hosts = [plan.host for plan in plans if plan.takes_away and plan.host in settlement.hosts]
    return {"loses_protection": [*map(exact_pattern, hosts)]} if hosts else {}


def _handed_on(rollout: Rollout) -> dict[str, Any]:
    """Return the directory of the plans as set_stats would: AWX gives it to the next job of a workflow as ``-e plan=``, whatever ``--limit`` says."""
    return {"data": {"plan": str(rollout.directory)}, "per_host": False, "aggregate": False}


def _fact(settlement: Settlement) -> dict[str, Any]:
    """Return the hosts, as patterns, and the serial of the play that carries the waves out."""
    return {"hosts": [*map(exact_pattern, settlement.hosts)], "serial": [len(wave) for wave in settlement.waves]}
