# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The customers of the inventory: strict types, and errors that name host, customer and fix."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import (
    EXAMPLE,
    MOST_TEXT,
    Contact,
    Customer,
    customer_named,
    read_customers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together


def test_the_example_of_the_errors() -> None:
    assert read_customers("gw", yaml.safe_load(EXAMPLE)) == {
        "Brouwer": Customer(
            "Brouwer",
            "nl",
            (Contact("A. Brouwer", "", "a.brouwer@example.com", "+31 20 555 0100"),),
        )
    }


def test_defaults() -> None:
    assert read_customers("gw", None) == {}
    assert read_customers("gw", {"De Wit": None}) == {"De Wit": Customer("De Wit")}
    assert read_customers("gw", {"De Wit": {}})["De Wit"].language == "nl"
    assert not read_customers("gw", {"De Wit": {}})["De Wit"].must_agree
    assert read_customers("gw", {"De Wit": {"consent": True}})["De Wit"].must_agree
    assert read_customers("gw", {"De Wit": {}})["De Wit"].contract == ""
    assert read_customers("gw", {"De Wit": {"contract": " C-14 "}})["De Wit"].contract == "C-14"


def test_a_customer_that_is_not_described_has_its_name_only() -> None:
    known = read_customers("gw", {"De Wit": {"language": "en"}})
    assert customer_named(known, "De Wit").language == "en"
    assert customer_named(known, "Jansen") == Customer("Jansen")


@played_together(
    ("value", "said"),
    [
        (["Brouwer"], "must be a mapping of names"),
        ({1: {}}, "the name of a customer must be one line of text"),
        ({" ": {}}, "the name of a customer is empty"),
        ({"a\nBcc: x@example.com": {}}, "the name of a customer must be one line"),
        ({"De Wit": "nl"}, "De Wit must be a mapping"),
        ({"De Wit": {"languge": "nl"}}, "De Wit has an unknown key 'languge'"),
        ({"De Wit": {"language": "de"}}, "De Wit: language is 'de', and must be one of nl, en"),
        ({"De Wit": {"consent": "yes"}}, "De Wit: consent is 'yes', and must be true or false"),
        ({"De Wit": {"tier": "gold"}}, "De Wit has an unknown key 'tier'"),
        ({"De Wit": {"contract": 14}}, "De Wit: contract must be one line of text"),
        ({"x" * (MOST_TEXT + 1): {}}, "the name of a customer must be one line"),
        ({"De Wit": {"contacts": {"name": "A"}}}, "De Wit: contacts must be a list"),
        ({"De Wit": {"contacts": ["A"]}}, "De Wit: contact 1 must be a mapping"),
        ({"De Wit": {"contacts": [{"mail": "a@example.com"}]}}, "De Wit: contact 1 has no name"),
        ({"De Wit": {"contacts": [{"name": "A", "mial": "a@example.com"}]}}, "De Wit: contact 1 has an unknown key"),
        ({"De Wit": {"contacts": [{"name": "A\r\nBcc: b@example.com"}]}}, "De Wit: contact 1: name must be one line"),
    ],
)
def test_wrong_values_name_customer_and_fix(value: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_customers("gw", value)
    assert str(raised.value).startswith(f"gw: tourniquet_customers: {said}")
    assert EXAMPLE in str(raised.value)


@pytest.mark.parametrize(
    "mail",
    [
        "a",
        "a@b",
        "a b@example.com",
        "A <a@example.com>",
        "a@example.com, b@example.com",
        "a@example.com>",
        "a@-x.com",
        "é@example.com",
    ],
)
def test_what_is_no_single_mail_address(mail: str) -> None:
    with pytest.raises(InvalidInput, match=r"contact 1: mail is .* which is no mail address"):
        read_customers("gw", {"De Wit": {"contacts": [{"name": "A", "mail": mail}]}})


@pytest.mark.parametrize("phone", ["call me", "1", "+31;ext=1", "0900-<b>"])
def test_what_is_no_telephone_number(phone: str) -> None:
    with pytest.raises(InvalidInput, match=r"contact 1: phone is .* which is no telephone number"):
        read_customers("gw", {"De Wit": {"contacts": [{"name": "A", "phone": phone}]}})
