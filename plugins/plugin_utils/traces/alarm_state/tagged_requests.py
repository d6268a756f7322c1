# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hits of our policies are requests of a test of the alarm: they have a tag that nobody else knew. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ...measures.alarm import Alarm


@dataclass(frozen=True)
class TaggedRequest:
    """A request of a test.

    :ivar words: the first words of the log actions of its alarm
    :ivar rise: by policy of the alarm, the rise of its counter
    :ivar was_sent: False where it did not leave this machine
    """

    tag: str
    words: tuple[str, ...]
    rise: Mapping[str, int]
    was_sent: bool


def own_hits(alarms: Iterable[Alarm], lines: Iterable[bytes], rise: Mapping[str, int]) -> dict[str, int]:
    """Return by policy how many of its hits are requests of this test: as many as lines of its log action have the tag, which nobody else knew.

    One request may match the policies of several alarms, so the lines count, and not the requests.

    :param lines: those of the log that hold the tag
    """
    own: dict[str, int] = {}
    left = dict.fromkeys(lines)
    for alarm in alarms:
        words = [word.encode() for word in alarm.log_actions.values()]
        mine = [line for line in left if any(word in line for word in words)]
        for policy in alarm.policies:
            taken = mine[: rise.get(policy, 0)]
            mine = mine[len(taken) :]
            for line in taken:
                del left[line]
            if taken:
                own[policy] = len(taken)
    return own


def hits_without_line(requests: Iterable[TaggedRequest], lines: Iterable[bytes]) -> dict[str, int]:
    """Return by policy the one hit that is the request of a test whose line is missing: it was sent in between."""
    logged = list(lines)
    return {
        next(name for name, rise in one.rise.items() if rise): 1
        for one in requests
        if one.was_sent and any(one.rise.values()) and not holds_message(logged, one.tag, one.words)
    }


def with_hits_behind(
    own: Mapping[str, int], behind: Iterable[tuple[Iterable[str], int]], rise: Mapping[str, int]
) -> dict[str, int]:
    """Return by policy the hits of this test, with those of requests that no policy of their own alarm stopped, and that went on to a list.

    The message of a list has no query, so it has no tag of theirs: never more of its rise is ours than came to it.

    :param own: those that are known
    :param behind: the policies of each list, and how many such requests went on to it
    """
    found = dict(own)
    for policies, came in behind:
        left = came
        for policy in policies:
            more = max(0, min(left, rise.get(policy, 0) - found.get(policy, 0)))
            found |= {policy: found.get(policy, 0) + more} if more else {}
            left -= more
    return found


def holds_message(lines: Collection[bytes], tag: str, words: Collection[str]) -> bool:
    """Return True if one of some lines is a message of ours: it holds the tag and the first words of one of our log actions.

    Others may log the URL of the same request, so the tag alone would prove their log action and not ours.
    """
    return any(
        tag.encode() in line and (not word or word.encode() in line.partition(tag.encode())[0])
        for line in lines
        for word in words
    )


def risen(names: Iterable[str], before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """Return by name by how much a counter rose. One that is lower than before began again, and counts from zero."""
    rise = {}
    for name in names:
        then, current = before.get(name, 0), now.get(name, 0)
        rise[name] = current - then if current >= then else current
    return rise
