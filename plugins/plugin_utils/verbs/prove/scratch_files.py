# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The experiments with scratch files, in the directory for temporary files of the appliance."""

from __future__ import annotations

from ...appliance.nitro.file_limits import DIRECTORY
from .experiment import Experiment, Pause, Question, Reading, Request, Risk, Sign
from .large_values import FileContent
from .observations import changed, sign, succeeds
from .scratch_objects import make, named, remove

DOCUMENTED_LIMIT = 2 * 1024 * 1024
"""Bytes of a file (NITRO guide, file operations)."""
CLOCK_STEP = 2.0
"""Seconds after which the time of a change, which is shown in seconds, is another one."""


def _file(name: str, label: str, size: int, *, must_succeed: bool) -> Request:
    return make(
        "systemfile",
        label,
        must_succeed=must_succeed,
        filename=name,
        filelocation=DIRECTORY,
        filecontent=FileContent(size),
        fileencoding="BASE64",
    )


def _removal(name: str) -> Request:
    return remove("systemfile", name, filelocation=DIRECTORY)


def _changes_config() -> Experiment:
    name = named("small.txt")
    before, after = (Request(label, "GET", "nsconfig") for label in ("nsconfig before", "nsconfig after"))
    times = (before.label, after.label)
    return Experiment(
        "systemfile_changes_config",
        Risk.SCRATCH,
        (before, Pause(CLOCK_STEP), _file(name, "make a file", 1, must_succeed=True), after),
        (
            Question(
                "systemfile_changes_config",
                tuple(
                    Reading(differs, (Sign(times, changed("lastconfigchangedtime"), differs),))
                    for differs in (True, False)
                ),
            ),
        ),
        removals=(_removal(name),),
    )


def _limit() -> Experiment:
    largest, larger = named("largest.txt"), named("larger.txt")
    return Experiment(
        "systemfile_limit",
        Risk.SCRATCH,
        (
            _file(largest, "make a file of 2 MiB", DOCUMENTED_LIMIT, must_succeed=True),
            _file(larger, "make a larger file", DOCUMENTED_LIMIT + 1, must_succeed=False),
        ),
        (
            Question(
                "systemfile_limit", (Reading(DOCUMENTED_LIMIT, (sign("make a larger file", succeeds, value=False),)),)
            ),
        ),
        removals=(_removal(largest), _removal(larger)),
    )


EXPERIMENTS = (_changes_config(), _limit())
