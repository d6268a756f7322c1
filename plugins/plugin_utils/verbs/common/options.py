# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The type of the options of an action plugin."""

from typing import Any

Options = dict[str, dict[str, Any]]
"""By the name of an option, its argument specification."""
