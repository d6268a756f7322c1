# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The formats of log lines. Each parser takes one line and returns a request, None for a line about something else, or raises Unparsable.

=============  =====================================================================================================
web            common and combined format of Apache, nginx and web logging, also behind a syslog prefix or a virtual host
httpaccess     the appliance's own httpaccess.log in all its formats (mitigations 6.1)
observe        lines of a policy's message action in ns.log or syslog (mitigations 6.3 and 6.4)
json           one JSON object a line
=============  =====================================================================================================
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from .logged_request import RecordedRequest, Unparsable, address, place
from .timestamps import any_time, iso_time, vendor_time, web_time

Parser = Callable[[str], RecordedRequest | None]

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_QUOTED = r'"((?:[^"\\]|\\.)*+)"'
_ISO = r"\d{4}-\d\d-\d\dT[\d:.,+Z-]{8,30}"
_SYSLOG = (  # RFC 5424 with its structured data, or what syslogd, relays and RFC 3164 put in front
    rf"(?:<\d{{1,3}}>1 {_ISO} \S{{1,255}} \S{{1,64}} \S{{1,128}} \S{{1,32}} (?:(?:-|(?:\[[^\]]{{1,400}}\]){{1,8}}) )?|"
    rf"(?:<\d{{1,3}}>)?(?:(?:[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d|{_ISO}) \S{{1,255}} (?:\S{{1,64}}(?:\[\d{{1,10}}\])?:? )?(?:- - )?)?)"
)
_WEB = re.compile(
    rf"{_SYSLOG}(?:[\w.-]{{1,255}}:\d{{1,5}} )?(\S{{1,64}})(?: -> (\S{{1,64}}))? (?:\S{{1,255}}) ([^\"\[]{{1,255}}) "
    rf"\[([^\]]{{1,40}})\]( \[\d*\])? {_QUOTED} (\d{{3}}|-) (?:\d+|-)(?: {_QUOTED})?(?: {_QUOTED})?(?: .*)?",
    re.ASCII,
)
_REQUEST = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) (.+?)(?: (HTTP/\d(?:\.\d)?))?", re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_ESCAPES = {"b": "\b", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NOTE = re.compile(r"(?:\S+ +){1,5}newsyslog\[\d+\]: |# ?|\s*\Z")
_FOLDED = re.compile(r"(?:\S+ +){0,6}last message repeated \d+ times?\s*")


def web_line(line: str, *, of_httpd: bool = False) -> RecordedRequest | None:
    """Parse a line in common or combined format.

    A virtual host in front is the name of the server that answered (Apache mod_log_config, %v), not the Host header of the
    request, which these formats do not hold.

    :param of_httpd: a line of the appliance's own log: a client 127.0.0.1 is the lost address of a Gateway's client (mitigations 6.1)
    :raises Unparsable: with the reason
    """
    match = _WEB.fullmatch(line)
    if match is None:
        if is_note(line):
            return None
        raise Unparsable("not in the format")
    client, server, _user, time, process, request, status, referer, agent = match.groups()
    method, url = request_line(unescaped(request))
    who = address(client)
    if of_httpd and who in ("127.0.0.1", "::1"):
        who = None
    return RecordedRequest(
        url=url,
        at=web_time(time),
        client=who,
        vip=place(server) if server and server != "-" else None,
        method=method,
        status=int(status) if status != "-" else None,
        agent=_header(agent),
        referer=_header(referer),
        direct=of_httpd and process is not None and server is None,
    )


def _header(text: str | None) -> str | None:
    """Return a header; None for ``-``, which means an absent header or one with this value."""
    return None if text is None or text == "-" else unescaped(text)


def is_note(line: str) -> bool:
    """Return True for the line that newsyslog writes when it rotates a log, a comment, or an empty line."""
    return _NOTE.match(line) is not None


