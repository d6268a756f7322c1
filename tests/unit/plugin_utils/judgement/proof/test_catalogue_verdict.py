# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict for the whole catalogue, as a table: builds, configuration and the verdict on a measure give one word and one next action."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import (
    Case,
    Entry,
    Exploit,
    Page,
    Recommended,
    SetAfterFix,
    Setting,
    Source,
    SourceKind,
    Surface,
    VendorList,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.opt_out import OptOut
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.predicates import (
    Row,
    Unknown,
    parse_predicate,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.trains import (
    BuildState,
    Train,
    parse_ranges,
    parse_table,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closures import ClosureState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.acknowledgements import acknowledged
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import (
    ApplianceVerdict,
    EntryFacts,
    EntryVerdict,
    appliance_verdict,
    entry_verdict,
    vendor_types,
    with_opt_outs,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.vendor_signatures import (
    SIGNATURE_TYPES,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    Verdict,
    VerdictWord,
)

from tests.played_together import played_together

TODAY = date(2026, 11, 28)
SOURCE = Source("a bulletin", SourceKind.VENDOR, "2026-11-28")
GATEWAY = {"any": [{"type": "vpnvserver"}, {"type": "authenticationvserver"}]}


def entry(id_: str = "cve_2023_4966", **more: Any) -> Entry:
    values: dict[str, Any] = {
        "id": id_,
        "revision": 1,
        "title": "a test",
        "identifiers": ("CVE-2023-4966",),
        "severity": "critical",
        "cvss": 9.4,
        "bulletin": "CTX0",
        "published": "2023-10-10",
        "surface": Surface.GATEWAY,
        "sources": {"vendor": SOURCE},
        "trains": parse_table(
            {"14.1": {"fixed": "8.50"}, "13.1": {"fixed": "49.15"}, "13.1-FIPS/NDcPP": {"fixed": "37.164"}, "13.0": {"fixed": "92.19"}}
        ),
        "preconditions": (Case(parse_predicate(GATEWAY)),),
        "page": Page("a", "b", "c", "d", "e"),
        "exploit": Exploit(exploited_since=date(2023, 8, 1)),
    }  # fmt: skip
    return Entry(**values | more)


ISN = Setting(
    "nstcpparam", {"enhancedisngeneration": "ENABLED"}, per_partition=True, needed_on_fixed_builds=True
)  # fmt: skip
WITH_SETTING = entry(
    "cve_2026_88778", after_the_fix=(SetAfterFix(ISN, "vendor"),), preconditions=(Case(parse_predicate({"type": "lbvserver"})),)
)  # fmt: skip
LB = {"lbvserver": ({"name": "lb"},)}


@dataclass
class Rows:
    """A configuration; a type that is not named has no rows."""

    found: dict[str, tuple[Row, ...] | Unknown] = field(default_factory=dict)
    partitions_: tuple[str, ...] = ("default",)

    def partitions(self) -> tuple[str, ...]:
        return self.partitions_

    def rows(self, nitro_type: str, partition: str) -> tuple[Row, ...] | Unknown:
        return self.found.get(f"{partition}/{nitro_type}", self.found.get(nitro_type, ()))


WITH_GATEWAY = Rows({"vpnvserver": ({"name": "gw"},)})
WITHOUT = Rows()
UNREADABLE = Rows({"vpnvserver": Unknown("not authorized")})


def builds(*texts: str) -> tuple[Build, ...]:
    return tuple(map(Build.parse, texts))


def facts(*texts: str, configuration: Rows = WITH_GATEWAY, **more: Any) -> EntryFacts:
    return EntryFacts(builds(*texts), configuration, **more)


def of(word: VerdictWord, reason: str = "by the engine") -> Verdict:
    meaning = VERDICTS[word]
    return Verdict(word, reason, meaning.next_action.filled(fix="x"), meaning.exit_code)


def judged(one: Entry, found: EntryFacts, **more: Any) -> EntryVerdict:
    return entry_verdict(one, found, TODAY, **more)


OLD, NEW = "13.1 49.13", "13.1 49.15"


@played_together(
    ("found", "word", "reason"),
    [
        (facts(OLD), VerdictWord.EXPOSED, "exploited since 2023-08-01; vpnvserver gw"),
        (facts(NEW), VerdictWord.FIXED, "13.1 49.15 has the fix"),
        (facts("14.1 8.50"), VerdictWord.FIXED, "has the fix"),
        (facts("14.2 1.1"), VerdictWord.NOT_AFFECTED, "was never affected"),
        (facts(OLD, configuration=WITHOUT), VerdictWord.NOT_AFFECTED, "no vpnvserver"),
        (facts(NEW, configuration=UNREADABLE), VerdictWord.FIXED, "has the fix"),
        (facts(OLD, configuration=UNREADABLE), VerdictWord.UNKNOWN, "not authorized"),
        # End of life: affected, and never fixed.
        (facts("12.1 65.39"), VerdictWord.EXPOSED, "exploited since"),
        # A train is compared with itself only.
        (facts("13.1 37.163"), VerdictWord.EXPOSED, "exploited since"),
        (facts("13.1 37.164"), VerdictWord.FIXED, "has the fix"),
        (facts("12.1 55.300"), VerdictWord.UNKNOWN, "no source says whether 12.1 55.300"),
        # A pair: the worst node counts.
        (facts(NEW, OLD), VerdictWord.EXPOSED, "exploited since"),
        (facts(NEW, unread_nodes=("node 192.0.2.2 could not be read",)), VerdictWord.PARTLY, "node 192.0.2.2"),
        # No build, as in a file that does not name one.
        (facts(), VerdictWord.UNKNOWN, "the running build is not known"),
        (facts(configuration=WITHOUT), VerdictWord.NOT_AFFECTED, "no vpnvserver"),
        # A Gateway in a partition.
        (
            facts(OLD, configuration=Rows({"t/vpnvserver": ({"name": "gw"},)}, ("default", "t"))),
            VerdictWord.EXPOSED,
            "partition t: vpnvserver gw",
        ),
        (
            facts(OLD, configuration=Rows({"t/vpnvserver": Unknown("x")}, ("default", "t"))),
            VerdictWord.UNKNOWN,
            "partition t",
        ),
        # With the verdict of the engine on a measure.
        (facts(OLD, measure=of(VerdictWord.MITIGATED), in_place=True), VerdictWord.MITIGATED, "by the engine"),
        (facts(OLD, measure=of(VerdictWord.EXPOSED)), VerdictWord.EXPOSED, "by the engine"),
        (facts(OLD, measure=of(VerdictWord.INEFFECTIVE)), VerdictWord.INEFFECTIVE, "by the engine"),
        (
            facts(OLD, configuration=UNREADABLE, measure=of(VerdictWord.MITIGATED), in_place=True),
            VerdictWord.MITIGATED,
            "by the engine",
        ),
        (
            facts(OLD, configuration=UNREADABLE, measure=of(VerdictWord.EXPOSED)),
            VerdictWord.UNKNOWN,
            "not authorized",
        ),
        (
            facts(OLD, configuration=WITHOUT, measure=of(VerdictWord.DRIFTED), in_place=True),
            VerdictWord.DRIFTED,
            "by the engine",
        ),
        (
            facts(NEW, measure=of(VerdictWord.LEFT_BEHIND), in_place=True),
            VerdictWord.LEFT_BEHIND,
            "by the engine",
        ),
        (facts(NEW, measure=of(VerdictWord.FIXED)), VerdictWord.FIXED, "has the fix"),
    ],
)
def test_an_entry_gets_one_word(found: EntryFacts, word: VerdictWord, reason: str) -> None:
    verdict = judged(entry(), found).verdict
    assert (verdict.word, reason in verdict.reason) == (word, True), verdict


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (Rows({**LB, "nstcpparam": ({"enhancedisngeneration": "ENABLED"},)}), VerdictWord.FIXED),
        (Rows({**LB, "nstcpparam": ({"enhancedisngeneration": "DISABLED"},)}), VerdictWord.EXPOSED),
        (Rows({**LB, "nstcpparam": ({},)}), VerdictWord.EXPOSED),
        (Rows({**LB, "nstcpparam": Unknown("x")}), VerdictWord.UNKNOWN),
        (
            Rows(
                {**LB, "nstcpparam": ({"enhancedisngeneration": "ENABLED"},), "t/nstcpparam": ({"enhancedisngeneration": "DISABLED"},)},
                ("default", "t"),
            ),
            VerdictWord.EXPOSED,
        ),
        # Without a virtual server of that kind the setting does not matter.
        (Rows({"nstcpparam": ({},)}), VerdictWord.FIXED),
        (Rows({"nstcpparam": ({},), "lbvserver": Unknown("x")}), VerdictWord.UNKNOWN),
    ],
)  # fmt: skip
def test_a_fixed_build_is_not_enough_where_a_setting_is_needed_too(rows: Rows, word: VerdictWord) -> None:
    verdict = judged(WITH_SETTING, facts(NEW, configuration=rows)).verdict
    assert verdict.word == word
    if word == VerdictWord.EXPOSED:
        assert "set enhancedisngeneration ENABLED (nstcpparam) in each partition" in verdict.next_action


CLOSED = ClosureState(("gw (198.51.100.1:443)",), (), "closed by J. Jansen")


@pytest.mark.parametrize(
    ("closures", "surface", "word"),
    [
        (CLOSED, Surface.GATEWAY, VerdictWord.CLOSED),
        (CLOSED, Surface.VIRTUAL_SERVERS, VerdictWord.CLOSED),
        (replace(CLOSED, overdue=True), Surface.GATEWAY, VerdictWord.CLOSED_OVERDUE),
        (replace(CLOSED, overdue=True, unproven="no run has proved it"), Surface.GATEWAY, VerdictWord.UNPROVEN),
        (replace(CLOSED, open=("web",)), Surface.GATEWAY, VerdictWord.EXPOSED),
        (CLOSED, Surface.MANAGEMENT, VerdictWord.EXPOSED),
    ],
)
def test_no_client_reaches_what_is_closed(closures: ClosureState, surface: Surface, word: VerdictWord) -> None:
    verdict = judged(entry(surface=surface), facts(OLD, closures=closures)).verdict
    assert verdict.word == word
    assert (verdict.exit_code == 2) is (closures.overdue or word == VerdictWord.EXPOSED)


def listed(**changes: str) -> Row:
    return {"name": "gw", "ipv46": "192.0.2.9", "servicetype": "ORACLE", "curstate": "UP", **changes}


@played_together(
    ("rows", "word"),
    [
        ({"lbvserver": (listed(),)}, VerdictWord.EXPOSED),
        ({"lbvserver": (listed(curstate="OUT OF SERVICE"),)}, VerdictWord.CLOSED),
        ({"lbvserver": (listed(state="DISABLED"), listed())}, VerdictWord.EXPOSED),
        ({"lbvserver": (listed(ipv46="0.0.0.0"),)}, VerdictWord.CLOSED),
        ({"lbvserver": Unknown("x", (listed(),))}, VerdictWord.EXPOSED),
        ({"lbvserver": Unknown("x", (listed(state="DISABLED"),))}, VerdictWord.EXPOSED),
        ({"lsngroup": ({"groupname": "g", "sipalg": "ENABLED"},)}, VerdictWord.EXPOSED),
        ({"nshttpprofile": ({"name": "p", "http2": "ENABLED"},)}, VerdictWord.CLOSED),
    ],
)
def test_what_speaks_no_http_is_closed_where_it_is_switched_off(rows: dict[str, Any], word: VerdictWord) -> None:
    """A VIP speaks HTTP; another virtual server, and NAT for a network, are reached while all VIPs are closed."""
    types = [
        {"type": "lbvserver", "where": {"servicetype": "ORACLE"}},
        {"type": "lsngroup", "where": {"sipalg": "ENABLED"}},
        {"type": "nshttpprofile", "where": {"http2": "ENABLED"}},
    ]
    one = entry(surface=Surface.VIRTUAL_SERVERS, preconditions=(Case(parse_predicate({"any": types})),))
    assert judged(one, facts(OLD, configuration=Rows(rows), closures=CLOSED)).verdict.word == word


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"closures": CLOSED}, VerdictWord.CLOSED),
        ({"closures": replace(CLOSED, overdue=True)}, VerdictWord.CLOSED_OVERDUE),
        ({"closures": replace(CLOSED, open=("web",))}, VerdictWord.EXPOSED),
        ({"measure": of(VerdictWord.CLOSED)}, VerdictWord.CLOSED),
        ({"measure": of(VerdictWord.PARTLY)}, VerdictWord.PARTLY),
        ({"measure": of(VerdictWord.EXPOSED), "closures": CLOSED}, VerdictWord.EXPOSED),
    ],
)
def test_a_build_with_the_fix_that_lacks_its_setting_is_closed_with_its_virtual_servers(
    more: dict[str, Any], word: VerdictWord
) -> None:
    rows = Rows({**LB, "nstcpparam": ({"enhancedisngeneration": "DISABLED"},)})
    one = replace(WITH_SETTING, surface=Surface.VIRTUAL_SERVERS)
    assert judged(one, facts(NEW, configuration=rows, **more)).verdict.word == word


