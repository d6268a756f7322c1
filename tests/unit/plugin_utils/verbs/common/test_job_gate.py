# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a job says of its controller counts in a job only."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.job_gate import admitted_job


@pytest.mark.parametrize("value", [True, "yes", False])
def test_a_slice_without_a_job_is_refused(value: object) -> None:
    """It would leave out the check that a closing has a scope, and that its customers are those of the run."""
    with pytest.raises(InvalidInput) as refused:
        admitted_job({"tourniquet_in_slice": value}, "run")
    assert str(refused.value) == (
        "tourniquet_in_slice leaves checks to a controller, and this run has none. sliced.yml writes it into each job of a closing: leave it out of -e "
        "and of the inventory. Nothing was sent."
    )


def test_a_run_that_is_no_job_is_none() -> None:
    assert admitted_job({}, "run") is None
