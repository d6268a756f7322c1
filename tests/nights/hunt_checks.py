# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a hunt and a test of the alarm say that they did and found, held against the requests that the simulator saw, and against who attacked."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from simulator.node.node import Node
from tests.nights.held import Held
from tests.nights.night import Action
from tests.nights.shapes import INEFFECTIVE
from tests.nights.status_checks import BREAKS, hits_of_others, is_at, is_clear, observes
from tests.nights.world import INSIDE, Got

_LOOKED = re.compile(r" in (\d+) nodes?, (\d+) director(?:y|ies), (\d+) files?, (\d+) bytes")
_FILE = re.compile(r"/nitro/v1/config/systemfile/([^?]+)\?args=filelocation:(.*)$")
_LISTING = re.compile(r"/nitro/v1/config/systemfile\?args=filelocation:(.*)$")
START_UP = ("rc.netscaler", "/nsconfig")
"""The file that each session reads first, by its name and directory."""
_WORDS = {
    "compromise": "found a compromise",
    "attempt or review": "found attempts",
    "nothing found in what was looked at": "nothing found until",
    "no hunt": "not hunted",
    "incomplete": "is incomplete",
}
"""By what a hunt found, how that is told."""
_COUNT = re.compile(r"(\d+) (compromise|attempt|review)")
_FINDING = re.compile(
    r"; (?:attempt|review|compromise): ((?:(?!; (?:attempt|review|compromise): ).)*) \(responderpolicy (\S+)\)"
)
"""What a test of the alarm says of the requests of others, and at which policy."""

_ANEW = (*BREAKS, "counters_cleared")
"""After these, counters have begun anew."""
_LET_PAST = " answered 200: another machine, a policy before ours, or the build"
"""How it says that its request was served, and did not reach our policy."""


def wrong_searches(held: Held) -> Iterator[str]:
    """Yield what is not true of what the last action looked at and found."""
    last = held.actions[-1]
    if last.name == "hunt" and not last.said.startswith("refused"):
        yield from (f"the hunt says {last.said}, and {why}" for why in (*_looked(held, last), *_found(held, last)))
    if last.name == "alarm" and not last.said.startswith("refused"):
        yield from (f"the alarm says {last.said}, and {why}" for why in (*_alarm(held, last), *_of_lists(held, last)))


def wrong_hunt_words(held: Held) -> Iterator[str]:
    """Yield what a status of the catalogue says of the last hunt that does not fit what that found, or that it leaves out."""
    for appliance, result in held.found.catalogue.results.items():
        hunt = result.get("hunt")
        if not hunt:
            continue
        own = [one for one in held.where[appliance].actions if (one.name, one.by) == ("hunt", held.found.by)]
        word, text = str(hunt["outcome"]), str(hunt["text"])
        if _WORDS.get(word, "") not in text:
            yield f"the hunt of {appliance} found {word}, and it reads {text}"
        is_whole = own and " in " in own[-1].said and "INCOMPLETE" not in own[-1].said
        if is_whole and "how far back its logs reach is not known" in text:
            yield f"the logs of {appliance} have lines since the night began, and it reads {text}"


def _looked(held: Held, last: Action) -> Iterator[str]:
    said = _LOOKED.search(last.said)
    if said is None:
        if held.is_read(last.appliance):
            yield "does not say what it looked at"
        return
    asked = [one for one in held.night.journal[-1].requests if one.appliance == last.appliance and one.method == "GET"]
    listed = {(one.node, place[1]) for one in asked if one.status == 200 and (place := _LISTING.match(one.target))}
    files = Counter((one.node, found[1], found[2]) for one in asked if (found := _FILE.match(one.target)))
    # Each run reads the start-up file for what a restart leaves of a line of ours; a hunt that finds one looks into it, too.
    read = [one for one, times in files.items() if one[1:] != START_UP or times > 1]
    nodes, directories, numbers, size = map(int, said.groups())
    if nodes != len({node for node, _place in listed}):
        yield f"it listed directories of {len({node for node, _place in listed})} nodes"
    if directories != len(listed):
        yield f"it listed {len(listed)} directories"
    nodes_of = held.night.world.running(last.appliance).nodes
    tried = {(one.node, place[1]) for one in asked if (place := _LISTING.match(one.target))}
    if unnamed := sorted(place for _node, place in tried if not place.startswith("/")):
        yield f"it asked for the directory {unnamed[0]!r}"
    if files_listed := sorted(place for node, place in tried if place in nodes_of[node].files):
        yield f"it asked for what is in {files_listed[0]}, which is a file"
    if numbers != len(read):
        yield f"it read {len(read)} files"
    sizes = [_size(nodes_of[node], f"{place}/{name}") for node, name, place in read]
    if not sum(sizes) // 4 <= size <= 4 * sum(sizes) + 1000:
        yield f"these files have {sum(sizes)} bytes now"


