# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Test the alarms of one appliance: send one tagged request for each, and look for it at each link until the time is over. Nothing is written there."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.log_download import DIRECTORY as LOGS
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.node_files import read_file
from ...appliance.nitro.partitions import partitions_not_covered
from ...appliance.nitro.rows import whole
from ...appliance.nitro.session import Row
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects.answer_marker import AnsweredBy, answered_by
from ...appliance.objects.ownership import PREFIX
from ...appliance.objects.virtual_servers import vip_of
from ...catalogue.counted_requests import CountedRequests
from ...catalogue.entry import MeasureForm
from ...catalogue.entry_file import load_entry
from ...catalogue.mitigation import entries_needed_by_the_appliance, load_mitigation
from ...catalogue.traffic import TrafficCase
from ...change.planning.state_reader import read_features
from ...change.records.usable_records import UsableRecords
from ...foundation.errors import NitroError, NotFound, Refused, TourniquetError
from ...judgement.course.build_track import GOOD, is_fixed_for
from ...judgement.inspection.closed_by_policy import closed_to_us
from ...judgement.proof.probes import Answer, Prober
from ...judgement.verdicts.counted_elsewhere import CountedElsewhere
from ...measures.alarm import GLOBAL, Alarm, AlarmReader, alarm_readers
from ...measures.registry import inventory_kinds
from ...traces.alarm_state.tagged_requests import (
    TaggedRequest,
    hits_without_line,
    holds_message,
    own_hits,
    risen,
    with_hits_behind,
)
from .alarm_chain import NO_RECEIVER, SETTINGS, Chain, Link, Settings, cause_of
from .alarms import LOG_ACTION, POLICY, TAG, Closings, read_alarms, with_request
from .receiver import Receiver, lines_with

NEWEST = {"loglevel": "ALL", "numofmesgs": "256"}
"""The newest messages, as many as NITRO gives (NITRO reference, auditmessages)."""
NS_LOG = "ns.log"
SERVERS, SERVER_POLICIES, SERVER_BINDINGS = (
    "auditsyslogaction",
    "auditsyslogpolicy",
    "auditsyslogglobal_auditsyslogpolicy_binding",
)
LONGEST_BREAK = 2.0


@dataclass(frozen=True)
class AlarmResult:
    """The result of a test.

    :ivar chains: one for each alarm
    :ivar hits: by policy of ours, its counter at the end; tested: how many of them are requests of this test
    :ivar node: the primary, as change records name it; started: when it was started, as it says itself, or ""
    :ivar started_at: the same by the clock of this control node; None where that is not known
    :ivar answers: to the requests
    :ivar elsewhere: how many of them may be in the counters of the other node of a pair
    :ivar not_covered: what was not tested, in words
    :ivar needless: why there is no policy of ours and none is needed; "" otherwise
    :ivar in_vain: why there is no policy of ours and none would notice anything; "" otherwise
    """

    chains: tuple[Chain, ...]
    hits: Mapping[str, int]
    tested: Mapping[str, int]
    node: str
    tag: str
    started: str = ""
    started_at: datetime | None = None
    answers: tuple[Answer, ...] = ()
    elsewhere: tuple[CountedRequests, ...] = ()
    not_covered: str = ""
    needless: str = ""
    in_vain: str = ""


@dataclass
class _Under:
    """An alarm whose request was sent.

    :ivar sent: by the clock of the test
    :ivar rise: by policy, the rise of its counter
    """

    alarm: Alarm
    tag: str
    sent: float
    answer: Answer
    seconds: dict[Link, float] = field(default_factory=dict)
    rise: Mapping[str, int] = field(default_factory=dict)

    @property
    def request(self) -> TaggedRequest:
        words = tuple(self.alarm.log_actions.values())
        # Without a connection no request has left: a hit in that time is of somebody else.
        was_sent = not self.answer.not_sent and bool(self.answer.source)
        return TaggedRequest(self.tag, words, self.rise, was_sent)


@dataclass(frozen=True)
class _Counters:
    """By name, the counters of our policies and log actions; a log action whose counter is not shown has none."""

    policies: Mapping[str, int]
    actions: Mapping[str, int]
    undefined: Mapping[str, int]
    levels: Mapping[str, str]


