# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command policies of a user: may the user send a command? Evaluated here, so nothing is sent to find out. Pure.

A command policy is a regular expression over the command-line form of a request, without regard to case. The policies of a user and of the
user's groups are evaluated by priority: the first one that matches decides, and a command that none matches is refused (administration
guide, command policies). The expressions come from the appliance, so each search is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ..policy_language.bounded_search import BoundedSearch
from ..policy_language.errors import ExpressionError
from ..policy_language.pcre import compile_pcre
from ..policy_language.results import Halt


@dataclass(frozen=True)
class CommandPolicy:
    """One command policy that is bound to the user or to a group of the user.

    :ivar pattern: its regular expression (cmdspec)
    """

    name: str
    allows: bool
    pattern: str
    priority: int

    @cached_property
    def _search(self) -> BoundedSearch | None:
        try:
            return BoundedSearch(compile_pcre(self.pattern, ignore_case=True))
        except ExpressionError:
            return None

    def matches(self, command: str) -> bool | None:
        """Return True if the policy is about a command; None where its expression cannot be evaluated here."""
        if self._search is None:
            return None
        try:
            return self._search.search(command) is not None
        except Halt:
            return None


@dataclass(frozen=True)
class Rights:
    """The rights of the user of the sessions.

    :ivar policies: the command policies, by priority
    :ivar unknown: why they are not known, or ""
    """

    user: str = ""
    policies: tuple[CommandPolicy, ...] = ()
    unknown: str = ""

    def allow(self, command: str) -> bool | None:
        """Return True if the user may send a command; None where that is not known."""
        if self.unknown:
            return None
        for policy in self.policies:
            matches = policy.matches(command)
            if matches is None:
                return None
            if matches:
                return policy.allows
        return False

    def missing(self, commands: Iterable[str]) -> list[str]:
        """Return the commands that the user may not send, in their order."""
        return [command for command in dict.fromkeys(commands) if self.allow(command) is False]
