# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of the desired state: every error names the host, the line, and what was expected."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import (
    Document,
    parse_document,
    parse_objects,
    suggest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

OWNER = Owner("demo", 2, "CHG1")
POLICY = """\
responderaction:
  - name: tq_demo
    type: respondwith
    target: '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"'
responderpolicy:
  - name: tq_demo
    rule: HTTP.REQ.URL.CONTAINS("/x")
    action: tq_demo
"""
BINDING = """\
responderglobal_responderpolicy_binding:
  - policyname: tq_demo
    type: REQ_OVERRIDE
    priority: 10
"""


def parse(text: str) -> Document:
    return parse_document(text, OWNER, where="gw-a")


def error_of(text: str) -> str:
    with pytest.raises(InvalidInput) as raised:
        parse(text)
    return str(raised.value)


def test_a_whole_document() -> None:
    document = parse("nsfeature:\n  feature: [RESPONDER, REWRITE, RESPONDER]\n" + POLICY + BINDING)
    assert document.features == ("RESPONDER", "REWRITE")
    assert document.types == {"responderaction", "responderpolicy", "responderglobal_responderpolicy_binding"}
    assert document.objects == {
        ("responderaction", ("tq_demo",)): {
            "name": "tq_demo",
            "type": "respondwith",
            "target": '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"',
            "comment": "tourniquet demo v2 CHG1",
        },
        ("responderpolicy", ("tq_demo",)): {
            "name": "tq_demo",
            "rule": 'HTTP.REQ.URL.CONTAINS("/x")',
            "action": "tq_demo",
            "comment": "tourniquet demo v2 CHG1",
        },
        ("responderglobal_responderpolicy_binding", ("tq_demo", "REQ_OVERRIDE")): {
            "policyname": "tq_demo",
            "type": "REQ_OVERRIDE",
            "priority": 10,
        },
    }


def test_what_cannot_carry_a_comment_gets_none() -> None:
    document = parse("auditmessageaction:\n  - {name: tq_demo, loglevel: WARNING, stringbuilderexpr: '\"x\"'}\n")
    assert document.objects == {
        ("auditmessageaction", ("tq_demo",)): {
            "name": "tq_demo",
            "loglevel": "WARNING",
            "stringbuilderexpr": '"x"',
        }
    }


def test_a_policy_on_a_vserver_needs_no_vserver_in_the_document() -> None:
    binding = "vpnvserver_responderpolicy_binding:\n  - {name: gw, policy: tq_demo, priority: 10}\n"
    assert parse(POLICY + binding).objects["vpnvserver_responderpolicy_binding", ("gw", "tq_demo", "REQUEST")] == {
        "name": "gw",
        "policy": "tq_demo",
        "priority": 10,
        "bindpoint": "REQUEST",
    }


