# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hash chain of the change records of one appliance: each record has the hashes of those before it. Pure.

A record that is changed or removed later breaks the chain at the record that follows. Usually a record follows one other;
where runs overlapped (a status that proved something during an apply) it follows several. Records are given here as JSON objects, by
the names of their files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

Content = Mapping[str, Any]

# Keys that are set after the end of a run: the rollback that undid it, which names the run itself; the nodes with a copy; and the
# origin of a fetched record.
NOT_HASHED = ("undone_by", "copies", "origin")
FOUND_UNDONE = "found undone"
# The keys of a record, and of its steps, that are set before the first write.
_PLANNED = ("kind", "measure", "version", "run", "who", "started", "reason", "ticket", "seal", "previous", "undoes")
_OF_A_STEP = ("type", "key", "before", "after")


def digest(content: Content) -> str:
    """Return the SHA-256 of a record's canonical JSON, as hexadecimal digits."""
    return _hash({key: value for key, value in content.items() if key not in NOT_HASHED})


def planned_digest(content: Content) -> str:
    """Return the SHA-256 of the values that a record has before the first write."""
    steps = [{key: step.get(key) for key in _OF_A_STEP} for step in content.get("steps", ())]
    return _hash({**{key: content.get(key) for key in _PLANNED}, "steps": steps})


def _hash(value: Content) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def links_to(records: Mapping[str, Content]) -> list[dict[str, str]]:
    """Return the links of a new record: name and digest of the records that no other record follows yet."""
    followed = {link["name"] for content in records.values() for link in content.get("previous") or ()}
    return [{"name": name, "sha256": digest(content)} for name, content in records.items() if name not in followed]


def chain_breaks(records: Mapping[str, Content]) -> list[str]:
    """Return the breaks of the chain as sentences; empty where it is whole.

    The links of a fetched record are not checked: it follows records of another control node, which need not be here.
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
            found.append(f"{name} says that {undone_by} undid it, which no such record confirms")
    return found
