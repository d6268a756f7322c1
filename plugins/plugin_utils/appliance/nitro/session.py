# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A NITRO session with one node: one login, one kept-alive TLS connection, and a logout in every case.

Only this module decides which requests are repeated: a read is; a write without an answer is not, it raises
:class:`OutcomeUnknown`, and the caller reads whether it was carried out. Sources: NITRO guide (login, warnings, error
handling); traces of real appliances in ansible-collection-netscaleradc issues 323, 378, 453, 492, 553.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import unquote

from ...foundation.errors import (
    AuthenticationFailed,
    CannotConnect,
    NitroError,
    NotAuthorized,
    NotFound,
    NotShown,
    OutcomeUnknown,
    Refused,
    TourniquetError,
)
from ...foundation.foreign_text import printable
from . import round_trip, time_budget
from .appliance import Address, Appliance
from .bounded_connection import AnswerTooLarge, BoundedConnection, ExchangeLimits
from .json_body import BrokenBody, parse_body
from .names import DEFAULT, UnusableName, has_stand_in, is_stand_in, with_usable_names
from .never_sent import SAVE, SAVED, is_never_sent
from .reading import Reading
from .rows import wrong_type
from .time_budget import TimeBudget
from .tls import client_context, fingerprint
from .url_encoding import encode_args, encode_name, quoted

# Many types have an error code of their own for "does not exist" (NITRO error list; terraform-provider-citrixadc acceptance tests).
NOT_FOUND_CODES = frozenset({258, 344, 351, 373, 461, 538, 1540, 2054, 2626, 2823, 3014, 3087, 3190, 3248, 3441, 3574})
EXPIRED_CODES = frozenset({444, 1027})
SAVE_IN_PROGRESS_CODES = frozenset({292, 293, 1461})
READ_ATTEMPTS = 3
LARGEST_ANSWER = 64 * 1024 * 1024  # bytes; an appliance with 10,000 ACLs has some 15 million
MOST_KEPT = 2 * LARGEST_ANSWER
"""The largest number of bytes of the answers that are kept for one block of reads; parsed, they take some ten times as much memory."""
_PIECE = 1024 * 1024  # bytes
_LONGEST_CODE = 10  # digits; those of the NITRO error list have at most five
_LONGEST_TOKEN = 4096  # characters; those of the traces have some 200
ENCODED = "its body is encoded, which was not asked for"
"""The problem of an answer with a compressed body."""
LOGOUT_TIMEOUT = 10.0  # seconds
_LONGEST_REASON = 200  # characters of why a log-on was refused, before the fix
_SHOWN = 200  # characters of what a broken answer has
SWITCH = "nspartition?action=Switch"
_TELL_THE_PARTITION = ("nspartition", "systemsession")
"""The types that say in which partition a session is."""
_COMMAND = re.compile(r"\[(.*)\]", re.DOTALL)
_WORDS_OF_A_RIGHT = 4  # verb, noun of two words, name of the object
_LONGEST_WORD = 60
_LONGEST_COMMAND = 80
_NO_CHANGE = frozenset({"login", "logout", "systemfile"})
_COOKIE = re.compile(r"(?:sessionid|NITRO_AUTH_TOKEN)=([^;]+)")

