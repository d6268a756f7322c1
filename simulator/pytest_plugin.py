# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures for other people's tests: pytest_plugins = ["simulator.pytest_plugin"] in the conftest.py at the top."""

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
    """What the fleet is: override it with a dictionary or a path, or name a fleet file as netscaler_fleet in the settings."""
    named: str = pytestconfig.getini("netscaler_fleet")
    return str(pytestconfig.rootpath / named) if named else DEFAULT


@pytest.fixture(scope="session")
def _netscaler_simulator(netscaler_fleet_definition: Mapping[str, Any] | str) -> Iterator[Simulator]:
    with Simulator(netscaler_fleet_definition) as simulator:
        yield simulator


@pytest.fixture
def netscaler_fleet(_netscaler_simulator: Simulator) -> Simulator:
    """A running fleet, one for the whole session; every test finds it as the fleet file says, with an empty request log."""
    _netscaler_simulator.reset()
    return _netscaler_simulator
