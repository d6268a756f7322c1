# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text of a location file, and its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.location.loading import (
    files,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.location.location_file import (
    DIRECTORY,
    LocationFileForm,
    file_name,
    location_file,
    paths,
)

from tests.unit.plugin_utils.measures.geoblock.country_data.geodata import compiled_of, policy_of

FORM = LocationFileForm("header\n", ",", "!\n")
OWNER = Owner("geoblock", 1)


def test_a_row_has_both_addresses_and_its_label(tmp_path: Path) -> None:
    compiled = compiled_of(tmp_path, policy_of("block", "UA"))
    label = compiled.rows[4][0][2]
    assert location_file(compiled, 4, FORM) == f"header\n192.0.2.64,192.0.2.127,{label}!\n"
    assert (
        location_file(compiled, 6, FORM).splitlines()[1].startswith("2001:db8:2::,2001:db8:2:ffff:ffff:ffff:ffff:ffff,")
    )


def test_an_empty_file_is_never_made(tmp_path: Path) -> None:
    compiled = compiled_of(tmp_path, policy_of("block", "DE"), accept=frozenset({"empty"}))
    with pytest.raises(InvalidInput, match="there is no IPv6 row for DE"):
        location_file(compiled, 6, FORM)
    assert paths(OWNER, compiled, FORM) == {4: f"{DIRECTORY}/{file_name(OWNER, compiled, 4, FORM)}"}


def test_each_family_that_has_rows_is_a_file_that_can_be_imported(tmp_path: Path) -> None:
    compiled = compiled_of(tmp_path, policy_of("block", "DE"), accept=frozenset({"empty"}))
    (version, file), *others = files(OWNER, compiled, FORM).items()
    assert (version, others) == (4, [])
    assert (file.path, file.content.decode(), file.url) == (
        f"{DIRECTORY}/{file_name(OWNER, compiled, 4, FORM)}",
        location_file(compiled, 4, FORM),
        "",
    )
    both = files(OWNER, compiled_of(tmp_path, policy_of("block", "UA")), FORM, "https://geo.example/")
    assert {version: file.url for version, file in both.items()} == {
        version: f"https://geo.example/{file.name}" for version, file in both.items()
    }
    assert sorted(both) == [4, 6]


def test_another_content_or_form_has_another_name_of_at_most_63_characters(tmp_path: Path) -> None:
    compiled = compiled_of(tmp_path, policy_of("block", "UA"))
    assert file_name(OWNER, compiled, 4, FORM) == f"tq_geoblock__v4_{compiled.digest[:12]}"
    marked = file_name(OWNER, compiled, 4, replace(FORM, mark="own"))
    assert marked != file_name(OWNER, compiled, 4, FORM)
    assert len(marked) == len(file_name(OWNER, compiled, 4, FORM))
    other = compiled_of(tmp_path, policy_of("block", "RU"))
    assert file_name(OWNER, other, 4, replace(FORM, mark="own")) != marked
    long = file_name(Owner("g" * 60, 1), compiled, 4, FORM)
    assert long == f"tq_{'g' * 37}__v4_{compiled.digest[:12]}"
