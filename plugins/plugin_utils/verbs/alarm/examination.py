# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a test of the alarm of an appliance means: what is unproven, what others sent, and since when nothing was seen. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from ...catalogue.entry import Level
from ...foundation.json_values import beside, written
from ...foundation.next_action import NextAction, advice, joined
from ...judgement.proof.next_action import STATUS_OF_ALL
from ...traces.alarm_state.attempts import AlarmState, Count, Reading, count, last_reading, next_state, statement
from ...traces.alarm_state.meanings import meaning_of
from ...traces.findings.finding import Examination, Finding, NotSeen
from ...traces.findings.ourselves import NOBODY, Ourselves
from ...traces.findings.own_runs import OwnTest
from .alarm_chain import Chain
from .alarms import POLICY
from .tested_forwarding import AlarmResult

UNPROVEN = "monitoring unproven"
NO_ALARM = advice(
    "no policy of ours is bound, so nothing is noticed. Apply a mitigation, if need be with mitigation_mode: observe",
    STATUS_OF_ALL,
)

_NONE_TESTED = "nothing that is bound has an alarm that can be tested"


@written(beside("examination"), "statement", "quiet_since", "alarms", "needless")
@dataclass(frozen=True)
class AlarmReading:
    """The result of one appliance.

    :ivar state: to be kept; None where nothing was tested
    :ivar needless: why no policy of ours is needed; "" where one is
    """

    examination: Examination
    statement: str = f"{UNPROVEN}: nothing can be said about attempts"
    state: AlarmState | None = None
    alarms: Sequence[Chain] = ()
    needless: str = ""

    @property
    def quiet_since(self) -> str:
        """Since when no attempt was seen while the alarm worked; "" where that cannot be said."""
        since = self.state.quiet_since if self.state else None
        return since.isoformat() if since else ""


def examine(
    name: str,
    result: AlarmResult,
    before: AlarmState | None,
    probes: Mapping[str, int],
    *,
    at: datetime,
    run: str,
    ours: Ourselves = NOBODY,
    in_doubt: Mapping[str, int] = MappingProxyType({}),
    of_start: bool = False,
) -> AlarmReading:
    """Return what a test means.

    :param before: the state after the test before
    :param probes: by policy, how many of its hits are probes of change records that began since the last reading of the node, and tests of others
    :param ours: what on the appliance is of a control node of ours
    :param at: the time of the test
    :param in_doubt: by policy, how many hits more may be our own
    :param of_start: of a node that was started since the test before, both are those since its start
    """
    if result.needless:
        looked = (("catalogue", 1),)
        text = f"nothing to alarm: {result.needless}"
        return AlarmReading(Examination(name, looked_at=looked), text, needless=result.needless)
    not_seen = [_unproven(chain) for chain in result.chains if not chain.works]
    not_seen += [NotSeen(f"{UNPROVEN}: {chain.alarm}", chain.doubt) for chain in result.chains if chain.doubt]
    if all(chain.alarm.way is not None and not chain.alarm.is_gap for chain in result.chains):
        not_seen.append(NotSeen(UNPROVEN, _in_vain(result.in_vain) if result.in_vain else NO_ALARM))
    if result.not_covered:
        not_seen.append(NotSeen(f"{UNPROVEN} in admin partitions", result.not_covered))
    last = last_reading(before, result.node)
    gone = [policy for policy in (last.hits if last else ()) if policy not in result.hits]
    if result.chains and not result.started:
        not_seen.append(NotSeen(UNPROVEN, "when the node was started cannot be read (allow the user: stat ns)"))
    not_seen += [_gone(policy, ours.removed.get(policy, "")) for policy in gone]
    all_hits = count(
        before, result.node, at, result.hits, result.tested, probes, result.started, in_doubt, of_start=of_start
    )
    counted = replace(
        all_hits, others={name: hits for name, hits in all_hits.others.items() if meaning_of(name).is_attempt}
    )
    if not any(chain.works for chain in result.chains) and not any(one.is_gap for one in not_seen):
        not_seen.append(NotSeen(UNPROVEN, _NONE_TESTED))
    works = not any(one.is_gap for one in not_seen)
    tests = tuple(OwnTest(run, at, answer.source, result.tag) for answer in result.answers[:1] if answer.source)
    state = next_state(
        before,
        counted,
        result.hits,
        appliance=name,
        node=result.node,
        at=at,
        works=works,
        started=result.started,
        tests=tests,
        tested=result.tested,
    )
    working = sum(chain.works for chain in result.chains)
    looked = (("working alarm" if working == 1 else "working alarms", working),)
    examined = Examination(
        name, tuple(_findings(name, result, all_hits, ours, None if of_start else last)), tuple(not_seen), (), looked
    )
    whose, unclear = _whose(ours.awaited or counted.may_all_be_ours), all_hits.total - counted.total
    return AlarmReading(examined, statement(state, counted, whose, unclear), state, result.chains)


