# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each fact of a service says what a row of the ledger says of the same thing: when it began and ended, whence it comes, since when it is known, and of what.

Worked out by a reader of docs/reference/letter-facts.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.nights.held import Held
from tests.nights.told_facts import CLOSINGS

Values = Mapping[str, Any]
Told = tuple[str, str, str, str, str]
"""When it began, when it ended, whether that is not known or the latest time, its source, and since when it is known."""
KINDS = {"off": "closed", **{step: f"closed_{step}" for step in ("notice", "partners", "countries", "paths")}}
OF_NONE = (*CLOSINGS, "open", "not_known", "shown_as_off", "decide_reopen", "decide_recovery")
"""What is about a service, whatever the weakness."""
HAPPENED_WHEN_FOUND = ("observing", "taken_off", "opened", "bypassed", "not_proven")
"""Causes of which it is known when they happened; the others are found later."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_ANSWERS = {"decide_reopen": "open", "decide_recovery": "assume_compromised"}


def wrong_sources(held: Held, own: Sequence[Any], row: Values, *, is_whole: bool) -> Iterator[str]:
    """Yield what facts of a service say that the row does not.

    :param own: the facts of the service
    :param is_whole: the service is the appliance
    """
    at, place = held.found.at, own[0].place if own else ""
    of_it = row if is_whole else _of_a_place(row, place)
    for one in own:
        kind = str(one.kind)
        wanted = [*TELLS[kind](of_it, at)] if kind in TELLS else []
        said = (_text(one.when), _text(one.until), _how_sure(one), one.source, _text(one.known))
        if wanted and said not in wanted:
            yield f"{kind} says {said}, in place of {wanted}"
        entry = "" if kind in OF_NONE else held.weakness.cve
        if (one.entry, one.label, one.by, one.count) != (entry, "TLP:AMBER", "", None):
            yield f"{kind} is about {one.entry}, {one.label}, by {one.by}, {one.count}"
        if one.undated is not _is_undated(one, row):
            yield f"{kind} since {one.when} is {'' if one.undated else 'not '}undated"
        if (cause := _cause(one, row)) is not None and (one.cause or "") not in cause:
            yield f"{kind} since {one.when} is by {one.cause}, in place of {sorted(cause)}"
        if kind == "one_not_fixed" and not all(node in one.source for node in row["without_fix"]):
            yield f"{kind} rests on {one.source}, and {row['without_fix']} have no fix"
        if kind in _ANSWERS and (one.when, one.known) != (at + timedelta(days=1), at):
            yield f"{kind} is to be decided until {one.when}, known since {one.known}"
    yield from _parts(own, place, row, is_whole=is_whole)


def _of_a_place(row: Values, place: str) -> Values:
    """Return a row with the closings of one service; with all where none has its name."""
    named = {
        name: [one for one in row[name] if place in (one["service"], one["vserver"])]
        for name in ("switched_off", "closings")
    }
    return {**row, **named} if any(named.values()) else row


def _exposed(row: Values, at: datetime) -> Iterator[Told]:
    ended = next((one["since"] for one in row["course"] if one["protects"]), None)
    for dated in (row["exposed_from"], *(one["since"] for one in row["course"])):
        yield _dated(dated, ended, at)


def _lost(row: Values, at: datetime) -> Iterator[Told]:
    for one in row["losses"]:
        began, until, sure, _source, _known = _dated(one["since"], one["until"], at)
        yield began, until, sure, one["found"]["source"], _known_since(one["found"], at)


def _managed(row: Values, at: datetime) -> Iterator[Told]:
    line = row["management"] if row["nodes"] else row["course"]
    for number, one in enumerate(line):
        if not one["protects"]:
            ended = next((after["since"] for after in line[number + 1 :] if after["protects"]), None)
            began, until, sure, source, known = _dated(one["since"], ended, at)
            yield began, until, sure, source, known
            if sure == "the latest":  # that nothing was known lasted until then
                yield began, until, "", source, known


def _hunted(row: Values, at: datetime) -> Iterator[Told]:
    yield "", "", "", row["hunt"]["source"], row["hunt"]["time"] if "T" in row["hunt"]["time"] else _text(at)


def _reaching(row: Values, at: datetime) -> Iterator[Told]:
    for one in _hunted(row, at):
        yield row["logs_from"]["time"], *one[1:]


def _proven(row: Values, at: datetime) -> Iterator[Told]:
    for one in row["proofs"]:
        began, _until, _undated, source, known = _of_run(one["since"], None, at)
        yield began, (one["until"] or {"time": ""})["time"], "", source, known
    yield _of_run(row["proven"], None, at)


def _fixed(row: Values, at: datetime) -> Iterator[Told]:
    yield _dated(row["fixed"], None, at)


def _closed(step: str) -> Callable[[Values, datetime], Iterator[Told]]:
    def told(row: Values, at: datetime) -> Iterator[Told]:
        for one in _closings(row):
            if one["step"] == step:
                yield _of_run(one["closed"], _opened(one), at)

    return told


def _open(row: Values, at: datetime) -> Iterator[Told]:
    last = max((one["reopened"]["time"] for one in _closings(row)), default="")
    for one in _closings(row):
        if one["reopened"]["time"] == last:
            yield "", "", "", one["reopened"]["source"], _text(at)


def _put(row: Values, at: datetime) -> Iterator[Told]:
    for one in row["stages"]:
        yield _of_run(one["since"], None, at)


def _withdrawn(row: Values, at: datetime) -> Iterator[Told]:
    for one in row["stages"]:
        yield _of_run(one["since"], one["until"], at)
    began, _until, _undated, source, known = _of_run(row["measure"]["since"], None, at)
    source = source or row["measure"]["reason"]
    yield began, "", "", source, known
    if row["is_fixed"] is True:
        yield began, row["fixed"]["time"], _end(row["fixed"]), source, known


def _not_protecting(row: Values, at: datetime) -> Iterator[Told]:
    """What is in place and does not protect rests on what its proof does; what a run saw pass, on that run."""
    until, sure = (row["fixed"]["time"], _end(row["fixed"])) if row["is_fixed"] is True else ("", "")
    if row["measure"]["word"] == "exposed":
        known = row["disproved"]["time"]
        yield "", until, sure, row["disproved"]["source"], known
    else:
        yield "", until, sure, row["proven"]["source"], _text(at)


TELLS: Mapping[str, Callable[[Values, datetime], Iterator[Told]]] = {
    "exposed": _exposed,
    "protection_ended": _lost,
    "proven": _proven,
    "fixed": _fixed,
    "open": _open,
    **dict.fromkeys(("management_exposed", "management_not_known"), _managed),
    **dict.fromkeys(("broken_in", "traces_unclear"), _hunted),
    **dict.fromkeys(("no_traces", "logs_too_short"), _reaching),
    **{kind: _closed(step) for step, kind in KINDS.items()},
    **dict.fromkeys(("mitigated", "put_back", "removed"), _put),
    **dict.fromkeys(("observing", "taken_off", "reduces"), _withdrawn),
    **dict.fromkeys(("not_proven", "ineffective", "stop_gap"), _not_protecting),
}
"""By kind, what a fact of it can say."""


def _opened(closing: Values) -> Values | None:
    return closing["reopened"] if closing["reopened"]["time"] else None


def _closings(row: Values) -> list[Values]:
    return [*row["switched_off"], *row["closings"]]


def _dated(dated: Values, until: Values | None, at: datetime) -> Told:
    ended, sure = "", ""
    if until is not None:
        sure = _end(until)
        ended = (dated["time"] or until["time"]) if sure == "not known" else until["time"]
    return dated["time"], ended, sure, dated["source"], _known_since(dated, at)


def _end(until: Values) -> str:
    """Return how sure an end is: one that was read, or that a run found, is the latest."""
    if until["confidence"] == "assumed":
        return "not known"
    return "the latest" if until["confidence"] == "read today" or until.get("at_the_latest") else ""


def _how_sure(fact: Any) -> str:
    return "not known" if fact.undated_end else "the latest" if fact.latest_end else ""


def _of_run(dated: Values, until: Values | None, at: datetime) -> Told:
    """Return what is said of what a run did, without a time where its clock was wrong."""
    return _dated({**dated, "time": ""} if dated["confidence"] == "assumed" else dated, until, at)


def _known_since(dated: Values, at: datetime) -> str:
    """Return since when it is known: a run of ours knew it as it recorded it."""
    return str(dated["time"]) if dated["confidence"] == "recorded" and "T" in dated["time"] else _text(at)


def _is_undated(fact: Any, row: Values) -> bool:
    """Return whether a protection ended some time after its beginning: although of its cause it is known when it happened, it was found later."""
    if fact.kind != "protection_ended":
        return False
    return any(
        one["cause"] in HAPPENED_WHEN_FOUND
        and one["since"]["time"] == _text(fact.when)
        and one["since"]["time"] != one["found"]["time"]
        for one in row["losses"]
    )


def _cause(fact: Any, row: Values) -> set[str] | None:
    """Return the causes that a fact can have; None where this reader does not know."""
    if fact.kind == "protection_ended":
        return {one["cause"] for one in row["losses"] if one["since"]["time"] == _text(fact.when)}
    if fact.kind not in ("mitigated", "put_back"):
        return {""}
    found, before = set(), ""
    for one in (one for one in row["stages"] if not (one["doing"] == "blocks" and one["partition"])):
        if one["doing"] == "blocks" and _of_run(one["since"], None, _NEVER)[0] == _text(fact.when):
            found.add("changed" if before == "blocks" else "")
        before = one["doing"]
    return found


def _parts(own: Sequence[Any], place: str, row: Values, *, is_whole: bool) -> Iterator[str]:
    """A part is named where another virtual server of the service was not closed so; it is all that were closed so."""
    for one in own:
        if one.kind not in CLOSINGS:
            continue
        alike = [
            closing
            for closing in _closings(row)
            if KINDS[closing["step"]] == one.kind
            and _of_run(closing["closed"], _opened(closing), _NEVER)[:2] == (_text(one.when), _text(one.until))
            and (is_whole or place in (closing["service"], closing["vserver"]))
        ]
        beside = [other for closing in alike for other in closing["beside"]]
        is_part = any(is_whole or place in (other["service"], other["vserver"]) for other in beside)
        names = ", ".join(dict.fromkeys(closing["vserver"] for closing in alike)) if is_part else ""
        if one.part != names:
            yield f"{one.kind} since {one.when} is of the part {one.part!r}, in place of {names!r}"
    parts = [one.part for one in own if one.kind in CLOSINGS and one.until is None]
    wanted = "" if "" in parts else ", ".join(dict.fromkeys(parts))
    for one in own:
        if one.kind == "decide_reopen" and one.part != wanted:
            yield f"it is to be decided whether {one.part!r} is opened, and closed is {wanted!r}"
        if one.kind not in (*CLOSINGS, "decide_reopen") and one.part:
            yield f"{one.kind} is of the part {one.part}"


def _text(value: date | datetime | None) -> str:
    return value.isoformat() if value is not None else ""
