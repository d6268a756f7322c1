# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pictures of docs/pictures show what a run prints, and load nothing from elsewhere."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from tests.documentation.pictures import COMMANDS, PICTURES, draw, picture, steady


@pytest.mark.only_in_all
def test_the_pictures_show_what_a_run_prints() -> None:
    for path, content in draw().items():
        assert path.read_text(encoding="utf-8") == content, f"{path.name}: run make pictures, and look at it"


def test_each_picture_is_there_and_loads_nothing() -> None:
    assert {path.stem for path in PICTURES.iterdir()} == set(COMMANDS)
    for name, command in COMMANDS.items():
        text = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
        ET.fromstring(text)
        assert command in text, f"{name}.svg: run make pictures"
        assert not re.search(r"url\((?!#)|@import|@font-face|<script|xlink:href|<image", text)


def test_text_of_a_run_is_escaped_in_a_picture() -> None:
    drawn = picture("true", "<script>alert(1)</script> & more", "x")
    ET.fromstring(drawn)
    assert "<script>" not in drawn


def test_what_differs_from_run_to_run_is_replaced() -> None:
    assert steady("20261128T013405.876300Z-edc12f397c after 4.2 s, and 12.1 55.18") == (
        "20261009T021500.104233Z-3f9a1c20de after 9 s, and 12.1 55.18"
    )
