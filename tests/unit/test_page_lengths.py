# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A page that a person reads at night is short. What is looked up belongs in ``docs/reference``; parts that a program makes do not count."""

from __future__ import annotations

import re
from pathlib import Path

from tests.played_together import played_together

DOCS = Path(__file__).parents[2] / "docs"
HOW_TOS = sorted((DOCS / "how-to").glob("*.md"))
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
READ = [page for folder in ("how-to", "explanation", "tutorial") for page in (DOCS / folder).glob("*.md")]
MADE = re.compile(r"<!-- made by .*?<!-- end -->", re.DOTALL)


def words(text: str) -> int:
    return len(MADE.sub("", text).split())


@played_together("page", HOW_TOS, ids=lambda page: page.stem)
def test_a_how_to_has_at_most_a_thousand_words(page: Path) -> None:
    assert words(page.read_text(encoding="utf-8")) <= 1000


def test_what_is_read_has_at_most_45000_words() -> None:
    assert sum(words(page.read_text(encoding="utf-8")) for page in READ) <= 45_000


def test_the_decisions_have_at_most_25000_words() -> None:
    assert DECISIONS
    assert sum(words(page.read_text(encoding="utf-8")) for page in DECISIONS) <= 25_000


def test_what_a_program_makes_does_not_count() -> None:
    assert words("one <!-- made by make docs: x -->\n| two |\n<!-- end --> three") == 2
