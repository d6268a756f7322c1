# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What on an appliance is ours: files, commands and probes. The hunt subtracts it; other people's scanners can be given it.

A name alone proves nothing, since an attacker can give his file the name of our lock. A file is ours only where its name *and* its content are those of a
lock or of a copy of a change record of a run that this control node knows; a command only where user, address and time fit; a request only where the
run id, the address and the time fit.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from ...appliance.nitro.file_limits import DIRECTORY, LARGEST
from ...catalogue.counted_requests import CountedRequests
from ...catalogue.record_trust import RecordTrust
from ...change.records.change_record import ChangeRecord
from ...change.records.lease_files import is_lease_name
from ...change.records.lock_content import LARGEST as LARGEST_LOCK
from ...change.records.lock_content import Lock
from ...change.records.record_copies import Copy, stems
from ...change.records.record_list import all_records
from ...change.records.record_states import RecordKind
from ...change.records.sent_probes import SentProbes, probes_of_others, request_key, sent_probes
from ...change.records.signing import provenance_of
from ...foundation.errors import InvalidInput, TourniquetError
from ...foundation.json_values import Part, json_values, written
from .covered_times import CoveredTimes
from .own_hits import counted_by, own_hits, since

MARGIN = timedelta(minutes=5)
"""How far a time on a node may be outside of a run."""
LONGEST_TEST = timedelta(minutes=10)
"""How long a test of the alarm may wait."""
UNFINISHED = timedelta(hours=1)
"""How long a run may have lasted that has no end in its record."""
LOST_CLIENTS = ("", "127.0.0.1", "::1")
"""What a log has where it has lost the client: httpd of some builds logs its own address for the clients of a Gateway (samples of January 2020)."""
_BY_US = ("blocked by us", "blocked by another measure of ours")
"""The signs of probes that a policy of ours has answered, as records have them."""
_LONGEST_NUMBER = 8
"""Characters of the number of a request behind the tag of a test of the alarm."""
_REPORT = rb"[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} (?:<[a-z0-9.]+> )?\S+ (?:%b)(?:\[\d+\])?: (?:checked \d+ files: |(?:new|changed|gone) /)"
"""A report as syslogd writes it; templates/on_box/watch.j2 has its forms."""
_RUN_OF_A_PROBE = re.compile(r"tourniquet-probe/([A-Za-z0-9._-]{1,64})")


