# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict on one appliance for every entry of the catalogue, the worst of them, and the one next action. Pure.

Each entry gets a word of :mod:`verdict_table` with its reason and what it rests on. What is not known is never "fixed" and never "not affected": a
build, a configuration or a setting that could not be read is UNKNOWN, unless what was read is enough. The fix in a build is not enough where the entry
needs a setting on fixed builds too, or where another node runs an older build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ...appliance.nitro.builds import Build
from ...catalogue.acknowledgement import Acknowledgement
from ...catalogue.entry import Entry, Setting, Surface, upgrades_by
from ...catalogue.opt_out import VARIABLE as OPT_OUTS
from ...catalogue.opt_out import OptOut, expired, in_force
from ...catalogue.predicates import Answer, AnyOf, Configuration, Leaf, Predicate, Truth, holds, parse_condition
from ...catalogue.trains import BuildState
from ...catalogue.upgrade import ANY_FIX, SUPPORTED, Target, Upgrades, earlier_day
from ...change.records.closures import NOT_PROVEN, ClosureState
from ...foundation.counted import counted
from ...foundation.json_values import beside, given, written
from ...foundation.next_action import NONE, Command, NextAction
from .acknowledgements import acknowledged
from .closure_verdict import if_overdue, prove_closing
from .next_action import LOCKDOWN
from .reached_servers import ReachedWithVipsClosed
from .vendor_signatures import SIGNATURE_TYPES, clause, read_signatures
from .verdict_table import (
    BY_CONFIGURATION,
    CLOSED_WORDS,
    GOOD_WORDS,
    OK,
    PRECEDENCE,
    SHOWN_ENTRIES,
    VERDICTS,
    Verdict,
    VerdictWord,
    worst_verdict,
)

Candidate = tuple[VerdictWord, str]
GOOD_STATES = (BuildState.FIXED, BuildState.NOT_AFFECTED)
UPGRADE_WORDS = (VerdictWord.INEFFECTIVE, VerdictWord.EXPOSED, VerdictWord.NOT_IN_PLACE, VerdictWord.STOP_GAP)
"""The words of an entry that only an upgrade closes, where its measure cannot be applied."""
OPEN_WORDS = (VerdictWord.BLOCKED_UNEXPLAINED, *UPGRADE_WORDS)
"""The words of an entry of which nothing is known to stop each attack."""
CLOSED_SURFACES = (Surface.GATEWAY, Surface.VIRTUAL_SERVERS)
"""The surfaces that no client reaches while all VIPs are switched off. A management address is another matter."""
RECOMMENDED = "recommended"
"""The word for all mitigations that an appliance needs."""
SESSIONS_OPEN = "no record says that the sessions from before it were ended"
MITIGATION = "mitigation"
_UPGRADE = "upgrade to "
_SETTLE = "ask the vendor, "
SHOWN = 2
"""The largest number of reasons of one entry that its text has."""
LONGEST_REASON = 100
"""Characters of one reason."""


@dataclass(frozen=True)
class EntryFacts:
    """What is known of one appliance with one entry in mind.

    :ivar builds: of all nodes that were read; empty where none is known
    :ivar configuration: what the preconditions ask; rows that were not read are unknown
    :ivar unread_nodes: the nodes whose build is not known, in words
    :ivar measure: the verdict on its measure; None where it has none, or the appliance was not asked
    :ivar in_place: something of its measure is on the appliance
    :ivar can_apply: ``apply.yml`` can bring its measure in here
    :ivar can_accept: the same once a person has accepted, by a variable of the host, what its plan is refused for
    :ivar closures: which VIPs are switched off, and by whose decision
    :ivar sessions_open: the sessions that the entry wants to be ended after its fix were not ended, by the records
    :ivar ran_without_fix: a run of ours found a build with the weakness, by the records, so there were sessions that could be stolen
    :ivar upgrades: what decides which build to upgrade to; None for this entry alone
    :ivar is_cluster: its other nodes are those of a cluster, which no playbook reads
    """

    builds: tuple[Build, ...]
    configuration: Configuration
    unread_nodes: tuple[str, ...] = ()
    measure: Verdict | None = None
    in_place: bool = False
    can_apply: bool = False
    can_accept: bool = False
    closures: ClosureState = field(default_factory=ClosureState)
    sessions_open: bool = False
    ran_without_fix: bool = False
    upgrades: Upgrades | None = None
    is_cluster: bool = False

    @property
    def is_closed(self) -> bool:
        """Return True if no client reaches any VIP."""
        return bool(self.closures.closed) and not self.closures.open


