# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy banks (NetScaler policy guide 9.2 p. 32-35; vendor CLI reference 12.0: responder policy, responder global)."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    ExpressionError,
    Request,
    UnsupportedExpression,
    banks,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.banks import (
    Bank,
    BoundPolicy,
    decide,
)

BAD_BASE64 = Request(headers=(("X", "***"),))
UNDEF_RULE = 'HTTP.REQ.HEADER("X").B64DECODE.CONTAINS("a")'


def bound(name: str, rule: str, action: str, priority: int, goto: str = "END", **more: object) -> BoundPolicy:
    return BoundPolicy(name, compile_expression(rule), action, priority, goto, **more)  # type: ignore[arg-type]


def bank(*policies: BoundPolicy, bindpoint: str = "REQ_OVERRIDE") -> Bank:
    return Bank(bindpoint, policies)


def test_ascending_priority_and_first_answer() -> None:
    decision = decide([bank(bound("b", "true", "RESET", 20), bound("a", "true", "DROP", 10, "NEXT"))], Request())
    assert (decision.action, decision.policy, decision.bindpoint) == ("DROP", "a", "REQ_OVERRIDE")
    assert decision.hits == ("a",)


def test_false_goes_on_to_the_next_bank() -> None:
    banks = [bank(bound("a", "false", "DROP", 1)), bank(bound("d", "true", "RESET", 1), bindpoint="REQ_DEFAULT")]
    assert decide(banks, Request()).action == "RESET"


