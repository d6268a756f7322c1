# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Send the notifications of a run, all at once, and say which could not be sent. Nothing of a receiver's answer or secrets is shown."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from ...foundation.counted import agreed, counted
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from .message import Message, message
from .receivers import AnyReceiver, Mail, Syslog, Webhook, parse_receivers
from .syslog import datagram, framed, syslog_message

SECONDS_OF_GOODBYE = 2.0
Delivery = tuple[AnyReceiver, Message]
SIGNATURE_HEADER = "X-Tourniquet-Signature-256"
"""It has ``sha256=`` and the HMAC of the body in hexadecimal digits, as the webhooks of GitHub have theirs."""


def notify(report: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Tell the receivers of each appliance, and return the problems as sentences.

    :param settings: by host, the value of the variable; appliances with the same value share a message, and no other appliance is in it
    """
    problems: dict[str, None] = {}
    deliveries: list[Delivery] = []
    for receivers, hosts in receivers_of_hosts(settings, problems):
        names = set(map(printable, hosts))  # as the report has them
        own = [one for one in report["appliances"] if one["host"] in names]
        made = [(receiver, message(report, own, receiver.on)) for receiver in receivers]
        deliveries += [(receiver, one) for receiver, one in made if one is not None]
    return [*problems, *filter(None, send_all(deliveries))]


def receivers_of_hosts(
    settings: Mapping[str, Any], problems: dict[str, None]
) -> Iterator[tuple[tuple[AnyReceiver, ...], list[str]]]:
    """Yield the receivers of each value of the variable, and the hosts that have this value.

    :param settings: by host, the value of the variable
    :param problems: gets a sentence for each value that is not valid
    """
    by_value: dict[str, list[str]] = {}
    for host, value in settings.items():
        by_value.setdefault(json.dumps(value, sort_keys=True), []).append(host)
    for value, hosts in by_value.items():
        try:
            receivers = parse_receivers(json.loads(value))
        except InvalidInput as error:
            number = f"{len(hosts)} appliance{'' if len(hosts) == 1 else 's'}"
            problems[f"nobody was notified about {number}: {error}"] = None
            continue
        yield receivers, hosts


def send_all(deliveries: Sequence[Delivery]) -> list[str]:
    """Send messages at the same time, and return for each why it could not be sent within the time-out of its receiver; "" where it was."""
    found: dict[int, str] = {}

    def send(number: int) -> None:
        found[number] = _problem(*deliveries[number])

    threads = [threading.Thread(target=send, args=(number,), daemon=True) for number in range(len(deliveries))]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for (receiver, _message), thread in zip(deliveries, threads, strict=True):
        thread.join(max(0.0, started + receiver.timeout - time.monotonic()))
    sentences = []
    for number, (receiver, _message) in enumerate(deliveries):
        problem = found.get(number, f"no answer within {receiver.timeout:g} s")
        sentences.append(f"{receiver} was not told: {problem}" if problem else "")
    return sentences


def _problem(receiver: AnyReceiver, content: Message) -> str:
    """Send a message, and return why it could not be sent; "" where it was."""
    try:
        match receiver:
            case Webhook():
                return _post(receiver, content)
            case Mail():
                return _mail(receiver, content)
            case Syslog():
                return _log(receiver, content)
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not trusted ({error.verify_message})"
    except smtplib.SMTPResponseException as error:
        return f"{type(error).__name__}, code {error.smtp_code}"
    except OSError as error:
        return error.strerror or type(error).__name__
    except (http.client.HTTPException, ValueError) as error:
        return type(error).__name__


def _context(receiver: AnyReceiver) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=receiver.ca_file or None)


def _post(hook: Webhook, content: Message) -> str:
    connection = http.client.HTTPSConnection(
        str(hook.url.hostname), hook.url.port, timeout=hook.timeout, context=_context(hook)
    )
    path = (hook.url.path or "/") + (f"?{hook.url.query}" if hook.url.query else "")
    body = json.dumps(content.values).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "tourniquet", **hook.headers}
    if hook.secret:
        headers[SIGNATURE_HEADER] = f"sha256={hmac.new(hook.secret.encode(), body, hashlib.sha256).hexdigest()}"
    try:
        connection.request("POST", path, body, headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    return "" if 200 <= status < 300 else f"it answered {status}"


def _mail(mail: Mail, content: Message) -> str:
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Subject"] = mail.sender, ", ".join(mail.to), content.subject
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(content.text)
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.server, mail.port, timeout=mail.timeout, context=_context(mail))
    else:
        server = smtplib.SMTP(mail.server, mail.port, timeout=mail.timeout)
    try:
        if mail.security == "starttls":
            server.starttls(context=_context(mail))
        if mail.user:
            server.login(mail.user, mail.password)
        refused = server.send_message(letter)
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):  # the mail was taken or refused before this
            server.quit()
        server.close()
    return (
        f"{len(refused)} of {counted(len(mail.to), 'address')} {agreed(len(mail.to), 'was', 'were')} refused"
        if refused
        else ""
    )


def _log(log: Syslog, content: Message) -> str:
    line = syslog_message(content, log.facility, datetime.now(UTC), socket.gethostname())
    if log.protocol == "udp":
        family, kind, protocol, _name, address = socket.getaddrinfo(log.server, log.port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as udp:
            udp.settimeout(log.timeout)
            udp.connect(address)
            udp.send(datagram(line))
        return ""
    with socket.create_connection((log.server, log.port), timeout=log.timeout) as plain:
        if log.protocol == "tcp":
            plain.sendall(framed(line))
            return ""
        with _context(log).wrap_socket(plain, server_hostname=log.server) as encrypted:
            encrypted.sendall(framed(line))
            encrypted.settimeout(min(log.timeout, SECONDS_OF_GOODBYE))
            with contextlib.suppress(OSError):  # closing a socket with unread session tickets would discard the message
                encrypted.unwrap()
    return ""
