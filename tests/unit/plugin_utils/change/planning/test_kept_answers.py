# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An answer that differs from the wanted one in the ending of its marker alone stays; any other difference does not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.answer_marker import marked_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document, Stage
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.kept_answers import (
    with_present_answers,
)

ACTION = ("responderaction", ("tq_x",))
WANTED = f"403 {marked_for('f00d', 'x')}"


def settled(present: dict[Any, Any], *, marker: str = "f00d", of: str = "tq_x") -> Document:
    wanted: Any = {ACTION: {"name": "tq_x", "target": WANTED}, ("responderpolicy", ("tq_x",)): {"name": of}}
    gone: Any = ("responderaction", ("tq_gone",))
    return with_present_answers(Document((), wanted, stages=(Stage({**wanted, gone: None}),)), marker, "x", present)


def test_what_differs_in_the_ending_alone_is_kept_in_every_stage() -> None:
    found = settled({ACTION: {"name": "tq_x", "target": "403 f00d"}})
    assert found.objects[ACTION]["target"] == "403 f00d"
    assert found.stages[0].objects[ACTION] == {"name": "tq_x", "target": "403 f00d"}
    assert found.stages[0].objects["responderaction", ("tq_gone",)] is None


@pytest.mark.parametrize(
    "present",
    [{}, {ACTION: {"name": "tq_x", "target": "404 f00d"}}, {ACTION: {"name": "tq_x"}}, {ACTION: {"target": WANTED}}],
)
def test_anything_else_is_brought_to_what_is_wanted(present: dict[Any, Any]) -> None:
    assert settled(present).objects[ACTION]["target"] == WANTED


def test_without_a_marker_nothing_is_kept() -> None:
    assert settled({ACTION: {"name": "tq_x", "target": "403 f00d"}}, marker="").objects[ACTION]["target"] == WANTED
