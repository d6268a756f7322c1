# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fifteen defects that were measured in another collection, netscaler.adc: one test each that Tourniquet has none of them.

The docstring of each test has the defect. Versions: netscaler/ansible-collection-netscaleradc 2.18.0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.catalogue_entries import catalogue
from tests.stage.client import Answer
from tests.stage.fleet import PASSWORD, box
from tests.stage.played import ATTACK, CONTROL, NAME, RULE_V1, TAKEN_AWAY, TOKEN, Laboratory, Run, watched

pytestmark = pytest.mark.only_in_all  # each of them is shown by another test too

ON = ["LB", "SSL", "SSLVPN", "RESPONDER"]
GLOBAL = "responderglobal_responderpolicy_binding"
SLOW = 11.0  # seconds; the peer gives up after 10

HEAD = r"""
nsfeature:
  feature: [RESPONDER]
responderaction:
  - name: {{ name }}
    type: respondwith
    target: '"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"'
"""
SETS = """
policypatset:
  - name: {{ name }}
policypatset_pattern_binding:
%s
responderpolicy:
  - name: {{ name }}
    rule: HTTP.REQ.URL.CONTAINS_ANY("{{ name }}")
    action: {{ name }}
responderglobal_responderpolicy_binding:
  - policyname: {{ name }}
    type: REQ_OVERRIDE
    priority: {{ priority }}
"""
POLICY = """
responderpolicy:
  - name: {{ name }}
    rule: HTTP.REQ.URL.CONTAINS("/vpns/")
    action: {{ name }}
"""
BINDING = """
responderglobal_responderpolicy_binding:
  - policyname: {{ name }}
    %spriority: {{ priority }}
    %s
"""
VSERVER = """
vpnvserver_responderpolicy_binding:
  - name: gw
    policy: {{ name }}
    priority: {{ priority }}
    gotopriorityexpression: %s
    bindpoint: AAA_REQUEST
"""
RANGES = """
location:
  - ipfrom: 192.0.2.0
    ipto: 192.0.2.127
    preferredlocation: eu.nl
"""
TRAFFIC = """
attacks:
  - {id: attack, url: /vpn/../vpns/cfg/smb.conf, probe: true}
legitimate:
  - {id: logon, url: /vpn/index.html, probe: true}
"""


def patterns(*words: tuple[str, int]) -> str:
    return "\n".join(f"  - {{name: {{{{ name }}}}, String: {text}, index: {index}}}" for text, index in words)


