# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a statement true of the simulated world? Each kind of statement has one check, which returns what is so instead, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from tests.catalogue_builds import first_fixed
from tests.diary.days import DAYS, Write
from tests.diary.fleet import CUSTOMERS, SENDER
from tests.diary.statements import Statement, Wrong
from tests.diary.world import BULLETIN, CVE, EXPLOIT, SHUT, USERS, Attack, Reach, Service, Span, User, World

MINUTE = timedelta(minutes=1)
NEAR = timedelta(seconds=90)
"""A letter shows minutes, and a record is made a little before its first request."""
SLOW = 10
"""Minutes that the runs of a day may take on a busy machine, while the clock of the diary goes on."""
MARGIN = timedelta(days=1)
"""NCSC-NL's rule of 20 January 2020 asks for a mitigation before 9 January; most sources have the exploit public on the 10th."""

Check = Callable[["Truth", Statement], str]


def first_of(entry: str) -> list[tuple[str, str]]:
    """Return by branch the first fixed build of a weakness."""
    return [(branch, fixed) for id_, branch, fixed in first_fixed() if id_ == entry]


CHECKS: dict[str, Check] = {}


def check(*kinds: str) -> Callable[[Check], Check]:
    """Return the decorator of the check of these kinds of statements."""

    def known(function: Check) -> Check:
        CHECKS.update(dict.fromkeys(kinds, function))
        return function

    return known


def begin(moment: date | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)


def end(moment: date | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time.max, UTC)


