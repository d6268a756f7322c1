# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plans of a fleet on one page: appliances with the same plan share a paragraph. Pure."""

from __future__ import annotations

import json
import re
import shlex
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.nsconf_writer import abridged, signed
from ...change.planning.plan_file import MOST_CLOCK_SKEW, PlanFile, clock_notes
from ...customers.consent import AGREED, HOW_TO_GO_ON, WITHOUT, without_agreement
from ...foundation.counted import counted
from ...foundation.folded_names import folded
from ...foundation.foreign_text import printable
from ...foundation.next_action import AGAIN, NextAction, advice, command_values
from ...foundation.protection_change import Phase
from .settlement import Absence, Settlement

WHY_HELD = "why_held"
"""The value of a failed decision that says why the appliances were not begun, as half a sentence."""

WAITS = "waits"
"""The value of a decision that has, by appliance that is not changed now, which job of a slice may still begin there."""
MARKER = "<marker>"
WITHOUT_SAVE = "unsaved=apply_without_save"
UNSAVED = "apply_without_save"
PLAIN = frozenset(string.ascii_letters + string.digits + "._-")
SHOWN_NAMES = 5
SHOWN_WHOLE, SHOWN_OF_A_KIND = 50, 5
"""Appliances up to which the page shows every plan; of more, so many plans of a kind that differ in names and rules alone."""
SWITCH = "switch ns partition "
CLOSING = "lockdown"
"""The measure of a lockdown and of a reopening: their verb says all of it."""
CLOSE, REOPEN, OFF = "close", "reopen", "off"
"""The verbs whose page has to fit a screen: their commands depend on the virtual servers of each appliance."""
_OUR_COMMENT = re.compile(r' -comment "tourniquet [^"]*"$')
NOT_CLOSED = " STAYS OPEN: "
"""What a plan says between the names of virtual servers and the reason why its step cannot close them."""
MOST_SHOWN = 160
"""Characters of a command on the page of a closing; the plan of each appliance has it whole."""
CLOSING_WORDS = {"superseded": "IN PLACE IN PART OR OTHERWISE"}
"""By verdict on a closing that is there, what it says before another closing: an older version of a mitigation is another thing."""
LESS = 0.5  # of the commands of a plan, the part that may differ from another one whose commands the page has already


Group = tuple[PlanFile, list[str]]
"""A plan, and the appliances that have an equal one."""


def group_plans(plans: Sequence[PlanFile]) -> list[Group]:
    """Group the plans of appliances that are equal, the largest group first, each with the names.

    Values that differ on each appliance are not compared: the marker in the answers and, in a verdict, the addresses.
    """
    groups: dict[tuple[Any, ...], tuple[PlanFile, list[str]]] = {}
    for plan in plans:
        groups.setdefault(_likeness(plan), (plan, []))[1].append(plan.host)
    return sorted(groups.values(), key=lambda group: -len(group[1]))


def _likeness(plan: PlanFile) -> tuple[Any, ...]:
    return (
        plan.nothing_to_do,
        plan.values["verdict"].partition(" (")[0],
        tuple(lines_of(plan)),
        tuple((conflict["kind"], conflict["message"].replace(plan.host, "")) for conflict in plan.conflicts),
    )


def lines_of(plan: PlanFile) -> list[str]:
    """Return the lines of ns.conf without the marker, which differs on each appliance."""
    marker = plan.values["marker"]
    return [line.replace(marker, MARKER) if marker else line for line in plan.lines]


