# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The program that runs a corpus, with correct and wrong content."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.expressions import main

CORPUS = r"""
about: everything that a corpus can hold
defaults: {method: GET, url: /, headers: [], client_ip: 198.51.100.10, location: null, user: null, lb_vserver: null}
patsets: {shared: [/owa, /ews]}
cases:
- {id: shared-set, expression: 'HTTP.REQ.URL.PATH.EQUALS_ANY("shared")', request: {url: /ews}, expected: true}
- {id: own-set, expression: 'HTTP.REQ.URL.PATH.EQUALS_INDEX("p")', patsets: {p: {'7': /x}}, request: {url: /x}, expected: 7}
- {id: pair, expression: 'CLIENT.IP.SRC.EQUALS_ANY("d")', datasets: {d: {type: ipv4, values: [[10.0.0.1, 10.0.0.9]]}},
   request: {client_ip: 10.0.0.5}, expected: true, result_type: bool}
- {id: dashed, expression: 'CLIENT.IP.SRC.EQUALS_ANY("d")', datasets: {d: [10.0.0.1-10.0.0.9]}, request: {client_ip: 10.0.1.5}, expected: false}
- {id: from-to, expression: 'CLIENT.IP.SRC.EQUALS_ANY("d")', datasets: {d: {type: ipv4, values: {1: {value: 10.0.0.1, endrange: 10.0.0.9}}}},
   request: {client_ip: 10.0.0.10}, expected: false}
- {id: map, expression: 'HTTP.REQ.URL.PATH.MAP_STRING("m")', stringmaps: {m: {/a: /b}}, request: {url: /a}, expected: /b}
- {id: named, expression: outer, expressions: {outer: inner, inner: 'HTTP.REQ.METHOD.EQ(POST)'}, request: {method: POST}, expected: true}
- {id: place, expression: 'CLIENT.IP.SRC.MATCHES_LOCATION("*.NL.*.*.*.*")', request: {location: 'EU.NL.*.*.*.*'}, expected: true}
- {id: places, expression: 'CLIENT.IP.SRC.MATCHES_LOCATION("*.NL.*.*.*.*")', locations: {198.51.100.10: [EU, NL]}, expected: true}
- {id: wildcard, expression: 'CLIENT.IP.SRC.MATCHES_LOCATION("*.NL.*.*.*.*")', match_wildcard_to_any: NO,
   request: {location: 'EU.NL.*.*.*.*'}, expected: false, contested: true, alternative_expected: true}
- {id: clock, expression: 'SYS.TIME.GE(GMT 2026 Mar 1)', request: {now: 2026-03-10T17:30:00Z}, expected: true}
- {id: day, expression: 'SYS.TIME.WEEKDAY', request: {now: 2026-03-10}, expected: 2}
- {id: user, expression: 'HTTP.REQ.USER.IS_MEMBER_OF("vpn")', request: {user: {name: alice, groups: [vpn]}}, expected: true}
- {id: headers-as-map, expression: 'HTTP.REQ.HEADER("A")', request: {headers: {A: b}}, expected: b}
- {id: open, expression: SYS.RANDOM, expected: undetermined}
- {id: undefined, expression: 'HTTP.REQ.LB_VSERVER.NAME', expected: undef}
- {id: refused, expression: 'HTTP.REQ.URL.CONTAIN("x")', expected: error}
- {id: number-and-double, expression: '1.5 + 0.5', expected: 2}
- {id: double, expression: '1.5 + 0.5', expected: 2.0}
- {id: open-but-likely, expression: 'HTTP.REQ.URL.PATH.GET(9)', request: {url: /a}, expected: ''}
- {id: assumed, assumption: A1, expression: 'HTTP.REQ.URL.DECODE_USING_TEXT_MODE', request: {url: /%76}, expected: /v}
policy_bank_cases:
- id: labels
  banks:
    REQ_OVERRIDE: [{policy: NOPOLICY, rule: true, action: null, priority: 10, goto: NEXT, invoke: {type: policylabel, name: lab}}]
    VPNVSERVER/AAA_REQUEST: [{policy: late, rule: 'true', action: RESET, priority: 1}]
  labels: {lab: [{policy: inside, rule: 'HTTP.REQ.URL.PATH.EQUALS_ANY("shared")', action: DROP, priority: 1, goto: END}]}
  request: {url: /owa}
  expected_action: DROP
  expected_policy: inside
- id: silent
  banks: {REQ_OVERRIDE: [{policy: a, rule: 'true', action: quiet, priority: 1, goto: NEXT}]}
  actions: {quiet: {type: noop}}
  expected_action: NOOP
- id: target
  banks: {REQ_OVERRIDE: [{policy: a, rule: 'true', action: r, priority: 1, goto: NEXT}, {policy: b, rule: 'true', action: DROP, priority: 2}]}
  actions: {r: {type: respondwith, target: 'HTTP.REQ.LB_VSERVER.NAME'}}
  expected_action: DROP
- id: no-label
  banks: {REQ_OVERRIDE: [{policy: a, rule: 'true', action: NOOP, priority: 1, goto: NEXT, invoke: nowhere}]}
  expected_action: error
- id: nothing
  banks: {REQ_OVERRIDE: [{policy: a, rule: 'false', action: DROP, priority: 1, goto: 20}]}
  expected_action: null
- id: undef-default
  banks: {REQ_OVERRIDE: [{policy: a, rule: 'HTTP.REQ.LB_VSERVER.NAME.EQ("x")', action: DROP, priority: 1}]}
  undef_action: RESET
  expected_action: RESET
"""


