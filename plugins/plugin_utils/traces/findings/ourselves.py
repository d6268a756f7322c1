# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tells what on an appliance is of a control node of ours: one question for each kind of trace. Alarm, status, hunt, read_logs and watch ask it.

A name alone proves nothing, since an attacker can give his file the name of our lock and send our User-Agent. A file is ours only where its name *and*
its content are those of a run that this control node knows; a command only where user, address and time fit; a request only where the run id, the
address and the time fit. What has our form and no such run cannot be told: another control node may have left it, and so may anybody.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from ...appliance.nitro.file_limits import DIRECTORY, LARGEST
from ...catalogue.counted_requests import CountedRequests
from ...catalogue.record_trust import RecordTrust
from ...change.planning.state_reader import GLOBAL_BINDING
from ...change.records.lease_files import is_lease_name
from ...change.records.lock_content import LARGEST as LARGEST_LOCK
from ...change.records.lock_content import Lock
from ...change.records.record_copies import Copy, stems
from ...change.records.sent_probes import request_key
from ...change.records.signing import provenance_of
from ...foundation.errors import TourniquetError
from ...foundation.json_values import json_values
from ...policies.management_requests import is_management_path
from .covered_times import CoveredTimes
from .own_hits import DEFAULT, began_again, doubtful, hits_in_doubt, own_hits, since, since_start
from .own_runs import LONGEST_TEST, MARGIN, UNFINISHED, OwnLine, OwnProbes, OwnRun, OwnScript, OwnShell, OwnTest
from .whose import NOT_OURS, Answer, Doubt, SeenRequest, Whose, ours, unknown

LOST_CLIENTS = ("", "127.0.0.1", "::1")
"""What a log has where it has lost the client: httpd of some builds logs its own address for the clients of a Gateway (samples of January 2020)."""
ZONES = timedelta(days=1)
"""How far the clock of a node, in its own zone, may be from that of a run."""
OWN_NAME = re.compile(r"tourniquet_[^/]*")
"""The names of the files that we write on a node."""
_LONGEST_NUMBER = 8
"""Characters of the number of a request behind the tag of a test of the alarm."""
_READS = (
    "hunt.yml or watch.yml has read as many paths that the rule matches, and nothing says whether the node lets policies judge its management address "
    "(no start-up line of ours does), so they may be these reads"
)
_FAILED_OVER = "the pair failed over in a run of ours, which ended at {}, so they may be its probes"
_DIED = "a run of ours that began at {} has not counted its probes (it died, it goes on, or the counters could not be read), so they may be these probes"
_NEAR_START = "the node was started about when runs of ours counted so many probes, and nothing says which came first, so they may be these probes"
_NO_START = (
    "nothing shows that the node was not started since (a clock was changed, a run of an earlier version did not note it, or allow the user: stat ns), "
    "and its counters begin anew then, so they may be probes of ours from before"
)
_RUN_OF_A_PROBE = re.compile(r"tourniquet-probe/([A-Za-z0-9._-]{1,64})")


