# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rule that is not the vendor's is brought in only where a person asked for it: tests/playbooks/test_stop_gap.py plays the refusal."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.run import _require_consent


def parameters(gap: str, *, asked: bool) -> Any:
    return SimpleNamespace(measure=SimpleNamespace(id="demo", stop_gap=gap), stop_gap=asked)


def test_a_rule_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(
        InvalidInput, match=r"^the rule of demo is a stop-gap by a blog, .*add -e stop_gap=true\. Nothing was sent\.$"
    ):
        _require_consent(parameters("a blog", asked=False))


@pytest.mark.parametrize(("gap", "asked"), [("a blog", True), ("", False), ("", True)])
def test_one_that_was_asked_for_and_one_of_the_vendor_are_not(gap: str, asked: bool) -> None:
    _require_consent(parameters(gap, asked=asked))