def test_the_servers_behind_an_appliance_are_another_matter() -> None:
    verdict = judged(entry(surface=Surface.BACK_ENDS, trains=parse_table({})), facts(OLD)).verdict
    assert verdict.word == VerdictWord.NOT_AFFECTED
    assert "servers behind it are is not known" in verdict.reason


def test_what_is_closed_is_not_told_to_close() -> None:
    closed = judged(entry(), facts(OLD, closures=CLOSED))
    of_management = judged(entry("cve_2023_6548", surface=Surface.MANAGEMENT), facts(OLD, closures=CLOSED))
    verdict = appliance_verdict([closed, of_management], builds(OLD)).verdict
    assert (verdict.word, verdict.next_action) == (VerdictWord.EXPOSED, "upgrade to 13.1 49.15 or later")


def test_what_no_closing_ends_is_not_told_to_close() -> None:
    """An entry that asks for nothing of the configuration stays exposed with all VIPs off, so that closing them once more helps nobody."""
    closed = judged(entry(), facts(OLD, closures=CLOSED))
    anywhere = (Case(parse_predicate({"always": "no source names a configuration"})),)
    stays = judged(
        entry("cve_2021_22919", surface=Surface.VIRTUAL_SERVERS, preconditions=anywhere), facts(OLD, closures=CLOSED)
    )
    verdict = appliance_verdict([closed, stays], builds(OLD)).verdict
    assert (verdict.word, verdict.next_action) == (VerdictWord.EXPOSED, "upgrade to 13.1 49.15 or later")


