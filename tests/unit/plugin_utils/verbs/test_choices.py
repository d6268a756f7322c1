# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The choices of options that name verbs or kinds of measures."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.choices import (
    EXTRAS,
    KINDS,
    QUALITIES,
    choices_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import NAMES


@pytest.mark.parametrize("quality", QUALITIES)
def test_a_quality_chooses_some_of_the_verbs(quality: str) -> None:
    assert 1 < len(choices_of(quality)) < len(NAMES)


def test_an_option_takes_its_choices_from_the_declarations() -> None:
    options = options_of("bootstrap", "bootstrap")
    assert options["playbooks"]["choices"] == choices_of("verbs with rights")
    assert options["extras"]["choices"] == choices_of(EXTRAS)
    assert options["measure_kinds"]["choices"] == choices_of(KINDS)
    assert choices_of(KINDS)[:2] == ["mitigation", "url_whitelist"]
    assert "partitions" not in choices_of(EXTRAS)
    assert "retire" in options_of("rollout", "rollout")["verb"]["choices"]
    assert "retire" not in options_of("sliced", "sliced")["verb"]["choices"]