@written(
    beside("verdict_to_look_at"),
    "id=entry.id verdict.word verdict.reason verdict.exit_code exploited",
    given("opted_out"),
    beside(
        lambda one: (
            one.verdict_to_look_at and {"acknowledged": one.verdict.acknowledged, "severity": one.entry.severity}
        )
    ),
    exploited=lambda one: is_exploited(one.entry),
)
@dataclass(frozen=True)
class EntryVerdict:
    """The verdict on one entry.

    :ivar state: of the worst build; UNKNOWN where no build is known
    :ivar can_accept: its measure can be applied once a person accepts what its plan is refused for
    :ivar has_old_sessions: sessions from before its fix may still be open: a run of ours found the weakness, and none has ended them since
    :ivar opted_out: who has opted out of it here, where it would need somebody otherwise: then it does not count for the appliance
    """

    entry: Entry
    state: BuildState
    verdict: Verdict
    can_apply: bool = False
    opted_out: OptOut | None = None
    can_accept: bool = False
    has_old_sessions: bool = False

    @property
    def verdict_to_look_at(self) -> Verdict | None:
        """The verdict, with what it rests on; None where nobody has to look at it."""
        return None if self.verdict.word in GOOD_WORDS else self.verdict

    @property
    def helps_tonight(self) -> bool:
        """Return True if its measure can be applied, at once or after what refuses its plan is accepted."""
        return self.can_apply or self.can_accept

    @property
    def urgency(self) -> tuple[object, ...]:
        """Return the key that sorts the most urgent one first.

        What is acknowledged comes last; then the worst word, exploited before others, what can be stopped at once before an upgrade, the newest.
        """
        day = self.entry.newest_fact()
        return (
            self.verdict.exit_code == OK,
            PRECEDENCE[self.verdict.word],
            not is_exploited(self.entry),
            not self.can_apply,
            -(day.toordinal() if day else 0),
            self.entry.id,
        )


@dataclass(frozen=True)
class ApplianceVerdict:
    """The verdict on an appliance, and those on all entries, the most urgent first."""

    verdict: Verdict
    entries: tuple[EntryVerdict, ...]


# -- an entry ---------------------------------------------------------------------------------------------------------


def is_exploited(entry: Entry) -> bool:
    """Return True if the weakness is known to be exploited."""
    return bool(entry.exploit.exploited_since or entry.exploit.kev)


def state_of(entry: Entry, builds: Iterable[Build]) -> BuildState:
    """Return what the builds of all nodes mean for an entry; the worst one counts."""
    order = list(BuildState)
    return min((entry.build_state(build) for build in builds), key=order.index, default=BuildState.UNKNOWN)


def needed_types(entry: Entry, state: BuildState) -> frozenset[str]:
    """Return the NITRO types that the verdict on an entry depends on, where the builds have a state."""
    settings = entry.settings_on_fixed_builds()
    if state in GOOD_STATES and not settings:
        return frozenset()
    return entry.types() | {setting.type for setting in settings}


def vendor_types(entries: Iterable[Entry], builds: Sequence[Build]) -> frozenset[str]:
    """Return the NITRO types that show the vendor's signatures, where they are told of an entry on these builds."""
    told = (one for one in entries if one.vendor_list is not None and one.vendor_list.concerns(builds))
    return SIGNATURE_TYPES if any(state_of(one, builds) not in GOOD_STATES for one in told) else frozenset()


