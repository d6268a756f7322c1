# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attributes that many types have."""

from __future__ import annotations

from typing import Any

from simulator.types.model import Attribute

YES_NO = ("YES", "NO")
SWITCHED = ("ENABLED", "DISABLED")
BUILT_IN_ACTIONS = ("NOOP", "RESET", "DROP")


def text(name: str, **more: Any) -> Attribute:
    return Attribute(name, **more)


def setting(option: str, **more: Any) -> Attribute:
    """Return an attribute that can be unset, with the spelling of its option in ns.conf."""
    return Attribute(option.lower(), can_unset=True, cli=option, **more)


def words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


def key(name: str, high: int = 127, form: str = "") -> Attribute:
    """Return the attribute with the name of an object; one with a form is no name, but an address."""
    return Attribute(name, required=True, create_only=True, low=1, high=high, form=form)


def hits() -> tuple[Attribute, ...]:
    return tuple(Attribute(name, kind="count", read_only=True, default=0) for name in ("hits", "undefhits"))


COMMENT = text("comment", can_unset=True, high=255, cli="comment")
BYPASS = text("bypasssafetycheck", enum=YES_NO, default="NO", cli="bypassSafetyCheck")
BUILTIN = Attribute("builtin", kind="list", read_only=True)
GOTO = text("gotopriorityexpression", default="END", cli="gotoPriorityExpression")
INVOKE = (
    Attribute("invoke", kind="boolean", default=False, cli="invoke"),
    text("labeltype", cli="labelType"),
    text("labelname", cli="labelName"),
)
PRIORITY = Attribute("priority", kind="count", low=1, high=2147483647, cli="priority")
