# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The probes that execution nodes have noted, brought to the controller with their change records: its hunts then know them in the logs.

A note says which run sent probes, and when. It never says from where, so no node can have the requests of others left out of a hunt.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from ...change.records.sent_probes import LONGEST, MOST, keep_probes, last_probes_of, parse_probes, sent_probes
from ...foundation.counted import counted
from .bounded_json import MOST_OF_A_JOB, parse_bounded

MOST_BYTES = 16 * 1024 * 1024
"""Of the notes that a job brings: a job whose files are larger than any job's would count as lost."""
MOST_LEFT = 1_000_000
"""Notes without room, as a page says it: the node chooses the number."""
LEFT = ""
"""The key beside the names of appliances, of which none is empty: how many notes had no room."""


def known_probes(directory: Path, node: str, hosts: Collection[str]) -> dict[str, str]:
    """Return by appliance the time from which on a node sends the probes that it has noted; "" for all.

    :raises InvalidInput: where our notes cannot be read
    """
    last = {host: last_probes_of(directory, node, host) for host in hosts}
    return {host: (one.began - LONGEST).isoformat() if one else "" for host, one in last.items()}


def probes_to_send(directory: Path, known: Mapping[str, str]) -> str:
    """Return the probes that the controller may not have, as JSON.

    :param known: by :func:`known_probes`
    :raises InvalidInput: where the notes cannot be read
    """
    sent: dict[str, Any] = {}
    left = 0
    for host, since in known.items():
        probes = [
            one.to_json()
            for one in sent_probes(directory, host)
            if not since or one.began >= datetime.fromisoformat(since)
        ]
        newest = _with_room(probes[-MOST:], MOST_BYTES // len(known))
        left += len(probes) - len(newest)
        if newest:
            sent[host] = newest
    return json.dumps({**sent, LEFT: left} if left else sent)


def _with_room(probes: Sequence[Mapping[str, Any]], room: int) -> list[Mapping[str, Any]]:
    """Return the newest probes that have room in so many bytes."""
    sizes = accumulate(len(json.dumps(one)) for one in reversed(probes))
    number = sum(1 for size in sizes if size <= room)
    return [*probes[len(probes) - number :]]


def keep_sent_probes(content: bytes, node: str, hosts: Collection[str], directory: Path) -> str:
    """Write down which probes a node has noted, and return what is wrong with what it sent, as a sentence, or "".

    :param content: of the file that the node sent
    :param hosts: the appliances that it may speak of
    :raises InvalidInput: where they cannot be written
    """
    try:
        sent = parse_bounded(content, MOST_OF_A_JOB)
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        return f"{node}: the probes that it has noted cannot be read. Hunts name them as attempts"
    left = sent.pop(LEFT, 0)
    left_alone = len(sent.keys() - set(hosts))
    for host in hosts:
        values = sent.get(host, [])
        found = list(map(parse_probes, values[:MOST])) if isinstance(values, list) else [None]
        left_alone += None in found
        keep_probes(directory, node, host, filter(None, found))
    problems = []
    if isinstance(left, int) and left > 0:
        problems.append(
            f"{counted(min(left, MOST_LEFT), 'note')} of its probes had no room in the job. Hunts name these probes as attempts"
        )
    if left_alone:
        problems.append(f"some of the probes that it has noted were left alone ({counted(left_alone, 'appliance')})")
    return f"{node}: {'; '.join(problems)}" if problems else ""