_NODES_OF_A_CLUSTER = NextAction(
    "see on the cluster that each other node runs that build too; no playbook judges a cluster, so none can check it",
    check=None,
)
NEEDS_SETTING = "builds with the fix need a setting too"
"""How the reason begins where a build has the fix, and the configuration lacks what the fix needs."""


def lacks(setting: Setting) -> Predicate:
    """Return a predicate that holds where an object of a setting does not have one of its values."""
    where = setting.where.where if isinstance(setting.where, Leaf) else ()
    return AnyOf(
        tuple(
            Leaf((setting.type,), (*where, (name, parse_condition({"not": value}))))
            for name, value in setting.attributes.items()
        )
    )


def entry_verdict(
    entry: Entry, facts: EntryFacts, as_of: date, acknowledgements: Sequence[Acknowledgement] = (), today: date | None = None
) -> EntryVerdict:  # fmt: skip
    """Return the verdict on one entry.

    :param as_of: the date of the verdict
    :param today: the day by which acknowledgements expire; None for the date of the verdict
    """
    state = state_of(entry, facts.builds)
    fix = _fix_text(entry, facts, earlier_day(as_of, today) if today else None)
    verdict = worst_verdict(_candidates(entry, facts, state, as_of), _rests_on(facts, state), (), fix=fix)
    measure = facts.measure
    if measure is not None and (measure.word, measure.reason) == (verdict.word, verdict.reason):
        verdict = replace(measure, rests_on=(*verdict.rests_on, *measure.rests_on))
    else:
        verdict = acknowledged(verdict, acknowledgements, entry.id, today or as_of)
    if (
        verdict.word is VerdictWord.EXPOSED
        and entry.vendor_list is not None
        and entry.vendor_list.concerns(facts.builds)
    ):
        shown = read_signatures(facts.configuration)
        several = facts.is_cluster or len(facts.builds) + len(facts.unread_nodes) > 1
        reason = verdict.reason + clause(entry.vendor_list, shown, is_one_of_several=several)
        verdict = replace(verdict, reason=reason, rests_on=(*verdict.rests_on, *shown.rests_on))
    if (verdict.word, verdict.reason) == (VerdictWord.UNPROVEN, facts.closures.unproven_text):
        verdict = if_overdue(replace(verdict, next_action=prove_closing(facts.closures)), facts.closures)
    if verdict.word is VerdictWord.FIXED and facts.sessions_open:
        verdict = replace(verdict, next_action=NextAction(Command("end_sessions", ((MITIGATION, entry.id),))))
    if verdict.word in UPGRADE_WORDS and not (facts.can_apply or facts.can_accept):
        verdict = replace(verdict, next_action=_by_hand(entry, facts, state, fix))
    if facts.is_cluster and verdict.reason in facts.unread_nodes:
        verdict = replace(verdict, next_action=_NODES_OF_A_CLUSTER)
    if verdict.word is VerdictWord.UNKNOWN and is_unsettled(facts, state) and facts.measure is None:
        verdict = replace(verdict, next_action=settle([entry.id]))
    verdict = replace(verdict, next_action=verdict.next_action.of_measure(entry.id))
    old = verdict.word is VerdictWord.FIXED and facts.sessions_open and facts.ran_without_fix
    return EntryVerdict(entry, state, verdict, facts.can_apply, can_accept=facts.can_accept, has_old_sessions=old)


def with_opt_outs(one: EntryVerdict, found: Sequence[OptOut], today: date) -> EntryVerdict:
    """Return the verdict on an entry with its opt-out: exit code 0 where one counts, and a word about one that has expired.

    The word stays. What needs nobody needs no opt-out.
    """
    if one.verdict.exit_code == OK:
        return one
    given, past = in_force(found, one.entry.id, today), expired(found, one.entry.id, today)
    if given is not None:
        reason = f"{one.verdict.reason} ({given})"
        return replace(one, verdict=replace(one.verdict, reason=reason, exit_code=OK), opted_out=given)
    if past is None:
        return one
    reason = f"{one.verdict.reason} (the opt-out by {past.who} expired on {past.until})"
    return replace(one, verdict=replace(one.verdict, reason=reason))


