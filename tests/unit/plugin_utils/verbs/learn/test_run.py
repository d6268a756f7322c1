# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which lists a run that learns takes, which files it writes, and where."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import unique_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.whitelist_file import (
    parse_file,
    render_index,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.learn import run

from tests.stage.memory import CATALOGUE

SHOP, GATEWAY = Vip("shop", Address("203.0.113.1", 80), "lb"), Vip("gw", Address("203.0.113.2", 443), "vpn")
TEXT = """---
tourniquet_learnt_list_shop:
  name: shop
  vserver: shop
  kind: lb
  mode: observe
  base: []
  allow: {allow}
"""


class Learnt:
    """What was learnt of one virtual server."""

    def __init__(self, vip: Vip, text: str) -> None:
        self.vip, self.text = vip, text


def learnt(*texts: tuple[Vip, str]) -> Any:
    class Learning:
        vips = tuple(Learnt(*one) for one in texts)

    return Learning()


def a_list(name: str, *, allows: bool) -> str:
    first = TEXT.replace("_shop", f"_{name}").replace(" shop", f" {name}")
    return first.format(allow='[{exact: "/a"}]' if allows else "[]")


def test_the_lists_are_those_of_the_module() -> None:
    assert parse_file(a_list("shop", allows=True), "here").allows_anything
    assert not parse_file(a_list("shop", allows=False), "here").allows_anything


@pytest.mark.parametrize(
    ("names", "chosen"), [([], (SHOP, GATEWAY)), (["gw"], (GATEWAY,)), (["gw", "shop"], (SHOP, GATEWAY))]
)
def test_all_virtual_servers_are_learnt_for_or_those_that_are_named(names: list[str], chosen: tuple[Vip, ...]) -> None:
    assert run._chosen("gw-a", (SHOP, GATEWAY), names) == chosen


@pytest.mark.parametrize(
    ("known", "names", "told"),
    [
        ((SHOP, GATEWAY), ["shop", "x", "b"], "there is no virtual server b; there is: shop, gw"),
        ((), ["x"], "there is no virtual server x; there is: none"),
        ((), [], "there is no virtual server ; there is: none"),
    ],
)
def test_one_that_does_not_exist_is_refused(known: tuple[Vip, ...], names: list[str], told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        run._chosen("gw-a", known, names)
    assert str(caught.value) == f"gw-a: {told}"


def test_what_was_learnt_before_is_read_where_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "whitelist_gw.yml").write_text("one", encoding="utf-8")
    assert run._read(tmp_path, (SHOP, GATEWAY)) == {"gw": "one"}
    (tmp_path / "whitelist_shop.yml").mkdir()
    with pytest.raises(InvalidInput, match=r"whitelist_shop\.yml: cannot be read: "):
        run._read(tmp_path, (SHOP, GATEWAY))


def test_the_index_has_the_lists_that_allow_something_of_this_run_and_earlier_ones(tmp_path: Path) -> None:
    old, same = a_list("old", allows=True), a_list("same", allows=True)
    (tmp_path / "whitelist_old.yml").write_text(old, encoding="utf-8")
    (tmp_path / "whitelist_same.yml").write_text(same, encoding="utf-8")
    (tmp_path / "whitelist_shop.yml").write_text(a_list("shop", allows=False), encoding="utf-8")
    same_vip = Vip("same", Address("203.0.113.3", 80), "lb")
    empty = Vip("empty", Address("203.0.113.4", 80), "lb")
    new, none = a_list("shop", allows=True), a_list("empty", allows=False)
    assert run._changes(tmp_path, learnt((SHOP, new), (same_vip, same), (empty, none))) == {
        tmp_path / "whitelist_shop.yml": (a_list("shop", allows=False), new),
        tmp_path / "whitelist_empty.yml": ("", none),
        tmp_path / "whitelists.yml": ("", render_index(["old", "same", "shop"])),
    }


def test_a_directory_of_an_earlier_version_stays_in_use_for_the_host_that_it_is_of(tmp_path: Path) -> None:
    assert run._directory_of(tmp_path, "gw-a") == tmp_path / "gw-a"
    own, old = tmp_path / unique_name("gw/a"), tmp_path / "gw_a"
    assert run._directory_of(tmp_path, "gw/a") == own
    old.mkdir()
    assert run._directory_of(tmp_path, "gw/a") == own
    (old / "whitelist_shop.yml").write_text("# Learnt of gw/b. 7 days", encoding="utf-8")
    assert run._directory_of(tmp_path, "gw/a") == own
    (old / "whitelist_gw.yml").write_text("# Learnt of gw/a. 7 days", encoding="utf-8")
    assert run._directory_of(tmp_path, "gw/a") == old
    own.mkdir()
    assert run._directory_of(tmp_path, "gw/a") == own


@pytest.mark.parametrize(
    ("named", "day"), [(CATALOGUE.name, date(2020, 1, 10)), ("url_whitelist", None), ("geoblock", None), ("", None)]
)
def test_days_before_the_exploit_count_where_an_entry_is_named(named: str, day: date | None) -> None:
    assert run._exploit_public({"mitigation": named, "catalogue": str(CATALOGUE.parent)}) == day
