# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action of consent.yml: what is an entry, and what is refused before anything is written."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.consent import run as consent

KNOWN = {"Brouwer", "De Wit", "Café Rood", "Kok"}
GIVEN = {"customer": "De Wit", "new_state": "agreed", "who": "P. de Wit", "how": "by telephone"}


def options(**given: str) -> dict[str, Any]:
    return {**dict.fromkeys(consent._TEXTS, ""), **given}


def test_without_a_state_nothing_is_added() -> None:
    assert consent._entry(options(), KNOWN) is None


def test_an_entry() -> None:
    entry = consent._entry(options(**GIVEN, at="2020-01-17T14:00+01:00", ticket=" CHG1 "), KNOWN)
    assert entry is not None
    assert entry.text == "agreed 2020-01-17 13:00 UTC by P. de Wit, by telephone (CHG1)"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"new_state": ""}, "customer is given without a state: add -e state=... (advised, agreed, refused, closed"),
        ({"who": " ", "how": ""}, "who and how must be given for the register: -e customer=Brouwer"),
        ({"new_state": "maybe"}, "state is 'maybe': write one of advised, agreed"),
        ({"customer": "De Witt"}, "no customer is called 'De Witt'; did you mean De Wit. tourniquet_customers, "),
        ({"customer": "Kuiper"}, "no customer is called 'Kuiper'. tourniquet_customers, "),
        ({"who": "J. Jansen for brouwer"}, "which names the customer 'Brouwer', and a letter to De Wit says it"),
        ({"who": "J. Smit, Cafe Rood"}, "which names the customer 'Café Rood', and a letter to De Wit says it"),
        ({"who": "J. Smit for Bakkerij Kok"}, "which names the customer 'Kok'"),
        ({"at": "yesterday"}, "at is 'yesterday': write a past time with its zone"),
        ({"at": "2020-01-17T14:00"}, "write a past time with its zone"),
        ({"at": "2999-01-17T14:00+00:00"}, "write a past time with its zone"),
        ({"who": "a\nb"}, "who must be one line of text"),
    ],
)
def test_what_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        consent._entry(options(**{**GIVEN, **given}), KNOWN)
    assert said in str(raised.value)


def test_a_person_with_the_surname_of_another_customer_is_a_person_as_in_a_letter() -> None:
    entry = consent._entry(options(**{**GIVEN, "who": "J. Kok"}), KNOWN)
    assert entry is not None
    assert entry.who == "J. Kok"


def test_the_customers_of_appliances() -> None:
    hosts = {
        "gw": {"netscaler_customer": "Brouwer", "netscaler_vserver_customers": {"vs": "De Wit"}},
        "box": {"netscaler_partition_customers": {"tenant": "Jansen"}, "netscaler_vserver_customers": "no mapping"},
    }
    assert set(consent._customers_of_hosts(hosts)) == {"Brouwer", "De Wit", "Jansen", ""}
