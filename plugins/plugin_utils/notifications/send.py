# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Send the notifications of a run, all at once, and say which could not be sent. Nothing of a receiver's answer or secrets is shown."""

from __future__ import annotations

import contextlib
import http.client
import json
import smtplib
import ssl
import threading
import time
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.notifications.message import Message, message
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.notifications.settings import (
    Mail,
    Webhook,
    parse_receivers,
)

Delivery = tuple[Webhook | Mail, Message]


def notify(report: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Tell the receivers of each appliance, and return the problems as sentences.

    :param settings: by host, the value of the variable; appliances with the same value share a message, and no other appliance is in it
    """
    problems: dict[str, None] = {}
    by_value: dict[str, list[str]] = {}
    for host, value in settings.items():
        by_value.setdefault(json.dumps(value, sort_keys=True), []).append(host)
    deliveries: list[Delivery] = []
    for value, hosts in by_value.items():
        names = set(map(printable, hosts))  # as the report has them
        own = [one for one in report["appliances"] if one["host"] in names]
        try:
            receivers = parse_receivers(json.loads(value))
        except InvalidInput as error:
            number = f"{len(own)} appliance{'' if len(own) == 1 else 's'}"
            problems[f"nobody was notified about {number}: {error}"] = None
            continue
        made = [(receiver, message(report, own, receiver.on)) for receiver in receivers]
        deliveries += [(receiver, one) for receiver, one in made if one is not None]
    return [*problems, *send_all(deliveries)]


def send_all(deliveries: list[Delivery]) -> list[str]:
    """Send messages at the same time, and return a sentence for each that could not be sent within the time-out of its receiver."""
    found: dict[int, str] = {}

    def send(number: int) -> None:
        found[number] = _problem(*deliveries[number])

    threads = [threading.Thread(target=send, args=(number,), daemon=True) for number in range(len(deliveries))]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for (receiver, _message), thread in zip(deliveries, threads, strict=True):
        thread.join(max(0.0, started + receiver.timeout - time.monotonic()))
    return [
        f"{receiver} was not told: {problem}"
        for number, (receiver, _message) in enumerate(deliveries)
        if (problem := found.get(number, f"no answer within {receiver.timeout:g} s"))
    ]


def _problem(receiver: Webhook | Mail, content: Message) -> str:
    """Send a message, and return why it could not be sent; "" where it was."""
    try:
        return _post(receiver, content) if isinstance(receiver, Webhook) else _mail(receiver, content)
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not trusted ({error.verify_message})"
    except smtplib.SMTPResponseException as error:
        return f"{type(error).__name__}, code {error.smtp_code}"
    except OSError as error:
        return error.strerror or type(error).__name__
    except (http.client.HTTPException, ValueError) as error:
        return type(error).__name__


def _context(receiver: Webhook | Mail) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=receiver.ca_file or None)


def _post(hook: Webhook, content: Message) -> str:
    connection = http.client.HTTPSConnection(
        str(hook.url.hostname), hook.url.port, timeout=hook.timeout, context=_context(hook)
    )
    path = (hook.url.path or "/") + (f"?{hook.url.query}" if hook.url.query else "")
    headers = {"Content-Type": "application/json", "User-Agent": "tourniquet", **hook.headers}
    try:
        connection.request("POST", path, json.dumps(content.values).encode(), headers)
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
    return f"{len(refused)} of {len(mail.to)} addresses were refused" if refused else ""
