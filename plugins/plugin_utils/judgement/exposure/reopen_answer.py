# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""May an appliance be opened again? The rule is that of NCSC-NL of 20 January 2020, applied to a row of the ledger. Pure.

The rule: patching helps only where nobody has got in. Mitigated before the exploit was public: patch and open. Later, or not: assume that it is
compromised, make a recovery plan, keep watching. A mitigation counts where it was proven and protects: in January 2020 one had no effect on some
builds, and one that only observes, or can be bypassed, keeps nobody out. A hunt makes an answer worse, and makes it better only where no record says
what was before: its logs must reach back to the exploit.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import dropwhile

from ...foundation.counted import counted
from ...foundation.json_values import beside, written
from ..course.build_track import WITHOUT_SETTING
from ..course.hunt_result import HuntOutcome
from ..course.interval import Interval, is_protected
from ..course.measure_stage import WITHDRAWN, Doing
from ..course.sourced_date import Dated
from ..course.state import State
from .ledger_row import LedgerRow

MARGIN = timedelta(days=1)
"""How long before the exploit was public something must have been done: NCSC-NL counted from 9 January 2020, other sources from 10 or 11 January."""
ZONE = timedelta(days=1)
"""How far the clock and the zone of a node may be off: its log lines name no zone."""


class ReopenAnswer(StrEnum):
    """The answer, the worst first."""

    ASSUME_COMPROMISED = "assume_compromised"
    UNKNOWN = "unknown"
    PATCH_FIRST = "patch_first"
    OPEN = "open"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    ReopenAnswer.OPEN: "open",
    ReopenAnswer.PATCH_FIRST: "patch first",
    ReopenAnswer.ASSUME_COMPROMISED: "assume compromised: recovery plan",
    ReopenAnswer.UNKNOWN: "unknown",
}
_ORDER = tuple(ReopenAnswer)
_AWAY = {
    State.OBSERVING: "our measure observes and does not block",
    State.TAKEN_OFF: "no measure of ours is in place",
}
_PARTIAL = (State.INEFFECTIVE, State.DRIFTED, State.PARTLY, State.UNKNOWN, State.REDUCES)


@written(beside("row"), "answer", "reason")
@dataclass(frozen=True)
class RowAnswer:
    """The answer for one row, and why."""

    row: LedgerRow
    answer: ReopenAnswer
    reason: str

    @property
    def was_in_time(self) -> bool:
        """Return True if the records show that what is exposed was protected, or repaired before an exploit was public."""
        row = self.row
        if _management_gap(row) is not None:
            return False
        if self.answer is ReopenAnswer.PATCH_FIRST:
            return bool(protected_before(row)) or row.measure.word is State.MITIGATED
        is_known = row.exploit_public.is_known
        return self.answer is ReopenAnswer.OPEN and (
            not is_known or _in_time(row, row.fixed) or bool(protected_before(row))
        )


def answer_of(row: LedgerRow) -> RowAnswer:
    """Return the answer for a row."""
    answer, reason = _decide(row)
    nodes = _failover_text(row) + _management_text(row, answer)
    if answer is ReopenAnswer.OPEN:
        return RowAnswer(row, answer, reason + nodes)
    return RowAnswer(row, answer, reason + _measure_text(row, reason) + nodes + _hunt_text(row))


def _decide(row: LedgerRow) -> tuple[ReopenAnswer, str]:
    if row.hunt_outcome is HuntOutcome.COMPROMISE:
        return ReopenAnswer.ASSUME_COMPROMISED, "the hunt found a trace of an intrusion"
    if not row.exposed_from.is_known:
        return ReopenAnswer.OPEN, row.exposed_from.source or "no evidence shows an exposure"
    if row.is_fixed is None:
        return ReopenAnswer.UNKNOWN, f"it is not known whether every node has the fix ({row.fixed.source})"
    exploit = row.exploit_public
    if not exploit.is_known:
        if row.is_fixed:
            return ReopenAnswer.OPEN, f"fixed {row.fixed.text_as_found}, and no exploit is known to be public"
        return ReopenAnswer.PATCH_FIRST, f"{_not_fixed(row)}, and no exploit is known to be public"
    if row.is_fixed and _in_time(row, row.fixed):
        return ReopenAnswer.OPEN, f"fixed {row.fixed.text_as_found}, {_before(row)}"
    protection = protected_before(row)
    if protection:
        if row.is_fixed:
            return (
                ReopenAnswer.OPEN,
                f"{protection}, {_before(row)}, and fixed {row.fixed.text_as_found}",
            )
        return (
            ReopenAnswer.PATCH_FIRST,
            f"{protection}, {_before(row)}, and not fixed yet",
        )
    if row.is_fixed and not row.is_affected_before:
        if _hunt_reaches(row):
            return ReopenAnswer.OPEN, f"fixed today; nothing was found in logs that reach back to {row.logs_from.text}"
        why = f"fixed today, but no record says since when, and {_since(row)}"
        return ReopenAnswer.UNKNOWN, why
    return ReopenAnswer.ASSUME_COMPROMISED, f"{_late(row)}; {_since(row)}"


