# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a list was refused, by its source file, for the message that ends the run: Ansible shows it only as one warning among those of its own plugins."""

from __future__ import annotations

REASONS: dict[str, str] = {}
"""Of this process."""