class AlarmTest:
    """The test on one appliance.

    :param receiver: where the syslog server writes; None where the log of the appliance is enough
    :param is_named: the operator said where the syslog server writes, or that there is none
    :param within: seconds in which the request must show everywhere
    :param closings: reads the records of our closings
    :param begins: called before the first request, with the counters from which on the requests count, and with those of the other node of a pair
    """

    def __init__(
        self,
        connection: Connection,
        catalogue: Path,
        receiver: Receiver | None,
        *,
        is_named: bool,
        run: str,
        within: float,
        closings: Closings = UsableRecords,
        begins: Callable[[CountedRequests, Sequence[CountedRequests]], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.connection = connection
        self.session = connection.primary
        self.catalogue = catalogue
        self.receiver = receiver
        self.is_named = is_named
        self.within = within
        self.closings = cache(closings)
        self.begins = begins
        self._sleep, self._clock = sleep, clock
        self._prober = Prober(run, connection.appliance.probe_from, budget=connection.budget)
        self._tag = f"{TAG}-{secrets.token_hex(8)}"
        self._before = _Counters({}, {}, {}, {})
        self._logged: list[bytes] = []
        self._readers: list[AlarmReader] = []  # of the kinds that are tested
        self._elsewhere = CountedElsewhere(connection, DEFAULT)

    def run(self) -> AlarmResult:
        """Send the requests, wait, and return what was seen.

        :raises TourniquetError: where the policies or their counters cannot be read
        """
        alarms = self._alarms()
        self._before = self._counters() if alarms else self._before
        started = time.time()
        tested = [
            (number, alarm, alarm.vip, alarm.case)
            for number, alarm in enumerate(alarms)
            if not alarm.untested and alarm.vip is not None and alarm.case is not None
        ]
        if tested and self.begins is not None:
            at, node = datetime.now(UTC), str(self.session.node)
            types = dict.fromkeys(alarm.policy_type for alarm in alarms)
            elsewhere = self._elsewhere.begin(self._before.policies, types, len(tested))
            self.begins(CountedRequests(at, node, counters=self._before.policies, most=len(tested)), elsewhere)
        sent = [self._send(alarm, vip, case, number) for number, alarm, vip, case in tested]
        self._wait(sent, started)
        now = self._counters() if alarms else self._before
        rise = risen(now.policies, self._before.policies, now.policies)
        chains = [Chain(alarm) for alarm in alarms if alarm.untested]
        settings = self._settings(now, sent) if any(self._broken(one) for one in sent) else Settings()
        chains += [self._chain(one, settings) for one in sent]
        member = self.connection.member(self.session)
        known = own_hits(alarms, self._logged, rise) | hits_without_line([one.request for one in sent], self._logged)
        return AlarmResult(
            chains=tuple(chains),
            hits=now.policies,
            tested=with_hits_behind(known, _behind(sent), rise),
            node=str(self.session.node),
            tag=self._tag,
            started=member.start,
            started_at=member.started_at,
            answers=tuple(one.answer for one in sent),
            elsewhere=self._elsewhere.counted(len(sent), dict.fromkeys(self._before.policies, len(sent))),
            not_covered=partitions_not_covered(self.session),
            needless="" if alarms else needless_because(self.connection, self.catalogue),
            in_vain="" if alarms else in_vain_because(self.connection, self.catalogue),
        )

    def _alarms(self) -> list[Alarm]:
        """Return the alarms of responder policies, and those of kinds that have other policies.

        :raises NitroError: where they cannot be read
        """
        appliance = self.connection.appliance
        alarms = read_alarms(self.session, appliance, self.catalogue, self._tag, self.closings)
        found = [(reader, alarm) for reader in alarm_readers() if (alarm := reader.read_alarm(self.session))]
        self._readers = [reader for reader, alarm in found if not alarm.untested]
        vservers = read_vservers(self.session) if self._readers else ()
        return [
            *alarms,
            *(
                alarm
                if alarm.untested
                else with_request(alarm, vservers, appliance, self.catalogue, self._tag, self.closings)
                for _reader, alarm in found
            ),
        ]

    # -- the request -------------------------------------------------------------------------------------------------

    def _send(self, alarm: Alarm, vip: Vip, case: TrafficCase, number: int) -> _Under:
        """Send the request of an alarm; each has a tag of its own, so that none proves another."""
        tag = f"{self._tag}-{number}-"
        tagged = replace(case, url=case.url.replace(self._tag, tag))
        sent = self._clock()
        return _Under(replace(alarm, case=tagged), tag, sent, self._prober.ask(vip, tagged))

    def _wait(self, sent: Sequence[_Under], started: float) -> None:
        """Look for the requests at each link until all are seen, or the time is over."""
        if not sent:
            return
        last, pause, is_last = max(one.sent for one in sent) + self.within, 0.1, False
        while True:
            self._look(sent, started, whole_log=is_last)
            if is_last or all(self._broken(one) is None for one in sent):
                return
            is_last = self._clock() + pause >= last
            self._sleep(min(pause, max(0.0, last - self._clock())))
            pause = min(2 * pause, LONGEST_BREAK)

    def _look(self, sent: Sequence[_Under], started: float, *, whole_log: bool) -> None:
        now = self._counters()
        lines = self._lines(whole_log=whole_log) if any(Link.LOG not in one.seconds for one in sent) else []
        self._logged = max(self._logged, lines, key=len)
        received = self.receiver.lines_with(self._tag, started) if self.receiver is not None else []
        for one in sent:
            one.rise = risen(one.alarm.policies, self._before.policies, now.policies)
            words = list(one.alarm.log_actions.values())
            shown = [name for name in one.alarm.log_actions if name in now.actions]
            counted = any(risen(shown, self._before.actions, now.actions).values())
            in_log = holds_message(lines, one.tag, words)
            seen = {
                Link.REQUEST: one.answer.status is not None or any(one.rise.values()),
                Link.HITS: any(one.rise.values()),
                Link.LOG_ACTION: counted or (in_log and not shown),
                Link.LOG: in_log,
                Link.RECEIVER: holds_message(received, one.tag, words),
            }
            after = self._clock() - one.sent
            for link, is_seen in seen.items():
                if is_seen:
                    one.seconds.setdefault(link, after)

    def _lines(self, *, whole_log: bool) -> list[bytes]:
        """Return the lines of the log that hold the tag: of the newest messages, and at the end of the whole log, since others may write much."""
        try:
            rows = self.session.read("auditmessages", args=NEWEST)
            lines = lines_with("\n".join(str(row.get("value", "")) for row in rows).encode(), self._tag)
        except NitroError:
            lines, whole_log = [], True
        if whole_log:
            try:
                lines = max(lines, lines_with(read_file(self.session, NS_LOG, LOGS) or b"", self._tag), key=len)
            except TourniquetError:
                return lines
        return lines

    # -- what the appliance shows ------------------------------------------------------------------------------------

    def _counters(self) -> _Counters:
        """Return the counters of all policies and log actions of ours, with two requests.

        :raises NitroError: where they cannot be read
        """
        policies = {
            str(row["name"]): whole(row.get("pipolicyhits")) or 0
            for row in self.session.read(POLICY, area="stat")
            if str(row.get("name", "")).startswith(PREFIX)
        }
        actions: dict[str, int] = {}
        undefined: dict[str, int] = {}
        levels: dict[str, str] = {}
        for row in self.session.read(LOG_ACTION):
            name = str(row.get("name", ""))
            hits = whole(row.get("hits"))
            if hits is not None:
                actions[name] = hits
            undefined[name] = whole(row.get("undefhits")) or 0
            level = row.get("loglevel")
            levels[name] = str(level[0] if isinstance(level, list) and level else level).upper()
        for own in (reader.read_counters(self.session) for reader in self._readers):
            policies |= own.policies
            actions |= own.behind
            levels |= own.levels
        return _Counters(policies, actions, undefined, levels)

    def _settings(self, now: _Counters, sent: Sequence[_Under]) -> Settings:
        """Read what explains a broken link; what cannot be read is left out."""
        session = self.session
        try:
            features: Mapping[str, bool] | None = read_features(session)
        except NitroError:
            features = None
        return Settings(
            features=features,
            parameters=_first(_rows(self.connection, SETTINGS)),
            levels=now.levels,
            undefined=risen(now.undefined, self._before.undefined, now.undefined),
            servers=self._servers(),
            closed=self._closed() if self._no_hit_behind_a_closing(sent) else {},
            ineffective=_policies(self.connection, self.catalogue),
            failed_over=self._failed_over(),
        )

    def _no_hit_behind_a_closing(self, sent: Sequence[_Under]) -> bool:
        """Return True if a policy that is bound where a step of closing may be bound in front of it has no hit."""
        return any(one.alarm.place != GLOBAL and self._broken(one) is Link.HITS for one in sent)

    def _closed(self) -> dict[Vip, str]:
        """Return by VIP the decision of a step of our closing that answers our requests; nothing where there is no record of one."""
        appliance, records = self.connection.appliance, self.closings().records
        client = appliance.probe_from or self.session.local_address
        try:
            vservers = read_vservers(self.session) if records else ()
        except NitroError:
            return {}
        found = ((vip_of(vserver, appliance), one) for vserver, one in closed_to_us(vservers, records, client))
        now = datetime.now(UTC)
        return {vip: one.text(now) for vip, one in found if vip is not None}

    def _servers(self) -> list[Row] | None:
        """Return the syslog servers whose policies are bound globally; None where they cannot be read."""
        servers, policies, bindings = (
            _rows(self.connection, type_) for type_ in (SERVERS, SERVER_POLICIES, SERVER_BINDINGS)
        )
        if servers is None or policies is None or bindings is None:
            return None
        bound = {str(row.get("policyname")) for row in bindings}
        used = {str(row.get("action")) for row in policies if str(row.get("name")) in bound}
        return [row for row in servers if str(row.get("name")) in used]

    def _failed_over(self) -> str:
        try:
            self.connection.confirm_primary()
        except (Refused, NitroError) as error:
            return f"the pair failed over meanwhile. Test it again ({error})"
        return ""

    # -- the result --------------------------------------------------------------------------------------------------

    def _broken(self, one: _Under) -> Link | None:
        """Return the first link at which a request was not seen. A syslog server that nobody has named is no reason to wait."""
        waited = (link for link in Link if link is not Link.RECEIVER or self.receiver is not None)
        return next((link for link in waited if link not in one.seconds), None)

    def _chain(self, one: _Under, settings: Settings) -> Chain:
        broken = self._broken(one)
        cause = ""
        if broken is None and not self.is_named:
            broken, cause = Link.RECEIVER, NO_RECEIVER
        elif broken is not None:
            cause = cause_of(
                broken,
                one.alarm,
                settings,
                error=one.answer.error or one.answer.not_sent,
                within=self.within,
                answer=str(one.answer.status or one.answer.error),
            )
        return Chain(one.alarm, dict(one.seconds), broken, cause, one.answer.error, self._not_shown(one))

    def _not_shown(self, one: _Under) -> str:
        """Return that a hit may be of somebody else: what answers in front of the appliance lets no request of ours come to it; "" where it is ours."""
        if Link.HITS not in one.seconds or Link.LOG in one.seconds or not one.request.was_sent:
            return ""
        by = answered_by(one.answer.head, self.connection.appliance.marker, one.alarm.measure)
        if by in (AnsweredBy.THIS, AnsweredBy.SOME):
            return ""
        answer = one.answer.status or one.answer.error
        return f"its hit may be of somebody else: neither log nor answer ({answer}) shows that it is of this test"


def _behind(sent: Sequence[_Under]) -> Iterator[tuple[Sequence[str], int]]:
    """Yield the policies of each list, and how many requests of other alarms went on to it: their own policies only count, or did not match them."""
    lists = inventory_kinds()
    for one in (one for one in sent if one.alarm.measure in lists and one.alarm.way is None):
        others = [other for other in sent if other.alarm.vip == one.alarm.vip and other.alarm.measure not in lists]
        went_on = [other for other in others if other.alarm.only_counts or not any(other.rise.values())]
        yield one.alarm.policies, sum(other.request.was_sent for other in went_on)


def _rows(connection: Connection, type_: str) -> list[Row] | None:
    """Return the rows of a type; None where they cannot be read."""
    try:
        return connection.primary.read(type_)
    except NotFound:
        return []
    except NitroError:
        return None


def _first(rows: Sequence[Row] | None) -> Row | None:
    return None if rows is None else (rows[0] if rows else {})


def in_vain_because(connection: Connection, catalogue: Path) -> str:
    """Return why no mitigation with a policy would notice anything on the build of the primary; "" where one would.

    :raises InvalidInput: where an entry cannot be read
    """
    why = _policies(connection, catalogue)
    if not all(why.values()):
        return ""
    return next(iter(why.values()), f"no weakness of {connection.build} has a mitigation with a policy")


def _policies(connection: Connection, catalogue: Path) -> dict[str, str]:
    """Return by entry with a mitigation of policies that the primary needs why its build does not evaluate them; "" where it does."""
    found: dict[str, str] = {}
    for id_ in entries_needed_by_the_appliance(catalogue):
        entry = load_entry(catalogue / id_)
        if entry.measure is None or entry.measure.form is MeasureForm.SETTING:
            continue
        if entry.build_state(connection.build) not in GOOD:
            why = load_mitigation(catalogue / id_).ineffective_because(connection.build)
            found[id_] = f"{connection.build}: {why}" if why else ""
    return found


def needless_because(connection: Connection, catalogue: Path) -> str:
    """Return that no policy by the vendor is needed; "" where one is, or where that is not known.

    Entries that protect servers behind the appliance do not count: who needs these is not known from an appliance.

    :raises InvalidInput: where an entry cannot be read
    """
    builds = tuple(node.build for node in connection.nodes if node.build is not None)
    if len(builds) < len(connection.nodes) or connection.missing_nodes or connection.is_cluster:
        return ""
    entries = [load_entry(catalogue / id_) for id_ in entries_needed_by_the_appliance(catalogue)]
    if not entries or not all(is_fixed_for(entry, builds) for entry in entries):
        return ""
    return f"{' and '.join(sorted({str(build) for build in builds}))} needs no policy by the vendor; the status says if it is exposed"