def run(tmp_path: Path, text: str, *options: str) -> int:
    file = tmp_path / "corpus.yaml"
    file.write_text(text, encoding="utf-8")
    return main([*options, str(file)])


def test_a_corpus_with_everything_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(tmp_path, CORPUS)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "number-and-double: expected 2, got 2.0",
        "left open, passed by the likelier reading: pair, open-but-likely",
        "26 passed, 1 failed",
    ]
    assert code == 1


def test_one_wrong_case_does_not_hide_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """
cases:
- {id: wrong, expression: 'HTTP.REQ.URL.CONTAINS("a")', request: {url: /b}, expected: true}
- {id: no-expression, expected: true}
- {id: odd-field, expression: 'true', request: {colour: red}, expected: true}
- {id: odd-set, expression: 'true', patsets: {p: {x: y}}, expected: true}
- just text
- {expression: 'true', expected: true}
policy_bank_cases:
- {id: no-label, banks: {REQ_OVERRIDE: [{policy: a, rule: 'true', action: null, priority: 1, invoke: gone}]}, expected_action: DROP}
- {id: other-policy, banks: {REQ_OVERRIDE: [{policy: a, rule: 'true', action: DROP, priority: 1}]}, expected_action: DROP, expected_policy: b}
- {id: odd-point, banks: {NOWHERE: []}, expected_action: null}
"""
    assert run(tmp_path, text) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "wrong: expected True, got False"
    assert lines[2] == "odd-field: ValueError: a request has no colour"
    assert [line.split(":")[0] for line in lines[:-1]] == [
        "wrong",
        "no-expression",
        "odd-field",
        "odd-set",
        "cases 5",
        "no-label",
        "other-policy",
        "odd-point",
    ]
    assert lines[-1] == "1 passed, 8 failed"


@pytest.mark.parametrize("text", ["[1, 2]", "about: x", "{", "cases: [", ""])
def test_what_is_no_corpus_is_told_apart(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, text) == 2
    assert "corpus.yaml" in capsys.readouterr().err


def test_a_file_that_is_not_there() -> None:
    assert main(["/nonexistent/corpus.yaml"]) == 2


def test_nothing_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "cases: [{id: a, expression: 'true', expected: true}]") == 0
    assert capsys.readouterr().out == "1 passed, 0 failed\n"


def test_parsing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "# comment\n\nHTTP.REQ.URL\nHTTP.REQ.URL.\nREQ.HTTP.URL == /a\n", "--parse") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("line 4: the expression ends too early")
    assert lines[1].startswith("line 5: this is a classic expression")
    assert lines[2] == "1 passed, 2 failed"