def _size(node: Node, path: str) -> int:
    """Return how long a file is now, unpacked where it is packed; it may have been shorter when it was read."""
    file = node.files.get(path)
    data = bytes(file.content) if file is not None else b""
    return len(gzip.decompress(data)) if path.endswith(".gz") and data else len(data)


def by_a_wrong_clock(held: Held, last: Action) -> list[int]:
    """Return of each finding of a hunt how many lines of ours have another time than their run: true where somebody has set the clock of a node since."""
    if not any(one.name == "node_clock" for one in held.where[last.appliance].actions):
        return []
    findings = last.report.get("findings", []) if last.name == "hunt" else []
    found = (
        re.match(r"(\d+) lines? of probes that name a run of this control node, ", one["what"]) for one in findings
    )
    return [int(one[1]) for one in found if one]


def _found(held: Held, last: Action) -> Iterator[str]:
    """Who got in has left requests in logs, and each file that he left is found; where nobody attacked and all runs are known, nothing is to be looked at."""
    counts = {word: int(number) for number, word in _COUNT.findall(last.said)}
    here = held.where[last.appliance].actions
    inside = [one for one in here if one.name.startswith("attack") and one.said == "got in"]
    left = {one.left for one in held.night.world.break_ins if one.place.appliance == last.appliance}
    nodes = held.night.world.running(last.appliance).nodes
    there = sum(path in node.files for path in left for node in nodes if not path.startswith("/nsconfig"))
    if not held.is_read(last.appliance):
        return
    if inside and not any(one.name in ("reboot", "failover") for one in here) and not counts.get("attempt"):
        yield "the requests of who got in are in the logs"
    if counts.get("compromise", 0) != 2 * there:
        yield f"{there} files of attackers are there, each to be known by its place and by its words"
    if counts.get("attempt", 0) > 3 * max(1, len(inside)) * len(nodes):
        yield f"attackers got in {len(inside)} times"
    is_plain = is_clear(held, last.appliance) and not any("our_name" in one.name or one.by == "other" for one in here)
    if counts.get("review", 0) > len(by_a_wrong_clock(held, last)) and is_plain:
        yield "nothing is there that is neither ours nor an attacker's"


WHITELIST = "tq_url_whitelist"
"""Of the policies that match what is not listed: what they count may be an attack, or a page that is missing in the list."""


def _alarm(held: Held, last: Action) -> Iterator[str]:
    """A test sends a request that each bound policy of ours matches, says whether that shows, and tells the requests of others since the test before."""
    now, before = held.night.journal[-1], held.night.journal[-2] if len(held.night.journal) > 1 else None
    key = (last.appliance, "default", held.weakness.policy)
    inside = [one for one in held.places(last.appliance) if one.partition == "default"]
    is_bound = held.weakness.policy in now.bound.get(key[:2], {})
    is_open = any(held.now.got[one, INSIDE] is not Got.NOTHING for one in inside)
    if not held.is_read(last.appliance) or len({one.partition for one in held.places(last.appliance)}) > 1:
        return
    is_logged, works = is_log_on(held, last.appliance), re.search(r"in ([1-9]\d*) working alarm", last.said)
    there = now.there.get(key[:2], frozenset())
    is_any_bound = is_bound or any(name.startswith(WHITELIST) for name in there)  # bound at virtual servers
    if works and not (is_any_bound and is_logged and is_open):
        yield f"ours is bound: {is_bound}, what it stops is logged: {is_logged}, something is open: {is_open}"
    primary = held.now.builds[last.appliance][held.night.world.running(last.appliance).primary.index]
    if works and "INCOMPLETE" not in last.said and "monitoring unproven" in last.said:
        yield "all of it is proven"
    is_judged = any(one.name in ("cover", "dies") for one in held.where[last.appliance].actions)
    told, gaps = _told(held, last), _gaps(held, last)
    if "of unknown origin" in told and is_clear(held, last.appliance) and not is_judged:
        yield "no request of ours but those of records can have been counted"
    if "it only counts" in told and not observes(held, last.appliance):
        yield "ours blocks what it matches"
    if not is_bound or primary == INEFFECTIVE:  # which evaluates no policy there, and says so
        return
    is_let_past = _LET_PAST in last.said and all(
        held.now.passes[one] for one in inside
    )  # which says nothing of the log
    if (
        is_open
        and not is_logged
        and not is_let_past
        and _is_on(held, last.appliance)
        and "the log: user-defined audit logging is off" not in gaps
    ):
        yield "the log is off"
    if not is_open and "no request can be sent" not in gaps:
        yield "nothing is open"
    if is_open and _is_on(held, last.appliance) and not any(map(held.is_closed, inside)):
        if now.hits.get(key, 0) <= (before.hits.get(key, 0) if before else 0) and not is_let_past:
            yield "no request of it has reached our policy"
        if is_logged and not works and _is_on(held, last.appliance):
            yield "ours is bound, and what it stops is logged"
    yield from _of_others(held, last)