def _candidates(entry: Entry, facts: EntryFacts, state: BuildState, as_of: date) -> Iterator[Candidate]:
    good = bool(facts.builds) and state in GOOD_STATES
    word = facts.measure.word if facts.measure is not None and facts.in_place else None
    # A closing says nothing of a weakness that the build does not have; of servers behind it no build says anything.
    if good and word in CLOSED_WORDS and entry.surface is not Surface.BACK_ENDS:
        yield VerdictWord.LEFT_BEHIND, f"{_builds_text(facts)} has the fix, and {entry.id} is still in place"
    elif facts.measure is not None and facts.in_place and not (good and word is VerdictWord.MITIGATED):
        yield facts.measure.word, facts.measure.reason
    if good:
        yield from _on_a_good_build(entry, facts, state)
        return
    precondition = _precondition(entry, facts)
    if precondition.truth is Truth.FALSE:
        yield VerdictWord.NOT_AFFECTED, f"{BY_CONFIGURATION}: {_texts(precondition)}"
    elif facts.in_place:
        return  # the verdict on the measure says it all
    elif not facts.builds:
        yield VerdictWord.UNKNOWN, "the running build is not known"
    elif state is BuildState.UNKNOWN:
        yield VerdictWord.UNKNOWN, f"no source says whether {_builds_text(facts)} is affected"
    elif precondition.truth is Truth.UNKNOWN:
        yield VerdictWord.UNKNOWN, _texts(precondition)
    elif facts.measure is not None:
        yield facts.measure.word, facts.measure.reason
    elif _is_closed(entry, facts):
        yield _closed(facts.closures)
    else:
        yield VerdictWord.EXPOSED, f"{exploit_text(entry, as_of)}; {_texts(precondition)}"


def _on_a_good_build(entry: Entry, facts: EntryFacts, state: BuildState) -> Iterator[Candidate]:
    for answer in missing_settings(entry, facts):
        if answer.truth is Truth.TRUE:
            yield _without_its_setting(entry, facts, answer)
        elif answer.truth is Truth.UNKNOWN:
            yield VerdictWord.UNKNOWN, _texts(answer)
    if facts.unread_nodes:
        yield VerdictWord.PARTLY, facts.unread_nodes[0]
    if state is BuildState.FIXED:
        sessions = f"; {SESSIONS_OPEN}" if facts.sessions_open else ""
        yield VerdictWord.FIXED, f"{_builds_text(facts)} has the fix{sessions}"
    elif entry.surface is Surface.BACK_ENDS:
        yield VerdictWord.NOT_AFFECTED, "the appliance is not affected; whether servers behind it are is not known here"
    else:
        yield VerdictWord.NOT_AFFECTED, f"{_builds_text(facts)} was never affected"


def _without_its_setting(entry: Entry, facts: EntryFacts, answer: Answer) -> Candidate:
    """Return the word of a build with the fix that lacks the setting: what is closed is closed there too, as the measure of the entry says it alone."""
    measure = facts.measure
    if measure is not None and measure.word in (*CLOSED_WORDS, VerdictWord.PARTLY):
        return measure.word, measure.reason
    if (measure is None or facts.closures.unproven) and _is_closed(entry, facts):
        return _closed(facts.closures)
    return VerdictWord.EXPOSED, f"{NEEDS_SETTING}: {_texts(answer)}"


