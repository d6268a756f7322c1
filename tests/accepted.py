# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check takes: its test has an assertion too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import tests.collection  # isort: skip  # noqa: F401

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError


@contextmanager
def accepted(*also: type[Exception]) -> Iterator[None]:
    """Assert that nothing in a block is refused.

    :param also: errors that may come out of it all the same
    """
    refused = ""
    try:
        yield
    except also:
        pass
    except TourniquetError as error:
        refused = str(error)
    assert not refused
