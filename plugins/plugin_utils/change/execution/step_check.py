# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A check of what a step did, before the next one is taken."""

from collections.abc import Callable

from ...appliance.nitro.session import Session

Check = Callable[[Session], str]
"""Returns in words why what was done has no effect; "" if it has."""
