# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fixture of the rollout tests: opens laboratories, one for the tests of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from simulator import Simulator
from tests.stage.fleet import AT_NIGHT, fleet_file
from tests.stage.played import Laboratory

Opener = Callable[..., Laboratory]


@pytest.fixture(scope="module")
def open_laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    """Starts a fleet: ``open_laboratory({"gw": box()}, variables={"gw": {"lock": False}})``."""
    with ExitStack() as stack:

        def open_(
            appliances: Mapping[str, Any],
            *,
            variables: Mapping[str, Mapping[str, Any]] | None = None,
            switches: Mapping[str, Any] | None = None,
        ) -> Laboratory:
            fleet = fleet_file(appliances, AT_NIGHT, **(switches or {}))
            simulator = stack.enter_context(Simulator(fleet))
            return Laboratory(simulator, tmp_path_factory.mktemp("laboratory"), variables)

        yield open_
