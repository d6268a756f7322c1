# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where there is the default partition only, the error of its run is that of the command, word for word; otherwise each is named."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.partition_runner import OnFailure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_per_partition import (
    PartitionedSwitch,
)


def carried_out(on_failure: OnFailure, *names: str) -> TourniquetError:
    """Return the error of a run of which each partition but the last fails."""
    parameters: Any = SimpleNamespace(appliance=SimpleNamespace(name="gw"))
    switch = PartitionedSwitch(Mock(), parameters, Mock(), on_failure)
    for name in names:
        switch.runs[name] = Mock()
        switch.runs[name].carry_out.side_effect = TourniquetError("gw: the lease is lost")  # type: ignore[attr-defined]
    switch.runs[names[-1]].carry_out.side_effect = None if len(names) > 1 else TourniquetError("gw: the lease is lost")  # type: ignore[attr-defined]
    plan: Any = SimpleNamespace(partitions=dict.fromkeys(names), is_plain=len(names) == 1)
    with pytest.raises(TourniquetError) as raised:
        switch.carry_out(plan)
    return raised.value


def test_the_error_of_a_plain_appliance_is_raised_as_it_is() -> None:
    assert str(carried_out(OnFailure.STOP, "default")) == "gw: the lease is lost"


@pytest.mark.parametrize(
    ("on_failure", "text"),
    [
        (OnFailure.STOP, "Not started because of this failure: partition a, b"),
        (OnFailure.GO_ON, "partition a: the lease is lost"),
    ],
)
def test_each_partition_that_failed_and_each_that_was_not_begun_is_named(on_failure: OnFailure, text: str) -> None:
    assert str(carried_out(on_failure, "default", "a", "b")) == f"gw: partition default: the lease is lost; {text}"