def test_what_apply_can_stop_says_how() -> None:
    measure = of(VerdictWord.EXPOSED)
    assert judged(entry(), facts(OLD, measure=measure, can_apply=True)).verdict.next_action == (
        "apply.yml -e mitigation=cve_2023_4966"
    )
    assert judged(entry(), facts(OLD, measure=measure)).verdict.next_action == "upgrade to 13.1 49.15 or later"


def test_the_recommended_build_counts_where_it_is_later() -> None:
    better = Recommended((50, 1), "it does not loop", "vendor")
    one = entry(recommended={Train((13, 1)): better})
    assert judged(one, facts(OLD)).verdict.next_action == "upgrade to 13.1 50.1 or later"


def test_an_exploit_counts_from_its_day_on() -> None:
    early = entry_verdict(entry(), facts(OLD), date(2023, 7, 1)).verdict
    assert early.reason.startswith("no exploit is known to be public yet")


# -- the appliance ----------------------------------------------------------------------------------------------------

LATER = entry(
    "cve_2026_88771",
    trains=parse_table({"14.1": {"fixed": "73.37"}, "13.1": {"fixed": "64.23"}}),
    preconditions=(Case(parse_predicate({"always": "every deployment"})),),
    exploit=Exploit(),
    published="2026-09-27",
)