def _is_closed(entry: Entry, facts: EntryFacts) -> bool:
    """Return True if no client reaches the weakness: all VIPs are closed, and what it needs is not reached in another way."""
    if not facts.is_closed or entry.surface not in CLOSED_SURFACES:
        return False
    if entry.surface is Surface.GATEWAY:
        return True
    reached = replace(facts, configuration=ReachedWithVipsClosed(facts.configuration))
    return _precondition(entry, reached).truth is Truth.FALSE


def _closed(closures: ClosureState) -> Candidate:
    if closures.unproven:
        return VerdictWord.UNPROVEN, closures.unproven_text
    word = VerdictWord.CLOSED_OVERDUE if closures.overdue else VerdictWord.CLOSED
    return word, f"{', '.join(closures.closed)}: {closures.text}"


def missing_settings(entry: Entry, facts: EntryFacts) -> Iterator[Answer]:
    """Yield for each setting that builds with the fix need too whether it is missing where the weakness is."""
    for setting in entry.settings_on_fixed_builds():
        yield _of_all([_precondition(entry, facts), holds(lacks(setting), facts.configuration)])


def _by_hand(entry: Entry, facts: EntryFacts, state: BuildState, fix: str) -> NextAction:
    """Return what a person does about an entry that ``apply.yml`` cannot stop here."""
    if state not in GOOD_STATES:
        return NextAction(f"upgrade to {fix}")
    lacking = (s for s in entry.settings_on_fixed_builds() if holds(lacks(s), facts.configuration).truth is Truth.TRUE)
    settings = [f"{name} {value} ({s.type})" for s in lacking for name, value in s.attributes.items()]
    return NextAction(f"set {', '.join(settings)} in each partition, and save")


def _precondition(entry: Entry, facts: EntryFacts) -> Answer:
    """Return whether the configuration has what the weakness needs; on the nodes of a pair the worst answer counts."""
    order = (Truth.TRUE, Truth.UNKNOWN, Truth.FALSE)
    answers = [entry.precondition_holds(build, facts.configuration) for build in facts.builds]
    if not answers:  # of an unknown build every case may count
        answers = [holds(case.when, facts.configuration) for case in entry.preconditions]
    return min(answers, key=lambda answer: order.index(answer.truth))


def _of_all(answers: Sequence[Answer]) -> Answer:
    """Return the answer that holds only where all do; its reasons are those that decide."""
    truth = next((one for one in (Truth.FALSE, Truth.UNKNOWN) if any(a.truth is one for a in answers)), Truth.TRUE)
    reasons = dict.fromkeys(reason for answer in answers if answer.truth is truth for reason in answer.reasons)
    return Answer(truth, tuple(reasons))


def exploit_text(entry: Entry, as_of: date) -> str:
    """Return since when the weakness is exploited, or an exploit public, as known on a date."""
    exploit = entry.exploit
    used = entry.known_on(as_of).used_text()
    if used:
        return used
    if exploit.public and exploit.public <= as_of:
        return entry.public_text()
    return "no exploit is known to be public yet"


def _rests_on(facts: EntryFacts, state: BuildState) -> tuple[str, ...]:
    builds = (f"build {_builds_text(facts)}",) if facts.builds else ()
    return builds if state in GOOD_STATES else (*builds, "the configuration")


def _builds_text(facts: EntryFacts) -> str:
    return " and ".join(sorted({str(build) for build in facts.builds}))


def _texts(answer: Answer) -> str:
    """Return the first reasons of an answer; a long one, such as that of a list of protocols, is cut."""
    shown = [
        reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}..."
        for reason in answer.reasons[:SHOWN]
    ]
    more = f"; and {len(answer.reasons) - SHOWN} more" if len(answer.reasons) > SHOWN else ""
    return "; ".join(shown) + more


# -- the build to install ---------------------------------------------------------------------------------------------


def is_unsettled(facts: EntryFacts, state: BuildState) -> bool:
    """Return True if no source says whether the builds are affected, so that nothing on the appliance can settle it."""
    return bool(facts.builds) and state is BuildState.UNKNOWN


