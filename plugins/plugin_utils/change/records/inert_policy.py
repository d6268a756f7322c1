# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The line of ns.conf of a policy of ours that matches no request and does nothing. Pure."""

from __future__ import annotations

import re

from ...appliance.objects.ownership import PREFIX

_LINE = re.compile(
    rf'[+-] add responder policy {PREFIX}(?P<id>[a-z0-9_]{{1,60}}) FALSE NOOP -comment "tourniquet (?P=id) v[0-9]{{1,9}}[^"]*"',
    re.IGNORECASE,
)


def measure_of_inert_policy(line: str) -> str:
    """Return the measure of a line of ns.conf, with + or - in front, that is an inert policy: it is never saved, and concerns no other run. "" for others.

    A policy of that name with another rule or action is not.
    """
    found = _LINE.fullmatch(line)
    return found["id"].lower() if found else ""
