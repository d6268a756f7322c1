# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What clients did: requests (reading 1), sessions (3), rejected log-ons (4), names (5), text for a shell. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ...catalogue.entry import Level
from ...measures.registry import logging_profiles
from ...recorded_traffic.attack_signatures import resolved
from ...recorded_traffic.logged_request import RecordedRequest
from ..findings.lost_clients import LostClients
from ..findings.whose import Doubt, SeenRequest
from ..trace_rules.line_levels import is_text
from . import rules
from .bookmarks import Bookmarks
from .grouped_traces import Rule, Traces
from .known_of_appliance import KnownOfAppliance, network_of
from .log_line import LogKind, LogLine
from .parsers import address_in

REJECTED = "Authentication is rejected for "
SHELL_SYNTAX = ("`", "$(", "${", ";", "|", "&&", ">", "<")
_PHRASES = ("unexpectedly died", "missed too many heartbeats")
_OF_ENTRY = re.compile(  # as the templates of the catalogue write it
    r'"?tq_(?P<entry>[a-z0-9_]{1,60}) (?:blocked|would block) (?P<client>[0-9A-Fa-f.:]{2,45}) (?P<url>[^ "]{0,8192})',
    re.ASCII,
)
_WITHOUT_HOST = re.compile(r"\A[a-z]{1,8}://[^/]{1,300}", re.ASCII | re.IGNORECASE)
_ARMED_FILES = ("ns.log", "ns.log.0", "messages")
_IN_DOUBT = {
    Doubt.LOST_CLIENT: rules.PROBE_WITHOUT_CLIENT,
    Doubt.OTHER_TIME: rules.PROBE_AT_ANOTHER_TIME,
    Doubt.UNKNOWN_ORIGIN: rules.UNKNOWN_ORIGIN,
}
_STATIC = ("/vpn/media", "/vpn/scripts", "/vpn/theme")
_LARGE = 5 * 1024  # bytes; NSHUNT
_LOG_ON_BEFORE = timedelta(hours=12)
_MANY_USERS = 10
_MOST_CLIENTS = 10_000


class Requests:
    """Reading 1: requests with the form of an attack, by client and answer; our own probes are left out where run, address and time fit."""

    def __init__(self, known: KnownOfAppliance, traces: Traces, lost: LostClients) -> None:
        """:param lost: the lines of ours without a client"""
        self._known, self._traces, self._lost = known, traces, lost
        self._entries = frozenset(entry.id for entry in known.entries)
        self.own = 0

    def take(self, line: LogLine) -> bool:
        """Return True where the line is explained: a probe of ours, or a trace."""
        if line.kind is LogKind.PACKET_ENGINE:
            if "denied_url" in line.fields:
                return self._denied(line)
            return line.fields.get("event", "").endswith("Message") and self._message(line)
        if line.kind is not LogKind.ACCESS:
            return False
        fields = line.fields
        status = int(fields["status"] or 0)
        asked = (fields["agent"], fields["method"], fields["url"], fields["client"])
        answer = self._known.own.request(SeenRequest(*asked, line.time, status))
        if answer.is_ours or self._lost.takes(answer, f"{line.node} {line.log}"):
            self.own += 1
            return True
        request = RecordedRequest(
            fields["url"],
            client=fields["client"] or None,
            method=fields["method"] or None,
            status=status,
            agent=fields["agent"] or None,
        )
        client = fields["client"] or "client not logged"
        if status == 404 and int(fields["size"] or 0) > _LARGE and resolved(fields["url"])[0].startswith(_STATIC):
            self._traces.add(rules.LARGE_404, line, resolved(fields["url"])[0])
            return True
        if self._known.signatures is None or not self._known.signatures.matches(request):
            return False
        if answer.doubt is not None:
            is_lost = answer.doubt is Doubt.LOST_CLIENT
            self._traces.add(_IN_DOUBT[answer.doubt], line, f"status {status}" if is_lost else f"from {client}")
            return True
        rule = rules.ATTACK_ANSWERED if 200 <= status < 300 or status == 304 else rules.ATTACK
        self._traces.add(rule, line, f"{client} status {status}")
        return False

    def _message(self, line: LogLine) -> bool:
        """Take the message of a log action: that of an entry, whose rule has matched, or one that names client and URL."""
        entry = _OF_ENTRY.match(line.text)
        if entry is not None and entry["entry"] in self._entries:
            client, url, is_attack = address_in(entry["client"]), entry["url"], True
        else:
            _before, found, url = line.text.partition("url=")
            client = address_in(line.text.partition("client=")[2].split(" ", maxsplit=1)[0])
            signatures = self._known.signatures
            is_attack = bool(found) and signatures is not None and signatures.has(url.removesuffix('"'))
        answer = self._known.own.message(url, client, line.time, is_attack=is_attack)
        if answer.is_ours:
            self.own += 1
            return True
        if is_attack:
            rule = rules.OWN_READ_STOPPED if answer.is_unknown else rules.ATTACK_LOGGED
            self._traces.add(rule, line, client or "client not logged")
        return is_attack

    def _denied(self, line: LogLine) -> bool:
        """Take a violation of a deny URL: any of the profile of ours, and those of others that have the form of an attack."""
        fields = line.fields
        client, url = address_in(fields["client_ip"]), _WITHOUT_HOST.sub("", fields["denied_url"])
        signatures = self._known.signatures
        is_attack = fields["profile"] in logging_profiles() or (signatures is not None and signatures.has(url))
        if self._known.own.message(url, client, line.time, is_attack=is_attack).is_ours:
            self.own += 1
            return True
        if is_attack:
            self._traces.add(rules.ATTACK_AT_THE_FIREWALL, line, f"{client or 'client not logged'} {fields['done']}")
        return is_attack