def settle(ids: Iterable[str]) -> NextAction:
    """Return how a person settles what no source says: by name, until a day, as lines of the inventory to complete."""
    given = ", ".join(f"{{entry: {id_}, why: ..., who: ..., until: ...}}" for id_ in ids)
    return NextAction(f"{_SETTLE}then settle it in the inventory: {OPT_OUTS}: [{given}]")


def _fix_text(entry: Entry, facts: EntryFacts, day: date | None) -> str:
    """Return the build to upgrade to.

    :param day: what came later does not count; None for all
    """
    if not facts.builds:
        return ANY_FIX
    target = (facts.upgrades or upgrades_by([entry])).target(facts.builds, day)
    return str(target) if target is not None else SUPPORTED


# -- the appliance ----------------------------------------------------------------------------------------------------


def appliance_verdict(
    entries: Iterable[EntryVerdict],
    builds: Sequence[Build],
    missing: Sequence[str] = (),
    upgrades: Upgrades | None = None,
    day: date | None = None,
) -> ApplianceVerdict:
    """Return the worst of the verdicts with the one next action. Entries that are opted out of come last, and decide nothing.

    :param builds: of all nodes; empty where none is known
    :param missing: what was not read, in words
    :param upgrades: what decides which build to upgrade to, without what is opted out of; None for these entries
    :param day: for an upgrade what came later does not count; None for all
    """
    every = tuple(sorted(entries, key=lambda one: (one.opted_out is not None, one.urgency)))
    ordered = tuple(one for one in every if one.opted_out is None)
    if not ordered:
        meaning = VERDICTS[VerdictWord.UNKNOWN]
        reason = "every entry of the catalogue is opted out of" if every else "the catalogue has no entry"
        return ApplianceVerdict(Verdict(meaning.word, reason, meaning.next_action, meaning.exit_code), every)
    worst = ordered[0]
    target = (upgrades or upgrades_by(one.entry for one in ordered)).target(builds, day)
    upgrade = _upgrade(ordered, builds, target)
    verdict = Verdict(
        word=worst.verdict.word,
        reason=_reason(ordered),
        next_action=_next_action(ordered, upgrade),
        exit_code=worst.verdict.exit_code,
        rests_on=worst.verdict.rests_on,
        missing=tuple(missing),
        acknowledged=worst.verdict.acknowledged,
    )
    unsupported = any(one.state is BuildState.NO_FIX for one in ordered)
    if unsupported and verdict.word is VerdictWord.FIXED:
        # Of the entries without a fix none concerns this configuration: that is no property of the build.
        verdict = replace(verdict, word=VerdictWord.NOT_AFFECTED)
    if unsupported and verdict.next_action == NONE:
        verdict = replace(verdict, next_action=NextAction(f"upgrade to {upgrade}"))
    return ApplianceVerdict(_with_old_sessions(verdict, ordered), every)


def _with_old_sessions(verdict: Verdict, entries: Sequence[EntryVerdict]) -> Verdict:
    """Return a verdict by which nothing is to be done with the sessions that are left from before the fix, whichever entry asks for their end."""
    left = [one.entry.id for one in entries if one.has_old_sessions]
    if not left or verdict.word not in GOOD_WORDS or verdict.next_action != NONE:
        return verdict
    options = ((MITIGATION, left[0]),) if len(left) == 1 else ()
    reason = f"{verdict.reason}; {', '.join(left)}: {SESSIONS_OPEN}"
    return replace(verdict, reason=reason, next_action=NextAction(Command("end_sessions", options)))


def _upgrade(entries: Sequence[EntryVerdict], builds: Sequence[Build], target: Target | None) -> str:
    """Return, in words, the build that closes all entries which the builds leave open, whatever the configuration has today; "" where none is open."""
    if builds:
        return str(target) if target is not None else ""
    return ANY_FIX if any(one.state not in GOOD_STATES for one in entries) else ""