def whole(*texts: str, configuration: Rows = WITH_GATEWAY, entries: tuple[Entry, ...] = ()) -> ApplianceVerdict:
    chosen = entries or (entry(), LATER)
    verdicts = [judged(one, facts(*texts, configuration=configuration)) for one in chosen]
    return appliance_verdict(verdicts, builds(*texts))


def test_the_worst_entry_is_the_word_and_one_build_closes_all() -> None:
    verdict = whole("13.1 48.1").verdict
    assert verdict.word == VerdictWord.EXPOSED
    assert verdict.reason == "2 of 2 entries, 1 of them known to be exploited: cve_2023_4966, cve_2026_88771"
    assert verdict.next_action == ("close external access (lockdown.yml), then upgrade to 13.1 64.23 or later")


def test_what_is_fixed_for_one_entry_is_exposed_to_a_later_one() -> None:
    verdict = whole("13.1 49.15").verdict
    assert (verdict.word, verdict.next_action) == (VerdictWord.EXPOSED, "upgrade to 13.1 64.23 or later")
    assert verdict.reason.startswith("cve_2026_88771: no exploit")


def test_an_end_of_life_build_is_never_fixed() -> None:
    """13.0 92.19 has the fix of one entry, and the train gets none for a later one."""
    verdict = whole("13.0 92.19").verdict
    assert verdict.word == VerdictWord.EXPOSED
    assert verdict.next_action == "upgrade to 14.1 73.37 or later, since its release gets no fix"