@pytest.mark.parametrize("action", ["NOOP", "DROP", "RESET"])
def test_built_in_actions_need_not_be_in_the_document(action: str) -> None:
    document = parse(f"responderpolicy:\n  - {{name: tq_demo, rule: 'true', action: {action}}}\n")
    assert document.objects["responderpolicy", ("tq_demo",)]["action"] == action


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        # YAML itself
        ("a: [1", 1, "this is not YAML"),
        ("responderpolicy:\n  - name: 'x\n", 3, "this is not YAML"),
        ("responderpolicy: &a\n  - *b\n", 2, "this is not YAML"),
        ("a: 1\n---\nb: 1\n", 2, "this is not YAML"),
        ("a: \x01\n", 1, "this is not YAML"),
        ("a: " + "[" * 9000, 1, "nested too deep"),
        ("", 1, "must be a mapping of NITRO types"),
        ("# nothing\n\n- a\n", 3, "must be a mapping of NITRO types"),
        # types
        ("x:\n  - {}\n", 1, "unknown type 'x'"),
        (
            "vpnvserver_settings:\n  - {name: gw, dtls: 'OFF'}\n",
            2,
            "vpnvserver is not ours, so no document sets its attributes; an entry does (form: setting)",
        ),
        ("# \nresponderpolcy:\n  - {}\n", 2, "unknown type 'responderpolcy'; did you mean 'responderpolicy'?"),
        ("Responderpolicy:\n  - {}\n", 1, "did you mean 'responderpolicy'?"),
        ("nsfeatures:\n  feature: [RESPONDER]\n", 1, "did you mean 'nsfeature'?"),
        ("? [a]\n: 1\n", 1, "a name is expected here"),
        ("responderpolicy:\n  name: a\n", 2, "responderpolicy must be a list of objects"),
        ("responderpolicy:\n  - {}\nresponderpolicy:\n  - {}\n", 3, "'responderpolicy' is there twice"),
        ("responderpolicy:\n  - tq_demo\n", 2, "a mapping is expected here"),
        # features
        ("nsfeature:\n  feature: RESPONDER\n", 2, "feature: [RESPONDER]"),
        ("nsfeature: [RESPONDER]\n", 1, "a mapping is expected here"),
        ("nsfeature:\n  feature: [RESPONDER]\n  mode: []\n", 2, "nsfeature has one key"),
        ("nsfeature:\n  feature:\n    - RESPONDER\n    - RESPONDERS\n", 4, "did you mean 'RESPONDER'?"),
        ("nsfeature:\n  feature:\n    - responder\n", 3, "unknown feature 'responder'"),
        ("nsfeature:\n  feature:\n    - [RESPONDER]\n", 3, "a single value is expected here"),
        # attributes
        (POLICY + "    rul: x\n", 9, "responderpolicy has no attribute 'rul'; did you mean 'rule'?"),
        (POLICY + "    Rule: x\n", 9, "did you mean 'rule'?"),
        (POLICY + "    zzz: x\n", 9, "responderpolicy has no attribute 'zzz'"),
        (POLICY + "    rule: x\n", 9, "'rule' is there twice"),
        (POLICY + "    comment: mine\n", 9, "the comment is ours"),
        (POLICY + "    undefaction: true\n", 9, "must be text, not true or false: put 'true' in quotes"),
        (POLICY + "    undefaction: 5\n", 9, "must be text, not a number: put '5' in quotes"),
        (POLICY + "    undefaction: 2020-01-01\n", 9, "must be text"),
        (POLICY + "    undefaction:\n", 9, "must be text, not nothing"),
        (POLICY + "    undefaction: ''\n", 9, "is empty"),
        (POLICY + "    undefaction: [a]\n", 9, "a single value is expected here"),
        (POLICY + "    undefaction: {a: b}\n", 9, "a single value is expected here"),
        (POLICY + "    undefaction: !vault x\n", 9, ""),
        (POLICY + "    undefaction: !!int x\n", 9, ""),
        (POLICY + "    undefaction: 2020-13-45\n", 9, ""),
        (BINDING.replace("10", "'10'"), 4, "must be a whole number, not text ('10')"),
        (BINDING.replace("10", "true"), 4, "must be a whole number, not true or false"),
        (BINDING.replace("10", "1.5"), 4, "must be a whole number, not a number ('1.5')"),
        (BINDING.replace("10", "0"), 4, "must be from 1 to 2147483647, not 0"),
        (BINDING.replace("10", "2147483648"), 4, "must be from 1 to 2147483647"),
        (BINDING.replace("REQ_OVERRIDE", "REQ_OVERIDE"), 3, "must be one of REQ_OVERRIDE, REQ_DEFAULT"),
        (BINDING.replace("REQ_OVERRIDE", "req_override"), 3, "must be one of REQ_OVERRIDE"),
        (BINDING + "    invoke: 'no'\n", 5, "must be true or false, not text"),
        ("responderpolicy:\n  - name: tq_demo\n    rule: 'true'\n", 2, "lacks its mandatory attribute 'action'"),
        (BINDING.replace("    type: REQ_OVERRIDE\n", ""), 2, "lacks its mandatory attribute 'type'"),
        # names
        ("responderpolicy:\n  - {name: ctx267027, rule: 'true', action: NOOP}\n", 2, "must be named 'tq_demo'"),
        ("responderpolicy:\n  - {name: tq_demonstration, rule: 'true', action: NOOP}\n", 2, "start with 'tq_demo__'"),
        ("responderpolicy:\n  - {name: tq_demo__twin, rule: 'true', action: NOOP}\n", 2, "__twin is kept"),
        (BINDING.replace("tq_demo", "ctx267027"), 2, "must be named 'tq_demo'"),
        ("policypatset_pattern_binding:\n  - {name: theirs, String: x}\n", 2, "must be named 'tq_demo'"),
        # the same object twice, references that lead nowhere
        (POLICY + POLICY[POLICY.index("  - name: tq_demo\n    rule") :], 9, "responderpolicy tq_demo is there twice"),
        (BINDING, 2, "refers to responderpolicy 'tq_demo', which the document does not have"),
        (POLICY.replace("action: tq_demo", "action: tq_demo__x"), 6, "refers to responderaction 'tq_demo__x'"),
        (POLICY.replace("action: tq_demo", "action: noop"), 6, "refers to responderaction 'noop'"),
        (POLICY + "    logaction: tq_demo\n", 6, "refers to auditmessageaction 'tq_demo'"),
        ("policypatset_pattern_binding:\n  - {name: tq_demo, String: x}\n", 2, "refers to policypatset 'tq_demo'"),
    ],
)
def test_each_error_names_host_line_and_problem(text: str, line: int, problem: str) -> None:
    error = error_of(text)
    assert error.startswith(f"gw-a: desired state, line {line}: ")
    assert problem in error


