# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regular expressions on text (guide 9.2 p. 181, regular expression operations page)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..bounded_search import BoundedSearch, bounded
from ..call import Call, Instances
from ..pcre import compile_pcre
from ..registry import function
from ..text import Lens, settle
from ..typesystem import Boolean, Term, Text


def _pattern(call: Call) -> BoundedSearch:
    call.expect(1)
    ignore_case = settle(call.mode.ignore_case, call.mode, call.chooser)
    pattern = compile_pcre(call.literal(0, "regex"), ignore_case=ignore_case, column=call.arguments[0].column)
    return bounded(pattern)


@function(Text, "REGEX_MATCH", instances=Instances.ANY)
def regex_match(call: Call) -> Term:
    """Search: the pattern may match anywhere."""
    search, see = _pattern(call).search, call.lens(fold_case=False).see
    if see is None:
        return call.each(Boolean(), lambda text, _unused: search(text) is not None)
    return call.each(Boolean(), lambda text, _unused: search(see(text)) is not None)


def _around(call: Call, cut: Callable[[Lens, str, re.Match[str]], str]) -> Term:
    """Cut at the first match; empty text without one."""
    search, lens = _pattern(call).search, call.lens(fold_case=False)
    see = lens.see or str

    def operate(text: str, _unused: Any) -> str | None:
        found = search(see(text))
        return None if found is None else cut(lens, text, found)

    return call.each(Text(call.mode), operate, missing=str)


@function(Text, "REGEX_SELECT", instances=Instances.FIRST_HIT)
def regex_select(call: Call) -> Term:
    return _around(call, lambda lens, text, found: lens.cut(text, found.start(), found.end()))


@function(Text, "BEFORE_REGEX", instances=Instances.FIRST_HIT)
def before_regex(call: Call) -> Term:
    return _around(call, lambda lens, text, found: lens.cut(text, 0, found.start()))


@function(Text, "AFTER_REGEX", instances=Instances.FIRST_HIT)
def after_regex(call: Call) -> Term:
    return _around(call, lambda lens, text, found: lens.cut(text, found.end()))