def test_an_end_of_life_build_that_no_entry_concerns_is_not_called_fixed() -> None:
    narrow = replace(LATER, preconditions=(Case(parse_predicate({"type": "crvserver"})),))
    found = whole("13.0 92.19", entries=(entry(), narrow))
    assert found.verdict.word == VerdictWord.NOT_AFFECTED
    assert found.verdict.next_action == "upgrade to 14.1 73.37 or later, since its release gets no fix"
    assert found.verdict.reason == "1 of 2 entries by the build, 1 by its configuration"


def test_all_closed_is_fixed() -> None:
    verdict = whole("14.1 73.46").verdict
    assert (verdict.word, verdict.exit_code, verdict.next_action) == (VerdictWord.FIXED, 0, "none")
    assert verdict.reason == "2 of 2 entries by the build"


@pytest.mark.parametrize(
    ("open_of", "ran", "action"),
    [
        ((), True, "none"),
        (("cve_2023_4966",), False, "none"),
        (("cve_2023_4966",), True, "end_sessions.yml -e mitigation=cve_2023_4966"),
        (("cve_2023_4966", "cve_2023_9999"), True, "end_sessions.yml"),
    ],
    ids=["ended", "never there", "one entry", "two entries"],
)
def test_old_sessions_are_to_be_ended_whichever_entry_comes_first(
    open_of: tuple[str, ...], ran: bool, action: str
) -> None:
    """Seen: "none", where the entry that comes first asks for no end of sessions."""
    verdicts = [
        judged(entry(id_), facts("14.1 73.46", sessions_open=id_ in open_of, ran_without_fix=ran))
        for id_ in ("cve_2020_8193", "cve_2023_4966", "cve_2023_9999")
    ]
    found = appliance_verdict(verdicts, builds("14.1 73.46")).verdict
    assert (found.word, found.exit_code) == (VerdictWord.FIXED, 0)
    assert str(found.next_action) == action
    told = "no record says that the sessions from before it were ended"
    assert found.reason.endswith(told) is (action != "none")


@pytest.mark.parametrize("setting", [{"enhancedisngeneration": "ENABLED"}, None], ids=["set", "nothing needs it"])
def test_what_needs_a_setting_too_is_not_counted_as_closed_by_the_build(setting: Row | None) -> None:
    rows = Rows(LB | {"nstcpparam": (setting,)} if setting else {})
    found = whole(NEW, configuration=rows, entries=(entry(), WITH_SETTING)).verdict
    assert found.word == VerdictWord.FIXED
    assert found.reason == "1 of 2 entries by the build, 1 by the build and its configuration"
    narrow = replace(LATER, preconditions=(Case(parse_predicate({"type": "crvserver"})),))
    found = whole(NEW, configuration=rows, entries=(entry(), WITH_SETTING, narrow)).verdict
    assert found.reason == ("1 of 3 entries by the build, 1 by the build and its configuration, 1 by its configuration")


def test_what_can_be_stopped_at_once_comes_before_an_upgrade() -> None:
    measured = facts("13.1 48.1", measure=of(VerdictWord.EXPOSED), can_apply=True)
    verdicts = [judged(entry(), measured), judged(LATER, facts("13.1 48.1"))]
    assert appliance_verdict(verdicts, builds("13.1 48.1")).verdict.next_action == (
        "apply.yml -e mitigation=cve_2023_4966, then upgrade to 13.1 64.23 or later"
    )