def test_two_bindings_may_not_share_a_priority_at_one_bind_point() -> None:
    second = POLICY[POLICY.index("  - name: tq_demo\n    rule") :].replace("name: tq_demo", "name: tq_demo__b")
    both = (
        POLICY + second + BINDING + BINDING.partition("\n")[2].replace("policyname: tq_demo", "policyname: tq_demo__b")
    )
    assert "priority 10" in error_of(both)
    assert parse(both.replace("10", "11", 1)).features == ()
    elsewhere = both[: both.rindex("REQ_OVERRIDE")] + both[both.rindex("REQ_OVERRIDE") :].replace("OVERRIDE", "DEFAULT")
    assert len(parse(elsewhere).objects) == 5


def test_a_pattern_is_bound_once_whatever_its_case_says() -> None:
    """Patterns differ by case: /vpns/ and /VPNS/ are two."""
    patterns = "policypatset:\n  - name: tq_demo\npolicypatset_pattern_binding:\n"
    patterns += "  - {name: tq_demo, String: /vpns/}\n  - {name: tq_demo, String: /VPNS/}\n"
    assert len(parse(patterns).objects) == 3
    assert "is there twice" in error_of(patterns + "  - {name: tq_demo, String: /vpns/}\n")


def test_hints_are_given_for_near_misses_only() -> None:
    assert suggest("responderpolcy", ["responderpolicy", "policypatset"]) == "; did you mean 'responderpolicy'?"
    assert not suggest("x", ["responderpolicy"])
    types = ["nshttpprofile", "authenticationsamlidpprofile"]
    assert suggest("samlidpprofile", types) == "; did you mean 'authenticationsamlidpprofile'?"


@pytest.mark.parametrize("type_", ["locationparameter: [{matchwildcardtoany: 'YES'}]", "nsacls: [{applied: true}]"])
def test_what_belongs_to_the_whole_appliance_is_for_measures_alone(type_: str) -> None:
    assert "belongs to the whole appliance" in error_of(type_)
    assert len(parse_objects(type_, OWNER, where="gw-a").objects) == 1


def test_a_part_may_refer_to_what_it_does_not_have_and_has_entries_in_the_words_of_nitro() -> None:
    entry = "policydataset_value_binding:\n  - {name: tq_demo, value: 192.0.2.1, endrange: 192.0.2.9}\n"
    found = parse_objects(entry, OWNER, where="gw-a").objects
    assert found == {
        ("policydataset_value_binding", ("tq_demo",)): {"name": "tq_demo", "values": "192.0.2.1-192.0.2.9"}
    }
    with pytest.raises(InvalidInput, match="lacks its mandatory attribute 'value'"):
        parse_objects(entry.replace("value: 192.0.2.1, ", ""), OWNER, where="gw-a")
    with pytest.raises(InvalidInput, match="has no attribute 'netmask'"):
        parse_objects(entry.replace("endrange", "netmask"), OWNER, where="gw-a")