def test_a_rule_is_evaluated_once_for_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both readings of END, and the look for a rule that may match, ask for the same result."""
    rule, asked = compile_expression('HTTP.REQ.URL.CONTAINS("a")'), []
    likeliest = rule._likeliest
    monkeypatch.setattr(rule, "_likeliest", lambda request: (asked.append(request.url), likeliest(request))[1])
    both = [bank(BoundPolicy("one", rule, "DROP", 1, "END"))]
    urls = ["/a", "/b", "/a"]
    assert [decide(both, Request(url=url)).action for url in urls] == ["DROP", None, "DROP"]
    assert asked == urls


def test_no_match_forwards_the_request() -> None:
    decision = decide([bank(bound("a", "false", "DROP", 1))], Request())
    assert (decision.action, decision.policy, decision.hits) == (None, None, ())


def test_noop_next_only_logs() -> None:
    policies = bound("log", "true", "NOOP", 10, "NEXT", log_action="note"), bound("blk", "true", "DROP", 20)
    decision = decide([bank(*policies)], Request())
    assert (decision.action, decision.hits, decision.log_actions) == ("DROP", ("log", "blk"), ("note",))


def test_noop_end_is_a_whitelist_in_its_bank() -> None:
    decision = decide([bank(bound("ok", "true", "NOOP", 10), bound("blk", "true", "DROP", 20))], Request())
    assert (decision.action, decision.policy, decision.undetermined) == ("NOOP", "ok", False)


def test_whether_end_skips_later_banks_is_open() -> None:
    """The guide says "this bank" and "this feature"."""
    banks = [bank(bound("ok", "true", "NOOP", 1)), bank(bound("blk", "true", "DROP", 1), bindpoint="VPNVSERVER")]
    assert decide(banks, Request()).undetermined
    assert decide(banks, Request(), end_skips_later_banks=True).action == "NOOP"
    decision = decide(banks, Request(), end_skips_later_banks=False)
    assert (decision.action, decision.undetermined) == ("DROP", False)


@pytest.mark.parametrize(
    ("goto", "expected"),
    [
        ("NEXT", "B"),
        ("END", "NOOP"),
        ("", "NOOP"),
        ("30", "C"),
        ("10 + 20", "C"),  # a numeric expression
        ("10", "B"),  # equal to its own: the next higher one
        ("99", "NOOP"),  # beyond the largest: end
    ],
)
def test_goto(goto: str, expected: str) -> None:
    policies = bound("a", "true", "NOOP", 10, goto), bound("b", "true", "B", 20), bound("c", "true", "C", 30)
    assert decide([bank(*policies)], Request()).action == expected


@pytest.mark.parametrize("goto", ["5", "25", "nonsense(", '"text"', "HTTP.REQ.LB_VSERVER.NAME.LENGTH"])
def test_goto_that_leads_nowhere_is_undef(goto: str) -> None:
    policies = bound("a", "true", "NOOP", 10, goto), bound("b", "true", "B", 20), bound("c", "true", "C", 30)
    decision = decide([bank(*policies)], Request(), undef_action="RESET")
    assert (decision.action, decision.undef_hits) == ("RESET", ("a",))


def test_undef_ends_all_evaluation_with_the_undef_action() -> None:
    policies = bound("a", UNDEF_RULE, "DROP", 10), bound("b", "true", "DROP", 20)
    decision = decide([bank(*policies)], BAD_BASE64)
    assert (decision.action, decision.hits, decision.undef_hits) == ("NOOP", (), ("a",))  # the default of the parameter
    assert decide([bank(*policies)], BAD_BASE64, undef_action="DROP").action == "DROP"
    own = bound("a", UNDEF_RULE, "DROP", 10, undef_action="RESET")
    assert decide([bank(own)], BAD_BASE64).action == "RESET"


def test_action_with_an_undef_target_is_not_taken() -> None:
    policies = bound("a", "true", "answer", 10, "NEXT"), bound("b", "true", "DROP", 20)
    targets = {"answer": compile_expression('"x" + HTTP.REQ.HEADER("X").B64DECODE')}
    assert decide([bank(*policies)], BAD_BASE64, targets=targets).action == "DROP"
    assert decide([bank(*policies)], Request(), targets=targets).action == "answer"


def test_actions_of_type_noop() -> None:
    policies = bound("a", "true", "pass", 10, "NEXT"), bound("b", "true", "DROP", 20)
    assert decide([bank(*policies)], Request(), noop_actions={"pass"}).action == "DROP"


@pytest.mark.parametrize(
    ("label_rule", "label_goto", "expected"),
    [("true", "END", "NOOP"), ("true", "NEXT", "RESET"), ("false", "END", "RESET")],
)
def test_use_invocation_result(label_rule: str, label_goto: str, expected: str) -> None:
    caller = bound("NOPOLICY", "true", "", 10, "USE_INVOCATION_RESULT", invoke=("policylabel", "lab"))
    labels = {"lab": Bank("lab", (bound("l1", label_rule, "NOOP", 1, label_goto),))}
    decision = decide([bank(caller, bound("b", "true", "RESET", 20))], Request(), labels=labels)
    assert decision.action == expected


def test_invoked_bank_answers() -> None:
    caller = bound("a", "true", "", 10, "NEXT", invoke=("vserver", "v1"))
    labels = {"vserver v1": Bank("LBVSERVER", (bound("l1", "true", "DROP", 1),))}
    decision = decide([bank(caller)], Request(), labels=labels)
    assert (decision.action, decision.bindpoint, decision.hits) == ("DROP", "LBVSERVER", ("a", "l1"))


def test_wrong_invocations() -> None:
    caller = bound("a", "true", "", 10, "END", invoke=("policylabel", "lab"))
    with pytest.raises(ExpressionError, match="no policylabel lab"):
        decide([bank(caller)], Request())
    with pytest.raises(ExpressionError, match="invocations"):
        decide([bank(caller)], Request(), labels={"lab": Bank("lab", (caller,))})


def test_banks_that_invoke_each_other_without_end_are_not_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has two policies that invoke the next one: 2 to the 16th evaluations, and with ten policies 10 to the 16th."""
    monkeypatch.setattr(banks, "MOST_EVALUATED", 1000)
    callers = [
        tuple(bound(f"p{number}", "true", "", number, "NEXT", invoke=("vserver", f"v{level}")) for number in (1, 2))
        for level in range(16)
    ]
    last = Bank("LBVSERVER", (bound("last", "false", "DROP", 1),))
    labels = {f"vserver v{level}": Bank("LBVSERVER", callers[level + 1]) for level in range(15)}
    with pytest.raises(UnsupportedExpression, match="the banks invoke each other more than 1,000 times"):
        decide([bank(*callers[0])], Request(), labels={**labels, "vserver v15": last})
    assert decide([bank(*callers[8])], Request(), labels={**labels, "vserver v15": last}).action is None


def test_a_rule_must_be_a_condition() -> None:
    with pytest.raises(ExpressionError, match="no condition"):
        decide([bank(bound("a", "HTTP.REQ.URL", "DROP", 1))], Request())


def test_open_rule_leaves_the_decision_open_only_if_it_matters() -> None:
    open_rule, request = 'SYS.CHECK_LIMIT("l")', Request()
    assert decide([bank(bound("a", open_rule, "DROP", 1))], request).undetermined
    assert not decide(
        [bank(bound("a", open_rule, "NOOP", 1, "NEXT"), bound("b", "true", "DROP", 2))], request
    ).undetermined
    assert not decide([bank(bound("a", open_rule, "DROP", 1), bound("b", "true", "DROP", 2))], request).undetermined
    many = [bound(f"p{number}", open_rule, f"A{number}", number) for number in range(1, 40)]
    assert decide([bank(*many)], request).undetermined
