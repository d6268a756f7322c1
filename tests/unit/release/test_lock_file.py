# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Of the lock file a control node gets what requirements.txt needs, with all hashes, and nothing of the tests."""

from __future__ import annotations

import re
from pathlib import Path

from release.lock_file import OF_CONTROL_NODE, lock_text, locked_packages, of_control_node

ROOT = Path(__file__).parents[3]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
EXAMPLE = """\
# made by hand
alpha==1.0 ; python_full_version < '3.12' \\
    --hash=sha256:aa
    # via -r requirements.txt
beta==2.0 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via
    #   alpha
    #   tester
gamma==3.0 ; sys_platform == 'win32' \\
    --hash=sha256:dd
    # via tester
tester==4.0 \\
    --hash=sha256:ee
    # via -r requirements-dev.txt
"""


def test_a_package_has_its_version_its_marker_and_who_needs_it() -> None:
    alpha, beta, gamma, tester = locked_packages(EXAMPLE)
    assert (alpha.name, alpha.version, alpha.marker) == ("alpha", "1.0", "python_full_version < '3.12'")
    assert alpha.needed_by == {OF_CONTROL_NODE}
    assert beta.needed_by == {"alpha", "tester"}
    assert (gamma.marker, tester.purl) == ("sys_platform == 'win32'", "pkg:pypi/tester@4.0")


def test_a_control_node_gets_what_it_needs_in_turn() -> None:
    needed = of_control_node(locked_packages(EXAMPLE))
    assert [one.name for one in needed] == ["alpha", "beta"]
    lines = lock_text(needed).splitlines()[1:]
    assert lines == [line for line in EXAMPLE.splitlines()[1:8] if "# " not in line]


def test_nothing_of_the_lock_file_is_lost() -> None:
    packages = locked_packages(LOCK)
    assert len(packages) == len(re.findall(r"^\S+==", LOCK, re.MULTILINE))
    assert sum(one.text.count("--hash=sha256:") for one in packages) == LOCK.count("--hash=sha256:")
    assert all(one.needed_by for one in packages)


def test_each_line_of_requirements_txt_is_there_and_no_tool_of_the_tests() -> None:
    needed = {one.name for one in of_control_node(locked_packages(LOCK))}
    named = re.findall(r"^([a-z0-9-]+)>=", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= needed
    assert {"markupsafe", "cffi"} <= needed
    assert needed.isdisjoint({"pytest", "mypy", "ruff", "molecule", "ansible-lint", "hypothesis", "black"})