THREE = (("/vpns/", 1), ("/VPNS/", 2), ("/one/", 3))
CATALOGUE: dict[str, tuple[str, ...]] = {
    "members": (HEAD + SETS % patterns(*THREE), HEAD + SETS % patterns(*THREE, ("/One/", 4))),
    "unechoed": (HEAD + POLICY + VSERVER % "NEXT",),
    "spelling": (HEAD + POLICY + BINDING % ("type: REQ_OVERRIDE\n    ", "gotopriorityexpression: end"),),
    "typeless": (HEAD + POLICY + BINDING % ("", "gotopriorityexpression: END"),),
    "ranges": (HEAD + POLICY + RANGES,),
    "indices": (HEAD + SETS % patterns(*THREE), HEAD + SETS % patterns(("/vpns/", 1), ("/VPNS/", 7), ("/one/", 3))),
}
OTHER_TYPE = {
    "responderaction": [{"name": NAME, "type": "noop", "comment": f"tourniquet {NAME[3:]} v1"}],
    "responderpolicy": [{"name": NAME, "rule": RULE_V1, "action": NAME, "comment": f"tourniquet {NAME[3:]} v1"}],
    GLOBAL: [{"policyname": NAME, "priority": 10, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}],
}
FLEET = {
    "plain": box(),
    "case": box(),
    "ignoring": box(features=ON, configuration=OTHER_TYPE, switches={"immutable_update": "ignored"}),
    "refusing": box(features=ON, configuration=OTHER_TYPE, switches={"immutable_update": "refused"}),
    "unset": box(),
    "move": box(),
    "dead": box(),
    "expired": box(),
    "ill": box(),
    "slow": box(faults=[{"kind": "slow_save", "method": "POST", "type": "nsconfig", "action": "save", "seconds": SLOW}]),
    "retry": box(faults=[{"kind": "http_error", "method": "GET", "nth": 4}]),
    "password": box(),
    "stranger": box(certificate="self_signed"),
    **{host: box() for host in CATALOGUE},
}  # fmt: skip
CVE = tuple(host for host in FLEET if host not in (*CATALOGUE, "password", "stranger"))
UNTRUSTED = ("password", "stranger")


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    check: Run
    first: Run
    own_first: Run
    second: Run
    own_second: Run
    after_second: dict[str, tuple[str, ...]]
    changed: Run
    own_changed: Run
    during_move: list[Answer]
    changed_again: Run
    rollback: Run


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory], tmp_path_factory: pytest.TempPathFactory) -> Story:
    variables: dict[str, dict[str, object]] = {
        "password": {"netscaler_password": "not-the-right-one"},
        "dead": {"netscaler_connect_timeout": 1},
    }
    for host, versions in CATALOGUE.items():
        directory = catalogue(tmp_path_factory.mktemp(host), host, versions, TRAFFIC)
        variables[host] = {"catalogue_directory": str(directory), "mitigation": host}
    laboratory = open_laboratory(FLEET, variables=variables)
    before = laboratory.texts()
    laboratory.simulator.appliance("dead").unreachable()
    check = laboratory.play("apply", check=True, limit=("plain", "dead", *UNTRUSTED))
    laboratory.simulator.appliance("dead").unreachable(False)

    own = {"limit": tuple(CATALOGUE), "mitigation": None}
    first = laboratory.play("apply", limit=CVE, options=["-vvv"])
    own_first = laboratory.play("apply", mitigation_version=1, **own)
    second = laboratory.play("apply", limit=CVE)
    own_second = laboratory.play("apply", mitigation_version=1, **own)
    after_second = laboratory.texts()

    rule = laboratory.row("case", "responderpolicy")
    assert rule
    other_case = str(rule["rule"]).replace("/vpns/", "/VPNS/")
    laboratory.colleague("case", "PUT", "responderpolicy", {"responderpolicy": {"name": NAME, "rule": other_case}})
    laboratory.saved_by_colleague("case")
    laboratory.hosts["unset"]["measure_log"] = False
    laboratory.hosts["move"]["measure_priority"] = 20
    edited = ("case", "unset", "move")
    with watched(laboratory, "move", ATTACK) as during_move:
        changed = laboratory.play("apply", limit=edited)
    own_changed = laboratory.play("apply", limit=("members", "indices"), mitigation=None)
    changed_again = laboratory.play("apply", limit=edited)

    laboratory.simulator.appliance("dead").unreachable()
    laboratory.simulator.appliance("expired").fault("expire_session", method="GET", nth=5)
    laboratory.simulator.appliance("ill").fault("http_error", method="GET", nth=2, times=0)
    rollback = laboratory.play("rollback", limit=("dead", "expired", "ill"), accept_exposure=True)
    return Story(
        laboratory, before, check, first, own_first, second, own_second, after_second, changed, own_changed, during_move, changed_again, rollback
    )  # fmt: skip


def test_01_features_and_saves_are_not_sent_again_on_every_run(story: Story) -> None:
    """Its defect: enabling a feature, applying ACLs and saving are changed and re-sent on every run."""
    assert "POST nsfeature?action=enable" in story.first.writes("plain")
    assert "POST nsconfig?action=save" in story.first.writes("plain")
    assert story.second.writes("plain") == []
    assert story.second["plain"]["changed"] is False


def test_02_check_shows_the_feature_and_does_not_call_the_unreachable_changed(story: Story) -> None:
    """Its defect: --check says ok for a feature that is off, and changed for a host that is down or does not let it in."""
    assert "enable ns feature RESPONDER" in story.check.lines("plain")
    assert story.check["plain"]["changed"] is True
    assert story.check.problem("dead").startswith("unreachable: ")
    assert story.check.problem("stranger").startswith("unreachable: ")
    assert story.check.problem("password").startswith("failed: ")
    for host in ("dead", *UNTRUSTED):
        assert story.check[host].get("changed") is not True
    assert story.check.rc != 0


