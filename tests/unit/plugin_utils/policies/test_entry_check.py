# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An entry from elsewhere is hostile until it is checked: each of these is refused, with the reason, and nothing of it is executed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.entry_check import problems_of

from tests.catalogue_entries import entry_text, measure
from tests.played_together import played_together

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
TRAFFIC = """
attacks: [{id: a, url: /bad, probe: true}]
legitimate: [{id: l, url: /good, probe: true}]
"""
RULE = 'HTTP.REQ.URL.EQ("/bad")'
TEMPLATE = """---
nsfeature: {feature: [RESPONDER]}
responderpolicy:
  - {name: {{ name }}, rule: 'RULE', action: RESET}
responderglobal_responderpolicy_binding:
  - {policyname: {{ name }}, type: REQ_OVERRIDE, priority: {{ priority }}, gotopriorityexpression: END}
"""

LOGGED = (
    TEMPLATE.replace("RULE", RULE).replace("action: RESET", "action: RESET, logaction: {{ name }}")
    + """auditmessageaction:
  - {name: {{ name }}, loglevel: WARNING, stringbuilderexpr: '"a " + MESSAGE'}
"""
)


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    """A small entry that is right."""
    directory = tmp_path / "own_entry"
    directory.mkdir()
    (directory / "mitigation.yml").write_text(
        entry_text("own_entry", trains={"13.0": {"fixed": "99.1"}}, measure=measure())
    )
    (directory / "traffic.yml").write_text(TRAFFIC)
    (directory / "v1.yml.j2").write_text(TEMPLATE.replace("RULE", RULE))
    return directory


def facts(**changes: Any) -> Callable[[Path], object]:
    content = {"trains": {"13.0": {"fixed": "99.1"}}, "measure": measure(), **changes}
    return lambda directory: (directory / "mitigation.yml").write_text(entry_text("own_entry", **content))


def template(text: str) -> Callable[[Path], object]:
    return lambda directory: (directory / "v1.yml.j2").write_text(text)


def doubled(times: int) -> str:
    """Names of which each is twice the one before: a few bytes of text for each doubling."""
    names = "".join(f"{{% set a{n} = a{n - 1} ~ a{n - 1} %}}" for n in range(1, times))
    return "{% set a0 = 'x' %}" + names + "{{ a" + str(times - 1) + " }}"


def rule(text: str) -> Callable[[Path], object]:
    return template(TEMPLATE.replace("RULE", text))


def test_an_entry_that_is_right_has_no_problem(entry: Path) -> None:
    assert problems_of(entry) == ()


