# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""String maps: the whole text is compared with the keys (product documentation, string maps; vendor blog 2011-07-29)."""

from __future__ import annotations

from ..call import Call
from ..errors import UnsupportedExpression
from ..open_semantics import Ambiguity
from ..registry import function
from ..results import undef
from ..syntax import utf8_bytes
from ..text import lower, settle
from ..typesystem import Boolean, Term, Text


def _values(call: Call) -> dict[str, str]:
    """Return the values by key, in the case in which the target is compared."""
    call.expect(1)
    name = call.text(0)
    if name.constant is None:
        raise UnsupportedExpression(f"{call.name} of a map that only the request names isn't supported", call.column)
    found = call.context.names.stringmap(name.constant)
    if found is None:
        raise call.unknown("string map", name.constant, call.context.names.stringmaps)
    fold = lower if settle(call.mode.ignore_case, call.mode, call.chooser) else str
    return {fold(utf8_bytes(key)): utf8_bytes(value) for key, value in found.items()}


@function(Text, "IS_STRINGMAP_KEY")
def is_stringmap_key(call: Call) -> Term:
    values, see = _values(call), call.lens().see or str
    return call.each(Boolean(), lambda text, _unused: see(text) in values)


@function(Text, "MAP_STRING")
def map_string(call: Call) -> Term:
    """The value of the key that equals the text. For other text it is empty or UNDEF: no source states which."""
    values, see = _values(call), call.lens().see or str
    strict = call.chooser.choose(Ambiguity.STRING_MAP_WITHOUT_KEY) == "undef"
    missing = undef if strict else str
    return call.each(Text(), lambda text, _unused: values.get(see(text)), missing=missing, partial=strict)


@function(Text, "MAP_STRING_DEFAULT_TO_KEY")
def map_string_default_to_key(call: Call) -> Term:
    """As MAP_STRING; a text that is no key stays unchanged."""
    values, see = _values(call), call.lens().see or str
    return call.each(Text(), lambda text, _unused: values.get(see(text), text))