def test_03_rule_that_differs_in_case_only_is_a_different_rule(story: Story) -> None:
    """Its defect: texts are compared without case, so that a rule with /VPNS/ is taken for one with /vpns/."""
    assert story.changed.writes("case") == ["PUT responderpolicy", "POST nsconfig?action=save"]
    row = story.laboratory.row("case", "responderpolicy", saved=True)
    assert row
    assert '"/vpns/"' in row["rule"]
    assert '"/VPNS/"' not in row["rule"]
    assert story.changed_again.writes("case") == []


@pytest.mark.parametrize("host", ["ignoring", "refusing"])
def test_04_attribute_that_cannot_be_changed_is_replaced_and_settles(story: Story, host: str) -> None:
    """Its defect: a create-only attribute is dropped from the update: changed=true without effect, on every run."""
    assert story.first.problem(host) == ""
    action = story.laboratory.row(host, "responderaction")
    assert action
    assert action["type"] == "respondwith"
    assert [row["name"] for row in story.laboratory.rows(host, "responderaction") if row["name"].startswith("tq_")] == [
        NAME
    ]
    assert story.laboratory.ask(host, ATTACK).blocked_by(story.laboratory.marker(host))
    assert story.first[host]["changed"] is True
    assert story.second.writes(host) == []
    assert story.second[host]["changed"] is False


def test_05_attribute_that_is_no_longer_wanted_is_unset(story: Story) -> None:
    """Its defect: only what the task names is compared, so a removed attribute stays for ever."""
    assert f"-logaction {NAME}" in story.after_second["unset"][0].replace("-logAction", "-logaction")
    row = story.laboratory.row("unset", "responderpolicy")
    assert row
    assert "logaction" not in row
    assert story.laboratory.row("unset", "auditmessageaction") is None
    assert story.laboratory.ask("unset", ATTACK).blocked_by()
    assert story.changed_again.writes("unset") == []


def test_06_priority_change_leaves_one_binding_and_no_gap(story: Story) -> None:
    """Its defect: a binding at the new priority is added and the old one stays; deleting then removes both."""
    assert [(row["policyname"], row["priority"]) for row in story.laboratory.rows("move", GLOBAL)] == [(NAME, 20)]
    assert story.changed.verdict("move") == "mitigated"
    assert [row["name"] for row in story.laboratory.rows("move", "responderpolicy")] == [NAME], "no twin is left"
    assert len(story.during_move) > 10
    assert [answer.status for answer in story.during_move if not answer.blocked_by()] == []
    assert story.changed_again.writes("move") == []


def test_07_binding_without_its_type_is_told_before_a_session_is_opened(story: Story) -> None:
    """Its defect: KeyError: 'type' in the middle, and a session that stays open."""
    assert story.own_first.problem("typeless").startswith("refused: ")
    message = story.own_first.message("typeless")
    assert "line " in message
    assert f"{GLOBAL} lacks its mandatory attribute 'type'" in message
    assert story.own_first.nitro("typeless") == []
    assert story.laboratory.node("typeless")["sessions"] == 0


def test_08_only_the_missing_members_are_added(story: Story) -> None:
    """Its defect: one new member makes it send all of them, and the first that exists ends it with 273."""
    assert story.own_first.problem("members") == ""
    assert story.own_changed.problem("members") == ""
    added = [r for r in story.own_changed.requests if r["appliance"] == "members" and r["method"] in ("POST", "PUT")]
    assert [r["errorcode"] for r in added if "pattern" in r["target"]] == [0], "one request, and no 273"
    assert [line for line in story.own_changed.lines("members") if line.startswith("bind ")] == [
        "bind policy patset tq_members /One/ -index 4"
    ]
    rows = story.laboratory.rows("members", "policypatset_pattern_binding", saved=True)
    assert sorted(row["String"] for row in rows) == ["/One/", "/VPNS/", "/one/", "/vpns/"]


