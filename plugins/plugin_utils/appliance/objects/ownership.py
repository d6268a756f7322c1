# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ownership of objects: an object is ours by the prefix of its name and, where its type has one, by its comment. Pure.

The comment is ``tourniquet <measure> v<version> <ticket>``. Names have no version, so a new version changes the objects in place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...foundation.errors import InvalidInput
from .resource_types import TYPES, Attributes, ObjectId

PREFIX = "tq_"
SEPARATOR = "__"  # no id contains it, so the names of two measures cannot be confused
TWIN_SUFFIX = SEPARATOR + "twin"
_MEASURE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_TICKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._#/-]{0,63}")
_COMMENT = re.compile(r"tourniquet ([a-z][a-z0-9_]*) v([0-9]{1,9})(?: (.*))?")


@dataclass(frozen=True)
class Owner:
    """A measure at one version, under one ticket.

    :raises InvalidInput: where the measure's id or the ticket has characters that a name or a comment cannot have
    """

    measure: str
    version: int
    ticket: str = ""

    def __post_init__(self) -> None:
        if not _MEASURE.fullmatch(self.measure) or len(self.measure) > 60:
            raise InvalidInput(
                f"the measure {self.measure!r} must be up to 60 lower-case letters and digits, with single underscores in between"
            )
        if self.ticket and not _TICKET.fullmatch(self.ticket):
            raise InvalidInput(f"the ticket {self.ticket!r} may hold up to 64 letters, digits, blanks and . _ # / -")

    @property
    def name(self) -> str:
        """The name of our objects, or the start of it."""
        return PREFIX + self.measure

    @property
    def comment(self) -> str:
        return f"tourniquet {self.measure} v{self.version}" + (f" {self.ticket}" if self.ticket else "")

    def owns_name(self, name: str) -> bool:
        return name == self.name or name.startswith(self.name + SEPARATOR)

    def owns(self, object_id: ObjectId, attributes: Attributes) -> bool:
        """True if an object is ours: by its name, and by its comment where its type has one."""
        type_ = TYPES[object_id[0]]
        if type_.only_set:
            return False  # a setting is the appliance's, or of an object of others; the records say what we set
        if type_.bound:
            named = str(attributes.get(type_.policy_attribute or type_.parent, ""))
            return self.owns_name(named)
        if type_.is_singleton:  # a singleton is ours if it names a file of ours
            return self.owns_name(str(attributes.get("Locationfile", "")).rpartition("/")[2])
        if not self.owns_name(object_id[1][0]):
            return False
        return not type_.has_comment or version_in(attributes, self.measure) is not None


def version_in(attributes: Attributes, measure: str) -> int | None:
    """Return the version in the comment of an object of a measure; None where the comment is of something else."""
    match = _COMMENT.fullmatch(str(attributes.get("comment", "")))
    return int(match[2]) if match and match[1] == measure else None


def same_deployment(one: str, other: str) -> bool:
    """True if two comments have the same measure and version; the ticket may differ, because the first one is kept."""
    first, second = _COMMENT.fullmatch(one), _COMMENT.fullmatch(other)
    return bool(first and second and first.groups()[:2] == second.groups()[:2])