def _in_vain(why: str) -> NextAction:
    text = f"no policy of ours is bound, and no mitigation would notice anything on this build: see status.yml ({why})"
    return advice(text, STATUS_OF_ALL)


def _gone(policy: str, by_us: str) -> NotSeen:
    """Return that a policy of the test before is not there: a gap, unless our own run removed it."""
    if by_us:
        return NotSeen(f"the alarm of {policy}", f"it was there at the test before, and {by_us}", is_gap=False)
    return NotSeen(UNPROVEN, f"{policy} was there at the test before, and is gone")


def _unproven(chain: Chain) -> NotSeen:
    if chain.alarm.untested:
        what = f"{UNPROVEN}: {chain.alarm}" if chain.alarm.is_gap else f"the alarm of {chain.alarm}"
        return NotSeen(what, chain.alarm.untested, is_gap=chain.alarm.is_gap)
    return NotSeen(f"{UNPROVEN}: {chain.alarm}", joined("", f"{chain.broken}: ", chain.cause))


def _whose(in_doubt: object) -> str:
    """Return of whom the requests are that no note explains. While notes are known to be missing, they may be our own, as in a status."""
    return "of unknown origin" if in_doubt else "of others"


def _findings(
    name: str, result: AlarmResult, counted: Count, ours: Ourselves, last: Reading | None
) -> Iterator[Finding]:
    """Yield what the requests of others mean, by policy.

    :param last: the reading of the test before on this node
    """
    awaited, since = ours.awaited, (last.at, last.hits) if last else ()
    then = f"since {counted.since:%Y-%m-%d %H:%M} UTC" if counted.since else "since the counter began"
    for policy, number in counted.others.items():
        meaning = meaning_of(policy)
        may_be_ours = counted.in_doubt.get(policy, 0)
        some = f", of which {may_be_ours} may be ours," if 0 < may_be_ours < number else ""
        doubt = awaited and f"{awaited}, so they may be probes of ours"
        doubt = doubt or (ours.why_in_doubt(result.node, policy, *since) if may_be_ours >= number else "")
        if meaning.level is not None:
            yield Finding(
                appliance=name,
                node=result.node,
                level=Level.REVIEW if doubt else meaning.level,
                what=f"matched {number} request{'' if number == 1 else 's'} {_whose(doubt)}{some}{meaning.what} {then}{_passing(policy, result)}",
                where=f"{_type_of(policy, result)} {policy}",
                why=f"{doubt}; otherwise {meaning.why}" if doubt else meaning.why,
                evidence=f"counter {result.hits[policy]}, {result.tested.get(policy, 0)} of this test",
                cannot_mean=f"{meaning.cannot_mean}. Probes of a control node whose notes are not here count too",
                next_step=meaning.next_step,
            )


def _passing(policy: str, result: AlarmResult) -> str:
    """Return that a policy lets such requests pass now, as the end of a clause; what it did when they came is in no counter."""
    only_counts = any(policy in chain.alarm.counting for chain in result.chains)
    return "; it only counts now, and lets such requests pass" if only_counts else ""


def _type_of(policy: str, result: AlarmResult) -> str:
    types = (chain.alarm.policy_type for chain in result.chains if policy in chain.alarm.policies)
    return next(types, POLICY)