@played_together("directory", sorted(path.parent for path in CATALOGUE.glob("*/mitigation.yml")), ids=lambda p: p.name)
def test_each_entry_of_the_catalogue_passes_the_same_check(directory: Path) -> None:
    assert problems_of(directory) == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        # Its place.
        (lambda d: (d / "run.sh").write_text("true"), "run.sh is no file of an entry"),
        (lambda d: (d / ".hidden").write_text("true"), ".hidden is no file of an entry"),
        (lambda d: (d / "a\x1b[2J").write_text(""), "a\\x1b[2J is no file of an entry"),
        (lambda d: (d / "v2.yml.j2").symlink_to("/etc/passwd"), "v2.yml.j2 must be a file, not a link"),
        (
            lambda d: ((d / "traffic.yml").unlink(), (d / "traffic.yml").symlink_to("/dev/zero")),
            "must be a file, not a link",
        ),
        (lambda d: (d / "v2.yml.j2").mkdir(), "v2.yml.j2 must be a file"),
        (lambda d: [(d / f"v{number}.yml.j2").write_text("") for number in range(2, 40)], "has 41 files; at most 20"),
        (lambda d: (d / "v1.yml.j2").write_text("#" * 70_000), "larger than 64 KiB"),
        (lambda d: (d / "mitigation.yml").write_text("a: " + "x" * 300_000), "larger than 256 KiB"),
        # Its text.
        (lambda d: (d / "mitigation.yml").write_bytes(b"\xff\xfe"), "utf-8"),
        (lambda d: (d / "mitigation.yml").write_text("a: " + "[" * 17 + "]" * 17), "at most 16 levels"),
        (lambda d: (d / "mitigation.yml").write_text("[" * 100_000), "own_entry/mitigation.yml: "),
        (lambda d: (d / "mitigation.yml").write_text("a: [" + "0," * 21_000 + "]"), "20000 values"),
        (lambda d: (d / "mitigation.yml").write_text("a: &a [1]\nb: *a"), "anchors and tags are not allowed"),
        (
            lambda d: (d / "mitigation.yml").write_text("a: !!python/object/apply:os.system ['true']"),
            "anchors and tags",
        ),
        (lambda d: (d / "traffic.yml").write_text(TRAFFIC + "attacks: []\n"), "the key 'attacks' is there twice"),
        (
            lambda d: (d / "mitigation.yml").write_text("page:\n  helps: The fix; until then this: a policy.\n"),
            "line 2, column 34: this is not YAML: mapping values are not allowed in this context; a text with a colon, a comma, # or quotes in it needs",
        ),
        (
            lambda d: (d / "traffic.yml").write_text("attacks: [\n"),
            "own_entry/traffic.yml: line 2, column 1: this is not YAML: ",
        ),
        (
            facts(bulletin={"id": "Early", "published": "2022-03-31", "announcement": None}),
            "has 'announcement', which is unknown; a text with a comma needs quotes; it has id, published",
        ),
        # Its messages.
        (
            template(LOGGED.replace("MESSAGE", 'HTTP.REQ.HEADER("User-Agent").VALUE(0)')),
            "version 1: log action tq_own_entry: it writes text of the client that is not encoded (CVE-2026-88771). End each such part with",
        ),
        # Its facts.
        (facts(sources=...), "lacks sources"),
        (facts(sources={}), "sources is {}: a mapping of 1 to 50 entries"),
        (facts(trains={"13.1": {"fixed": "37.164"}}), "numbers of different trains cannot be compared"),
        (facts(id="../../etc"), "a name of small letters"),
        (facts(unknown=["a\x1b[2Jb"]), "printable characters on one line"),
        (facts(title="x" * 121), "a text of 1 to 120"),
        (facts(command="rm"), "has 'command', which is unknown"),
        (
            facts(preconditions=[{"when": {"type": "vpnvsrver"}}]),
            "vpnvsrver is no type that can be read from NITRO and from ns.conf; did you mean 'vpnvserver'?",
        ),
        (
            facts(measure=measure(form="setting", setting={"type": "systemuser", "attributes": {"password": "x"}})),
            "must be one of vpnvserver, nstcpparam",
        ),
        (
            facts(measure=measure(form="setting", setting={"type": "vpnvserver", "attributes": {"state": "DISABLED"}})),
            "may not set state of vpnvserver",
        ),
        (facts(measure=measure(form="setting")), "a measure of the form setting has setting"),
        (
            facts(after_the_fix=[{"kill": ["systemsession"], "when": "all_nodes_fixed", "source": "test"}]),
            "must be one of vpnicaconnection",
        ),
        (facts(after_the_fix=[{"do": "x", "source": "nobody"}]), "the source 'nobody' is not in sources"),
        (
            facts(
                indicators=[
                    {
                        "log": ["("],
                        "match": "regex",
                        "in": ["/var/log/ns.log"],
                        "level": "review",
                        "seen_by": ["nitro"],
                        "source": "test",
                    }
                ]
            ),
            "is no regular expression",
        ),
        # Its traffic.
        (lambda d: (d / "traffic.yml").unlink(), "traffic.yml"),
        (
            lambda d: (d / "traffic.yml").write_text("attacks: [{id: a, url: /bad, probe: true}]\n"),
            "the two lists attacks and legitimate",
        ),
        (
            lambda d: (d / "traffic.yml").write_text("attacks: [{id: a, url: /bad, probe: true}]\nlegitimate: []\n"),
            "legitimate must be a list with at least one request",
        ),
        # Its templates.
        (lambda d: (d / "v1.yml.j2").unlink(), "a template for each version and no other: v1.yml.j2"),
        (lambda d: shutil.copy(d / "v1.yml.j2", d / "v3.yml.j2"), "a template for each version and no other"),
        (template("{{ lookup('pipe', 'true') }}"), "line 1: call is not allowed"),
        (template("{{ ''.__class__ }}"), "getattr is not allowed"),
        (template("{{ name['x'] }}"), "getitem is not allowed"),
        (template("{{ name | upper }}"), "filter is not allowed"),
        (template("{% for a in 'x' %}{% endfor %}"), "for is not allowed"),
        (template("{{ 'x' * 1000000000 }}"), "mul is not allowed"),
        (template("{{ 9 ** 9 ** 9 }}"), "pow is not allowed"),
        (template("{% include '/etc/passwd' %}"), "include is not allowed"),
        (template("{{ hostvars }}"), "hostvars is not allowed"),
        (template("{{ name"), "unexpected end of template"),
        # What could be larger than its text: found in the tree, before anything is rendered.
        (
            template("{% set a = 'x' %}{% set a = a ~ a %}{{ a }}"),
            "line 1: a is made of itself, so its size has no bound",
        ),
        (template("{% set a = 'x' %}{% set a = 'y' if a else a %}"), "a is made of itself"),
        (template("{% set a = 'x' %}\n{% set a = 'y' %}"), "line 2: a is set twice; each name is set once"),
        (template("{% if log %}{% set a = 'x' %}{% else %}{% set a = 'y' %}{% endif %}"), "a is set twice"),
        (template("{% set name = name ~ name %}"), "name is given and not set"),
        (template("{% set b = a %}{% set a = b %}"), "a is not allowed: it is neither given nor set before"),
        (template(doubled(20)), "more than 262,144 characters could be made up to here"),
        (template(doubled(2000)), "more than 262,144 characters could be made up to here"),
        (template("{% set a = '" + "x" * 3000 + "' %}" + "{{ a }}" * 100), "more than 262,144 characters"),
        (
            template("{% set a = '" + "x" * 3000 + "' %}" + "{% if a ~ a == a %}x{% endif %}" * 50),
            "more than 262,144 char",
        ),
        (template("{% set a, b = 'x', 'y' %}"), "tuple is not allowed"),
        (template("{% set a %}x{% endset %}"), "assignblock is not allowed"),
        (template("{% set ns = namespace(a='x') %}{% set ns.a = ns.a ~ ns.a %}"), "is not allowed"),
        (template("{% macro m(a) %}{{ m(a ~ a) }}{% endmacro %}{{ m('x') }}"), "macro is not allowed"),
        (template("{% call range(9) %}{% endcall %}"), "callblock is not allowed"),
        (template("{% for a in range(10 ** 9) recursive %}{{ loop(a) }}{% endfor %}"), "for is not allowed"),
        (template("{% filter upper %}x{% endfilter %}"), "filterblock is not allowed"),
        (template("{% import 'v1.yml.j2' as a %}"), "import is not allowed"),
        (template("{% extends 'v1.yml.j2' %}"), "extends is not allowed"),
        (template("{% block a %}{{ self.a() }}{% endblock %}"), "block is not allowed"),
        (template("{{ '%1000000000d' % 1 }}"), "mod is not allowed"),
        (template("{{ 'x'.ljust(1000000000) }}"), "call is not allowed"),
        (template("{{ ['x'] | join('y') }}"), "filter is not allowed"),
        (template("{{ 'x' | replace('x', 'y') }}"), "filter is not allowed"),
        (template("{{ cycler('x').next() }}"), "call is not allowed"),
        (template("{{ name is string }}"), "test is not allowed"),
        (template("{{ ['x', 'y'] }}"), "list is not allowed"),
        (template("{{ {'x': 'y'} }}"), "dict is not allowed"),
        (template("{{ 'x' + 'y' }}"), "add is not allowed"),
        (template("{{ name[:9] }}"), "is not allowed"),
        (template("{{ lipsum }}"), "lipsum is not allowed: it is neither given nor set before"),
        (template("{{ self }}"), "self is not allowed"),
        (template("{{ 0x" + "f" * 30000 + " }}"), "a constant is a text, a whole number of at most 64 bits"),
        (template("{{ 1e308 }}"), "a constant is a text, a whole number of at most 64 bits"),
        (template("{{ '\\ud800' }}"), "a constant is a text"),
        (template("{{ " + "(" * 20000 + "name" + ")" * 20000 + " }}"), "more than 40 levels are not allowed"),
        (template("{{ " + "not " * 10000 + "name }}"), "more than 40 levels are not allowed"),
        (template("{{ name" + " and name" * 50 + " }}"), "more than 40 levels are not allowed"),
        (template("{% if log %}" * 45 + "{% endif %}" * 45), "more than 40 levels are not allowed"),
        (template("{% if log %}" * 2500 + "{% endif %}" * 2500), "more than 40 levels are not allowed"),
        (template("{% if log %}" + "{% elif log %}" * 4000 + "{% endif %}"), "more than 40 levels are not allowed"),
        # What no branch has a value for.
        (template("{% if not log %}{% set a = 'x' %}{% endif %}a: {{ a }}"), "v1.yml.j2: 'a' is undefined"),
        (template("{% if name < priority %}x{% endif %}"), "v1.yml.j2: '<' not supported between"),
        (template("#jinja2: trim_blocks:False\na: 1"), "a line of settings is not allowed"),
        (template("systemuser: [{username: tq_x, password: x}]"), "unknown type 'systemuser'"),
        (template("systemfile: [{filename: x}]"), "unknown type 'systemfile'"),
        (
            template(TEMPLATE.replace("RULE", RULE).replace("[RESPONDER]", "[RESPONDER, SSLVPN]")),
            "enables SSLVPN, which features in mitigation.yml does not have",
        ),
        (template("responderpolicy: [{name: rp_of_others, rule: 'true', action: RESET}]"), "rp_of_others"),
        (template("nsfeature: {feature: [RESPONDER]}"), "version 1 binds no policy"),
        # Its rules.
        (rule("HTTP.REQ.URL.NO_SUCH"), "version 1: tq_own_entry cannot be read"),
        (rule('HTTP.REQ.URL.EQ("/other")'), "version 1: GET /bad is passed"),
        (rule("true"), "version 1: GET /good is blocked"),
    ],
)
def test_an_entry_that_is_wrong_is_refused(entry: Path, change: Callable[[Path], object], problem: str) -> None:
    change(entry)
    problems = problems_of(entry)
    assert any(problem in text for text in problems), problems
    assert all("\x1b" not in text and "\n" not in text for text in problems)


def test_what_it_costs_to_refuse_a_template_does_not_grow_with_what_it_could_make(entry: Path) -> None:
    """2,000 doublings are more characters than there are atoms; the largest template that is read is refused at once."""
    for text in (doubled(2000), "{% set a = 'x' %}" + "{{ a ~ a ~ a ~ a }}" * 3300):
        template(text)(entry)
        started = time.process_time()
        assert problems_of(entry) != ()
        assert time.process_time() - started < 10


def test_a_template_of_names_branches_and_joined_texts_is_used(entry: Path) -> None:
    text = TEMPLATE.replace("RULE", "{{ all if log else all }}").replace("---\n", "")
    url = "{% set url = 'HTTP.REQ.URL' %}{% set bad = url ~ '.EQ(\"' ~ '/bad' ~ '\")' %}"
    template(url + "{% set all = bad ~ ' || ' ~ bad %}\n" + text)(entry)
    assert problems_of(entry) == ()


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "none") == (f"{tmp_path / 'none'} cannot be read: No such file or directory",)