@dataclass(frozen=True)
class Truth:
    """The world, and the letters that were written before.

    :ivar letters: by customer, number and language, the statements of each letter
    """

    world: World
    letters: dict[tuple[str, int, str], tuple[Statement, ...]] = field(default_factory=dict)

    def wrong(self, statements: Iterable[Statement]) -> list[Wrong]:
        """Return the statements that are not true."""
        return [Wrong(one, why) for one in statements if (why := self.why_not(one))]

    def why_not(self, one: Statement) -> str:
        """Return why a statement is not true; nothing where it is."""
        if one.customer and (named := self.others_in(one)):
            return f"it names {named}, which is not for {one.customer}"
        if "place" in one.values and not self.host(one):
            return f"{one['place']} is not of {one.customer}"
        test = CHECKS.get(one.kind)
        return test(self, one) if test else "nobody can read what it says"

    def others_in(self, one: Statement) -> str:
        """Return a name in a text for a customer that is of another one; "" where there is none."""
        names = self.world.others(one.customer)
        return next((name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", one.text)), "")

    # -- what is so ---------------------------------------------------------------------------------------------------

    def host(self, one: Statement) -> str:
        """Return the appliance that a statement is about; "" where it is none of the customer."""
        return self.world.host_of(one["place"], one.customer)

    def spans(self, one: Statement) -> list[Span]:
        """Return the states of the virtual servers that a statement is about, until the moment of the statement."""
        place, host = one["place"], self.host(one)
        spans = self.world.spans_of(host, one.customer)
        return [span for span in spans if span.after <= one.at and (place == host or place in span.vserver.split("/"))]

    def of_appliance(self, one: Statement) -> list[Span]:
        """Return the states of all virtual servers of the appliance: who gets in at one of them is in the appliance of all customers."""
        mine = self.world.vservers(self.host(one))
        return [span for span in self.world.spans if (span.host, span.vserver) in mine and span.after <= one.at]

    def attacks(self, one: Statement) -> list[Attack]:
        return [attack for attack in self.world.attacks_on(self.host(one)) if attack.at <= one.at]

    def possible(self, span: Span) -> bool:
        return span.reach is Reach.PASSES

    def was_protected(self, host: str, at: datetime) -> bool:
        """Return True if the attack passed nowhere on an appliance from a day before the exploit on, as far as a moment."""
        late = begin(EXPLOIT) - MARGIN
        vservers = self.world.vservers(host)
        spans = [one for one in self.world.spans if (one.host, one.vserver) in vservers and one.after <= at]
        passed = [attack for attack in self.world.attacks_on(host) if attack.passed and attack.at <= at]
        open_late = any(self.possible(one) and one.until >= late for one in spans)
        return at < begin(EXPLOIT) or not (passed or open_late)

    def until(self, one: Statement) -> datetime | None:
        """Return when that ended of which a statement says so; of what took less than a minute, the end of that minute."""
        if one.values.get("brief"):
            return begin(one["when"]) + MINUTE
        until = one.moment("until")
        return end(until) if until is not None else None

    def says_exposed_again(self, one: Statement, since: datetime, until: datetime) -> bool:
        """Return True if the letter of a statement says that an attack could succeed in a later time, too."""
        letters = (said for key, said in self.letters.items() if key[0] == one.customer and said[0].file == one.file)
        again = [
            said for said in next(letters, ()) if said.kind == "protection_ended" and said["place"] == one["place"]
        ]
        return any(
            begin(said["when"]) - NEAR <= since and until <= (self.until(said) or one.at) + NEAR for said in again
        )

    def of_user(self, one: Statement, user: User) -> list[Span]:
        """Return what a user got at the virtual servers that a statement is about, until the moment of the statement."""
        place, host = one["place"], self.host(one)
        spans = self.world.served_of(host, one.customer, user)
        return [span for span in spans if span.after <= one.at and (place == host or place in span.vserver.split("/"))]

    def ended(self, one: Statement, reach: Reach) -> bool:
        return all(span.reach is not reach for span in self.now(one))

    def is_closed(self, one: Statement) -> bool:
        """Return True if somebody is kept out of a virtual server that a statement is about."""
        kept_out = [
            spans[-1]
            for user in USERS.get(self.host(one), ())
            if (spans := self.of_user(one, user)) and spans[-1].reach is not Service.SERVED
        ]
        return bool(kept_out) or not self.ended(one, Reach.CLOSED)

    def now(self, one: Statement) -> list[Span]:
        """Return the last span of each virtual server at the moment of the statement."""
        last = {(span.host, span.vserver): span for span in self.spans(one)}
        return [*last.values()]

    def changed(self, one: Statement, moment: date | datetime, to: set[Reach], *, away: bool = False) -> bool:
        """Return True if a virtual server came to one of these states (or left it) within the minute of a moment."""
        return self.changed_in(self.spans(one), moment, to, away=away)

    @staticmethod
    def changed_in(
        spans: list[Span], moment: date | datetime, to: Collection[Reach | Service], *, away: bool = False
    ) -> bool:
        at = begin(moment)
        for number, span in enumerate(spans):
            before = next((old for old in reversed(spans[:number]) if old.vserver == span.vserver), None)
            came = span.reach in to and (before is None or before.reach not in to)
            left = before is not None and before.reach in to and span.reach not in to
            if (left if away else came) and span.after - NEAR <= at <= span.since + NEAR:
                return True
        return False


# -- the head of a letter -----------------------------------------------------------------------------------------------


@check("number_of")
def _(_truth: Truth, one: Statement) -> str:
    return "" if one["number"] == one["said"] else f"it is letter {one['number']}"


@check("to")
def _(_truth: Truth, one: Statement) -> str:
    return "" if one["name"] == one.customer else f"it is for {one.customer}"


@check("written")
def _(truth: Truth, one: Statement) -> str:
    runs = [run for run in truth.world.played if run.verb == "letters"]
    written = any(run.began - MINUTE <= one["when"] <= run.ended for run in runs)
    return "" if written else "no letters were written then"


@check("label")
def _(_truth: Truth, one: Statement) -> str:
    return "" if any(one["label"].startswith(known) for known in one["known"]) else "there is no such label"


@check("contact")
def _(_truth: Truth, one: Statement) -> str:
    return "" if all(value in one.text for value in SENDER.values()) else f"the contact is {SENDER['name']}"


@check("replaces")
def _(truth: Truth, one: Statement) -> str:
    if one["number"] != one["own"] - 1:
        return f"the letter before is number {one['own'] - 1}"
    return truth_of_reference(truth, one)


@check("wrote")
def truth_of_reference(truth: Truth, one: Statement) -> str:
    """Return why a letter that is named was not written then."""
    other = next((said for key, said in truth.letters.items() if key[:2] == (one.customer, one["number"])), None)
    if other is None:
        return f"there is no letter {one['number']}"
    written = next(said["when"] for said in other if said.kind == "written")
    return "" if written == one["when"] else f"it was written {written}"


@check("quoted")
def _(truth: Truth, one: Statement) -> str:
    """Compare with the letter before, which said so, and with the world: it must have been wrong."""
    letter, said = truth.letters.get((one.customer, one["number"], one["language"]), ()), one["said"]
    if not any((old.kind, dict(old.values)) == (said.kind, dict(said.values)) for old in letter):
        return f"letter {one['number']} does not say so"
    return "" if truth.why_not(said) else "it was not wrong"


@check("unconfirmed")
def _(truth: Truth, one: Statement) -> str:
    return "" if one["quoted"] and all(map(truth.why_not, one["quoted"])) else "it is so all the same"


@check("known_since")
def _(truth: Truth, one: Statement) -> str:
    runs = [run for run in truth.world.played if run.ended <= one.at + MINUTE]
    return (
        ""
        if any(run.began - MINUTE <= one["when"] <= run.ended + MINUTE for run in runs)
        else "nothing was found out then"
    )


# -- what is the matter -------------------------------------------------------------------------------------------------


@check("weakness")
def _(_truth: Truth, one: Statement) -> str:
    return "" if (one["when"], one["entry"]) == (BULLETIN, CVE) else f"the bulletin on {CVE} is of {BULLETIN}"


@check("exploit_public")
def _(_truth: Truth, one: Statement) -> str:
    return "" if one["when"] == EXPLOIT else f"the exploit is public since {EXPLOIT}"


@check("users")
def _(truth: Truth, one: Statement) -> str:
    users = truth.world.users(one.customer)
    return "" if int(one["count"]) == users else f"there are {users}"


@check("open")
def _(truth: Truth, one: Statement) -> str:
    return "somebody is kept out there" if truth.is_closed(one) else ""


@check("closed")
def _(truth: Truth, one: Statement) -> str:
    until = one.moment("until")
    if not truth.changed(one, one["when"], {Reach.CLOSED}):
        return "it was not closed then"
    if not truth.world.writes(truth.host(one), "disable", begin(one["when"]), NEAR):
        return "the appliance got no request to close it then"
    if until is None:
        return "" if all(span.reach is Reach.CLOSED for span in truth.now(one)) else "it answers"
    return "" if truth.changed(one, until, {Reach.CLOSED}, away=True) else "it was not opened then"


@check("closed_notice")
def _(truth: Truth, one: Statement) -> str:
    return of_step(truth, one, User.ANYBODY, (Service.PAGE,))


@check("closed_countries")
def _(truth: Truth, one: Statement) -> str:
    return of_step(truth, one, User.LISTED, (Service.REFUSED, Service.NOTHING), lets_in=User.ANYBODY)


@check("closed_paths")
def _(truth: Truth, one: Statement) -> str:
    return of_step(truth, one, User.UNLISTED, (Service.REFUSED, Service.NOTHING), lets_in=User.ANYBODY)


@check("closed_partners")
def _(truth: Truth, one: Statement) -> str:
    return of_step(truth, one, User.ANYBODY, (Service.REFUSED, Service.NOTHING), lets_in=User.PARTNER)


def of_step(
    truth: Truth, one: Statement, kept_out: User, gets: Collection[Service], *, lets_in: User | None = None
) -> str:
    """Return why a closing by a step is not so: the user who is kept out, from when until when, and who still got in then."""
    spans, until = truth.of_user(one, kept_out), one.moment("until")
    if not truth.changed_in(spans, one["when"], gets):
        return f"no closing kept out {kept_out} then"
    if lets_in is not None:
        others = [span for span in truth.of_user(one, lets_in) if span.after <= begin(one["when"]) <= span.until + NEAR]
        if not any(span.reach is Service.SERVED for span in others):
            return f"{lets_in} did not get in either"
    if until is not None:
        return "" if truth.changed_in(spans, until, gets, away=True) else f"{kept_out} was not let in then"
    return "" if spans[-1].reach in (*gets, Service.NOTHING) else f"{kept_out} gets {spans[-1].reach}"


@check("exposed")
def _(truth: Truth, one: Statement) -> str:
    first, last = begin(one["when"]), end(one.moment("until") or one.at)
    spans = truth.of_appliance(one)
    within = [
        span
        for span in spans
        if max(span.since, first) + NEAR < min(span.until, last) or span.since <= first <= span.until
    ]
    if not any(map(truth.possible, within)):
        return "the attack never passed in that time"
    for span in within:
        if not truth.possible(span) and any(
            truth.possible(later) and later.vserver == span.vserver and later.since > span.since for later in within
        ):
            continue  # it was stopped for a time: from when on it passed again nobody could know, so the worse case is told
        others = [other for other in within if other.vserver != span.vserver and truth.possible(other)]
        elsewhere = any(other.since <= span.since and other.until >= min(span.until, last) - NEAR for other in others)
        if not truth.possible(span) and not elsewhere:
            return f"from {span.since} on: {span.reach}"
    outside = [span for span in spans if one.moment("until") and truth.possible(span) and span.until > last + NEAR]
    outside = [
        span for span in outside if span.since <= last or not truth.says_exposed_again(one, span.since, span.until)
    ]
    if outside:
        return f"the attack still passed {outside[0].until}"
    early = [attack for attack in truth.attacks(one) if attack.passed and not first <= attack.at <= last]
    early = [attack for attack in early if attack.at < first or not truth.says_exposed_again(one, attack.at, attack.at)]
    return f"an attack passed {early[0].at}" if early else ""


@check("protection_ended")
def _(truth: Truth, one: Statement) -> str:
    """At the time that it names nothing passed; after it something did, until the end that it names, and not beyond."""
    first, last = begin(one["when"]), truth.until(one) or one.at
    spans = truth.of_appliance(one)
    if any(truth.possible(span) and span.since + NEAR < first < span.until - NEAR for span in spans):
        return "the attack passed before that"
    later = [span for span in spans if truth.possible(span) and first - NEAR <= span.since <= last + NEAR]
    if not later:
        return "the attack did not pass after that"
    if one["dated"] and not any(abs(span.since - first) <= NEAR for span in later):
        return f"it ended {later[0].since}"
    longer = [span for span in later if truth.until(one) and span.until > last + NEAR]
    return f"the attack still passed {longer[0].until}" if longer else ""


@check("management_exposed")
def _(truth: Truth, one: Statement) -> str:
    """Nobody in this world sets the knob of a node, so policies judge nothing at a management address: the attack passes there until the fix runs."""
    fixed, until = fix_of(truth, one), one.moment("until")
    if until is None:
        return "" if fixed is None or fixed > one.at else f"the fix runs since {fixed}"
    if fixed is None or fixed > end(until) + NEAR:
        return "nothing ended it then"
    if "latest" not in one.values and fixed < begin(until) - NEAR:
        return f"it had ended {fixed}"
    return "" if begin(one["when"]) < fixed and begin(until) <= one.at + MINUTE else "it had ended, or is in the future"


def fix_of(truth: Truth, one: Statement) -> datetime | None:
    """Return since when the build with the fix runs on the appliance of a statement."""
    member = truth.world.members[truth.host(one)]
    return next((since for since, build in truth.world.builds[member.name] if build == member.fixed), None)


@check("advised")
def _(_truth: Truth, _one: Statement) -> str:
    return "nobody advised anything"


@check("agreed", "refused")
def _(truth: Truth, one: Statement) -> str:
    given = [
        (when, by) for when, customer, by, state in truth.world.answers if (customer, state) == (one.customer, one.kind)
    ]
    said = any(when - MINUTE <= begin(one["when"]) <= when + SLOW * MINUTE and by == one["by"] for when, by in given)
    return "" if said else f"answers: {given}"


# -- what was done ------------------------------------------------------------------------------------------------------


@check("mitigated")
def _(truth: Truth, one: Statement) -> str:
    return (
        ""
        if truth.world.writes(truth.host(one), "responderpolicy", begin(one["when"]), NEAR)
        else "no rule was sent then"
    )


@check("put_back")
def _(truth: Truth, one: Statement) -> str:
    host, at = truth.host(one), begin(one["when"])
    before = truth.world.writes(host, "responderpolicy", at - 60 * MARGIN, 60 * MARGIN - 2 * NEAR)
    return (
        "" if before and truth.world.writes(host, "responderpolicy", at, NEAR) else "no rule was sent then and before"
    )


@check("removed")
def _(truth: Truth, one: Statement) -> str:
    at, fixed = begin(one["when"]), fix_of(truth, one)
    if fixed is None or fixed > at + NEAR:
        return "the fix did not run then"
    return "" if truth.world.writes(truth.host(one), "responderpolicy", at, NEAR) else "no rule was removed then"


@check("proven")
def _(truth: Truth, one: Statement) -> str:
    """One that counts until a time: nothing passed until then."""
    at, counts_until = begin(one["when"]), truth.until(one)
    tried = [
        request for request in truth.world.requests
        if request.host == truth.host(one) and request.side != "nitro" and "pns/" in request.target and abs(request.at - at) <= NEAR
    ]  # fmt: skip
    if not any(request.status == 403 for request in tried):
        return "no attack was tried and stopped then"
    last = counts_until or one.at
    passed = [attack for attack in truth.attacks(one) if attack.passed and at < attack.at < last]
    if passed:
        return f"an attack passed {passed[0].at}"
    spans = [span for span in truth.of_appliance(one) if truth.possible(span) and span.since < last - NEAR]
    later = [span for span in spans if span.since > at + NEAR]
    return f"the attack passed {later[0].since}" if later else ""


@check("ineffective")
def _(truth: Truth, one: Statement) -> str:
    """What is closed is no work of the measure: the last state before counts; of what is over, the last state before the fix."""
    until = one.moment("until")
    if not passes(truth, one, until):
        return "the attack is stopped there"
    return "" if until is None else CHECKS["fixed"](truth, replace(one, values={**one.values, "when": until}))


def passes(truth: Truth, one: Statement, until: date | datetime | None) -> bool:
    """Return True if the attack passed in the last state before a moment, or before now, in which it was not closed."""
    spans = [span for span in truth.spans(one) if until is None or span.since < begin(until)]
    before = {span.vserver: span for span in spans if span.reach is not Reach.CLOSED}
    return any(map(truth.possible, before.values()))


@check("observing", "taken_off", "reduces")
def _(_truth: Truth, one: Statement) -> str:
    return f"nobody has done what makes it {one.kind}"


@check("measure_word")
def _(truth: Truth, one: Statement) -> str:
    """Compare the word of the ledger for our measure with what the attacker and the witness met; a fix and a closing are no work of the measure."""
    weeks = one.at - begin(BULLETIN)
    sent = truth.world.writes(truth.host(one), "responderpolicy", one.at - weeks / 2, weeks / 2)
    if not one["word"]:
        return "a rule was sent there" if sent else ""
    if not sent:
        return "no rule was sent there"
    got_in = passes(truth, one, one.moment("until"))
    return "" if got_in is (one["word"] == "exposed") else f"the attack {'passes' if got_in else 'is stopped'} there"


@check("disproved")
def _(truth: Truth, one: Statement) -> str:
    spans = [span for span in truth.spans(one) if span.since <= begin(one["when"]) <= span.until + NEAR]
    verified = any(
        run.verb == "verify" and run.began - MINUTE <= begin(one["when"]) <= run.ended for run in truth.world.played
    )
    return "" if verified and any(map(truth.possible, spans)) else "no run saw an attack pass then"


@check("found_otherwise")
def _(truth: Truth, one: Statement) -> str:
    """A run has found it so, and it no longer stopped the attack somewhere."""
    spans = [span for span in truth.of_appliance(one) if span.since <= begin(one["when"]) <= span.until + NEAR]
    ran = any(run.began - MINUTE <= begin(one["when"]) <= run.ended for run in truth.world.played)
    return "" if ran and any(map(truth.possible, spans)) else "it stopped the attack then, or no run was there"


@check("fixed")
def _(truth: Truth, one: Statement) -> str:
    member, since = truth.world.members[truth.host(one)], fix_of(truth, one)
    if since is None or since > begin(one["when"]) + MINUTE:
        return f"it runs {truth.world.build(member.name, begin(one['when']))} then"
    return "" if begin(one["when"]) <= one.at + MINUTE else "it is in the future"


@check("attack_stopped", "attack_seen")
def _(truth: Truth, one: Statement) -> str:
    tries = [attack for attack in truth.attacks(one) if abs(attack.at - begin(one["when"])) <= NEAR]
    if not tries:
        return "nobody tried anything then"
    return "it passed" if one.kind == "attack_stopped" and any(attack.passed for attack in tries) else ""


@check("broken_in")
def _(truth: Truth, one: Statement) -> str:
    marked = [attack for attack in truth.world.attacks_on(truth.host(one)) if attack.marker and attack.at <= one.at]
    when = one.moment()
    if not marked:
        return "nobody left anything there"
    return (
        ""
        if when is None or any(abs(attack.at - begin(when)) <= MARGIN for attack in marked)
        else f"it was {marked[0].at}"
    )


# -- what is not known --------------------------------------------------------------------------------------------------


def hunted(truth: Truth, one: Statement) -> bool:
    return any(run.verb == "hunt" and run.ended <= one.at for run in truth.world.played)


@check("no_traces")
def _(truth: Truth, one: Statement) -> str:
    if not hunted(truth, one):
        return "nobody has looked"
    passed = [attack for attack in truth.world.attacks_on(truth.host(one)) if attack.passed and attack.at <= one.at]
    if passed:
        return f"an attack passed {passed[0].at}"
    return logs_reach(truth, one)


@check("logs_too_short")
def _(truth: Truth, one: Statement) -> str:
    if not hunted(truth, one):
        return "nobody has looked"
    return logs_reach(truth, one) if one.moment() else ""


def logs_reach(truth: Truth, one: Statement) -> str:
    """Return why the shortest log of an appliance does not begin when a statement says."""
    latest = [begins for seen, begins in truth.world.log_begins[truth.host(one)] if seen <= one.at][-1]
    return "" if abs(latest - begin(one["when"])) <= MINUTE else f"its logs begin {latest}"


@check("traces_unclear")
def _(truth: Truth, one: Statement) -> str:
    tried = [attack for attack in truth.world.attacks_on(truth.host(one)) if attack.passed and attack.at <= one.at]
    return "" if tried and hunted(truth, one) else "there is nothing to be found"


@check("not_searched")
def _(truth: Truth, one: Statement) -> str:
    return "it was searched" if hunted(truth, one) else ""


@check("not_proven")
def _(truth: Truth, one: Statement) -> str:
    stopped = [
        request for request in truth.world.requests
        if request.host == truth.host(one) and request.side != "nitro" and request.status == 403 and request.at <= one.at
    ]  # fmt: skip
    return "an attack was tried and stopped" if stopped and not any(map(truth.possible, truth.now(one))) else ""


@check("not_known")
def _(truth: Truth, one: Statement) -> str:
    cut_off = truth.world.is_cut_off(truth.host(one), one.at)
    return "" if cut_off else "whether it answers can be seen from outside, and its management was reached"


@check("access_not_known")
def _(_truth: Truth, _one: Statement) -> str:
    return "the consultants have said what is open, and what was closed is in the records"


# -- what is to be decided ----------------------------------------------------------------------------------------------


def announced(truth: Truth, one: Statement) -> str:
    """Return why a statement does not have the moment of the next message."""
    written = [said for at, said in truth.world.announced if at <= one.at + MINUTE]
    planned = {step.next_message for day in DAYS for step in day.steps if isinstance(step, Write)}
    if written and written[-1] in planned and begin(one["when"]) == written[-1]:
        return ""
    return f"the next message is {written[-1] if written else 'not planned'}"


@check("next_message")
def _(truth: Truth, one: Statement) -> str:
    return announced(truth, one)


@check("decide_close")
def _(truth: Truth, one: Statement) -> str:
    return "it is closed" if truth.is_closed(one) else announced(truth, one)


@check("decide_reopen")
def _(truth: Truth, one: Statement) -> str:
    if not truth.is_closed(one):
        return "it is open"
    if not truth.was_protected(truth.host(one), one.at) or not truth.world.is_fixed(truth.host(one), one.at):
        return "it may not be opened"
    return announced(truth, one)


@check("decide_recovery")
def _(truth: Truth, one: Statement) -> str:
    return "it was protected in time" if truth.was_protected(truth.host(one), one.at) else announced(truth, one)


@check("nothing_to_decide")
def _(truth: Truth, one: Statement) -> str:
    late = [host for host in truth.world.hosts(one.customer) if not truth.was_protected(host, one.at)]
    return f"{late[0]} needs a recovery plan" if late else ""


# -- the exposure ledger -------------------------------------------------------------------------------------------------


@check("answer")
def _(truth: Truth, one: Statement) -> str:
    host = truth.host(one)
    protected, fixed = truth.was_protected(host, one.at), truth.world.is_fixed(host, one.at)
    so = ("open" if fixed else "patch_first") if protected else "assume_compromised"
    if truth.world.is_cut_off(host, one.at):
        so = "unknown"
    return "" if one["answer"] == so else so


@check("another_weakness")
def _(truth: Truth, one: Statement) -> str:
    """A weakness of 2019 that no run of the story is about: the builds decide, by the table of the bulletins, and what a hunt found."""
    host, first = truth.host(one), dict(first_of(one["entry"]))
    build = truth.world.build(host, one.at)
    branch, number = build.split()
    fixed = branch not in first or tuple(map(int, number.split("."))) >= tuple(map(int, first[branch].split(".")))
    if truth.world.is_cut_off(host, one.at):
        said, so = (one["fixed"], one["answer"]), (None, "unknown")
    else:
        hunts = [run.ended for run in truth.world.played if run.verb == "hunt" and run.ended <= one.at + MINUTE]
        is_found = any(
            attack.passed and attack.marker and attack.at <= max(hunts)
            for attack in truth.world.attacks_on(host)
            if hunts
        )
        answer = "assume_compromised" if is_found else "open" if fixed else "patch_first"
        said, so = (one["fixed"], one["answer"]), (fixed, answer)
    return "" if said == so and not one["measure"] else f"{so}, since it runs {build}"


@check("stays_closed")
def _(truth: Truth, one: Statement) -> str:
    return "" if truth.is_closed(one) else "it is open"


@check("reopened")
def _(truth: Truth, one: Statement) -> str:
    return "" if truth.changed(one, one["when"], {Reach.CLOSED}, away=True) else "it was not opened then"


@check("hunt")
def _(truth: Truth, one: Statement) -> str:
    runs = [run for run in truth.world.played if run.verb == "hunt"]
    if not any(run.began - MINUTE <= one["when"] <= run.ended + MINUTE for run in runs):
        return "there was no hunt then"
    attacks = [
        attack for attack in truth.world.attacks_on(truth.host(one)) if attack.passed and attack.at <= one["when"]
    ]
    so = (
        "compromise"
        if any(attack.marker for attack in attacks)
        else "attempt or review"
        if attacks
        else "nothing found in what was looked at"
    )
    return "" if one["outcome"] == so else so


@check("view")
def _(_truth: Truth, _one: Statement) -> str:
    return ""  # that it names nobody else is checked of every text for a customer


@check("same")
def _(_truth: Truth, one: Statement) -> str:
    return "" if one["said"] == one["elsewhere"] else f"elsewhere it is {one['elsewhere']!r}"


# -- the call list and the duties ---------------------------------------------------------------------------------------

DECISIONS = {"recover": "decide_recovery", "reopen": "decide_reopen", "close": "decide_close"}
KEPT_OUT = (Service.REFUSED, Service.NOTHING)
IMPACTS: dict[str, Callable[[Truth, Statement], str]] = {
    "BROKEN INTO": CHECKS["broken_in"],
    "traces to look at": CHECKS["traces_unclear"],
    "attack may succeed": lambda truth, one: "" if any(map(truth.possible, truth.now(one))) else "no attack can pass",
    "closed": lambda truth, one: "" if all(span.reach is Reach.CLOSED for span in truth.now(one)) else "it is open",
    "closed, with a page": lambda truth, one: of_user_now(truth, one, User.ANYBODY, (Service.PAGE,)),
    "open to partners only": lambda truth, one: of_user_now(truth, one, User.ANYBODY, KEPT_OUT),
    "countries blocked": lambda truth, one: of_user_now(truth, one, User.LISTED, KEPT_OUT),
    "listed paths only": lambda truth, one: of_user_now(truth, one, User.UNLISTED, KEPT_OUT),
    "measure does not work": CHECKS["ineffective"],
    "measure not proven": CHECKS["not_proven"],
    "measure only watches": CHECKS["observing"],
    "measure taken off": CHECKS["taken_off"],
    "measure can be bypassed": CHECKS["reduces"],
    "logs too short": CHECKS["logs_too_short"],
    "traces not searched": CHECKS["not_searched"],
    "management address open": lambda truth, one: "" if fix_of(truth, one) is None else "the fix runs",
    "state not known": CHECKS["not_known"],
    "open or closed not known": CHECKS["access_not_known"],
    "nothing open": CHECKS["nothing_to_decide"],
}


def of_user_now(truth: Truth, one: Statement, user: User, gets: Collection[Service]) -> str:
    spans = truth.of_user(one, user)
    return "" if spans and spans[-1].reach in gets else f"{user} does not get {', '.join(gets)}"


@check("call")
def _(truth: Truth, one: Statement) -> str:
    name = one["name"]
    person = CUSTOMERS.get(name, {"contacts": [{}]})["contacts"][0]
    if (person.get("name"), person.get("phone")) != (one["person"], one["phone"]):
        return f"the contact of {name} is {person}"
    if int(one["users"] or 0) != truth.world.users(name):
        return f"{name} has {truth.world.users(name)} users"
    about = [Statement(one.file, one.text, "", one.at, name, {"place": host}) for host in truth.world.hosts(name)]
    test = IMPACTS.get(one["impact"])
    if test is None or all(test(truth, own) for own in about):
        return f"no service of {name} is so: {one['impact']}"
    if one["decide"] == "recover" and all(truth.was_protected(own["place"], own.at) for own in about):
        return f"{name} has nothing to recover"
    return (
        "" if one["decide"] or not CHECKS["nothing_to_decide"](truth, about[0]) else f"{name} has something to decide"
    )


def minutes_closed(truth: Truth, host: str, customer: str, at: datetime) -> float:
    """Return the minutes in which nothing of a customer answered at an appliance, by the witness."""
    vserver = truth.world.vservers(host, customer)[0][1]
    spans = truth.world.served_of(host, customer, User.ANYBODY) or truth.world.spans_of(host, customer)
    own = [one for one in spans if one.vserver == vserver and one.after <= at]
    total = timedelta()
    for number, span in enumerate(own):
        if span.reach in (*SHUT, Reach.CLOSED):
            total += (own[number + 1].since if number + 1 < len(own) else at) - span.since
    return total.total_seconds() / 60


@check("duty")
def _(truth: Truth, one: Statement) -> str:
    name = one["name"]
    closed = max(minutes_closed(truth, host, name, one.at) for host in truth.world.hosts(name))
    if abs(one["minutes"] - closed) > SLOW:
        return f"{name} was closed for {closed:.0f} minutes"
    first = min(run.began for run in truth.world.played)
    known = datetime.fromisoformat(one["threat"])
    if abs(known - first) > timedelta(days=1):
        return f"the weakness was known to us {first}"
    marked = [attack for host in truth.world.hosts(name) for attack in truth.world.attacks_on(host) if attack.marker]
    hunts = [run for run in truth.world.played if run.verb == "hunt"]
    if bool(one["breach"]) != bool(marked and hunts):
        return f"broken into: {[attack.at for attack in marked]}"
    if not one["breach"]:
        return ""
    in_time = hunts[0].began - MINUTE <= datetime.fromisoformat(one["breach"]) <= hunts[0].ended
    return "" if in_time else f"it was known {hunts[0].ended}"


@check("impact")
def _(truth: Truth, one: Statement) -> str:
    """Return why no service of a customer is as the duties say; the first one is that of the call list."""
    name = one["name"]
    about = [Statement(one.file, one.text, "", one.at, name, {"place": host}) for host in truth.world.hosts(name)]
    test = IMPACTS.get(one["impact"])
    return "" if test is not None and not all(test(truth, own) for own in about) else "no service is so"


@check("duty_total")
def _(truth: Truth, one: Statement) -> str:
    customers = {whose for member in truth.world.members.values() for whose in member.whose.values()}
    total = sum(minutes_closed(truth, host, name, one.at) for name in customers for host in truth.world.hosts(name))
    return "" if abs(one["said"] - total) <= SLOW * len(customers) else f"it is {total:.0f}"
