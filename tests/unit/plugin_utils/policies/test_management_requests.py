# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests by which an appliance is managed."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.management_requests import (
    MANAGEMENT_REQUESTS,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    RequestOutcome,
    banks_of,
    request_of,
)


def blocked_by(rule: str) -> set[str]:
    objects: dict[ObjectId, Attributes] = {
        ("responderpolicy", ("p",)): {"name": "p", "rule": rule, "action": "DROP"},
        ("responderglobal_responderpolicy_binding", ("p", "REQ_OVERRIDE")): TYPES[
            "responderglobal_responderpolicy_binding"
        ].canonical({"policyname": "p", "type": "REQ_OVERRIDE", "priority": 1}),
    }
    bank = banks_of(objects)["REQ_OVERRIDE"]
    return {
        f"{case.method} {case.url}"
        for case in MANAGEMENT_REQUESTS
        if bank.evaluate(request_of(case, session=False)).outcome is RequestOutcome.BLOCKED
    }


def test_a_rule_that_cuts_nitro_the_gui_or_the_log_on_is_seen() -> None:
    everything = {f"{case.method} {case.url}" for case in MANAGEMENT_REQUESTS}
    assert blocked_by("true") == everything
    assert {"POST /nitro/v1/config/login", "POST /nitro/v1/config/logout"} <= blocked_by(
        'HTTP.REQ.URL.STARTSWITH("/nitro/")'
    )
    assert {"POST /login/do_login", "GET /menu/neo"} <= blocked_by('HTTP.REQ.URL.STARTSWITH("/nitro/").NOT')
    assert any(text.startswith("DELETE ") for text in blocked_by('HTTP.REQ.METHOD.EQ("DELETE")'))


def test_they_are_legitimate_requests_without_a_gateway_session_each_with_an_id() -> None:
    assert len({case.id for case in MANAGEMENT_REQUESTS}) == len(MANAGEMENT_REQUESTS)
    assert not any(case.attack or case.sessions() != (False,) for case in MANAGEMENT_REQUESTS)