Row = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One answer of NITRO; `body` is empty where the answer has none (a create is answered 201 without a body).

    :ivar problem: why the body is not one of NITRO, as a clause; "" where it is
    :ivar cookies: the names of the cookies that it sets
    """

    status: int
    body: Mapping[str, Any]
    problem: str = ""
    cookies: tuple[str, ...] = ()

    @property
    def errorcode(self) -> int:
        return _code(self.body.get("errorcode", 0))

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))

    @property
    def is_warning(self) -> bool:
        """True for a warning, which is a success: status 209 or, of older builds, 200 with that severity in the body."""
        severity = str(self.body.get("severity", "")).upper()
        return severity != "ERROR" and (self.status == 209 or (self.status in (200, 201) and severity == "WARNING"))

    @property
    def is_success(self) -> bool:
        return not self.problem and (self.is_warning or (self.status in (200, 201) and self.errorcode == 0))


@dataclass(frozen=True)
class Exchange:
    """One request of a task, for the list in its result.

    :ivar is_nitro: NITRO itself answered, as it does to each read; False for a read without an answer, or that something in front has answered
    """

    node: str
    method: str
    path: str
    status: int | None
    is_nitro: bool = True

    @property
    def may_change(self) -> bool:
        """True if it may change more than our own files and the session itself."""
        type_ = self.path.removeprefix("/nitro/v1/config/").partition("?")[0].partition("/")[0]
        return self.method != "GET" and type_ not in _NO_CHANGE and not self.path.endswith(SWITCH)


def place(appliance: Appliance, node: Address, partition: str | None = None) -> str:
    """Return an appliance for messages, with the node of a pair and the partition if it is not the default one."""
    name = node if appliance.shares_an_address else node.host
    places = [f"node {name}"] if len(appliance.nodes) > 1 else []
    places += [f"partition {partition}"] if partition not in (None, DEFAULT) else []
    return appliance.name + (f" ({', '.join(places)})" if places else "")


class Session:
    """A NITRO session with one node. Use it as a context manager around :meth:`read`, :meth:`write` and :meth:`save`."""

    def __init__(
        self,
        appliance: Appliance,
        node: Address,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.appliance = appliance
        self.node = node
        self.partition: str | None = DEFAULT
        """The admin partition of the session; None after a switch that may have failed: then nothing is read or written."""
        self.exchanges: list[Exchange] = []
        self.connections = 0
        self.logins = 0
        """More than one means that the session ended in between, for example by a restart of the appliance."""
        self._sleep = sleep
        self._clock = clock
        self._connection: BoundedConnection | None = None
        self.budget = TimeBudget(appliance.task_timeout, 2 * appliance.save_timeout)
        """The time for all requests; the sessions of one task share it."""
        self.local_address = ""
        """The control node's address of the last connection, which may be closed; behind NAT the appliance sees another address."""
        self._token: str | None = None
        self.login_reply = Reply(0, {})
        """The answer to the last login, without its token: the name ``sessionid`` is there, if the answer had it."""
        self._sent_passwords: set[str] = set()
        """The passwords of users that were written in this session."""
        self._limit_of_its_own: int | None = None
        self._kept: dict[str, Reading] | None = None
        self._kept_size = self._last_size = 0  # bytes: of the answers that are kept, and of the last one
        self.unusable_names: set[UnusableName] = set()
        """The names that NITRO does not allow and that were read in this session; the rows have stand-ins instead."""

    @property
    def where(self) -> str:
        """The appliance for messages, with the node of a pair and the partition if it is not the default one."""
        return place(self.appliance, self.node, self.partition)

    # -- login and logout ---------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        try:
            self._login()
        except BaseException:
            self._disconnect()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        """Log out: an appliance has only some twenty sessions, and an idle one lasts half an hour."""
        self.budget = TimeBudget(LOGOUT_TIMEOUT)  # also where the time of the task is used up
        try:
            if self._token is not None:
                self._exchange("POST", "/nitro/v1/config/logout", {"logout": {}})
        except (CannotConnect, OutcomeUnknown):
            pass  # the session ends by its timeout; the result of the task does not change
        finally:
            self._token = None
            self._disconnect()

    def _login(self) -> None:
        self._token = None
        credentials = {"username": self.appliance.user, "password": self.appliance.password, "timeout": 900}
        request = "POST /nitro/v1/config/login"
        reply, cookie = self._exchange("POST", "/nitro/v1/config/login", {"login": credentials})
        if reply.status in (500, 502, 503, 504) and not reply.errorcode:
            raise CannotConnect(
                f"{self.where}: {self.node} answers HTTP {reply.status} to the login: NITRO is not ready (after a boot that takes "
                "minutes). Try again later."
            )
        if reply.status == 401:
            said = (self._not_nitro(reply) if reply.problem else reply.message)[:_LONGEST_REASON].rstrip(".")
            raise self._error(AuthenticationFailed, request, reply, f"{said or 'no message'}. {self._log_on_fix}")
        token = reply.body.get("sessionid") or cookie
        if not token and not reply.errorcode:
            said = self._not_nitro(reply) if reply.problem else "there is no session in the answer"
            raise CannotConnect(
                f"{self.where}: {self.node} does not answer to the login as NITRO does (HTTP {reply.status}: {said[:_LONGEST_REASON].rstrip('.')}). Name "
                f"the management address (NSIP) of the node in netscaler_nodes of {self.appliance.name}."
            )
        if not reply.is_success or not token:
            problem = self._not_nitro(reply) if reply.problem else reply.message or "no session in the answer"
            raise self._error(NitroError, request, reply, problem)
        if not isinstance(token, str) or len(token) > _LONGEST_TOKEN or not (token.isascii() and token.isprintable()):
            problem = f"the session of the answer is not text of at most {_LONGEST_TOKEN} characters. {self._advice}"
            raise NitroError(self.where, request, reply.status, reply.errorcode, problem)
        self._token = token
        self.login_reply = replace(reply, body=dict.fromkeys(reply.body, ""))
        self.logins += 1

    def enter(self, partition: str) -> None:
        """Switch to an admin partition, and read that the session is in it.

        :raises NitroError: where the appliance refused the switch
        :raises Refused: where the partition is gone, the session is not in it, or it cannot be read; then the session writes nothing any more
        """
        if is_stand_in(partition):
            raise Refused(
                f"{self.where}: the {partition} of a partition cannot be entered. Look at it on the appliance itself."
            )
        self.partition = None
        now = None
        for _attempt in range(2):  # a session that ends right after the switch starts again in the default partition
            self._forget()
            with contextlib.suppress(OutcomeUnknown), self._partition_named(partition):  # it is read below
                self._perform(
                    "POST",
                    "/nitro/v1/config/" + SWITCH,
                    {"nspartition": {"partitionname": partition}},
                    timeout=self.appliance.read_timeout,
                )
            now = current_partition(self)
            if now == partition:
                self.partition = partition
                return
        raise Refused(
            f"{self.where}: the session was to switch to the partition {partition}, and the appliance "
            + (f"says that it is in {now}" if now else "does not say in which one it is")
            + ". Nothing is written there."
        )

    @contextlib.contextmanager
    def _partition_named(self, partition: str) -> Iterator[None]:
        """Turn "not found" into a refusal that names the partition: of an object, it would mean that the object is absent.

        :raises Refused: where the partition is gone
        """
        try:
            yield
        except NotFound as error:
            raise Refused(
                f"{self.where}: the partition {partition} is gone since the partitions were listed ({error.message}). Run the same playbook again"
            ) from error

    # -- reads --------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def cached_reads(self, earlier: Mapping[str, list[Row]] | None = None) -> Iterator[Mapping[str, Reading]]:
        """Cache the answers of reads for a block that only reads, so that every part of it sees the same state, and yield the cache.

        A caller that writes by this state must check that nothing changed since (:mod:`change_transaction`). A write and a switch of the
        partition clear the cache. A block inside another one shares its answers.

        :param earlier: by path, answers of earlier reads that still hold (:mod:`earlier_reads`)
        """
        if self._kept is not None:
            yield self._kept
            return
        kept = {path: Reading.of(rows) for path, rows in (earlier or {}).items()}
        outer, self._kept = (self._kept, self._kept_size), kept
        try:
            yield self._kept
        finally:
            self._kept, self._kept_size = outer

    def _forget(self) -> None:
        if self._kept is not None:
            self._kept, self._kept_size = {}, 0

    def read(
        self,
        type_: str,
        name: str | None = None,
        *,
        args: Mapping[str, str] | None = None,
        area: str = "config",
        query: Mapping[str, str] | None = None,
    ) -> Reading:
        """Read the rows of a type; a singleton is returned as one row.

        :param name: read one object by its name
        :param args: NITRO's args; each value is encoded once
        :param area: config or stat
        :param query: further query options, such as bulkbindings=yes
        :returns: the rows, with stand-ins for names that NITRO does not allow (:mod:`names`); an empty list where the appliance reports none
        :raises Refused: where the partition of the session is not known: what another one has would be taken for what this one has
        :raises NotFound: where the named object (or the parent of the bindings) does not exist
        :raises NotShown: where the answer is a warning without rows, which does not mean "none"
        :raises NitroError: for every other error, which does not mean "none" either
        """
        path = _read_path(area, type_, name, args or {}, query or {})
        if self.partition is None and type_ not in _TELL_THE_PARTITION:
            raise Refused(
                f"{self.where}: it is not known in which partition the session is, so nothing is read. Run the same playbook again."
            )
        if self._kept is not None and path in self._kept:
            return self._kept[path].again()
        reply = self._perform("GET", path, None, timeout=self.appliance.read_timeout)
        if self._kept is not None:
            self._kept_size += self._last_size
            if self._kept_size > MOST_KEPT:
                text = f"the answers to the reads so far have more than {MOST_KEPT:,} bytes together. {self._advice}"
                raise self._broken(path, reply, text)
        rows = self._rows(path, type_, reply)
        if self._kept is not None:
            self._kept[path] = rows
            return rows.again()
        return rows

    def _rows(self, path: str, type_: str, reply: Reply) -> Reading:
        """Return the rows of the answer to a read; see :meth:`read`."""
        if "errorcode" not in reply.body:  # a page of a proxy, or half an answer
            raise self._broken(path, reply, f"the answer is not one of NITRO. {self._advice}")
        if reply.is_warning and type_ not in reply.body:
            raise self._error(NotShown, f"GET {path}", reply, reply.message or "a warning")
        rows = reply.body.get(type_, [])
        rows = [rows] if isinstance(rows, dict) else rows
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._broken(path, reply, f"the answer has no rows in it. {self._advice}")
        others = [name for name, value in reply.body.items() if isinstance(value, dict | list)]
        if others and type_ not in reply.body:
            problem = f"the answer has {printable(others[0][:40])}, which was not asked for. {self._advice}"
            raise self._broken(path, reply, problem)
        problem = wrong_type(rows, type_)
        if problem:
            raise self._broken(path, reply, f"{problem}. {self._advice}")
        return Reading(with_usable_names(type_, row, self.unusable_names) for row in rows)

    def _broken(self, path: str, reply: Reply, problem: str) -> NitroError:
        return self._error(NitroError, f"GET {path}", reply, problem)

    @property
    def _advice(self) -> str:
        return f"Check that {self.node} is the NetScaler, and that nothing on the way changes its answers."

    def _not_nitro(self, reply: Reply) -> str:
        return f"the answer is not one of NITRO: {reply.problem}. {self._advice}"

    @contextlib.contextmanager
    def beside(self, largest_answer: int) -> Iterator[Session]:
        """Yield a session that shares this one's login and time, and has a connection of its own: for reads side by side, from a thread each.

        It never logs in: where the session has ended, its reads raise :class:`SessionEnded`. Its requests belong to this session.

        :param largest_answer: bytes
        """
        other = _SessionBeside(self.appliance, self.node, self._token, largest_answer, self._sleep, self._clock)
        other.partition, other.budget = self.partition, self.budget
        try:
            with other:
                yield other
        finally:
            self.exchanges += other.exchanges
            self.connections += other.connections
            self.unusable_names |= other.unusable_names

    # -- writes -------------------------------------------------------------------------------------------------------

    def write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        bulk: bool = False,
        timeout: float | None = None,
    ) -> Reply:
        """Send one write, once.

        :param path: the path after `/nitro/v1/config/`
        :param bulk: the body has a list; the appliance stops at the first item that fails
        :param timeout: seconds for a write that takes longer than others; None for the read timeout of the appliance
        :raises NitroError: where the appliance refused it
        :raises Refused: where the partition of the session is not known, or the body has a stand-in of :mod:`names`
        :raises OutcomeUnknown: where it was sent and no answer arrived: read whether it was carried out
        """
        self._require_partition()
        if body is not None and has_stand_in(body):
            raise Refused(
                f"{self.where}: {method} {path}: nothing is sent for an object whose name NITRO does not allow"
            )
        self._forget()
        self._sent_passwords.update(_passwords_of(body))
        headers = {"X-NITRO-ONERROR": "exit"} if bulk else {}
        seconds = timeout or self.appliance.read_timeout
        return self._perform(method, "/nitro/v1/config/" + path, body, timeout=seconds, headers=headers)

    def save(self, before_again: Callable[[], None] = lambda: None) -> None:
        """Save the running configuration; a save that is already in progress is waited for.

        :param before_again: called before the request is sent again after such a wait; what it raises is passed on
        :raises NitroError: where it failed
        :raises OutcomeUnknown: where no answer arrived in time; `nsconfig` then has the time of the last save
        """
        self._require_partition()
        self.budget.open_reserve()
        deadline = self._clock() + self.appliance.save_timeout
        pause = 0.5
        while True:
            try:
                self._perform("POST", SAVE, SAVED, timeout=self.appliance.save_timeout)
                return
            except NitroError as error:
                if error.errorcode not in SAVE_IN_PROGRESS_CODES or self._clock() + pause > deadline:
                    raise
            self._sleep(pause)
            before_again()
            pause = min(pause * 2, 8.0)

    def _require_partition(self) -> None:
        if self.partition is None:
            raise Refused(f"{self.where}: it is not known in which partition the session is, so nothing is written")

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Send one request once, and return the answer whatever it is: for callers that measure how an appliance answers, or whose read makes something.

        :param path: the path after `/nitro/v1/config/`
        :param timeout: seconds for a request that takes longer than others; None for the read timeout of the appliance
        :raises Refused: where the partition of the session is not known, or the request is never sent (:mod:`never_sent`)
        :raises CannotConnect: where nothing was sent
        :raises OutcomeUnknown: where no answer arrived
        """
        self._require_partition()
        self._forget()
        reply, _cookie = self._exchange(method, "/nitro/v1/config/" + path, body, headers=headers, timeout=timeout)
        return reply

    # -- one request --------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def briefly(self) -> Iterator[None]:
        """Let all requests of a block wait no longer than :data:`.time_budget.BRIEF` in all: a run can do without their answers."""
        budget, brief = self.budget, TimeBudget(self.budget.allowed(time_budget.BRIEF))
        self.budget = brief
        try:
            yield
        finally:
            self.budget = budget
            budget.spend(brief.spent)

    def _perform(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        timeout: float,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request; log in again if the session has expired, and repeat a read that was not answered."""
        may_log_in_again = True
        attempt = 1
        while True:
            may_repeat = method == "GET" and attempt < READ_ATTEMPTS
            try:
                reply, _cookie = self._exchange(method, path, body, timeout=timeout, headers=headers)
            except (CannotConnect, OutcomeUnknown) as error:
                stays_so = isinstance(error.__cause__, AnswerTooLarge) or (
                    isinstance(error, CannotConnect) and error.__cause__ is None  # not trusted, or no time is left
                )
                if stays_so or not may_repeat:
                    raise
            else:
                if reply.is_success:
                    return reply
                if reply.status == 401 and reply.errorcode in EXPIRED_CODES and may_log_in_again:
                    may_log_in_again = False  # the request was not carried out, so even a write may be sent again
                    self._log_in_again()
                    continue
                self._raise_failure(method, path, reply, may_repeat=may_repeat)
            self._sleep(0.2 * attempt)
            attempt += 1

    def _log_in_again(self) -> None:
        """Log in again, and switch the new session, which starts in the default partition, back to that of the old one; in a switch it is read below."""
        partition = self.partition
        self._login()
        if partition is not None and partition != DEFAULT:
            self.enter(partition)

    def _raise_failure(self, method: str, path: str, reply: Reply, *, may_repeat: bool) -> None:
        """Raise the error of an answer; return where a server was not ready and the same read may be sent again."""
        request = f"{method} {path}"
        is_not_ready = reply.status in (500, 502, 503, 504) and reply.errorcode == 0
        if is_not_ready and method != "GET":
            raise OutcomeUnknown(f"{self.where}: {request}: HTTP {reply.status}; it may have been carried out")
        if reply.problem and 200 <= reply.status < 300 and method != "GET":
            raise OutcomeUnknown(
                f"{self.where}: {request}: HTTP {reply.status}: {self._not_nitro(reply)} It may have been carried out"
            )
        if not (is_not_ready and may_repeat):
            self._raise(request, reply)

    @property
    def _log_on_fix(self) -> str:
        return (
            f"The appliance does not accept the user {self.appliance.user} with this password: correct netscaler_user or netscaler_password of "
            f"{self.appliance.name} in the inventory or its vault (in bootstrap.yml admin_user, admin_password). Repeated "
            "attempts may lock the user."
        )

    def _raise(self, request: str, reply: Reply, kind: type[NitroError] | None = None) -> None:
        if kind is None:
            # A 404 without NITRO's own code is a web server that knows no such path, not an object that is absent.
            if (reply.status == 404 and reply.errorcode) or reply.errorcode in NOT_FOUND_CODES:
                kind = NotFound
            elif reply.status == 403 or reply.errorcode == 2138:
                kind = NotAuthorized
            else:
                kind = NitroError
        message = self._not_nitro(reply) if reply.problem else bulk_message(reply) or reply.message or "no message"
        if kind is NotAuthorized:
            message = _missing_right(message)
        raise self._error(kind, request, reply, message)

    def _error(self, kind: type[NitroError], request: str, reply: Reply, message: str) -> NitroError:
        """Return the error of an answer."""
        text = self._without_secrets(message)
        return kind(self.where, request, reply.status, reply.errorcode, text, failed_items(reply))

    def _without_secrets(self, text: str) -> str:
        """Return what the appliance sent, without passwords and the session: NITRO echoes argument values in brackets."""
        for secret in filter(None, (self.appliance.password, self._token, *self._sent_passwords)):
            text = text.replace(secret, "***")
        return text

    def _exchange(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Reply, str]:
        """Send a request once and return the answer, with the session token in its cookie.

        :param timeout: seconds for all of it: connection, request and answer; a large answer gets more
        :raises Refused: for a request that is never sent (:mod:`never_sent`)
        :raises CannotConnect: where nothing was sent
        :raises OutcomeUnknown: where no answer arrived
        """
        if is_never_sent(method, path, body):
            raise Refused(
                f"{self.where}: {method} {path} was not sent: a session saves the configuration, and never clears, sets or replaces it"
            )
        self._require_time(method, path)
        payload = None if body is None else json.dumps(body).encode()
        started = self._clock()
        seconds = self.budget.allowed(timeout or self.appliance.read_timeout)
        try:
            limits = ExchangeLimits(seconds, size=len(payload or b""), clock=self._clock)
            answer = self._send(limits, method, path, payload, headers or {})
            round_trip.note(self._clock() - started)
            return answer
        finally:
            self.budget.spend(self._clock() - started)

    def _send(
        self, limits: ExchangeLimits, method: str, path: str, payload: bytes | None, headers: Mapping[str, str]
    ) -> tuple[Reply, str]:
        """See :meth:`_exchange`."""
        fresh = self._connection is None
        connection = self._connect(limits)
        status: int | None = None
        is_nitro = method != "GET"
        try:
            connection.request(method, path, body=payload, headers=self._headers(payload, headers))
            with connection.getresponse() as answer:
                largest = self._limit_of_its_own or LARGEST_ANSWER
                limits.expect_body(largest)
                content = _body_of(answer, largest)
            status = answer.status
            self._last_size = len(content)
            reply = _reply(answer, content)
            is_nitro = is_nitro or "errorcode" in reply.body
        except (OSError, http.client.HTTPException) as error:
            self._disconnect()
            never_answered = isinstance(error, (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError))
            if never_answered and not fresh and method == "GET":
                # The appliance closed the idle connection: a read is sent again on a new one.
                return self._send(limits, method, path, payload, headers)
            carried_out = "" if method == "GET" else "; it may have been carried out"
            raise OutcomeUnknown(
                f"{self.where}: {method} {path}: no answer ({self._without_secrets(describe(error))}){carried_out}"
            ) from error
        finally:
            self.exchanges.append(Exchange(str(self.node), method, path, status, is_nitro))
        if answer.will_close or limits.has_rest:
            self._disconnect()
        return reply, login_cookie(answer.headers.get_all("Set-Cookie") or [])

    def _require_time(self, method: str, path: str) -> None:
        """:raises CannotConnect: where the time of the task is used up"""
        if self.budget.is_used_up:
            raise CannotConnect(
                f"{self.where}: {method} {path} was not sent: all requests and probes of one task may wait {self.budget.seconds:g} seconds "
                "for an appliance (netscaler_task_timeout), and this time is used up. Find out why it answers so slowly, or allow more."
            )

    def _headers(self, payload: bytes | None, more: Mapping[str, str]) -> dict[str, str]:
        headers = {"Accept": "application/json", **more}
        if payload is not None:
            headers["Content-Type"] = "application/json"
        if self._token is not None:
            # Both cookie names: the guide names NITRO_AUTH_TOKEN, real appliances set sessionid.
            token = quoted(self._token)
            headers["Cookie"] = f"NITRO_AUTH_TOKEN={token}; sessionid={token}"
        return headers

    def _connect(self, limits: ExchangeLimits) -> BoundedConnection:
        if self._connection is not None:
            if not is_closed(self._connection.sock):
                self._connection.allow(limits)
                return self._connection
            self._disconnect()  # closed while it was idle: nothing was sent on it, so nothing is repeated
        appliance = self.appliance
        connection = BoundedConnection(self.node.host, self.node.port, context=context_of(appliance))
        connection.allow(limits)
        try:
            connection.open(appliance.connect_timeout)
        except ssl.SSLCertVerificationError as error:
            raise CannotConnect(
                f"{self.where}: the certificate of {self.node} is not trusted ({error.verify_message}). "
                "Name its CA in netscaler_ca_file, or its SHA-256 in netscaler_certificate_pin."
            ) from None
        except ssl.SSLError as error:
            raise CannotConnect(
                f"{self.where}: no TLS connection with {self.node} ({error.reason or error}). "
                f"An old appliance may need netscaler_minimum_tls below {appliance.minimum_tls}."
            ) from None
        except OSError as error:
            raise CannotConnect(
                f"{self.where}: {self.node} cannot be reached ({describe(error)}). Check the address, the route and the firewall."
            ) from error
        self._check_pin(connection)
        self.local_address = str(connection.sock.getsockname()[0])
        self.connections += 1
        self._connection = connection
        return connection

    def _check_pin(self, connection: BoundedConnection) -> None:
        pins = self.appliance.certificate_pins
        if not pins:
            return
        certificate = connection.sock.getpeercert(binary_form=True)
        seen = fingerprint(certificate) if certificate else "none"
        if seen not in pins:
            connection.close()
            raise CannotConnect(
                f"{self.where}: {self.node} has a certificate with SHA-256 {seen}, which is not in netscaler_certificate_pin. "
                "If it was replaced on purpose, correct the pin; if not, somebody may intercept the connection."
            )

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class SessionEnded(TourniquetError):
    """The session has ended, and who shares its login cannot log in again."""


