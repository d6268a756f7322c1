# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.directory_listing import ListedFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.compiled_indicators import (
    general_clues,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.judged_files import (
    is_named,
    level_of_content,
)

PRELOADED = next(clue for clue in general_clues() if clue.kind == "content" and clue.indicator.places[0] == "/nsconfig")


def listed(path: str, *, is_directory: bool = False) -> ListedFile:
    directory, _slash, name = path.rpartition("/")
    return ListedFile(directory, name, is_directory=is_directory)


@pytest.mark.parametrize(
    ("path", "place", "is_usual", "level"),
    [
        ("/etc/rc.d/x", "/etc", True, Level.REVIEW),
        ("/etc/x", "/etc", True, Level.REVIEW),
        ("/etc/x", "/etc", False, Level.COMPROMISE),
        ("/etc/x", "/etc/x", True, Level.COMPROMISE),
        ("/etc/rc.conf", "/etc", True, Level.COMPROMISE),
        ("/nsconfig/.a", "/nsconfig", True, Level.COMPROMISE),
        ("/root/.cshrc", "/root", True, Level.COMPROMISE),
        ("/nsconfig/monitors/a.pl", "/nsconfig", True, Level.REVIEW),
    ],
)
def test_twenty_files_of_one_time_lower_the_level_only_where_the_firmware_has_files(
    path: str, place: str, is_usual: bool, level: Level
) -> None:
    """Seen: twenty files of one time in a directory below it made LD_PRELOAD in a start-up file a thing for review."""
    assert level_of_content(PRELOADED, listed(path), place, is_usual=is_usual) is level


@pytest.mark.parametrize(
    ("path", "is_directory", "pattern", "is_one"),
    [
        ("/var/x/a.xml", False, "/var/x/*.xml", True),
        ("/var/x/a.xml", True, "/var/x/*.xml", False),
        ("/var/x/y/a.xml", False, "/var/x/*", False),
        ("/tmp/.init", True, "/tmp/.init", True),
        ("/tmp/.init/httpd", False, "/tmp/.init", True),
        ("/tmp/.init/a/b", False, "/tmp/.init", True),
        ("/tmp/.initial", False, "/tmp/.init", False),
    ],
)
def test_a_pattern_of_files_names_no_directory_and_the_name_of_one_all_below(
    path: str, is_directory: bool, pattern: str, is_one: bool
) -> None:
    assert is_named(listed(path, is_directory=is_directory), pattern) is is_one
