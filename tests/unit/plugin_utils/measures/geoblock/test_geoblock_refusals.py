# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables that a geoblock does not accept, and answers of an appliance that it does not take for a fact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    NitroError,
    NotFound,
    NotShown,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.appliance_facts import (
    _rows,
    loaded_entries,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.geoblock_variables import Settings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.measure import _naming
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.datasets.data_set_forms import (
    data_set_forms,
)

from tests.unit.plugin_utils.measures.geoblock.test_geoblock_variables import GOOD
from tests.unit.plugin_utils.measures.geoblock.test_templates import OWNER, own


@pytest.mark.parametrize(("value", "kind"), [([{"policy": "block"}], "a list"), ("block", "text"), (7, "a number")])
def test_variables_that_are_no_mapping_are_refused(value: Any, kind: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^gw-a: the variables geoblock_\* must be a mapping, not {kind}$"):
        Settings.from_variables(value, where="gw-a")


@pytest.mark.parametrize("value", ["192.0.2.0/24", {"a": "192.0.2.1"}, [7], [None], ["192.0.2.1", ["192.0.2.2"]]])
def test_networks_that_are_no_list_of_texts_are_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^gw-a: geoblock_trusted_proxies must be a list of networks as texts$"):
        Settings.from_variables({**GOOD, "trusted_proxies": value}, where="gw-a")


@pytest.mark.parametrize("value", [7, ["own"], None])
def test_a_directory_of_templates_is_a_text(value: Any) -> None:
    with pytest.raises(
        InvalidInput, match=r"^gw-a: geoblock_templates must name a directory on the control node, not "
    ):
        Settings.from_variables({**GOOD, "templates": value}, where="gw-a")


@pytest.mark.parametrize("kind", [InvalidInput, Refused])
def test_an_error_names_its_host_once(kind: type[TourniquetError]) -> None:
    for text in ("no data", "gw-a: no data"):
        with pytest.raises(kind, match=r"^gw-a: no data$"), _naming("gw-a"):
            raise kind(text)


def test_a_template_yields_each_object_once(tmp_path: Path) -> None:
    twice = ("policydataset:\n", "policydataset:\n  - {name: tq_geoblock__y, type: ipv4}\n")
    with pytest.raises(
        InvalidInput, match=r"datasets\.yml\.j2: it yields 2 objects of policydataset, and must yield one"
    ):
        data_set_forms(own(tmp_path, "datasets.yml.j2", twice), OWNER)


class Answers:
    """A session that answers each read with the same rows, or raises the same error."""

    where = "gw-a"

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def read(self, _type: str) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def answering(answer: Any) -> Any:
    return Answers(answer)


@pytest.mark.parametrize("error", [NotFound, NotShown])
def test_acls_that_are_not_shown_are_not_no_acls_where_the_block_is_made_of_them(error: type[NitroError]) -> None:
    told = error("gw-a", "GET nsacl", 200, 258, "not shown")
    with pytest.raises(error, match="not shown"):
        _rows(answering(told), "nsacl", needed=True)
    assert _rows(answering(told), "nsacl", needed=False) == []


@pytest.mark.parametrize(
    "row", [{}, {"errors": "0"}, {"entries": "many"}, {"entries": ""}, {"entries": "7", "errors": "some"}]
)
def test_a_location_file_of_which_nothing_is_reported_is_not_loaded(row: dict[str, Any]) -> None:
    with pytest.raises(NitroError, match=r"GET locationparameter: .*it does not report what is loaded"):
        loaded_entries(answering([row]), 4)


def test_what_is_loaded_is_counted_for_each_family() -> None:
    row = {"entries": "3", "errors": "1", "Entries6": "5", "errors6": "0", "Loading": "In progress"}
    assert loaded_entries(answering([row]), 4) == (3, 1, True)
    assert loaded_entries(answering([row]), 6) == (5, 0, True)
    assert loaded_entries(answering([{"entries": "3", "loading": "Idle"}]), 4) == (3, 0, False)