def summary(
    facts: Mapping[str, Any],
    plans: Sequence[PlanFile],
    settlement: Settlement,
    bake_seconds: float,
    *,
    stays: str = "",
    hits: Sequence[str] = (),
    with_reasons: bool = True,
) -> list[str]:
    """Return the lines that a person reads before the first wave.

    :param facts: verb and measure
    :param stays: how a line begins that names appliances which cannot go and keep nobody
    :param hits: of a closing, whom it hits: behind what stays open all the same
    :param with_reasons: of an appliance that does not go, the reason; False where the screen has it elsewhere
    """
    absences = _grouped if with_reasons else _named
    absent = [*settlement.left_out, *settlement.in_the_way, *settlement.left_open, *settlement.stays]
    total = len({plan.host for plan in plans} | {absence.host for absence in absent})
    what = facts["verb"] if facts["measure"] in (CLOSING, facts["verb"]) else f"{facts['verb']} {facts['measure']}"
    lines = [f"{what}: {_count(total)}"]
    going = {*settlement.nothing_to_do, *settlement.hosts}
    refused = _refused_by_customers(plans, settlement.left_open)
    not_agreed = _not_agreed([plan for plan in plans if plan.host in going | refused])
    lines += [*(f"  {text}" for text in not_agreed), f"  {HOW_TO_GO_ON}"] if not_agreed else []
    lines += [f"  {text}" for text in _not_closed([plan for plan in plans if plan.host in going])]
    left_open = [absence for absence in settlement.left_open if absence.host not in refused]
    lines += [f"  STAYS OPEN  {text}" for text in absences(left_open)]
    lines += _how_to_close(left_open)
    lines += [f"  {text}" for text in hits]
    if settlement.continues:
        lines.append(
            f"  continues {settlement.continues}, which did not come to its end; the appliances that stopped it go first"
        )
    shown: dict[tuple[str, ...], str] = {}
    closes = facts["verb"] in (CLOSE, CLOSING)
    by_step = closes or (facts["verb"] == REOPEN and facts["measure"] != CLOSING)
    step = "" if facts["measure"] == CLOSING else f" -e step={facts['measure']}"
    undo = f"undo: {REOPEN if closes else CLOSE}.yml{step} with the same scope" if by_step else ""
    groups = group_plans([plan for plan in plans if plan.host in going])
    switches = facts["measure"] in (CLOSING, OFF)  # which may have other names at each appliance
    whole = (by_step and not switches) or len(going) <= SHOWN_WHOLE
    for plan, hosts in groups if whole else _first_of_each_kind(groups):
        changes = "nothing to do" if plan.nothing_to_do else _changes(plan)
        word = plan.values["verdict"].partition(" (")[0]
        if closes and not plan.nothing_to_do:
            word = CLOSING_WORDS.get(word, word)
            unchanged = "STAYS OPEN" if plan.values.get("without_effect") else "in place, to be proven again"
            unchanged = (
                "in place, and a part STAYS OPEN"
                if plan.stays_open and not plan.values.get("without_effect")
                else unchanged
            )
            changes = changes if plan.lines else unchanged
        verdict = f", {word}" if word else ""
        lines.append(f"  {_count(len(hosts))}: {changes}{verdict}: {names_text(hosts)}")
        if not plan.nothing_to_do:
            difference = _difference(plan, shown) if by_step else []
            commands = difference or _commands(plan, shown, undo)
            lines += [f"    {line if difference or not by_step else _cut(line)}" for line in commands]
    lines += [] if whole else _others_of_each_kind(groups)
    lines += [f"  {stays}  {text}" for text in absences(settlement.stays)]
    lines += [f"  LEFT OUT  {text}" for text in absences(settlement.left_out)]
    lines += [f"  IN THE WAY  {text}" for text in absences(settlement.in_the_way)]
    lines += [f"  {Phase.PLANNED}  {text}" for text in _takes_away(plans, settlement.hosts)]
    lines += [f"  FORESEEN  {text}" for text in _foreseen([plan for plan in plans if plan.host in settlement.hosts])]
    skewed = [plan.host for plan in plans if clock_notes(plan.clock_skew)]
    if skewed:
        verb = "is" if len(skewed) == 1 else "are"
        minutes = f"{MOST_CLOCK_SKEW / 60:g}"
        lines.append(f"  clocks: {_count(len(skewed))} {verb} off by more than {minutes} minutes: {names_text(skewed)}")
    if settlement.waves:
        sizes = " + ".join(str(len(wave)) for wave in settlement.waves)
        pause = f", {bake_seconds:g} s between them" if bake_seconds and len(settlement.waves) > 1 else ""
        lines.append(f"  waves: {sizes}{pause}; first {names_text(settlement.waves[0])}")
    return [printable(line) for line in lines]


def _cut(line: str) -> str:
    """Return a command that fits two lines of a screen, without our comment and with the number of characters that are left out."""
    line = _OUR_COMMENT.sub("", line)
    left_out = len(line) - MOST_SHOWN
    return line if left_out <= 0 else f"{line[:MOST_SHOWN]} ... {counted(left_out, 'more character')}"


