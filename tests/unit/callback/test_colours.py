# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible decides whether our output has colours, NO_COLOR included, and the words are the same without them."""

from __future__ import annotations

import io
import os
import re

import pytest
from ansible import constants
from ansible.config.manager import ConfigManager
from ansible.utils import color
from ansible.utils.display import Display
from ansible_collections.tourniquet.netscaler.plugins.callback import progress
from ansible_collections.tourniquet.netscaler.plugins.callback.summary import CallbackModule
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.progress import Progress
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import COLOURS
from rich.console import Console

from tests.unit.callback.test_summary import MITIGATED, STATS, task, values

COLOUR = re.compile("\x1b\\[[0-9;]*m")


def shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, coloured: bool) -> str:
    """Return what the summary of appliances with each exit code writes."""
    monkeypatch.setattr(color, "ANSIBLE_COLOR", coloured)
    monkeypatch.setattr(CallbackModule, "get_option", lambda _self, _name: "")
    callback = CallbackModule()
    callback._display = Display()
    for code in COLOURS:
        callback.v2_runner_on_ok(task(f"gw-{code}", values({**MITIGATED, "word": f"w{code}", "exit_code": code})))
    callback.v2_playbook_on_stats(STATS)
    return capsys.readouterr().out


def test_the_page_is_the_same_without_colours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    plain = shown(capsys, monkeypatch, coloured=False)
    assert "\x1b" not in plain
    coloured = shown(capsys, monkeypatch, coloured=True)
    assert len(COLOUR.findall(coloured)) >= 2 * len(COLOURS)
    assert COLOUR.sub("", coloured) == plain


@pytest.mark.parametrize("name", sorted({*COLOURS.values(), "red", "yellow"}))
def test_each_colour_has_a_name_of_ansible(name: str) -> None:
    assert name in constants.COLOR_CODES


@pytest.mark.parametrize(
    ("environment", "no_colour"), [({}, False), ({"NO_COLOR": "1"}, True), ({"ANSIBLE_NOCOLOR": "true"}, True)]
)
def test_the_setting_that_forced_colours_give_way_to_is_that_of_no_color(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], *, no_colour: bool
) -> None:
    for name in ("NO_COLOR", "ANSIBLE_NOCOLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = ConfigManager().get_config_value("ANSIBLE_NOCOLOR")
    assert found is no_colour
    monkeypatch.setattr(constants, "ANSIBLE_NOCOLOR", found)
    monkeypatch.setattr(color, "ANSIBLE_COLOR", False)
    monkeypatch.setattr(progress, "is_interactive", lambda: False)
    monkeypatch.setattr("ansible.context.CLIARGS", {"check": False})
    monkeypatch.setenv("FORCE_COLOR", "1")
    progress.CallbackModule().v2_playbook_on_start(None)
    assert color.ANSIBLE_COLOR is not no_colour


@pytest.mark.parametrize("coloured", [False, True])
def test_the_picture_of_a_run_has_colours_where_ansible_has(monkeypatch: pytest.MonkeyPatch, *, coloured: bool) -> None:
    asked = []

    def console(*, no_color: bool) -> Console:
        asked.append(no_color)
        return Console(file=io.StringIO(), no_color=no_color, force_terminal=True, color_system="standard")

    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setattr(color, "ANSIBLE_COLOR", coloured)
    monkeypatch.setattr(progress, "is_interactive", lambda: True)
    monkeypatch.setattr(progress, "Console", console)
    callback = progress.CallbackModule()
    callback.v2_playbook_on_start(None)
    callback._stop(os.getpid())
    assert asked == [not coloured]
    progress_of_run = Progress()
    progress_of_run.verdicts["gw-a"] = ("exposed", 2)
    picture = console(no_color=not coloured)
    picture.print(progress.screen(progress_of_run, 1.0))
    assert isinstance(picture.file, io.StringIO)
    assert ("\x1b[31m" in picture.file.getvalue()) is coloured
