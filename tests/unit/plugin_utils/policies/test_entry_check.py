# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An entry from elsewhere is hostile until it is checked: each of these is refused, with the reason, and nothing of it is executed."""

from __future__ import annotations

import shutil
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


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "none") == (f"{tmp_path / 'none'} cannot be read: No such file or directory",)