def _commands(plan: PlanFile, shown: dict[tuple[str, ...], str], undone_by: str = "") -> list[str]:
    """Return the commands of a plan, and those that undo it; commands that the page has already are not repeated.

    :param shown: by commands, the appliance at which the page has them; this plan is added
    :param undone_by: what undoes it, instead of its commands
    """
    partitions = _by_partition(lines_of(plan))
    lists = list(partitions.values())
    if len(lists) > 1 and all(own == lists[0] for own in lists):
        lines, heading = lists[0], [f"in each of the partitions {', '.join(partitions)}:"]
    else:
        lines, heading = lines_of(plan), []
    known = shown.get(tuple(lines))
    if known is not None:
        return [*heading, f"the same changes as at {known}"]
    shown[tuple(lines)] = plan.host
    inverse = plan.values.get("inverse", []) if not heading else []
    undo = [undone_by or f"undo: {' / '.join(abridged(inverse))}"] if inverse else []
    commands = [line if line.startswith(SWITCH) else signed(line) for line in abridged(lines)]
    return [*heading, *commands, *undo]


def _difference(plan: PlanFile, shown: dict[tuple[str, ...], str]) -> list[str]:
    """Return in one line how a plan differs from the most similar one that the page has whole; nothing where it is another plan.

    :param shown: as of :func:`_commands`; it does not change
    """
    if not shown or tuple(lines_of(plan)) in shown:
        return []
    lines = _placed(lines_of(plan))
    near, host = min(
        ((_placed(other), host) for other, host in shown.items()), key=lambda one: len({*one[0]} ^ {*lines})
    )
    if len({*lines} ^ {*near}) > LESS * len(lines):
        return []
    if near == lines:
        return [f"the same changes as at {host}"]
    parts = [
        f"{word} {' / '.join(own)}"
        for word, own in (
            ("without", [line for line in near if line not in lines]),
            ("with", [line for line in lines if line not in near]),
        )
        if own
    ]
    return [f"the changes as at {host}, {', and '.join(parts) or 'in another order'}; the undo likewise"]


def _placed(lines: Sequence[str]) -> list[str]:
    """Return the commands, each with its admin partition unless that is the default one."""
    return [
        line if name in ("", DEFAULT) else f"(partition {name}) {line}"
        for name, own in _by_partition(lines).items()
        for line in own
    ]


def _by_partition(lines: Sequence[str]) -> dict[str, list[str]]:
    """Return the commands of each admin partition; those of an appliance without any under an empty name."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if line.startswith(SWITCH):
            name = line.removeprefix(SWITCH)
            found.setdefault(name, [])
        else:
            found.setdefault(name, []).append(line)
    return found


def _refused_by_customers(plans: Sequence[PlanFile], left_open: Sequence[Absence]) -> set[str]:
    """Return the appliances that stay open for no other reason than that their customers have not agreed.

    The plan file alone proves nothing, so the reason of the journal must be that of the plan.
    """
    reasons = {plan.host: printable(without_agreement(plan.not_agreed)) for plan in plans if plan.not_agreed}
    return {absence.host for absence in left_open if reasons.get(absence.host) == _problem(absence)}


def _not_agreed(plans: Sequence[PlanFile]) -> list[str]:
    """Return a line for each customer who has not agreed, with the appliances; of one appliance, with its virtual servers."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for plan in plans:
        for text in plan.not_agreed:
            groups.setdefault(text.rpartition(" OPEN: ")[2], []).append((plan.host, text))
    return [
        f"{found[0][0]}: {found[0][1]}"
        if len(found) == 1
        else f"NOT AGREED: {why}: STAYS OPEN at {_count(len(names))}: {folded(names, SHOWN_NAMES)}"
        for why, found in groups.items()
        for names in [list(dict.fromkeys(host for host, _text in found))]
    ]