class Names:
    """Readings 4 and 5: bytes of memory in rejected log-ons, shell syntax in names, and text that a job of an unfixed appliance gives to a shell."""

    def __init__(self, known: KnownOfAppliance, traces: Traces) -> None:
        self._known, self._traces = known, traces

    def take(self, line: LogLine) -> Level | None:
        """Return the level of a line by the words of a client in it, which hide nothing of a more urgent level; None where it has none."""
        rule, key = self._rule_of(line)
        if rule is not None:
            self._traces.add(rule, line, key)
        return None if rule is None else rule.level

    def _rule_of(self, line: LogLine) -> tuple[Rule | None, str]:
        if is_injected(line):
            rule = rules.SHELL_IN_NAME if self._known.is_armable is False or not is_waiting(line) else rules.ARMED
            return rule, line.fields.get("client_ip", "")
        _before, rejected, name = line.text.partition(REJECTED)
        if rejected and any(ord(letter) > 0x7F for letter in name):
            return rules.ODD_NAME if is_text(name.encode("latin-1")) else rules.LEAKED_BYTES, ""
        if any(sign in self._name(line) for sign in SHELL_SYNTAX):
            return rules.SHELL_IN_NAME, address_in(line.fields.get("client_ip", ""))
        return None, ""

    @staticmethod
    def _name(line: LogLine) -> str:
        if line.kind is LogKind.DAEMON and line.fields["process"] == "nsaaad":
            return line.text.partition("call to authenticate user :")[2]
        return line.fields.get("user", "") if line.kind is LogKind.PACKET_ENGINE else ""


def is_injected(line: LogLine) -> bool:
    """Return True for text that the job of an unfixed appliance looks for, in a line that its watchdog did not write.

    The words may be in any order (public teardown of CVE-2026-88771). A line of pitboss itself is a crash, unless it holds shell syntax.
    """
    text = line.raw.decode("latin-1").lower()
    if "pitboss" not in text or "ppe" not in text or not any(phrase in text for phrase in _PHRASES):
        return False
    written_by_it = line.kind is LogKind.DAEMON and line.fields.get("process") == "pitboss"
    return not written_by_it or any(sign in line.text for sign in ("`", "$(", "${", ";", "|", "&&"))


def is_waiting(line: LogLine) -> bool:
    """Return True where the job looks: ns.log, ns.log.0 and messages."""
    return line.file.removesuffix(".gz").removesuffix(".bz2") in _ARMED_FILES


class Sessions:
    """Reading 3: sessions without a log-on or from elsewhere, and clients with many users. The way of CERT.at's log checker: by networks.

    :ivar undecided: lines of sessions that may have begun before the log
    """

    def __init__(self, traces: Traces, bookmarks: Bookmarks, *, is_first: bool) -> None:
        """:param is_first: no earlier run has read what was before"""
        self._traces, self._bookmarks, self._is_first = traces, bookmarks, is_first
        self._reaches_back: datetime | None = None
        self._users: dict[str, set[str]] = {}
        self._networks = set(bookmarks.sessions.values())
        self.undecided = 0

    def take(self, line: LogLine) -> bool:
        event = line.fields.get("event", "")
        if line.kind is not LogKind.PACKET_ENGINE or not event.startswith(("SSLVPN ", "AAA ", "AAATM ")):
            return False
        if "imitates" in line.fields:
            self._traces.add(rules.IMITATION, line)
            return True
        self._reaches_back = self._reaches_back or line.time
        fields = line.fields
        client, session = address_in(fields.get("client_ip", "")), fields.get("sessionid", "")
        if event.endswith((" LOGIN", " LOGIN_FAILED")):
            self._log_on(line, client, fields.get("user", ""))
        if event.endswith(" LOGIN"):
            self._networks.add(network_of(client))
            self._bookmarks.remember_session(session, network_of(client))
        elif event.startswith("SSLVPN ") and session and client and not event.endswith(" LOGOUT"):
            self._used(line, session, client)
        return False

    def _log_on(self, line: LogLine, client: str, user: str) -> None:
        if client and (client in self._users or len(self._users) < _MOST_CLIENTS):
            users = self._users.setdefault(client, set())
            if len(users) < _MANY_USERS:
                users.add(user)
                if len(users) == _MANY_USERS:
                    self._traces.add(rules.MANY_USERS, line, client)

    def _used(self, line: LogLine, session: str, client: str) -> None:
        network, source = network_of(client), address_in(line.fields.get("source", ""))
        known = self._bookmarks.sessions.get(session)
        if (source and network_of(source) != network) or (known is not None and known != network):
            self._traces.add(
                rules.SESSION_FROM_ELSEWHERE, line, source if source and network_of(source) != network else client
            )
        elif known is None and network not in self._networks:
            began = self._reaches_back
            if self._is_first and (began is None or line.time is None or line.time < began + _LOG_ON_BEFORE):
                self.undecided += 1
            else:
                self._traces.add(rules.SESSION_WITHOUT_LOG_ON, line, client)
