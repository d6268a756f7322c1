# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries that ship with the project: what each must have, and what they say of builds and configurations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import parse_document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state_template import (
    plain_template,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import (
    Entry,
    Kill,
    MeasureForm,
    SourceKind,
    Surface,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import entry_ids, load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    entries,
    entries_by_the_vendor,
    entries_needed_by_the_appliance,
    entries_of_the_appliance,
    load_mitigation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.predicates import (
    Leaf,
    Not,
    Truth,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.priorities import (
    DERIVED,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.trains import BuildState, Train
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import (
    EntryFacts,
    entry_verdict,
    exploit_text,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.closing.measure import PRIORITIES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.whitelist_variables import (
    DEFAULT_PRIORITY,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    banks_of,
    count_findings,
    passing_actions,
    run_corpus,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.new_entry.page import entry_page

from tests.played_together import played_together
from tests.unit.plugin_utils.catalogue.test_predicates import Box, Rows

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
IDS = entry_ids(CATALOGUE)
every_entry = played_together("id_", IDS)

# The bulletins from January 2019 to October 2026, and the CVEs of each that have a condition of their own.
BULLETINS = {
    "CTX240139": ["2019_6485"],
    "CTX249976": ["2019_12044"],
    "CTX261055": ["2019_18225"],
    "CTX267027": ["2019_19781"],
    "CTX276688": ["2019_18177", "2020_8187", "2020_8190", "2020_8193"],
    "CTX281474": ["2020_8245", "2020_8246"],
    "CTX297155": ["2020_8299", "2020_8300"],
    "CTX319135": ["2021_22919", "2021_22920", "2021_22927"],
    "CTX330728": ["2021_22955", "2021_22956"],
    "CTX457048": ["2022_27507", "2022_27508"],
    "CTX457836": ["2022_27509"],
    "CTX463706": ["2022_27510", "2022_27513", "2022_27516"],
    "CTX474995": ["2022_27518"],
    "CTX477714": ["2023_24487", "2023_24488"],
    "CTX561482": ["2023_3519"],
    "CTX579459": ["2023_4966"],
    "CTX584986": ["2023_6548", "2023_6549"],
    "CTX677944": ["2024_5491", "2024_5492"],
    "CTX691608": ["2024_8534", "2024_8535"],
    "CTX693420": ["2025_5349", "2025_5777"],
    "CTX694788": ["2025_6543"],
    "CTX694938": ["2025_7775", "2025_7776", "2025_8424"],
    "CTX695486": ["2025_12101"],
    "CTX696300": ["2026_3055", "2026_4368"],
    "CTX696604": ["2026_8451", "2026_8452", "2026_8655", "2026_10816", "2026_10817", "2026_13474"],
    "CTX696939": ["2026_19489", "2026_19490"],
    "CTX697096": [f"2026_{number}" for number in range(88771, 88779)],
    "CTX697174": ["2026_88779"],
    "CTX697191": ["2026_107406"],
    "CTX697263": ["2026_109618"],
    "CVE record of CVE-2026-107412": ["2026_107412"],
    "CVE record of CVE-2026-111334": ["2026_111334"],
}


@cache
def entry(id_: str) -> Entry:
    return load_entry(CATALOGUE / (id_ if id_.startswith("cve_") else f"cve_{id_}"))


def test_there_is_an_entry_for_each_bulletin() -> None:
    found: dict[str, list[str]] = {}
    for id_ in IDS:
        found.setdefault(entry(id_).bulletin, []).append(id_.removeprefix("cve_"))
    del found["Apache Log4j security page"]
    assert {key: sorted(ids) for key, ids in found.items()} == {key: sorted(ids) for key, ids in BULLETINS.items()}


@every_entry
def test_an_entry_is_about_the_cve_in_its_name(id_: str) -> None:
    assert entry(id_).identifiers[0] == id_.upper().replace("_", "-")


@every_entry
def test_the_page_has_one_sentence_for_each_question(id_: str) -> None:
    page = entry(id_).page
    for text in (page.what, page.whom, page.helps, page.does_not_help, page.after_the_fix):
        assert re.fullmatch(r"[A-Z][^?!]*\.", text), text
        assert not re.search(r"[a-z]\. [A-Z]", text), f"more than one sentence: {text}"


@every_entry
def test_a_secondary_source_is_never_called_the_vendor(id_: str) -> None:
    for key, source in entry(id_).sources.items():
        assert (source.kind is SourceKind.VENDOR) <= bool(
            re.search(r"CVE record|CTX\d|netscaler\.com|citrix\.com|Console|adc-nitro-go", source.name)
        ), key


@every_entry
def test_an_entry_of_the_appliance_says_what_each_maintained_train_means(id_: str) -> None:
    one = entry(id_)
    if one.surface is Surface.BACK_ENDS:
        assert not one.trains.facts
    elif one.published >= "2023-10":  # 14.1 was there
        assert {Train((14, 1)), Train((13, 1)), Train((13, 1), "FIPS"), Train((13, 1), "NDcPP")} <= set(
            one.trains.facts
        )


@every_entry
def test_the_first_fixed_build_is_fixed_and_the_one_before_is_not(id_: str) -> None:
    for facts in entry(id_).trains.facts.values():
        if facts.fixed is not None:
            major, minor = facts.fixed
            assert facts.state_of(facts.fixed) is BuildState.FIXED
            assert facts.state_of((major, minor - 1)) is BuildState.AFFECTED


def test_no_entry_calls_an_end_of_life_train_fixed_by_a_bulletin_of_its_afterlife() -> None:
    """12.1 and 13.0 are end of life in all bulletins from 2025 on (vendor's blog of 2025-08-26; CVE records)."""
    for id_ in IDS:
        if entry(id_).published >= "2025" and entry(id_).surface is not Surface.BACK_ENDS:
            for build in ("13.0 92.31", "12.1 65.39", "12.0 63.21", "11.1 65.23", "10.5 70.24"):
                state = entry(id_).build_state(Build.parse(build))
                assert state in (BuildState.NO_FIX, BuildState.NOT_AFFECTED), (id_, build, state)


@pytest.mark.parametrize(
    ("build", "open_"),
    [
        # A fleet tool that knows one CVE of 2019 calls this build fixed.
        ("13.0 47.24", 57),
        ("13.0 92.21", 33),
        ("13.1 49.15", 35),
        ("13.1 64.24", 7),
        ("13.1 64.29", 5),
        ("13.1 64.32", 4),
        ("13.1 64.39", 2),
        ("14.1 73.37", 7),
        ("14.1 73.46", 5),
        ("14.1 73.49", 4),
        ("14.1 73.57", 2),
        ("13.1 37.283", 5),
        ("13.1 37.286", 4),
        ("13.1 37.293", 2),
        ("13.1 37.279", 7),
    ],
)
def test_how_many_entries_a_build_is_open_to(build: str, open_: int) -> None:
    """The two that stay are CVE-2026-88778 and CVE-2026-13474, which a setting closes; the configuration decides about the others."""
    found = [
        id_
        for id_ in IDS
        if entry(id_).build_state(Build.parse(build)) in (BuildState.AFFECTED, BuildState.NO_FIX)
        or entry(id_).settings_on_fixed_builds()
    ]
    assert len(found) == open_, found


@pytest.mark.parametrize("build", ["14.1 73.57", "13.1 64.39", "13.1 37.293"])
def test_of_the_newest_fixed_builds_no_entry_is_unknown(build: str) -> None:
    """An appliance with all fixes is not to ask the vendor about weaknesses of years ago: 13.1 37.x is FIPS or NDcPP, which an appliance does not say."""
    found = [id_ for id_ in IDS if entry(id_).build_state(Build.parse(build)) is BuildState.UNKNOWN]
    assert found == []


@pytest.mark.parametrize("id_", ["2020_8187", "2022_27508", "2026_4368"])
@pytest.mark.parametrize("build", ["11.0 72.17", "10.5 70.18"])
def test_a_weakness_of_named_branches_alone_is_not_one_of_older_branches(id_: str, build: str) -> None:
    """A branch that an entry does not list, and that is older, counts as without a fix."""
    assert entry(id_).build_state(Build.parse(build)) is BuildState.NOT_AFFECTED


@every_entry
def test_a_closing_ends_no_weakness_of_which_no_source_says_how_it_is_reached(id_: str) -> None:
    """With all VIPs off, what is at the Gateway is closed without another question: so an entry may say that only if it knows what is attacked there."""
    one = entry(id_)
    if one.surface is Surface.GATEWAY and one.measure is None:
        assert one.types(), id_


def test_the_corrections_of_august_2026_are_used() -> None:
    """14.1-73.32, 13.1-63.21 and 13.1-37.277 have the fix of CVE-2026-19490 (Rapid7 and three more)."""
    for build in ("14.1 73.32", "13.1 63.21", "13.1 37.277"):
        assert entry("2026_19490").build_state(Build.parse(build)) is BuildState.FIXED
        assert entry("2026_88771").build_state(Build.parse(build)) is BuildState.AFFECTED
    assert entry("2026_19490").conflicts


# -- preconditions ------------------------------------------------------------------------------------------------------

GATEWAY: Rows = [{"name": "gw", "servicetype": "SSL"}]
NEVER = "14.1 8.50"


def asked(id_: str, build: str = NEVER, **types: Rows) -> Truth:
    return entry(id_).precondition_holds(Build.parse(build), Box({"default": types})).truth


@played_together(
    ("id_", "types"),
    [
        ("2020_8300", {"authenticationsamlaction": [{"name": "a"}]}),
        ("2020_8300", {"authenticationsamlidpprofile": [{"name": "a"}]}),
        ("2022_27510", {"vpnvserver": GATEWAY}),
        ("2022_27518", {"authenticationsamlaction": [{"name": "a"}]}),
        ("2023_3519", {"vpnvserver": GATEWAY}),
        ("2023_4966", {"authenticationvserver": GATEWAY}),
        ("2024_8534", {"vpnvserver": [{"name": "gw", "rdpserverprofilename": "p"}]}),
        ("2024_8534", {"authenticationvserver": GATEWAY, "nsfeature": [{"rdpproxy": "true"}]}),
        ("2024_8535", {"vpnvserver": GATEWAY, "aaakcdaccount": [{"kcdaccount": "k"}]}),
        ("2025_5777", {"vpnvserver": GATEWAY}),
        ("2025_7775", {"vpnvserver": GATEWAY}),
        ("2025_7775", {"crvserver": [{"name": "c", "servicetype": "HDX"}]}),
        (
            "2025_7775",
            {
                "lbvserver": [{"name": "l", "servicetype": "HTTP"}],
                "server": [{"name": "s", "ipaddress": "2001:db8::1"}],
            },
        ),
        (
            "2025_7775",
            {"lbvserver": [{"name": "l", "servicetype": "HTTP_QUIC"}], "server": [{"name": "s", "querytype": "AAAA"}]},
        ),
        ("2025_7776", {"vpnvserver": [{"name": "gw", "pcoipvserverprofilename": "p"}]}),
        ("2026_3055", {"authenticationsamlidpprofile": [{"name": "a"}]}),
        ("2026_8655", {"lbvserver": [{"name": "l", "servicetype": "DNS"}]}),
        ("2026_13474", {"nshttpprofile": [{"name": "p", "http2": "ENABLED"}]}),
        ("2026_10817", {"nstcpprofile": [{"name": "p", "timestamp": "ENABLED"}]}),
        ("2026_19489", {"lsngroup": [{"groupname": "g", "sipalg": "ENABLED"}]}),
        ("2026_88771", {}),
        ("2026_88772", {"vpnvserver": GATEWAY}),
        ("2026_88772", {"vpnvserver": [{"name": "gw", "dtls": "ON"}]}),
        ("2026_88772", {"lbvserver": [{"name": "l", "servicetype": "DTLS"}]}),
        ("2026_88773", {"csvserver": [{"name": "c", "servicetype": "HTTP"}]}),
        ("2026_88776", {"lbvserver": [{"name": "l", "servicetype": "ORACLE"}]}),
        ("2026_88777", {"lsngroup": [{"groupname": "g"}]}),
        ("2026_88777", {"service": [{"name": "s", "servicetype": "FTP"}]}),
        ("2026_88777", {"nat64": [{"name": "n"}]}),
        ("2026_88778", {"lbvserver": [{"name": "l", "servicetype": "TCP"}]}),
        ("2026_88779", {"authenticationsamlaction": [{"name": "a"}]}),
        ("2026_107406", {"authenticationsamlaction": [{"name": "a"}]}),
    ],
)
def test_a_configuration_that_is_affected(id_: str, types: Mapping[str, Rows]) -> None:
    assert asked(id_, **types) is Truth.TRUE


@played_together(
    ("id_", "types"),
    [
        ("2022_27510", {"authenticationvserver": GATEWAY}),
        ("2023_4966", {"lbvserver": [{"name": "l", "servicetype": "SSL"}]}),
        ("2024_8534", {"vpnvserver": GATEWAY}),
        ("2024_8534", {"nsfeature": [{"rdpproxy": "true"}]}),
        ("2024_8535", {"vpnvserver": GATEWAY}),
        (
            "2025_7775",
            {"lbvserver": [{"name": "l", "servicetype": "HTTP"}], "server": [{"name": "s", "ipaddress": "192.0.2.1"}]},
        ),
        (
            "2025_7775",
            {"lbvserver": [{"name": "l", "servicetype": "TCP"}], "server": [{"name": "s", "ipaddress": "2001:db8::1"}]},
        ),
        ("2025_7776", {"vpnvserver": GATEWAY}),
        ("2026_3055", {"authenticationsamlaction": [{"name": "a"}]}),
        ("2026_88772", {"vpnvserver": [{"name": "gw", "servicetype": "SSL", "dtls": "OFF"}]}),
        ("2026_88773", {"lbvserver": [{"name": "l", "servicetype": "TCP"}]}),
        ("2026_88777", {"lsngroup": [{"groupname": "g", "ftp": "DISABLED"}]}),
        (
            "2026_88778",
            {"lbvserver": [{"name": "l", "servicetype": "TCP"}], "nstcpparam": [{"enhancedisngeneration": "ENABLED"}]},
        ),
        ("2026_88778", {"lbvserver": [{"name": "l", "servicetype": "UDP"}]}),
        ("2026_88779", {"vpnvserver": GATEWAY}),
    ],
)
def test_a_configuration_that_is_not_affected(id_: str, types: Mapping[str, Rows]) -> None:
    assert asked(id_, **types) is Truth.FALSE


@played_together(
    ("id_", "build", "types", "truth"),
    [
        # From 14.1-43.56 and 13.1-61.28 on a SAML action is needed; before, and on FIPS, a Gateway or AAA is enough.
        ("2026_19490", "14.1 43.55", {"vpnvserver": GATEWAY}, Truth.TRUE),
        ("2026_19490", "14.1 43.56", {"vpnvserver": GATEWAY}, Truth.FALSE),
        ("2026_19490", "14.1 43.56", {"authenticationsamlaction": [{"name": "a"}]}, Truth.TRUE),
        ("2026_19490", "13.1 61.27", {"vpnvserver": GATEWAY}, Truth.TRUE),
        ("2026_19490", "13.1 61.28", {"vpnvserver": GATEWAY}, Truth.FALSE),
        ("2026_19490", "13.1 37.270", {"vpnvserver": GATEWAY}, Truth.TRUE),
        # On the builds of September 2026 only identity providers are affected (CVE record).
        ("2026_107406", "14.1 73.36", {"authenticationsamlaction": [{"name": "a"}]}, Truth.TRUE),
        ("2026_107406", "14.1 73.37", {"authenticationsamlaction": [{"name": "a"}]}, Truth.FALSE),
        ("2026_107406", "14.1 73.41", {"authenticationsamlidpprofile": [{"name": "a"}]}, Truth.TRUE),
        ("2026_107406", "13.1 37.282", {"authenticationsamlaction": [{"name": "a"}]}, Truth.FALSE),
        # The clause on IPv6 is not about 12.1-FIPS and NDcPP (CVE record).
        (
            "2025_7775",
            "12.1 55.329",
            {"lbvserver": [{"name": "l", "servicetype": "SSL"}], "server": [{"name": "s", "querytype": "AAAA"}]},
            Truth.FALSE,
        ),
    ],
)
def test_a_precondition_can_depend_on_the_build(id_: str, build: str, types: Mapping[str, Rows], truth: Truth) -> None:
    assert asked(id_, build, **types) is truth


# The attributes of NITRO on which preconditions depend, by the vendor's clients (adc-nitro-go, provider). An attribute that is misspelt has no value, and the
# precondition would never hold, or always.
ATTRIBUTES = {
    "authenticationsamlaction": {"samlrejectunsignedassertion"},
    "crvserver": {"servicetype"},
    "csvserver": {"servicetype"},
    "authenticationvserver": {"servicetype"},
    "dnsparameter": {"recursion"},
    "gslbvserver": {"servicetype"},
    "lbmonitor": {"type"},
    "lbvserver": {"servicetype", "dns64"},
    "lsngroup": {"ftp", "sipalg", "rtspalg"},
    "nsfeature": {"rdpproxy"},
    "nshttpprofile": {"http2"},
    "nstcpprofile": {"timestamp"},
    "nstcpparam": {"enhancedisngeneration"},
    "server": {"ipaddress", "querytype"},
    "service": {"ipaddress", "servicetype"},
    "servicegroup": {"servicetype"},
    "vpnvserver": {"servicetype", "dtls", "pcoipvserverprofilename", "rdpserverprofilename"},
}


def conditions(predicate: Any) -> Iterator[tuple[str, str]]:
    """Yield each type with each attribute that a predicate asks for."""
    if isinstance(predicate, Leaf):
        yield from ((type_, name) for type_ in predicate.nitro_types for name, _condition in predicate.where)
    parts = getattr(predicate, "parts", None) or ([predicate.part] if isinstance(predicate, Not) else [])
    for part in parts:
        yield from conditions(part)


@every_entry
def test_no_attribute_of_a_precondition_is_misspelt(id_: str) -> None:
    predicates = [case.when for case in entry(id_).preconditions]
    predicates += [breakage.when for breakage in entry(id_).upgrade_breaks if breakage.when]
    asked_for = {one for predicate in predicates for one in conditions(predicate)}
    assert {(type_, name) for type_, name in asked_for if name not in ATTRIBUTES.get(type_, ())} == set()


# -- measures, and what comes after the fix -----------------------------------------------------------------------------


def test_what_is_done_after_the_fix() -> None:
    kills = {id_: action.types for id_ in IDS for action in entry(id_).after_the_fix if isinstance(action, Kill)}
    assert kills["cve_2023_4966"] == ("vpnicaconnection", "rdpconnections", "vpnpcoipconnection", "aaasession")
    assert kills["cve_2025_5777"] == ("vpnicaconnection", "vpnpcoipconnection")
    assert kills["cve_2025_6543"] == ("vpnicaconnection", "vpnpcoipconnection")
    (setting,) = entry("2026_88778").settings_on_fixed_builds()
    assert (setting.type, setting.attributes, setting.per_partition) == (
        "nstcpparam",
        {"enhancedisngeneration": "ENABLED"},
        True,
    )


@pytest.mark.parametrize(
    ("build", "profile", "word"),
    [
        ("14.1 72.61", {"http2": "ENABLED"}, VerdictWord.EXPOSED),
        ("13.1 63.18", {"http2": "ENABLED", "http2smallwndtimeout": "0"}, VerdictWord.EXPOSED),
        ("13.1 37.272", {"http2": "ENABLED", "http2smallwndtimeout": "0"}, VerdictWord.EXPOSED),
        ("14.1 72.61", {"http2": "ENABLED", "http2smallwndtimeout": "30"}, VerdictWord.FIXED),
        ("14.1 72.61", {"http2": "DISABLED", "http2smallwndtimeout": "0"}, VerdictWord.FIXED),
    ],
)
def test_the_fix_of_http2_needs_a_timeout_in_each_profile_with_it(
    build: str, profile: dict[str, str], word: str
) -> None:
    """The bulletin CTX696604, quoted by The Hacker News in July 2026: "merely upgrading ... will not address the vulnerability completely"."""
    rows: Rows = [{"name": "p", **profile}]
    verdict = entry_verdict(
        entry("2026_13474"),
        EntryFacts((Build.parse(build),), Box({"default": {"nshttpprofile": rows}})),
        date(2026, 12, 1),
    ).verdict
    assert verdict.word == word
    if word == VerdictWord.EXPOSED:
        assert "builds with the fix need a setting too: nshttpprofile p: http2 ENABLED" in verdict.reason
        assert verdict.next_action == "set http2smallwndtimeout 30 (nshttpprofile) in each partition, and save"


def test_13_1_fips_begins_after_the_fix_of_november_2022() -> None:
    """CTX463706 names 12.1-FIPS and 12.1-NDcPP alone of these editions, and 13.1-FIPS begins after 13.1 33.47."""
    for build in ("13.1 37.100", "13.1 37.283"):
        assert entry("2022_27510").build_state(Build.parse(build)) is BuildState.NOT_AFFECTED
    assert entry("2022_27510").build_state(Build.parse("12.1 55.288")) is BuildState.AFFECTED


def test_the_build_that_is_better_than_the_first_fixed_one() -> None:
    assert entry("2026_88771").recommended[Train((13, 1))].number == (64, 24)
    assert {breakage.what.split()[0] for breakage in entry("2026_88771").upgrade_breaks} >= {
        "samlRejectUnsignedAssertion"
    }


def test_the_policy_of_the_vendor_is_checked_at_every_gateway_and_aaa_server() -> None:
    measure = entry("2026_88779").measure
    assert measure is not None
    assert measure.supplied is not None
    assert measure.supplied.bind_points == ("AAA_REQUEST",)
    assert set(measure.supplied.at) == {"vpnvserver", "authenticationvserver"}


@every_entry
def test_only_a_template_has_traffic_and_each_of_its_versions_is_there(id_: str) -> None:
    measure, names = entry(id_).measure, {path.name for path in (CATALOGUE / id_).iterdir()}
    if measure is None or measure.form is not MeasureForm.TEMPLATE:
        assert names == {"mitigation.yml"}
    else:
        assert names == {"mitigation.yml", "traffic.yml", *(f"v{number}.yml.j2" for number in measure.versions)}


def test_each_measure_that_binds_a_policy_has_a_number_that_no_other_measure_has() -> None:
    numbers = {
        id_: measure.priority
        for id_ in entry_ids(CATALOGUE)
        if (measure := load_entry(CATALOGUE / id_).measure) is not None and measure.form is not MeasureForm.SETTING
    }
    stop_gaps = {"cve_2023_4966": 16, "cve_2025_5777": 18, "cve_2023_3519": 22}
    assert numbers == {"cve_2019_19781": 10, "cve_2021_44228": 12, "cve_2026_88779": 14} | stop_gaps, (
        "a published one never changes"
    )
    assert stop_gaps.keys() == {id_ for id_ in entry_ids(CATALOGUE) if load_entry(CATALOGUE / id_).is_stop_gap}
    assert set(numbers.values()) <= set(range(10, min(DERIVED)))
    at_virtual_servers = {DEFAULT_PRIORITY, DEFAULT_PRIORITY + 1, *PRIORITIES.values(), 80, 81}
    assert len(at_virtual_servers) == 4 + len(PRIORITIES)
    assert numbers["cve_2026_88779"] not in at_virtual_servers, "it is bound at virtual servers too"
    assert not at_virtual_servers & set(DERIVED)


def test_an_opening_a_removal_and_an_alarm_ask_only_for_rules_of_the_vendor(tmp_path: Path) -> None:
    assert entries_by_the_vendor(CATALOGUE) == ["cve_2019_19781", "cve_2021_44228"]
    assert entries_needed_by_the_appliance(CATALOGUE) == ["cve_2019_19781"]
    stop_gaps = {id_ for id_ in entries_of_the_appliance(CATALOGUE) if load_entry(CATALOGUE / id_).is_stop_gap}
    assert {*entries_of_the_appliance(CATALOGUE)} == {"cve_2019_19781", *stop_gaps}
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "mitigation.yml").write_text("nothing")
    assert entries_by_the_vendor(tmp_path) == ["broken"], "who uses it says why it cannot be read"


def test_what_looks_at_the_url_only_reduces_exposure_since_september_2026() -> None:
    for id_ in entries(CATALOGUE):
        mitigation = load_mitigation(CATALOGUE / id_)
        assert mitigation.weakness(Build.parse("14.1 73.36"), date(2026, 9, 27)) is not None
        assert mitigation.weakness(Build.parse("14.1 73.37"), date(2026, 9, 27)) is None
        assert mitigation.weakness(Build.parse("13.1 37.279"), date(2026, 9, 27)) is None, "a build of 13.1-FIPS"


def rendered(id_: str, version: int, **names: Any) -> Any:
    template = plain_template(CATALOGUE / id_ / f"v{version}.yml.j2")
    assert template is not None, "it must be plain: no filters, no look-ups, nothing of Ansible"
    values = {"name": f"tq_{id_}", "priority": 10, "log": True, "marker": "m-1", **names}
    return parse_document(template.render(values), Owner(id_, version), where="gw")


@pytest.mark.parametrize(
    ("id_", "version"),
    [(id_, number) for id_ in entries(CATALOGUE) for number in load_mitigation(CATALOGUE / id_).versions],
)
def test_each_version_stops_its_attacks_and_passes_what_is_legitimate(id_: str, version: int) -> None:
    mitigation, document = load_mitigation(CATALOGUE / id_), rendered(id_, version)
    traffic = mitigation.traffic.for_version(version)
    for bank in banks_of(document.objects).values():
        assert bank.unreadable == {}
        counts = count_findings(run_corpus(bank, traffic, passing_actions(document.objects)))
        assert [str(wrong) for wrong in counts.wrong] == []
        for right, undetermined, every in (counts.attacks, counts.legitimate):
            assert right + undetermined == every > 10
            assert undetermined == 0 or version < mitigation.current_version, "the current version leaves nothing open"


def test_an_entry_without_a_measure_cannot_be_deployed_and_says_what_helps() -> None:
    with pytest.raises(
        InvalidInput, match=r"cve_2025_6543 has no measure that can be brought in, .* What helps: Only the"
    ):
        load_mitigation(CATALOGUE / "cve_2025_6543")


def test_back_ends_are_protected_on_every_build() -> None:
    mitigation = load_mitigation(CATALOGUE / "cve_2021_44228")
    assert mitigation.protects_back_ends
    assert mitigation.build_status(Build.parse("14.1 99.1")).name == "AFFECTED"
    fix = "a fixed version of the software on the servers behind the appliance"
    assert mitigation.fix_for(Build.parse("14.1 99.1")) == fix
    assert not load_mitigation(CATALOGUE / "cve_2019_19781").protects_back_ends


# -- who says a day of exploitation -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id_", "day", "said"),
    [
        ("2025_7775", date(2025, 8, 1), " (by the vendor)"),
        ("2023_3519", date(2023, 6, 1), " (reported by CISA, AA23-201A)"),
        ("2023_3519", date(2023, 7, 19), ""),  # of this day the entry does not say it
        ("2023_3519", date(2023, 7, 20), ""),
    ],
)
def test_a_day_of_exploitation_says_who_says_it(id_: str, day: date, said: str) -> None:
    assert entry(id_).said_by(day) == said


def test_each_day_from_which_on_an_appliance_counts_as_attacked_says_who_says_it() -> None:
    """CISA's list is named by what is said of it."""
    unsaid = [
        (one, sign)
        for one in IDS
        for sign in ("public", "exploited_since")
        if (day := getattr(entry(one).exploit, sign)) is not None and not entry(one).said_by(day, sign)
    ]
    assert unsaid == []


def test_a_source_of_one_day_is_not_named_for_another_of_the_same_date() -> None:
    of, day = entry("2026_8451"), date(2026, 6, 30)
    assert of.said_by(day, "public") == " (reported by watchTowr Labs, 2026-06-30)"
    assert of.said_by(day, "exploited_since") == " (reported by The Hacker News, August 2026)"
    unnamed = replace(of, exploit=replace(of.exploit, by={"public": "watchtowr"}))
    assert exploit_text(unnamed, day) == "exploited since 2026-06-30"
    assert "exploit public since 2026-06-30 (reported by watchTowr Labs, 2026-06-30);" in "\n".join(
        entry_page(of, None)
    )


def test_markup_in_the_name_of_a_source_is_escaped_once_on_the_page() -> None:
    of = entry("2025_12101")
    hostile = replace(of, sources={"watchtowr": replace(of.sources["watchtowr"], name="[x](javascript:0)")})
    assert r"(reported by \[x\](javascript:0));" in "\n".join(entry_page(hostile, None))


def test_the_verdict_says_who_reported_an_exploitation() -> None:
    of = entry("2023_4966")
    assert exploit_text(of, date(2026, 12, 2)) == "exploited since 2023-08 (reported by Mandiant, October 2023)"
    assert (
        exploit_text(entry("2025_7775"), date(2026, 12, 2)) == "exploited since 2025-08 (by the vendor)"
    )  # who named no day
    said = "exploited since 2026-09-20 (reported by Public teardown of CVE-2026-88771 and CVE-2026-88772, October 2026)"
    assert exploit_text(entry("2026_88771"), date(2026, 12, 2)) == said
    assert "used by attackers since 2023-08 (reported by Mandiant" in "\n".join(entry_page(of, None))
    assert exploit_text(of, date(2023, 7, 31)) == "no exploit is known to be public yet"


def test_the_source_of_a_day_is_one_of_the_entry(tmp_path: Path) -> None:
    text = (CATALOGUE / "cve_2023_3519" / "mitigation.yml").read_text(encoding="utf-8")
    wrong = tmp_path / "cve_2023_3519"
    wrong.mkdir()
    (wrong / "mitigation.yml").write_text(text.replace("by: {exploited_since: cisa}", "by: {exploited_since: nobody}"))
    with pytest.raises(InvalidInput, match="the source 'nobody' is not in sources"):
        load_entry(wrong)
