# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of our own requests in a log that has lost the client: as many are ours as were sent, and one more is for review.

httpd of some builds logs its own address for every client of a Gateway. Run and time of such a line fit, and its address cannot be tested.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .whose import Answer

MOST = 2000
"""Runs and logs whose lines are remembered; the oldest are forgotten, and a line of theirs is for review."""


@dataclass
class LostClients:
    """Counts these lines.

    :ivar seen: by log, node and run, how many lines were ours; kept between two readings, so that a line is not ours twice
    """

    seen: dict[str, int] = field(default_factory=dict)

    def takes(self, answer: Answer, log: str) -> bool:
        """Return True if a line is one of ours.

        :param answer: whose the request is
        :param log: its node and log, or what else counts by itself
        """
        found = answer.lost
        if found is None:
            return False
        key = f"{log} {found[0]}"
        if self.seen.get(key, 0) >= found[1]:
            return False
        self.seen[key] = self.seen.pop(key, 0) + 1
        while len(self.seen) > MOST:
            del self.seen[next(iter(self.seen))]
        return True

    def forget(self, log: str) -> None:
        """Forget the lines of a log that is read whole again."""
        for key in [key for key in self.seen if key.startswith(f"{log} ")]:
            del self.seen[key]
