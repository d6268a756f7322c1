# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the site adds to Sphinx: each page links a word of the glossary where it first appears, and directories lead to their README."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.nodes import make_refnode

GLOSSARY = "docs/glossary"
WITHOUT = ("index", "roles", GLOSSARY, "docs/README", "ansible")
# A word is not linked in what is a name, a heading or a link already.
LEFT_ALONE = (nodes.title, nodes.reference, nodes.literal, nodes.literal_block, nodes.raw, nodes.FixedTextElement)


def terms(app: Sphinx) -> dict[str, str]:
    """Return the words of the glossary in lower case, each with the anchor of its heading."""
    text = Path(app.srcdir, f"{GLOSSARY}.md").read_text(encoding="utf-8")
    return {word.lower(): word.lower().replace(" ", "-") for word in re.findall(r"^## (.+)$", text, re.MULTILINE)}


def texts(page: nodes.Node) -> Iterator[nodes.Text]:
    """Yield the texts of a page in which words may become links, in their order."""
    for node in page.children:
        if isinstance(node, nodes.Text):
            yield node
        elif not isinstance(node, LEFT_ALONE):
            yield from texts(node)


def link_words(app: Sphinx, page: nodes.document, name: str) -> None:
    """Replace the first appearance of each word by a link."""
    if name in WITHOUT or name.startswith("docs/reference/collection/"):
        return
    left = terms(app)
    for text in list(texts(page)):
        rest, parts = text.astext(), []
        while left and (found := _pattern(left).search(rest)):
            word = found["word"].lower()
            target = make_refnode(app.builder, name, GLOSSARY, left.pop(word), nodes.inline("", found[0]))
            target["classes"].append("glossary")
            parts += [nodes.Text(rest[: found.start()]), target]
            rest = rest[found.end() :]
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(rest)])


def _pattern(words: dict[str, str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?P<word>{'|'.join(map(re.escape, longest_first))})s?(?![\w-])", re.IGNORECASE)


def name_readmes(app: Sphinx, name: str, source: list[str]) -> None:
    """Let a link to a directory of the tree lead to its README."""
    folder = Path(app.srcdir, name).parent

    def target(match: re.Match[str]) -> str:
        named = folder / match[1]
        if (named / "README.md").exists():
            return f"]({match[1]}README.md)"
        return "](" + ("../" * name.count("/")) + "roles.rst)" if named.name == "roles" else match[0]

    source[0] = re.sub(r"\]\(((?![a-z]+:)[^)#\s]+/)\)", target, source[0])


def add_decisions(_app: Sphinx, name: str, source: list[str]) -> None:
    """Put the decisions into the navigation, below their list."""
    if name == "docs/decisions/README":
        source[0] += "\n\n```{toctree}\n:glob:\n:hidden:\n\n0*\n```\n"


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the events of Sphinx."""
    app.connect("source-read", name_readmes)
    app.connect("source-read", add_decisions)
    app.connect("doctree-resolved", link_words)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