def _before(row: LedgerRow) -> str:
    sign = row.first_sign
    return f"before {sign.was} ({sign.when or row.exploit_public.text})"


def _since(row: LedgerRow) -> str:
    sign = row.first_sign
    return f"{sign.since} {sign.when or row.exploit_public.text}"


def _not_fixed(row: LedgerRow) -> str:
    return row.fixed.source if row.fixed.source.startswith(WITHOUT_SETTING) else "not every node has the fix"


def protected_before(row: LedgerRow) -> str:
    """Return what kept the weakness from being reached from before an exploit was public on, until the fix or until today; "" for nothing."""
    public = row.exploit_public.time
    if public is None or not is_protected(row.known, public - MARGIN):
        return ""
    held = [one for one in row.known if one.end is None or one.end > public - MARGIN]
    first = held[0]
    if first.state is State.MITIGATED and _in_time(row, row.mitigated) and _in_time(row, row.proven):
        return f"{_mitigated(row)} and proven {row.proven.text}"
    if first.state is State.CLOSED and all(one.state is not State.MITIGATED for one in held):
        return f"closed {first.since.text}"
    return f"protected without a gap since {first.since.text} ({', '.join(dict.fromkeys(one.state for one in held))})"


def _gap(row: LedgerRow) -> Interval | None:
    """Return the first interval without protection since an exploit was public, where the dates alone would be in time."""
    public = row.exploit_public.time
    if public is None or not (_in_time(row, row.mitigated) and _in_time(row, row.proven)):
        return None
    late = (one for one in row.known if one.end is None or one.end > public - MARGIN)
    return next((one for one in late if not one.state.protects), None)


def _in_time(row: LedgerRow, what: Dated) -> bool:
    """Return True if something was done before the exploit was public, with the margin."""
    public = row.exploit_public.time
    return public is not None and what.time is not None and what.time < public - MARGIN


def _late(row: LedgerRow) -> str:
    """Return why what was done does not count."""
    if row.measure.word in _AWAY:
        return f"{_AWAY[row.measure.word]}: {row.measure.reason}"
    if row.measure.word is State.DRIFTED and not row.mitigated.is_known:
        return f"{row.measure.word}: {row.measure.reason}"
    if not row.mitigated.is_known:
        return "never mitigated by a run that is recorded"
    if row.measure.word in _PARTIAL:
        return f"{_mitigated(row)}, {row.measure.word}: {row.measure.reason}"
    gap = _gap(row)
    if gap is not None:
        return f"{_mitigated(row)}, and {gap.state} since {gap.since.text}: {gap.reason}"
    if not row.proven.is_known:
        why = f" ({row.proven.source})" if row.proven.source else ""
        ended = any(one.state is State.MITIGATED for one in row.known)
        return f"{_mitigated(row)}, and {'not proven any more' if ended else 'never proven'}{why}"
    return f"{_mitigated(row)} and proven only {row.proven.text}"


