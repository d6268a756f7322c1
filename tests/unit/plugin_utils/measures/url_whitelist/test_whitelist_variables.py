# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of ``netscaler_whitelists``: each error names the host, the variable, the list, and the fix."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.base_lists import (
    DIRECTORY,
    base_entries,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.entry import Entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.whitelist_variables import (
    ANSWERS,
    BIND_POINTS,
    DEFAULT_PRIORITY,
    HIGHEST_PRIORITY,
    MOST_PATTERNS,
    UNDEFINED,
    WhiteList,
    parse_whitelists,
)

from tests.played_together import played_together

TODAY = date(2026, 11, 26)
ROOT = Path(__file__).parents[5]
PLAIN: dict[str, Any] = {"vserver": "shop", "kind": "lb", "allow": [{"exact": "/"}]}


def read(*lists: Any) -> tuple[WhiteList, ...]:
    return parse_whitelists(list(lists), "gw1", TODAY, base_entries)


def test_what_is_not_said_has_the_documented_default() -> None:
    (own,) = read(PLAIN)
    assert own == WhiteList(
        name="shop",
        slug="shop",
        vserver="shop",
        kind="lb",
        bind=("REQUEST",),
        mode="observe",
        entries=(Entry("exact", "/"),),
    )


def test_the_documented_defaults_and_choices_are_those_of_the_code() -> None:
    path = ROOT / "roles" / "url_whitelist" / "meta" / "argument_specs.yml"
    options = yaml.safe_load(path.read_text())["argument_specs"]["main"]["options"]["netscaler_whitelists"]["options"]
    fields = WhiteList.__dataclass_fields__
    assert set(options) == set(fields) - {"slug", "entries", "expired"} | {"allow"}
    for name in ("ignore_case", "answer", "undefined", "priority", "partition"):
        assert options[name]["default"] == fields[name].default
    assert options["answer"]["choices"] == list(ANSWERS)
    assert options["undefined"]["choices"] == list(UNDEFINED)
    assert set(options["kind"]["choices"]) == set(BIND_POINTS)
    assert options["base"]["choices"] == ["gateway", "aaa_logon", "storefront"]
    assert set(options["base"]["choices"]) == {file.stem for file in DIRECTORY.glob("*.yml")}
    assert options["priority"]["default"] == DEFAULT_PRIORITY


def test_a_gateway_is_bound_at_both_points_unless_one_is_chosen() -> None:
    gateway = {"vserver": "gw", "kind": "vpn", "base": ["gateway"]}
    assert read(gateway)[0].bind == ("REQUEST", "AAA_REQUEST")
    assert read({**gateway, "bind": ["AAA_REQUEST"]})[0].bind == ("AAA_REQUEST",)


def test_two_lists_may_share_a_gateway_at_different_points() -> None:
    gateway = {"vserver": "gw", "kind": "vpn", "base": ["gateway"]}
    inside, outside = {**gateway, "bind": ["REQUEST"]}, {**gateway, "bind": ["AAA_REQUEST"], "name": "log-on"}
    assert [own.slug for own in read(inside, outside)] == ["gw", "log_on"]


def test_an_exception_holds_until_the_end_of_its_last_day() -> None:
    today = {"exact": "/today", "owner": "me", "until": "2026-11-26"}
    past = {"exact": "/past", "owner": "me", "until": "2026-11-25"}
    (own,) = read({**PLAIN, "allow": [today, past]})
    assert [entry.text for entry in own.entries] == ["/today"]
    assert [entry.text for entry in own.expired] == ["/past"]


def test_a_date_without_quotes_is_a_date_too() -> None:
    (own,) = read({**PLAIN, "allow": [{"exact": "/", "owner": "me", "until": date(2027, 1, 31)}]})
    assert own.entries[0].facts()["until"] == "2027-01-31"


def test_nothing_asked_for_is_nothing() -> None:
    assert parse_whitelists(None, "gw1", TODAY, base_entries) == read() == ()


