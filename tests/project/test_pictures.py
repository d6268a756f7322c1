# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pictures of docs/pictures show what a run prints, and load nothing from elsewhere. tests/diary compares those of pages with its own."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from tests.documentation import pictures
from tests.documentation.page_pictures import MOST_BYTES, PAGES, digest, source_of, with_source
from tests.documentation.pictures import CALL_LIST, CALLS, COMMANDS, NAMES, PICTURES, draw, picture, steady


@pytest.mark.only_in_all
def test_the_pictures_show_what_a_run_prints() -> None:
    for path, content in draw().items():
        assert path.read_text(encoding="utf-8") == content, f"{path.name}: run make pictures, and look at it"


def test_each_picture_is_there_and_loads_nothing() -> None:
    assert {path.name for path in PICTURES.iterdir()} == NAMES
    for name, command in {**COMMANDS, CALL_LIST: CALLS}.items():
        text = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
        ET.fromstring(text)
        assert command in text, f"{name}.svg: run make pictures"
        assert not re.search(r"url\((?!#)|@import|@font-face|<script|xlink:href|<image", text)


def test_each_picture_of_a_page_is_small_and_names_its_source() -> None:
    for name in PAGES:
        content = (PICTURES / f"{name}.png").read_bytes()
        assert len(content) <= MOST_BYTES, f"{name}.png: run make pictures"
        assert re.fullmatch(r"[0-9a-f]{64}", source_of(content)), f"{name}.png: run make pictures"
        assert source_of(with_source(content, "x")) == "x"
        assert with_source(with_source(content, "x"), source_of(content)) == content


def test_a_page_has_another_digest_where_a_word_of_it_is_another() -> None:
    page = "<dd>2020-01-31T09:00:00+00:00 to 2020-01-31T09:00:07+00:00</dd> in 7.1 s, at 127.41.0.2:4431"
    assert digest(page) == digest(page.replace(":07", ":08").replace("7.1 s", "8.2 s").replace("4431", "5000"))
    assert digest(page) != digest(page.replace("at", "near"))


def test_without_a_browser_nothing_is_drawn_and_the_way_out_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pictures, "missing_programs", lambda: ["/usr/bin/chromium"])
    for name in ("draw", "drawn"):
        monkeypatch.setattr(pictures, name, lambda: pytest.fail("it was drawn"))
    assert pictures.main() == 1
    said = "Pictures of pages need /usr/bin/chromium: apt install chromium chromium-driver, and make report-tools. Nothing was drawn.\n"
    assert capsys.readouterr().err == said


def test_text_of_a_run_is_escaped_in_a_picture() -> None:
    drawn = picture("true", "<script>alert(1)</script> & more", "x")
    ET.fromstring(drawn)
    assert "<script>" not in drawn


def test_what_differs_from_run_to_run_is_replaced() -> None:
    assert steady("20261128T013405.876300Z-edc12f397c after 4.2 s, and 12.1 55.18") == (
        "20261009T021500.104233Z-3f9a1c20de after 9 s, and 12.1 55.18"
    )