def test_09_attribute_that_is_not_echoed_is_no_error_and_no_change(story: Story) -> None:
    """Its defect: KeyError on a member attribute that NITRO does not show. A Gateway hides the goto of its bindings."""
    assert story.own_first.problem("unechoed") == ""
    assert story.laboratory.ask("unechoed", ATTACK).blocked_by()
    assert story.laboratory.ask("unechoed", CONTROL).status == 200
    [row] = story.laboratory.rows("unechoed", "vpnvserver_responderpolicy_binding")
    assert row["gotopriorityexpression"] == "NEXT"
    assert story.own_second.writes("unechoed") == []
    assert story.own_second["unechoed"]["changed"] is False


def test_10_another_spelling_of_the_same_value_settles(story: Story) -> None:
    """Its defect: EQ where the appliance answers = is changed on every run. Here: words that the appliance answers in capitals."""
    assert story.own_first.problem("spelling") == ""
    assert story.laboratory.ask("spelling", ATTACK).blocked_by()
    assert story.own_second.writes("spelling") == []
    assert story.own_second["spelling"]["changed"] is False


def test_11_members_that_share_a_part_of_their_key_are_told_apart_and_changed(story: Story) -> None:
    """Its defect: a changed location fails as a duplicate, and two ranges with one start are "more than one resource".

    Locations are not managed yet, and that is said with the line. The members that are: /vpns/ and /VPNS/ are two, and a
    changed index goes by removing and adding, since NITRO cannot update it.
    """
    assert story.own_first.problem("ranges").startswith("refused: ")
    assert "unknown type 'location'" in story.own_first.message("ranges")
    assert story.own_first.nitro("ranges") == []
    assert story.own_changed.problem("indices") == ""
    rows = story.laboratory.rows("indices", "policypatset_pattern_binding", saved=True)
    assert {row["String"]: row["index"] for row in rows} == {"/vpns/": 1, "/VPNS/": 7, "/one/": 3}
    assert story.laboratory.ask("indices", ATTACK).blocked_by()


def test_12_absence_is_proven_and_never_assumed(story: Story) -> None:
    """Its defect: state: absent is green on a dead host, with an expired token, and on 503."""
    assert story.rollback.problem("dead").startswith("unreachable: ")
    assert story.rollback.problem("ill")
    assert story.rollback.writes("ill") == []
    for host in ("dead", "ill"):
        assert story.rollback[host].get("changed") is not True
        assert story.laboratory.row(host, "responderpolicy"), "it is still there"
    assert story.rollback.rc != 0
    # Where the session expires it logs in again and does its work.
    assert story.rollback.problem("expired") == TAKEN_AWAY
    assert story.laboratory.texts(["expired"])["expired"] == story.before["expired"]


def test_13_save_of_more_than_ten_seconds_is_waited_for(story: Story) -> None:
    """Its defect: a save that takes 12 s is a failure, while the appliance did save."""
    [save] = [r for r in story.first.requests if r["appliance"] == "slow" and "action=save" in r["target"]]
    assert save["ms"] > 10_000
    assert story.first.problem("slow") == ""
    assert story.first.verdict("slow") == "mitigated"
    assert story.laboratory.row("slow", "responderpolicy", saved=True)


def test_14_one_503_on_a_read_is_no_failure(story: Story) -> None:
    """Its defect: no retries; one transient 503 fails the task."""
    assert 503 in [r["status"] for r in story.first.requests if r["appliance"] == "retry"]
    assert story.first.problem("retry") == ""
    assert story.first.verdict("retry") == "mitigated"


def test_15_no_session_id_in_results(story: Story) -> None:
    """Its defect: the session id stands in every result, 86 log lines of it."""
    texts = [path.read_text(encoding="utf-8") for path in story.laboratory.directory.rglob("*.json")]
    texts += [story.first.output, story.check.output, story.rollback.output]
    assert len(texts) > 20
    for text in texts:
        assert not TOKEN.search(text)
        assert PASSWORD not in text
    assert len(story.second.output) / len(CVE) < 2000, "and a run in which nothing happens is short"
