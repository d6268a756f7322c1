# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No file of the collection has a name that keeps it out of the tarball. Building one takes half a minute; this is what the patterns alone show."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable

from tests.architecture.tarball import NAMES, patterns
from tests.documentation.tracked import tracked

FRAGMENTS = "changelogs/fragments/"


def left_out(names: Iterable[str]) -> list[str]:
    """Return the names that a pattern of ``build_ignore`` fits, as ansible-galaxy compares them: all of the path, and ``*`` matches ``/`` too."""
    ignored = patterns()
    return [name for name in names if any(fnmatch.fnmatch(name, pattern) for pattern in ignored)]


def test_the_tarball_has_each_file_of_the_collection() -> None:
    own = [name for name in tracked() if name.partition("/")[0] in NAMES[""] and not name.startswith(FRAGMENTS)]
    assert len(own) > 1000
    assert left_out(own) == [], "rename it, or allow it in tests/architecture/tarball.py and make docs"


def test_a_file_with_the_name_of_a_secret_is_left_out() -> None:
    names = ["plugins/plugin_utils/slices/secret_variables.py", "roles/audit/vars/password.yml"]
    assert left_out(names) == names
