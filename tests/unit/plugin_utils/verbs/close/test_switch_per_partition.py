# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where there is the default partition only, the error of its run is that of the command, word for word."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close import switch_per_partition


def test_the_error_of_a_plain_appliance_is_raised_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch_per_partition, "back_to_default", contextlib.nullcontext)
    run = Mock()
    run.carry_out.side_effect = TourniquetError("gw: the lease is lost")
    switch: Any = SimpleNamespace(connection=Mock(), runs={"default": run}, where="gw")
    plan: Any = SimpleNamespace(partitions={"default": None}, is_plain=True)
    with pytest.raises(TourniquetError, match=r"^gw: the lease is lost$"):
        switch_per_partition.PartitionedSwitch.carry_out(switch, plan)
