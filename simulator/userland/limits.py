# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one run of the shell may use at most."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_SCRIPT = 64 * 1024
MOST_INPUT = 1024 * 1024
MOST_OUTPUT = 16 * 1024 * 1024
MOST_STEPS = 20_000
MOST_WORK = 20_000_000
DEEPEST = 24  # substitutions and scripts inside each other


class LimitReached(Exception):
    """The run needs more than it may use."""


@dataclass
class Budget:
    """What is left of the limits of a run. work: bytes that commands read, compare or make."""

    steps: int = MOST_STEPS
    work: int = MOST_WORK
    output: int = MOST_OUTPUT
    seconds: float = 60.0  # of `sleep`
    depth: int = 0

    @property
    def share(self) -> float:
        """How much of the steps, or of the work, is used: from 0 to 1."""
        return 1 - max(min(self.steps / MOST_STEPS, self.work / MOST_WORK), 0)

    def renew(self) -> None:
        """Allow everything again, for the next run."""
        self.steps, self.work, self.output, self.seconds, self.depth = MOST_STEPS, MOST_WORK, MOST_OUTPUT, 60.0, 0

    def step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise LimitReached

    def spend(self, amount: int) -> None:
        self.work -= amount + 1
        if self.work < 0:
            raise LimitReached

    def write(self, amount: int) -> None:
        self.output -= amount
        self.spend(amount)
        if self.output < 0:
            raise LimitReached
