# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The chain of the change records of one appliance: each carries the hashes of those before it. Pure.

Whoever changes or removes a record later breaks the chain at the one that follows. Usually a record follows one other;
where runs overlapped (a status that proved something while an apply was at work) it follows several. Records are given here
as their contents by their names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

Content = Mapping[str, Any]

# What is noted in a record when it is long finished: the rollback that took it back, which names it itself; where its copies
# are; and where it was fetched from.
NOT_HASHED = ("undone_by", "copies", "origin")
FOUND_UNDONE = "found undone"
# What stands in a record, and in each of its steps, before the first write.
_PLANNED = ("kind", "measure", "version", "run", "who", "started", "reason", "ticket", "seal", "previous", "undoes")
_OF_A_STEP = ("type", "key", "before", "after")


def digest(content: Content) -> str:
    """SHA-256 of a record's canonical JSON, in hexadecimal digits."""
    return _hash({key: value for key, value in content.items() if key not in NOT_HASHED})


def planned_digest(content: Content) -> str:
    """The same of what stands in a record before its first write."""
    steps = [{key: step.get(key) for key in _OF_A_STEP} for step in content.get("steps", ())]
    return _hash({**{key: content.get(key) for key in _PLANNED}, "steps": steps})


def _hash(value: Content) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def links(records: Mapping[str, Content]) -> list[dict[str, str]]:
    """What a new record says of those before it: the ones that no other follows yet."""
    followed = {link["name"] for content in records.values() for link in content.get("previous") or ()}
    return [{"name": name, "sha256": digest(content)} for name, content in records.items() if name not in followed]


def breaks(records: Mapping[str, Content]) -> list[str]:
    """Where the chain is broken, in words; empty where it holds.

    A record that was fetched from an appliance follows those of another control node, which need not be here as they were there.
    """
    found = []
    for name, content in records.items():
        if not content.get("origin"):
            for link in content.get("previous") or ():
                before = records.get(link["name"])
                if before is None:
                    found.append(f"{name} follows {link['name']}, which is missing")
                elif digest(before) != link["sha256"]:
                    found.append(f"{link['name']} was changed after {name} had been written")
        undone_by = content.get("undone_by")
        rollback = records.get(str(undone_by), {})
        if undone_by and undone_by != FOUND_UNDONE and name not in (rollback.get("undoes") or ()):
            found.append(f"{name} says that {undone_by} took it back, which no such record confirms")
    return found