def test_what_is_not_known_is_worse_than_a_warning_and_better_than_exposed() -> None:
    unknown, exposed = judged(entry(), facts(OLD, configuration=UNREADABLE)), judged(LATER, facts(OLD))
    left = judged(entry(), facts(NEW, measure=of(VerdictWord.LEFT_BEHIND), in_place=True))
    assert appliance_verdict([unknown, left], builds(OLD)).verdict.word == VerdictWord.UNKNOWN
    assert appliance_verdict([unknown, exposed], builds(OLD)).verdict.word == VerdictWord.EXPOSED


def test_an_acknowledged_warning_hides_nothing() -> None:
    given = Acknowledgement("J. Jansen", "CHG1", date(2026, 12, 31), "", "cve_2023_4966")
    warned = acknowledged(of(VerdictWord.LEFT_BEHIND), [given], "cve_2023_4966", TODAY)  # as the engine gives it
    left = judged(entry(), facts(NEW, measure=warned, in_place=True), acknowledgements=[given])
    assert (left.verdict.exit_code, left.verdict.reason.count("CHG1")) == (0, 1)
    alone = appliance_verdict([left], builds(NEW)).verdict
    assert (alone.word, alone.exit_code) == (VerdictWord.LEFT_BEHIND, 0)
    both = appliance_verdict([left, judged(LATER, facts(NEW))], builds(NEW)).verdict
    assert (both.word, both.exit_code) == (VerdictWord.EXPOSED, 2)


def opt_out(entry_: str = "cve_2026_88771", until: date = TODAY) -> OptOut:
    return OptOut(entry_, "CHG7", "J. Jansen", until)


def test_an_entry_that_is_opted_out_of_decides_nothing_and_keeps_its_word() -> None:
    verdicts = [judged(entry(), facts(NEW)), judged(LATER, facts(NEW))]
    assert appliance_verdict(verdicts, builds(NEW)).verdict.word == VerdictWord.EXPOSED
    found = appliance_verdict([with_opt_outs(one, [opt_out()], TODAY) for one in verdicts], builds(NEW))
    assert (found.verdict.word, found.verdict.exit_code, found.verdict.next_action) == (VerdictWord.FIXED, 0, "none")
    assert found.verdict.reason == "1 of 1 entry by the build"
    last = found.entries[-1]
    assert (last.entry.id, last.verdict.word, last.verdict.exit_code) == (LATER.id, VerdictWord.EXPOSED, 0)
    assert last.verdict.reason.endswith(f"(opted out by J. Jansen until {TODAY}: CHG7)")
    assert last.opted_out == opt_out()


def test_after_its_last_day_an_entry_counts_again_and_says_so() -> None:
    past = opt_out(until=TODAY - timedelta(days=1))
    one = with_opt_outs(judged(LATER, facts(NEW)), [past], TODAY)
    assert (one.opted_out, one.verdict.exit_code) == (None, 2)
    assert one.verdict.reason.endswith(f"(the opt-out by J. Jansen expired on {past.until})")
    assert with_opt_outs(judged(LATER, facts(NEW)), [past, opt_out()], TODAY).opted_out == opt_out()


def test_an_opt_out_is_about_its_entry_and_of_no_use_to_one_that_is_fixed() -> None:
    exposed, fixed = judged(LATER, facts(NEW)), judged(entry(), facts(NEW))
    assert with_opt_outs(exposed, [opt_out("another")], TODAY) == exposed
    assert with_opt_outs(fixed, [opt_out(fixed.entry.id)], TODAY) == fixed


def test_an_appliance_of_which_nothing_is_looked_at_is_unknown() -> None:
    found = appliance_verdict([with_opt_outs(judged(LATER, facts(NEW)), [opt_out()], TODAY)], builds(NEW))
    assert (found.verdict.word, found.verdict.exit_code) == (VerdictWord.UNKNOWN, 3)
    assert found.verdict.reason == "every entry of the catalogue is opted out of"
    assert len(found.entries) == 1


def test_a_mitigated_appliance_is_told_to_upgrade() -> None:
    one = judged(entry(), facts(OLD, measure=of(VerdictWord.MITIGATED), in_place=True))
    verdict = appliance_verdict([one], builds(OLD)).verdict
    assert (verdict.word, verdict.exit_code, verdict.next_action) == (
        VerdictWord.MITIGATED,
        0,
        "upgrade to 13.1 49.15 or later",
    )


