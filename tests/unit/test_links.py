# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The relative links of the pages lead to files and headings that exist, and the Python files that they name exist."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.played_together import played_together

ROOT = Path(__file__).parents[2]
FOLDERS = ("changelogs", "docs", "molecule", "plugins", "roles", "simulator", "templates", "tests")
PAGES = sorted({*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))})
PYTHON_FILES = [
    f"/{path.relative_to(ROOT)}"
    for folder in ("demo", "docs", "plugins", "release", "simulator", "tests")
    for path in (ROOT / folder).rglob("*.py")
]
# Every text in which a message, a comment or a variable's description may name a page.
TEXTS = sorted(
    path
    for folder in (".", "demo", "inventory", *FOLDERS)
    for path in (ROOT.glob("*.*") if folder == "." else (ROOT / folder).rglob("*.*"))
    if path.suffix in {".cfg", ".cron", ".j2", ".md", ".py", ".service", ".txt", ".yaml", ".yml"} and path.is_file()
)
NAMED_PAGE = re.compile(r"(?<![\w./-])docs/[\w./-]+\.(?:md|svg|py)\b")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LANGUAGE = re.compile(r"^ *```(\w+)", re.MULTILINE)
LANGUAGES = {"bash", "console", "ini", "jinja", "json", "python", "sh", "text", "yaml"}
"""The languages that the highlighter of the site (Pygments) knows; another one is an error of ``make docs``."""
FOREIGN_PLUGIN = re.compile(r"\bP\((?!tourniquet\.)[\w.]+#(?!callback|inventory|lookup|module|role)\w+\)")
"""A reference to a plugin of others of a type for which the site has no page."""
# [text](target), and [label]: target
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^]]+\]:\s+(\S+)", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    found: set[str] = set()
    seen: Counter[str] = Counter()
    for heading in re.findall(r"^#+\s+(.*)$", FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found


def broken_links(page: Path) -> Iterator[str]:
    for groups in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        target = "".join(groups)
        if re.match(r"[a-z]+:", target):
            continue
        path, _hash, anchor = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield target


@played_together("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_relative_links_of_a_page_lead_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


@played_together("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_python_files_that_a_page_names_exist(page: Path) -> None:
    """A page may leave out the folders in front, as in `recorded_traffic/formats.py`."""
    named = re.findall(r"`([\w./]+\.py)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not any(file.endswith(f"/{name}") for file in PYTHON_FILES)] == []


def test_the_pages_that_a_text_names_exist() -> None:
    named = {
        (str(text.relative_to(ROOT)), page)
        for text in TEXTS
        for page in NAMED_PAGE.findall(text.read_text(encoding="utf-8"))
        if not (ROOT / page).exists()
    }
    assert named == set()


def test_the_list_of_pages_has_each_page() -> None:
    docs = ROOT / "docs"
    text = (docs / "README.md").read_text(encoding="utf-8")
    folders = ("tutorial", "how-to", "reference", "explanation")
    pages = [str(page.relative_to(docs)) for folder in folders for page in (docs / folder).glob("*.md")]
    assert [page for page in pages if f"({page})" not in text] == []


def test_pages_are_named_in_messages() -> None:
    assert NAMED_PAGE.findall("see docs/how-to/least-privilege.md, not https://x.example/docs/x.md") == [
        "docs/how-to/least-privilege.md"
    ]
    assert len(TEXTS) > 1000


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# A `heading`, with more\n```\n# no heading\n```\n", encoding="utf-8")
    page = tmp_path / "a.md"
    page.write_text(
        "# One\n## One\n[a](#one-1) [b](b.md#a-heading-with-more) [c](https://example.org/x) `[d]`\n"
        "[e](c.md) [f](b.md#no-heading) [g](#two)\n\n[h]: d.md\n",
        encoding="utf-8",
    )
    assert list(broken_links(page)) == ["c.md", "b.md#no-heading", "#two", "d.md"]


def test_the_site_knows_the_language_of_each_block() -> None:
    found = {language for page in PAGES for language in LANGUAGE.findall(page.read_text(encoding="utf-8"))}
    assert found <= LANGUAGES, found - LANGUAGES


def test_no_description_refers_to_a_plugin_without_a_page() -> None:
    sources = [path for path in TEXTS if path.suffix in {".py", ".yml"} and path != Path(__file__)]
    found = {
        path.name: names for path in sources if (names := FOREIGN_PLUGIN.findall(path.read_text(errors="replace")))
    }
    assert found == {}
