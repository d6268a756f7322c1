# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures for the tests of other projects: pytest_plugins = ["simulator.pytest_plugin"] in the top-level conftest.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from simulator import Simulator

DEFAULT: dict[str, Any] = {
    "appliances": {
        "netscaler": {"build": "13.1 53.24", "nodes": ["127.0.0.1:0"], "features": ["LB", "CS", "SSL", "RESPONDER"]}
    }
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("netscaler_fleet", "the fleet file of the fixture netscaler_fleet (default: one appliance)")


@pytest.fixture(scope="session")
def netscaler_fleet_definition(pytestconfig: pytest.Config) -> Mapping[str, Any] | str:
    """Return the definition of the fleet. Override it with a dictionary or a path, or set netscaler_fleet in the pytest settings."""
    named: str = pytestconfig.getini("netscaler_fleet")
    return str(pytestconfig.rootpath / named) if named else DEFAULT


@pytest.fixture(scope="session")
def _netscaler_simulator(netscaler_fleet_definition: Mapping[str, Any] | str) -> Iterator[Simulator]:
    with Simulator(netscaler_fleet_definition) as simulator:
        yield simulator


@pytest.fixture
def netscaler_fleet(_netscaler_simulator: Simulator) -> Simulator:
    """Return a running fleet, one for the whole session. Each test finds the state of the fleet file and an empty request log."""
    _netscaler_simulator.reset()
    return _netscaler_simulator