def _gaps(held: Held, last: Action) -> str:
    """Return why a test of the alarm proves nothing of our policy; its line has only the first reason, which may be of another weakness."""
    return "; ".join(one["why"] for one in last.report.get("not_seen", ()) if held.weakness.id in one["what"])


def _told(held: Held, last: Action) -> str:
    """Return what a test of the alarm says of the requests of others at our policy."""
    found = _FINDING.findall(last.said)
    return "; ".join(what for what, policy in found if policy.startswith(held.weakness.policy))


def is_log_on(held: Held, appliance: str) -> bool:
    """Return whether an appliance logs what policies stop."""
    rows = held.night.world.running(appliance).primary.running.rows.get("auditsyslogparams", {})
    return any(str(row.get("userdefinedauditlog", "NO")).upper() == "YES" for row in rows.values())


def _is_on(held: Held, appliance: str) -> bool:
    """Return whether policies are evaluated at all."""
    return "RESPONDER" in {one.upper() for one in held.night.world.running(appliance).primary.features}


def _of_others(held: Held, last: Action) -> Iterator[str]:
    """The requests of others are those of attackers since the last test of this control node."""
    actions = held.where[last.appliance].actions
    tests = [n for n, one in enumerate(actions[:-1]) if (one.name, one.by) == ("alarm", last.by)]
    before = hits_of_others(held, last.appliance, tests[-1] + 1 if tests else 0, anew=not tests)
    if before is None or (
        tests and "INCOMPLETE" in actions[tests[-1]].said and "audit logging" not in actions[tests[-1]].said
    ):
        return
    said = _told(held, last)
    told = re.search(r"matched (\d+) request", said)
    if int(told[1] if told else 0) != before:
        yield f"attackers have caused {before} hits since action {tests[-1] if tests else 0}"
    if not tests and "no attempts seen since" in last.said:
        yield "it is the first test"
    if before and "no attempts seen" in last.said:
        yield f"attackers have caused {before} hits"
    for since in re.findall(r"matched \d+ requests? of others since (the counters? began|[\d-]+ [\d:]+ UTC)", said):
        began = None if "counter" in since else datetime.strptime(since, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
        if (began is None) is bool(tests) or (began is not None and not is_at(held, tests[-1], began)):
            yield f"the test before was action {tests[-1] if tests else 'none'}, and it counts since {since}"
    for since in re.findall(r"(?:works|seen) since (\d{4}-\d\d-\d\d \d\d:\d\d) UTC", last.said):
        began = datetime.strptime(since, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        if not any(_works(held, n) and is_at(held, n, began) for n in (*tests, len(actions) - 1)):
            yield f"no test of it worked at {began}"


def _of_lists(held: Held, last: Action) -> Iterator[str]:
    """Each policy of a list has an alarm, and the requests of attackers that it has counted since the last test are told."""
    here, journal = held.where[last.appliance], held.night.journal
    inside = (last.appliance, "default")
    lists = sorted(one for one in journal[-1].there.get(inside, ()) if one.startswith(WHITELIST))
    alarmed = {policy for one in last.report.get("alarms", ()) for policy in one["policies"]}
    if alarmed and (missing := [one for one in lists if one not in alarmed]):
        yield f"{missing[0]} is there, and has no alarm"
    is_plain = is_clear(held, last.appliance) and not any(one.name in _ANEW for one in here.actions)
    tests = [n for n, one in enumerate(here.actions[:-1]) if (one.name, one.by) == ("alarm", last.by)]
    is_whole = not any("INCOMPLETE" in here.actions[n].said for n in (*tests, -1))
    for policy in lists if is_plain and is_whole and held.is_read(last.appliance) else ():
        was = [policy in entry.there.get(inside, ()) for entry in journal]
        first = was.index(True)
        counts = [
            entry.hits.get((*inside, policy), 0) if is_there else 0
            for entry, is_there in zip(journal, was, strict=True)
        ]
        since = tests[-1] + 1 if tests else 0
        wanted = sum(
            counts[n] - counts[n - 1]
            for n in range(max(first + 1, since), len(journal))
            if here.actions[n].name.startswith("attack")
        )
        told = [
            int(one[1])
            for finding in last.report.get("findings", ())
            if finding["where"].split(" ")[-1] == policy
            and (one := re.match(r"matched (\d+) request", finding["what"]))
        ]
        if all(was[first:]) and sum(told) != wanted:
            yield f"attackers have caused {wanted} hits at {policy} since action {since}, and it tells {told}"


def _works(held: Held, number: int) -> bool:
    return bool(re.search(r"in [1-9]\d* working alarm", held.actions[number].said))
