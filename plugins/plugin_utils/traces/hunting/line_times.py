# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The time of a line in a log of the appliance, and whose request or command it is. Pure; a line is untrusted text of any length.

Lines of httpd have their offset; those of syslogd have neither year nor zone, so the year is the one that is nearest before the clock of the node.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

LONGEST_HEAD = 400
"""Bytes of a line in which its time is looked for."""
_ACCESS = re.compile(rb"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d) ([+-]\d{4})\]")
_ERROR = re.compile(rb"^\[[A-Z][a-z]{2} ([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?:\.\d{1,6})? (\d{4})\]")
_SYSLOG = re.compile(rb"^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) ")
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_REQUEST = re.compile(rb"^([0-9A-Fa-f.:]{2,45}) ")
_AGENT = re.compile(rb'"(tourniquet-probe/[A-Za-z0-9._-]{1,64})"')


def line_time(line: bytes, now: datetime) -> datetime | None:
    """Return the time of a line in the zone of the node, without a zone; None where it has none.

    :param now: the time of the node's clock, or ours
    """
    head = line[:LONGEST_HEAD]
    try:
        if found := _ACCESS.search(head):
            return datetime.strptime(found[1].decode(), "%d/%b/%Y:%H:%M:%S")  # noqa: DTZ007 -- in the zone of the node
        if found := _ERROR.match(head):
            return datetime.strptime(f"{found[1].decode()} {found[2].decode()}", "%b %d %H:%M:%S %Y")  # noqa: DTZ007
        if found := _SYSLOG.match(head):
            month, day = _MONTHS.index(found[1]) + 1, int(found[2])
            hour, minute, second = (int(found[number]) for number in (3, 4, 5))
            made = datetime(now.year, month, day, hour % 24, minute, second)  # noqa: DTZ001 -- a sample has the hour 24
            return made if made <= now + timedelta(days=1) else made.replace(year=now.year - 1)
    except (OverflowError, ValueError):  # the clock of a node may say the year 9999
        return None
    return None


def zoned_request(line: bytes) -> tuple[str, str, datetime | None]:
    """Return the User-Agent of a probe of ours in a line of httpaccess.log, its source, and its time with its zone; "" where it has none."""
    agent, source, time = _AGENT.search(line[:4000]), _REQUEST.match(line), _ACCESS.search(line[:LONGEST_HEAD])
    if agent is None:
        return "", "", None
    try:
        when = datetime.strptime(f"{time[1].decode()} {time[2].decode()}", "%d/%b/%Y:%H:%M:%S %z") if time else None
    except ValueError:
        when = None
    return agent[1].decode(), source[1].decode() if source else "", when
