# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A NITRO session with one node: one login, one kept-alive TLS connection, a logout whatever happens.

Which requests may be repeated is decided here and nowhere else: reads are; a write whose answer got lost is not, it is
reported as :class:`OutcomeUnknown` and the caller reads what became of it. Sources: NITRO guide (login, warnings, error
handling); traces of real appliances in ansible-collection-netscaleradc issues 323, 378, 453, 492, 553.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from urllib.parse import quote, unquote

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import (
    AuthenticationFailed,
    CannotConnect,
    NitroError,
    NotAuthorized,
    NotFound,
    NotShown,
    OutcomeUnknown,
    Refused,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.http_response import PlainAnswer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.tls import client_context, fingerprint

# "Does not exist" has a code of its own for many types (NITRO error list; terraform-provider-citrixadc acceptance tests).
NOT_FOUND_CODES = frozenset({258, 344, 351, 373, 461, 538, 1540, 2054, 2626, 2823, 3014, 3087, 3190, 3248, 3441, 3574})
EXPIRED_CODES = frozenset({444, 1027})
SAVE_IN_PROGRESS_CODES = frozenset({292, 293, 1461})
READ_ATTEMPTS = 3
_COOKIE = re.compile(r"(?:sessionid|NITRO_AUTH_TOKEN)=([^;]+)")

Row = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One answer of NITRO; `body` is empty where the appliance sent none (a create answers 201 without a body)."""

    status: int
    body: Mapping[str, Any]

    @property
    def errorcode(self) -> int:
        code = str(self.body.get("errorcode", 0))
        return int(code) if code.isdecimal() else 0

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))

    @property
    def is_warning(self) -> bool:
        """A warning is success: 209, or by older builds a 200 whose body has that severity."""
        severity = str(self.body.get("severity", "")).upper()
        return severity != "ERROR" and (self.status == 209 or (self.status in (200, 201) and severity == "WARNING"))

    @property
    def is_success(self) -> bool:
        return self.is_warning or (self.status in (200, 201) and self.errorcode == 0)


@dataclass(frozen=True)
class Exchange:
    """One line of the list of requests that a task made."""

    node: str
    method: str
    path: str
    status: int | None


class Session:
    """See the module's text. Use it as a context manager; :meth:`read` and :meth:`write` are the whole interface."""

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
        """The admin partition it is in; None after a switch that is not known to have worked: then nothing is written."""
        self.exchanges: list[Exchange] = []
        self.connections = 0
        self.logins = 0
        """More than one means that the session was lost in between, as by a restart of the appliance."""
        self._sleep = sleep
        self._clock = clock
        self._connection: http.client.HTTPSConnection | None = None
        self.local_address = ""
        """The address of the control node on its side of the last connection, which may be closed; NAT may show the appliance another one."""
        self._token: str | None = None
        self._kept: dict[str, list[Row]] | None = None

    @property
    def where(self) -> str:
        """Who is asked, for messages: the appliance, its node and its partition, as far as there are several."""
        places = [f"node {self.node.host}"] if len(self.appliance.nodes) > 1 else []
        places += [f"partition {self.partition}"] if self.partition not in (None, DEFAULT) else []
        return self.appliance.name + (f" ({', '.join(places)})" if places else "")

    # -- life ---------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        try:
            self._login()
        except BaseException:
            self._disconnect()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        """Log out: an appliance has only some twenty sessions to give, and an idle one lives for half an hour."""
        try:
            if self._token is not None:
                self._exchange("POST", "/nitro/v1/config/logout", {"logout": {}})
        except (CannotConnect, OutcomeUnknown):
            pass  # the session ends by its time-out; what the task found or did stands
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
            self._raise(request, reply, AuthenticationFailed)
        token = str(reply.body.get("sessionid") or cookie or "")
        if not reply.is_success or not token:
            raise NitroError(
                self.where, request, reply.status, reply.errorcode, reply.message or "no session in the answer"
            )
        self._token = token
        self.logins += 1

    def enter(self, partition: str) -> None:
        """Switch to an admin partition, and read that the session is there.

        :raises NitroError: where the appliance refused it
        :raises Refused: where the appliance does not say so; nothing is written in this session any more
        """
        self.partition = None
        now = None
        for _attempt in range(2):  # a session that ends right after the switch begins anew in the default partition
            self._forget()
            with contextlib.suppress(OutcomeUnknown):  # what became of it is read
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

    # -- reads --------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def one_look(self) -> Iterator[None]:
        """For as long as an appliance is only looked at: what is read twice is asked for once, so that all who look see the same.

        Whoever writes by what was seen has to know that nothing was changed since it began (:mod:`carry`). A write, and another
        partition, end what is kept.
        """
        outer, self._kept = self._kept, {}
        try:
            yield
        finally:
            self._kept = outer

    def _forget(self) -> None:
        if self._kept is not None:
            self._kept = {}

    def read(
        self,
        type_: str,
        name: str | None = None,
        *,
        args: Mapping[str, str] | None = None,
        area: str = "config",
        query: Mapping[str, str] | None = None,
    ) -> list[Row]:
        """Read the rows of a type; an object that NITRO answers as a singleton comes as one row.

        :param name: read one object by its name
        :param args: NITRO's args, each value encoded once
        :param area: config or stat
        :param query: further query options, such as bulkbindings=yes
        :returns: the rows; an empty list where the appliance says that there are none
        :raises NotFound: where the named object (or the parent of the bindings) does not exist
        :raises NotShown: where the answer is a warning without rows: that is not "none" either
        :raises NitroError: for every other error; it never means "none"
        """
        path = f"/nitro/v1/{area}/{type_}"
        if name is not None:
            path += "/" + encode_name(name)
        options = [f"{key}={_quoted(value)}" for key, value in (query or {}).items()]
        if args:
            options.insert(0, "args=" + encode_args(args))
        if options:
            path += "?" + "&".join(options)
        if self._kept is not None and path in self._kept:
            return list(self._kept[path])
        reply = self._perform("GET", path, None, timeout=self.appliance.read_timeout)
        if "errorcode" not in reply.body:  # a page of something in between, or half an answer: it never means "none"
            raise NitroError(self.where, f"GET {path}", reply.status, 0, "the answer is not one of NITRO")
        if reply.is_warning and type_ not in reply.body:
            raise NotShown(self.where, f"GET {path}", reply.status, reply.errorcode, reply.message or "a warning")
        rows = reply.body.get(type_, [])
        rows = [rows] if isinstance(rows, dict) else rows
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise NitroError(self.where, f"GET {path}", reply.status, reply.errorcode, "the answer has no rows in it")
        if self._kept is not None:
            self._kept[path] = rows
        return list(rows)

    # -- writes -------------------------------------------------------------------------------------------------------

    def write(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, bulk: bool = False) -> Reply:
        """Send one write, once.

        :param path: behind `/nitro/v1/config/`
        :param bulk: the body holds a list; the appliance stops at the first item that fails
        :raises NitroError: where the appliance refused it
        :raises Refused: where it is not known in which partition it would be written
        :raises OutcomeUnknown: where it was sent and no answer came: read what became of it
        """
        self._require_partition()
        self._forget()
        headers = {"X-NITRO-ONERROR": "exit"} if bulk else {}
        return self._perform(
            method, "/nitro/v1/config/" + path, body, timeout=self.appliance.read_timeout, headers=headers
        )

    def save(self) -> None:
        """Save the running configuration; another save that is under way is waited for.

        :raises NitroError: where it failed
        :raises OutcomeUnknown: where the answer did not come in time; `nsconfig` then tells
        """
        self._require_partition()
        deadline = self._clock() + self.appliance.save_timeout
        pause = 0.5
        while True:
            try:
                self._perform(
                    "POST",
                    "/nitro/v1/config/nsconfig?action=save",
                    {"nsconfig": {}},
                    timeout=self.appliance.save_timeout,
                )
                return
            except NitroError as error:
                if error.errorcode not in SAVE_IN_PROGRESS_CODES or self._clock() + pause > deadline:
                    raise
            self._sleep(pause)
            pause = min(pause * 2, 8.0)

    def _require_partition(self) -> None:
        if self.partition is None:
            raise Refused(f"{self.where}: in which partition the session is is not known, so nothing is written")

    # -- one request --------------------------------------------------------------------------------------------------

    def _perform(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        timeout: float,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        may_log_in_again = True
        attempt = 1
        while True:
            retry = method == "GET" and attempt < READ_ATTEMPTS
            try:
                reply, _cookie = self._exchange(method, path, body, timeout=timeout, headers=headers)
            except (CannotConnect, OutcomeUnknown) as error:
                if isinstance(error, CannotConnect) and error.__cause__ is None:
                    raise  # a certificate that is not trusted stays so
                if not retry:
                    raise
            else:
                if reply.is_success:
                    return reply
                request = f"{method} {path}"
                if reply.status == 401 and reply.errorcode in EXPIRED_CODES and may_log_in_again:
                    may_log_in_again = False  # the request was not carried out, so even a write may be sent again
                    partition = self.partition
                    self._login()
                    if partition != DEFAULT:
                        self._return_to(partition, path)
                    continue
                if reply.status in (500, 502, 503, 504) and reply.errorcode == 0:
                    if method != "GET":
                        raise OutcomeUnknown(
                            f"{self.where}: {request}: HTTP {reply.status}; it may have been carried out"
                        )
                    if not retry:
                        self._raise(request, reply)
                else:
                    self._raise(request, reply)
            self._sleep(0.2 * attempt)
            attempt += 1

    def _return_to(self, partition: str | None, path: str) -> None:
        """A new session begins in the default partition, so whatever is repeated in it must not be sent from there.

        :raises Refused: where the partition is not known, unless it is being switched to or asked for right now
        """
        if partition is not None:
            self.enter(partition)
        elif not path.startswith(("/nitro/v1/config/nspartition", "/nitro/v1/config/systemsession")):
            raise Refused(
                f"{self.where}: the session ended while it changed its partition. Run the same playbook again."
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
        message = bulk_message(reply) or reply.message or "no message"
        for secret in filter(None, (self.appliance.password, self._token)):
            message = message.replace(secret, "***")  # NITRO echoes argument values in brackets
        raise kind(self.where, request, reply.status, reply.errorcode, message, failed_items(reply))

    def _exchange(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Reply, str]:
        payload = None if body is None else json.dumps(body).encode()
        # Both cookie names: the guide names NITRO_AUTH_TOKEN, real appliances set sessionid.
        sent = {"Accept": "application/json", **(headers or {})}
        if payload is not None:
            sent["Content-Type"] = "application/json"
        if self._token is not None:
            token = _quoted(self._token)
            sent["Cookie"] = f"NITRO_AUTH_TOKEN={token}; sessionid={token}"
        fresh = self._connection is None
        connection = self._connect()
        if connection.sock is not None:
            connection.sock.settimeout(timeout or self.appliance.read_timeout)
        status: int | None = None
        try:
            connection.request(method, path, body=payload, headers=sent)
            answer = connection.getresponse()
            content = answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException) as error:
            self._disconnect()
            never_answered = isinstance(error, (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError))
            if never_answered and not fresh and method == "GET":
                # The appliance closed the idle connection: for a read, open a new one and ask again.
                return self._exchange(method, path, body, timeout=timeout, headers=headers)
            raise OutcomeUnknown(
                f"{self.where}: {method} {path}: no answer ({describe(error)}); it may have been carried out"
            ) from error
        finally:
            self.exchanges.append(Exchange(str(self.node), method, path, status))
        if answer.will_close:
            self._disconnect()
        return Reply(status, parse_body(content)), login_cookie(answer.headers.get_all("Set-Cookie") or [])

    def _connect(self) -> http.client.HTTPSConnection:
        if self._connection is not None:
            if not is_closed(self._connection.sock):
                return self._connection
            self._disconnect()  # closed while it was idle: nothing was sent on it, so this is no repeat
        appliance = self.appliance
        context = context_of(appliance)
        connection = http.client.HTTPSConnection(
            self.node.host, self.node.port, timeout=appliance.connect_timeout, context=context
        )
        connection.response_class = PlainAnswer
        try:
            connection.connect()
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

    def _check_pin(self, connection: http.client.HTTPSConnection) -> None:
        pins = self.appliance.certificate_pins
        if not pins:
            return
        certificate = connection.sock.getpeercert(binary_form=True)
        seen = fingerprint(certificate) if certificate else "none"
        if seen not in pins:
            connection.close()
            raise CannotConnect(
                f"{self.where}: {self.node} showed a certificate with SHA-256 {seen}, which netscaler_certificate_pin does not name. "
                "If it was replaced on purpose, correct the pin; if not, somebody may sit in between."
            )

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def context_of(appliance: Appliance) -> ssl.SSLContext:
    """The TLS settings of the sessions with an appliance."""
    verify = appliance.validate_certs and not appliance.certificate_pins
    return client_context(ca_file=appliance.ca_file, verify=verify, minimum_tls=appliance.minimum_tls)


def is_closed(connected: ssl.SSLSocket | None) -> bool:
    """Whether the other side has closed an idle connection; a write on it would be in doubt for no reason."""
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
    return True  # its end, or data that nobody asked for


@lru_cache(maxsize=32)  # a rule and a token are sent again and again, and what has many signs takes its time
def _quoted(text: str) -> str:
    return quote(text, safe="")


def encode_name(name: str) -> str:
    """Encode a name for the path: twice, as the vendor's own clients do."""
    return _quoted(_quoted(name))


def encode_args(args: Mapping[str, str]) -> str:
    """Encode NITRO's args: the separators stay, each value is encoded once."""
    return ",".join(f"{key}:{_quoted(value)}" for key, value in args.items())


def parse_body(content: bytes) -> Mapping[str, Any]:
    """Parse an answer's body; a create has none, and an error page of httpd is no JSON."""
    try:
        body = json.loads(content) if content.strip() else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def failed_items(reply: Reply) -> list[int]:
    """The codes of the items of a bulk request that failed."""
    items: Sequence[Any] = reply.body.get("response") or []
    codes = (str(item.get("errorcode", 0)) for item in items if isinstance(item, dict))
    return [int(code) for code in codes if code.isdecimal() and int(code)]


def bulk_message(reply: Reply) -> str:
    """The first error in the answer to a bulk request, with the position of its item."""
    items: Sequence[Any] = reply.body.get("response") or []
    for position, item in enumerate(items, start=1):
        if isinstance(item, dict) and item.get("errorcode"):
            return f"{reply.message}: item {position}: {item.get('errorcode')} {item.get('message', '')}"
    return ""


def login_cookie(cookies: Sequence[str]) -> str:
    """The session token of a login that answers with a cookie only, as a trace of 2017 shows."""
    for cookie in cookies:
        match = _COOKIE.match(cookie)
        if match:
            return unquote(match[1])
    return ""


def describe(error: Exception) -> str:
    """An operating-system error in words."""
    if isinstance(error, (TimeoutError, socket.timeout)):
        return "timed out"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


DEFAULT = "default"


SWITCH = "nspartition?action=Switch"


def current_partition(session: Session) -> str | None:
    """The partition that the session is in, as the appliance says it; None where it does not."""
    for type_name in ("nspartition", "systemsession"):
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
