# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists that are malformed: those of the inventory, and the built-in ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.base_lists import load_base

from tests.unit.plugin_utils.measures.url_whitelist.test_whitelist_variables import PLAIN, read

GOOD: dict[str, Any] = {
    "entries": [{"prefix": "/shop/", "source": "the shop's manual"}],
    "traffic": [{"id": "page", "method": "GET", "url": "/shop/?page=1", "logon": True}],
}


@pytest.mark.parametrize("value", [[7], [""], ["a", None], [["a"]]])
@pytest.mark.parametrize("key", ["may_block", "base"])
def test_a_list_of_texts_has_nothing_else_in_it(key: str, value: list[Any]) -> None:
    with pytest.raises(InvalidInput, match=rf"^gw1: .*has something in {key} that is no text\. Put each in quotes\.$"):
        read({**PLAIN, key: value})


@pytest.mark.parametrize("key", ["vserver", "partition"])
@pytest.mark.parametrize("value", ["gw{{ 7 }}", "-gw", "g" * 128])
def test_a_name_that_nitro_does_not_allow_is_refused(key: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=rf'^gw1: .*has a {key} ".*", a name that NITRO does not allow\. '):
        read({**PLAIN, key: value})


def base(folder: Path, content: Any) -> Any:
    (folder / "own.yml").write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    load_base.cache_clear()
    return load_base("own", folder)


def test_a_base_list_is_its_entries_and_its_traffic(tmp_path: Path) -> None:
    own = base(tmp_path, GOOD)
    assert [(entry.match, entry.text, entry.base) for entry in own.entries] == [("prefix", "/shop/", "own")]
    assert own.logon == {case.id for case in own.traffic}


def test_a_base_list_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    base(tmp_path, GOOD)
    with pytest.raises(InvalidInput, match=r"^There is no such base list; choose from own\.$"):
        load_base("other", tmp_path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("entries: [", "own.yml: ParserError: "),
        ("- a list", "own.yml: TypeError: "),
        ({"entries": []}, "own.yml: KeyError: 'traffic'"),
        ({**GOOD, "entries": [{"path": "/shop/", "source": "x"}]}, "own.yml: ValueError: not enough values"),
        ({**GOOD, "entries": [{"prefix": "/", "exact": "/", "source": "x"}]}, "own.yml: ValueError: too many values"),
    ],
)
def test_a_base_list_that_is_malformed_is_refused(tmp_path: Path, content: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{tmp_path}/{told}"):
        base(tmp_path, content)


def test_an_entry_without_a_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^own: /shop/ has no source$"):
        base(tmp_path, {**GOOD, "entries": [{"prefix": "/shop/", "source": ""}]})


def test_traffic_that_its_own_entries_do_not_allow_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^own: its own entries do not allow /SHOP/\?page=1$"):
        base(tmp_path, {**GOOD, "traffic": [{"id": "page", "method": "GET", "url": "/SHOP/?page=1"}]})
