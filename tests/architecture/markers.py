# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parts of a Markdown page that are made from the tree, between two comments."""

from __future__ import annotations

import re


def replaced(text: str, name: str, content: str) -> str:
    """Return the page with the part of that name replaced.

    :raises ValueError: where the page has no such part
    """
    begin, end = f"<!-- made by make docs: {name} -->", "<!-- end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"the page has no part {begin} ... {end}")
    return pattern.sub(lambda _match: f"{begin}\n{content}\n{end}", text)
