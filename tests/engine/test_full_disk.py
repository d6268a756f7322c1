# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The disk of the control node is full in the middle of a change: the run ends with the name of the file, and the same command goes on after that."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import private_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.file_problem import file_problem

from tests import sample
from tests.stage.memory import BRIEF, Stage


@contextmanager
def full_from(number: int, patch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The disk is full from this write of a file on; the list has the number of all writes."""
    real, written = private_files.os.fsync, [0]

    def fsync(descriptor: int) -> None:
        written[0] += 1
        if written[0] >= number:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    with patch.context() as changed:
        changed.setattr(private_files.os, "fsync", fsync)
        yield written


def problem_of(stage: Stage, verb: str) -> str:
    """Play a verb, and return what it says of a file: it fails, or tells that a note is missing where all the rest is done."""
    try:
        result = getattr(stage, verb)()
    except OSError as error:
        return file_problem(error)
    except InvalidInput as error:
        return str(error)
    told = result.remarks if verb == "rollback" else result.verdict.missing
    (text,) = (text for text in told if "our own requests of this run count as those of others" in text)
    return str(text)


@pytest.mark.parametrize("verb", ["apply", "rollback"])
def test_each_write_that_finds_no_room_names_its_file_and_the_next_run_goes_on(
    ours: Stage, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    stage = ours
    stage.mitigation = BRIEF
    clean = stage.configuration()
    stage.apply()
    applied = stage.configuration()
    stage.rollback()
    with full_from(10**9, monkeypatch) as written:
        stage.apply()
        of_apply = written[0]
        stage.rollback()
        total = {"apply": of_apply, "rollback": written[0] - of_apply}[verb]
    assert total > 4
    wanted = applied if verb == "apply" else clean
    for number in range(1, total + 1, sample.FULL_DISK_STRIDE):
        if verb == "rollback":
            stage.apply()
        with full_from(number, monkeypatch):
            text = problem_of(stage, verb)
        assert str(stage.records) in text, (number, text)
        assert "No space left on device" in text, number
        stage.run = f"again{number}"
        getattr(stage, verb)()
        assert stage.configuration() == wanted, number
        if verb == "apply":
            stage.rollback()
            assert stage.configuration() == clean, number
    assert not list(Path(stage.records).rglob(".*.tmp"))
