# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a customer is told of the facts about him, worked out by a reader of docs/reference/letter-facts.md: letters, call list and duties say the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/Amsterdam")
CLOSINGS = ("closed", "closed_notice", "closed_partners", "closed_countries", "closed_paths")
"""The hardest first."""
SHUT = ("closed", "closed_notice")
"""Those after which nobody gets the service."""
TRACES = ("no_traces", "logs_too_short", "traces_unclear", "attack_stopped", "attack_seen", "broken_in")
UNSAFE = ("exposed", "protection_ended", "management_exposed")
DECIDES = ("decide_close", "decide_reopen", "decide_recovery", "broken_in")
WORDS = {
    "broken_in": "BROKEN INTO",
    "attack_seen": "attacked, outcome unknown",
    "ineffective": "measure does not work",
    "taken_off": "measure taken off",
    "observing": "measure only watches",
    "protection_ended": "protection ended",
    "exposed": "attack may succeed",
    "traces_unclear": "traces to look at",
    "closed": "closed",
    "closed_notice": "closed, with a page",
    "closed_partners": "open to partners only",
    "closed_countries": "countries blocked",
    "closed_paths": "listed paths only",
    "not_proven": "measure not proven",
    "stop_gap": "measure not from the vendor",
    "reduces": "measure can be bypassed",
    "management_exposed": "management address open",
    "one_not_fixed": "one of a pair not fixed",
    "not_known": "state not known",
    "management_not_known": "management not known",
    "logs_too_short": "logs too short",
    "not_searched": "traces not searched",
    "shown_as_off": "shown as off, not proven",
    "access_not_known": "open or closed not known",
}
"""What weighs on a customer, the heaviest first, in the words of the call list and of the duties."""


def told_facts(known: Any) -> list[Any]:
    """Return the facts that are told, with what follows: what nobody searched, and of what nothing says whether it is open.

    :param known: the facts of a customer
    """
    found = [_honest(one, known) for one in known.facts if not _is_covered(one, known.facts)]
    blank = known.facts[0]
    for place in known.services:
        kinds = {str(one.kind) for one in known.facts if one.place == place}
        if not kinds & {*TRACES}:
            found.append(_following(blank, "not_searched", place))
        if not kinds & {"open", "not_known", "shown_as_off", *CLOSINGS}:
            found.append(_following(blank, "access_not_known", place))
    if not {str(one.kind) for one in known.facts} & {*DECIDES}:
        found.append(_following(blank, "nothing_to_decide", ""))
    return found


def _following(blank: Any, kind: str, place: str) -> Any:
    return replace(blank, kind=kind, place=place, when=None, until=None, known=None, entry="", part="")


def _is_covered(fact: Any, facts: Sequence[Any]) -> bool:
    """Return whether a closing is nothing that anybody sees, as a harder one lasts there."""
    if fact.kind not in CLOSINGS or fact.until is not None:
        return False
    harder = [one for one in SHUT if CLOSINGS.index(one) < CLOSINGS.index(fact.kind)]
    return any(
        one.kind in harder and one.until is None and one.place == fact.place and one.part in ("", fact.part)
        for one in facts
    )


def _honest(fact: Any, known: Any) -> Any:
    """Return that the logs are too short, where they do not reach back to the first day on which an attack could succeed."""
    if fact.kind != "no_traces":
        return fact
    begins = [moment(one.when) for one in known.facts if one.kind in UNSAFE and one.place == fact.place and one.when]
    reaches = fact.when is not None and begins and moment(fact.when) <= min(begins)
    return fact if reaches else replace(fact, kind="logs_too_short")


def pressing(known: Any) -> Iterator[tuple[str, str, int]]:
    """Yield what lasts and weighs on a customer: kind, words and number of services, the heaviest first."""
    lasting = [one for one in told_facts(known) if one.until is None]
    for kind, words in WORDS.items():
        own = [one for one in lasting if one.kind == kind]
        if own:
            doubt = kind == "protection_ended" and all(one.cause == "not_known" for one in own)
            part = ", in part" if all(one.part for one in own) else ""
            yield kind, "protection not known" if doubt else f"{words}{part}", len({one.place for one in own})


def moment(value: date | datetime | None) -> datetime:
    """Return a day as its beginning; None is before all."""
    if value is None:
        return datetime.min.replace(tzinfo=UTC)
    return value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