def _mitigated(row: LedgerRow) -> str:
    """Return since when it is mitigated; of a measure that was put back, since when first, and how often and how long it was withdrawn."""
    text = f"mitigated {row.mitigated.text}"
    since = [*dropwhile(lambda one: bool(one.partition) or one.doing is not Doing.BLOCKS, row.stages)]
    withdrawn = [one for one in since if one.is_needed and one.doing in WITHDRAWN and one.until is not None]
    if not withdrawn:
        return text
    minutes = -(-sum(one.seconds for one in withdrawn) // 60)
    how_long = counted(max(minutes, 1), "minute")
    return f"{text} (put back; first {since[0].since.text}, and withdrawn {counted(len(withdrawn), 'time')}, {how_long} together)"


def _measure_text(row: LedgerRow, reason: str) -> str:
    """Return what our measure does where it does not protect and the reason does not say it, as the rest of a sentence."""
    word = row.measure.word
    told = (*_AWAY, *_PARTIAL, State.EXPOSED)
    if not (word in told or word is State.STOP_GAP) or row.measure.reason in reason:
        return ""
    return f"; our measure: {word} ({row.measure.reason})"


def open_addresses(row: LedgerRow) -> tuple[str, ...]:
    """Return the nodes whose management address is not protected now, where the weakness is reached there besides the virtual servers."""
    return tuple(one.node for one in row.nodes if row.management and not one.management[-1].state.protects)


def _management_gap(row: LedgerRow) -> Interval | None:
    """Return the last time since an exploit was public, or in all where none is known, for which a management address was not protected."""
    public = row.exploit_public.time
    late = [one for one in row.management if public is None or one.end is None or one.end > public - MARGIN]
    return next((one for one in reversed(late) if not one.state.protects), None)


def _management_text(row: LedgerRow, answer: ReopenAnswer) -> str:
    """Return what holds at the management addresses where it is worse than at the virtual servers, as the rest of a sentence.

    Whom the network lets reach them, nobody here knows, and no opening changes it: the answer does not depend on it.
    """
    nodes, gap = open_addresses(row), _management_gap(row)
    if nodes and row.course and row.course[-1].state.protects:
        word = "exposed" if row.management[-1].state.is_known else "not known to be protected"
        return f"; {_number(len(nodes), len(row.nodes))} {word}, whatever is closed"
    if gap is None or nodes or answer not in (ReopenAnswer.OPEN, ReopenAnswer.PATCH_FIRST):
        return ""
    until = f" until {gap.until.text}" if gap.until is not None else ""
    return f"; its management address was not protected{until}, and whoever reached it could attack"


def _number(some: int, of: int) -> str:
    return "its management address is" if of == 1 else f"management addresses, {some} of {of}:"


def _failover_text(row: LedgerRow) -> str:
    """Return how many nodes of a pair lack the fix that the other one has, as the rest of a sentence."""
    return (
        f"; {len(row.without_fix)} of its nodes lacks the fix, and serves after a failover" if row.without_fix else ""
    )


def _hunt_reaches(row: LedgerRow) -> bool:
    """Return True if a complete hunt found nothing after the fix, in logs that reach back to the exploit."""
    if row.hunt_outcome is not HuntOutcome.NOTHING_FOUND:
        return False
    back, public, at, fixed = row.logs_from.time, row.exploit_public.time, row.hunt.time, row.fixed.time
    if back is None or public is None or at is None or fixed is None:
        return False
    return back + ZONE <= public and at + ZONE >= fixed


def _hunt_text(row: LedgerRow) -> str:
    """Return what the hunt says, and how far back its logs reach, as the rest of a sentence."""
    if row.hunt_outcome is HuntOutcome.NONE:
        return "; no hunt.yml result was given"
    reach = (
        f"its logs reach back to {row.logs_from.text}"
        if row.logs_from.is_known
        else "how far its logs reach back is not known"
    )
    return f"; hunt of {row.hunt.text}: {row.hunt_outcome}, {reach}"


@dataclass(frozen=True)
class CustomerAnswer:
    """The answer for one customer of an appliance: the worst of its rows.

    :ivar rows: all rows of the customer that count for an opening, the worst first
    :ivar rest: those of the other weaknesses, which an opening does not change
    """

    appliance: str
    customer: str
    rows: tuple[RowAnswer, ...]
    rest: tuple[RowAnswer, ...] = ()

    @property
    def answer(self) -> ReopenAnswer:
        """Return the worst answer; without a row it is unknown."""
        return self.rows[0].answer if self.rows else ReopenAnswer.UNKNOWN

    @property
    def is_closed(self) -> bool:
        """Return True if the last record about it closed the virtual servers of the customer."""
        return any(one.row.closed.is_known and not one.row.reopened.is_known for one in self.rows)

    @property
    def was_in_time(self) -> bool:
        """Return True if that is so of all that the customer is or was exposed to, and of something."""
        exposed = [one for one in self.rows if one.row.exposed_from.is_known]
        return bool(exposed) and all(one.was_in_time for one in exposed)

    @property
    def decisive(self) -> tuple[RowAnswer, ...]:
        """Return the rows that decide."""
        return tuple(one for one in self.rows if one.answer is self.answer)

    @property
    def text(self) -> str:
        """Return it as one line: customer, answer, and the reason with the number of other entries that have the same answer; and what lacks its fix."""
        who = self.customer or "no customer"
        if not self.rows:
            return f"{who}: {self.answer.words} (no entry of the catalogue was judged)"
        more = f"; and {len(self.decisive) - 1} more" if len(self.decisive) > 1 else ""
        return (
            f"{who}: {self.answer.words} ({self.rows[0].row.entry}: {self.rows[0].reason}{more}){self._known_to_lack}"
        )

    @property
    def _known_to_lack(self) -> str:
        """Return what is known to lack its fix, where the answer is only that something is not known, as the rest of a sentence."""
        first = [one.row.entry for one in self.rows if one.answer is ReopenAnswer.PATCH_FIRST]
        if self.answer is not ReopenAnswer.UNKNOWN or not first:
            return ""
        return f"; {ReopenAnswer.PATCH_FIRST.words}: {_first_of(first)}"


def customer_answers(
    appliance: str, customers: Sequence[str], rows: Iterable[LedgerRow], counted: Container[str] | None = None
) -> tuple[CustomerAnswer, ...]:
    """Return the answer for each customer.

    :param customers: those of the appliance; "" is the appliance without a named customer
    :param counted: the entries that count for an opening; None for all
    """
    answers = sorted((answer_of(row) for row in rows), key=lambda one: (_ORDER.index(one.answer), _newest(one.row)))
    of_customer = {name: [one for one in answers if one.row.customer == name] for name in customers}
    return tuple(
        CustomerAnswer(
            appliance,
            name,
            tuple(one for one in own if counted is None or one.row.entry in counted),
            tuple(one for one in own if counted is not None and one.row.entry not in counted),
        )
        for name, own in of_customer.items()
    )


MOST_ENTRIES = 4
"""The most weaknesses that a remark names."""


def node_remarks(answers: Iterable[CustomerAnswer]) -> tuple[str, ...]:
    """Return what no opening or closing changes: the management addresses that are open, and the nodes that lack the fix of the other one."""
    rows = {one.row.entry: one.row for answer in answers for one in (*answer.rows, *answer.rest)}.values()
    is_open: dict[str, list[str]] = {}
    without: dict[str, list[str]] = {}
    for row in rows:
        counts = row.exposed_from.is_known
        for one in row.nodes if counts else ():
            if one.management and not one.management[-1].state.protects:
                is_open.setdefault(one.node, []).append(row.entry)
        for node in row.without_fix if counts else ():
            without.setdefault(node, []).append(row.entry)
    return (
        *(f"NOT CLOSED by any step: the management address of {where}: {what}" for where, what in _alike(is_open)),
        *(f"{where} lacks the fix of {what}, and serves after a failover" for where, what in _alike(without)),
    )


def _alike(entries: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield the nodes of which the same is to be said, and the weaknesses."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for node, own in entries.items():
        groups.setdefault(tuple(sorted(own)), []).append(_host(node))
    for own, nodes in groups.items():
        yield ", ".join(nodes), _first_of(own)


def _first_of(entries: Sequence[str]) -> str:
    """Return the names of some weaknesses; of many the first ones, and how many more there are."""
    more = f" and {len(entries) - MOST_ENTRIES} more" if len(entries) > MOST_ENTRIES else ""
    return f"{', '.join(entries[:MOST_ENTRIES])}{more}"


def _host(node: str) -> str:
    """Return a node without its port."""
    return node.rpartition(":")[0] or node


def _newest(row: LedgerRow) -> float:
    """Return the key that sorts the entry with the newest exploit first."""
    newest: Dated = row.exploit_public
    return 0.0 if newest.time is None else -newest.time.timestamp()
