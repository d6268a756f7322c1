# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hash chain of the change records of one appliance: each record has the hashes of those before it. Pure.

A record that is changed or removed later breaks the chain at the record that follows. Usually a record follows one other;
where runs overlapped (a status that proved something during an apply) it follows several. Records are given here as JSON objects, by
the names of their files.

A run that only looked leaves no copy on the nodes: what another control node reads of the runs after it says what that one follows (:func:`looked`).

The chain is also the order of the runs (:func:`chain_order`). No clock is: that of a control node can be set back, and two differ.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import chain, pairwise
from typing import Any

from .record_states import HOLDS, Outcome, RecordKind

Content = Mapping[str, Any]

# Keys that are set after the end of a run: the rollback that undid it, which names the run itself; the nodes with a copy; and the
# origin of a fetched record. They are neither hashed nor signed, and count only in a record on this control node.
NOT_HASHED = ("undone_by", "copies", "origin")
# The signature of a record is outside its hash, so that an older record can be signed without a break of the chain.
SIGNATURE = "signature"
FOUND_UNDONE = "found undone"
# The keys of a record, and of its steps, that are set before the first write.
_PLANNED = (
    "kind",
    "measure",
    "version",
    "run",
    "who",
    "started",
    "reason",
    "ticket",
    "seal",
    "previous",
    "undoes",
    "continues",
)
_OF_A_STEP = ("type", "key", "before", "after")


def digest(content: Content) -> str:
    """Return the SHA-256 of a record's canonical JSON, as hexadecimal digits."""
    return _hash({key: value for key, value in content.items() if key not in (*NOT_HASHED, SIGNATURE)})


def planned_digest(content: Content) -> str:
    """Return the SHA-256 of the values that a record has before the first write."""
    steps = [{key: step.get(key) for key in _OF_A_STEP} for step in content.get("steps", ())]
    return _hash({**{key: content.get(key) for key in _PLANNED}, "steps": steps})


def _hash(value: Content) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def links_to(records: Mapping[str, Content]) -> list[dict[str, str]]:
    """Return the links of a new record: name and digest of the records that no other record follows yet."""
    followed = {name for content in records.values() for name in followed_by(content)}
    return [{"name": name, "sha256": digest(content)} for name, content in records.items() if name not in followed]


def looked(records: Mapping[str, Content], links: Iterable[str]) -> dict[str, list[str]]:
    """Return by name those of some records whose runs changed nothing and proved what they found, with the nearest ones before them that did more.

    :param records: those that are trusted; any other may stand in the place of one that did more
    :param links: the records that a new one follows
    """
    return {name: _before_looks(records, name) for name in links if name in records and _only_proved(records[name])}


def _before_looks(records: Mapping[str, Content], name: str) -> list[str]:
    todo, seen, found = [name], {name}, set()
    while todo:
        for before in followed_by(records[todo.pop()]):
            if before in records and _only_proved(records[before]):
                todo += [before] if before not in seen else []
                seen.add(before)
            else:
                found.add(before)
    return sorted(found)


def _only_proved(content: Content) -> bool:
    proof = content.get("proof") or {}
    is_done = (content.get("kind"), content.get("outcome")) == (RecordKind.VERIFY, Outcome.APPLIED)
    is_more = (
        content.get("steps")
        or content.get("closing")
        or content.get("found_beside")
        or proof.get("contradicted")
        or proof.get("altered")
    )
    return is_done and not is_more and proof.get("proven") is True and proof.get("verdict") in HOLDS


def not_here(content: Content, names: Container[str]) -> list[str]:
    """Return the records that one follows and that are not among some: of one that is known to have only looked, those before it that are not."""
    known = content.get("looked") or {}
    return [
        name
        for link in followed_by(content)
        if link not in names
        for name in known.get(link, [link])
        if name not in names
    ]


def chain_order(records: Mapping[str, Content]) -> list[str]:
    """Return the names of records in the order of the chain: each after the records that it follows, and after those that it undoes.

    Where the chain does not say which of two comes first, they come in this order: those from before there was a chain (by their
    names), those whose ancestors are all here, those with an ancestor that is missing; and among equals by the SHA-256 of their names.
    So the order is the same everywhere, and no time has a part in it.
    """
    incomplete = _with_missing_ancestor(records, _followers(records))
    return _ordered(records, {name: _rank(name, records, incomplete) for name in records})


def time_order(records: Mapping[str, Content]) -> list[str]:
    """Return the same order, with those between which the chain does not decide by their times: for what is told of times, and for no decision.

    Those of the same second come by their names, which begin with the time when a run began.
    """
    return _ordered(records, {name: _rank_by_time(name, records) for name in records})


def _followers(records: Mapping[str, Content]) -> dict[str, list[str]]:
    followers: dict[str, list[str]] = {name: [] for name in records}
    for name, content in records.items():
        for other in _ancestors_of(content, records) - {name}:
            followers[other].append(name)
    return followers


