# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file of facts has strict types, and names the customer, the fact and the fix where one is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import told
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts_json import (
    SCHEMA,
    customer_values,
    read_customer_facts,
    read_file_of_facts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.letters_world import GATEWAY, before, now
from tests.played_together import played_together

RIGHT = {"kind": "closed", "place": GATEWAY, "when": "2020-01-17T13:00:00+00:00", "known": "2020-01-17T13:00:00+00:00"}
RIGHT |= {"source": "record 1", "label": "TLP:AMBER"}


def file_with(*facts: Any, **more: Any) -> dict[str, Any]:
    return {"schema": SCHEMA, "customers": [{"customer": "Brouwer", "services": [GATEWAY], "facts": [*facts]} | more]}


def test_facts_survive_the_way_through_json() -> None:
    values = {"schema": SCHEMA, "customers": [customer_values(now()), customer_values(before("vs", "De Wit"))]}
    assert read_file_of_facts("f", values) == (now(), before("vs", "De Wit"))
    follows = told(before())
    assert read_customer_facts("f", customer_values(follows), with_what_follows=True) == follows


@played_together(
    ("change", "problem"),
    [
        ({"kind": "safe"}, "kind is 'safe'. It must be one of: weakness, .*, mitigated, put_back, proven, "),
        ({"kind": "mitigates"}, "kind is 'mitigates'; did you mean mitigated\\? It must be one of: weakness"),
        ({"kind": None}, "kind is None. It must be one of: weakness"),
        ({"kind": "not_searched"}, r"\(not_searched\): it follows from the other facts"),
        ({"place": "vs-dewit"}, "place is 'vs-dewit', which is not among the services of this customer"),
        ({"place": ""}, "place is '', which is not among"),
        ({"place": 7}, "place must be a text"),
        ({"place": "x" * 501}, "place must be a text of at most 500 characters"),
        ({"when": None}, "when is missing"),
        ({"when": "2020-01-17T13:00:00"}, "has no time zone"),
        ({"when": "yesterday"}, "'yesterday' is no time: write it as 2020-01-17T13:00:00"),
        ({"when": "2020-02-30"}, "'2020-02-30' is no day: write one such as 2020-01-17"),
        ({"when": 1579262400}, "is no time: write it as"),
        ({"known": None}, "known is missing"),
        ({"source": " "}, "source is missing"),
        (
            {"label": "AMBER"},
            r"label is 'AMBER'; did you mean TLP:AMBER\? It must be one of: TLP:CLEAR, TLP:GREEN, TLP:AMBER, ",
        ),
        ({"label": None}, "label is None"),
        ({"count": True}, "count is True, and must be a number of users"),
        ({"count": -1}, "count is -1"),
        ({"kind": "users"}, "count is missing"),
        ({"kind": "proven"}, "proof is missing"),
        ({"kind": "protection_ended"}, "cause is missing"),
        ({"kind": "protection_ended", "cause": "bad luck"}, "cause is 'bad luck'. It must be one of: "),
        ({"kind": "proven", "proof": "belief"}, "proof is 'belief'. It must be one of: "),
        ({"kind": "agreed"}, "by is missing"),
        ({"kind": "weakness"}, "entry is missing"),
        ({"kind": "fixed", "until": "2020-01-18"}, "until counts for closed, closed_notice, .* only"),
        ({"kind": "fixed", "part": "gw"}, "part counts for closed, closed_notice, .* only"),
        ({"password": "x"}, "must be a mapping with the keys"),
    ],
)
def test_a_wrong_fact_is_refused(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=f"facts.json: Brouwer: fact 2.*{problem}"):
        read_file_of_facts("facts.json", file_with(RIGHT, RIGHT | change))


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([], "it must be a mapping with schema"),
        ({"schema": SCHEMA, "customers": {}}, "a list of customers"),
        ({"schema": SCHEMA, "customers": [{}]}, "a customer must be a mapping of customer, services and facts"),
        (file_with(customer="a\nb"), "the name of a customer must be one line of text"),
        (file_with(services=[7]), "Brouwer: services must be a list of names"),
        (file_with(facts={}), "Brouwer: facts must be a list"),
        (
            {"schema": SCHEMA, "customers": file_with()["customers"] * 2},
            "the customer 'Brouwer' is there twice",
        ),
    ],
)
def test_a_wrong_file_is_refused(values: Any, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read_file_of_facts("facts.json", values)