def _not_closed(plans: Sequence[PlanFile]) -> list[str]:
    """Return a line for each reason why a step cannot close what is in scope, with the appliances; of one appliance, with its virtual servers."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for plan in plans:
        for text in plan.stays_open:
            names, _mark, why = text.partition(NOT_CLOSED)
            groups.setdefault(why, []).append((plan.host, names))
    return [
        f"STAYS OPEN  {folded(hosts, SHOWN_NAMES)}: {', '.join(own)}: {why}"
        if len(hosts) == 1
        else f"STAYS OPEN  virtual servers at {_count(len(hosts))}: {folded(hosts, SHOWN_NAMES)}: {why}"
        for why, found in groups.items()
        for hosts, own in [(list(dict.fromkeys(host for host, _names in found)), [names for _host, names in found])]
    ]


def _named(absences: Sequence[Absence]) -> list[str]:
    """Return one line with the appliances."""
    if not absences:
        return []
    return [f"{_count(len(absences))}: {folded(absence.host for absence in absences)}; the reasons are at the end"]


def _grouped(absences: Sequence[Absence]) -> list[str]:
    """Return a line for each reason, with the appliances that have it."""
    return [
        _absence_text(group[0])
        if len(group) == 1
        else f"{_count(len(group))}: {likeness}: {names_text([absence.host for absence in group])}"
        for likeness, group in _by_reason(absences).items()
    ]


def _by_reason(absences: Sequence[Absence]) -> dict[str, list[Absence]]:
    """Return the appliances by their reason, in which ``<appliance>`` stands for their name."""
    groups: dict[str, list[Absence]] = {}
    for absence in absences:
        groups.setdefault(_problem(absence).replace(absence.host, "<appliance>"), []).append(absence)
    return groups


def _kinds(groups: Sequence[Group]) -> list[list[Group]]:
    """Return groups of equal plans, by the word and the number of their changes."""
    kinds: dict[tuple[Any, ...], list[Group]] = {}
    for group in groups:
        plan = group[0]
        kinds.setdefault((plan.nothing_to_do, _changes(plan), plan.values["verdict"].partition(" (")[0]), []).append(
            group
        )
    return list(kinds.values())


def _first_of_each_kind(groups: Sequence[Group]) -> list[Group]:
    """Return the groups of equal plans that the page of a large fleet shows."""
    return [group for kind in _kinds(groups) for group in kind[:SHOWN_OF_A_KIND]]


def _others_of_each_kind(groups: Sequence[Group]) -> list[str]:
    """Return a line for each kind of plan of which the page does not show all, with the appliances."""
    return [
        f"  {len(hosts)} more {'appliance' if len(hosts) == 1 else 'appliances'}: {what}{word}: {names_text(hosts)}; -v shows the changes of each"
        for kind in _kinds(groups)
        if (hosts := [host for _plan, names in kind[SHOWN_OF_A_KIND:] for host in names])
        for plan in [kind[0][0]]
        for what in ["nothing to do" if plan.nothing_to_do else _changes(plan)]
        for verdict in [plan.values["verdict"].partition(" (")[0]]
        for word in [f", {verdict}" if verdict else ""]
    ]


def _takes_away(plans: Sequence[PlanFile], hosts: Sequence[str]) -> list[str]:
    """Return a line for each set of services that lose their protection, with the appliances that go and have them."""
    groups: dict[str, list[str]] = {}
    for plan in plans:
        if plan.takes_away and plan.host in hosts:
            groups.setdefault(", ".join(plan.takes_away), []).append(plan.host)
    shown = len(groups) if len(hosts) <= SHOWN_WHOLE else SHOWN_OF_A_KIND
    lines = [f"{names_text(found)}: {services}" for services, found in groups.items()]
    rest = [host for found in list(groups.values())[shown:] for host in found]
    more = f"{counted(len(rest), 'more appliance')}, each from services of its own: {names_text(rest)}; -v names them"
    return [*lines[:shown], *([more] if rest else [])]


def _foreseen(plans: Sequence[PlanFile]) -> list[str]:
    """Return a line for each thing that the plans foresee, with the appliances where it is so."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for plan in plans:
        for text in plan.foreseen:
            groups.setdefault(text.replace(plan.host, "<appliance>"), []).append((plan.host, text))
    return [
        f"{found[0][0]}: {found[0][1]}"
        if len(found) == 1
        else f"{_count(len(found))}: {likeness}: {names_text([host for host, _text in found])}"
        for likeness, found in groups.items()
    ]


_UNSAVED = replace(AGAIN, unsaid=(("unsaved", UNSAVED),))