@dataclass(frozen=True)
class Ourselves:
    """What of one appliance is ours.

    :ivar users: the accounts of the appliance with which the playbooks log on
    :ivar sources: the addresses from which this control node is seen by the appliance
    :ivar trust: whose signatures of copies count
    :ivar tests: the tests of the alarm
    :ivar script: None where no run has put one there
    :ivar lines: the lines of start-up files that runs have written
    :ivar probes: those of runs without a change record
    :ivar shells: the commands of runs that their change records do not show, such as those over SSH
    :ivar counted: our requests in hit counters, as the runs have counted them
    :ivar harmless: by :func:`.request_key`, the requests of the catalogue that a log shows whole
    :ivar removed: by policy that a run of ours has removed since, that run in words
    :ivar others: the other control nodes that are known here, by their names
    :ivar awaited: which notes of ours are known to be missing, as half a sentence; "" for none
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
    lines: tuple[OwnLine, ...] = ()
    removed: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    awaited: str = ""

    @property
    def not_recognised(self) -> tuple[str, str] | None:
        """Which probes cannot be told from attempts, and why, as clauses; None where each has an address."""
        if all(one.sources for one in self.probes):
            return None
        return (
            "probes of other control nodes",
            "nobody has named their addresses (sources), so they are of unknown origin, or among the attempts",
        )

    @property
    def global_policies(self) -> frozenset[str]:
        """The policies that runs of ours have bound globally, whether they still are or not."""
        return frozenset(
            name.split(" ")[1] for run in self.runs for name in run.objects if name.startswith(f"{GLOBAL_BINDING} ")
        )

    @property
    def maybe(self) -> str:
        """Say who else of ours may have left a trace that no notes here explain."""
        names = f" ({', '.join(self.others)})" if self.others else ""
        return f"another control node{names} may have done it: its notes, or its address, are not here. Anybody can do the same"

    # -- requests -------------------------------------------------------------------------------------------------------

    def request(self, seen: SeenRequest) -> Answer:
        """Tell whose a request in a log of a web server is: run, address and time must fit, since anyone can send the same text."""
        test = next(
            (one for one in self._tests_at(seen.url, seen.time) if seen.source in (one.source, *self.sources)), None
        )
        if test is not None:
            return Answer(Whose.OURS, test.run)
        runs = self._runs_named(seen.agent, seen.source)
        run = _covering(runs, seen.time)
        if run is not None:
            return ours(run)
        if runs and seen.time is not None:
            off = min((seen.time - one.began for one in runs), key=abs)
            why = "run and address are ours, and the time is not: a clock was off then, or somebody sends the same text"
            return Answer(
                Whose.UNKNOWN, runs[0].id, runs[0].record, runs[0].control_node, Doubt.OTHER_TIME, why, off=off
            )
        lost = self._without_client(seen)
        if lost is not None:
            why = "run and time are ours, and the log has lost the client: ours as often as we have sent it"
            return Answer(Whose.UNKNOWN, doubt=Doubt.LOST_CLIENT, why=why, lost=lost)
        return unknown(Doubt.UNKNOWN_ORIGIN, self.maybe) if self._has_our_form(seen) else NOT_OURS

    def message(self, url: str, source: str, time: datetime | None, *, is_attack: bool) -> Answer:
        """Tell whose a request is that a policy has logged: address and time must fit. The message has no run.

        :param is_attack: a rule of ours has matched, or the URL has the form of an attack
        :param time: with its zone; None where the line has none
        """
        test = next((one for one in self._tests_at(url, time) if source in (one.source, *self.sources)), None)
        if test is not None:
            return Answer(Whose.OURS, test.run)
        if not is_attack or time is None:
            return NOT_OURS
        if any(source in sources and time in times for sources, times in self._probing):
            named = (run for sources, run in self._with_sources() if source in sources and run.covers(time))
            return next(map(ours, named), NOT_OURS)
        if source in self.sources and is_management_path(url):
            why = "it is a request to NITRO from our address, and no run here has noted this time: a run that only reads notes what our policies have counted"
            return unknown(Doubt.OTHER_TIME, why)
        return NOT_OURS

    def of_start(self, node: str, started: datetime | None, text: str) -> Ourselves:
        """Return what is ours, without the requests that the counters of a node lost when it was started; parameters as of :func:`.since_start`."""
        return replace(self, counted=tuple(since_start(self.counted, node, started, text)))

    def began_again(self, node: str, now: Mapping[str, int], at: datetime, partition: str) -> dict[str, int]:
        """Return by policy its counter where it is lower than a run of ours has left it; parameters as of :func:`.began_again`."""
        return began_again(self.counted, node, now, at, partition)

    def hits(
        self,
        node: str,
        now: Mapping[str, int],
        at: datetime | None = None,
        counters: Mapping[str, int] | None = None,
        partition: str = DEFAULT,
    ) -> dict[str, int]:
        """Return by policy of a partition how many of its hits are our requests.

        :param node: on which the counters were read
        :param now: by policy, its counter
        :param at: the time of an earlier reading of the node, and counters what it read: only what came after it counts; None for all
        """
        return own_hits(self._counted_since(at, counters), node, now, partition)

    def hits_in_doubt(
        self,
        node: str,
        now: Mapping[str, int],
        at: datetime | None = None,
        counters: Mapping[str, int] | None = None,
        partition: str = DEFAULT,
    ) -> dict[str, int]:
        """Return by policy how many more of its hits may be our requests; :meth:`why_in_doubt` says why. Parameters as of :meth:`hits`."""
        return hits_in_doubt(self._counted_since(at, counters), node, now, partition)

    def why_in_doubt(
        self, node: str, policy: str, at: datetime | None = None, counters: Mapping[str, int] | None = None
    ) -> str:
        """Return why hits of a policy may be our requests, as a clause. Parameters as of :meth:`hits`."""
        found = doubtful(self._counted_since(at, counters), node, policy)
        died = max((one.at for one in found if one.most), default=None)
        in_doubt = [one for one in found if one.in_doubt.get(policy)]
        failed_over = max((one.at for one in in_doubt if one.failed_over), default=None)
        why = [
            *([_DIED.format(f"{died:%Y-%m-%d %H:%M} UTC")] if died else []),
            *([_FAILED_OVER.format(f"{failed_over:%Y-%m-%d %H:%M} UTC")] if failed_over else []),
            *(
                [_READS]
                if not all(one.is_near_start or one.is_start_unknown or one.failed_over for one in in_doubt)
                else []
            ),
            *([_NEAR_START] if any(one.is_near_start for one in found) else []),
            *([_NO_START] if any(one.is_start_unknown for one in found) else []),
        ]
        return "; ".join(why)

    def _counted_since(self, at: datetime | None, counters: Mapping[str, int] | None) -> Iterable[CountedRequests]:
        return self.counted if at is None else since(self.counted, at, counters or {})

    def _runs_named(self, agent: str, source: str) -> list[OwnRun]:
        found = _RUN_OF_A_PROBE.fullmatch(agent)
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

    def _has_our_form(self, seen: SeenRequest) -> bool:
        """Return True if a request is one of the catalogue in the form of a probe: another control node may have sent it, and so may anybody.

        A User-Agent proves nothing, so the request itself decides: it reads only, or was refused.
        """
        if _RUN_OF_A_PROBE.fullmatch(seen.agent) is None or request_key(seen.method, seen.url) not in self.harmless:
            return False
        return seen.method in ("GET", "HEAD") or seen.status >= 400

    def _without_client(self, seen: SeenRequest) -> tuple[str, int] | None:
        """Return for a request of ours in a log without clients what it is one of, and how often we have sent exactly this one; None for any other."""
        found = _RUN_OF_A_PROBE.fullmatch(seen.agent)
        if seen.source not in LOST_CLIENTS or found is None or seen.time is None:
            return None
        test = next(self._tests_at(seen.url, seen.time), None)
        if test is not None:
            number = seen.url.partition(test.tag)[2][:_LONGEST_NUMBER].split("-")[1:2]
            return f"{test.tag}-{''.join(number)}", 1
        runs = [run for _sources, run in self._by_id.get(found[1], ())]
        if _covering(runs, seen.time) is None:
            return None
        key = request_key(seen.method, seen.url)
        return f"{found[1]} {key}", sum(run.sent.get(key, 0) for run in runs)

    def _tests_at(self, url: str, time: datetime | None) -> Iterator[OwnTest]:
        """Yield the tests whose tag a URL has, at their time: who reads the log can send the same URL again."""
        if time is not None and "tq-alarm-" in url:
            for test in self.tests:
                if test.tag in url and test.at - LONGEST_TEST - MARGIN <= time <= test.at + MARGIN:
                    yield test

    # -- commands and log-ons -------------------------------------------------------------------------------------------

    def command(self, user: str, source: str, time: datetime | None) -> Answer:
        """Tell whose a command in a log is, by NITRO or over SSH: account, address and time must fit.

        :param time: with its zone; None where the line has none
        """
        run = _covering(self._acting(user, source), time)
        if run is not None:
            return ours(run)
        theirs = _covering((one.run for one in self.shells if one.run.control_node and one.user == user), time)
        if theirs is not None:
            why = f"the control node {theirs.control_node} has noted commands of this account then, and a note never says from where they came"
            return unknown(Doubt.UNKNOWN_ORIGIN, why, theirs)
        return unknown(Doubt.UNKNOWN_ORIGIN, self.maybe) if self._is_account(user) else NOT_OURS

    def log_on(self, user: str, source: str, time: datetime | None) -> Answer:
        """Tell whose a log-on is: account, address and time must fit. A run that only reads leaves no note of its time.

        :param time: with its zone; None where the line has none
        """
        if source not in self.sources or not self._is_account(user):
            return NOT_OURS
        run = _covering((*self._acting(user, source), *(one.run for one in self.probes)), time)
        why = "account and address are ours, and no run here has noted this time: a run that only reads notes none"
        return unknown(Doubt.OTHER_TIME, why) if run is None else ours(run)

    def _is_account(self, user: str) -> bool:
        return user in self.users or any(one.user == user for one in self.shells)

    def _acting(self, user: str, source: str) -> Iterator[OwnRun]:
        """Yield the runs that can have given commands as a user from an address."""
        if source in self.sources:
            yield from (one.run for one in self.shells if one.user == user and not one.run.control_node)
            yield from self._writing if user in self.users else ()

    @property
    def _writing(self) -> Iterator[OwnRun]:
        """Yield the runs that have written, or may have: a note is there before the change record."""
        yield from self.runs
        yield from (one.run for one in self.probes if one.writes)

    # -- what is on the nodes -------------------------------------------------------------------------------------------

    def file(self, path: str, content: bytes | None = None, sha256: str = "") -> Answer:
        """Tell whose a file is: the script or the lock of one of the runs, or a copy of a record that a known control node has signed.

        :param content: None where it was not read; sha256: of its content, in hexadecimal, where only that is known
        """
        directory, _slash, name = path.rpartition("/")
        if OWN_NAME.fullmatch(name) is None:
            return NOT_OURS
        script = self.script
        if script is not None and path == script.path and (content is not None or sha256):
            digest = sha256 if content is None else hashlib.sha256(content).hexdigest()
            return Answer(Whose.OURS) if script.is_it(path, digest) else unknown(Doubt.UNKNOWN_ORIGIN, self.maybe)
        run = None
        if directory == DIRECTORY and content is not None and len(content) <= LARGEST:
            run = self._of_lock(content) if is_lease_name(name) else self._of_copy(name, content)
        return unknown(Doubt.UNKNOWN_ORIGIN, self.maybe) if run is None else run

    def _of_lock(self, content: bytes) -> Answer | None:
        """A lock has no signature, so nothing else may be in the file: it must be exactly what a run writes."""
        if len(content) > LARGEST_LOCK:
            return None
        lock = Lock.parse(content)
        if lock.to_bytes() != content:
            return None
        return next((ours(run) for run in self._writing if run.id == lock.run), None)

    def _of_copy(self, name: str, content: bytes) -> Answer | None:
        for stem in stems([name]):
            try:
                copy = Copy.parse(f"{stem}.json", content)
                signed = None if copy.content is None else provenance_of(copy.content, copy.name, self.trust)
                if copy.content is not None and signed is not None and signed.is_trusted:
                    return Answer(Whose.OURS, str(copy.content.values["run"]), copy.name, signed.signer)
            except TourniquetError:
                return None
        return None

    def crontab_line(self, path: str, line: bytes) -> Answer:
        """Tell whose a line of a crontab or a start-up file is."""
        return Answer(Whose.OURS) if line.strip() in self.lines_of(path) else NOT_OURS

    def lines_of(self, path: str) -> tuple[bytes, ...]:
        """Return the lines that runs of ours have written into a crontab or a start-up file."""
        script = self.script
        own = [one.line.encode() for one in self.lines if one.path == path]
        return (*own, *([script.line.encode("ascii")] if script is not None and path == script.crontab else []))

    def process(self, line: bytes) -> Answer:
        """Tell whose a process is: a list of processes shows no content, so one with the path of our script cannot be told."""
        script = self.script
        if script is None or not line.rstrip().endswith(script.path.encode()):
            return NOT_OURS
        return unknown(Doubt.UNKNOWN_ORIGIN, "it has the path of our script, and anybody can name a process so")

    def report(self, line: bytes) -> Answer:
        """Tell whose a line of a log is that has the form of a report of our script."""
        is_ours = self.script is not None and self.script.is_report(line)
        return Answer(Whose.OURS) if is_ours else NOT_OURS

    def saved_change(self, name: str, after: datetime, by: datetime) -> Answer:
        """Tell whose a change is that is in one save of the configuration and not in the one before it.

        Whoever changes an object of ours at another time, or binds something to a virtual server that we have switched, is somebody else.

        :param name: type and key of the object, as change records name it; after: the time of the save before, in UTC without a zone; by: of the save
        """
        between = (run for run in self.runs if _is_between(run, after, by))
        found = (run for run in between if any(f"{one} ".startswith(f"{name} ") for one in run.objects))
        return next((ours(run) for run in found), NOT_OURS)

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


def _covering(runs: Iterable[OwnRun], time: datetime | None) -> OwnRun | None:
    """Return the first of some runs that a time, with its zone, is within."""
    return None if time is None else next((run for run in runs if run.covers(time)), None)


def _is_between(run: OwnRun, after: datetime, by: datetime) -> bool:
    began, ended = (
        time.astimezone(UTC).replace(tzinfo=None) for time in (run.began, run.ended or run.began + UNFINISHED)
    )
    return began - ZONES <= by and after <= ended + ZONES


NOBODY = Ourselves("")
"""What is known where no notes are looked at: nothing is ours."""