MINE = {"exact": "/a", "owner": "me"}
WRONG: dict[str, tuple[Any, str]] = {
    "no mapping": ("shop", "list 1 is text. Write a mapping"),
    "unknown key": ({**PLAIN, "modus": "observe"}, "has 'modus', which is not known. It may have allow,"),
    "no vserver": ({"kind": "lb"}, "lacks vserver. Name the virtual server"),
    "vserver is a number": ({**PLAIN, "vserver": 7}, "a vserver that is a number"),
    "no kind": ({"vserver": "shop", "allow": [{"exact": "/"}]}, r"lacks kind. Choose one of vpn, authentication, cs, lb"),
    "kind": ({**PLAIN, "kind": "gslb"}, "has the kind 'gslb'"),
    "mode": ({**PLAIN, "mode": "block"}, "has the mode 'block'. Choose one of observe, enforce"),
    "bind": ({**PLAIN, "bind": ["AAA_REQUEST"]}, "is bound at AAA_REQUEST. A lb virtual server has REQUEST"),
    "bind is text": ({**PLAIN, "bind": "REQUEST"}, r"has bind as text. Write a list: bind: \[...\]"),
    "ignore_case": ({**PLAIN, "ignore_case": "yes"}, "ignore_case: 'yes'. Write true or false"),
    "priority": ({**PLAIN, "priority": "100"}, "has the priority '100'. Write a whole number"),
    "priority zero": ({**PLAIN, "priority": 0}, "has the priority 0"),
    "priority true": ({**PLAIN, "priority": True}, "has the priority True"),
    "base": ({**PLAIN, "base": ["gatway"]}, "has the base 'gatway'. There is no such base list; choose from aaa_logon, gateway"),
    "empty": ({"vserver": "shop", "kind": "lb"}, "allows nothing"),
    "allow is text": ({**PLAIN, "allow": "/a"}, r"has allow as text. Write a list"),
    "entry is text": ({**PLAIN, "allow": ["/a"]}, "has in allow as entry 1 text. Write a mapping"),
    "two kinds": ({**PLAIN, "allow": [{"exact": "/a", "prefix": "/a/"}]}, "one with 2 of exact, prefix and suffix"),
    "no kind of entry": ({**PLAIN, "allow": [{"comment": "x"}]}, "one with 0 of exact, prefix and suffix"),
    "unknown in entry": ({**PLAIN, "allow": [{"exact": "/a", "who": "x"}]}, "one with the unknown 'who'"),
    "entry is a number": ({**PLAIN, "allow": [{"exact": 7}]}, "entry 1 exact that is a number, not text. Put it in quotes"),
    "line end": ({**PLAIN, "allow": [{"exact": "/a\nb"}]}, r"exact '/a\\nb' with a character that does not print. Write it"),
    "comment": ({**PLAIN, "allow": [{"exact": "/a", "comment": "\x1b[31m"}]}, "comment .* with a character that does not print"),
    "prefix with %": ({**PLAIN, "allow": [{"prefix": "/100%/"}]}, "has a %. A beginning or an ending"),
    "suffix with ;": ({**PLAIN, "allow": [{"suffix": ".x;y"}]}, "has a ;. Servers cut a path off there"),
    "dot segment": ({**PLAIN, "allow": [{"exact": "/a/."}]}, "has /./. Leave it out"),
    "expired alone": ({**PLAIN, "allow": [{**MINE, "until": "2020-01-01"}]}, "allows nothing since exact /a has expired"),
    "until is a moment": ({**PLAIN, "allow": [{**MINE, "until": datetime(2027, 1, 1, tzinfo=UTC)}]}, "until that is a datetime, not text"),
    "url": ({**PLAIN, "allow": [{"exact": "https://x/a"}]}, "does not begin with /. Write the path alone"),
    "query": ({**PLAIN, "allow": [{"exact": "/a?b=1"}]}, "holds a query. Leave out what comes from"),
    "encoded": ({**PLAIN, "allow": [{"exact": "/a%20b"}]}, "is encoded. Write it decoded"),
    "traversal": ({**PLAIN, "allow": [{"exact": "/a/../b"}]}, r"has /.., // or a backslash"),
    "everything": ({**PLAIN, "allow": [{"prefix": "/"}]}, "allows everything"),
    "open prefix": ({**PLAIN, "allow": [{"prefix": "/vpn"}]}, "it would allow /vpnanything too. Write /vpn/, or an exact entry"),
    "suffix": ({**PLAIN, "allow": [{"suffix": "css"}]}, "does not begin with . or /"),
    "suffix everything": ({**PLAIN, "allow": [{"suffix": "/"}]}, "does not begin with . or / and a name"),
    "too long": ({**PLAIN, "allow": [{"exact": "/" + "a" * 255}]}, "is 256 characters long. A pattern has at most 255"),
    "not ascii": ({**PLAIN, "allow": [{"exact": "/caf\xe9"}]}, "has a character beyond ASCII"),
    "twice": ({**PLAIN, "allow": [{"exact": "/a"}, {"exact": "/a"}]}, "has exact /a twice in allow. Leave one out"),
    "until": ({**PLAIN, "allow": [{"exact": "/a", "owner": "me", "until": "soon"}]}, "until 'soon'. Write the last day as"),
    "no owner": ({**PLAIN, "allow": [{"exact": "/a", "until": "2026-12-01"}]}, "without an owner. Name who requested it"),
    "name": ({**PLAIN, "name": "---"}, "of which no name of an object can be made"),
}  # fmt: skip


