# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The line of ns.conf of a heartbeat. Pure."""

from __future__ import annotations

import re

from ...appliance.objects.ownership import PREFIX

ID = "heartbeat"
_LINE = re.compile(
    rf'[+-] add responder policy {PREFIX}{ID} FALSE NOOP -comment "tourniquet {ID} v[0-9]{{1,9}}[^"]*"', re.IGNORECASE
)


def is_heartbeat_line(line: str) -> bool:
    """Return True if a line of ns.conf, with + or - in front, is the policy of a heartbeat: it is never saved, and concerns no other run.

    A policy of that name with another rule or action is not.
    """
    return _LINE.fullmatch(line) is not None