def httpaccess_line(line: str) -> RecordedRequest | None:
    """Parse a line of the appliance's httpaccess.log.

    The format with a process id names client and virtual server for requests that came through one (mitigations 6.1), so a line without
    them is of a request to httpd itself. Why httpd chooses either format is inferred.
    """
    return web_line(line, of_httpd=True)


def request_line(text: str) -> tuple[str, str]:
    """Return method and target of a request line.

    :raises Unparsable: for other text: an unfinished request, TLS on a plain port
    """
    match = _REQUEST.fullmatch(text)
    if match is None or _CONTROL.search(text):
        raise Unparsable("no request line")
    return match[1], match[2]


def unescaped(text: str) -> str:
    r"""Undo the escapes of Apache and nginx: \xHH, \" and \\ (mod_log_config)."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda m: chr(int(m[1][1:], 16)) if len(m[1]) == 3 else _ESCAPES.get(m[1], m[1]), text)


# -- ns.log ------------------------------------------------------------------------------------------------------------

_MESSAGE = re.compile(
    r'(?P<head>[^"]{0,400}?)(?:\d+-PPE-\d+ : )?default (?:(?:REWRITE|RESPONDER) )?Message \d+ \d+ :\s+"(?P<text>.*)',
    re.DOTALL,
)
_TORN = re.compile(r"(?:REWRITE|RESPONDER) Message[ \d:]*\Z")
_DATE = re.compile(r"(?:^| )(\d{1,4}/\d\d/\d{2,4}:\d\d:\d\d:\d\d) ")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:?\d\d)?")
_OURS = re.compile(
    r"\S{1,255} (?:would block|blocked) ((?:(?:vip|port|client|session|method)=\S* )*)url=(.*)", re.DOTALL
)
_PAIR = re.compile(r"(\w+)=(\S*) ")


def observe_reader(order: str = "MDY") -> Parser:
    """Return a parser of our own policy's lines in ns.log.

    The message has key=value pairs; ``url=`` is the last one, since a client writes its value (templates/measures/url_whitelist).
    Clients also write into other lines, e.g. a user name that fails to log on: such text can neither look like the head of a line,
    nor begin a message.
    """

    def observe_line(line: str) -> RecordedRequest | None:
        match = _MESSAGE.match(line) if "Message " in line else None
        if match is None or ": " in match["head"]:
            if _FOLDED.fullmatch(line):
                raise Unparsable("repetitions that syslogd folded")
            if _TORN.search(line):
                raise Unparsable("a message that is cut off")
            if line.startswith("{") or ("HTTP/" in line and _WEB.fullmatch(line)):
                raise Unparsable("a request in another format")
            return None
        text = match["text"].rstrip()
        if not text.endswith('"'):
            raise Unparsable("a message that is cut off")
        ours = _OURS.fullmatch(text[:-1])
        if ours is None:
            return None  # a message of another action; a request that a mitigation blocked cannot be newly blocked
        if not ours[2]:
            raise Unparsable("a message without a URL")
        values = dict(reversed(_PAIR.findall(ours[1])))  # the first of each counts
        session = values.get("session", "").upper()
        return RecordedRequest(
            url=ours[2],
            at=_message_time(match["head"], order),
            client=address(values.get("client", "")),
            vip=_vip(values.get("vip", ""), values.get("port", "")),
            method=values.get("method") or None,
            session=session == "TRUE" if session in ("TRUE", "FALSE") else None,
        )

    return observe_line


def _vip(vip: str, port: str) -> str | None:
    """Return the virtual server of a message: an address and a port, or the text as it is."""
    found = address(vip)
    if found is not None and port:
        return place(f"[{found}]:{port}")
    return place(vip) if vip else None


def _message_time(head: str, order: str) -> int | None:
    date = _DATE.search(head)
    if date is not None:
        return vendor_time(date[1], head[: date.start()], order)
    stamp = _STAMP.search(head)
    return iso_time(stamp[0]) if stamp else None


# -- JSON --------------------------------------------------------------------------------------------------------------

FIELDS: dict[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "@timestamp", "ts", "time_iso8601", "time_local", "msec"),
    "client": ("client", "client_ip", "clientip", "remote_addr", "c-ip", "c_ip", "src_ip"),
    "vip": ("vip", "vserver", "server_addr", "s-ip", "s_ip", "dst_ip", "server_ip"),
    "method": ("method", "request_method", "http_method", "cs-method", "verb"),
    "url": ("url", "request_uri", "uri", "path", "target", "cs-uri"),
    "request": ("request", "request_line"),
    "status": ("status", "status_code", "response", "sc-status"),
    "host": ("host", "http_host"),
    "agent": ("user_agent", "http_user_agent", "agent"),
    "referer": ("referer", "http_referer", "referrer"),
    "session": ("session",),
}
"""The keys of each fact; the first one with a value is used. ``fields`` of a source names another one."""


def json_reader(fields: Mapping[str, str] | None = None) -> Parser:
    """Return a parser of JSON lines.

    :param fields: by fact, such as client, the key that holds it in these files
    """
    keys = {fact: ((fields or {})[fact],) if fact in (fields or {}) else known for fact, known in FIELDS.items()}

    def json_line(line: str) -> RecordedRequest | None:
        if not line.strip():
            return None
        try:
            # The line holds one byte per character (latin-1); JSON is UTF-8.
            row = json.loads(line.encode("latin-1").decode("utf-8", "surrogateescape"))
        except (ValueError, RecursionError):
            raise Unparsable("not JSON") from None
        if not isinstance(row, dict):
            raise Unparsable("not a JSON object")
        return _of_row(row, keys)

    return json_line


def _of_row(row: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]]) -> RecordedRequest:
    values = {
        fact: next((value for key in known if (value := _value(row, key)) is not None), None)
        for fact, known in keys.items()
    }
    url, method = _text(values["url"]), _text(values["method"])
    if url is None and isinstance(values["request"], str):
        method, url = request_line(_bytes(values["request"]))
    if not url:
        raise Unparsable("no URL")
    if _CONTROL.search(url):
        raise Unparsable("control characters")
    status, session, vip = str(values["status"]), values["session"], values["vip"]
    return RecordedRequest(
        url=url,
        at=any_time(values["time"]),
        client=address(values["client"]) if isinstance(values["client"], str) else None,
        vip=place(_bytes(vip)) if isinstance(vip, str) and vip else None,
        method=method[:32] if method else None,
        status=int(status) if re.fullmatch(r"[1-5]\d\d", status, re.ASCII) else None,
        session=session if isinstance(session, bool) else None,
        host=_text(values["host"]),
        agent=_text(values["agent"]),
        referer=_text(values["referer"]),
    )


def _value(row: Mapping[str, Any], key: str) -> Any:
    """Return the value of a key; ``source.ip`` is also the key of ``{"source": {"ip": ...}}``."""
    if key in row or "." not in key:
        return row.get(key)
    first, _unused, rest = key.partition(".")
    inner = row.get(first)
    return _value(inner, rest) if isinstance(inner, Mapping) else None


def _text(value: object) -> str | None:
    return _bytes(value) if isinstance(value, str) else None


def _bytes(text: str) -> str:
    """Return a text as its UTF-8 bytes, one character per byte, for the expression engine."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


# -- the format -----------------------------------------------------------------------------------------------------------

FORMATS = ("observe", "web", "httpaccess", "json")


def parser_for(format_: str, order: str = "MDY", fields: Mapping[str, str] | None = None) -> Parser:
    """Return the parser of a format. A line with control characters is Unparsable in each."""
    parsers: dict[str, Parser] = {
        "observe": observe_reader(order),
        "web": web_line,
        "httpaccess": httpaccess_line,
        "json": json_reader(fields),
    }
    parser = parsers[format_]

    def parse(line: str) -> RecordedRequest | None:
        if _CONTROL.search(line):
            raise Unparsable("control characters")
        return parser(line)

    return parse