@played_together(("value", "message"), WRONG.values(), ids=WRONG)
def test_each_error_names_host_variable_and_fix(value: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as error:
        read(value)
    assert str(error.value).startswith("gw1: netscaler_whitelists, list 1")


def test_a_text_is_not_taken_for_a_list() -> None:
    with pytest.raises(InvalidInput, match=r"gw1: netscaler_whitelists is text. Write a list"):
        parse_whitelists("notalist", "gw1", TODAY, base_entries)


def test_more_than_a_pattern_set_takes_is_told_before_anything_is_sent() -> None:
    entries = [{"exact": f"/{number}"} for number in range(MOST_PATTERNS)]
    assert len(read({**PLAIN, "allow": entries})[0].entries) == MOST_PATTERNS
    with pytest.raises(
        InvalidInput, match=re.escape("5001 entries of exact, and a pattern set takes 5000 (error 2900)")
    ):
        read({**PLAIN, "allow": [*entries, {"exact": "/more"}]})


def test_one_bind_point_has_one_list() -> None:
    with pytest.raises(InvalidInput, match="the lists shop and other are both bound at lb vserver shop REQUEST"):
        read(PLAIN, {**PLAIN, "name": "other"})


def test_two_lists_cannot_make_the_same_names() -> None:
    with pytest.raises(InvalidInput, match=r"the lists shop.1 and shop-1 would both be called shop_1"):
        read({**PLAIN, "vserver": "shop.1"}, {**PLAIN, "vserver": "shop-1"})


@played_together("item", [
    {"prefix": "/a;b/"}, {"exact": "/a;b"}, {"exact": "/100%"}, {"exact": "/"}, {"prefix": "/a/"}, {"suffix": ".x"}, {"suffix": "/x"},
    {"exact": "/a/.b"}, {"exact": "/" + "a" * 254}, {"prefix": "/a..b/"},
])  # fmt: skip
def test_a_path_that_is_right_for_its_kind_is_read_as_it_is(item: dict[str, str]) -> None:
    (entry,) = read({**PLAIN, "allow": [item]})[0].entries
    assert {entry.match: entry.text} == item


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"prefix": "a/"}, "does not begin with /"),
        ({"exact": "/a#b"}, "holds a query"),
        ({"exact": "/a//b"}, "has /.., // or a backslash"),
        ({"exact": "/a\\b"}, "has /.., // or a backslash"),
        ({"exact": "/a/./b"}, "has /./"),
        ({"suffix": ".100%"}, "has a %"),
        ({"suffix": "./"}, "does not begin with . or / and a name"),
        ({"suffix": ""}, "does not begin with . or / and a name"),
    ],
)
def test_a_path_that_is_wrong_for_its_kind_is_refused(item: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(f"which {problem}")):
        read({**PLAIN, "allow": [item]})


