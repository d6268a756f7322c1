# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hostile appliance for the tests, and the figures of the suite at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.server import HostileServer, hostile


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """The layer that changes answers, honest until a test installs a rule."""
    with hostile() as layer:
        yield layer
