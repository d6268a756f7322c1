# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of a measure in the inventory that are refused with the host, the variable and the fix."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.appfw_log.measure import load_appfw_log
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.management_log.measure import (
    load_management_log,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.supplied.measure import _settings

DAY = date(2026, 12, 2)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("true", r"catalogue_measures: demo must be a mapping with expression and priority$"),
        ({"rule": "x"}, "catalogue_measures: demo must be a mapping with expression and priority"),
        ({"expression": " "}, "catalogue_measures: demo: expression must be a text of 1 to"),
        (
            {"expression": "true", "priority": True},
            "catalogue_measures: demo: priority must be a whole number from 1 to",
        ),
        ({"expression": "true", "priority": 0}, "catalogue_measures: demo: priority must be a whole number from 1 to"),
    ],
)
def test_settings_of_what_the_vendor_supplies(settings: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        _settings("demo", settings)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("syslog1", r"^gw-a: netscaler_management_log_servers is .*\. Write a list of at most \d+ names"),
        (["a"] * 200, r"^gw-a: netscaler_management_log_servers has 200 entries\. Write a list"),
        (
            ["a", 7],
            r"^gw-a: netscaler_management_log_servers has as entry 2 .*\. Write the name of an audit syslogAction\. Nothing",
        ),
        (
            ["a", "a"],
            r"^gw-a: netscaler_management_log_servers has a twice\. Leave one of them out\. Nothing was sent\.$",
        ),
    ],
)
def test_servers_of_the_management_log(value: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        load_management_log(value, "gw-a", DAY)


def test_a_word_for_the_application_firewall() -> None:
    with pytest.raises(
        InvalidInput, match=r"^gw-a: \S+ is neither true nor false\. Write one of them\. Nothing was sent\.$"
    ):
        load_appfw_log("maybe", "gw-a", DAY)
