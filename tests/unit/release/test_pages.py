# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bill of materials, the licences and the page of changes say what is there, and a gap is an error."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from release.changelog import changelog
from release.licences import licence_of, problem_with
from release.lock_file import locked_packages, of_control_node
from release.sbom import sbom

ROOT = Path(__file__).parents[3]
CONFIGURATION = {"sections": [["major_changes", "Major Changes"], ["bugfixes", "Bugfixes"]]}


def test_the_bill_of_materials_names_each_package_once_and_what_needs_it() -> None:
    packages = of_control_node(locked_packages((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    bill = sbom("1.2.3", "0" * 64, packages, licence_of, datetime(2026, 11, 28, tzinfo=UTC))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    refs = [bill["metadata"]["component"]["bom-ref"], *(one["bom-ref"] for one in bill["components"])]
    assert len(refs) == len(set(refs)) == len(packages) + 1
    assert [one["ref"] for one in bill["dependencies"]] == refs
    assert {on for one in bill["dependencies"] for on in one["dependsOn"]} == set(refs[1:])
    licences = {one["name"]: one["licenses"] for one in bill["components"]}
    assert licences["cryptography"] == [{"expression": "Apache-2.0 OR BSD-3-Clause"}]
    assert licences["ansible-core"] == [{"license": {"id": "GPL-3.0-or-later"}}]
    assert licences["netaddr"] == [{"license": {"name": "BSD License"}}]
    assert bill == sbom("1.2.3", "0" * 64, packages, licence_of, datetime(2026, 11, 28, tzinfo=UTC))


def test_the_licence_of_each_package_of_a_control_node_is_known_and_fits() -> None:
    packages = of_control_node(locked_packages((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    assert [problem for one in packages if (problem := problem_with(one.name, licence_of(one.name)))] == []


def test_an_unknown_licence_is_a_problem() -> None:
    assert "states no licence" in problem_with("x", licence_of("a-package-that-nobody-installed"))
    assert "has the licence 'SSPL-1.0'" in problem_with("x", "SSPL-1.0")


@pytest.fixture
def changelogs(tmp_path: Path) -> Path:
    (tmp_path / "fragments").mkdir()
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIGURATION), encoding="utf-8")
    (tmp_path / "changelog.yaml").write_text(yaml.safe_dump({"releases": {}}), encoding="utf-8")
    return tmp_path


def test_fragments_are_shown_by_section(changelogs: Path) -> None:
    (changelogs / "fragments" / "b.yml").write_text(
        "bugfixes: ['two ``words``\n  in lines', 'first']\n", encoding="utf-8"
    )
    (changelogs / "fragments" / "a.yml").write_text(
        "release_summary: All of it.\nmajor_changes: [big]\n", encoding="utf-8"
    )
    assert changelog(changelogs, "0.2.0") == (
        "# Changes\n\n## 0.2.0, not released yet\n\nAll of it.\n\n### Major Changes\n\n* big\n\n### Bugfixes\n\n* first\n* two `words` in lines\n"
    )


def test_releases_come_newest_first_by_their_numbers(changelogs: Path) -> None:
    releases = {
        version: {"release_date": "2026-12-01", "changes": {"release_summary": version, "bugfixes": ["x"]}}
        for version in ("0.9.0", "0.10.0")
    }
    (changelogs / "changelog.yaml").write_text(yaml.safe_dump({"releases": releases}), encoding="utf-8")
    page = changelog(changelogs, "0.10.0")
    assert page.index("## 0.10.0, 2026-12-01") < page.index("## 0.9.0, 2026-12-01")
    assert "not released yet" not in page


@pytest.mark.parametrize("text", ["bugfix: [x]\n", "bugfixes: x\n", "bugfixes: [{a: b}]\n"])
def test_a_fragment_with_a_mistake_is_an_error(changelogs: Path, text: str) -> None:
    (changelogs / "fragments" / "a.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.yml: bugfix"):
        changelog(changelogs, "0.2.0")


def test_the_fragments_of_the_tree_have_no_mistake() -> None:
    assert changelog(ROOT / "changelogs", "0.1.0").count("\n* ") > 50
