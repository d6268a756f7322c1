# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Learning: what is learnt, from whom, what is refused; the file is stable, and no recorded text can break its format."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import unsafe_yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.base_lists import base_entries
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.whitelist_variables import (
    parse_whitelists,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic import file_chunks as parts_module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic import path_counts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.attack_signatures import (
    AttackSignatures,
    load_scanned,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.client_classifier import client_hash
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.learner import (
    Learning,
    LearnParameters,
    coverage_text,
    learn,
    learning_lines,
    window_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.path_counts import PathCount
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.path_generaliser import (
    LearningThreshold,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.reader import EVER, Window
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.sources import LogFile, LogSource
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.whitelist_file import (
    parse_file,
    render_index,
    rounded,
    variable,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import sample
from tests.synthetic import DAY, GATEWAY, MITIGATION, ROOT, SITE, START, Mix, Synthetic, combined, json_line, observed

GW, WWW = Vip("gw", Address("203.0.113.10", 443), "vpn"), Vip("www", Address("203.0.113.13", 443), "lb")
SIGNATURES = AttackSignatures([MITIGATION.traffic], load_scanned(ROOT / "templates" / "scanners" / "scanned.yml"))
TODAY = date(2020, 1, 8)


def parameters(**changes: Any) -> LearnParameters:
    values: dict[str, Any] = {
        "host": "gw-a",
        "customer": "Brouwer",
        "vips": (GW, WWW),
        "signatures": SIGNATURES,
        "window": EVER,
        "today": TODAY,
        "threshold": LearningThreshold(3, 2),
        "workers": 1,
    }
    return LearnParameters(**{**values, **changes})


def request(url: str, client: int = 1, day: int = 0, **changes: Any) -> RecordedRequest:
    found = RecordedRequest(url, START + day * DAY, f"198.51.100.{client}", SITE, "GET", 200, False, None, None, None)
    return found._replace(**changes)


def by_many(url: str, clients: int = 4, **changes: Any) -> list[RecordedRequest]:
    return [request(url, client, client % 3, **changes) for client in range(1, clients + 1)]


def learnt(directory: Path, requests: Iterable[RecordedRequest], **changes: Any) -> Learning:
    path = directory / "log.json"
    path.write_text("".join(f"{json_line(one)}\n" for one in requests), encoding="utf-8")
    return learn([LogFile(LogSource(str(path)), path, "json")], parameters(**changes))


def text_of(learning: Learning, name: str = "www") -> str:
    return next(one.text for one in learning.vips if one.vip.name == name)


def allow(learning: Learning, name: str = "www") -> list[dict[str, Any]]:
    """The entries without their comments, read as the inventory reads them."""
    value = unsafe_yaml.load(text_of(learning, name))[variable(name)]
    parse_whitelists([value], "gw-a", TODAY, base_entries) if value["allow"] or value["base"] else ()
    return [{key: text for key, text in entry.items() if key != "comment"} for entry in value["allow"]]


def refusals(learning: Learning) -> dict[str, str]:
    return {one.path: one.reason for one in learning.vips[0].paths.refused}


# -- what is learnt ------------------------------------------------------------------------------------------------------


def test_a_path_needs_enough_clients_and_days(tmp_path: Path) -> None:
    found = learnt(
        tmp_path,
        [
            *by_many("/a"),
            *by_many("/few", 2),
            *[request("/one-day", client) for client in range(9)],
            *[request("/one-client", 1, d) for d in range(9)],
        ],
    )
    assert allow(found) == [{"exact": "/a"}]
    assert refusals(found) == dict.fromkeys(("/few", "/one-client", "/one-day"), "fewer than 3 clients or 2 days")


def test_the_query_is_left_out_and_the_path_is_decoded_once(tmp_path: Path) -> None:
    found = learnt(tmp_path, [*by_many("/a%20b?x=1"), *by_many("https://h/c?y"), *by_many("/d%2520e")])
    assert allow(found) == [{"exact": "/a b"}, {"exact": "/c"}]
    assert refusals(found) == {"/d%20e": "holds characters that an entry cannot have"}


def test_what_was_never_answered_is_not_learnt(tmp_path: Path) -> None:
    found = learnt(
        tmp_path,
        [
            *by_many("/gone", status=404),
            *by_many("/ok"),
            *by_many("/sign-in", status=401),
            *by_many("/unknown", status=None),
        ],
    )
    assert allow(found) == [{"exact": "/ok"}, {"exact": "/sign-in"}, {"exact": "/unknown"}]
    assert refusals(found)["/gone"] == "never answered with success"


def test_whoever_attacks_teaches_nothing(tmp_path: Path) -> None:
    attackers = [
        one
        for client in range(1, 9)
        for one in (request("/vpn/%2e%2e/vpns/x", client, client), request("/a", client, client))
    ]
    found = learnt(tmp_path, [*attackers, *[request("/b", client, client % 3) for client in range(20, 24)]])
    assert allow(found) == [{"exact": "/b"}]
    assert refusals(found)["/a"] == "only attackers requested it"
    assert found.counts.vips["www"].attacks == 8


def test_whoever_attacks_after_the_window_teaches_nothing_inside_it(tmp_path: Path) -> None:
    attack = [request("/vpn/../vpns/x.xml", client, 9, status=403) for client in range(11, 20)]
    blocked = [request("/a", client, 9, status=403) for client in range(1, 5) for _ in range(9)]
    looked = [request("/looked-around", client, client % 3) for client in range(11, 20)]
    found = learnt(tmp_path, [*by_many("/a"), *looked, *attack, *blocked], window=Window(None, START + 5 * DAY))
    assert allow(found) == [{"exact": "/a"}]
    assert refusals(found) == {"/looked-around": "only attackers requested it"}


def test_whoever_scans_or_gets_mostly_errors_teaches_nothing_either(tmp_path: Path) -> None:
    scanners = [
        one
        for client in range(1, 9)
        for one in (request("/wp-login.php", client, client, status=404), request("/a", client, client))
    ]
    lost = [request(f"/x{number}", client, client, status=404) for client in range(10, 19) for number in range(4)]
    found = learnt(
        tmp_path,
        [*scanners, *lost, *[request("/b", client, client) for client in range(10, 19)], *by_many("/c", 24)[19:]],
    )
    assert allow(found) == [{"exact": "/c"}]
    # Where it is there, it has users.
    site = learnt(tmp_path, by_many("/wp-login.php"))
    assert allow(site) == [{"exact": "/wp-login.php"}]


def test_one_network_of_ipv6_is_one_client(tmp_path: Path) -> None:
    assert client_hash("2001:db8::1") == client_hash("2001:db8::ffff:1") != client_hash("2001:db8:0:1::1")
    one = [request("/a", client=f"2001:db8::{number}", day=number % 3) for number in range(1, 9)]
    many = [request("/b", client=f"2001:db8:0:{number}::1", day=number % 3) for number in range(1, 9)]
    requests = [found._replace(client=str(found.client).removeprefix("198.51.100.")) for found in (*one, *many)]
    assert allow(learnt(tmp_path, requests)) == [{"exact": "/b"}]


# -- the rules -----------------------------------------------------------------------------------------------------------


def test_a_directory_of_static_files_becomes_its_beginning(tmp_path: Path) -> None:
    files = [one for name in ("a.css", "b/c.js", "b/d.png") for one in by_many(f"/assets/{name}")]
    pages = [one for name in ("x.css", "y.js", "z.png", "page") for one in by_many(f"/mixed/{name}")]
    rare = [request(f"/rare/{number}.js") for number in range(9)]
    admin = [request("/app/admin", 1), *[one for n in "xyz" for one in by_many(f"/app/{n}.js")]]
    found = allow(learnt(tmp_path, [*files, *pages, *rare, *admin]))
    assert found == [
        *[{"exact": f"/app/{name}.js"} for name in "xyz"],  # else what one administrator needs were open to all
        {"prefix": "/assets/"},
        *[{"exact": f"/mixed/{name}"} for name in ("page", "x.css", "y.js", "z.png")],
    ]


@pytest.mark.parametrize("name", ["12345", "15.1.1847.3", "DEADBEEFCAFE", "0b0c9d5e-1111-2222-3333-444455556666"])
def test_names_that_differ_each_time_become_their_beginning(tmp_path: Path, name: str) -> None:
    names = [name, name.replace("1", "2").replace("DEAD", "BEAD"), name.replace("1", "3").replace("DEAD", "FEED")]
    requests = [request(f"/item/{one}/view", client, client) for client, one in enumerate(names, 1)]
    assert allow(learnt(tmp_path, requests)) == [{"prefix": "/item/"}]
    assert allow(learnt(tmp_path, requests[:2] * 3)) == []


def test_a_beginning_that_an_attack_is_after_is_not_learnt(tmp_path: Path) -> None:
    requests = [
        one
        for number in range(4)
        for one in by_many(f"/vpns/portal/scripts/{number}{number}{number}.js", vip=GATEWAY, session=True)
    ]
    assert {"prefix": "/vpns/portal/scripts/"} not in allow(learnt(tmp_path, requests), "gw")


def test_the_same_file_in_many_directories_becomes_an_ending_where_asked_for(tmp_path: Path) -> None:
    requests = [one for place in "abcd" for one in by_many(f"/{place}/logo.png")]
    assert allow(learnt(tmp_path, requests)) == [{"exact": f"/{place}/logo.png"} for place in "abcd"]
    assert allow(learnt(tmp_path, requests, suffixes=True)) == [{"suffix": "/logo.png"}]
    gateway = [one._replace(vip=GATEWAY) for one in requests]
    assert {"suffix": "/logo.png"} not in allow(learnt(tmp_path, gateway, suffixes=True), "gw")


def test_what_a_base_list_allows_is_not_learnt_again(tmp_path: Path) -> None:
    requests = [*by_many("/vpn/index.html", vip=GATEWAY), *by_many("/Citrix/X/", vip=GATEWAY)]
    found = learnt(tmp_path, requests)
    assert allow(found, "gw") == [{"exact": "/Citrix/X/"}]
    assert 'base: ["gateway"]' in text_of(found, "gw")
    assert 'mode: "observe"' in text_of(found, "gw")


def unusual_clients(*urls: str, clients: int = 6) -> list[RecordedRequest]:
    """Clients that ask for these paths and for nothing else."""
    return [request(url, 100 + client, client % 3, status=None) for url in urls for client in range(clients)]


USUAL = [one for url in ("/a", "/b") for one in by_many(url, 20)]


def test_what_only_strangers_ask_for_is_doubtful_and_not_allowed(tmp_path: Path) -> None:
    found = learnt(tmp_path, [*USUAL, *unusual_clients("/login.action", "/jmx"), *by_many("/rare", 4)])
    assert allow(found) == [{"exact": "/a"}, {"exact": "/b"}, {"exact": "/rare"}]
    assert '    # ? - {exact: !unsafe "/jmx", comment: "learnt"}' in text_of(found)
    assert (found.vips[0].paths.new, found.vips[0].paths.doubtful) == (3, 2)
    assert any("2 are doubtful" in line for line in learning_lines(found, parameters()))


def test_a_person_allows_what_is_doubtful_and_it_stays(tmp_path: Path) -> None:
    """As for machines with one purpose."""
    requests = [*USUAL, *unusual_clients("/api/orders", "/jmx")]
    text = text_of(learnt(tmp_path, requests))
    edited = text.replace('    # ? - {exact: !unsafe "/api/orders"', '    - {exact: !unsafe "/api/orders"')
    again = learnt(tmp_path, requests, before={"www": edited})
    assert {"exact": "/api/orders"} in allow(again)
    assert '    # ? - {exact: !unsafe "/jmx"' in text_of(again)
    assert text_of(learnt(tmp_path, requests, before={"www": text_of(again)})) == text_of(again)


# -- what is refused -----------------------------------------------------------------------------------------------------


def refused(directory: Path, lines: Iterable[str], name: str = "access.log", **changes: Any) -> str:
    path = directory / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    source = LogSource(str(path))
    with pytest.raises(Refused) as error:
        learn([LogFile(source, path, source.format_of(path))], parameters(**changes))
    return str(error.value)


def test_without_client_or_vip_no_list_is_learnt(tmp_path: Path) -> None:
    lines = [combined(one) for one in by_many("/a")]
    assert "no list can be learnt from these logs that may be enforced: 4 requests lack VIP." in refused(
        tmp_path, lines
    )
    lost = [line.replace("198.51.100.", "127.0.0.1 #")[:9] + line[line.index(" - - ") :] for line in lines]
    assert "4 requests lack client address and VIP" in refused(tmp_path, lost, "httpaccess.log")


def test_after_a_public_exploit_nothing_is_learnt_unless_asked_for(tmp_path: Path) -> None:
    window = window_of(None, None, date(2019, 12, 1))
    text = refused(tmp_path, [json_line(one) for one in by_many("/a")], window=window)
    assert "none of the 4 recorded requests is inside the window to learn from before 2019-12-01" in text
    assert "the logs reach from 2019-12-16 00:00 to 2019-12-18 00:00 (2.0 days)" in text
    assert "Set -e until=<day>" in text


def test_the_window_ends_before_the_exploit_was_public() -> None:
    day = date(2020, 1, 10)
    assert window_of(None, None, day) == Window(None, 1578614400)
    assert window_of(None, None, None) == EVER
    assert window_of(None, date(2020, 1, 10), day) == Window(None, 1578614400 + DAY)
    assert window_of(date(2020, 1, 1), None, day).since == 1577836800
    with pytest.raises(InvalidInput, match="before it begins"):
        window_of(date(2020, 1, 10), None, day)


def test_a_log_of_others_is_refused(tmp_path: Path) -> None:
    lines = [json_line(one._replace(vip="192.0.2.99:443")) for one in by_many("/a")]
    assert "no request of its virtual servers inside the window" in refused(tmp_path, lines)


def test_what_the_demand_may_be(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="clients must be from 1 to 32"):
        learnt(tmp_path, by_many("/a"), threshold=LearningThreshold(33, 1))


# -- the file ------------------------------------------------------------------------------------------------------------

MIX = Mix(requests=6000, bad=0.1)


def of_mix(directory: Path, mix: Mix = MIX, **changes: Any) -> Learning:
    return learnt(directory, (one.request for one in Synthetic(mix).requests()), **changes)


def diff(one: str, other: str) -> list[str]:
    return [
        line
        for line in difflib.unified_diff(one.splitlines(), other.splitlines(), n=0)
        if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]


def test_learning_again_from_the_same_changes_nothing(tmp_path: Path) -> None:
    first = of_mix(tmp_path)
    before = {one.vip.name: one.text for one in first.vips}
    for workers in (1, 2):
        again = of_mix(tmp_path, workers=workers)
        assert {one.vip.name: one.text for one in again.vips} == before


def test_learning_again_with_what_was_learnt_changes_nothing(tmp_path: Path) -> None:
    before = {one.vip.name: one.text for one in of_mix(tmp_path).vips}
    again = of_mix(tmp_path, before=before)
    assert {one.vip.name: one.text for one in again.vips} == before
    assert sum(one.paths.new for one in again.vips) == 0


def test_other_visits_of_the_same_people_make_a_small_difference(tmp_path: Path) -> None:
    before = {one.vip.name: one.text for one in of_mix(tmp_path).vips}
    again = of_mix(tmp_path, replace(MIX, visits_seed=7), before=before)
    entries = {one.vip.name: len(parse_file(one.text, "x").allow) for one in again.vips}
    changed = {
        one.vip.name: sum(line.strip("+- ").startswith("- {") for line in diff(before[one.vip.name], one.text))
        for one in again.vips
    }
    assert changed["gw"] <= 1
    assert sum(changed.values()) <= 0.35 * sum(entries.values())


EDITED = """---
# a note of mine
netscaler_whitelist_www:
  name: www
  vserver: www
  kind: lb
  mode: enforce
  priority: 50
  base: []
  allow:
    - {exact: /yearly, comment: "the report of January", owner: "J. Jansen", until: "2020-06-30"}
    - {exact: /a, comment: learnt}
"""


def test_what_people_wrote_stays(tmp_path: Path) -> None:
    found = learnt(tmp_path, [*by_many("/a"), *by_many("/new")], before={"www": EDITED})
    value = unsafe_yaml.load(text_of(found))["netscaler_whitelist_www"]
    assert (value["mode"], value["priority"]) == ("enforce", 50)
    assert value["allow"] == [
        {"exact": "/a", "comment": "learnt"},
        {"exact": "/new", "comment": "learnt"},
        {"exact": "/yearly", "comment": "the report of January", "owner": "J. Jansen", "until": "2020-06-30"},
    ]
    unseen = "nobody asked for it when it was learnt last"
    assert f'# {unseen}\n    - {{exact: !unsafe "/yearly"' in text_of(found)
    # What was known of the others stays as well, and is not said twice.
    for _ in range(2):
        found = learnt(tmp_path, by_many("/a"), before={"www": text_of(found)})
        assert f'# 2+ requests, 2+ clients, 2+ days; {unseen}\n    - {{exact: !unsafe "/new"' in text_of(found)
        assert text_of(found).count(unseen) == 2


def test_what_an_observing_policy_allows_is_not_said_to_be_unused(tmp_path: Path) -> None:
    first = text_of(learnt(tmp_path, [*by_many("/a"), *by_many("/b")]))
    path = tmp_path / "ns.log"
    path.write_text("".join(f"{observed(one)}\n" for one in by_many("/new")), encoding="ascii")
    again = text_of(learn([LogFile(LogSource("x"), path, "observe")], parameters(before={"www": first})))
    new = [line for line in again.splitlines() if line not in first.splitlines()]
    assert new == ['    - {exact: !unsafe "/new", comment: "learnt"}']


def test_a_file_of_another_virtual_server_is_not_mixed_up(tmp_path: Path) -> None:
    """Its name becomes the same file name, as an appliance may arrange it."""
    with pytest.raises(InvalidInput, match=r"gw-a: whitelist_www.yml has the list of another virtual server than www"):
        learnt(tmp_path, by_many("/a"), before={"www": EDITED.replace("vserver: www", 'vserver: "w w w"')})


@pytest.mark.parametrize("text", ["[", "a: 1", "a: {allow: []}\nb: {}", "a: {allow: 7}", "- a", ""])
def test_a_file_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInput, match="host: "):
        parse_file(text, "host")


def test_the_index_names_one_variable_a_list() -> None:
    assert yaml.safe_load(render_index(["gw", "Other VIP"])) == {
        "netscaler_whitelists": ["{{ netscaler_whitelist_gw }}", "{{ netscaler_whitelist_other_vip }}"]
    }


def test_numbers_are_rounded_down_so_that_they_change_seldom() -> None:
    assert [rounded(number) for number in (0, 1, 4, 9, 10, 49, 1723, 99999)] == [
        "0",
        "1+",
        "2+",
        "5+",
        "10+",
        "20+",
        "1,000+",
        "50,000+",
    ]


HOSTILE = (
    "/<script>", "/{{ lookup('pipe','id') }}", "/{% if x %}", "/a\u202eb", "/a: {b: c}", "/# x", "/a\\u0000", "/`id`", "/$(id)", "/'; drop",
    '/"', "/!!python/object", "/\xe9", "/a|b", "/&a", "/*b", "/a%0a- {prefix: /}", "/a%00", "/a%1b[2J", "/%7b%7b 1 %7d%7d", "/a%5c..%5cb",
)  # fmt: skip


def only_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and not set('{}#%\\"`|<>\n') & set(text)


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_path_is_no_entry_or_a_harmless_one(tmp_path: Path, url: str) -> None:
    found = learnt(tmp_path, [*by_many(url), *by_many("/ok")])
    text = text_of(found)
    assert all(only_plain(next(iter(entry.values()))) for entry in allow(found))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "{{" not in text
    assert "{%" not in text
    assert list(unsafe_yaml.load(text)) == ["netscaler_whitelist_www"]
    assert all(line.isprintable() for line in learning_lines(found, parameters()))


@settings(max_examples=sample.examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs"]), min_size=1, max_size=20),
        min_size=1,
        max_size=4,
    )
)
def test_no_path_breaks_out_of_the_file(tmp_path: Path, names: list[str]) -> None:
    found = learnt(tmp_path, [*by_many("/ok"), *[one for name in names for one in by_many(f"/{name}")]])
    for entry in allow(found):
        assert only_plain(next(iter(entry.values())))
    assert len(unsafe_yaml.load(text_of(found))) == 1


# -- coverage ------------------------------------------------------------------------------------------------------------


def test_the_coverage_is_that_of_the_last_days(tmp_path: Path) -> None:
    requests = [
        *by_many("/a", 30),
        *[request("/old", 50, 0)] * 5,
        request("/new", 60, 20),
        *[request("/a", 60, 20)] * 9,
    ]
    found = learnt(tmp_path, requests, coverage_days=7)
    assert coverage_text(found, parameters(coverage_days=7)) == (
        "90.00 % of the last 7 days' 10 recorded requests would pass; 1 URL of customer Brouwer would not"
    )
    assert "    would not pass: GET /new: 1 request of 1 client" in learning_lines(found, parameters())


def test_an_attack_that_would_pass_is_told_loudly(tmp_path: Path) -> None:
    wide = EDITED.replace("/yearly", "/vpns/cfg/smb.conf")
    requests = [*by_many("/a"), request("/vpns/cfg/smb.conf", 99)]
    found = learnt(tmp_path, requests, before={"www": wide})
    assert coverage_text(found, parameters()).endswith("; 1 ATTACK-SHAPED REQUESTS WOULD PASS TOO")


def test_no_attack_passes_what_was_learnt(tmp_path: Path) -> None:
    assert sum(of_mix(tmp_path, replace(MIX, bad=0.2)).coverage.attacks_passed.values()) == 0


# -- bounds --------------------------------------------------------------------------------------------------------------


def test_the_sample_of_clients_does_not_depend_on_the_order() -> None:
    forward, backward, halves = PathCount(), PathCount(), (PathCount(), PathCount())
    for number in range(500):
        forward.add(client_hash(f"10.0.{number // 250}.{number % 250}"), number % 20, 200)
        halves[number % 2].add(client_hash(f"10.0.{number // 250}.{number % 250}"), number % 20, 200)
    for number in reversed(range(500)):
        backward.add(client_hash(f"10.0.{number // 250}.{number % 250}"), number % 20, 200)
    halves[0].merge(halves[1])
    assert forward.without(set()) == backward.without(set()) == halves[0].without(set())
    assert len(forward.clients) <= 64


def test_a_flood_of_paths_pushes_out_only_rare_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_counts, "PATHS", 50)
    monkeypatch.setattr(parts_module.cut, "__defaults__", (20_000,))
    flood = [request(f"/flood/x{number}y", 200 + number % 9, number % 5) for number in range(500)]
    found = learnt(tmp_path, [*by_many("/a"), *flood, *by_many("/b")])
    assert {"exact": "/a"} in allow(found)
    assert found.counts.vips["www"].dropped > 300
    assert any("requests of rare paths dropped" in line for line in learning_lines(found, parameters()))


def test_numbers_with_an_ending_are_names_that_differ_each_time(tmp_path: Path) -> None:
    requests = [one for number in range(1000, 1030) for one in by_many(f"/report/{number}.do")]
    assert allow(learnt(tmp_path, requests)) == [{"prefix": "/report/"}]