def _how_to_close(left_open: Sequence[Absence]) -> list[str]:
    """Return the commands that close the appliances which a lockdown left open, by what keeps them."""
    unsaved = [absence.host for absence in left_open if UNSAVED in absence.problem]
    others = [absence.host for absence in left_open if absence.host not in unsaved]
    lines = []
    if unsaved:
        lines.append(
            f"  close {names_text(unsaved)} without saving anything of others: the same command with --limit '{','.join(unsaved)}' "
            f"-e {WITHOUT_SAVE}. A restart opens them again until somebody saves"
        )
    if others:
        lines.append(
            f"  fix what keeps {names_text(others)} open, then the same command with --limit '{','.join(others)}', or close them by hand"
        )
    return lines


def next_commands(plans: Sequence[PlanFile], settlement: Settlement) -> dict[str, list[Mapping[str, Any]]]:
    """Return by appliance the commands of what a closing has left open: the agreement of a customer, what does not save, and the same again."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    refused = _refused_by_customers(plans, settlement.left_open)
    going = {*settlement.nothing_to_do, *settlement.hosts} | refused
    for plan in plans:
        if plan.host in going and plan.not_agreed:
            found[plan.host] = command_values(advice(HOW_TO_GO_ON, AGREED, WITHOUT))
    for absence in settlement.left_open:
        if absence.host not in refused:
            unsaved = UNSAVED in absence.problem
            found[absence.host] = command_values(advice("close it", _UNSAVED if unsaved else AGAIN))
    return found


def refusal(settlement: Settlement) -> str:
    """Return why nothing may start, with a line for each appliance, and the options that leave them out."""
    lines = [f"{_count(len(settlement.in_the_way))} in the way, so nothing was changed anywhere:"]
    lines += [f"  {_absence_text(absence)}" for absence in settlement.in_the_way]
    return "\n".join(printable(line) for line in [*lines, way_on(settlement)])


def way_on(settlement: Settlement) -> NextAction:
    """Return what to do about what is in the way: the same command without it, each by name, or what to fix where most of the fleet refuses."""
    refused = [one for one in (*settlement.left_out, *settlement.in_the_way) if not one.unreachable]
    total = len({*settlement.hosts, *settlement.nothing_to_do}) + len(settlement.left_out) + len(settlement.in_the_way)
    if len(refused) * 2 > total:
        return NextAction(_instead(refused, total), AGAIN)
    options = []
    for unreachable, what in ((True, "accept_unreachable"), (False, "accept_refused")):
        # Options that were given already must be given again.
        missing = [*settlement.left_out, *settlement.in_the_way]
        names = tuple(absence.host for absence in missing if absence.unreachable is unreachable)
        options += [(what, names)] if names else []
    said = "".join(f" -e {_choice(what, names)}" for what, names in options)
    return NextAction(printable(f"Fix them, or continue without them:{said}"), replace(AGAIN, unsaid=tuple(options)))


def _instead(refused: Sequence[Absence], total: int) -> str:
    """Return what to do where most appliances of a run are refused."""
    if total == 1:
        return "Fix it, then give the same command again."
    like, hosts = max(_by_reason(refused).items(), key=lambda item: len(item[1]))
    why = _problem(hosts[0]) if len(hosts) == 1 else like
    most = "" if len(hosts) == len(refused) else f"{len(hosts)} of them "
    return printable(
        f"Fix them, then give the same command again: {len(refused)} of {total} appliances are refused, {most}because: {why}"
    )


def _choice(option: str, names: Sequence[str]) -> str:
    """Return the value of ``-e`` by which an option accepts these appliances by name, however many: a number would accept others too."""
    plain = all(set(name) <= PLAIN and not name.isdecimal() for name in names)
    return f"{option}={','.join(names)}" if plain else shlex.quote(json.dumps({option: names}, ensure_ascii=False))


def _absence_text(absence: Absence) -> str:
    return f"{absence.host}: {_problem(absence)}"


def _problem(absence: Absence) -> str:
    return ("unreachable: " if absence.unreachable else "") + absence.problem.removeprefix(f"{absence.host}: ")


def names_text(names: Sequence[str]) -> str:
    """Return the names as text, numbered ones as ranges, shortened where there are many."""
    return folded(names, SHOWN_NAMES)


def _count(number: int) -> str:
    return "1 appliance" if number == 1 else f"{number} appliances"


def _changes(plan: PlanFile) -> str:
    """Return the number of changes, as each appliance states it: a change may take more than one command."""
    number = len(plan.values.get("basis", {}).get("steps", plan.lines))
    return "1 change" if number == 1 else f"{number} changes"