@written(Part("id", "run"), "record", "measure", "began", ended=lambda run: run.ended or "")
@dataclass(frozen=True)
class OwnRun:
    """One run of this control node on one appliance.

    :ivar record: the name of its change record; "" where it has none
    :ivar began: and ended, with their zone; ended is None where its end is not known
    :ivar objects: what the run created, changed or removed, as NITRO's type and name
    :ivar copies: the nodes that have a copy of its record
    :ivar sent: by request, how often it has sent a probe that no policy of ours has answered; see :func:`.request_key`
    """

    id: str
    record: str
    began: datetime
    ended: datetime | None = None
    measure: str = ""
    objects: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    sent: Mapping[str, int] = field(default_factory=dict)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The first and the last time, by the clock of a node, that can be within the run."""
        return self.began - MARGIN, (self.ended or self.began + UNFINISHED) + MARGIN

    def covers(self, time: datetime) -> bool:
        """Return True if a time, with its zone, is within the run."""
        first, last = self.span
        return first <= time <= last


@dataclass(frozen=True)
class OwnProbes:
    """The probes of one run without a change record, which changed nothing.

    :ivar run: as :class:`OwnRun`
    :ivar sources: the addresses that they can have. What another control node says of its runs never says from where they came: a person does
    """

    run: OwnRun
    sources: frozenset[str]


@dataclass(frozen=True)
class OwnShell:
    """The commands that one run gave to the nodes over SSH.

    :ivar user: the account
    """

    run: OwnRun
    user: str


@dataclass(frozen=True)
class OwnTest:
    """One test of the alarm by this control node.

    :ivar run: the id of the run, as in the User-Agent; source: the address of the control node; tag: the word in the URL, which is of this test alone
    :ivar at: its end, with its zone
    """

    run: str
    at: datetime
    source: str
    tag: str


@dataclass(frozen=True)
class OwnScript:
    """The script of ours that watches the files of each node (on_box.yml), by the change records.

    :ivar digests: the SHA-256 of each script that a run has written
    :ivar line: the line of the crontab that starts it
    :ivar tags: of its messages in the log
    """

    path: str
    digests: frozenset[str]
    crontab: str
    line: str
    tags: frozenset[str]

    def is_it(self, path: str, digest: str) -> bool:
        """Return True if a file is the script: by its content, since anyone who is root can write to its path."""
        return path == self.path and digest in self.digests

    def is_line(self, path: str, line: bytes) -> bool:
        """Return True if a line of a crontab is ours."""
        return path == self.crontab and line.strip() == self.line.encode("ascii")

    def is_report(self, line: bytes) -> bool:
        """Return True if a line of the log is one that the script writes: one of its tags, and one of its forms."""
        tags = b"|".join(re.escape(tag.encode()) for tag in sorted(self.tags))
        return re.match(_REPORT % tags, line) is not None


@dataclass(frozen=True)
class OwnChanges:
    """What of one appliance is ours.

    :ivar users: the accounts of the appliance with which the playbooks log on
    :ivar sources: the addresses from which this control node is seen by the appliance
    :ivar trust: whose signatures of copies count
    :ivar tests: the tests of the alarm
    :ivar script: None where no run has put one there
    :ivar probes: those of runs without a change record
    :ivar shells: the commands over SSH of this control node
    :ivar counted: our requests in hit counters, as the runs have counted them
    :ivar harmless: by :func:`.request_key`, the requests of the catalogue that a log shows whole
    """

    appliance: str
    runs: tuple[OwnRun, ...] = ()
    users: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    trust: RecordTrust = field(default_factory=RecordTrust)
    tests: tuple[OwnTest, ...] = ()
    script: OwnScript | None = None
    probes: tuple[OwnProbes, ...] = ()
    shells: tuple[OwnShell, ...] = ()
    counted: tuple[CountedRequests, ...] = ()
    harmless: frozenset[str] = frozenset()

    @property
    def not_recognised(self) -> tuple[str, str] | None:
        """Which probes cannot be told from attempts, and why, as clauses; None where each has an address."""
        if all(one.sources for one in self.probes):
            return None
        return (
            "probes of other control nodes",
            "nobody has named their addresses (sources), so they are of unknown origin, or among the attempts",
        )

    def is_own_file(self, directory: str, name: str, content: bytes | None) -> bool:
        """Return True if a file is the script or the lock of one of the runs, or a copy of a record that a known control node has signed.

        :param content: None where it was not read: then the file is not known to be ours
        """
        path, script = f"{directory.rstrip('/')}/{name}", self.script
        if script is not None and content is not None and path == script.path:
            return script.is_it(path, hashlib.sha256(content).hexdigest())
        if directory.rstrip("/") != DIRECTORY or content is None or len(content) > LARGEST:
            return False
        if is_lease_name(name):
            return self._is_own_lock(content)
        return self._is_own_copy(name, content)

    def _is_own_lock(self, content: bytes) -> bool:
        """A lock has no signature, so nothing else may be in the file: it must be exactly what a run writes."""
        if len(content) > LARGEST_LOCK:
            return False
        lock = Lock.parse(content)
        return lock.to_bytes() == content and any(run.id == lock.run for run in self.runs)

    def _is_own_copy(self, name: str, content: bytes) -> bool:
        for stem in stems([name]):
            try:
                copy = Copy.parse(f"{stem}.json", content)
                return copy.content is not None and provenance_of(copy.content, copy.name, self.trust).is_trusted
            except TourniquetError:
                return False
        return False

    def is_own_line(self, path: str, line: bytes) -> bool:
        """Return True if a line of a crontab starts the script of ours."""
        return self.script is not None and self.script.is_line(path, line)

    def is_own_report(self, line: bytes) -> bool:
        """Return True if a line of a log is a report of the script of ours."""
        return self.script is not None and self.script.is_report(line)

    def is_own_command(self, user: str, source: str, time: datetime | None) -> bool:
        """Return True if a command in a log was given by one of the runs, by NITRO or over SSH: account, address and time must fit.

        :param time: with its zone; None where the line has none
        """
        if source not in self.sources or time is None:
            return False
        by_ssh = any(one.user == user and one.run.covers(time) for one in self.shells)
        return by_ssh or (user in self.users and self._run_at(time) is not None)

    def is_own_request(self, user_agent: str, source: str, time: datetime | None) -> bool:
        """Return True if a request in a log is a probe of one of the runs: run, address and time must fit, since anyone can send the same text.

        :param time: with its zone; None where the line has none
        """
        return time is not None and any(run.covers(time) for run in self._runs_named(user_agent, source))

    def is_own_probe(self, source: str, time: datetime | None) -> bool:
        """Return True if a request that a policy of ours has matched is a probe of one of the runs: address and time must fit. The message has no run.

        :param time: with its zone; None where the line has none
        """
        return time is not None and any(source in sources and time in times for sources, times in self._probing)

    def hits(
        self, node: str, now: Mapping[str, int], at: datetime | None = None, counters: Mapping[str, int] | None = None
    ) -> dict[str, int]:
        """Return by policy of the default partition how many of its hits are our requests.

        :param node: on which the counters were read
        :param now: by policy, its counter
        :param at: the time of an earlier reading of the node, and counters what it read: only what came after it counts; None for all
        """
        counted = self.counted if at is None else since(self.counted, at, counters or {})
        return own_hits(counted, node, now)

    def is_own_log_on(self, user: str, source: str) -> bool:
        """Return True if a log-on came from an address of this control node with the account of the playbooks, or one that has given commands over SSH."""
        return source in self.sources and (user in self.users or any(one.user == user for one in self.shells))

    def time_off(self, user_agent: str, source: str, time: datetime | None) -> timedelta | None:
        """Return how far the time of a request is from the beginning of the run that it names, where run and address fit and the time does not; else None.

        :param time: with its zone; None where the line has none
        """
        runs = self._runs_named(user_agent, source)
        if time is None or not runs or any(run.covers(time) for run in runs):
            return None
        return min((time - run.began for run in runs), key=abs)

    def _runs_named(self, user_agent: str, source: str) -> list[OwnRun]:
        found = _RUN_OF_A_PROBE.fullmatch(user_agent)
        return [run for sources, run in self._by_id.get(found[1], ()) if source in sources] if found else []

    @cached_property
    def _by_id(self) -> dict[str, list[tuple[frozenset[str], OwnRun]]]:
        """By the id of a run, the addresses that its probes can have."""
        found: dict[str, list[tuple[frozenset[str], OwnRun]]] = {}
        for sources, run in self._with_sources():
            found.setdefault(run.id, []).append((sources, run))
        return found

    @cached_property
    def _probing(self) -> list[tuple[frozenset[str], CoveredTimes]]:
        """When probes of ours can have come from some addresses."""
        spans: dict[frozenset[str], list[tuple[datetime, datetime]]] = {}
        for sources, run in self._with_sources():
            spans.setdefault(sources, []).append(run.span)
        return [(sources, CoveredTimes(own)) for sources, own in spans.items()]

    def _with_sources(self) -> Iterator[tuple[frozenset[str], OwnRun]]:
        yield from ((self.sources, run) for run in self.runs)
        yield from ((one.sources, one.run) for one in self.probes)

    def is_own_test(self, url: str, source: str, time: datetime | None) -> bool:
        """Return True if a URL in a log is that of a test of the alarm: tag, address and time must fit, since who reads the log can send the same URL again.

        :param time: with its zone; None where the line has none
        """
        return any(source in (test.source, *self.sources) for test in self._tests_at(url, time))

    def is_of_unknown_origin(self, user_agent: str, method: str, url: str, status: int) -> bool:
        """Return True if a request is one of the catalogue in the form of a probe: another control node may have sent it, and so may anybody.

        A User-Agent proves nothing, so the request itself decides: it reads only, or was refused.
        """
        if _RUN_OF_A_PROBE.fullmatch(user_agent) is None or request_key(method, url) not in self.harmless:
            return False
        return method in ("GET", "HEAD") or status >= 400

    def without_client(
        self, user_agent: str, method: str, url: str, source: str, time: datetime | None
    ) -> tuple[str, int] | None:
        """Return for such a request what it is one of, and how often we have sent exactly this one; None for any other request.

        :param time: with its zone; None where the line has none
        """
        found = _RUN_OF_A_PROBE.fullmatch(user_agent)
        if source not in LOST_CLIENTS or found is None or time is None:
            return None
        test = next(self._tests_at(url, time), None)
        if test is not None:
            number = url.partition(test.tag)[2][:_LONGEST_NUMBER].split("-")[1:2]
            return f"{test.tag}-{''.join(number)}", 1
        runs = [run for _sources, run in self._by_id.get(found[1], ())]
        if not any(run.covers(time) for run in runs):
            return None
        key = request_key(method, url)
        return f"{found[1]} {key}", sum(run.sent.get(key, 0) for run in runs)

    def _tests_at(self, url: str, time: datetime | None) -> Iterator[OwnTest]:
        """Yield the tests whose tag a URL has, at their time."""
        if time is not None and "tq-alarm-" in url:
            for test in self.tests:
                if test.tag in url and test.at - LONGEST_TEST - MARGIN <= time <= test.at + MARGIN:
                    yield test

    def _run_at(self, time: datetime | None) -> OwnRun | None:
        return None if time is None else next((run for run in self.runs if run.covers(time)), None)

    def values(self) -> dict[str, Any]:
        """Return the list as JSON values, to be given to the user of another scanner."""
        runs = sorted((*self.runs, *(one.run for one in self.probes)), key=lambda run: (run.began, run.record))
        return {
            "appliance": self.appliance,
            "accounts": sorted(self.users),
            "addresses": sorted(self.sources),
            "user_agents": [
                f"tourniquet-probe/{run}"
                for run in dict.fromkeys([run.id for run in runs] + [test.run for test in self.tests])
            ],
            "url_tags": [test.tag for test in self.tests],
            "log_tags": sorted(self.script.tags) if self.script else [],
            "files": [f"{DIRECTORY}/tourniquet_lock.txt", f"{DIRECTORY}/tourniquet_lock_<number>.txt"]
            + [
                f"{DIRECTORY}/tourniquet_{run.record.removesuffix('.json')}_ended.txt"
                for run in self.runs
                if run.copies
            ]
            + ([self.script.path] if self.script else []),
            "cron": [f"{self.script.crontab}: {self.script.line}"] if self.script else [],
            "objects": sorted({name for run in self.runs for name in run.objects}),
            "runs": json_values(runs),
        }


def own_changes(
    directory: Path,
    appliance: str,
    trust: RecordTrust,
    users: Iterable[str] = (),
    sources: Iterable[str] = (),
    named: Iterable[str] = (),
) -> OwnChanges:
    """Return what of an appliance is ours, by the change records of this control node and the probes that it and others have noted. Reads files only.

    :param sources: the addresses of this machine
    :param named: those that a person has named, of this control node and of others
    :raises InvalidInput: where a record or the notes cannot be read
    """
    records = [record for record in all_records(directory, appliance, trust) if record.provenance.is_trusted]
    theirs = frozenset(named)
    every = theirs.union(sources)
    own, others = sent_probes(directory, appliance), probes_of_others(directory, appliance)
    probes = (
        *(OwnProbes(_probing(one), every) for one in own if not one.shell),
        *(OwnProbes(_probing(one), theirs) for one in others if not one.shell),
    )
    shells = tuple(OwnShell(_probing(one), one.shell) for one in own if one.shell)
    runs = tuple(sorted(map(_run, records), key=lambda run: (run.began, run.record)))
    counted = (*counted_by(records, (*own, *others)),)
    return OwnChanges(appliance, runs, frozenset(users), every, trust, probes=probes, shells=shells, counted=counted)


def _probing(one: SentProbes) -> OwnRun:
    return OwnRun(one.run, "", one.began, one.ended, "shell" if one.shell else "probes", sent=one.sent)


def _run(record: ChangeRecord) -> OwnRun:
    return OwnRun(
        id=record.run,
        record=record.name,
        began=datetime.fromisoformat(record.started),
        ended=datetime.fromisoformat(record.finished) if record.finished else None,
        measure=record.measure,
        objects=_objects(record),
        copies=record.copies,
        sent={}
        if record.kind is RecordKind.VERIFY
        else _sent(record.content.values.get("proof")),  # a verify has a note
    )


def _sent(proof: Any) -> dict[str, int]:
    """Return the probes that the proof of a record lists and no policy of ours has answered: the others reach no web server and no log of it."""
    proof = proof if isinstance(proof, dict) else {}
    vips = [one for part in ("before", "after", "controls") for one in _list(proof.get(part)) if isinstance(one, dict)]
    asked = [one for vip in vips for one in (*_list(vip.get("attacks")), *_list(vip.get("controls")))]
    texts = [str(one.get("request")) for one in asked if isinstance(one, dict) and one.get("sign") not in _BY_US]
    return dict(Counter(request_key(*f"{text} ".split(" ")[:2]) for text in texts))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(record: ChangeRecord) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(" ".join((step.type, *step.key)) for step in record.touched))
    except InvalidInput:  # a step of a type that this version does not know
        return ()
