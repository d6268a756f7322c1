# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The short list of galaxy.yml and that of ``make release`` name the same files of a clean clone. Tarballs are built in tests/project/test_tarball.py."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from release.tarball import CONTENT
from tests.documentation.tracked import ROOT, tracked

IGNORED: list[str] = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]


def left_out(name: str) -> bool:
    """Return whether a plain build leaves a file out: ansible-galaxy compares each directory above it, and the whole path; ``*`` matches ``/`` too."""
    path = Path(name)
    places = [str(path), *(str(parent) for parent in path.parents if parent.name)]
    return any(fnmatch.fnmatch(place, pattern) for place in places for pattern in IGNORED)


def of_content(names: Iterable[str]) -> set[str]:
    """Return the files that ``make release`` takes."""
    return {name for name in names if any(name == one or name.startswith(f"{one}/") for one in CONTENT)}


def test_both_ways_to_build_have_the_same_files_of_a_clean_clone() -> None:
    names = tracked()
    packed = {name for name in names if not left_out(name)} - {"galaxy.yml"}  # which ansible-galaxy never packs
    assert len(packed) > 1000
    assert packed - of_content(names) == set(), "what is not for users goes into build_ignore of galaxy.yml"
    assert of_content(names) - packed == set(), "rename it: a plain build would leave it out"


def test_each_directory_of_the_list_exists() -> None:
    assert [name for name in CONTENT if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "name", ["plugins/plugin_utils/fleet/slices/secret_variables.py", "roles/audit/vars/password.yml"]
)
def test_a_file_with_the_name_of_a_secret_is_left_out(name: str) -> None:
    assert left_out(name)