def test_an_empty_catalogue_is_unknown() -> None:
    verdict = appliance_verdict([], builds(OLD)).verdict
    assert (verdict.word, verdict.exit_code) == (VerdictWord.UNKNOWN, 3)


def test_states_are_those_of_the_worst_node() -> None:
    assert judged(entry(), facts(NEW, "13.0 1.1")).state is BuildState.AFFECTED


def test_what_back_ends_run_is_not_known_to_the_appliance() -> None:
    behind = entry("cve_2021_44228", surface=Surface.BACK_ENDS, trains=parse_table({}))
    found = entry_verdict(behind, facts("14.1 73.46"), TODAY)
    assert found.verdict.word is VerdictWord.NOT_AFFECTED
    assert found.verdict.reason == "the appliance is not affected; whether servers behind it are is not known here"
    page = whole("14.1 73.46", entries=(entry(), behind)).verdict
    assert page.word == VerdictWord.FIXED
    assert (
        page.reason
        == "1 of 2 entries by the build; whether the servers behind it are affected is not known here (cve_2021_44228)"
    )


LISTED = entry(vendor_list=VendorList(parse_ranges({"13.1": {"from": "48.47", "below": "49.13"}}), 24, "vendor"))
MAY_BLOCK = "; the vendor's Global Deny List may block this: its version and age are not known here"


@pytest.mark.parametrize(
    ("of", "on", "configuration", "word", "told"),
    [
        (LISTED, ("13.1 48.47",), WITH_GATEWAY, "exposed", True),
        (LISTED, ("13.1 48.47", "13.1 49.12"), WITH_GATEWAY, "exposed", True),
        (LISTED, ("13.1 48.46",), WITH_GATEWAY, "exposed", False),
        (LISTED, ("13.1 48.47", "13.1 49.13"), WITH_GATEWAY, "exposed", False),
        (LISTED, ("13.0 91.13",), WITH_GATEWAY, "exposed", False),
        (LISTED, ("13.1 49.15",), WITH_GATEWAY, "fixed", False),
        (LISTED, ("13.1 48.47",), WITHOUT, "not affected", False),
        (LISTED, ("13.1 48.47",), UNREADABLE, "unknown", False),
        (entry(), ("13.1 48.47",), WITH_GATEWAY, "exposed", False),
    ],
)
def test_the_list_of_the_vendor_is_told_beside_an_exposure_and_changes_nothing(
    of: Entry, on: tuple[str, ...], configuration: Rows, word: str, *, told: bool
) -> None:
    found, bare = (judged(one, EntryFacts(builds=builds(*on), configuration=configuration)) for one in (of, entry()))
    assert found.verdict.word == word
    assert found.verdict.reason == bare.verdict.reason + (MAY_BLOCK if told else "")
    assert (found.verdict.exit_code, found.verdict.next_action) == (bare.verdict.exit_code, bare.verdict.next_action)


def test_what_the_appliance_shows_of_the_list_is_told() -> None:
    shown = Rows(
        {**WITH_GATEWAY.found, "appfwsignatures": ({"name": "*Default Signatures", "encryptedversion": "26"},)}
    )
    verdict = judged(LISTED, EntryFacts(builds=builds("13.1 48.47"), configuration=shown)).verdict
    assert verdict.reason.endswith(
        "; the vendor's Global Deny List may block this: version 26 is here, its age is not known"
    )
    assert verdict.rests_on[-1] == "the vendor's signatures: Global Deny List version 26"
    bare = judged(entry(), EntryFacts(builds=builds("13.1 48.47"), configuration=shown)).verdict
    assert (verdict.word, verdict.exit_code, verdict.next_action) == (bare.word, bare.exit_code, bare.next_action)


@pytest.mark.parametrize(
    ("on", "needed"),
    [(("13.1 48.47",), True), (("13.1 48.46",), False), (("13.1 48.47", "13.1 49.15"), False), ((), False)],
)
def test_the_signatures_are_read_only_where_they_are_told(on: tuple[str, ...], *, needed: bool) -> None:
    assert vendor_types([LISTED, entry()], builds(*on)) == (SIGNATURE_TYPES if needed else frozenset())
    assert vendor_types([entry()], builds(*on)) == frozenset()
