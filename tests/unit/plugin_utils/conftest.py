# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures for the tests of sessions and probes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.plugin_utils.scripted_server import Certificates, Server, make_certificates, serve


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def https(certificates: Certificates) -> Iterator[Server]:
    with serve(certificates.context()) as server:
        yield server


@pytest.fixture
def http() -> Iterator[Server]:
    with serve() as server:
        yield server