def _ordered(records: Mapping[str, Content], ranks: Mapping[str, tuple[Any, ...]]) -> list[str]:
    """Return the order of the chain.

    :param ranks: by name, what decides where the chain does not
    """
    waits = {name: _ancestors_of(content, records) - {name} for name, content in records.items()}
    followers = _followers(records)
    ready = [(ranks[name], name) for name, before in waits.items() if not before]
    heapify(ready)
    left = iter(sorted(records, key=ranks.__getitem__))
    ordered: dict[str, None] = {}
    while len(ordered) < len(records):
        if not ready:  # records that follow each other in a circle: no run wrote them so
            name = next(name for name in left if name not in ordered)
            waits[name].clear()
        else:
            _order, name = heappop(ready)
        ordered[name] = None
        for follower in followers[name]:
            if name in waits[follower]:
                waits[follower].discard(name)
                if not waits[follower]:
                    heappush(ready, (ranks[follower], follower))
    return list(ordered)


def _ancestors_of(content: Content, records: Mapping[str, Content]) -> set[str]:
    """Return the names of the known records that a record directly follows or undoes, and of those before one that only looked."""
    before = (*followed_by(content), *chain.from_iterable((content.get("looked") or {}).values()))
    return {name for name in (*before, *(content.get("undoes") or ())) if name in records}


def followed_by(content: Content) -> list[str]:
    """Return the names of the records that a record follows."""
    return [str(link["name"]) for link in content.get("previous") or ()]


def _with_missing_ancestor(records: Mapping[str, Content], followers: Mapping[str, list[str]]) -> set[str]:
    """Return the names of the records of which an ancestor is missing."""
    todo = [name for name, content in records.items() if not_here(content, records)]
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += followers[name]
    return found


def _rank(name: str, records: Mapping[str, Content], incomplete: set[str]) -> tuple[int, str]:
    """Return the place of a record among those between which the chain does not decide."""
    if "previous" not in records[name]:
        return 0, name
    return (2 if name in incomplete else 1), hashlib.sha256(name.encode()).hexdigest()


def _rank_by_time(name: str, records: Mapping[str, Content]) -> tuple[Any, ...]:
    content = records[name]
    if "previous" not in content:
        return 0, 0.0, name
    moment = datetime.fromisoformat(content.get("finished") or content["started"])
    return 1, moment.timestamp(), name


def ancestors(name: str, records: Mapping[str, Content]) -> set[str]:
    """Return the names of all known records that come before a record by the chain."""
    found: set[str] = set()
    todo = [name]
    while todo:
        before = _ancestors_of(records[todo.pop()], records) - found
        found |= before
        todo += before
    return found - {name}


def clock_remarks(records: Mapping[str, Content], names: Collection[str] | None = None) -> list[str]:
    """Return which records say that they are older than a record that they follow, as sentences.

    :param names: the records to look at; None for all
    """
    return [
        f"{name} follows {before} and says that it is older: a clock was set back, or the clocks of two control nodes differ. The "
        "order of the runs is that of the chain"
        for name, content in records.items()
        if names is None or name in names
        for before in followed_by(content)
        if before in records and _moment(content) < _moment(records[before])
    ]


def gap_remarks(records: Mapping[str, Content]) -> list[str]:
    """Return which fetched records follow one that is not here, as sentences; of our own that is a break of the chain."""
    return [
        f"{name} follows {before}, which is not here: its place is that before the records which follow it"
        for name, content in records.items()
        if content.get("origin")
        for before in not_here(content, records)
    ]


def unordered(names: Sequence[str], records: Mapping[str, Content]) -> list[tuple[str, str]]:
    """Return the neighbours in an order of which the chain does not say that the first one comes first.

    :param names: records in the order of :func:`chain_order`, possibly not all
    :param records: all known records
    """
    return [
        (one, other)
        for one, other in pairwise(names)
        if "previous" in records[one] and one not in ancestors(other, records)
    ]


def _moment(content: Content) -> datetime:
    return datetime.fromisoformat(content["started"])


def chain_breaks(records: Mapping[str, Content]) -> list[str]:
    """Return the breaks of the chain as sentences; empty where it is whole.

    The links of a fetched record are not checked: it follows records of another control node, which need not be here.
    """
    found = []
    for name, content in records.items():
        if not content.get("origin"):
            for link in content.get("previous") or ():
                before = records.get(link["name"])
                if before is None:
                    found.append(f"{name} follows {link['name']}, which is missing")
                elif digest(before) != link["sha256"]:
                    found.append(f"{link['name']} was changed after {name} had been written")
        undone_by = content.get("undone_by")
        rollback = records.get(str(undone_by), {})
        if undone_by and undone_by != FOUND_UNDONE and name not in (rollback.get("undoes") or ()):
            found.append(f"{name} says that {undone_by} undid it, which no such record confirms")
    return found
