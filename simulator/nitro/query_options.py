# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The query options of a GET: filter, count, pages, attrs and view (NITRO guide, retrieving resources)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.bounded_search import bounded
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.results import Halt

from simulator.nitro.call import Target
from simulator.types import BINDINGS, TYPES, Row


def apply_query_options(target: Target, content: Any) -> Any:
    """Apply the query options to rows or to an object."""
    listed = {name.strip().lower() for name in target.options.get("attrs", "").split(",") if name.strip()}
    wanted = listed or _summary(target)
    if isinstance(content, dict) and wanted:
        return _only(content, wanted)
    if not isinstance(content, list):
        return content
    rows: list[Row] = content
    if target.filter:
        rows = [row for row in rows if matches(row, target.filter)]
    if target.enabled("count"):
        return [{"__count": len(rows)}]
    size, page = _positive(target, "pagesize"), _positive(target, "pageno")
    if size:
        start = ((page or 1) - 1) * size
        rows = rows[start : start + size]
    if wanted:
        rows = [_only(row, wanted) for row in rows]
    return rows


def _only(row: Row, wanted: set[str]) -> Row:
    return {name: value for name, value in row.items() if name.lower() in wanted}


def _summary(target: Target) -> set[str]:
    """Return the mandatory attributes, which view=summary shows (NITRO guide, retrieving resources)."""
    entry = TYPES.get(target.type) or BINDINGS.get(target.type)
    if entry is None or target.kind != "config" or target.options.get("view", "").lower() != "summary":
        return set()
    return {attribute.name.lower() for attribute in entry.attributes if attribute.required}


def _positive(target: Target, option: str) -> int:
    text = target.options.get(option, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def matches(row: Row, wanted: Mapping[str, str]) -> bool:
    """True if a row matches a filter; values may be regular expressions (NITRO guide, filtering). Names match in any case."""
    for name, value in wanted.items():
        if name not in row:  # NITRO's answers capitalise some names (String, Locationfile), clients do not
            name = next((own for own in row if own.lower() == name.lower()), "")  # noqa: PLW2901
        if not name:
            return False
        text = plain(row[name])
        if text == value:
            continue
        # A pattern between slashes is a PCRE, which matches anywhere in the text.
        anywhere = len(value) > 1 and value[0] == value[-1] == "/"
        try:
            pattern = bounded(re.compile(value[1:-1] if anywhere else value, re.IGNORECASE))
            if (pattern.search(text) if anywhere else pattern.whole(text)) is None:
                return False
        except (re.error, RecursionError, OverflowError, Halt):  # no regular expression, or one that takes too long
            return False
    return True


def plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
