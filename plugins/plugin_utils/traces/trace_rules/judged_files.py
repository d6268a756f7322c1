# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The level of one file, whoever reads it: by the indicators of the entries, and by the rules by property. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ...appliance.nitro.directory_listing import ListedFile
from ...appliance.nitro.directory_tree import path_matches
from ...catalogue.entry import Level
from ..findings.ourselves import NOBODY, Ourselves
from .compiled_indicators import Clue
from .file_rules import FileFacts, most_urgent, rule_of
from .watched_directories import FOLLOWED, Holds, is_start_up_file, place_of

CRON_PLACES = ("/var/cron/tabs/*", "/etc/crontab", "/nsconfig/crontab")
FILE_KINDS = ("files", "content", "cron")
"""The kinds of indicators that say what a file is."""
USUAL = 20
"""So many files of one time are those of the firmware, or of one burst (README of netscaler-ctx697096-checker)."""


@dataclass(frozen=True)
class Judged:
    """What a file is by the rules.

    :ivar level: None where nothing is known against it
    :ivar why: what names it, and by which source; "" where nothing does
    """

    level: Level | None = None
    why: str = ""


@dataclass(frozen=True)
class FileJudge:
    """What is known of a node when its files are judged.

    :ivar clues: of the entries and the rules by property
    :ivar installed: when the firmware was installed, by the clock of the node; None where nothing shows it
    :ivar ours: what on the appliance is of a control node of ours
    """

    clues: tuple[Clue, ...] = ()
    installed: datetime | None = None
    ours: Ourselves = NOBODY

    def judge(self, file: ListedFile, content: bytes = b"", *, is_usual: bool = False) -> Judged:
        """Return what a file is.

        :param content: b"" where it was not read
        """
        rule = rule_of(FileFacts(file, content, self.installed, is_usual))
        is_of_others = rule is not None and not self.ours.file(file.path, content).is_ours
        by_rule = [Judged(rule.level, f"{rule.why} ({rule.source})")] if rule is not None and is_of_others else []
        found = [*self._of_clues(file, content, is_usual=is_usual), *by_rule]
        level = most_urgent(one.level for one in found)
        return next((one for one in found if one.level is level), Judged())

    def _of_clues(self, file: ListedFile, content: bytes, *, is_usual: bool) -> Iterator[Judged]:
        for clue in self.clues:
            if clue.excepts(file.path):
                continue
            if clue.kind == "files" and any(is_named(file, value) for value in clue.indicator.values):
                yield Judged(clue.level, clue.why)
            elif clue.kind == "content" and (place := _place_in(file.path, clue.indicator.places)):
                if _has_line(clue, content):
                    yield Judged(level_of_content(clue, file, place, is_usual=is_usual), clue.why)
            elif clue.kind == "cron" and any(path_matches(file.path, place) for place in CRON_PLACES):
                foreign = [line for line in content.split(b"\n") if not self.ours.crontab_line(file.path, line).is_ours]
                if _has_line(clue, b"\n".join(foreign)):
                    yield Judged(clue.level, clue.why)


def is_named(file: ListedFile, pattern: str) -> bool:
    """Return True for a file that an indicator names, for a directory of which it has the name, and for what is in that."""
    if "*" in pattern.rpartition("/")[2]:
        return not file.is_directory and path_matches(file.path, pattern)
    return path_matches(file.path, pattern) or path_matches(file.path, f"{pattern}/**/*")


def level_of_content(clue: Clue, file: ListedFile, place: str, *, is_usual: bool) -> Level:
    """Return the level of a file with the text of an indicator, at a place that this names.

    In a file of the age of most around it, which may be of the firmware, it is for review, unless the indicator names the file, or the firmware has none there.
    """
    around = place_of(file.path, FOLLOWED)
    is_of_users = around.holds is Holds.START_UP and (around.directory != "/etc" or is_start_up_file(around, file.name))
    return Level.REVIEW if is_usual and place != file.path and not is_of_users else clue.level


def usual_times(files: Iterable[ListedFile]) -> frozenset[datetime]:
    """Return the modification times that most files of the same directories have: those of the firmware or of one burst.

    A theme that is written anew gives 20 and more files the same time (README of netscaler-ctx697096-checker).
    """
    times = Counter(file.modified for file in files if file.modified is not None)
    return frozenset(time for time, count in times.items() if count >= USUAL)


def _place_in(path: str, places: Iterable[str]) -> str:
    return next((place for place in places if path == place or path.startswith(f"{place.rstrip('/')}/")), "")


def _has_line(clue: Clue, content: bytes) -> bool:
    return clue.may_be_in(content) and any(clue.match(line) for line in content.split(b"\n"))
