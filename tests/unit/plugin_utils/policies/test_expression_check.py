# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The expressions of a document, checked before anything is sent."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.expression_check import (
    ExpressionCheck,
    check_expressions,
)

from tests.unit.plugin_utils.policies.policy_objects import OURS, Objects, bound, put
from tests.unit.plugin_utils.policies.test_policy_bank import render


def document(type_name: str, **attributes: object) -> Objects:
    objects: Objects = {}
    put(objects, type_name, name=OURS, **attributes)
    return objects


@pytest.mark.parametrize("version", [1, 2])
def test_the_catalogue_is_right(version: int) -> None:
    assert check_expressions(render(version).objects, {}) == ExpressionCheck()


@pytest.mark.parametrize(
    ("objects", "error"),
    [
        (bound(OURS, 1, 'HTTP.REQ.URL.CONTAIN("x")'), "responder policy tq_demo, rule: http_url_t has no function CONTAIN: did you mean"),
        (bound(OURS, 1, "HTTP.REQ.URL.LENGTH"), "responder policy tq_demo, rule: must be a condition, and is a number"),
        (bound(OURS, 1, "true", goto="HTTP.REQ.URL"), "responder global tq_demo, gotopriorityexpression: must be a number, and is text"),
        (document("responderaction", type="respondwith", target="true"), "target: must be a text, and is a condition"),
        (document("responderaction", type="redirect", target='"x'), "target: syntax error"),
        (document("auditmessageaction", loglevel="INFORMATIONAL", stringbuilderexpr="FALSE"), "stringbuilderexpr: must be a text"),
        (document("policyexpression", value="1 +"), "policy expression tq_demo, value: the expression ends too early: expected a value (column 4)"),
        (bound(OURS, 1, '"' + "x" * 8200 + '"'), "longer than 8191 characters"),
    ],
)  # fmt: skip
def test_what_the_appliance_would_refuse_is_an_error(objects: Objects, error: str) -> None:
    checked = check_expressions(objects, {})
    assert len(checked.errors) == 1
    assert error in checked.errors[0]


def test_what_the_engine_cannot_evaluate_is_no_error() -> None:
    assert check_expressions(bound(OURS, 1, 'SYS.HTTP_CALLOUT("x")'), {}) == ExpressionCheck()
    assert check_expressions(document("responderaction", type="noop"), {}) == ExpressionCheck()


def test_a_name_that_nobody_defines_here_may_be_on_the_appliance() -> None:
    objects = bound(OURS, 1, 'HTTP.REQ.URL.EQUALS_ANY("paths")')
    ((text, name),) = check_expressions(objects, {}).unknown
    assert name == "paths"
    assert "there is no pattern set or data set 'paths'" in text
    present: Objects = {}
    put(present, "policypatset", name="paths")
    assert check_expressions(objects, present) == ExpressionCheck()


def test_a_long_rule_is_told() -> None:
    rule = " || ".join(f'HTTP.REQ.URL.CONTAINS("{number:030}")' for number in range(40))
    (warning,) = check_expressions(bound(OURS, 1, rule), {}).warnings
    assert "longer than 1499 characters" in warning