class _SessionBeside(Session):
    """See :meth:`Session.beside`."""

    def __init__(
        self,
        appliance: Appliance,
        node: Address,
        token: str | None,
        largest_answer: int,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        super().__init__(appliance, node, sleep=sleep, clock=clock)
        self._token, self._limit_of_its_own = token, largest_answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._disconnect()

    def _log_in_again(self) -> None:
        raise SessionEnded(f"{self.where}: the session has ended")


def context_of(appliance: Appliance) -> ssl.SSLContext:
    """Return the TLS settings of the sessions with an appliance."""
    verify = appliance.validate_certs and not appliance.certificate_pins
    return client_context(ca_file=appliance.ca_file, verify=verify, minimum_tls=appliance.minimum_tls)


def is_closed(connected: ssl.SSLSocket | None) -> bool:
    """True if the other side has closed an idle connection: then a write on it would end without an answer."""
    if connected is None:
        return True
    idle = select.poll()
    idle.register(connected, select.POLLIN)
    if not idle.poll(0) and not connected.pending():
        return False
    timeout = connected.gettimeout()
    try:
        connected.settimeout(0)
        connected.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        connected.settimeout(timeout)
    return True  # the end of the connection, or data without a request


def _read_path(area: str, type_: str, name: str | None, args: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Return the path of a read with its query."""
    path = f"/nitro/v1/{area}/{type_}"
    if name is not None:
        path += "/" + encode_name(name)
    options = ["args=" + encode_args(args)] if args else []
    options += [f"{key}={quoted(value)}" for key, value in query.items()]
    return path + ("?" + "&".join(options) if options else "")


def _body_of(answer: http.client.HTTPResponse, largest: int) -> bytes:
    """Return the body of an answer. It is read piece by piece, since the library reserves the memory that a header asks for.

    :raises http.client.HTTPException: where it is too large, or ends before its announced end
    """
    pieces, size = [], 0
    try:
        while piece := answer.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > largest:
                raise AnswerTooLarge(f"the answer is larger than {largest:,} bytes")
    except (ValueError, OverflowError) as error:  # a size that is no size
        raise http.client.HTTPException(str(error)) from error
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(pieces)


def _reply(answer: http.client.HTTPResponse, content: bytes) -> Reply:
    """Return an answer with its parsed body."""
    encoding = str(answer.headers.get("Content-Encoding", "identity")).strip().lower()
    cookies = tuple(cookie.partition("=")[0].strip() for cookie in answer.headers.get_all("Set-Cookie") or ())
    if encoding not in ("", "identity") and content:
        return Reply(answer.status, {}, ENCODED, cookies)
    try:
        return Reply(answer.status, parse_body(content), cookies=cookies)
    except BrokenBody as problem:
        return Reply(answer.status, {}, str(problem), cookies)


def failed_items(reply: Reply) -> list[int]:
    """Return the error codes of the failed items of a bulk request."""
    items = reply.body.get("response")
    codes = (
        (_code(item.get("errorcode", 0)) for item in items if isinstance(item, dict)) if isinstance(items, list) else ()
    )
    return [code for code in codes if code]


def _passwords_of(body: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the passwords in the rows of a body."""
    for rows in (body or {}).values():
        for row in rows if isinstance(rows, list) else [rows]:
            if isinstance(row, Mapping):
                yield from (str(value) for name, value in row.items() if name == "password" and value)


def _missing_right(message: str) -> str:
    """Return the message of error 2138 with the right that is missing by its name; as it is where the appliance quotes no command."""
    command = _COMMAND.search(message)
    return message if command is None else f"the command policies of the user lack: {_name_of_command(command[1])}"


def _name_of_command(command: str) -> str:
    """Return a refused command; a long one without its arguments (of a file this would be the whole content), and one with a password too."""
    words = command.split()
    if len(command) <= _LONGEST_COMMAND and words[1:3] != ["system", "user"]:
        return command
    named = list(itertools.takewhile(lambda word: not word.startswith("-"), words))[:_WORDS_OF_A_RIGHT]
    return " ".join(word[:_LONGEST_WORD] for word in named)


def _code(value: Any) -> int:
    """Return an error code of NITRO; 0 where there is none, -1 where it is something else than a code."""
    text = str(value)
    if text in ("", "None"):
        return 0
    return int(text) if text.isdecimal() and len(text) < _LONGEST_CODE else -1


def bulk_message(reply: Reply) -> str:
    """Return the first error in the answer to a bulk request, with the position of its item; "" where there is none."""
    items = reply.body.get("response")
    for position, item in enumerate(items if isinstance(items, list) else (), start=1):
        if isinstance(item, dict) and item.get("errorcode"):
            return f"{reply.message}: item {position}: {item.get('errorcode')} {item.get('message', '')}"
    return ""


def login_cookie(cookies: Sequence[str]) -> str:
    """Return the session token of a login whose answer has it in a cookie only, as in a trace of 2017; "" where there is none."""
    for cookie in cookies:
        match = _COOKIE.match(cookie)
        if match:
            return unquote(match[1])
    return ""


def describe(error: Exception) -> str:
    """Return the text of an error of the operating system or of HTTP."""
    if isinstance(error, (TimeoutError, socket.timeout)):
        return "timed out"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return printable(str(error)[:_SHOWN]) or type(error).__name__


def current_partition(session: Session) -> str | None:
    """Return the partition of a session, as the appliance reports it; None where it does not."""
    for type_name in _TELL_THE_PARTITION:
        try:
            rows = session.read(type_name)
        except NitroError:
            continue
        names = {str(row.get("partitionname", "")) for row in rows if _is_current(row)} - {""}
        if names:
            return names.pop() if len(names) == 1 else None
    return None


def _is_current(row: Row) -> bool:
    return str(row.get("partitiontype", "")).lower() == "current partition" or row.get("currentconn") in (True, "true")