@pytest.mark.parametrize(
    ("entry", "path", "ignore_case", "covered"),
    [
        (Entry("exact", "/A"), "/A", False, True),
        (Entry("exact", "/A"), "/a", False, False),
        (Entry("exact", "/A"), "/a", True, True),
        (Entry("exact", "/a"), "/a/b", False, False),
        (Entry("prefix", "/a/"), "/a/b", False, True),
        (Entry("prefix", "/a/"), "/b/a/", False, False),
        (Entry("suffix", ".css"), "/x.css", False, True),
        (Entry("suffix", ".css"), ".css/x", False, False),
        (Entry("suffix", ".css"), "/x.CSS", True, True),
    ],
)
def test_what_an_entry_covers(entry: Entry, path: str, *, ignore_case: bool, covered: bool) -> None:
    assert entry.covers(path, ignore_case=ignore_case) is covered


def test_what_a_record_keeps_of_an_entry() -> None:
    assert Entry("suffix", ".css").facts() == {"suffix": ".css"}
    entry = Entry("exact", "/a", "a page", "me", date(2027, 1, 31), "gateway")
    kept = {"exact": "/a", "comment": "a page", "owner": "me", "base": "gateway", "until": "2027-01-31"}
    assert entry.facts() == kept


def test_the_first_that_has_expired_is_named() -> None:
    past = [{"exact": f"/{number}", "owner": "me", "until": "2026-11-25"} for number in range(3)]
    with pytest.raises(InvalidInput, match="allows nothing since exact /0 has expired"):
        read({**PLAIN, "allow": past})


def test_the_list_and_the_entry_are_numbered_from_one() -> None:
    with pytest.raises(
        InvalidInput, match=r"^gw1: netscaler_whitelists, list 2 \(other\) has in allow as entry 3 text"
    ):
        read(PLAIN, {**PLAIN, "vserver": "other", "allow": [{"exact": "/a"}, {"exact": "/b"}, "/c"]})


@pytest.mark.parametrize("priority", [1, HIGHEST_PRIORITY])
def test_the_first_and_the_last_priority_are_taken(priority: int) -> None:
    assert read({**PLAIN, "priority": priority})[0].priority == priority
    assert (
        HIGHEST_PRIORITY + 1 == 2**31 - 1
    )  # the largest number of a signed 32-bit integer is left for the policy that counts


@pytest.mark.parametrize("priority", [-1, HIGHEST_PRIORITY + 1, 1.0, None])
def test_another_priority_is_refused(priority: Any) -> None:
    with pytest.raises(InvalidInput, match=f"has the priority {priority!r}. Write a whole number from 1 to 2147483646"):
        read({**PLAIN, "priority": priority})


def test_a_name_makes_a_part_of_object_names_of_at_most_sixty_characters() -> None:
    assert read({**PLAIN, "name": "My  Shop-1!"})[0].slug == "my_shop_1"
    assert read({**PLAIN, "name": "a" * 60})[0].slug == "a" * 60
    with pytest.raises(InvalidInput, match="Give it a name of up to 60 letters and digits"):
        read({**PLAIN, "name": "a" * 61})


def test_what_stands_twice_in_a_list_of_texts_counts_once() -> None:
    own = read({**PLAIN, "base": ["gateway", "gateway"], "may_block": ["a", "b", "a"]})[0]
    assert (own.base, own.may_block) == (("gateway",), ("a", "b"))
    assert own.texts("exact").count("/") == 1


def test_lists_of_other_partitions_and_kinds_may_have_the_same_vserver() -> None:
    lists = read(PLAIN, {**PLAIN, "partition": "tenant_a"}, {**PLAIN, "kind": "cs", "name": "other"})
    assert [(own.partition, own.kind) for own in lists] == [("default", "lb"), ("tenant_a", "lb"), ("default", "cs")]