def _reason(entries: Sequence[EntryVerdict]) -> str:
    worst = entries[0]
    same = [one for one in entries if one.verdict.word == worst.verdict.word]
    if worst.verdict.word in GOOD_WORDS:
        # No build fixes the servers behind it.
        behind = [
            one.entry.id for one in entries if one.entry.surface is Surface.BACK_ENDS and one.state in GOOD_STATES
        ]
        good = [one.entry for one in entries if one.state in GOOD_STATES and one.entry.id not in behind]
        by_both = sum(bool(entry.settings_on_fixed_builds()) for entry in good)
        by_build = len(good) - by_both
        rest = len(entries) - len(good) - len(behind)
        unknown = (
            f"; whether the servers behind it are affected is not known here ({', '.join(behind)})" if behind else ""
        )
        both = f", {by_both} by the build and its configuration" if by_both else ""
        configured = f", {rest} by its configuration" if rest else ""
        return f"{by_build} of {counted(len(entries), 'entry')} by the build{both}{configured}{unknown}"
    if len(same) == 1:
        return f"{worst.entry.id}: {worst.verdict.reason}"
    exploited = sum(is_exploited(one.entry) for one in same)
    known = f", {exploited} of them known to be exploited" if exploited else ""
    more = f" and {len(same) - SHOWN_ENTRIES} more" if len(same) > SHOWN_ENTRIES else ""
    return (
        f"{len(same)} of {len(entries)} entries{known}: {', '.join(one.entry.id for one in same[:SHOWN_ENTRIES])}{more}"
    )


def _next_action(entries: Sequence[EntryVerdict], upgrade: str) -> NextAction:
    """Return what to do first.

    An upgrade closes all at once, so one build is named for all of them. What can be applied comes first only where nothing that is exploited stays open.
    """
    worst = entries[0]
    action = worst.verdict.next_action
    if worst.verdict.word is VerdictWord.UNKNOWN and action.startswith(_SETTLE):
        return settle(one.entry.id for one in entries if one.verdict.next_action.startswith(_SETTLE))
    if not upgrade:
        return action
    is_upgrade = _UPGRADE in action
    if worst.verdict.exit_code == OK or worst.verdict.word not in OPEN_WORDS:
        return NextAction(f"upgrade to {upgrade}") if is_upgrade else action
    stays_open = [one for one in entries if one.verdict.word in UPGRADE_WORDS and not one.helps_tonight]
    urgent = any(is_exploited(one.entry) for one in stays_open)
    if urgent and worst.verdict.word in UPGRADE_WORDS:
        # Of an appliance of which only a part is closed, what a client reaches is exposed and not closed.
        reached = any(one.entry.surface in CLOSED_SURFACES and one.entry.can_be_closed() for one in stays_open)
        is_closed = any(_is_off(one.verdict) for one in entries) and not reached
        closing = () if is_closed else ("close external access (", LOCKDOWN, "), then ")
        return NextAction(*closing, f"upgrade to {upgrade}")
    if is_upgrade:
        return NextAction(f"upgrade to {upgrade}")
    if not action.has("apply", "verify"):
        return action
    tonight = _apply_all(entries, action) if action.has("apply") else action
    return NextAction(tonight, f", then upgrade to {upgrade}")


def _is_off(verdict: Verdict) -> bool:
    """Return True if there is nothing left to be closed, proven or not."""
    return verdict.word in CLOSED_WORDS or verdict.reason.endswith(NOT_PROVEN)


def _apply_all(entries: Sequence[EntryVerdict], action: NextAction) -> NextAction:
    """Return the action with all that ``apply.yml`` can bring in, where that is more than the worst entry."""
    several = sum(one.can_apply and one.verdict.word in UPGRADE_WORDS for one in entries) > 1
    return action.changed(_of_all_entries) if several else action


def _of_all_entries(command: Command) -> Command:
    options = tuple((name, RECOMMENDED if name == MITIGATION else value) for name, value in command.options)
    return replace(command, options=options)
