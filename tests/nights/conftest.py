# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nights are played quickly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.nights.quick import quick


@pytest.fixture(scope="module", autouse=True)
def _quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with quick(tmp_path_factory.mktemp("assessments")):
        yield
