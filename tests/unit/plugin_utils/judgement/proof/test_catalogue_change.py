# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an update of the catalogue means for one appliance, by the verdicts of both catalogues."""

from __future__ import annotations

from datetime import date

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import parse_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.opt_out import OptOut
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.trains import BuildState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_change import (
    CatalogueChange,
    Effect,
    catalogue_change,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import (
    ApplianceVerdict,
    EntryVerdict,
    appliance_verdict,
    with_opt_outs,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    Verdict,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.page import (
    change_exit_code,
    change_page,
    change_values,
)

from tests.catalogue_entries import entry_text

BUILD = Build.parse("14.1 73.46")
EXPOSED, FIXED, UNKNOWN = VerdictWord.EXPOSED, VerdictWord.FIXED, VerdictWord.UNKNOWN
REDUCES, NOT_AFFECTED = VerdictWord.REDUCES_EXPOSURE, VerdictWord.NOT_AFFECTED


def of_entry(id_: str, word: VerdictWord, fixed: str = "80.1") -> EntryVerdict:
    entry = parse_entry(
        id_, yaml.safe_load(entry_text(id_, trains={"14.1": {"fixed": fixed}}).replace("2020-01-01", "'2020-01-01'"))
    )
    meaning = VERDICTS[word]
    state = BuildState.FIXED if word in (FIXED, NOT_AFFECTED) else BuildState.AFFECTED
    return EntryVerdict(entry, state, Verdict(word, f"because of {id_}", meaning.next_action, meaning.exit_code))


def judged(fixed: str = "80.1", **words: VerdictWord) -> ApplianceVerdict:
    return appliance_verdict([of_entry(id_, word, fixed) for id_, word in words.items()], [BUILD])


@pytest.mark.parametrize(
    ("before", "after", "effect", "entries"),
    [
        ({"a": FIXED}, {"a": FIXED, "b": EXPOSED}, Effect.MUST_ACT, ["b"]),
        ({"a": FIXED}, {"a": EXPOSED}, Effect.MUST_ACT, ["a"]),
        ({"a": FIXED}, {"a": FIXED, "b": NOT_AFFECTED}, Effect.SAME, []),
        ({"a": EXPOSED}, {"a": EXPOSED, "b": EXPOSED}, Effect.MORE, ["b"]),
        ({"a": EXPOSED}, {"a": EXPOSED, "b": FIXED}, Effect.SAME, []),
        ({"a": EXPOSED}, {"a": FIXED}, Effect.DONE, ["a"]),
        ({"a": EXPOSED, "b": EXPOSED}, {"a": FIXED, "b": EXPOSED}, Effect.LESS, ["a"]),
        ({"a": EXPOSED}, {"a": REDUCES}, Effect.OTHER, ["a"]),
        ({"a": FIXED}, {"a": UNKNOWN}, Effect.UNKNOWN, ["a"]),
        # What is known is more urgent than what is not.
        ({"a": FIXED}, {"a": UNKNOWN, "b": EXPOSED}, Effect.MUST_ACT, ["a", "b"]),
        # One closes and another opens: somebody has more to do.
        ({"a": EXPOSED}, {"a": FIXED, "b": EXPOSED}, Effect.MORE, ["a", "b"]),
    ],
)
def test_the_effect_is_told_by_who_has_to_act(
    before: dict[str, VerdictWord], after: dict[str, VerdictWord], effect: Effect, entries: list[str]
) -> None:
    found = catalogue_change(judged(**before), judged(**after))
    assert found.effect is effect
    assert sorted(one.after.entry.id for one in found.entries) == entries


def test_advice_that_changes_is_no_silent_change() -> None:
    found = catalogue_change(judged("73.50", a=EXPOSED), judged("74.1", a=EXPOSED))
    assert found.entries == ()
    assert found.effect is Effect.OTHER


def test_an_entry_that_is_opted_out_of_opens_nothing() -> None:
    out = OptOut(entry="b", why="no Gateway", who="J. Jansen", until=date(2027, 1, 1))
    opted = [
        with_opt_outs(of_entry(id_, word), (out,), date(2026, 11, 28)) for id_, word in (("a", FIXED), ("b", EXPOSED))
    ]
    found = catalogue_change(judged(a=FIXED), appliance_verdict(opted, [BUILD]))
    assert found.effect is Effect.SAME


# -- the page ---------------------------------------------------------------------------------------------------------

HEAD = ["bundle 2 by author@example.org (SHA256:x): 1 new, 0 changed, 37 as in use"]


def changed(**after: VerdictWord) -> CatalogueChange:
    return catalogue_change(judged(a=FIXED), judged(**after))


def test_the_page_has_the_most_urgent_first_and_what_was_not_compared_last() -> None:
    must, same = changed(a=FIXED, b=EXPOSED), changed(a=FIXED)
    fleet = {f"gw-{number}": change_values(must, "14.1 73.46") for number in range(3)}
    fleet |= {"zz": change_values(same, "14.1 80.1"), "gone": {"problem": "cannot be reached\x1b[2J"}}
    lines = change_page(HEAD, fleet)
    assert lines[0] == HEAD[0]
    assert lines[1] == "MUST ACT  3 appliances  14.1 73.46"
    assert lines[2:4] == ["    gw-[0-2]", "    b: exposed, was not in the catalogue"]
    assert lines[4] == "    next: apply.yml, then upgrade to 14.1 80.1 or later"
    assert lines[5:7] == ["no change  1 appliance: 1 fixed", r"NOT COMPARED  gone: cannot be reached\x1b[2J"]
    assert lines[7] == "5 appliances: 3 must act, 1 no change, 1 not compared. Nothing was changed or taken"


@pytest.mark.parametrize(("size", "most"), [(13, 24), (200, 48)])
def test_the_page_fits_the_screen_where_every_appliance_differs(size: int, most: int) -> None:
    ids = [f"cve_2027_{number:04}" for number in range(size)]
    fleet = {f"gw-{id_}": change_values(changed(a=FIXED, **{id_: EXPOSED}), "14.1 73.46") for id_ in ids}
    lines = change_page(HEAD, fleet)
    assert len(lines) <= most
    assert any("more, with less urgent changes" in line for line in lines)
    assert lines[-1].startswith(f"{size} appliances: {size} must act")


@pytest.mark.parametrize(
    ("fleet", "code"),
    [
        ({"a": change_values(changed(a=FIXED), None)}, 0),
        ({"a": change_values(changed(a=FIXED, b=EXPOSED), None)}, 1),
        ({"a": change_values(changed(a=UNKNOWN), None)}, 3),
        ({"a": change_values(changed(a=FIXED), None), "b": {"problem": "gone"}}, 3),
        ({}, 3),
    ],
)
def test_the_exit_code_is_zero_only_where_all_were_compared(fleet: dict[str, dict[str, object]], code: int) -> None:
    assert change_exit_code(fleet) == code
