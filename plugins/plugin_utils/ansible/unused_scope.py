# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses a choice of virtual servers for an action that does not know it. Pure."""

from __future__ import annotations

from collections.abc import Collection

from ..foundation.errors import InvalidInput

# The options of a lockdown or a closing that narrow what a run changes.
SCOPE = ("vips", "kinds", "customers", "partitions")


def require_scope_is_used(extra: Collection[str], options: Collection[str]) -> None:
    """Refuse a choice given with ``-e`` that an action does not know: it would change more than the command names.

    :param options: those of the action
    :raises InvalidInput: with the name
    """
    for option in SCOPE:
        if option in extra and option not in options:
            raise InvalidInput(
                f"-e {option} has no effect here, so more would be done than it names: lockdown, close and reopen take it. Choose the appliances with "
                "--limit or -e target=..., and leave it out. Nothing was sent."
            )
