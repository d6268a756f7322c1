# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lets nights be played quickly: no sockets, no disk that is waited for, what a rule does is judged once; the second evaluator judges traffic."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.appliance_evaluation import (
    SharedEvaluation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies import assessment

from tests.nights.rules.traffic import judged_here
from tests.stage import client
from tests.stage.memory_connections import client_of, memory_connections


@contextmanager
def quick(assessments: Path) -> Iterator[None]:
    """Play quickly.

    :param assessments: the directory of what rules do
    """
    with memory_connections(), judged_here(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "connection_to", client_of)
        patch.setattr(os, "fsync", lambda _descriptor: None)
        patch.setattr(assessment, "CACHE_DIRECTORY", str(assessments))
        patch.setattr(SharedEvaluation, "needs_all", lambda _shared: False)
        yield
